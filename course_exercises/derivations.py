"""Questions whose answer is a derivation: lines of text, which `nn.check_derivation` judges.

`Derivation` is such a question. Its judge is made by `derivation` for all lines of a network, or by
`open_lines` for one or a few, with the principle that carries each.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import course_nn as nn
from course_exercises.question import NotAttempted, Question, Wrong, article
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.principles import TEACHING, Principle
from course_nn.derivation_check.report import Line, Report
from course_nn.derivation_check.slips import Slip
from course_nn.show import wrapped

STRETCHED = (
    "With one example, that is: where you multiply entry by entry, a row is stretched along a "
    "column; with several examples that is no product. Write @."
)
EMPTY = "Type the lines between three quotes."
OPEN = "____"  # in place of what is to be written
STILL_OPEN = "Put what belongs there in place of each ____."
PRINCIPLES = ", ".join(principle.value for principle in Principle)
MEAN = re.compile(r"\bB\b|\brows\(|mean")  # in a line that divides by the number of examples
NAMED = re.compile(r"(?:\b[fg]\d?|tanh|sigmoid|relu|σ|φ)\s*['′]")  # a name, and no formula
FINE = (Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED)


class LinesWrong(Wrong):
    """Some lines do not hold; `lines` are those to which a hint belongs."""

    def __init__(self, words: str, report: Report) -> None:
        super().__init__(words)
        self.lines, self.feedback = report.wrong, report.feedback


class Derivation(Question):
    """A question whose hints belong to the first line that does not hold, one stage after another.

    The stages are those of `Line.hint`: numbers and a question (where `check` has not said them),
    the kind of slip, a similar line in other letters. Without a wrong line it has its own hints.
    """

    def __init__(
        self,
        name: str,
        answer: str,
        judge: Callable[[Any], str],
        *,
        hints: Sequence[str],
        solution: str,
        reasons: str = "",
    ) -> None:
        self._stages: list[str] = []

        def remembered(given: Any) -> str:
            self._stages = []
            try:
                return judge(given)
            except LinesWrong as wrong:
                self._stages = _stages(wrong)
                raise

        super().__init__(name, answer, remembered, hints=hints, solution=solution, reasons=reasons)

    def hint(self) -> None:
        """Print the next stage for the line that was checked last, or the next of the hints."""
        if self._stages:
            print(wrapped(f"{self.name}, hint: {self._stages.pop(0)}"))
        else:
            super().hint()


def _stages(wrong: LinesWrong) -> list[str]:
    """What is said of the first wrong line, one after another."""
    if not wrong.lines:
        return []
    first = wrong.lines[0]
    said = [first.hint(stage) for stage in (1, 2, 3)]
    if wrong.feedback == "count":
        said[0] = f"the first line that does not hold is line {first.number}. {said[0]}"
    else:
        said = said[1:]  # the first stage stood in what check has printed
    return list(dict.fromkeys(said))


def open_lines(
    graph: Callable[[], nn.Node],
    about: Sequence[str],
    known: Collection[str],
    praise: str,
    *,
    principles: bool = True,
) -> Callable[[str], str]:
    """The judge of a few lines of a derivation for one example, or of a single one.

    Args:
        graph: as of `derivation`.
        about: whose gradients the lines are, such as "h2".
        known: the gradients that may stand in them, such as "δ3"; and each other's.
        praise: what is said if they hold.
        principles: whether each of them must have a principle that carries it, after #.
    """

    def judge(answer: str) -> str:
        loss = graph()
        report = nn.check_derivation(loss, _text_of(answer), principles=principles)
        weights = {parameter.name for parameter in loss.graph.parameters}
        missing = [line.about for line in report.lines if line.verdict is Verdict.MISSING]
        report.lines = _of_one_example([line for line in report.lines if line.number is not None])
        if any(line.verdict not in FINE for line in report.lines):
            raise LinesWrong(f"this is how your text was read.\n{report}", report)
        for name in about:
            if name not in [_whose(line.about) for line in report.lines if not line.forward]:
                raise Wrong(f"no line says what {name}.grad is. Begin it with {name}.grad =")
        # A number of the way back may be used only where it has been found already.
        allowed = {*weights, *about, *map(_whose, known)}
        early = [name for name in missing if _whose(name) not in allowed]
        sides = [line.read.partition("=")[2] for line in report.lines]
        early += [w for w in sorted(weights) if any(_has_gradient(side, w) for side in sides)]
        if early:
            raise Wrong(
                f"that is true, but it needs the gradient of {_whose(early[0])}, which nobody "
                f"knows at this place. Known here: {', '.join(['the forward pass', *known])}."
            )
        for line in report.lines if principles else ():
            if _whose(line.about) in about:
                _has_its_principle(line)
        stretched = any(line.stretched for line in report.lines)
        return f"{praise} {STRETCHED}" if stretched else praise

    return judge


def _has_its_principle(line: Line) -> None:
    """Raises `Wrong` if none was named after #, or one that is not in the line: of one example,
    there is a mean only where something is divided.
    """
    if line.principle is None:
        raise Wrong(f"the line holds. Which principle carries it? Write it after #: {PRINCIPLES}.")
    if not line.principle_fits:
        raise Wrong(
            f"the line holds, but “{line.principle.value}” does not carry it. "
            f"{TEACHING[line.principles[0]].question}"
        )
    if Principle.MEAN in line.given and not MEAN.search(line.read.partition("=")[2]):
        raise Wrong(
            "the line holds, but it takes no mean: it speaks of one example, and divides by "
            f"nothing. {TEACHING[line.principles[0]].question}"
        )


def _text_of(answer: Any) -> str:
    """The lines that were typed. Raises `Wrong` if it is no text, `NotAttempted` if it is open."""
    if not isinstance(answer, str):
        raise Wrong(f"a text is needed, not {article(type(answer).__name__)}. {EMPTY}")
    if not answer.strip():
        raise NotAttempted(EMPTY)
    if OPEN in answer:
        raise NotAttempted(STILL_OPEN)
    return answer.strip()


def _whose(about: str) -> str:
    """z2 for δ2, and W2 for W2.grad, ∂L/∂W2 or ∂J/∂W2."""
    name = about.removeprefix("∂L/∂").removeprefix("∂J/∂").removesuffix(".grad")
    return f"z{name[1:]}" if name.startswith("δ") else name


def _has_gradient(side: str, parameter: str) -> bool:
    return f"{parameter}.grad" in side or f"∂{parameter}" in side


def derivation(
    graph: Callable[[], nn.Node],
    praise: str,
    *,
    one_example: bool = False,
    written_out: bool = False,
    feedback: str = "each",
    columns: bool = False,
) -> Callable[[str], str]:
    """The judge of a derivation of all gradients of a graph.

    Args:
        graph: makes it and returns its loss; called for each answer, so that importing a question
            builds nothing.
        praise: what is said if all lines hold and none is missing.
        one_example: whether what holds for one example is right, as W.grad without / B. Otherwise
            lines that speak of one example alone, such as ∂L/∂W, are refused.
        written_out: whether a derivative must be written out: f′(z) only names it.
        feedback, columns: as of `check_derivation`.
    """

    def judge(answer: str) -> str:
        said = judged(answer)
        if written_out and NAMED.search(re.sub(r"#.*", "", answer)):
            raise Wrong(
                "every line holds. One thing is left: f′, or tanh′, only names a derivative. Write "
                "out what it is, from what comes out of the activation or from what goes in."
            )
        return said

    def judged(answer: str) -> str:
        report = nn.check_derivation(graph(), _text_of(answer), columns, feedback)
        if one_example:
            report.lines = _of_one_example(report.lines)
            if report.right or all(line.verdict in FINE for line in report.lines):
                stretched = any(line.stretched for line in report.lines)
                return f"{praise} {STRETCHED}" if stretched else praise
        elif report.right and any(line.one_example for line in report.lines):
            name, *_ = [
                line.about.removeprefix("∂L/∂") for line in report.lines if line.one_example
            ]
            raise Wrong(
                f"∂L/∂{name}, or d{name}, speaks of one example, so your lines were read for one, "
                "and for one they hold. Here the mean loss J of B examples is wanted: write what "
                f"∂J/∂{name}, or {name}.grad, is."
            )
        elif report.right:
            return praise
        elif _divided_at_the_start(report.lines):
            raise Wrong(
                "the weights get the right gradients, but by another rule than here: you divide by "
                "B where the way back begins. Here each row of z.grad is one example's own, and "
                "the division stands in the lines of the weights. Otherwise all lines hold."
            )
        raise LinesWrong(f"this is how your lines were read.\n{report}", report)

    return judge


def one_line(
    graph: Callable[[], nn.Node], target: str, praise: str, *, one_example: bool = False
) -> Callable[[str], str]:
    """The judge of one line of a derivation, such as that of M.grad; what it needs may stay open.

    Args:
        graph: makes it and returns its loss.
        target: the node of which the gradient is wanted, such as "M".
        praise: what is said if the line holds.
        one_example: whether what holds for one example is right.
    """

    def judge(answer: str) -> str:
        if not isinstance(answer, str):
            raise Wrong(
                f"a text is needed, not {article(type(answer).__name__)}: a line in quotes."
            )
        text = answer.strip()
        if not text:
            raise NotAttempted("Type the line between quotes.")
        if "=" not in text:
            text = f"{target}.grad = {text}"
        report = nn.check_derivation(graph(), text)
        lines = [line for line in report.lines if line.verdict is not Verdict.MISSING]
        report.lines = lines = _of_one_example(lines) if one_example else lines
        if any(line.one_example for line in lines) and not one_example:
            raise Wrong(
                f"∂L/∂{target}, or d{target}, speaks of one example. Here the mean loss of a batch "
                f"is wanted: begin the line with {target}.grad."
            )
        wanted = (f"{target}.grad", f"∂L/∂{target}")
        if all(line.verdict in FINE for line in lines):
            if any(line.about in wanted and line.verdict is Verdict.HOLDS for line in lines):
                stretched = any(line.stretched for line in lines)
                return f"{praise} {STRETCHED}" if stretched else praise
            raise Wrong(f"what stands there is right, but {target}.grad is wanted.")
        raise Wrong(f"this is how your line was read.\n{report}")

    return judge


def can_read(graph: Callable[[], nn.Node], text: str) -> bool:
    """Whether the lines of a derivation can be read, right or wrong."""
    lines = nn.check_derivation(graph(), text if "=" in text else f"it = {text}").lines
    return not any(line.verdict is Verdict.UNREADABLE for line in lines)


def _divided_at_the_start(lines: list[Line]) -> bool:
    """Whether nothing is wrong but that the mean is taken in the first lines, not in the last."""
    bad = [line for line in lines if line.verdict not in (Verdict.HOLDS, Verdict.STEP)]
    first = [line for line in bad if line.verdict is Verdict.ONE_EXAMPLE]
    rest = [line for line in bad if line not in first]
    return (
        bool(first)
        and any(line.compensates for line in rest)
        and all(line.verdict is Verdict.FOLLOWS for line in rest)
    )


def _of_one_example(lines: list[Line]) -> list[Line]:
    """The lines, with nothing held against them that only several examples show.

    Two of them may stand in one line of text, with a ; between them, and have its number both.
    """
    forgiven = {line.number for line in lines if line.verdict is Verdict.ONE_EXAMPLE}
    forgiven -= {line.number for line in lines if line.verdict in (Verdict.WRONG, Verdict.SQUARE)}

    def judged(line: Line) -> Line:
        slips = tuple(found for found in line.slips if found.slip is not Slip.MEAN_MISSING)
        line = replace(line, slips=slips, together=line.together and len(slips) > 1)
        rest = tuple(number for number in line.follows_from if number not in forgiven)
        if line.verdict not in (Verdict.ONE_EXAMPLE, Verdict.FOLLOWS):
            return replace(line, follows_from=rest)
        if rest:
            return replace(line, verdict=Verdict.FOLLOWS, follows_from=rest)
        return replace(line, verdict=Verdict.HOLDS, follows_from=())

    return [judged(line) for line in lines]
