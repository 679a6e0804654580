"""A derivation with one wrong line: which one, how it should read, and what it would do.

It is written entry by entry, see `entries`, so nothing of it can be copied into the question about
all gradients. Any of its lines can be the wrong one. The two functions differ, and so do the ways
in which the matrices are stored: a line that looks other than its neighbour need not be wrong, and
most wrong ones look like it. What tells them is the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import numpy as np

from course_exercises.homework.paper_networks import CLASSES, Network
from course_grading.exams import entries, witnesses
from course_grading.exams.networks import FAMILIES, LEVELS, nodes_of
from course_grading.exams.question import KeyLine, Part, Question, WrongLine
from course_grading.exams.questions.derivation import LOSSES, smooth, trials

KIND = "wrong_line"
FAMILY = "entry by entry"


class Planted(Enum):
    """What is wrong; the words are those of the key."""

    MEAN = "the mean belongs in the first line, once"
    TURNED = "the sum ran over the other index: rows stood for columns"
    CAME_IN = "this was what went into the function; its result is what came in here"
    SLOPE = "this was not the slope of this function, taken where it belongs"
    BEHIND = "this was the gradient behind the function; the one before it belongs here"


PLANTED = tuple(Planted)
RELU = "relu(z) is z where z is positive, and 0 elsewhere; (z > 0) is 1 or 0. "
EFFECTS = {
    "no mean": "All matrices get the sum over the examples, B times the mean: as if the learning "
    "rate were B times as large. With many examples the loss may swing or run away.",
    "two means": "{weight} gets 1/B of its gradient: it is trained with a learning rate that is B "
    "times smaller than that of the others, and hardly moves.",
    "passed turned": "Each unit gets the gradient by the weights of other units. The shapes fit, "
    "because {weight} is square, and only a symmetric {weight} would hide it; for the matrices "
    "behind this line the steps go in wrong directions, and the loss need not fall.",
    "own turned": "{weight} gets its gradient with rows and columns changed: each weight moves by "
    "what belongs to another one. The shapes fit, because {weight} is square; its steps go in a "
    "wrong direction, and the loss need not fall. The other matrices are trained rightly.",
    "came in": "The weights of {weight} are moved by what stood before the function, and they were "
    "multiplied by what came out of it: steps of another size, and where the two differ in sign, "
    "in the wrong direction. The other matrices are trained rightly.",
    "slope": "What goes back through this function is multiplied by another number than its slope: "
    "the matrices behind this line get steps of another size, and some in the wrong direction "
    "where that number has another sign. The loss need not fall.",
    "behind": "The slope of the function is left out for these matrices: also units that hardly "
    "answer any more (or are off, with relu) are taught as if they answered fully.",
}


def slips(network: Network) -> Iterator[tuple[Planted, str, str, str]]:
    """What can be planted: the slip, the name whose line it is in, that line, and the effect."""
    right = entries.backward(network)
    chain = entries.layers(network)
    functions = {step.name: step for step in network.steps if len(step.operands) == 1}
    out = network.output

    def instead(name: str, old: str, new: str) -> str:
        left, _, body = right[name].partition(" = ")
        return f"{left} = {body.replace(old, new)}"

    yield Planted.MEAN, out, f"{out}.grad[b, k] = {entries.error(network)}", "no mean"
    for _, _, matrix, _, _ in chain:
        left, _, body = right[matrix].partition(" = ")
        yield Planted.MEAN, matrix, f"{left} = (1 / B) · {body}", "two means"
    before = "d"
    for into, result, matrix, turned, index in chain:
        if into in functions:
            function = functions[into]
            (of,) = function.operands
            entry, reverse = (
                entries.of_matrix(matrix, way, before, index) for way in (turned, not turned)
            )
            yield Planted.TURNED, into, instead(into, entry, reverse), "passed turned"
            own = instead(matrix, f"{into}[b, {before}]", f"{into}[b, {index}]").replace(
                f"{result}.grad[b, {index}]", f"{result}.grad[b, {before}]"
            )
            yield Planted.TURNED, matrix, own, "own turned"
            yield (
                Planted.CAME_IN,
                matrix,
                instead(matrix, f"{into}[b, {before}]", f"{of}[b, {before}]"),
                "came in",
            )
            for wrong in _slopes(function.kind, f"{into}[b, {before}]", f"{of}[b, {before}]"):
                left = f"{of}.grad[b, {before}] = {into}.grad[b, {before}]"
                yield Planted.SLOPE, of, f"{left} · {wrong}", "slope"
        if result != out:
            (after,) = (step.name for step in functions.values() if step.operands == (result,))
            behind = f"{result}.grad[", f"{after}.grad["
            yield Planted.BEHIND, matrix, instead(matrix, *behind), "behind"
            if into in functions:
                yield Planted.BEHIND, into, instead(into, *behind), "behind"
        before = index


def _slopes(kind: str, out: str, of: str) -> Iterator[str]:
    """What is taken for the slope of a function, and looks like one."""
    match kind:
        case "tanh":
            yield f"{out} · (1 − {out})"
            yield f"(1 − {of}²)"
        case "sigmoid":
            yield f"(1 − {out}²)"
            yield f"{of} · (1 − {of})"
        case _:
            yield out


def draw(
    rng: np.random.Generator, slip: Planted, form: int, loss: str, *, points: int, minutes: int
) -> Question:
    """A question with this slip; forms have it in one line after another of those it can be in."""
    network = FAMILIES[FAMILY][0](rng, loss)
    right = entries.backward(network)
    possible: dict[str, list[tuple[str, str]]] = {}
    for kind, where, line, told in slips(network):
        if kind is slip:
            possible.setdefault(where, []).append((line, told))
    name = list(possible)[form % len(possible)]
    text, effect = possible[name][int(rng.integers(len(possible[name])))]
    printed = {each: text if each == name else line for each, line in right.items()}
    number = 1 + list(printed).index(name)
    touched = touched_by(printed, network)
    find, mend, where_, what = _points(points)
    others = [
        WrongLine(line, "this is another slip", mend // 2)
        for kind, where, line, _ in slips(network)
        if where == name and kind is not slip
    ]
    key = (
        KeyLine("the wrong line", f"line {number}", find, value=number),
        KeyLine("the line mended", right[name], mend, because=slip.value, wrong=tuple(others[:2])),
        KeyLine("wrong weights", ", ".join(f"{w}.grad" for w in touched), where_, value=touched),
        KeyLine(
            "the effect",
            EFFECTS[effect].format(weight=_weight_in(text, network)),
            what,
            prose=True,
        ),
    )
    softmax = (
        f"softmax({network.output})[b, k] is the probability of class k for example b, and "
        f"onehot({network.answers})[b, k] is 1 where k is the label, and 0 elsewhere; "
    )
    return Question(
        kind=KIND,
        family=FAMILY,
        level=LEVELS[FAMILY],
        title="A line that is wrong",
        minutes=minutes,
        intro=(
            "Somebody has derived the gradients of another network, entry by entry: b is the "
            "example, and d, i, j, k are the units of the layers. Matrices are stored in "
            "different ways, as the sums show. "
            f"{RELU if any(s.kind == 'relu' for s in network.steps) else ''}"
            f"T{LOSSES[loss].format(o=network.output, t=network.answers)[1:]}; "
            f"{softmax if loss == CLASSES else ''}J is the mean of the losses of the B examples. "
            "Each .grad here is the derivative of J, of nodes as of matrices. One of the "
            "numbered lines is wrong; each other one is right for what stands above it.",
        ),
        shown=(
            *entries.forward(network),
            *(f"{i}.  {line}" for i, line in enumerate(printed.values(), start=1)),
        ),
        parts=(
            Part("Which line is wrong? Write its number.", key[:1], room=1),
            Part("Write the line as it should be.", key[1:2], room=2),
            Part(
                "The lines are run as they are printed. Which gradients of matrices come out "
                "wrong?",
                key[2:3],
                room=1,
            ),
            Part(
                "What would that do in training? One or two sentences.",
                key[3:],
                room=4,
                open="Any wording in which the same happens, and to the same weights.",
            ),
        ),
        lines=1,
        facts={"network": network, "slip": slip, "name": name, "printed": printed},
        follow=(
            "Who names another line gets nothing in the first two parts, and the other two are "
            "marked as if that line were the wrong one."
        ),
    )


def _points(points: int) -> tuple[int, int, int, int]:
    find = mend = where = points // 4
    return find, mend, where, points - find - mend - where


def _weight_in(line: str, network: Network) -> str:
    return next((name for name in re.findall(r"[A-Z]", line) if name in network.weights), "")


def run(printed: dict[str, str], values: dict[str, Any]) -> dict[str, np.ndarray]:
    """All gradients that come out if the printed lines are run one after another."""
    found: dict[str, np.ndarray] = {}
    for name, line in printed.items():
        found[name] = entries.worth(line, values, found)
    return found


def tried_of_J(network: Network) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """As `trials`, with ∂J/∂node, that is 1/B of the gradient of each example's own loss."""
    return [(values, _of_J(network, values, found)) for values, found in trials(network)]


def _of_J(network: Network, values: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    B = len(values[network.answers])
    return {name: g if name in network.weights else g / B for name, g in found.items()}


def holds(name: str, line: str, tried: list[tuple[dict[str, Any], dict[str, Any]]]) -> bool:
    """Whether a line gives the gradient of this name, with right ones above it."""
    try:
        return all(
            witnesses.is_close(entries.worth(line, values, gradients), gradients[name])
            for values, gradients in tried
        )
    except (ValueError, KeyError):
        return False


def touched_by(printed: dict[str, str], network: Network) -> list[str]:
    """The matrices whose gradients come out wrong, in the order of the printed lines."""
    values, right = tried_of_J(network)[-1]
    given = run(printed, values)
    return [
        name
        for name in printed
        if name in network.weights and not witnesses.is_close(given[name], right[name])
    ]


def prove(question: Question) -> list[str]:
    """What is wrong with the question or its key: a sentence for each thing."""
    facts = question.facts
    network: Network = facts["network"]
    printed: dict[str, str] = facts["printed"]
    tried, found = tried_of_J(network), []
    number, mended = question.line("the wrong line").value, question.line("the line mended")
    for i, (name, line) in enumerate(printed.items(), start=1):
        if holds(name, line, tried) == (i == number):
            found.append(f"line {i}, {line}, is {'right' if i == number else 'wrong'}.")
        if f"{i}.  {line}" not in question.shown:
            found.append(f"line {i} is not printed as it was tried.")
    name = list(printed)[number - 1]
    if not holds(name, mended.text, tried) or not mended.text.startswith(f"{name}.grad["):
        found.append(f"the mended line {mended.text} does not hold.")
    found += [f"the wrong line {w.text} holds." for w in mended.wrong if holds(name, w.text, tried)]
    if question.line("wrong weights").value != touched_by(printed, network):
        found.append("other gradients come out wrong than the key says.")
    return found + _untrue(question)


def _untrue(question: Question) -> list[str]:
    """Whether the line really does what the key says of it."""
    network, slip, name = (question.facts[each] for each in ("network", "slip", "name"))
    line = question.facts["printed"][name]
    values = smooth(network, np.random.default_rng(11), 6)
    right = _of_J(network, values, witnesses.gradients(network, values))
    values = {**nodes_of(network, values), **values}
    given = entries.worth(line, values, right)
    functions = {s.name: s.operands[0] for s in network.steps if len(s.operands) == 1}
    match slip:
        case Planted.MEAN:
            times = 6 if name == network.output else 1 / 6
            true = witnesses.is_close(given, times * right[name])
        case Planted.SLOPE:
            after = next((h for h, z in functions.items() if z == name), None)
            if true := after is not None:
                arrives = right[after] != 0  # behind a relu nothing does, where it is off
                part = right[after][arrives]
                true = not witnesses.is_close(given[arrives] / part, right[name][arrives] / part)
        case Planted.CAME_IN:
            came = {z: values[h] for h, z in functions.items()}
            true = witnesses.is_close(entries.worth(line, {**values, **came}, right), right[name])
        case Planted.BEHIND:
            before = {h: right[z] for h, z in functions.items()}
            true = witnesses.is_close(entries.worth(line, values, {**right, **before}), right[name])
        case Planted.TURNED if name in network.weights:
            true = witnesses.is_close(given, right[name].T)
        case _:
            square = [w for w, (rows, columns) in network.weights.items() if rows == columns]
            symmetric = values | {each: values[each] + values[each].T for each in square}
            mended = question.line("the line mended").text
            true = witnesses.is_close(
                entries.worth(line, symmetric, right), entries.worth(mended, symmetric, right)
            )
    return [] if true else [f"what the key says about {line} is not so."]
