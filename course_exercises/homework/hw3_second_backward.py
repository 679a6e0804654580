"""Homework 3, two Backwards without the reset: by which factor a gradient is too large then.

The network of a key is four numbers long, and parts into two paths, of which one is longer. Each
path is multiplied by another number, so the factor depends on the weights: that is the
counterexample to the claim that it does not. It is found by running a graph of `course_nn`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Step
from course_exercises.homework.hw3_networks import row_sum, scale
from course_exercises.homework.hw3_nodes import Rng, as_python, numbers, wanted
from course_exercises.homework.keys import generator
from course_exercises.homework.random_networks import drawn
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Satisfies,
    Task,
    Verdict,
    judge,
    not_right,
    told,
)
from course_exercises.question import Kind, Slip

# What the rubric of the grader names.
__all__ = ["LONGER_PATH", "NOTHING_TO_COMPARE", "SECOND_ALONE", "SHORTER_PATH", "TWICE"]
__all__ += ["factor", "weights_for"]

TWICE = Slip("twice, as if the nodes kept nothing. What have they kept from the first Backward?")
SECOND_ALONE = Slip(
    "that is what the second Backward adds, by itself; the gradient of the first is still there. "
    "Or L was not counted as a node of its own."
)
LONGER_PATH = Slip("that is the factor of what comes through the longer path.")
SHORTER_PATH = Slip("that is the factor of what comes through the shorter path.")
PATHS_ADDED = Slip(
    "the factors of the two paths were added, or averaged, as if both paths passed the same."
)
NOTHING_TO_COMPARE = Slip("the right gradient is 0, or nearly, so that no factor can be told.")
LEAST, MOST = 1e-3, 1e6  # of the right gradient, and of the numbers
LEAST_ASKED = 0.2  # of the gradients that a factor is asked of

# Nodes of one path behind c, nodes of the other, nodes behind the place where they join.
PATHS = ((4, 0, 0), (3, 1, 0), (3, 0, 1), (2, 1, 1), (2, 0, 2), (1, 0, 3))
LETTERS = "abdeugpqrv"  # not f, which is the argument of weights_for


@dataclass(frozen=True)
class Paths:
    """c = x w; from c two paths of products with one number each; their sum; products again.

    Args:
        long, short: names of the weights on each path. behind: those after the sum.
    """

    long: tuple[str, ...]
    short: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def weights(self) -> tuple[str, ...]:
        return ("w", *self.long, *self.short, *self.behind)

    @property
    def lines(self) -> list[str]:
        """The forward lines."""
        found, ends = ["c = x · w"], []
        for path, letter in ((self.long, "h"), (self.short, "k")):
            before = "c"
            for place, weight in enumerate(path, 1):
                found.append(f"{letter}{place} = {before} · {weight}")
                before = f"{letter}{place}"
            ends.append(before)
        found.append(f"s = {' + '.join(ends)}")
        before = "s"
        for place, weight in enumerate(self.behind, 1):
            found.append(f"z{place} = {before} · {weight}")
            before = f"z{place}"
        return [*found, f"L = {before}"]

    def gradients(self, values: Mapping[str, float]) -> list[float]:
        """w.grad after one Backward, and after a second one without the reset."""
        with nn.Graph(make_current=False) as graph:
            x = nn.Input("x", width=1)
            made = {name: nn.Parameter(name, [[values[name]]]) for name in self.weights}
            c = scale(x, made["w"], name="c")
            ends = []
            for path in (self.long, self.short):
                node: nn.Node = c
                for weight in path:
                    node = scale(node, made[weight], name=f"of_{weight}")
                ends.append(node)
            node = nn.add(*ends, name="sum")
            for weight in self.behind:
                node = scale(node, made[weight], name=f"of_{weight}")
            loss = row_sum(node, name="loss")
        graph.Forward(x=[[values["x"]]])
        graph.Backward(loss)
        found = [made["w"].grad]
        loss.grad = np.ones(1)
        for node in reversed(graph.nodes):
            node.backward()
        return [float(np.ravel(grad)[0]) for grad in (*found, made["w"].grad)]

    def factor(self, values: Mapping[str, float]) -> float:
        """What the second Backward leaves, in terms of the right gradient."""
        right, twice = self.gradients(values)
        return twice / right

    @cached_property
    def of_shorter(self) -> float:
        """The factor if the longer path passes nothing, as its first weight is 0."""
        return self.factor({**dict.fromkeys(("x", *self.weights), 1.0), self.long[0]: 0.0})

    @property
    def of_longer(self) -> float:
        """That of the longer path alone: each node more adds 1."""
        return self.of_shorter + len(self.long) - len(self.short)


@lru_cache(maxsize=1000)
def paths(key: str) -> Paths:
    """The network of a key."""
    rng = generator(key, "hw3 second Backward")
    longer, shorter, behind = PATHS[int(rng.integers(len(PATHS)))]
    names = iter([LETTERS[i] for i in rng.permutation(len(LETTERS))])
    return Paths(*(tuple(next(names) for _ in range(n)) for n in (longer, shorter, behind)))


def described(key: str) -> str:
    """The lines of the network, all of whose nodes and weights are single numbers."""
    return "\n".join([*(f"    {line}" for line in paths(key).lines)])


# --- question 6 -----------------------------------------------------------------------------------


def _factor(rng: Rng, key: str) -> Task:
    own = paths(key)

    def draw() -> tuple[dict[str, float], list[float]]:
        values = {name: float(numbers(rng, 1)[0]) for name in ("x", *own.weights)}
        return values, own.gradients(values)

    values, (once, twice) = drawn(
        draw, lambda found: min(map(abs, found[1])) > LEAST_ASKED, "large"
    )
    found = twice / once
    longer, shorter = own.of_longer, own.of_shorter
    slips = {
        TWICE: 2.0,
        SECOND_ALONE: found - 1,
        LONGER_PATH: longer,
        SHORTER_PATH: shorter,
        PATHS_ADDED: (longer + shorter) / 2,
    }
    right = wanted(found, slips)

    def verdict(value: Any) -> Verdict:
        judged = judge(right, value)
        if judged.kind != Kind.WRONG:
            return judged
        return not_right(f"yours is {float(value):.4f}; with these numbers it is {found:.4f}.")

    steps: list[Step] = [Call("factor", (values,), into="result"), Get("result")]
    return Task(as_python(steps), steps, {"result": Satisfies(verdict)})


def _weights_for(rng: Rng, key: str) -> Task:
    own = paths(key)
    longer, shorter = own.of_longer, own.of_shorter
    usual = [0.0, -2.0, 1.0, (longer + shorter) / 2, longer + 2.5, shorter - 0.75, longer + 7.0]
    asked = float(usual[int(rng.integers(len(usual)))])
    names = ("x", *own.weights)

    def verdict(value: Any) -> Verdict:
        if any(np.size(value[name]) != 1 for name in names):
            return not_right(ONE_EACH, ONE_EACH)
        given = {name: float(np.ravel(value[name])[0]) for name in names}
        if max(map(abs, given.values())) > MOST:
            return not_right(TOO_LARGE, TOO_LARGE)
        right, twice = own.gradients(given)
        if abs(right) < LEAST:
            return told(NOTHING_TO_COMPARE)
        found = twice / right
        if abs(found - asked) < 1e-5 * max(1.0, abs(asked)):
            return RIGHT
        if abs(found - 1 - asked) < 1e-5 * max(1.0, abs(asked)):
            return told(SECOND_ALONE)
        return not_right(f"with these numbers the factor is {found:.4f}, not {asked:g}.", OTHER)

    steps: list[Step] = [Call("weights_for", (asked,), into="result"), Get("result")]
    return Task(as_python(steps), steps, {"result": Satisfies(verdict, names=names)})


ONE_EACH = "each is a single number."
TOO_LARGE = "a number is larger than a million; smaller ones do."
OTHER = "with these numbers the factor is another one."

factor = ByKey(_factor)
weights_for = ByKey(_weights_for)
