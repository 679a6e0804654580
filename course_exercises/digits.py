"""The questions of lesson 11: accuracy, standardising, which data choose."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, name_slip, same


def _accuracy(answer: Callable[..., float]) -> str:
    z3 = np.array(  # as many examples as classes, so that a wrong axis fits too
        [
            [2.0, 6.0, 3.0, 3.0, 3.0, 4.0],
            [2.0, 3.0, 8.0, 2.0, 3.0, 7.0],
            [2.0, 1.0, 3.0, 0.0, 0.0, 2.0],
            [7.0, 8.0, 4.0, 1.0, 7.0, 3.0],
            [4.0, 2.0, 2.0, 5.0, 9.0, 8.0],
            [5.0, 1.0, 4.0, 4.0, 3.0, 3.0],
        ]
    )
    labels = np.array([1, 2, 3, 1, 4, 5])
    right = z3.argmax(axis=1) == labels
    slips = {
        "that is the number of right answers; a share is divided by the number of examples.": 4,
        "that is in percent; give the share, between 0 and 1.": 100 * right.mean(),
        "that is the share of errors.": 1 - right.mean(),
        "max gives the largest logit itself; argmax gives its column.": float(
            (z3.max(axis=1) == labels).mean()
        ),
        "the largest entry was looked for in each column; each row is an example.": float(
            (z3.argmax(axis=0) == labels).mean()
        ),
        "argmax() without axis=1 looks for one largest entry in the whole array.": float(
            (z3.argmax() == labels).mean()
        ),
        "that says for each example whether it is right; take the mean.": right,
    }
    name_slip(call(answer, z3=z3, labels=labels), right.mean(), slips)
    if not same(call(answer, z3=z3[:5], labels=labels[:5]), right[:5].mean()):
        raise Wrong(
            "it is right for 6 examples and 6 classes, but not for 5 examples. Divide by the "
            "number of examples."
        )
    return "Four of six."


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


def _standardised(answer: Callable[..., np.ndarray]) -> str:
    rng = np.random.default_rng(10)
    train, test = rng.normal(3, 2, size=(50, 4)), rng.normal(4, 1, size=(20, 4))
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    both = np.vstack([train, test])
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
        "one mean for all pixels; each column has its own.": (test - train.mean()) / train.std(),
        "divided by the variance; the standard deviation is its root.": (test - mean)
        / deviation**2,
        "that is the training data; standardise the test data.": (train - mean) / deviation,
    }
    name_slip(call(answer, train=train, test=test), (test - mean) / deviation, slips)
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


def _which_data(answer: str) -> str:
    word = str(answer).strip().lower()
    reasons = {
        "training": "on training data the network has seen the answers: it always looks too good.",
        "test": "a setting chosen on the test data has been fitted to them, so that their accuracy "
        "no longer says what will happen on new digits.",
    }
    words = [full for full in ("training", "validation", "test") if full[:3] in word]
    word = words[0] if len(words) == 1 else word
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
