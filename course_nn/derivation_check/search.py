"""Which slip was made in a line of a derivation?

The line itself is altered in one place, by the opposite of a slip. If what comes out is right, on
every network tried, that slip was made. It is never said what the altered line looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from course_nn.derivation_check.expression import Expression, Name, TooDeep
from course_nn.derivation_check.judgement import Judgement
from course_nn.derivation_check.judging import Judge, Outcome
from course_nn.derivation_check.slips import HIDES, Found, Slip
from course_nn.derivation_check.trials import Kind
from course_nn.graph import Labels, Parameter
from course_nn.losses import cross_entropy, squared_error
from course_nn.operations import softmax

PRODUCTS = ("matmul", "product", "multiply", "divide")
MOST_PARTS = 60  # of a formula; a longer one is not searched


Edit = tuple[Found, Expression]
Put = Callable[[Expression], Expression]


def node(kind: str, *arguments: Expression, value: Any = None) -> Expression:
    """A new part of a formula."""
    return Expression(kind, arguments, value)


def leaf(kind: str, name: str) -> Expression:
    """A name in a formula."""
    return node("name", value=Name(kind, name))


@dataclass
class Search:
    """Looks for the slip in one line that does not hold.

    Args:
        wanted: what a step of the reader's own would have to be.
    """

    judge: Judge
    judgements: list[Judgement]
    judgement: Judgement
    wanted: Expression | None = None

    def __post_init__(self) -> None:
        judge, self.target = self.judge, self.judgement.claim.target
        if self.wanted is not None and self.wanted.kind == "name":
            self.target = self.wanted.value  # type: ignore[assignment]
        kind = Kind.ONE_EXAMPLE if self.target.one else Kind.GENERAL
        if self._has_places():
            kind = Kind.OWN
        self.places = [i for i, trial in enumerate(judge.trials) if trial.kind is kind]
        self.known: dict[int, dict[Expression, Any]] = {i: {} for i in self.places}
        self.values = [n for n in judge.used if not isinstance(judge.names[n], (Parameter, Labels))]
        self.weights = [n for n in judge.used if isinstance(judge.names[n], Parameter)]
        gradients = judge.trials[0].gradients
        self.deltas = [n for n in judge.used if n in gradients and n not in self.weights]
        self.activations = [
            (judge.family.names[each.operands[0]], judge.family.names[each])
            for each in judge.family.used
            if each.operands and judge.functions.is_activation(each)
        ]

    def _has_places(self) -> bool:
        return any(e.kind == "slice" for e in self.judgement.claim.formula.walk())

    @property
    def is_cut_short(self) -> bool:
        """Whether not all slips were tried: the line is too long, or too many were before it."""
        too_long = self._size(self.judgement.claim.index, {}) > MOST_PARTS
        return self.judge.to_search.left < 0 or too_long

    def found(self) -> tuple[tuple[Found, ...], bool]:
        """All slips that explain the line, the likeliest first; and whether two of them were made
        together, because no single one explains it.
        """
        if self.is_cut_short:
            return (), False
        try:
            formula = self.expanded(self.judgement.claim.formula)
        except TooDeep:
            return (), False
        if self.is_right(formula):  # written out it is another line, inside a Σ_b for example
            return (), False
        names = [*dict.fromkeys(self._by_numbers()), *self._explaining(formula)]
        if not names:
            for first, wrapped in (
                (Slip.SIGN, node("negative", formula)),
                (Slip.MEAN_MISSING, node("divide", formula, leaf("size", "B"))),
                (Slip.MEAN_TOO_EARLY, node("multiply", formula, leaf("size", "B"))),
                (Slip.FACTOR, node("multiply", formula, node("number", value=0.5))),
            ):
                if second := self._explaining(wrapped):
                    return (Found(self._mean(first)), _without_hidden(second)[0]), True
        return _without_hidden(names), False

    def _explaining(self, formula: Expression) -> list[Found]:
        """The slips whose opposite makes a line right, as far as there is time to try."""
        found = []
        for slip, edit in self.edits(formula):
            if self.judge.to_search.left < 0:
                break
            if self.is_right(edit):
                found.append(slip)
        return found

    def _mean(self, slip: Slip) -> Slip:
        early = slip is Slip.MEAN_TOO_EARLY and self.target.name in self.weights
        return Slip.MEAN_TWICE if early else slip

    def _size(self, index: int, known: dict[int, int]) -> int:
        """How many parts a line has with the reader's own names written out; each is told once,
        because names that are made of names double with each line.
        """
        if index not in known:
            claim = self.judgements[index].claim
            known[index] = claim.formula.size
            for part in claim.formula.walk():
                if known[index] <= MOST_PARTS and part.kind == "name":
                    name: Name = part.value  # type: ignore[assignment]
                    if name.kind == "line":
                        known[index] += self._size(int(name.name), known)
        return known[index]

    def expanded(
        self, e: Expression, instead: Mapping[int, Expression] | None = None
    ) -> Expression:
        """With the reader's own names written out, or something else `instead` of some of them."""
        if e.kind == "name" and e.value.kind == "line":  # type: ignore[attr-defined]
            index = int(e.value.name)  # type: ignore[attr-defined]
            if instead and index in instead:
                return instead[index]
            return self.expanded(self.judgements[index].claim.formula, instead)
        arguments = tuple(self.expanded(each, instead) for each in e.arguments)
        return e if arguments == e.arguments else e.made_of(arguments)

    # -------------------------------------------------------------- is an altered line right?

    def value(self, formula: Expression, i: int) -> Outcome:
        """What a formula gives in a trial, with the right gradients."""
        trial = self.judge.trials[i]
        scope = self.judge.scope(trial, trial.gradients, {})
        scope.decides, scope.known, scope.work = False, self.known[i], self.judge.to_search
        if self.judgement.claim.formula in self.judge.of_each:
            made = self.judge.row_by_row(formula, scope)
            if made is not None:
                return made
        return self.judge.outcome(formula, set(), scope)

    def is_right(self, formula: Expression) -> bool:
        """Whether it gives the right numbers in all trials."""
        self.judge.to_search.left -= formula.depth + 5  # so much had to be written anew
        return bool(self.places) and all(
            self.judge.agrees(self.value(formula, i), self._right(i), self.judge.trials[i])
            for i in self.places
        )

    def are_equal(self, one: Expression, other: Expression) -> bool:
        """Whether two formulas give the same numbers in all trials."""
        values = [(self.value(one, i), self.value(other, i), i) for i in self.places]
        return all(
            not isinstance(b, Exception) and self.judge.agrees(a, b, self.judge.trials[i])
            for a, b, i in values
        )

    def _right(self, i: int) -> Any:
        if self.wanted is not None:
            return self.value(self.wanted, i)
        return self.judge.right(self.target, self.judge.trials[i])

    def _by_numbers(self) -> Iterator[Found]:
        """Slips that show in the numbers alone: paths that are missing, a softmax."""
        name, judge = self.target.name, self.judge
        if self.target.kind != "gradient":
            return
        if name in self.weights and self._equals(lambda i: self.value(leaf("value", name), i)):
            yield Found(Slip.WEIGHTS)
        users = len(judge.trials[0].arrived.get(name, []))
        for count in range(1, users):
            for chosen in combinations(range(users), count):
                if self._equals(lambda i, chosen=chosen: self._arrived(i, chosen)):
                    yield Found(Slip.PATH_MISSING)
        for k in range(users if users > 1 else 0):
            twice = (*range(users), k)
            if self._equals(lambda i, twice=twice: self._arrived(i, twice)):
                yield Found(Slip.PATH_TWICE)
        for each in judge.family.used:
            if isinstance(each, softmax) and judge.family.names[each.operands[0]] == name:
                s, one = leaf("value", judge.family.names[each]), node("number", value=1.0)
                g = leaf("gradient", judge.family.names[each])
                diagonal = node("multiply", g, node("multiply", s, node("subtract", one, s)))
                if self._equals(lambda i, diagonal=diagonal: self.value(diagonal, i)):
                    yield Found(Slip.DIAGONAL)
                if self._equals(lambda i, g=g: self.value(g, i)):
                    yield Found(Slip.SLOPE_MISSING)
        ratios = {self._ratio(i) for i in self.places}
        if len(ratios) == 1 and None not in ratios and ratios != {-1.0}:
            yield Found(Slip.FACTOR)

    def _ratio(self, i: int) -> float | None:
        mine, right = self.judgement.local[i], self._right(i)
        if isinstance(mine, Exception) or np.shape(mine) != right.shape or not right.any():
            return None
        largest = np.abs(right).argmax()
        ratio = float(mine.flat[largest] / right.flat[largest])
        if not ratio or not np.isfinite(ratio):
            return None
        same = self.judge.agrees(mine / ratio, right, self.judge.trials[i])
        return round(ratio, 9) if same else None

    def _equals(self, other: Callable[[int], Any]) -> bool:
        for i in self.places:
            outcome = other(i)
            if isinstance(outcome, Exception):
                return False
            if not self.judge.agrees(self.judgement.local[i], outcome, self.judge.trials[i]):
                return False
        return bool(self.places)

    def _arrived(self, i: int, chosen: tuple[int, ...]) -> Any:
        parts = self.judge.trials[i].arrived[self.target.name]
        total = sum(parts[k][1] for k in chosen)
        return total.T if self.judge.columns else total

    # -------------------------------------------------------------- altered lines

    def edits(self, formula: Expression) -> Iterator[Edit]:
        """The line with the opposite of each slip, and the slip."""
        for z, h in self.activations:
            if _stands_in_a_slope(formula, z):
                yield Found(Slip.SLOPE_FROM_Z), _exchanged(formula, z, h)
            yield Found(Slip.SLOPE_AT_H), _exchanged(formula, h, z, inside="slope")
        yield from self._of_the_whole(formula)
        for part, put in _parts(formula):
            for found, new in self._of_a_part(part):
                yield found, put(new)

    def _of_the_whole(self, e: Expression) -> Iterator[Edit]:
        B, weights = leaf("size", "B"), self.target.name in self.weights
        yield Found(Slip.SIGN), node("negative", e)
        yield Found(Slip.MEAN_MISSING), node("divide", e, B)
        yield Found(self._mean(Slip.MEAN_TOO_EARLY)), node("multiply", e, B)
        for factor in (0.5, 2.0):
            yield Found(Slip.FACTOR), node("multiply", e, node("number", value=factor))
        if weights:
            yield Found(Slip.TRANSPOSED), node("transpose", e)
            axis = "axis 1" if self.judge.columns else "axis 0"
            for kind in ("sum", "mean"):
                yield Found(Slip.ROWS_NOT_ADDED), node(kind, e, value=axis)
        for user in self.judge.family.used:
            if isinstance(user, (squared_error, cross_entropy)):
                name = self.judge.family.names[user.operands[0]]
                width = node("shape", leaf("value", name), value="width")
                yield Found(Slip.MEAN_OF_OUTPUTS), node("multiply", e, width)
                half = node("divide", width, node("number", value=2.0))
                yield Found(Slip.MEAN_OF_OUTPUTS), node("multiply", e, half)
        for each in self.judge.family.used:
            if isinstance(each, cross_entropy):
                y = leaf("value", self.judge.family.names[each.operands[1]])
                yield (
                    Found(Slip.ONEHOT_MISSING),
                    node("subtract", e, node("call", y, value="onehot")),
                )
        for slope in self._slopes():
            yield Found(Slip.SLOPE_TWICE), node("divide", e, slope)
        for name in () if _has_gradient(e) else self.deltas:
            if name != self.target.name:
                yield Found(Slip.GRADIENT_MISSING), node("multiply", e, leaf("gradient", name))

    def _slopes(self) -> Iterator[Expression]:
        for z, _ in self.activations:
            yield node("slope", leaf("value", z), value="f")

    def _of_a_part(self, e: Expression) -> Iterator[Edit]:
        it = self._called(e)
        names = e.kind == "name"
        if e.kind == "transpose":
            (a,) = e.arguments
            yield Found(Slip.TRANSPOSE_EXTRA, self._called(a)), a
        elif names:
            yield Found(Slip.TRANSPOSE_MISSING, it), node("transpose", e)
        elif e.kind in ("matmul", "product", "multiply") and not _has_indices(e):
            yield Found(Slip.TRANSPOSED), node("transpose", e)
        if e.kind in PRODUCTS:
            yield from self._of_a_product(e, *e.arguments)
        if e.kind in ("add", "subtract"):
            a, b = e.arguments
            other = "subtract" if e.kind == "add" else "add"
            yield Found(Slip.TERM_SIGN), node(other, a, b)
            if e.kind == "add":
                yield Found(Slip.TERM_SIGN), node("subtract", b, a)
            yield Found(Slip.TERM_EXTRA), a
            yield Found(Slip.TERM_EXTRA), b
            if a.kind in PRODUCTS:  # h (1 − h) without its brackets
                c, d = a.arguments
                yield Found(Slip.BRACKETS), node(a.kind, c, node(e.kind, d, b))
            if b.kind in PRODUCTS:
                c, d = b.arguments
                yield Found(Slip.BRACKETS), node(b.kind, node(e.kind, a, c), d)
        if e.kind in ("sum", "mean") and e.value == "all":
            for over in ("axis 0", "axis 1"):
                yield Found(Slip.WHICH_AXIS), node(e.kind, *e.arguments, value=over)
        elif e.kind in ("sum", "mean"):
            for kind in ("sum", "mean"):
                for over in ("k", "each"):
                    if (kind, over) != (e.kind, e.value):
                        yield Found(Slip.SUM_OVER), node(kind, *e.arguments, value=over)
            yield Found(Slip.SUM_OVER), e.arguments[0]
        if e.kind == "call" and e.value == "softmax":
            yield Found(Slip.SOFTMAX_EXTRA), e.arguments[0]
        if names:
            yield from self._of_a_name(e, e.value, it)  # type: ignore[arg-type]
        if _has_indices(e):  # what follows would put whole arrays among entries
            return
        if e.kind in ("name", "matmul", "product", "multiply", "entries"):
            for slope in self._slopes():
                yield Found(Slip.SLOPE_MISSING), node("multiply", e, slope)
        if e.kind not in ("matmul", "number") and not _has_gradient(e):
            for slope in self._slopes():
                yield Found(Slip.SLOPE_OTHER), slope

    def _of_a_product(self, e: Expression, a: Expression, b: Expression) -> Iterator[Edit]:
        B = Name("size", "B")
        for kept, dropped in ((a, b), (b, a)):
            if dropped.value == B:
                early = Slip.MEAN_TOO_EARLY if e.kind == "divide" else Slip.MEAN_TWICE
                yield Found(self._mean(early)), kept
            elif dropped.kind == "slope":
                yield Found(Slip.SLOPE_TWICE), kept
            else:
                yield Found(Slip.FACTOR_EXTRA, self._called(dropped)), kept
        if e.kind == "divide" or _has_indices(e):
            return
        for one in (a, _turned(a)):
            for other in (b, _turned(b)):
                yield Found(Slip.ORDER), node("matmul", other, one)
        if e.kind != "multiply":
            for one, other in ((a, b), (_turned(a), b), (a, _turned(b))):
                yield Found(Slip.ENTRIES_NEEDED), node("multiply", one, other)
        if e.kind != "matmul":
            for one in (a, _turned(a)):
                for other in (b, _turned(b)):
                    yield Found(Slip.MATRIX_NEEDED), node("matmul", one, other)
        factors = _factors(e)
        for count in (1, 2, 3):
            for chosen in combinations(range(len(factors)), count) if len(factors) > 1 else ():
                if any(_has_gradient(factors[i]) for i in chosen) or len(chosen) == len(factors):
                    continue
                rest = [each for i, each in enumerate(factors) if i not in chosen]
                for slope in self._slopes():
                    yield Found(Slip.SLOPE_OTHER), _product([*rest, slope])

    def _of_a_name(self, e: Expression, name: Name, it: str) -> Iterator[Edit]:
        if name.kind == "gradient":
            for other in self.deltas:
                if other not in (name.name, self.target.name):
                    yield Found(Slip.OTHER_GRADIENT, it), leaf("gradient", other)
            for W in self.weights:
                back = node("transpose", leaf("value", W))
                sides = (back, e) if self.judge.columns else (e, back)
                yield Found(Slip.WEIGHTS_MISSING), node("matmul", *sides)
        elif name.kind == "value" and name.name in self.weights:
            for other in self.weights:
                if other != name.name:
                    yield Found(Slip.OTHER_WEIGHTS, other), leaf("value", other)
        elif name.kind == "value":
            yield Found(Slip.SOFTMAX_MISSING), node("call", e, value="softmax")
            for other in self.values:
                if other != name.name:
                    yield Found(Slip.OTHER_VALUE, it), leaf("value", other)

    @staticmethod
    def _called(e: Expression) -> str:
        """The name of a part, as it is written in a sentence; of a formula the empty word."""
        while e.kind in ("transpose", "negative"):
            (e,) = e.arguments
        if e.kind != "name":
            return ""
        name: Name = e.value  # type: ignore[assignment]
        return f"{name.name}.grad" if name.kind == "gradient" else name.name


def _without_hidden(names: list[Found]) -> tuple[Found, ...]:
    """Each once, and without those that another one says more exactly."""
    hidden = {hid for each in names for hid in HIDES.get(each.slip, ())}
    return tuple(dict.fromkeys(each for each in names if each.slip not in hidden))


def _parts(e: Expression) -> Iterator[tuple[Expression, Put]]:
    """The parts of a formula, each with what puts something else in its place."""
    yield e, lambda new: new
    for i, argument in enumerate(e.arguments):
        for part, put in _parts(argument):
            yield (
                part,
                lambda new, put=put, i=i: e.made_of(
                    (*e.arguments[:i], put(new), *e.arguments[i + 1 :])
                ),
            )


def _turned(e: Expression) -> Expression:
    return e.arguments[0] if e.kind == "transpose" else node("transpose", e)


def _factors(e: Expression) -> list[Expression]:
    if e.kind in ("multiply", "product"):
        return [factor for each in e.arguments for factor in _factors(each)]
    return [e]


def _product(factors: list[Expression]) -> Expression:
    total = factors[0]
    for each in factors[1:]:
        total = node("multiply", total, each)
    return total


def _has_gradient(e: Expression) -> bool:
    return any(p.kind == "name" and p.value.kind == "gradient" for p in e.walk())  # type: ignore[attr-defined]


def _has_indices(e: Expression) -> bool:
    """Whether a part stands in a line about entries; the whole of it does not."""
    return e.kind != "entries" and any(part.kind in ("entry", "entries") for part in e.walk())


def _stands_in_a_slope(e: Expression, name: str) -> bool:
    """Whether a value stands in a difference or a power, as in z (1 − z), and not only as what came
    in, z1ᵀ δ2.
    """
    return any(
        part.kind in ("subtract", "power")
        and any(each.value == Name("value", name) for each in part.walk())
        for part in e.walk()
    )


def _exchanged(e: Expression, old: str, new: str, inside: str = "") -> Expression:
    """With the value of another node, everywhere or only inside parts of a kind."""
    if not inside and e.kind == "name" and e.value == Name("value", old):
        return leaf("value", new)
    deeper = "" if e.kind == inside else inside
    return e.made_of(tuple(_exchanged(each, old, new, deeper) for each in e.arguments))
