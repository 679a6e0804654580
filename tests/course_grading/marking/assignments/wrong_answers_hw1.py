"""Wrong answers to homework 1: question, code, words of the slip, points in grading."""

SHAPES = """
def shapes(B, D, H1, H2, K):
    return {{
        "x": (B, D), "W1": {}, "z1": {}, "h1": {}, "W2": (H1, H2), "z2": (B, H2), "h2": (B, H2),
        "W3": (H2, K), "z3": (B, K),
    }}
"""
FORWARD = """
def forward(x, W1, W2, W3, activation):
    z1 = x @ W1
    h1 = {h1}
    z2 = h1 @ W2
    h2 = {h2}
    z3 = {z3}
    {end}
"""
ALL = 'return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3}'


def forward(h1="activate(z1, activation)", h2="activate(z2, activation)", z3="h2 @ W3", end=ALL):
    return FORWARD.format(h1=h1, h2=h2, z3=z3, end=end)


def squared(line):
    return f"def squared_error(z3, y):\n    return {line}"


def entropy(line):
    return f"def cross_entropy(z3, y):\n    p = softmax(z3)\n    return {line}"


def softmax(line):
    start = "def softmax(z3):\n    e = np.exp(z3 - z3.max(axis=1, keepdims=True))"
    return f"{start}\n    return {line}"


def logits(line):
    start = "def cross_entropy(z3, y):\n    B, z = len(y), z3 - z3.max(axis=1, keepdims=True)"
    return f"{start}\n    return {line}"


def activate(sigmoid="1 / (1 + np.exp(-z))", tanh="np.tanh(z)"):
    return (
        f"def activate(z, activation):\n    return {sigmoid} if activation == 'sigmoid' else {tanh}"
    )


NUDGED = """
def nudged_loss(x, y, weights, activation, name, row, column, change):
    {copy}
    {nudge}
    z3 = forward(x, W["W1"], W["W2"], W["W3"], activation)["z3"]
    return {end}
"""
DEEP = "W = {key: value.copy() for key, value in weights.items()}"


def nudged(copy=DEEP, nudge="W[name][row, column] += change", end="squared_error(z3, y).mean()"):
    return NUDGED.format(copy=copy, nudge=nudge, end=end)


WRONG = [
    ("q1", SHAPES.format("(H1, D)", "(B, H1)", "(B, H1)"), "exchanged", 4 * 2 / 3 + 6),
    ("q1", SHAPES.format("(D, H1)", "(1, H1)", "(1, H1)"), "one row for each example", 8),
    ("q1", SHAPES.format("(D, H1)", "(H1,)", "(H1,)"), "axis of the examples is missing", 8),
    ("q1", SHAPES.format("(B, H1)", "(B, H1)", "(B, H1)"), "no axis of the examples", 8 + 2 / 3),
    ("q1", "def shapes(B, D, H1, H2, K): return {'w1': (D, H1)}", "there is no 'W1'", 0),
    ("q2", activate(sigmoid="1 / (1 + np.exp(z))"), "sign of the exponent", 4),
    ("q2", activate(sigmoid="1 / 1 + np.exp(-z)"), "brackets", 4),
    ("q2", activate(sigmoid="np.tanh(z)"), "the other one", 4),
    ("q2", activate(tanh="1 - np.tanh(z) ** 2"), "derivative", 4),
    ("q2", activate(tanh="(1 - np.exp(-z)) / (1 + np.exp(-z))"), "tanh(z / 2)", 4),
    ("q2", activate(sigmoid="1 / (1 + np.exp(-z[0, 0]))"), "the shape is", 4),
    ("q2", "def activate(z, activation):\n    1 / (1 + np.exp(-z))", "`return` may be missing", 0),
    ("q3", forward(h1="z1"), "still to be applied", 24 * (1 + 0 + 1.5) / 5),
    ("q3", forward(h2="z2"), "still to be applied", 24 * 3.5 / 5),
    ("q3", forward(h1="z1", h2="z2"), "still to be applied", 12),
    ("q3", forward(z3="activate(h2 @ W3, activation)"), "no activation is applied", 24 * 4 / 5),
    ("q3", forward(z3="softmax(h2 @ W3)"), "softmax belongs to the loss", 24 * 4 / 5),
    (
        "q3",
        forward(h1="activate(z1, 'sigmoid')", h2="activate(z2, 'sigmoid')"),
        "the other activation was used",
        20,
    ),
    ("q3", forward(z3="z2 @ W3"), "from z2 instead of h2", 24 * 4.5 / 5),
    ("q3", forward(end="return z3"), "there is no 'z1'", 0),
    (
        "q3",
        forward(end="return {'z1': z1, 'h1': h1, 'z2': z2, 'h2': h2, 'output': z3}"),
        "z3",
        19.2,
    ),
    (
        "q3",
        forward(end="return {'z1': h1, 'h1': h1, 'z2': h2, 'h2': h2, 'z3': z3}"),
        "already",
        14.4,
    ),
    ("q3", forward(z3="W3 @ h2"), "the inner numbers differ", 0),
    (
        "q3",
        forward(end="return {'z1': z1[0], 'h1': h1, 'z2': z2, 'h2': h2, 'z3': z3}"),
        "lost",
        19.2,
    ),
    ("q4", squared("((z3 - y) ** 2).sum(axis=1)"), "½ is missing", 8),
    ("q4", squared("((z3 - y) ** 2).mean(axis=1)"), "not averaged; and the ½", 6),
    ("q4", squared("0.5 * ((z3 - y) ** 2).mean(axis=1)"), "not averaged.", 8),
    ("q4", squared("((0.5 * (z3 - y)) ** 2).sum(axis=1)"), "the ½ is squared too", 8),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum()"), "every example has its own", 4),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=1).mean()"), "that is J", 5.5),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=0)"), "down the columns", 4),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=1, keepdims=True)"), "without keepdims", 8),
    ("q4", squared("0.5 * (z3 - y) ** 2"), "not yet added up", 4),
    ("q4", squared("np.sqrt(((z3 - y) ** 2).sum(axis=1))"), "no root", 4),
    ("q4", "def batch_loss(L): return L.sum()", "sum over the examples", 10),
    ("q4", "def batch_loss(L): return L.mean() / 2", "in L already", 8),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3)\n    return e / e.sum(axis=1, keepdims=True)",
        "First subtract from each row its own",
        16,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max())\n    return e / e.sum()",
        "one sum",
        13,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max(axis=0))\n    return e / e.sum(axis=0)",
        "down the columns",
        13,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max())\n"
        "    return e / e.sum(axis=1, keepdims=True)",
        "First subtract from each row its own",
        16,
    ),
    ("q5", softmax("e / e.sum()"), "rightly subtracted, but the exponentials were", 13),
    ("q5", softmax("e / e.sum(axis=0)"), "rightly subtracted, but the sum was taken down", 13),
    ("q5", softmax("e"), "rightly subtracted, but the exponentials are not divided", 13),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) - z3[np.arange(B), y]"), "inside the sum", 13.5),
    (
        "q5",
        logits("np.log(np.exp(z3).sum(axis=1)) - z[np.arange(B), y]"),
        "not inside the sum",
        11.5,
    ),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) + z[np.arange(B), y]"), "the minus", 13.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) + z3[np.arange(B), y]"), "the minus", 11.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) - z3[np.arange(B), y]"), "exp gave infinity", 16),
    ("q5", logits("np.log(np.exp(z).sum()) - z[np.arange(B), y]"), "but the exponentials", 10),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) - z[:, y]"), "with [:, y] each row", 9.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) - z3[:, y]"), "z3[:, y] gives", 9.5),
    ("q5", logits("-np.log(softmax(z3))[:, y]"), "with [:, y] each row", 9.5),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y])"), "First take the logarithm", 16),
    ("q5", entropy("np.log(p[np.arange(len(y)), y])"), "never below 0", 12.5),
    ("q5", entropy("-np.log10(p[np.arange(len(y)), y])"), "base 10", 12.5),
    ("q5", entropy("p[np.arange(len(y)), y]"), "logarithm is missing", 9),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y]).mean()"), "that is J", 10.5),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y - 1])"), "count from 0", 13.5),
    ("q5", entropy("-np.log(p).sum(axis=1)"), "all classes", 9),
    (
        "q5",
        "def cross_entropy(z3, y):\n    z3 -= z3.max(axis=1, keepdims=True)\n"
        "    return np.log(np.exp(z3).sum(axis=1)) - z3[np.arange(len(y)), y]",
        "changed in place",
        9,
    ),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", "number of examples", 16),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", "wrong answers", 16),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) + 1 == y).mean()", "count from 0", 14),
    ("q5", "def accuracy(z3, y): return (z3.argmin(axis=1) == y).mean()", "not the smallest", 14),
    (
        "q5",
        "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()",
        "two shapes do not fit",
        14,
    ),
    ("q6", nudged(copy="W = weights"), "changed in place", 6),
    ("q6", nudged(copy="W = dict(weights)"), "changed in place", 6),
    ("q6", nudged(nudge="W[name][row, column] = change"), "added to it", 0),
    ("q6", nudged(nudge="W[name] += change"), "not a single one", 0),
    ("q6", nudged(nudge="W[name][column, row] += change"), "row and column", 0),
    ("q6", nudged(nudge="W[name][row, column] -= change"), "it is added", 3),
    ("q6", nudged(nudge="pass"), "before the change", 0),
    ("q6", nudged(end="squared_error(z3, y).sum()"), "sum over the examples", 3),
    ("q6", nudged(end="squared_error(z3, y)"), "for each example", 0),
    ("q6", nudged(nudge="W['W3'][row, column] += change"), "that is not it", 2),
]
