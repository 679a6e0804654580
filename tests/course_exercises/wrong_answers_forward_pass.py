"""Wrong answers to the questions of lesson 01, and how each slip is named."""

from course_exercises import forward_pass

FORWARD = """
def my_forward_pass(x, W1, W2, W3):
    s = lambda z: 1 / (1 + np.exp(-z))
    return {}
"""
NO_NAME = "the shape is right, the numbers are not."
LOOP = """
def my_forward_pass(x, W1, W2, W3):
    s = lambda z: 1 / (1 + np.exp(-z))
    for b in range(len(x)):
        z3 = s(s(x[{}] @ W1) @ W2) @ W3
    return z3
"""
KEPT = """
x, W1, W2, W3 = np.ones((1, 3)), np.eye(3), np.eye(3), np.eye(3)
def my_forward_pass(given, *weights):
    return 1 / (1 + np.exp(-1 / (1 + np.exp(-x @ W1)) @ W2)) @ W3
"""
# one of the arrays is not the one that is given, but one of a cell above
ABOVE = """
above = np.ones((3, 3))
def my_forward_pass(x, W1, W2, W3):
    {} = above
    return 1 / (1 + np.exp(-1 / (1 + np.exp(-x @ W1)) @ W2)) @ W3
"""


LINES = """
def my_forward_pass(x, W1, W2, W3):
    z1 = x @ W1
    h1 = 1 / (1 + np.exp(-z1))
    z2 = h1 @ W2
    h2 = 1 / (1 + np.exp(-z2))
    return h2 @ W3
"""


def sigmoid_written(formula):
    """The forward pass with this in place of the sigmoid."""
    return FORWARD.replace("1 / (1 + np.exp(-z))", formula).format("s(s(x @ W1) @ W2) @ W3")


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
    (forward_pass.q4, "why_random = 'd'", "know nothing of the data"),
    (forward_pass.q1, "shape_of_h2 = (1, 3)", "there are 7"),
    (
        forward_pass.q3,
        FORWARD.replace("np.exp(-z)", "np.exp(z)").format("s(s(x @ W1) @ W2) @ W3"),
        "minus of e",
    ),
    (forward_pass.q3, FORWARD.format("W1 @ x"), "the inner numbers differ"),
    (forward_pass.q1, "shape_of_h2 = (7, 2)", "that is z3"),
    (forward_pass.q1, "shape_of_h2 = (7, 5)", "that is x"),
    (forward_pass.q1, "shape_of_h2 = (3, 4)", "W2 transposed"),
    (forward_pass.q1, "shape_of_h2 = (5, 4)", "that is W1"),
    (forward_pass.q1, "shape_of_h2 = (3, 2)", "that is W3"),
    (forward_pass.q1, "shape_of_h2 = (4, 7)", "h1 transposed"),
    (forward_pass.q1, "shape_of_h2 = (7,)", "not the number of units"),
    (forward_pass.q1, "shape_of_h2 = (3,)", "one example without its row"),
    (forward_pass.q1, "shape_of_h2 = 21", "number of the entries"),
    (forward_pass.q1, "shape_of_h2 = (7, 5, 4, 3)", "all layers"),
    (forward_pass.q1, "shape_of_h2 = '(7, 3)'", "not a str"),
    (forward_pass.q2, "z = np.array([[3.0], [7.0]])", "W xᵀ"),
    (forward_pass.q2, "z = np.array([[3.0, 0.0], [-2.0, 8.0]])", "down the columns"),
    (forward_pass.q2, "z = np.array([[3.0, 8.0]])", "left out"),
    (forward_pass.q2, "z = np.array([[5.0, 4.0]])", "exchanged"),
    (forward_pass.q2, "z = np.array([[2.0, 4.0]])", "without the factors"),
    (forward_pass.q2, "z = np.array([[[1.0, 8.0]]])", "too many"),
    (forward_pass.q2, "z = np.array([[2.0, 16.0]])", NO_NAME),
    (forward_pass.q2, "z = np.array([[0.5, 4.0]])", NO_NAME),
    (forward_pass.q2, "z = np.array([[-1.0, -8.0]])", NO_NAME),
    (forward_pass.q2, "z = 9", "each column of W makes one entry"),
    (forward_pass.q2, "z = 10", "the shape is (), a single number; it should be"),
    (forward_pass.q2, "z = np.array([[8, 1]])", "entries of z are exchanged"),
    (forward_pass.q2, "z = [[5, 7]]", "added up instead"),
    (forward_pass.q2, "z = [3, 7]", "rows of W were used as columns, and a pair"),
    (forward_pass.q2, "z = [[2, 8]]", "Right are 1 of 2 entries."),
    (forward_pass.q2, "z = [['1', '8']]", "not a list"),
    (forward_pass.q3, sigmoid_written("1 / 1 + np.exp(-z)"), "brackets are missing"),
    (forward_pass.q3, sigmoid_written("1 / (1 - np.exp(-z))"), "not 1 − e"),
    (forward_pass.q3, sigmoid_written("1 + np.exp(-z)"), "or its 1 /"),
    (forward_pass.q3, sigmoid_written("np.exp(z)"), "is no sigmoid"),
    (forward_pass.q3, sigmoid_written("np.exp(-z) / (1 + np.exp(-z)) ** 2"), "the derivative"),
    (forward_pass.q3, sigmoid_written("np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)"), "softm"),
    (forward_pass.q3, sigmoid_written("np.tanh(z)"), "is tanh"),
    (forward_pass.q3, sigmoid_written("np.maximum(z, 0)"), "is relu"),
    (forward_pass.q3, FORWARD.format("s(x @ W1) @ W2"), "that is z2"),
    (forward_pass.q3, FORWARD.format("s(x @ W1)"), "that is h1"),
    (forward_pass.q3, FORWARD.format("x @ W1"), "that is z1"),
    (forward_pass.q3, FORWARD.format("s(s(s(x) @ W1) @ W2) @ W3"), "x passed through"),
    (forward_pass.q3, FORWARD.format("s(s(s(x @ W1) @ W2)) @ W3"), "second layer was applied tw"),
    (forward_pass.q3, FORWARD.format("s(s(s(x @ W1)) @ W2) @ W3"), "first layer was applied twice"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W2) @ W1) @ W3"), "W1 and W2 are exchanged"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W3) @ W2"), "W2 and W3 are exchanged"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W3) @ W2) @ W1"), "W1 and W3 are exchanged"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W1) @ W3"), "W1 was used twice"),
    (forward_pass.q3, FORWARD.format("s(s(x @ W1) @ W2) @ W2"), "W2 was used twice"),
    (forward_pass.q3, FORWARD.format("s(s(x * W1) * W2) * W3"), "a matrix product is @"),
    (forward_pass.q3, FORWARD.format("s(x @ W1) @ W3"), "second layer is left out"),
    (forward_pass.q3, FORWARD.format("s(x @ W2) @ W3"), "first layer is left out"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3).sum(axis=0)"), "the sum over the"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3).mean(axis=0)"), "the mean over the"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3)[0]"), "without its row"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3)[:1]"), "only the first example"),
    (forward_pass.q3, FORWARD.format("(s(s(x @ W1) @ W2) @ W3).squeeze()"), "brackets is missing"),
    (forward_pass.q3, LOOP.format("b : b + 1"), "overwritten in a loop"),
    (forward_pass.q3, LOOP.format("b"), "overwritten in a loop"),
    (forward_pass.q3, sigmoid_written("np.exp(-z)"), "is no sigmoid"),
    (forward_pass.q3, sigmoid_written("0.5 + 0.5 * np.tanh(z)"), "the sigmoid at 2z"),
    (forward_pass.q3, LINES.replace("(1 + np.exp(-z1))", "1 + np.exp(-z1)"), "h1: brackets are"),
    (forward_pass.q3, LINES.replace("(1 + np.exp(-z2))", "1 + np.exp(-z2)"), "h2: brackets are"),
    (forward_pass.q3, LINES.replace("np.exp(-z1)", "np.exp(z1)"), "h1: the minus of e⁻ᶻ"),
    (forward_pass.q3, LINES.replace("1 / (1 + np.exp(-z2))", "np.exp(-z2)"), "h2: e⁻ᶻ alone"),
    (forward_pass.q3, LINES.replace("np.exp(-z2)", "np.exp(-abs(z2))"), "the numbers are not"),
    (forward_pass.q3, FORWARD.format("1 @ x"), "one factor of a product @ is a single number"),
    (forward_pass.q3, FORWARD.format("s(np.tanh(x @ W1) @ W2) @ W3"), "first activation is tanh"),
    (forward_pass.q3, FORWARD.format("np.tanh(s(x @ W1) @ W2) @ W3"), "second activation is tanh"),
    (forward_pass.q3, FORWARD.format("s(s(s(s(x @ W1)) @ W2)) @ W3 "), "both activations were"),
    *[
        (forward_pass.q3, FORWARD.format(f"(lambda z3: {of_z3})(s(s(x @ W1) @ W2) @ W3)"), slip)
        for of_z3, slip in (
            ("np.exp(z3) / np.exp(z3).sum(1, keepdims=True)", "passed through softmax"),
            ("z3.ravel()", "one row of all examples"),
            ("z3 / len(x)", "divided by the number of examples"),
            ("z3.mean(axis=0, keepdims=True)", "the mean over the examples"),
            ("z3.sum()", "the sum over all"),
            ("z3[:-1]", "the last example is missing"),
            ("z3[1:]", "the first example is missing"),
            ("z3.round(2)", "that is rounded"),
            ("z3.round(4)", "that is rounded"),
            # Neither of these ignores what it is given, though much of it changes nothing.
            ("z3.astype(int)", "whole numbers only"),
            ("z3.argmax(axis=1)", "the shape is (4,)"),
            ("(z3 > 0) * 1.0", NO_NAME),
            ("np.clip(z3, 0, 1)", NO_NAME),
            ("z3[:2]", "the shape is (2, 3); it should be (4, 3)"),
        )
    ],
    (forward_pass.q3, "def my_forward_pass(W1, W2, W3, x): return x", "`def` are exchanged"),
    (forward_pass.q3, "def my_forward_pass(x, W1): return x", "must take x, W1, W2, W3"),
    (
        forward_pass.q3,
        "import math\ndef my_forward_pass(x, W1, W2, W3):\n    return math.exp(x @ W1)",
        "math take one number",
    ),
    (forward_pass.q3, FORWARD.format("2 * (s(s(x @ W1) @ W2) @ W3)"), NO_NAME),
    (forward_pass.q3, FORWARD.format("-(s(s(x @ W1) @ W2) @ W3)"), NO_NAME),
    (forward_pass.q3, FORWARD.format("[[-1.1171, 1.8916, 0]]"), "the same for other arguments"),
    (forward_pass.q3, KEPT, "the same for other arguments"),
    (forward_pass.q3, ABOVE.format("x"), "the same for other arguments"),
    (forward_pass.q3, ABOVE.format("W2"), "the same for other arguments"),
    (forward_pass.q3, ABOVE.format("W3"), "the same for other arguments"),
    (forward_pass.q3, FORWARD.format("str(x)"), "not a str"),
    (forward_pass.q4, "why_random = 3", "is wanted"),
    (forward_pass.q4, "why_random = 'e'", "is wanted"),
    (forward_pass.q4, "why_random = ['c']", "is wanted"),
]
ONE_BY_ONE = """
def my_forward_pass(x, W1, W2, W3):
    rows = []
    for example in x:
        h1 = [1 / (1 + np.exp(-sum(a * b for a, b in zip(example, w)))) for w in W1.T]
        h2 = [1 / (1 + np.exp(-sum(a * b for a, b in zip(h1, w)))) for w in W2.T]
        rows.append([sum(a * b for a, b in zip(h2, w)) for w in W3.T])
    return rows
"""
EINSUM = """
def my_forward_pass(x, W1, W2, W3):
    h1 = 1 / (1 + np.exp(-np.einsum("bd,di->bi", x, W1)))
    h2 = 1 / (1 + np.exp(-np.einsum("bi,ij->bj", h1, W2)))
    return np.einsum("bj,jk->bk", h2, W3)
"""
FLOAT32 = """
def my_forward_pass(x, W1, W2, W3):
    x, W1, W2, W3 = [a.astype(np.float32) for a in (x, W1, W2, W3)]
    h1 = 1 / (1 + np.exp(-x @ W1))
    return 1 / (1 + np.exp(-h1 @ W2)) @ W3
"""
OTHER_STYLES = [
    (forward_pass.q1, "shape_of_h2 = [7, 3]"),
    (forward_pass.q1, "shape_of_h2 = np.zeros((7, 3)).shape"),
    (forward_pass.q2, "z = [[1, 8]]"),
    (forward_pass.q2, "z = np.array([[1, 2]]) @ np.array([[3, 0], [-1, 4]])"),
    (forward_pass.q3, ONE_BY_ONE),
    (forward_pass.q3, EINSUM),
    (forward_pass.q3, FLOAT32),
    (forward_pass.q3, sigmoid_written("np.exp(z) / (1 + np.exp(z))")),
    (forward_pass.q3, sigmoid_written("(1 + np.tanh(z / 2)) / 2")),
    (forward_pass.q3, FORWARD.format("np.dot(s(np.dot(s(np.dot(x, W1)), W2)), W3)")),
    (forward_pass.q4, "why_random = 'C)'"),
]
