"""The questions of homework 1: forward pass and loss.

    from course_exercises.homework import hw1 as questions

    questions.q1.check(shapes)

Right values are computed by the module. What comes out of a slip is computed by the module too,
where the slip changes the network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref
from course_exercises.homework.random_networks import (
    LARGE_LOGITS,
    NEVER,
    OVERFLOW,
    Case,
    activated,
    divided_by_other_sums,
    drawn,
    numbers,
    run,
    same_value,
    softmax_of,
    where_shifted,
    written,
)
from course_exercises.homework.tasks import Task, TaskQuestion, Wanted
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "BATCH_MEAN",
    "COLUMN",
    "COUNT",
    "ERROR_RATE",
    "EVERY",
    "FOLLOWS",
    "FROM_ONE",
    "HALF_INSIDE",
    "LOG2",
    "LOG10",
    "MEAN_NO_HALF",
    "MEAN_OVER_K",
    "MINUS",
    "NO_HALF",
    "ONLY_AT_Y",
    "ONLY_CHANGE",
    "ONLY_IN_SUM",
    "PERCENT",
    "PLUS",
    "ROW_COLUMN",
    "SET",
    "SHIFTED_PLUS",
    "SIGN",
    "SIGN_OF_EXPONENT",
    "SUM_NOT_MEAN",
    "batch_loss_of_L",
    "cross_entropy_large",
    "cross_entropy_one",
    "cross_entropy_several",
    "cross_entropy_tiny",
    "forward_one",
    "forward_sigmoid",
    "forward_tanh",
    "nudged_W1",
    "nudged_W2",
    "nudged_W3",
    "nudged_and_left",
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "shapes_of_values",
    "shapes_of_weights",
    "share_of_right_ones",
    "sigmoid_of_array",
    "softmax_large",
    "softmax_ordinary",
    "squared_error_one",
    "squared_error_several",
    "tanh_of_array",
]
# fmt: on

Array = np.ndarray
Rng = np.random.Generator

# --- question 1: shapes ---------------------------------------------------------------------------

EXCHANGED = Slip("the two numbers are exchanged: rows come first, then columns.")
NO_B = Slip("one row for each example: the first number is B.")
FLAT = Slip("two numbers are needed: the axis of the examples is missing.")
B_IN_W = Slip("weights have no axis of the examples; B does not occur in their shape.")


def _shapes(names: tuple[str, ...]) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        case = Case(rng)
        nodes = case.run()
        wanted = {}
        for name in names:
            rows, columns = nodes[name].value.shape
            slips: dict[Slip, Any] = {EXCHANGED: (columns, rows)}
            if name[0] == "W":
                slips[B_IN_W] = (case.B, columns)
            else:
                slips |= {NO_B: (1, columns), FLAT: (columns,)}
            wanted[name] = Wanted(np.array([rows, columns]), slips)
        widths = (case.B, case.D, case.H1, case.H2, case.K)
        return Task(
            written(f"shapes{widths}"),
            [
                Call("shapes", widths, into="result"),
                *(Get(f"result.{name}", name) for name in names),
            ],
            wanted,
        )

    return make


shapes_of_weights = _shapes(("W1", "W2", "W3"))
shapes_of_values = _shapes(("x", "z1", "h1", "z2", "h2", "z3"))

q1 = TaskQuestion(
    "Question 1",
    "shapes",
    {"the weights": shapes_of_weights, "x, z and h": shapes_of_values},
    praise="All nine shapes fit together.",
    hints=[
        "In a product (rows, m) (m, columns) the inner numbers are equal and disappear.",
        "Activations change no shape. Weights have no axis of the examples.",
    ],
)

# --- question 2: activations ----------------------------------------------------------------------

SIGN_OF_EXPONENT = Slip("the sign of the exponent: it is exp(−z).")
DERIVATIVE = Slip("that is the derivative f′(z); the value f(z) is wanted.")
OTHER_ACTIVATION = Slip("that is the other one of the two activations.")
BRACKETS = Slip("a pair of brackets is missing: 1 / (1 + exp(−z)).")
HALF_TANH = Slip("that is tanh(z / 2); a factor 2 in the exponents is missing.")
NO_ACTIVATION = Slip("the activation is missing.")


def _activation(activation: str) -> Callable[[Rng], Task]:
    other = {"sigmoid": "tanh", "tanh": "sigmoid"}[activation]

    def make(rng: Rng) -> Task:
        z = numbers(rng, *rng.permutation([2, 3, 4])[:2], scale=2.0)
        f = activated(z, activation)
        slips = {
            NO_ACTIVATION: z,
            OTHER_ACTIVATION: activated(z, other),
            SIGN_OF_EXPONENT: activated(-z, activation),
            DERIVATIVE: f * (1 - f) if activation == "sigmoid" else 1 - f**2,
        }
        if activation == "sigmoid":
            slips[BRACKETS] = 1 + np.exp(-z)
        else:
            slips[HALF_TANH] = activated(z / 2, activation)
        return Task(
            written(f"activate(z, {activation!r})", z=z),
            [Call("activate", (z, activation), into="h"), Get("h")],
            {"h": Wanted(f, slips)},
        )

    return make


sigmoid_of_array = _activation("sigmoid")
tanh_of_array = _activation("tanh")

q2 = TaskQuestion(
    "Question 2",
    "activate",
    {"sigmoid": sigmoid_of_array, "tanh": tanh_of_array},
    praise="Both activations are right, entry by entry.",
    hints=[
        "np.exp works entry by entry on a whole array: no loop is needed.",
        "Mind the brackets: the whole 1 + exp(−z) is below the line.",
    ],
)

# --- question 3: the forward pass -----------------------------------------------------------------

NOT_YET_ACTIVATED = Slip("that is z, to which the activation is still to be applied.")
ALREADY_ACTIVATED = Slip("the activation is already applied; z is the product itself.")
OUTPUT_ACTIVATED = Slip("z3 is the last product itself; no activation is applied to it.")
OUTPUT_SOFTMAX = Slip("z3 is the last product itself; softmax belongs to the loss.")
WITHOUT_H1 = Slip("it was computed from z1 instead of h1.")
WITHOUT_H2 = Slip("it was computed from z2 instead of h2.")
WITHOUT_BOTH = Slip("it was computed without any activation.")
WITH_OTHER = Slip("the other activation was used, not the one that is asked for.")
ROW_LOST = Slip("the axis of the examples is lost: one example is a matrix with one row.")
TRANSPOSED = Slip("that is the transpose: rows are examples.")
# What follows from a slip further to the left.
FOLLOWS = (WITHOUT_H1, WITHOUT_H2, WITHOUT_BOTH, WITH_OTHER)


def _forward(activation: str, one: bool = False) -> Callable[[Rng], Task]:
    operations: list[Any] = [nn.sigmoid, nn.tanh]
    f, other = operations if activation == "sigmoid" else operations[::-1]

    def make(rng: Rng) -> Task:
        case = Case(rng, activation=activation, one=one)
        right = _five(case)
        altered = {
            WITHOUT_H1: _five(case, f1=same_value),
            WITHOUT_H2: _five(case, f2=same_value),
            WITHOUT_BOTH: _five(case, f1=same_value, f2=same_value),
            WITH_OTHER: _five(case, f1=other, f2=other),
            SIGN_OF_EXPONENT: _five(case, f1=reflected(f), f2=reflected(f)),  # tanh: −, − is +
        }
        own: dict[str, dict[Slip, Any]] = {
            "z1": {ALREADY_ACTIVATED: right["h1"]},
            "h1": {
                NOT_YET_ACTIVATED: right["z1"],
                WITH_OTHER: altered[WITH_OTHER]["h1"],
                SIGN_OF_EXPONENT: altered[SIGN_OF_EXPONENT]["h1"],
            },
            "z2": {ALREADY_ACTIVATED: right["h2"]},
            "h2": {NOT_YET_ACTIVATED: right["z2"]},
            "z3": {
                OUTPUT_ACTIVATED: _five(case, f3=f)["z3"],
                OUTPUT_SOFTMAX: _five(case, f3=nn.softmax)["z3"],
            },
        }
        of_sigmoid = (SIGN_OF_EXPONENT,) if activation == "sigmoid" else ()
        follows: dict[str, tuple[Slip, ...]] = {
            "z1": (),
            "h1": (),
            "z2": (WITHOUT_H1, WITH_OTHER, SIGN_OF_EXPONENT),
            "h2": (WITHOUT_H1, WITHOUT_BOTH, WITH_OTHER, *of_sigmoid),
            "z3": (*FOLLOWS, *of_sigmoid),
        }
        wanted = {}
        for name, value in right.items():
            slips = own[name] | {slip: altered[slip][name] for slip in follows[name]}
            slips |= {TRANSPOSED: value.T, ROW_LOST: value[0] if one else NEVER}
            wanted[name] = Wanted(value, slips)
        arguments = (case.x, case.W1, case.W2, case.W3, activation)
        return Task(
            written(f"forward(x, W1, W2, W3, {activation!r})", x=case.x, **case.weights),
            [
                Call("forward", arguments, into="values"),
                *(Get(f"values.{name}", name) for name in right),
            ],
            wanted,
        )

    return make


def reflected(f: Any) -> Any:
    """The activation f with the slip that the sign in the exponent is wrong: f(−z)."""

    class Reflected(f):
        def forward(self) -> None:
            self.value = activated(-self.operands[0].value, f.__name__)

    return Reflected


def _five(case: Case, **changed: Any) -> dict[str, Array]:
    """z1 to z3 by the module."""
    nodes = case.run(**changed)
    return {name: nodes[name].value for name in ("z1", "h1", "z2", "h2", "z3")}


forward_one = _forward("sigmoid", one=True)
forward_sigmoid = _forward("sigmoid")
forward_tanh = _forward("tanh")

q3 = TaskQuestion(
    "Question 3",
    "forward",
    {
        "one example, sigmoid": forward_one,
        "several examples, sigmoid": forward_sigmoid,
        "several examples, tanh": forward_tanh,
    },
    praise="z1, h1, z2, h2 and z3 hold for one example and for several.",
    hints=[
        "There are five lines, in the order of the formulas at the top, and a dictionary.",
        "@ is the matrix product. h1 and h2 come from `activate`; z3 gets no activation.",
    ],
)

# --- question 4: squared error --------------------------------------------------------------------

NO_HALF = Slip("the factor ½ is missing.")
HALF_INSIDE = Slip("the ½ is squared too: first the square, then ½.")
MEAN_OVER_K = Slip("over the outputs the squares are added up, not averaged.")
MEAN_NO_HALF = Slip(
    "over the outputs the squares are added up, not averaged; and the ½ is missing."
)
ONE_FOR_ALL = Slip("that is one number for the whole batch; every example has its own loss.")
BATCH_MEAN = Slip("that is J, the mean over the batch; every example has its own loss.")
OVER_EXAMPLES = Slip("the squares were added up down the columns, over the examples: use axis=1.")
NOT_SUMMED = Slip("the squares are not yet added up over the outputs.")
COLUMN = Slip("a column instead of one axis: the shape is (B,), without keepdims.")
ROOT = Slip("that is the distance: no root is taken.")
NOT_SQUARED = Slip("the differences are not squared.")
SUM_NOT_MEAN = Slip("that is the sum over the examples; J is their mean.")
HALF_AGAIN = Slip("the factor ½ is in L already.")
FIRST_ONLY = Slip("only one of the examples was used.")


def _squared_error(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        # For 2 or 4 outputs a mean would look like a slip with the ½.
        K = int(rng.choice([3, 5]))
        B = int(rng.choice([4, 8 - K]))
        z3, y = numbers(rng, 1 if one else B, K, scale=2.0), numbers(rng, 1 if one else B, K)
        L = _loss_by_module(z3, y)
        d = z3 - y
        slips = {
            NO_HALF: 2 * L,
            ONE_FOR_ALL: L.sum() if not one else L[0],
            BATCH_MEAN: L.mean() if not one else NEVER,
            OVER_EXAMPLES: 0.5 * (d**2).sum(axis=0),
            NOT_SUMMED: 0.5 * d**2,
            COLUMN: L[:, None],
            ROOT: np.sqrt(2 * L),
            HALF_INSIDE: L / 2,
            MEAN_OVER_K: L / K,
            MEAN_NO_HALF: 2 * L / K,
            NOT_SQUARED: 0.5 * d.sum(axis=1),
        }
        return Task(
            written("squared_error(z3, y)", z3=z3, y=y),
            [Call("squared_error", (z3, y), into="L"), Get("L")],
            {"L": Wanted(L, slips)},
        )

    return make


def _loss_by_module(z3: Array, y: Array) -> Array:
    """L by the module: squared error, or cross-entropy if y holds integers."""
    width = z3.shape[1]
    with nn.Graph(make_current=False) as graph:
        logits = nn.Input("z3", width)
        if y.dtype.kind == "i":
            nn.cross_entropy(logits, nn.Labels("y", width), name="L")
        else:
            nn.squared_error(logits, nn.Input("y", width), name="L")
    return run(graph, z3=z3, y=y)["L"].value


def batch_loss_of_L(rng: Rng) -> Task:
    L = np.round(rng.uniform(0.1, 4.0, size=rng.integers(3, 7)), 1)
    slips = {
        SUM_NOT_MEAN: L.sum(),
        HALF_AGAIN: L.mean() / 2,
        FIRST_ONLY: L[0],
    }
    return Task(
        written("batch_loss(L)", L=L),
        [Call("batch_loss", (L,), into="J"), Get("J")],
        {"J": Wanted(L.mean(), slips)},
    )


squared_error_one = _squared_error(one=True)
squared_error_several = _squared_error(one=False)

q4 = TaskQuestion(
    "Question 4",
    ("squared_error", "batch_loss"),
    {
        "L, several examples": squared_error_several,
        "L, one example": squared_error_one,
        "J": batch_loss_of_L,
    },
    praise="One loss for each example, and their mean for the batch.",
    hints=[
        "The sum over k goes along a row. In a matrix (B, K) that is axis=1.",
        "First the differences, then the squares, then their sum along the row, then ½.",
    ],
)

# --- question 5: classes --------------------------------------------------------------------------

NOT_DIVIDED = Slip("the exponentials are not divided by their sum.")
LOG_OF_SOFTMAX = Slip("that is the logarithm of the probabilities.")
SIGN = Slip("the sign: L = −log p_y, which is never below 0.")
NO_LOG = Slip("the logarithm is missing: that is p_y.")
ONE_MINUS = Slip("that is 1 − p_y; the loss is −log p_y.")
LOG10 = Slip("that is the logarithm to base 10; the natural one is wanted: np.log.")
LOG2 = Slip("that is the logarithm to base 2; the natural one is wanted: np.log.")
ALL_CLASSES = Slip("the logarithms of all classes were added up; only the right class counts.")
EVERY_CLASS = Slip("that is −log p for every class; only the right one of each row is wanted.")
NO_SOFTMAX = Slip("the softmax is missing: that is −z3 at the right class.")
PLUS = Slip("the minus before the logit of the right class is missing: L = −z3_y + log Σ exp(z3).")
ONLY_IN_SUM = Slip(
    "the largest logit was subtracted inside the sum, but not from z3_y: it is to be subtracted "
    "from all logits of the row."
)
ONLY_AT_Y = Slip(
    "the largest logit was subtracted from z3_y, but not inside the sum: it is to be subtracted "
    "from all logits of the row."
)
ALL_PAIRS = Slip(
    "with [:, y] each row gives the columns of all labels; with [np.arange(B), y] its own."
)
FROM_ONE = Slip("classes count from 0: the label y is the column itself, not y − 1.")
LOG_OF_ZERO = Slip(
    "p_y is so small that it became 0, and its logarithm infinite. First take the logarithm of "
    "the formula on paper: L = −z3_y + log Σ exp(z3)."
)
NEXT_CLASS = Slip("classes count from 0: the place that argmax gives is the class itself.")
Z3_PAIRS = Slip(
    "z3[:, y] gives for each row the columns of all labels; z3[np.arange(B), y] its own."
)
COUNT = Slip("that is a number of examples; the share of them is wanted.")
PERCENT = Slip("that is in percent; a share lies between 0 and 1.")
ERROR_RATE = Slip("that is the share of wrong answers.")
SMALLEST = Slip("the prediction is the class with the largest logit, not the smallest.")

SHIFTED_NOT_DIVIDED, SHIFTED_PLUS = where_shifted(NOT_DIVIDED), where_shifted(PLUS)
SHIFTED_ALL_PAIRS = where_shifted(ALL_PAIRS)


def _logits(rng: Rng, one: bool = False, moved: bool = False) -> tuple[Array, Array]:
    """z3 (B, K) and labels y (B,), B and K different; `moved` adds a large number to each row."""
    B, K = (int(n) for n in rng.permutation([3, 4, 5, 6])[:2])
    z3 = numbers(rng, 1 if one else B, K, scale=1.5)
    if moved:  # exp would be infinite in some rows, and 0 in others
        z3 += np.array([1000, -1000, 1000, -1000, 1000, -1000])[:B, None]
    # Not the largest logit everywhere, where it makes no difference whether it is subtracted.
    y = rng.integers(0, K, size=len(z3))
    y[0] = (z3[0].argmax() + rng.integers(1, K)) % K
    return z3, y


def _softmax(large: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        z3, _ = _logits(rng, moved=large)
        p = softmax_of(z3)
        slips = {
            SHIFTED_NOT_DIVIDED: np.exp(z3 - z3.max(axis=1, keepdims=True)),
            LOG_OF_SOFTMAX: np.log(p),
            TRANSPOSED: p.T,
        }
        slips |= {slip: np.exp(log_p) for slip, log_p in divided_by_other_sums(z3).items()}
        if not large:
            slips[NOT_DIVIDED] = np.exp(z3)
        tolerance = LARGE_LOGITS if large else Wanted.tolerance
        return Task(
            written("softmax(z3)", z3=z3),
            [Call("softmax", (z3,), into="p"), Get("p")],
            {"p": Wanted(p, slips, tolerance, nan=OVERFLOW)},
        )

    return make


def _cross_entropy(kind: str) -> Callable[[Rng], Task]:
    """Of "several" examples or "one", of "large" logits, or where p_y is "tiny"."""
    one = kind == "one"

    def make(rng: Rng) -> Task:
        z3, y = _logits(rng, one=one, moved=kind == "large")
        if kind == "tiny":
            z3[np.arange(len(y)), y] -= rng.integers(800, 1000, size=len(y))
        L = _loss_by_module(z3, y)
        rows, shifted = np.arange(len(y)), z3 - z3.max(axis=1, keepdims=True)
        at_y, shifted_at_y = z3[rows, y], shifted[rows, y]
        log_sum = np.logaddexp.reduce(shifted, axis=1)
        slips = {
            SIGN: -L,
            LOG10: L / np.log(10),
            LOG2: L / np.log(2),
            NO_SOFTMAX: -at_y,
            ONLY_IN_SUM: log_sum - at_y,
            SHIFTED_PLUS: log_sum + shifted_at_y,
            SHIFTED_ALL_PAIRS: NEVER if one else log_sum - shifted[:, y],
            ONE_FOR_ALL: L[0] if one else L.sum(),
            BATCH_MEAN: NEVER if one else L.mean(),
            COLUMN: L[:, None],
            FROM_ONE: _loss_by_module(z3, (y - 1) % z3.shape[1]),
        }
        slips |= {slip: -p[rows, y] for slip, p in divided_by_other_sums(z3).items()}
        if kind in ("several", "one"):
            everything = _loss_by_module(
                np.repeat(z3, z3.shape[1], axis=0), np.tile(np.arange(z3.shape[1]), len(y))
            ).reshape(z3.shape)
            slips |= {
                NO_LOG: np.exp(-L),
                ONE_MINUS: 1 - np.exp(-L),
                ALL_CLASSES: everything.sum(axis=1),
                EVERY_CLASS: everything,
                PLUS: L + 2 * at_y,
                ONLY_AT_Y: L + at_y - shifted_at_y,
                ALL_PAIRS: NEVER if one else everything[:, y],
                Z3_PAIRS: NEVER if one else L + at_y - z3[:, y],
            }
        tolerance = LARGE_LOGITS if kind == "large" else Wanted.tolerance
        nan = LOG_OF_ZERO if kind == "tiny" else OVERFLOW
        return Task(
            written("cross_entropy(z3, y)", z3=z3, y=y),
            [Call("cross_entropy", (z3, y), into="L"), Get("L")],
            {"L": Wanted(L, slips, tolerance, nan=nan)},
        )

    return make


def share_of_right_ones(rng: Rng) -> Task:
    B, K = 7, int(rng.integers(4, 6))

    def draw() -> tuple[Array, Array, list[float]]:
        z3 = (rng.permutation(B * K).reshape(B, K) / 5 - 2).round(1)  # no two are equal
        best, worst = z3.argmax(axis=1), z3.argmin(axis=1)
        y = np.where(rng.random(B) < 0.5, best, rng.integers(K, size=B))
        hits = (best == y, best != y, worst == y, best + 1 == y)
        return z3, y, [float(hit.mean()) for hit in hits]

    def draw_two() -> list[tuple[Array, Array, list[float]]]:
        each = "one in which each slip gives another share"
        return [drawn(draw, lambda found: len({0.0, *found[2]}) == 5, each) for _ in range(2)]

    # Two of them, so that no constant is right.
    (z3, y, shares), (other_z3, other_y, others) = drawn(
        draw_two,
        lambda two: all(a != b for a, b in zip(two[0][2], two[1][2], strict=True)),
        "two with other shares",
    )
    with nn.Graph(make_current=False):
        logits = same_value(nn.Input("z3", K), name="logits")
        loss = nn.cross_entropy(logits, nn.Labels("y", K), name="loss")
    accuracy = np.array(
        [
            nn.evaluate(loss, {"z3": z3, "y": y}, output=logits).accuracy,
            nn.evaluate(loss, {"z3": other_z3, "y": other_y}, output=logits).accuracy,
        ]
    )
    both = np.array([shares, others])
    slips = {
        COUNT: accuracy * B,
        PERCENT: 100 * accuracy,
        ERROR_RATE: both[:, 1],
        SMALLEST: both[:, 2],
        NEXT_CLASS: both[:, 3],
    }
    return Task(
        written(
            "np.array([accuracy(z3, y), accuracy(other_z3, other_y)])",
            z3=z3,
            y=y,
            other_z3=other_z3,
            other_y=other_y,
        ),
        [
            Call("accuracy", (z3, y), into="share"),
            Call("accuracy", (other_z3, other_y), into="other_share"),
            Call("numpy.array", ([Ref("share"), Ref("other_share")],), into="shares"),
            Get("shares"),
        ],
        {"shares": Wanted(accuracy, slips)},
    )


softmax_ordinary = _softmax(large=False)
softmax_large = _softmax(large=True)
cross_entropy_several = _cross_entropy("several")
cross_entropy_one = _cross_entropy("one")
cross_entropy_large = _cross_entropy("large")
cross_entropy_tiny = _cross_entropy("tiny")

q5 = TaskQuestion(
    "Question 5",
    ("softmax", "cross_entropy", "accuracy"),
    {
        "softmax": softmax_ordinary,
        "softmax of large logits": softmax_large,
        "cross-entropy, several examples": cross_entropy_several,
        "cross-entropy, one example": cross_entropy_one,
        "cross-entropy of large logits": cross_entropy_large,
        "cross-entropy where p_y is tiny": cross_entropy_tiny,
        "accuracy": share_of_right_ones,
    },
    praise="Probabilities, losses and accuracy are right, for logits of any size.",
    hints=[
        "Both begin with the same line: z, the logits minus the largest one of their row.",
        "In softmax, the sums along the rows have to be a column: keepdims=True.",
        "L is the logarithm of the sum of exp(z) along the row, minus z at the right class.",
    ],
)

# --- question 6: nudge a weight -------------------------------------------------------------------

BEFORE = Slip("that is J before the change.")
MINUS = Slip("the change was subtracted; it is added.")
SET = Slip("the weight was set to the change; the change is added to it.")
EVERY = Slip("every weight of the matrix was changed, not a single one.")
ROW_COLUMN = Slip("row and column are exchanged.")
ONLY_CHANGE = Slip("that is by how much J changes; J after the change is wanted.")
EACH_EXAMPLE = Slip("that is L for each example; J is one number, their mean.")


def _nudged(which: str, *, keeps: bool = False) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        activation = ("sigmoid", "tanh")[int(rng.integers(2))]
        case = Case(rng, activation=activation)
        W = case.weights[which]
        side = min(W.shape)
        row, column = (int(n) for n in rng.permutation(side)[:2])
        change = float(np.round(rng.uniform(0.5, 1.5), 1) * rng.choice([-1, 1]))
        L = case.run()["loss"].value

        def moved(entry: Any, value: Any, **changed: Any) -> Array:
            other = W.copy()
            other[entry] = value
            return case.run(**{which: other}, **changed)["loss"].value

        nudged = moved((row, column), W[row, column] + change)
        sigmoid = {"f1": reflected(nn.sigmoid), "f2": reflected(nn.sigmoid)}
        slips = {
            NO_HALF: 2 * nudged.mean(),
            SIGN_OF_EXPONENT: moved((row, column), W[row, column] + change, **sigmoid).mean()
            if activation == "sigmoid"
            else NEVER,
            BEFORE: L.mean(),
            MINUS: moved((row, column), W[row, column] - change).mean(),
            SET: moved((row, column), change).mean(),
            EVERY: moved(..., W + change).mean(),
            ROW_COLUMN: moved((column, row), W[column, row] + change).mean(),
            ONLY_CHANGE: nudged.mean() - L.mean(),
            SUM_NOT_MEAN: nudged.sum(),
            EACH_EXAMPLE: nudged,
        }
        weights = case.weights
        place = (which, row, column, change)
        return Task(
            written(
                f"nudged_loss(x, y, weights, {activation!r}, {which!r}, {row}, {column}, {change})",
                x=case.x,
                y=case.y,
                **weights,
                weights=Names("W1", "W2", "W3"),
            ),
            [
                Call(
                    "nudged_loss",
                    (case.x, case.y, weights, activation, *place),
                    into="J",
                    keeps=keeps,
                ),
                Get("J"),
            ],
            {"J": Wanted(nudged.mean(), slips)},
        )

    return make


class Names:
    """Printed as a dictionary of variables: {"W1": W1, ...}."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __repr__(self) -> str:
        return "{" + ", ".join(f'"{name}": {name}' for name in self.names) + "}"


nudged_W3 = _nudged("W3")
nudged_W2 = _nudged("W2")
nudged_W1 = _nudged("W1")
nudged_and_left = _nudged("W2", keeps=True)

q6 = TaskQuestion(
    "Question 6",
    "nudged_loss",
    {
        "a weight of W3": nudged_W3,
        "a weight of W2": nudged_W2,
        "a weight of W1": nudged_W1,
        "the given weights are left as they were": nudged_and_left,
    },
    praise="J after the change is right, and the weights that were given are as before.",
    hints=[
        "Copy the one matrix with .copy() and change the copy.",
        "weights | {name: copy} is a new dictionary. Then use your functions from above.",
    ],
)
