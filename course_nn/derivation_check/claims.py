"""What each line claims, and on which other lines it rests.

A name is bound to the line that defines it: the latest one before, or else the first one after,
so that lines may stand in any order that can be computed. A line that rests on itself, directly or
by way of others, uses its own answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from course_nn.derivation_check import notation
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.statement import Statement

GRADIENTS = ("gradient", "mean gradient")
Key = tuple[str, str]  # of what is defined: its kind and name


@dataclass(eq=False)
class Claim:
    """One equation: what it is about, and what it says that this is.

    Args:
        index: among all claims. statement: the line's place among the statements.
        formula: with names that are bound to lines as `Name("line", index)`.
        uses: claims that its value is made from. rests_on: also those whose result it takes as
            right: gradients and values of nodes that other lines give.
        circular: whether it rests on itself. spoilt: whether a name in it is defined in a line
            that cannot be read. step: whether a later line goes on from it.
        same: whether it only says that a thing is that thing.
        of_one: whether it speaks of one example: ∂L_b/∂W, or a name of one's own such as G_b.
    """

    index: int
    statement: int
    target: Name
    formula: Expression
    uses: set[int] = field(default_factory=set)
    rests_on: set[int] = field(default_factory=set)
    takes: set[Name] = field(default_factory=set)  # gradients that it takes as known
    circular: bool = False
    spoilt: bool = False
    step: bool = False
    same: bool = False
    of_one: bool = False

    @property
    def key(self) -> Key:
        return self.target.kind, self.target.name


def claims_of(statements: list[Statement]) -> list[Claim]:
    """The claims of all lines that could be read, bound to each other."""
    claims: list[Claim] = []
    for i, statement in enumerate(statements):
        if statement.problem:
            continue
        targets = {(name.kind, name.name): name for name in statement.targets}
        sides = notation.normalised(statement.text).split("=")[:-1]
        left = [side.strip() for side in sides]
        of_a_row = {notation.own_name(raw) for raw in left if notation.of_a_row(raw)}
        for target in targets.values():
            for formula in statement.formulas:
                claim = Claim(len(claims), i, target, formula)
                named_so = target.kind == "own" and target.name in of_a_row
                claim.of_one = target.one or named_so
                claims.append(claim)
    for claim in claims:
        named = claim.formula.value if claim.formula.kind == "name" else None
        claim.same = isinstance(named, Name) and (named.kind, named.name) == claim.key
        of = claim.formula.arguments[0] if claim.formula.kind == "slope" else None
        if claim.target.kind == "slope" and of is not None:  # ∂h2/∂z2 = f′(z2)
            claim.same = of.value == Name("value", claim.target.name)
    for claim in claims:
        if not claim.same:
            claim.formula = _bound(claim.formula, claim, claims)
    _mark_circles(claims)
    return claims


def definition(name: Name, claim: Claim, claims: list[Claim]) -> Claim | None:
    """The claim that says what a name is, for one that uses it."""
    key = (name.kind, name.name)
    found = [c for c in claims if c.key == key and not c.same]
    before = [c for c in found if c.statement < claim.statement]
    after = [c for c in found if c.statement > claim.statement]
    if before:
        return before[-1]
    if claim.key == key and not (name.one and not claim.target.one):
        return claim  # but ∂J/∂W is made from ∂L_b/∂W, which may come after it
    same_line = [c for c in found if c.statement == claim.statement]
    if after:
        first = after[0].statement
        return [c for c in after if c.statement == first][-1]
    return same_line[-1] if same_line else None


def _bound(e: Expression, claim: Claim, claims: list[Claim]) -> Expression:
    if e.kind != "name":
        arguments = tuple(_bound(each, claim, claims) for each in e.arguments)
        return e if arguments == e.arguments else e.made_of(arguments)
    name: Name = e.value  # type: ignore[assignment]
    key = (name.kind, name.name)
    found = definition(name, claim, claims)
    if name.kind in GRADIENTS and found is None:
        claim.takes.add(name)
    if found is None:
        claim.spoilt = claim.spoilt or name.kind == "own"
        return e
    claim.rests_on.add(found.index)
    if name.kind == "own" or (key == claim.key and found is not claim):
        claim.uses.add(found.index)
        if key == claim.key:
            found.step = True
        return Expression("name", (), Name("line", str(found.index)), e.start, e.end)
    return e


def _mark_circles(claims: list[Claim]) -> None:
    """Claims from which a way along `rests_on` leads back to them."""
    for claim in claims:
        seen: set[int] = set()
        waiting = list(claim.rests_on)
        while waiting and not claim.circular:
            index = waiting.pop()
            claim.circular = index == claim.index
            if index not in seen:
                seen.add(index)
                waiting += claims[index].rests_on


def in_order(claims: list[Claim]) -> list[Claim]:
    """Each after all that it rests on; what is circular, or made from it, is left out."""
    done: set[int] = set()
    order: list[Claim] = []
    waiting = [c for c in claims if not c.circular and not c.spoilt]
    circular = {c.index for c in claims if c.circular or c.spoilt}
    while waiting:
        ready = [c for c in waiting if c.rests_on - circular <= done and not c.uses & circular]
        if not ready:
            break
        order += ready
        done |= {c.index for c in ready}
        waiting = [c for c in waiting if c.index not in done]
    return order


def all_beneath(claim: Claim, claims: list[Claim], uses: bool = False) -> set[int]:
    """The claims that it rests on, also by way of others; or those that its value is made from."""
    found: set[int] = set()
    waiting = [claim.index]
    while waiting:
        one = claims[waiting.pop()]
        more: Iterable[int] = one.uses if uses else one.rests_on
        waiting += [index for index in more if index not in found]
        found.update(more)
    return found
