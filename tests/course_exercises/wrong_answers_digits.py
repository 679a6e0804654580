"""Wrong answers to the questions of lesson 11, and how each slip is named."""

from course_exercises import digits

ACCURACY = """
def accuracy(z3, labels):
    N, K = z3.shape
    best = z3.argmax(axis=1)
    right = best == labels
    p = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
    return {}
"""
SHARES = [
    ("float(right[0])", "first example alone"),
    ("float(right[-1])", "last example alone. In a loop"),
    ("right[-1] / N", "last example alone, divided"),
    ("sum(right[i] for i in range(N - 1)) / N", "last example was left out; the loop"),
    ("right[:-1].mean()", "last example was left out."),
    ("right[1:].sum() / N", "first example was left out; rows are counted from 0."),
    ("right[1:].mean()", "first example was left out; rows are counted from 0, and"),
    ("round(right.mean())", "rounded to a whole number"),
    ("int(right.mean())", "is cut to a whole number"),
    ("right.all()", "whether all answers"),
    ("(best[:, None] == labels).mean()", "with every label"),
    ("(z3.argmax(axis=1, keepdims=True) == labels).mean()", "with every label"),
    ("p[np.arange(N), labels].mean()", "mean probability"),
    ("(z3[np.arange(N), labels] > 0).mean()", "not yet the largest"),
    ("(z3 == z3.max(axis=1, keepdims=True)).mean()", "marks the largest"),
    ("1 - np.mean((best - labels) ** 2)", "does not matter"),
    ("(abs(best - labels) <= 1).mean()", "neighbouring class"),
    ("right.sum() / 10", "divided by 10"),
    ("right.sum() / 179", "divided by 179"),
    ("right[:10].mean()", "only ten examples"),
    ("right[:K].sum() / N", "only the first rows"),
    ("right.sum() / (N - 1)", "one less than"),
    ("(z3.argsort(axis=1)[:, -2:] == labels[:, None]).any(axis=1).mean()", "second largest logit"),
    ("(z3.argsort(axis=1)[:, -2] == labels).mean()", "that is the second largest logit"),
    ("np.mean([right[labels == k].mean() for k in set(labels)])", "weighed alike"),
    ("(best - 1 == labels).mean()", "that is not it"),
]
STANDARDISED = """
def standardise_test(train, test):
    mean, deviation, out = train.mean(axis=0), train.std(axis=0), test.copy()
    return {}
"""
STANDARDS = [
    ("(test - train.mean(axis=1)) / train.std(axis=1)", "mean and deviation of each row of train"),
    (
        "(test - train.mean(1, keepdims=True)) / train.std(1, keepdims=True)",
        "each row of train were taken, as columns",
    ),
    ("(test - mean[-1]) / deviation[-1]", "of the last column"),
    (
        "np.hstack([(test - mean)[:, :-1] / deviation[:-1], out[:, -1:]])",
        "last column stayed",
    ),
    ("(test - train[0]) / deviation", "first row of train"),
    ("(test - mean) / np.sqrt((train**2).mean(axis=0))", "not from 0"),
    ("(test - mean) / abs(train - mean).mean(axis=0)", "mean distance"),
    ("test / train.max(axis=0)", "largest value"),
    ("(test - np.median(train, axis=0)) / deviation", "median"),
    ("((test - mean) / deviation).astype(int)", "whole numbers"),
    ("(test - mean) / np.sqrt(((train - mean) ** 2).sum(axis=0))", "number of examples"),
    ("(test - mean) / (deviation + 1)", "one number was added"),
    ("(test - mean) / (deviation + 0.01)", "the numbers are not"),
    ("(test[:, range(64)] - mean) / deviation", "Take the sizes from the arrays"),
    ("(train - mean) / deviation, (test - mean) / deviation", "the shape is (2, 7, 7)"),
]

LINES = """my_lines = '''
z.grad = softmax(z) − onehot(y)
V.grad = h.T @ z.grad / B
h.grad = z.grad @ V.T
a.grad = h.grad ⊙ (1 − h²)
U.grad = x.T @ a.grad / B
S.grad = x.T @ z.grad / B
'''"""
WRONG = [
    (digits.q3, LINES.replace("softmax(z)", "z"), "0 of 6 lines hold"),
    (digits.q3, LINES.replace(" ⊙ (1 − h²)", ""), "a.grad"),
    (digits.q3, LINES.replace("1 − h²", "1 − a²"), "a.grad"),
    (digits.q3, LINES.replace("h.grad ⊙", "z.grad ⊙"), "a.grad"),
    (digits.q3, LINES.replace("x.T @ z.grad", "x.T @ a.grad"), "S.grad"),
    (digits.q3, LINES.replace("x.T @ a.grad", "h.T @ a.grad"), "U.grad"),
    (digits.q3, LINES.replace("z.grad @ V.T", "z.grad @ V"), "h.grad"),
    (digits.q3, LINES.replace(" / B", ""), "3 of 6 lines hold"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum()", "number of right"),
    (digits.q1, "def accuracy(z3, y): return 100 * (z3.argmax(axis=1) == y).mean()", "percent"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=1) != y).mean()", "errors"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax(axis=0) == y).mean()", "each column"),
    (digits.q1, "def accuracy(z3, y): return (z3.argmax() == y).mean()", "whole array"),
    (digits.q1, "def accuracy(z3, y): return z3.argmax(axis=1) == y", "take the mean"),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - b.mean(axis=0)) / a.std(axis=0)",
        "the mean is that of the test data",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / b.std(axis=0)",
        "the deviation is that of the test data",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return b - a.mean(axis=0) / a.std(axis=0)",
        "brackets are missing",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - test.mean(axis=0)) / test.std(axis=0)",
        "Only the training data may speak",
    ),
    (
        digits.q2,
        "def standardise_test(train, test):\n"
        "    both = np.vstack([train, test])\n"
        "    return (test - both.mean(axis=0)) / both.std(axis=0)",
        "put together",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return test - train.mean(axis=0)",
        "division",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return test / train.std(axis=0)",
        "not subtracted",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - train.mean()) / train.std()",
        "each column",
    ),
    (
        digits.q2,
        "def standardise_test(train, test): return (test - train.mean(axis=0)) / train.var(axis=0)",
        "variance",
    ),
    (
        digits.q2,
        "def standardise_test(a, test): return (a - a.mean(axis=0)) / a.std(axis=0)",
        "that is the training data",
    ),
    (digits.earlier_q3, "choose_on = 'test'", "fitted"),
    (digits.earlier_q3, "choose_on = 'training'", "seen the answers"),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.max(axis=1) == y).mean()",
        "max gives the largest logit",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() / z3.shape[1]",
        "divided by the number of classes",
    ),
    (
        digits.q2,
        "def standardise_test(train, test):\n"
        "    test -= train.mean(axis=0)\n"
        "    test /= train.std(axis=0)\n"
        "    return test",
        "test was changed in place",
    ),
    (digits.q1, "def accuracy(z3, y): return (z3.argmin(axis=1) == y).mean()", "argmin looks"),
    (
        digits.q1,
        "def accuracy(z3, y): return (np.abs(z3).argmax(axis=1) == y).mean()",
        "the sign of a logit",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() / z3.size",
        "number of all logits",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() / 19",
        "but not for 37 examples and 4 classes: that is not it.",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3[:, :19].argmax(axis=1) == y)[:19].sum() / 19",
        "but not for 37 examples and 4 classes: that is not it.",
    ),
    (digits.q1, "def accuracy(z3, y): return 10 / 19", "returns the same for other arguments"),
    (digits.q1, "def accuracy(z3, y): return str((z3.argmax(axis=1) == y).mean())", "not a str"),
    (
        digits.q1,
        "def accuracy(z3, y): return (z3.argmax(axis=1) == y).sum() // len(y)",
        "is cut to a whole number",
    ),
    (digits.q1, "def accuracy(z3, y): return z3.argmax(axis=1)", "compare them with the labels"),
    (
        digits.q1,
        "def accuracy(z3, y): return np.abs(z3.argmax(axis=1) - y).mean()",
        "that is not it",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return round((z3.argmax(axis=1) == y).mean(), 2)",
        "that is rounded",
    ),
    (
        digits.q1,
        "def accuracy(z3, y): return (np.sort(z3.argmax(axis=1)) == np.sort(y)).mean()",
        "were sorted first",
    ),
    (
        digits.q1,
        "def accuracy(z3, y):\n"
        "    p = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)\n"
        "    return (p[range(len(y)), y] > 0.5).mean()",
        "above ½",
    ),
    (
        digits.q1,
        "def accuracy(z3, y):\n"
        "    n = 0\n"
        "    for b in range(len(y)):\n"
        "        n = z3[b].argmax() == y[b]\n"
        "    return n / len(y)",
        "last example alone, divided",
    ),
    (
        digits.q1,
        "def accuracy(z3, y):\n"
        "    n = 0\n"
        "    for b in range(len(y)):\n"
        "        n += z3[b].argmax() == y[b]\n"
        "        return n / len(y)",
        "`return` stands inside it",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (a.mean(axis=0) - b) / a.std(axis=0)",
        "the sign",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b + a.mean(axis=0)) / a.std(axis=0)",
        "not added",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) * a.std(axis=0)",
        "do not multiply",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / a.std()",
        "one deviation",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean()) / a.std(axis=0)",
        "one mean for all pixels, though",
    ),
    (
        digits.q2,
        "def standardise_test(a, b):\n    return ((b.T - b.mean(axis=1)) / b.std(axis=1)).T",
        "each row",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / np.sqrt(a.std(axis=0))",
        "root of the standard deviation",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.mean(axis=0)) / a.std(axis=0, ddof=1)",
        "ddof=1",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return np.clip((b - a.mean(axis=0)) / a.std(axis=0), -3, 3)",
        "no limit",
    ),
    (
        digits.q2,
        "def standardise_test(a, b): return (b - a.min(axis=0)) / (a.max(axis=0) - a.min(axis=0))",
        "scaling to 0–1",
    ),
    (
        digits.q2,
        "def standardise_test(b, a): return (b - a.mean(axis=0)) / a.std(axis=0)",
        "exchanged",
    ),
    (digits.q2, "def standardise_test(a, b): return b", "came back"),
    (
        digits.q2,
        "def standardise_test(a, b):\n"
        "    mean = a.sum(axis=0) / 50\n"
        "    return (b - mean) / np.sqrt(((a - mean) ** 2).sum(axis=0) / 50)",
        "the numbers are not",
    ),
    (
        digits.q2,
        "def standardise_test(a, b):\n"
        "    out = b.copy()\n"
        "    for i in range(4):\n"
        "        out[:, i] = (b[:, i] - a[:, i].mean()) / a[:, i].std()\n"
        "    return out",
        "the numbers are not",
    ),
    (
        digits.q2,
        "def standardise_test(a, b):\n"
        "    for i in range(a.shape[1]):\n"
        "        out = np.zeros(b.shape)\n"
        "        out[:, i] = (b[:, i] - a[:, i].mean()) / a[:, i].std()\n"
        "    return out",
        "the numbers are not",
    ),
    *((digits.q1, ACCURACY.format(code), name) for code, name in SHARES),
    *((digits.q2, STANDARDISED.format(code), name) for code, name in STANDARDS),
    (digits.earlier_q3, "choose_on = 'not validation'", "answer with"),
    (digits.earlier_q3, "choose_on = 'invalid'", "answer with"),
    (digits.earlier_q3, "choose_on = 'values'", "answer with"),
    (digits.earlier_q3, "choose_on = ['validation']", "answer with"),
    (digits.earlier_q3, "choose_on = 'validation and test'", "answer with"),
    (digits.earlier_q3, "choose_on = 'any'", "answer with"),
    (digits.earlier_q3, "choose_on = 2", "answer with"),
]
