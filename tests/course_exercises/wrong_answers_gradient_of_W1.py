"""Wrong answers to the questions of lesson 05, and how each slip is named."""

from course_exercises import gradient_of_W1

WAY_BACK = """
def my_gradients(x, y, W1, W2, W3):
    z1 = x @ W1
    h1 = np.tanh(z1)
    z2 = h1 @ W2
    h2 = np.tanh(z2)
    delta3 = h2 @ W3 - y
    delta2 = (delta3 @ W3.T) * (1 - h2**2)
    delta1 = (delta2 @ W2.T) * (1 - h1**2)
    return x.T @ delta1, h1.T @ delta2, h2.T @ delta3
"""


def way_back(old: str, new: str) -> str:
    """The solution with one line altered."""
    assert old in WAY_BACK
    return WAY_BACK.replace(old, new)


NO_UPDATE = "    delta2 = (delta3 @ W3.T)"
WRONG = [
    (gradient_of_W1.q1, "shapes = [(6, 5), (2, 5)]", "exchanged: first δ1"),
    (gradient_of_W1.q1, "shapes = [(5, 2), (6, 5)]", "axes of δ1"),
    (gradient_of_W1.q1, "shapes = [(1, 5), (6, 5)]", "one row for each"),
    (gradient_of_W1.q1, "shapes = [(2, 5), (5, 6)]", "axes of ∂J/∂W1"),
    (gradient_of_W1.q1, "shapes = [(2, 5), (2, 5)]", "no axis of the examples"),
    (gradient_of_W1.q1, "shapes = (2, 5)", "two numbers in brackets"),
    (gradient_of_W1.q1, "shapes = [(2, 5)]", "list of two shapes"),
    (gradient_of_W1.q2, way_back(" * (1 - h2**2)", ""), "f′(z2) is missing"),
    (gradient_of_W1.q2, way_back(" * (1 - h1**2)", ""), "f′(z1) is missing"),
    (
        gradient_of_W1.q2,
        way_back("(1 - h1**2)", "h1 * (1 - h1)").replace("(1 - h2**2)", "h2 * (1 - h2)"),
        "derivative of the sigmoid",
    ),
    (
        gradient_of_W1.q2,
        way_back("(1 - h1**2)", "(1 - z1**2)").replace("(1 - h2**2)", "(1 - z2**2)"),
        "1 − z²",
    ),
    (
        gradient_of_W1.q2,
        way_back("(1 - h1**2)", "(1 - np.tanh(h1)**2)").replace(
            "(1 - h2**2)", "(1 - np.tanh(h2)**2)"
        ),
        "without another tanh",
    ),
    (gradient_of_W1.q2, way_back("h2 @ W3 - y", "y - h2 @ W3"), "the sign"),
    (gradient_of_W1.q2, way_back("h2 @ W3 - y", "2 * (h2 @ W3 - y)"), "a factor 2"),
    (gradient_of_W1.q2, way_back("h2 @ W3 - y", "h2 @ W3"), "y is missing"),
    (gradient_of_W1.q2, way_back("W3.T", "W3"), "W3 is not transposed"),
    (gradient_of_W1.q2, way_back("W2.T", "W2"), "W2 is not transposed"),
    (
        gradient_of_W1.q2,
        way_back(NO_UPDATE, "    W3 -= 0.1 * h2.T @ delta3\n" + NO_UPDATE),
        "W3 was changed in place",
    ),
    (
        gradient_of_W1.q2,
        way_back(NO_UPDATE, "    W3 = W3 - 0.1 * h2.T @ delta3\n" + NO_UPDATE),
        "W3 was updated too early",
    ),
    (
        gradient_of_W1.q2,
        way_back("x.T @ delta1,", "delta1.T @ x,"),
        "∂L/∂W1: that is the transpose",
    ),
    (gradient_of_W1.q2, way_back("h1.T @ delta2,", "-h1.T @ delta2,"), "∂L/∂W2: the sign"),
    (
        gradient_of_W1.q2,
        way_back(
            "x.T @ delta1, h1.T @ delta2, h2.T @ delta3",
            "h2.T @ delta3, h1.T @ delta2, x.T @ delta1",
        ),
        "wrong order",
    ),
    (gradient_of_W1.q2, way_back("x.T @ delta1,", ""), "three arrays"),
    (gradient_of_W1.q3, "delta2_now = 'b'", "two matrices"),
    (gradient_of_W1.q3, "delta2_now = 'c'", "takes δ3 back"),
    (gradient_of_W1.q4, "which_slip = 'a'", "wrong sign"),
    (gradient_of_W1.q4, "which_slip = 'c'", "no more than 2"),
    (gradient_of_W1.q4, "which_slip = 'd'", "W2 would be wrong too"),
    (gradient_of_W1.q1, "shapes = [(6, 5), (6, 5)]", "δ1: that is not it"),
    (gradient_of_W1.q1, "shapes = [(2, 5), (1, 5)]", "∂J/∂W1: that is not it"),
    (
        gradient_of_W1.q2,
        way_back("np.tanh(z1)", "1 / (1 + np.exp(-z1))")
        .replace("np.tanh(z2)", "1 / (1 + np.exp(-z2))")
        .replace("(1 - h2**2)", "h2 * (1 - h2)")
        .replace("(1 - h1**2)", "h1 * (1 - h1)"),
        "activation sigmoid",
    ),
    (gradient_of_W1.q2, way_back("h2 @ W3 - y", "np.tanh(h2 @ W3) - y"), "through tanh too"),
    (gradient_of_W1.q2, way_back("(1 - h1**2)", "h1 * (1 - h1)"), "in layer 1"),
    (gradient_of_W1.q2, way_back("h1.T @ delta2,", "h1.T @ delta1 @ np.ones((3, 3)),"), "∂L/∂W2"),
    (
        gradient_of_W1.q2,
        way_back("(delta2 @ W2.T)", "(delta3 @ W3.T @ W2.T)"),
        "on the way to δ1",
    ),
]
