"""Wrong answers to homework 1: question, code, slip (or words), points in grading."""

from course_exercises.homework import hw1

SHAPES = """
def shapes(B, D, H1, H2, K):
    return {{
        "x": {x}, "W1": {W1}, "z1": {z1}, "h1": {z1}, "W2": (H2, H1), "V": {V}, "z2": (H2, B),
        "h2": (H2, B), "W3": (K, H2), "z3": (K, B),
    }}
"""


def shapes(x="(D, B)", W1="(H1, D)", z1="(H1, B)", V="(H2, D)"):
    return SHAPES.format(x=x, W1=W1, z1=z1, V=V)


AS_IN_THE_LESSONS = """
def shapes(B, D, H1, H2, K):
    return {
        "x": (B, D), "W1": (D, H1), "z1": (B, H1), "h1": (B, H1), "W2": (H1, H2), "V": (D, H2),
        "z2": (B, H2), "h2": (B, H2), "W3": (H2, K), "z3": (B, K),
    }
"""
FORWARD = """
def forward(x, W1, W2, W3):
    z1 = x @ W1
    h1 = {h1}
    z2 = h1 @ W2
    h2 = {h2}
    z3 = {z3}
    {end}
"""
ALL = 'return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3}'


def forward(h1="sigmoid(z1)", h2="sigmoid(z2)", z3="h2 @ W3", end=ALL):
    return FORWARD.format(h1=h1, h2=h2, z3=z3, end=end)


def squared(line):
    return f"def squared_error(z3, y):\n    return {line}"


COLUMNS = """
def forward_in_columns(x, y, W1, W2, V, W3):
    z1 = W1 @ x
    h1 = {h1}
    z2 = {z2}
    h2 = {h2}
    z3 = {z3}
    L = {L}
    return {{"z1": z1, "h1": h1, "z2": z2, "h2": h2, "z3": z3, "L": L}}
"""
G = "z2 / np.sqrt(1 + z2**2)"


def columns(
    h1="sigmoid(z1)",
    z2="W2 @ h1 + V @ x",
    h2=G,
    z3="W3 @ h2",
    L="0.5 * ((z3 - y) ** 2).sum(axis=0)",
):
    return COLUMNS.format(h1=h1, z2=z2, h2=h2, z3=z3, L=L)


ONE_COLUMN = 16 / 6  # points of each of the six arrays of question 3
LINES = """
def wrong_lines(x, y, W1, W2, W3, printed):
    names = ("z1", "h1", "z2", "h2", "z3", "L")
    {how}
"""
WITH_MY_OWN = """mine = forward(x, W1, W2, W3)
    mine["L"] = squared_error(mine["z3"], y)
    off = [int(np.abs(printed[name] - mine[name]).max() > 0.001) for name in names]
    return {}"""
FOLLOWS = """follows = {{
        "z1": x @ W1, "h1": sigmoid(printed["z1"]), "z2": printed["h1"] @ W2,
        "h2": sigmoid(printed["z2"]), "z3": printed["h2"] @ W3,
        "L": squared_error(printed["z3"], y),
    }}
    off = [np.abs(printed[name] - follows[name]).max() for name in names]
    return {}"""


def lines(how):
    return LINES.format(how=how)


OUTPUTS = """
def outputs_around(y, J):
    return np.concatenate([{up}, {down}])
"""


def outputs(up, down):
    return OUTPUTS.format(up=up, down=down)


def answer(line):
    return f"def answer_for(z3, factor):\n    return {line}"


def inputs(line):
    return f"def input_of(h1, W1):\n    z1 = np.log(h1 / (1 - h1))\n    return {line}"


PARABOLA = """
def parabola(h2, z3, y, j, k):
    h, d = h2[:, j], z3[:, k] - y[:, k]
    L = squared_error(z3, y)
    return {{"c0": {c0}, "c1": {c1}, "c2": {c2}}}
"""


def parabola(c0="L.mean()", c1="(h * d).mean()", c2="0.5 * (h**2).mean()"):
    return PARABOLA.format(c0=c0, c1=c1, c2=c2)


BOTTOM = """
def bottom(changes, losses):
    c2, c1, c0 = np.polyfit(changes, losses, 2)
    change = {change}
    return {{"change": change, "J": {J}}}
"""


def bottom(change="-c1 / (2 * c2)", J="c0 + c1 * change + c2 * change**2"):
    return BOTTOM.format(change=change, J=J)


WRONG = [
    ("q1", AS_IN_THE_LESSONS, hw1.EXCHANGED, 0),
    ("q1", shapes(W1="(D, H1)"), hw1.EXCHANGED, 9),
    ("q1", shapes(z1="(H1, 1)"), hw1.NO_B, 8),
    ("q1", shapes(z1="(H1,)"), hw1.FLAT, 8),
    ("q1", shapes(W1="(H1, B)"), hw1.B_IN_W, 9),
    ("q1", shapes(V="(H2, H1)"), hw1.V_FROM_H1, 9),
    ("q1", shapes(V="(H1, D)"), hw1.V_TO_H1, 9),
    ("q1", shapes(x="(B, D)"), hw1.EXCHANGED, 9),
    (
        "q1",
        "def shapes(B, D, H1, H2, K): return {'w1': (H1, D)}",
        "the dictionary has no key 'W1'",
        0,
    ),
    ("q2", "def sigmoid(z): return 1 / 1 + np.exp(-z)", hw1.BRACKETS, 18 - 2 - 8 * 4 / 5),
    ("q2", "def sigmoid(z): return 1 / (1 + np.exp(-z[0, 0]))", "the shape is", 18 - 2 - 8 * 4 / 5),
    ("q2", "def sigmoid(z):\n    1 / (1 + np.exp(-z))", "`return` may be missing", 8 + 8 / 5),
    ("q2", forward(h1="z1"), hw1.NOT_YET_ACTIVATED, 10 + 8 * 2.5 / 5),
    ("q2", forward(h2="z2"), hw1.NOT_YET_ACTIVATED, 10 + 8 * 3.5 / 5),
    ("q2", forward(h1="z1", h2="z2"), hw1.NOT_YET_ACTIVATED, 14),
    ("q2", forward(z3="sigmoid(h2 @ W3)"), hw1.OUTPUT_ACTIVATED, 10 + 8 * 4 / 5),
    ("q2", forward(z3="z2 @ W3"), hw1.WITHOUT_H2, 10 + 8 * 4.5 / 5),
    ("q2", forward(end="return z3"), "there is no 'z1'", 10),
    (
        "q2",
        forward(end="return {'z1': z1[0], 'h1': h1, 'z2': z2, 'h2': h2, 'z3': z3}"),
        hw1.ROW_LOST,
        10 + 8 * 4 / 5,
    ),
    ("q2", squared("((z3 - y) ** 2).sum(axis=1)"), hw1.NO_HALF, 15),
    ("q2", squared("0.5 * ((z3 - y) ** 2).mean(axis=1)"), hw1.MEAN_OVER_K, 15),
    ("q2", squared("0.5 * ((z3 - y) ** 2).sum()"), hw1.ONE_FOR_ALL, 12),
    ("q2", squared("0.5 * ((z3 - y) ** 2).sum(axis=0)"), hw1.OVER_EXAMPLES, 12),
    ("q2", squared("0.5 * ((z3 - y) ** 2).sum(axis=1, keepdims=True)"), hw1.COLUMN, 15),
    ("q2", "def batch_loss(L): return L.sum()", hw1.SUM_NOT_MEAN, 17),
    ("q2", "def batch_loss(L): return L.mean() / 2", hw1.HALF_AGAIN, 16),
    ("q3", columns(z2="W2 @ h1"), hw1.NO_V, ONE_COLUMN * 4),
    ("q3", columns(z2="V @ x"), hw1.ONLY_V, ONE_COLUMN * 3.75),
    ("q3", columns(h2="sigmoid(z2)"), hw1.SIGMOID_AGAIN, ONE_COLUMN * 4),
    ("q3", columns(h1="z1 / np.sqrt(1 + z1**2)"), hw1.G_ALREADY, ONE_COLUMN * 3),
    (
        "q3",
        columns(h1="z1 / np.sqrt(1 + z1**2)", h2="sigmoid(z2)"),
        hw1.G_ALREADY,
        ONE_COLUMN * 3,
    ),
    ("q3", columns(h2="z2 / (1 + z2**2)"), hw1.NO_ROOT, ONE_COLUMN * 3),
    ("q3", columns(h2="1 / np.sqrt(1 + z2**2)"), hw1.NO_Z_ABOVE, ONE_COLUMN * 3),
    ("q3", columns(h2="z2"), hw1.NOT_YET_ACTIVATED, ONE_COLUMN * 4),
    ("q3", columns(h1="z1"), hw1.NOT_YET_ACTIVATED, ONE_COLUMN * 3),
    ("q3", columns(z3="sigmoid(W3 @ h2)"), "the shape is right", ONE_COLUMN * 4),
    ("q3", columns(L="0.5 * ((z3 - y) ** 2).sum(axis=1)"), hw1.OVER_EXAMPLES, ONE_COLUMN * 5),
    ("q3", columns(L="squared_error(z3, y)"), hw1.OVER_EXAMPLES, ONE_COLUMN * 5),
    ("q3", columns(L="((z3 - y) ** 2).sum(axis=0)"), hw1.NO_HALF, ONE_COLUMN * 5.5),
    (
        "q3",
        columns(L="0.5 * ((z3 - y) ** 2).sum(axis=0, keepdims=True)"),
        hw1.ROW_OF_LOSSES,
        ONE_COLUMN * 5.5,
    ),
    (
        "q3",
        "def forward_in_columns(x, y, W1, W2, V, W3):\n    return forward(x, W1, W2, W3)",
        "the inner numbers",
        0,
    ),
    ("q4", lines(WITH_MY_OWN.format("off")), hw1.EVERYTHING_AFTER, 3),
    (
        "q4",
        lines(WITH_MY_OWN.format("[int(i == off.index(1)) for i in range(6)]")),
        hw1.FIRST_ALONE,
        6,
    ),
    ("q4", lines(FOLLOWS.format("[int(size <= 0.001) for size in off]")), hw1.TURNED_ROUND, 0),
    ("q4", lines("return [0] * 6"), "for `printed` 5 of the six numbers are right", 0),
    (
        "q4",
        lines(FOLLOWS.format("names[int(np.argmax(off))]")),
        "array of numbers is needed, not a str.",
        0,
    ),
    (
        "q4",  # of the first example alone
        lines(FOLLOWS.replace(".max()", "[0].max()").format("[int(e > 0.001) for e in off]")),
        hw1.FIRST_EXAMPLE,
        6,
    ),
    (
        "q4",  # what h1 should be if z1 were right
        lines(
            FOLLOWS.replace('sigmoid(printed["z1"])', "sigmoid(x @ W1)").format(
                "[int(e > 0.001) for e in off]"
            )
        ),
        "for `others` 5 of the six",
        7,
    ),
    (
        "q4",
        lines(FOLLOWS.format("[int((printed[n] != follows[n]).any()) for n in names]")),
        hw1.TOO_STRICT,
        0,
    ),
    (
        "q4",
        lines(FOLLOWS.format("[int(not np.allclose(printed[n], follows[n])) for n in names]")),
        hw1.TOO_STRICT,
        0,
    ),
    ("q4", lines("return dict.fromkeys(names, 0)"), "array of numbers is needed, not a dict.", 0),
    (
        "q4",
        lines("return list(names)"),
        "array of numbers is needed, not a list with other things in it.",
        0,
    ),
    ("q5", outputs("y", "y"), hw1.BOTH_PERFECT, 10),
    (
        "q5",
        outputs(*(f"y {sign} np.sqrt(J / y.size)" for sign in "+-")),
        hw1.HALF_OF_J,
        12,
    ),
    ("q5", outputs(*(f"y {sign} np.sqrt(2 * J)" for sign in "+-")), hw1.ADDED_UP, 12),
    (
        "q5",
        outputs(*["y + np.sqrt(2 * J / y.size)"] * 2),
        hw1.MEAN_IS_OFF,
        11,
    ),
    ("q5", outputs("y + 1", "y - 1"), hw1.J_IS_OFF, 10),
    ("q5", answer("z3"), hw1.ALREADY_RIGHT, 9),
    ("q5", answer("0 * z3"), hw1.ZERO_ANSWER, 9),
    ("q5", answer("(2 + factor) / (1 + factor) * z3"), hw1.ROOTS_OF_THE_FACTOR, 14 - 1.5),
    (
        "q5",
        answer("(2 * np.sqrt(factor) + 1) / (np.sqrt(factor) + 1) * z3"),
        hw1.OPPOSITE,
        14 - 1.5,
    ),
    ("q5", answer("((2 + np.sqrt(factor)) / (1 + np.sqrt(factor)) * z3)[0]"), hw1.LOST_ROW, 11.5),
    (
        "q5",  # the other root, which there is not for a factor of 1
        answer("(2 - np.sqrt(factor)) / (1 - np.sqrt(factor)) * z3"),
        hw1.OTHER_ROOT,
        12,
    ),
    ("q5", answer("3 * z3"), "times as large, not", 9),
    ("q5", inputs("h1 @ np.linalg.inv(W1)"), hw1.SIGMOID_LEFT, 9),
    ("q5", inputs("z1 @ np.linalg.inv(W1).T"), hw1.INVERSE_TRANSPOSED, 11.5),
    ("q5", inputs("np.linalg.solve(W1, z1.T).T"), hw1.INVERSE_TRANSPOSED, 11.5),
    ("q5", inputs("z1 @ W1.T"), hw1.TRANSPOSE_FOR_INVERSE, 9),
    ("q5", inputs("z1"), hw1.ONLY_Z1, 9),
    ("q5", inputs("-z1 @ np.linalg.inv(W1)"), hw1.NEGATIVE_INPUT, 11.5),
    ("q6", parabola(c0="L.sum()", c1="(h * d).sum()", c2="(h**2).sum() / 2"), hw1.SUM_NOT_MEAN, 7),
    ("q6", parabola(c2="(h**2).mean()"), hw1.TWICE, 9),
    ("q6", parabola(c1="-(h * d).mean()"), hw1.SIGN_OF_CHANGE, 9),
    ("q6", parabola(c0="L"), hw1.EACH_EXAMPLE, 8),
    ("q6", parabola(c2="h.mean() / 2"), hw1.ONLY_H2, 8),
    ("q6", parabola(c0="0.5 * (d**2).mean()"), hw1.OUTPUT_ALONE, 8),
    ("q6", parabola(c1="0.5 * (h * d).mean()"), hw1.HALF_MIDDLE, 8),
    ("q6", parabola(c2="0.5 * h.mean() ** 2"), hw1.SQUARE_OF_MEAN, 8),
    ("q6", parabola(c0="0.5 * ((z3 - y) ** 2).mean()"), "the mean is over the examples alone", 8),
    ("q6", parabola(c1="h.mean() * d.mean()"), "a product of two means", 8),
    (
        "q6",
        "right_one = parabola\n"
        "def parabola(h2, z3, y, j, k):\n    return right_one(h2, z3, y, k, j)",
        hw1.OTHER_WEIGHT,
        6,
    ),
    ("q6", bottom(change="c1 / (2 * c2)"), hw1.SIGN_OF_CHANGE, 7),
    ("q6", bottom(change="-c1 / c2"), hw1.DOUBLE_WAY, 7),
    ("q6", bottom(J="c0"), hw1.AT_NO_CHANGE, 8),
    ("q6", bottom(J="0.0"), hw1.DOWN_TO_0, 8),
    (
        "q6",
        "def bottom(changes, losses):\n"
        "    return {'change': changes[np.argmin(losses)], 'J': losses.min()}",
        hw1.OF_THE_GIVEN,
        6,
    ),
]
