"""Wrong answers to homework 3: question, code, slip (or words), points in grading."""

from functools import partial

import submissions_here

from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes
from course_exercises.homework import hw3_operation as operations
from course_exercises.homework import hw3_own_network as own_network
from course_exercises.homework import hw3_second_backward as second_backward
from course_exercises.homework import hw3_wrong_line as wrong_line


def product(
    init="self.a, self.W = a, W\n        nodes.append(self)",
    forward="self.value = self.a.value @ self.W.value",
    to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad",
    to_a="self.a.grad = self.a.grad + self.grad @ self.W.value.T",
):
    return f"""
class MatMul:
    def __init__(self, a, W):
        {init}

    def forward(self):
        {forward}

    def backward(self):
        {to_W}
        {to_a}
"""


def sigmoid(
    step,
    value="1 / (1 + np.exp(-z))",
    add="self.z.grad = self.z.grad +",
    init="self.z = z\n        nodes.append(self)",
):
    return f"""
class Sigmoid:
    def __init__(self, z):
        {init}

    def forward(self):
        z = self.z.value
        self.value = {value}

    def backward(self):
        g, z, h = self.grad, self.z.value, self.value
        {add} {step}
"""


def error(
    value="0.5 * (d**2).sum(axis=1)",
    step="self.grad[:, None] * d",
    add="self.output.grad = self.output.grad +",
    init="self.output, self.y = output, y\n        nodes.append(self)",
):
    return f"""
class SquaredError:
    def __init__(self, output, y):
        {init}

    def forward(self):
        d = self.output.value - self.y.value
        self.value = {value}

    def backward(self):
        d = self.output.value - self.y.value
        {add} {step}
"""


def backward(
    first="",
    reset="nodes + parameters",
    zeros="node.grad = np.zeros_like(node.value)",
    start="loss.grad = np.ones_like(loss.value)",
    order="reversed(nodes)",
    each="",
    end="for p in parameters:\n        p.grad = p.grad / len(loss.value)",
):
    return f"""
def Backward(loss):
    {first or "pass"}
    for node in {reset}:
        {zeros}
    {start}
    for node in {order}:
        node.backward()
        {each or "pass"}
    {end}
"""


def sgd(line, over="parameters"):
    return f"def SGD(learning_rate):\n    for p in {over}:\n        {line}"


altered = partial(submissions_here.altered, "hw3")

OVERWRITING = {
    "to_W": "self.W.grad = self.a.value.T @ self.grad",
    "to_a": "self.a.grad = self.grad @ self.W.value.T",
}
ALL = "self.a.grad + direct + 3 * to_m - np.roll(to_m, -1, axis=1)"
ANOTHER_PROGRAM = '''
def mended():
    return """
def Backward(loss):
    for n in nodes + parameters:
        n.grad = 0 * n.value
    loss.grad = np.ones(len(loss.value))
    for n in nodes[::-1]:
        n.backward()
    for p in parameters:
        p.grad = p.grad / len(loss.value)

class Times:
    def __init__(self, a, b):
        self.a, self.b = a, b
        nodes.append(self)
    def forward(self):
        self.value = self.a.value * self.b.value
    def backward(self):
        self.a.grad = self.a.grad + self.grad * self.b.value
        self.b.grad = self.b.grad + self.grad * self.a.value
"""
'''
RUN_WITH_IT = '''
proper = mended
def mended():
    return proper() + """

# What is run with it:
new_graph()
x = Input(np.array([[-2.0], [-1.0], [2.0], [-3.0]]))
"""
'''
WRONG = [
    ("q1", product(**OVERWRITING), nodes.OVERWRITTEN, 6.5),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ self.grad / len(self.grad)"),
        nodes.DIVIDED_IN_A_NODE,
        6.625,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.grad.T @ self.a.value"),
        nodes.TRANSPOSED,
        5.5,
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.grad @ self.W.value"),
        nodes.W_NOT_TRANSPOSED,
        5.5,
    ),
    (
        "q1",
        product(to_W="self.W.grad = self.W.grad + self.a.value.T @ np.ones_like(self.grad)"),
        nodes.GRAD_MISSING,
        6,
    ),
    (
        "q1",
        product(to_a="self.a.grad = self.a.grad + self.value @ self.W.value.T"),
        nodes.VALUE_FOR_GRAD,
        6,
    ),
    ("q1", product(to_a="pass"), "a.grad: nothing was added to it", 6),
    ("q1", product(init="self.a, self.W = a, W"), nodes.NOT_IN_THE_LIST, 6.5),
    (
        "q1",
        product(
            init="self.a, self.W, self.x = a, W, a.value\n        nodes.append(self)",
            forward="self.value = self.x @ self.W.value",
        ),
        nodes.OLD_VALUE,
        6.5,
    ),
    ("q1", product(forward="return self.a.value @ self.W.value"), "there is no 'value'", 6),
    ("q1", sigmoid("g * z * (1 - z)"), nodes.SLOPE_AT_Z, 6),
    ("q1", sigmoid("h * (1 - h)"), nodes.GRAD_MISSING, 6),
    ("q1", sigmoid("g"), nodes.NO_SLOPE, 6),
    ("q1", sigmoid("g * (1 - h**2)"), nodes.OTHER_SLOPE, 6),
    ("q1", sigmoid("g * h * (1 - h) / len(g)"), nodes.DIVIDED_IN_A_NODE, 6.5),
    ("q1", sigmoid("g * h * (1 - h)", add="self.z.grad ="), nodes.OVERWRITTEN, 6.5),
    (
        "q1",
        sigmoid("self.grad", add="self.grad *= h * (1 - h); self.z.grad +="),
        nodes.OWN_GRAD_CHANGED,
        6.5,
    ),
    ("q1", sigmoid("g * h * (1 - h)", "1 / (1 + np.exp(z))"), nodes.SIGN_OF_EXPONENT, 6.5),
    ("q1", error("(d**2).sum(axis=1)"), nodes.NO_HALF, 6.5),
    ("q1", error("0.5 * (d**2).sum()"), nodes.ONE_LOSS, 6),
    ("q1", error("0.5 * (d**2).sum(axis=1).mean()"), nodes.ONE_LOSS, 6),
    ("q1", error("0.5 * (d**2).mean(axis=1)"), nodes.MEAN_OVER_K, 6),
    ("q1", error("0.5 * (d**2).sum(axis=1, keepdims=True)"), nodes.LOSS_IS_COLUMN, 6),
    ("q1", error(step="self.grad[:, None] * -d"), nodes.MINUS, 5.5),
    ("q1", error(step="self.grad[:, None] * 2 * d"), nodes.FACTOR_2, 6.25),
    ("q1", error(step="d"), nodes.GRAD_MISSING, 5.5),
    ("q1", error(step="self.grad * d"), nodes.BY_COLUMNS, 5.5),
    ("q1", error(step="self.grad[:, None] * d / len(d)"), nodes.DIVIDED_IN_A_NODE, 6.25),
    ("q1", error(add="self.output.grad ="), nodes.OVERWRITTEN, 6.5),
    (
        "q2",
        "def Forward():\n    for node in reversed(nodes):\n        node.forward()",
        "AttributeError",
        8,
    ),
    (
        "q2",
        "def Forward():\n    for node in nodes:\n        if not hasattr(node, 'value'):\n"
        "            node.forward()",
        networks.FIRST_FORWARD,
        8,
    ),
    ("q2", backward(reset="[]"), networks.PARAMETERS_NOT_RESET, 6.915),
    ("q2", backward(reset="nodes"), networks.PARAMETERS_NOT_RESET, 7.375),
    ("q2", backward(reset="parameters"), networks.NOT_RESET, 7.29),
    ("q2", backward(order="nodes"), networks.NOTHING_ARRIVED, 5.415),
    ("q2", backward(end="pass"), networks.SUM_NOT_MEAN, 7.25),
    ("q2", backward(start="loss.grad = 1.0"), networks.LOSS_GRAD_NUMBER, 8.335),
    (
        "q2",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)", end="pass"),
        networks.NODES_DIVIDED,
        8.125,
    ),
    (
        "q2",
        backward(start="loss.grad = np.ones_like(loss.value) / len(loss.value)"),
        networks.NODES_DIVIDED,
        7.25,
    ),
    (
        "q2",
        backward(end="for p in nodes + parameters:\n        p.grad = p.grad / len(loss.value)"),
        networks.NODES_DIVIDED,
        8.125,
    ),
    (
        "q2",
        backward(each="for p in parameters: p.grad = p.grad / len(loss.value)", end="pass"),
        networks.DIVIDED_AGAIN,
        8.25,
    ),
    (
        "q2",
        backward(first="loss.grad = np.ones_like(loss.value)", start="pass"),
        networks.LOSS_GRAD_ZERO,
        2.5,
    ),
    ("q2", backward(first="loss = nodes[-1]"), networks.LAST_NODE, 8.5),
    ("q2", backward(zeros="node.grad[...] = 0.0"), networks.KEPT_GRAD, 8.5),
    (
        "q2",
        backward(end="for p in parameters:\n        p.grad = p.grad / len(parameters)"),
        networks.SUM_NOT_MEAN,
        5.75,
    ),
    ("q2", sgd("p.value = p.value + learning_rate * p.grad"), networks.UPHILL, 8.5),
    ("q2", sgd("p.value = p.value - p.grad"), networks.RATE_MISSING, 8.5),
    ("q2", sgd("p.value = p.value - learning_rate**2 * p.grad"), networks.RATE_TWICE, 7.5),
    ("q2", sgd("p.value -= learning_rate * p.grad"), networks.KEPT_VALUE, 8.5),
    (
        "q2",
        sgd("p.value = p.value - learning_rate * p.grad", "nodes + parameters"),
        networks.NODE_CHANGED,
        8.5,
    ),
    ("q2", sgd("p = p.value - learning_rate * p.grad"), networks.UNCHANGED, 7.5),
    ("q3", altered("Own", (ALL, "self.a.grad + direct")), operations.LOST_M, 6.5),
    (
        "q3",
        altered("Own", (ALL, "self.a.grad + 3 * to_m - np.roll(to_m, -1, axis=1)")),
        operations.LOST_DIRECT,
        6.5,
    ),
    (
        "q3",
        altered("Own", ("np.roll(to_m, -1, axis=1)", "np.roll(to_m, 1, axis=1)")),
        operations.TURNED_SUM,
        11,
    ),
    (
        "q3",
        altered(
            "Own",
            ("to_m = g * a * np.abs(a)", "to_m = a * np.abs(a)"),
            ("3 * to_m - np.roll(to_m, -1, axis=1)", "g * (3 * to_m - np.roll(to_m, -1, axis=1))"),
        ),
        operations.G_OF_I,
        11,
    ),
    ("q3", altered("Own", ("g * 2 * np.abs(a)", "g * np.abs(a)")), operations.HALF_SLOPE, 11),
    ("q3", altered("Own", ("g * 2 * np.abs(a)", "g * 2 * a")), operations.SIGNED_SLOPE, 11),
    ("q3", altered("Own", ("+ 3 * to_m", "")), operations.LOST_OWN_M, 11),
    (
        "q3",
        altered("Own", ("np.roll(to_m, -1, axis=1)", "np.roll(to_m, -1, axis=0)")),
        "the numbers are not",
        2,
    ),
    (
        "q3",
        altered("Own", ("self.a.grad = self.a.grad + direct", "self.a.grad = direct")),
        nodes.OVERWRITTEN,
        15,
    ),
    (
        "q3",
        altered(
            "Own",
            ("g = (self.a.value, self.grad)", "g = (self.a.value, self.grad / len(self.grad))"),
        ),
        nodes.DIVIDED_IN_A_NODE,
        12.5,
    ),
    (
        "q3",
        altered(
            "Own", ("g = (self.a.value, self.grad)", "g = (self.a.value, np.ones_like(self.grad))")
        ),
        nodes.GRAD_MISSING,
        2,
    ),
    (
        "q3",
        altered("Own", ("self.value = a * np.abs(a) * self.m", "self.value = a * a * self.m")),
        operations.NO_ABSOLUTE,
        16,
    ),
    (
        "q3",
        altered("Own", ("np.roll(a, 1, axis=1)", "np.roll(a, -1, axis=1)")),
        operations.OTHER_ENTRIES,
        0,
    ),
    (
        "q4",
        altered("build_mine", ("Own(Gate(s, a))", "Own(a)")),
        own_network.NO_JOIN,
        17,
    ),
    ("q4", altered("build_mine", ("Own(Gate(s, a))", "Gate(s, a)")), own_network.NO_OWN, 17),
    (
        "q4",
        altered("build_mine", ("(w, SquaredError(w, t))", "(SquaredError(w, t), w)")),
        own_network.LOSS_FIRST,
        0,
    ),
    (
        "q4",
        altered(
            "build_mine", ("Tanh(Turned(Sigmoid(s), W['P']))", "Sigmoid(Turned(Tanh(s), W['P']))")
        ),
        own_network.EXCHANGED,
        17,
    ),
    (
        "q4",
        altered(
            "build_mine",
            ("Turned(Sigmoid(s), W['P'])", "MatMul(Sigmoid(s), W['P'])"),
            ("Turned(Own(Gate(s, a)), W['U'])", "MatMul(Own(Gate(s, a)), W['U'])"),
        ),
        own_network.AS_STORED,
        17,
    ),
    (
        "q4",
        altered("build_mine", ("self.grad.T @ self.a.value", "(self.grad.T @ self.a.value).T")),
        "two shapes do not fit",
        3,
    ),
    (
        "q4",
        altered("build_mine", ("self.a.grad + self.grad * self.b.value", "self.a.grad")),
        own_network.SHORTER_PATH_LOST,
        14.34,
    ),
    (
        "q4",
        altered("build_mine", ("self.b.grad + self.grad * self.a.value", "self.b.grad")),
        own_network.LONGER_PATH_LOST,
        8.66,
    ),
    (
        "q4",
        altered(
            "build_mine",
            ("self.a.grad + self.grad * self.b.value", "self.a.grad + self.grad"),
            ("self.b.grad + self.grad * self.a.value", "self.b.grad + self.grad"),
        ),
        own_network.JOINED_AS_SUM,
        8.66,
    ),
    (
        "q4",
        altered("build_mine", ("self.V.grad = self.V.grad + self.grad", "self.V.grad = self.grad")),
        nodes.OVERWRITTEN,
        15.5,
    ),
    (
        "q4",
        altered("build_mine", ("s = Turned(x, W['M'])", "new_graph(); s = Turned(x, W['M'])")),
        networks.NO_UPDATE,
        13,
    ),
    (
        "q5",
        altered("mended", ("for weights in parameters", "for weights in nodes + parameters")),
        wrong_line.NO_LINE,
        5,
    ),
    (
        "q5",
        altered(
            "mended",
            ("for weights in parameters", "for weights in nodes + parameters"),
            ("np.zeros_like(n.value)", "0 * n.value"),
        ),
        wrong_line.AS_PRINTED,
        6,
    ),
    (
        "q5",
        "def what_comes(): return {'w': 21.0, 'v': -63.0, 'c': [48.0, 12.0, 24.0, 24.0]}",
        wrong_line.AS_IF_RIGHT,
        9,
    ),
    (
        "q5",
        "def what_comes(): return {'w': 21.0, 'v': 5.0, 'c': [12.0, 3.0, 6.0, 6.0]}",
        wrong_line.TWO_OF_THREE,
        11,
    ),
    (
        "q5",
        "def what_comes(): return {'w': 1.0, 'v': 5.0, 'c': [12.0, 3.0, 6.0, 6.0]}",
        "right of the three: 1",
        9,
    ),
    (
        "q5",
        altered("mended") + RUN_WITH_IT,
        wrong_line.RUN_TOO,
        5,
    ),
    (
        "q5",
        ANOTHER_PROGRAM + "\nanother = mended" + RUN_WITH_IT.replace("proper", "another"),
        wrong_line.RUN_TOO,
        5,
    ),
    (
        "q5",
        ANOTHER_PROGRAM,
        wrong_line.SEVERAL_LINES,
        13,
    ),
    ("q6", "def factor(values): return 2.0", second_backward.TWICE, 6),
    ("q6", "def factor(values): return 6.0", second_backward.PATHS_ADDED, 6),
    (
        "q6",
        altered("factor", ("7 * long + 5 * short", "6 * long + 4 * short")),
        second_backward.SECOND_ALONE,
        6,
    ),
    (
        "q6",
        altered("factor", ("(7 * long + 5 * short) / (long + short)", "7.0")),
        second_backward.LONGER_PATH,
        6,
    ),
    (
        "q6",
        "def factor(values): return 5.25",
        "yours is 5.2500; with these numbers it is",
        6,
    ),
    ("q6", "def factor(values): return 5.0", second_backward.SHORTER_PATH, 6),
    (
        "q6",
        "def weights_for(f): return dict.fromkeys(['x', 'w', 'e', 'r', 'p', 'u'], 1.0)",
        "the factor is 6.0000, not",
        4,
    ),
    (
        "q6",
        altered("weights_for", ("(f - 5) / (7 - f)", "(f - 4) / (6 - f)")),
        second_backward.SECOND_ALONE,
        4,
    ),
    ("q6", altered("weights_for", ("'x': 1.0", "'x': 0.0")), second_backward.NOTHING_TO_COMPARE, 4),
    ("q6", altered("weights_for", ("{**ones, 'e'", "{'e'")), "a dictionary with x, w, e", 4),
]
