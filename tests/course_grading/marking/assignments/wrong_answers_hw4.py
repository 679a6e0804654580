"""Wrong answers to homework 4: question, code, slip (or words), points in grading."""

from course_exercises.homework import hw4

ONLINE = """
def train_online_epoch(net, loss, X, Y, learning_rate):
    losses = []
    for b in {order}:
        net.Forward(x={x}, y={y})
        {before}
        net.Backward(loss)
        {update}
        {after}
    return {end}
"""
UPHILL = """for W in net.parameters:
            W.value = W.value + learning_rate * W.grad"""


def online(
    order="range(len(X))",
    x="X[b : b + 1]",
    y="Y[b : b + 1]",
    before="losses.append(loss.value[0])",
    update="net.SGD(learning_rate)",
    after="pass",
    end="np.array(losses)",
):
    return ONLINE.format(order=order, x=x, y=y, before=before, update=update, after=after, end=end)


ONE_UPDATE = """
def train_online_epoch(net, loss, X, Y, learning_rate):
    net.Forward(x=X, y=Y)
    losses = loss.value
    net.Backward(loss)
    net.SGD(learning_rate)
    return losses
"""
GRADIENTS_FIRST = """
def train_online_epoch(net, loss, X, Y, learning_rate):
    losses, gradients = [], []
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        losses.append(loss.value[0])
        gradients.append([W.grad for W in net.parameters])
    for one in gradients:
        for W, gradient in zip(net.parameters, one):
            W.value = W.value - learning_rate * gradient
    return np.array(losses)
"""
AFTER = "net.Forward(x=X[b : b + 1], y=Y[b : b + 1]); losses.append(loss.value[0])"
LAST_LOSS = "losses.append(loss.value[-1])"
SHUFFLED = "np.random.default_rng(0).permutation(len(X))"

RIGHT_EPOCH = """
def train_minibatch_epoch(net, loss, X, Y, learning_rate, batch_size, order):
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate)
"""


def cut(line, epoch=""):
    return f"def batches(order, batch_size):\n    return {line}\n{epoch}"


def epoch(old, new):
    assert old in RIGHT_EPOCH
    return RIGHT_EPOCH.replace(old, new)


ALL_AT_THE_START = """
def train_minibatch_epoch(net, loss, X, Y, learning_rate, batch_size, order):
    collected = []
    for rows in batches(order, batch_size):
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        collected.append([W.grad for W in net.parameters])
    for gradients in collected:
        for W, gradient in zip(net.parameters, gradients):
            W.value = W.value - learning_rate * gradient
"""

PIECES = """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    sums, pieces = {{W: 0 for W in net.parameters}}, 0
    for first in range(0, {end}, piece_size):
        rows = slice(first, first + piece_size)
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        pieces += 1
        for W in net.parameters:
            sums[W] = {add}
    for W in net.parameters:
        {update}
"""


def pieces(
    add="sums[W] + W.grad * len(X[rows])",
    update="W.value = W.value - learning_rate * sums[W] / len(X)",
    end="len(X)",
):
    return PIECES.format(add=add, update=update, end=end)


DIVIDE = "W.value = W.value - learning_rate * sums[W] / {}"
INSIDE = """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    for first in range(0, len(X), piece_size):
        net.Forward(x=X[first : first + piece_size], y=Y[first : first + piece_size])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
INSIDE_GROWING = pieces().replace(
    "    for W in net.parameters:\n        W.value", "        for W in sums:\n            W.value"
)
ALL_ROWS = """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    net.Forward(x=X, y=Y)
    net.Backward(loss)
    net.SGD(learning_rate)
"""
IN_TURN = """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    for W in net.parameters:
        total = 0
        for rows in batches(np.arange(len(X)), piece_size):
            net.Forward(x=X[rows], y=Y[rows])
            net.Backward(loss)
            total = total + len(rows) * W.grad
        W.value = W.value - learning_rate * total / len(X)
"""

EVALUATE = """
seen = {{}}
def evaluate(net, loss, output, X, Y, batch_size):
    {first}
    total, right, count, parts = 0, 0, 0, []
    for start in range(0, {end}, batch_size):
        rows = slice(start, start + batch_size)
        net.Forward(x=X[rows], y=Y[rows])
        hits = output.value.argmax(axis=1) == Y[rows]
        total, right, count = total + loss.value.sum(), right + hits.sum(), count + len(hits)
        parts.append((loss.value.mean(), hits.mean()))
    {last}
    return {result}
"""


def evaluate(result="(total / count, right / count)", end="len(X)", first="pass", last="pass"):
    return EVALUATE.format(result=result, end=end, first=first, last=last)


TRAIN = """
def train(net, loss, X, Y, learning_rate, batch_size, epochs, rng):
    history = []
    {start}
    for _ in range(epochs):
        {order}
        {before}
        {epoch}
        {measure}
        {last}
    return {end}
"""
MEASURE = "net.Forward(x=X, y=Y); history.append(loss.value.mean())"


def train(
    start="pass",
    order="order = rng.permutation(len(X))",
    before="pass",
    epoch="train_minibatch_epoch(net, loss, X, Y, learning_rate, batch_size, order)",
    measure=MEASURE,
    last="pass",
    end="np.array(history)",
):
    return TRAIN.format(
        start=start, order=order, before=before, epoch=epoch, measure=measure, last=last, end=end
    )


BATCH_LOSSES = """seen = []
        for rows in batches(order, batch_size):
            net.Forward(x=X[rows], y=Y[rows])
            seen += list(loss.value)
            net.Backward(loss)
            net.SGD(learning_rate)
        history.append(np.mean(seen))"""
STRAIGHT = "train_minibatch_epoch(net, loss, {}, learning_rate, batch_size, np.arange(len(X)))"


def on_digits(line):
    start = "def train_on_digits(model, X, Y, rng):\n    net, loss = model.graph, model.loss\n"
    return f"{start}    {line}"


# One row goes through the network, so that few are in the last Forward, and nothing comes of it.
ONE_ROW = """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    net.Forward(x=X[:1], y=Y[:1])
def evaluate(net, loss, output, X, Y, batch_size):
    net.Forward(x=X[:1], y=Y[:1])
    {}
"""


WRONG = [
    ("q1", online(order="reversed(range(len(X)))"), hw4.REVERSED, 7),
    ("q1", ONE_UPDATE, hw4.ONE_UPDATE, 2.63),
    ("q1", GRADIENTS_FIRST, hw4.FIRST_WEIGHTS, 4.5),
    ("q1", online(before="pass", after=AFTER), "losses: each loss was measured after", 10.5),
    ("q1", online(before="losses.append(loss.value)"), hw4.LOSS_COLUMN, 10.5),
    ("q1", online(update=UPHILL), hw4.UPHILL, 6.25),
    ("q1", online(update="net.SGD(learning_rate * learning_rate)"), hw4.RATE_TWICE, 6.25),
    ("q1", online(x="X[: b + 1]", y="Y[: b + 1]", before=LAST_LOSS), hw4.GROWING, 2),
    ("q1", online(order="range(len(X) - 1)"), hw4.LAST_EXAMPLE_MISSING, 5),
    ("q1", online(order=SHUFFLED), "the numbers are not", 2),
    ("q1", online(order="list(range(len(X))) * 2"), hw4.TWO_PASSES, 4.5),
    ("q1", online(after="return np.array(losses)"), hw4.FIRST_ONLY, 2),
    ("q1", online(order="(np.random.default_rng(0).shuffle(X), range(len(X)))[1]"), "in place", 2),
    ("q1", online(end="None"), "a `return` may be missing", 0),
    ("q2", cut("[order[k * batch_size : (k + 1) * batch_size] "
               "for k in range(len(order) // batch_size)]"), hw4.BATCH_MISSING, 10),
    ("q2", cut("np.array_split(order, batch_size)", RIGHT_EPOCH), hw4.TOO_MANY, 12),
    ("q2", cut("np.array_split(order, -(-len(order) // batch_size))", RIGHT_EPOCH),
     hw4.EVENLY, 18.5),
    ("q2", cut("np.array_split(order, max(1, len(order) // batch_size))", RIGHT_EPOCH),
     hw4.EVENED_OUT, 17),
    ("q2", epoch("y=Y[rows]", "y=Y[: len(rows)]"), hw4.FIRST_Y, 11),
    ("q2", cut("[np.arange(len(order))[k : k + batch_size] "
               "for k in range(0, len(order), batch_size)]"), hw4.POSITIONS, 12.25),
    ("q2", cut("[order[k : k + batch_size] for k in range(0, len(order) + 1, batch_size)]",
               RIGHT_EPOCH), hw4.EMPTY_BATCH, 19.75),
    ("q2", cut("[order[k : k + batch_size] for k in range(len(order))]", RIGHT_EPOCH),
     hw4.BATCH_PER_EXAMPLE, 13.5),
    ("q2", epoch("SGD(learning_rate)", "SGD(learning_rate * len(rows))"), hw4.SUM_NOT_MEAN, 14),
    ("q2", epoch("SGD(learning_rate)", "SGD(learning_rate * len(rows) / batch_size)"),
     hw4.RAGGED_DIVIDED, 15.5),
    ("q2", epoch("SGD(learning_rate)", "SGD(learning_rate / len(rows))"), hw4.DIVIDED_TWICE, 14),
    ("q2", ALL_AT_THE_START, hw4.FIRST_WEIGHTS, 13.25),
    ("q2", epoch("order[first : first + batch_size]", "slice(first, first + batch_size)"),
     hw4.ORDER_IGNORED, 15.5),
    ("q2", epoch("y=Y[rows]", "y=Y[first : first + batch_size]"), hw4.ONLY_X, 11),
    ("q2", epoch("range(0, len(order), batch_size)", "range(len(order))").replace(
        "first + batch_size", "first + 1"), hw4.ONE_PER_EXAMPLE, 8),
    ("q2", epoch("range(0, len(order), batch_size)", "range(len(order))"), hw4.OVERLAP, 8),
    ("q2", RIGHT_EPOCH + "        return\n", hw4.FIRST_ONLY, 11),
    ("q3", pieces(update=DIVIDE.format(1)), hw4.SUM_NOT_MEAN, 7),
    ("q3", pieces("sums[W] + W.grad", DIVIDE.format("pieces")), hw4.UNWEIGHTED, 9),
    ("q3", pieces(update=DIVIDE.format("(pieces * piece_size)")), hw4.RAGGED_DIVIDED, 9),
    ("q3", pieces("sums[W] + W.grad", DIVIDE.format(1)), hw4.SUM_NOT_MEAN, 5.5),
    ("q3", pieces("sums[W] + W.grad"), hw4.AVERAGES_OVER_N, 7.5),
    ("q3", pieces("sums[W] + W.grad * piece_size"), hw4.LAST_AS_FULL, 9),
    ("q3", pieces(end="len(X) - len(X) % piece_size"), hw4.PIECE_DROPPED_OVER_N, 9),
    ("q3", INSIDE, hw4.INSIDE_THE_LOOP, 2),
    ("q3", INSIDE.replace("SGD(learning_rate)", "SGD(learning_rate * len(loss.value) / len(X))"),
     hw4.INSIDE_IN_SHARES, 2),
    ("q3", INSIDE_GROWING, hw4.INSIDE_GROWING, 2),
    ("q3", ALL_ROWS, hw4.WHOLE_BATCH, 10),
    ("q3", pieces("W.grad", DIVIDE.format(1)), hw4.LAST_PIECE, 0),
    ("q3", pieces(update="W.value = W.value + learning_rate * sums[W] / len(X)"), hw4.UPHILL, 7),
    ("q3", pieces(end="len(X) - len(X) % piece_size",
                  update=DIVIDE.format("(pieces * piece_size)")), hw4.PIECE_DROPPED, 9),
    ("q3", ONE_ROW.format(""), hw4.UNCHANGED, 0),
    ("q3", IN_TURN, hw4.ONE_AFTER_THE_OTHER, 8.67),
    ("q3", pieces(update="W.value -= learning_rate * sums[W] / len(X)"), "changed in place", 0),
    ("q4", evaluate("tuple(np.mean(parts, axis=0))"), hw4.MEAN_OF_MEANS, 6),
    ("q4", evaluate(end="len(X) // batch_size * batch_size"), hw4.EVAL_DROPPED, 6),
    ("q4", evaluate("(total / count, 100 * right / count)"), hw4.PERCENT, 8),
    ("q4", evaluate("(total, right / count)"), hw4.SUM_NOT_MEAN, 8),
    ("q4", evaluate("(total / count, 1 - right / count)"), hw4.ERRORS, 8),
    ("q4", evaluate("(total / count, right)"), hw4.COUNT, 8),
    ("q4", evaluate("(total / len(X), right / len(X))", "len(X) // batch_size * batch_size"),
     hw4.EVAL_DROPPED_OVER_N, 6),
    ("q4", evaluate("(total / count, right / count)").replace("argmax", "argmin"),
     hw4.SMALLEST, 8),
    ("q4", evaluate("(right / count, total / count)"), hw4.EXCHANGED, 6),
    ("q4", evaluate(first="batch_size = len(X)"), hw4.WHOLE_BATCH, 8),
    ("q4", evaluate("parts[-1]"), hw4.EVAL_LAST, 0),
    ("q4", ONE_ROW.format("return 0.0, 0.0"), "mean loss: that is not it", 0),
    ("q4", evaluate(first="X, Y = seen.setdefault(net, (X, Y))"), hw4.OLD_DATA, 7),
    ("q4", evaluate(last="net.Backward(loss); net.SGD(20.0)"), "mean loss: that is not it", 7),
    ("q5", train(before=MEASURE, measure="pass"), hw4.BEFORE_EPOCH, 11.13),
    ("q5", train(start=MEASURE), hw4.WITH_START, 11.13),
    ("q5", train(epoch=BATCH_LOSSES, measure="pass"), hw4.UPDATE_LOSSES, 11.13),
    ("q5", train(measure="history.append(loss.value.mean())"), hw4.LAST_BATCH_LOSS, 9.88),
    ("q5", train(order="order = np.arange(len(X))"), hw4.NOT_SHUFFLED, 5.75),
    ("q5", train(start="order = rng.permutation(len(X))", order="pass"), hw4.ONE_ORDER, 8.5),
    ("q5", train(before="X, Y = X[order], Y[order]", epoch=STRAIGHT.format("X, Y")),
     hw4.SHUFFLED_FURTHER, 8.5),
    ("q5", train(epoch=STRAIGHT.format("X[order], Y")), hw4.ONLY_X, 10.5),
    ("q5", train(order="rng.shuffle(X); order = np.arange(len(X))"), "changed in place", 0),
    ("q5", train(last="return np.array(history)"), hw4.ONE_EPOCH, 2.06),
    ("q5", train(end="history[-1]"), hw4.LAST_EPOCH_ONLY, 8.25),
    ("q6", on_digits("train(net, loss, X, Y, 0.001, 100, 1, rng)"), hw4.GUESSES, 0),
    ("q6", on_digits("train(net, loss, X, Y, 0.2, len(X), 6, rng)"), hw4.MANY_MISSING, 3),
    ("q6", on_digits("train(net, loss, X, Y, 0.02, 32, 7, rng)"), hw4.SOME_MISSING, 9),
    ("q6", on_digits("train(net, loss, X, rng.permutation(Y), 0.2, 20, 5, rng)"),
     hw4.GUESSES, 0),
    ("q6", on_digits("model = digit_network(); "
                     "train(model.graph, model.loss, X, Y, 0.2, 20, 3, rng)"),
     hw4.WEIGHTS_UNCHANGED, 0),
    ("q6", on_digits("for W in net.parameters: W.value = W.value * np.nan"), "W1 has nan", 0),
]  # fmt: skip
