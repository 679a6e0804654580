"""The twenty ideas of the inventory: for each a family that draws numbers, and asks.

What is right comes out of `course_nn`, by the graph or the trainers, and not out of a second
derivation here. Each wrong option is what comes of a wrong idea that the course knows: the slips of
`course_nn.gradients.slips`, the predictions of the lessons, the tasks that are asked again.

Source: the slips and predictions of the lessons 01 to 09.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.recall.task import bracket, minus, row, whole

ETA = 0.5
Rng = np.random.Generator


@dataclass(frozen=True)
class Draft:
    """An attempt at a question.

    Args:
        right: a number, or a text. wrong: three others, each by the wrong idea that leads there.
        digits: behind the point, of all options that are numbers.
    """

    text: str
    right: Any
    wrong: Mapping[str, Any]
    because: str
    digits: int = 0

    def shown(self, value: Any) -> str:
        """A value as an option."""
        if isinstance(value, str):
            return value
        return f"{value + 0.0:.{self.digits}f}".replace("-", "−")


@dataclass(frozen=True)
class Item:
    """An idea: `draw` gives an attempt at a question about it, or None if the numbers do not do."""

    idea: str
    topic: str
    lesson: str
    draw: Callable[[Rng], Draft | None]


def _columns(M: np.ndarray) -> str:
    return " and ".join(row(M[:, k]) for k in range(M.shape[1]))


def _rows(M: np.ndarray) -> str:
    return " and ".join(row(line) for line in M)


def _two_layers(x: Any, W: Any, V: Any, activation: Callable[..., Any] | None, y: Any) -> Any:
    """z = x W, h = f(z), o = h V with the squared error against y, after Forward and Backward; f
    may be None. The nodes by name."""
    with nn.Graph() as graph:
        inputs = nn.Input("x", width=np.shape(x)[1])
        answers = nn.Input("y", width=np.shape(V)[1])
        z = nn.matmul(inputs, nn.Parameter("W", W), name="z")
        h = activation(z, name="h") if activation else z
        o = nn.matmul(h, nn.Parameter("V", V), name="o")
        loss = nn.squared_error(o, answers, name="loss")
    graph.Forward(x=x, y=y)
    graph.Backward(loss)
    return {each.name: each for each in (*graph.nodes, *graph.parameters)} | {"h": h}


def _one_layer(h: Any, W: Any, y: Any) -> Any:
    """o = h W with the squared error against y, after Forward and Backward."""
    with nn.Graph() as graph:
        inputs = nn.Input("h", width=np.shape(h)[1])
        answers = nn.Input("y", width=np.shape(W)[1])
        o = nn.matmul(inputs, nn.Parameter("W", W), name="o")
        loss = nn.squared_error(o, answers, name="loss")
    graph.Forward(h=h, y=y)
    graph.Backward(loss)
    return {each.name: each for each in (*graph.nodes, *graph.parameters)}


def _whole(value: Any) -> float:
    """A number that is whole but for rounding, as such."""
    number = float(np.asarray(value).item())
    return float(round(number)) if abs(number - round(number)) < 1e-9 else number


# ---------------------------------------------------------------- forward pass and loss


def activation_between(rng: Rng) -> Draft | None:
    x, W, V = whole(rng, -3, 3, 2), whole(rng, -3, 3, (2, 2)), whole(rng, -4, 4, 2)
    nodes = _two_layers(x[None], W, V[:, None], nn.relu, [[0.0]])
    z = nodes["z"].value[0]
    if (z > 0).sum() != 1 or 0 in z:
        return None
    text = (
        f"x = {row(x)}. W has the rows {_rows(W)}, and V has one column, {row(V)}. The activation "
        "is ReLU: f(z) is z where z is above 0, and 0 elsewhere. z = x W, h = f(z), and o = h V "
        "is one number. Which?"
    )
    wrong = {
        "the activation is left out": z @ V,
        "the activation turns negative numbers round": np.abs(z) @ V,
        "rows are taken for columns": np.maximum(W @ x, 0) @ V,
    }
    return Draft(
        text, _whole(nodes["o"].value), wrong, f"z = {row(z)}, h = {row(nodes['h'].value[0])}."
    )


def loss_of_one_example(rng: Rng) -> Draft | None:
    o, y = whole(rng, -5, 5, 2), whole(rng, -5, 5, 2)
    d = o - y
    loss = _one_layer([[1.0]], o[None], y[None])["loss"].value
    text = (
        f"The output of a network is {row(o)}, and the right answer is {row(y)}. How large is the "
        "squared error of this example, with the ½ of the course?"
    )
    wrong = {
        "the half is forgotten": (d**2).sum(),
        "the differences are added before they are squared": d.sum() ** 2 / 2,
        "the differences are not squared": np.abs(d).sum() / 2,
    }
    squares = " + ".join(f"{bracket(n)}²" for n in d)
    return Draft(text, _whole(loss), wrong, f"½ ({squares}).")


def sign_of_a_change(rng: Rng) -> Draft | None:
    h, W, y = whole(rng, 1, 4, 2), whole(rng, -4, 4, (2, 2)), whole(rng, -9, 9, 2)
    j, o = int(rng.integers(2)), h @ W
    if 0 in o - y:
        return None

    def words(signs: Sequence[bool]) -> str:
        first, second = ("rises" if up else "falls" for up in signs)
        return f"with the first it {first}, with the second it {second}"

    up = []
    for k in (0, 1):
        raised = W.astype(float)
        raised[j, k] += 1e-3
        before, after = (_one_layer(h[None], M, y[None])["loss"].value[0] for M in (W, raised))
        up.append(bool(after > before))
    text = (
        f"The last layer is o = h W, with the squared error. h = {row(h)}, o = {row(o)}, and the "
        f"right answer is {row(y)}. The weights W[{j}, 0] = {minus(W[j, 0])} and W[{j}, 1] = "
        f"{minus(W[j, 1])} are made a little larger, one at a time. What does the loss do?"
    )
    wrong = {
        "a large weight is taken for a large loss": words(W[j] > 0),
        "a large output is taken for a large loss": words(o > 0),
        "right answer minus output": words(o < y),
    }
    return Draft(text, words(up), wrong, "Whether o is too large or too small decides: h is > 0.")


def stronger_weight(rng: Rng) -> Draft | None:
    h, w = rng.choice([*range(-9, 0), *range(1, 10)], 4, replace=False), whole(rng, -9, 9, 4)
    if len({*np.abs(h)}) < 4 or len({*np.abs(w)}) < 4 or len({*np.abs(h * w)}) < 4:
        return None
    grad = _one_layer(h[None], w[:, None], [[h @ w + 1.0]])["W"].grad[:, 0]

    def named(j: Any) -> str:
        return f"W[{int(j)}, 0]"

    text = (
        f"An output is o = h W, with h = {row(h)} and the one column {row(w)} in W. Rows are "
        "counted from 0. The output is wrong by 1. On which weight does the loss depend most "
        "strongly?"
    )
    wrong = {
        "the largest weight is taken for the strongest": named(np.abs(w).argmax()),
        "the largest product is taken for the strongest": named(np.abs(h * w).argmax()),
        "a negative number is taken for a weak one": named(h.argmax()),
    }
    why = "What comes in at a weight decides, whatever its sign."
    return Draft(text, named(np.abs(grad).argmax()), wrong, why)


# ---------------------------------------------------------------- one weight, and paths


def what_came_in(rng: Rng) -> Draft | None:
    h, d, W = whole(rng, -5, 5, 2), whole(rng, -5, 5, 2), whole(rng, -5, 5, (2, 2))
    j = int(rng.integers(2))
    k = 1 - j
    if abs(h[0]) == abs(h[1]) or abs(d[0]) == abs(d[1]):
        return None
    grad = _one_layer(h[None], W, (h @ W - d)[None])["W"].grad
    text = (
        f"The last layer is o = h W, with h = {row(h)}, and W has the rows {_rows(W)}. The loss is "
        f"the squared error, and o − y = {row(d)}. Everything is counted from 0. How large is the "
        f"derivative of the loss by W[{j}, {k}]?"
    )
    wrong = {
        "row and column are mixed up": h[k] * d[j],
        "the weight itself stands for what came in": W[j, k] * d[k],
        "right answer minus output": -h[j] * d[k],
    }
    return Draft(text, _whole(grad[j, k]), wrong, f"h[{j}] times (o − y)[{k}].")


def paths_are_added(rng: Rng) -> Draft | None:
    h, d, W = whole(rng, -3, 3, 2), whole(rng, -5, 5, 2), whole(rng, -5, 5, (2, 2))
    j = int(rng.integers(2))
    grad = _two_layers([[1.0]], h[None], W, None, (h @ W - d)[None])["z"].grad[0, j]
    text = (
        f"The last layer is o = h W, and W has the rows {_rows(W)}. The loss is the squared error, "
        f"and o − y = {row(d)}. Everything is counted from 0. How large is the derivative of the "
        f"loss by h[{j}]?"
    )
    wrong = {
        "only one of the paths": W[j, j] * d[j],
        "added first, then multiplied": W[j].sum() * d.sum(),
        "row and column are mixed up": W[:, j] @ d,
    }
    return Draft(
        text, _whole(grad), wrong, f"Row {j} of W times o − y, added up over both outputs."
    )


def count_of_paths(rng: Rng) -> Draft | None:
    D, H1, H2, K = (int(n) for n in rng.choice(range(2, 8), 4, replace=False))
    with nn.Graph() as graph:  # all ones: each path counts 1
        x, y = nn.Input("x", width=D), nn.Input("y", width=K)
        z1 = nn.matmul(x, nn.Parameter("W1", np.ones((D, H1))), name="z1")
        z2 = nn.matmul(z1, nn.Parameter("W2", np.ones((H1, H2))), name="z2")
        z3 = nn.matmul(z2, nn.Parameter("W3", np.ones((H2, K))), name="z3")
        loss = nn.squared_error(z3, y, name="loss")
    graph.Forward(x=np.ones((1, D)), y=np.full((1, K), D * H1 * H2 - 1.0))
    graph.Backward(loss)
    d, i = int(rng.integers(D)), int(rng.integers(H1))
    text = (
        f"A network has {D} inputs, two hidden layers of {H1} and {H2} units, and {K} outputs. How "
        f"many paths lead from the one weight W1[{d}, {i}] of the first layer to the loss?"
    )
    wrong = {
        "branches are added instead of multiplied": H2 + K,
        "the weight is taken to feed the whole first layer": H1 * H2 * K,
        "the second hidden layer is skipped": H1 * K,
    }
    grad = graph.parameters[0].grad
    assert grad is not None
    return Draft(
        text, _whole(grad[d, i]), wrong, "One unit, then each of the next, then each output."
    )


def along_a_path(rng: Rng) -> Draft | None:
    x, w1, w2, w3, d = (whole(rng, -4, 4) for _ in range(5))
    out = x * w1 * w2 * w3
    with nn.Graph() as graph:
        inputs, y = nn.Input("x", width=1), nn.Input("y", width=1)
        z1 = nn.matmul(inputs, nn.Parameter("w1", [[w1]]), name="z1")
        z2 = nn.matmul(z1, nn.Parameter("w2", [[w2]]), name="z2")
        z3 = nn.matmul(z2, nn.Parameter("w3", [[w3]]), name="z3")
        loss = nn.squared_error(z3, y, name="loss")
    graph.Forward(x=[[x]], y=[[out - d]])
    graph.Backward(loss)
    text = (
        "One input, one path and no activation: z1 = x w1, z2 = z1 w2, z3 = z2 w3. "
        f"x = {minus(x)}, w1 = {minus(w1)}, w2 = {minus(w2)}, w3 = {minus(w3)}, and the derivative "
        f"of the loss by z3 is {minus(d)}. How large is the derivative of the loss by w1?"
    )
    wrong = {
        "the weight itself stands for what came in": w1 * w2 * w3 * d,
        "a factor on the way is left out": x * w3 * d,
        "factors of a path are added": x + w2 + w3 + d,
    }
    factors = " · ".join(bracket(n) for n in (d, w3, w2, x))
    return Draft(text, _whole(graph.parameters[0].grad), wrong, f"{factors}.")


def used_twice(rng: Rng) -> Draft | None:
    x, w, d = whole(rng, -4, 4), whole(rng, -4, 4), whole(rng, -4, 4)
    with nn.Graph() as graph:
        inputs, y = nn.Input("x", width=1), nn.Input("y", width=1)
        W = nn.Parameter("w", [[w]])
        z = nn.matmul(nn.matmul(inputs, W, name="a"), W, name="z")
        loss = nn.squared_error(z, y, name="loss")
    graph.Forward(x=[[x]], y=[[x * w * w - d]])
    graph.Backward(loss)
    text = (
        f"A weight is used twice: a = x w, and z = a w with the same w. x = {minus(x)}, w = "
        f"{minus(w)}, and the derivative of the loss by z is {minus(d)}. How large is the "
        "derivative of the loss by w?"
    )
    wrong = {
        "only one of the paths": x * w * d,
        "the uses are multiplied instead of added": (x * w) ** 2 * d,
        "the second use is taken for a constant 1": x * d,
    }
    return Draft(
        text, _whole(W.grad), wrong, "x w from the last use, and w x from the first: added."
    )


# ---------------------------------------------------------------- back through an activation


def slope_of_tanh(rng: Rng) -> Draft | None:
    h, g = int(rng.choice([2, 3, 4, 6, 7, 8])) / 10, whole(rng, -6, 6)
    nodes = _two_layers([[np.arctanh(h)]], [[1.0]], [[1.0]], nn.tanh, [[h - g]])
    text = (
        f"A unit has the activation tanh: h = tanh(z) = {h:.1f}. The derivative of the loss by h "
        f"is {minus(g)}. How large is the derivative of the loss by z?"
    )
    wrong = {
        "the slope of the activation is left out": g,
        "the slope of another activation": g * h * (1 - h),
        "the value of the activation stands for its slope": g * h,
    }
    return Draft(
        text, float(nodes["z"].grad[0, 0]), wrong, f"{minus(g)} times 1 − {h:.1f}².", digits=2
    )


def closed_unit(rng: Rng) -> Draft | None:
    a, w, g = whole(rng, 1, 4), whole(rng, -5, 5, 2), whole(rng, -5, 5, 2)
    z = a * w
    if (z > 0).sum() != 1:
        return None
    h = np.maximum(z, 0)
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=1), nn.Input("y", width=2)
        unit = nn.matmul(x, nn.Parameter("A", [[1.0]]), name="a")
        hidden = nn.relu(nn.matmul(unit, nn.Parameter("W", w[None]), name="z"), name="h")
        o = nn.matmul(hidden, nn.Parameter("V", np.eye(2)), name="o")
        loss = nn.squared_error(o, y, name="loss")
    graph.Forward(x=[[a]], y=(h - g)[None])
    graph.Backward(loss)
    opened = int(z.argmax())
    text = (
        f"A number a = {a} feeds two ReLU units through the weights {row(w)}, so their z are "
        f"{row(z)}. The derivatives of the loss by what the two units put out are {row(g)}. How "
        "large is the derivative of the loss by a?"
    )
    wrong = {
        "a closed unit passes on what arrives": w @ g,
        "the closed unit is taken for the open one": w[1 - opened] * g[1 - opened],
        "the value of the activation stands for its slope": (w * h) @ g,
    }
    return Draft(
        text,
        _whole(unit.grad),
        wrong,
        "The unit with z below 0 has the slope 0; the other one has the slope 1.",
    )


# ---------------------------------------------------------------- classes


def _classes(rng: Rng) -> tuple[np.ndarray, int, int, np.ndarray] | None:
    """Probabilities of three classes, the label, another class, and the gradient by the logits."""
    tenths = rng.choice(range(1, 8), 3, replace=False)
    if tenths.sum() != 10:
        return None
    p, label = tenths / 10, int(rng.integers(3))
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=1), nn.Labels("y", classes=3)
        logits = nn.matmul(x, nn.Parameter("W", np.log(p)[None]), name="z")
        loss = nn.cross_entropy(logits, y, name="loss")
    graph.Forward(x=[[1.0]], y=[label])
    graph.Backward(loss)
    assert logits.grad is not None
    return p, label, int((label + rng.integers(1, 3)) % 3), logits.grad[0]


CLASSES = (
    "A network for three classes has the logits z. Their softmax is ({}), the right class is {}, "
    "counted from 0, and the loss is the cross-entropy. How large is the derivative of the loss by "
    "z[{}]?"
)


def class_of_the_label(rng: Rng) -> Draft | None:
    if (drawn := _classes(rng)) is None:
        return None
    p, label, _, grad = drawn
    own = p[label]
    text = CLASSES.format(", ".join(f"{n:.1f}" for n in p), label, label)
    wrong = {
        "the 1 of the right class is forgotten": own,
        "right answer minus output": 1 - own,
        "the derivative by the probability, not by the logit": -1 / own,
    }
    return Draft(text, float(grad[label]), wrong, f"{own:.1f} − 1.", digits=2)


def other_classes(rng: Rng) -> Draft | None:
    if (drawn := _classes(rng)) is None:
        return None
    p, label, other, grad = drawn
    text = CLASSES.format(", ".join(f"{n:.1f}" for n in p), label, other)
    wrong = {
        "only the right class is taken to have a gradient": 0.0,
        "1 is subtracted at every class": p[other] - 1,
        "the distance from 1 is taken at every class": 1 - p[other],
    }
    return Draft(text, float(grad[other]), wrong, f"{p[other]:.1f} − 0.", digits=2)


# ---------------------------------------------------------------- the graph


def _passes(graph: nn.Graph, order: Sequence[Any], times: int = 1) -> None:
    """Steps back in this order, so many times, without a reset between; the loss gets 1."""
    for node in (*graph.nodes, *graph.parameters):
        node.grad = None
    for _ in range(times):
        order[0].graph.nodes[-1].grad = np.ones(1)
        for node in order:
            if node.grad is not None:
                node.backward()


def no_reset(rng: Rng) -> Draft | None:
    times, j = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    nodes = _one_layer([[float(j)]], [[2.0]], [[1.0]])
    graph, right = nodes["o"].graph, nodes["W"].grad
    _passes(graph, [*reversed(graph.nodes)], times)
    text = (
        "Somebody's `Backward` forgets to set the gradients back. It gives the loss the gradient "
        "1, and goes through the nodes from the last to the first, where each adds to what the "
        f"others hold. The network is o = h W with the squared error. After one `Forward`, "
        f"`Backward` is called {times} times. How many times the right gradient does W.grad hold?"
    )
    wrong = {
        "each call is taken to add the gradient once": times,
        "each call is taken to begin anew": 1,
        "both nodes are taken to hold everything at each call": times**2,
    }
    passed = " + ".join(str(n) for n in range(1, times + 1))
    return Draft(text, _whole(nodes["W"].grad / right), wrong, f"o.grad has grown too: {passed}.")


def order_of_backward(rng: Rng) -> Draft | None:
    h, a, b, c = (str(name) for name in rng.choice([*"acpqrsuv"], 4, replace=False))
    with nn.Graph() as graph:
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        first = nn.matmul(x, nn.Parameter("W", [[2.0]]), name=h)
        second = nn.tanh(first, name=a)
        third = nn.sigmoid(first, name=b)
        last = nn.add(second, third, name=c)
        loss = nn.squared_error(last, y, name="loss")
    graph.Forward(x=[[0.3]], y=[[2.0]])
    graph.Backward(loss)
    W = graph.parameters[0]
    wanted: Any = W.grad
    by_name = {node.name: node for node in graph.nodes}

    def holds(order: str) -> bool:
        _passes(graph, [loss, *(by_name[name] for name in order.split(", "))])
        return W.grad is not None and bool(np.allclose(W.grad, wanted))

    wrong = {
        "the order of Forward is kept": ", ".join([h, a, b, c]),
        "a node passes on before all has arrived": ", ".join([c, a, h, b]),
        "what lies nearest to the weight goes first": ", ".join([c, h, b, a]),
    }
    right = [order for order in [", ".join([c, b, a, h]), *wrong.values()] if holds(order)]
    if len(right) != 1:
        return None
    text = (
        f"A node {h} is used twice: by {a} and by {b}. Then {c} is the sum of these two, and the "
        "loss comes after it. The loss has passed on its gradient. In which order do the others "
        f"pass on theirs, so that the gradient of the weight before {h} is right?"
    )
    return Draft(
        text, right[0], wrong, f"{h} goes last: two gradients arrive there, and are added."
    )


# ---------------------------------------------------------------- updates and batches


def _line(examples: Sequence[tuple[int, int]], start: float) -> tuple[Any, dict[str, Any]]:
    """z = x w with the squared error, and its data."""
    with nn.Graph():
        x, y = nn.Input("x", width=1), nn.Input("y", width=1)
        z = nn.matmul(x, nn.Parameter("w", [[start]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    X, Y = (np.array(column, dtype=float)[:, None] for column in zip(*examples, strict=True))
    return loss, {"x": X, "y": Y}


def _trained(examples: Sequence[tuple[int, int]], start: float, size: int) -> float:
    """w after an epoch by batches of this size, by the trainer of the course."""
    loss, data = _line(examples, start)
    nn.train_minibatch(
        loss, data, batch_size=size, learning_rate=ETA, epochs=1, shuffle=False, progress=False
    )
    return _whole(loss.graph.parameters[0].value)


def _gradients(examples: Sequence[tuple[int, int]], start: float) -> list[float]:
    """That of each example, at the first weight."""
    found = []
    for each in examples:
        loss, data = _line([each], start)
        loss.graph.Forward(**data)
        loss.graph.Backward(loss)
        found.append(_whole(loss.graph.parameters[0].grad))
    return found


def one_update(rng: Rng) -> Draft | None:
    w, half = whole(rng, -9, 9), whole(rng, -6, 6)
    loss, data = _line([(1, w - 2 * half)], w)
    loss.graph.Forward(**data)
    loss.graph.Backward(loss)
    loss.graph.SGD(ETA)
    g = 2 * half
    text = (
        f"A weight is {minus(w)}, the derivative of the loss by it is {minus(g)}, and the learning "
        "rate is ½. How large is the weight after an update by SGD?"
    )
    wrong = {
        "the gradient is added": w + half,
        "the learning rate is left out": w - g,
        "the step is taken for the weight": -half,
    }
    why = f"{minus(w)} − ½ · {bracket(g)}."
    return Draft(text, _whole(loss.graph.parameters[0].value), wrong, why)


LINE = (
    "z = x w is the whole network, with the squared error. w = {} at the start, the learning rate "
    "is ½, and there are two examples (x, y): ({}, {}) and ({}, {}). "
)


def _examples(rng: Rng) -> tuple[list[tuple[int, int]], int, list[float]]:
    examples = [(int(rng.integers(1, 3)), 2 * whole(rng, -5, 5)) for _ in range(2)]
    start = whole(rng, -2, 2)
    return examples, start, _gradients(examples, start)


def _asked(examples: Sequence[tuple[int, int]], start: int) -> str:
    return LINE.format(minus(start), *(minus(n) for each in examples for n in each))


def sgd_looks_again(rng: Rng) -> Draft | None:
    examples, start, gradients = _examples(rng)
    if 0 in gradients:
        return None
    text = _asked(examples, start) + (
        "SGD goes through both once, in this order, with an update after each. How large is w?"
    )
    wrong = {
        "both gradients are taken at the first weight": start - ETA * sum(gradients),
        "one update by the mean": _trained(examples, start, 2),
        "only the last example counts": start - ETA * gradients[1],
    }
    why = "The second gradient belongs to the weight that the first update has left."
    return Draft(text, _trained(examples, start, 1), wrong, why)


def batch_takes_the_mean(rng: Rng) -> Draft | None:
    examples, start, gradients = _examples(rng)
    if 0 in gradients:
        return None
    text = _asked(examples, start) + ("Batch learning makes one update, by both. How large is w?")
    wrong = {
        "the sum is taken for the mean": start - ETA * sum(gradients),
        "the weights move between the examples": _trained(examples, start, 1),
        "only the last example counts": start - ETA * gradients[1],
    }
    why = f"The mean of {minus(gradients[0])} and {minus(gradients[1])}, both at the first weight."
    return Draft(text, _trained(examples, start, 2), wrong, why)


def doubled_batch(rng: Rng) -> Draft | None:
    g, times = whole(rng, -9, 9, 3), int(rng.integers(2, 5))
    if g.sum() % 3:
        return None
    loss, data = _line([(1, -int(each)) for each in g] * times, 0)
    loss.graph.Forward(**data)
    loss.graph.Backward(loss)
    mean = _whole(loss.graph.parameters[0].grad)
    text = (
        f"At some weight w the gradients of three examples are {row(g)}. A batch is made in which "
        f"each of the three stands {times} times. How large is the gradient of this batch, by "
        "which batch learning makes its update?"
    )
    wrong = {
        "more rows are taken for a larger gradient": mean * times,
        "the sum of the different examples is taken for the mean": mean * 3,
        "the sum is taken for the mean": mean * 3 * times,
    }
    return Draft(
        text, mean, wrong, "The mean does not change when each term stands there as often."
    )


def count_of_updates(rng: Rng) -> Draft | None:
    B, full, epochs = (
        int(rng.choice([4, 5, 8, 10])),
        int(rng.integers(2, 7)),
        int(rng.integers(3, 8)),
    )
    N = full * B + int(rng.integers(1, B))
    loss, data = _line([(1, 1)] * N, 0)
    history = nn.train_minibatch(
        loss, data, batch_size=B, learning_rate=ETA, epochs=epochs, progress=False
    )
    text = (
        f"There are {N} examples, and mini-batches of {B}. The last batch of an epoch may be "
        f"smaller, and is used too. How many updates do {epochs} epochs make?"
    )
    wrong = {
        "the smaller batch is dropped": full * epochs,
        "the rests of all epochs are put together": -(-N * epochs // B),
        "the smaller batch is counted once, not in each epoch": full * epochs + 1,
    }
    return Draft(text, len(history.update_losses), wrong, f"{full + 1} an epoch.")


# ---------------------------------------------------------------- the inventory

LOSS, PATHS = "Forward pass and loss", "One weight, and paths"
SLOPES, CLASSES_TOPIC = "Slopes of activations", "Classes"
GRAPH, UPDATES = "The graph", "Updates and batches"

ITEMS = (
    Item("the activation stands between the layers", LOSS, "01", activation_between),
    Item("the loss of one example", LOSS, "02", loss_of_one_example),
    Item("which way the loss goes when a weight grows", LOSS, "02", sign_of_a_change),
    Item("what makes a weight strong", LOSS, "02", stronger_weight),
    Item("a weight's gradient: what came in, times δ", PATHS, "03", what_came_in),
    Item("paths are added", PATHS, "04", paths_are_added),
    Item("along a path one multiplies", PATHS, "05", along_a_path),
    Item("how many paths there are", PATHS, "05", count_of_paths),
    Item("a weight that is used twice", PATHS, "07", used_twice),
    Item("back through tanh", SLOPES, "04", slope_of_tanh),
    Item("a ReLU unit that is closed", SLOPES, "04", closed_unit),
    Item("softmax: the class of the label", CLASSES_TOPIC, "06", class_of_the_label),
    Item("softmax: the other classes", CLASSES_TOPIC, "06", other_classes),
    Item("gradients that are not set back", GRAPH, "07", no_reset),
    Item("the order of the way back", GRAPH, "07", order_of_backward),
    Item("one update", UPDATES, "07", one_update),
    Item("SGD looks at the new weight", UPDATES, "08", sgd_looks_again),
    Item("a batch takes the mean", UPDATES, "09", batch_takes_the_mean),
    Item("a batch twice is the same batch", UPDATES, "09", doubled_batch),
    Item("how many updates an epoch makes", UPDATES, "09", count_of_updates),
)
