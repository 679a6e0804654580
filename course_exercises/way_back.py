"""The whole way back of a network with tanh, of one example: as it should be, and with a slip.

The judge of the exercise that asks for all three gradients.
"""

import re
from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np

from course_exercises.cases import DIFFERS, HUGE, NO_NUDGING, Results, uses_each_argument
from course_exercises.question import Kind, Slip, Wrong, call, find_slip, same

Array = np.ndarray
Slope = Callable[[Array, Array], Array]


def name_part(
    what: str, answer: Any, right: Any, naming: dict[str, Any], others: dict[str, Any]
) -> None:
    """`name_slip` for one part of the answer, which is named in front of what is said.

    Args:
        naming: slips whose words name the part already.
        others: slips whose words do not.
    """
    slips = {Slip(words): value for words, value in naming.items()}
    also = {Slip(words): value for words, value in others.items()}
    difference = find_slip(answer, right, slips | also)
    if difference:
        named = any(slip in slips for slip in difference.slips)
        raise Wrong(difference.words if named else f"{what}: {difference.words}")


def _slope(z: Array, h: Array) -> Array:
    return 1 - h**2


def _weights(W1: Array, W2: Array, W3: Array) -> tuple[Array, Array, Array]:
    return W1, W2, W3


def _last(x: Array, h1: Array, h2: Array) -> Array:
    return h2


def _as_it_is(a: Array) -> Array:
    return a


def _one(z: Array, h: Array) -> Array:
    return np.ones_like(z)


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _way_back(
    x: Array,
    y: Array,
    W1: Array,
    W2: Array,
    W3: Array,
    *,
    ahead: Callable[..., tuple[Array, Array, Array]] = _weights,
    third: Callable[[Array, Array, Array], Array] = _last,
    f1: Callable[[Array], Array] = np.tanh,
    f2: Callable[[Array], Array] = np.tanh,
    output: Callable[[Array], Array] = np.positive,
    start: Callable[[Array, Array], Array] = np.subtract,
    back3: Callable[[Array], Array] = np.transpose,
    slope2: Slope = _slope,
    on_the_way: Callable[[Array, Array, Array], Array] | None = None,
    back2: Callable[[Array], Array] = np.transpose,
    slope1: Slope = _slope,
    deltas: bool = False,
) -> list[Array]:
    """The three gradients with tanh; each option alters one line.

    Args:
        ahead: the weights with which the forward pass goes, from W1, W2, W3.
        third: what is multiplied by W3, from x, h1, h2.
        on_the_way: what goes on to δ1, from δ3, δ3 W3ᵀ and the slope; δ2 if not given.
        deltas: whether the three δ are returned in place of the gradients.
    """
    U1, U2, U3 = ahead(W1, W2, W3)
    z1 = x @ U1
    h1 = f1(z1)
    z2 = h1 @ U2
    h2 = f2(z2)
    delta3 = start(output(third(x, h1, h2) @ U3), y)
    back = delta3 @ back3(W3)
    delta2 = back * slope2(z2, h2)
    passed = on_the_way(delta3, back, slope2(z2, h2)) if on_the_way else delta2
    delta1 = (passed @ back2(W2)) * slope1(z1, h1)
    if deltas:
        return [delta1, delta2, delta3]
    return [x.T @ delta1, h1.T @ delta2, h2.T @ delta3]


def _both(slope: Slope) -> dict[str, Any]:
    return {"slope1": slope, "slope2": slope}


_SLIPS: dict[str, dict[str, Any]] = {  # what to say, and the lines that make the slip
    "the derivative of the activation is missing in both layers.": _both(_one),
    "f′(z1) is missing.": {"slope1": _one},
    "f′(z2) is missing.": {"slope2": _one},
    "f′(z2) is missing on the way to δ1: δ1 is made from δ2.": {
        "on_the_way": lambda delta3, back, slope: back
    },
    "on the way to δ1 f′(z2) stands there twice, and f′(z1) is missing: it is taken where you "
    "arrive.": {"on_the_way": lambda delta3, back, slope: back * slope**2, "slope1": _one},
    "h (1 − h) is the derivative of the sigmoid; here it is tanh.": _both(lambda z, h: h * (1 - h)),
    "h (1 − h) in layer 1 is the derivative of the sigmoid; here it is tanh.": {
        "slope1": lambda z, h: h * (1 - h)
    },
    "h (1 − h) in layer 2 is the derivative of the sigmoid; here it is tanh.": {
        "slope2": lambda z, h: h * (1 - h)
    },
    "the network has the activation sigmoid; here it is tanh.": {
        "f1": _sigmoid,
        "f2": _sigmoid,
        **_both(lambda z, h: h * (1 - h)),
    },
    "forward goes the sigmoid, and back the derivative of tanh; here both are tanh.": {
        "f1": _sigmoid,
        "f2": _sigmoid,
    },
    "forward tanh is missing after the first layer.": {"f1": _as_it_is},
    "forward tanh is missing after the second layer.": {"f2": _as_it_is},
    "forward tanh is missing in both layers.": {"f1": _as_it_is, "f2": _as_it_is},
    "tanh is missing in the first layer, forward and back.": {"f1": _as_it_is, "slope1": _one},
    "tanh is missing in the second layer, forward and back.": {"f2": _as_it_is, "slope2": _one},
    "there is no activation: tanh is missing, forward and back.": {
        "f1": _as_it_is,
        "f2": _as_it_is,
        **_both(_one),
    },
    "the output passed through tanh too; z3 is the last product itself.": {"output": np.tanh},
    "the output passed through tanh too, forward and back; z3 is the last product itself.": {
        "output": np.tanh,
        "start": lambda o, y: (o - y) * (1 - o**2),
    },
    "z3 has no activation, so there is no f′ in δ3.": {
        "start": lambda z3, y: (z3 - y) * (1 - z3**2)
    },
    "∂L/∂W2: the sign is wrong, and there alone: in its own line, or in both 1 − h².": _both(
        lambda z, h: h**2 - 1
    ),
    "the sign: δ3 is z3 − y.": {"start": lambda z3, y: y - z3},
    "a factor 2: the ½ of the loss cancels it.": {"start": lambda z3, y: 2 * (z3 - y)},
    "half the gradient: a factor ½.": {"start": lambda z3, y: (z3 - y) / 2},
    "y is missing: δ3 is z3 − y.": {"start": lambda z3, y: z3},
    "y was added: δ3 is z3 − y.": {"start": np.add},
    "the signs of δ3 were lost: it is z3 − y.": {"start": lambda z3, y: np.abs(z3 - y)},
    "∂L/∂W3: the square was not differentiated: δ3 is z3 − y, not ½ (z3 − y)².": {
        "start": lambda z3, y: (z3 - y) ** 2 / 2
    },
    "∂L/∂W3: the square was not differentiated: δ3 is z3 − y, not (z3 − y)².": {
        "start": lambda z3, y: (z3 - y) ** 2
    },
    "that is the mean over the outputs; δ3 is no mean.": {
        "start": lambda z3, y: (z3 - y) / z3.shape[1]
    },
    "those are the three δ; each is still to be multiplied by what came in.": {"deltas": True},
}
_WRONG_SLOPES: dict[str, Slope] = {  # in one layer or in both
    "the derivative was computed as 1 − z²; it is 1 − h².": lambda z, h: 1 - z**2,
    "h is the value already: 1 − h², without another tanh.": lambda z, h: 1 - np.tanh(h) ** 2,
    "1 − h instead of 1 − h²: the square is missing.": lambda z, h: 1 - h,
    "1 − 2h instead of 1 − h²: the square is h**2.": lambda z, h: 1 - 2 * h,
    "(1 − h)² instead of 1 − h²: only h is squared.": lambda z, h: (1 - h) ** 2,
    "h² alone; the derivative of tanh is 1 − h².": lambda z, h: h**2,
    "that is 1 + h²: mind the sign.": lambda z, h: 1 + h**2,
    "h alone is no derivative; it is 1 − h².": lambda z, h: h,
    "1 − h² stands there twice.": lambda z, h: (1 - h**2) ** 2,
    "h is too much: 1 − h² is the derivative of tanh.": lambda z, h: h * (1 - h**2),
}


def _in_layer(layer: int, words: str) -> str:
    """What is said of a wrong slope if it is in one layer alone."""
    return f"∂L/∂W{layer}: " + re.sub(r"(?<![a-z])([hz])(?=[²) ])", rf"\g<1>{layer}", words)


for _words, _wrong in _WRONG_SLOPES.items():
    _SLIPS[_words] = _both(_wrong)
    _SLIPS |= {_in_layer(layer, _words): {f"slope{layer}": _wrong} for layer in (1, 2)}


def _first_path(W: Array) -> Array:
    """Wᵀ with the path to the first unit alone."""
    return np.vstack([W.T[:1], 0 * W.T[1:]])


def _last_path(W: Array) -> Array:
    return np.vstack([0 * W.T[:-1], W.T[-1:]])


def _slips(W1: Array, W2: Array, W3: Array) -> dict[str, dict[str, Any]]:
    """All slips that can be told apart with matrices of these shapes."""
    slips = dict(_SLIPS)
    for name, W, option in ("W3", W3, "back3"), ("W2", W2, "back2"):
        if W.shape[1] > 1:
            slips |= {
                f"on the way back through {name} only the path to the first unit is there. Does "
                "`return` stand in a loop?": {option: _first_path},
                f"on the way back through {name} only the path to the last unit is there. In a "
                "loop, = overwrites what was there: write +=.": {option: _last_path},
                f"{name} was summed before it was multiplied; multiply along each path.": {
                    option: lambda W: np.tile(W.sum(1), (W.shape[1], 1))
                },
            }
        if W.shape[0] == W.shape[1]:  # only then do these give no error
            slips |= {
                f"δ{name[1]} was not taken back through {name}.": {
                    option: lambda W: np.eye(len(W))
                },
                f"{name} is not transposed on the way back.": {option: _as_it_is},
            }
    if W2.shape == W3.shape and W2.shape[0] == W2.shape[1]:
        slips |= {
            "W2 and W3 are not transposed on the way back.": {
                "back2": _as_it_is,
                "back3": _as_it_is,
            },
            "forward h1 stands where h2 belongs: z3 = h2 W3.": {"third": lambda x, h1, h2: h1},
            "forward x stands where h2 belongs: z3 = h2 W3.": {"third": lambda x, h1, h2: x},
            "W3 stands where W2 belongs, on the way to δ1.": {"back2": lambda W: W3.T},
            "W2 stands where W3 belongs, on the way to δ2.": {"back3": lambda W: W2.T},
            "W2 and W3 are exchanged on the way back.": {
                "back2": lambda W: W3.T,
                "back3": lambda W: W2.T,
            },
            "δ3 went back through W2; δ1 is made from δ2.": {
                "on_the_way": lambda delta3, back, slope: delta3
            },
            "δ1 was made from δ3 and W3, as δ2 is; it is made from δ2 and W2.": {
                "on_the_way": lambda delta3, back, slope: delta3,
                "back2": lambda W: W3.T,
            },
        }
    if len({W.shape for W in (W1, W2, W3)}) == 1 and W1.shape[0] == W1.shape[1]:
        slips |= {
            f"forward {words}": {"ahead": lambda *W, order=order: [W[i] for i in order]}
            for words, order in {
                "W1 and W2 are exchanged.": (1, 0, 2),
                "W2 and W3 are exchanged.": (0, 2, 1),
                "W1 and W3 are exchanged.": (2, 1, 0),
                "W1 was used twice; the second product takes W2.": (0, 0, 2),
                "W2 was used twice; the first product takes W1.": (1, 1, 2),
                "W2 was used twice; the last product takes W3.": (0, 1, 1),
                "W3 was used twice; the second product takes W2.": (0, 2, 2),
            }.items()
        }
        slips |= {
            f"forward W{i + 1} is transposed.": {
                "ahead": lambda *W, i=i: [each.T if j == i else each for j, each in enumerate(W)]
            }
            for i in range(3)
        }
    return slips


def all_three(answer: Callable[..., Any]) -> str:
    """The judge of a function that returns the three gradients for one example."""
    rng = np.random.default_rng(5)
    cases = []
    for widths in ((3, 3, 3, 3), (5, 4, 3, 2), (2, 3, 4, 5), (4, 1, 3, 1)):
        x, y = rng.normal(size=(1, widths[0])), rng.normal(size=(1, widths[3]))
        W1, W2, W3 = (rng.normal(size=shape) for shape in pairwise(widths))
        cases.append({"x": x, "y": y, "W1": W1, "W2": W2, "W3": W3})
    results = Results(answer)
    for case in cases:
        _one_case(results, case, cases)
    large: dict[str, Any] = {**cases[0], "y": HUGE * cases[0]["y"]}
    if not _alike(results.of(large), _way_back(**large)):
        raise Wrong(f"all three are right for the other examples, but not for {NO_NUDGING}.")
    said = "All three hold on networks of several widths"
    several = {"x": rng.normal(size=(4, 3)), "y": rng.normal(size=(4, 2))}
    several |= {
        f"W{i + 1}": rng.normal(size=shape) for i, shape in enumerate(pairwise((3, 5, 3, 2)))
    }
    added = _way_back(**several)
    try:
        result = call(answer, **several)
    except Exception:
        result = []
    if any(_alike(result, [g / share for g in added]) for share in (1, 4)):
        return f"{said}."
    return (
        f"{said}, with one example. With several x.T @ delta1 adds up over them; what you wrote "
        "does not."
    )


def _one_case(results: Results, case: dict[str, Array], cases: list[dict]) -> None:
    result = results.of(case)
    if not isinstance(result, (tuple, list)) or len(result) != 3:
        raise Wrong("return three arrays: dW1, dW2, dW3.")
    right = _way_back(**case)
    if _alike(result, right):
        return
    if any(_alike(result, list(others)) for others in permutations(right)):
        raise Wrong("the three are right, but in the wrong order: dW1, dW2, dW3.")
    if _alike(result, [g.T for g in right]):
        raise Wrong("all three are transposed.")
    weights = [case["W1"], case["W2"], case["W3"]]
    if all(_is_a_step(mine, W, g) for mine, W, g in zip(result, weights, right, strict=True)):
        raise Wrong("those are the updated weights; the gradients are wanted.")
    named = [words for words in _slips(*weights) if _explains(results, words, case)]
    kept = [words for words in named if all(_explains(results, words, other) for other in cases)]
    if kept:
        raise Wrong(" Or: ".join(kept))
    if named:
        raise Wrong(f"the numbers are not right. {DIFFERS}")
    early = _updated_too_early(result, **case, right=right)
    if early:
        raise Wrong(
            f"{early} was updated too early: the way back goes through the weights of the "
            "forward pass. First all gradients, then all updates."
        )
    uses_each_argument(results, case)
    # From the output back: the first wrong one shows where the slip is.
    for number in (3, 2, 1):
        name, mine, gradient = f"W{number}", result[number - 1], right[number - 1]
        slips = _of_one_matrix(name, **case)
        difference = find_slip(mine, gradient, {Slip(words): g for words, g in slips.items()})
        if difference and difference.kind is Kind.SLIP:
            fits = [s for s in difference.slips if _fits_all(results, name, s.words, cases)]
            slips = {s.words: slips[s.words] for s in fits}
        name_part(f"∂L/∂{name}", mine, gradient, {}, slips)


def _fits_all(results: Results, name: str, words: str, cases: list[dict]) -> bool:
    """Whether a slip of one matrix explains its gradient in all cases."""
    for case in cases:
        slips = _of_one_matrix(name, **case)
        try:
            if words in slips and not same(results.of(case)[int(name[1]) - 1], slips[words]):
                return False
        except Exception:  # as in _explains
            continue
    return True


def _explains(results: Results, words: str, case: dict[str, Array]) -> bool:
    """Whether this slip explains what comes out in a case, as far as the case can tell."""
    slips = _slips(case["W1"], case["W2"], case["W3"])
    if words not in slips:
        return True
    try:
        return _alike(results.of(case), _way_back(**case, **slips[words]))
    except Exception:  # of the student's code, with arrays that fit together no more
        return True


def _of_one_matrix(name: str, x: Array, y: Array, W1: Array, W2: Array, W3: Array) -> dict:
    """What to say of slips that touch the gradient of this matrix alone, and what comes out."""
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    delta1 = (delta2 @ W2.T) * (1 - h1**2)
    came_in = {"x": x, "h1": h1, "h2": h2}
    arrived = {"δ1": delta1, "δ2": delta2, "δ3": delta3}
    what, delta = {"W1": ("x", "δ1"), "W2": ("h1", "δ2"), "W3": ("h2", "δ3")}[name]
    right = came_in[what].T @ arrived[delta]
    slips = {
        "that is the transpose.": right.T,
        "the sign is wrong.": -right,
        "a factor 2.": 2 * right,
        "a factor ½.": right / 2,
        f"the signs of {delta} were lost.": came_in[what].T @ np.abs(arrived[delta]),
        f"the signs of {what} were lost.": np.abs(came_in[what]).T @ arrived[delta],
        f"{delta} was squared.": came_in[what].T @ arrived[delta] ** 2,
    }
    slips |= {
        f"{other} was used where {what} belongs: what came in at {name} is {what}.": (
            value.T @ arrived[delta]
        )
        for other, value in came_in.items()
        if other != what
    }
    slips |= {
        f"{other} was used where {delta} belongs: {name} feeds z{name[1]}.": (
            came_in[what].T @ value
        )
        for other, value in arrived.items()
        if other != delta
    }
    if name == "W3":
        return slips | {
            "only z3 was multiplied by h2ᵀ: put brackets around z3 − y.": h2.T @ (h2 @ W3) - y,
            "z3 has no activation, so there is no f′ in δ3.": (
                h2.T @ (delta3 * (1 - (h2 @ W3) ** 2))
            ),
            "the square was not differentiated: δ3 is z3 − y, not ½ (z3 − y)².": (
                h2.T @ (delta3**2 / 2)
            ),
        }
    value = came_in[what]
    back, own, other = {
        "W1": (delta2 @ W2.T, "h1", "h2"),
        "W2": (delta3 @ W3.T, "h2", "h1"),
    }[name]
    h = came_in[own]
    slips |= {
        f"(1 − {own})² instead of 1 − {own}²: only {own} is squared.": value.T
        @ (back * (1 - h) ** 2),
        f"brackets are missing: write (1 - {own}**2).": value.T @ (back * 1 - h**2),
        "f′ was added; back through the activation it is a factor.": value.T @ (back + 1 - h**2),
        "it was divided by f′; back through the activation it is a factor.": value.T
        @ (back / (1 - h**2)),
    }
    if h.shape == came_in[other].shape:
        slips[f"the slope is taken where you arrive: 1 − {own}², not 1 − {other}²."] = value.T @ (
            back * (1 - came_in[other] ** 2)
        )
    return slips


def _updated_too_early(
    result: Any, x: Array, y: Array, W1: Array, W2: Array, W3: Array, right: list[Array]
) -> str:
    """ "W3" or "W2", if the gradient behind it shows that it was changed by −η times its own.

    Or "", if neither explains the numbers.
    """
    h1 = np.tanh(x @ W1)
    h2 = np.tanh(h1 @ W2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    if not _alike(result[2:], right[2:]):
        return ""
    if _is_a_step(result[1], right[1], h1.T @ ((delta3 @ right[2].T) * (1 - h2**2))):
        return "W3"
    change = x.T @ ((delta2 @ right[1].T) * (1 - h1**2))
    alike = _alike(result[1:2], right[1:2])
    return "W2" if alike and _is_a_step(result[0], right[0], change) else ""


def _is_a_step(mine: Any, right: Array, change: Array) -> bool:
    """Whether `mine` is right − η · change, with some learning rate η above 0."""
    difference = find_slip(mine, right, {})
    if difference is None or difference.kind is not Kind.WRONG:
        return False
    off = right - np.asarray(mine, dtype=float)
    eta = float((off * change).sum() / (change**2).sum())
    return eta > 1e-6 and same(off, eta * change)


def _alike(result: Any, arrays: list[Array]) -> bool:
    try:
        return all(same(mine, array) for mine, array in zip(result, arrays, strict=True))
    except (TypeError, ValueError):
        return False
