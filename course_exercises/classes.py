"""The questions of lesson 06: δ3 of the cross-entropy, the loss of somebody with no idea, and two
classes with one output."""

from collections.abc import Callable

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, try_cases
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import Prediction
from course_exercises.question import (
    Difference,
    Kind,
    Question,
    Slip,
    Wrong,
    find_slip,
    name_slip,
)
from course_exercises.recall.blocks import block

Array = np.ndarray


def _softmax(z3: Array) -> Array:
    e = np.exp(z3)
    return e / e.sum(axis=1, keepdims=True)


LABEL = 0
LOGITS = ("(0, 2)", "(0, 4)", "(0, 8)")  # the right class has the first


def _loss(z3: Array) -> float:
    return float(-np.log(_softmax(z3)[0, LABEL]))


def _slopes(loss: Callable[[Array], float]) -> Array:
    """By the logit of the right class, for each of the LOGITS: (3,)."""
    places = [np.array([[0.0, wrong]]) for wrong in (2.0, 4.0, 8.0)]
    return np.array([nn.finite_differences(loss, z)[0, LABEL] for z in places])


def _steepest(slopes: Array) -> str:
    return LOGITS[int(np.argmax(np.abs(slopes)))]


def _example() -> Array:
    """The logits of the lesson's example."""
    rng = np.random.default_rng(seed=4)
    W1, W2, W3 = (rng.normal(size=shape) for shape in ((2, 3), (3, 2), (2, 2)))
    h = np.array([[0.5, -1.0]])
    for W in (W1, W2):
        h = 1 / (1 + np.exp(-(h @ W)))
    return h @ W3


def _direction(change: float) -> str:
    return "stays" if abs(change) < 1e-9 else "rises" if change > 0 else "falls"


p1 = Prediction(
    "Prediction 6.1",
    choices=LOGITS,
    came=lambda: _slopes(lambda z: 1 - float(_softmax(z)[0, LABEL])),
    reads=_steepest,
    where="Of the slopes of 1 − p, the largest in absolute value is meant.",
    why="The network is most wrong with (0, 8), so there it should have the most to learn. That is "
    "what one wants of a loss. With 1 − p it is not so: p is nearly 0 there, and hardly changes.",
    again=Prediction(
        "Prediction 6.1, second case",
        asks='And with −log p? See `slopes["-log p"]`.',
        choices=LOGITS,
        came=lambda: _slopes(_loss),
        reads=_steepest,
        where="Of the slopes of −log p, the largest in absolute value is meant.",
        why="After the surprise of 1 − p one expects it again. The logarithm turns it round.",
    ),
)

p2 = Prediction(
    "Prediction 6.2",
    choices=("rises", "falls", "stays"),
    came=lambda: _loss(_example() + 5) - _loss(_example()),
    reads=_direction,
    where="It is the loss with z3 + 5, minus that with z3.",
    why="A larger logit of the right class seems to be better. But the other one grows as well, "
    "and the softmax only sees their difference.",
    again=Prediction(
        "Prediction 6.2, second case",
        asks="Now *multiply* both by 2: does the loss rise, fall or stay? See "
        "`cross_entropy(2 * z3) - cross_entropy(z3)`.",
        choices=("rises", "falls", "stays"),
        came=lambda: _loss(2 * _example()) - _loss(_example()),
        reads=_direction,
        where="It is the loss with 2 z3, minus that with z3.",
        why="The difference of the logits doubles, so the network is more sure of what it says. "
        "Here it says the wrong class.",
    ),
)


def _paper(numerators: list[int], y: int) -> Callable[[object], str]:
    """The judge of δ3 for logits log(numerators) and the right class y."""
    e = np.array([numerators], dtype=float)
    z3, p, onehot = np.log(e), e / e.sum(), np.eye(len(numerators))[[y]]
    right = p - onehot
    slips = {
        "that is softmax(z3); onehot(y) is still to be subtracted.": p,
        "the sign: softmax(z3) − onehot(y).": -right,
        f"y = {y}: classes count from 0, so that is the entry with the index {y}.": (
            p - np.eye(len(numerators))[[y - 1]]
        ),
        f"y = {y} is not the last class: classes count from 0.": p - [[0] * (e.size - 1) + [1]],
        "onehot was subtracted from the logits; they must pass through softmax first.": z3 - onehot,
        "the exponentials are not divided by their sum.": e - onehot,
        "the exponentials were divided by their number; divide by their sum.": e / e.size - onehot,
        "the exponentials were divided by the largest; divide by their sum.": e / e.max() - onehot,
        "those are the exponentials; divide them by their sum, then subtract onehot(y).": e,
        "the logits were divided by their sum; first take their exponentials.": (
            z3 / z3.sum() - onehot
        ),
        "e to the power 0 was taken for 0; it is 1.": e * (z3 != 0) / (e * (z3 != 0)).sum()
        - onehot,
        "the exponential of the right class is part of the sum too.": (
            e / (e.sum() - e[0, y]) * (1 - onehot) - onehot
        ),
        "p_k (p − onehot(y)) has one factor p_k too many.": right * p,
        "p (1 − p) is the derivative of a probability; δ3 is softmax(z3) − onehot(y).": p * (1 - p),
        "the logarithms were taken to another base: e to the power log 2 is 2.": (
            _softmax(z3 / np.log(2)) - onehot
        ),
        "1 was subtracted from every probability.": p - 1,
        f"y = {y} is the number of the class. Subtract 1 at its place, not {y}.": p - y * onehot,
        f"y = {y} is the number of the class, and was subtracted everywhere. Subtract 1 at its "
        "place.": p - y,
        "the probability of the right class got a minus; 1 is to be subtracted from it.": (
            p * (1 - 2 * onehot)
        ),
        "only the right class is there; the others have a gradient too, their probability.": (
            right * onehot
        ),
        "that is minus the logarithm of the probabilities, the loss for each label.": -np.log(p),
        "that is the derivative by the probabilities; it still has to go back through softmax.": (
            -onehot / p
        ),
        "p (1 − p) is too much: the way back through softmax is in softmax(z3) − onehot(y).": (
            right * p * (1 - p)
        ),
        "a factor 2 too much.": 2 * right,
        "a factor ½ too much.": right / 2,
        "the mean over the classes is not taken.": right / e.size,
    }
    if y == e.size - 1:
        del slips[f"y = {y} is not the last class: classes count from 0."]

    def judge(answer: object) -> str:
        given = find_slip(answer, right, {})
        if given and given.kind is Kind.SHAPE:
            _say_shape(answer, right, slips)
        name_slip(answer, right, slips)
        return "Every class gets its probability, and the right one gets 1 less."

    return judge


def _say_shape(answer: object, right: Array, slips: dict[str, Array]) -> None:
    """For one row without its second pair of brackets, or as a column."""
    array = np.asarray(answer, dtype=float)
    if array.size != right.size:
        return
    if array.ndim == 1:
        shape = "one pair of brackets is missing: shape ({0},) instead of (1, {0}).".format
    else:
        shape = "one row is wanted, shape (1, {0}), not a column.".format
    difference = find_slip(array.reshape(right.shape), right, _as_slips(slips))
    also = f" Besides: {difference.words}" if difference else ""
    raise Wrong(shape(right.size) + also)


def _as_slips(slips: dict[str, Array]) -> dict[Slip, Array]:
    return {Slip(words): value for words, value in slips.items()}


q1 = Question(
    "Exercise 6.1",
    "delta3_on_paper",
    _paper([1, 6, 2, 1], y=2),
    hints=[
        "The exponentials of the logits are 1, 6, 2 and 1. Divide by their sum.",
        "Subtract 1 from the probability of the right class, which is the third.",
    ],
    solution="delta3_on_paper = np.array([[0.1, 0.6, -0.8, 0.1]])",
)

# What q1 asked when the lesson was first handed out. Its numbers hide some slips: the right class
# has the label 1 and the probability ½.
earlier_q1 = Question(
    "Exercise 5.3",
    "delta3_on_paper",
    _paper([1, 2, 1], y=1),
    hints=[
        "The exponentials of the logits are 1, 2 and 1. Divide by their sum.",
        "Subtract 1 from the probability of the right class, which is the second.",
    ],
    solution="delta3_on_paper = np.array([[0.25, -0.5, 0.25]])",
)


def _classes(answer: Callable[..., Array]) -> str:
    cases = []
    for z3, y in _examples():
        slips, right = _slips_of_classes(z3, y)
        sizes = f"{_counted(len(z3))} and {z3.shape[1]} classes"
        cases.append(Case({"z3": z3, "y": y}, right, slips, sizes))
    # Softmax of this is 0 and 1 to the last digit; a loss of about 1e12 is nudged in vain.
    z3, y = np.array([[0.0, -1e12, -2e12], [1.0, 0.0, -1.0]]), np.array([1, 2])
    far = "logits as far apart as 0 and −10¹², whose loss no step ε changes; δ3 has its formula"
    cases.append(Case({"z3": z3, "y": y}, _softmax(z3) - np.eye(3)[y], {}, far))
    z3, y = cases[0].arguments.values()
    others = [{"z3": scale * z3[::-1], "y": (y + 1) % z3.shape[1]} for scale in (-1, 5)]
    advice = (
        "In row b the right class is at [b, y[b]]; and onehot(y), if you make it, has a row for "
        "each example and as many columns as z3, z3.shape[1]."
    )
    try_cases(answer, cases, others=others, advice=advice)
    return "It holds for one example and for several."


def _counted(examples: int) -> str:
    return f"{examples} example{'' if examples == 1 else 's'}"


def _examples() -> list[tuple[Array, Array]]:
    """Logits and labels in several sizes and scales. The first ones tell the slips apart."""
    rng = np.random.default_rng(6)
    return [
        (rng.normal(size=(4, 4)), np.array([2, 0, 2, 3])),
        (rng.normal(size=(1, 3)), np.array([1])),
        (2 * rng.normal(size=(5, 2)), np.array([1, 1, 0, 1, 0])),
        (rng.normal(size=(2, 5)) - 3, np.array([4, 2])),
    ]


def _slips_of_classes(z3: Array, y: Array) -> tuple[dict[str, Array], Array]:
    """What comes out if a slip is made, and what is right."""
    B, K = z3.shape
    onehot = np.eye(K)[y]
    e = np.exp(z3)
    below = np.exp(z3 - z3.max(axis=1, keepdims=True))
    column_wise = np.exp(z3 - z3.max(axis=0))
    p = e / e.sum(axis=1, keepdims=True)
    right = p - onehot
    none = np.nan  # where the shapes do not fit
    rows = np.arange(B)[:, None]
    slips = {
        "that is softmax(z3); onehot(y) is still to be subtracted.": p,
        "the sign: softmax(z3) − onehot(y).": -right,
        "the sign of onehot(y): it is subtracted from softmax(z3), not added.": p + onehot,
        "the logits were not passed through softmax.": z3 - onehot,
        "the logits were not passed through softmax, and y is the number of the class, not "
        "onehot(y).": z3 - np.reshape(y, (-1, 1)),
        "keepdims=True is missing in the sum, so the rows were divided by each other's sums.": (
            e / e.sum(axis=1) - onehot if B == K else none
        ),
        "the softmax was divided by one sum of all rows; each row has its own: axis=1, "
        "keepdims=True.": e / e.sum() - onehot,
        "the exponentials are not divided by their sum.": e - onehot,
        "the logits were divided by their sum; first take their exponentials.": (
            z3 / z3.sum(axis=1, keepdims=True) - onehot
        ),
        "the mean over the examples is not taken here: row b of δ3 belongs to example b.": (
            right / B
        ),
        "the mean over the classes is not taken.": right / K,
        "the rows were added up; row b of δ3 belongs to example b.": right.sum(axis=0),
        "the mean over the rows was taken; row b of δ3 belongs to example b.": right.mean(axis=0),
        "1 was subtracted from every entry, not only at the right class.": p - 1,
        "y is the number of the class. Subtract 1 at that place, not y itself.": (
            p - np.reshape(y, (-1, 1))
        ),
        "the row y was subtracted from every row. In row b, 1 is subtracted, at [b, y[b]].": (
            p - y if B == K else none
        ),
        "y[b] was subtracted at its place; what is subtracted there is 1.": (
            p - onehot * y[:, None]
        ),
        "classes count from 0: the place is [b, y[b]], not [b, y[b] - 1].": p - np.eye(K)[y - 1],
        "the label of the first example was taken for every row.": p - onehot[:1],
        "1 was subtracted in the first row only; every row has its own label.": (
            p - onehot * (rows == 0)
        ),
        "1 was subtracted in the last row only: does the loop overwrite what it has done?": (
            p - onehot * (rows == B - 1)
        ),
        "only the last row is there: does the loop overwrite what it has done?": right[-1:],
        "only the row of the last example is there: does the loop overwrite what it has done?": (
            right[-1]
        ),
        "only the first example is there.": right[:1],
        "the rows behind the first are still 0: does `return` stand inside the loop?": (
            right * (rows == 0)
        ),
        "the last row is still 0: the loop takes range(len(y)).": right * (rows < B - 1),
        "the first row is still 0; rows are counted from 0.": right * (rows > 0),
        "the softmax of the first example was taken for every row.": p[:1] - onehot,
        "1 was subtracted in the first row at all labels; row b has one 1, at its own label: "
        "[np.arange(B), y].": p - (rows == 0) * onehot.max(axis=0),
        "that is −onehot(y) alone. Is softmax(z3) missing, or does your array hold whole numbers "
        "only (dtype=int), so that the probabilities were cut off?": -onehot,
        "the logits were divided by the largest exponential, not by the sum of all.": (
            below - onehot
        ),
        "only the right class is there; the others have a gradient too, their probability.": (
            right * onehot
        ),
        "the square was not differentiated, and it is another loss: that is z3 − y, of the squared "
        "error.": z3 - y if B == K else none,
        "y == np.arange(K) compares place by place. Each row needs its own label: y[:, None].": (
            p - (y == np.arange(K)) if B == K else none
        ),
        "p was rounded to whole numbers; all its decimals are needed.": np.round(p) - onehot,
        "1 was subtracted in whole rows; in row b the right class is at [b, y[b]].": (
            p - np.isin(np.arange(B), y)[:, None]
        ),
        "1 was subtracted in the columns of all labels in every row; each row has one 1, at "
        "its own label: [np.arange(B), y].": p - onehot.max(axis=0),
        "the sum was taken down the columns, over the examples: use axis=1.": (
            e / e.sum(axis=0) - onehot
        ),
        "the sum was taken down the columns, over the examples, but the largest logit along the "
        "rows, or the other way round: use axis=1 for both.": below / below.sum(axis=0) - onehot,
        "the largest logit of each column was subtracted; it is that of the row, axis=1.": (
            column_wise / column_wise.sum(axis=1, keepdims=True) - onehot
        ),
        "1 was subtracted at the largest probability; the right class is y.": (
            p - np.eye(K)[p.argmax(axis=1)]
        ),
        "the examples became columns; row b of δ3 belongs to example b.": right.T,
        "that is the derivative by the probabilities; it still has to go back through softmax.": (
            -onehot / p
        ),
        "p (1 − p) is too much: the way back through softmax is in softmax(z3) − onehot(y).": (
            right * p * (1 - p)
        ),
        "that is the logarithm of the probabilities; δ3 begins with the probabilities.": (
            np.log(p) - onehot
        ),
        "softmax was taken twice.": _softmax(p) - onehot,
        "the sigmoid was taken in place of the softmax.": 1 / (1 + np.exp(-z3)) - onehot,
        "a factor 2 too much.": 2 * right,
        "a factor ½ too much.": right / 2,
    }
    # In one row, "the first only" and the like are no slips.
    return {words: value for words, value in slips.items() if not _alike(value, right)}, right


def _alike(value: Array, right: Array) -> bool:
    return np.shape(value) == right.shape and np.allclose(value, right)


q2 = Question(
    "Exercise 6.2",
    "delta3_of_classes",
    _classes,
    hints=[
        "First p = e / e.sum(axis=1, keepdims=True) with e = np.exp(z3).",
        "Subtract 1 from the entry of the right class, in each row.",
        "In a loop over b: p[b, y[b]] -= 1. Without a loop: p[np.arange(len(y)), y] -= 1.",
    ],
    solution="""
def delta3_of_classes(z3, y):
    e = np.exp(z3)
    delta3 = e / e.sum(axis=1, keepdims=True)
    delta3[np.arange(len(y)), y] -= 1
    return delta3
""",
)


def _no_idea(answer: float) -> str:
    slips = {
        "that is the probability of each class; the loss is minus its logarithm.": 1 / 4,
        "the sign: the loss is minus the logarithm of the probability.": np.log(1 / 4),
        "that is the logarithm to base 10; here log is the natural one, np.log.": np.log10(4),
        "that is the logarithm to base 2; here log is the natural one, np.log.": np.log2(4),
        "the logarithm is still to be taken.": 4,
        "the loss is 0 only if the right class gets the probability 1.": 0,
        "that is for two classes; here are four.": np.log(2),
        "that is the largest probability that is left, not a logarithm.": 3 / 4,
        "the mean over the classes is not taken: one loss for one example.": np.log(4) / 4,
        "the losses of all four labels were added up; an example has one label.": 4 * np.log(4),
        "that is right, but rounded. Let NumPy keep all digits: np.log(…).": (
            _if_rounded(answer, np.log(4))
        ),
        "that is the logarithm of another probability: 1 − ¼ goes to the wrong classes.": (
            -np.log(3 / 4)
        ),
    }
    name_slip(answer, np.log(4), slips)
    return "Each class gets ¼, so the loss is −log ¼ = log 4, about 1.386: that of no idea at all."


q3 = Question(
    "Exercise 6.3",
    "loss_without_an_idea",
    _no_idea,
    hints=[
        "Equal logits have equal exponentials. Which probability does each class get?",
        "The loss is −log of the probability of the right class, which is ¼.",
    ],
    solution="loss_without_an_idea = np.log(4)",
)


def _if_rounded(answer: object, right: float) -> object:
    """The answer itself if it is `right` with one to five decimals, else nothing alike."""
    rounded = [round(right, digits) for digits in (1, 2, 3, 4, 5)]
    return answer if np.ndim(answer) == 0 and answer in rounded else np.nan


def _two_classes(answer: object) -> str:
    z, p, y = -np.log(4), 0.2, 1
    right = (p, 0, p - y)
    whole: Difference | None = find_slip(answer, right, {})
    if whole is None:
        return "The network is wrong here, and raising z would lower the loss."
    if whole.kind not in (Kind.WRONG, Kind.NAN):
        raise Wrong(whole.words)
    found_p, found_class, slope = np.asarray(answer, dtype=float)
    slips_of_p = {
        "that is the probability of class 0: p = 1 / (1 + e⁻ᶻ), and −z is log 4.": 1 - p,
        "that is e to the power z; p = 1 / (1 + e⁻ᶻ).": np.exp(z),
        "that is e⁻ᶻ; p = 1 / (1 + e⁻ᶻ).": np.exp(-z),
        "that is 1 + e⁻ᶻ; 1 is still to be divided by it.": 1 + np.exp(-z),
        "that is z; it passes through the sigmoid first.": z,
        "that is the loss; p = 1 / (1 + e⁻ᶻ).": -np.log(p),
    }
    slips_of_class = {
        "1 is the label. The network answers 1 only if p is ½ or more.": 1,
        "that is p; the answer is a class, 0 or 1.": p,
        "the answer is a class, 0 or 1.": 0.5,
    }
    slips_of_slope = {
        "the sign: p − y.": y - p,
        "that is p, or p − y with the label 0; here it is 1.": p,
        "z − y is the slope of the squared error; here it is p − y.": z - y,
        "p (1 − p) is too much: the sigmoid is in p − y already.": (p - y) * p * (1 - p),
        "that is the derivative by p; it is still to be multiplied by p (1 − p).": -1 / p,
        "that is the slope of the sigmoid alone, p (1 − p).": p * (1 - p),
        "that is the loss, not its derivative.": -np.log(p),
        "the class that the network answers takes no part: p − y has the probability.": -1,
        "a factor 2 too much.": 2 * (p - y),
        "a factor ½ too much.": (p - y) / 2,
    }
    parts = [
        ("the probability", found_p, right[0], slips_of_p),
        ("the class", found_class, right[1], slips_of_class),
        ("the derivative", slope, right[2], slips_of_slope),
    ]
    for name, found, wanted, slips in parts:
        difference = find_slip(found, wanted, {Slip(text): slip for text, slip in slips.items()})
        if difference:
            raise Wrong(f"{name}: {difference.words}")
    raise AssertionError("one of the parts differs")


q4 = Question(
    "Exercise 6.4",
    "two_classes",
    _two_classes,
    hints=[
        "p = f(z) is 1 / (1 + e⁻ᶻ), and e to the power log 4 is 4.",
        "The answer is class 1 if p is ½ or more, whatever the label.",
        "The derivative is p − y.",
    ],
    solution="two_classes = (0.2, 0, -0.8)",
)


def _sum_of_both() -> nn.Node:
    """The loss of exercise 6.5; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=2), nn.Labels("y", classes=3)
        a = nn.matmul(x, nn.Parameter("U", np.ones((2, 3))), name="a")
        z = nn.add(a, nn.tanh(a, name="h"), name="z")
        return nn.cross_entropy(z, y, name="loss")


q5 = Derivation(
    "Exercise 6.5",
    "my_lines",
    derivation(
        _sum_of_both,
        "Every line holds, on batches of several sizes: a new start, and the rest as before.",
        written_out=True,
        feedback="first",
    ),
    hints=[
        "The start is that of (6.3), one row for each example: softmax(z) − onehot(y).",
        "a is used twice, in z itself and in h: add up what comes on both ways.",
        "Through h, z.grad ⊙ (1 − h²) comes to a. What came in at U is x; divide by B there.",
    ],
    solution='''
my_lines = """
z.grad = softmax(z) − onehot(y)
a.grad = z.grad + z.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
"""
''',
)


# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("06")
