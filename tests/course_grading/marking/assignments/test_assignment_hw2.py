"""What homework 2 takes as right, computed once more by autograd, without `course_nn`."""

import re
from itertools import combinations
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, jacobian

from course_exercises.homework import hw2
from course_exercises.homework.actions import Call
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted, judge
from course_exercises.question import same
from course_grading.marking.assignments.hw2 import ASSIGNMENT

SEEDS = range(4)


def called(make, seed):
    """The arguments of the student's function and the right values of a task."""
    task = make(np.random.default_rng(seed))
    arguments = [step.arguments for step in task.steps if isinstance(step, Call)][-1]
    return arguments, {label: wanted.right for label, wanted in task.wanted.items()}


def f(z, activation):
    return anp.tanh(z) if activation == "tanh" else 1 / (1 + anp.exp(-z))


def losses(z3, y, loss):
    """L, one number for each example."""
    if loss == "squared_error":
        return 0.5 * anp.sum((z3 - y) ** 2, axis=1)
    z = z3 - np.max(np.asarray(getattr(z3, "_value", z3)), axis=1, keepdims=True)
    return anp.log(anp.sum(anp.exp(z), axis=1)) - z[np.arange(len(y)), y]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw2.slope_of_sigmoid, hw2.slope_of_tanh])
def test_slope(make, seed):
    (h, activation), right = called(make, seed)
    z = np.arctanh(h) if activation == "tanh" else np.log(h / (1 - h))
    slopes = elementwise_grad(lambda z: f(z, activation))(z)
    np.testing.assert_allclose(right["slopes"], slopes, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "make", [hw2.delta3_one, hw2.delta3_several, hw2.delta3_classes, hw2.delta3_large]
)
def test_delta3(make, seed):
    """∂L_b/∂z3 has no share of the other examples, so the rows of the sum's gradient are it."""
    (z3, y, loss), right = called(make, seed)
    delta = elementwise_grad(lambda z3: losses(z3, y, loss))(z3)
    np.testing.assert_allclose(right["d3"], delta, rtol=1e-9, atol=1e-12)
    assert (len(z3) == 1) == (make is hw2.delta3_one)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw2.weight_gradient_one, hw2.weight_gradient_several])
def test_weight_gradient(make, seed):
    (h, delta), right = called(make, seed)
    mean = np.mean([np.outer(a, d) for a, d in zip(h, delta, strict=True)], axis=0)
    np.testing.assert_allclose(right["dW"], mean, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "make", [hw2.delta_before_sigmoid, hw2.delta_before_tanh, hw2.delta_before_one]
)
def test_delta_before(make, seed):
    """δ Wᵀ ⊙ f′(z) is the gradient of Σ δ ⊙ (f(z) W) with δ held fast."""
    (delta, W, h, activation), right = called(make, seed)
    z = np.arctanh(h) if activation == "tanh" else np.log(h / (1 - h))
    back = elementwise_grad(lambda z: anp.sum(delta * (f(z, activation) @ W)))(z)
    np.testing.assert_allclose(right["d"], back, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "make",
    [
        hw2.gradients_one,
        hw2.gradients_squared_error,
        hw2.gradients_classes,
        hw2.gradients_classes_tanh,
    ],
)
def test_gradients(make, seed):
    (x, y, W1, W2, W3, activation, loss), right = called(make, seed)

    def J(W1, W2, W3):
        h2 = f(f(x @ W1, activation) @ W2, activation)
        return anp.mean(losses(h2 @ W3, y, loss))

    for i, name in enumerate(("dW1", "dW2", "dW3")):
        np.testing.assert_allclose(right[name], jacobian(J, i)(W1, W2, W3), rtol=1e-8, atol=1e-11)
    assert (len(x) == 1) == (make is hw2.gradients_one)
    assert len({*W1.shape, *W2.shape, *W3.shape}) == 4, "else a transpose would not be noticed"


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_of_the_cubic_function(seed):
    """A ((w + ε)³ − (w − ε)³) / 2ε = A (3 w² + ε²), and 2 C w."""
    task = hw2.differences_of_cubic(np.random.default_rng(seed))
    made, called = task.steps[0].arguments, task.steps[1].arguments
    (A, C), (_, W, step) = made, called
    by_hand = A * (3 * W**2 + step**2) + 2 * C * W
    np.testing.assert_allclose(task.wanted["slopes"].right, by_hand, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_of_the_loss(seed):
    """The loss is quadratic in W3, so the central difference is the derivative."""
    task = hw2.differences_of_loss(np.random.default_rng(seed))
    (h2, y), (_, W, _) = task.steps[0].arguments, task.steps[1].arguments
    exact = h2.T @ (h2 @ W - y) / len(y)
    np.testing.assert_allclose(task.wanted["slopes"].right, exact, rtol=1e-8, atol=1e-10)


def deviations(A, C, W, grad):
    """The finite differences of the cubic function, and how far the gradient is off each."""
    differences = A * (3 * W**2 + 1e-5**2) + 2 * C * W
    return differences, np.abs(grad - differences) / (np.abs(grad) + np.abs(differences) + 1e-15)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw2.check_entries, hw2.check_zero, hw2.check_step])
def test_deviation(make, seed):
    task = make(np.random.default_rng(seed))
    (A, C), (_, W, grad) = task.steps[0].arguments, task.steps[1].arguments
    differences, off = deviations(A, C, W, grad)
    wanted = task.wanted["deviation"]
    at_0 = grad == 0
    assert wanted.right == pytest.approx(off[~at_0].max(), rel=1e-5, abs=1e-6)
    assert np.count_nonzero(at_0) == (make is hw2.check_zero)
    assert (A[at_0] == 0).all() and (C[at_0] == 0).all(), "so that 0 is right to the last digit"
    if make is hw2.check_step:
        assert wanted.right > 1e-3 and all(
            abs(s - wanted.right) > 1e-3 for s in wanted.slips.values()
        )
    else:
        assert np.abs(differences[~at_0]).min() > 1e-3, "or rounding would show"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("make", "first"), [(hw2.check_right, 0.0), (hw2.check_sign, 1.0)])
def test_a_wrong_gradient_comes_second(make, first, seed):
    task = make(np.random.default_rng(seed))
    A, C = task.steps[0].arguments
    (_, W, grad), (_, _, other) = task.steps[1].arguments, task.steps[2].arguments
    found = [deviations(A, C, W, each)[1].max() for each in (grad, other)]
    wanted = task.wanted["deviations"]
    np.testing.assert_allclose(wanted.right, found, rtol=1e-5, atol=1e-6)
    assert wanted.right[0] == first
    assert 0.4 < wanted.right[1] < 0.95
    assert wanted.tolerance * wanted.right[1] > 1e-4, "this is still a right gradient"


@pytest.mark.parametrize("make", [hw2.check_right, hw2.check_sign])
def test_an_answer_to_all_right_gradients_is_none(make):
    """Also where numbers are hidden it is said that nothing was compared."""
    wanted = make(np.random.default_rng(0)).wanted["deviations"]
    verdict = judge(wanted, np.array([wanted.right[0], 0.0]))
    assert (verdict.slips, verdict.safe) == ((hw2.NOT_COMPARED,), hw2.NOT_COMPARED.words)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_would_be_repeated_without_a_word(seed):
    task = hw2.check_row(np.random.default_rng(seed))
    _, W, grad = task.steps[1].arguments
    assert grad.shape == (1, W.shape[1]) != W.shape
    ((_, repeated),) = task.wanted["deviation"].slips.items()
    assert repeated < 0.99


def public_tasks():
    return [
        pytest.param(make, id=f"{name}-{what}")
        for name in ("q1", "q2", "q3", "q4", "q5", "q6")
        for what, make in vars(hw2)[name].tasks.items()
    ]


@pytest.mark.parametrize("make", public_tasks())
def test_no_two_slips_of_the_public_case_are_the_same(make):
    """Or the student would read words about a slip that was not made."""
    for label, wanted in make(np.random.default_rng(VISIBLE_SEED)).wanted.items():
        values = {"right": wanted.right, **wanted.slips} if isinstance(wanted, Wanted) else {}
        for (one, first), (other, second) in combinations(values.items(), 2):
            alike = same(first, second, tolerance=wanted.tolerance)
            assert not alike, f"{label}: {one} and {other}"


def test_titles_are_those_of_the_notebook():
    source = Path(__file__).parents[4] / "homework" / "source" / "hw2" / "hw2.ipynb"
    headings = re.findall(r"## Question \d: (.+) \(\d+ points\)", source.read_text("utf-8"))
    assert headings == [question.title for question in ASSIGNMENT.questions]


def test_points_of_the_parts_of_written_questions_are_said():
    source = Path(__file__).parents[4] / "homework" / "source" / "hw2" / "hw2.ipynb"
    for heading in ("## Question 7", "## Question 8"):
        (text,) = re.findall(rf"{heading}.*?\]", source.read_text("utf-8"), flags=re.S)
        total, *parts = (int(number) for number in re.findall(r"\((\d+) points\)", text))
        assert sum(parts) == total
