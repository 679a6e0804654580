"""One update of 64-32-16-10, sigmoid, cross-entropy, on digits: the graph ÷ hand-written NumPy."""

import statistics
import timeit

import numpy as np

import course_nn as nn

ROUNDS = 7


def hand_written(W1, W2, W3, x, y, rate):
    """Forward, backward and update as anyone would write them; returns the new weights."""
    B = len(x)
    h1 = 1 / (1 + np.exp(-(x @ W1)))
    h2 = 1 / (1 + np.exp(-(h1 @ W2)))
    z3 = h2 @ W3
    e = np.exp(z3 - z3.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    -np.log(p[np.arange(B), y]).mean()  # the loss, as one would print it
    p[np.arange(B), y] -= 1
    d3 = p / B
    d2 = (d3 @ W3.T) * h2 * (1 - h2)
    d1 = (d2 @ W2.T) * h1 * (1 - h1)
    return W1 - rate * (x.T @ d1), W2 - rate * (h1.T @ d2), W3 - rate * (h2.T @ d3)


def measure() -> None:
    digits = nn.datasets.digits()
    X, labels = nn.datasets.standardise(digits["x"])[0], digits["y"]
    for B, updates in ((1, 2000), (32, 1000), (len(X), 40)):
        model = nn.two_hidden_layer_network(64, 32, 16, 10)
        x, y = model.x.checked(X[:B]), model.y.checked(labels[:B])
        weights = [p.value for p in model.graph.parameters]
        expected = hand_written(*weights, x, y, 0.1)

        def by_graph(model=model, x=x, y=y):
            model.graph.put({model.x: x, model.y: y})
            model.graph.Forward()
            model.graph.Backward(model.loss)
            model.graph.SGD(0.1)

        def by_hand(weights=weights, x=x, y=y):
            hand_written(*weights, x, y, 0.1)

        by_graph()
        for p, right in zip(model.graph.parameters, expected, strict=True):
            np.testing.assert_allclose(p.value, right, rtol=0, atol=1e-12)
        pairs = [
            [timeit.timeit(step, number=updates) / updates * 1e6 for step in (by_graph, by_hand)]
            for _ in range(ROUNDS)
        ]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios = sorted(a / b for a, b in pairs)
        print(
            f"B = {B:5}: graph {ours:7.1f} µs, by hand {theirs:7.1f} µs, ratio "
            f"{statistics.median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
