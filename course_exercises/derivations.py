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
        if all(line.verdict in (Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED) for line in lines):
            if any(line.about in wanted and line.verdict is Verdict.HOLDS for line in lines):
                stretched = any(line.stretched for line in lines)
                return f"{praise} {STRETCHED}" if stretched else praise
            raise Wrong(f"what stands there is right, but {target}.grad is wanted.")
        raise Wrong(f"this is how your line was read.\n{report}")

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
    """The lines, with nothing held against them that only several examples show.

    Two of them may stand in one line of text, with a ; between them, and have its number both.
    """
    forgiven = {line.number for line in lines if line.verdict is Verdict.ONE_EXAMPLE}
    forgiven -= {line.number for line in lines if line.verdict in (Verdict.WRONG, Verdict.SQUARE)}

    def judged(line: Line) -> Line:
        rest = tuple(number for number in line.follows_from if number not in forgiven)
        if line.verdict not in (Verdict.ONE_EXAMPLE, Verdict.FOLLOWS):
            return replace(line, follows_from=rest)
        if rest:
            return replace(line, verdict=Verdict.FOLLOWS, follows_from=rest)
        return replace(line, verdict=Verdict.HOLDS, follows_from=())

    return [judged(line) for line in lines]
