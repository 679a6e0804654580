"""Wrong answers to the questions of lesson 01, and how each slip is named."""

from course_exercises import forward_pass

FORWARD = """
def my_forward_pass(x, W1, W2, W3):
    s = lambda z: 1 / (1 + np.exp(-z))
    return {}
"""
WRONG = [
    (forward_pass.q1, "shape_of_h2 = (5, 3)", "there are 7"),
    (forward_pass.q1, "shape_of_h2 = (3, 7)", "exchanged"),
    (forward_pass.q1, "shape_of_h2 = (7, 4)", "that is h1"),
    (forward_pass.q1, "shape_of_h2 = (4, 3)", "that is W2"),
    (forward_pass.q1, "shape_of_h2 = (2, 2)", "that is not it"),
    (forward_pass.q2, "z = np.array([[3.0, 7.0]])", "x Wᵀ"),
    (forward_pass.q2, "z = np.array([1.0, 8.0])", "brackets"),
    (forward_pass.q2, "z = np.array([[3.0, 0.0], [-1.0, 8.0]])", "entry by entry"),
    (forward_pass.q2, "z = np.array([[1.0], [8.0]])", "transposed"),
    (forward_pass.q3, FORWARD.format("s(s(s(x @ W1) @ W2) @ W3)"), "output passed through"),
    (forward_pass.q3, FORWARD.format("x @ W1 @ W2 @ W3"), "no activation"),
    (forward_pass.q3, FORWARD.format("s(x @ W1 @ W2) @ W3"), "after the first layer"),
    (forward_pass.q3, FORWARD.format("s(x @ W1) @ W2 @ W3"), "after the second layer"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W2)"), "that is h2"),
    (forward_pass.q2, "z = np.array([[5.0, 8.0]])", "minus of −1"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W2) @ W3.T"), "W3 is transposed"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W2.T) @ W3"), "W2 is transposed"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1.T) @ W2) @ W3"), "W1 is transposed"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1.T) @ W2.T) @ W3.T"), "all three"),
    (forward_pass.q3, FORWARD.format("s(x @ W1), s(s(x @ W1) @ W2) @ W3"), "z3 alone"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3).T"), "transposed"),
    (forward_pass.q3, FORWARD.format("x @ np.ones((7, 7))"), "the inner numbers differ"),
    (forward_pass.q4, "why_random = 'a'", "their size is not the reason"),
    (forward_pass.q4, "why_random = 'b'", "works with any weights"),
    (forward_pass.q4, "why_random = 'd'", "no weights fit"),
    (forward_pass.q1, "shape_of_h2 = (1, 3)", "there are 7"),
    (
        forward_pass.q3,
        FORWARD.replace("np.exp(-z)", "np.exp(z)").format("s(s(x @ W1) @ W2) @ W3"),
        "minus of e",
    ),
    (forward_pass.q3, FORWARD.format("W1 @ x"), "the inner numbers differ"),
]
