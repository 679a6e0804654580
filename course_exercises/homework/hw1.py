"""The questions of homework 1: the forward pass and the loss.

    from course_exercises.homework import hw1 as questions

    questions.q1.check(shapes)

Right values, and what comes out of slips, are computed by the module, with rows as examples; where
a question wants numbers that fit, both sides of what it asks are computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref
from course_exercises.homework.random_networks import (
    CANCELS,
    NEVER,
    Case,
    activated,
    drawn,
    numbers,
    run,
    same_value,
    written,
)
from course_exercises.homework.shown import unfinished
from course_exercises.homework.tasks import (
    RIGHT,
    Satisfies,
    Task,
    TaskQuestion,
    Verdict,
    Wanted,
    not_right,
    told,
)
from course_exercises.question import Slip, Wrong

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "ADDED_UP",
    "BATCH_MEAN",
    "COLUMN",
    "DOUBLE_WAY",
    "EVERYTHING_AFTER",
    "FIRST_ALONE",
    "FIRST_EXAMPLE",
    "FOLLOWS",
    "FOLLOWS_COLUMNS",
    "HALF_INSIDE",
    "HALF_OF_J",
    "INVERSE_TRANSPOSED",
    "LOST_ROW",
    "MEAN_IS_OFF",
    "MEAN_NO_HALF",
    "MEAN_OVER_K",
    "NEGATIVE_INPUT",
    "NO_HALF",
    "NO_V",
    "ONLY_V",
    "OPPOSITE",
    "ROOTS_OF_THE_FACTOR",
    "ROW_OF_LOSSES",
    "SIGN_OF_CHANGE",
    "SIGN_OF_EXPONENT",
    "SUM_NOT_MEAN",
    "TWICE",
    "batch_loss_of_L",
    "bottom_of_parabola",
    "columns_one",
    "columns_several",
    "forward_one",
    "forward_several",
    "input_one",
    "input_several",
    "loss_as_before",
    "loss_times_factor",
    "mean_is_right",
    "parabola_of_weight",
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "shapes_of_values",
    "shapes_of_weights",
    "sigmoid_of_array",
    "squared_error_one",
    "squared_error_several",
    "two_apart",
    "two_neighbours",
    "unfinished",
    "wrong_h1_or_z3",
    "wrong_z1_or_h2",
    "wrong_z2_or_L",
]
# fmt: on

Array = np.ndarray
Rng = np.random.Generator

REPLACED = (
    "hw1 was replaced by another homework, and this notebook is of the old one: it is not checked "
    "any more. (The checks of the new one are handed `globals()`.)"
)


class _Question(TaskQuestion):
    """A question of this homework; the checks of the one before have the same names."""

    def _try(self, answer: Any, seed: int) -> str:
        before = isinstance(answer, dict) and "nudged_loss" in answer and "bottom" not in answer
        if before or not isinstance(answer, dict):
            raise Wrong(REPLACED)
        return super()._try(answer, seed)


# --- question 1: shapes ---------------------------------------------------------------------------

EXCHANGED = Slip(
    "the two numbers are exchanged. Here examples are columns, and a weight matrix has a row for "
    "each unit that it leads to."
)
NO_B = Slip("one column for each example: the second number is B.")
FLAT = Slip("two numbers are needed: the axis of the examples is missing.")
B_IN_W = Slip("weights have no axis of the examples; B does not occur in their shape.")
V_FROM_H1 = Slip("V takes the inputs x, and not h1.")
V_TO_H1 = Slip("V leads to the second layer: V x is added to W2 h1.")


def _shapes(names: tuple[str, ...]) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        case = InColumns(rng)
        nodes = case.run()
        wanted = {}
        for name in names:
            columns, rows = nodes[name].value.shape  # the module has rows as examples
            slips: dict[Slip, Any] = {EXCHANGED: (columns, rows)}
            if name in case.weights:
                slips[B_IN_W] = (rows, case.B)
                if name == "V":
                    slips |= {V_FROM_H1: (case.H2, case.H1), V_TO_H1: (case.H1, case.D)}
            else:
                slips |= {NO_B: (rows, 1), FLAT: (rows,)}
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


shapes_of_weights = _shapes(("W1", "W2", "V", "W3"))
shapes_of_values = _shapes(("x", "z1", "h1", "z2", "h2", "z3"))

q1 = _Question(
    "Question 1",
    "shapes",
    {"the weights": shapes_of_weights, "x, z and h": shapes_of_values},
    praise="All ten shapes fit together.",
    hints=[
        "Begin with x: D numbers for each example, and each example is a column.",
        "In a product (rows, m) (m, columns) the inner numbers are equal and disappear. So the "
        "left factor W1 has the columns that x has rows.",
        "What is added has the same shape: V x has that of W2 h1.",
    ],
)

# --- question 2: the forward pass and the loss, as in the lessons ---------------------------------

SIGN_OF_EXPONENT = Slip("the sign of the exponent: it is exp(−z).")
DERIVATIVE = Slip("that is the derivative f′(z); the value f(z) is wanted.")
BRACKETS = Slip("a pair of brackets is missing: 1 / (1 + exp(−z)).")
NO_ACTIVATION = Slip("the activation is missing.")
NOT_YET_ACTIVATED = Slip("that is z, to which the activation is still to be applied.")
ALREADY_ACTIVATED = Slip("the activation is already applied; z is the product itself.")
OUTPUT_ACTIVATED = Slip("z3 is the last product itself; no activation is applied to it.")
WITHOUT_H1 = Slip("it was computed from z1 instead of h1.")
WITHOUT_H2 = Slip("it was computed from z2 instead of h2.")
WITHOUT_BOTH = Slip("it was computed without any activation.")
ROW_LOST = Slip("the axis of the examples is lost: one example is a matrix with one row.")
TRANSPOSED = Slip("that is the transpose: rows are examples.")
# What follows from a slip further to the left.
FOLLOWS = (WITHOUT_H1, WITHOUT_H2, WITHOUT_BOTH)
NO_HALF = Slip("the factor ½ is missing.")
HALF_INSIDE = Slip("the ½ is squared too: first the square, then ½.")
MEAN_OVER_K = Slip("over the outputs the squares are added up, not averaged.")
MEAN_NO_HALF = Slip(
    "over the outputs the squares are added up, not averaged; and the ½ is missing."
)
ONE_FOR_ALL = Slip("that is one number for the whole batch; every example has its own loss.")
BATCH_MEAN = Slip("that is J, the mean over the batch; every example has its own loss.")
OVER_EXAMPLES = Slip("the squares were added up over the examples, not over the outputs.")
NOT_SUMMED = Slip("the squares are not yet added up over the outputs.")
COLUMN = Slip("a column instead of one axis: the shape is (B,), without keepdims.")
ROOT = Slip("that is the distance: no root is taken.")
NOT_SQUARED = Slip("the differences are not squared.")
SUM_NOT_MEAN = Slip("that is the sum over the examples; J is their mean.")
HALF_AGAIN = Slip("the factor ½ is in L already.")
FIRST_ONLY = Slip("only one of the examples was used.")


def sigmoid_of_array(rng: Rng) -> Task:
    z = numbers(rng, *rng.permutation([2, 3, 4])[:2], scale=2.0)
    f = activated(z, "sigmoid")
    slips = {
        NO_ACTIVATION: z,
        SIGN_OF_EXPONENT: activated(-z, "sigmoid"),
        DERIVATIVE: f * (1 - f),
        BRACKETS: 1 + np.exp(-z),
    }
    return Task(
        written("sigmoid(z)", z=z),
        [Call("sigmoid", (z,), into="h"), Get("h")],
        {"h": Wanted(f, slips)},
    )


def _forward(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        case = Case(rng, one=one)
        right = _five(case)
        altered = {
            WITHOUT_H1: _five(case, f1=same_value),
            WITHOUT_H2: _five(case, f2=same_value),
            WITHOUT_BOTH: _five(case, f1=same_value, f2=same_value),
            SIGN_OF_EXPONENT: _five(case, f1=reflected, f2=reflected),
        }
        own: dict[str, dict[Slip, Any]] = {
            "z1": {ALREADY_ACTIVATED: right["h1"]},
            "h1": {NOT_YET_ACTIVATED: right["z1"]},
            "z2": {ALREADY_ACTIVATED: right["h2"]},
            "h2": {NOT_YET_ACTIVATED: right["z2"]},
            "z3": {OUTPUT_ACTIVATED: _five(case, f3=nn.sigmoid)["z3"]},
        }
        follows: dict[str, tuple[Slip, ...]] = {
            "z1": (),
            "h1": (SIGN_OF_EXPONENT,),
            "z2": (WITHOUT_H1, SIGN_OF_EXPONENT),
            "h2": (WITHOUT_H1, WITHOUT_BOTH, SIGN_OF_EXPONENT),
            "z3": (*FOLLOWS, SIGN_OF_EXPONENT),
        }
        wanted = {}
        for name, value in right.items():
            slips = own[name] | {slip: altered[slip][name] for slip in follows[name]}
            slips |= {TRANSPOSED: value.T, ROW_LOST: value[0] if one else NEVER}
            wanted[name] = Wanted(value, slips)
        return Task(
            written("forward(x, W1, W2, W3)", x=case.x, **case.weights),
            [
                Call("forward", (case.x, case.W1, case.W2, case.W3), into="values"),
                *(Get(f"values.{name}", name) for name in right),
            ],
            wanted,
        )

    return make


class reflected(nn.sigmoid):
    """The sigmoid with the slip that the sign in the exponent is wrong: f(−z)."""

    def forward(self) -> None:
        self.value = activated(-self.operands[0].value, "sigmoid")


def _five(case: Case, **changed: Any) -> dict[str, Array]:
    """z1 to z3 by the module."""
    nodes = case.run(**changed)
    return {name: nodes[name].value for name in ("z1", "h1", "z2", "h2", "z3")}


def _squared_error(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        # For 2 or 4 outputs a mean would look like a slip with the ½.
        K = int(rng.choice([3, 5]))
        B = 1 if one else int(rng.choice([4, 8 - K]))
        z3, y = numbers(rng, B, K, scale=2.0), numbers(rng, B, K)
        L = _loss_by_module(z3, y)
        d = z3 - y
        slips = _slips_of_L(L, d) | {
            OVER_EXAMPLES: 0.5 * (d**2).sum(axis=0),
            NOT_SUMMED: 0.5 * d**2,
            COLUMN: L[:, None],
        }
        return Task(
            written("squared_error(z3, y)", z3=z3, y=y),
            [Call("squared_error", (z3, y), into="L"), Get("L")],
            {"L": Wanted(L, slips)},
        )

    return make


def _slips_of_L(L: Array, d: Array) -> dict[Slip, Any]:
    """Slips in a loss of each example, (B,); d (B, K) are the differences."""
    one, K = len(L) == 1, d.shape[1]
    return {
        NO_HALF: 2 * L,
        ONE_FOR_ALL: L[0] if one else L.sum(),
        BATCH_MEAN: NEVER if one else L.mean(),
        ROOT: np.sqrt(2 * L),
        HALF_INSIDE: L / 2,
        MEAN_OVER_K: L / K,
        MEAN_NO_HALF: 2 * L / K,
        NOT_SQUARED: 0.5 * d.sum(axis=1),
    }


def _loss_by_module(z3: Array, y: Array) -> Array:
    """L (B,) by the module."""
    with nn.Graph(make_current=False) as graph:
        nn.squared_error(nn.Input("z3", z3.shape[1]), nn.Input("y", y.shape[1]), name="L")
    return run(graph, z3=z3, y=y)["L"].value


def batch_loss_of_L(rng: Rng) -> Task:
    L = np.round(rng.uniform(0.1, 4.0, size=rng.integers(3, 7)), 1)
    slips = {SUM_NOT_MEAN: L.sum(), HALF_AGAIN: L.mean() / 2, FIRST_ONLY: L[0]}
    return Task(
        written("batch_loss(L)", L=L),
        [Call("batch_loss", (L,), into="J"), Get("J")],
        {"J": Wanted(L.mean(), slips)},
    )


forward_one = _forward(one=True)
forward_several = _forward(one=False)
squared_error_one = _squared_error(one=True)
squared_error_several = _squared_error(one=False)

q2 = _Question(
    "Question 2",
    ("sigmoid", "forward", "squared_error", "batch_loss"),
    {
        "sigmoid": sigmoid_of_array,
        "forward, one example": forward_one,
        "forward, several examples": forward_several,
        "squared_error, several examples": squared_error_several,
        "squared_error, one example": squared_error_one,
        "batch_loss": batch_loss_of_L,
    },
    praise="The forward pass, L and J hold for one example and for several.",
    hints=[
        "Sections 4 and 5 of lesson 01 have the forward pass, section 8 of lesson 02 has L and J.",
        "There are five lines from x to z3, and a dictionary. z3 gets no activation.",
        "The sum over k goes along a row. In a matrix (B, K) that is axis=1.",
    ],
)

# --- question 3: another notation -----------------------------------------------------------------

NO_V = Slip("what V x adds is missing.")
ONLY_V = Slip("that is V x alone; W2 h1 is missing.")
SIGMOID_AGAIN = Slip("that is the sigmoid; the second layer has the activation g.")
NO_ROOT = Slip("the root below the line is missing.")
NO_Z_ABOVE = Slip("z above the line is missing.")
NO_SQUARE = Slip("below the root the square is missing: |z| stands there in place of z².")
G_ALREADY = Slip("that is g; the first layer has the sigmoid.")
TRANSPOSED_COLUMNS = Slip("that is the transpose: here examples are columns.")
COLUMN_LOST = Slip("the axis of the examples is lost: one example is a matrix with one column.")
ROW_OF_LOSSES = Slip("a row instead of one axis: the shape is (B,), without keepdims.")
# What follows from a slip further to the left.
AFTER_NO_V = Slip("it was computed from a z2 in which V x is missing.")
AFTER_ONLY_V = Slip("it was computed from a z2 in which W2 h1 is missing.")
SIGMOID_IN_BOTH = Slip("it was computed with the sigmoid in both layers.")
G_IN_BOTH = Slip("it was computed with g in both layers.")
EXCHANGED_F = Slip("it was computed with the two activations exchanged.")
FOLLOWS_COLUMNS = (
    *(AFTER_NO_V, AFTER_ONLY_V, WITHOUT_H1, WITHOUT_H2, WITHOUT_BOTH),
    *(SIGMOID_IN_BOTH, G_IN_BOTH, EXCHANGED_F),
)


class over_root(nn.Operation):
    """g, the activation of the second layer."""

    operands_needed = 1

    def forward(self) -> None:
        z = self.operands[0].value
        self.value = z / np.sqrt(1 + z**2)


class InColumns:
    """The network of questions 1 and 3, kept with rows as examples, as the module has it.

    B, D, H1, H2, K are all different, from 2 to 6; B is 3 or 5, or 1 if `one`.
    """

    def __init__(self, rng: Rng, *, one: bool = False) -> None:
        widths = [int(n) for n in rng.permutation(5) + 2]
        # B is not twice another one, and for 2 or 4 outputs a mean would look like a missing ½.
        while widths[0] % 2 == 0 or widths[4] in (2, 4):
            widths = [int(n) for n in rng.permutation(widths)]
        B, self.D, self.H1, self.H2, self.K = widths
        self.B = 1 if one else B
        self.x, self.y = numbers(rng, self.B, self.D), numbers(rng, self.B, self.K)
        self.weights = {
            "W1": numbers(rng, self.D, self.H1),
            "W2": numbers(rng, self.H1, self.H2),
            "V": numbers(rng, self.D, self.H2),
            "W3": numbers(rng, self.H2, self.K),
        }

    def run(self, **changed: Any) -> dict[str, Any]:
        """The nodes by name after Forward.

        Args:
            changed: "f1", "f2", "f3" another class of operation as an activation (f3 of the
                output); "V", "W2" other weights.
        """
        take = {**self.weights, "f1": nn.sigmoid, "f2": over_root, "f3": same_value, **changed}
        with nn.Graph(make_current=False) as graph:
            x, y = nn.Input("x", self.D), nn.Input("y", self.K)
            W1, W2, V, W3 = (nn.Parameter(name, take[name]) for name in self.weights)
            h1 = take["f1"](nn.matmul(x, W1, name="z1"), name="h1")
            z2 = nn.add(nn.matmul(h1, W2), nn.matmul(x, V), name="z2")
            h2 = take["f2"](z2, name="h2")
            z3 = take["f3"](nn.matmul(h2, W3), name="z3")
            nn.squared_error(z3, y, name="L")
        graph.Forward(x=self.x, y=self.y)
        return {node.name: node for node in graph.everything}


def _in_columns(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        case = InColumns(rng, one=one)
        right = _six(case)
        no = {name: np.zeros_like(W) for name, W in case.weights.items()}
        altered = {
            NO_V: _six(case, V=no["V"]),
            ONLY_V: _six(case, W2=no["W2"]),
            WITHOUT_H1: _six(case, f1=same_value),
            WITHOUT_H2: _six(case, f2=same_value),
            WITHOUT_BOTH: _six(case, f1=same_value, f2=same_value),
            SIGMOID_IN_BOTH: _six(case, f2=nn.sigmoid),
            G_IN_BOTH: _six(case, f1=over_root),
            EXCHANGED_F: _six(case, f1=over_root, f2=nn.sigmoid),
            SIGN_OF_EXPONENT: _six(case, f1=reflected),
        }
        altered |= {AFTER_NO_V: altered[NO_V], AFTER_ONLY_V: altered[ONLY_V]}
        z2 = right["z2"]
        own: dict[str, dict[Slip, Any]] = {
            "z1": {ALREADY_ACTIVATED: right["h1"]},
            "h1": {NOT_YET_ACTIVATED: right["z1"], G_ALREADY: altered[G_IN_BOTH]["h1"]},
            "z2": {
                ALREADY_ACTIVATED: right["h2"],
                NO_V: altered[NO_V]["z2"],
                ONLY_V: altered[ONLY_V]["z2"],
            },
            "h2": {
                NOT_YET_ACTIVATED: z2,
                SIGMOID_AGAIN: altered[SIGMOID_IN_BOTH]["h2"],
                NO_ROOT: z2 / (1 + z2**2),
                NO_Z_ABOVE: 1 / np.sqrt(1 + z2**2),
                NO_SQUARE: z2 / np.sqrt(1 + np.abs(z2)),
            },
            "z3": {OUTPUT_ACTIVATED: _six(case, f3=over_root)["z3"]},
            "L": {},
        }
        to_the_left: dict[str, tuple[Slip, ...]] = {
            "z1": (),
            "h1": (SIGN_OF_EXPONENT,),
            "z2": (WITHOUT_H1, G_IN_BOTH, SIGN_OF_EXPONENT),
            "h2": (
                *(AFTER_NO_V, AFTER_ONLY_V, WITHOUT_H1, WITHOUT_BOTH, G_IN_BOTH, EXCHANGED_F),
                SIGN_OF_EXPONENT,
            ),
            "z3": (*FOLLOWS_COLUMNS, SIGN_OF_EXPONENT),
            "L": (*FOLLOWS_COLUMNS, SIGN_OF_EXPONENT),
        }
        wanted = {}
        for name, value in right.items():
            slips = own[name] | {slip: altered[slip][name] for slip in to_the_left[name]}
            if name == "L":
                d = right["z3"].T - case.y
                slips |= _slips_of_L(value, d) | {
                    OVER_EXAMPLES: 0.5 * (d**2).sum(axis=0),
                    NOT_SUMMED: 0.5 * d.T**2,
                    ROW_OF_LOSSES: value[None],
                }
            else:
                slips |= {
                    TRANSPOSED_COLUMNS: value.T,
                    COLUMN_LOST: value[:, 0] if one else NEVER,
                }
            wanted[name] = Wanted(value, slips)
        given = {name: W.T for name, W in case.weights.items()}
        given = {"x": case.x.T, "y": case.y.T} | given
        return Task(
            written(f"forward_in_columns({', '.join(given)})", **given),
            [
                Call("forward_in_columns", tuple(given.values()), into="values"),
                *(Get(f"values.{name}", name) for name in right),
            ],
            wanted,
        )

    return make


def _six(case: InColumns, **changed: Any) -> dict[str, Array]:
    """z1 to z3 by the module, turned so that examples are columns, and L."""
    nodes = case.run(**changed)
    return {name: nodes[name].value.T for name in ("z1", "h1", "z2", "h2", "z3", "L")}


columns_one = _in_columns(one=True)
columns_several = _in_columns(one=False)

q3 = _Question(
    "Question 3",
    "forward_in_columns",
    {"one example": columns_one, "several examples": columns_several},
    praise="All six hold in the other notation, for one example and for several.",
    hints=[
        "The order of the formulas is the order of the lines; `sigmoid` is that of question 2.",
        "Units of the second layer add up what comes from h1 and what comes from x.",
        "The outputs of an example stand below each other now. Over which axis does the sum over "
        "k go?",
    ],
)

# --- question 4: wrong lines ----------------------------------------------------------------------

EVERYTHING_AFTER = Slip(
    "every line after a wrong one is called wrong, too. A line is wrong if it does not follow from "
    "the numbers that went into it, and these are the printed ones."
)
FIRST_ALONE = Slip("only the first wrong line was found; a later one may be wrong as well.")
FIRST_EXAMPLE = Slip(
    "a wrong line was not found: it is enough that one of its numbers differs by more than 0.001, "
    "in whichever example."
)
TOO_STRICT = Slip("a line that is only rounded is called wrong: allow 0.001.")
TURNED_ROUND = Slip("right and wrong are exchanged: 1 stands for a wrong line.")
LINES = ("z1", "h1", "z2", "h2", "z3", "L")
PRINTED_DIGITS = 5
LEAST_FAULT = 0.012  # by so much a faulty line is off, where 0.001 is the tolerance
ONE_NUMBER = 0.015  # a fault that a mean over all numbers of a line hides
STRICT = (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)  # tolerances that rounded numbers do not keep


def _reversed(node: Any) -> Array:
    return node.value[::-1]


def _last_row_empty(node: Any) -> Array:
    return np.concatenate([node.value[:-1], 0 * node.value[-1:]])


def _first_input_left_out(node: Any) -> Array:
    a, W = (operand.value for operand in node.operands)
    return node.value - a[:, :1] * W[:1]


def _from_z(node: Any) -> Array:
    """As if the activation before the product had been forgotten."""
    return node.operands[0].operands[0].value @ node.operands[1].value


def _of_minus_z(node: Any) -> Array:
    return activated(-node.operands[0].value, "sigmoid")


def _not_activated(node: Any) -> Array:
    return node.operands[0].value


def _last_row_not_activated(node: Any) -> Array:
    return np.concatenate([node.value[:-1], node.operands[0].value[-1:]])


def _last_number_off(node: Any) -> Array:
    value = node.value.copy()
    value[-1, -1] += ONE_NUMBER
    return value


def _last_without_half(node: Any) -> Array:
    return np.concatenate([node.value[:-1], 2 * node.value[-1:]])


# Of each line the first fault is in the last example alone, for whoever looks at the first only.
FAULTS: Mapping[str, tuple[Callable[[Any], Array], ...]] = {
    "z1": (_last_row_empty, _reversed, _first_input_left_out),
    "h1": (_last_row_not_activated, _of_minus_z, _not_activated),
    "z2": (_last_row_empty, _first_input_left_out, _from_z),
    "h2": (_last_row_not_activated, _of_minus_z, _reversed),
    "z3": (_last_number_off, _first_input_left_out, _from_z),
    "L": (_last_without_half, _reversed, lambda node: np.sqrt(2 * node.value)),
}


class SmallCase:
    """The network of question 2 with few numbers, as they are all printed twice."""

    B, D, H1, H2, K = 2, 2, 3, 2, 2

    def __init__(self, rng: Rng) -> None:
        self.x, self.y = numbers(rng, self.B, self.D), numbers(rng, self.B, self.K)
        self.weights = {
            "W1": numbers(rng, self.D, self.H1),
            "W2": numbers(rng, self.H1, self.H2),
            "W3": numbers(rng, self.H2, self.K),
        }


class Program:
    """What a program printed, in which some lines are wrong.

    Args:
        wrong: the wrong lines. The others follow from the numbers that the program has computed,
            wrong or not.
        late: whether the faults are in the last example alone.
    """

    def __init__(self, rng: Rng, case: SmallCase, wrong: tuple[str, ...], late: bool) -> None:
        fault = {line: FAULTS[line][0 if late else rng.integers(1, 3)] for line in wrong}
        self.printed, off = _printed(case, fault)
        right, _ = _printed(case, {})
        self.flags = np.array([line in wrong for line in LINES], dtype=float)
        self.strict = _too_strict(case, self.printed)
        first = LINES.index(wrong[0])
        follows = [np.abs(self.printed[line] - right[line]).max() for line in LINES[first:]]
        seen = [rows[-1 if late else 0] for rows in off]
        self.visible = min([*seen, *follows]) > LEAST_FAULT
        # Flags of whoever looks at the first example only, compares with a right forward pass, or
        # stops at the first wrong line.
        self.first_example = 0 * self.flags if late else self.flags
        self.after_first = (np.arange(len(LINES)) >= first).astype(float)
        self.first_alone = (np.arange(len(LINES)) == first).astype(float)


def _too_strict(case: SmallCase, printed: Mapping[str, Array]) -> list[Array]:
    """Flags of those who allow less than rounding needs, for several tolerances of theirs."""
    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", case.D), nn.Input("y", case.K)
        W1, W2, W3 = (nn.Parameter(name, W) for name, W in case.weights.items())
        from_z1, from_h1 = nn.Input("z1", case.H1), nn.Input("h1", case.H1)
        from_z2, from_h2 = nn.Input("z2", case.H2), nn.Input("h2", case.H2)
        from_z3 = nn.Input("z3", case.K)
        lines = (
            *(nn.matmul(x, W1), nn.sigmoid(from_z1), nn.matmul(from_h1, W2)),
            *(nn.sigmoid(from_z2), nn.matmul(from_h2, W3), nn.squared_error(from_z3, y)),
        )
    before = {name: printed[name] for name in LINES if name != "L"}
    graph.Forward(x=case.x, y=case.y, **before)
    pairs = [(line.value, printed[name]) for name, line in zip(LINES, lines, strict=True)]
    flags = [[np.abs(a - b).max() > allowed for a, b in pairs] for allowed in STRICT]
    flags.append([not np.allclose(a, b) for a, b in pairs])
    return [np.array(each, dtype=float) for each in flags]


def _printed(
    case: SmallCase, fault: Mapping[str, Callable[[Any], Array]]
) -> tuple[dict[str, Array], list[Array]]:
    """The lines of a program with these faults, rounded; and by how much each faulty line is off
    from what should come out of the numbers that went in, for each example."""
    off = []

    def planted(operation: Any, name: str, *operands: nn.Node) -> Any:
        class Faulty(operation):
            def forward(self) -> None:
                super().forward()
                if name in fault:
                    wrong = fault[name](self)
                    off.append(np.abs(wrong - self.value).reshape(case.B, -1).max(axis=1))
                    self.value = wrong

        return Faulty(*operands, name=name)

    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", case.D), nn.Input("y", case.K)
        W1, W2, W3 = (nn.Parameter(name, W) for name, W in case.weights.items())
        z1 = planted(nn.matmul, "z1", x, W1)
        h1 = planted(nn.sigmoid, "h1", z1)
        z2 = planted(nn.matmul, "z2", h1, W2)
        h2 = planted(nn.sigmoid, "h2", z2)
        z3 = planted(nn.matmul, "z3", h2, W3)
        planted(nn.squared_error, "L", z3, y)
    graph.Forward(x=case.x, y=case.y)
    values = {node.name: np.round(node.value, PRINTED_DIGITS) + 0.0 for node in graph.nodes}
    return values, off


def _wrong_lines(one: tuple[str, ...], other: tuple[str, ...]) -> Callable[[Rng], Task]:
    """Two programs with these wrong lines, in either order, so that no constant is right."""

    def make(rng: Rng) -> Task:
        def draw() -> tuple[SmallCase, list[Program]]:
            case = SmallCase(rng)
            return case, [Program(rng, case, one, True), Program(rng, case, other, False)]

        case, two = drawn(
            draw,
            lambda found: all(program.visible for program in found[1]),
            "a pair of programs whose faults can be seen, also in what follows",
        )
        if rng.integers(2):
            two.reverse()
        slips: dict[Slip, Any] = {
            EVERYTHING_AFTER: np.array([program.after_first for program in two]),
            TURNED_ROUND: np.array([1 - program.flags for program in two]),
            FIRST_EXAMPLE: np.array([program.first_example for program in two]),
        }
        if len(one) > 1:
            slips[FIRST_ALONE] = np.array([program.first_alone for program in two])
        right = np.array([program.flags for program in two])

        def otherwise(found: Array) -> Verdict | None:
            for flags in zip(*(program.strict for program in two), strict=True):
                if np.array_equal(found, flags) and (found >= right).all():
                    return told(TOO_STRICT)
            if found.shape != right.shape:
                return None
            off = (found != right).sum(axis=1)
            said = [
                f"for `{name}` {6 - n} of the six numbers {'is' if n == 5 else 'are'} right"
                for name, n in zip(("printed", "others"), off, strict=True)
            ]
            return not_right(f"{', '.join(said)}.")

        data = {"x": case.x, "y": case.y, **case.weights}
        given = ", ".join(data)
        both = f"[wrong_lines({given}, printed), wrong_lines({given}, others)]"
        return Task(
            written(
                f"np.array({both}, dtype=float)",
                **data,
                printed=Arrays(two[0].printed),
                others=Arrays(two[1].printed),
            ),
            [
                Call("wrong_lines", (*data.values(), two[0].printed), into="lines"),
                Call("wrong_lines", (*data.values(), two[1].printed), into="other_lines"),
                Call(
                    "numpy.array",
                    ([Ref("lines"), Ref("other_lines")],),
                    into="both",
                    keywords={"dtype": "float"},  # True and False are right, too
                ),
                Get("both", "wrong lines"),
            ],
            {"wrong lines": Wanted(right, slips, otherwise=otherwise)},
        )

    return make


class Arrays:
    """Printed as a dictionary of arrays."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays

    def __repr__(self) -> str:
        pairs = (f'"{name}": np.array({value.tolist()})' for name, value in self.arrays.items())
        return "{" + ", ".join(pairs) + "}"


wrong_z1_or_h2 = _wrong_lines(("z1",), ("h2",))
wrong_h1_or_z3 = _wrong_lines(("z3",), ("h1",))
wrong_z2_or_L = _wrong_lines(("z2",), ("L",))
two_apart = _wrong_lines(("z1", "z2"), ("h1", "L"))
two_neighbours = _wrong_lines(("z2", "h2"), ("h1", "z2"))

q4 = _Question(
    "Question 4",
    "wrong_lines",
    {
        "two programs, a wrong z1 in one and a wrong h2 in the other": wrong_z1_or_h2,
        "two programs, a wrong h1 in one and a wrong z3 in the other": wrong_h1_or_z3,
        "two programs, a wrong z2 in one and a wrong L in the other": wrong_z2_or_L,
        "two programs with two wrong lines each, apart": two_apart,
        "two programs with two wrong lines each, one after the other": two_neighbours,
    },
    praise="Each wrong line is found, and no line is called wrong that only follows from one.",
    hints=[
        "For each line: what should come out, if what went in is what the program printed?",
        "The line of z2 takes the printed h1, right or not. Compute printed h1 times W2, and "
        "compare it with the printed z2.",
        "Look at all rows, and not with ==: np.abs(a - b).max() > 0.001 says that two arrays "
        "differ.",
    ],
)

# --- question 5: numbers that fit -----------------------------------------------------------------

BOTH_PERFECT = Slip("both outputs are the right answer itself, so both losses are 0, and J is 0.")
MEAN_IS_OFF = Slip("J is as it should be, but the mean of the two outputs is not y.")
HALF_OF_J = Slip(
    "the mean of the outputs is y, but J is half of what is asked for. L has the factor ½, and J "
    "is the mean of the two losses, not their sum."
)
TWICE_J = Slip("the mean of the outputs is y, but J is twice what is asked for.")
ADDED_UP = Slip(
    "the mean of the outputs is y, but J is too large by the number of outputs: in a loss the "
    "squares of all outputs are added up."
)
J_IS_OFF = Slip("the mean of the outputs is y, but J is another one.")
ALREADY_RIGHT = Slip(
    "with this y the output is perfect before, and 0 gets no number of times as large."
)
ZERO_ANSWER = Slip("with y = 0 every loss gets four times as large.")
ROOTS_OF_THE_FACTOR = Slip(
    "the distance from y gets that many times as large, not the loss, in which it is squared."
)
OPPOSITE = Slip("that is turned round: the loss gets that many times as small.")
OTHER_ROOT = Slip(
    "it holds NaN or infinity. With `factor = 1` your formula divides by 0, it seems: the root of "
    "the factor has two signs, so take the other one."
)
LOST_ROW = Slip("the numbers fit, but the axis of the examples is lost: the shape is (1, K).")
SIGMOID_LEFT = Slip("W1 is undone, but not the sigmoid: z1 is still to be found from h1.")
INVERSE_TRANSPOSED = Slip("the inverse of W1 is transposed: x W1 = z1, and W1 stands on the right.")
TRANSPOSE_FOR_INVERSE = Slip("the transpose of W1 does not undo W1; its inverse does.")
ONLY_Z1 = Slip("that is z1: the sigmoid is undone, and W1 is still to be.")
NEGATIVE_INPUT = Slip("the sign: the sigmoid of what was found for z1 is 1 − h1.")

CLOSE = 1e-4  # of the size of what is compared; float32 is right


def mean_is_right(rng: Rng) -> Task:
    K = int(rng.choice([3, 5]))  # for 2 a factor K would be a factor 2
    y = numbers(rng, 1, K, scale=2.0)
    J = float(np.round(rng.uniform(0.5, 4.0), 1))

    def judge(found: Any) -> Verdict:
        if found.shape != (2, K):
            return not_right(f"the shape is {found.shape}; it should be {(2, K)}.")
        L = _loss_by_module(found.astype(float), np.repeat(y, 2, axis=0))
        size = np.abs(y).max() + np.sqrt(J)
        is_y = np.abs(found.mean(axis=0) - y).max() <= CLOSE * size
        if np.abs(L.mean() - J) <= CLOSE * J:
            return RIGHT if is_y else told(MEAN_IS_OFF)
        if not is_y:
            return not_right(f"the mean of the outputs is not y, and J is {L.mean():.4f}, not {J}.")
        for slip, times in {HALF_OF_J: 0.5, TWICE_J: 2, ADDED_UP: K, BOTH_PERFECT: 0}.items():
            if np.abs(L.mean() - times * J) <= CLOSE * J:
                return told(slip)
        return told(J_IS_OFF)

    return Task(
        written("outputs_around(y, J)", y=y, J=J),
        [Call("outputs_around", (y, J), into="outputs"), Get("outputs")],
        {"outputs": Satisfies(judge)},
    )


def _factor(factors: tuple[float, ...]) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        factor = float(rng.choice(factors))
        K = int(rng.integers(2, 5))
        z3 = drawn(
            lambda: numbers(rng, 1, K, scale=2.0),
            lambda z: bool(np.abs(z).min() > 0.25),
            "an output that is not 0",
        )
        size = float((z3**2).sum())

        def judge(found: Any) -> Verdict:
            if found.shape not in ((1, K), (K,)):
                return not_right(f"the shape is {found.shape}; it should be {(1, K)}.")
            y = found.astype(float).reshape(1, K)
            before, after = (float(_loss_by_module(each, y)[0]) for each in (z3, 2 * z3))

            def is_times(times: float) -> bool:
                """Whether it gets so many times as large."""
                return abs(after - times * before) <= CLOSE * size * max(1.0, times)

            if is_times(factor):
                return RIGHT if found.ndim == 2 else told(LOST_ROW)
            if before <= CLOSE * size:
                return told(ALREADY_RIGHT)
            if not y.any():
                return told(ZERO_ANSWER)
            if is_times(factor**2):
                return told(ROOTS_OF_THE_FACTOR)
            if is_times(1 / factor):
                return told(OPPOSITE)
            return not_right(
                f"with this y the loss is {before:.4f} before and {after:.4f} afterwards, which "
                f"is {after / before:.4f} times as large, not {factor:g} times."
            )

        return Task(
            written(f"answer_for(z3, {factor})", z3=z3),
            [Call("answer_for", (z3, factor), into="y"), Get("y")],
            {"y": Satisfies(judge, nan=OTHER_ROOT if factor == 1 else None)},
        )

    return make


def _input(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        D = int(rng.integers(2, 4))
        B = 1 if one else 5 - int(D == 3)

        def can_be_undone(W1: Array) -> bool:
            return np.linalg.cond(W1) < 6 and np.abs(W1 - W1.T).max() > 0.5

        W1 = drawn(lambda: numbers(rng, D, D), can_be_undone, "a matrix that can be undone")
        x = numbers(rng, B, D)
        with nn.Graph(make_current=False) as graph:
            z1 = nn.matmul(nn.Input("x", D), nn.Parameter("W1", W1), name="z1")
            nn.sigmoid(z1, name="h1")
        graph.Forward(x=x)
        z, h1 = (node.value for node in graph.nodes)
        inverse = np.linalg.inv(W1)
        slips = {
            SIGMOID_LEFT: h1 @ inverse,
            INVERSE_TRANSPOSED: z @ inverse.T,
            TRANSPOSE_FOR_INVERSE: z @ W1.T,
            ONLY_Z1: z,
            NEGATIVE_INPUT: -x,
            TRANSPOSED: x.T,
            ROW_LOST: x[0] if one else NEVER,
        }
        return Task(
            written("input_of(h1, W1)", h1=h1, W1=W1),
            [Call("input_of", (h1, W1), into="x"), Get("x")],
            {"x": Wanted(x, slips, CANCELS)},
        )

    return make


loss_as_before = _factor((1.0,))
loss_times_factor = _factor((0.25, 0.64, 2.0, 2.25, 6.25, 9.0))
input_one = _input(one=True)
input_several = _input(one=False)

q5 = _Question(
    "Question 5",
    ("outputs_around", "answer_for", "input_of"),
    {
        "outputs_around": mean_is_right,
        "answer_for, where the loss stays as it was": loss_as_before,
        "answer_for, where the loss gets a number of times as large": loss_times_factor,
        "input_of, one example": input_one,
        "input_of, several examples": input_several,
    },
    praise="The numbers do what is asked for, and the inputs are found again.",
    hints=[
        "Part 1: the mean of y + d and y − d is y, whatever d is. How large are the two losses?",
        "Part 2: if all of W3 doubles, what does z3 become? Try a y that is a number times z3; "
        "which number has to come out?",
        "Part 3: undo the last step first: which z has the sigmoid h? Solve h = 1 / (1 + exp(−z)) "
        "for z. Then undo the product; NumPy has np.linalg.inv for square matrices.",
    ],
)

# --- question 6: the parabola ---------------------------------------------------------------------

OUTPUT_ALONE = Slip("that is of output k alone; the other outputs have their share in J, too.")
HALF_MIDDLE = Slip("that is half as large: the square (d + h c)² has twice d h c in its middle.")
OUTPUTS_AVERAGED = Slip(
    "over the outputs of an example the squares are added up; the mean is over the examples alone."
)
PRODUCT_OF_MEANS = Slip("that is a product of two means; the mean of the products is wanted.")
SQUARE_OF_MEAN = Slip("that is with the square of the mean; the mean of the squares is wanted.")
DOWN_TO_0 = Slip("a parabola need not come down to 0: put the best change into it.")
EACH_EXAMPLE = Slip("that is L for each example; J is one number, their mean.")
TWICE = Slip("that is twice as large: the ½ of the loss is missing.")
SIGN_OF_CHANGE = Slip("the sign is turned round.")
OTHER_WEIGHT = Slip("that belongs to the weight in row k and column j; j is the row.")
ONLY_H2 = Slip("h2 stands there to the first power; by how much does the loss bend?")
OF_THE_GIVEN = Slip("that is the lowest of the three that are given; the parabola goes lower.")
AT_NO_CHANGE = Slip("that is J without any change; at the bottom it is lower.")
HALF_THE_WAY = Slip("that is half of it.")
DOUBLE_WAY = Slip("that is twice as far: the derivative of c² is 2 c.")


def parabola_of_weight(rng: Rng) -> Task:
    case = Case(rng)
    side = min(case.W3.shape)
    j, k = (int(n) for n in rng.permutation(side)[:2])
    nodes = case.run()
    h2, z3, L = (nodes[name].value for name in ("h2", "z3", "loss"))
    alone = 0.5 * ((z3 - case.y)[:, k] ** 2).mean()

    def three(row: int, column: int) -> Array:
        """The three numbers, from three forward passes."""
        losses = []
        for change in (-1, 0, 1):
            W3 = case.W3.copy()
            W3[row, column] += change
            losses.append(case.run(W3=W3)["loss"].value.mean())
        down, here, up = losses
        return np.array([here, (up - down) / 2, (up + down) / 2 - here])

    c0, c1, c2 = three(j, k)
    other = three(k, j)
    slips: dict[str, dict[Slip, Any]] = {
        "c0": {
            SUM_NOT_MEAN: c0 * case.B,
            TWICE: 2 * c0,
            EACH_EXAMPLE: L,
            OUTPUT_ALONE: alone,
            OUTPUTS_AVERAGED: c0 / z3.shape[1],
        },
        "c1": {
            SUM_NOT_MEAN: c1 * case.B,
            TWICE: 2 * c1,
            SIGN_OF_CHANGE: -c1,
            HALF_MIDDLE: c1 / 2,
            OTHER_WEIGHT: other[1],
            PRODUCT_OF_MEANS: (z3 - case.y)[:, k].mean() * h2[:, j].mean(),
        },
        "c2": {
            SUM_NOT_MEAN: c2 * case.B,
            TWICE: 2 * c2,
            OTHER_WEIGHT: other[2],
            ONLY_H2: h2[:, j].mean() / 2,
            SQUARE_OF_MEAN: h2[:, j].mean() ** 2 / 2,
        },
    }
    right = {"c0": c0, "c1": c1, "c2": c2}
    return Task(
        written(f"parabola(h2, z3, y, {j}, {k})", h2=h2, z3=z3, y=case.y),
        [
            Call("parabola", (h2, z3, case.y, j, k), into="numbers"),
            *(Get(f"numbers.{name}", name) for name in right),
        ],
        {name: Wanted(value, slips[name], CANCELS) for name, value in right.items()},
    )


def bottom_of_parabola(rng: Rng) -> Task:
    lowest, bend = np.round(rng.uniform(0.2, 2.0), 1), np.round(rng.uniform(0.3, 1.2), 1)
    best = float(np.round(rng.uniform(0.5, 1.5), 1) * rng.choice([-1, 1]))

    def draw() -> Array:
        return np.round(rng.uniform(-2, 2, size=3), 1)

    def apart(changes: Array) -> bool:
        """From each other, from the bottom, and from where a change of 0 is."""
        places = np.sort([*changes, best, 0.0])
        return bool(np.diff(places).min() > 0.35)

    changes = drawn(draw, apart, "three changes that are apart")
    losses = np.round(lowest + bend * (changes - best) ** 2, 4)
    slips: dict[str, dict[Slip, Any]] = {
        "change": {
            OF_THE_GIVEN: changes[losses.argmin()],
            SIGN_OF_CHANGE: -best,
            DOUBLE_WAY: 2 * best,
            HALF_THE_WAY: best / 2,
        },
        "J": {OF_THE_GIVEN: losses.min(), AT_NO_CHANGE: lowest + bend * best**2, DOWN_TO_0: 0.0},
    }
    right = {"change": best, "J": lowest}
    return Task(
        written("bottom(changes, losses)", changes=changes, losses=losses),
        [
            Call("bottom", (changes, losses), into="lowest"),
            *(Get(f"lowest.{name}", name) for name in right),
        ],
        {name: Wanted(value, slips[name], CANCELS) for name, value in right.items()},
    )


q6 = _Question(
    "Question 6",
    ("parabola", "bottom"),
    {"parabola": parabola_of_weight, "bottom": bottom_of_parabola},
    praise="You know J after any change of this weight without another forward pass.",
    hints=[
        "Part 1: if the weight W3[j, k] grows by c, one output of each example grows. Which, and "
        "by how much?",
        "Part 1: put the new output into the formula of L, and multiply the square out: what has "
        "no c, what has c, what has c²?",
        "Part 2: three points give three equations for c0, c1 and c2. np.linalg.solve solves them; "
        "np.polyfit(changes, losses, 2) does, too, and returns the number before c² first.",
    ],
)
