"""Networks of layers one after the other, as pieces compute them, of all kinds."""

import numpy as np

import course_nn as nn

ACTIVATIONS = {"sigmoid": nn.sigmoid, "tanh": nn.tanh, "relu": nn.relu, "identity": None}


def random_chain(seed):
    """(loss, data, parameters): 1 to 3 layers, some with bias, each loss, 1 to 4 examples."""
    rng = np.random.default_rng(seed)
    depth, B = 1 + seed % 3, 1 + seed // 3 % 4
    widths = rng.integers(2, 5, size=depth + 1)
    parameters = []

    def parameter(name, shape):
        parameters.append(nn.Parameter(name, rng.normal(size=shape)))
        return parameters[-1]

    with nn.Graph(make_current=False) as net:
        a = nn.Input("x", int(widths[0]))
        for i in range(1, depth + 1):
            rows, columns = map(int, widths[i - 1 : i + 1])
            a = nn.matmul(a, parameter(f"W{i}", (rows, columns)), name=f"p{i}")
            if rng.random() < 0.5:
                a = nn.add(a, parameter(f"b{i}", (1, columns)), name=f"z{i}")
            f = ACTIVATIONS[rng.choice([*ACTIVATIONS])]
            a = a if f is None else f(a, name=f"h{i}")
        if seed % 2:
            y = nn.Labels("y", int(widths[-1]))
            loss = nn.cross_entropy(a, y, name="loss")
            answers = rng.integers(widths[-1], size=B)
        else:
            y = nn.Input("y", int(widths[-1]))
            loss = nn.squared_error(a, y, name="loss")
            answers = rng.normal(size=(B, widths[-1]))
    data = {"x": rng.normal(size=(B, widths[0])), "y": answers}
    net.Forward(**data)
    return loss, data, parameters


def lesson_network():
    """(loss, data, [W1, W2, W3]) of the lessons 01 to 07, with its first example."""
    rng = np.random.default_rng(seed=4)
    shapes = [(2, 3), (3, 2), (2, 2)]
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        W1, W2, W3 = (
            nn.Parameter(f"W{i}", rng.normal(size=size)) for i, size in enumerate(shapes, start=1)
        )
        h1 = nn.sigmoid(nn.matmul(x, W1, name="z1"), name="h1")
        h2 = nn.sigmoid(nn.matmul(h1, W2, name="z2"), name="h2")
        loss = nn.squared_error(nn.matmul(h2, W3, name="z3"), y, name="loss")
    return loss, {"x": [[0.5, -1.0]], "y": [[1.0, 0.0]]}, [W1, W2, W3]
