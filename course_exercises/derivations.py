"""Questions whose answer is a derivation: lines of text, which `nn.check_derivation` judges."""

from collections.abc import Callable

import course_nn as nn
from course_exercises.question import NotAttempted, Wrong
from course_nn.derivation_check.judging import Verdict

EMPTY = "Type the lines between three quotes."


def derivation(
    graph: Callable[[], nn.Node], praise: str, *, one_example: bool = False, feedback: str = "each"
) -> Callable[[str], str]:
    """The judge of a derivation of all gradients of a graph.

    Args:
        graph: makes it and returns its loss; called for each answer, so that importing a question
            builds nothing.
        praise: what is said if all lines hold and none is missing.
        one_example: whether W.grad without / B is right too. Otherwise lines that speak of one
            example alone, such as ∂L/∂W, are refused.
        feedback: as of `check_derivation`.
    """

    def judge(answer: str) -> str:
        if not isinstance(answer, str):
            raise Wrong(f"a text is needed, not a {type(answer).__name__}. {EMPTY}")
        if not answer.strip():
            raise NotAttempted(EMPTY)
        report = nn.check_derivation(graph(), answer.strip(), feedback=feedback)
        if one_example:
            allowed = (Verdict.HOLDS, Verdict.STEP, Verdict.NOT_NEEDED, Verdict.ONE_EXAMPLE)
            if report.right or all(line.verdict in allowed for line in report.lines):
                return praise
        elif report.right and any(line.one_example for line in report.lines):
            raise Wrong(
                "the lines hold for one example. Here the mean loss J of B examples is wanted: "
                f"write what ∂J/∂W, or W.grad, is.\n{report}"
            )
        elif report.right:
            return praise
        raise Wrong(f"this is how your lines were read.\n{report}")

    return judge
