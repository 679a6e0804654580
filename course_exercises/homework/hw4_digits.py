"""Homework 4, real handwritten digits: the learning rate is chosen by validation digits.

Two networks are trained, one on digits that were scanned very faintly: what suits the one learns
next to nothing from the other in the same few epochs, or too wildly. The pixels are in another
order and the digits have other names: weights from elsewhere are of no use.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Step
from course_exercises.homework.hw4_trial import NAMES
from course_exercises.homework.tasks import (
    RIGHT,
    Reaches,
    Satisfies,
    Task,
    Verdict,
    not_right,
    told,
)
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "ACCURACY_OF_OTHER_WEIGHTS", "COUNT", "ERRORS", "MANY_MISSING", "PERCENT", "SOME_MISSING",
    "TRAINING_ACCURACY", "digits_read", "validation_read",
]
# fmt: on

WIDTHS = (64, 32, 16, 10)
SHAPES = list(pairwise(WIDTHS))
SIZES = [rows * columns for rows, columns in SHAPES]
TRAIN, VALIDATION = 900, 300  # the rest is held out
FAINT, ORDINARY = (0.007, 0.011), (1.0, 2.0)  # by what the standardised pixels are multiplied

MINIMUM = 90  # percent
SOME_MISSING = Slip("between 75 and 90 % of these digits are read; 90 % are wanted.")
MANY_MISSING = Slip("between 40 and 75 % of these digits are read; 90 % are wanted.")
GUESSES = Slip("less than 40 % of these digits are read: the network has hardly learned anything.")
WEIGHTS_UNCHANGED = Slip(
    "the weights of the network that was passed in have not changed. Was another network trained?"
)
TRAINING_ACCURACY = Slip("that is the accuracy on the training digits.")
PERCENT = Slip("that is in percent; a share lies between 0 and 1.")
COUNT = Slip("that is how many digits are read; their share is wanted.")
ERRORS = Slip("that is the share of the digits that are read wrongly.")
ACCURACY_OF_OTHER_WEIGHTS = Slip(
    "that is not the accuracy of the weights that you left in the network on the validation digits "
    "that were passed in. Are the weights those of the best run, or those of the last one?"
)


class Digits:
    """Digits in three parts, whose pixels are multiplied by `factor`."""

    def __init__(self, rng: np.random.Generator, factor: float) -> None:
        data = nn.datasets.digits()
        rows, columns = rng.permutation(len(data["y"])), rng.permutation(64)
        names = rng.permutation(10)
        parts = np.split(rows, [TRAIN, TRAIN + VALIDATION])
        pixels = [data["x"][part][:, columns] for part in parts]
        self.x_train, self.x_held_out = nn.datasets.standardise(pixels[0], pixels[2])
        _, self.x_validation = nn.datasets.standardise(pixels[0], pixels[1])
        self.x_train, self.x_validation, self.x_held_out = (
            factor * x for x in (self.x_train, self.x_validation, self.x_held_out)
        )
        self.y_train, self.y_validation, self.y_held_out = (
            names[data["y"][part]] for part in parts
        )
        self.options: dict[str, Any] = {
            "activation": "tanh",
            "loss": "cross_entropy",
            "seed": int(rng.integers(1000)),
        }
        self.seed = int(rng.integers(1000))
        first = nn.two_hidden_layer_network(*WIDTHS, **self.options).graph.parameters
        self.untrained = np.concatenate([W.value.ravel() for W in first])

    def steps(self, i: int) -> list[Step]:
        """Make a network, have it trained; "weights{i}" are its weights."""
        given = (self.x_train, self.y_train, self.x_validation, self.y_validation)
        model, rng = f"model{i}", f"rng{i}"
        return [
            Call("course_nn.two_hidden_layer_network", WIDTHS, into=model, keywords=self.options),
            Call("numpy.random.default_rng", (self.seed,), into=rng),
            Call("train_on_digits", (Ref(model), *given, Ref(rng)), into=f"accuracy{i}"),
            Call(
                "numpy.concatenate",
                ([Ref(f"{model}.{W}.value.flat") for W in NAMES],),
                into=f"weights{i}",
            ),
        ]

    def read(self, weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
        """The share of these digits that a network with these weights, all in a row, reads."""
        parts = np.split(weights, np.cumsum(SIZES)[:-1])
        W1, W2, W3 = (part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True))
        with np.errstate(all="ignore"):
            z3 = np.tanh(np.tanh(x @ W1) @ W2) @ W3
        return float((z3.argmax(axis=1) == y).mean())

    def percent(self, weights: np.ndarray, held_out: bool = True) -> float:
        """How many percent of the held-out digits, or of the validation digits, are read; −1 for
        the weights of the start."""
        if np.array_equal(weights, self.untrained):
            return -1.0
        if held_out:
            return 100 * self.read(weights, self.x_held_out, self.y_held_out)
        return 100 * self.read(weights, self.x_validation, self.y_validation)


def digits_read(rng: np.random.Generator, held_out: bool = True) -> Task:
    """Train on 900 digits, choose by 300; of the other 597, the share that is read right.

    Args:
        held_out: if not, the 300 judge too, as in the notebook: what is held out is for grading.
    """
    faint = Digits(rng, float(rng.uniform(*FAINT)))
    ordinary = Digits(rng, float(rng.uniform(*ORDINARY)))
    short = {SOME_MISSING: 75.0, MANY_MISSING: 40.0, GUESSES: 0.0, WEIGHTS_UNCHANGED: -1.0}
    judging = "held-out" if held_out else "validation"
    said = f"your network reads {{:.1f}} % of the {judging} digits: "

    def reaches(digits: Digits) -> Reaches:
        return Reaches(shape, partial(digits.percent, held_out=held_out), MINIMUM, short, said)

    shape = (sum(SIZES),)
    returned = "the accuracy that is returned"
    return Task(
        f"900 digits to train on, 300 to choose by, 597 held out; the {judging} digits judge. Once "
        "they are very faint, once they are not.",
        [
            *faint.steps(1),
            Get("weights1", "faint digits"),
            *ordinary.steps(2),
            Get("weights2", "ordinary digits"),
            Call("numpy.append", (Ref("weights2"), Ref("accuracy2")), into="both"),
            Get("both", returned),
        ],
        {
            "faint digits": reaches(faint),
            "ordinary digits": reaches(ordinary),
            returned: Satisfies(_of_validation(ordinary)),
        },
    )


def validation_read(rng: np.random.Generator) -> Task:
    """The same, judged by the 300 that choose."""
    return digits_read(rng, held_out=False)


def _of_validation(digits: Digits) -> Callable[[Any], Verdict]:
    """The judge of an accuracy, which stands behind the weights whose accuracy it is."""

    def judge(found: Any) -> Verdict:
        if np.shape(found) != (sum(SIZES) + 1,):
            return not_right("one number is to be returned, the accuracy.")
        weights, came = found[:-1], float(found[-1])
        if np.array_equal(weights, digits.untrained):
            return told(WEIGHTS_UNCHANGED)
        right = digits.read(weights, digits.x_validation, digits.y_validation)
        slips = {
            PERCENT: 100 * right,
            COUNT: VALIDATION * right,
            ERRORS: 1 - right,
            TRAINING_ACCURACY: digits.read(weights, digits.x_train, digits.y_train),
        }
        if np.isclose(came, right, rtol=0, atol=1e-6):
            return RIGHT
        named = (slip for slip, value in slips.items() if np.isclose(came, value, 0, 1e-6))
        return told(next(named, ACCURACY_OF_OTHER_WEIGHTS))

    return judge
