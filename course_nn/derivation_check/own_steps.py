"""Which step of the reader's own is wrong? Told where numbers allow it, and left open otherwise.

A step has no right value of its own. But where a line does not hold, and would hold if one of the
steps that it is made from were a gradient or a slope f′ of the graph, then that step is wrong, and
the line only follows. A step that is such a quantity already is left alone: who is to say whether
it was meant as another one?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from course_nn.derivation_check.claims import Claim, all_beneath
from course_nn.derivation_check.expression import Expression, TooDeep
from course_nn.derivation_check.judgement import BLAMED, Judgement, Verdict
from course_nn.derivation_check.judging import Judge
from course_nn.derivation_check.search import Search, leaf, node

LOCAL = re.compile("∂(.*)/∂(.*)")  # a step that says what a local derivative is


def steps_of(claim: Claim, judgements: list[Judgement]) -> set[int]:
    """The claims that a line is made from, by way of names that are not in the graph, but for
    those that a line which holds is made from too.
    """
    claims = [each.claim for each in judgements]
    beneath = all_beneath(claim, claims, uses=True)
    for each in judgements:
        if each.verdict is Verdict.HOLDS:
            beneath -= all_beneath(each.claim, claims, uses=True)
    return beneath


def judge_own_steps(judge: Judge, judgements: list[Judgement]) -> dict[int, Expression]:
    """Say of steps that they do not hold, and of lines that they follow from these.

    Returns what each of those steps would have to be, by the index of its claim.
    """
    wanted: dict[int, Expression] = {}
    claims = [each.claim for each in judgements]
    for line in judgements:
        if line.verdict not in BLAMED or line.claim.target.kind == "own":
            continue
        steps = steps_of(line.claim, judgements)
        deepest_first = sorted(steps, key=lambda i: len(all_beneath(claims[i], claims, uses=True)))
        for index in deepest_first:
            if claims[index].target.kind != "own":
                continue
            instead = wanted.get(index)
            search = Search(judge, judgements, line)
            options = [instead] if instead else [*_quantities(search, claims[index])]
            try:
                found = _mends(search, index, options)
            except TooDeep:
                found = None
            if found is not None:
                wanted[index] = found
                judgements[index].verdict = Verdict.WRONG
                line.verdict, line.rests_on_wrong = Verdict.FOLLOWS, (index,)
                break
    return wanted


def _mends(search: Search, index: int, options: list[Expression]) -> Expression | None:
    """The quantity for which a line holds, if it stands in the place of a step that is none."""
    line, step = search.judgement.claim, search.judgements[index].claim
    if search.is_cut_short:
        return None
    mine = search.expanded(step.formula)
    is_local = LOCAL.fullmatch(step.target.name)  # which says what it is meant as
    if not is_local and any(search.are_equal(mine, each) for each in options):
        return None
    for each in options:
        if search.is_right(search.expanded(line.formula, {index: each})):
            return each
    return None


def _quantities(search: Search, step: Claim) -> Iterator[Expression]:
    """Gradients, also as parts of a mean, and slopes; of weights only where a line is its step."""
    B = leaf("size", "B")
    for name in search.deltas:
        if name != search.target.name:
            yield leaf("gradient", name)
            yield node("divide", leaf("gradient", name), B)
    for z, _ in search.activations:
        yield node("slope", leaf("value", z), value="f")
    if local := LOCAL.fullmatch(step.target.name):
        above = search.judge.names.get(local[1])  # unless it is a name of the reader's own
        for operand in map(search.judge.family.names.get, getattr(above, "operands", ())):
            if operand is not None and operand != local[2]:
                factor = leaf("value", operand)
                yield from (factor, node("transpose", factor))
    formula = search.judgement.claim.formula
    if formula.kind == "name" and formula.value.name == str(step.index):  # type: ignore[attr-defined]
        yield node("name", value=replace(search.target, one=False))
