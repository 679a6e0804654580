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
RIGHT = "delta3 @ W3.T * h2 * (1 - h2)"
LINES = """my_lines = '''
∂L/∂z = z − y
∂L/∂o = ∂L/∂z ⊙ (1 − z²)
∂L/∂V = a.T @ ∂L/∂o
∂L/∂a = ∂L/∂o @ V.T
∂L/∂U = x.T @ ∂L/∂a
'''
"""


def with_line(old: str, new: str) -> str:
    """The lines of the solution, one of them altered."""
    assert old in LINES
    return LINES.replace(old, new)


WRONG = [
    (
        gradient_of_W2.earlier_q1,
        "slope_at_08 = np.exp(-0.8) / (1 + np.exp(-0.8)) ** 2",
        "derivative at z = 0.8",
    ),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 1 / (1 + np.exp(-0.8))", "a value"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.36", "derivative of tanh"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.2", "factor h is missing"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.25", "largest slope"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = -0.16", "sign"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[5.0, 4.0, 1.0]])", "signs of δ3"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3.0, 0.0, -1.0]])", "second path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-2.0, -4.0, -2.0]])", "first path"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([1.0, -4.0, -3.0])", "brackets"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[1.0], [-4.0], [-3.0]])", "column"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[3, -2], [0, -4], [-1, -2]])", "entry by entry"),
    (gradient_of_W2.earlier_q3, "which_W3 = 'a'", "old W3"),
    (gradient_of_W2.earlier_q3, "which_W3 = 'c'", "numbers differ"),
    (gradient_of_W2.earlier_q4, DELTA2.format("delta3 @ W3.T"), "activation is missing"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3) * h2 * (1 - h2)"), "not transposed"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2**2)"), "of tanh"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2"), "(1 − h2) is missing"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2 * (h2 - 1)"), "turned round"),
    (gradient_of_W2.earlier_q4, DELTA2.format("h2 * (1 - h2)"), "alone"),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("delta3 * h2 * (1 - h2)"),
        "not taken back through W3",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("(s := 1 / (1 + np.exp(-h2))) * (1 - s) * (delta3 @ W3.T)"),
        "without another sigmoid",
    ),
    (gradient_of_W2.q3, TANH.format("(delta3 @ W3.T) * (1 - h2**2)"), "that is δ2"),
    (gradient_of_W2.q3, TANH.format("((delta3 @ W3.T) * (1 - h2**2)).T @ h1"), "transpose"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * h2 * (1 - h2))"), "of the sigmoid"),
    (gradient_of_W2.q3, TANH.format("h1.T @ (delta3 @ W3.T)"), "activation is missing"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2))"), "square is missing"),
    (gradient_of_W2.q3, TANH.format("h2.T @ ((delta3 @ W3.T) * (1 - h2**2))"), "h2 was used"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3) * (1 - h2**2))"), "not transposed"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[-1.0, 4.0, 3.0]])", "all signs"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(W3 @ delta3.T) * (h2 * (1 - h2)).T"), "a column"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h1**2))"), "1 − h1²"),
    (
        gradient_of_W2.q3,
        TANH.format("h1 @ delta3"),
        "the left factor has 3 columns, the right one 1",
    ),
    (
        gradient_of_W2.earlier_q4,
        "def back_to_delta2(delta3, W3, h2):\n    h2 *= 1 - h2\n    return (delta3 @ W3.T) * h2",
        "h2 was changed in place",
    ),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.8 * 1 - 0.8", "brackets"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = (1 - 0.8) ** 2", "(1 − h)²"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.8", "the value and not"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = np.log(4)", "that is z;"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.64", "that is h²"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.8 * 1.8", "mind the sign"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = '0.16'", "a number"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.32", "a factor 2 is too much"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.08", "that is not it"),
    (gradient_of_W2.q2, "dh2_on_paper = [[2.0, -4.0, -3.0]]", "the numbers are not"),
    (gradient_of_W2.q2, "dh2_on_paper = -6", "sum over the units"),
    (gradient_of_W2.q2, "dh2_on_paper = [[-4, -2, 0]]", "both factors were summed"),
    (gradient_of_W2.q2, "dh2_on_paper = [[4, 2, 0]]", "without δ3"),
    (gradient_of_W2.q2, "dh2_on_paper = [[0.5, -2, -1.5]]", "averaged"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, -1]]", "the minus of −1 in W3"),
    (gradient_of_W2.q2, "dh2_on_paper = [['1', '-4', '-3']]", "array of numbers"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * (1 - h2)**2"), "(1 − h2)²"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2 * 1 - h2"), "brackets"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * (h2 * 1 - h2)"), "brackets"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2 * h2"), "that is h2²"),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("(delta3 @ W3.T) * (1 - h2)"),
        "factor h2 is missing",
    ),
    (gradient_of_W2.earlier_q4, DELTA2.format("2 * (delta3 @ W3.T) * h2 * (1 - h2)"), "a factor 2"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2 * (1 - h2) / 2"), "a factor ½"),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("(delta3 * h2 * (1 - h2)) @ W3.T"),
        "where you arrive",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("delta3.sum(1, keepdims=True) * W3.sum(1) * h2 * (1 - h2)"),
        "summed before",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("delta3 @ W3.T * h2 * (1 - h2) / W3.shape[1]"),
        "averaged",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("(delta3 @ W3.T) * h2 * (1 - h2) / 3"),
        "No single slip",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("W3[:, 0] * delta3[:, :1] * h2 * (1 - h2)"),
        "first output",
    ),
    (gradient_of_W2.earlier_q4, LOOP.format("="), "write +="),
    (gradient_of_W2.earlier_q4, LOOP.format("-="), "the sign"),
    (gradient_of_W2.earlier_q4, DELTA2.format("np.ones(3)"), "the same for other arguments"),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("(delta3 @ W3.T) @ (h2 * (1 - h2))"),
        "your code stopped at a product @",
    ),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("delta3[:1] @ W3.T * h2 * (1 - h2)"),
        "δ3 was taken of the",
    ),
    *[
        (
            gradient_of_W2.earlier_q4,
            DELTA2.format(f"(lambda d2, f: {typed})({RIGHT}, h2 * (1 - h2))"),
            slip,
        )
        for typed, slip in (
            ("d2 * f", "stands there twice"),
            ("d2 / f / f", "it was divided by f′"),
            ("d2 / f * (1 - 2 * h2)", "1 − 2 h2"),
            ("d2 / f * (1 - np.tanh(h2) ** 2)", "once more"),
            ("h2 * 1 - h2 * d2 / f", "which multiplies"),
            ("-d2", "the sign"),
            ("h2.T @ delta3", "as for the gradient of W3"),
            ("d2 / len(h2)", "divided by the number of examples"),
            ("d2.sum(0)", "added up over the examples"),
            ("d2.sum(0, keepdims=True)", "added up over the examples"),
            ("d2.mean(0)", "the mean over the examples"),
            ("d2.mean(0, keepdims=True)", "the mean over the examples"),
            ("d2[:1]", "only the first example"),
            ("d2[0]", "without its row"),
            ("d2[-1:]", "only the last example"),
            ("d2[-1]", "only the last example is there, without"),
            ("d2.ravel()", "one row of all examples"),
            ("d2 * (np.arange(len(h2)) == 0)[:, None]", "right for one example"),
            ("d2 / f * h2[:1] * (1 - h2[:1])", "f′(z2) was taken of the first"),
            ("(delta3[:, :-1] @ W3[:, :-1].T) * f", "the path to the last output is left out"),
            ("(delta3[:, 1:] @ W3[:, 1:].T) * f", "the path to the first output is left out"),
            ("(delta3[:, :2] @ W3[:, :2].T) * f", "No single slip"),
            ("np.round(d2, 3)", "rounded"),
            ("(d2, f)", "return δ2 alone"),
            ("delta3 @ W3.T * delta3 * (1 - delta3)", "another h2 changes nothing"),
            ("h2^2", "^ is no power in Python"),
        )
    ],
    (
        gradient_of_W2.earlier_q4,
        DELTA2.replace("delta3, W3, h2", "h2, W3, delta3").format("h2"),
        "exchang",
    ),
    *[
        (gradient_of_W2.q3, TANH.format(f"(lambda back: {typed})(delta3 @ W3.T)"), slip)
        for typed, slip in (
            ("-h1.T @ (back * (1 - h2**2))", "the sign"),
            ("h1.T @ (back * (1 - h2**2) ** 2)", "stands there twice"),
            ("h1.T @ (back * (1 - h2 * 2))", "the square is h2**2"),
            ("h1.T @ (back * h2 * (1 - h2**2))", "h2 is too much"),
            ("h1.T @ (back / (1 - h2**2))", "it was divided by f′"),
            ("(h1 * (1 - h1**2)).T @ (back * (1 - h2**2))", "1 − h1² is too much"),
            ("(h1 * (1 - h1**2)).T @ back", "and f′(z2) is not"),
            ("(1 - h1**2).T @ (back * (1 - h2**2))", "stands where h1 belongs"),
            ("h1.T @ back * 1 - h2**2", "around 1 - h2**2"),
            ("h2.T @ delta3", "h2ᵀ δ3, the gradient of W3"),
            ("h2.T @ (back * (1 - h1**2))", "exchange them"),
            ("(h1.T @ (back * (1 - h2**2))).ravel()", "one after the other"),
            ("(h1.T @ (back * (1 - h2**2))).sum()", "sum of all entries"),
            ("h1.T @ (back * (1 - h2**2)) / W3.shape[1]", "averaged"),
            ("h1.T @ (back * (1 - h2**2)) / h1.shape[1]", "No single slip"),
            ("h1.T @ (delta3.sum() * (1 - h2**2))", "before W3"),
            ("np.ones((3, 1)) @ (back * (1 - h2**2))", "another h1 changes nothing"),
            ("np.round(h1.T @ (back * (1 - h2**2)), 2)", "rounded"),
            ("(h1, back)", "return the gradient of W2 alone"),
            ("h1.T @ (back * (1 - h2^2))", "^ is no power in Python"),
        )
    ],
    (gradient_of_W2.q3, TANH.replace("h2, h1", "h1, h2").format("h1"), "are exchanged"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.2139", "derivative at z = 0.8"),  # rounded
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.21", "derivative at z = 0.8"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 1.386", "that is z; the derivative"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 1 - np.tanh(0.8) ** 2", "1 − tanh² 0.8"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.664", "tanh 0.8"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.128", "h once is enough"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = -0.6", "1 − 2h"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, 3]]", "(−1) + (−2) is −3"),
    (gradient_of_W2.q2, "dh2_on_paper = [[5, -4, -3]]", "the first unit"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, 4, -3]]", "the second unit"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, 1]]", "the third unit"),
    (gradient_of_W2.q2, "dh2_on_paper = [[2, -8, -6]]", "a factor 2"),
    (gradient_of_W2.q2, "dh2_on_paper = [[-3, -4, 1]]", "opposite order"),
    (gradient_of_W2.q2, "dh2_on_paper = [[2, -3]]", "three numbers, one for each row"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, 0]]", "Right are 2 of 3 entries."),
    (gradient_of_W2.q3, TANH_LOOP.format("="), "write +="),
    (
        gradient_of_W2.q3,
        TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2)**2)"),
        "only h2 is squared",
    ),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * 1 - h2**2)"), "brackets"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * h2**2)"), "h2² alone"),
    (gradient_of_W2.q3, TANH.format("2 * h1.T @ ((delta3 @ W3.T) * (1 - h2**2))"), "a factor 2"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - h2**2)) / 2"), "a factor ½"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * (h2**2 - 1))"), "turned round"),
    (gradient_of_W2.q3, TANH.format("h1.T @ (delta3 * (1 - h2**2))"), "not taken back"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 * (1 - h2**2)) @ W3.T)"), "where you arrive"),
    (
        gradient_of_W2.q3,
        TANH.format("h1.T @ ((delta3 @ W3.T) * (1 - np.tanh(h2)**2))"),
        "without another tanh",
    ),
    (gradient_of_W2.q3, TANH.format("np.eye(3)"), "the same for other arguments"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) * (1 + h2**2))"), "mind the sign"),
    (gradient_of_W2.q3, TANH.format("h1.T @ ((delta3 @ W3.T) + (1 - h2**2))"), "was added"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) * h2 * (1 + h2)"), "mind the sign"),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T) + h2 * (1 - h2)"), "was added"),
    (gradient_of_W2.q4, "my_lines = 3", "a text is needed, not an int"),
    (gradient_of_W2.q4, with_line("z − y", "y − z"), "0 of 5 lines hold"),
    (gradient_of_W2.q4, with_line("∂L/∂o @ V.T", "∂L/∂o ⊙ V.T"), "are taken entry"),
    (gradient_of_W2.q4, "my_lines = [['dV = h.T @ (z - y)']]", "a text is needed"),
    (gradient_of_W2.q4, "my_lines = 'W3.grad = h2.T @ δ3'", "0 of"),
    (gradient_of_W2.q4, "my_lines = 'dV = h.T @ (z - y)'", "No line says what U.grad is."),
    (gradient_of_W2.q4, with_line("z − y", "y − z"), "does not hold"),
    (gradient_of_W2.q4, with_line("z − y", "2 (z − y)"), "does not hold"),
    (gradient_of_W2.q4, with_line("a.T @ ∂L/∂o", "∂L/∂o.T @ a"), "does not hold"),
    (gradient_of_W2.q4, with_line("V.T", "V"), "does not hold"),
    (gradient_of_W2.q4, with_line(" ⊙ (1 − z²)", ""), "does not hold"),
    (gradient_of_W2.q4, with_line("(1 − z²)", "z (1 − z)"), "does not hold"),
    (gradient_of_W2.q4, with_line("(1 − z²)", "(1 − z)²"), "does not hold"),
    (gradient_of_W2.q4, with_line("(1 − z²)", "(1 − o²)"), "does not hold"),
    (gradient_of_W2.q4, with_line("x.T @ ∂L/∂a", "x.T @ ∂L/∂o"), "does not hold"),
    (gradient_of_W2.q4, with_line("x.T @ ∂L/∂a", "a.T @ ∂L/∂a"), "does not hold"),
    (gradient_of_W2.q4, with_line("∂L/∂o @ V.T", "V @ ∂L/∂o"), "does not hold"),
    (gradient_of_W2.q4, with_line("∂L/∂o @ V.T", "∂L/∂o @ V.T ⊙ (1 − a²)"), "does not hold"),
    (gradient_of_W2.q4, with_line("a.T @ ∂L/∂o", "a.T @ ∂L/∂z"), "does not hold"),
    (gradient_of_W2.q4, with_line("∂L/∂U = x.T @ ∂L/∂a", "∂L/∂U = ∂L/∂U"), "uses its own answer"),
    (gradient_of_W2.q4, with_line("x.T @ ∂L/∂a", "x.T @ ∂L/∂a / 2"), "does not hold"),
    # One example is asked for: V.grad without / B holds, and U.grad goes on from a.grad.
    (
        gradient_of_W2.q4,
        "my_lines = '''z.grad = z - y\no.grad = z.grad * (1 - z**2)\nV.grad = a.T @ o.grad\n"
        "a.grad = o.grad @ V\nU.grad = x.T @ a.grad'''",
        "3 of 5 lines hold",
    ),
]
OTHER_STYLES = [
    (gradient_of_W2.earlier_q1, "slope_at_08 = 0.8 - 0.8**2"),
    (gradient_of_W2.earlier_q1, "slope_at_08 = np.float32(0.16)"),
    (gradient_of_W2.q2, "dh2_on_paper = [[1, -4, -3]]"),
    (gradient_of_W2.q2, "dh2_on_paper = np.array([[1, -2]]) @ np.array([[3, 0, -1], [1, 2, 1]])"),
    (gradient_of_W2.earlier_q4, LOOP.format("+=")),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("np.einsum('bk,jk->bj', delta3, W3) * (h2 - h2 * h2)"),
    ),
    (gradient_of_W2.earlier_q4, DELTA2.format("(delta3 @ W3.T * h2 * (1 - h2)).tolist()")),
    (gradient_of_W2.earlier_q4, DELTA2.format("(W3 @ delta3.T).T * h2 * (1 - h2)")),
    (
        gradient_of_W2.earlier_q4,
        DELTA2.format("delta3.astype('f') @ W3.T.astype('f') * h2.astype('f') * (1 - h2)"),
    ),
    (gradient_of_W2.q3, TANH_LOOP.format("+=")),
    (gradient_of_W2.q3, TANH.format("h1.T * ((delta3 @ W3.T) * (1 - h2 * h2))")),
    (gradient_of_W2.q3, TANH.format("np.outer(h1, delta3 @ W3.T - (delta3 @ W3.T) * h2**2)")),
    (gradient_of_W2.q3, TANH.format("(((delta3 @ W3.T) * (1 - h2) * (1 + h2)).T @ h1).T")),
    (gradient_of_W2.q4, with_line("(1 − z²)", "f′(o)")),
    (
        gradient_of_W2.q4,
        "my_lines = 'do = (z - y) * (1 - z**2)\\ndV = a.T @ do\\ndU = x.T @ do @ V.T'",
    ),
    (gradient_of_W2.q4, LINES.replace("∂L/∂", "d")),
    (
        gradient_of_W2.q4,
        "my_lines = '''δz = z - y\nδo = δz * (1 - z * z)\nV.grad = aᵀ δo\nδa = δo Vᵀ\n"
        "U.grad = xᵀ δa'''",
    ),
    (
        gradient_of_W2.q4,
        "my_lines = '''z.grad = z - y\no.grad = z.grad * (1 - z**2)\n"
        "V.grad = a.T @ o.grad / B\na.grad = o.grad @ V.T\nU.grad = x.T @ a.grad / B'''",
    ),
    (
        gradient_of_W2.q4,
        "my_lines = '''z.grad = (z - y) / B\no.grad = z.grad * (1 - z**2)\n"
        "V.grad = a.T @ o.grad\na.grad = o.grad @ V.T\nU.grad = x.T @ a.grad'''",
    ),
]


NOTES = "my_notes = '''\nz3.grad = z3 − y\nW3.grad = h2.T @ z3.grad\n'''"
PATHS = "paths_of_unit_1 = "
HIDES = "W3_that_hides_it = "


def h2_is(line: str) -> str:
    return f'h2_line = "h2.grad = {line}"'


def z2_is(line: str) -> str:
    return f'z2_line = "z2.grad = {line}"'


def W2_is(line: str) -> str:
    return f'W2_line = "W2.grad = {line}"'


WRONG += [
    (gradient_of_W2.notes, NOTES.replace("z3 − y", "y − z3"), "δ3 = y − z3         does not hold"),
    (gradient_of_W2.notes, NOTES.replace("h2.T", "h2"), "do not fit"),
    (gradient_of_W2.notes, NOTES.replace("h2.T @ z3.grad", "z3.grad.T @ h2"), "gives (5, 8)"),
    (gradient_of_W2.notes, "my_notes = 'W3.grad = h2.T @ (z3 − y)'", "what z3.grad is"),
    (gradient_of_W2.notes, "my_notes = 'z3.grad = z3 − y'", "what W3.grad is"),
    (gradient_of_W2.notes, NOTES.replace("z3 − y", "W3.grad / h2.T"), "uses its own answer"),
    (gradient_of_W2.paths, PATHS + "7.4224", "added already"),
    (gradient_of_W2.paths, PATHS + "[4.2614, 3.1611]", "exchanged"),
    (gradient_of_W2.paths, PATHS + "[-0.6704, 0.9658]", "of unit 0"),
    (gradient_of_W2.paths, PATHS + "[-2.1171 * 0.5105, 1.8916 * 2.2527]", "column 1 of W3"),
    (gradient_of_W2.paths, PATHS + "[-1.4931, 2.2527]", "weights alone"),
    (gradient_of_W2.paths, PATHS + "[-1.6776, 1.4990]", "row 1 of ∂L/∂W3"),
    (gradient_of_W2.paths, PATHS + "[-3.1611, 4.2614]", "minus times minus"),
    (gradient_of_W2.paths, PATHS + "[-1.1171 * -1.4931, 1.8916 * 2.2527]", "z3 was taken"),
    (
        gradient_of_W2.paths,
        PATHS + "[-2.1171 * 2.2527, 1.8916 * -1.4931]",
        "weights were exchanged",
    ),
    (gradient_of_W2.h2_line, h2_is("δ3 @ W3.T"), "Which principle carries it?"),
    (gradient_of_W2.h2_line, h2_is("δ3 @ W3  # add over paths"), "do not fit"),
    (gradient_of_W2.h2_line, h2_is("W3 @ δ3.T  # add over paths"), "gives (8, 2)"),
    (gradient_of_W2.h2_line, h2_is("δ3 @ W3.T  # what came in"), "does not carry it"),
    (gradient_of_W2.h2_line, h2_is("δ3 @ W3.T  # f′ at arrival"), "does not carry it"),
    (gradient_of_W2.h2_line, h2_is("δ3 * W3.T  # multiply along a path"), "entry by entry"),
    (gradient_of_W2.h2_line, h2_is("h2.grad  # add over paths"), "uses its own answer"),
    # true, and no way to find it:
    (
        gradient_of_W2.h2_line,
        h2_is("z2.grad / (h2 * (1 - h2))  # add over paths"),
        "gradient of z2",
    ),
    (
        gradient_of_W2.h2_line,
        "h2_line = 'z2.grad = (δ3 @ W3.T) * f′(z2)  # add'",
        "what h2.grad is",
    ),
    (
        gradient_of_W2.z2_line,
        z2_is("h2.grad * h2 * (1 - h2)  # add over paths"),
        "does not carry it",
    ),
    (gradient_of_W2.z2_line, z2_is("h2.grad  # f′ at arrival"), "does not hold"),
    (gradient_of_W2.z2_line, z2_is("h2.grad @ h2 * (1 - h2)  # f′ at arrival"), "do not fit"),
    (gradient_of_W2.z2_line, z2_is("h2.grad * z2 * (1 - z2)  # f′ at arrival"), "does not hold"),
    (gradient_of_W2.z2_line, z2_is("h2.grad * f′(h2)  # f′ at arrival"), "does not hold"),
    (gradient_of_W2.z2_line, z2_is("h2.grad * (1 - h2**2)  # f′ at arrival"), "does not hold"),
    (gradient_of_W2.z2_line, z2_is("h1 @ W2.grad / (h1 @ h1.T)  # f′"), "gradient of W2"),
    (gradient_of_W2.W2_line, W2_is("δ2.T @ h1  # what came in"), "gives (8, 9)"),
    (gradient_of_W2.W2_line, W2_is("h2.T @ δ2  # what came in"), "gives (8, 8)"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ3  # what came in"), "gives (9, 5)"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ h2.grad  # what came in"), "does not hold"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ2  # add over paths"), "does not carry it"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ2  # f′ at arrival"), "does not carry it"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ2  # mean"), "it takes no mean"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ2  # what came in, mean"), "it takes no mean"),
    (gradient_of_W2.q1, HIDES + "[[1, 2], [3, 4]]", "row 0 of W3.T, (1, 3)"),
    (gradient_of_W2.q1, HIDES + "[[1, 2], [-2, 1]]", "row 0 of W3.T, (1, -2)"),
    (gradient_of_W2.q1, HIDES + "np.eye(2)", "diagonal"),
    (gradient_of_W2.q1, HIDES + "np.zeros((2, 2))", "diagonal"),
    (gradient_of_W2.q1, HIDES + "np.ones((3, 3))", "two rows and two columns"),
    (gradient_of_W2.q1, HIDES + "[[1.0, np.nan], [np.nan, 1.0]]", "NaN"),
    (gradient_of_W2.q4, "my_lines = 'z.grad = z - y\\nV.grad = z.grad.T @ a'", "does not hold"),
]
OTHER_STYLES = [
    *globals().get("OTHER_STYLES", []),
    (gradient_of_W2.notes, "my_notes = 'δ3 = z3 - y\\ndW3 = h2ᵀ δ3'"),
    (gradient_of_W2.notes, NOTES.replace("h2.T @ z3.grad", "h2.T @ z3.grad / B")),
    (gradient_of_W2.paths, PATHS + "[3.16, 4.26]"),
    (gradient_of_W2.paths, PATHS + "np.array([[3.1611, 4.2614]])"),
    (gradient_of_W2.h2_line, "h2_line = '∂L/∂h2 = (z3 − y) W3ᵀ  # multiply, add'"),
    (gradient_of_W2.h2_line, h2_is("δ3 @ W3.T  # multiply along a path")),
    (gradient_of_W2.z2_line, "z2_line = 'δ2 = (δ3 @ W3.T) ⊙ f′(z2)  # f′ at arrival'"),
    (gradient_of_W2.W2_line, "W2_line = '∂L/∂W2_ij = h1_i δ2_j  # what came in'"),
    (gradient_of_W2.W2_line, W2_is("h1.T @ z2.grad / B  # what came in, mean")),
    (gradient_of_W2.W2_line, W2_is("h1.T @ (δ2 / len(x))  # mean")),
    (gradient_of_W2.W2_line, W2_is("h1.T @ δ2  # multiply along a path")),
    (gradient_of_W2.q1, HIDES + "np.array([[0, 1], [1, 0]])"),
]
