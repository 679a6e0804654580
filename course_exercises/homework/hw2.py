"""The questions of homework 2: the chain rule for W1, W2, W3, and a gradient checker.

    from course_exercises.homework import hw2 as questions

    questions.q1.check(slope)

Right values are computed by the module. Where a slip needs another network, the module computes
that too, with an operation that makes the slip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref
from course_exercises.homework.random_networks import (
    CANCELS,
    LARGE_LOGITS,
    NEVER,
    OVERFLOW,
    Case,
    activated,
    divided_by_other_sums,
    numbers,
    run,
    same_value,
    softmax_of,
    where_shifted,
    written,
)
from course_exercises.homework.tasks import Reaches, Task, TaskQuestion, Wanted
from course_exercises.question import Slip, same

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "AT_H", "BY_COLUMNS", "BY_GRAD", "BY_LARGER", "BY_ROWS", "BY_SLOPE", "CAME_IN_Z", "DOWN_ONLY",
    "ENTRIES", "FACTOR_2", "FROM_ONE", "HALF", "HALVED", "KEPT_DOWN", "KEPT_UP", "MEAN_OF_ALL",
    "MEAN_TAKEN", "NOT_RELATIVE", "NO_ABSOLUTE", "NO_SLOPE", "NO_SLOPES", "NO_SLOPE_1",
    "NO_SLOPE_2", "NO_SOFTMAX", "NO_SQUARE", "ONEHOT_MISSING", "ONLY_1_MINUS", "OTHER_SLOPE",
    "OTHER_SLOPES", "SIGN", "SLOPES_OF_Z", "SLOPE_OF_Z_1", "SLOPE_OF_Z_2", "STEP_IGNORED",
    "SUM_NOT_MEAN", "TIMES_STEP", "TRANSPOSE", "TWICE", "TWICE_STEP", "UP_ONLY", "Y_MISSING",
    "check_entries", "check_right", "check_row", "check_sign", "check_step", "check_zero",
    "delta3_classes", "delta3_large", "delta3_one", "delta3_several", "delta_before_one",
    "delta_before_sigmoid", "delta_before_tanh", "differences_keep_W", "differences_of_cubic",
    "differences_of_loss", "gradients_classes", "gradients_classes_tanh", "gradients_one",
    "gradients_squared_error", "q1", "q2", "q3", "q4", "q5", "q6", "slope_of_sigmoid",
    "slope_of_tanh", "weight_gradient_one", "weight_gradient_several",
]
# fmt: on

Array = np.ndarray
Rng = np.random.Generator
ACTIVATIONS: dict[str, type[nn.Operation]] = {"sigmoid": nn.sigmoid, "tanh": nn.tanh}
OTHER = {"sigmoid": "tanh", "tanh": "sigmoid"}

# Words of slips that occur in several questions.
SIGN = Slip("the sign is wrong.")
TRANSPOSE = Slip("that is the transpose.")
SUM_NOT_MEAN = Slip("that is the sum over the examples; here the mean is wanted.")
MEAN_TAKEN = Slip(
    "the mean over the examples is not taken here: each row of δ belongs to an example."
)
FACTOR_2 = Slip("a factor 2: the ½ of the loss cancels it.")
HALF = Slip("half of it: a factor ½.")
Y_MISSING = Slip("the right answer y is missing.")
NO_SOFTMAX = Slip("the logits were not passed through softmax.")
OTHER_SLOPE = Slip("that is the derivative of the other activation.")
AT_H = Slip("h is the value of f already; the activation was applied once more.")

# --- question 1: the derivative of an activation, from its value ----------------------------------

NO_SQUARE = Slip("the square is missing: 1 − h².")
ONLY_1_MINUS = Slip("the factor h is missing: h (1 − h).")
NOT_SLOPE = Slip("that is h itself, not a derivative.")


def _slope(activation: str) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        h = rng.integers(5, 48, size=rng.permutation([2, 3, 4])[:2]) / 100  # h and 1 − h differ
        h = np.where(rng.integers(2, size=h.shape), h, 1 - h).round(2)
        if activation == "tanh":
            h *= rng.choice([-1, 1], size=h.shape)
        slips = {
            OTHER_SLOPE: _slope_by_module(h, OTHER[activation]),
            AT_H: _slope_by_module(activated(h, activation), activation),
            NOT_SLOPE: h,
            SIGN: -_slope_by_module(h, activation),
            NO_SQUARE if activation == "tanh" else ONLY_1_MINUS: 1 - h,
        }
        return Task(
            written(f"slope(h, {activation!r})", h=h),
            [Call("slope", (h, activation), into="slopes"), Get("slopes")],
            {"slopes": Wanted(_slope_by_module(h, activation), slips)},
        )

    return make


def _slope_by_module(h: Array, activation: str) -> Array:
    """f′ where the value is h: the step back of the operation, for a gradient of 1."""
    with nn.Graph(make_current=False) as graph:
        z = same_value(nn.Input("z", h.shape[1]), name="z_node")
        f = ACTIVATIONS[activation](z, name="h")
    graph.Forward(z=np.zeros(h.shape))
    f.value, f.grad = h, np.ones(h.shape)
    f.backward()
    slopes: Any = z.grad
    return slopes


slope_of_sigmoid = _slope("sigmoid")
slope_of_tanh = _slope("tanh")

q1 = TaskQuestion(
    "Question 1",
    "slope",
    {"sigmoid": slope_of_sigmoid, "tanh": slope_of_tanh},
    praise="Both derivatives come from the value h alone.",
    hints=[
        "Sections 3 and 5 of lesson 04 have the two derivatives, written with h.",
        "Both need h once or twice, and no exp: the activation is applied already.",
    ],
)

# --- question 2: δ3 -------------------------------------------------------------------------------

NOT_DIFFERENTIATED = Slip("the square was not differentiated: that is the loss of each output.")
SUMMED = Slip("it was added up over the outputs; δ3 has one number for each of them.")
ONEHOT_MISSING = Slip("that is softmax(z3); 1 is still to be subtracted at the right class.")
EVERY_1 = Slip("1 was subtracted at every class; only the right one of each row gets it.")
LABEL_ITSELF = Slip(
    "the number of the class was subtracted; it says at which place 1 is subtracted."
)
FROM_ONE = Slip("classes count from 0: the label y is the column itself, not y − 1.")
ALL_LABELS = Slip("1 was subtracted at the labels of all rows; each row has its own.")
NOT_DIVIDED = Slip("the exponentials are not divided by their sum.")
SHIFTED_NOT_DIVIDED = where_shifted(NOT_DIVIDED)


def _delta3_squared_error(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        B, K = (1 if one else 3, 4) if rng.integers(2) else (1 if one else 4, 3)
        z3, y = numbers(rng, B, K), numbers(rng, B, K)
        right = _delta3_by_module(z3, y)
        slips = {
            SIGN: -right,
            FACTOR_2: 2 * right,
            HALF: right / 2,
            Y_MISSING: z3,
            NOT_DIFFERENTIATED: 0.5 * right**2,
            SUMMED: right.sum(axis=1),
            MEAN_TAKEN: NEVER if one else right / B,
        }
        return Task(
            written("delta3(z3, y, 'squared_error')", z3=z3, y=y),
            [Call("delta3", (z3, y, "squared_error"), into="d3"), Get("d3")],
            {"d3": Wanted(right, slips)},
        )

    return make


def _delta3_cross_entropy(large: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        B, K = sorted(int(n) for n in rng.permutation([3, 4, 5])[:2])
        z3, y = numbers(rng, B, K), rng.permutation(K)[:B]  # not every class is a label
        if large:
            z3 += np.array([1000, -1000] * 3)[:B, None]
        right, onehot, p = _delta3_by_module(z3, y), np.eye(K)[y], softmax_of(z3)
        slips = {
            SIGN: -right,
            MEAN_TAKEN: right / B,
            FROM_ONE: _delta3_by_module(z3, (y - 1) % K),
            NO_SOFTMAX: z3 - onehot,
            FACTOR_2: 2 * right,
            ONEHOT_MISSING: p,
            EVERY_1: p - 1,
            LABEL_ITSELF: p - y[:, None],
            ALL_LABELS: p - onehot.max(axis=0),
            SHIFTED_NOT_DIVIDED: np.exp(z3 - z3.max(axis=1, keepdims=True)) - onehot,
        }
        for slip, log_p in divided_by_other_sums(z3).items():
            slips[slip] = np.exp(log_p) - onehot
        if not large:
            slips[NOT_DIVIDED] = np.exp(z3) - onehot
        tolerance = LARGE_LOGITS if large else Wanted.tolerance
        return Task(
            written("delta3(z3, y, 'cross_entropy')", z3=z3, y=y),
            [Call("delta3", (z3, y, "cross_entropy"), into="d3"), Get("d3")],
            {"d3": Wanted(right, slips, tolerance, nan=OVERFLOW)},
        )

    return make


def _delta3_by_module(z3: Array, y: Array) -> Array:
    """∂L_b/∂z3, of cross-entropy if y holds integers."""
    width = z3.shape[1]
    with nn.Graph(make_current=False) as graph:
        node = same_value(nn.Input("z3", width), name="node")
        if y.dtype.kind == "i":
            nn.cross_entropy(node, nn.Labels("y", width), name="loss")
        else:
            nn.squared_error(node, nn.Input("y", width), name="loss")
    return run(graph, z3=z3, y=y)["node"].grad


delta3_one = _delta3_squared_error(one=True)
delta3_several = _delta3_squared_error(one=False)
delta3_classes = _delta3_cross_entropy(large=False)
delta3_large = _delta3_cross_entropy(large=True)

q2 = TaskQuestion(
    "Question 2",
    "delta3",
    {
        "squared error, several examples": delta3_several,
        "squared error, one example": delta3_one,
        "cross-entropy": delta3_classes,
        "cross-entropy of large logits": delta3_large,
    },
    praise="The start of the way back is right for both losses.",
    hints=[
        "Under squared error: what does the ½ do when the square is differentiated?",
        "Under cross-entropy: softmax(z3), and in each row 1 less at the right class.",
        "First subtract z3.max(axis=1, keepdims=True). p[np.arange(B), y] is p_y of each row.",
    ],
)

# --- question 3: the gradient of a weight matrix --------------------------------------------------

BY_ROWS = Slip("it was divided by the number of units that come in, not by the number of examples.")
BY_COLUMNS = Slip("it was divided by the width of δ, not by the number of examples.")
BY_ALL = Slip("np.mean was taken over too much: only the sum over the examples is divided, by B.")
TWICE = Slip("it was divided by the number of examples twice.")


def _weight_gradient(one: bool) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        B, rows, columns = (int(n) for n in rng.permutation([3, 4, 5])[:3])
        B = 1 if one else B
        h, delta = numbers(rng, B, rows), numbers(rng, B, columns)
        right = _gradient_by_module(h, delta)
        slips = {
            SIGN: -right,
            TRANSPOSE: right.T,
            SUM_NOT_MEAN: NEVER if one else B * right,
            TWICE: NEVER if one else right / B,
            BY_ROWS: B * right / rows,
            BY_COLUMNS: B * right / columns,
            BY_ALL: right.mean(),
        }
        return Task(
            written("weight_gradient(h, delta)", h=h, delta=delta),
            [Call("weight_gradient", (h, delta), into="dW"), Get("dW")],
            {"dW": Wanted(right, slips)},
        )

    return make


def _gradient_by_module(h: Array, delta: Array) -> Array:
    """∂J/∂W of z = h W, where δ is ∂L_b/∂z."""
    W = np.zeros((h.shape[1], delta.shape[1]))
    with nn.Graph(make_current=False) as graph:
        z = nn.matmul(nn.Input("h", h.shape[1]), nn.Parameter("W", W), name="z")
        nn.squared_error(z, nn.Input("y", delta.shape[1]), name="loss")
    return run(graph, h=h, y=-delta)["W"].grad  # z = 0, so δ = z − y


weight_gradient_one = _weight_gradient(one=True)
weight_gradient_several = _weight_gradient(one=False)

q3 = TaskQuestion(
    "Question 3",
    "weight_gradient",
    {"one example": weight_gradient_one, "several examples": weight_gradient_several},
    praise="For one example and for the mean over several.",
    hints=[
        "Write the shapes down: (B, m) and (B, n) have to become (m, n). Which one is transposed?",
        "The product adds up over the examples. What is left to do for the mean?",
    ],
)

# --- question 4: one layer back -------------------------------------------------------------------

NO_SLOPE = Slip("the derivative of the activation is missing.")
TIMES_H = Slip("it was multiplied by h instead of f′.")
ONLY_SLOPE = Slip("δ and W are missing: that is f′ alone.")


def _delta_before(activation: str, one: bool = False) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        B, left, right_width = (int(n) for n in rng.permutation([3, 4, 5])[:3])
        B = 1 if one else B
        delta, W = numbers(rng, B, right_width), numbers(rng, left, right_width)
        h = np.clip(activated(numbers(rng, B, left), activation).round(2), -0.97, 0.97)

        def back(slopes: Array) -> Array:
            return _back_by_module(delta, W) * slopes

        f1 = _slope_by_module(h, activation)
        right = back(f1)
        slips = {
            NO_SLOPE: back(np.ones_like(h)),
            OTHER_SLOPE: back(_slope_by_module(h, OTHER[activation])),
            AT_H: back(_slope_by_module(activated(h, activation), activation)),
            NO_SQUARE if activation == "tanh" else ONLY_1_MINUS: back(1 - h),
            TIMES_H: back(h),
            ONLY_SLOPE: f1,
            SIGN: -right,
            TRANSPOSE: right.T,
            MEAN_TAKEN: NEVER if one else right / B,
        }
        return Task(
            written(f"delta_before(delta, W, h, {activation!r})", delta=delta, W=W, h=h),
            [Call("delta_before", (delta, W, h, activation), into="d"), Get("d")],
            {"d": Wanted(right, slips)},
        )

    return make


def _back_by_module(delta: Array, W: Array) -> Array:
    """∂L_b/∂h, where z = h W is the next product and δ is ∂L_b/∂z."""
    with nn.Graph(make_current=False) as graph:
        h = same_value(nn.Input("x", len(W)), name="h")
        nn.squared_error(nn.matmul(h, nn.Parameter("W", W)), nn.Input("y", W.shape[1]), name="loss")
    return run(graph, x=np.zeros((len(delta), len(W))), y=-delta)["h"].grad


delta_before_sigmoid = _delta_before("sigmoid")
delta_before_tanh = _delta_before("tanh")
delta_before_one = _delta_before("tanh", one=True)

q4 = TaskQuestion(
    "Question 4",
    "delta_before",
    {
        "several examples, sigmoid": delta_before_sigmoid,
        "several examples, tanh": delta_before_tanh,
        "one example, tanh": delta_before_one,
    },
    praise="δ goes back through the weights and through the activation.",
    hints=[
        "Write the shapes down: (B, n) and (m, n) have to become (B, m). Which one is transposed?",
        "Then comes f′, entry by entry with *. Your `slope` takes h.",
    ],
)

# --- question 5: all three gradients --------------------------------------------------------------

NO_SLOPE_1 = Slip("f′(z1) is missing in δ1.")
NO_SLOPE_2 = Slip("f′(z2) is missing in δ2.")
NO_SLOPES = Slip("f′(z1) and f′(z2) are both missing.")
OTHER_SLOPES = Slip("the derivative of the other activation was taken.")
SLOPES_OF_Z = Slip("z was put in where the value h belongs: f′ is computed from h.")
SLOPE_OF_Z_1 = Slip("in δ1, z1 was put in where the value h1 belongs: f′ is computed from h.")
SLOPE_OF_Z_2 = Slip("in δ2, z2 was put in where the value h2 belongs: f′ is computed from h.")
CAME_IN_Z = Slip("z was put in where h belongs: what comes into the product h W is h.")
OTHER_NETWORK = Slip("the forward pass used the other activation.")
OUTPUT_ACTIVATED = Slip(
    "the output passed through the activation too; z3 is the last product itself."
)


def _gradients(activation: str, loss: str, one: bool = False) -> Callable[[Rng], Task]:
    f, other = ACTIVATIONS[activation], ACTIVATIONS[OTHER[activation]]

    def make(rng: Rng) -> Task:
        case = Case(rng, activation=activation, loss=loss, one=one)
        right = _three(case)
        z3 = case.run()["z3"].value
        p = z3 if loss == "squared_error" else softmax_of(z3)
        altered: dict[Slip, dict[str, Any]] = {
            NO_SLOPES: _three(case, f1=flat(f), f2=flat(f)),
            NO_SLOPE_1: _three(case, f1=flat(f)),
            NO_SLOPE_2: _three(case, f2=flat(f)),
            OTHER_SLOPES: _three(case, f1=sloped_as(f, other), f2=sloped_as(f, other)),
            SLOPES_OF_Z: _three(case, f1=sloped_at_z(f), f2=sloped_at_z(f)),
            SLOPE_OF_Z_1: _three(case, f1=sloped_at_z(f)),
            SLOPE_OF_Z_2: _three(case, f2=sloped_at_z(f)),
            NO_SQUARE if activation == "tanh" else ONLY_1_MINUS: _three(
                case, f1=sloped_1_minus(f), f2=sloped_1_minus(f)
            ),
            CAME_IN_Z: _three_of_z(case),
            BY_ROWS: {name: case.B * grad / len(grad) for name, grad in right.items()},
            BY_COLUMNS: {name: case.B * grad / grad.shape[1] for name, grad in right.items()},
            OTHER_NETWORK: _three(case, f1=other, f2=other),
            Y_MISSING: _three_from(case, p),
            OUTPUT_ACTIVATED: _three(case, f3=flat(f)),
            SIGN: {name: -grad for name, grad in right.items()},
            TRANSPOSE: {name: grad.T for name, grad in right.items()},
        }
        if loss == "squared_error":
            altered[FACTOR_2] = {name: 2 * grad for name, grad in right.items()}
        else:
            onehot = np.eye(case.K)[case.y]
            altered[NO_SOFTMAX] = _three_from(case, z3 - onehot)
            altered[FROM_ONE] = _three(case, y=(case.y - 1) % case.K)
        if not one:
            altered[SUM_NOT_MEAN] = {name: case.B * grad for name, grad in right.items()}
            altered[TWICE] = {name: grad / case.B for name, grad in right.items()}
        wanted = {}
        for name, grad in right.items():
            slips = {slip: values[name] for slip, values in altered.items()}
            for slip in NOT_IN[name]:
                slips.pop(slip, None)
            wanted[name] = Wanted(grad, slips, CANCELS)  # δ3 is a small difference, sometimes
        arguments = (case.x, case.y, case.W1, case.W2, case.W3, activation, loss)
        return Task(
            written(
                f"gradients(x, y, W1, W2, W3, {activation!r}, {loss!r})",
                x=case.x,
                y=case.y,
                **case.weights,
            ),
            [
                Call("gradients", arguments, into="grads"),
                *(Get(f"grads.{name}", name) for name in right),
            ],
            wanted,
        )

    return make


# What makes no difference in a gradient, or the same one as another slip.
NOT_IN = {
    "dW1": (CAME_IN_Z,),
    "dW2": (NO_SLOPES, NO_SLOPE_1, SLOPES_OF_Z, SLOPE_OF_Z_1),
    "dW3": (
        *(NO_SLOPES, NO_SLOPE_1, NO_SLOPE_2, OTHER_SLOPES),
        *(SLOPES_OF_Z, SLOPE_OF_Z_1, SLOPE_OF_Z_2, NO_SQUARE, ONLY_1_MINUS),
    ),
}


def _three(case: Case, **changed: Any) -> dict[str, Array]:
    """The gradients by the module, in the order in which the way back comes to them."""
    nodes = case.run(**changed)
    return {"dW3": nodes["W3"].grad, "dW2": nodes["W2"].grad, "dW1": nodes["W1"].grad}


def _three_of_z(case: Case) -> dict[str, Array]:
    """The gradients if z1 and z2 stood in the places of h1 and h2 there; that of W1 is right."""
    nodes = case.run()
    return {
        "dW3": _gradient_by_module(nodes["z2"].value, nodes["z3"].grad),
        "dW2": _gradient_by_module(nodes["z1"].value, nodes["z2"].grad),
        "dW1": nodes["W1"].grad,
    }


def _three_from(case: Case, delta3: Array) -> dict[str, Array]:
    """The gradients by the module if the way back started with this δ3."""
    other = Case(np.random.default_rng(0))
    vars(other).update(vars(case), loss="squared_error")
    return _three(other, y=case.run()["z3"].value - delta3)


def flat(f: Any) -> Any:
    """The activation f with the slip that its derivative is 1."""

    class Flat(f):
        def backward(self) -> None:
            self.operands[0].add_grad(self.grad)

    return Flat


def sloped_as(f: Any, other: Any) -> Any:
    """The activation f with the derivative of another one."""

    class Sloped(f):
        def backward(self) -> None:
            other.backward(self)

    return Sloped


def sloped_1_minus(f: Any) -> Any:
    """The activation f with the derivative 1 − h: without the square, or without the factor h."""

    class Sloped(f):
        def backward(self) -> None:
            self.operands[0].add_grad(self.grad * (1 - self.value))

    return Sloped


def sloped_at_z(f: Any) -> Any:
    """The activation f with the slip that z stands for h in its derivative."""

    class Sloped(f):
        def backward(self) -> None:
            self.value, kept = self.operands[0].value, vars(self)["value"]
            f.backward(self)
            self.value = kept

    return Sloped


gradients_one = _gradients("sigmoid", "squared_error", one=True)
gradients_squared_error = _gradients("tanh", "squared_error")
gradients_classes = _gradients("sigmoid", "cross_entropy")
gradients_classes_tanh = _gradients("tanh", "cross_entropy")

q5 = TaskQuestion(
    "Question 5",
    "gradients",
    {
        "one example, sigmoid, squared error": gradients_one,
        "several examples, tanh, squared error": gradients_squared_error,
        "several examples, sigmoid, cross-entropy": gradients_classes,
        "several examples, tanh, cross-entropy": gradients_classes_tanh,
    },
    praise="All three gradients hold, for both activations and both losses.",
    hints=[
        "Go forward first, and keep h1, h2 and z3: the way back needs them.",
        "The way back starts with δ3. δ2 needs δ3, W3 and h2; δ1 needs δ2, W2 and h1.",
        "Each gradient takes what came in and the δ behind it: x and δ1, h1 and δ2, h2 and δ3.",
    ],
)

# --- question 6: the gradient checker -------------------------------------------------------------

UP_ONLY = Slip("W was nudged up only: take the difference between nudged up and nudged down.")
DOWN_ONLY = Slip("W was nudged down only: take the difference between nudged up and nudged down.")
TWICE_STEP = Slip("the two points are 2 steps apart, so divide by 2 · step.")
TIMES_STEP = Slip("in /2*step the product comes last, so it multiplies by step: / (2 * step).")
STEP_IGNORED = Slip("another step was used than the one that is given.")
ALL_AT_ONCE = Slip("all entries were nudged at once; each one is nudged alone.")
KEPT_DOWN = Slip(
    "an entry stayed nudged down while the others were nudged; each one is nudged alone."
)
KEPT_UP = Slip("an entry stayed nudged up while the others were nudged; each one is nudged alone.")
W_ITSELF = Slip(
    "all slopes are 0. In up, down = W, W both are W itself, nudged up and down again: nudge a "
    "copy for each, W.copy()."
)
SLOPES_FIRST = Slip("whether W is left as it was is looked at once the slopes are nearly right.")
NO_ABSOLUTE = Slip("the absolute value of g − s is missing.")
OF_THE_SUM = Slip("|g + s| is not |g| + |s|: take the absolute values first, and then the sum.")
NOT_RELATIVE = Slip("that is the largest |g − s|; it is to be divided by |g| + |s|.")
HALVED = Slip("it was divided by half of |g| + |s|.")
MEAN_OF_ALL = Slip("that is the mean over the entries; the largest deviation is wanted.")
BY_SLOPE = Slip("it was divided by |s| alone, not by |g| + |s|.")
BY_GRAD = Slip("it was divided by |g| alone, not by |g| + |s|.")
BY_LARGER = Slip("it was divided by the larger of |g| and |s|, not by |g| + |s|.")
NO_FLOOR = Slip("0 / 0: where g and s are both 0, divide by max(|g| + |s|, 1e-8).")
ENTRIES = Slip("that is one deviation for each entry; the largest of them is wanted.")
BROADCAST = Slip("the shapes differ, and NumPy has repeated the row. Compare the shapes first.")
STEPS = {
    step: Slip(f"the step {step:g} was used inside; it is 1e-5.") for step in (1e-3, 1e-4, 1e-6)
}
NOT_COMPARED = Slip(
    "a wrong gradient with the right signs got 0: compare it with finite differences."
)
SMALLER_STEP = Slip("no deviation at all was found. Was a step far smaller than 1e-5 used inside?")


def _cubic(rng: Rng) -> tuple[dict[str, Array], Array, Callable[[Array], float]]:
    """What `make_cubic` is called with, W, and the function that it makes."""
    rows, columns = (int(n) for n in rng.permutation([2, 3, 4])[:2])
    A, C, W = (rng.integers(1, 20, size=(rows, columns)) / 10 for _ in range(3))
    return {"A": A, "C": C}, W, _cubic_of(A, C)


def _cubic_of(A: Array, C: Array) -> Callable[[Array], float]:
    return lambda W: float(np.sum(A * W**3 + C * W**2))


def _loss_of_W3(rng: Rng) -> tuple[dict[str, Array], Array, Callable[[Array], float]]:
    """What `make_loss_of_W3` is called with, W3, and the function that it makes."""
    B, H2, K = (int(n) for n in rng.permutation([3, 4, 5])[:3])
    h2, y, W3 = numbers(rng, B, H2), numbers(rng, B, K), numbers(rng, H2, K)
    return {"h2": h2, "y": y}, W3, lambda W: 0.5 * float(((h2 @ W - y) ** 2).sum()) / B


MAKERS = {"make_cubic": _cubic, "make_loss_of_W3": _loss_of_W3}


def _finite_differences(maker: str, *, keeps: bool = False) -> Callable[[Rng], Task]:
    def make(rng: Rng) -> Task:
        parts, W, f = MAKERS[maker](rng)
        step = float(rng.choice([0.1, 0.2, 0.4]))
        right = nn.finite_differences(f, W, eps=step)
        slips = {
            UP_ONLY: _each(W, lambda up, down: (f(up) - f(W)) / step, step),
            DOWN_ONLY: _each(W, lambda up, down: (f(W) - f(down)) / step, step),
            TWICE_STEP: 2 * right,
            TIMES_STEP: step**2 * right,
            SIGN: -right,
            W_ITSELF: np.zeros(W.shape),
            ALL_AT_ONCE: np.full(W.shape, (f(W + step) - f(W - step)) / (2 * step)),
        }
        if maker == "make_cubic":  # the other function is quadratic, so that the step is no matter
            slips[STEP_IGNORED] = nn.finite_differences(f, W)
        else:  # in the cubic function the entries do not meet
            slips[KEPT_DOWN] = _one_after_the_other(f, W, step, left=-step)
            slips[KEPT_UP] = _one_after_the_other(f, W, step, left=step)
        names = ", ".join(parts)
        return Task(
            written(
                f"function = {maker}({names})\nfinite_differences(function, W, {step})",
                **parts,
                W=W,
            ),
            [
                Call(maker, tuple(parts.values()), into="function"),
                Call("finite_differences", (Ref("function"), W, step), into="slopes", keeps=keeps),
                Get("slopes"),
            ],
            {"slopes": _near(right, slips) if keeps else Wanted(right, slips, CANCELS)},
        )

    return make


def _near(right: Array, slips: dict[Slip, Any]) -> Reaches:
    """What is right, and what a slip gives that moves every entry alone."""
    near = [right, *(slips[slip] for slip in (UP_ONLY, DOWN_ONLY, TWICE_STEP, TIMES_STEP, SIGN))]
    absolute = CANCELS * float(np.abs(right).max())

    def measure(found: Array) -> float:
        return float(
            any(same(found, value, tolerance=CANCELS, absolute=absolute) for value in near)
        )

    return Reaches(right.shape, measure, 1.0, {SLOPES_FIRST: 0.0})


def _one_after_the_other(
    f: Callable[[Array], float], W: Array, step: float, *, left: float
) -> Array:
    """The central differences if each entry stays where it is `left`, off its place."""
    moved, slopes = W.copy(), np.zeros(W.shape)
    for entry in np.ndindex(W.shape):
        nudge = np.zeros_like(W)
        nudge[entry] = step
        slopes[entry] = (f(moved + nudge) - f(moved - nudge)) / (2 * step)
        moved[entry] += left
    return slopes


def _each(W: Array, quotient: Callable[[Array, Array], float], step: float) -> Array:
    """A quotient for each entry, from W with this entry nudged up and nudged down."""
    quotients = np.zeros_like(W)
    for entry in np.ndindex(W.shape):
        nudge = np.zeros_like(W)
        nudge[entry] = step
        quotients[entry] = quotient(W + nudge, W - nudge)
    return quotients


def _check_gradient(kind: str) -> Callable[[Rng], Task]:
    """The checker fed with a gradient that has wrong "entries", also where both are "zero" in one
    place, where the "step" shows, or of a "row" instead of a matrix.
    """

    def make(rng: Rng) -> Task:
        parts, W, first, *others = _checked(rng)
        if kind == "zero":
            parts["A"][first] = parts["C"][first] = 0.0
        if kind == "step":  # W is as small as the step
            parts = {"A": (parts["A"] * 1e6).round(), "C": np.zeros(W.shape)}
            W = (np.ceil(1.5 * W) * 1e-5).round(5)
        f = _cubic_of(**parts)
        slopes, grad = nn.finite_differences(f, W, eps=1e-5), _slopes_of_cubic(W, **parts)
        if kind in ("entries", "zero"):
            grad = _with_wrong_entries(rng, grad, *others)
        elif kind == "row":
            grad = grad[:1]
        right, slips = _deviations(grad, slopes)
        if kind == "step":
            slips = {SMALLER_STEP: 0.0}
            for step, slip in STEPS.items():
                slips[slip], _ = _deviations(grad, nn.finite_differences(f, W, eps=step))
        elif kind == "row":
            right, slips = 1.0, {BROADCAST: right}
        return Task(
            written(
                "function = make_cubic(A, C)\ncheck_gradient(function, W, grad)",
                **parts,
                W=W,
                grad=grad,
            ),
            [
                Call("make_cubic", tuple(parts.values()), into="function"),
                Call("check_gradient", (Ref("function"), W, grad), into="deviation", keeps=False),
                Get("deviation"),
            ],
            {"deviation": Wanted(right, slips, 1e-4, nan=NO_FLOOR)},
        )

    return make


def _check_two_gradients(kind: str) -> Callable[[Rng], Task]:
    """The checker fed with a "right" gradient, or one with the wrong "sign", and then with one that
    has wrong entries: that 0 or 1 is the answer to the first can be said without any slope.
    """

    def make(rng: Rng) -> Task:
        parts, W, _, *others = _checked(rng)
        f, exact = _cubic_of(**parts), _slopes_of_cubic(W, **parts)
        slopes = nn.finite_differences(f, W, eps=1e-5)
        grad = {"right": exact, "sign": -exact}[kind]
        wrong = _with_wrong_entries(rng, exact, *others)
        (one, first), (other, second) = _deviations(grad, slopes), _deviations(wrong, slopes)
        one = {"right": 0.0, "sign": 1.0}[kind]
        slips = {slip: np.array([first[slip], second[slip]]) for slip in first}
        slips[NOT_COMPARED] = np.array([one, 0.0])
        if kind == "sign":
            of_the_sum = np.abs(grad - slopes) / np.maximum(np.abs(grad + slopes), 1e-8)
            slips[OF_THE_SUM] = np.array([of_the_sum.max(), other])
        names = "function, W, grad", "function, W, other"
        both = ", ".join(f"check_gradient({each})" for each in names)
        return Task(
            written(
                f"function = make_cubic(A, C)\nnp.array([{both}])",
                **parts,
                W=W,
                grad=grad,
                other=wrong,
            ),
            [
                Call("make_cubic", tuple(parts.values()), into="function"),
                Call("check_gradient", (Ref("function"), W, grad), into="one", keeps=False),
                Call("check_gradient", (Ref("function"), W, wrong), into="other", keeps=False),
                Call("numpy.array", ([Ref("one"), Ref("other")],), into="deviations"),
                Get("deviations"),
            ],
            # For a right gradient that is a deviation up to 0.0001; the other one is above 0.5.
            {"deviations": Wanted(np.array([one, other]), slips, 2e-4, nan=NO_FLOOR)},
        )

    return make


def _checked(rng: Rng) -> tuple[Any, ...]:
    """What `make_cubic` is called with, W, and three of its entries.

    All slopes of the function are far enough from 0 that rounding is far below 0.0001.
    """
    parts, W, _ = _cubic(rng)
    return parts, W, *(np.unravel_index(n, W.shape) for n in rng.permutation(W.size)[:3])


def _slopes_of_cubic(W: Array, A: Array, C: Array) -> Array:
    """Without what is left of the digits after the twelfth, as they are printed."""
    slopes: Array = 3 * A * W**2 + 2 * C * W
    return slopes.round(12)


def _with_wrong_entries(rng: Rng, grad: Array, larger: Any, smaller: Any) -> Array:
    """One entry too large, and one too small by more."""
    grad = grad.copy()
    grad[larger] *= rng.choice([2.5, 3.0])
    grad[smaller] *= rng.choice([0.1, 0.2, 0.25])
    return grad.round(12)


def _deviations(grad: Array, slopes: Array) -> tuple[float, dict[Slip, Any]]:
    """The largest deviation, and what comes out instead if a slip is made."""
    g, s, far = np.abs(grad), np.abs(slopes), np.abs(grad - slopes)

    def largest(size: Array) -> float:
        return float((far / np.maximum(size, 1e-8)).max())

    size = np.maximum(g + s, 1e-8)
    return largest(g + s), {
        NO_ABSOLUTE: float(((grad - slopes) / size).max()),
        NOT_RELATIVE: float(far.max()),
        HALVED: 2 * largest(g + s),
        BY_SLOPE: largest(s),
        BY_GRAD: largest(g),
        BY_LARGER: largest(np.maximum(g, s)),
        ENTRIES: far / size,
        MEAN_OF_ALL: float((far / size).mean()),
    }


differences_of_cubic = _finite_differences("make_cubic")
differences_of_loss = _finite_differences("make_loss_of_W3")
differences_keep_W = _finite_differences("make_loss_of_W3", keeps=True)
check_entries = _check_gradient("entries")
check_right = _check_two_gradients("right")
check_sign = _check_two_gradients("sign")
check_zero = _check_gradient("zero")
check_step = _check_gradient("step")
check_row = _check_gradient("row")

q6 = TaskQuestion(
    "Question 6",
    ("finite_differences", "check_gradient"),
    {
        "finite differences of a cubic function": differences_of_cubic,
        "finite differences of a loss": differences_of_loss,
        "W is left as it was": differences_keep_W,
        "a gradient with an entry too large, and one too small": check_entries,
        "a right gradient": check_right,
        "a gradient with the wrong sign": check_sign,
        "a gradient with an entry where g and s are 0": check_zero,
        "a function for which the step matters": check_step,
        "a gradient of another shape": check_row,
    },
    praise="Your checker accepts a right gradient, and measures how far off a wrong one is.",
    hints=[
        "Two loops, over the rows and the columns. For each entry two fresh copies of W.",
        "In check_gradient: first the shapes, then s by finite_differences, then the deviations.",
        "np.abs and np.maximum work entry by entry; np.max gives the largest entry.",
    ],
)
