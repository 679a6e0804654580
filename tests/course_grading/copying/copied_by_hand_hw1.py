"""What needs a little glue to be handed in as homework 1: what `nn.derive` prints of the network of
the lessons, and fits and searches where a formula is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from pieces_to_copy import standard_network
from ways_to_copy import Homework

import course_nn as nn

FORWARD = """
def forward(x, W1, W2, W3):
    z1 = x @ W1
    h1 = sigmoid(z1)
    z2 = h1 @ W2
    h2 = sigmoid(z2)
    z3 = h2 @ W3
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3}
def batch_loss(L):
    return L.mean()
"""
COPIED = {
    "the forward pass of the lessons in another notation": """
def forward_in_columns(x, y, W1, W2, V, W3):
    z1 = W1 @ x
    h1 = sigmoid(z1)
    z2 = W2 @ h1
    h2 = sigmoid(z2)
    z3 = W3 @ h2
    L = 0.5 * ((z3 - y) ** 2).sum(axis=1)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3, "L": L}
""",
    "shapes of the lessons": """
def shapes(B, D, H1, H2, K):
    return {"x": (B, D), "W1": (D, H1), "z1": (B, H1), "h1": (B, H1), "W2": (H1, H2),
            "V": (D, H2), "z2": (B, H2), "h2": (B, H2), "W3": (H2, K), "z3": (B, K)}
""",
    "every line that differs from one's own forward pass": """
def wrong_lines(x, y, W1, W2, W3, printed):
    own = forward(x, W1, W2, W3)
    own["L"] = squared_error(own["z3"], y)
    return [int(abs(printed[name] - own[name]).max() > 0.001) for name in own]
""",
    "no line, or the first one": """
def wrong_lines(x, y, W1, W2, W3, printed):
    return [1, 0, 0, 0, 0, 0]
""",
}
SEARCHED = {
    "numbers that fit by bisection": """
def outputs_around(y, J):
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        z = np.concatenate([y + middle, y - middle])
        low, high = (middle, high) if squared_error(z, y).mean() < J else (low, middle)
    return np.concatenate([y + low, y - low])
def answer_for(z3, factor):
    low, high = 1.0, 2.0
    for _ in range(200):
        middle = (low + high) / 2
        times = squared_error(2 * z3, middle * z3) / squared_error(z3, middle * z3)
        low, high = (middle, high) if times > factor else (low, middle)
    return low * z3
def input_of(h1, W1):
    z1 = np.zeros(h1.shape)
    for _ in range(200):
        z1 = z1 + 4 * (h1 - sigmoid(z1))
    return np.linalg.lstsq(W1.T, z1.T, rcond=None)[0].T
""",
    "parabolas through three losses": """
def parabola(h2, z3, y, j, k):
    def J(c):
        z = z3.copy()
        z[:, k] += h2[:, j] * c
        return squared_error(z, y).mean()
    c2, c1, c0 = np.polyfit([-1, 0, 1], [J(-1), J(0), J(1)], 2)
    return {"c0": c0, "c1": c1, "c2": c2}
def bottom(changes, losses):
    p = np.polyfit(changes, losses, 2)
    c = np.roots(np.polyder(p))[0]
    return {"change": c, "J": np.polyval(p, c)}
""",
}


def rows(homework: Homework) -> Iterator[tuple[str, str, list[str]]]:
    """How it is come by, what is handed in, and its cells."""
    printed = [nn.derive(standard_network("sigmoid", "squared_error")).code(), FORWARD]
    yield "copied", "printed .code()", printed
    for what, cell in COPIED.items():
        yield "copied", what, [*printed, cell]
    for what, cell in SEARCHED.items():
        yield "tried", what, [*printed, cell]
