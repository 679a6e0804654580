"""Homework 3, lists of nodes: Forward, Backward, SGD.

Forward and Backward are tried on `Scale` and `RowSum`, two nodes that the notebook has ready, so
that a mistake in a node of the student's costs nothing there. The right values come from a graph of
`course_nn`, and those of a slip from such a graph with one line written differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.actions import Call, Get, Ref, Set, Step
from course_exercises.homework.hw3_nodes import (
    Array,
    Rng,
    as_python,
    numbers,
    sizes,
    wanted,
)
from course_exercises.homework.tasks import Task, Wanted
from course_exercises.question import Slip

# What the rubric of the grader names.
# fmt: off
__all__ = [
    "DIVIDED_AGAIN", "FIRST_FORWARD", "KEPT_GRAD", "LOSS_GRAD_NUMBER", "LOSS_GRAD_ZERO",
    "NODES_DIVIDED", "NODES_NOT_RESET", "NOTHING_ARRIVED", "NOT_RESET", "NO_UPDATE",
    "PARAMETERS_NOT_RESET", "RATE_MISSING", "SUM_NOT_MEAN", "UNCHANGED", "UPHILL",
    "backward_keeps", "backward_of_early_loss", "backward_one", "backward_one_node",
    "backward_several_nodes", "backward_several_parameters", "backward_shared", "backward_twice",
    "forward_again", "sgd", "sgd_leaves_old_array",
]
# fmt: on

FIRST_FORWARD = Slip("that is the value of the first Forward; x and w2 have changed since then.")
NOT_RESET = Slip("the gradients from before were not reset, and the new ones were added to them.")
PARAMETERS_NOT_RESET = Slip(
    "the gradients of the nodes were reset, those of the parameters were not."
)
NODES_NOT_RESET = Slip("the gradients of the parameters were reset, those of the nodes were not.")
NOTHING_ARRIVED = Slip(
    "nothing has arrived. Are the nodes taken in reverse order, and is loss.grad set after the "
    "reset?"
)
LOSS_GRAD_NUMBER = Slip("it is one number; it should be a 1 for each example, shape (B,).")
LOSS_GRAD_ZERO = Slip("it is 0: first reset the gradients, then set loss.grad.")
SUM_NOT_MEAN = Slip(
    "that is the sum over the examples: at the end of Backward, each parameter's gradient is "
    "divided by B."
)
NODES_DIVIDED = Slip("divided by B. Only the gradients of the parameters are, at the very end.")
DIVIDED_AGAIN = Slip(
    "divided by B more than once. loss.grad is 1 for each example, and the division comes once for "
    "each parameter, after the loop."
)
DIVIDED_IN_THE_LOOP = Slip("divided by B inside the loop; it is done once, after it.")
LAST_NODE = Slip(
    "those are the gradients of the last node; the loss is the node that was handed over."
)
KEPT_GRAD = Slip(
    "the array that was W.grad after the first Backward holds only zeros now. If it did not "
    "before, they were written into it: reset by a new array."
)
UPHILL = Slip("the sign: SGD goes against the gradient.")
RATE_MISSING = Slip("the learning rate is missing.")
RATE_TWICE = Slip("the learning rate was applied twice.")
UNCHANGED = Slip("nothing has changed. Does SGD assign the value of every parameter in parameters?")
NO_UPDATE = Slip(
    "the weights have not changed. Either the parameters are no longer in the list, because "
    "build_mine has called new_graph(); or no gradient arrived at them; or SGD does not assign "
    "them."
)
STEP_ALONE = Slip("the old value is missing: value − learning rate · grad.")
STEP_SHARED = Slip("divided by the number of parameters; each of them makes its own whole step.")
INPUT_CHANGED = Slip("SGD has changed an input; only parameters learn.")
NODE_CHANGED = Slip("SGD has changed a computed node; only parameters learn.")
KEPT_VALUE = Slip(
    "the array that was W.value before SGD has changed. Assign a new one: W.value = W.value − …, "
    "and not −=."
)

RATES = (0.17, 0.23, 0.37, 0.43)  # of which no double, and no 3, 4, 5 times, is 1

# --- a chain of nodes that are ready ------------------------------------------------------------


class scale(nn.Operation):
    """`Scale` of the notebook: a ⊙ w, where the parameter w is a row."""

    grad: Any
    operands_needed = 2

    def check_operands(self) -> int | None:
        return self.operands[0].width

    def forward(self) -> None:
        a, w = self.operands
        self.value = a.value * w.value

    def backward(self) -> None:
        a, w = self.operands
        a.add_grad(self.grad * w.value)
        w.add_grad((self.grad * a.value).sum(axis=0, keepdims=True))


class row_sum(nn.Operation):
    """`RowSum` of the notebook: the sum of each row, (B,)."""

    grad: Any
    operands_needed = 1

    def check_operands(self) -> int | None:
        return None

    def forward(self) -> None:
        self.value = self.operands[0].value.sum(axis=1)

    def backward(self) -> None:
        (a,) = self.operands
        a.add_grad(np.repeat(self.grad[:, None], a.value.shape[1], axis=1))


class Chain:
    """c1 = Scale(x, w1), c2 = Scale(c1, w2), loss = RowSum(c2), in `course_nn` and as steps.

    With `shared`, w1 takes the place of w2 too. With `early`, there is another loss before c2,
    early = RowSum(c1).
    """

    def __init__(
        self, rng: Rng, *, one: bool = False, shared: bool = False, early: bool = False
    ) -> None:
        # Not 2 or 3 examples: gradients of nodes that are not reset come out 2 and 3 times.
        self.B, n = (1 if one else int(rng.integers(4, 6))), int(rng.integers(2, 4))
        self.x = numbers(rng, self.B, n)
        self.w = {name: numbers(rng, 1, n) for name in (["w1"] if shared else ["w1", "w2"])}
        last = list(self.w)[-1]
        self.nodes: dict[str, Any] = {}
        with nn.Graph(make_current=False) as self.graph:
            x = nn.Input("x", width=n)
            self.parameters: dict[str, Any] = {
                name: nn.Parameter(name, value) for name, value in self.w.items()
            }
            self.nodes["c1"] = scale(x, self.parameters["w1"], name="c1")
            if early:
                self.nodes["early"] = row_sum(self.nodes["c1"], name="early")
            self.nodes["c2"] = scale(self.nodes["c1"], self.parameters[last], name="c2")
            self.nodes["loss"] = row_sum(self.nodes["c2"], name="loss")
        self.graph.Forward(x=self.x)
        self.make: list[Step] = [
            Call("new_graph"),
            Call("Input", (self.x,), into="x"),
            *(Call("Parameter", (value,), into=name) for name, value in self.w.items()),
            Call("Scale", (Ref("x"), Ref("w1")), into="c1"),
            *([Call("RowSum", (Ref("c1"),), into="early")] if early else []),
            Call("Scale", (Ref("c1"), Ref(last)), into="c2"),
            Call("RowSum", (Ref("c2"),), into="loss"),
        ]
        # Without the student's Forward: a mistake in it would cost the points of Backward too.
        self.forward: list[Step] = [Call(f"{name}.forward") for name in self.nodes]

    def values(self) -> dict[str, Array]:
        return {f"{name}.value": node.value for name, node in self.nodes.items()}

    def grads(self) -> dict[str, Array]:
        return {f"{name}.grad": node.grad for name, node in (self.nodes | self.parameters).items()}

    def backward(self, loss: str = "loss") -> dict[str, Array]:
        """The gradients that Backward of `course_nn` computes."""
        self.graph.Backward(self.nodes[loss])
        return self.grads()

    def before(self, rng: Rng | None = None) -> dict[str, Array]:
        """Gradients to begin with: some numbers, or zeros."""
        shapes = {
            f"{name}.grad": node.value.shape
            for name, node in (self.nodes | self.parameters).items()
        }
        return {
            label: np.zeros(shape) if rng is None else numbers(rng, *shape)
            for label, shape in shapes.items()
        }

    def backward_with_a_slip(
        self,
        before: Mapping[str, Array],
        *,
        reset: str = "nodes parameters",
        divide: str = "at the end",
        loss: str = "loss",
    ) -> dict[str, Array]:
        """The gradients if a line of Backward is another."""
        for group, members in (("nodes", self.nodes), ("parameters", self.parameters)):
            for name, node in members.items():
                old = before[f"{name}.grad"]
                node.grad = np.zeros_like(old) if group in reset else old
        self.nodes[loss].grad = np.ones(self.B)
        for node in reversed(self.graph.nodes):
            node.backward()
            if divide == "in the loop":
                self._divide()
        if divide == "at the end":
            self._divide()
        return self.grads()

    def _divide(self) -> None:
        for parameter in self.parameters.values():
            parameter.grad = parameter.grad / self.B


def _table(
    right: Mapping[str, Array],
    slips: Mapping[Slip, Mapping[str, Array]],
    labels: Iterable[str],
) -> dict[str, Wanted]:
    """What is wanted under each label, and what each slip makes of it."""
    return {
        label: wanted(right[label], {slip: made[label] for slip, made in slips.items()})
        for label in labels
    }


def forward(rng: Rng) -> Task:
    chain = Chain(rng)
    steps = [*chain.make, Call("Forward"), *(Get(label) for label in chain.values())]
    return Task(
        as_python(steps), steps, {label: Wanted(value) for label, value in chain.values().items()}
    )


def forward_again(rng: Rng) -> Task:
    chain = Chain(rng)
    old = chain.values()
    x, w2 = numbers(rng, *chain.x.shape), numbers(rng, *chain.w["w2"].shape)
    chain.parameters["w2"].value = w2
    chain.graph.Forward(x=x)
    steps = [
        *chain.make,
        Call("Forward"),
        Set("x.value", x),
        Set("w2.value", w2),
        Call("Forward"),
        *(Get(label) for label in old),
    ]
    return Task(as_python(steps), steps, _table(chain.values(), {FIRST_FORWARD: old}, old))


class OneNode:
    """loss = Scale(x, w): x is (B,) and w is (1,), so that this node is a loss itself.

    There is no order to go wrong. The gradient of w is the mean of x.
    """

    def __init__(self, rng: Rng) -> None:
        self.B = int(rng.integers(4, 6))
        self.x, w = numbers(rng, self.B), numbers(rng, 1)
        self.right = self.x.mean(keepdims=True)
        self.make: list[Step] = [
            Call("new_graph"),
            Call("Input", (self.x,), into="x"),
            Call("Parameter", (w,), into="w"),
            Call("Scale", (Ref("x"), Ref("w")), into="loss"),
            Call("loss.forward"),
        ]


def backward_one_node(rng: Rng) -> Task:
    case = OneNode(rng)
    before, before_loss, right, B = numbers(rng, 1), numbers(rng, case.B), case.right, case.B
    steps = [
        *case.make,
        Set("w.grad", before),
        Set("loss.grad", before_loss),
        Call("Backward", (Ref("loss"),)),
        Get("loss.grad"),
        Get("w.grad"),
    ]
    slips = {
        PARAMETERS_NOT_RESET: before / B + right,
        SUM_NOT_MEAN: B * right,
        DIVIDED_AGAIN: right / B,
        NOTHING_ARRIVED: np.zeros(1),
    }
    return Task(
        as_python(steps),
        steps,
        {
            "loss.grad": wanted(np.ones(B), _slips_of_loss_grad(B)),
            "w.grad": wanted(right, slips),
        },
    )


def _slips_of_loss_grad(B: int) -> dict[Slip, Array]:
    return {
        LOSS_GRAD_NUMBER: np.array(1.0),
        LOSS_GRAD_ZERO: np.zeros(B),
        NODES_DIVIDED: np.ones(B) / B,
    }


def _backward(rng: Rng, labels: Sequence[str], *, one: bool = False) -> Task:
    chain = Chain(rng, one=one)
    before = chain.before(rng)
    right, with_a_slip = chain.backward(), partial(chain.backward_with_a_slip, before)
    slips = {
        NOT_RESET: with_a_slip(reset=""),
        PARAMETERS_NOT_RESET: with_a_slip(reset="nodes"),
        NODES_NOT_RESET: with_a_slip(reset="parameters"),
        NOTHING_ARRIVED: chain.before(),
        SUM_NOT_MEAN: with_a_slip(divide="never"),
    }
    by_B = {label: value / chain.B for label, value in right.items()}
    steps = [
        *chain.make,
        *chain.forward,
        *(Set(label, value) for label, value in before.items()),
        Call("Backward", (Ref("loss"),)),
        *(Get(label) for label in labels),
    ]
    table = {
        label: wanted(right[label], _slips_of_loss_grad(chain.B))
        for label in labels
        if label == "loss.grad"
    }
    nodes = [label for label in labels if label.startswith("c")]
    parameters = [label for label in labels if label.startswith("w")]
    table |= _table(right, {**slips, NODES_DIVIDED: by_B}, nodes)
    table |= _table(right, {**slips, DIVIDED_AGAIN: by_B}, parameters)
    return Task(as_python(steps), steps, table)


def backward_twice(rng: Rng) -> Task:
    chain = Chain(rng)
    right, zeros = chain.backward(), chain.before()

    def twice(reset: str) -> dict[str, Array]:
        return chain.backward_with_a_slip(
            chain.backward_with_a_slip(zeros, reset=reset), reset=reset
        )

    slips = {
        NOT_RESET: twice(reset=""),
        PARAMETERS_NOT_RESET: twice(reset="nodes"),
        NODES_NOT_RESET: twice(reset="parameters"),
        SUM_NOT_MEAN: chain.backward_with_a_slip(zeros, divide="never"),
    }
    return _of_parameters(chain, [Call("Backward", (Ref("loss"),))] * 2, right, slips)


def backward_shared(rng: Rng) -> Task:
    chain = Chain(rng, shared=True)
    right, zeros = chain.backward(), chain.before()
    slips = {
        SUM_NOT_MEAN: chain.backward_with_a_slip(zeros, divide="never"),
        DIVIDED_IN_THE_LOOP: chain.backward_with_a_slip(zeros, divide="in the loop"),
    }
    return _of_parameters(chain, [Call("Backward", (Ref("loss"),))], right, slips)


def backward_of_early_loss(rng: Rng) -> Task:
    chain = Chain(rng, early=True)
    right, zeros = chain.backward("early"), chain.before()
    slips = {
        LAST_NODE: chain.backward("loss"),
        SUM_NOT_MEAN: chain.backward_with_a_slip(zeros, loss="early", divide="never"),
    }
    # Not at w2.grad too: it is zero, which is also what no Backward at all leaves.
    return _of_parameters(chain, [Call("Backward", (Ref("early"),))], right, slips, ["w1.grad"])


def _of_parameters(
    chain: Chain,
    calls: Sequence[Step],
    right: Mapping[str, Array],
    slips: Mapping[Slip, Mapping[str, Array]],
    labels: Sequence[str] = (),
) -> Task:
    """From gradients that are zero; the gradients of the parameters are looked at."""
    labels = labels or [f"{name}.grad" for name in chain.w]
    by_B = {label: value / chain.B for label, value in right.items()}
    slips = {**slips, DIVIDED_AGAIN: by_B}
    zeros = [Set(label, value) for label, value in chain.before().items()]
    steps = [*chain.make, *chain.forward, *zeros, *calls, *(Get(label) for label in labels)]
    return Task(as_python(steps), steps, _table(right, slips, labels))


def backward_keeps(rng: Rng) -> Task:
    case = OneNode(rng)
    first = case.right
    steps = [
        *case.make,
        Set("w.grad", np.zeros(1)),
        Set("loss.grad", np.zeros(case.B)),
        Call("Backward", (Ref("loss"),)),
        Call("Input", (np.zeros(1),), into="kept"),
        Set("kept.value", Ref("w.grad")),
        Set("x.value", numbers(rng, case.B)),
        Call("loss.forward"),
        Call("Backward", (Ref("loss"),)),
        Get("kept.value"),
    ]
    slips = {KEPT_GRAD: 0 * first, SUM_NOT_MEAN: first * case.B, DIVIDED_AGAIN: first / case.B}
    return Task(as_python(steps), steps, {"kept.value": wanted(first, slips)})


def sgd(rng: Rng) -> Task:
    W = {name: numbers(rng, *sizes(rng, 2)) for name in ("W1", "W2")}
    grad = {name: numbers(rng, *value.shape) for name, value in W.items()}
    rate = float(rng.choice(RATES))
    with nn.Graph(make_current=False) as graph:
        x = nn.Input("x", width=len(W["W1"]))
        loss = row_sum(nn.matmul(x, nn.Parameter("W1", W["W1"])))
        nn.Parameter("W2", W["W2"])
    graph.Forward(x=np.ones((1, x.width or 1)))
    graph.Backward(loss)  # SGD refuses without one; these gradients are replaced
    for parameter in graph.parameters:
        parameter.grad = grad[parameter.name]
    graph.SGD(rate)
    table = {}
    for parameter in graph.parameters:
        w, g = W[parameter.name], grad[parameter.name]
        slips = {
            UPHILL: w + rate * g,
            RATE_MISSING: w - g,
            RATE_TWICE: w - rate**2 * g,
            UNCHANGED: w,
            STEP_ALONE: -rate * g,
            STEP_SHARED: w - rate * g / 2,
        }
        table[f"{parameter.name}.value"] = wanted(parameter.value, slips)
    steps: list[Step] = [
        Call("new_graph"),
        *(Call("Parameter", (value,), into=name) for name, value in W.items()),
        *(Set(f"{name}.grad", value) for name, value in grad.items()),
        Call("SGD", (rate,)),
        *(Get(label) for label in table),
    ]
    return Task(as_python(steps), steps, table)


def _sgd_leaves(rng: Rng, *, what: str) -> Task:
    """What was there before SGD times what w1 is after it, by a `Scale`: a w1 that has not moved is
    not right either."""
    chain = Chain(rng)
    grads = {**chain.before(rng), "x.grad": numbers(rng, *chain.x.shape)}
    rate = float(rng.choice(RATES))
    w1 = chain.w["w1"]
    new = w1 - rate * grads["w1.grad"]
    uphill, no_rate = w1 + rate * grads["w1.grad"], w1 - grads["w1.grad"]
    steps: list[Step] = [
        *chain.make,
        *chain.forward,
        *(Set(label, value) for label, value in grads.items()),
    ]
    if what == "an input":
        steps += [Call("SGD", (rate,)), Call("c1.forward"), Get("c1.value")]
        slips = {
            INPUT_CHANGED: (chain.x - rate * grads["x.grad"]) * new,
            UNCHANGED: chain.x * w1,
            UPHILL: chain.x * uphill,
            RATE_MISSING: chain.x * no_rate,
        }
        table = {"c1.value": wanted(chain.x * new, slips)}
    else:
        steps += [
            Call("Input", (np.zeros_like(w1),), into="kept"),
            Set("kept.value", Ref("w1.value")),
            Call("SGD", (rate,)),
            Call("Scale", (Ref("kept"), Ref("w1")), into="product"),
            Call("product.forward"),
            Call("Scale", (Ref("c1"), Ref("product")), into="all_three"),
            Call("all_three.forward"),
            Get("all_three.value"),
        ]
        c1 = chain.nodes["c1"].value
        slips = {
            KEPT_VALUE: c1 * new * new,
            NODE_CHANGED: (c1 - rate * grads["c1.grad"]) * w1 * new,
            UNCHANGED: c1 * w1 * w1,
            UPHILL: c1 * w1 * uphill,
            RATE_MISSING: c1 * w1 * no_rate,
        }
        table = {"all_three.value": wanted(c1 * w1 * new, slips)}
    return Task(as_python(steps), steps, table)


NODES = ("loss.grad", "c2.grad", "c1.grad")
PARAMETERS = ("w1.grad", "w2.grad")
backward_one = partial(_backward, labels=("loss.grad", "c1.grad", *PARAMETERS), one=True)
backward_several_nodes = partial(_backward, labels=NODES)
backward_several_parameters = partial(_backward, labels=PARAMETERS)
sgd_leaves_inputs = partial(_sgd_leaves, what="an input")
sgd_leaves_old_array = partial(_sgd_leaves, what="the old array and the nodes")
