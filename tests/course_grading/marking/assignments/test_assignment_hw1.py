"""What homework 1 takes as right, computed once more without `course_nn`."""

from itertools import combinations

import numpy as np
import pytest

from course_exercises.homework import hw1
from course_exercises.homework.actions import Call, Failure
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted, judge
from course_exercises.question import same

SEEDS = range(4)


def called(make, seed):
    """The arguments and the right values of a task."""
    task = make(np.random.default_rng(seed))
    (arguments,) = [step.arguments for step in task.steps if isinstance(step, Call)]
    return arguments, {label: wanted.right for label, wanted in task.wanted.items()}


def by_loops(x, W1, W2, W3, activation):
    """z1 to z3, one number after the other."""

    def f(z):
        return np.tanh(z) if activation == "tanh" else np.exp(z) / (1 + np.exp(z))

    found, h = {}, x
    for layer, W in enumerate((W1, W2, W3), start=1):
        z = np.zeros((len(h), W.shape[1]))
        for b, i, j in np.ndindex(len(h), *W.shape):
            z[b, j] += h[b, i] * W[i, j]
        h = f(z)
        found |= {f"z{layer}": z, f"h{layer}": h}
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw1.forward_one, hw1.forward_sigmoid, hw1.forward_tanh])
def test_forward(make, seed):
    arguments, right = called(make, seed)
    found = by_loops(*arguments)
    for name, value in right.items():
        np.testing.assert_allclose(value, found[name], rtol=1e-12, atol=1e-12)
    assert (len(arguments[0]) == 1) == (make is hw1.forward_one)


@pytest.mark.parametrize("seed", SEEDS)
def test_shapes(seed):
    (B, D, H1, H2, K), right = called(hw1.shapes_of_weights, seed)
    assert [tuple(shape) for shape in right.values()] == [(D, H1), (H1, H2), (H2, K)]
    assert len({B, D, H1, H2, K}) == 5, "else an exchange would not be noticed"


@pytest.mark.parametrize("seed", SEEDS)
def test_losses(seed):
    (z3, y), right = called(hw1.squared_error_several, seed)
    assert len(z3) > 1
    distances = [np.linalg.norm(a - b) for a, b in zip(z3, y, strict=True)]
    np.testing.assert_allclose(right["L"], np.square(distances) / 2)
    for make in (hw1.cross_entropy_several, hw1.cross_entropy_large, hw1.cross_entropy_tiny):
        (z3, y), right = called(make, seed)
        by_hand = [np.logaddexp.reduce(row) - row[label] for row, label in zip(z3, y, strict=True)]
        np.testing.assert_allclose(right["L"], by_hand)
    assert np.exp(-right["L"]).max() == 0, "p_y is 0 in float64"


@pytest.mark.parametrize("seed", SEEDS)
def test_large_logits_are_the_small_ones_moved(seed):
    """Adding a constant to a row changes nothing."""
    (z3,), right = called(hw1.softmax_large, seed)
    moved = z3 - 1000 * np.sign(z3.mean(axis=1, keepdims=True))
    e = np.exp(moved)
    np.testing.assert_allclose(right["p"], e / e.sum(axis=1, keepdims=True), atol=1e-12)
    with np.errstate(all="ignore"):
        naive = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
    assert np.isnan(naive).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_accuracy(seed):
    task = hw1.share_of_right_ones(np.random.default_rng(seed))
    shares = []
    for z3, y in (step.arguments for step in task.steps if step.path == "accuracy"):
        count = sum(row[label] == max(row) for row, label in zip(z3, y, strict=True))
        shares.append(count / len(y))
        assert len(np.unique(z3)) == z3.size, "no ties"
    assert task.wanted["shares"].right.tolist() == shares
    assert shares[0] != shares[1], "or a constant would be right"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw1.nudged_W1, hw1.nudged_W2, hw1.nudged_W3])
def test_nudged_loss(make, seed):
    (x, y, weights, activation, name, row, column, change), right = called(make, seed)
    weights = {key: W.copy() for key, W in weights.items()}
    weights[name][row, column] += change
    z3 = by_loops(x, *weights.values(), activation)["z3"]
    np.testing.assert_allclose(right["J"], ((z3 - y) ** 2).sum() / 2 / len(x))
    assert row != column


def public_tasks():
    return [
        pytest.param(make, id=f"{name}-{what}")
        for name in ("q1", "q2", "q3", "q4", "q5", "q6")
        for what, make in vars(hw1)[name].tasks.items()
    ]


@pytest.mark.parametrize("make", public_tasks())
def test_no_two_slips_of_the_public_case_are_the_same(make):
    """Or the student would read words about a slip that was not made."""
    for label, wanted in make(np.random.default_rng(VISIBLE_SEED)).wanted.items():
        values = {"right": wanted.right, **wanted.slips} if isinstance(wanted, Wanted) else {}
        for (one, first), (other, second) in combinations(values.items(), 2):
            alike = same(first, second, tolerance=wanted.tolerance)
            assert not alike, f"{label}: {one} and {other}"


@pytest.mark.parametrize("found", [np.full((4, 3), np.nan), Failure("nan", "")])
def test_overflow_is_explained_also_where_the_numbers_are_hidden(found):
    """Out of the sandbox comes no NaN, but that there was one."""
    wanted = hw1.softmax_large(np.random.default_rng(0)).wanted["p"]
    verdict = judge(wanted, found)
    assert verdict.kind == "nan"
    assert verdict.slips == (hw1.OVERFLOW,)
    assert verdict.words == verdict.safe == hw1.OVERFLOW.words
