"""Wrong answers to homework 2: question, code, slip (or words), points in grading."""

from course_exercises.homework import hw2, random_networks

SLOPE = """
def slope(h, activation):
    return {} if activation == "sigmoid" else {}
"""
SQUARED = """
solution_of_delta3 = delta3


def delta3(z3, y, loss):
    if loss == "cross_entropy":
        return solution_of_delta3(z3, y, loss)
    return {}
"""
CLASSES = """
solution_of_delta3 = delta3


def delta3(z3, y, loss):
    if loss == "squared_error":
        return z3 - y
    rows, onehot = np.arange(len(y)), np.eye(z3.shape[1])[y]
    p = solution_of_delta3(z3, y, loss) + onehot
    return {}
"""
GRADIENTS = """
def gradients(x, y, W1, W2, W3, activation, loss):
    f = {{"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}}[activation]
    z1 = x @ W1
    h1 = f(z1)
    z2 = h1 @ W2
    h2 = f(z2)
    z3 = {z3}
    d3 = {d3}
    d2 = {d2}
    d1 = {d1}
    B = {B}
    {end}
"""
ALL = 'return {"dW1": x.T @ d1 / B, "dW2": h1.T @ d2 / B, "dW3": h2.T @ d3 / B}'
BY_FUNCTION = (
    'return {"dW1": weight_gradient(x, d1), "dW2": weight_gradient(h1, d2), '
    '"dW3": weight_gradient(h2, d3)}'
)
D1, D2 = "(d2 @ W2.T) * slope(h1, activation)", "(d3 @ W3.T) * slope(h2, activation)"


def slope(sigmoid="h * (1 - h)", tanh="1 - h**2"):
    return SLOPE.format(sigmoid, tanh)


def squared(line):
    return SQUARED.format(line)


def classes(line):
    return CLASSES.format(line)


def shifted(line):
    return classes(f"(lambda e: {line})(np.exp(z3 - z3.max(axis=1, keepdims=True))) - onehot")


def weight(line):
    return f"def weight_gradient(h, delta):\n    return {line}"


def before(line):
    return f"def delta_before(delta, W, h, activation):\n    return {line}"


def gradients(z3="h2 @ W3", d3="delta3(z3, y, loss)", d2=D2, d1=D1, B="len(x)", end=ALL):
    return GRADIENTS.format(z3=z3, d3=d3, d2=d2, d1=d1, B=B, end=end)


DIFFERENCES = """
def finite_differences(function, W, step):
    slopes = np.zeros(W.shape)
    for entry in np.ndindex(W.shape):
        up, down = W.copy(), W.copy()
        up[entry] += step
        down[entry] -= step
        slopes[entry] = {}
    return slopes
"""
CENTRAL = "(function(up) - function(down)) / (2 * step)"
IN_PLACE = """
def finite_differences(function, W, step):
    slopes = np.zeros(W.shape)
    {before}
    for entry in np.ndindex(W.shape):
        W[entry] += step
        up = function(W)
        W[entry] -= 2 * step
        slopes[entry] = (up - function(W)) / (2 * step)
        {after}
    return slopes
"""
CHECK = """
def check_gradient(function, W, grad):
    if grad.shape != W.shape:
        return 1.0
    slopes = finite_differences(function, W, 1e-5)
    far = np.abs(grad - slopes)
    size = np.maximum(np.abs(grad) + np.abs(slopes), 1e-8)
    return {}
"""
# No slope is computed: only what the shapes say is right.
WITHOUT_SLOPES = """
def finite_differences(function, W, step):
    return np.zeros_like(W)
def check_gradient(function, W, grad):
    if grad.shape != W.shape:
        return 1.0
    return 1.0 if (grad < 0).all() else 0.0
"""

WRONG = [
    ("q1", slope("1 / (1 + np.exp(-h)) * (1 - 1 / (1 + np.exp(-h)))"), hw2.AT_H, 4),
    ("q1", slope("1 - h**2", "h * (1 - h)"), hw2.OTHER_SLOPE, 0),
    ("q1", slope(tanh="1 - h"), hw2.NO_SQUARE, 6),
    ("q1", slope(tanh="1 - np.tanh(h) ** 2"), hw2.AT_H, 4),
    ("q1", slope("1 - h"), hw2.ONLY_1_MINUS, 4),
    ("q1", slope("h"), hw2.NOT_SLOPE, 4),
    ("q1", slope("h * (1 - h)", "h**2 - 1"), hw2.SIGN, 4),
    ("q1", slope("h @ (1 - h)"), "the inner numbers differ", 4),
    ("q1", "def slope(h, activation):\n    derivative = h * (1 - h)", "`return` may be missing", 0),
    ("q1", "def slope(h, activation):\n    h *= 1 - h\n    return h", "changed in place", 0),
    ("q2", squared("y - z3"), hw2.SIGN, 11.5),
    ("q2", squared("2 * (z3 - y)"), hw2.FACTOR_2, 11.5),
    ("q2", squared("0.5 * (z3 - y) ** 2"), hw2.NOT_DIFFERENTIATED, 9),
    ("q2", squared("z3"), hw2.Y_MISSING, 9),
    ("q2", squared("(z3 - y).sum(axis=1)"), hw2.SUMMED, 9),
    ("q2", squared("(z3 - y) / len(y)"), hw2.MEAN_TAKEN, 12),
    ("q2", classes("p"), hw2.ONEHOT_MISSING, 9.5),
    ("q2", classes("onehot - p"), hw2.SIGN, 9.5),
    ("q2", classes("z3 - onehot"), hw2.NO_SOFTMAX, 5),
    ("q2", classes("p - 1"), hw2.EVERY_1, 5),
    ("q2", classes("p - y[:, None]"), hw2.LABEL_ITSELF, 5),
    ("q2", classes("p - onehot.max(axis=0)"), hw2.ALL_LABELS, 5),
    ("q2", classes("p - np.roll(onehot, -1, axis=1)"), hw2.FROM_ONE, 9.5),
    (
        "q2",
        classes("np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True) - onehot"),
        hw2.OVERFLOW,
        11,
    ),
    ("q2", shifted("e / e.sum()"), random_networks.SHIFTED_ONE_SUM, 5),
    ("q2", shifted("e / e.sum(axis=0)"), random_networks.SHIFTED_DOWN, 5),
    ("q2", shifted("e"), hw2.SHIFTED_NOT_DIVIDED, 5),
    (
        "q2",
        classes("np.exp(z3 - z3.max()) / np.exp(z3 - z3.max()).sum() - onehot"),
        random_networks.ONE_SUM,
        5,
    ),
    ("q2", classes("np.exp(z3) / np.exp(z3).sum(axis=0) - onehot"), random_networks.DOWN, 5),
    ("q2", classes("(p - onehot) / len(y)"), hw2.MEAN_TAKEN, 9.5),
    ("q3", weight("h.T @ delta"), hw2.SUM_NOT_MEAN, 8),
    ("q3", weight("delta.T @ h / len(h)"), hw2.TRANSPOSE, 6),
    ("q3", weight("h.T @ delta / h.shape[1]"), hw2.BY_ROWS, 8),
    ("q3", weight("h.T @ delta / delta.shape[1]"), hw2.BY_COLUMNS, 8),
    ("q3", weight("h.T @ delta / len(h) ** 2"), hw2.TWICE, 8),
    ("q3", weight("np.mean(h.T @ delta / len(h))"), hw2.BY_ALL, 0),
    ("q3", weight("-h.T @ delta / len(h)"), hw2.SIGN, 6),
    ("q3", weight("h @ delta / len(h)"), "the inner numbers differ", 0),
    ("q3", weight("np.outer(h[0], delta[0])"), "numbers are not", 4),
    ("q4", before("delta @ W.T"), hw2.NO_SLOPE, 6),
    ("q4", before("(delta @ W.T) * h"), hw2.TIMES_H, 0),
    ("q4", before("(delta @ W.T) * h * (1 - h)"), hw2.OTHER_SLOPE, 8.5),
    ("q4", before("(delta @ W.T) * (1 - np.tanh(h) ** 2)"), "numbers are not", 3.5),
    ("q4", before("(delta @ W.T) * slope(h, activation) / len(h)"), hw2.MEAN_TAKEN, 7),
    ("q4", before("(delta @ W) * slope(h, activation)"), "the inner numbers differ", 0),
    ("q4", before("((delta @ W.T) * slope(h, activation)).T"), hw2.TRANSPOSE, 0),
    ("q4", before("slope(h, activation)"), hw2.ONLY_SLOPE, 0),
    ("q5", gradients(B="1"), hw2.SUM_NOT_MEAN, 12),
    ("q5", gradients(B="len(x) ** 2"), hw2.TWICE, 12),
    ("q5", gradients(d3="-delta3(z3, y, loss)"), hw2.SIGN, 10.5),
    ("q5", gradients(d3="2 * delta3(z3, y, loss)"), hw2.FACTOR_2, 0),
    ("q5", gradients(d1="d2 @ W2.T"), hw2.NO_SLOPE_1, 17.5),
    ("q5", gradients(d2="d3 @ W3.T"), hw2.NO_SLOPE_2, 14),
    ("q5", gradients(d2="d3 @ W3.T", d1="d2 @ W2.T"), hw2.NO_SLOPE_2, 14),
    (
        "q5",
        gradients(
            d1="(d2 @ W2.T) * slope(z1, activation)", d2="(d3 @ W3.T) * slope(z2, activation)"
        ),
        hw2.SLOPE_OF_Z_2,
        14,
    ),
    (
        "q5",
        gradients(d1="(d2 @ W2.T) * h1 * (1 - h1)", d2="(d3 @ W3.T) * h2 * (1 - h2)"),
        hw2.OTHER_SLOPES,
        9 + 12 * 2 / 3,
    ),
    ("q5", gradients(z3="f(h2 @ W3)"), hw2.OUTPUT_ACTIVATED, 0),
    ("q5", gradients(d3="delta3(z3, 0 * y, loss)"), hw2.Y_MISSING, 0),
    ("q5", gradients(d3="z3 - (np.eye(W3.shape[1])[y] if y.ndim == 1 else y)"), hw2.NO_SOFTMAX, 9),
    (
        "q5",
        gradients(d1="(d2 @ W2.T) * slope(z1, activation)"),
        hw2.SLOPE_OF_Z_1,
        21 - 21 / 6,
    ),
    ("q5", gradients(d2="(d3 @ W3.T) * slope(z2, activation)"), hw2.SLOPE_OF_Z_2, 14),
    (
        "q5",
        gradients(end=ALL.replace("h1.T", "z1.T").replace("h2.T", "z2.T")),
        hw2.CAME_IN_Z,
        14,
    ),
    (
        "q5",
        "weight_gradient = lambda h, d: h.T @ d / h.shape[1]\n" + gradients(end=BY_FUNCTION),
        hw2.BY_ROWS,
        12,
    ),
    ("q5", gradients(end=ALL.replace("return", "result =")), "`return` may be missing", 0),
    ("q5", gradients(end=ALL.replace('"dW1"', '"W1"')), "there is no 'dW1'", 14),
    (
        "q5",
        gradients(end="return {'dW1': d1.T @ x / B, 'dW2': d2.T @ h1 / B, 'dW3': d3.T @ h2 / B}"),
        hw2.TRANSPOSE,
        0,
    ),
    (
        "q5",
        gradients(end="return x.T @ d1 / B, h1.T @ d2 / B, h2.T @ d3 / B"),
        "there is no 'dW3'",
        0,
    ),
    ("q6", DIFFERENCES.format("(function(up) - function(W)) / step"), hw2.UP_ONLY, 10),
    ("q6", DIFFERENCES.format("(function(W) - function(down)) / step"), hw2.DOWN_ONLY, 10),
    ("q6", DIFFERENCES.format("(function(up) - function(down)) / step"), hw2.TWICE_STEP, 4),
    ("q6", DIFFERENCES.format("(function(up) - function(down)) / 2 * step"), hw2.TIMES_STEP, 4),
    ("q6", DIFFERENCES.format("(function(down) - function(up)) / (2 * step)"), hw2.SIGN, 4),
    ("q6", DIFFERENCES.replace("W.copy(), W.copy()", "W, W").format(CENTRAL), hw2.W_ITSELF, 1),
    (
        "q6",
        DIFFERENCES.replace("W.copy(), W.copy()", "W, W.copy()").format(CENTRAL),
        hw2.KEPT_UP,
        11,
    ),
    (
        "q6",
        DIFFERENCES.replace("step):", "step):\n    step = 1e-5").format(CENTRAL),
        hw2.STEP_IGNORED,
        12,
    ),
    (
        "q6",
        DIFFERENCES.replace("[entry]", "[...]").format(CENTRAL),
        hw2.ALL_AT_ONCE,
        1,
    ),
    ("q6", IN_PLACE.format(before="W = W.copy()", after="pass"), hw2.KEPT_DOWN, 11),
    ("q6", IN_PLACE.format(before="pass", after="W[entry] += step"), "changed in place", 12),
    ("q6", CHECK.format("far.max()"), hw2.NOT_RELATIVE, 11),
    ("q6", CHECK.format("(far / size).mean()"), hw2.MEAN_OF_ALL, 10),
    ("q6", CHECK.format("(far / np.abs(slopes)).max()"), hw2.BY_SLOPE, 10),
    ("q6", CHECK.format("(far / np.abs(grad)).max()"), hw2.BY_GRAD, 10),
    (
        "q6",
        CHECK.format("(far / np.maximum(np.maximum(np.abs(grad), np.abs(slopes)), 1e-8)).max()"),
        hw2.BY_LARGER,
        11,
    ),
    ("q6", CHECK.format("(far / (size / 2)).max()"), hw2.HALVED, 11),
    ("q6", CHECK.format("((grad - slopes) / size).max()"), hw2.NO_ABSOLUTE, 11),
    ("q6", CHECK.format("np.abs((grad - slopes) / size).max(axis=0)"), "one number is wanted", 6),
    (
        "q6",
        CHECK.format("(far / np.maximum(np.abs(grad + slopes), 1e-8)).max()"),
        hw2.OF_THE_SUM,
        11,
    ),
    ("q6", CHECK.format("(far / (np.abs(grad) + np.abs(slopes))).max()"), hw2.NO_FLOOR, 12),
    ("q6", CHECK.replace("1e-5", "1e-3").format("(far / size).max()"), hw2.STEPS[0.001], 12),
    ("q6", CHECK.replace("1e-5", "1e-6").format("(far / size).max()"), hw2.STEPS[1e-06], 12),
    ("q6", CHECK.replace("1e-5", "1e-8").format("(far / size).max()"), hw2.SMALLER_STEP, 12),
    ("q6", CHECK.format("far / size"), hw2.ENTRIES, 7.5),
    (
        "q6",
        CHECK.replace("grad.shape != W.shape", "False").format("(far / size).max()"),
        hw2.BROADCAST,
        12,
    ),
    ("q6", CHECK.format("bool((far / size).max() < 1e-4)"), "a number", 6),
    ("q6", CHECK.format("0.0"), "that is not it", 6),
    ("q6", CHECK.format("float((grad < 0).any())"), "that is not it", 6),
    ("q6", WITHOUT_SLOPES, hw2.W_ITSELF, 1),
]
