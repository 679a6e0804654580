"""The data: the digits are those of the UCI repository, and a split loses and mixes nothing."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import refused
from tiers import examples

import course_nn as nn
from course_nn import datasets

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(40))


# ---------------------------------------------------------------- digits


def test_the_digits_are_those_known_from_scikit_learn():
    data = datasets.digits()
    x, y = data["x"], data["y"]
    assert x.shape == (1797, 64) and x.dtype == np.float64
    assert y.shape == (1797,) and y.dtype == np.int64
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (x.min(), x.max()) == (0, 16) and np.array_equal(x, np.round(x))
    assert y[:10].tolist() == list(range(10)) and y[-3:].tolist() == [8, 9, 8]
    # fmt: off
    assert x[0].tolist() == [
        0, 0, 5, 13, 9, 1, 0, 0,
        0, 0, 13, 15, 10, 15, 5, 0,
        0, 3, 15, 2, 0, 11, 8, 0,
        0, 4, 12, 0, 0, 8, 8, 0,
        0, 5, 8, 0, 0, 9, 8, 0,
        0, 4, 11, 0, 1, 12, 7, 0,
        0, 2, 14, 5, 10, 12, 0, 0,
        0, 0, 6, 13, 10, 0, 0, 0,
    ]
    # fmt: on
    assert x.sum() == 561718
    assert np.flatnonzero(x.max(axis=0) == 0).tolist() == [0, 32, 39]  # pixels without any ink


def test_the_digits_are_new_arrays_each_time():
    datasets.digits()["x"][:] = 0
    assert datasets.digits()["x"].sum() == 561718


def test_the_data_file_is_small_and_holds_nothing_else():
    file = Path(nn.__file__).parent / "data" / "digits.npz"
    assert file.stat().st_size < 60_000
    with np.load(file, allow_pickle=False) as arrays:
        assert sorted(arrays.files) == ["x", "y"]


# ---------------------------------------------------------------- split


def rows_with_identity(labels):
    """Row i holds i in every array, so that a lost or torn row shows."""
    rows = np.arange(len(labels))
    return {"x": np.column_stack([rows, -rows]), "y": np.asarray(labels), "row": rows}


def round_half_up(examples, fractions):
    """How many examples of a class each part gets, in whole numbers: tenths of an example."""
    tenths = [round(10 * share) for share in fractions]
    cuts = [(sum(tenths[:i]) * examples + 5) // 10 for i in range(4)]
    return [after - before for before, after in pairwise(cuts)]


@COURSE
@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    seed=st.integers(0, 1000),
    fractions=st.sampled_from([(0.6, 0.2, 0.2), (0.8, 0.1, 0.1), (0.5, 0.5, 0.0), (1, 0, 0)]),
)
def test_a_split_is_complete_disjoint_stratified_and_keeps_rows_together(labels, seed, fractions):
    data = rows_with_identity(labels)
    counts = [labels.count(label) for label in {*labels}]
    if any(round_half_up(n, fractions).count(0) > fractions.count(0) for n in counts):
        with pytest.raises(ValueError, match=r"none of them would be (training|validation|test)"):
            datasets.split(data, seed=seed, fractions=fractions)
        return
    parts = datasets.split(data, seed=seed, fractions=fractions)
    assert sorted(np.concatenate([part["row"] for part in parts])) == list(range(len(labels)))
    for part, share in zip(parts, fractions, strict=True):
        assert part.keys() == data.keys()
        for name in data:
            assert np.array_equal(part[name], data[name][part["row"]])
        for label in range(4):
            wanted = share * labels.count(label)
            assert abs((part["y"] == label).sum() - wanted) <= 1
    again = datasets.split(data, seed=seed, fractions=fractions)
    for part, same in zip(parts, again, strict=True):
        assert np.array_equal(part["row"], same["row"])


def test_another_seed_is_another_split_in_another_order():
    data = rows_with_identity(np.arange(300) % 3)
    first, second = (datasets.split(data, seed=seed)[0]["row"] for seed in (0, 1))
    assert set(first) != set(second)
    assert not np.array_equal(first, np.sort(first)), "the classes are mixed, not one by one"
    assert len(set(first[:20] % 3)) == 3


def test_the_digits_are_split_in_the_shares_asked_for():
    parts = datasets.split(datasets.digits(), seed=0, fractions=(0.6, 0.2, 0.2))
    sizes = [len(part["y"]) for part in parts]
    assert sum(sizes) == 1797 and np.allclose(np.array(sizes) / 1797, (0.6, 0.2, 0.2), atol=0.01)


@pytest.mark.parametrize(
    "fractions",
    [(0.6, 0.2, 0.1), (0.9, 0.3, -0.2), (0.5, 0.5), (0.25, 0.25, 0.25, 0.25), (np.nan, 0.5, 0.5)],
)
def test_shares_that_do_not_fit_are_refused(fractions):
    with pytest.raises(ValueError, match="three shares must be 0 or more and add up to 1"):
        datasets.split(rows_with_identity([0, 1]), seed=0, fractions=fractions)


def test_data_that_cannot_be_split_are_refused():
    with pytest.raises(ValueError, match="x has 3, y has 2"):
        datasets.split({"x": np.ones((3, 2)), "y": np.array([0, 1])}, seed=0)
    with pytest.raises(ValueError, match="needs the labels, y; got x"):
        datasets.split({"x": np.ones((3, 2))}, seed=0)


# ---------------------------------------------------------------- standardise


def test_standardise_uses_the_numbers_of_the_training_data_only():
    rng = np.random.default_rng(0)
    train, test = rng.normal(3, 2, size=(50, 4)), rng.normal(-1, 5, size=(20, 4))
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    mine, other, none = datasets.standardise(train, test, test[:0], limit=np.inf)
    np.testing.assert_allclose(mine, (train - mean) / deviation, rtol=1e-12)
    np.testing.assert_allclose(other, (test - mean) / deviation, rtol=1e-12)
    assert none.shape == (0, 4)
    np.testing.assert_allclose(mine.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(mine.std(axis=0), 1, rtol=1e-12)


def test_what_is_far_from_the_mean_is_set_to_the_limit():
    train = np.array([[-1.0], [1.0], [-1.0], [1.0]])
    _, far = datasets.standardise(train, np.array([[-9.0], [2.5], [9.0]]))
    assert far.tolist() == [[-3.0], [2.5], [3.0]]
    _, nearer = datasets.standardise(train, np.array([[-9.0], [0.5]]), limit=2)
    assert nearer.tolist() == [[-2.0], [0.5]]


@pytest.mark.parametrize("constant", [0.0, 0.1, 0.7, -1e9, 5])
@pytest.mark.parametrize("rows", [3, 7, 100])
def test_a_constant_column_becomes_zero(constant, rows):
    """Also where the mean of equal numbers is not quite that number: 0.1 three times."""
    train = np.column_stack([np.full(rows, constant), np.arange(rows)])
    mine, other = datasets.standardise(train, np.array([[constant + 1, 2.0]]))
    assert not mine[:, 0].any() and other[0, 0] == 0
    assert np.isfinite(mine).all()


def test_standardise_leaves_its_arguments():
    train = np.array([[1.0, 2], [3, 4]])
    datasets.standardise(train, train)
    assert train.tolist() == [[1.0, 2], [3, 4]]


# ---------------------------------------------------------------- the plane


def test_xor():
    data = datasets.xor()
    assert data["x"].tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert data["y"].tolist() == [0, 1, 1, 0]
    assert datasets.xor(constant=True)["x"][:, 2].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("make", [datasets.two_moons, datasets.spirals])
def test_the_two_classes_in_the_plane(make):
    data = make(201, seed=3)
    assert data["x"].shape == (201, 2) and data["x"].dtype == np.float64
    assert data["y"].shape == (201,) and np.bincount(data["y"]).tolist() == [101, 100]
    assert len(make(seed=0)["y"]) == 200
    same, other = make(201, seed=3), make(201, seed=4)
    assert np.array_equal(same["x"], data["x"]) and not np.array_equal(other["x"], data["x"])
    with_constant = make(201, seed=3, constant=True)["x"]
    assert np.array_equal(with_constant, np.column_stack([data["x"], np.ones(201)]))
    with pytest.raises(ValueError, match="examples must be 1 or more; got 0"):
        make(0, seed=0)
    with pytest.raises(TypeError, match="examples must be a whole number"):
        make(2.5, seed=0)


def test_the_moons_are_half_circles_that_turn_into_each_other():
    data = datasets.two_moons(400, noise=0, seed=0)
    x, y = data["x"], data["y"]
    upper = x[y == 0] + [0.5, 0.25]
    lower = -x[y == 1] + [0.5, 0.25]
    for moon in (upper, lower):
        np.testing.assert_allclose((moon**2).sum(axis=1), 1, rtol=1e-12)
        assert (moon[:, 1] >= -1e-12).all()
    assert np.abs(x.mean(axis=0)).max() < 0.1


def test_the_arms_of_the_spirals_wind_once_and_never_meet():
    data = datasets.spirals(400, noise=0, seed=0)
    x, y = data["x"], data["y"]
    turn = np.sqrt((x**2).sum(axis=1)) / 2
    assert (turn >= 0.1 - 1e-12).all() and (turn <= 1).all()
    angle = 2 * np.pi * turn + np.pi * y
    np.testing.assert_allclose(
        x, 2 * turn[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    )


def test_noise_moves_the_points():
    for make in (datasets.two_moons, datasets.spirals):
        still, noisy = make(300, noise=0, seed=1)["x"], make(300, noise=0.2, seed=1)["x"]
        assert (noisy - still).std() == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(
    "data, activation",
    [
        (datasets.xor(), "sigmoid"),
        (datasets.xor(constant=True), "tanh"),
        (datasets.two_moons(60, seed=0), "tanh"),
    ],
    ids=["xor", "xor with a constant", "moons"],
)
def test_networks_without_bias_can_learn_them(data, activation):
    model = nn.two_hidden_layer_network(data["x"].shape[1], 8, 8, 2, activation=activation, seed=0)
    nn.train_batch(model.loss, data, learning_rate=0.5, momentum=0.9, epochs=400)
    assert nn.evaluate(model.loss, data).accuracy == 1.0


def test_an_odd_network_without_bias_cannot_learn_xor():
    """z3(−x) = −z3(x), but x and −x have the same label: at most one of the two is right."""
    model = nn.two_hidden_layer_network(2, 8, 8, 2, activation="tanh", seed=0)
    data = datasets.xor()
    nn.train_batch(model.loss, data, learning_rate=0.5, momentum=0.9, epochs=300)
    assert nn.evaluate(model.loss, data).accuracy <= 0.5


@pytest.mark.parametrize(
    "labels", [np.ones(10), np.eye(10, dtype=int), np.array(["a"] * 10), np.full(10, np.nan)]
)
def test_split_needs_whole_numbers_for_labels(labels):
    with pytest.raises(ValueError, match="y must be integer labels"):
        nn.datasets.split({"x": np.ones((10, 2)), "y": labels}, seed=0)


def test_what_cannot_be_split_or_standardised_is_refused():
    with pytest.raises(TypeError, match="The data must be a dict"):
        nn.datasets.split((np.ones((4, 2)), np.zeros(4, dtype=int)), seed=0)
    with pytest.raises(ValueError, match="The three shares"):
        nn.datasets.split({"y": np.zeros(4, dtype=int)}, seed=0, fractions=0.8)
    with pytest.raises(ValueError, match=r"same D; got \(4, 2\), \(4, 3\)"):
        nn.datasets.standardise(np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"needs arrays of shape"):
        nn.datasets.standardise(np.ones((4, 2)), np.ones(2))
    with pytest.raises(TypeError, match="needs an array of numbers"):
        nn.datasets.standardise({"x": 1})
    with pytest.raises(ValueError, match="noise must be 0 or more"):
        nn.datasets.two_moons(10, noise=-1, seed=0)


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.5, 0.3, 0.2), (0.34, 0.33, 0.33)])
def test_a_class_with_too_few_examples_is_named_with_how_many_it_needs(fractions):
    """Not an empty validation part without a word."""
    labels = np.array([7] * 100 + [4] * 2)
    with pytest.raises(ValueError, match=r"Class 4 has 2 examples, .* would be (\w+) data") as few:
        datasets.split({"y": labels}, seed=0, fractions=fractions)
    needed = int(str(few.value).split("at least ")[1].split(";")[0])
    for number in range(needed, 60):  # enough is enough
        parts = datasets.split({"y": np.full(number, 4)}, seed=0, fractions=fractions)
        assert min(len(part["y"]) for part in parts) > 0
    with pytest.raises(ValueError, match=f"Class 4 has .* at least {needed};"):
        datasets.split({"y": np.full(needed - 1, 4)}, seed=0, fractions=fractions)


def test_a_part_with_share_zero_may_be_empty():
    parts = datasets.split({"y": np.arange(4) % 2}, seed=0, fractions=(0.5, 0.5, 0))
    assert [len(part["y"]) for part in parts] == [2, 2, 0]


def test_a_share_of_one_example_is_one_example():
    """0.3 · 5 and 0.5 · 5 are both halves; rounded to even numbers, nothing lay between them."""
    parts = datasets.split({"y": np.zeros(5, int)}, seed=0, fractions=(0.3, 0.2, 0.5))
    assert [len(part["y"]) for part in parts] == [2, 1, 2]


def test_what_has_no_rows_is_no_data():
    with pytest.raises(ValueError, match="name needs an array with a row for each example; got 'd"):
        datasets.split({"y": np.arange(20) % 2, "name": "digits"}, seed=0)
    with pytest.raises(ValueError, match="y has no rows"):
        datasets.split({"y": []}, seed=0)


@pytest.mark.parametrize("train", [np.ones((1, 3)), np.zeros((0, 3)), np.full((5, 3), 0.1)])
def test_standardise_needs_something_that_varies(train):
    """Of one row nothing would be left: every number is its own mean."""
    with pytest.raises(ValueError, match="no column varies in them, so that all data would become"):
        datasets.standardise(train, np.ones((2, 3)))


@pytest.mark.parametrize("unit", [1e200, 1e308, 1e-200])
def test_standardise_refuses_what_float64_cannot_hold(unit):
    """No warning, and not a 0 or the limit in the place of a number."""
    train = np.column_stack([np.arange(4.0), unit * np.array([-1.0, 1, 1, -1])])
    with pytest.raises(ValueError, match=r"Column 1 of the training data has numbers like .*unit"):
        datasets.standardise(train)


@pytest.mark.parametrize("limit", [0, -1, np.nan, "3", None, True])
def test_the_limit_of_standardise_is_above_zero(limit):
    with pytest.raises(ValueError, match="limit must be above 0"):
        datasets.standardise(np.arange(4.0)[:, None], limit=limit)
    assert datasets.standardise(np.arange(4.0)[:, None], limit=np.int64(1))[0].max() == 1


def test_rounding_is_no_deviation():
    """Equal numbers that were computed in two ways would become ±1."""
    column = np.array([0.1 + 0.2, 0.3, 0.3, 0.3])
    with refused(ValueError, "Column 1 of the training data has numbers like 0.3", "x.round(10)"):
        nn.datasets.standardise(np.column_stack([np.arange(4.0), column]))
    (done,) = nn.datasets.standardise(np.column_stack([np.arange(4.0), column.round(10)]))
    assert done[:, 1].tolist() == [0, 0, 0, 0]
    seconds = 1.7e9 + np.arange(4.0)[:, None]  # of a clock
    assert nn.datasets.standardise(seconds)[0].std() == pytest.approx(1)


def test_constant_is_true_or_false():
    for make in (nn.datasets.xor, lambda **o: nn.datasets.two_moons(4, seed=0, **o)):
        with refused(TypeError, "constant must be True or False; got 'no'"):
            make(constant="no")


def test_whole_numbers_that_float64_cannot_hold():
    model = nn.two_hidden_layer_network(2, 3, 3, 3)
    for many in (2**60 + 1, -(2**60) - 1):
        with refused(ValueError, "x has whole numbers of more than 15 digits", ".astype(float)"):
            model.x.set(np.array([[1, many]]))
    model.x.set(np.array([[1, 2**53]]))
    model.x.set(np.array([[1, 255]], dtype=np.uint8))
    model.x.set(np.array([[1, 2**60 + 1]]).astype(float))
