"""A derivation with one wrong line: which one, how it should read, and what it would do.

The network has relu, another loss than the question about all gradients, and weights that are
stored as (outputs, inputs): so no line that is printed here is asked there, and what is copied from
here is wrong there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import course_nn as nn
from course_grading.exams import lines, witnesses
from course_grading.exams.networks import FAMILIES, LEVELS, Network, nodes_of
from course_grading.exams.question import KeyLine, Part, Question, WrongLine
from course_grading.exams.questions.derivation import LOSSES, holds, smooth, trials
from course_grading.exams.usual_slips import Slip, slips

KIND = "wrong_line"
FAMILY = "turned weights"
PLANTED = (Slip.MEAN, Slip.TURNED, Slip.CAME_IN, Slip.SLOPE)
EFFECTS = {
    Slip.MEAN: "{weight} gets the sum over the examples, B times the mean: it is trained with B "
    "times the learning rate of the others, and may swing or run away where these do well.",
    Slip.TURNED: "each unit gets the gradient by the weights of other units. The shapes fit, "
    "because "
    "{weight} is square, and only a symmetric {weight} would hide it; for the matrices behind this "
    "line the steps go in wrong directions, and the loss need not fall.",
    Slip.CAME_IN: "relu is left out of what came in. Where a unit is off for an example, its value "
    "is 0 and the weights it feeds should get nothing from this example; with this line they get "
    "something, from a negative number.",
    Slip.SLOPE: "units that are off for an example are taught by it as if they were on. It should "
    "pass nothing through them; with this line the weights before them are moved by it.",
}


def draw(
    rng: np.random.Generator, slip: Slip, form: int, loss: str, *, points: int, minutes: int
) -> Question:
    """A question with this slip; forms have it in one line after another of those it can be in."""
    network = FAMILIES[FAMILY][0](rng, loss)
    node = network.graph(network.draw(rng, 2))
    right = lines.backward(network, node)
    places = [
        (name, text)
        for name, line in right.items()
        for kind, text in slips(network, name, line)
        if kind is slip
    ]
    name, text = places[form % len(places)]
    printed = {each: text if each == name else line for each, line in right.items()}
    number = 1 + list(printed).index(name)
    touched = touched_by(printed, network)
    find, mend, where, what = _points(points)
    product = next(step for step in network.steps if step.kind == "matmul_transposed")
    key = (
        KeyLine("the wrong line", f"line {number}", find, value=number),
        KeyLine(
            "the line mended",
            right[name],
            mend,
            because=slip.value,
            wrong=tuple(
                WrongLine(wrong, kind.value, mend // 2)
                for kind, wrong in slips(network, name, right[name])
                if kind is not slip
            )[:2],
        ),
        KeyLine("wrong weights", ", ".join(f"{w}.grad" for w in touched), where, value=touched),
        KeyLine("the effect", EFFECTS[slip].format(weight=_weight_in(text, network)), what),
    )
    return Question(
        kind=KIND,
        family=FAMILY,
        level=LEVELS[FAMILY],
        title="A line that is wrong",
        minutes=minutes,
        intro=(
            "Somebody has derived the gradients of another network. Here each matrix is stored "
            f"the other way round: row i of {product.operands[1]} has the weights into unit i. "
            "relu(z) is z where z is positive, and 0 elsewhere; "
            f"{LOSSES[loss].format(o=network.output, t=network.answers)}. There are B examples, "
            "one in each row, and J is the mean of their losses. One of the numbered lines is "
            "wrong; the others are right as they stand.",
        ),
        shown=(
            *lines.forward(node)[:-1],
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
    left = line.partition(".grad")[0]
    return left if left in network.weights else next((w for w in network.weights if w in line), "")


def run(printed: dict[str, str], network: Network, values: dict[str, Any]) -> dict[str, np.ndarray]:
    """All gradients that come out if the printed lines are run one after another."""
    found: dict[str, np.ndarray] = {}
    for name, line in printed.items():
        found[name] = lines.worth(line, network, values, found)
    return found


def touched_by(printed: dict[str, str], network: Network) -> list[str]:
    """The matrices whose gradients come out wrong, in the order of the printed lines."""
    values, right = trials(network)[-1]
    given = run(printed, network, values)
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
    tried, found = trials(network), []
    number, mended = question.line("the wrong line").value, question.line("the line mended")
    for i, line in enumerate(printed.values(), start=1):
        if holds(line, network, tried) == (i == number):
            found.append(f"line {i}, {line}, is {'right' if i == number else 'wrong'}.")
        if f"{i}.  {line}" not in question.shown:
            found.append(f"line {i} is not printed as it was tried.")
    about = mended.text.partition(".grad = ")[0]
    if not holds(mended.text, network, tried) or list(printed)[number - 1] != about:
        found.append(f"the mended line {mended.text} does not hold.")
    found += [
        f"the wrong line {w.text} holds." for w in mended.wrong if holds(w.text, network, tried)
    ]
    if question.line("wrong weights").value != touched_by(printed, network):
        found.append("other gradients come out wrong than the key says.")
    report = nn.check_derivation(
        network.graph(network.draw(np.random.default_rng(1), 2)), "\n".join(printed.values())
    )
    judged = {line.number: line.verdict.value for line in report.lines}
    if judged[number] == "holds" or [line.number for line in report.wrong] != [number]:
        found.append(f"check_derivation finds other wrong lines:\n{report}")
    return found + _untrue(question)


def _untrue(question: Question) -> list[str]:
    """Whether the line really does what the key says of it."""
    network, slip, name = (question.facts[each] for each in ("network", "slip", "name"))
    line = question.facts["printed"][name]
    values = smooth(network, np.random.default_rng(11), 6)
    right = witnesses.gradients(network, values)
    values = {**nodes_of(network, values), **values}
    given = lines.worth(line, network, values, right)
    match slip:
        case Slip.MEAN:
            true = witnesses.is_close(given, 6 * right[name])
        case Slip.SLOPE:
            off = values[name] <= 0
            true = witnesses.is_close(given[~off], right[name][~off])
            true &= witnesses.is_close(right[name] * off, 0 * right[name]) and given[off].any()
        case Slip.CAME_IN:
            bends = (step.operands[0] for step in network.steps if step.kind == "relu")
            negative = {each: np.minimum(values[each], 0) for each in bends}
            missing = lines.worth(line, network, {**values, **negative}, right)
            true = witnesses.is_close(given - right[name], missing) and bool(missing.any())
        case Slip.TURNED:
            square = [w for w, (rows, columns) in network.weights.items() if rows == columns]
            symmetric = values | {each: values[each] + values[each].T for each in square}
            mended = question.line("the line mended").text
            true = witnesses.is_close(
                lines.worth(line, network, symmetric, right),
                lines.worth(mended, network, symmetric, right),
            )
        case _:
            true = False
    return [] if true else [f"what the key says about {line} is not so."]
