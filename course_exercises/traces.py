"""Updates of one weight by hand, z = x w under squared error: after each update, where w stands.

The numbers are such that every usual story of "how the network gets updated" ends elsewhere: SGD at
−5, mini-batches of two at −3, batch learning at 3, the sum at 9, the last example alone at 1.
`trace` and `stories` take other numbers too.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from course_exercises.question import (
    Difference,
    Kind,
    NotAttempted,
    Slip,
    Wrong,
    find_slip,
    same,
)

__all__ = ["stories", "trace"]  # for others, too

EXAMPLES = ((2.0, 4.0), (1.0, 8.0), (2.0, 1.0))  # x and y
FIRST, ETA = 0.0, 0.5
PARTS = {"SGD": 1, "B = 2": 2, "batch": 3}  # what an update is made from

Gradient = Callable[[float, float, float], float]
Examples = tuple[tuple[float, float], ...]


def gradient(w: float, x: float, y: float) -> float:
    """∂L/∂w of one example, L = ½ (x w − y)²."""
    return (x * w - y) * x


def trace(
    B: int,
    *,
    of: Gradient = gradient,
    eta: float = ETA,
    examples: Examples = EXAMPLES,
    start: float = FIRST,
    at_first: bool = False,
    divide: Callable[[int], float] = float,
    drop_rest: bool = False,
) -> list[float]:
    """The weight after each update of an epoch.

    Args:
        B: examples in an update; the last one may have fewer.
        start: the weight before the first update.
        at_first: the slip of taking every gradient at the first weight.
        divide: by what a sum of this many gradients is divided.
        drop_rest: the slip of leaving out a smaller last batch.
    """
    w, weights = start, []
    for first in range(0, len(examples), B):
        batch = examples[first : first + B]
        if drop_rest and len(batch) < B:
            break
        place = start if at_first else w
        total = sum(of(place, x, y) for x, y in batch)
        w = w - eta * total / divide(len(batch))
        weights.append(w)
    return weights


def _mean_examples(B: int, examples: Examples) -> Examples:
    """The slip of averaging the examples and not their gradients."""
    groups = [examples[i : i + B] for i in range(0, len(examples), B)]
    return tuple(tuple(float(m) for m in np.mean(group, axis=0)) for group in groups)  # type: ignore[misc]


def stories(
    B: int, *, examples: Examples = EXAMPLES, eta: float = ETA, start: float = FIRST
) -> dict[str, list[float]]:
    """The usual wrong stories of these updates: what to say of each, and the weights that it gives.

    Args:
        B: 1, 2 or 3, of as many examples: `PARTS` has what each is called.
        examples: three pairs of x and y. eta, start: as of `trace`.
    """

    def told(B: int = B, *, eta: float = eta, examples: Examples = examples, **slip: Any) -> Any:
        return trace(B, eta=eta, examples=examples, start=start, **slip)

    right = told()
    gradients = [(before - after) / eta for before, after in pairwise([start, *right])]
    first, last = examples[0], examples[-1]
    wrong: dict[str, list[float]] = {
        "the sign: w ← w − η times the gradient.": told(eta=-eta),
        "η is missing.": told(eta=1.0),
        "η is there twice.": told(eta=eta**2),
        "the factor x is missing in a gradient: it is (x w − y) x.": told(
            of=lambda w, x, y: x * w - y
        ),
        "a factor 2 in the gradients: the ½ of the loss cancels it.": told(
            of=lambda w, x, y: 2 * gradient(w, x, y)
        ),
        "a factor ½ too much in the gradients: it cancels the 2 of the square.": told(
            of=lambda w, x, y: gradient(w, x, y) / 2
        ),
        "y − x w stands where x w − y belongs.": told(of=lambda w, x, y: (y - x * w) * x),
        "y is missing in the gradients.": told(of=lambda w, x, y: x * w * x),
        "those are no updates yet, but the gradients.": gradients,
        "those are the steps; each starts at the weight that the one before it left.": [
            -eta * g for g in gradients
        ],
        "those are the weights before each update; where does w stand after it?": [
            start,
            *right[:-1],
        ],
        "the weight at the start is left by no update; leave it out.": [start, *right],
    }
    if B == 1:
        wrong["every gradient was taken at the first weight, so these are the steps of a sum."] = (
            told(at_first=True)
        )
    else:
        wrong |= {
            "the gradients were added up; average them.": told(divide=lambda n: 1.0),
            "the examples were averaged, and not their gradients.": told(
                1, examples=_mean_examples(B, examples)
            ),
            "that is SGD, an update after each example.": told(1),
        }
    if B == 2:
        whole = told(drop_rest=True)
        wrong |= {
            "the second batch was taken at the first weight; it starts where the first batch "
            "ended.": told(at_first=True),
            "the third example was left out; alone it is a batch of one.": whole,
            "the third example makes an update too.": [*whole, *whole],
            "the last batch has one example: divide by 1, not by 2.": told(divide=lambda n: 2.0),
            "the first gradient of the batch alone was used.": told(1, examples=(first, last)),
            "that is batch learning: one update for all three.": told(3),
        }
    if B == 3:
        wrong |= {
            "the last gradient alone was used.": told(1, examples=(last,)),
            "the first gradient alone was used.": told(1, examples=(first,)),
            "that is where SGD ends; batch learning takes all gradients at the first weight.": (
                told(1)[-1:]
            ),
            "that is where the batches of two end.": told(2)[-1:],
            "divided by 2; there are three examples.": told(divide=lambda n: 2.0),
            "batch learning makes one update, not three: the last of these is the sum.": told(
                1, at_first=True
            ),
        }
    return {words: values for words, values in wrong.items() if values != right}


def by_hand(answer: Any) -> str:
    """The judge of the three traces, a dictionary with the lists of weights."""
    if not isinstance(answer, Mapping) or list(answer) != list(PARTS):
        names = ", ".join(f'"{name}"' for name in PARTS)
        raise Wrong(f"a dictionary with {names} is needed: fill in the dots, leave the rest.")
    said, is_open, is_wrong = [], False, False
    for name, B in PARTS.items():
        values = answer[name]
        given = values if isinstance(values, (list, tuple, np.ndarray)) else [values]
        if any(each is None or each is ... for each in given):
            is_open = True
            said.append(f"{name}: still open.")
            continue
        given = list(given)
        slips = {Slip(words): value for words, value in stories(B).items()}
        difference = find_slip(given, trace(B), slips)
        if difference is None:
            said.append(f"{name} is right.")
            continue
        is_wrong = True
        said.append(f"{name}: {_what_is_wrong(given, B, difference)}")
    if is_wrong:
        raise Wrong(" ".join(said))
    if is_open:
        raise NotAttempted("" if all("open" in each for each in said) else " ".join(said))
    return (
        "Three ways through the same three examples, and each ends elsewhere: "
        + ", ".join(f"{name} at {trace(B)[-1]:g}" for name, B in PARTS.items()).replace("-", "−")
        + "."
    )


def _what_is_wrong(given: list[Any], B: int, difference: Difference) -> str:
    right = trace(B)
    if difference.kind is Kind.SHAPE or len(given) != len(right):
        made = "one update is" if len(right) == 1 else f"{len(right)} updates are"
        return difference.words if difference.slips else f"{made} made; write a weight for each."
    if difference.kind is not Kind.WRONG:
        return difference.words
    first = next(i for i, (a, b) in enumerate(zip(given, right, strict=True)) if not same(a, b))
    if first == 0:
        return "the first weight is not right: which gradient is taken, and where?"
    return (
        f"the first {'weight is' if first == 1 else f'{first} weights are'} right, the next is "
        "not. At which weight is its gradient taken, and over how many examples is the mean?"
    )
