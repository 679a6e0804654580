"""Homework 3, the wrong line in somebody else's `Backward`: another program for each key.

A program is printed; one of its lines is wrong. What it does to numbers is found by running it, and
what a mended one should do by a graph of `course_nn`. Which line is meant is not asked: a text in
which one line differs from the printed ones, and which then does what it should, has mended it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Set, Step
from course_exercises.homework.hw3_networks import row_sum, scale
from course_exercises.homework.hw3_nodes import Array, Rng, as_python, wanted
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Explained,
    ExplainedLine,
    Satisfies,
    Task,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Kind, Slip
from course_nn import more_operations as more

# What the rubric of the grader names.
__all__ = [
    *("AS_IF_RIGHT", "NO_LINE", "RUN_TOO", "SEVERAL_LINES", "TWO_OF_THREE", "as_printed"),
    *("mended", "what_comes"),
]

NO_LINE = Slip("no line differs from the printed ones.")
SEVERAL_LINES = Slip(
    "more than one line differs from the printed ones, of which only one is wrong."
)
RUN_TOO = Slip(
    "what is run with the program was pasted too. mended returns the program alone, without the "
    "lines from new_graph() on."
)
AS_PRINTED = Slip("that is what the printed program gives: its wrong line is still there.")
AS_IF_RIGHT = Slip("that is what a right program would give; this one has a wrong line.")
TWO_OF_THREE = Slip("two of the three are right.")

B = 4
# Of each line the ways in which it can be written, each of them right, and what is wrong instead.
# Letters in braces are names, which are drawn.
LINES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("def Backward(loss):",), ()),
    (
        (
            "    {B} = len(loss.value)",
            "    {B} = loss.value.size",
            "    {B} = loss.value.shape[0]",
        ),
        (),
    ),
    (
        (
            "    for {n} in nodes + parameters:",
            "    for {n} in [*parameters, *nodes]:",
            "    for {n} in [*nodes, *parameters]:",
        ),
        ("    for {n} in nodes:", "    for {n} in parameters:"),
    ),
    (
        (
            "        {n}.grad = np.zeros_like({n}.value)",
            "        {n}.grad = 0.0 * {n}.value",
            "        {n}.grad = np.zeros({n}.value.shape)",
        ),
        (),
    ),
    (
        (
            "    loss.grad = np.ones({B})",
            "    loss.grad = np.full({B}, 1.0)",
            "    loss.grad = np.ones(({B},))",
        ),
        ("    loss.grad = np.ones({B}) / {B}",),
    ),
    (
        (
            "    for {k} in range(nodes.index(loss), -1, -1):",
            "    for {k} in reversed(range(nodes.index(loss) + 1)):",
        ),
        ("    for {k} in range(nodes.index(loss), 0, -1):",),
    ),
    (("        nodes[{k}].backward()",), ()),
    (
        ("    for {W} in parameters:", "    for {W} in list(parameters):"),
        ("    for {W} in nodes + parameters:",),
    ),
    (
        (
            "        {W}.grad = {W}.grad / {B}",
            "        {W}.grad = np.divide({W}.grad, {B})",
            "        {W}.grad = {W}.grad * (1 / {B})",
        ),
        ("        {W}.grad = {W}.grad / len(parameters)",),
    ),
    (("",), ()),
    (("class {Gate}:",), ()),
    (("    def __init__(self, {a}, {b}):",), ()),
    (("        self.{a}, self.{b} = {a}, {b}",), ()),
    (("        nodes.append(self)",), ()),
    (("    def forward(self):",), ()),
    (
        (
            "        self.value = self.{a}.value * self.{b}.value",
            "        self.value = self.{b}.value * self.{a}.value",
            "        self.value = np.multiply(self.{a}.value, self.{b}.value)",
        ),
        (),
    ),
    (("    def backward(self):",), ()),
    (
        (
            "        self.{a}.grad = self.{a}.grad + self.grad * self.{b}.value",
            "        self.{a}.grad = self.grad * self.{b}.value + self.{a}.grad",
            "        self.{a}.grad = self.{a}.grad + self.{b}.value * self.grad",
        ),
        ("        self.{a}.grad = self.grad * self.{b}.value",),
    ),
    (
        (
            "        self.{b}.grad = self.{b}.grad + self.grad * self.{a}.value",
            "        self.{b}.grad = self.grad * self.{a}.value + self.{b}.grad",
            "        self.{b}.grad = self.{b}.grad + self.{a}.value * self.grad",
        ),
        ("        self.{b}.grad = self.{b}.grad + self.grad * self.{a}.value / len(self.grad)",),
    ),
)
FAULTS = [(place, wrong) for place, (_, wrongs) in enumerate(LINES) for wrong in wrongs]
NAMES: Mapping[str, tuple[str, ...]] = {
    "B": ("B", "count", "rows"),
    "n": ("n", "each", "node"),
    "k": ("k", "i", "place"),
    "W": ("W", "p", "weights"),
    "Gate": ("Gate", "Product", "Times"),
    "a": ("a", "left", "one"),
    "b": ("b", "right", "other"),
}


@lru_cache(maxsize=2000)
def printed(key: str) -> tuple[str, str]:
    """The program of a key, with its wrong line, and the name of the class in it."""
    rng = generator(key, "hw3 wrong line")
    names = {name: words[int(rng.integers(len(words)))] for name, words in NAMES.items()}
    ways = [rights[int(rng.integers(len(rights)))] for rights, _ in LINES]
    place, wrong = FAULTS[int(rng.integers(len(FAULTS)))]
    ways[place] = wrong
    return "\n".join(ways).format(**names), names["Gate"]


# --- a small network of whole numbers -------------------------------------------------------------

GIVEN = """
import numpy as np
nodes, parameters = [], []
class Input:
    grad = 0.0
    def __init__(self, value):
        self.value = value
class Parameter:
    def __init__(self, value):
        self.value = value
        parameters.append(self)
class Scale:
    def __init__(self, a, w):
        self.a, self.w = a, w
        nodes.append(self)
    def forward(self):
        self.value = self.a.value * self.w.value
    def backward(self):
        self.a.grad = self.a.grad + self.grad * self.w.value
        self.w.grad = self.w.grad + (self.grad * self.a.value).sum(axis=0, keepdims=True)
class RowSum:
    def __init__(self, a):
        self.a = a
        nodes.append(self)
    def forward(self):
        self.value = self.a.value.sum(axis=1)
    def backward(self):
        self.a.grad = self.a.grad + np.reshape(self.grad, (-1, 1)) * np.ones_like(self.a.value)
def new_graph():
    nodes.clear()
    parameters.clear()
"""


class Trial:
    """c = x w, m = c ⊙ k, n = m ⊙ c, d = n v, L = d: Backward, then other numbers, and again.

    c is used twice. x and k are (4, 1), w and v are (1, 1); all are whole numbers.
    """

    def __init__(self, rng: Rng) -> None:
        def whole(*shape: int) -> Array:
            return rng.integers(1, 4, shape) * rng.choice([-1.0, 1.0], shape)

        def different() -> tuple[Array, Array, Array]:
            return whole(B, 1), whole(B, 1), whole(B, 1)

        def differ(found: tuple[Array, Array, Array]) -> bool:
            x, k, x2 = found  # the mean gradients of both rounds, and neither is 0
            first, second = (x * x * k).sum(), (x2 * x2 * k).sum()
            return bool(abs(first) > 2 and abs(second) > 2 and first != second)

        self.x, self.k, self.x2 = drawn(different, differ, "one with gradients in both rounds")
        self.w, self.v = 2.0 * whole(1, 1), whole(1, 1)

    def steps(self, gate: str) -> list[Step]:
        """From `new_graph()` on; `gate` is the path of the class in the program."""
        backward = gate.rpartition(".")[0]
        return [
            Call("new_graph"),
            Call("Input", (self.x,), into="x"),
            Call("Input", (self.k,), into="k"),
            Call("Parameter", (self.w,), into="w"),
            Call("Parameter", (self.v,), into="v"),
            Call("Scale", (Ref("x"), Ref("w")), into="c"),
            Call(gate, (Ref("c"), Ref("k")), into="m"),
            Call(gate, (Ref("m"), Ref("c")), into="n"),
            Call("Scale", (Ref("n"), Ref("v")), into="d"),
            Call("RowSum", (Ref("d"),), into="loss"),
            Call("nodes.*.forward"),
            *(Set(f"{name}.grad", np.zeros((1, 1))) for name in "wv"),
            Set("nodes.*.grad", 0.0),
            Call(f"{backward}.Backward" if backward else "Backward", (Ref("loss"),)),
            Set("x.value", self.x2),
            Call("nodes.*.forward"),
            Call(f"{backward}.Backward" if backward else "Backward", (Ref("loss"),)),
        ]

    def of(self, program: str, gate: str) -> dict[str, Array]:
        """w.grad, v.grad and c.grad if this program of ours is run."""
        names: dict[str, Any] = {}
        exec(f"{GIVEN}\n{program}", names)  # never a text of a student's
        make: Any = names[gate]
        names["new_graph"]()
        x, k = names["Input"](self.x), names["Input"](self.k)
        w, v = names["Parameter"](self.w), names["Parameter"](self.v)
        c = names["Scale"](x, w)
        n = make(make(c, k), c)
        loss = names["RowSum"](names["Scale"](n, v))
        for node in [*names["nodes"], w, v]:
            node.grad = np.zeros((1, 1)) if node in (w, v) else 0.0
        for numbers in (self.x, self.x2):
            x.value = numbers
            for node in names["nodes"]:
                node.forward()
            names["Backward"](loss)
        return {"w": w.grad, "v": v.grad, "c": c.grad}

    def right(self) -> dict[str, Array]:
        """The same of a right program."""
        with nn.Graph(make_current=False) as graph:
            x, k = nn.Input("x", width=1), nn.Input("k", width=1)
            w, v = nn.Parameter("w", self.w), nn.Parameter("v", self.v)
            c = scale(x, w, name="c")
            n = more.multiply(more.multiply(c, k, name="m"), c, name="n")
            loss = row_sum(scale(n, v, name="d"), name="loss")
        graph.Forward(x=self.x2, k=self.k)
        graph.Backward(loss)
        return {name: np.asarray(node.grad) for name, node in (("w", w), ("v", v), ("c", c))}


def own_trial(key: str) -> Trial:
    """The numbers that a student is asked about."""
    return Trial(generator(key, "hw3 wrong line, numbers"))


def together(grads: Mapping[str, Array]) -> Array:
    """w.grad, v.grad and c.grad in one row."""
    return np.concatenate([np.ravel(grads[name]) for name in "wvc"])


def described(key: str) -> str:
    """The program, and what is run with it."""
    program, gate = printed(key)
    _, *run = as_python(own_trial(key).steps(gate)).splitlines()
    return "\n".join([program, "", "", "# What is run with it:", *(line for line in run if line)])


# --- question 5 -----------------------------------------------------------------------------------


def _bare(text: str) -> list[str]:
    """The lines without comments and without blanks, but for how far each is indented."""
    found = []
    for line in text.expandtabs(4).splitlines():
        line = re.sub(r"#.*", "", line).rstrip()
        if line:
            indent = len(line) - len(line.lstrip())
            found.append((indent, re.sub(r"\s+", "", line)))
    least = min((indent for indent, _ in found), default=0)
    return [f"{indent - least}:{line}" for indent, line in found]


def one_line_differs(key: str, text: str) -> Verdict:
    program, given = _bare(printed(key)[0]), _bare(text)
    if given == program:
        return told(NO_LINE)
    if "0:new_graph()" in given:
        return told(RUN_TOO)
    if len(given) != len(program):
        return told(SEVERAL_LINES)
    differing = sum(a != b for a, b in zip(given, program, strict=True))
    return RIGHT if differing == 1 else told(SEVERAL_LINES)


def _as_printed(rng: Rng, key: str) -> Task:
    steps: list[Step] = [Call("mended", (), into="text"), Get("text")]
    wanted_text = Satisfies(lambda text: one_line_differs(key, text), text=True)
    return Task(
        as_python(steps), steps, {"text": wanted_text}, lambda found: _explained(key, found)
    )


def _mended(rng: Rng, key: str) -> Task:
    program, gate = printed(key)

    def tells(trial: Trial) -> bool:
        wrong, right = together(trial.of(program, gate)), together(trial.right())
        return not np.allclose(wrong, right)

    trial = drawn(lambda: Trial(rng), tells, "one in which the wrong line shows")
    steps: list[Step] = [
        Call("mended", (), into="text"),
        Call("defined_by", (Ref("text"),), into="theirs"),
        *trial.steps(f"theirs.{gate}"),
        Call("numpy.append", (Ref("w.grad"), Ref("v.grad")), into="both"),
        Call("numpy.append", (Ref("both"), Ref("c.grad")), into="grads"),
        Get("grads", "w.grad, v.grad and c.grad"),
    ]
    slips = {AS_PRINTED: together(trial.of(program, gate))}
    right = wanted(together(trial.right()), slips)
    return Task(as_python(steps), steps, {"w.grad, v.grad and c.grad": right})


def _what_comes(rng: Rng, key: str) -> Task:
    trial = own_trial(key)
    comes, right = trial.of(*printed(key)), trial.right()

    def verdict(value: Any) -> Verdict:
        if set(value) != {"w", "v", "c"}:
            return not_right(NEEDED, NEEDED)
        for name, array in value.items():
            if np.size(array) != np.size(comes[name]):
                return not_right(f"{name}.grad has {np.size(comes[name])} numbers.", NEEDED)
        shares = {
            name: [
                np.allclose(np.ravel(value[n]), np.ravel(grads[n]), rtol=1e-4, atol=1e-4)
                for n in "wvc"
            ]
            for name, grads in (("comes", comes), ("right", right))
        }
        if all(shares["comes"]):
            return RIGHT
        if all(shares["right"]):
            return told(AS_IF_RIGHT)
        if sum(shares["comes"]) == 2:
            return told(TWO_OF_THREE)
        return not_right(f"right of the three: {sum(shares['comes'])}.")

    steps: list[Step] = [Call("what_comes", (), into="result"), Get("result")]
    return Task(as_python(steps), steps, {"result": Satisfies(verdict, names=("w", "v", "c"))})


NEEDED = 'a dict with "w", "v" and "c" is needed: two numbers, and a list of four.'


def _explained(key: str, found: Mapping[str, Any]) -> Explained:
    """The program, and the lines that the student has put in."""
    program, given = printed(key)[0].splitlines(), found["text"]
    lines: list[ExplainedLine] = []
    if isinstance(given, str):
        verdict = one_line_differs(key, given)
        known = {line.split(":", 1)[1] for line in _bare("\n".join(program))}
        for line in given.splitlines():
            if (bare := _bare(line)) and bare[0].split(":", 1)[1] not in known:
                lines.append(ExplainedLine(line, None, "this line is yours."))
        if verdict.kind != Kind.RIGHT:
            lines.append(ExplainedLine("", False, verdict.words))
    return Explained(tuple(program), "", tuple(lines[:MOST_SHOWN]), NEXT_STEP)


MOST_SHOWN = 5  # lines of the student's
NEXT_STEP = (
    "Run the printed program twice on one graph, with the same numbers, and after each Backward "
    "print the gradients of all nodes. Which is the first that differs from those of your own "
    "Backward?"
)

as_printed = ByKey(_as_printed)
mended = ByKey(_mended)
what_comes = ByKey(_what_comes)
