"""Data to learn from: real handwritten digits, and three small sets in the plane.

What no bias costs. Without bias a tanh network is odd, f(−x) = −f(x), and a relu network is
homogeneous, f(2x) = 2 f(x). The two moons and the two spirals are odd themselves (turned by half
a circle, one class lies on the other), so tanh learns them and relu does not. xor is the same at
x and −x, so a tanh network can learn nothing of it; a sigmoid network can, or a tanh network with
`constant=True`, a column of ones that does for the first layer what a bias does.

Source of the digits: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI
Machine Learning Repository (1998), doi 10.24432/C50P49, CC BY 4.0; the 1,797 of its test part, as
in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_nn import checks

Array = np.ndarray
Data = dict[str, Array]


def digits() -> Data:
    """The 1,797 real handwritten digits of 8 × 8 pixels.

    Returns {"x": (1797, 64) float64, ink 0 .. 16 row by row from the top left pixel,
    "y": (1797,) integers, the digits 0 .. 9}.
    """
    with np.load(Path(__file__).with_name("data") / "digits.npz", allow_pickle=False) as arrays:
        return {"x": arrays["x"].astype(np.float64), "y": arrays["y"].astype(np.int64)}


def split(
    data: Mapping[str, Any], *, seed: int, fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
) -> tuple[Data, Data, Data]:
    """Divide the examples at random into training, validation and test data.

    Each class of the labels "y" is divided in the same proportions (stratified).

    Args:
        data: {"x": (N, D), "y": (N,) integer labels, …}; rows stay together.
        seed: of the generator that draws the order.
        fractions: the shares of the three parts, which add up to 1.

    Raises ValueError or TypeError if the shares do not add up to 1, if the labels are not whole
    numbers, (N,), or if the arrays have different lengths.
    """
    possible = np.shape(fractions) == (3,) and min(fractions) >= 0
    if not possible or not abs(sum(fractions) - 1) <= 1e-9:
        raise ValueError(f"The three shares must be 0 or more and add up to 1; got {fractions}.")
    if not isinstance(data, Mapping):
        raise TypeError(f"The data must be a dict {{'x': …, 'y': …}}; got {checks.shown(data)}.")
    arrays = {name: np.asarray(values) for name, values in data.items()}
    if "y" not in arrays:
        raise ValueError(f"The data needs the labels, y; got {', '.join(arrays) or 'nothing'}.")
    if arrays["y"].ndim != 1 or arrays["y"].dtype.kind not in "iu":
        raise ValueError(
            "split divides each class in the same proportions, so y must be integer labels, (N,); "
            f"got {arrays['y'].dtype} of shape {arrays['y'].shape}."
        )
    checks.same_rows(arrays)
    rng = np.random.default_rng(checks.seed(seed))
    parts: list[list[Array]] = [[], [], []]
    for label in np.unique(arrays["y"]):
        rows = rng.permutation(np.flatnonzero(arrays["y"] == label))
        cuts = np.round(np.cumsum(fractions[:2]) * len(rows)).astype(int)
        for part, chosen in zip(parts, np.split(rows, cuts), strict=True):
            part.append(chosen)
    orders = [rng.permutation(np.concatenate(part)) for part in parts]
    train, validation, test = ({n: a[order] for n, a in arrays.items()} for order in orders)
    return train, validation, test


def standardise(train: Array, *others: Array, limit: float = 3.0) -> tuple[Array, ...]:
    """Subtract from each column its mean over `train`, and divide by its standard deviation there.

    The other arrays get the numbers of `train`, because nothing may be learned from held-out
    data. A column that is constant in `train` becomes 0 everywhere. What is further than `limit`
    deviations from the mean is set to that limit: a pixel that is nearly always empty would
    otherwise shout when it is not.

    Args:
        train: (N, D). others: arrays (·, D), such as validation and test inputs.
        limit: in standard deviations; np.inf for none.

    Returns the arrays in the same order. Raises ValueError or TypeError if one is not (·, D).
    """
    train, *others = (checks.finite("standardise", x) for x in (train, *others))
    if any(x.ndim != 2 or x.shape[1] != train.shape[1] for x in (train, *others)):
        shapes = ", ".join(str(x.shape) for x in (train, *others))
        raise ValueError(f"standardise needs arrays of shape (·, D) with the same D; got {shapes}.")
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    used = np.ptp(train, axis=0) > 0  # the deviation of equal numbers may be a rounding error
    scale = np.where(used, deviation, 1.0)
    return tuple(
        np.clip(np.where(used, (x - mean) / scale, 0.0), -limit, limit) for x in (train, *others)
    )


def xor(*, constant: bool = False) -> Data:
    """The four corners (±1, ±1); label 1 where the two signs differ.

    Returns {"x": (4, 2) or with a constant column (4, 3), "y": (4,)}.
    """
    x = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    return _plane(x, np.array([0, 1, 1, 0]), constant)


def two_moons(
    examples: int = 200, *, noise: float = 0.1, seed: int, constant: bool = False
) -> Data:
    """Two interleaved half circles with normal noise, centred at the origin; labels 0 and 1.

    Returns {"x": (examples, 2) or with a constant column (examples, 3), "y": (examples,)}.
    """
    rng = np.random.default_rng(checks.seed(seed))
    y = np.arange(checks.whole_number("examples", examples)) % 2
    angle = rng.uniform(0, np.pi, size=examples)
    upper = np.column_stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25])
    x = np.where(y[:, None] == 0, upper, -upper) + rng.normal(
        0, checks.number("noise", noise), size=(examples, 2)
    )
    return _plane(x, y, constant)


def spirals(examples: int = 200, *, noise: float = 0.05, seed: int, constant: bool = False) -> Data:
    """Two arms that wind once around the origin, with normal noise; labels 0 and 1.

    Returns {"x": (examples, 2) or with a constant column (examples, 3), "y": (examples,)}.
    """
    rng = np.random.default_rng(checks.seed(seed))
    y = np.arange(checks.whole_number("examples", examples)) % 2
    turn = rng.uniform(0.1, 1, size=examples)  # how far along the arm
    angle = 2 * np.pi * turn + np.pi * y
    x = 2 * turn[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _plane(x + rng.normal(0, checks.number("noise", noise), size=x.shape), y, constant)


def _plane(x: Array, y: Array, constant: bool) -> Data:
    return {"x": np.column_stack([x, np.ones(len(x))]) if constant else x, "y": y}
