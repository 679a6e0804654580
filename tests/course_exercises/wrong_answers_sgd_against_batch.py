"""Wrong answers to the questions of lesson 09, and how each slip is named."""

from course_exercises import sgd_against_batch

# What the function does: with the examples in turn, in between, with all of them, at the end.
GAP = """
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    W1, N = net.parameters[0], len(X)
    start = {{W: W.value for W in net.parameters}}
    for i in {order}:
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
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
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1]); net.Backward(loss); net.SGD(learning_rate)
    return np.linalg.norm(batch - W1.value)
"""
SAME_WEIGHTS = """
def gap(loss, X, Y, learning_rate):
    net = loss.graph
    gradients = []
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        gradients.append(net.parameters[0].grad)
    online = net.parameters[0].value - learning_rate * sum(gradients)
    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(len(X) * learning_rate)
    return np.linalg.norm(online - net.parameters[0].value)
"""


def with_slip(**slip: str) -> str:
    return GAP.format(**(RIGHT | slip))


WRONG = [
    (sgd_against_batch.q1, "updates_before = (7, 2, 1)", "itself does not count"),
    (sgd_against_batch.q1, "updates_before = (6, 2, 0)", "in the next batch"),
    (sgd_against_batch.q1, "updates_before = (6, 1, 1)", "after example 10"),
    (sgd_against_batch.q1, "updates_before = (6, 6, 0)", "not one for each"),
    (sgd_against_batch.q1, "updates_before = (6, 6, 6)", "SGD three times"),
    (sgd_against_batch.q1, "updates_before = (0, 1, 6)", "other way round"),
    (sgd_against_batch.q1, "updates_before = (0, 2, 6)", "in the same batch"),
    (sgd_against_batch.q1, "updates_before = (10, 3, 1)", "whole epoch"),
    (sgd_against_batch.q1, "updates_before = 6", "3 numbers are wanted"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.05, 64)", "divided by 16"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.05, 8)", "twice"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.2, 8)", "not enough"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.2, 32)", "more than twice"),
    (sgd_against_batch.q2, "scatter_and_examples = (3.2, 64)", "not rougher"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.8, 64)", "less scatter"),
    (sgd_against_batch.q2, "scatter_and_examples = (64, 0.2)", "first the scatter"),
    (sgd_against_batch.q2, "scatter_and_examples = (0.4, 64)", "for four examples"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (12, 2)", "divide by 3"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (2, 4)", "exchanged"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (-4, -2)", "the sign"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (1, 1)", "inner derivative"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (8, 4)", "factor ½"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (4.5, 0.5)", "losses"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (2, 2)", "of the mean example"),
    (sgd_against_batch.q3, "mean_gradient_and_gradient_of_mean = (4, 4)", "has another one"),
    (sgd_against_batch.q4, with_slip(large="learning_rate"), "N times"),
    (sgd_against_batch.q4, with_slip(large="N**2 * learning_rate"), "N² η"),
    (sgd_against_batch.q4, with_slip(small="N * learning_rate"), "only the batch update"),
    (sgd_against_batch.q4, with_slip(back="online"), "where the online updates ended"),
    (sgd_against_batch.q4, BATCH_FIRST, "where the batch update ended"),
    (sgd_against_batch.q4, SAME_WEIGHTS, "at the same weights"),
    (
        sgd_against_batch.q4,
        with_slip(result="np.linalg.norm(online[W1] - start[W1])"),
        "online updates went",
    ),
    (
        sgd_against_batch.q4,
        with_slip(result="np.linalg.norm(W1.value - start[W1])"),
        "batch update went",
    ),
    (
        sgd_against_batch.q4,
        with_slip(result="online[W1] - W1.value"),
        "difference of the two matrices",
    ),
    (sgd_against_batch.q4, with_slip(result="W1.value - online[W1]"), "the other difference"),
    (
        sgd_against_batch.q4,
        with_slip(result="((online[W1] - W1.value) ** 2).sum()"),
        "square of the length",
    ),
    (
        sgd_against_batch.q4,
        with_slip(result="np.abs(online[W1] - W1.value).max()"),
        "largest entry",
    ),
    (sgd_against_batch.q4, with_slip(result=ALL), "only W1"),
    (sgd_against_batch.q4, with_slip(order="reversed(range(N))"), "reverse order"),
    (sgd_against_batch.q4, with_slip(small="0.3 * learning_rate"), "that is not it"),
    (sgd_against_batch.q4, "gap = 0.1", "a function is needed"),
    (sgd_against_batch.q5, "fair = 'a'", "Each needs its own"),
    (sgd_against_batch.q5, "fair = 'b'", "moving weights"),
    (sgd_against_batch.q5, "fair = 'd'", "looks too good"),
]
