"""Lines of a derivation as an answer of homework 2: read by `nn.check_derivation`, and judged one
gradient at a time.

Wanted are lines entry by entry, or matrices with examples as columns: a line in matrices with
examples as rows is what `nn.derive` prints. Whoever takes several steps in one line has the lines
between as well. What follows from a wrong line is not charged again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from textwrap import fill
from threading import Lock
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework import paper_picture
from course_exercises.homework.actions import Call, Get, play
from course_exercises.homework.hw2_hints import know_names, said
from course_exercises.homework.hw2_network import Sheet, sheet_of
from course_exercises.homework.tasks import (
    RIGHT,
    ByKey,
    Explained,
    ExplainedLine,
    Satisfies,
    Task,
    TaskQuestion,
    Verdict,
    judge,
    not_right,
    told,
)
from course_exercises.question import Kind, NotAttempted, Slip, Wrong
from course_nn.derivation_check import judgement, slips
from course_nn.derivation_check.check import without_slips
from course_nn.derivation_check.principles import TEACHING, Principle
from course_nn.derivation_check.report import Line, Report
from course_nn.show import WIDTH, wrapped

# What the rubric of the grader names.
__all__ = [
    *(
        "AS_DERIVED",
        "CREDITED",
        "NO_PRINCIPLE",
        "NO_SLOPES",
        "OF_PATHS",
        "ONE_EXAMPLE",
        "OWN_WIDTHS",
    ),
    *("PRINCIPLE_MISSING", "TWO_SLIPS", "line_of_join", "lines_of_matrices", "lines_of_others"),
    *("q2", "read", "reading_lock"),
]

Rng = np.random.Generator
Lines = judgement.Verdict
MOST_LINES, MOST_SIGNS = 60, 6_000
FINE = (Lines.HOLDS, Lines.FOLLOWS)
# Only one graph of course_nn can be built at a time, and the grader judges in several threads.
reading_lock = Lock()

AS_DERIVED = Slip(
    "it holds, but it is written in matrices with examples as rows, as nn.derive prints it: write "
    "it entry by entry, with the indices of the sheet."
)
NO_PRINCIPLE = Slip("it holds, but no principle that carries it stands behind #.")
PRINCIPLE_MISSING = Slip("it holds, but it needs another principle besides the one behind #.")
OF_PRINCIPLES = (NO_PRINCIPLE, PRINCIPLE_MISSING)
ONE_EXAMPLE = Slip(
    "that speaks of the loss of one example; here the mean over the batch is wanted."
)
OWN_WIDTHS = Slip("it holds for these widths alone: write a Σ over the index, not a number.")
TWO_SLIPS = Slip("two slips were made in it.")
NO_SLOPES = Slip("no line has the slope f′ of an activation in it.")
# The slips that the checker of derivations tells, each as one of this homework.
CREDITED: Mapping[slips.Slip, Slip] = {
    kind: Slip(f"{kind.value.format(it='the matrix')}.")
    for kind in (
        *(slips.Slip.SIGN, slips.Slip.FACTOR, slips.Slip.TERM_SIGN),
        *(slips.Slip.MEAN_MISSING, slips.Slip.MEAN_TWICE, slips.Slip.MEAN_TOO_EARLY),
        *(slips.Slip.SLOPE_MISSING, slips.Slip.SLOPE_AT_H, slips.Slip.SLOPE_FROM_Z),
        *(slips.Slip.SLOPE_OTHER, slips.Slip.SLOPE_TWICE),
        *(slips.Slip.TRANSPOSE_MISSING, slips.Slip.TRANSPOSE_EXTRA, slips.Slip.TRANSPOSED),
        *(slips.Slip.OTHER_VALUE, slips.Slip.OTHER_GRADIENT),
        *(slips.Slip.PATH_MISSING, slips.Slip.PATH_TWICE),
    )
}
SLOPE_MISSING = CREDITED[slips.Slip.SLOPE_MISSING]
OF_PATHS = (CREDITED[slips.Slip.PATH_MISSING], CREDITED[slips.Slip.PATH_TWICE])


@dataclass(frozen=True)
class Read:
    """A text as it was read.

    Args:
        report: of `check_derivation`, or None if the text is too long to be read.
        columns: whether examples are columns in it.
        verdicts: on the gradient of each node and matrix, by its name.
    """

    report: Report | None
    columns: bool
    verdicts: Mapping[str, Verdict]

    @property
    def lines(self) -> list[Line]:
        """Those that were typed."""
        lines = self.report.lines if self.report is not None else []
        return [line for line in lines if line.number]

    def about(self, name: str) -> list[Line]:
        """The lines that say what the gradient of `name` is: the last that is about it, or else
        those that take its step and others at once."""
        own = [line for line in self.lines if line.gradient_of == name]
        readable = [line for line in own if line.verdict is not Lines.UNREADABLE]
        return (readable or own)[-1:] or [line for line in self.lines if name in line.passes]

    @property
    def holding(self) -> list[str]:
        """The nodes and matrices whose gradients hold, principles or not."""
        return [
            name
            for name in self.verdicts
            if any(line.verdict is Lines.HOLDS for line in self.about(name))
        ]

    @property
    def unread(self) -> list[Line]:
        return [line for line in self.lines if line.verdict is Lines.UNREADABLE]

    @property
    def missing(self) -> list[str]:
        """Those of whose gradient no line speaks, not even one that cannot be read."""
        begun = {_begun(line) for line in self.unread}
        return [name for name in self.verdicts if not self.about(name) and name not in begun]


def _begun(line: Line) -> str:
    """The node whose gradient stands on the left of a line, read or not; "" if that is not seen."""
    left = re.match(r"\s*(\w+)\.grad\b", line.text)
    return line.gradient_of or (left[1] if left else "")


def gradients_of(sheet: Sheet) -> list[str]:
    """The nodes and matrices whose gradients a derivation has, from the output on."""
    steps = [step.name for step in sheet.network.steps]
    return [*reversed(steps), *reversed(list(sheet.network.weights))]


@lru_cache(maxsize=1000)
def read(sheet: Sheet, text: str, principles: bool = True) -> Read:
    """What is said of each gradient; with `principles`, each line needs those that carry it."""
    names, text = gradients_of(sheet), text.strip()  # so that the first line is line 1
    lines = text.count("\n") + 1
    if len(text) > MOST_SIGNS or lines > MOST_LINES:
        words = f"a derivation has at most {MOST_LINES} lines and {MOST_SIGNS:,} signs."
        return Read(None, False, dict.fromkeys(names, not_right(words, words)))
    with reading_lock:
        report = nn.check_derivation(sheet.loss, text, principles=principles, feedback="count")
        columns = False
        if any(_holds_in_matrices(line) for line in report.lines) or not report.holding:
            of_columns = sheet.loss_of_columns
            if without_slips(of_columns, text, True).holding > report.holding:
                columns = True
                report = nn.check_derivation(of_columns, text, True, "count", principles)
        others = set[int | None]()
        if not columns and any(_may_have_another_slope(line) for line in report.lines):
            others = _of_other_functions(sheet, text)
    know_names(sheet.loss, report.lines)
    return Read(report, columns, dict(_judged(names, report, columns, principles, others)))


def _may_have_another_slope(line: Line) -> bool:
    wrong = line.verdict in judgement.BLAMED and not _slips(line)
    return wrong and line.by_entry and Principle.SLOPE in line.principles


def _of_other_functions(sheet: Sheet, text: str) -> set[int | None]:
    """The numbers of the lines that would hold if each function were the other one."""
    report = without_slips(sheet.loss_with_other_functions, text)
    return {line.number for line in report.lines if line.verdict is Lines.HOLDS or line.in_itself}


def _holds_in_matrices(line: Line) -> bool:
    return line.verdict in FINE and not line.by_entry


def _judged(
    names: list[str],
    report: Report,
    columns: bool,
    principles: bool,
    others: set[int | None],
) -> Iterator[tuple[str, Verdict]]:
    of_steps = {line.number for line in report.lines if line.own_step}
    in_matrices = _made_in_matrices(report) if not columns else set[int | None]()
    slopes = [line for line in report.lines if Principle.SLOPE in line.principles and line.number]
    without = bool(slopes) and not any(
        SLOPE_MISSING not in _slips(line) for line in slopes if line.verdict is not Lines.FOLLOWS
    )
    charged = set[int]()  # steps of one's own that have cost points in the line of a gradient
    for name in names:
        own = [line for line in report.lines if line.gradient_of == name and line.number]
        passing = [line for line in report.lines if name in line.passes and line.number]
        found = [
            told(CREDITED[slips.Slip.SLOPE_OTHER])
            if line.number in others and _may_have_another_slope(line)
            else _verdict(line, report, in_matrices, principles, without, of_steps, charged)
            for line in (own[-1:] or passing)
        ]
        if found:
            # Of several lines that take the step, one that holds shows that it is known.
            yield name, min(found, key=lambda each: each.kind != Kind.RIGHT)
        elif unread := [
            line
            for line in report.lines
            if line.verdict is Lines.UNREADABLE and _begun(line) in (name, "")
        ]:
            words = f"no line that can be read says what {name}.grad is."
            yield name, not_right(f"line {unread[0].number} cannot be read.", words)
        else:
            words = f"no line says what {name}.grad is."
            yield name, Verdict(Kind.OPEN, words, words)


def _made_in_matrices(report: Report) -> set[int | None]:
    """The numbers of the lines that are no translation: without indices, or made from a step of
    one's own that has none."""
    plain = [line for line in report.lines if line.number and not line.by_entry]
    found = {line.number for line in plain}
    names = {line.about for line in plain if line.verdict is Lines.STEP}
    for line in report.lines:
        right = line.read.partition("=")[2]
        if names & set(_words(right)):
            found.add(line.number)
            names |= {line.about} if line.verdict is Lines.STEP else set()
    return found


def _words(text: str) -> list[str]:
    signs = "".join(sign if sign.isalnum() or sign in "_.′'" else " " for sign in text)
    return signs.split()


def _slips(line: Line) -> tuple[Slip, ...]:
    """Those of this homework that the checker has found in a line."""
    if line.verdict is Lines.ONE_EXAMPLE and not line.slips:
        return (CREDITED[slips.Slip.MEAN_MISSING],)
    return tuple(CREDITED[each.slip] for each in line.slips if each.slip in CREDITED)


def _verdict(
    line: Line,
    report: Report,
    in_matrices: set[int | None],
    principles: bool,
    without: bool,
    of_steps: set[int | None],
    charged: set[int],
) -> Verdict:
    """What is said of the line of a gradient."""
    number = f"line {line.number}"
    if line.verdict is Lines.FOLLOWS and not line.in_itself:
        wrong = [each for each in report.lines if each.number in line.follows_from]
        step = next((each for each in wrong if each.number in of_steps), None)
        if step is not None and step.number not in charged:
            charged.add(step.number or 0)
            return _of_a_slip(step, number, without)
        if not any(_slips(each) or each.verdict is Lines.FOLLOWS for each in wrong):
            words = f"{number} goes on from a line of which nothing is right."
            return not_right(words)
    if line.verdict in FINE:
        return _of_a_right_line(line, in_matrices, principles)
    if line.number in in_matrices:  # neither right nor a translation
        return not_right(f"{number} {line.verdict.value}.", "its line does not hold.")
    return _of_a_slip(line, number, without)


def _of_a_right_line(line: Line, in_matrices: set[int | None], principles: bool) -> Verdict:
    if line.number in in_matrices:
        return told(AS_DERIVED)
    if line.one_example:
        return told(ONE_EXAMPLE)
    if line.own_widths:
        return told(OWN_WIDTHS)
    if principles:
        needed = set(line.principles) - {Principle.MULTIPLY} or {Principle.MULTIPLY}
        if not set(line.given) <= set(line.principles) or not needed & set(line.given):
            return told(NO_PRINCIPLE)
        if needed - set(line.given):
            return told(PRINCIPLE_MISSING)
    return RIGHT


def _of_a_slip(line: Line, number: str, without: bool) -> Verdict:
    found = (TWO_SLIPS,) if line.together else _slips(line)
    if found:
        words = " Or: ".join(slip.words for slip in found)
        if without and SLOPE_MISSING in found:
            found = (*found, NO_SLOPES)
        return Verdict(Kind.SLIP, f"{number}: {words}", words, found)
    words = f"{number} {line.verdict.value}."
    return not_right(words, "its line does not hold.")


# --- question 2: the way back through one's own network -------------------------------------------

STEPS = (Call("my_lines", (), into="text"),)


def _task(which: str) -> ByKey:
    """The gradients of the "matrices", of the node where two paths "join", or of the "others"."""

    def make(rng: Rng, key: str) -> Task:
        sheet = sheet_of(key)
        weights = list(sheet.network.weights)
        names = [
            name
            for name in gradients_of(sheet)
            if which
            == ("matrices" if name in weights else "join" if name == sheet.join else "others")
        ]

        def judged(name: str) -> Satisfies:
            return Satisfies(lambda text: read(sheet, text).verdicts[name], text=True)

        return Task(
            "my_lines() was read line by line.",
            [*STEPS, *(Get("text", f"{name}.grad") for name in names)],
            {f"{name}.grad": judged(name) for name in names},
            explained=lambda found: explained(sheet, next(iter(found.values()))),
        )

    return ByKey(make)


lines_of_matrices = _task("matrices")
line_of_join = _task("join")
lines_of_others = _task("others")


TOLD = (Lines.HOLDS, *judgement.BLAMED, Lines.USES_ANSWER, Lines.MISSING)


def explained(sheet: Sheet, text: Any) -> Explained:
    """What a student reads of the network and of each line, and what to try next."""
    lines: list[ExplainedLine] = []
    next_step = (
        "Add a second arrow to your network, from the first hidden layer to the output, and derive "
        "its gradients anew. Which lines change?"
    )
    if isinstance(text, str) and text.strip():
        found = read(sheet, text)
        in_matrices = set[int | None]()
        if found.report is not None and not found.columns:
            in_matrices = _made_in_matrices(found.report)
        for line in found.report.lines if found.report is not None else ():
            holds = line.verdict is Lines.HOLDS if line.verdict in TOLD else None
            words = [said(line, 1)]
            if line.verdict in judgement.BLAMED:
                words.append(said(line, 2))
            elif line.verdict in FINE and line.gradient_of:
                verdict = _of_a_right_line(line, in_matrices, True)
                words += [verdict.safe] if verdict.kind != Kind.RIGHT else []
            typed = f"{line.number}. {line.text}" if line.number else f"{line.about} = …"
            lines.append(ExplainedLine(typed, holds, " ".join(filter(None, words))))
        wrong = found.report.wrong if found.report is not None else []
        if wrong:
            next_step = f"{said(wrong[0], 3)} Then come back to your first line that does not hold."
    return Explained(
        tuple(sheet.lines), paper_picture.drawn(sheet.network), tuple(lines), next_step
    )


class LinesQuestion(TaskQuestion):
    """A question whose answer is a derivation: the check says how all of it was read, and a hint is
    about the first line that does not hold, one stage after another."""

    _stages: tuple[str, ...] = ()

    def _try(self, answer: Any, seed: int) -> str:
        names = self.names(answer)
        sheet, self._stages = sheet_of(self.key(names)), ()
        found = play([*STEPS, Get("text")], names)["text"]
        verdict = judge(Satisfies(lambda text: RIGHT, text=True), found)
        if verdict.kind == Kind.OPEN:
            raise NotAttempted
        if verdict.kind != Kind.RIGHT:
            raise Wrong(verdict.words)
        all_read = read(sheet, found)
        if all(each.kind == Kind.RIGHT for each in all_read.verdicts.values()):
            return self.praise
        if all_read.report is None:
            raise Wrong(next(iter(all_read.verdicts.values())).words)
        self._stages = tuple(_stages(sheet, all_read))
        raise Wrong(f"this is how your lines were read.\n{_shown(all_read)}")

    def hint(self) -> None:
        """Print the next stage for the first wrong line of the last check, or the next hint."""
        if not self._stages:
            return super().hint()
        print(wrapped(f"{self.name}, hint: {self._stages[0]}"))
        self._stages = self._stages[1:]


def _stages(sheet: Sheet, found: Read) -> Iterator[str]:
    """The hints about the first line that does not hold; else about the first that cannot be read,
    that is missing, or that holds and has not all its points."""
    wrong = found.report.wrong if found.report is not None else []
    if wrong:
        words = dict.fromkeys(said(wrong[0], stage) for stage in (1, 2, 3))
        first = f"the first line that does not hold is line {wrong[0].number}."
        yield from (f"{first} {each}" for each in words)
    elif found.unread:
        line = found.unread[0]
        yield f"line {line.number} cannot be read: {said(line, 1)}"
        yield (
            f"line {line.number}: left of = stands one gradient with its indices; on the right, "
            "each name has its own indices in brackets, and each bracket is closed."
        )
    elif found.missing:
        name = found.missing[0]
        with reading_lock:  # of a line that is surely wrong it is known what it would need
            (line,) = nn.check_derivation(sheet.loss, f"{name}.grad = 7").lines[:1]
        yield f"what you have holds; {name}.grad is missing. Which lines have {name} on the right?"
        yield f"{name}.grad is missing. {TEACHING[line.teaching].question}"
        yield f"{name}.grad is missing. {said(line, 3)}"
    else:
        yield from _stages_of_right_lines(found)


def _stages_of_right_lines(found: Read) -> Iterator[str]:
    name, verdict = next((n, v) for n, v in found.verdicts.items() if v.kind != Kind.RIGHT)
    line = found.about(name)[-1]
    where = f"{line.about} in line {line.number}"
    if not set(OF_PRINCIPLES).isdisjoint(verdict.slips):
        yield f"the derivation is right; look at the principle of {where}."
        needed = [each for each in line.principles if each not in line.given]
        asked = next((each for each in needed if each is not Principle.MULTIPLY), line.teaching)
        yield f"the principle of {where}: {TEACHING[asked].question}"
    else:
        yield f"the derivation is right; of {where} is to be said: {verdict.safe}"


def _shown(found: Read) -> str:
    """Each line as it was read, how many gradients hold, and what is said besides."""
    rows = []
    for line in found.lines:
        row = f"{line.number:>4}  {line.read or line.text}"
        rows.append(fill(row, WIDTH, subsequent_indent=" " * 8))
        if line.verdict is Lines.UNREADABLE:
            words = f"cannot be read: {said(line, 1)}"
            rows.append(fill(words, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8))
    holding, all_of_them = len(found.holding), len(found.verdicts)
    counted = [f"{holding} of the {all_of_them} gradients hold"]
    if holding == all_of_them:
        counted = [f"all {all_of_them} gradients hold: the derivation is right"]
    if found.unread:
        numbers = [str(line.number) for line in found.unread]
        counted.append(f"line{'s' * (len(numbers) > 1)} {_listed(numbers)} cannot be read")
    if found.missing:
        are = "is" if len(found.missing) == 1 else "are"
        counted.append(f"{_listed([f'{name}.grad' for name in found.missing])} {are} missing")
    summary = "; ".join(counted)
    return "\n".join([*rows, f"{summary[0].upper()}{summary[1:]}.", *_besides(found)])


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _besides(found: Read) -> Iterator[str]:
    """What is said of lines that hold and do not have all their points."""
    by_slip: dict[Slip, dict[str, None]] = {}
    for name, verdict in found.verdicts.items():
        for slip in verdict.slips:
            if slip in (AS_DERIVED, *OF_PRINCIPLES, ONE_EXAMPLE, OWN_WIDTHS):
                # A line that takes several steps is one line.
                numbers = {f"{line.number}": None for line in found.about(name)[-1:]}
                by_slip.setdefault(slip, {}).update(numbers)
    for slip, numbers in by_slip.items():
        in_order = sorted(numbers, key=int)
        line = "each of the lines" if len(in_order) > 1 else "line"
        yield f"Of {line} {_listed(in_order)}: {slip.words}"
    follow = [str(line.number) for line in found.lines if line.verdict is Lines.FOLLOWS]
    if follow:
        yield (
            f"Numbers of lines that only go on from a wrong one: {', '.join(follow)}. They cost "
            "nothing."
        )


q2 = LinesQuestion(
    "Question 2",
    "my_lines",
    {
        "the matrices": lines_of_matrices,
        "where two paths join": line_of_join,
        "the other nodes": lines_of_others,
    },
    praise="Every line of the way back holds, and each has the principle that carries it.",
    hints=[
        "Begin with the output: by how much does the loss of example b grow if one entry grows?",
        "Go through the forward lines from below. On whose right side does a name stand?",
        "Where a name stands on the right of two lines, its gradient has a term from each.",
    ],
)
