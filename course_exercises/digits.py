"""The questions of lesson 11: accuracy, standardising, which data choose."""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_exercises.question import (
    Kind,
    Question,
    Slip,
    Wrong,
    call,
    find_slip,
    name_slip,
    same,
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
    return {words: value for words, value in slips.items() if np.any(value)}  # 0 tells nothing


def _accuracy(answer: Callable[..., float]) -> str:
    # As many examples as classes, so that a wrong axis fits too; then more, then fewer.
    z3, labels = _logits(19, 19, right=10, seed=1338)
    columns = {
        "the largest entry was looked for in each column; each row is an example.": (
            z3.argmax(axis=0) == labels
        ).mean()
    }
    wanted = (z3.argmax(axis=1) == labels).mean()
    got = call(answer, z3=z3, labels=labels)
    name_slip(got, wanted, columns | _slips_of_accuracy(z3, labels))
    for size in ((17, 4, 11, 1), (7, 9, 5, 118)):
        z3, labels = _logits(*size)
        wanted = (z3.argmax(axis=1) == labels).mean()
        again = call(answer, z3=z3, labels=labels)
        if same(again, got):
            raise Wrong("it returns the same for other arguments. Use z3 and labels.")
        difference = find_slip(
            again, wanted, {Slip(w): v for w, v in _slips_of_accuracy(z3, labels).items()}
        )
        if difference and difference.kind == Kind.SLIP:
            raise Wrong(difference.words)
        if difference:
            raise Wrong(
                "it is right for 19 examples and 19 classes, but not for "
                f"{len(z3)} examples and {z3.shape[1]} classes. Is a size written as a number?"
            )
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
    return {
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
    }


def _standardised(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(10)
    for rows, others, columns in ((50, 20, 4), (7, 7, 7), (30, 1, 5)):
        scale = rng.uniform(0.2, 6, size=columns)
        train = rng.normal(-3, 1, size=(rows, columns)) * scale
        test = rng.normal(-5, 2, size=(others, columns)) * scale
        with np.errstate(divide="ignore", invalid="ignore"):  # a single row has no deviation
            slips = _slips_of_standardising(train, test)
        right = (test - train.mean(axis=0)) / train.std(axis=0)
        name_slip(call(answer, train=train, test=test), right, slips)
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
    word = word.removeprefix("the ").removesuffix(" data")
    word = NAMES.get(word, word)
    if word == "validation":
        return "The test data are looked at once, when everything has been chosen."
    raise Wrong(reasons.get(word, 'answer with "training", "validation" or "test".'))


q3 = Question(
    "Exercise 11.3",
    "choose_on",
    _which_data,
    hints=[
        "Which part is neither used for fitting nor kept for the end?",
        "There are three parts so that one of them can be used for choosing.",
    ],
    solution='choose_on = "validation"',
)
