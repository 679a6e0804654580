"""What homework 1 takes as right, computed once more without `course_nn`, and what it refuses."""

from itertools import combinations

import numpy as np
import pytest
from submissions_here import altered, lost, marked
from tiers import thinned

from course_exercises.homework import hw1
from course_exercises.homework.actions import Call
from course_exercises.homework.tasks import VISIBLE_SEED, Wanted, judge
from course_exercises.question import same

SEEDS = range(4)
QUESTIONS = ("q1", "q2", "q3", "q4", "q5", "q6")


def called(make, seed):
    """The arguments of the first call of a task, and the right values."""
    task = make(np.random.default_rng(seed))
    call = next(step for step in task.steps if isinstance(step, Call))
    return call.arguments, {label: wanted.right for label, wanted in task.wanted.items()}


def f(z):
    return np.exp(z) / (1 + np.exp(z))


def by_loops(a, W):
    """a W, one number after the other."""
    z = np.zeros((len(a), W.shape[1]))
    for b, i, j in np.ndindex(len(a), *W.shape):
        z[b, j] += a[b, i] * W[i, j]
    return z


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw1.forward_one, hw1.forward_several])
def test_forward(make, seed):
    (x, W1, W2, W3), right = called(make, seed)
    z1 = by_loops(x, W1)
    z2 = by_loops(f(z1), W2)
    found = {"z1": z1, "h1": f(z1), "z2": z2, "h2": f(z2), "z3": by_loops(f(z2), W3)}
    for name, value in right.items():
        np.testing.assert_allclose(value, found[name], rtol=1e-12, atol=1e-12)
    assert (len(x) == 1) == (make is hw1.forward_one)


@pytest.mark.parametrize("seed", SEEDS)
def test_shapes(seed):
    (B, D, H1, H2, K), right = called(hw1.shapes_of_weights, seed)
    assert [tuple(shape) for shape in right.values()] == [(H1, D), (H2, H1), (H2, D), (K, H2)]
    assert len({B, D, H1, H2, K}) == 5, "else an exchange would not be noticed"
    _, right = called(hw1.shapes_of_values, seed)
    assert [tuple(shape) for shape in right.values()] == [
        (D, B), (H1, B), (H1, B), (H2, B), (H2, B), (K, B)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [hw1.columns_one, hw1.columns_several])
def test_columns(make, seed):
    """One example, one unit after the other."""
    (x, y, W1, W2, V, W3), right = called(make, seed)
    D, B = x.shape
    assert (B == 1) == (make is hw1.columns_one)
    for b in range(B):
        z1 = [sum(W1[i, d] * x[d, b] for d in range(D)) for i in range(len(W1))]
        h1 = [1 / (1 + np.exp(-z)) for z in z1]
        z2 = [
            sum(W2[j, i] * h1[i] for i in range(len(h1))) + sum(V[j, d] * x[d, b] for d in range(D))
            for j in range(len(W2))
        ]
        h2 = [np.sin(np.arctan(z)) for z in z2]  # z / √(1 + z²)
        z3 = [sum(W3[k, j] * h2[j] for j in range(len(h2))) for k in range(len(W3))]
        L = sum((z3[k] - y[k, b]) ** 2 for k in range(len(z3))) / 2
        found = {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3}
        for name, value in found.items():
            np.testing.assert_allclose(right[name][:, b], value, atol=1e-12)
        np.testing.assert_allclose(right["L"][b], L)


@pytest.mark.parametrize("seed", SEEDS)
def test_losses(seed):
    (z3, y), right = called(hw1.squared_error_several, seed)
    assert len(z3) > 1
    distances = [np.linalg.norm(a - b) for a, b in zip(z3, y, strict=True)]
    np.testing.assert_allclose(right["L"], np.square(distances) / 2)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", hw1.q4.tasks.values(), ids=hw1.q4.tasks)
def test_wrong_lines(make, seed):
    """Each flag is 1 where a line does not follow from what was printed before it."""
    task = make(np.random.default_rng(seed))
    calls = [step.arguments for step in task.steps if step.path == "wrong_lines"]
    flags = []
    for x, y, W1, W2, W3, printed in calls:
        z1, h1, z2, h2, z3, L = printed.values()
        follows = (by_loops(x, W1), f(z1), by_loops(h1, W2), f(z2), by_loops(h2, W3))
        follows = (*follows, [sum((a - b) ** 2) / 2 for a, b in zip(z3, y, strict=True)])
        off = [np.abs(a - b).max() for a, b in zip((z1, h1, z2, h2, z3, L), follows, strict=True)]
        assert not [size for size in off if 0.0008 < size < 0.01], "the notebook promises it"
        flags.append([float(size > 0.001) for size in off])
    right = task.wanted["wrong lines"].right
    assert right.tolist() == flags
    assert set(right.sum(axis=1)) <= {1, 2}
    assert flags[0] != flags[1], "or a constant would be right"


@pytest.mark.parametrize("seed", range(8))
def test_input(seed):
    for make in (hw1.input_one, hw1.input_several):
        (h1, W1), right = called(make, seed)
        np.testing.assert_allclose(f(by_loops(right["x"], W1)), h1)
        assert np.abs(W1 - W1.T).max() > 0.5, "or a transposed inverse would be right"


@pytest.mark.parametrize("seed", range(8))
def test_parabola(seed):
    (h2, z3, y, j, k), right = called(hw1.parabola_of_weight, seed)
    assert j != k
    for c in (-2.0, 0.0, 0.7, 3.0):
        moved = z3.copy()
        moved[:, k] += c * h2[:, j]
        J = ((moved - y) ** 2).sum() / 2 / len(y)
        np.testing.assert_allclose(right["c0"] + right["c1"] * c + right["c2"] * c**2, J)


@pytest.mark.parametrize("seed", range(20))
def test_bottom(seed):
    (changes, losses), right = called(hw1.bottom_of_parabola, seed)
    c2, c1, c0 = np.polyfit(changes, losses, 2)
    assert c2 > 0.2
    np.testing.assert_allclose(right["change"], -c1 / (2 * c2))
    np.testing.assert_allclose(right["J"], c0 - c1**2 / (4 * c2))
    assert losses.min() > right["J"] + 0.01, "no given change is the best one"


# ------------------------------------------------------------------ numbers that fit, or do not


def verdict(make, value, seed=3):
    """On the value that `value` makes of the arguments."""
    task = make(np.random.default_rng(seed))
    (arguments,) = [step.arguments for step in task.steps if isinstance(step, Call)]
    (wanted,) = task.wanted.values()
    return judge(wanted, value(*arguments))


def step(y, J):
    """In one output, so that ½ step² is J."""
    return np.sqrt(2 * J) * np.eye(1, y.shape[1])


@pytest.mark.parametrize(
    "value",
    [
        lambda y, J: np.concatenate([y, y]),
        lambda y, J: np.concatenate([y + step(y, J), y]),
        lambda y, J: np.concatenate([y + step(y, J), y - step(y, J), y]),
        lambda y, J: np.concatenate([y + step(y, J), y - 1.01 * step(y, J)]),
        lambda y, J: np.concatenate([y + step(y, J), y - step(y, J)]).T,
        lambda y, J: np.concatenate([y + step(y, J), y - step(y, J)])[None],
        lambda y, J: np.full((2, y.shape[1]), np.nan),
        lambda y, J: np.full((2, y.shape[1]), 1e300),
        lambda y, J: np.array(1.0),
    ],
)
def test_outputs_that_do_not_fit_are_refused(value):
    assert verdict(hw1.mean_is_right, value).kind != "right"


@pytest.mark.parametrize("make", [hw1.loss_as_before, hw1.loss_times_factor])
@pytest.mark.parametrize(
    "value",
    [
        lambda z3, factor: z3,
        lambda z3, factor: 0 * z3,
        lambda z3, factor: z3 * (1 + 1e-9),  # nearly no loss before
        lambda z3, factor: 1e9 * z3,  # so far away that both losses are nearly the same
        lambda z3, factor: 1e200 * z3,
        lambda z3, factor: 1.49 * z3,
        lambda z3, factor: np.array([factor]),
        lambda z3, factor: factor * z3.T,
        lambda z3, factor: np.full(z3.shape, np.inf),
    ],
)
def test_answers_that_do_not_fit_are_refused(make, value):
    for seed in range(6):
        assert verdict(make, value, seed).kind != "right"


def test_what_the_two_losses_are_is_said_of_public_numbers_alone():
    found = verdict(hw1.loss_times_factor, lambda z3, factor: 3 * z3)
    assert "times as large, not" in found.words
    assert not any(sign.isdigit() for sign in found.safe)


@pytest.mark.parametrize("seed", range(30))
def test_a_factor_is_never_that_of_y_0(seed):
    task = hw1.loss_times_factor(np.random.default_rng(seed))
    (call,) = [step for step in task.steps if isinstance(step, Call)]
    assert call.arguments[1] not in (1.0, 4.0)


# ------------------------------------------------------------------ the visible checks


def public_tasks():
    return [
        pytest.param(make, id=f"{name}-{what}")
        for name in QUESTIONS
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


FLAGS = """
def wrong_lines(x, y, W1, W2, W3, printed):
    follows = {
        "z1": x @ W1, "h1": sigmoid(printed["z1"]), "z2": printed["h1"] @ W2,
        "h2": sigmoid(printed["z2"]), "z3": printed["h2"] @ W3,
        "L": squared_error(printed["z3"], y),
    }
    off = [np.abs(printed[name] - follows[name]) for name in follows]
    return [int(HOW) for size in off]
"""


def names_with(code):
    names = {"np": np, "bottom": len}
    for answer in ("sigmoid", "squared_error"):
        exec(altered("hw1", answer), names)
    exec(code, names)
    return names


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("size.max() > 0.001", "Each wrong line is found"),
        ("size.max() > 0.01", "Each wrong line is found"),  # the notebook promises it
        ("size.max() > 1e-4", "Each wrong line is found"),
        ("size.max() > 1e-5", hw1.TOO_STRICT.words),
        ("size.max() > 1e-6", hw1.TOO_STRICT.words),
        ("size.max() > 0", hw1.TOO_STRICT.words),
        ("size.mean() > 0.005", hw1.FIRST_EXAMPLE.words),
        ("size.min() > 0.001", hw1.FIRST_EXAMPLE.words),
        ("size.max() > 0.001 or size.shape == (2,)", "for `printed` 5 of the six numbers are"),
    ],
)
def test_how_much_is_allowed_in_question_4(how, said):
    kind, text = hw1.q4.verdict(names_with(FLAGS.replace("HOW", how)))
    assert text.startswith(said)
    assert (kind == "right") is ("found" in said and "not" not in said)


@pytest.mark.parametrize("make", hw1.q4.tasks.values(), ids=hw1.q4.tasks)
def test_flags_that_no_tolerance_gives_are_not_called_too_strict(make):
    """z1 is computed from given numbers, so it is the last line that a tolerance calls wrong."""
    (wanted,) = make(np.random.default_rng(VISIBLE_SEED)).wanted.values()
    found = wanted.right.copy()
    found[:, 0] = 1
    assert judge(wanted, found).words.startswith("for `printed` ")
    found = wanted.right.copy()
    found[0, :] = 1  # everything in one program, nothing in the other
    assert judge(wanted, found).words.endswith("for `others` 6 of the six numbers are right.")


@pytest.mark.parametrize("open_still", ["outputs_around", "answer_for", "input_of"])
def test_a_function_of_question_5_waits_for_no_other(open_still):
    names = {"np": np, "bottom": len}
    for answer in ("outputs_around", "answer_for", "input_of"):
        exec(altered("hw1", answer), names)
    exec(f"def {open_still}(*given): raise NotImplementedError", names)
    kind, text = hw1.q5.verdict(names)
    assert kind == "open"
    assert text.startswith(f"not attempted yet. Fill in {open_still} and run the cell again.")
    for other in {"outputs_around", "answer_for", "input_of"} - {open_still}:
        assert other in text.partition("Right so far: ")[2]


def test_a_notebook_of_the_homework_before_is_told_so(capsys):
    """Its checks were handed single functions, or the names of the notebook."""
    before = dict.fromkeys(("shapes", "activate", "nudged_loss"), len)
    for name in QUESTIONS:
        question = vars(hw1)[name]
        for given in (len, before):
            question.check(given)
            assert "hw1 was replaced by another homework" in " ".join(
                capsys.readouterr().out.split()
            )
        question.check({})
        assert "replaced" not in capsys.readouterr().out


# ------------------------------------------------------------------ ten honest wrong notebooks

ROWS_AND_COLUMNS = """
def forward_in_columns(x, y, W1, W2, V, W3):
    return forward(x.T, W1.T, W2.T, W3.T) | {"L": squared_error(z3, y)}
"""
AS_IN_THE_LESSONS = """
def shapes(B, D, H1, H2, K):
    return {"x": (B, D), "W1": (D, H1), "z1": (B, H1), "h1": (B, H1), "W2": (H1, H2),
            "V": (D, H2), "z2": (B, H2), "h2": (B, H2), "W3": (H2, K), "z3": (B, K)}
"""
WITH_MY_OWN = """
def wrong_lines(x, y, W1, W2, W3, printed):
    mine = forward(x, W1, W2, W3)
    mine["L"] = squared_error(mine["z3"], y)
    return [int(not np.allclose(mine[n], printed[n], atol=0.001)) for n in mine]
"""
STOPS = """
def wrong_lines(x, y, W1, W2, W3, printed):
    mine, flags = forward(x, W1, W2, W3), [0] * 6
    mine["L"] = squared_error(mine["z3"], y)
    for i, name in enumerate(mine):
        if not np.allclose(mine[name], printed[name], atol=0.001):
            flags[i] = 1
            return flags
    return flags
"""
NO_SECOND_INPUT = altered("hw1", "forward_in_columns", (" + V @ x", ""))
AXIS = altered("hw1", "forward_in_columns", ("z3.T, y.T", "z3, y"))
NO_HALF = altered("hw1", "squared_error", ("0.5 * ", ""))
SUM = altered("hw1", "batch_loss", ("mean", "sum"))
# Cells, and the points that each question loses.
HONEST = {
    "the notation of the lessons": ([AS_IN_THE_LESSONS, ROWS_AND_COLUMNS], {1: 10, 3: 16}),
    "one layer feeds the second": ([NO_SECOND_INPUT], {3: 5.33}),
    "rows are examples in the loss": ([AXIS], {3: 2.67}),
    "no half anywhere": ([NO_HALF], {2: 3}),
    "sums for means": (
        [SUM, altered("hw1", "parabola", (".mean()", ".sum()"))],
        {2: 1},
    ),
    "compares with a right pass": ([WITH_MY_OWN], {4: 9}),
    "stops at the first": ([STOPS], {4: 6}),
    "each output by as much": ([altered("hw1", "outputs_around", ("[0, 0]", "[0]"))], {5: 2}),
    "a transpose for the inverse": (
        [altered("hw1", "input_of", ("np.linalg.inv(W1)", "W1.T"))],
        {5: 5},
    ),
    "the best of what was tried": (
        [
            "def bottom(changes, losses):\n    i = np.argmin(losses)\n"
            "    return {'change': changes[i], 'J': losses[i]}",
            altered("hw1", "parabola", ("0.5 * (h ** 2).mean()", "0.0")),
        ],
        {6: 6},
    ),
}


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 12), marks=pytest.mark.long)])
@pytest.mark.parametrize("name", thinned(HONEST))
def test_an_honest_wrong_notebook_loses_what_the_rubric_says(name, seeds):
    cells, points = HONEST[name]
    for seed in seeds:
        less = lost(marked("hw1", cells, seed))
        assert less.keys() == points.keys()
        assert less == pytest.approx(points, abs=0.5), seed
