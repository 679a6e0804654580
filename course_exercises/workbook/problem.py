"""What the workbook asks: a network whose gradients are derived, and somebody's lines to mend."""

from collections.abc import Callable, Sequence
from typing import Any

import course_nn as nn
from course_exercises.derivations import Derivation, derivation, open_lines
from course_exercises.question import Question, Wrong, choice
from course_nn.show import wrapped

LAST_WITH_EACH_LINE = 8
LAST_WITH_HINTS_ABOUT_LINES = 15
NO_HINTS = "this problem has none. Take the routine of lesson 05, and one entry at a time."


class Problem(Derivation):
    """A network of the workbook, of which the gradients are derived.

    Args:
        number: of the problem; what `check` and `hint` say depends on it.
        network: makes it, and returns its loss.
        lines: the solution, all lines. praise: what is said if they hold. reasons: why they are so.
        hints: from the first nudge to nearly everything; the last problem has none.
        one_example: whether it speaks of one example, and not of the mean loss of B of them.
        columns: whether examples are columns.
        principles: in place of the lines themselves, which are given, their principles are asked.
    """

    def __init__(
        self,
        number: int,
        network: Callable[[], nn.Node],
        *,
        lines: str,
        praise: str,
        reasons: str,
        hints: Sequence[str] = (),
        one_example: bool = False,
        columns: bool = False,
        principles: Sequence[str] = (),
    ) -> None:
        self.number, self.network, self.lines = number, network, lines
        if principles:
            judge = open_lines(network, principles, (), praise)
        else:
            judge = derivation(
                network,
                praise,
                one_example=one_example,
                written_out=True,
                feedback="each" if number <= LAST_WITH_EACH_LINE else "count",
                columns=columns,
            )
        solution = f'my_lines = """\n{lines.strip()}\n"""'
        super().__init__(
            f"Problem {number}", "my_lines", judge, hints=hints, solution=solution, reasons=reasons
        )

    def hint(self) -> None:
        """Print the next hint: about a line that was checked, in the first fifteen problems."""
        if not self.hints:
            print(wrapped(f"{self.name}, hint: {NO_HINTS}"))
        elif self.number <= LAST_WITH_HINTS_ABOUT_LINES:
            super().hint()
        else:
            Question.hint(self)


class Choice(Question):
    """A question whose answer is one letter."""

    def __init__(
        self,
        name: str,
        answer: str,
        right: str,
        praise: str,
        slips: dict[str, str],
        *,
        hints: Sequence[str],
        reasons: str,
    ) -> None:
        judge, solution = choice(right, praise, slips), f'{answer} = "{right}"'
        super().__init__(name, answer, judge, hints=hints, solution=solution, reasons=reasons)


class FellowStudent:
    """Somebody's derivation, in which one line is wrong.

    Args:
        who: as it stands in the names of the questions, such as "First fellow student".
        network: makes it, and returns its loss.
        lines: as they were written. wrong: the number of the one that does not hold, from 1.
        right: what should stand there.
        praise: what is said if it is found, and if it is mended. reasons: why it is wrong.
        hints: for finding it.
    """

    def __init__(
        self,
        who: str,
        network: Callable[[], nn.Node],
        *,
        lines: str,
        wrong: int,
        right: str,
        praise: tuple[str, str],
        reasons: str,
        hints: Sequence[str],
    ) -> None:
        self.network, self.wrong, self.right = network, wrong, right
        self.lines = lines.strip().splitlines()
        self.which = Question(
            f"{who}, which line",
            "wrong_line",
            self._which(praise[0]),
            hints=hints,
            solution=f"wrong_line = {wrong}",
            reasons=reasons,
        )
        self.mended = Derivation(
            f"{who}, mended",
            "mended_line",
            self._mended(praise[1]),
            hints=[f"Line {wrong} is wrong. Begin yours with {right.partition('=')[0]}=."],
            solution=f'mended_line = "{right}"',
        )

    def _which(self, praise: str) -> Callable[[Any], str]:
        def judge(answer: Any) -> str:
            last = len(self.lines)
            if isinstance(answer, bool) or answer not in range(1, last + 1):
                raise Wrong(f"the number of a line is wanted, from 1 to {last}.")
            if answer != self.wrong:
                raise Wrong("that line holds, if those before it do.")
            return praise

        return judge

    def _mended(self, praise: str) -> Callable[[Any], str]:
        judged = derivation(self.network, praise, written_out=True, feedback="first")

        def judge(answer: Any) -> str:
            if not isinstance(answer, str):
                raise Wrong("a text is needed: the line, in quotes.")
            lines = [*self.lines]
            lines[self.wrong - 1] = answer.strip()
            return judged("\n".join(lines) if answer.strip() else "")

        return judge
