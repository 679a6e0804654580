"""Wrong answers to the questions of lesson 03, and how each slip is named."""

from course_exercises import gradient_of_W3

GRADIENT = """
def gradient_of_W3(h2, z3, y):
    return {}
"""
LOOP = """
def gradient_of_W3(h2, z3, y):
    gradient = np.zeros((h2.shape[1], y.shape[1]))
    for b in range(len(h2)):
        for j in range(h2.shape[1]):
            for k in range(y.shape[1]):
                gradient[j, k] {} h2[b, j] * (z3[b, k] - y[b, k])
    return gradient
"""
LINES = """my_lines = '''
∂L/∂s = s − t
∂L/∂W = a.T @ ∂L/∂s + b.T @ ∂L/∂s
'''
"""


def with_line(old: str, new: str) -> str:
    """The lines of the solution, one of them altered."""
    assert old in LINES
    return LINES.replace(old, new)


def weights(right_side: str) -> str:
    """The lines of the solution, with another one for W."""
    return with_line("a.T @ ∂L/∂s + b.T @ ∂L/∂s", right_side)


WRONG = [
    (gradient_of_W3.earlier_q1, "derivative = 2", "One more factor"),
    (gradient_of_W3.earlier_q1, "derivative = 3", "a factor ½"),
    (gradient_of_W3.earlier_q1, "derivative = 3", "that is dz/dw = h alone"),
    (gradient_of_W3.earlier_q1, "derivative = 12", "a factor 2"),
    (gradient_of_W3.q1, "dL_dh = 12", "only the first path"),
    (gradient_of_W3.q1, "dL_dh = 4", "only the second path"),
    (gradient_of_W3.q1, "dL_dh = 28", "only the last path"),
    (gradient_of_W3.q1, "dL_dh = 9", "δ3 summed"),
    (gradient_of_W3.q1, "dL_dh = 5", "the weights summed"),
    (gradient_of_W3.q1, "dL_dh = 16", "last path is missing"),
    (gradient_of_W3.q1, "dL_dh = 40", "second path is missing"),
    (gradient_of_W3.q1, "dL_dh = 32", "first path is missing"),
    (gradient_of_W3.q1, "dL_dh = 36", "the wrong sign: (−4) · (−1) is 4"),
    (gradient_of_W3.q1, "dL_dh = 42", "−3 − 1 = −4"),
    (gradient_of_W3.q1, "dL_dh = 12 * 4 * 28", "they are added"),
    (gradient_of_W3.q1, "dL_dh = 9 * 5", "both factors were summed first"),
    (gradient_of_W3.q1, "dL_dh = -44", "the sign"),
    (gradient_of_W3.q1, "dL_dh = 63", "y is missing"),
    (gradient_of_W3.q1, "dL_dh = 19", "y times the weights"),
    (gradient_of_W3.q1, "dL_dh = 44 / 3", "mean of the paths"),
    (gradient_of_W3.q1, "dL_dh = 88", "a factor 2"),
    (gradient_of_W3.q1, "dL_dh = 22", "a factor ½"),
    (gradient_of_W3.q1, "dL_dh = 132", "a factor h"),
    (gradient_of_W3.q1, "dL_dh = 27", "h stands where"),
    (gradient_of_W3.q1, "dL_dh = 50.5", "that is the loss"),
    (gradient_of_W3.q1, "dL_dh = 101", "squared"),
    (gradient_of_W3.q1, "dL_dh = [12, 4, 28]", "one for each path"),
    (gradient_of_W3.q1, "dL_dh = [[12, 4, 28]]", "one for each path"),
    (gradient_of_W3.q1, "dL_dh = [6, -4, 7]", "that is δ3; each"),
    (gradient_of_W3.q1, "dL_dh = [2, -1, 4]", "those are the weights; each"),
    (gradient_of_W3.q1, "dL_dh = [6, -3, 12]", "that is z3"),
    (gradient_of_W3.q1, "dL_dh = [12, 3, 48]", "z3 times the weights"),
    (gradient_of_W3.q1, "dL_dh = [18, -12, 21]", "by the three weights"),
    (gradient_of_W3.q1, "dL_dh = 82", "y was added"),
    (gradient_of_W3.q1, "dL_dh = 52", "that is not it"),
    (gradient_of_W3.q1, "dL_dh = '44'", "a number"),
    (gradient_of_W3.earlier_q2, "dL_dh = 2", "only the first path"),
    (gradient_of_W3.earlier_q2, "dL_dh = 3", "second factor"),
    (gradient_of_W3.earlier_q2, "dL_dh = 19", "wrong sign"),
    (gradient_of_W3.earlier_q2, "dL_dh = 21", "−1 − 2 = −3"),
    (gradient_of_W3.earlier_q2, "dL_dh = 21", "y is missing"),
    (gradient_of_W3.earlier_q2, "dL_dh = 17", "the last entry of δ3"),
    (gradient_of_W3.earlier_q2, "dL_dh = [2, 3, 20]", "one for each path"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 6], [0, 0], [-1, -2]]", "transpose"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, 1], [6, 0, 2]]", "minus"),
    (gradient_of_W3.q2, "dW3_on_paper = [[4, 1, 0], [5, 2, 1]]", "added instead"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [3, 0, -1]]", "second row"),
    (gradient_of_W3.q2, "dW3_on_paper = [3, 0, -2]", "the shape is (3,)"),
    (gradient_of_W3.q2, "dW3_on_paper = [[6, 0, -2], [3, 0, -1]]", "rows are exchanged"),
    (gradient_of_W3.q2, "dW3_on_paper = [[-3, 0, 1], [-6, 0, 2]]", "the sign"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [6, 0, 2]]", "minus of −2 was lost"),
    (gradient_of_W3.q2, "dW3_on_paper = [9, 0, -3]", "not added up"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1]]", "δ3 alone"),
    (gradient_of_W3.q2, "dW3_on_paper = [[1.5, 0, -0.5], [3, 0, -1]]", "a factor ½ too much"),
    (gradient_of_W3.q2, "dW3_on_paper = [[6, 0, -2], [12, 0, -4]]", "a factor 2 too much"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [9, 0, -3]]", "Right are 4 of 6 entries."),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [12, 0, -4]]", "h2 was squared"),
    (gradient_of_W3.q2, "dW3_on_paper = [[9, 0, 1], [18, 0, 2]]", "δ3 was squared"),
    (gradient_of_W3.q2, "dW3_on_paper = [[1, 1, 1], [2, 2, 2]]", "h2 alone"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [0, 0, 0]]", "only the first row"),
    (gradient_of_W3.q2, "dW3_on_paper = [[0, 0, 0], [6, 0, -2]]", "only the second row"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 1, -1], [6, 2, -2]]", "0 · 1 and 0 · 2"),
    (gradient_of_W3.q2, "dW3_on_paper = [[-1, 0, 3], [-2, 0, 6]]", "opposite order"),
    (gradient_of_W3.q2, "dW3_on_paper = [3, 0, -1, 6, 0, -2]", "one after the other"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1, 6, 0, -2]]", "one behind the other"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [6, 0]]", "different shapes"),
    (gradient_of_W3.earlier_q4, "what_is_zero = 'b'", "leave unit j"),
    (gradient_of_W3.earlier_q4, "what_is_zero = 'c'", "other units"),
    (gradient_of_W3.earlier_q4, "what_is_zero = 'd'", "one of 'a', 'b', 'c'"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("(z3 - y).T @ h2"), "transpose"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (y - z3)"), "the sign"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("2 * h2.T @ (z3 - y)"), "a factor 2"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("0.5 * h2.T @ (z3 - y)"), "half"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ z3"), "y is missing"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2 * (z3 - y)"), "entry by entry"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("z3 - y"), "δ3 alone"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T @ (0.5 * (z3 - y) ** 2)"),
        "not differentiated",
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2[:, :2] @ (z3 - y)"),
        "the inner numbers differ: the left factor has 2 columns, the right one 3",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2 @ (z3 - y)"), "h2 is not transposed"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T @ ((z3 - y) * z3 * (1 - z3))"),
        "no activation",
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T @ (z3 - y) / len(h2)"),
        "mean over the examples",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ z3 - y"), "put brackets around z3 − y"),
    (gradient_of_W3.earlier_q5, LOOP.format("="), "write +="),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("    return", "        return"),
        "first example",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.outer(h2, z3 - y)"), "np.outer"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.outer(h2[0], z3[0] - y[0])"), "first example"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T * (z3 - y)"), "* is entry by entry"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2[:, :, None] * (z3 - y)[:, None]"),
        "one axis too much",
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("np.outer(h2.sum(0), (z3 - y).sum(0))"),
        "added up over",
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("np.outer(h2.mean(0), (z3 - y).mean(0))"),
        "averaged over",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("(h2 * (1 - h2)).T @ (z3 - y)"), "way back to z2"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T @ ((z3 - y) * (1 - z3**2))"),
        "1 − z3² neither",
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("(h2.T @ (z3 - y)).sum()"),
        "the sum of all entries",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("(h2.T @ (z3 - y)).sum(0)"), "the shape is (3,)"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.ones((3, 3))"), "the same for other arguments"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.abs(h2).T @ (z3 - y)"), "the numbers are not"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 + y)"), "y was added"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ y"), "z3 is missing"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 - y) ** 2"), "not its square"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ np.abs(z3 - y)"), "signs of δ3 were lost"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("(1 - h2**2).T @ (z3 - y)"), "1 − h2² belongs"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("((z3 - y) ** 2).sum(1) / 2"), "the loss of each"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("(h2.T @ (z3 - y)).ravel()"),
        "one after the other",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 - y) * len(h2)"), "adds up already"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T @ (z3 - y) / y.shape[1]"),
        "mean over the outputs",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 - y[0])"), "row 0 of y"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ z3 - y.sum(0)"), "in the loop only z3"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2, z3 - y"), "return the gradient of W3 alone"),
    (gradient_of_W3.earlier_q5, LOOP.format("+=").replace("h2[b, j]", "h2[0, j]"), "row 0 of h2"),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(z3[b, k] - y[b, k])", "(z3[0, k] - y[0, k])"),
        "row 0 of δ3",
    ),
    # Loops that are one round short, or of a size of the page: they use their arguments.
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(len(h2))", "(len(h2) - 1)"),
        "last example w",
    ),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(len(h2))", "(1, len(h2))"),
        "first example w",
    ),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(len(h2))", "(1)"),
        "the first example alone",
    ),
    (gradient_of_W3.earlier_q5, LOOP.format("+=").replace("(len(h2))", "(2)"), "No single slip"),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(len(h2))", "(3)"),
        "sizes from the arrays",
    ),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(len(h2))", "(3)"),
        "it is right for B = 3, H2 = 3 and K = 3, but not for B = 1, H2 = 3 and K = 3: your code",
    ),
    (
        gradient_of_W3.earlier_q5,
        LOOP.format("+=").replace("(y.shape[1])", "(4)"),
        "sizes from the arrays",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 - y) / h2.shape[1]"), "No single slip"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("(h2.T @ (z3 - y)).astype(int)"),
        "whole numbers only",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.round(h2.T @ (z3 - y), 3)"), "rounded"),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.replace("h2, z3, y", "h2, y, z3").format("z3"),
        "are exchanged",
    ),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ (z3 - y^2)"), "^ is no power in Python"),
    (gradient_of_W3.earlier_q5, GRADIENT.format("str(h2)"), "array of numbers"),
    # The network with one matrix on two paths. The shapes fit in most of these.
    (gradient_of_W3.q3, "my_lines = 3", "a text is needed, not an int"),
    (gradient_of_W3.q3, "my_lines = 's.grad = s − t'", "No line says what W.grad is."),
    (gradient_of_W3.q3, weights("a.T @ ∂L/∂s"), "1 of 2 lines hold"),  # one path
    (gradient_of_W3.q3, weights("b.T @ ∂L/∂s"), "1 of 2 lines hold"),
    (gradient_of_W3.q3, weights("2 a.T @ ∂L/∂s"), "The shapes fit"),
    (gradient_of_W3.q3, weights("(a.T @ ∂L/∂s + b.T @ ∂L/∂s) / 2"), "The shapes fit"),
    (gradient_of_W3.q3, weights("(a.T @ ∂L/∂s) ⊙ (b.T @ ∂L/∂s)"), "The shapes fit"),
    (gradient_of_W3.q3, weights("(a ⊙ b).T @ ∂L/∂s"), "The shapes fit"),
    (gradient_of_W3.q3, weights("a.T @ ∂L/∂s − b.T @ ∂L/∂s"), "The shapes fit"),
    (gradient_of_W3.q3, weights("∂L/∂s.T @ (a + b)"), "1 of 2 lines hold"),
    (gradient_of_W3.q3, weights("(a + b) @ ∂L/∂s"), "1 of 2 lines hold"),
    (gradient_of_W3.q3, weights("a.T @ ∂L/∂s @ b.T"), "1 of 2 lines hold"),
    (gradient_of_W3.q3, weights("a.T @ s + b.T @ s"), "1 of 2 lines hold"),
    (gradient_of_W3.q3, weights("s.T @ ∂L/∂s"), "1 of 2 lines hold"),  # as h2ᵀ δ3, the name alone
    (gradient_of_W3.q3, with_line("s − t", "t − s"), "0 of 2 lines hold"),
    (gradient_of_W3.q3, with_line("s − t", "2 (s − t)"), "0 of 2 lines hold"),
    (gradient_of_W3.q3, with_line("s − t", "½ (s − t)²"), "0 of 2 lines hold"),
    (gradient_of_W3.q3, with_line("s − t", "(s − t) ⊙ s ⊙ (1 − s)"), "0 of 2 lines hold"),
    (  # each path is held against the answer by itself
        gradient_of_W3.q3,
        "my_lines = '''du = u − t\ndv = v − t\ndW = a.T @ du + b.T @ dv'''",
        "0 of 3 lines hold",
    ),
    (
        gradient_of_W3.q3,
        "my_lines = '''ds = s − t\ndu = ds / 2\ndv = ds / 2\ndW = a.T @ du + b.T @ dv'''",
        "1 of 4 lines hold",
    ),
]
OTHER_STYLES = [
    (gradient_of_W3.q3, weights("(a + b).T @ ∂L/∂s")),
    (gradient_of_W3.q3, "my_lines = 'dW = (a + b).T @ (s - t)'"),
    (gradient_of_W3.q3, "my_lines = 'dW = (a + b).T @ (a @ W + b @ W - t)'"),
    (
        gradient_of_W3.q3,
        "my_lines = '''s.grad = s - t\nu.grad = s.grad\nv.grad = s.grad\n"
        "W.grad = a.T @ u.grad + b.T @ v.grad'''",
    ),
    (gradient_of_W3.q3, "my_lines = '''δ = s - t\ndW[d, k] = (a[d] + b[d]) * δ[k]'''"),
    (gradient_of_W3.q3, weights("(a.T @ ∂L/∂s + b.T @ ∂L/∂s) / B")),
    (gradient_of_W3.q1, "derivative = dL_dh = np.array([6, -4, 7]) @ [2, -1, 4]"),
    (gradient_of_W3.q2, "dW3_on_paper = np.outer([1, 2], [3, 0, -1])"),
    (gradient_of_W3.q2, "dW3_on_paper = [[3, 0, -1], [6, 0, -2]]"),
    (gradient_of_W3.earlier_q4, "what_is_zero = ' A) '"),
    (gradient_of_W3.earlier_q5, LOOP.format("+=")),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.einsum('bj,bk->jk', h2, z3 - y)")),
    (gradient_of_W3.earlier_q5, GRADIENT.format("np.einsum('bj,bk->jk', h2, z3 - y).tolist()")),
    (gradient_of_W3.earlier_q5, GRADIENT.format("((z3 - y).T @ h2).T")),
    (gradient_of_W3.earlier_q5, GRADIENT.format("h2.T @ z3 - h2.T @ y")),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("sum(np.outer(h, z - t) for h, z, t in zip(h2, z3, y))"),
    ),
    (
        gradient_of_W3.earlier_q5,
        GRADIENT.format("h2.T.astype(np.float32) @ (z3.astype(np.float32) - y.astype('f'))"),
    ),
]
