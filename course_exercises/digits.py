"""The questions of lesson 11: accuracy, standardising, what data can tell, a closing network."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.cases import Case, try_cases
from course_exercises.derivations import Derivation, derivation
from course_exercises.prediction import Prediction
from course_exercises.question import Question, Wrong
from course_exercises.recall.blocks import block


def _parts() -> tuple[list[dict[str, np.ndarray]], list[np.ndarray]]:
    """Training, validation and test data of the lesson, and their standardised pixels."""
    parts = nn.datasets.split(nn.datasets.digits(), seed=0)
    return list(parts), list(nn.datasets.standardise(*(part["x"] for part in parts)))


def _mean_of_pixel(part: int) -> float:
    return float(_parts()[1][part][:, 20].mean())


@cache  # it trains two networks, always the same
def _read_by_one_alone() -> tuple[int, int]:
    """How many test digits mini-batches read and online learning does not, and the other way."""
    (train, _, test), (x_train, _, x_test) = _parts()
    right = []
    for B, epochs, rate in ((32, 30, 0.2), (1, 5, 0.02)):
        model = nn.two_hidden_layer_network(
            64, 64, 32, 10, activation="tanh", loss="cross_entropy", seed=0
        )
        data = {"x": x_train, "y": train["y"]}
        options: dict[str, Any] = {"seed": 0, "progress": False, "engine": "numpy"}
        nn.train_minibatch(
            model.loss, data, batch_size=B, epochs=epochs, learning_rate=rate, **options
        )
        right.append(nn.predict(model.loss, {"x": x_test}).classes == test["y"])
    mini, online = right
    return int((mini & ~online).sum()), int((online & ~mini).sum())


def _as_one_sided(a: int, b: int) -> float:
    """How often a + b coins fall at least as one-sidedly as a to b: the sign test."""
    ways = sum(math.comb(a + b, k) for k in range(max(a, b), a + b + 1))
    return min(1.0, 2 * ways / 2 ** (a + b))


def _tells(chance: float) -> str:
    return "yes" if chance < 0.05 else "no"


p1 = Prediction(
    "Prediction 11.1",
    choices=("yes", "no"),
    came=lambda: _mean_of_pixel(2),
    reads=lambda mean: "yes" if abs(mean) < 1e-9 else "no",
    where="It is the last line that the cell has printed.",
    why="Standardised means: with the mean 0. But that is true of the data from which mean and "
    "deviation were taken, and those are the training data.",
    again=Prediction(
        "Prediction 11.1, second case",
        asks="And its mean over the training data? See `x_train[:, 20].mean()`.",
        choices=("yes", "no"),
        came=lambda: _mean_of_pixel(0),
        reads=lambda mean: "yes" if abs(mean) < 1e-9 else "no",
        where="A number such as 1e-16 is 0 up to rounding.",
        why="After the first case one may doubt it here, too. Rounding leaves something in the "
        "sixteenth digit. Who thought of the limit ±3 thought well: at pixel 20 no training digit "
        "reaches it, but at pixel 7 some do, and there the mean is not 0.",
    ),
)

p2 = Prediction(
    "Prediction 11.2",
    choices=("yes", "no"),
    came=lambda: _as_one_sided(*_read_by_one_alone()),
    reads=_tells,
    where="It is how often coins fall as one-sidedly.",
    why="A larger share looks like a better method. But only digits that one alone has read say "
    "something about the difference, and there are very few of them. If a result is no rarer "
    "than 5 in 100 by chance, one does not call it a difference.",
    again=Prediction(
        "Prediction 11.2, second case",
        asks="In a larger test, 20 digits are read by one method alone and 5 by the other alone. "
        "Do these data tell? They do if it comes to less than 5 in 100 by chance: see "
        "`as_one_sided(20, 5)`.",
        choices=("yes", "no"),
        came=lambda: _as_one_sided(20, 5),
        reads=_tells,
        where="It is how often 25 coins fall as one-sidedly as 20 to 5.",
        why="After the first case one may think that small differences never tell. They do, if "
        "there are enough digits on which the two differ.",
    ),
)


def _logits(examples: int, classes: int, right: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits (B, K) and labels (B,): in `right` rows the largest is that of the label."""
    rng = np.random.default_rng(seed)
    z3 = np.round(rng.normal(0, 2.5, size=(examples, classes)), 1)
    labels = z3.argmax(axis=1)
    labels[right:] = (labels[right:] + rng.integers(1, classes, size=examples - right)) % classes
    order = rng.permutation(examples)
    return z3[order], labels[order]


def _slips_of_accuracy(z3: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    examples, classes = z3.shape
    best = z3.argmax(axis=1)
    right = best == labels
    share = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
    slips = {
        "that is the first example alone: 1 if it is right. Take all rows.": right[0],
        "that is the last example alone. In a loop, = overwrites what was there: write +=.": (
            right[-1]
        ),
        "the loop was left after the first example: `return` stands inside it.": (
            right[0] / examples
        ),
        "that is the last example alone, divided by the number of all. In a loop, = overwrites "
        "what was there: write +=.": right[-1] / examples,
        "the last example was left out; the loop takes range(len(labels)).": (
            right[:-1].sum() / examples
        ),
        "the last example was left out.": right[:-1].mean(),
        "divided by one less than the number of examples.": right.sum() / (examples - 1),
        "the second largest logit counted too; the answer is the largest.": (
            (z3.argsort(axis=1)[:, -2:] == labels[:, None]).any(axis=1).mean()
        ),
        "that is the second largest logit; the answer is the largest.": (
            z3.argsort(axis=1)[:, -2] == labels
        ).mean(),
        "each class was weighed alike; here each example counts as one.": np.mean(
            [right[labels == label].mean() for label in np.unique(labels)]
        ),
        "the first example was left out; rows are counted from 0.": right[1:].sum() / examples,
        "the first example was left out; rows are counted from 0, and divided by all.": (
            right[1:].mean()
        ),
        "the share was rounded to a whole number.": float(right.mean() > 0.5),
        "0 comes out if the share is cut to a whole number, by // or int, and if it is asked "
        "whether all answers are right. The share is between 0 and 1.": 0.0,
        "the answers and the labels were sorted first; row b of both belongs together.": (
            np.sort(best) == np.sort(labels)
        ).mean(),
        "every answer was compared with every label; row b of both belongs together.": (
            best[:, None] == labels
        ).mean(),
        "that is the mean probability of the right classes; count the right answers.": (
            share[np.arange(examples), labels].mean()
        ),
        "a logit above 0 is not yet the largest one.": (z3[np.arange(examples), labels] > 0).mean(),
        "that marks the largest logit of each row; compare its column with the label.": (
            z3 == z3.max(axis=1, keepdims=True)
        ).mean(),
        "a class is right or wrong; how far its number is from the label does not matter.": (
            1 - np.mean((best - labels) ** 2)
        ),
        "a neighbouring class was counted as right; a class is right or wrong.": (
            np.abs(best - labels) <= 1
        ).mean(),
        "the number of right answers was divided by 10; divide by the number of examples.": (
            right.sum() / 10
        ),
        "the number of right answers was divided by 179; divide by the number of examples.": (
            right.sum() / 179
        ),
        "only ten examples were counted; take len(labels).": right[:10].mean(),
        "only the first rows were counted, as many as there are classes.": (
            right[:classes].sum() / examples
        ),
        "that is the number of right answers; a share is divided by the number of examples.": (
            right.sum()
        ),
        "that is in percent; give the share, between 0 and 1.": 100 * right.mean(),
        "that is the share of errors.": 1 - right.mean(),
        "that is divided by the number of classes; divide by the number of examples.": (
            right.sum() / classes
        ),
        "that is divided by the number of all logits; divide by the number of examples.": (
            right.sum() / z3.size
        ),
        "max gives the largest logit itself; argmax gives its column.": (
            z3.max(axis=1) == labels
        ).mean(),
        "argmin looks for the smallest logit; the answer is the largest.": (
            z3.argmin(axis=1) == labels
        ).mean(),
        "the sign of a logit counts: the answer is the largest, not the one furthest from 0.": (
            np.abs(z3).argmax(axis=1) == labels
        ).mean(),
        "the answer is the largest logit, whether or not its probability is above ½.": (
            share[np.arange(examples), labels] > 0.5
        ).mean(),
        "the columns are counted from 0, as the labels are: argmax needs no + 1.": (
            best + 1 == labels
        ).mean(),
        "argmax() without axis=1 looks for one largest entry in the whole array.": (
            z3.argmax() == labels
        ).mean(),
        "that says for each example whether it is right; take the mean.": right,
        "those are the answers of the network; compare them with the labels.": best,
    }
    return slips


def _accuracy(answer: Callable[..., float]) -> str:
    # As many examples as classes, so that a wrong axis fits too; then more. The first answer is
    # right, then the last, then both: together no slip gives what is right, or what another gives.
    cases = []
    for size in ((19, 19, 10, 3), (37, 4, 23, 3), (11, 9, 6, 14)):
        z3, labels = _logits(*size)
        slips = _slips_of_accuracy(z3, labels)
        # Where the comparison does not fit, such code stops, and no number comes out.
        fits = len(z3) == z3.shape[1]
        slips["the largest entry was looked for in each column; each row is an example."] = (
            (z3.argmax(axis=0) == labels).mean() if fits else np.inf
        )
        wanted = (z3.argmax(axis=1) == labels).mean()
        sizes = f"{len(z3)} examples and {z3.shape[1]} classes"
        cases.append(Case({"z3": z3, "labels": labels}, wanted, slips, sizes))
    others = [dict(zip(("z3", "labels"), _logits(19, 19, 5 * i, i), strict=True)) for i in range(4)]
    try_cases(answer, cases, others=others)
    return "It holds for any number of examples and of classes."


q1 = Question(
    "Exercise 11.1",
    "accuracy",
    _accuracy,
    hints=[
        "The answer of the network for a row is the column of its largest logit: "
        "z3.argmax(axis=1).",
        "Compare with the labels, and take the mean of the comparisons.",
    ],
    solution="""
def accuracy(z3, labels):
    return (z3.argmax(axis=1) == labels).mean()
""",
)


def _slips_of_standardising(train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    both = np.vstack([train, test])
    right = (test - mean) / deviation
    rows = (test - test.mean(axis=1, keepdims=True)) / test.std(axis=1, keepdims=True)
    last = (test - mean[-1]) / deviation[-1]
    slips = {
        "the mean and deviation of the test data were used. Only the training data may speak.": (
            test - test.mean(axis=0)
        )
        / test.std(axis=0),
        "training and test data were put together; nothing of the test data may be used.": (
            test - both.mean(axis=0)
        )
        / both.std(axis=0),
        "the mean is that of the test data. Only the training data may speak.": (
            test - test.mean(axis=0)
        )
        / deviation,
        "the deviation is that of the test data. Only the training data may speak.": (test - mean)
        / test.std(axis=0),
        "brackets are missing: first subtract the mean, then divide.": test - mean / deviation,
        "the division by the standard deviation is missing.": test - mean,
        "the mean is not subtracted.": test / deviation,
        "the sign: the mean is subtracted from the data.": -right,
        "the mean is subtracted, not added.": (test + mean) / deviation,
        "divide by the standard deviation; do not multiply.": (test - mean) * deviation,
        "one mean for all pixels; each column has its own.": (test - train.mean()) / train.std(),
        "one deviation for all pixels; each column has its own.": (test - mean) / train.std(),
        "one mean for all pixels, though a deviation for each; each column has its own.": (
            test - train.mean()
        )
        / deviation,
        "each row was standardised; mean and deviation belong to the columns, axis=0.": rows,
        "divided by the variance; the standard deviation is its root.": (test - mean)
        / deviation**2,
        "that divides by the root of the standard deviation.": (test - mean) / np.sqrt(deviation),
        "ddof=1 is for guessing the deviation of something larger; here it is that of the training "
        "data themselves, .std(axis=0).": (test - mean) / train.std(axis=0, ddof=1),
        "no limit to ±3 is asked for here.": np.clip(right, -3, 3),
        "that is scaling to 0–1; standardising takes mean and standard deviation.": (
            test - train.min(axis=0)
        )
        / (train.max(axis=0) - train.min(axis=0)),
        "that is the training data; standardise the test data.": (train - mean) / deviation,
        "train comes first and test second; they were exchanged.": (train - test.mean(axis=0))
        / test.std(axis=0),
        "the test data came back as they were.": test,
        "mean and deviation of the last column were taken for all. In a loop over the columns, "
        "write into out[:, d].": last,
        "the last column stayed as it was; the loop takes range(train.shape[1]).": np.hstack(
            [right[:, :-1], test[:, -1:]]
        ),
        "the first row of train was subtracted, not the mean of all.": (test - train[0])
        / deviation,
        "the deviation is that from the mean, not from 0.": (test - mean)
        / np.sqrt((train**2).mean(axis=0)),
        "that is divided by the mean distance from the mean; the standard deviation is the root of "
        "the mean square.": (test - mean) / np.abs(train - mean).mean(axis=0),
        "that is divided by the largest value; standardising takes mean and standard deviation.": (
            test / train.max(axis=0)
        ),
        "the median was subtracted; it is the mean.": (test - np.median(train, axis=0)) / deviation,
        "the results are cut to whole numbers: leave out int.": np.trunc(right),
        "the deviation was not divided by the number of examples: it is the root of the mean "
        "square.": (test - mean) / (deviation * np.sqrt(len(train))),
        "one number was added to the deviation; no column is constant here, so leave it out.": (
            (test - mean) / (deviation + 1)
        ),
    }
    if len(train) == len(test) == train.shape[1]:
        across, spread = train.mean(axis=1), train.std(axis=1)
        slips |= {
            "mean and deviation of each row of train were taken; each column has its own, "
            "axis=0.": ((test - across) / spread),
            "mean and deviation of each row of train were taken, as columns; each column has its "
            "own: axis=0.": (test - across[:, None]) / spread[:, None],
        }
    return slips


def _standardised(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(10)
    cases = []
    # As many rows as columns at first, so that a wrong axis fits too.
    for rows, others, columns in ((7, 7, 7), (50, 20, 4), (30, 1, 5)):
        scale = rng.uniform(0.2, 6, size=columns)
        train = rng.normal(-3, 1, size=(rows, columns)) * scale
        test = rng.normal(-5, 2, size=(others, columns)) * scale
        with np.errstate(divide="ignore", invalid="ignore"):  # a single row has no deviation
            slips = _slips_of_standardising(train, test)
        right = (test - train.mean(axis=0)) / train.std(axis=0)
        sizes = f"train ({rows}, {columns}) and test ({others}, {columns})"
        cases.append(Case({"train": train, "test": test}, right, slips, sizes))
    try_cases(answer, cases)
    return "The test data were prepared with the numbers of the training data."


q2 = Question(
    "Exercise 11.2",
    "standardise_test",
    _standardised,
    hints=[
        "Take mean and standard deviation of each column of train: axis=0.",
        "Subtract that mean from test and divide by that deviation.",
    ],
    solution="""
def standardise_test(train, test):
    return (test - train.mean(axis=0)) / train.std(axis=0)
""",
)


NAMES = {"train": "training", "val": "validation", "valid": "validation"}


def _which_data(answer: str) -> str:
    reasons = {
        "training": "on training data the network has seen the answers: it always looks too good.",
        "test": "a setting chosen on the test data has been fitted to them, so that their accuracy "
        "no longer says what will happen on new digits.",
    }
    word = answer.strip(" .'\"").lower() if isinstance(answer, str) else ""
    word = word.removeprefix("the ").removesuffix(" data").removesuffix(" set")
    word = NAMES.get(word, word)
    if word == "validation":
        return "The test data are looked at once, when everything has been chosen."
    raise Wrong(reasons.get(word, 'answer with "training", "validation" or "test".'))


earlier_q3 = Question(
    "Exercise 11.3",
    "choose_on",
    _which_data,
    hints=[
        "Which part is neither used for fitting nor kept for the end?",
        "There are three parts so that one of them can be used for choosing.",
    ],
    solution='choose_on = "validation"',
)


def _two_ways() -> nn.Node:
    """The loss of exercise 11.3; the widths do not matter, the numbers neither."""
    with nn.Graph():
        x, y = nn.Input("x", width=2), nn.Labels("y", classes=3)
        U, V = nn.Parameter("U", np.ones((2, 4))), nn.Parameter("V", np.ones((4, 3)))
        h = nn.tanh(nn.matmul(x, U, name="a"), name="h")
        past = nn.matmul(x, nn.Parameter("S", np.ones((2, 3))), name="past")
        z = nn.add(nn.matmul(h, V, name="through"), past, name="z")
        return nn.cross_entropy(z, y, name="loss")


q3 = Derivation(
    "Exercise 11.3",
    "my_lines",
    derivation(
        _two_ways,
        "Every line holds, on batches of several sizes. That is the whole way back, in a network "
        "of your own.",
        written_out=True,
        feedback="count",
    ),
    hints=[
        "The start is softmax(z) − onehot(y). A sum passes it on as it is, on both ways.",
        "On the one way back: through V to h, as one sum over the classes, and then through tanh.",
        "What came in at U and at S is x; divide by B there.",
    ],
    solution='''
my_lines = """
z.grad = softmax(z) − onehot(y)
V.grad = h.T @ z.grad / B
h.grad = z.grad @ V.T
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
S.grad = x.T @ z.grad / B
"""
''',
)

# What the lesson asks at its start, and what comes back of what was missed.
r1, r2, r3, due1, due2, due3, again = block("11")
