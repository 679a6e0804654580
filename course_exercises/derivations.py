"""Questions whose answer is a derivation: lines of text, which `nn.check_derivation` judges."""

from collections.abc import Callable
from dataclasses import replace

import course_nn as nn
from course_exercises.question import NotAttempted, Wrong, article
from course_nn.derivation_check.judgement import Verdict
from course_nn.derivation_check.report import Line

STRETCHED = (
    "With one example, that is: where you multiply entry by entry, a row is stretched along a "
    "column; with several examples that is no product. Write @."
)
EMPTY = "Type the lines between three quotes."


def derivation(
    graph: Callable[[], nn.Node], praise: str, *, one_example: bool = False, feedback: str = "each"
) -> Callable[[str], str]:
    """The judge of a derivation of all gradients of a graph.

    Args:
        graph: makes it and returns its loss; called for each answer, so that importing a question
            builds nothing.
        praise: what is said if all lines hold and none is missing.
        one_example: whether what holds for one example is right, as W.grad without / B. Otherwise
            lines that speak of one example alone, such as ∂L/∂W, are refused.
        feedback: as of `check_derivation`.
    """

    def judge(answer: str) -> str:
        if not isinstance(answer, str):
            raise Wrong(f"a text is needed, not {article(type(answer).__name__)}. {EMPTY}")
        if not answer.strip():
            raise NotAttempted(EMPTY)
        report = nn.check_derivation(graph(), answer.strip(), feedback=feedback)
        if one_example:
            report.lines = _of_one_example(report.lines)
            allowed = (Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED)
            if report.right or all(line.verdict in allowed for line in report.lines):
                stretched = any(line.stretched for line in report.lines)
                return f"{praise} {STRETCHED}" if stretched else praise
        elif report.right and any(line.one_example for line in report.lines):
            name, *_ = [
                line.about.removeprefix("∂L/∂") for line in report.lines if line.one_example
            ]
            raise Wrong(
                f"the lines hold for one example: ∂L/∂{name}, or d{name}, speaks of one. Here the "
                f"mean loss J of B examples is wanted: write what ∂J/∂{name}, or {name}.grad, is."
            )
        elif report.right:
            return praise
        elif _divided_at_the_start(report.lines):
            raise Wrong(
                "the weights get the right gradients, but by another rule than here: you divide by "
                "B where the way back begins. Here each row of z.grad is one example's own, and "
                "the division stands in the lines of the weights. Otherwise all lines hold."
            )
        raise Wrong(f"this is how your lines were read.\n{report}")

    return judge


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
    """The lines, with nothing held against them that only several examples show."""
    forgiven = {line.number for line in lines if line.verdict is Verdict.ONE_EXAMPLE}

    def judged(line: Line) -> Line:
        rest = tuple(number for number in line.follows_from if number not in forgiven)
        if line.number in forgiven and rest:
            return replace(line, verdict=Verdict.FOLLOWS, follows_from=rest)
        if line.number in forgiven or (line.follows_from and not rest):
            return replace(line, verdict=Verdict.HOLDS, follows_from=())
        return replace(line, follows_from=rest)

    return [judged(line) for line in lines]
