"""Wrong answers to the questions on loss surface, and how each slip is named."""

from course_exercises import loss_surface

# What the function does: with the examples in turn, in between, with all of them, at the end.
GAP = """
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    W1, N = net.parameters[0], len(X)
    start = {{W: W.value for W in net.parameters}}
    for b in {order}:
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        net.SGD({small})
    online = {{W: W.value for W in net.parameters}}
    for W in net.parameters:
        W.value = {back}[W]
    net.Forward(x=X, y=Y)
    net.Backward(loss)
    net.SGD({large})
    return {result}
"""
RIGHT = {
    "order": "range(N)",
    "small": "learning_rate",
    "back": "start",
    "large": "N * learning_rate",
    "result": "np.linalg.norm(online[W1] - W1.value)",
}
ALL = "np.sqrt(sum(((online[W] - W.value) ** 2).sum() for W in net.parameters))"
BATCH_FIRST = """
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    W1 = net.parameters[0]
    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(len(X) * learning_rate)
    batch = W1.value
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1]); net.Backward(loss); net.SGD(learning_rate)
    return np.linalg.norm(batch - W1.value)
"""
SAME_WEIGHTS = """
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    gradients = []
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        gradients.append(net.parameters[0].grad)
    online = net.parameters[0].value - learning_rate * sum(gradients)
    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(len(X) * learning_rate)
    return np.linalg.norm(online - net.parameters[0].value)
"""

SCATTER = "scatter_of_18_and_of_50 = ({})"


def with_slip(**slip: str) -> str:
    return GAP.format(**(RIGHT | slip))


LENGTH = "np.linalg.norm(online[W1] - W1.value)"
GAP_TOO = [
    ({"large": "learning_rate / N"}, "η / N"),
    ({"result": LENGTH.replace("W1", "net.parameters[1]")}, "W2 was compared"),
    ({"result": LENGTH.replace("W1", "net.parameters[2]")}, "W3 was compared"),
    ({"order": "range(N - 1)"}, "left out the last"),
    ({"order": "[*range(N)] * 2"}, "two passes"),
    ({"order": "range(N + 1)"}, "Forward got no rows"),
    ({"result": "abs(np.linalg.norm(online[W1]) - np.linalg.norm(W1.value))"}, "two lengths"),
    ({"result": LENGTH.replace(".value)", ".value, 2)")}, "largest stretch"),
    ({"result": LENGTH.replace(".value)", ".value, axis=0)")}, "for each column"),
    ({"result": f"{LENGTH} / W1.value.size"}, "number of entries"),
    ({"result": f"{LENGTH} / np.linalg.norm(online[W1] - start[W1])"}, "how far the online"),
    ({"result": f"-{LENGTH}"}, "never below 0"),
    ({"result": f"{LENGTH} / learning_rate**2"}, "divided by η²"),
]
GAP_LINES = [  # one line in place of another
    (("in net.parameters:\n", "in net.parameters[:1]:\n"), "W2 and W3 belong"),
    (("in net.parameters:\n", "in net.parameters[:2]:\n"), "W3 belongs"),
    (("        net.SGD(learning_rate)\n", "    net.SGD(learning_rate)\n"), "SGD belongs inside"),
    (("x=X[b : b + 1], y=Y[b : b + 1]", "x=X, y=Y"), "that is not it"),
    (("for b in range(N):", "for b in [0]:\n        X[b : b + 1] = 1"), "changed in place"),
]
MEANS = "mean_gradient_and_gradient_of_mean = ({})"
MEANS_WRONG = [
    ("3, -2", "divide by 3"),
    ("-2, 1", "exchanged"),
    ("-1, 2", "the sign"),
    ("-1, -1", "inner derivative"),
    ("2, -4", "factor ½"),
    ("7.5, 0.5", "losses"),
    ("-2, -2", "of the mean example"),
    ("1, 1", "has another one"),
    ("-3, -3", "with respect to x"),
    ("7, 5", "a bracket"),
    ("7, -2", "signs of the gradients"),
    ("-4, -2", "middle one"),
    ("1.5, -2", "divided by 2"),
    ("-1, -2", "has its factor x"),
    ("1, -1", "its factor x is missing"),
    ("1, 2", "wrong sign"),
    ("-5, -2", "of the first example"),
    ("12, -2", "of the last example"),
    ("0.5, -1", "the ½ stands once too often"),
    ("13 / 3, -2", "that of the first example: the gradients are −5, −4 and 12."),
    ("11 / 3, -2", "that of the second example"),
    ("3, -18", "both are sums"),
    ("1, 5", "The first is right."),
    ("4, -2", "The second is right."),
    ("4, 2", "that is not it"),
]
EARLIER_MEANS = [
    ("12, 2", "divide by 3"),
    ("1, 1", "inner derivative"),
    ("8, 4", "factor ½"),
    ("2, 2", "of the mean example. Or: those are the gradients with respect to x"),
    ("6, 2", "signs of the gradients were lost. Or: the first was divided by 2"),
    ("-1, 2", "divided by 3. Or: the first is that of the first example"),
    ("14 / 3, 2", "the gradients are −1, −2 and 15."),
    ("12, 18", "both are sums; the mean example is x = 2, y = 3."),
]
SCATTER_TOO = [
    ("0.9 / 18**0.5 * (18 / 49) ** 0.5, 0", "has B above"),
    ("0.9 / 18**0.5 * 32 / 50, 0", "N below, and its root"),
    ("0.9 * (32 / 49) ** 0.5, 0", "the root of B is missing"),
    ("0.9 / 17**0.5 * (32 / 49) ** 0.5, 0", "the root of B − 1"),
    ("-6 / 35, 0", "never below 0"),
    ("0.9, 0", "scatter of one example"),
    ("6 / 35, 0.9 / 50**0.5 / 7", "which is 0"),
]

WRONG = [
    (loss_surface.q2, with_slip(large="learning_rate"), "N times"),
    (loss_surface.q2, with_slip(large="N**2 * learning_rate"), "N² η"),
    (loss_surface.q2, with_slip(large="4 * learning_rate"), "4 η"),
    (loss_surface.q2, with_slip(small="N * learning_rate"), "only the batch update"),
    (loss_surface.q2, with_slip(back="online"), "where the online updates ended"),
    (loss_surface.q2, BATCH_FIRST, "where the batch update ended"),
    (loss_surface.q2, SAME_WEIGHTS, "at the same weights"),
    (
        loss_surface.q2,
        with_slip(result="np.linalg.norm(online[W1] - start[W1])"),
        "online updates went",
    ),
    (
        loss_surface.q2,
        with_slip(result="np.linalg.norm(W1.value - start[W1])"),
        "batch update went",
    ),
    (
        loss_surface.q2,
        with_slip(result="online[W1] - W1.value"),
        "difference of the two matrices",
    ),
    (loss_surface.q2, with_slip(result="W1.value - online[W1]"), "the other difference"),
    (
        loss_surface.q2,
        with_slip(result="((online[W1] - W1.value) ** 2).sum()"),
        "square of the length",
    ),
    (
        loss_surface.q2,
        with_slip(result="np.abs(online[W1] - W1.value).max()"),
        "largest entry",
    ),
    (loss_surface.q2, with_slip(result=ALL), "only W1"),
    (loss_surface.q2, with_slip(order="reversed(range(N))"), "reverse order"),
    (loss_surface.q2, with_slip(small="0.3 * learning_rate"), "that is not it"),
    (
        loss_surface.q2,
        with_slip(small="0.2", large="N * 0.2"),
        "it returns the same for a learning",
    ),
    *((loss_surface.q2, with_slip(**slip), name) for slip, name in GAP_TOO),
    *((loss_surface.q2, GAP.format(**RIGHT).replace(*both), name) for both, name in GAP_LINES),
    *((loss_surface.q1, MEANS.format(code), name) for code, name in MEANS_WRONG),
    *((loss_surface.earlier_q1, MEANS.format(code), name) for code, name in EARLIER_MEANS),
    *((loss_surface.q3, SCATTER.format(code), name) for code, name in SCATTER_TOO),
    (loss_surface.q2, "gap = 0.1", "a function is needed"),
    (loss_surface.q1, "mean_gradient_and_gradient_of_mean = 4", "2 numbers are wanted"),
    (loss_surface.q2, with_slip(order="range(5)"), "but not for 7 examples"),
    (loss_surface.q2, with_slip(large="5 * learning_rate"), "but not for 7 examples"),
    (loss_surface.q2, with_slip(large="5 * 0.37"), "but not for 7 examples"),
    (loss_surface.q2, with_slip(result="np.linalg.norm(online[W1] + W1.value)"), "that is not it"),
    (loss_surface.q2, with_slip(result="np.abs(online[W1] - W1.value).sum()"), "sum of all"),
    (loss_surface.q2, with_slip(result="np.abs(online[W1] - W1.value).mean()"), "mean of the"),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5, 0.9 / 50**0.5"), "with replacement"),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5, 0"), "one more factor"),
    (loss_surface.q3, SCATTER.format("6 / 35, 0.9 / 50**0.5"), "only one batch"),
    (loss_surface.q3, SCATTER.format("6 / 35, 0.9"), "root of 0"),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5 * 32 / 49, 0"), "root of the last factor"),
    (loss_surface.q3, SCATTER.format("0.9 / 18 * (32 / 49) ** 0.5, 0"), "divided by B"),
    (loss_surface.q3, SCATTER.format("0.9 * 18**0.5 * (32 / 49) ** 0.5, 0"), "steadier"),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5 * (32 / 50) ** 0.5, 0"), "not N."),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5 * (31 / 49) ** 0.5, 0"), "N − 1 − B"),
    (loss_surface.q3, SCATTER.format("0.9 / 18**0.5 * (49 / 32) ** 0.5, 0"), "upside down"),
    (loss_surface.q3, SCATTER.format("(32 / 49) ** 0.5, 0"), "only the last factor"),
    (loss_surface.q3, SCATTER.format("(6 / 35) ** 2, 0"), "mean squared"),
    (loss_surface.q3, SCATTER.format("0, 6 / 35"), "exchanged"),
    (loss_surface.q3, SCATTER.format("(0.9 / 18 * 32 / 49) ** 0.5, 0"), "root of 0.9"),
    (loss_surface.q3, "scatter_of_18_and_of_50 = 6 / 35", "2 numbers are wanted"),
]
OTHER_STYLES = [
    (loss_surface.q1, "mean_gradient_and_gradient_of_mean = [1.0, -2.0]"),
    (loss_surface.q2, with_slip()),
    (
        loss_surface.q2,
        with_slip(result="np.sqrt(((W1.value - online[W1]) ** 2).sum())"),
    ),
    (loss_surface.q3, SCATTER.format("0.9 * np.sqrt(32 / 49 / 18), 0")),
    (loss_surface.q3, "scatter_of_18_and_of_50 = [6 / 35, 0]"),
]
