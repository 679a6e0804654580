"""Tasks whose answer is a formula in given letters, judged by computing it on random numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_exercises.errors import explain
from course_exercises.question import NotAttempted, Wrong, article, same
from course_exercises.recall.task import LINE, ROWS, WEIGHTS, Task, names

Space = dict[str, Any]
SEEDS = (1, 2)  # of the random numbers on which it is tried
TYPED = {"−": "-", "·": "*", "ᵀ": ".T", "²": "**2", "^": "**"}


def formula_task(
    text: str,
    name: str,
    right: str,
    space: Callable[[np.random.Generator], Space],
    stories: Mapping[str, str],
) -> Task:
    """A task with a line `name = formula`.

    Args:
        space: draws what the letters stand for: arrays, numbers, functions.
        stories: the formula of each usual wrong story, by what is said about it.
    """
    line = f"{name} = {right}"

    def judge(answer: Any) -> str:
        if not isinstance(answer, str):
            raise Wrong(
                f"a text is needed, not {article(type(answer).__name__)}: a line in quotes."
            )
        if not answer.strip():
            raise NotAttempted("Type the line between quotes.")
        formula = _formula_of(answer, name)
        spaces = [space(np.random.default_rng(seed)) for seed in SEEDS]
        if problem := _unreadable(formula, spaces[0]):
            raise Wrong(problem)
        try:
            values = [_value(formula, each) for each in spaces]
            if all(_same(v, _value(right, s)) for v, s in zip(values, spaces, strict=True)):
                return f"{line}."
        except Exception as error:
            raise Wrong(explain(error)) from None
        for words, wrong in stories.items():
            if all(_same(v, _value(wrong, s)) for v, s in zip(values, spaces, strict=True)):
                raise Wrong(words)
        raise Wrong(f"tried on random numbers, that is not {name}.")

    def reads(answer: str) -> bool:
        try:
            formula = _formula_of(answer, name)
        except Wrong:  # it begins with another name
            return False
        return not _unreadable(formula, space(np.random.default_rng(SEEDS[0])))

    return Task(text, LINE, line, judge, f"{line}.", stories, reads)


def _unreadable(formula: str, space: Space) -> str:
    """Why nothing can be computed from a formula, whatever the numbers; "" if it can be read."""
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, ValueError):
        return (
            "that cannot be read as a formula. Write it as in Python, with * or @ at each product."
        )
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    strange = sorted(named - {"np", *space})
    if strange:
        return f"{strange[0]!r} is not known in this task. Use the letters that it names."
    return ""


def _formula_of(answer: str, name: str) -> str:
    """What stands to the right of `name =`, in letters that Python reads."""
    left, equals, right = answer.partition("=")
    if equals and left.strip() != name:
        raise Wrong(f"the line is to begin with {name} =")
    formula = right if equals else left
    for letter, instead in TYPED.items():
        formula = formula.replace(letter, instead)
    return re.sub(r"½\s*\*?", "0.5*", formula).strip()


def _value(formula: str, space: Space) -> Any:
    return eval(formula, {"np": np, "__builtins__": {}}, space)


def _same(value: Any, right: Any) -> bool:
    if np.asarray(value).dtype.kind not in "iuf":
        raise Wrong("numbers should come out of the formula.")
    return same(value, right)


def layer(rng: np.random.Generator) -> Task:
    """What leaves a layer, of lesson 01."""
    (u, s), (V,), (g,) = names(rng, ROWS, 2), names(rng, WEIGHTS, 1), names(rng, "gp", 1)
    text = (
        f"In other letters: a row `{u}` goes into a layer with the weights `{V}` and the "
        f"activation `{g}`, and the row `{s}` leaves it. Write the line, such as `{s} = …`."
    )
    stories = {
        "the activation is missing.": f"{u} @ {V}",
        "the activation comes after the weights.": f"{g}({u}) @ {V}",
        "the activation is applied twice.": f"{g}({g}({u} @ {V}))",
        "that is the activation alone; the weights are missing.": f"{g}({u})",
    }

    def space(numbers: np.random.Generator) -> Space:
        width = int(numbers.integers(2, 5))
        return {
            u: numbers.normal(size=(1, width)),
            V: numbers.normal(size=(width, width + 1)),
            g: lambda z: np.tanh(z) + 0.3 * z**2,  # no function that has a name
        }

    return formula_task(text, s, f"{g}({u} @ {V})", space, stories)


def difference(rng: np.random.Generator) -> Task:
    """A finite difference, of lesson 02."""
    (G,), (v,), (e,) = names(rng, "GEF", 1), names(rng, "vuq", 1), names(rng, "rk", 1)
    text = (
        f"In other letters: the loss is a function `{G}(…)` of one weight. Write the finite "
        f"difference that tells its slope at the weight `{v}`, with the nudge `{e}` on both sides: "
        "`slope = …`."
    )
    up, here, down = f"{G}({v} + {e})", f"{G}({v})", f"{G}({v} - {e})"
    stories = {
        f"the two places lie 2 {e} apart.": f"({up} - {down}) / {e}",
        "one side alone is less exact; nudge to both.": f"({up} - {here}) / {e}",
        "one side alone is less exact; nudge to both sides.": f"({here} - {down}) / {e}",
        "the sign: the value above comes first.": f"({down} - {up}) / (2 * {e})",
        "that is the difference alone; divide it.": f"{up} - {down}",
        "brackets are missing around the difference.": f"{up} - {down} / (2 * {e})",
        f"brackets are missing: that divides by 2, and multiplies by {e}.": (
            f"({up} - {down}) / 2 * {e}"
        ),
    }

    def space(numbers: np.random.Generator) -> Space:
        a, b = numbers.normal(size=2)
        return {
            G: lambda w: np.exp(w) + a * w**3 + b,
            v: float(numbers.uniform(0.2, 1)),
            e: float(numbers.uniform(0.1, 0.3)),
        }

    return formula_task(text, "slope", f"({up} - {down}) / (2 * {e})", space, stories)


def step(rng: np.random.Generator) -> Task:
    """The update of a matrix, of lessons 07 and 08."""
    (M,), (G,), (r,) = names(rng, WEIGHTS, 1), names(rng, "GS", 1), names(rng, "ak", 1)
    text = (
        f"In other letters: `{M}` is a matrix of weights, `{G}` its gradient, and `{r}` the "
        "learning rate. Write the line of the update that SGD makes: `new = …`."
    )
    stories = {
        "the sign: against the gradient.": f"{M} + {r} * {G}",
        "the learning rate is missing.": f"{M} - {G}",
        "that is the step alone; it is subtracted from the weights.": f"{r} * {G}",
        "that is the step alone; it is added to the weights.": f"-{r} * {G}",
        "the weights are not multiplied by the learning rate.": f"{r} * ({M} - {G})",
        "the weights shrink by a factor there; the gradient is missing.": f"{M} - {r} * {M}",
    }

    def space(numbers: np.random.Generator) -> Space:
        shape = tuple(numbers.integers(2, 5, size=2))
        return {M: numbers.normal(size=shape), G: numbers.normal(size=shape), r: 0.3}

    return formula_task(text, "new", f"{M} - {r} * {G}", space, stories)
