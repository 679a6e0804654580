"""Wrong answers to the questions of lesson 04, and how each slip is named."""

from course_exercises import gradient_of_W2

DELTA2 = """
def back_to_delta2(delta3, W3, h2):
    return {}
"""
TANH = """
def gradient_of_W2_with_tanh(delta3, W3, h2, h1):
    return {}
"""
LOOP = """
def back_to_delta2(delta3, W3, h2):
    back = np.zeros(h2.shape)
    for b in range(len(h2)):
        for j in range(len(W3)):
            for k in range(W3.shape[1]):
                back[b, j] {} delta3[b, k] * W3[j, k]
    return back * h2 * (1 - h2)
"""
TANH_LOOP = """
def gradient_of_W2_with_tanh(delta3, W3, h2, h1):
    back = np.zeros(h2.shape)
    for j in range(len(W3)):
        for k in range(W3.shape[1]):
            back[0, j] {} delta3[0, k] * W3[j, k]
    return np.outer(h1, back * (1 - h2**2))
"""
LINES = """my_lines = '''
∂L/∂z = z − y
∂L/∂V = h.T @ ∂L/∂z
∂L/∂h = ∂L/∂z @ V.T
∂L/∂a = ∂L/∂h ⊙ (1 − h²)
∂L/∂U = x.T @ ∂L/∂a
'''
"""


def with_line(old: str, new: str) -> str:
    """The lines of the solution, one of them altered."""
    assert old in LINES
    return LINES.replace(old, new)


WRONG = [
    (
        gradient_of_W2.q1,
        "slope_at_08 = np.exp(-0.8) / (1 + np.exp(-0.8)) ** 2",
        "derivative at z = 0.8",
    ),
    (gradient_of_W2.q1, "slope_at_08 = 1 / (1 + np.exp(-0.8))", "a value"),
    (gradient_of_W2.q1, "slope_at_08 = 0.36", "derivative of tanh"),
    (gradient_of_W2.q1, "slope_at_08 = 0.2", "factor h is missing"),
    (gradient_of_W2.q1, "slope_at_08 = 0.25", "largest slope"),
    (gradient_of_W2.q1, "slope_at_08 = -0.16", "sign"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[5.0, 4.0, 1.0]])", "signs of δ3"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3.0, 0.0, -1.0]])", "second path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-2.0, -4.0, -2.0]])", "first path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([1.0, -4.0, -3.0])", "brackets"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[1.0], [-4.0], [-3.0]])", "column"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3, -2], [0, -4], [-1, -2]])", "entry by entry"),
    (gradient_of_W2.q3, "which_W3 = 'a'", "old W3"),
    (gradient_of_W2.q3, "which_W3 = 'c'", "numbers differ"),
    (gradient_of_W2.q4, DELTA2.format("delta3 @ W3.T"), "activation is missing"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3) * h2 * (1 - h2)"), "not transposed"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2**2)"), "of tanh"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2"), "(1 − h2) is missing"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * (h2 - 1)"), "turned round"),
    (gradient_of_W2.q4, DELTA2.format("h2 * (1 - h2)"), "alone"),
    (gradient_of_W2.q4, DELTA2.format("delta3 * h2 * (1 - h2)"), "not taken back through W3"),
    (
        gradient_of_W2.q4,
        DELTA2.format("(s := 1 / (1 + np.exp(-h2))) * (1 - s) * (delta3 @ W3.T)"),
        "without another sigmoid",
    ),
    (gradient_of_W2.q5, TANH.format("(delta3 @ W3.T) * (1 - h2**2)"), "that is δ2"),
    (gradient_of_W2.q5, TANH.format("((delta3 @ W3.T) * (1 - h2**2)).T @ h1"), "transpose"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * h2 * (1 - h2))"), "of the sigmoid"),
    (gradient_of_W2.q5, TANH.format("h1.T @ (delta3 @ W3.T)"), "activation is missing"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2))"), "square is missing"),
    (gradient_of_W2.q5, TANH.format("h2.T @ ((delta3 @ W3.T) * (1 - h2**2))"), "h2 was used"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3) * (1 - h2**2))"), "not transposed"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-1.0, 4.0, 3.0]])", "all signs"),
    (gradient_of_W2.q4, DELTA2.format("(W3 @ delta3.T) * (h2 * (1 - h2)).T"), "a column"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h1**2))"), "1 − h1²"),
    (
        gradient_of_W2.q5,
        TANH.format("h1 @ delta3"),
        "the left factor has 3 columns, the right one 1",
    ),
    (
        gradient_of_W2.q4,
        "def back_to_delta2(delta3, W3, h2):\n    h2 *= 1 - h2\n    return (delta3 @ W3.T) * h2",
        "h2 was changed in place",
    ),
    (gradient_of_W2.q1, "slope_at_08 = 0.8 * 1 - 0.8", "brackets"),
    (gradient_of_W2.q1, "slope_at_08 = (1 - 0.8) ** 2", "(1 − h)²"),
    (gradient_of_W2.q1, "slope_at_08 = 0.8", "the value and not"),
    (gradient_of_W2.q1, "slope_at_08 = np.log(4)", "that is z;"),
    (gradient_of_W2.q1, "slope_at_08 = 0.64", "that is h²"),
    (gradient_of_W2.q1, "slope_at_08 = 0.8 * 1.8", "mind the sign"),
    (gradient_of_W2.q1, "slope_at_08 = '0.16'", "a number"),
    (gradient_of_W2.q1, "slope_at_08 = 0.32", "that is not it"),
    (gradient_of_W2.q1, "slope_at_08 = 0.08", "that is not it"),
    (gradient_of_W2.q2, "dh2_on_paper = [[2.0, -4.0, -3.0]]", "the numbers are not"),
    (gradient_of_W2.q2, "dh2_on_paper = -6", "sum over the units"),
    (gradient_of_W2.q2, "dh2_on_paper = [[-4, -2, 0]]", "both factors were summed"),
    (gradient_of_W2.q2, "dh2_on_paper = [[4, 2, 0]]", "without δ3"),
    (gradient_of_W2.q2, "dh2_on_paper = [[0.5, -2, -1.5]]", "averaged"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, -1]]", "the minus of −1 in W3"),
    (gradient_of_W2.q2, "dh2_on_paper = [['1', '-4', '-3']]", "array of numbers"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2)**2"), "(1 − h2)²"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * 1 - h2"), "brackets"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * (h2 * 1 - h2)"), "brackets"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * h2"), "that is h2²"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2)"), "factor h2 is missing"),
    (gradient_of_W2.q4, DELTA2.format("2 * (delta3 @ W3.T) * h2 * (1 - h2)"), "a factor 2"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * (1 - h2) / 2"), "a factor ½"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 * h2 * (1 - h2)) @ W3.T"), "where you arrive"),
    (
        gradient_of_W2.q4,
        DELTA2.format("delta3.sum(1, keepdims=True) * W3.sum(1) * h2 * (1 - h2)"),
        "summed before",
    ),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * (1 - h2) / 3"), "averaged"),
    (gradient_of_W2.q4, DELTA2.format("W3[:, 0] * delta3[:, :1] * h2 * (1 - h2)"), "first output"),
    (gradient_of_W2.q4, LOOP.format("="), "write +="),
    (gradient_of_W2.q4, LOOP.format("-="), "the sign"),
    (gradient_of_W2.q4, DELTA2.format("np.ones(3)"), "the same for other arguments"),
    (
        gradient_of_W2.q4,
        DELTA2.format("(delta3 @ W3.T) @ (h2 * (1 - h2))"),
        "your code stopped at a product @",
    ),
    (gradient_of_W2.q4, DELTA2.format("delta3[:1] @ W3.T * h2 * (1 - h2)"), "numbers are not"),
    (gradient_of_W2.q5, TANH_LOOP.format("="), "write +="),
    (
        gradient_of_W2.q5,
        TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2)**2)"),
        "only h2 is squared",
    ),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * 1 - h2**2)"), "brackets"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * h2**2)"), "h2² alone"),
    (gradient_of_W2.q5, TANH.format("2 * h1.T @ ((delta3 @ W3.T) * (1 - h2**2))"), "a factor 2"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2**2)) / 2"), "a factor ½"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (h2**2 - 1))"), "turned round"),
    (gradient_of_W2.q5, TANH.format("h1.T @ (delta3 * (1 - h2**2))"), "not taken back"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 * (1 - h2**2)) @ W3.T)"), "where you arrive"),
    (
        gradient_of_W2.q5,
        TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - np.tanh(h2)**2))"),
        "without another tanh",
    ),
    (gradient_of_W2.q5, TANH.format("np.eye(3)"), "the same for other arguments"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 + h2**2))"), "mind the sign"),
    (gradient_of_W2.q5, TANH.format("h1.T @ ((delta3 @ W3.T) + (1 - h2**2))"), "was added"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) * h2 * (1 + h2)"), "mind the sign"),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T) + h2 * (1 - h2)"), "was added"),
    (gradient_of_W2.q6, "my_lines = 3", "a text is needed"),
    (gradient_of_W2.q6, "my_lines = [['dV = h.T @ (z - y)']]", "a text is needed"),
    (gradient_of_W2.q6, "my_lines = 'W3.grad = h2.T @ δ3'", "0 of"),
    (gradient_of_W2.q6, "my_lines = 'dV = h.T @ (z - y)'", "No line says what U.grad is."),
    (gradient_of_W2.q6, with_line("z − y", "y − z"), "does not hold"),
    (gradient_of_W2.q6, with_line("z − y", "2 (z − y)"), "does not hold"),
    (gradient_of_W2.q6, with_line("h.T @ ∂L/∂z", "∂L/∂z.T @ h"), "does not hold"),
    (gradient_of_W2.q6, with_line("V.T", "V"), "does not hold"),
    (gradient_of_W2.q6, with_line(" ⊙ (1 − h²)", ""), "does not hold"),
    (gradient_of_W2.q6, with_line("(1 − h²)", "h (1 − h)"), "does not hold"),
    (gradient_of_W2.q6, with_line("(1 − h²)", "(1 − h)²"), "does not hold"),
    (gradient_of_W2.q6, with_line("(1 − h²)", "(1 − a²)"), "does not hold"),
    (gradient_of_W2.q6, with_line("x.T @ ∂L/∂a", "x.T @ ∂L/∂h"), "does not hold"),
    (gradient_of_W2.q6, with_line("x.T @ ∂L/∂a", "h.T @ ∂L/∂a"), "does not hold"),
    (gradient_of_W2.q6, with_line("∂L/∂z @ V.T", "V @ ∂L/∂z"), "does not hold"),
    (gradient_of_W2.q6, with_line("∂L/∂U = x.T @ ∂L/∂a", "∂L/∂U = ∂L/∂U"), "uses its own answer"),
    (gradient_of_W2.q6, with_line("x.T @ ∂L/∂a", "x.T @ ∂L/∂a / 2"), "does not hold"),
    # One example is asked for: V.grad without / B is not held against a wrong line elsewhere.
    (
        gradient_of_W2.q6,
        "my_lines = '''z.grad = z - y\nV.grad = h.T @ z.grad\nh.grad = z.grad @ V\n"
        "a.grad = h.grad * (1 - h**2)\nU.grad = x.T @ a.grad'''",
        "3 of 5 lines hold",
    ),
]
OTHER_STYLES = [
    (gradient_of_W2.q1, "slope_at_08 = 0.8 - 0.8**2"),
    (gradient_of_W2.q1, "slope_at_08 = np.float32(0.16)"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, -3]]"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[1, -2]]) @ np.array([[3, 0, -1], [1, 2, 1]])"),
    (gradient_of_W2.q4, LOOP.format("+=")),
    (gradient_of_W2.q4, DELTA2.format("np.einsum('bk,jk->bj', delta3, W3) * (h2 - h2 * h2)")),
    (gradient_of_W2.q4, DELTA2.format("(delta3 @ W3.T * h2 * (1 - h2)).tolist()")),
    (gradient_of_W2.q4, DELTA2.format("(W3 @ delta3.T).T * h2 * (1 - h2)")),
    (
        gradient_of_W2.q4,
        DELTA2.format("delta3.astype('f') @ W3.T.astype('f') * h2.astype('f') * (1 - h2)"),
    ),
    (gradient_of_W2.q5, TANH_LOOP.format("+=")),
    (gradient_of_W2.q5, TANH.format("h1.T * ((delta3 @ W3.T) * (1 - h2 * h2))")),
    (gradient_of_W2.q5, TANH.format("np.outer(h1, delta3 @ W3.T - (delta3 @ W3.T) * h2**2)")),
    (gradient_of_W2.q5, TANH.format("(((delta3 @ W3.T) * (1 - h2) * (1 + h2)).T @ h1).T")),
    (gradient_of_W2.q6, with_line("(1 − h²)", "f′(a)")),
    (gradient_of_W2.q6, "my_lines = 'dV = h.T @ (z - y)\\ndU = x.T @ ((z-y) @ V.T * (1-h**2))'"),
    (gradient_of_W2.q6, LINES.replace("∂L/∂", "d")),
    (
        gradient_of_W2.q6,
        "my_lines = '''δz = z - y\nV.grad = hᵀ δz\nδh = δz Vᵀ\nδa = δh * (1 - h * h)\n"
        "U.grad = xᵀ δa'''",
    ),
    (
        gradient_of_W2.q6,
        "my_lines = '''z.grad = z - y\nV.grad = h.T @ z.grad / B\nh.grad = z.grad @ V.T\n"
        "a.grad = h.grad * (1 - h**2)\nU.grad = x.T @ a.grad / B'''",
    ),
    (
        gradient_of_W2.q6,
        "my_lines = '''z.grad = (z - y) / B\nV.grad = h.T @ z.grad\nh.grad = z.grad @ V.T\n"
        "a.grad = h.grad * (1 - h**2)\nU.grad = x.T @ a.grad'''",
    ),
]
