"""Wrong answers to the questions of lesson 06, and how each slip is named."""

from course_exercises import classes

NO_NAME = "the shape is right, the numbers are not."


def paper(*answers):
    """Answers to the question on paper: a line each, the numbers as they would be typed."""
    return [(f"delta3_on_paper = np.array({numbers})", name) for numbers, name in answers]


PAPER = paper(
    ("[[0.1, 0.6, 0.2, 0.1]]", "still to be subtracted"),
    ("[[-0.1, -0.6, 0.8, -0.1]]", "the sign"),
    ("[[0.1, -0.4, 0.2, 0.1]]", "the entry with the index 2"),
    ("[[0.1, 0.6, 0.2, -0.9]]", "not the last class"),
    ("[[0, np.log(6), np.log(2) - 1, 0]]", "softmax first"),
    ("[[1, 6, 1, 1]]", "not divided by their sum"),
    ("[[1, 6, 2, 1]]", "those are the exponentials"),
    ("[[0, np.log(6) / np.log(12), np.log(2) / np.log(12) - 1, 0]]", "the logits were divided"),
    ("[[0, 6/8, 2/8 - 1, 0]]", "e to the power 0"),
    ("[[-0.9, -0.4, -0.8, -0.9]]", "from every probability"),
    ("[[0.1, 0.6, 0.2 - 2, 0.1]]", "not 2"),
    ("[[0.1 - 2, 0.6 - 2, 0.2 - 2, 0.1 - 2]]", "subtracted everywhere"),
    ("[[0.1, 0.6, -0.2, 0.1]]", "got a minus"),
    ("[[0, 0, -0.8, 0]]", "only the right class is there"),
    ("-np.log([[0.1, 0.6, 0.2, 0.1]])", "the loss for each label"),
    ("[[0, 0, -5, 0]]", "derivative by the probabilities"),
    ("[[0.009, 0.144, -0.128, 0.009]]", "p (1 − p) is too much"),
    ("[[0.2, 1.2, -1.6, 0.2]]", "a factor 2"),
    ("[[0.05, 0.3, -0.4, 0.05]]", "a factor ½"),
    ("[[0.025, 0.15, -0.2, 0.025]]", "mean over the classes"),
    ("[0.1, 0.6, -0.8, 0.1]", "brackets"),
    ("[0.1, 0.6, 0.2, 0.1]", "Besides: that is softmax(z3)"),
    ("[[0.1], [0.6], [-0.8], [0.1]]", "not a column"),
    ("[[0.1, 0.6, -0.8]]", "the shape is (1, 3)"),
    ("[[0.1, -0.8, 0.6, 0.1]]", NO_NAME),
    ("[[1/8, 4/8, -6/8, 1/8]]", NO_NAME),
    ("-0.8", "the shape is ()"),
    ("[[1/4, 6/4, 2/4 - 1, 1/4]]", "divided by their number;"),
    ("[[1/6, 6/6, 2/6 - 1, 1/6]]", "by the largest;"),
    ("[[1/8, 6/8, -1, 1/8]]", "is part of the sum too"),
    ("[[0.01, 0.36, -0.16, 0.01]]", "one factor p_k too many"),
    ("[[0.09, 0.24, 0.16, 0.09]]", "the derivative of a probability"),
    ("(e := np.exp([[0, np.log2(6), 1, 0]])) / e.sum() - [[0, 0, 1, 0]]", "another base"),
    ("[['0.1', '0.6', '-0.8', '0.1']]", "a number or an array"),
)

# What q1 asked before: the shim of old notebooks still does.
EARLIER = paper(
    ("[[0.25, 0.5, 0.25]]", "still to be subtracted"),
    ("[[-0.25, 0.5, -0.25]]", "the sign"),
    ("[[-0.75, 0.5, 0.25]]", "the entry with the index 1"),
    ("[[0.25, 0.5, -0.75]]", "not the last class"),
    ("[[0, np.log(2) - 1, 0]]", "softmax first"),
    ("[[0, 0, 0]]", "Or: e to the power 0"),
    ("[0.25, -0.5, 0.25]", "brackets"),
)

CLASSES = """
def delta3_of_classes(z3, y):
    e = np.exp(z3)
    p = e / e.sum(axis=1, keepdims=True)
    onehot = np.eye(z3.shape[1])[y]
    {}
"""
NUDGED = """
def delta3_of_classes(z3, y):
    def loss(z, b):
        {}
    nudged = np.zeros(z3.shape)
    for b in range(len(z3)):
        for k in range(z3.shape[1]):
            up, down = z3[b].copy(), z3[b].copy()
            up[k] += {}
            down[k] -= {}
            nudged[b, k] = (loss(up, b) - loss(down, b)) / (up[k] - down[k] or 1)
    return nudged
"""
LOSSES = [
    "return -np.log(np.exp(z[y[b]]) / np.exp(z).sum())",
    "return np.log(np.exp(z - z.max()).sum()) + z.max() - z[y[b]]",
]
CODE = [
    ("return p", "still to be subtracted"),
    ("return onehot - p", "the sign: softmax"),
    ("return p + onehot", "the sign of onehot"),
    ("return z3 - onehot", "not passed through softmax"),
    ("return z3 - y[:, None]", "and y is the number"),
    ("return e / e.sum(axis=1) - onehot", "keepdims=True is missing"),
    ("return e / e.sum() - onehot", "one sum of all rows"),
    ("return e / e.sum(axis=0) - onehot", "down the columns"),
    ("return e / e.sum(axis=0, keepdims=True) - onehot", "down the columns"),
    ("return e - onehot", "not divided by their sum"),
    ("return z3 / z3.sum(axis=1, keepdims=True) - onehot", "first take their exponentials"),
    ("return (p - onehot) / len(y)", "row b of δ3"),
    ("return (p - onehot) / z3.size", NO_NAME),
    ("return (p - onehot).sum(axis=0)", "the rows were added up"),
    ("return (p - onehot).sum(axis=0, keepdims=True)", "the shape is (1, 4)"),
    ("return (p - onehot).mean(axis=0)", "mean over the rows"),
    ("return p - 1", "from every entry"),
    ("return p - y[:, None]", "the number of the class"),
    ("return p - y", "the row y was subtracted"),
    ("p[np.arange(len(y)), y] -= y\n    return p", "what is subtracted there is 1"),
    ("p[np.arange(len(y)), y - 1] -= 1\n    return p", "count from 0"),
    ("p[:, y[0]] -= 1\n    return p", "label of the first example"),
    ("p[0, y[0]] -= 1\n    return p", "in the first row only"),
    ("p[-1, y[-1]] -= 1\n    return p", "in the last row only"),
    ("for b in range(len(y)):\n        d = p.copy(); d[b, y[b]] -= 1\n    return d", "overwrite"),
    ("for b in range(len(y)):\n        d = p[b:b+1] - onehot[b:b+1]\n    return d", "overwrite"),
    ("for b in range(len(y)):\n        d = p[b] - onehot[b]\n    return d", "overwrite"),
    ("return p[:1] - onehot[:1]", "only the first example"),
    ("p[y] -= 1\n    return p", "in whole rows"),
    ("p[:, y] -= 1\n    return p", "columns of all labels"),
    ("return p - onehot.max(axis=0)", "columns of all labels"),
    ("return p - (p == p.max(axis=1, keepdims=True))", "at the largest probability"),
    ("return (p - onehot).T", "became columns"),
    ("return -onehot / p", "derivative by the probabilities"),
    ("return (p - onehot) * p * (1 - p)", "p (1 − p) is too much"),
    ("return np.log(p) - onehot", "the logarithm of the probabilities"),
    ("e = np.exp(p)\n    return e / e.sum(axis=1, keepdims=True) - onehot", "taken twice"),
    ("return 1 / (1 + np.exp(-z3)) - onehot", "the sigmoid"),
    ("return 2 * (p - onehot)", "a factor 2"),
    ("return (p - onehot) / 2", "a factor ½"),
    ("return -np.log(p[np.arange(len(y)), y])", "the shape is (4,)"),
    ("return p - np.eye(4)[y]", "two shapes do not fit"),
    ("return p - np.eye(len(z3))[y]", "as many columns as z3"),
    ("return p[:4] - np.eye(4)[[2, 0, 2, 3]]", "two shapes do not fit"),
    ("z3[:] = p - onehot\n    return z3", "changed in place"),
    ("z3 -= z3.max(axis=1, keepdims=True)\n    return p - onehot", "changed in place"),
    ("return np.zeros((4, 4))", "the same for other arguments"),
    ("return p - np.eye(2)[y]", "as many columns as z3"),
    ("return p - np.eye(y.max() + 1)[y]", "as many columns as z3"),
    ("return p - np.array([[1.0, 0.0]])", "as many columns as z3"),
    ("return (p - onehot) / z3.shape[1]", "the mean over the classes is not"),
    ("d = 0 * p; d[0] = (p - onehot)[0]\n    return d", "stand inside the loop"),
    ("d = p - onehot; d[-1] = 0\n    return d", "range(len(y))"),
    ("d = p - onehot; d[0] = 0\n    return d", "rows are counted from 0"),
    ("return p[:1] - onehot", "softmax of the first example"),
    ("p[0, y] -= 1\n    return p", "in the first row at all labels"),
    ("d = p.astype(int); d[np.arange(len(y)), y] -= 1\n    return d", "whole numbers only"),
    ("return np.exp(z3 - z3.max(1, keepdims=True)) - onehot", "by the largest exponential"),
    ("return (p - 1) * onehot", "only the right class"),
    ("return z3 - y", "of the squared error"),
    ("return p - (y == np.arange(z3.shape[1]))", "y[:, None]"),
    ("return np.round(p) - onehot", "p was rounded"),
    (
        "e = np.exp(z3 - z3.max(0))\n    return e / e.sum(1, keepdims=True) - onehot",
        "largest logit of each column",
    ),
    (
        "e = np.exp(z3 - z3.max(1, keepdims=True))\n    return e / e.sum(0) - onehot",
        "axis=1 for both",
    ),
    ("return [['1', '2']]", "a number or an array"),
    ("return p - one_hot", "stopped with NameError"),
]

IDEA = [
    ("0.25", "the probability of each class"),
    ("np.log(0.25)", "the sign"),
    ("np.log10(4)", "base 10"),
    ("2", "base 2"),
    ("4", "still to be taken"),
    ("0", "only if the right class"),
    ("np.log(2)", "two classes"),
    ("-np.log(0.75)", "another probability"),
    ("0.75", "not a logarithm"),
    ("np.log(4) / 4", "mean over the classes"),
    ("4 * np.log(4)", "all four labels"),
    ("1.386", "rounded"),
    ("1.4", "rounded"),
    ("1.5", "that is not it"),
    ("'1.3862943611198906'", "not a str"),
    ("[np.log(4)] * 4", "one number is wanted"),
]

TWO = [
    ("(0.8, 0, -0.8)", "the probability: that is the probability of class 0"),
    ("(0.25, 0, -0.75)", "the probability: that is e to the power z"),
    ("(4, 1, 3)", "the probability: that is e⁻ᶻ"),
    ("(5, 1, 4)", "1 is still to be divided"),
    ("(-np.log(4), 0, -0.8)", "it passes through the sigmoid"),
    ("(np.log(5), 0, -0.8)", "the probability: that is the loss"),
    ("(0.2, 1, -0.8)", "the class: 1 is the label"),
    ("(0.2, 0.2, -0.8)", "the class: that is p"),
    ("(0.2, 0.5, -0.8)", "the class: the answer is a class"),
    ("(0.2, 0, 0.8)", "the derivative: the sign"),
    ("(0.2, 0, 0.2)", "with the label 0"),
    ("(0.2, 0, -np.log(4) - 1)", "the slope of the squared error"),
    ("(0.2, 0, -0.128)", "p (1 − p) is too much"),
    ("(0.2, 0, -5)", "the derivative by p"),
    ("(0.2, 0, 0.16)", "the slope of the sigmoid alone"),
    ("(0.2, 0, np.log(5))", "the derivative: that is the loss"),
    ("(0.2, 0, -1)", "takes no part"),
    ("(0.2, 0, -1.6)", "a factor 2"),
    ("(0.2, 0, -0.4)", "a factor ½"),
    ("(0.2, 0)", "3 numbers are wanted"),
    ("(0.2, 0, -0.7)", "the derivative: that is not it"),
    ("(0.2, '0', -0.8)", "a number or an array"),
]

LINES = """my_lines = '''
z.grad = softmax(z) − onehot(y)
a.grad = z.grad + z.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
'''"""
WRONG = [
    (classes.q5, LINES.replace("softmax(z)", "softmax(h)"), "0 of 3 lines hold"),
    (classes.q5, LINES.replace("softmax(z) − onehot(y)", "softmax(z)"), "0 of 3 lines hold"),
    (classes.q5, LINES.replace("softmax(z) − onehot(y)", "z − onehot(y)"), "0 of 3 lines hold"),
    (classes.q5, LINES.replace("(1 − h²)", "(1 − a²)"), "a.grad"),
    (classes.q5, LINES.replace("(1 − h²)", "(1 − z²)"), "a.grad"),
    (classes.q5, LINES.replace(" ⊙ (1 − h²)", ""), "a.grad"),
    (classes.q5, LINES.replace(" + z.grad ⊙ (1 − h²)", ""), "a.grad"),
    (classes.q5, LINES.replace("z.grad + ", ""), "a.grad"),
    (classes.q5, LINES.replace("z.grad + z.grad ⊙", "(z.grad + z.grad) ⊙"), "a.grad"),
    (classes.q5, LINES.replace(" / B", ""), "holds only for one example"),
    (
        classes.q5,
        LINES.replace("onehot(y)", "onehot(y)) / B")
        .replace("softmax", "(softmax")
        .replace("grad / B", "grad"),
        "by another rule",
    ),
    *(
        (classes.q2, NUDGED.format(loss, step, step), "whose loss no step ε changes")
        for loss in LOSSES
        for step in ("1e-6", "1e-5", "1e-4")
    ),
    *((classes.q1, code, name) for code, name in PAPER),
    *((classes.earlier_q1, code, name) for code, name in EARLIER),
    *((classes.q2, CLASSES.format(code), name) for code, name in CODE),
    *((classes.q3, f"loss_without_an_idea = {code}", name) for code, name in IDEA),
    *((classes.q4, f"two_classes = {code}", name) for code, name in TWO),
]

# Right answers in other styles.
OTHER_STYLES = [
    (
        classes.q5,
        LINES.replace(
            "softmax(z) − onehot(y)", "exp(z) / exp(z).sum(axis=1, keepdims=True) − onehot(y)"
        ),
    ),
    (classes.q1, "delta3_on_paper = [[0.1, 0.6, -0.8, 0.1]]"),
    (classes.q1, "delta3_on_paper = np.array([[1, 6, -8, 1]]) / 10"),
    (classes.q1, "delta3_on_paper = np.array([[1, 6, -8, 1]], dtype=np.float32) / 10"),
    (classes.q2, CLASSES.format("return p - onehot")),
    (classes.q2, CLASSES.format("return (p - onehot).astype(np.float32)")),
    (classes.q2, CLASSES.format("return (p - onehot).tolist()")),
    (
        classes.q2,
        "def delta3_of_classes(z3, y):\n"
        "    rows = []\n"
        "    for z, label in zip(z3, y):\n"
        "        e = [np.exp(v - max(z)) for v in z]\n"
        "        rows.append([v / sum(e) - (k == label) for k, v in enumerate(e)])\n"
        "    return rows",
    ),
    (
        classes.q2,
        "def delta3_of_classes(z3, y):\n"
        "    e = np.exp(z3.T)\n"
        "    p = np.einsum('kb,b->bk', e, 1 / e.sum(axis=0))\n"
        "    for b in range(len(y)):\n"
        "        p[b, y[b]] -= 1\n"
        "    return p",
    ),
    (classes.q3, "loss_without_an_idea = -np.log(1 / 4)"),
    (classes.q3, "loss_without_an_idea = 2 * np.log(2)"),
    (classes.q4, "two_classes = [1 / 5, 0, 1 / 5 - 1]"),
    (classes.q4, "two_classes = np.array([0.2, 0, -0.8], dtype=np.float32)"),
]
