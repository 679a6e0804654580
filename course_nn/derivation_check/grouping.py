"""A formula in which something was left open, read so that the shapes fit.

Over what a Σ runs that does not say it, and how a product without signs is grouped: both are told
once, on a network whose widths all differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_nn.derivation_check.expression import Expression
from course_nn.derivation_check.meaning import Outcome, outcome_of
from course_nn.derivation_check.scope import Scope, Unfit

MOST_FACTORS = 6  # of a product without signs that is grouped anew


def with_sums(e: Expression, over: str) -> Expression:
    """The formula in which each sum and mean that does not say over what runs over this."""
    arguments = tuple(with_sums(each, over) for each in e.arguments)
    if e.kind in ("sum", "mean") and e.value is None:
        return Expression(e.kind, arguments, over, e.start, e.end)
    return e if arguments == e.arguments else e.made_of(arguments)


def ones_in(e: Expression, outcome: Outcome) -> Expression | None:
    """A factor 1 that may be a vector of ones: 1ᵀ where it does not fit, or 1 behind an array.

    The 1 of a fraction, as in 1/B 1/B h2ᵀ δ3, is a number.
    """
    parts = list(e.walk())
    fractions = [part.arguments[0] for part in parts if part.kind == "divide"]
    # In h · 1 − h the brackets are missing.
    fractions += [part.arguments[0] for part in parts if part.kind in ("add", "subtract")]
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


def _fitting(factors: Sequence[Expression], scope: Scope) -> list[Expression]:
    """All ways to group them in which the shapes fit; no longer one is made of what does not."""
    count = len(factors)
    found = {(i, i + 1): [factor] for i, factor in enumerate(factors)}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            end = i + length
            products = [
                Expression("product", (a, b), None, factors[0].start, factors[-1].end)
                for k in range(i + 1, end)
                for a in found[i, k]
                for b in found[k, end]
            ]
            fits = [not isinstance(outcome_of(each, scope), Exception) for each in products]
            found[i, end] = [each for each, fit in zip(products, fits, strict=True) if fit]
    return found[0, count]


def grouped(e: Expression, scope: Scope) -> Expression:
    """With products without signs grouped so that the shapes fit, where from left to right they do
    not and it makes no difference which of those that fit is taken: f′(z2) δ3 W3ᵀ.
    """
    if e.kind != "product":
        arguments = tuple(grouped(each, scope) for each in e.arguments)
        return e if arguments == e.arguments else e.made_of(arguments)
    factors = [grouped(each, scope) for each in _factors(e)]
    whole = factors[0]
    for each in factors[1:]:
        value = e.value if len(factors) == 2 else None
        whole = Expression("product", (whole, each), value, whole.start, each.end)
    if not 2 < len(factors) <= MOST_FACTORS or not isinstance(outcome_of(whole, scope), Unfit):
        return e if factors == _factors(e) else whole
    fitting = _fitting(factors, scope)
    made = [outcome_of(each, scope) for each in fitting]  # known by now
    if fitting and all(_same(each, made[0]) for each in made):
        return fitting[0]
    return whole


def _same(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and np.allclose(one, other)
