"""A claim that is wrong, to be refuted by a small example.

Each claim comes with numbers that the example has to keep, other ones in each form. Any example is
right that does; so the key has one, and says how one sees that another one is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from course_grading.exams import witnesses
from course_grading.exams.question import KeyLine, Part, Question, number, shared_out

KIND = "claims"
SMALL = 1e-4  # of a learning rate
ONE_WEIGHT = (
    "z = x w is the whole network: one input, one weight, one output; L = ½ (z − y)², and J is the "
    "mean over the examples."
)
Numbers = dict[str, Any]
Slopes = Callable[..., float]


@dataclass(frozen=True)
class Claim:
    """A wrong claim.

    Args:
        setting: the network. words: what is claimed. task: what the example has to be.
        draw: the numbers that are given and an example with them; the given ones come first.
        given: the names of those.
        refutes: whether an example refutes it; told by the slopes that are handed to it.
        written, because: the example, and why it refutes the claim, with its numbers in {}.
        why: how the reason is asked for; it names all that `because` has.
        sees: how one sees that another example is right.
    """

    setting: str
    words: str
    task: str
    draw: Callable[[np.random.Generator], Numbers]
    given: tuple[str, ...]
    refutes: Callable[[Numbers, Slopes], bool]
    written: str
    because: str
    sees: str
    why: str


def _loss(w: Any, x: Any, y: Any) -> Any:
    return (x * w - y) ** 2 / 2


def _whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Never 0."""
    return int(rng.choice([n for n in range(low, high + 1) if n]))


def _opposite(rng: np.random.Generator) -> Numbers:
    w, apart = _whole(rng, -5, 5), _whole(rng, 1, 4)
    return {"w": w, "x0": 1, "y0": w - apart, "x1": 1, "y1": w + apart}


def _against(rng: np.random.Generator) -> Numbers:
    w, apart = _whole(rng, -5, 5), _whole(rng, 2, 4)
    return {"w": w, "x0": 1, "y0": w - 2 * apart, "x1": 1, "y1": w + 1}


def _large_and_small(rng: np.random.Generator) -> Numbers:
    small = _whole(rng, 1, 3)
    large = small + _whole(rng, 2, 5)
    return {"w0": large, "w1": small, "x0": 0, "x1": 1, "y": small + 2}


def _flat(rng: np.random.Generator) -> Numbers:
    v, y = _whole(rng, 2, 5), _whole(rng, -5, 5)
    return {"v": v, "y": y, "w": 0, "x": 1}


def _best(rng: np.random.Generator) -> Numbers:
    y = _whole(rng, -5, 5)
    return {"y0": y, "x0": 1, "x1": 2, "y1": 2 * y + 10}


def _too_far(rng: np.random.Generator) -> Numbers:
    w = _whole(rng, -5, 5)
    return {"w": w, "x": 3, "y": 3 * w - 2}


def _slopes_of_examples(n: Numbers, slope: Slopes) -> tuple[float, float]:
    one, other = (
        slope(lambda w, i=i: _loss(w, n[f"x{i}"], n[f"y{i}"]), float(n["w"])) for i in (0, 1)
    )
    return one, other


def _refutes_opposite(n: Numbers, slope: Slopes) -> bool:
    one, other = _slopes_of_examples(n, slope)
    return bool(np.isclose(one + other, 0, atol=1e-6) and abs(one) > 0.1)


def _refutes_against(n: Numbers, slope: Slopes) -> bool:
    one, other = _slopes_of_examples(n, slope)
    w = n["w"] - SMALL * (one + other) / 2
    before, after = (
        [_loss(at, n[f"x{i}"], n[f"y{i}"]) for i in (0, 1)] for at in (float(n["w"]), w)
    )
    return (
        sum(after) < sum(before)
        and max(b - a for a, b in zip(before, after, strict=True)) > 0
        and any(a > b for a, b in zip(after, before, strict=True))
    )


def _refutes_large(n: Numbers, slope: Slopes) -> bool:
    def loss(w: Any, place: int) -> Any:
        pair = [n["w0"], n["w1"]]
        pair[place] = w
        return (n["x0"] * pair[0] + n["x1"] * pair[1] - n["y"]) ** 2 / 2

    one, other = (slope(lambda w, i=i: loss(w, i), float(n[f"w{i}"])) for i in (0, 1))
    return n["w0"] > n["w1"] and abs(one) < abs(other) - 0.1


def _refutes_flat(n: Numbers, slope: Slopes) -> bool:
    z = float(n["x"] * n["w"])
    here = slope(lambda z: (n["v"] * anp.tanh(z) - n["y"]) ** 2 / 2, z)
    return bool(np.tanh(z) == 0 and abs(here) > 0.1)


def _refutes_best(n: Numbers, slope: Slopes) -> bool:
    mean = (n["y0"] / n["x0"] + n["y1"] / n["x1"]) / 2
    one, other = _slopes_of_examples({**n, "w": mean}, slope)
    return abs(one + other) > 0.1


def _refutes_too_far(n: Numbers, slope: Slopes) -> bool:
    here = slope(lambda w: _loss(w, n["x"], n["y"]), float(n["w"]))
    return bool(_loss(n["w"] - here / 2, n["x"], n["y"]) > _loss(n["w"], n["x"], n["y"]) + 0.1)


HIDDEN_UNIT = (
    "a = x w, h = tanh(a), z = v h: one input, one hidden unit, one output; L = ½ (z − y)²."
)
CLAIMS: dict[str, Claim] = {
    "opposite slopes": Claim(
        ONE_WEIGHT,
        "If the derivative of J by w is 0, then so is the derivative of the loss of each example.",
        "Refute it for w = {w}: give two examples (x, y).",
        _opposite,
        ("w",),
        _refutes_opposite,
        "({x0}, {y0}) and ({x1}, {y1})",
        "the two derivatives are {w} − {b0} = {e0} and {w} − {b1} = {e1}; their mean is 0",
        "the two derivatives (x w − y) x are not 0 and differ only in their sign",
        "Compute the derivative of each loss, and their mean.",
    ),
    "a loss that rises": Claim(
        ONE_WEIGHT,
        "An update of batch learning, with a learning rate that is small enough, lowers the "
        "loss of each example.",
        "Refute it for w = {w}: give two examples (x, y).",
        _against,
        ("w",),
        _refutes_against,
        "({x0}, {y0}) and ({x1}, {y1})",
        "the derivatives at w are {e0} and {e1}; the mean has the sign of the first, so w moves "
        "away "
        "from where the second example wants it",
        "the two derivatives (x w − y) x have opposite signs, and not the same size",
        "Compute the derivative of each loss, and say which way w moves, and whose loss rises.",
    ),
    "large and small": Claim(
        "z = x[0] w[0] + x[1] w[1], with one example; L = ½ (z − y)².",
        "Of two weights the one with the larger value has the larger derivative (without its "
        "sign).",
        "Refute it for w = ({w0}, {w1}): give x = (x[0], x[1]) and y, and both derivatives.",
        _large_and_small,
        ("w0", "w1"),
        _refutes_large,
        "x = ({x0}, {x1}), y = {y}: the derivatives are 0 and −2",
        "z = {w1}, so they are (z − y) x[0] = −2 · 0 and (z − y) x[1] = −2 · 1",
        "x[0] is the smaller one without its sign, and z is not y",
        "Show how the derivatives come about.",
    ),
    "a unit at 0": Claim(
        HIDDEN_UNIT,
        "If the value of the hidden unit is h = 0, then the derivative of L by a is 0.",
        "Refute it for v = {v}, y = {y}: give x and w, and the derivative of L by a.",
        _flat,
        ("v", "y"),
        _refutes_flat,
        "x = {x}, w = {w}: the derivative by a is {vy}",
        "h = tanh(0) = 0, where tanh is steepest: its slope is 1, and (0 − y) v is not 0",
        "x w = 0; the derivative by a is the same",
        "Give the slope of tanh there, and show how the derivative comes about.",
    ),
    "the best weight": Claim(
        ONE_WEIGHT,
        "The weight at which J is smallest is the mean of the weights at which the examples have "
        "their smallest losses.",
        "Refute it for two examples, of which the first is ({x0}, {y0}): give the second, (x, y).",
        _best,
        ("y0",),
        _refutes_best,
        "({x1}, {y1})",
        "the examples have their best weights at {best0} and {best1}; at the mean, {mean}, the "
        "derivatives (x w − y) x are {at0} and {at1}, and their mean is not 0",
        "x is neither 0, 1 nor −1, and y / x is not {y0}",
        "Compute where each loss is smallest, the mean of these weights, and the derivatives of "
        "both losses there.",
    ),
    "a step too far": Claim(
        ONE_WEIGHT,
        "An update of SGD lowers the loss of the example with which it is made.",
        "Refute it for w = {w} and η = ½: give the example (x, y).",
        _too_far,
        ("w",),
        _refutes_too_far,
        "({x}, {y})",
        "z − y is {error}, the derivative {slope}, and w moves to {after}; there z − y is "
        "{then}: the step went too far",
        "x² is more than 4, and y is not x w",
        "Compute the derivative, where w moves, and z − y before and after.",
    ),
}


def draw(rng: np.random.Generator, name: str, form: int, *, points: int, minutes: int) -> Question:
    """A question with this claim; each form has other given numbers."""
    claim = CLAIMS[name]
    met: list[tuple[Any, ...]] = []
    while len(met) <= form:  # the numbers of the forms before, which this one must not have
        numbers = claim.draw(rng)
        given = tuple(numbers[each] for each in claim.given)
        if given not in met:
            met.append(given)
    written = {each: number(value) for each, value in numbers.items()}
    written |= _further(numbers)
    half, rest = shared_out(points, [1, 1])
    return Question(
        kind=KIND,
        family=name,
        level=2,
        title="A claim that is wrong",
        minutes=minutes,
        intro=(claim.setting, f"Somebody says: “{claim.words}”"),
        parts=(
            Part(
                f"{claim.task.format(**written)} {claim.why}",
                (
                    KeyLine("the example", claim.written.format(**written), half, value=numbers),
                    KeyLine("why", claim.because.format(**written), rest, prose=True),
                ),
                room=5,
                open="Another example is right if it fulfils this: "
                f"{claim.sees.format(**written)}. Its reason is the same, with its own numbers.",
            ),
        ),
        products=2,
        facts={"claim": name, "numbers": numbers},
        follow="If somebody has changed a number that was given, and the example refutes the claim "
        "with the changed number, it has half of the points.",
    )


def _further(n: Numbers) -> dict[str, str]:
    """What the reasons compute from the numbers."""
    found = {}
    for i in (0, 1):
        if f"x{i}" in n and "w" in n:
            found[f"e{i}"] = number((n[f"x{i}"] * n["w"] - n[f"y{i}"]) * n[f"x{i}"])
            y = number(n[f"y{i}"])
            found[f"b{i}"] = f"({y})" if n[f"y{i}"] < 0 else y
    if "v" in n:
        found["vy"] = number(-n["y"] * n["v"])
    if "y0" in n and "w" not in n:
        best = [n[f"y{i}"] / n[f"x{i}"] for i in (0, 1)]
        mean = sum(best) / 2
        found |= {f"best{i}": number(each) for i, each in enumerate(best)}
        found["mean"] = number(mean)
        for i in (0, 1):
            found[f"at{i}"] = number((n[f"x{i}"] * mean - n[f"y{i}"]) * n[f"x{i}"])
    if "x" in n and "v" not in n:
        error = n["x"] * n["w"] - n["y"]
        after = n["w"] - error * n["x"] / 2
        found |= {"error": number(error), "slope": number(error * n["x"])}
        found |= {"after": number(after), "then": number(n["x"] * after - n["y"])}
    return found


def slope_by_autograd(f: Callable[[Any], Any], at: float) -> float:
    """The derivative of a function of one number."""
    return float(autograd.grad(f)(at))


def slope_by_differences(f: Callable[[Any], Any], at: float) -> float:
    """The same by a nudge up and down."""
    return float((f(at + 1e-5) - f(at - 1e-5)) / 2e-5)


def prove(question: Question) -> list[str]:
    """What is wrong with the key: whether its example refutes the claim, by both witnesses."""
    claim, found = CLAIMS[question.facts["claim"]], []
    numbers = question.line("the example").value
    for slope in (slope_by_autograd, slope_by_differences):
        if not claim.refutes(numbers, slope):
            found.append(f"{question.line('the example').text} does not refute the claim.")
    written = {each: number(value) for each, value in numbers.items()} | _further(numbers)
    if question.line("the example").text != claim.written.format(**written):
        found.append("the example is not printed as it was tried.")
    if claim.task.format(**written) not in question.parts[0].text:
        found.append("the given numbers are not those of the example.")
    if not witnesses.is_close(
        *(_first(claim, numbers, s) for s in (slope_by_autograd, slope_by_differences))
    ):
        found.append("the witnesses do not agree.")
    return found


def _first(claim: Claim, numbers: Numbers, slope: Slopes) -> list[float]:
    """All slopes that the judge of a claim has asked for."""
    asked = []

    def noted(f: Callable[[Any], Any], at: float) -> float:
        asked.append(slope(f, at))
        return asked[-1]

    claim.refutes(numbers, noted)
    return asked


def bounds(question: Question) -> list[float]:
    """All numbers of the key's example."""
    return [float(n) for n in question.facts["numbers"].values()]
