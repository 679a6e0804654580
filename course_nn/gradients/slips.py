"""The slips that are made in a gradient: how each is called, and what comes out if it is made.

After Forward and Backward a graph holds every value. So Backward can be replayed with one of its
lines written differently: the derivative of an activation left out, a transpose forgotten. A slip
is a name and a function that computes what comes out. `recognise` names those that give an array,
all of them: where two slips give the same numbers, nobody can tell which one was made.

Source: the slips that lessons 03 to 09 make on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import permutations
from operator import itemgetter
from typing import Any

import numpy as np

from course_nn.gradients.more_slips import step_of_more_operations
from course_nn.gradients.replay import Replay, Step, added_up
from course_nn.graph import Array, Parameter
from course_nn.losses import cross_entropy, squared_error
from course_nn.operations import add, relu, sigmoid, softmax, tanh
from course_nn.own_state import left_as_it_was

Slip = tuple[str, Callable[[], Array]]
Fit = tuple[str, Array, Array]  # a slip with a learning rate: its name, what comes out, from what

ENOUGH = 3  # entries; fewer are hit by chance, so nothing is fitted to them
BATCH_SIZES = (2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256)


def recognise(mine: Array, parameter: Parameter, rtol: float, before: Array | None) -> list[str]:
    """The names of all slips that give `mine` where `parameter.grad` is right; often none.

    Two slips at once are only looked for if no single one fits: a wrong factor or a transpose, and
    another one that leaves a gradient. In what is none, such as weights, "the mean over the batch
    was taken twice" would say what nobody did. If values have changed since Backward, nothing can
    be replayed, and only the slips that can be told from the gradients themselves are recognised.
    The graph is left as it was.
    """
    graph: Any = parameter.graph
    right: Any = parameter.grad
    with left_as_it_was(graph), np.errstate(all="ignore"):
        slips, wrong_factors = [*of_any_gradient(parameter, before)], factors(parameter)
        others, fits = [*weights(parameter)], [*updated_weights(mine, parameter)]
        replay = Replay(parameter)
        if replay.gives_the_gradient():
            slips += [slip for kind in REPLAYED for slip in kind(replay)]
            others += [slip for kind in REPLAYED_OTHERS for slip in kind(replay)]
            fits += updated_too_early(mine, replay)
        gradients = [*computed(slips)]
        known = [*gradients, *computed(others)]
        names = [name for name, outcome in known if alike(mine, outcome, right, rtol)]
        names += [
            name
            for name, outcome, start in fits
            if alike(mine, outcome, start, rtol) and alike(mine, outcome, right, rtol)
        ]
        if not names and (factor := multiple(mine, right, rtol)):
            names = [f"{factor:.7g} times the gradient"]
        if not names and mine.size >= ENOUGH:
            names = [
                f"{name}, and also {also}"
                for name, outcome in gradients
                for also, twice_wrong in [
                    *((also, factor * outcome) for factor, also in wrong_factors),
                    ("the transpose", outcome.T if right.shape == right.T.shape else outcome),
                ]
                if alike(mine, twice_wrong, right, rtol)
            ]
    return list(dict.fromkeys(names))


def computed(slips: Iterable[Slip]) -> Iterator[tuple[str, Array]]:
    """What comes out of each slip, as far as the shapes let it pass."""
    for name, slip in slips:
        try:
            outcome = np.asarray(slip(), dtype=float)
        except Exception:  # an operation of one's own may raise anything at a shape it never met
            continue
        if outcome.any():
            yield name, outcome


def alike(mine: Array, outcome: Array, start: Array, rtol: float) -> bool:
    """Whether `mine` is the outcome of a slip, within `rtol` of what the slip has changed.

    Measured by that change from `start`, the right gradient with some noise does not look like a
    slip that changes it only a little.
    """
    if mine.shape != outcome.shape:
        return False
    size = np.abs(outcome).max()
    if start.shape == outcome.shape:
        size = min(size, np.abs(outcome - start).max())
    if mine.size < ENOUGH:
        rtol /= 1000
    return bool(np.isfinite(size) and np.abs(mine - outcome).max() <= rtol * size)


def multiple(mine: Array, right: Array, rtol: float) -> float | None:
    """c if `mine` is c times the gradient, in enough entries to say so."""
    if mine.shape != right.shape or np.count_nonzero(right) < ENOUGH:
        return None
    largest = np.abs(right).argmax()
    factor = float(mine.flat[largest] / right.flat[largest])
    return factor if alike(mine, factor * right, right, rtol) else None


def each_and_all(nodes: list[Any]) -> list[list[Any]]:
    """Where a slip can be made: at one of the nodes, or at all of them."""
    return [[node] for node in nodes] + ([nodes] if len(nodes) > 1 else [])


def listed(names: Iterable[str]) -> str:
    """'W2 and W3'; each name once."""
    return " and ".join(dict.fromkeys(names))


# ---------------------------------------------------------------- told from the gradients alone


def factors(parameter: Parameter) -> list[tuple[float, str]]:
    """The usual wrong factors. Where one of them is 1 (the sum, if B is 1), it never fits."""
    graph: Any = parameter.graph
    loss = graph.last_loss
    B = len(loss.grad)  # as it was in Backward
    named: list[tuple[float, str]] = [
        (-1, "the sign is wrong: minus the gradient"),
        (
            2,
            "twice the gradient: a factor 2, as from the derivative of a square without its ½, "
            "or W.grad not reset before the gradient was added a second time",
        ),
        (1 / 2, "half the gradient: a factor ½"),
        (B, f"{B} times the gradient: the sum over the batch, not the mean"),
        (1 / B, f"the gradient divided by {B}: the mean over the batch was taken twice"),
    ]
    if isinstance(loss, squared_error):
        K: Any = loss.operands[0].width
        mean = f"the mean over the {K} outputs, not their sum"
        if K > 1:
            named += [
                (1 / K, f"the gradient divided by {K}: {mean}"),
                (2 / K, f"{2 / K:.4g} times the gradient: {mean}, and without the ½"),
            ]
    return named


def of_any_gradient(parameter: Parameter, before: Array | None) -> Iterator[Slip]:
    """A wrong factor, the transpose, a sum too many, another array, no reset."""
    graph: Any = parameter.graph
    right: Any = parameter.grad
    if right.shape == right.T.shape:
        yield "this is the transpose", partial(np.transpose, right)
    for factor, name in factors(parameter):
        yield name, partial(np.multiply, factor, right)
    for each in graph.parameters:
        if each is not parameter:
            yield f"this is the gradient of {each.name}", partial(np.copy, each.grad)
    for axis, lines in ((0, "rows"), (1, "columns")):
        for over in ("sum", "mean") if right.shape[axis] > 1 else ():
            name = f"the {over} over the {lines} of the gradient: every weight has its own"
            for keepdims in (False, True):
                yield name, partial(getattr(right, over), axis=axis, keepdims=keepdims)
    yield "the numbers are right, but they need two axes", right.ravel
    if before is not None:
        yield "this is still the gradient from before", partial(np.copy, before)
        name = "not reset: the gradient from before plus the new one"
        yield name, partial(np.add, before, right)


def weights(parameter: Parameter) -> Iterator[Slip]:
    """The weights, of this parameter or of another one."""
    graph: Any = parameter.graph
    for each in graph.parameters:
        yield f"these are the weights {each.name}, not the gradient", partial(np.copy, each.value)


def updated_weights(mine: Array, parameter: Parameter) -> Iterator[Fit]:
    """W − η grad, with the η that fits best."""
    W, right = parameter.value, parameter.grad
    if right is not None and mine.shape == W.shape and np.count_nonzero(right) >= ENOUGH:
        eta = float(((W - mine) * right).sum() / (right**2).sum())
        if eta > 0:
            name = f"{parameter.name} − {eta:.4g} times the gradient"
            yield f"these are the updated weights, {name}, not the gradient", W - eta * right, W


# ---------------------------------------------------------------- back through an activation

Derivative = Callable[[Array, Array, Array], Array]  # g, z, h = f(z) → what goes back to z
MISSING: tuple[str, Derivative] = ("is missing", lambda g, z, h: g)
SIGMOID: list[tuple[str, Derivative]] = [
    MISSING,
    ("is computed from {z} instead of {h}: {z} (1 − {z})", lambda g, z, h: g * z * (1 - z)),
    (
        "is taken at {h} instead of {z}: f′({h})",
        lambda g, z, h: g * np.exp(-h) / (1 + np.exp(-h)) ** 2,
    ),
    ("is that of tanh: 1 − {h}²", lambda g, z, h: g * (1 - h**2)),
    ("is multiplied as a matrix, not entry by entry", lambda g, z, h: g @ (h * (1 - h))),
]
TANH: list[tuple[str, Derivative]] = [
    MISSING,
    ("is computed from {z} instead of {h}: 1 − {z}²", lambda g, z, h: g * (1 - z**2)),
    ("is taken at {h} instead of {z}: f′({h})", lambda g, z, h: g * (1 - np.tanh(h) ** 2)),
    ("is that of the sigmoid: {h} (1 − {h})", lambda g, z, h: g * h * (1 - h)),
    ("is multiplied as a matrix, not entry by entry", lambda g, z, h: g @ (1 - h**2)),
]
RELU: list[tuple[str, Derivative]] = [MISSING, ("is {h}, not 1 or 0", lambda g, z, h: g * h)]
SOFTMAX: list[tuple[str, Derivative]] = [
    MISSING,
    ("is only {h} (1 − {h})", lambda g, z, h: g * h * (1 - h)),
]
DERIVATIVES = {sigmoid: SIGMOID, tanh: TANH, relu: RELU, softmax: SOFTMAX}


def derivative_of_activation(replay: Replay) -> Iterator[Slip]:
    """In one activation, or in all of its kind."""
    kinds: dict[Any, list[Any]] = {}
    for node in replay.way[::-1]:
        if len(node.operands) == 1 and node.width == node.operands[0].width:
            kinds.setdefault(type(node), []).append(node)
    for kind, activations in kinds.items():
        for nodes in each_and_all(activations):
            z, h, ending = replay.called(nodes[0].operands[0]), nodes[0].name, ""
            if len(nodes) > 1:
                z, h, ending = "z", "h", "s"
            which = f"the derivative of the activation{ending} {listed(n.name for n in nodes)} "
            for what, derivative in DERIVATIVES.get(kind, [MISSING]):
                step = partial(through_activation, derivative)
                yield which + what.format(z=z, h=h), replay.stepping(step, nodes)


def through_activation(derivative: Derivative, node: Any, g: Array) -> list[tuple[Any, Array]]:
    """The step back through an activation, with its derivative written differently."""
    (a,) = node.operands
    return [(a, derivative(g, a.value, node.value))]


# ---------------------------------------------------------------- back through a matrix product

Back = Callable[[Array, Array], Array]  # g, W → what goes back to a, in a W
Grad = Callable[[Array, Array], Array]  # a, g → what goes to W
ELEMENTWISE = "an element-wise product instead of the matrix product"
BACK: list[tuple[str, Back]] = [
    ("{W} is not transposed on the way back: {d} {W} instead of {d} {W}ᵀ", lambda g, W: g @ W),
    ("{W} is missing on the way back: {d} instead of {d} {W}ᵀ", lambda g, W: g),
    (ELEMENTWISE + " on the way back: {d} * {W}ᵀ instead of {d} @ {W}ᵀ", lambda g, W: g * W.T),
    (ELEMENTWISE + " on the way back: {d} * {W} instead of {d} @ {W}ᵀ", lambda g, W: g * W),
]
GRAD: list[tuple[str, Grad]] = [
    (ELEMENTWISE + ": {a} * {d} instead of {a}ᵀ @ {d}", lambda a, g: a * g),
    (ELEMENTWISE + ": {a}ᵀ * {d} instead of {a}ᵀ @ {d}", lambda a, g: a.T * g),
]


def through_product(back: Back = lambda g, W: g @ W.T, grad: Grad = lambda a, g: a.T @ g) -> Step:
    """The step back through a product a W, with one of its two lines written differently."""

    def step(node: Any, g: Array) -> list[tuple[Any, Array]]:
        a, W = node.operands
        return [(W, grad(a.value, g)), (a, back(g, W.value))]

    return step


def way_back(replay: Replay) -> Iterator[Slip]:
    """From z to h, through W: in one layer, or in all."""
    for nodes in each_and_all(replay.later_products):
        W, d, where = nodes[0].operands[1].name, replay.delta(nodes[0]), ""
        if len(nodes) > 1:
            W, d, where = "W", "δ", f", at {listed(n.operands[1].name for n in nodes)}"
        for what, back in BACK:
            step = through_product(back=back)
            yield what.format(W=W, d=d) + where, replay.stepping(step, nodes)


def gradient_of_weights(replay: Replay) -> Iterator[Slip]:
    """The last step: what came in, transposed, times δ."""
    for node in replay.own_products:
        a, d = node.operands[0], replay.delta(node)
        steps = [(what.format(a=a.name, d=d), grad) for what, grad in GRAD]
        for other in [*replay.graph.inputs, *replay.graph.nodes]:
            if other is not a and other.width is not None:
                name = f"{other.name} in the place of {a.name}: {other.name}ᵀ {d}"
                steps.append((name, partial(product_with, came_in=other.value)))
        for other in replay.nodes[1:]:
            if len(other.operands) > 1 and replay.delta(other) != d:
                name = f"{replay.delta(other)} in the place of {d}: {a.name}ᵀ {replay.delta(other)}"
                steps.append((name, partial(product_with, delta=replay.grad[other])))
        for name, grad in steps:
            yield name, replay.stepping(through_product(grad=grad), [node])


def product_with(
    a: Array, g: Array, came_in: Array | None = None, delta: Array | None = None
) -> Array:
    """aᵀ g, with another array in the place of a or of g."""
    return (a if came_in is None else came_in).T @ (g if delta is None else delta)


def all_element_wise(replay: Replay) -> Iterator[Slip]:
    """With one example, several such slips together may have the right shape."""
    products = replay.own_products + replay.later_products
    for _, back in BACK[2:] if replay.later_products else []:
        for _, grad in GRAD:
            yield (
                "element-wise products instead of all matrix products",
                replay.stepping(through_product(back, grad), products),
            )


def updated_too_early(mine: Array, replay: Replay) -> Iterator[Fit]:
    """Back through weights that have already been updated, with the learning rate η that fits.

    Each of them was updated with its right gradient, or (`in_turn`) with what had come back
    through those updated before it. What comes out is a polynomial in η.
    """
    if mine.shape != replay.right.shape:
        return
    products = replay.later_products
    weights = list(dict.fromkeys(n.operands[1] for n in products))
    ways = [([W], False, sum(W in n.operands for n in products)) for W in weights]
    if len(weights) > 1:
        ways.append((weights, False, len(products)))
    if 1 < len(weights) == len(products) <= 4:
        ways.append((weights, True, 2 ** len(products) - 1))
    off = (mine - replay.right) / np.abs(mine - replay.right).max()
    for updated, in_turn, degree in ways:
        nodes = [n for n in products if n.operands[1] in updated]
        d, W = listed(map(replay.delta, nodes)), listed(W.name for W in updated)
        at = np.linspace(0, 1, degree + 1)
        missed = [((after_update(replay, nodes, in_turn, eta) - mine) * off).sum() for eta in at]
        for eta in positive_roots(at, missed):
            wrong = after_update(replay, nodes, in_turn, eta)
            enough = np.count_nonzero(wrong - replay.right) >= ENOUGH
            if enough and multiple(wrong, replay.right, rtol=1e-6) is None:
                yield (
                    f"{W} {'was' if len(updated) == 1 else 'were'} already updated (with learning "
                    f"rate {eta:.4g}): {d} must go back through the {W} of the forward pass",
                    wrong,
                    replay.right,
                )


def after_update(replay: Replay, nodes: list[Any], in_turn: bool, eta: float) -> Array:
    """What comes out if these products were updated with η before the gradient went through."""

    def step(node: Any, g: Array) -> list[tuple[Any, Array]]:
        a, W = node.operands
        grad = a.value.T @ g / replay.B if in_turn else replay.grad[W]
        return through_product(back=lambda g, W: g @ (W - eta * grad).T)(node, g)

    return replay(dict.fromkeys(nodes, step))


def positive_roots(at: Array, values: list[float]) -> list[float]:
    """Of the polynomial that has these values."""
    if not np.isfinite(values).all():
        return []
    fitted = np.polynomial.Polynomial.fit(at, values, len(at) - 1)
    roots = map(complex, fitted.trim(1e-14 * np.abs(values).max()).roots())
    return [root.real for root in roots if root.real > 0 and abs(root.imag) < 1e-9]


# ---------------------------------------------------------------- the loss and the outputs

Delta = Callable[[Array, Array], Array]  # output, y → δ of the output


def onehot(y: Array, z: Array) -> Array:
    return np.eye(z.shape[1])[y]


def normalised(z: Array, axis: int | None) -> Array:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


CROSS_ENTROPY: list[tuple[str, Delta]] = [
    ("the softmax is missing: {d} = {z} − onehot({y})", lambda z, y: z - onehot(y, z)),
    ("onehot({y}) is missing: {d} = softmax({z})", lambda z, y: normalised(z, 1)),
    (
        "the softmax was taken over the examples, axis 0, not over the outputs, axis 1",
        lambda z, y: normalised(z, 0) - onehot(y, z),
    ),
    (
        "the softmax was taken over all examples together: its sum needs axis=1",
        lambda z, y: normalised(z, None) - onehot(y, z),
    ),
]
SQUARED_ERROR: list[tuple[str, Delta]] = [
    ("{y} is missing: {d} = {z}", lambda z, y: z),
    ("the square, not its derivative: {d} = ({z} − {y})²", lambda z, y: (z - y) ** 2),
    ("the loss, not its derivative: {d} = ½ ({z} − {y})²", lambda z, y: (z - y) ** 2 / 2),
]
DELTAS = {cross_entropy: CROSS_ENTROPY, squared_error: SQUARED_ERROR}


def derivative_of_loss(replay: Replay) -> Iterator[Slip]:
    """δ of the output, the first step back."""
    loss = replay.loss
    for what, delta in DELTAS.get(type(loss), []):
        z, y = loss.operands
        name = what.format(z=z.name, y=y.name, d=replay.delta(z))
        yield name, replay.stepping(partial(from_loss, delta), [loss])


def from_loss(delta: Delta, node: Any, g: Array) -> list[tuple[Any, Array]]:
    """The step back from a loss, with δ written differently."""
    z, y = node.operands
    return [(z, g[:, None] * delta(z.value, y.value))]


def outputs_left_out(replay: Replay) -> Iterator[Slip]:
    """One output alone instead of the sum over the paths from all of them."""
    for z in replay.loss.operands:
        if z in replay.way and 1 < (z.width or 0) <= 16:
            for k in range(z.width):
                yield (
                    f"only output {k} of 0..{z.width - 1} is in it: the other columns of "
                    f"{replay.delta(z)} are missing",
                    replay.taking(partial(only_column, k), [z]),
                )


def only_column(k: int, arrived: list[Array]) -> Array:
    g = added_up(arrived)
    return g * (np.arange(g.shape[1]) == k)


# ---------------------------------------------------------------- what has arrived at a node


def not_reset(replay: Replay) -> Iterator[Slip]:
    """A second Backward adds to what the first one has left in the nodes."""
    name = "Backward without reset: the nodes passed on their old gradients once more"
    for left in (replay.B * replay.right, replay.right):  # averaged at the end, or each time
        old = {**replay.grad, replay.parameter: left}
        nodes = [*replay.nodes[1:], replay.parameter]  # loss.grad is set to 1 anew
        yield name, partial(replay, totals={node: partial(on_top, old[node]) for node in nodes})


def on_top(old: Array, arrived: list[Array]) -> Array:
    return old + added_up(arrived)


def overwritten(replay: Replay) -> Iterator[Slip]:
    """Of several parts that should add up, one is left; the last one, if all are overwritten."""
    shared = []
    for node in [*replay.way, replay.parameter]:
        users = [user for user in replay.nodes for operand in user.operands if operand is node]
        if len(users) > 1:
            shared.append(node)
            for i, user in enumerate(users):
                name = f"{node.name}.grad is overwritten where it should add up: only the part from"
                yield f"{name} {replay.called(user)} is left", replay.taking(itemgetter(i), [node])
    if len(shared) > 1:
        names = listed(f"{node.name}.grad" for node in shared)
        yield (
            f"{names} are overwritten where they should add up",
            replay.taking(itemgetter(-1), shared),
        )


# ---------------------------------------------------------------- the examples


def examples_left_out(replay: Replay) -> Iterator[Slip]:
    """The mean, or the sum, of the first, of the last, or of one of the examples."""
    B, of_first = replay.B, replay.of_first
    cuts = set(range(1, B)) if replay.small else {1, B - 1} | {B // n * n for n in BATCH_SIZES}
    for n in sorted(cuts - {0, B}):
        yield from of_some("the first", n, B, partial(of_first, n))
        yield from of_some("the last", B - n, B, partial(of_last, replay, n))
    if replay.small:
        for b in range(1, B - 1):
            yield from of_some(f"row {b}", 1, B, partial(of_row, replay, b))


def of_last(replay: Replay, n: int) -> Array:
    return replay.B * replay.right - replay.of_first(n)


def of_row(replay: Replay, b: int) -> Array:
    return replay.each[b]


def of_some(which: str, n: int, B: int, some: Callable[[], Array]) -> Iterator[Slip]:
    """The sum over n of the B examples, their mean, and their sum divided by B."""
    name = f"only {which} of the {B} examples is in it"
    if n > 1:
        name = f"only {which} {n} of the {B} examples are in it"
        yield f"{name}, added up and not averaged", some
    yield name, lambda: some() / n
    yield f"{name}, divided by {B}", lambda: some() / B


def wrong_axis(replay: Replay) -> Iterator[Slip]:
    """Of the gradients of the examples, (B, rows, columns)."""
    if not replay.small:
        return
    for over in ("mean", "sum"):
        for axis, lines in ((1, "rows"), (2, "columns")):
            if replay.right.shape[axis - 1] == 1:  # then nothing is lost
                continue
            yield (
                f"the {over} was taken over axis {axis}, the {lines} of the weights, not over axis "
                "0, the examples",
                partial(over_axis, replay, over, axis),
            )
        name = f"the {over} of all entries of all examples: every weight has its own"
        yield name, partial(over_axis, replay, over, None)


def over_axis(replay: Replay, over: str, axis: int | None) -> Array:
    return getattr(replay.each, over)(axis=axis)


def rows_not_together(replay: Replay) -> Iterator[Slip]:
    """Row b of x met another row of y. Of a few examples, in any order; of many, the usual ones."""
    B, data = replay.B, {node: node.value for node in replay.graph.inputs}
    answers = [node for node in data if node in replay.loss.operands]
    if not answers or len(answers) == len(data):
        return
    name = f"the rows of {listed(node.name for node in data)} are not kept together"
    rows = np.arange(B)
    orders = [rows[::-1], np.roll(rows, 1), np.roll(rows, -1)]
    if B <= 5:
        orders = [np.array(order) for order in permutations(rows)]
    for order in orders:
        yield name, partial(with_answers_in_order, replay, answers, order)


def with_answers_in_order(replay: Replay, answers: list[Any], order: Array) -> Array:
    """∂J/∂W if row order[b] of y is taken for example b."""
    graph: Any = replay.graph
    with left_as_it_was(graph):
        graph.put({node: node.value[order] for node in answers})
        graph.Forward()
        graph.Backward(replay.loss)
        return np.array(replay.parameter.grad)


# ---------------------------------------------------------------- mistaken for the gradient


def gradients_of_nodes(replay: Replay) -> Iterator[Slip]:
    """δ of a node on the way instead of the gradient of the weights, also divided by B."""
    for node in replay.way:
        missing = f", not yet the gradient of {replay.parameter.name}"
        if isinstance(node, add) and replay.parameter in node.operands and replay.B > 1:
            missing += ": the sum over the rows, the examples, is missing"
        delta = replay.delta(node)
        yield f"this is {delta}{missing}", partial(np.copy, replay.grad[node])
        if replay.B > 1:
            each = partial(np.divide, replay.grad[node], replay.B)
            yield f"this is {delta} divided by {replay.B}{missing}", each


REPLAYED = (
    derivative_of_activation,
    step_of_more_operations,
    way_back,
    gradient_of_weights,
    all_element_wise,
    derivative_of_loss,
    outputs_left_out,
    not_reset,
    overwritten,
    examples_left_out,
    rows_not_together,
)
REPLAYED_OTHERS = (wrong_axis, gradients_of_nodes)  # what comes out is no gradient
