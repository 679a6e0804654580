"""Wrong answers to homework 2: question, code, words of the slip, points in grading."""

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
    ("q1", slope("1 / (1 + np.exp(-h)) * (1 - 1 / (1 + np.exp(-h)))"), "once more", 4),
    ("q1", slope("1 - h**2", "h * (1 - h)"), "other activation", 0),
    ("q1", slope(tanh="1 - h"), "the square is missing", 6),
    ("q1", slope(tanh="1 - np.tanh(h) ** 2"), "once more", 4),
    ("q1", slope("1 - h"), "the factor h is missing", 4),
    ("q1", slope("h"), "not a derivative", 4),
    ("q1", slope("h * (1 - h)", "h**2 - 1"), "the sign", 4),
    ("q1", slope("h @ (1 - h)"), "the inner numbers differ", 4),
    ("q1", "def slope(h, activation):\n    derivative = h * (1 - h)", "`return` may be missing", 0),
    ("q1", "def slope(h, activation):\n    h *= 1 - h\n    return h", "changed in place", 0),
    ("q2", squared("y - z3"), "the sign", 11.5),
    ("q2", squared("2 * (z3 - y)"), "the ½ of the loss cancels it", 11.5),
    ("q2", squared("0.5 * (z3 - y) ** 2"), "not differentiated", 9),
    ("q2", squared("z3"), "y is missing", 9),
    ("q2", squared("(z3 - y).sum(axis=1)"), "added up over the outputs", 9),
    ("q2", squared("(z3 - y) / len(y)"), "mean over the examples is not taken here", 12),
    ("q2", classes("p"), "still to be subtracted", 8),
    ("q2", classes("onehot - p"), "the sign", 9.5),
    ("q2", classes("z3 - onehot"), "not passed through softmax", 5),
    ("q2", classes("p - 1"), "at every class", 5),
    ("q2", classes("p - y[:, None]"), "number of the class", 5),
    ("q2", classes("p - onehot.max(axis=0)"), "each row has its own", 5),
    ("q2", classes("p - np.roll(onehot, -1, axis=1)"), "count from 0", 9.5),
    (
        "q2",
        classes("np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True) - onehot"),
        "First subtract from each row its own",
        11,
    ),
    ("q2", shifted("e / e.sum()"), "rightly subtracted, but the exponentials were", 5),
    ("q2", shifted("e / e.sum(axis=0)"), "rightly subtracted, but the sum was taken down", 5),
    ("q2", shifted("e"), "rightly subtracted, but the exponentials are not divided", 5),
    ("q2", classes("np.exp(z3 - z3.max()) / np.exp(z3 - z3.max()).sum() - onehot"), "one sum", 5),
    ("q2", classes("np.exp(z3) / np.exp(z3).sum(axis=0) - onehot"), "down the columns", 5),
    ("q2", classes("(p - onehot) / len(y)"), "mean over the examples is not taken here", 9.5),
    ("q3", weight("h.T @ delta"), "that is the sum", 8),
    ("q3", weight("delta.T @ h / len(h)"), "the transpose", 6),
    ("q3", weight("h.T @ delta / h.shape[1]"), "units that come in", 8),
    ("q3", weight("h.T @ delta / delta.shape[1]"), "the width of δ", 8),
    ("q3", weight("h.T @ delta / len(h) ** 2"), "twice", 8),
    ("q3", weight("np.mean(h.T @ delta / len(h))"), "np.mean", 0),
    ("q3", weight("-h.T @ delta / len(h)"), "the sign", 6),
    ("q3", weight("h @ delta / len(h)"), "the inner numbers differ", 0),
    ("q3", weight("np.outer(h[0], delta[0])"), "numbers are not", 4),
    ("q4", before("delta @ W.T"), "derivative of the activation is missing", 6),
    ("q4", before("(delta @ W.T) * h"), "instead of f′", 0),
    ("q4", before("(delta @ W.T) * h * (1 - h)"), "other activation", 8.5),
    ("q4", before("(delta @ W.T) * (1 - np.tanh(h) ** 2)"), "numbers are not", 3.5),
    ("q4", before("(delta @ W.T) * slope(h, activation) / len(h)"), "is not taken here", 7),
    ("q4", before("(delta @ W) * slope(h, activation)"), "the inner numbers differ", 0),
    ("q4", before("((delta @ W.T) * slope(h, activation)).T"), "the transpose", 0),
    ("q4", before("slope(h, activation)"), "δ and W are missing", 0),
    ("q5", gradients(B="1"), "that is the sum", 12),
    ("q5", gradients(B="len(x) ** 2"), "twice", 12),
    ("q5", gradients(d3="-delta3(z3, y, loss)"), "the sign", 10.5),
    ("q5", gradients(d3="2 * delta3(z3, y, loss)"), "the ½ of the loss cancels it", 0),
    ("q5", gradients(d1="d2 @ W2.T"), "f′(z1) is missing", 17.5),
    ("q5", gradients(d2="d3 @ W3.T"), "f′(z2) is missing", 14),
    ("q5", gradients(d2="d3 @ W3.T", d1="d2 @ W2.T"), "f′(z2) is missing in δ2", 14),
    (
        "q5",
        gradients(
            d1="(d2 @ W2.T) * slope(z1, activation)", d2="(d3 @ W3.T) * slope(z2, activation)"
        ),
        "f′ is computed from h",
        14,
    ),
    (
        "q5",
        gradients(d1="(d2 @ W2.T) * h1 * (1 - h1)", d2="(d3 @ W3.T) * h2 * (1 - h2)"),
        "derivative of the other activation",
        9 + 12 * 2 / 3,
    ),
    ("q5", gradients(z3="f(h2 @ W3)"), "the output passed through", 0),
    ("q5", gradients(d3="delta3(z3, 0 * y, loss)"), "y is missing", 0),
    ("q5", gradients(d3="z3 - (np.eye(W3.shape[1])[y] if y.ndim == 1 else y)"), "softmax", 9),
    (
        "q5",
        gradients(d1="(d2 @ W2.T) * slope(z1, activation)"),
        "in δ1, z1 was put in",
        21 - 21 / 6,
    ),
    ("q5", gradients(d2="(d3 @ W3.T) * slope(z2, activation)"), "in δ2, z2 was put in", 14),
    (
        "q5",
        gradients(end=ALL.replace("h1.T", "z1.T").replace("h2.T", "z2.T")),
        "z was put in where h belongs: what comes into the product",
        14,
    ),
    (
        "q5",
        "weight_gradient = lambda h, d: h.T @ d / h.shape[1]\n" + gradients(end=BY_FUNCTION),
        "units that come in",
        12,
    ),
    ("q5", gradients(end=ALL.replace("return", "result =")), "`return` may be missing", 0),
    ("q5", gradients(end=ALL.replace('"dW1"', '"W1"')), "there is no 'dW1'", 14),
    (
        "q5",
        gradients(end="return {'dW1': d1.T @ x / B, 'dW2': d2.T @ h1 / B, 'dW3': d3.T @ h2 / B}"),
        "the transpose",
        0,
    ),
    (
        "q5",
        gradients(end="return x.T @ d1 / B, h1.T @ d2 / B, h2.T @ d3 / B"),
        "there is no 'dW3'",
        0,
    ),
    ("q6", DIFFERENCES.format("(function(up) - function(W)) / step"), "nudged up only", 10),
    ("q6", DIFFERENCES.format("(function(W) - function(down)) / step"), "nudged down only", 10),
    ("q6", DIFFERENCES.format("(function(up) - function(down)) / step"), "divide by 2", 4),
    ("q6", DIFFERENCES.format("(function(up) - function(down)) / 2 * step"), "the product", 4),
    ("q6", DIFFERENCES.format("(function(down) - function(up)) / (2 * step)"), "the sign", 4),
    ("q6", DIFFERENCES.replace("W.copy(), W.copy()", "W, W").format(CENTRAL), "W itself", 1),
    ("q6", DIFFERENCES.replace("W.copy(), W.copy()", "W, W.copy()").format(CENTRAL), "up", 11),
    (
        "q6",
        DIFFERENCES.replace("step):", "step):\n    step = 1e-5").format(CENTRAL),
        "another step",
        12,
    ),
    (
        "q6",
        DIFFERENCES.replace("[entry]", "[...]").format(CENTRAL),
        "all entries were nudged at once",
        1,
    ),
    ("q6", IN_PLACE.format(before="W = W.copy()", after="pass"), "stayed nudged down", 11),
    ("q6", IN_PLACE.format(before="pass", after="W[entry] += step"), "changed in place", 12),
    ("q6", CHECK.format("far.max()"), "is to be divided", 9),
    ("q6", CHECK.format("(far / size).mean()"), "the mean over the entries", 10),
    ("q6", CHECK.format("(far / np.abs(slopes)).max()"), "by |s| alone", 8),
    ("q6", CHECK.format("(far / np.abs(grad)).max()"), "by |g| alone", 8),
    (
        "q6",
        CHECK.format("(far / np.maximum(np.maximum(np.abs(grad), np.abs(slopes)), 1e-8)).max()"),
        "the larger of |g| and |s|",
        9,
    ),
    ("q6", CHECK.format("(far / (size / 2)).max()"), "half of |g| + |s|", 9),
    ("q6", CHECK.format("((grad - slopes) / size).max()"), "the absolute value of g", 9),
    ("q6", CHECK.format("np.abs((grad - slopes) / size).max(axis=0)"), "one number is wanted", 6),
    (
        "q6",
        CHECK.format("(far / np.maximum(np.abs(grad + slopes), 1e-8)).max()"),
        "|g + s| is not |g| + |s|",
        11,
    ),
    ("q6", CHECK.format("(far / (np.abs(grad) + np.abs(slopes))).max()"), "0 / 0", 12),
    ("q6", CHECK.replace("1e-5", "1e-3").format("(far / size).max()"), "the step 0.001 was", 12),
    ("q6", CHECK.replace("1e-5", "1e-6").format("(far / size).max()"), "the step 1e-06 was", 12),
    ("q6", CHECK.replace("1e-5", "1e-8").format("(far / size).max()"), "far smaller", 12),
    ("q6", CHECK.format("far / size"), "one deviation for each entry", 7.5),
    (
        "q6",
        CHECK.replace("grad.shape != W.shape", "False").format("(far / size).max()"),
        "has repeated the row",
        12,
    ),
    ("q6", CHECK.format("bool((far / size).max() < 1e-4)"), "a number", 6),
    ("q6", CHECK.format("0.0"), "that is not it", 6),
    ("q6", CHECK.format("float((grad < 0).any())"), "that is not it", 6),
    ("q6", WITHOUT_SLOPES, "W itself", 1),
]
