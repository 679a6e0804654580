"""Wrong answers to the questions of the further lesson on shared weights and skipped layers."""

from course_exercises import shared_and_skipped

BESIDE = """
def gradient_of_shared_W(x, v, y, W):
    h, u = np.tanh(x @ W), np.tanh(v @ W)
    d = h - u - y
    return {}
"""
RIGHT_SUM = "x.T @ (d * (1 - h**2)) - v.T @ (d * (1 - u**2))"
LOOP = """
def gradient_of_shared_W(x, v, y, W):
    gradient = np.zeros(W.shape)
    for b in range(len(x)):
        h, u = np.tanh(x[b] @ W), np.tanh(v[b] @ W)
        d = h - u - y[b]
        gradient {} np.outer(x[b], d * (1 - h**2)) - np.outer(v[b], d * (1 - u**2))
    return gradient
"""
LINES = """my_lines = '''
z.grad = z − y
W.grad = q.T @ z.grad / B
q.grad = z.grad @ W.T
p.grad = q.grad ⊙ (1 − q²)
V.grad = h.T @ p.grad / B
h.grad = p.grad @ V.T + p.grad
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
'''
"""


NUDGED = """
def gradient_of_shared_W(x, v, y, W):
    def loss(W):
        return 0.5 * ((np.tanh(x @ W) - np.tanh(v @ W) - y) ** 2).sum()
    gradient = np.zeros(W.shape)
    for place in np.ndindex(*W.shape):
        step = np.zeros(W.shape)
        step[place] = {}
        gradient[place] = (loss(W + step) - loss(W - step)) / (2 * step[place])
    return gradient
"""
BESIDE_TOO = [  # what is returned
    ("x.T @ (d * (1 - h**2)) - v.T @ d", "missing in the second use"),
    ("x.T @ d - v.T @ (d * (1 - u**2))", "missing in the first use"),
    ("x.T @ (d * (1 - u**2)) - v.T @ (d * (1 - u**2))", "both uses is taken at u"),
    ("(x - v).T @ (d * (1 - h**2) * (1 - u**2))", "not the product of both"),
    ("x.T @ (d * (1 - h)) - v.T @ (d * (1 - u))", "1 − h in place"),
    ("x.T @ (d * (1 - h) ** 2) - v.T @ (d * (1 - u) ** 2)", "(1 − h)² in place"),
    ("x.T @ (d * (1 - (x @ W) ** 2)) - v.T @ (d * (1 - (v @ W) ** 2))", "taken at h"),
    ("v.T @ (d * (1 - h**2)) - x.T @ (d * (1 - u**2))", "x and v are exchanged"),
    ("h.T @ (d * (1 - h**2)) - u.T @ (d * (1 - u**2))", "end of the path"),
    ("x.T @ ((d @ W.T) * (1 - h**2)) - v.T @ ((d @ W.T) * (1 - u**2))", "where the path ends"),
    ("x @ (d * (1 - h**2)) - v @ (d * (1 - u**2))", "are not transposed"),
    ("-(x.T @ (d * (1 - h**2))) * (v.T @ (d * (1 - u**2)))", "were multiplied"),
    ("(x.T @ (d * (1 - h**2)) - v.T @ (d * (1 - u**2))).sum()", "all entries were added"),
    ("x.T @ (d / np.cosh(x @ W)) - v.T @ (d / np.cosh(v @ W))", "the numbers are not"),
]
OTHER_Z = [  # in place of h − u − y
    ("h - (u - y)", "the sign of y"),
    ("u - h - y", "not u − h"),
    ("abs(h - u - y)", "sign of z − y was lost"),
    ("0.5 * (h - u - y) ** 2", "was not differentiated"),
]
TWICE = [
    ("30", "only the use in z = h w"),
    ("54", "only the use in a = x w"),
    ("30 + 27", "a factor 2 is missing"),
    ("30 + 54 / 0.6", "comes x as well"),
    ("30 + 54 / 5", "a factor w is missing"),
    ("54 - 30", "not subtracted"),
    ("42", "that is the mean"),
    ("30 * 54", "were multiplied"),
    ("28", "that is dz/dw"),
    ("3", "the first factor of both"),
    ("50 * 28", "y is missing"),
    ("-84", "the sign"),
    ("168", "a factor 2"),
    ("4.5", "that is the loss"),
    ("4.5 * 28", "was not differentiated"),
    ("3 * 3 * 28", "the bracket was squared"),
    ("3 * 3 + 54", "h is a² + 1, not a"),
    ("3 * 5", "w stands in a and in z"),
    ("30 + 3 * 5 * 9 * 0.6", "a² was not differentiated"),
    ("30 + 3 * 5 * 7 * 0.6", "the 1 drops out"),
    ("3 * 9 + 54", "was lost on the path to z"),
    ("-2 * 27", "was lost from the start"),
    ("50 - 47 * 28", "put brackets around z − y"),
    ("[30, 54]", "one for each use"),
    ("540", "that is not it"),
    ("'84'", "a number"),
]


def beside(old: str, new: str) -> str:
    """The right sum with one part altered."""
    assert old in RIGHT_SUM
    return BESIDE.format(RIGHT_SUM.replace(old, new))


def with_line(old: str, new: str) -> str:
    """The lines of the solution, one of them altered."""
    assert old in LINES
    return LINES.replace(old, new)


WRONG = [
    *(
        (shared_and_skipped.q2, NUDGED.format(step), "the chain rule has no step ε")
        for step in ("1e-6", "1e-5", "1e-4")
    ),
    (shared_and_skipped.q2, BESIDE.format("x.T @ (d * (1 - h**2))"), "only the use with x"),
    (shared_and_skipped.q2, BESIDE.format("-v.T @ (d * (1 - u**2))"), "only the use with v"),
    (shared_and_skipped.q2, beside(" - v.T", " + v.T"), "u receives −∂L/∂z"),
    (shared_and_skipped.q2, BESIDE.replace("h - u - y", "y - h + u").format(RIGHT_SUM), "the sign"),
    (shared_and_skipped.q2, BESIDE.format(f"2 * ({RIGHT_SUM})"), "a factor 2"),
    (shared_and_skipped.q2, BESIDE.format(f"({RIGHT_SUM}) / 2"), "a factor ½"),
    (shared_and_skipped.q2, BESIDE.format("(x - v).T @ d"), "tanh is missing"),
    (
        shared_and_skipped.q2,
        beside("1 - h**2", "h * (1 - h)").replace("1 - u**2", "u * (1 - u)"),
        "of the sigmoid",
    ),
    (shared_and_skipped.q2, beside("1 - u**2", "1 - h**2"), "it is 1 − u²"),
    (
        shared_and_skipped.q2,
        BESIDE.format("x.T @ (d * (1 - u**2)) - v.T @ (d * (1 - h**2))"),
        "slopes are exchanged",
    ),
    (
        shared_and_skipped.q2,
        BESIDE.format("x.T @ (d * (1 - np.tanh(h) ** 2)) - v.T @ (d * (1 - np.tanh(u) ** 2))"),
        "holds it already",
    ),
    (shared_and_skipped.q2, BESIDE.format("(x - v).T @ (d * (1 - (h - u) ** 2))"), "its own"),
    (shared_and_skipped.q2, beside("v.T", "x.T"), "at the second it is v"),
    (shared_and_skipped.q2, BESIDE.replace(" - y\n", "\n").format(RIGHT_SUM), "y is missing"),
    (
        shared_and_skipped.q2,
        BESIDE.replace("h - u", "h + u").format(RIGHT_SUM.replace(" - v.T", " + v.T")),
        "here it is h + u",
    ),
    (shared_and_skipped.q2, BESIDE.format(f"({RIGHT_SUM}).T"), "that is the transpose"),
    (shared_and_skipped.q2, BESIDE.format(f"({RIGHT_SUM}) / len(x)"), "the mean over the examples"),
    (shared_and_skipped.q2, LOOP.format("="), "write +="),
    (
        shared_and_skipped.q2,
        LOOP.format("+=").replace("    return", "        return"),
        "the first example alone",
    ),
    (shared_and_skipped.q2, BESIDE.format("np.ones((3, 3))"), "the same for other arguments"),
    (shared_and_skipped.q2, LOOP.format("+=").replace("len(x)", "len(x) - 1"), "last example was"),
    *((shared_and_skipped.q2, BESIDE.format(code), name) for code, name in BESIDE_TOO),
    *(
        (shared_and_skipped.q2, BESIDE.replace("h - u - y", z).format(RIGHT_SUM), name)
        for z, name in OTHER_Z
    ),
    (
        shared_and_skipped.q2,
        BESIDE.replace("d = h - u - y", "h = np.tanh((x - v) @ W); d = h - y").format(
            "(x - v).T @ (d * (1 - h**2))"
        ),
        "is another network",
    ),
    *((shared_and_skipped.q1, f"dL_dw = {code}", name) for code, name in TWICE),
    (shared_and_skipped.q3, "my_lines = 1", "a text is needed"),
    (shared_and_skipped.q3, with_line(" + p.grad", ""), "does not hold"),
    (shared_and_skipped.q3, with_line("p.grad @ V.T + ", ""), "does not hold"),
    (shared_and_skipped.q3, with_line("+ p.grad", "− p.grad"), "does not hold"),
    (shared_and_skipped.q3, with_line("+ p.grad", "+ q.grad"), "does not hold"),
    (shared_and_skipped.q3, with_line("p.grad @ V.T + p.grad", "p.grad @ (V.T + 1)"), "does not"),
    (shared_and_skipped.q3, with_line("p.grad @ V.T", "p.grad @ V"), "does not hold"),
    (shared_and_skipped.q3, with_line("(1 − q²)", "(1 − p²)"), "does not hold"),
    (shared_and_skipped.q3, with_line("(1 − q²)", "(1 − c²)"), "does not hold"),
    (shared_and_skipped.q3, with_line("(1 − h²)", "(1 − q²)"), "does not hold"),
    (shared_and_skipped.q3, with_line(" ⊙ (1 − q²)", ""), "does not hold"),
    (shared_and_skipped.q3, with_line("h.T @ p.grad", "q.T @ p.grad"), "does not hold"),
    (shared_and_skipped.q3, with_line("x.T @ a.grad / B", "x.T @ a.grad"), "only for one example"),
]
OTHER_STYLES = [
    (shared_and_skipped.q1, "dL_dw = np.float64(3 * (3 * 3**2 + 1))"),
    (shared_and_skipped.q2, LOOP.format("+=")),
    (shared_and_skipped.q2, beside("1 - h**2", "(1 - h) * (1 + h)")),
    (shared_and_skipped.q2, BESIDE.format(f"({RIGHT_SUM}).tolist()")),
    (shared_and_skipped.q2, BESIDE.replace("@ W)", "@ W.astype('f'))").format(RIGHT_SUM)),
    (shared_and_skipped.q3, with_line("p.grad @ V.T + p.grad", "p.grad + p.grad Vᵀ")),
    (shared_and_skipped.q3, with_line("(1 − q²)", "f′(p)")),
]
