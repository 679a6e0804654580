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

ROUNDING = 4 * float(np.finfo(np.float64).eps)  # relative; so far apart are equal numbers computed
Array = np.ndarray
Data = dict[str, Array]


def digits() -> Data:
    """The 1,797 real handwritten digits of 8 × 8 pixels.

    Returns {"x": (1797, 64) float64, ink 0 .. 16 row by row from the top left pixel,
    "y": (1797,) integers, the digits 0 .. 9}.
    """
    with np.load(Path(__file__).with_name("data") / "digits.npz", allow_pickle=False) as arrays:
        # Labels are intp, which np.bincount and indices take on every processor.
        return {"x": arrays["x"].astype(np.float64), "y": arrays["y"].astype(np.intp)}


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
    numbers, (N,), if the arrays have different lengths, or if a class has so few examples that a
    part with a share above 0 would get none of them.
    """
    possible = np.shape(fractions) == (3,) and min(fractions) >= 0
    if not possible or not abs(sum(fractions) - 1) <= 1e-9:
        raise ValueError(f"The three shares must be 0 or more and add up to 1; got {fractions}.")
    if not isinstance(data, Mapping):
        raise TypeError(f"The data must be a dict {{'x': …, 'y': …}}; got {checks.shown(data)}.")
    if "y" not in data:
        names = ", ".join(map(str, data))
        raise ValueError(f"The data needs the labels, y; got {names or 'nothing'}.")
    checks.same_index(data)
    arrays = {name: checks.rows(name, values) for name, values in data.items()}
    arrays["y"] = checks.labels_to_divide_by(data["y"])
    checks.same_rows(arrays)
    rng = np.random.default_rng(checks.seed(seed))
    parts: list[list[Array]] = [[], [], []]
    for label in np.unique(arrays["y"]):
        rows = rng.permutation(np.flatnonzero(arrays["y"] == label))
        divided = np.split(rows, _cuts(fractions, len(rows)))
        if empty := _empty_parts(fractions, len(rows)):
            raise ValueError(
                f"Class {label} has {checks.counted(len(rows), 'example')}, and with the shares "
                f"{fractions} none of them would be {empty[0]} data. Each class needs at least "
                f"{_examples_needed(fractions)}; or choose other shares, 0 for a part that you do "
                "not need."
            )
        for part, chosen in zip(parts, divided, strict=True):
            part.append(chosen)
    orders = [rng.permutation(np.concatenate(part)) for part in parts]
    train, validation, test = ({n: a[order] for n, a in arrays.items()} for order in orders)
    return train, validation, test


def _cuts(fractions: tuple[float, float, float], examples: int) -> Array:
    """Where the validation and the test data begin; half an example is rounded up."""
    return np.floor(np.cumsum(fractions[:2]) * examples + 0.5).astype(int)


def _empty_parts(fractions: tuple[float, float, float], examples: int) -> list[str]:
    """Which parts would be empty, though their share is not 0."""
    sizes = np.diff([0, *_cuts(fractions, examples), examples])
    parts = zip(("training", "validation", "test"), sizes, fractions, strict=True)
    return [name for name, size, share in parts if share > 0 and size == 0]


def _examples_needed(fractions: tuple[float, float, float]) -> int:
    """From how many examples of a class on no part is empty."""
    enough = int(np.ceil(1 / min(share for share in fractions if share > 0)))
    while enough > 1 and not _empty_parts(fractions, enough - 1):
        enough -= 1
    return enough


def standardise(train: Array, *others: Array, limit: float = 3.0) -> tuple[Array, ...]:
    """Subtract from each column its mean over `train`, and divide by its standard deviation there.

    The other arrays get the numbers of `train`, because nothing may be learned from held-out
    data. A column that is constant in `train` becomes 0 everywhere. What is further than `limit`
    deviations from the mean is set to that limit: a pixel that is nearly always empty would
    otherwise shout when it is not.

    Args:
        train: (N, D).
        *others: arrays (·, D), such as validation and test inputs.
        limit: in standard deviations; np.inf for none.

    Returns the arrays in the same order. Raises ValueError or TypeError if one is not (·, D), if
    every column of `train` is constant, as in a single row, so that nothing would be left, if a
    column varies only by rounding, or is so large or so small that its deviation is not a number,
    or if tables name their columns in another order.
    """
    is_number = isinstance(limit, (int, float, np.number)) and not isinstance(limit, bool)
    if not (is_number and limit > 0):
        raise ValueError(f"limit must be above 0, or np.inf; got {checks.shown(limit)}.")
    checks.same_columns(train, *others)
    train, *others = (checks.finite("standardise", x) for x in (train, *others))
    if any(x.ndim != 2 or x.shape[1] != train.shape[1] for x in (train, *others)):
        shapes = ", ".join(str(x.shape) for x in (train, *others))
        raise ValueError(f"standardise needs arrays of shape (·, D) with the same D; got {shapes}.")
    if not len(train) or not (used := (train != train[0]).any(axis=0)).any():
        raise ValueError(
            "standardise learns the deviation of each column from the training data, which have "
            f"shape {train.shape}: no column varies in them, so that all data would become 0. Give "
            "it the training data first, and one new example after them."
        )
    with np.errstate(all="ignore"):
        mean, deviation = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        spread = np.ptp(train, axis=0)
    if (rounded := np.flatnonzero(used & (spread < ROUNDING * np.abs(train).max(axis=0)))).size:
        column = train[:, rounded[0]]
        raise ValueError(
            f"Column {rounded[0]} of the training data has numbers like {column[0]:.6g}, which "
            f"differ by {spread[rounded[0]]:.1e}: that is their rounding. Round "
            "such a column, as by x.round(10), or leave it out; if it varies, subtract what is "
            "common to all its numbers first."
        )
    beyond = np.flatnonzero(used & ~((deviation > 0) & (deviation < np.inf)))
    if beyond.size:
        raise ValueError(
            f"Column {beyond[0]} of the training data has numbers like "
            f"{train[0, beyond[0]]:.1e}: their deviation is {deviation[beyond[0]]} in float64. "
            "Give it in another unit."
        )
    # the deviation of equal numbers may be a rounding error, so it is not asked which are used
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
    constant = checks.yes_or_no("constant", constant)
    return {"x": np.column_stack([x, np.ones(len(x))]) if constant else x, "y": y}
