"""The questions of a paper that have a short answer, for platforms: Moodle XML, QTI 1.2 and 2.1.

A machine can mark a number, a line or a shape. A derivation, a reason and an example it cannot, so
these stay on paper. Each answer is taken from the key, after `paper.prove` has tried it. The files
say what is right, because a platform has to mark it, and nothing else of the key: no reason, and
not which slip leads to which wrong option.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course_grading.exams.paper import Paper
from course_grading.exams.question import KeyLine, Question
from course_grading.exams.questions import forward_pass, three_checks, updates, wrong_line
from course_grading.inventory import question as short
from course_grading.inventory.moodle import moodle_xml
from course_grading.inventory.qti12 import qti12
from course_grading.inventory.qti21 import qti21

OPTIONS = 4
TYPED = "The answer is a whole number; for a minus type a hyphen."
FROM_0 = "Rows and columns are counted from 0."
WITHOUT_ROOM = " Write down each gradient."  # which a platform does not ask to see

Shape = tuple[Any, ...]  # of numbers, or "B" for the examples


def files(papers: Sequence[Paper]) -> dict[str, bytes]:
    """The three files of each form, by name: the same bytes for the same papers."""
    found = {}
    for paper in papers:
        asked, title = short_questions(paper), f"{paper.title} {paper.seed}, form {paper.form}"
        found[f"{paper.name}-moodle.xml"] = moodle_xml(asked, title, feedback=False)
        found[f"{paper.name}-qti12.zip"] = qti12(asked, paper.name, title, feedback=False)
        found[f"{paper.name}-qti21.zip"] = qti21(asked, paper.name, title)
    return found


def short_questions(paper: Paper) -> list[short.Question]:
    """What has a short answer, in the order of the paper.

    A name says where it is from: "final-7-A-5.2" is the second one of question 5.
    """
    found: list[short.Question] = []
    for place, question in enumerate(paper.questions, start=1):
        if question.kind in KINDS:
            found += KINDS[question.kind](question, f"{paper.name}-{place}.")
    return found


def _forward_pass(question: Question, name: str) -> list[short.Question]:
    """Shapes, and for each example a number of the hidden layer and one of the output.

    Losses may be halves, which would leave forms with more questions than others.
    """
    found: list[short.Question] = []
    if len(question.parts) == 2:
        found += _shapes(question, name)
    lines = {line.about: line for line in question.parts[-1].lines}
    _, hidden, out = (step.name for step in question.facts["network"].steps)
    for about in (hidden, out):
        for row, values in enumerate(lines[about].value):
            column = (row + int(about == out)) % len(values)
            entry = f"{about}[{row}, {column}]"
            text = _text(question, f"Which number is {entry}? {FROM_0} {TYPED}")
            number = f"{name}{len(found) + 1}"
            found.append(_number(number, entry, question, text, values[column]))
    return found


def _three_checks(question: Question, name: str) -> list[short.Question]:
    """Shapes, a sign, and how often."""
    network, (row, column) = question.facts["network"], question.facts["place"]
    first, middle, last = network.weights
    weight = f"{first}[{row}, {column}]"
    found: list[short.Question] = [*_shapes(question, name)]

    def next_name() -> str:
        return f"{name}{len(found) + 1}"

    rises = question.line("the sign").value > 0
    options = (
        short.Option("The loss rises.", "" if rises else "the sign is turned"),
        short.Option("The loss falls.", "the sign is turned" if rises else ""),
    )
    ask = f"{weight} is raised by very little. Does the loss rise or fall?"
    found.append(
        short.Choice(next_name(), "the sign", question.title, _text(question, ask), options)
    )
    paths = question.line("paths").value
    ask = f"How many paths lead from {weight} to the loss? {TYPED}"
    found.append(_number(next_name(), "paths", question, _text(question, ask), paths))
    passed = question.line("passed").value
    of_last, of_middle, of_first, slopes = passed
    wrong = {
        (of_last, of_middle, of_first + 1, slopes): "its own matrix is passed, too",
        (of_last, of_middle, of_first, slopes + 1): "the output has a slope, too",
        (of_last, of_middle, of_first + 1, slopes + 1): "both",  # so that no number is rarer
    }
    ask = (
        f"How often does the way back to {first}.grad pass {last}, {middle}, {first}, and a slope "
        "f′? The options have these four numbers in this order."
    )
    ways = _mixed(next_name(), _row(passed), {_row(each): s for each, s in wrong.items()})
    found.append(
        short.Choice(next_name(), "what is passed", question.title, _text(question, ask), ways)
    )
    return found


def _wrong_line(question: Question, name: str) -> list[short.Question]:
    """Which line it is, and which gradients come out wrong; all of either are to choose from."""
    number, touched = (question.line(each).value for each in ("the wrong line", "wrong weights"))
    lines = tuple(
        short.Option(f"line {i}", "" if i == number else "this line is right")
        for i in range(1, len(question.facts["printed"]) + 1)
    )
    weights = [
        each for each in question.facts["printed"] if each in question.facts["network"].weights
    ]
    some = [
        [weight for place, weight in enumerate(weights) if chosen >> place & 1]
        for chosen in range(1, 2 ** len(weights))
    ]
    gradients = tuple(
        short.Option(
            ", ".join(f"`{weight}.grad`" for weight in each),
            "" if each == touched else "other gradients come out wrong",
        )
        for each in sorted(some, key=len)
    )
    which = _text(question, "Which line is wrong?")
    come_out = _text(question, question.parts[2].text)
    return [
        short.Choice(f"{name}1", "the wrong line", question.title, which, lines),
        short.Choice(f"{name}2", "wrong gradients", question.title, come_out, gradients),
    ]


def _updates(question: Question, name: str) -> list[short.Question]:
    """Each weight of the traces."""
    found: list[short.Question] = []
    for line in question.key:
        B, _, update = line.about.partition(".")
        way = updates.CALLED[int(B)]
        ask = f"{way[0].upper()}{way[1:]}: where does w stand after update {update}? {TYPED}"
        title, number = f"{way}, update {update}", f"{name}{len(found) + 1}"
        found.append(_number(number, title, question, _text(question, ask), line.value))
    return found


KINDS = {
    forward_pass.KIND: _forward_pass,
    three_checks.KIND: _three_checks,
    wrong_line.KIND: _wrong_line,
    updates.KIND: _updates,
}


# ------------------------------------------------------------------ shapes


def _shapes(question: Question, name: str) -> list[short.Question]:
    """One for each shape that is asked in the first part."""
    part = question.parts[0]
    B = part.lines[0].value[0]
    batch = "B examples" if B == "B" else f"a batch of B = {B}, not the two above"
    found: list[short.Question] = []
    for line in part.lines:
        number = f"{name}{len(found) + 1}"
        wrong: dict[str, str] = {}
        for shape, slip in _wrong_shapes(question, line, B):
            if shape != line.value and len(wrong) < OPTIONS - 1:
                wrong.setdefault(_row(shape), slip)
        text = _text(question, f"For {batch}: which shape has {line.about}?")
        options = _mixed(number, _row(line.value), wrong)
        found.append(short.Choice(number, f"shape of {line.about}", question.title, text, options))
    return found


def _wrong_shapes(question: Question, line: KeyLine, B: Any) -> Iterator[tuple[Shape, str]]:
    """What the usual slips make of a shape, those first that are made most often."""
    network = question.facts["network"]
    of = line.about.rpartition("/∂")[2].removesuffix(".grad")
    width = line.value[-1]
    if of == "L":
        outputs = network.widths[network.output]
        yield (), "the mean over the examples is taken, which is J"
        yield (B, outputs), "the sum over the outputs is missing"
        yield (outputs,), "one for each output, not for each example"
    elif of in network.weights:
        yield line.value[::-1], "rows and columns are changed"
        yield (B, width), "this is the shape of its result"
        yield (B, *line.value), "one for each example; there is one matrix for all"
        yield (width,), "one for each unit, not for each weight"
    else:
        yield line.value[::-1], "rows and columns are changed"
        yield (width,), "the examples are forgotten"
        for other in (*network.inputs.values(), *network.widths.values()):
            yield (B, other), "this is another layer"
        yield (width, width), "this is the shape of a matrix"


# ------------------------------------------------------------------ what all of them need


def _text(question: Question, ask: str) -> str:
    """All that is given, and what is asked: on a platform each question stands alone."""
    given = [each.replace(WITHOUT_ROOM, "") for each in question.intro]
    shown = "\n".join(f"* `{line}`" for line in question.shown)
    return "\n\n".join([*given, *([shown] if shown else []), ask])


def _number(
    name: str, title: str, question: Question, text: str, value: float
) -> short.WholeNumber:
    """Raises ValueError if the value is not whole."""
    if value != int(value):
        raise ValueError(f"{name}: {value:g} is no whole number.")
    return short.WholeNumber(name, title, question.title, text, int(value))


def _row(values: Shape) -> str:
    """As Python writes a tuple, with B for the number of the examples."""
    return f"`({', '.join(map(str, values))}{',' * (len(values) == 1)})`"


def _mixed(name: str, right: str, wrong: dict[str, str]) -> tuple[short.Option, ...]:
    """The options in an order that is drawn from the name."""
    options = [short.Option(right), *(short.Option(*each) for each in wrong.items())]
    order = np.random.default_rng([*name.encode()]).permutation(len(options))
    return tuple(options[i] for i in order)
