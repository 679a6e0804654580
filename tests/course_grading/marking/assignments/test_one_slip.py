"""What goes wrong once costs points once: whole submissions, over several seeds.

What uses an earlier answer is also tried with the right one, a slip that is made again is charged
for once, and without the skill of a question there is little for it.
"""

from itertools import combinations

import pytest
from submissions_here import altered, lost, marked, right_answers_of, said
from tiers import thinned
from usual_slips import SLIPS

from course_exercises.homework import hw1, hw2_gradients, hw2_lines, hw3_nodes, hw4_pieces
from course_exercises.homework.tasks import ROUNDED, SAFE
from course_grading.marking import follow_through, marks
from course_nn.derivation_check.slips import Slip

SEEDS = range(5)
TOLERANCE = 1.0  # points, between seeds

# --- what issue 16 names --------------------------------------------------------------------------

INLINE = "1 / (1 + np.exp({0}))"
SIGN = altered("hw1", "sigmoid", ("np.exp(-z)", "np.exp(z)"))
NO_HALF = altered("hw1", "squared_error", ("0.5 * ", ""))
MISSPELT = altered("hw1", "squared_error", ("squared_error", "squared_eror"))
ROUNDS = """
def rounded(function):
    def again(*arguments):
        result = function(*arguments)
        if isinstance(result, dict):
            return {key: np.round(value, 4) for key, value in result.items()}
        if isinstance(result, tuple):
            return tuple(np.round(value, 4) for value in result)
        return np.round(result, 4)
    return again
"""
ROUNDS_WEIGHTS = """
def weights_rounded(function):
    def again(net, *arguments):
        result = function(net, *arguments)
        for W in net.parameters:
            W.value = np.round(W.value, 4)
        return result
    return again
"""
GRADIENTS = """
def gradients(x, y, W1, W2, W3):
    def f(z):
        return z / (1 + np.abs(z))
    h1 = f(x @ W1)
    h2 = f(h1 @ W2)
    d3 = np.tanh(h2 @ W3 - y)
    dW3 = h2.T @ d3 / len(x)
    d2 = d3 @ {W3} * {slope2}
    dW2 = h1.T @ d2 / len(x)
    d1 = d2 @ W2.T * {slope1}
    dW1 = x.T @ d1 / len(x)
    return {{"dW1": dW1, "dW2": dW2, "dW3": dW3}}
"""
WITH_SLOPES = {"slope2": "(1 - np.abs(h2)) ** 2", "slope1": "(1 - np.abs(h1)) ** 2"}
IN_ONE = """
one_by_one = update_from_pieces
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    one_by_one(net, loss, X, Y, learning_rate, [np.concatenate(pieces)])
"""
CLASSES = ("MatMul", "Sigmoid", "SquaredError", "Own")
DOES_NOTHING = """
class {}:
    def __init__(self, *operands):
        nodes.append(self)
    def forward(self):
        {}
    def backward(self):
        pass
"""
DOES_NOTHING_EITHER = """
def Forward(): pass
def Backward(loss): pass
def SGD(learning_rate): pass
def build_mine(x, t, W): return Own(x), SquaredError(x, t)
def mended(): return "def Backward(loss): pass"
def what_comes(): return {"w": 0, "v": 0, "c": [0, 0, 0, 0]}
def factor(values): return 1
def weights_for(f): return {"x": f}
"""


def rounding(*names):
    return ROUNDS + "\n".join(f"{name} = rounded({name})" for name in names)


def do_nothing(forward):
    return [DOES_NOTHING.format(name, forward) for name in CLASSES] + [DOES_NOTHING_EITHER]


# Homework, definitions, points that each question loses, and what is said.
NAMED = {
    "no ½": ("hw1", [NO_HALF], {2: 3}, hw1.NO_HALF),
    "no ½, written once more": (
        "hw1",
        [
            NO_HALF,
            altered(
                "hw1",
                "forward_in_columns",
                ("squared_error(z3.T, y.T)", "((z3 - y) ** 2).sum(axis=0)"),
            ),
            altered(
                "hw1",
                "parabola",
                ("batch_loss(squared_error(z3, y))", "((z3 - y) ** 2).sum(axis=1).mean()"),
            ),
        ],
        {2: 3},
        hw1.NO_HALF,
    ),
    "sign of the exponent": ("hw1", [SIGN], {2: 2}, hw1.SIGN_OF_EXPONENT),
    "sign of the exponent, written once more": (
        "hw1",
        [
            SIGN,
            altered(
                "hw1",
                "forward",
                ("sigmoid(z1)", INLINE.format("z1")),
                ("sigmoid(z2)", INLINE.format("z2")),
            ),
        ],
        {2: 2},
        hw1.SIGN_OF_EXPONENT,
    ),
    "a function misspelt": ("hw1", [MISSPELT, "del squared_error"], {2: 6}, "there is no"),
    "rounding, hw1": (
        "hw1",
        [
            rounding("sigmoid", "forward", "squared_error", "batch_loss", "forward_in_columns"),
            rounding("input_of", "parabola", "bottom"),
        ],
        {2: 1},
        ROUNDED,
    ),
    "a constant mean": ("hw1", ["def batch_loss(L): return 1.2"], {2: 2}, SAFE["wrong"]),
    "a sum, in all three gradients": (
        "hw2",
        [altered("hw2", "gradients", ("B = len(x)", "B = 1"))],
        {5: 5},
        hw2_gradients.SUM_NOT_MEAN,
    ),
    "a layer back without .T, after dW3": (
        "hw2",
        [GRADIENTS.format(W3="W3", **WITH_SLOPES)],
        {5: 6.67},
        "your code stopped",
    ),
    "the mean forgotten in three lines": (
        "hw2",
        [altered("hw2", "my_lines", ("1/B ", ""))],
        {2: 4.5},
        hw2_lines.CREDITED[Slip.MEAN_MISSING],
    ),
    "gradients without any σ′": (
        "hw2",
        [GRADIENTS.format(W3="W3.T", slope2="1", slope1="1")],
        {5: 7.5},
        hw2_gradients.NO_SLOPES,
    ),
    "nothing is done, hw3": (
        "hw3",
        do_nothing("pass"),
        {1: 7, 2: 9, 3: 20, 4: 20, 5: 14, 6: 10},
        hw3_nodes.NOT_ADDED,
    ),
    "nothing but zeros, hw3": (
        "hw3",
        do_nothing("self.value = 0.0"),
        {1: 7, 2: 9, 3: 20, 4: 20, 5: 14, 6: 10},
        hw3_nodes.NOTHING_COMPUTED,
    ),
    "one whole batch": ("hw4", [IN_ONE], {4: 13.5}, hw4_pieces.WHOLE_BATCH),
    "the sum, twice": (
        "hw4",
        [
            altered("hw4", "update_from_pieces", (" / count", "")),
            altered(
                "hw4",
                "train_weighted_epoch",
                ("learning_rate * steps", "learning_rate * counts[rows].sum() * steps"),
            ),
        ],
        {4: 5},
        hw4_pieces.SUM_NOT_MEAN,
    ),
    "rounding, hw4": (
        "hw4",
        [
            ROUNDS_WEIGHTS,
            *(
                f"{name} = weights_rounded({name})"
                for name in ("update_from_pieces", "train_weighted_epoch")
            ),
        ],
        {4: 5},
        ROUNDED,
    ),
}


def costs(name, seed):
    homework, slips, points, words = NAMED[name]
    found = marked(homework, slips, seed)
    less = lost(found)
    assert less.keys() == points.keys()
    assert less == pytest.approx(points, abs=TOLERANCE)
    words = words if isinstance(words, str) else words.words
    assert any(words in sentence for sentence in said(found))


@pytest.mark.parametrize(
    "name", thinned([name for name in NAMED if NAMED[name][0] in ("hw1", "hw2")])
)
def test_what_is_named_costs_points_once(name):
    costs(name, 0)


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMED)
def test_it_costs_the_same_whatever_the_seed(name, seed):
    costs(name, seed)


# --- usual slips, alone and in pairs --------------------------------------------------------------


def code_of(homework, slip):
    _, answer, changes, _ = slip
    return altered(homework, answer, *changes)


ALONE = [pytest.param(h, slip, id=f"{h}-{i}") for h in SLIPS for i, slip in enumerate(SLIPS[h])]


def test_each_question_has_three_slips():
    for homework, slips in SLIPS.items():
        questions = [question for question, *_ in slips]
        assert sorted(questions) == [n for n in range(1, 7) for _ in range(3)], homework


@pytest.mark.long
@pytest.mark.parametrize(("homework", "slip"), ALONE)
def test_a_usual_slip_costs_points_in_its_question_alone_and_is_named(homework, slip):
    for seed in SEEDS if homework in ("hw1", "hw2") else range(2):
        found = marked(homework, [code_of(homework, slip)], seed)
        assert lost(found) == pytest.approx({slip[0]: slip[3]}, abs=0.8)
        assert any(not sentence.endswith(SAFE["wrong"]) for sentence in said(found))


@pytest.mark.long
@pytest.mark.parametrize("homework", SLIPS)
def test_two_usual_slips_cost_what_each_of_them_costs(homework):
    """Not more; less where one of them hides the other, or is the same slip."""
    for one, other in combinations(SLIPS[homework], 2):
        if one[1] == other[1]:
            continue  # of one definition
        found = marked(homework, [code_of(homework, one), code_of(homework, other)], seed=0)
        less = sum(lost(found).values())
        assert less <= one[3] + other[3] + TOLERANCE, (one, other)
        assert less >= min(one[3], other[3]) - TOLERANCE, (one, other)
        assert lost(found).keys() <= {one[0], other[0]}


@pytest.mark.long
@pytest.mark.parametrize("homework", SLIPS)
def test_two_slips_in_one_answer_cost_what_each_of_them_costs(homework):
    tried = 0
    for one, other in combinations(SLIPS[homework], 2):
        text, _ = right_answers_of(homework)[one[1]]
        if one[1] != other[1] or not all(old in text for old, _ in one[2]):
            continue
        for old, new in one[2]:
            text = text.replace(old, new)
        if not all(old in text for old, _ in other[2]):
            continue  # both change the same place
        code = altered(homework, one[1], *one[2], *other[2])
        less = sum(lost(marked(homework, [code], seed=0)).values())
        assert less <= one[3] + other[3] + TOLERANCE / 2, (one, other)
        assert less >= min(one[3], other[3]) - TOLERANCE / 2, (one, other)
        tried += 1
    assert tried > 5


# --- what the student reads that it was tried with ------------------------------------------------

SHAPES = altered("hw1", "shapes", ("'z3': (K, B)", "'z3': (K,)"))
WRONG_BOTTOM = "def bottom(changes, losses): return {'change': 0.0, 'J': 4 / 7}"


def tried_with(found):
    """By question, the right answers that its parts were tried with, where there are any."""
    names = {q.number: {part.with_right for part in q.parts if part.with_right} for q in found}
    return {number: each for number, each in names.items() if each}


@pytest.mark.parametrize(
    ("slips", "names"),
    [
        ([SHAPES, SIGN],
         {2: {("sigmoid",)}, 3: {("sigmoid",)}, 4: {("sigmoid",)}}),
        ([SHAPES, NO_HALF],
         {3: {("squared_error",)}, 4: {("squared_error",)}, 6: {("squared_error",)}}),
        ([SHAPES, MISSPELT, "del squared_error", "del batch_loss"],
         {3: {("squared_error",)}, 4: {("squared_error",)},
          6: {("squared_error", "batch_loss")}}),
        ([SHAPES, SIGN, MISSPELT, "del squared_error", WRONG_BOTTOM],
         {2: {("sigmoid",)}, 3: {("sigmoid", "squared_error")},
          4: {("sigmoid", "squared_error")}, 6: {("squared_error",)}}),
    ],
)  # fmt: skip
def test_only_those_answers_are_named_that_make_the_difference(slips, names):
    assert tried_with(marked("hw1", slips, 0)) == names


# --- that these tests can fail --------------------------------------------------------------------


def test_without_a_second_try_a_slip_costs_more(monkeypatch):
    monkeypatch.setattr(follow_through, "_try_again", lambda *anything: None)
    homework, slips, *_ = NAMED["a function misspelt"]
    assert lost(marked(homework, slips, 0)) == {2: 6, 3: 2.67, 4: 12, 6: 6}


def test_without_its_group_a_slip_costs_more(monkeypatch):
    monkeypatch.setattr(follow_through, "_all_of_one", lambda assignment, slip: set())
    homework, slips, *_ = NAMED["no ½, written once more"]
    assert lost(marked(homework, slips, 0)) == {2: 3, 3: 1.33, 6: 1}


def test_without_the_cap_gradients_without_any_slope_are_worth_more(monkeypatch):
    monkeypatch.setattr(marks, "with_cap", lambda question, marked, slips: marked)
    homework, slips, *_ = NAMED["gradients without any σ′"]
    assert lost(marked(homework, slips, 0)) == {5: 3.33}
