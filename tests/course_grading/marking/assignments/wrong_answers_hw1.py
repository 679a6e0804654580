"""Wrong answers to homework 1: question, code, slip (or words), points in grading."""

from course_exercises.homework import hw1, random_networks

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
    ("q1", SHAPES.format("(H1, D)", "(B, H1)", "(B, H1)"), hw1.EXCHANGED, 4 * 2 / 3 + 6),
    ("q1", SHAPES.format("(D, H1)", "(1, H1)", "(1, H1)"), hw1.NO_B, 8),
    ("q1", SHAPES.format("(D, H1)", "(H1,)", "(H1,)"), hw1.FLAT, 8),
    ("q1", SHAPES.format("(B, H1)", "(B, H1)", "(B, H1)"), hw1.B_IN_W, 8 + 2 / 3),
    ("q1", "def shapes(B, D, H1, H2, K): return {'w1': (D, H1)}", "there is no 'W1'", 0),
    ("q2", activate(sigmoid="1 / (1 + np.exp(z))"), hw1.SIGN_OF_EXPONENT, 4),
    ("q2", activate(sigmoid="1 / 1 + np.exp(-z)"), hw1.BRACKETS, 4),
    ("q2", activate(sigmoid="np.tanh(z)"), hw1.OTHER_ACTIVATION, 4),
    ("q2", activate(tanh="1 - np.tanh(z) ** 2"), hw1.DERIVATIVE, 4),
    ("q2", activate(tanh="(1 - np.exp(-z)) / (1 + np.exp(-z))"), hw1.HALF_TANH, 4),
    ("q2", activate(sigmoid="1 / (1 + np.exp(-z[0, 0]))"), "the shape is", 4),
    ("q2", "def activate(z, activation):\n    1 / (1 + np.exp(-z))", "`return` may be missing", 0),
    ("q3", forward(h1="z1"), hw1.NOT_YET_ACTIVATED, 24 * (1 + 0 + 1.5) / 5),
    ("q3", forward(h2="z2"), hw1.NOT_YET_ACTIVATED, 24 * 3.5 / 5),
    ("q3", forward(h1="z1", h2="z2"), hw1.NOT_YET_ACTIVATED, 12),
    ("q3", forward(z3="activate(h2 @ W3, activation)"), hw1.OUTPUT_ACTIVATED, 24 * 4 / 5),
    ("q3", forward(z3="softmax(h2 @ W3)"), hw1.OUTPUT_SOFTMAX, 24 * 4 / 5),
    (
        "q3",
        forward(h1="activate(z1, 'sigmoid')", h2="activate(z2, 'sigmoid')"),
        hw1.WITH_OTHER,
        20,
    ),
    ("q3", forward(z3="z2 @ W3"), hw1.WITHOUT_H2, 24 * 4.5 / 5),
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
        hw1.ALREADY_ACTIVATED,
        14.4,
    ),
    ("q3", forward(z3="W3 @ h2"), "the inner numbers differ", 19.2),
    (
        "q3",
        forward(end="return {'z1': z1[0], 'h1': h1, 'z2': z2, 'h2': h2, 'z3': z3}"),
        hw1.ROW_LOST,
        19.2,
    ),
    ("q4", squared("((z3 - y) ** 2).sum(axis=1)"), hw1.NO_HALF, 8),
    ("q4", squared("((z3 - y) ** 2).mean(axis=1)"), hw1.MEAN_NO_HALF, 6),
    ("q4", squared("0.5 * ((z3 - y) ** 2).mean(axis=1)"), hw1.MEAN_OVER_K, 8),
    ("q4", squared("((0.5 * (z3 - y)) ** 2).sum(axis=1)"), hw1.HALF_INSIDE, 8),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum()"), hw1.ONE_FOR_ALL, 4),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=1).mean()"), hw1.BATCH_MEAN, 5.5),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=0)"), hw1.OVER_EXAMPLES, 4),
    ("q4", squared("0.5 * ((z3 - y) ** 2).sum(axis=1, keepdims=True)"), hw1.COLUMN, 8),
    ("q4", squared("0.5 * (z3 - y) ** 2"), hw1.NOT_SUMMED, 4),
    ("q4", squared("np.sqrt(((z3 - y) ** 2).sum(axis=1))"), hw1.ROOT, 4),
    ("q4", "def batch_loss(L): return L.sum()", hw1.SUM_NOT_MEAN, 10),
    ("q4", "def batch_loss(L): return L.mean() / 2", hw1.HALF_AGAIN, 8),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3)\n    return e / e.sum(axis=1, keepdims=True)",
        hw1.OVERFLOW,
        16,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max())\n    return e / e.sum()",
        random_networks.ONE_SUM,
        13,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max(axis=0))\n    return e / e.sum(axis=0)",
        random_networks.DOWN,
        13,
    ),
    (
        "q5",
        "def softmax(z3):\n    e = np.exp(z3 - z3.max())\n"
        "    return e / e.sum(axis=1, keepdims=True)",
        hw1.OVERFLOW,
        16,
    ),
    ("q5", softmax("e / e.sum()"), random_networks.SHIFTED_ONE_SUM, 13),
    ("q5", softmax("e / e.sum(axis=0)"), random_networks.SHIFTED_DOWN, 13),
    ("q5", softmax("e"), hw1.SHIFTED_NOT_DIVIDED, 13),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) - z3[np.arange(B), y]"), hw1.ONLY_IN_SUM, 13.5),
    (
        "q5",
        logits("np.log(np.exp(z3).sum(axis=1)) - z[np.arange(B), y]"),
        hw1.ONLY_AT_Y,
        11.5,
    ),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) + z[np.arange(B), y]"), hw1.SHIFTED_PLUS, 13.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) + z3[np.arange(B), y]"), hw1.PLUS, 11.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) - z3[np.arange(B), y]"), hw1.OVERFLOW, 16),
    (
        "q5",
        logits("np.log(np.exp(z).sum()) - z[np.arange(B), y]"),
        random_networks.SHIFTED_ONE_SUM,
        10,
    ),
    ("q5", logits("np.log(np.exp(z).sum(axis=1)) - z[:, y]"), hw1.SHIFTED_ALL_PAIRS, 9.5),
    ("q5", logits("np.log(np.exp(z3).sum(axis=1)) - z3[:, y]"), hw1.Z3_PAIRS, 9.5),
    ("q5", logits("-np.log(softmax(z3))[:, y]"), hw1.ALL_PAIRS, 9.5),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y])"), hw1.LOG_OF_ZERO, 16),
    ("q5", entropy("np.log(p[np.arange(len(y)), y])"), hw1.SIGN, 12.5),
    ("q5", entropy("-np.log10(p[np.arange(len(y)), y])"), hw1.LOG10, 12.5),
    ("q5", entropy("p[np.arange(len(y)), y]"), hw1.NO_LOG, 9),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y]).mean()"), hw1.BATCH_MEAN, 10.5),
    ("q5", entropy("-np.log(p[np.arange(len(y)), y - 1])"), hw1.FROM_ONE, 13.5),
    ("q5", entropy("-np.log(p).sum(axis=1)"), hw1.ALL_CLASSES, 9),
    (
        "q5",
        "def cross_entropy(z3, y):\n    z3 -= z3.max(axis=1, keepdims=True)\n"
        "    return np.log(np.exp(z3).sum(axis=1)) - z3[np.arange(len(y)), y]",
        "changed in place",
        9,
    ),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", hw1.COUNT, 16),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", hw1.ERROR_RATE, 16),
    ("q5", "def accuracy(z3, y): return (z3.argmax(axis=1) + 1 == y).mean()", hw1.NEXT_CLASS, 14),
    ("q5", "def accuracy(z3, y): return (z3.argmin(axis=1) == y).mean()", hw1.SMALLEST, 14),
    (
        "q5",
        "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()",
        "two shapes do not fit",
        14,
    ),
    ("q6", nudged(copy="W = weights"), "changed in place", 6),
    ("q6", nudged(copy="W = dict(weights)"), "changed in place", 6),
    ("q6", nudged(nudge="W[name][row, column] = change"), hw1.SET, 2),
    ("q6", nudged(nudge="W[name] += change"), hw1.EVERY, 2),
    ("q6", nudged(nudge="W[name][column, row] += change"), hw1.ROW_COLUMN, 2),
    ("q6", nudged(nudge="W[name][row, column] -= change"), hw1.MINUS, 5),
    ("q6", nudged(nudge="pass"), hw1.BEFORE, 0),
    ("q6", nudged(end="squared_error(z3, y).sum()"), hw1.SUM_NOT_MEAN, 5),
    ("q6", nudged(end="squared_error(z3, y)"), hw1.EACH_EXAMPLE, 0),
    ("q6", nudged(nudge="W['W3'][row, column] += change"), "that is not it", 2),
]
