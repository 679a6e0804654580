"""Does a line hold? Each is tried on fresh networks, with the right numbers of all others.

A line is first judged by itself: with the right gradients in the place of those that it takes from
other lines. If it holds then, but one of those lines does not, it *follows*. If it does not hold,
it may still follow: from the reader's own wrong numbers, carried on, everything after them worked
out anew.

Source: C. Schulze and others, the physics tutor Andes (2000); Numbas, "error carried forward".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np

from course_nn.derivation_check.claims import GRADIENTS, Claim, all_beneath, claims_of, in_order
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.meaning import Functions, Scope, Unfit, Work, evaluate, stretches
from course_nn.derivation_check.reading import CannotRead, Problem, Reason, Statement
from course_nn.derivation_check.trials import (
    HUGE,
    LOUD_KINDS,
    OWN_KINDS,
    SCALES,
    Family,
    Kind,
    Trial,
)
from course_nn.graph import Array, Parameter

SEEDS = {Kind.GENERAL: 4, Kind.ONE_EXAMPLE: 3, Kind.SQUARE: 2, Kind.OWN: 2, Kind.OWN_ONE: 1}
TOLERANCE, COARSE = 1e-9, 1e-3  # of the largest entry; where a number is huge
FLOOR = 1e-6  # how small the largest entry may be for that
MOST_FACTORS = 6  # of a product without signs that is grouped anew
# Parts of formulas that are worked out, to judge all lines and to look for their slips: so a text
# of any kind is answered in about a second.
TO_JUDGE, TO_SEARCH = 60_000, 20_000
LOUDEST = 8  # at most so many inputs and weights are made large, and small, in turn


CARRIED = (Kind.GENERAL, Kind.ONE_EXAMPLE)
NOT_TRIED = LookupError("this was not tried")


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

Outcome = Any  # an array, a number, or the error that came instead


@dataclass
class Judgement:
    """What was found out about one claim.

    Args:
        local, carried: what it gives in each trial; with right numbers, and with the reader's.
        compensates: whether it is wrong in itself, but makes up for another wrong line.
        own_widths: whether it holds at the widths of the reader's graph alone, because it has one
            of them as a number.
        rests_on_wrong: the claims that do not hold and from which it follows.
    """

    claim: Claim
    verdict: Verdict = Verdict.HOLDS
    problem: Problem | None = None
    local: list[Outcome] = field(default_factory=list)
    carried: list[Outcome] = field(default_factory=list)
    compensates: bool = False
    own_widths: bool = False
    rests_on_wrong: tuple[int, ...] = ()


class Judge:
    """Judges the statements of a derivation of one loss.

    Args:
        family: the networks like that of the loss. functions: those of its graph.
        columns: whether examples stand as columns.
        widths: whether numbers that are widths of the graph occur, so that it is tried too.

    Attributes:
        to_judge, to_search: what may still be worked out for the lines, and for their slips.
    """

    def __init__(
        self, family: Family, functions: Functions, columns: bool, widths: bool = True
    ) -> None:
        self.family, self.functions, self.columns = family, functions, columns
        self.names = {name: node for node, name in family.names.items()}
        self.used = {family.names[node] for node in family.used}
        self.trials = self._trials(widths)
        self.decided: dict[Expression, str] = {}
        self.of_one: dict[Name, Expression] = {}
        self.to_judge, self.to_search = Work(TO_JUDGE), Work(TO_SEARCH)

    def _trials(self, widths: bool) -> list[Trial]:
        loud = len(SCALES) * min(self.family.leaves, LOUDEST)
        seeds = [(kind, n) for kind, count in SEEDS.items() for n in range(count)]
        seeds += [(kind, n) for kind in LOUD_KINDS for n in range(loud)]
        seeds = [each for each in seeds if widths or each[0] not in OWN_KINDS]
        trials = self.family.trials(seeds)
        if not any(trial.kind is Kind.GENERAL for trial in trials):
            raise ValueError(
                f"{self.family.names[self.family.loss]}: with random numbers this graph gives no "
                "finite values and gradients, so no derivation can be tried on it."
            )
        return trials

    def right(self, target: Name, trial: Trial) -> Array:
        """The right numbers, as the reader writes them."""
        of = trial.values if target.kind == "value" else trial.gradients
        array = of[target.name].T if self.columns else of[target.name]
        return array / trial.B if target.kind == "mean gradient" else array

    def scope(self, trial: Trial, gradients: Mapping[str, Array], own: dict[Any, Any]) -> Scope:
        """Where a formula is worked out in a trial."""
        first = trial is self.trials[0]  # its widths all differ
        return Scope(
            trial,
            gradients,
            own,
            self.functions,
            self.columns,
            self.decided,
            first,
            of_one=self.of_one,
            work=self.to_judge,
        )

    def agrees(self, mine: Outcome, right: Array, trial: Trial) -> bool:
        """Whether these are the same numbers, of the same shape; a number may stand for all."""
        if isinstance(mine, Exception):
            return False
        if np.ndim(mine) == 2 and np.shape(mine) != right.shape:
            return False
        if np.ndim(mine) == 0 and right.size > 1 and np.ptp(right) > 0:
            return False
        floor = max(FLOOR, FLOOR * trial.scale)
        tolerance = COARSE if trial.scale == HUGE else TOLERANCE
        with np.errstate(all="ignore"):
            off = np.abs(mine - right).max()
        return bool(off <= tolerance * max(floor, np.abs(right).max()))

    # -------------------------------------------------------------- all lines

    def judged(self, statements: list[Statement]) -> list[Judgement]:
        """A judgement of each claim in the lines that could be read."""
        claims = claims_of(statements)
        judgements = [Judgement(claim) for claim in claims]
        order = in_order(claims)
        self._work_out(order, judgements)
        for judgement in judgements:
            claim = judgement.claim
            if claim.same and self._is_said_elsewhere(claim, claims):
                judgement.verdict = Verdict.NOT_NEEDED
            elif claim.circular or claim.same:
                judgement.verdict = Verdict.USES_ANSWER
            elif claim not in order:
                judgement.verdict = Verdict.UNREADABLE
                judgement.problem = Problem(Reason.SPOILT, claim.formula.start)
            else:
                self._judge(judgement, judgements)
        for claim in order:
            self._carry(judgements[claim.index], judgements)
        self._own_names(judgements, claims)
        return judgements

    def _is_said_elsewhere(self, claim: Claim, claims: list[Claim]) -> bool:
        return any(c.key == claim.key and not c.same and not c.circular for c in claims)

    def _work_out(self, order: list[Claim], judgements: list[Judgement]) -> None:
        """What each line gives, in each trial where that is asked for.

        What the reader's own numbers give is asked for in `CARRIED` alone; and a line that does not
        hold on the plain networks is not tried where numbers are large or small.
        """
        local: list[dict[Name, Outcome]] = [{} for _ in self.trials]
        carried: list[dict[Name, Outcome]] = [{} for _ in self.trials]
        gradients = [dict(trial.gradients) for trial in self.trials]
        for claim in order:
            judgement = judgements[claim.index]
            name = Name("line", str(claim.index))
            scope = self.scope(self.trials[0], self.trials[0].gradients, local[0])
            formula = self._with_sums(claim, local[0])
            claim.formula = _grouped(formula, replace(scope, decided={}, known={}))
            if claim.of_one:
                self.of_one[name] = claim.formula
            hopeless = False
            for i, trial in enumerate(self.trials):
                outcome: Outcome = NOT_TRIED
                if not (hopeless and trial.kind is Kind.LOUD):
                    scope = self.scope(trial, trial.gradients, local[i])
                    outcome = self.outcome(claim.formula, claim.uses, scope)
                if trial.kind is Kind.GENERAL:
                    hopeless = hopeless or self._is_wrong(claim, outcome, trial)
                judgement.local.append(outcome)
                local[i][name] = outcome
                outcome = NOT_TRIED
                if trial.kind in CARRIED:
                    scope = self.scope(trial, gradients[i], carried[i])
                    outcome = self.outcome(claim.formula, claim.uses, scope)
                judgement.carried.append(outcome)
                carried[i][name] = outcome
                if claim.target.kind in GRADIENTS and not isinstance(outcome, Exception):
                    rows = outcome.T if self.columns else outcome
                    rows = rows * trial.B if claim.target.kind == "mean gradient" else rows
                    right = trial.gradients.get(claim.target.name)
                    if right is not None and np.ndim(rows) == 0:
                        rows = np.full(right.shape, rows)
                    gradients[i][claim.target.name] = rows

    def _is_wrong(self, claim: Claim, outcome: Outcome, trial: Trial) -> bool:
        """Whether a line does not hold here, and no other is made from it."""
        target = claim.target
        if target.one or claim.step or not self._is_judged(target):
            return False
        return not self.agrees(outcome, self.right(target, trial), trial)

    def outcome(self, formula: Expression, uses: set[int], scope: Scope) -> Outcome:
        """What a formula gives, or the error that came instead; also that of a line it uses."""
        for used in uses:
            if isinstance(error := scope.own[Name("line", str(used))], CannotRead):
                return CannotRead(Reason.SPOILT)
            if isinstance(error, Exception):
                return error
        return _tried(formula, scope)

    def _with_sums(self, claim: Claim, own: dict[Any, Any]) -> Expression:
        """The formula with each Σ, sum and mean that does not say over what it runs.

        It is read so that the result has the shape of what the line is about: along the rows
        where that is possible, over the examples otherwise.
        """
        open_sums = [e for e in claim.formula.walk() if e.kind in ("sum", "mean") and not e.value]
        if not open_sums:
            return claim.formula
        trial = self.trials[0]
        for over in ("k", "each"):
            formula = _with(claim.formula, over)
            scope = replace(self.scope(trial, trial.gradients, own), decided={})
            made = self.outcome(formula, claim.uses, scope)
            if isinstance(made, Exception):
                continue
            known = trial.values if claim.target.kind == "value" else trial.gradients
            right = known.get(claim.target.name)
            shape = None if right is None else (right.T if self.columns else right).shape
            if shape is None or np.shape(made) == shape:
                return formula
        return claim.formula if claim.target.kind in GRADIENTS else _with(claim.formula, "k")

    # -------------------------------------------------------------- one line

    def _judge(self, judgement: Judgement, judgements: list[Judgement]) -> None:
        claim = judgement.claim
        unread = [o for o in judgement.local if isinstance(o, CannotRead)]
        if unread:
            judgement.verdict, judgement.problem = Verdict.UNREADABLE, unread[0].problem
        elif claim.target.kind == "own" or claim.step:
            judgement.verdict = Verdict.STEP
        elif not self._is_judged(claim.target):
            judgement.verdict = Verdict.NOT_NEEDED
        else:
            judgement.verdict = self.verdict(claim.target, judgement.local)
            ones = _ones(claim.formula, judgement.local[0])
            if judgement.verdict is not Verdict.HOLDS and ones is not None:
                judgement.verdict = Verdict.UNREADABLE
                judgement.problem = Problem(Reason.ONES, ones.start, "1")
            elif judgement.verdict is not Verdict.HOLDS and self._has_a_width(claim, judgements):
                judgement.own_widths = self._holds_at_own_widths(claim.target, judgement.local)
                if judgement.own_widths:
                    judgement.verdict = Verdict.HOLDS

    def stretches(self, judgement: Judgement, judgements: list[Judgement]) -> bool:
        """Whether with one example a line multiplies a row entry by entry by a column."""
        for i, trial in enumerate(self.trials):
            if trial.kind is Kind.ONE_EXAMPLE:
                uses = judgement.claim.uses
                own = {Name("line", str(j)): judgements[j].local[i] for j in uses}
                scope = self.scope(trial, trial.gradients, own)
                return stretches(judgement.claim.formula, scope)
        return False

    def _has_a_width(self, claim: Claim, judgements: list[Judgement]) -> bool:
        """Whether one of the numbers in a formula is a width of the reader's graph, or a place."""
        claims = [each.claim for each in judgements]
        indices = {claim.index, *all_beneath(claim, claims, uses=True)}
        return any(has_a_width(claims[i].formula, self.family) for i in indices)

    def _holds_at_own_widths(self, target: Name, outcomes: list[Outcome]) -> bool:
        return all(
            self.agrees(mine, self.right(target, trial), trial) or _excused(mine, trial)
            for trial, mine in zip(self.trials, outcomes, strict=True)
            if trial.kind in OWN_KINDS
        )

    def _is_judged(self, target: Name) -> bool:
        """Whether the loss depends on what a line is about, so that its right numbers are known."""
        if target.kind == "own" or target.name not in self.used:
            return False
        return target.kind == "value" or target.name in self.trials[0].gradients

    def verdict(self, target: Name, outcomes: list[Outcome]) -> Verdict:
        """What the numbers alone say, in the order of the trials."""
        right: dict[Kind, bool] = dict.fromkeys(Kind, True)  # by kind of trial
        for trial, mine in zip(self.trials, outcomes, strict=True):
            if trial.kind in OWN_KINDS:
                continue
            holds = self.agrees(mine, self.right(target, trial), trial)
            if not holds and not _excused(mine, trial):
                right[trial.kind] = False
        if target.one:
            holds = right[Kind.ONE_EXAMPLE] and self._is_mean_or_sum(target, outcomes)
            return Verdict.HOLDS if holds else Verdict.WRONG
        if all(right.values()):
            return Verdict.HOLDS
        if right[Kind.GENERAL]:  # but not if a number is large
            return Verdict.WRONG
        if right[Kind.ONE_EXAMPLE]:
            return Verdict.ONE_EXAMPLE
        if right[Kind.SQUARE] and any(trial.kind is Kind.SQUARE for trial in self.trials):
            return Verdict.SQUARE
        return Verdict.WRONG

    def _is_mean_or_sum(self, target: Name, outcomes: list[Outcome]) -> bool:
        """Whether a line about one example gives for several what one may expect: not B² of it."""
        several = [
            (trial, mine, self.right(target, trial))
            for trial, mine in zip(self.trials, outcomes, strict=True)
            if trial.kind in (Kind.GENERAL, Kind.LOUD) and not _excused(mine, trial)
            if np.shape(mine) == self.right(target, trial).shape
        ]
        return all(self.agrees(mine, right, trial) for trial, mine, right in several) or all(
            self.agrees(mine, right * trial.B, trial) for trial, mine, right in several
        )

    def _carry(self, judgement: Judgement, judgements: list[Judgement]) -> None:
        """Lines that are right in themselves, or with the reader's own numbers, follow."""
        claim, verdict = judgement.claim, judgement.verdict
        claims = [each.claim for each in judgements]
        beneath = all_beneath(claim, claims)
        wrong = tuple(i for i in sorted(beneath) if judgements[i].verdict in BLAMED)
        if verdict is Verdict.HOLDS and wrong:
            judgement.verdict, judgement.rests_on_wrong = Verdict.FOLLOWS, wrong
        if verdict not in BLAMED or claim.target.kind not in GRADIENTS:
            return
        others = {
            j.claim.target.name: j
            for j in judgements
            if j.verdict in BAD and j.claim.target.kind in GRADIENTS and not j.claim.step
        }
        others.pop(claim.target.name, None)
        places = [
            i
            for i, trial in enumerate(self.trials)
            if trial.kind is (Kind.ONE_EXAMPLE if claim.target.one else Kind.GENERAL)
        ]
        judgement.compensates = bool(wrong) and all(
            self.agrees(judgement.carried[i], self.right(claim.target, t), t)
            for i in places
            for t in [self.trials[i]]
        )
        if judgement.compensates:
            judgement.verdict, judgement.rests_on_wrong = Verdict.FOLLOWS, wrong
            return
        if verdict is Verdict.ONE_EXAMPLE:  # a slip of its own, but not all that is wrong with it
            judgement.rests_on_wrong = wrong
        follows = [self._follows(judgement, others, i) for i in places]
        if follows and all(follows):
            judgement.verdict = Verdict.FOLLOWS
            judgement.rests_on_wrong = tuple(
                j.claim.index
                for name, j in others.items()
                if j.verdict in BLAMED and self._is_nearer(name, claim.target.name)
            )

    def _is_nearer(self, name: str, than: str) -> bool:
        """Whether a node is computed from another, and so stands nearer to the loss."""
        found = {self.names[than]}
        for node in self.family.used:
            if found.intersection(node.operands):
                found.add(node)
        return name != than and self.names[name] in found

    def _follows(self, judgement: Judgement, others: dict[str, Judgement], i: int) -> bool:
        trial, target = self.trials[i], judgement.claim.target
        given = {}
        for name, other in others.items():
            mine = other.carried[i]
            node = self.names[name]
            right = trial.gradients[name]
            if isinstance(mine, Exception) or isinstance(node, Parameter):
                continue
            rows = mine.T if self.columns else mine
            rows = rows * trial.B if other.claim.target.kind == "mean gradient" else rows
            if np.shape(rows) == right.shape and np.isfinite(rows).all():
                given[name] = rows
        with np.errstate(all="ignore"):
            anew = trial.backward(given)[target.name] if given else trial.gradients[target.name]
        anew = anew.T if self.columns else anew
        anew = anew / trial.B if target.kind == "mean gradient" else anew
        right = self.right(target, trial)
        if not np.isfinite(anew).all() or self.agrees(anew, right, trial):
            return False
        return self.agrees(judgement.carried[i], anew, trial)

    def _own_names(self, judgements: list[Judgement], claims: list[Claim]) -> None:
        """Names that nothing is made from are not needed."""
        used: set[int] = set()
        for judgement in judgements:
            if judgement.verdict not in (Verdict.STEP, Verdict.NOT_NEEDED):
                used |= all_beneath(judgement.claim, claims, uses=True)
        for judgement in judgements:
            if judgement.verdict is Verdict.STEP and judgement.claim.index not in used:
                judgement.verdict = Verdict.NOT_NEEDED


def has_a_width(formula: Expression, family: Family) -> bool:
    """Whether a number in a formula is a width of the graph, or a place in a row."""
    widths = {float(size) for size in family.own.values()}
    return any(
        part.kind == "slice" or (part.kind == "number" and part.value in widths)
        for part in formula.walk()
    )


def _with(e: Expression, over: str) -> Expression:
    arguments = tuple(_with(each, over) for each in e.arguments)
    if e.kind in ("sum", "mean") and e.value is None:
        return Expression(e.kind, arguments, over, e.start, e.end)
    return e if arguments == e.arguments else e.made_of(arguments)


def _ones(e: Expression, outcome: Outcome) -> Expression | None:
    """A factor 1 that may be a vector of ones: 1ᵀ where it does not fit, or 1 behind an array.

    The 1 of a fraction, as in 1/B 1/B h2ᵀ δ3, is a number.
    """
    parts = list(e.walk())
    fractions = [part.arguments[0] for part in parts if part.kind == "divide"]
    for part in parts:
        if part.kind == "ones" and isinstance(outcome, Exception):
            return part
        if part.kind in ("matmul", "product") and part not in fractions:
            a, b = part.arguments
            names = [each.value for each in a.walk() if each.kind == "name"]
            is_array = any(name.kind != "size" for name in names)  # type: ignore[union-attr]
            if b.kind == "number" and b.value == 1 and is_array:
                return b
    return None


def _factors(e: Expression) -> list[Expression]:
    """The factors of a product without signs, as far as the reader has not set brackets."""
    left, right = e.arguments
    more = left.kind == "product" and left.value is None
    return [*(_factors(left) if more else [left]), right]


def _groupings(factors: Sequence[Expression]) -> Iterator[Expression]:
    if len(factors) == 1:
        yield factors[0]
    for i in range(1, len(factors)):
        for a in _groupings(factors[:i]):
            for b in _groupings(factors[i:]):
                yield Expression("product", (a, b), None, factors[0].start, factors[-1].end)


def _grouped(e: Expression, scope: Scope) -> Expression:
    """With products without signs grouped so that the shapes fit, where from left to right they do
    not and it makes no difference which of those that fit is taken: f′(z2) δ3 W3ᵀ.
    """
    if e.kind != "product":
        arguments = tuple(_grouped(each, scope) for each in e.arguments)
        return e if arguments == e.arguments else e.made_of(arguments)
    factors = [_grouped(each, scope) for each in _factors(e)]
    whole = factors[0]
    for each in factors[1:]:
        whole = Expression("product", (whole, each), None, whole.start, each.end)
    if not 2 < len(factors) <= MOST_FACTORS or not isinstance(_tried(whole, scope), Unfit):
        return e if factors == _factors(e) else whole
    tried = [(new, _tried(new, scope)) for new in _groupings(factors)]
    fitting = [each for each in tried if not isinstance(each[1], Exception)]
    if fitting and all(_same(made, fitting[0][1]) for _, made in fitting):
        return fitting[0][0]
    return whole


def _tried(e: Expression, scope: Scope) -> Outcome:
    try:
        return evaluate(e, scope)
    except (Unfit, CannotRead) as error:
        return error


def _same(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and np.allclose(one, other)


def _excused(mine: Outcome, trial: Trial) -> bool:
    """Whether a right formula may fail here too: large numbers overflow."""
    loud = trial.kind in LOUD_KINDS and not isinstance(mine, Exception)
    return loud and not np.isfinite(mine).all()
