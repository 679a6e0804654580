"""The parallel forms of the inventory: the same twenty ideas, each time with other numbers.

A form is drawn once and for all: who writes it again gets the same. Numbers are drawn until the
four options are different, written alike, and tell nothing by themselves; the right one stands in
each of the four places five times.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

from course_grading.inventory.items import ITEMS, Draft, Item
from course_grading.inventory.question import Choice, Option

OPTIONS = 4
TRIES = 5000
SEEDS = {"A": 3, "B": 5}  # with these, no rule without reading hits often: a test has them all
FORMS = tuple(SEEDS)

Form = tuple[Choice, ...]


@cache
def form(name: str) -> Form:
    """The questions of form "A" or "B". Raises ValueError if there is no such form."""
    if name not in FORMS:
        raise ValueError(f"There is no form {name}; there are {' and '.join(FORMS)}.")
    which = FORMS.index(name)
    places = np.random.default_rng(SEEDS[name]).permutation(len(ITEMS)) % OPTIONS
    before = form(FORMS[which - 1]) if which else ()
    return tuple(
        _drawn(item, f"{name}{number:02}", int(place), [SEEDS[name], number], before)
        for number, (item, place) in enumerate(zip(ITEMS, places, strict=True), start=1)
    )


def version() -> str:
    """Of both forms: six characters that change with any text, option or key."""
    asked = [(each.text, each.options) for name in FORMS for each in form(name)]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:6]


def _drawn(item: Item, name: str, place: int, seed: list[int], before: Form) -> Choice:
    """A question about this idea, with what is right in this place."""
    rng = np.random.default_rng(seed)
    earlier = {question.text for question in before}
    for _ in range(TRIES):
        draft = item.draw(rng)
        if draft is not None and draft.text not in earlier and tells_nothing(draft):
            wrong = [Option(draft.shown(value), slip) for slip, value in draft.wrong.items()]
            options = [wrong[i] for i in rng.permutation(len(wrong))]
            options.insert(place, Option(draft.shown(draft.right)))
            return Choice(name, item.idea, item.topic, draft.text, tuple(options), draft.because)
    raise RuntimeError(f"{item.draw.__name__} has drawn nothing that can be asked.")


def tells_nothing(draft: Draft) -> bool:
    """Whether the options are different, written alike, and none stands out as the right one."""
    values = [draft.right, *draft.wrong.values()]
    if len({draft.shown(value) for value in values}) < OPTIONS:
        return False
    if isinstance(draft.right, str):
        return True
    numbers = np.array(values, dtype=float)
    exact = np.abs(numbers * 10**draft.digits - np.round(numbers * 10**draft.digits)) < 1e-6
    whole = numbers == np.round(numbers)
    alone = [sum(alike) == 1 and alike[0] for alike in (numbers > 0, numbers < 0, whole, ~whole)]
    if draft.digits:  # a slip may give a number that does not end
        return bool(exact[0]) and not any(alone[:3])
    return bool(exact.all()) and not any(alone)
