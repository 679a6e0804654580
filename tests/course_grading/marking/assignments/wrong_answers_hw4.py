"""Wrong answers to homework 4: question, code, slip (or words), points in grading.

Typed answers are those of a notebook without a key.
"""

from course_exercises.homework import (
    hw4_counterexamples,
    hw4_digits,
    hw4_pieces,
    hw4_traces,
    hw4_trainers,
    hw4_weighted,
)
from course_exercises.homework.hw4_traces import TRACES, examples_of
from course_exercises.traces import stories, trace

NUMBERS = examples_of("")
GIVEN = {"examples": NUMBERS.examples, "eta": 0.5, "start": NUMBERS.start}
RIGHT_TRACES = {name: trace(B, **GIVEN) for name, B in TRACES.items()}
RIGHT_LOGS = {"A": [4, 2.0, 26.0], "B": [7, 2.5, 28.0], "C": [1, -1.0, 14.0]}


def traces(name, words):
    """The traces with one of them told wrongly, and the words for that."""
    (told,) = [story for story in stories(TRACES[name], **GIVEN) if story.startswith(words)]
    wrong = RIGHT_TRACES | {name: stories(TRACES[name], **GIVEN)[told]}
    return "q1", f"def my_traces(): return {wrong}", told, 12.33


def logs(**changed):
    return f"def my_logs(): return {RIGHT_LOGS | changed}"


def my_line(number, line):
    return f"def my_line(): return {{'number': {number}, 'line': {line!r}}}"


def numbers(name, w, x, y):
    return f"def {name}(): return {{'w': {w}, 'x': {x}, 'y': {y}}}"


PIECES = """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    sums, used = {{W: 0 for W in net.parameters}}, 0
    for rows in {pieces}:
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        used += len(rows)
        for W in net.parameters:
            sums[W] = {add}
    for W in net.parameters:
        {update}
"""


def pieces(
    add="sums[W] + W.grad * len(rows)",
    update="W.value = W.value - learning_rate * sums[W] / used",
    pieces="pieces",
):
    return PIECES.format(add=add, update=update, pieces=pieces)


DIVIDE = "W.value = W.value - learning_rate * sums[W] / {}"
INSIDE = """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    for rows in pieces:
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD({rate})
"""
# Exercise 8.3, with another name and one argument more.
WHOLE = """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    net.Forward(x=X, y=Y)
    net.Backward(loss)
    net.SGD(learning_rate)
"""
IN_ONE = "[np.concatenate(pieces)]"
ONE_BY_ONE = "[[b] for rows in pieces for b in rows]"
PAIRS = "np.array_split(np.concatenate(pieces), len(np.concatenate(pieces)) // 2)"

WEIGHTED = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    start = {{W: W.value for W in net.parameters}}
    for first in range(0, len({order}), batch_size):
        rows = {order}[first : first + batch_size]
        {before}
        total = {{W: 0 for W in net.parameters}}
        for b in rows:
            net.Forward(x=X[[b]], y=Y[[b]])
            net.Backward(loss)
            for W in net.parameters:
                total[W] = total[W] + {gradient}
        for W in net.parameters:
            W.value = W.value {sign} learning_rate * total[W] / {divisor}
"""


def weighted(
    order="order",
    before="pass",
    gradient="counts[b] * W.grad",
    sign="-",
    divisor="counts[rows].sum()",
):
    return WEIGHTED.format(
        order=order, before=before, gradient=gradient, sign=sign, divisor=divisor
    )


PLAIN = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate{factor})
"""
AT_FIRST = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    new = {W: W.value for W in net.parameters}
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        for W in net.parameters:
            mean = np.average(W.per_example_grad(), axis=0, weights=counts[rows])
            new[W] = new[W] - learning_rate * mean
    for W in net.parameters:
        W.value = new[W]
"""
BY_PLACES = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        of_places = counts[first : first + batch_size]
        each = [W.per_example_grad() for W in net.parameters]
        for W, gradients in zip(net.parameters, each):
            W.value = W.value - learning_rate * np.average(gradients, axis=0, weights=of_places)
"""
IN_THE_LOOP = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        for W in net.parameters:
            step = np.average(W.per_example_grad(), axis=0, weights=counts[rows])
            W.value = W.value - learning_rate * step
"""
REPEATED = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        rows = np.repeat(rows, counts[rows].astype(int))
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
EACH_ALONE = """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for b in order:
        net.Forward(x=X[[b]], y=Y[[b]])
        net.Backward(loss)
        net.SGD(learning_rate * counts[b])
"""

DIGITS = """
right_on_digits = train_on_digits
def train_on_digits(model, X, Y, X_validation, Y_validation, rng):
    net, loss = model.graph, model.loss
    def share(x, y):
        net.Forward(x=x, y=y)
        return float((model.output.value.argmax(axis=1) == y).mean())
    {train}
    return {result}
"""
# As a lesson has it: one learning rate, chosen beforehand.
ONE_RATE = """for _ in range({epochs}):
        order = rng.permutation(len(X))
        for first in range(0, len(X), 20):
            rows = order[first : first + 20]
            net.Forward(x=X[rows], y=Y[rows])
            net.Backward(loss)
            net.SGD({rate})"""
RIGHTLY = "right_on_digits(model, X, Y, X_validation, Y_validation, rng)"
VALIDATION = "share(X_validation, Y_validation)"


def on_digits(train=RIGHTLY, result=VALIDATION):
    return DIGITS.format(train=train, result=result)


WRONG = [
    traces("SGD", "every gradient was taken"),
    traces("B = 2", "the last batch has one example"),
    traces("B = 2", "the second batch was taken"),
    traces("batch", "the gradients were added up"),
    traces("batch", "that is where SGD ends"),
    ("q1", f"def my_traces(): return {RIGHT_TRACES | {'batch': 2.5}}",
     "a list of one number is wanted", 12.33),
    ("q1", logs(A=[4, 1.0, 26.0]), hw4_traces.OTHER_PLACE, 11.75),
    ("q1", logs(C=[1, -1.0, 28.0]), hw4_traces.OTHER_PLACE, 11.75),
    ("q1", logs(B=[2, 2.5, 28.0]), hw4_traces.OTHER_STORY, 11),
    ("q1", logs(B=[7, 2.5]), "three numbers are needed", 11),
    ("q1", logs(B=[17, 2.5, 28]), "that of a trainer", 11),
    ("q2", "def my_effect(): return [-1, 16 / 3]", hw4_trainers.AS_IT_OUGHT_TO, 15),
    ("q2", "def my_effect(): return [np.array([[-1.0]]), 6.0]", "W.value[0, 0] is the number", 14),
    ("q2", my_line(2, "return np.mine(net, loss, X, Y, rate)"), "has no attribute 'mine'", 4),
    ("q2", my_line(2, "return mine(net, loss, X, Y, rate)"), "name 'mine' is not defined", 4),
    ("q2", my_line(9, "noted = noted + [loss.value.mean()]"), hw4_trainers.NOT_MENDED, 4),
    ("q2", my_line(9, "noted.append(loss.value.sum())"), "what is returned is not", 4),
    ("q2", my_line(13, "W.value = W.value - rate * W.grad / size"), "where the weights end", 4),
    ("q2", my_line(9, "noted.extend(loss.value); pass"), "no semicolon", 4),
    ("q2", my_line(1, "def trainer(*a): return 0"), "is one from 2 to", 4),
    ("q2", my_line("'9'", "noted.extend(loss.value)"), "without quotes", 4),
    ("q2", my_line(9, "noted.extend(loss.value"), "SyntaxError", 4),
    ("q2", "def _mine(noted, loss): noted.extend(loss.value)\nnp._mine = _mine\n"
     + my_line(9, "np._mine(noted, loss)"), hw4_trainers.OTHER_WORDS, 4),
    ("q2", "np.mine = [list.extend]\n" + my_line(9, "np.mine[0](noted, loss.value)"),
     hw4_trainers.OTHER_WORDS, 4),
    ("q3", numbers("counterexample", 0, [0, 4], [7, 0]), hw4_counterexamples.SAME_END, 5),
    ("q3", numbers("counterexample", 0, [1, 4], [-7, 0]), hw4_counterexamples.OTHER_SIGN, 8.75),
    ("q3", numbers("counterexample", 0, [1, 2], [7, 0]), hw4_counterexamples.NOT_AS_ORDERED, 7.5),
    ("q3", numbers("counterexample", 0.5, [1, 4], [7, 0]), "whole numbers", 5),
    ("q3", numbers("counterexample", 0, [1, 4], [112, 0]), "whole numbers", 5),
    ("q3", numbers("where_it_holds", [1, 1], [[1, 2], [2, -1]], [1, 5]),
     hw4_counterexamples.OTHER_FIRST, 5),
    ("q3", numbers("where_it_holds", [1, 1], [[2, -4], [2, 1]], [-2, 5]),
     hw4_counterexamples.STANDS_STILL, 5),
    ("q3", numbers("where_it_holds", [1, 1], [[2, -4], [2, -1]], [1, 5]),
     hw4_counterexamples.NOT_THE_SAME, 5),
    ("q3", numbers("where_it_holds", [1, 1], [1, 2], [1, 5]), "x has the shape (2,)", 5),
    ("q4", pieces(update=DIVIDE.format(1)), hw4_pieces.SUM_NOT_MEAN, 10),
    ("q4", pieces("sums[W] + W.grad", DIVIDE.format("len(pieces)")), hw4_pieces.UNWEIGHTED, 7.5),
    ("q4", pieces("sums[W] + W.grad", DIVIDE.format(1)), hw4_pieces.SUM_OF_AVERAGES, 7.5),
    ("q4", pieces("sums[W] + W.grad"), hw4_pieces.AVERAGES_OVER_N, 7.5),
    ("q4", pieces(update=DIVIDE.format("len(X)")), hw4_pieces.DIVIDED_BY_ALL, 12),
    ("q4", pieces(update=DIVIDE.format("used").replace("-", "+")), hw4_pieces.UPHILL, 10),
    ("q4", pieces(update=DIVIDE.format("used ** 2")), hw4_pieces.DIVIDED_TWICE, 10),
    ("q4", pieces("W.grad", DIVIDE.format(1)), hw4_pieces.LAST_PIECE, 0),
    ("q4", pieces(pieces="pieces[:1]"), hw4_pieces.FIRST_PIECE, 0),
    ("q4", INSIDE.format(rate="learning_rate"), hw4_pieces.INSIDE_THE_LOOP, 0),
    ("q4", INSIDE.format(rate="learning_rate * len(rows) / sum(map(len, pieces))"),
     hw4_pieces.INSIDE_IN_SHARES, 0),
    ("q4", WHOLE, hw4_pieces.ALL_OF_X, 4),
    ("q4", pieces(pieces=IN_ONE), hw4_pieces.WHOLE_BATCH, 10),
    ("q4", pieces(pieces=ONE_BY_ONE), hw4_pieces.ROW_BY_ROW, 10),
    ("q4", pieces(pieces=PAIRS), hw4_pieces.OTHER_CUT, 10),
    ("q4", pieces(update="W.value -= learning_rate * sums[W] / used"), "changed in place", 0),
    ("q5", PLAIN.format(factor=""), hw4_weighted.COUNTS_IGNORED, 0),
    ("q5", PLAIN.format(factor=" * counts[rows].mean()"), hw4_weighted.MEAN_COUNT, 0),
    ("q5", weighted(divisor="1"), hw4_weighted.NOT_DIVIDED, 7),
    ("q5", weighted(divisor="len(rows)"), hw4_weighted.DIVIDED_BY_ROWS, 7),
    ("q5", weighted(divisor="counts[rows].mean()"), hw4_weighted.DIVIDED_BY_MEAN_COUNT, 7),
    ("q5", weighted(divisor="(counts[rows].sum() * len(rows))"), hw4_weighted.MEAN_OVER_SUM, 7),
    ("q5", REPEATED, hw4_weighted.COUNTS_CUT, 7),
    ("q5", weighted(divisor="counts.sum()"), hw4_weighted.DIVIDED_BY_ALL_COUNTS, 10),
    ("q5", BY_PLACES, hw4_weighted.COUNTS_OF_PLACES, 7),
    ("q5", IN_THE_LOOP, "then assign", 0),
    ("q5", weighted(sign="+"), hw4_weighted.UPHILL, 7),
    ("q5", weighted(order="np.arange(len(X))"), hw4_weighted.ORDER_IGNORED, 10),
    ("q5", weighted(gradient="counts[b] ** 2 * W.grad", divisor="(counts[rows] ** 2).sum()"),
     hw4_weighted.COUNTS_SQUARED, 7),
    ("q5", AT_FIRST, hw4_weighted.FIRST_WEIGHTS, 8),
    ("q5", EACH_ALONE, hw4_weighted.ONE_PER_EXAMPLE, 0),
    ("q6", on_digits(ONE_RATE.format(epochs=6, rate=0.2)), hw4_digits.MANY_MISSING, 6.75),
    ("q6", on_digits(ONE_RATE.format(epochs=1, rate=0.0001)), hw4_digits.GUESSES, 3),
    ("q6", on_digits(result="100 * " + VALIDATION), hw4_digits.PERCENT, 8.25),
    ("q6", on_digits(result="share(X, Y)"), hw4_digits.TRAINING_ACCURACY, 6.75),
    ("q6", on_digits(result="1 - " + VALIDATION), hw4_digits.ERRORS, 7.5),
    ("q6", on_digits(result="0.97531"), hw4_digits.ACCURACY_OF_OTHER_WEIGHTS, 6),
    ("q6", on_digits("pass"), hw4_digits.WEIGHTS_UNCHANGED, 0),
    ("q6", on_digits("for W in net.parameters: W.value = W.value * np.nan"), "W1 has nan", 0),
]  # fmt: skip
