"""Homework 3, a network for each key: two paths that join, weights that are stored turned, and the
operation of the key before the last product.

The right values come from a graph of `course_nn`; those of a slip from such a graph with one
operation written differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework import hw3_operation as operations
from course_exercises.homework.actions import Call, Get, Ref, Set, Step
from course_exercises.homework.hw3_networks import (
    NO_UPDATE,
    RATE_MISSING,
    RATES,
    SUM_NOT_MEAN,
    UPHILL,
)
from course_exercises.homework.hw3_nodes import (
    FACTOR_2,
    FACTOR_HALF,
    LOSS_IS_COLUMN,
    NO_HALF,
    NOT_ADDED,
    ONE_LOSS,
    ONE_MEAN,
    OVERWRITTEN,
    Array,
    Rng,
    as_python,
    numbers,
    wanted_later,
)
from course_exercises.homework.hw3_operation import (
    SLIPS_BACK,
    Operation,
    node_of,
    operation,
)
from course_exercises.homework.keys import generator
from course_exercises.homework.paper_networks import (
    MAKE,
    ROWS,
    SIX,
    SQUARED,
    Network,
    forward_lines,
    turned,
)
from course_exercises.homework.paper_networks import Step as Line
from course_exercises.homework.random_networks import drawn, same_value
from course_exercises.homework.tasks import ByKey, Explained, ExplainedLine, Task, Wanted, judge
from course_exercises.question import Kind, Slip
from course_nn import more_operations as more

# What the rubric of the grader names.
__all__ = [
    *("BUILT", "CARRIED", "CARRIED_WITH_SEVERAL", "LONGER_PATH_LOST", "JOINED_AS_SUM"),
    *(
        "SHORTER_PATH_LOST",
        "gradients_one",
        "gradients_several",
        "gradients_wide",
        "update",
        "update_wide",
        "values",
    ),
]

OWN = "own"  # the kind of the line with the operation of the key
NO_JOIN = Slip("the two paths do not join: only the longer one goes on.")
NO_OWN = Slip("your operation, Own, is left out.")
EXCHANGED = Slip("tanh and the sigmoid are exchanged.")
AS_STORED = Slip(
    "the square matrices are multiplied as they are stored; V[j, i] leads from unit i to unit j."
)
LOSS_FIRST = Slip("build_mine returns the loss first; the output comes first, then the loss.")
LONGER_PATH_LOST = Slip(
    "where two paths join, nothing goes back by the longer one, that with a product more."
)
SHORTER_PATH_LOST = Slip("where two paths join, nothing goes back by the shorter one.")
JOINED_AS_SUM = Slip(
    "where two paths join, the gradient passes as it is, as in a sum; in a product each gets the "
    "other factor."
)
JOINED_AS_PRODUCT = Slip(
    "where two paths join, each gets the other one as a factor, as in a product; in a sum the "
    "gradient passes as it is."
)
WEIGHTS_TURNED = Slip("the gradients of the square matrices are transposed.")
OWN_GOES_BACK_WRONGLY = {
    slip: Slip(f"in the step back of Own: {slip.words}") for slip in operations.SLIPS_BACK
}
NO_SIGMOID_SLOPE = Slip("the derivative of the sigmoid is missing in the step back of Sigmoid.")
SIGMOID_SLOPE_AT_Z = Slip("the derivative of the sigmoid was taken with z; it is h (1 − h).")
NODE_DIVIDES = Slip("divided by the number of examples once too often: in a node, or in Backward.")


@lru_cache(maxsize=2000)
def network(key: str) -> Network:
    """The network of a key, with a line of the kind `OWN` before the last product.

    Its input and what its output is compared with are called as the arguments of `build_mine`.
    """
    rng = generator(key, "hw3 network")
    plain = turned(SIX[int(rng.integers(len(SIX)))](rng, SQUARED))
    ((x, width),) = plain.inputs.items()
    *before, last = (
        replace(step, operands=tuple("x" if name == x else name for name in step.operands))
        for step in plain.steps
    )
    free = [letter for letter in ROWS if letter not in {step.name for step in plain.steps}]
    made = Line(free[int(rng.integers(len(free)))], OWN, last.operands[:1])
    product = replace(last, operands=(made.name, last.operands[1]))
    return replace(plain, inputs={"x": width}, answers="t", steps=(*before, made, product))


def lines(drawn_network: Network) -> list[str]:
    """Its forward lines; that of the operation takes whole rows."""
    found = forward_lines(drawn_network)
    for place, step in enumerate(drawn_network.steps):
        if step.kind == OWN:
            found[place] = f"{step.name} = Own({step.operands[0]}), row by row"
    return found


def described(key: str) -> str:
    """What a student reads beside the picture."""
    own = network(key)
    wide = {**own.widths}
    weights = ", ".join(f'W["{name}"] {shape}' for name, shape in own.weights.items())
    return "\n".join(
        [
            *(f"    {line}" for line in lines(own)),
            "",
            f"    x is (B, {wide['x']}), and t is (B, {wide[own.output]})",
            f"    {weights}",
            f"    build_mine returns the nodes {own.output} and L",
        ]
    )


def graph_of(
    own: Network, values: Mapping[str, Array], make: Mapping[str, Callable[..., Any]]
) -> nn.Node:
    """The loss of a graph of `course_nn`; `make` has the operation for each kind of line.

    It has that of the loss under "loss". If it has one under "square", this is taken for products
    with a square matrix, whose shape does not tell it from its transpose.
    """
    with nn.Graph(make_current=False):
        made: dict[str, Any] = {name: nn.Input(name, width) for name, width in own.inputs.items()}
        made |= {name: nn.Parameter(name, values[name]) for name in own.weights}
        for step in own.steps:
            operands = [made[name] for name in step.operands]
            square = len(set(own.weights.get(step.operands[-1], ()))) == 1
            kind = "square" if square and "square" in make else step.kind
            made[step.name] = make[kind](*operands, name=step.name)
        wanted_output = nn.Input(own.answers, own.widths[own.output])
        return make["loss"](made[own.output], wanted_output, name="L")


class drawn_product(more.matmul_transposed):
    """The product as the picture names it: what it is in matrices is for the student to find."""

    written = "Σ {1} {0}"


def picture(key: str) -> Any:
    """The graph of the key as a figure, without numbers."""
    own = network(key)
    values = {name: np.ones(shape) for name, shape in own.weights.items()}
    loss = graph_of(
        own, values, operations_of(operation(key)) | {"matmul_transposed": drawn_product}
    )
    return nn.plots.graph(loss, title="Your network", numbers=False)


def operations_of(own: Operation) -> dict[str, Callable[..., Any]]:
    """For each kind of line the operation."""
    return {**MAKE, OWN: node_of(own), "loss": nn.squared_error}


# Of the two paths that join, the place of the one with a product more.
LONGER = {"add": 0, "multiply": 1}

# --- slips ----------------------------------------------------------------------------------------


def _passing_back(operation: type[nn.Operation], place: int) -> type[nn.Operation]:
    """The operation, but only this one of its operands gets anything back."""

    class Lossy(operation):  # type: ignore[misc, valid-type]
        def backward(self) -> None:
            before = [operand.grad for operand in self.operands]
            super().backward()
            other = self.operands[1 - place]
            if other is not self.operands[place]:
                other.grad = before[1 - place]

    return Lossy


class sum_as_product(nn.add):
    """A slip: a sum that goes back as a product does."""

    def backward(self) -> None:
        a, b = self.operands
        a.add_grad(self.grad * b.value)
        b.add_grad(self.grad * a.value)


class product_as_sum(more.multiply):
    """A slip: a product of nodes that goes back as a sum does."""

    def backward(self) -> None:
        for operand in self.operands:
            operand.add_grad(self.grad + 0.0)


class weights_turned(more.matmul_transposed):
    """A slip: the gradient of the matrix is transposed, which a square one does not tell."""

    def backward(self) -> None:
        _, W = self.operands
        before = W.grad
        super().backward()
        W.grad = W.grad.T if before is None else before + (W.grad - before).T


def _alone(place: int) -> Callable[..., nn.Node]:
    """A slip: of two paths only this one goes on."""
    return lambda *operands, name: same_value(operands[place], name=name)


class no_slope(nn.sigmoid):
    """A slip: the step back of the sigmoid without its derivative."""

    grad: Any

    def backward(self) -> None:
        self.operands[0].add_grad(self.grad)


class slope_at_z(nn.sigmoid):
    """A slip: z (1 − z) in place of h (1 − h)."""

    grad: Any

    def backward(self) -> None:
        (z,) = self.operands
        z.add_grad(self.grad * z.value * (1 - z.value))


class factor_2(nn.squared_error):
    """A slip: twice the step back of the loss."""

    grad: Any

    def backward(self) -> None:
        output, y = self.operands
        output.add_grad(2 * self.grad[:, None] * (output.value - y.value))


class factor_half(nn.squared_error):
    """A slip: half the step back of the loss."""

    grad: Any

    def backward(self) -> None:
        output, y = self.operands
        output.add_grad(self.grad[:, None] * (output.value - y.value) / 2)


class error_divides(nn.squared_error):
    """A slip: the step back of the loss, divided by B."""

    grad: Any

    def backward(self) -> None:
        output, y = self.operands
        output.add_grad(self.grad[:, None] * (output.value - y.value) / len(y.value))


Changed = Mapping[str, Callable[..., Any]]
# In build_mine, which shows in the values.
BUILT: dict[Slip, Callable[[Case], Changed]] = {
    NO_JOIN: lambda of: {kind: _alone(place) for kind, place in LONGER.items()},
    NO_OWN: lambda of: {OWN: same_value},
    EXCHANGED: lambda of: {"tanh": nn.sigmoid, "sigmoid": nn.tanh},
    AS_STORED: lambda of: {"square": nn.matmul},
}
# Slips of the nodes of questions 1 and 3, for which the points are not taken a second time.
CARRIED: dict[Slip, Callable[[Case], Changed]] = {
    NO_SIGMOID_SLOPE: lambda of: {"sigmoid": no_slope},
    SIGMOID_SLOPE_AT_Z: lambda of: {"sigmoid": slope_at_z},
    FACTOR_2: lambda of: {"loss": factor_2},
    FACTOR_HALF: lambda of: {"loss": factor_half},
    **{
        OWN_GOES_BACK_WRONGLY[slip]: partial(
            lambda back, of: {OWN: node_of(of.operation, back)}, back
        )
        for slip, back in SLIPS_BACK.items()
    },
}
CARRIED_WITH_SEVERAL: dict[Slip, Callable[[Case], Changed]] = {
    NODE_DIVIDES: lambda of: {"loss": error_divides},  # what is behind Own, as if Own divides
}
GOES_BACK: dict[Slip, Callable[[Case], Changed]] = {
    LONGER_PATH_LOST: lambda of: {
        kind: _passing_back(MAKE[kind], 1 - place) for kind, place in LONGER.items()
    },
    SHORTER_PATH_LOST: lambda of: {
        kind: _passing_back(MAKE[kind], place) for kind, place in LONGER.items()
    },
    JOINED_AS_SUM: lambda of: {"multiply": product_as_sum},
    JOINED_AS_PRODUCT: lambda of: {"add": sum_as_product},
    WEIGHTS_TURNED: lambda of: {"square": weights_turned},
}

# --- question 4 -----------------------------------------------------------------------------------


@dataclass
class Case:
    """The network of a key with numbers: in `course_nn`, and as steps."""

    key: str
    values: dict[str, Array]
    B: int
    own: Network
    operation: Operation = field(init=False)

    def __post_init__(self) -> None:
        self.operation = operation(self.key)

    @property
    def make(self) -> list[Step]:
        (x,), t = self.own.inputs, self.own.answers
        weights = {name: Ref(name) for name in self.own.weights}
        return [
            Call("new_graph"),
            Call("Input", (self.values[x],), into=x),
            Call("Input", (self.values[t],), into=t),
            *(Call("Parameter", (self.values[name],), into=name) for name in weights),
            Call("build_mine", (Ref(x), Ref(t), weights), into="made"),
        ]

    def run(self, changed: Changed | None = None) -> dict[str, Array]:
        """What is seen after Forward and Backward, by label, with other operations for a slip."""
        own = self.own
        loss = graph_of(own, self.values, {**operations_of(self.operation), **(changed or {})})
        graph = loss.graph
        graph.Forward(**own.data(self.values))
        graph.Backward(loss)
        seen = {f"{node.name}.value": node.value for node in (*graph.nodes[-2:], loss)}
        return seen | {f"{W.name}.grad": np.asarray(W.grad) for W in graph.parameters}

    def task(
        self,
        steps: Sequence[Step],
        slips: Callable[[], Mapping[Slip, Mapping[str, Array]]],
        right: Mapping[str, Array],
    ) -> Task:
        """What the steps look at.

        Args:
            slips: gives for each what is seen with it. right: what is seen without one.
        """
        once = cache(slips)
        labels = [step.name for step in steps if isinstance(step, Get)]
        table = {
            label: wanted_later(right[label], partial(_of_label, once, label)) for label in labels
        }
        wide = max(self.own.inputs.values()) == WIDE
        said = f"The input has {WIDE:,} entries." if wide else as_python(steps)
        return Task(said, steps, table, partial(_explained, self.own, table))

    def with_slips(
        self, slips: Mapping[Slip, Callable[[Case], Changed]]
    ) -> dict[Slip, dict[str, Array]]:
        """What is seen with each of them."""
        kinds = {step.kind for step in self.own.steps} | {"loss", "square"}
        made = {slip: changed(self) for slip, changed in slips.items()}
        return {slip: self.run(other) for slip, other in made.items() if kinds & other.keys()}

    def updated(self, seen: Mapping[str, Array], factor: float, rate: float) -> dict[str, Array]:
        """The weights after a step with this learning rate, and gradients times a factor."""
        return {
            f"{name}.value": self.values[name] - rate * factor * seen[f"{name}.grad"]
            for name in self.own.weights
        }


def _of_label(
    slips: Callable[[], Mapping[Slip, Mapping[str, Array]]], label: str
) -> dict[Slip, Array]:
    return {slip: seen[label] for slip, seen in slips().items()}


FORWARD: dict[str, Callable[..., Array]] = {
    "matmul_transposed": lambda a, V: a @ V.T,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "add": np.add,
    "multiply": np.multiply,
}


def values_of(own: Network, made: Operation, values: Mapping[str, Array]) -> dict[str, Array]:
    """The value of every line, without a graph, which takes longer: many draws are tried."""
    found = dict(values)
    for step in own.steps:
        operands = (found[name] for name in step.operands)
        found[step.name] = (FORWARD | {OWN: made.value})[step.kind](*operands)
    return found


WIDE = 10_000  # entries of an input: nudging each weight takes long, going back does not


def widened(own: Network) -> Network:
    """The same with an input of `WIDE` entries."""
    (x,) = own.inputs
    fed = {step.operands[1] for step in own.steps if step.operands[0] == x}
    shapes = {
        name: (shape[0], WIDE) if name in fed else shape for name, shape in own.weights.items()
    }
    return replace(own, inputs={x: WIDE}, weights=shapes)


def case(rng: Rng, key: str, *, one: bool = False, wide: bool = False) -> Case:
    """Numbers in which no nudge of the operation turns a sign, and no function is flat."""
    own, made = network(key), operation(key)
    narrow = own.inputs
    own = widened(own) if wide else own
    before = next(step.operands[0] for step in own.steps if step.kind == OWN)
    B = 1 if one else int(rng.integers(3, 6))

    def draw() -> Case:
        widths = {**own.inputs, own.answers: own.widths[own.output]}
        values = {name: numbers(rng, B, width) for name, width in widths.items()}
        values |= {
            name: np.round(numbers(rng, *shape) / 2, 2) for name, shape in own.weights.items()
        }
        if wide:  # as large as before, what comes of the input
            share = (min(narrow.values()) / WIDE) ** 0.5
            values |= {
                name: values[name] * share for name in own.weights if WIDE in own.weights[name]
            }
        return Case(key, values, B, own)

    def fits(found: Case) -> bool:
        by_name = values_of(own, made, found.values)
        flat = any(
            np.abs(by_name[step.operands[0]]).max() > MOST_STEEP
            for step in own.steps
            if step.kind in ("tanh", "sigmoid")
        )
        return not flat and made.can_be_nudged(by_name[before])

    return drawn(draw, fits, "one whose functions are not flat")


MOST_STEEP = 4.0  # of what goes into tanh or the sigmoid


# As long as Forward and Backward are not used, mistakes in them cost nothing.
COMPUTE: list[Step] = [Call("nodes.*.forward")]


def _values(rng: Rng, key: str) -> Task:
    made = case(rng, key)
    right = made.run()
    output, L = f"{made.own.output}.value", right["L.value"]
    steps = [
        *made.make,
        *COMPUTE,
        Get("made.0.value", output),
        Get("made.1.value", "L.value"),
    ]
    carried = {NO_HALF: 2 * L, ONE_LOSS: L.sum(), ONE_MEAN: L.mean(), LOSS_IS_COLUMN: L[:, None]}

    def slips() -> dict[Slip, dict[str, Array]]:
        as_right = {slip: {**right, "L.value": value} for slip, value in carried.items()}
        as_right[LOSS_FIRST] = {**right, output: L, "L.value": right[output]}
        return {**made.with_slips(BUILT), **as_right}

    return made.task(steps, slips, right)


def _gradients(rng: Rng, key: str, *, one: bool = False, wide: bool = False) -> Task:
    """Added up over the examples, as the nodes leave them; no Backward that would divide.

    With several examples, at the weights gradients are there already.
    """
    made = case(rng, key, one=one, wide=wide)
    slips = {**CARRIED, **({} if one else CARRIED_WITH_SEVERAL), **BUILT, **GOES_BACK}
    before = {
        f"{name}.grad": np.zeros(shape) if one else np.full(shape, numbers(rng, 1))
        for name, shape in made.own.weights.items()
    }
    steps = [
        *made.make,
        *COMPUTE,
        *(Set(label, grad) for label, grad in before.items()),
        Set("nodes.*.grad", 0.0),
        Set("made.1.grad", np.ones(made.B)),
        Call("nodes.reverse"),
        Call("nodes.*.backward"),
        *map(Get, before),
    ]

    def added(seen: Mapping[str, Array], to: Mapping[str, Array]) -> dict[str, Array]:
        return {label: to[label] + made.B * seen[label] for label in before}

    right = made.run()

    def seen() -> dict[Slip, dict[str, Array]]:
        return {
            **{slip: added(each, before) for slip, each in made.with_slips(slips).items()},
            NOT_ADDED: before,
            OVERWRITTEN: added(right, dict.fromkeys(before, np.zeros(1))),
        }

    return made.task(steps, seen, added(right, before))


def _update(rng: Rng, key: str, *, wide: bool = False) -> Task:
    made = case(rng, key, wide=wide)
    rate, B = float(rng.choice(RATES)), float(made.B)
    right = made.run()

    def seen() -> dict[Slip, dict[str, Array]]:
        slips = made.with_slips({**CARRIED, **CARRIED_WITH_SEVERAL, **BUILT, **GOES_BACK})
        return {slip: made.updated(each, 1.0, rate) for slip, each in slips.items()} | {
            SUM_NOT_MEAN: made.updated(right, B, rate),
            UPHILL: made.updated(right, 1.0, -rate),
            RATE_MISSING: made.updated(right, 1.0, 1.0),
            NO_UPDATE: made.updated(right, 0.0, rate),
        }

    steps = [
        *made.make,
        # Without these, a Backward that no longer finds the parameters would stop with an error.
        *(Set(f"{name}.grad", np.zeros(shape)) for name, shape in made.own.weights.items()),
        Call("Forward"),
        Call("Backward", (Ref("made.1"),)),
        Call("SGD", (rate,)),
        *(Get(f"{name}.value") for name in made.own.weights),
    ]
    return made.task(steps, seen, made.updated(right, 1.0, rate))


def _explained(own: Network, table: Mapping[str, Wanted], found: Mapping[str, Any]) -> Explained:
    said = []
    for label, right in table.items():
        verdict = judge(right, found[label])
        holds = None if verdict.kind == Kind.OPEN else verdict.kind == Kind.RIGHT
        said.append(ExplainedLine(label, holds, "" if holds else verdict.words))
    return Explained(tuple(lines(own)), "", tuple(said), NEXT_STEP)


NEXT_STEP = (
    "Mark on the picture every way that leads from one weight matrix to L, and count them. Where "
    "do two of them part, and where do they meet? Then nudge one entry of that matrix by 0.001, "
    "run Forward, and compare with its gradient."
)

values = ByKey(_values)
gradients_one = ByKey(partial(_gradients, one=True))
gradients_several = ByKey(_gradients)
update = ByKey(_update)
# For grading: as long as a text they would be too long.
gradients_wide = ByKey(partial(_gradients, wide=True))
update_wide = ByKey(partial(_update, wide=True))
