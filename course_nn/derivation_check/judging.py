"""Does a line hold? Each is tried on fresh networks, with the right numbers of all others.

A line is first judged by itself: with the right gradients in the place of those that it takes from
other lines. If it holds then, but one of those lines does not, it *follows*. If it does not hold,
it may still follow: from the reader's own wrong numbers, carried on, everything after them worked
out anew.

Source: C. Schulze and others, the physics tutor Andes (2000); Numbas, "error carried forward".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from course_nn.derivation_check.claims import GRADIENTS, Claim, all_beneath, claims_of, in_order
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.grouping import grouped, ones_in, with_sums
from course_nn.derivation_check.judgement import BAD, BLAMED, Given, Judgement, Outcomes, Verdict
from course_nn.derivation_check.meaning import Outcome, evaluate, outcome_of, stretches
from course_nn.derivation_check.scope import Functions, Scope, Work
from course_nn.derivation_check.statement import CannotRead, Problem, Reason, Statement
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

SEEDS = {Kind.GENERAL: 4, Kind.ONE_EXAMPLE: 3, Kind.SQUARE: 2}
OWN_SEEDS = {Kind.OWN: 2, Kind.OWN_ONE: 1}
MANY_NUMBERS = 100_000  # in the weights of a graph: of such networks fewer are made
TOLERANCE, COARSE = 1e-9, 1e-3  # of the largest entry; where a number is huge
FLOOR = 1e-6  # how small the largest entry may be for that
# Parts of formulas that are worked out, to judge all lines and to look for their slips: so a text
# of any kind is answered in about a second.
TO_JUDGE, TO_SEARCH = 60_000, 20_000
LOUDEST = 8  # at most so many inputs and weights are made large, and small, in turn


class Judge:
    """Judges the statements of a derivation of one loss.

    Args:
        family: the networks like that of the loss. functions: those of its graph.
        columns: whether examples stand as columns.

    Attributes:
        to_judge, to_search: what may still be worked out for the lines, and for their slips.
    """

    def __init__(self, family: Family, functions: Functions, columns: bool) -> None:
        self.family, self.functions, self.columns = family, functions, columns
        self.names = {name: node for node, name in family.names.items()}
        self.used = {family.names[node] for node in family.used}
        self.trials = self._trials()
        self.decided: dict[Expression, str] = {}
        self.of_one: dict[Name, Expression] = {}
        self.of_each = set[Expression]()  # formulas with a matrix for each example: diag(p) − p pᵀ
        self.to_judge, self.to_search = Work(TO_JUDGE), Work(TO_SEARCH)

    def _trials(self) -> list[Trial]:
        seeds = [(kind, n) for kind, count in SEEDS.items() for n in range(count)]
        seeds += [(Kind.LOUD, n) for n in range(len(SCALES) * min(self.family.leaves, LOUDEST))]
        trials = self.family.trials(seeds)
        if not any(trial.kind is Kind.GENERAL for trial in trials):
            raise ValueError(
                f"{self.family.names[self.family.loss]}: with random numbers this graph gives no "
                "finite values and gradients, so no derivation can be tried on it."
            )
        return trials

    def try_own_widths(self) -> None:
        """From now on, the networks with the widths of the reader's own graph are tried too; they
        may be large, and few lines need them.
        """
        if any(trial.kind in OWN_KINDS for trial in self.trials):
            return
        loud = range(len(SCALES) * min(self.family.leaves, LOUDEST))
        if self.family.numbers > MANY_NUMBERS:
            loud = range(SCALES.index(HUGE), len(loud), len(SCALES))
        seeds = [(kind, n) for kind, count in OWN_SEEDS.items() for n in range(count)]
        self.trials += self.family.trials([*seeds, *((Kind.OWN_LOUD, n) for n in loud)])

    def right(self, target: Name, trial: Trial) -> Array:
        """The right numbers, as the reader writes them."""
        if target.kind == "slope":
            e = Expression("slope", (Expression("name", (), Name("value", target.name)),), "f")
            return evaluate(e, self.scope(trial, trial.gradients, {}))
        of = trial.values if target.kind == "value" else trial.gradients
        array = of[target.name].T if self.columns else of[target.name]
        return array / trial.B if target.kind == "mean gradient" else array

    def scope(self, trial: Trial, gradients: Mapping[str, Array], own: Mapping[Any, Any]) -> Scope:
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
        for claim in order:
            self._begin(claim, judgements)
            self._judge(judgements[claim.index], judgements)
        for judgement in judgements:
            claim = judgement.claim
            is_known = claim.target.kind == "slope" or self._is_said_elsewhere(claim, claims)
            if claim.same and is_known:
                judgement.verdict = Verdict.NOT_NEEDED
            elif claim.circular or claim.same:
                judgement.verdict = Verdict.USES_ANSWER
            elif claim not in order:
                judgement.verdict = Verdict.UNREADABLE
                judgement.problem = Problem(Reason.SPOILT, claim.formula.start)
        if any(judgement.verdict in BLAMED for judgement in judgements):
            self._carry_on(order, judgements)
            for claim in order:
                self._carry(judgements[claim.index], judgements)
        self._own_names(judgements, claims)
        return judgements

    def _is_said_elsewhere(self, claim: Claim, claims: list[Claim]) -> bool:
        return any(c.key == claim.key and not c.same and not c.circular for c in claims)

    def _begin(self, claim: Claim, judgements: list[Judgement]) -> None:
        """A line on the first network, where all that its formula leaves open is told."""
        trial, given = self.trials[0], Given(judgements, 0)
        local = Outcomes(lambda i: self._local(claim, i, judgements))
        judgements[claim.index].local = local
        formula = self._with_sums(claim, given)
        scope = self.scope(trial, trial.gradients, given)
        is_of_each = self._is_of_each(claim, formula)
        if is_of_each:
            scope = replace(scope, row=0)
        claim.formula = grouped(formula, replace(scope, decided={}, known={}))
        if is_of_each:
            self.of_each.add(claim.formula)
        if claim.of_one or (is_of_each and claim.target.kind == "own"):
            self.of_one[Name("line", str(claim.index))] = claim.formula
        local[0]

    def _local(self, claim: Claim, i: int, judgements: list[Judgement]) -> Outcome:
        """What a line gives in a trial; those from which it is made are worked out first, one after
        the other, as a chain of them may be long.
        """
        waiting = [claim]
        while waiting:
            uses = [judgements[used] for used in waiting[-1].uses]
            missing = [each.claim for each in uses if i not in each.local.made]
            if missing:
                waiting += missing
            elif (ready := waiting.pop()) is not claim:
                judgements[ready.index].local[i]
        trial = self.trials[i]
        scope = self.scope(trial, trial.gradients, Given(judgements, i))
        return self.outcome(claim.formula, claim.uses, scope)

    def _carry_on(self, order: list[Claim], judgements: list[Judgement]) -> None:
        """What each line gives with the reader's own numbers; where it rests on nothing wrong, that
        is what it gives anyway.
        """
        for i, trial in enumerate(self.trials):
            if trial.kind not in (Kind.GENERAL, Kind.ONE_EXAMPLE):
                continue
            gradients, carried, clean = dict(trial.gradients), dict[Name, Outcome](), set[int]()
            for claim in order:
                judgement = judgements[claim.index]
                is_clean = claim.rests_on <= clean
                if is_clean:
                    outcome = judgement.local[i]
                else:
                    scope = self.scope(trial, gradients, carried)
                    outcome = self.outcome(claim.formula, claim.uses, scope)
                judgement.carried[i] = carried[Name("line", str(claim.index))] = outcome
                target = claim.target
                if target.kind in GRADIENTS and target.name in gradients:
                    is_clean = self.agrees(outcome, self.right(target, trial), trial)
                    if not is_clean and not isinstance(outcome, Exception):
                        gradients[target.name] = self._as_rows(outcome, target, trial)
                clean |= {claim.index} if is_clean else set()

    def _as_rows(self, outcome: Outcome, target: Name, trial: Trial) -> Array:
        """What a line gives, as a gradient of the graph: examples as rows, each with its own."""
        rows = outcome.T if self.columns else outcome
        rows = rows * trial.B if target.kind == "mean gradient" else rows
        right = trial.gradients[target.name]
        return np.full(right.shape, rows) if np.ndim(rows) == 0 else rows

    def outcome(self, formula: Expression, uses: set[int], scope: Scope) -> Outcome:
        """What a formula gives, or the error that came instead; also that of a line it uses."""
        if formula in self.of_each and scope.row is None and scope.trial.B > 1:
            made = self.row_by_row(formula, scope)
            if made is not None:
                return made
        for used in uses:
            if isinstance(error := scope.own[Name("line", str(used))], CannotRead):
                return CannotRead(Reason.SPOILT)
            if isinstance(error, Exception):
                return error
        return outcome_of(formula, scope)

    def _is_of_each(self, claim: Claim, formula: Expression) -> bool:
        """Whether a line about the examples has a matrix for each of them in it, or in a step of
        the reader's own: a diagonal, or I − vᵀv.
        """
        if isinstance(self.names.get(claim.target.name), Parameter):
            return False
        steps = [self.of_one.get(Name("line", str(i))) for i in claim.uses]
        if any(step in self.of_each for step in steps):
            return True
        parts = list(formula.walk())
        has_a_matrix = any(
            e.kind == "identity" or (e.kind, e.value) == ("call", "diag") for e in parts
        )
        return has_a_matrix and not any(e.kind in ("sum", "mean", "ones") for e in parts)

    def row_by_row(self, formula: Expression, scope: Scope) -> Outcome | None:
        """What a formula gives for each example alone; None where that is no row of its own."""
        rows = [outcome_of(formula, replace(scope, row=b)) for b in range(scope.trial.B)]
        axis = scope.examples
        if any(np.ndim(row) != 2 or np.shape(row)[axis] != 1 for row in rows):
            return None
        return np.concatenate(rows, axis=axis)

    def _with_sums(self, claim: Claim, own: Mapping[Name, Outcome]) -> Expression:
        """The formula with each Σ, sum and mean that does not say over what it runs.

        It is read so that the result has the shape of what the line is about: along the rows
        where that is possible, over the examples otherwise.
        """
        open_sums = [e for e in claim.formula.walk() if e.kind in ("sum", "mean") and not e.value]
        if not open_sums:
            return claim.formula
        trial = self.trials[0]
        for over in ("k", "each"):
            formula = with_sums(claim.formula, over)
            scope = replace(self.scope(trial, trial.gradients, own), decided={})
            made = self.outcome(formula, claim.uses, scope)
            if isinstance(made, Exception):
                continue
            known = trial.gradients if claim.target.kind in GRADIENTS else trial.values
            right = known.get(claim.target.name)
            shape = None if right is None else (right.T if self.columns else right).shape
            if shape is None or np.shape(made) == shape:
                return formula
        return claim.formula if claim.target.kind in GRADIENTS else with_sums(claim.formula, "k")

    # -------------------------------------------------------------- one line

    def _judge(self, judgement: Judgement, judgements: list[Judgement]) -> None:
        claim, local = judgement.claim, judgement.local
        if claim.target.kind == "own" or claim.step:
            judgement.verdict = Verdict.STEP
        elif not self._is_judged(claim.target):
            judgement.verdict = Verdict.NOT_NEEDED
        else:
            judgement.verdict = self._verdict(claim.target, local)
            ones = ones_in(claim.formula, local[0])
            if judgement.verdict is not Verdict.HOLDS and ones is not None:
                judgement.verdict = Verdict.UNREADABLE
                judgement.problem = Problem(Reason.ONES, ones.start, "1")
            elif judgement.verdict is not Verdict.HOLDS and self._has_a_width(claim, judgements):
                self.try_own_widths()
                judgement.own_widths = self._holds(claim.target, local, *OWN_KINDS)
                if judgement.own_widths:
                    judgement.verdict = Verdict.HOLDS
        unread = [o for o in local.made.values() if isinstance(o, CannotRead)]
        if unread:
            judgement.verdict, judgement.problem = Verdict.UNREADABLE, unread[0].problem

    def stretches(self, judgement: Judgement, judgements: list[Judgement]) -> bool:
        """Whether with one example a line multiplies a row entry by entry by a column."""
        for i, trial in enumerate(self.trials):
            if trial.kind is Kind.ONE_EXAMPLE:
                scope = self.scope(trial, trial.gradients, Given(judgements, i))
                return stretches(judgement.claim.formula, scope)
        return False

    def _has_a_width(self, claim: Claim, judgements: list[Judgement]) -> bool:
        """Whether one of the numbers in a formula is a width of the reader's graph, or a place."""
        claims = [each.claim for each in judgements]
        indices = {claim.index, *all_beneath(claim, claims, uses=True)}
        return any(has_a_width(claims[i].formula, self.family) for i in indices)

    def _is_judged(self, target: Name) -> bool:
        """Whether the loss depends on what a line is about, so that its right numbers are known."""
        if target.kind == "own" or target.name not in self.used:
            return False
        return target.kind in ("value", "slope") or target.name in self.trials[0].gradients

    def _holds(self, target: Name, outcomes: Outcomes, *kinds: Kind) -> bool:
        """Whether a line gives the right numbers in all trials of these kinds."""
        return all(
            self.agrees(outcomes[i], self.right(target, trial), trial)
            or _excused(outcomes[i], trial)
            for i, trial in enumerate(self.trials)
            if trial.kind in kinds
        )

    def _verdict(self, target: Name, outcomes: Outcomes) -> Verdict:
        """What the numbers alone say; no network is asked that cannot change it."""
        if target.one:
            holds = self._holds(target, outcomes, Kind.ONE_EXAMPLE)
            holds = holds and self._is_mean_or_sum(target, outcomes)
            return Verdict.HOLDS if holds else Verdict.WRONG
        if self._holds(target, outcomes, Kind.GENERAL):
            others = (Kind.ONE_EXAMPLE, Kind.SQUARE, Kind.LOUD)
            return Verdict.HOLDS if self._holds(target, outcomes, *others) else Verdict.WRONG
        if self._holds(target, outcomes, Kind.ONE_EXAMPLE):
            return Verdict.ONE_EXAMPLE
        if any(trial.kind is Kind.SQUARE for trial in self.trials):
            holds = self._holds(target, outcomes, Kind.SQUARE)
            return Verdict.SQUARE if holds else Verdict.WRONG
        return Verdict.WRONG

    def _is_mean_or_sum(self, target: Name, outcomes: Outcomes) -> bool:
        """Whether a line about one example gives for several what one may expect: not B² of it."""
        several = [
            (trial, outcomes[i], self.right(target, trial))
            for i, trial in enumerate(self.trials)
            if trial.kind in (Kind.GENERAL, Kind.LOUD) and not _excused(outcomes[i], trial)
            if np.shape(outcomes[i]) == self.right(target, trial).shape
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
            judgement.in_itself = True
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
    widths = {float(size) for size in family.own.values() if size > 1}  # a bias is one row
    return any(
        part.kind == "slice" or (part.kind == "number" and part.value in widths)
        for part in formula.walk()
    )


def _excused(mine: Outcome, trial: Trial) -> bool:
    """Whether a right formula may fail here too: large numbers overflow."""
    loud = trial.kind in LOUD_KINDS and not isinstance(mine, Exception)
    return loud and not np.isfinite(mine).all()
