"""Which tasks of the lessons the strategies pass.

    python strategies_at_work.py        prints it as a table (Markdown)

A cell is "passed", "refused", or a share, of what guessing passes. "—" stands where a strategy has
nothing to hand in. Of `editing` there is the number of tries.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from shown_networks import (
    Network,
    closing_network,
    closing_question,
    network_in_task,
    network_of_the_lessons,
    texts_of,
)
from strategies import (
    MOST_TRIES,
    Lines,
    by_shapes,
    derived,
    editing,
    handed_in,
    is_right,
    printed_by_derive,
    text_of,
    with_given,
)

import course_nn as nn
from course_exercises import batches, gradient_of_W1, gradient_of_W2
from course_exercises.question import Question
from course_exercises.recall.blocks import KNOWN
from course_exercises.recall.recall import draw
from course_nn.derivation_check.principles import Principle

WITH_CLOSING = tuple(f"{lesson:02}" for lesson in range(3, 12))  # lessons that end with a network
LINES_KNOWN = {"03": 1, "04": 2}  # of how many of lessons 03 to 05, where these are not all
PRINCIPLES = [principle.value for principle in Principle]
COLUMNS = (
    "1 shapes",
    "2 copies",
    "2b glued",
    "2c phrases",
    "3 differences",
    "4 never adds",
    "5 no mean",
    "5 divides",
    "6 guesses",
    "7 edits",
    "7 without hint",
    "7 adding too",
    "8 derive",
)
PASSED, REFUSED, NOTHING = "passed", "refused", "—"
ONE = "right: one example"
Row = dict[str, str]


def question(place: str) -> Question:
    module, name = place.split(".")
    return getattr(importlib.import_module(f"course_exercises.{module}"), name)


def _verdict(asked: Question, answers: Sequence[object]) -> str:
    if not answers:
        return NOTHING
    return PASSED if any(is_right(asked, answer) for answer in answers) else REFUSED


def _tries(number: int | None) -> str:
    """A number of tries, as it stands in a cell."""
    return REFUSED if number is None else f"{number} {'try' if number == 1 else 'tries'}"


# ------------------------------------------------------------------ whole derivations


def whole(asked: Question, network: Network, lessons: int) -> Row:
    """All gradients of a network, with those lines that the text gives."""
    row = passed_at_once(asked, network, lessons)
    if row["8 derive"] == REFUSED:
        row["8 derive"] = _verdict(asked, [printed_by_derive(network)])
    row |= _edited(asked, network, [with_given(each, network) for each in _starts(network)])
    return row if network.many else _for_one_example(row)


def passed_at_once(asked: Question, network: Network, lessons: int) -> Row:
    """The same for those strategies that hand in without reading what check says."""
    return {
        strategy: _verdict(asked, [text_of(with_given(each, network)) for each in lines])
        for strategy, lines in handed_in(network, lessons).items()
    }


def _starts(network: Network) -> list[Lines]:
    return [by_shapes(network, alone=alone) for alone in (None, True, False)]


def _edited(asked: Question, network: Network, starts: list[Lines], **options: Any) -> Row:
    """The fewest tries from these starts: as usual; where that does not do, with adding; and where
    check says only how many lines hold, without the hint.
    """
    different = {text_of(each): each for each in starts}.values()

    def fewest(**way: bool) -> str:
        tries = [editing(asked, network, first, **options, **way) for first in different]
        return _tries(min((t for t in tries if t is not None), default=None))

    row = {"7 edits": fewest()}
    if row["7 edits"] == REFUSED:
        row["7 adding too"] = fewest(adds=True)
    if asked is gradient_of_W1.own:
        row["7 without hint"] = fewest(asks_hint=False)
    return row


def _for_one_example(row: Row) -> Row:
    """With one example nothing can be forgotten about the mean, and these are right."""
    none = {column: ONE for column in ("5 no mean", "5 divides") if row.get(column) == PASSED}
    return row | none


# ------------------------------------------------------------------ single lines


def some_lines(
    asked: Question,
    network: Network,
    names: Sequence[str],
    lessons: int,
    *,
    principles: bool = False,
    most: int = MOST_TRIES,
) -> Row:
    """The lines of some gradients; those nearer to the loss are known.

    Args:
        principles: whether each has to name one after #. All five are tried, so that it is the
            line that decides; guessing has a row of its own.
    """
    ends = [f"  # {each}" for each in PRINCIPLES] if principles else [""]
    row = {}
    for strategy, lines in handed_in(network, lessons).items():
        found = [{n: r for n, r in each.items() if n in names} for each in lines]
        found = [each for each in found if len(each) == len(names)]
        texts = dict.fromkeys(text_of(each) for each in found)
        row[strategy] = _verdict(asked, [t + end for t in texts for end in ends])
    starts = [{n: r for n, r in each.items() if n in names} for each in _starts(network)]
    row |= _edited(asked, network, starts, ends=ends, most=most)
    if [*names] == [network.output]:  # the start is known to these
        row |= dict.fromkeys(("1 shapes", *(column for column in row if "7 " in column)), NOTHING)
    if principles:
        right = {n: r for n, r in derived(network).items() if n in names}
        fit = sum(is_right(asked, text_of(right) + end) for end in ends)
        row["6 guesses"] = f"the principle: {Fraction(fit, len(ends))}"
    return row if network.many else _for_one_example(row)


# ------------------------------------------------------------------ functions


def _function(head: str, forward: list[str], lines: Lines, returns: Sequence[str]) -> Callable:
    """A function of a student's, made from lines."""
    body = [*forward, *(f"d{name} = {right}" for name, right in lines.items())]
    code = "\n".join([head, *(f"    {line}" for line in body), f"    return {', '.join(returns)}"])
    code = re.sub(r"(\w+)\.grad", r"d\1", code)
    space: dict[str, Any] = {"np": np, "B": 1}
    exec(code, space)
    return space[re.search(r"def (\w+)", head)[1]]


def _with_tanh(network: Network) -> Network:
    steps = [replace(s, kind="tanh") if s.kind == "sigmoid" else s for s in network.steps]
    return replace(network, steps=steps)


def function_of_W2() -> Row:
    """Exercise 4.3: the gradient of W2, with tanh, from δ3."""
    network = _with_tanh(network_of_the_lessons())
    network.steps = network.steps[2:]
    head, asked = "def f(delta3, W3, h2, h1):", question("gradient_of_W2.q3")

    def made(lines: Lines) -> Callable:
        lines = {n: r for n, r in lines.items() if n in ("h2", "z2", "W2")}
        return _function(head, ["dz3 = delta3", "z2 = np.arctanh(h2)"], lines, ["dW2"])

    def by_differences(delta3: object, W3: object, h2: object, h1: object) -> object:
        def change(dW2: object) -> float:
            return float((delta3 * (np.tanh(np.arctanh(h2) + h1 @ dW2) @ W3)).sum())

        return nn.finite_differences(change, np.zeros((h1.shape[1], h2.shape[1])))

    found = handed_in(network, LINES_KNOWN["04"])
    has_all = {s: [e for e in each if {"h2", "z2", "W2"} <= {*e}] for s, each in found.items()}
    row = {s: _verdict(asked, [made(each) for each in lines]) for s, lines in has_all.items()}
    return _for_one_example(row) | {"3 differences": _verdict(asked, [by_differences])}


def function_of_all() -> Row:
    """Exercise 5.1: the three gradients, with tanh."""
    network = _with_tanh(network_of_the_lessons())
    head, asked = "def f(x, y, W1, W2, W3):", question("gradient_of_W1.q1")
    written = {"product": "{} @ {}", "tanh": "np.tanh({})"}
    forward = [f"{s.name} = {written[s.kind].format(*s.operands)}" for s in network.steps]

    def by_differences(x: object, y: object, W1: object, W2: object, W3: object) -> object:
        def L(W1: object, W2: object, W3: object) -> float:
            return float(0.5 * ((np.tanh(np.tanh(x @ W1) @ W2) @ W3 - y) ** 2).sum())

        return (
            nn.finite_differences(lambda W: L(W, W2, W3), W1),
            nn.finite_differences(lambda W: L(W1, W, W3), W2),
            nn.finite_differences(lambda W: L(W1, W2, W), W3),
        )

    row = {
        s: _verdict(
            asked,
            [
                _function(head, forward, each, ["dW1", "dW2", "dW3"])
                for each in lines
                if {"W1", "W2", "W3"} <= {*each}
            ],
        )
        for s, lines in handed_in(network).items()
    }
    return _for_one_example(row) | {"3 differences": _verdict(asked, [by_differences])}


# ------------------------------------------------------------------ numbers


def _values() -> dict[str, np.ndarray]:
    """The numbers that lessons 04 and 05 print at their start."""
    rng = np.random.default_rng(seed=4)
    W1, W2, W3 = (rng.normal(size=shape) for shape in ((2, 3), (3, 2), (2, 2)))
    x, y = np.array([[0.5, -1.0]]), np.array([[1.0, 0.0]])
    h1 = 1 / (1 + np.exp(-x @ W1))
    z2 = h1 @ W2
    return {"x": x, "y": y, "W1": W1, "W2": W2, "W3": W3, "z2": z2, "h2": 1 / (1 + np.exp(-z2))}


def paths_of_unit_1() -> Row:
    """Two numbers, one for each path; 3 nudges h2[1], once for the loss and once for each term."""
    v = _values()
    asked = gradient_of_W2.paths
    delta3 = v["h2"] @ v["W3"] - v["y"]

    def terms(h2: np.ndarray) -> np.ndarray:
        return 0.5 * (h2 @ v["W3"] - v["y"]) ** 2

    total = nn.finite_differences(lambda h2: float(terms(h2).sum()), v["h2"])[0, 1]
    each = [
        float(nn.finite_differences(lambda h2, k=k: float(terms(h2)[0, k]), v["h2"])[0, 1])
        for k in (0, 1)
    ]
    return {
        "1 shapes": _verdict(asked, [(delta3 * v["W3"][:, 1]).ravel().tolist()]),
        "2 copies": _verdict(asked, [(delta3 * v["W3"][0]).ravel().tolist()]),
        "3 differences": f"{_verdict(asked, [[total]])}; each term by itself: "
        f"{_verdict(asked, [each])}",
        "4 never adds": f"{PASSED}: here nothing is to be added",
    }


def two_groups() -> Row:
    """Two sums of two numbers; 3 nudges W1[1, 2] and holds one unit of the second layer."""
    v = _values()
    asked = gradient_of_W1.groups

    def loss(W1: np.ndarray, j: int) -> float:
        z2 = v["z2"].copy()
        z2[0, j] = (1 / (1 + np.exp(-v["x"] @ W1)) @ v["W2"])[0, j]
        return float(0.5 * ((1 / (1 + np.exp(-z2)) @ v["W3"] - v["y"]) ** 2).sum())

    each = [float(nn.finite_differences(lambda W, j=j: loss(W, j), v["W1"])[1, 2]) for j in (0, 1)]
    printed = [0.0055, -0.0079, -0.1728, -0.2329]
    splits = [[[0, 1], [2, 3]], [[0, 2], [1, 3]], [[0, 3], [1, 2]]]
    splits += [split[::-1] for split in splits]
    right = [is_right(asked, [sum(printed[i] for i in g) for g in split]) for split in splits]
    return {
        "3 differences": f"{_verdict(asked, [each])}, with the other unit held",
        "4 never adds": _verdict(asked, [[printed[0], printed[2]]]),
        "6 guesses": f"the pairs: {Fraction(sum(right), len(splits))}",
    }


def back_on_paper() -> Row:
    """Exercise 4.2, whose text gives the formula."""
    delta3, W3 = np.array([[1.0, -2.0]]), np.array([[3.0, 1.0], [0.0, 2.0], [-1.0, 1.0]])
    asked = gradient_of_W2.q2
    linear = nn.finite_differences(lambda h2: float((delta3 * (h2 @ W3)).sum()), np.zeros((1, 3)))
    return {
        "1 shapes": _verdict(asked, [delta3 @ W3.T]),
        "2 copies": _verdict(asked, [delta3 @ W3.T]),
        "3 differences": _verdict(asked, [linear]),
        "4 never adds": _verdict(asked, [delta3[:, :1] @ W3[:, :1].T]),
    }


def matrix_that_hides() -> Row:
    """Exercise 4.1; guessed in whole numbers from 0 to 2, and edited in the order of simplicity."""
    asked = gradient_of_W2.q1
    matrices = [np.array(m).reshape(2, 2).tolist() for m in np.ndindex(3, 3, 3, 3)]
    right = [is_right(asked, matrix) for matrix in matrices]
    simple = [[[1, 0], [0, 1]], [[1, 2], [3, 4]], [[1, 1], [1, 1]]]
    tries = [is_right(asked, matrix) for matrix in simple].index(True) + 1
    return {
        "6 guesses": f"{Fraction(sum(right), len(right))} of those with 0, 1, 2",
        "7 edits": _tries(tries),
    }


def _story(B: int, *, adds: bool = True, divide: Callable[[int], float] = float) -> list[float]:
    """Updates of w in z = x w by nudging the loss; the story of one who derives by differences."""
    examples, w, weights = [(2.0, 4.0), (1.0, 8.0), (2.0, 1.0)], 0.0, []
    for first in range(0, 3, B):
        batch = examples[first : first + B]

        def loss(w: float, x: float, y: float) -> float:
            return 0.5 * (x * w - y) ** 2

        nudged = [(loss(w + 1e-4, *e) - loss(w - 1e-4, *e)) / 2e-4 for e in batch]
        w -= 0.5 * sum(nudged if adds else nudged[:1]) / divide(len(batch))
        weights.append(round(w, 6))
    return weights


def update_by_hand() -> Row:
    """(9.1) as the reader's own: three traces."""
    asked = batches.q1

    def answer(**story: object) -> dict[str, list[float]]:
        return {name: _story(B, **story) for name, B in (("SGD", 1), ("B = 2", 2), ("batch", 3))}

    whole_batches = {"SGD": _story(1), "B = 2": _story(2, divide=lambda n: 2.0), "batch": _story(3)}
    return {
        "2 copies": _verdict(asked, [{name: _story(1) for name in ("SGD", "B = 2", "batch")}]),
        "3 differences": f"{_verdict(asked, [answer()])}: the story is asked, not the derivative",
        "4 never adds": _verdict(asked, [answer(adds=False, divide=lambda n: 1.0)]),
        "5 no mean": _verdict(asked, [answer(divide=lambda n: 1.0)]),
        "5 divides": _verdict(asked, [whole_batches]),
    }


# ------------------------------------------------------------------ choices and earlier lessons


def choice_of(name: str) -> Row:
    """An exercise with letters to choose from, as "Exercise 5.2"."""
    (text,) = [t for lesson in ("04", "05") for t in texts_of(lesson) if f"**{name}." in t]
    return {"6 guesses": str(Fraction(1, len(re.findall(r"^\* \w: ", text, re.MULTILINE))))}


def earlier() -> Iterator[tuple[str, Row]]:
    """What the lessons ask at their start; after the second wrong answer the right one is shown."""
    for idea, (family, of) in KNOWN.items():
        task = draw(family, idea, 0)
        name = f"Recall {int(idea[:2])}.{idea[-1]} (lesson {of})"
        if "Write the line of" in task.text and ".grad" in task.text:
            network, wanted = network_in_task(task.text)
            asked = Question(name, "recall", task.judge, hints=[""], solution="")
            yield name, some_lines(asked, network, [wanted], 3, most=2)
        elif choices := re.findall(r"^\* \w: ", task.text, re.MULTILINE):
            yield name, {"6 guesses": str(Fraction(1, len(choices)))}


# ------------------------------------------------------------------ the table


def closing_name(lesson: str) -> str:
    return f"{int(lesson)} closing network"


@cache
def table() -> dict[str, Row]:
    """By task, what each strategy gets."""
    lessons = network_of_the_lessons()
    rows = {
        "04 notes (z3, W3)": some_lines(gradient_of_W2.notes, lessons, ["z3", "W3"], 1),
        "04 paths of unit 1": paths_of_unit_1(),
    }
    for name in ("h2", "z2", "W2"):
        asked = question(f"gradient_of_W2.{name}_line")
        rows[f"04 {name} line"] = some_lines(asked, lessons, [name], 1, principles=True)
    rows |= {
        "4.1 W3 that hides it": matrix_that_hides(),
        "4.2 on paper": back_on_paper(),
        "4.3 function": function_of_W2(),
        "05 W1, the reader's own": whole(gradient_of_W1.own, lessons, 2),
        "05 two groups": two_groups(),
        "5.1 function": function_of_all(),
        "5.2 choice": choice_of("Exercise 5.2"),
        "5.3 choice": choice_of("Exercise 5.3"),
        "9.1 update by hand": update_by_hand(),
    }
    for lesson in WITH_CLOSING:
        asked = question(closing_question(lesson))
        rows[closing_name(lesson)] = whole(
            asked, closing_network(lesson), LINES_KNOWN.get(lesson, 3)
        )
    return rows | dict(earlier())


if __name__ == "__main__":
    print(f"| task | {' | '.join(COLUMNS)} |")
    print(f"|{'---|' * (len(COLUMNS) + 1)}")
    for task, row in table().items():
        print(f"| {task} | {' | '.join(row.get(column, NOTHING) for column in COLUMNS)} |")
