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


NUDGED = """
def my_gradients(x, y, W1, W2, W3):
    def loss(weights):
        h = x
        for W in weights[:-1]:
            h = np.tanh(h @ W)
        return 0.5 * ((h @ weights[-1] - y) ** 2).sum()
    weights, gradients = [W1, W2, W3], []
    for W in weights:
        gradient = np.zeros(W.shape)
        for place in np.ndindex(*W.shape):
            step = np.zeros(W.shape)
            step[place] = {}
            up, down = ([V + sign * step if V is W else V for V in weights] for sign in (1, -1))
            gradient[place] = (loss(up) - loss(down)) / (2 * step[place])
        gradients.append(gradient)
    return tuple(gradients)
"""


def way_back(old: str, new: str) -> str:
    """The solution with one line altered."""
    assert old in WAY_BACK
    return WAY_BACK.replace(old, new)


LINES = """my_lines = '''
z.grad = z − y
W.grad = s.T @ z.grad / B
s.grad = z.grad @ W.T
h.grad = s.grad ⊙ c
c.grad = s.grad ⊙ h
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
V.grad = x.T @ c.grad / B
'''
"""


def with_line(old: str, new: str) -> str:
    """The lines of the solution, one of them altered."""
    assert old in LINES
    return LINES.replace(old, new)


def in_both(slope: str) -> str:
    """The solution with this in place of 1 - h**2 in both layers."""
    altered = WAY_BACK
    for layer in "12":
        here = slope.replace("h", f"h{layer}")
        altered = altered.replace(f"(1 - h{layer}**2)", f"({here})")
    return altered


GRADIENTS = "x.T @ delta1, h1.T @ delta2, h2.T @ delta3"
NO_UPDATE = "    delta2 = (delta3 @ W3.T)"
WRONG = [
    *(
        (gradient_of_W1.q1, NUDGED.format(step), "the chain rule has no step ε")
        for step in ("1e-6", "1e-5", "1e-4")
    ),
    (gradient_of_W1.earlier_q1, "shapes = [(6, 5), (2, 5)]", "exchanged: first δ1"),
    (gradient_of_W1.earlier_q1, "shapes = [(5, 2), (6, 5)]", "axes of δ1"),
    (gradient_of_W1.earlier_q1, "shapes = [(1, 5), (6, 5)]", "one row for each"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (5, 6)]", "axes of ∂J/∂W1"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (2, 5)]", "no axis of the examples"),
    (gradient_of_W1.earlier_q1, "shapes = (2, 5)", "that is one shape"),
    (gradient_of_W1.earlier_q1, "shapes = (1, 2)", "two numbers in brackets"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5)]", "list of two shapes"),
    (gradient_of_W1.q1, way_back(" * (1 - h2**2)", ""), "f′(z2) is missing"),
    (gradient_of_W1.q1, way_back(" * (1 - h1**2)", ""), "f′(z1) is missing"),
    (
        gradient_of_W1.q1,
        way_back("(1 - h1**2)", "h1 * (1 - h1)").replace("(1 - h2**2)", "h2 * (1 - h2)"),
        "derivative of the sigmoid",
    ),
    (
        gradient_of_W1.q1,
        way_back("(1 - h1**2)", "(1 - z1**2)").replace("(1 - h2**2)", "(1 - z2**2)"),
        "1 − z²",
    ),
    (
        gradient_of_W1.q1,
        way_back("(1 - h1**2)", "(1 - np.tanh(h1)**2)").replace(
            "(1 - h2**2)", "(1 - np.tanh(h2)**2)"
        ),
        "without another tanh",
    ),
    (gradient_of_W1.q1, way_back("h2 @ W3 - y", "y - h2 @ W3"), "the sign"),
    (gradient_of_W1.q1, way_back("h2 @ W3 - y", "2 * (h2 @ W3 - y)"), "a factor 2"),
    (gradient_of_W1.q1, way_back("h2 @ W3 - y", "h2 @ W3"), "y is missing"),
    (gradient_of_W1.q1, way_back("W3.T", "W3"), "W3 is not transposed"),
    (gradient_of_W1.q1, way_back("W2.T", "W2"), "W2 is not transposed"),
    (
        gradient_of_W1.q1,
        way_back(NO_UPDATE, "    W3 -= 0.1 * h2.T @ delta3\n" + NO_UPDATE),
        "W3 was changed in place",
    ),
    (
        gradient_of_W1.q1,
        way_back(NO_UPDATE, "    W3 = W3 - 0.1 * h2.T @ delta3\n" + NO_UPDATE),
        "W3 was updated too early",
    ),
    (
        gradient_of_W1.q1,
        way_back("x.T @ delta1,", "delta1.T @ x,"),
        "∂L/∂W1: that is the transpose",
    ),
    (gradient_of_W1.q1, way_back("h1.T @ delta2,", "-h1.T @ delta2,"), "∂L/∂W2: the sign"),
    (
        gradient_of_W1.q1,
        way_back(
            "x.T @ delta1, h1.T @ delta2, h2.T @ delta3",
            "h2.T @ delta3, h1.T @ delta2, x.T @ delta1",
        ),
        "wrong order",
    ),
    (gradient_of_W1.q1, way_back("x.T @ delta1,", ""), "three arrays"),
    (gradient_of_W1.q2, "delta2_now = 'b'", "two matrices"),
    (gradient_of_W1.q2, "delta2_now = 'c'", "takes δ3 back"),
    (gradient_of_W1.q3, "which_slip = 'a'", "wrong sign"),
    (gradient_of_W1.q3, "which_slip = 'c'", "no more than 2"),
    (gradient_of_W1.q3, "which_slip = 'd'", "W2 would be wrong too"),
    (gradient_of_W1.earlier_q1, "shapes = [(6, 5), (6, 5)]", "shape of W1"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (1, 5)]", "∂J/∂W1: that is not it"),
    (
        gradient_of_W1.q1,
        way_back("np.tanh(z1)", "1 / (1 + np.exp(-z1))")
        .replace("np.tanh(z2)", "1 / (1 + np.exp(-z2))")
        .replace("(1 - h2**2)", "h2 * (1 - h2)")
        .replace("(1 - h1**2)", "h1 * (1 - h1)"),
        "activation sigmoid",
    ),
    (gradient_of_W1.q1, way_back("h2 @ W3 - y", "np.tanh(h2 @ W3) - y"), "through tanh too"),
    (gradient_of_W1.q1, way_back("(1 - h1**2)", "h1 * (1 - h1)"), "in layer 1"),
    (gradient_of_W1.q1, way_back("h1.T @ delta2,", "h1.T @ delta1 @ np.ones((3, 3)),"), "∂L/∂W2"),
    (
        gradient_of_W1.q1,
        way_back("(delta2 @ W2.T)", "(delta3 @ W3.T @ W2.T)"),
        "on the way to δ1",
    ),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 3), (6, 5)]", "shape of δ3"),
    (gradient_of_W1.earlier_q1, "shapes = [(6, 5), (6, 5)]", "shape of W1"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 6), (6, 5)]", "shape of x"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 4), (6, 5)]", "shape of δ2"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (5, 4)]", "shape of W2"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (2, 6)]", "not the shape of x"),
    (gradient_of_W1.earlier_q1, "shapes = [(2, 5), (2, 6, 5)]", "two numbers in brackets"),
    (gradient_of_W1.earlier_q1, "shapes = ['(2, 5)', '(6, 5)']", "two numbers in brackets"),
    (gradient_of_W1.earlier_q1, "shapes = [10, 30]", "numbers of entries"),
    (gradient_of_W1.q1, way_back("h2.T @ delta3", "h2.T @ (h2 @ W3) - y"), "put brackets"),
    (gradient_of_W1.q1, way_back("h1.T @ delta2", "h2.T @ delta2"), "what came in at W2 is h1"),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "h1.T @ delta1"), "what came in at W1 is x"),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "x.T @ delta2"), "W1 feeds z1"),
    (gradient_of_W1.q1, way_back("h1.T @ delta2", "h1.T @ delta3"), "W2 feeds z2"),
    (gradient_of_W1.q1, way_back("(1 - h2**2)", "(1 - h2) ** 2"), "only h2 is squared"),
    (gradient_of_W1.q1, way_back("(1 - h1**2)", "(1 - h1) ** 2"), "only h1 is squared"),
    (gradient_of_W1.q1, way_back("(1 - h1**2)", "1 - h1**2"), "write (1 - h1**2)"),
    (gradient_of_W1.q1, way_back("(1 - h2**2)", "1 - h2**2"), "write (1 - h2**2)"),
    (gradient_of_W1.q1, way_back("(1 - h1**2)", "(1 - h2**2)"), "1 − h1², not 1 − h2²"),
    (gradient_of_W1.q1, way_back("(1 - h2**2)", "(1 - h1**2)"), "1 − h2², not 1 − h1²"),
    (gradient_of_W1.q1, way_back("@ W3.T) *", "@ W3.T) +"), "was added"),
    (gradient_of_W1.q1, way_back("h2 @ W3 - y", "(h2 @ W3 - y) ** 2 / 2"), "not differentiated"),
    (
        gradient_of_W1.q1,
        way_back("h2 @ W3 - y", "(h2 @ W3 - y) * (1 - (h2 @ W3) ** 2)"),
        "no f′ in δ3",
    ),
    (
        gradient_of_W1.q1,
        way_back("(1 - h2**2)", "(1 - h2) ** 2").replace("(1 - h1**2)", "(1 - h1) ** 2"),
        "only h is squared",
    ),
    (gradient_of_W1.q1, way_back("(1 - h2**2)", "h2 * (1 - h2)"), "in layer 2"),
    (gradient_of_W1.q1, way_back("(1 - h2**2)", "(1 - h2)"), "∂L/∂W2: 1 − h2 instead"),
    *[
        (gradient_of_W1.q1, in_both(slope), words)
        for slope, words in (
            ("h", "h alone is no derivative"),
            ("1 - 2 * h", "the square is h**2"),
            ("1 + h**2", "1 + h²"),
            ("h**2", "h² alone"),
            ("1 - h", "the square is missing"),
            ("(1 - h**2) ** 2", "stands there twice"),
            ("h * (1 - h**2)", "h is too much"),
        )
    ],
    *[
        (gradient_of_W1.q1, way_back(old, new), words)
        for old, new, words in (
            ("(1 - h1**2)", "(1 - z1**2)", "∂L/∂W1: the derivative was computed as 1 − z1²"),
            ("(1 - h2**2)", "(1 - np.tanh(h2)**2)", "∂L/∂W2: h2 is the value already"),
            ("(1 - h1**2)", "(1 - h1**2) ** 2", "∂L/∂W1: 1 − h1² stands there twice"),
            ("(1 - h1**2)", "(1 - 2 * h1)", "∂L/∂W1: 1 − 2h1"),
            ("np.tanh(z1)", "z1", "missing after the first layer"),
            ("np.tanh(z2)", "z2", "missing after the second layer"),
            ("x @ W1", "x @ W1.T", "forward W1 is transposed"),
            ("h1 @ W2", "h1 @ W2.T", "forward W2 is transposed"),
            ("h1 @ W2", "h1 @ W1", "forward W1 was used twice"),
            ("h1 @ W2", "h1 @ W3", "forward W3 was used twice"),
            ("h2 @ W3", "h2 @ W2", "forward W2 was used twice"),
            ("h2 @ W3 - y", "h1 @ W3 - y", "forward h1 stands where h2 belongs"),
            ("@ delta3\n", "@ np.abs(delta3)\n", "∂L/∂W3: the signs of δ3"),
            ("x.T @ delta1", "x.T @ np.abs(delta1)", "∂L/∂W1: the signs of δ1"),
            ("x.T @ delta1", "np.abs(x).T @ delta1", "∂L/∂W1: the signs of x"),
            ("h1.T @ delta2,", "h1.T @ delta2**2,", "∂L/∂W2: δ2 was squared"),
            ("W3.T) * (1", "W3.T) / (1", "∂L/∂W2: it was divided by f′"),
            ("h2 @ W3 - y", "h2 @ W3 + y", "y was added"),
            ("h2 @ W3 - y", "np.abs(h2 @ W3 - y)", "signs of δ3 were lost"),
            ("h2 @ W3 - y", "(h2 @ W3 - y) ** 2", "not (z3 − y)²"),
            ("h2 @ W3 - y", "(h2 @ W3 - y) / y.shape[1]", "mean over the outputs"),
            ("h2 @ W3 - y", "(h2 @ W3 - y) / 3", "No single slip"),
            ("@ W2.T", "@ W3.T", "W3 stands where W2 belongs"),
            ("@ W3.T", "@ W2.T", "W2 stands where W3 belongs"),
            ("(delta2 @ W2.T)", "(delta3 @ W2.T)", "δ3 went back through W2"),
            ("(delta2 @ W2.T)", "(delta3 @ W3.T)", "from δ3 and W3, as δ2 is"),
            ("delta3 @ W3.T", "delta3[:, :1] @ W3[:, :1].T", "through W3 only the path to the fi"),
            ("delta3 @ W3.T", "delta3[:, -1:] @ W3[:, -1:].T", "through W3 only the path to the l"),
            ("delta2 @ W2.T", "delta2[:, :1] @ W2[:, :1].T", "through W2 only the path to the fi"),
            ("delta2 @ W2.T", "delta2[:, -1:] @ W2[:, -1:].T", "through W2 only the path to the l"),
            ("(delta2 @ W2.T)", "delta2.sum() * W2.sum(1)", "W2 was summed before"),
            (GRADIENTS, "h1.T @ delta2, x.T @ delta1, h2.T @ delta3", "wrong order"),
            (GRADIENTS, "h2.T @ delta3, x.T @ delta1, h1.T @ delta2", "wrong order"),
            (GRADIENTS, "delta1, delta2, delta3", "the three δ"),
            (
                GRADIENTS,
                "W1 - 0.1 * x.T @ delta1, W2 - 0.1 * h1.T @ delta2, W3 - 0.1 * h2.T @ delta3",
                "the updated weights",
            ),
            (GRADIENTS, "'g1', 'g2', 'g3'", "not a str"),
            (GRADIENTS, "x.T @ delta1, h1.T @ delta2, 'h2.T @ delta3'", "not a str"),
            ("(x, y, W1, W2, W3)", "(x, y, W3, W2, W1)", "`def` are exchanged"),
            ("(x, y, W1, W2, W3)", "(x, W1, W2, W3)", "must take x, y, W1, W2, W3"),
        )
    ],
    (
        gradient_of_W1.q1,
        way_back("np.tanh(z1)", "z1").replace("np.tanh(z2)", "z2"),
        "missing in both layers",
    ),
    (
        gradient_of_W1.q1,
        way_back("np.tanh(z1)", "z1")
        .replace("np.tanh(z2)", "z2")
        .replace(" * (1 - h2**2)", "")
        .replace(" * (1 - h1**2)", ""),
        "there is no activation",
    ),
    (
        gradient_of_W1.q1,
        way_back("np.tanh(z2)", "z2").replace(" * (1 - h2**2)", ""),
        "missing in the second layer, forward and back",
    ),
    (
        gradient_of_W1.q1,
        way_back("np.tanh(z1)", "1 / (1 + np.exp(-z1))").replace(
            "np.tanh(z2)", "1 / (1 + np.exp(-z2))"
        ),
        "forward goes the sigmoid",
    ),
    (
        gradient_of_W1.q1,
        way_back("(delta2 @ W2.T) * (1 - h1**2)", "(delta2 * (1 - h2**2)) @ W2.T"),
        "taken where you arrive",
    ),
    (
        gradient_of_W1.q1,
        way_back("h2 @ W3 - y", "(np.tanh(h2 @ W3) - y) * (1 - np.tanh(h2 @ W3) ** 2)"),
        "through tanh too, forward and back",
    ),
    (gradient_of_W1.q1, way_back("(delta2 @ W2.T)", "delta2"), "back through W2"),
    (gradient_of_W1.q1, way_back("(delta3 @ W3.T)", "delta3"), "back through W3"),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "2 * x.T @ delta1"), "∂L/∂W1: a factor 2"),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "x.T @ delta1 / 2"), "∂L/∂W1: a factor ½"),
    (
        gradient_of_W1.q1,
        way_back("    delta1 =", "    W2 = W2 - 0.1 * h1.T @ delta2\n    delta1 ="),
        "W2 was updated too early",
    ),
    (
        gradient_of_W1.q1,
        "def my_gradients(x, y, W1, W2, W3):\n    return [np.ones((3, 3))] * 3",
        "the same for other arguments",
    ),
    (gradient_of_W1.q1, way_back("return x.T", "return 'x', x.T"), "three arrays"),
    (gradient_of_W1.q1, way_back("delta1 = (", "delta1 = np.abs("), "∂L/∂W1"),
    (gradient_of_W1.q4, "my_lines = 8", "a text is needed"),
    (gradient_of_W1.q4, "my_lines = 'W3.grad = h2.T @ δ3'", "cannot be read"),
    (gradient_of_W1.q4, with_line(" / B", ""), "holds only for one example"),
    (gradient_of_W1.q4, with_line("s.T @ z.grad / B", "s.T @ z.grad"), "only for one example"),
    (gradient_of_W1.q4, with_line("z − y", "(z − y) / B"), "only for one example"),
    (
        gradient_of_W1.q4,
        LINES.replace(" / B", "").replace("z − y", "(z − y) / B"),
        "where the way back begins",
    ),
    (gradient_of_W1.q4, LINES.replace("W.grad", "dW"), "write what ∂J/∂W, or W.grad, is"),
    (gradient_of_W1.q4, with_line("z − y", "y − z"), "does not hold"),
    (gradient_of_W1.q4, with_line("s.grad ⊙ c", "s.grad ⊙ h"), "does not hold"),
    (gradient_of_W1.q4, with_line("s.grad ⊙ c", "s.grad"), "does not hold"),
    (gradient_of_W1.q4, with_line("s.grad ⊙ h", "s.grad"), "does not hold"),
    (gradient_of_W1.q4, with_line("s.grad ⊙ c", "s.grad @ c"), "does not hold"),
    (gradient_of_W1.q4, with_line("s.grad ⊙ c", "s.grad + c"), "does not hold"),
    (gradient_of_W1.q4, with_line(" ⊙ (1 − h²)", ""), "does not hold"),
    (gradient_of_W1.q4, with_line("(1 − h²)", "h (1 − h)"), "does not hold"),
    (gradient_of_W1.q4, with_line("(1 − h²)", "(1 − s²)"), "does not hold"),
    (gradient_of_W1.q4, with_line("z.grad @ W.T", "z.grad @ W"), "does not hold"),
    (gradient_of_W1.q4, with_line("x.T @ c.grad", "x.T @ a.grad"), "does not hold"),
    (gradient_of_W1.q4, with_line("V.grad = x.T @ c.grad / B\n", ""), "V.grad"),
    (
        gradient_of_W1.q4,
        with_line("c.grad = s.grad ⊙ h\n", "").replace("c.grad", "s.grad"),
        "does not hold",
    ),
    (
        gradient_of_W1.q4,
        LINES.replace("W.grad", "∂L/∂W")
        .replace("U.grad", "∂L/∂U")
        .replace("V.grad", "∂L/∂V")
        .replace(" / B", ""),
        "so your lines were read for one",
    ),
]
OTHER_STYLES = [
    (gradient_of_W1.earlier_q1, "shapes = ([2, 5], [6, 5])"),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "x.T * delta1")),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "np.outer(x, delta1)")),
    (gradient_of_W1.q1, way_back("return x.T", "return [x.T").replace("@ delta3\n", "@ delta3]")),
    (gradient_of_W1.q1, way_back("x.T @ delta1", "np.einsum('bd,bi->di', x, delta1).tolist()")),
    (
        gradient_of_W1.q1,
        way_back("    z1 =", "    x = x.astype('f')\n    W1 = W1.astype('f')\n    z1 ="),
    ),
    (gradient_of_W1.q4, with_line("s.grad ⊙ c", "c * s.grad")),
    (gradient_of_W1.q4, with_line("(1 − h²)", "f′(a)")),
    (
        gradient_of_W1.q4,
        with_line("c.grad = s.grad ⊙ h\n", "").replace("x.T @ c.grad", "x.T @ (s.grad ⊙ h)"),
    ),
    (gradient_of_W1.q4, LINES.replace(".grad /", ".grad * 1/").replace("W.grad", "∂J/∂W")),
    (
        gradient_of_W1.q4,
        "my_lines = '''δ = z − y\nW.grad = sᵀ δ / B\n"
        "U.grad = xᵀ ((δ Wᵀ) ⊙ c ⊙ (1 − h²)) / B\nV.grad = xᵀ ((δ Wᵀ) ⊙ h) / B'''",
    ),
]


OWN = f"{gradient_of_W1.own.code}\n"


def own(old: str, new: str) -> str:
    """The eight lines, one of them altered."""
    assert old in OWN
    return OWN.replace(old, new)


GROUPS = "two_groups = "
WRONG += [
    (gradient_of_W1.own, own("W2.T", "W2"), "5 of 8 lines hold."),
    (gradient_of_W1.own, own("z2.grad @ W2.T", "z3.grad @ W2.T"), "5 of 8 lines hold."),
    (gradient_of_W1.own, own("h1.grad ⊙ h1 ⊙ (1 − h1)", "h1.grad"), "6 of 8 lines hold."),
    (gradient_of_W1.own, own("h1.grad ⊙ h1", "h1.grad ⊙ z1"), "6 of 8 lines hold."),
    (gradient_of_W1.own, own("x.T @ z1.grad", "z1.grad.T @ x"), "7 of 8 lines hold."),
    (gradient_of_W1.own, own("x.T @ z1.grad", "h1.T @ z1.grad"), "7 of 8 lines hold."),
    (gradient_of_W1.own, own("z3 − y", "y − z3"), "0 of 8 lines hold."),
    (gradient_of_W1.own, own("W1.grad = x.T @ z1.grad\n", ""), "1 line is missing"),
    (gradient_of_W1.own, "my_way_back = '''\nW1.grad = x.T @ z1.grad\n'''", "missing"),
    (gradient_of_W1.groups, GROUPS + "[-0.4057, -0.0024]", "exchanged"),
    (gradient_of_W1.groups, GROUPS + "[0.0055 - 0.1728, -0.0079 - 0.2329]", "by output"),
    (gradient_of_W1.groups, GROUPS + "[0.0055 - 0.2329, -0.0079 - 0.1728]", "in the middle"),
    (gradient_of_W1.groups, GROUPS + "-0.4081", "two groups are wanted"),
    (gradient_of_W1.groups, GROUPS + "[0.0055, -0.0079, -0.1728, -0.2329]", "the four paths"),
    (gradient_of_W1.groups, GROUPS + "[0.0055 + 0.0079, -0.1728 + 0.2329]", "subtracted"),
    (gradient_of_W1.groups, GROUPS + "[0.0024, 0.4057]", "wrong sign"),
    (gradient_of_W1.groups, GROUPS + "[0.0488, 1.2209]", "numbers of δ2"),
    (gradient_of_W1.groups, GROUPS + "[-0.0012, -0.2028]", "averaged"),
]
OTHER_STYLES += [
    (
        gradient_of_W1.own,
        "my_way_back = '''\nδ3 = z3 - y\n∂L/∂W3 = h₂ᵀ δ₃\nδ2 = (δ3 W3ᵀ) ⊙ h2 ⊙ (1 − h2)\n"
        "∂L/∂W2 = h1ᵀ δ2\nδ1 = (δ2 W2ᵀ) ⊙ f′(z1)\n∂L/∂W1 = xᵀ δ1\n'''",
    ),
    (gradient_of_W1.groups, GROUPS + "[-0.0024, -0.4056]"),
    (gradient_of_W1.groups, GROUPS + "np.array([[-0.00242, -0.40564]])"),
]
