"""What was found out about a line, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from course_nn.derivation_check.claims import Claim
from course_nn.derivation_check.expression import Name
from course_nn.derivation_check.meaning import Outcome
from course_nn.derivation_check.statement import Problem


class Verdict(Enum):
    """What is said of a line."""

    HOLDS = "holds"
    ONE_EXAMPLE = "holds only for one example"
    SQUARE = "holds only for square matrices"
    WRONG = "does not hold"
    FOLLOWS = "follows from a line that does not hold"
    USES_ANSWER = "uses its own answer"
    STEP = "a step on the way"
    MISSING = "missing"
    NOT_NEEDED = "not needed"
    UNREADABLE = "cannot be read"


BLAMED = (Verdict.WRONG, Verdict.SQUARE, Verdict.ONE_EXAMPLE)
BAD = (*BLAMED, Verdict.FOLLOWS)
WORST_FIRST = (
    Verdict.UNREADABLE,
    Verdict.USES_ANSWER,
    *BAD,
    Verdict.HOLDS,
    Verdict.STEP,
    Verdict.NOT_NEEDED,
)


class Outcomes:
    """What a line gives in each trial: worked out when it is asked for, and then kept."""

    def __init__(self, make: Callable[[int], Outcome]) -> None:
        self._make = make
        self.made: dict[int, Outcome] = {}

    def __getitem__(self, i: int) -> Outcome:
        if i not in self.made:
            self.made[i] = self._make(i)
        return self.made[i]


@dataclass
class Judgement:
    """What was found out about one claim.

    Args:
        local: what it gives in each trial, with right numbers. carried: with the reader's own, by
            the place of the trial, where those matter.
        compensates: whether it is wrong in itself, but makes up for another wrong line.
        own_widths: whether it holds at the widths of the reader's graph alone, because it has one
            of them as a number.
        rests_on_wrong: the claims that do not hold and from which it follows.
        in_itself: whether it holds with the right numbers of all others, though some of those that
            the reader gives do not.
    """

    claim: Claim
    verdict: Verdict = Verdict.HOLDS
    problem: Problem | None = None
    local: Outcomes = field(default_factory=lambda: Outcomes(lambda _: None))
    carried: dict[int, Outcome] = field(default_factory=dict)
    compensates: bool = False
    own_widths: bool = False
    rests_on_wrong: tuple[int, ...] = ()
    in_itself: bool = False


class Given(Mapping[Name, Outcome]):
    """What the lines of the reader give in one trial, by the names that stand for them."""

    def __init__(self, judgements: list[Judgement], i: int) -> None:
        self._judgements, self._i = judgements, i

    def __getitem__(self, name: Name) -> Outcome:
        if name.kind != "line":
            raise KeyError(name)
        return self._judgements[int(name.name)].local[self._i]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, Name) and name.kind == "line"

    def __iter__(self) -> Iterator[Name]:
        return (Name("line", str(index)) for index in range(len(self._judgements)))

    def __len__(self) -> int:
        return len(self._judgements)
