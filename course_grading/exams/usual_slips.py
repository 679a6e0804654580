"""Usual wrong lines: a right line with one slip in it, as `course_nn.gradients` and
`course_nn.derivation_check` know them, and what such a line is still worth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from course_exercises.homework.paper_networks import Network
from course_grading.exams.question import WrongLine


class Slip(Enum):
    """What was done; the words are those of the key."""

    SIGN = "the sign is turned"
    SOFTMAX = "the softmax is missing"
    MEAN = "the mean over the examples is missing: this is their sum"
    TURNED = "the sum runs over the other index: rows stand for columns"
    CAME_IN = "this is what went into the function; its result is what came in here"
    SLOPE = "the slope f′ is missing"
    OTHER_SLOPE = "this is the slope of the other function"
    PATH = "a path is missing"
    FACTOR = "the factor is missing"
    OTHER_FACTOR = "the factor is the node itself, not the other one"


NEARLY = (Slip.SIGN, Slip.MEAN, Slip.OTHER_SLOPE)  # the principle is there; one point is lost
HALF = (Slip.SOFTMAX, Slip.TURNED, Slip.CAME_IN, Slip.PATH, Slip.OTHER_FACTOR)
SLOPES = {
    "tanh": " ⊙ (1 − {out}²)",
    "sigmoid": " ⊙ {out} ⊙ (1 − {out})",
}
OTHER = {"tanh": "sigmoid", "sigmoid": "tanh"}


def still_worth(slip: Slip, points: int, *, in_a_sum: bool) -> int:
    """The points that are left of a line with this slip; in a sum, another term is right."""
    if slip in NEARLY:
        return points - 1
    return points // 2 if slip in HALF or in_a_sum else 0


def wrong_lines(network: Network, name: str, line: str, points: int) -> tuple[WrongLine, ...]:
    """The usual wrong lines in place of this one, each once."""
    found: dict[str, WrongLine] = {}
    for slip, text in slips(network, name, line):
        found.setdefault(
            text, WrongLine(text, slip.value, still_worth(slip, points, in_a_sum=" + " in line))
        )
    return tuple(found.values())


def slips(network: Network, name: str, line: str) -> Iterator[tuple[Slip, str]]:
    """The slips that can be made in the line of `name`.grad, and the line that comes of each."""
    left, _, right = line.partition(" = ")

    def made(slip: Slip, text: str) -> Iterator[tuple[Slip, str]]:
        if text != right:
            yield slip, f"{left} = {text}"

    if name == network.output:
        first, _, second = right.partition(" − ")
        if first == network.output:
            yield from made(Slip.SIGN, f"{second} − {first}")
        elif first.startswith("softmax"):
            yield from made(Slip.SIGN, f"{second} − {first}")
            yield from made(Slip.SOFTMAX, f"{network.output} − {second}")
    elif right.startswith("−"):
        yield from made(Slip.SIGN, right[1:])
    if name in network.weights:
        yield from made(Slip.MEAN, re.sub(r"^\((.*)\)$", r"\1", right.removesuffix(" / B")))
    for weight, (rows, columns) in network.weights.items():
        if rows == columns and f"@ {weight}" in right:
            one, other = f"@ {weight}ᵀ", f"@ {weight}"
            turned = right.replace(one, other) if one in right else right.replace(other, one)
            yield from made(Slip.TURNED, turned)
    for step in network.steps:
        slope = SLOPES.get(step.kind, "").format(out=step.name)
        if slope and name == step.operands[0]:
            yield from made(Slip.SLOPE, right.replace(slope, ""))
            instead = SLOPES[OTHER[step.kind]].format(out=step.name)
            yield from made(Slip.OTHER_SLOPE, right.replace(slope, instead))
        if slope and name in network.weights:
            out, of = rf"\b{step.name}(?![.\w])|\b{step.name}(?=ᵀ)", step.operands[0]
            yield from made(Slip.CAME_IN, re.sub(out, of, right))
        if step.kind == "multiply" and name in step.operands:
            factor = next(each for each in step.operands if each != name)
            term, back = f"{step.name}.grad ⊙ {factor}", f"{step.name}.grad"
            yield from made(Slip.FACTOR, right.replace(term, back))
            yield from made(Slip.OTHER_FACTOR, right.replace(term, f"{back} ⊙ {name}"))
    yield from _lost_paths(left, right)


def _lost_paths(left: str, right: str) -> Iterator[tuple[Slip, str]]:
    """Of a sum of two terms, each term alone."""
    inside, mean = (right[1:-5], " / B") if right.endswith(") / B") else (right, "")
    sign = re.search(r" ([+−]) (?![^(]*\))", inside)  # not within brackets
    if sign and ".grad" in inside[sign.end() :]:
        yield Slip.PATH, f"{left} = {inside[: sign.start()]}{mean}"
        minus = "−" if sign[1] == "−" else ""
        yield Slip.PATH, f"{left} = {minus}{inside[sign.end() :]}{mean}"
