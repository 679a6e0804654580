"""Wrong answers to the questions of lesson 09, and how each slip is named."""

from wrong_answers_sgd import EPOCH

from course_exercises import batches

BATCH = """
def batch_update(net, loss, X, Y, learning_rate):
    collected = {{W: [] for W in net.parameters}}
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        for W in net.parameters:
            collected[W].append(W.grad)
    for W in net.parameters:
        W.value = W.value {}
"""
MINIBATCHES = """
def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):
    for first in {}:
        rows = slice(first, first + {})
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD({})
"""
INSIDE = """
def batch_update(net, loss, X, Y, learning_rate):
    collected = {{W: [] for W in net.parameters}}
    for i in range(len(X)):
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        for W in net.parameters:
            collected[W].append(W.grad)
        for W in net.parameters:
            W.value = W.value - learning_rate * {}
"""
AVERAGED_EXAMPLES = """
def batch_update(net, loss, X, Y, learning_rate):
    net.Forward(x=X.mean(axis=0, keepdims=True), y=Y.mean(axis=0, keepdims=True))
    net.Backward(loss)
    net.SGD(learning_rate)
"""
RIGHT = BATCH.format("- learning_rate * sum(collected[W]) / len(X)")
STEP = "range(0, len(X), batch_size)"
WRONG = [
    (batches.q1, "average = collected.sum(axis=0)", "the sum"),
    (batches.q1, "average = collected.mean(axis=1)", "rows of W"),
    (batches.q1, "average = collected.mean(axis=2)", "columns of W"),
    (batches.q1, "average = collected.mean()", "one number"),
    (batches.q1, "average = collected.sum(axis=0) / 2", "divided by 2"),
    (batches.q1, "average = collected.sum(axis=0) / 4", "divided by 4"),
    (batches.q1, "average = collected.mean(axis=0).T", "transposed"),
    (batches.q2, "updates_and_last_batch = (44, 32)", "ragged"),
    (batches.q2, "updates_and_last_batch = (44, 30)", "a further batch"),
    (batches.q2, "updates_and_last_batch = (45, 32)", "smaller"),
    (batches.q2, "updates_and_last_batch = (1438, 30)", "is SGD"),
    (batches.q2, "updates_and_last_batch = (30, 45)", "first the number"),
    (batches.q3, BATCH.format("- learning_rate * sum(collected[W])"), "not averaged"),
    (batches.q3, BATCH.format("- learning_rate * collected[W][-1]"), "only the last"),
    (batches.q3, BATCH.format("- learning_rate * collected[W][0]"), "only the first"),
    (batches.q3, BATCH.format("- learning_rate * sum(collected[W]) / 25"), "once more"),
    (batches.q3, BATCH.format("- learning_rate**2 * sum(collected[W]) / len(X)"), "applied twice"),
    (batches.q3, BATCH.format("- sum(collected[W]) / 5"), "learning rate is missing"),
    (batches.q3, BATCH.format("+ learning_rate * sum(collected[W]) / 5"), "up the slope"),
    (
        batches.q3,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("sgd_epoch", "batch_update"),
        "inside the loop",
    ),
    (batches.q4, "when_and_where = 'a'", "that is SGD"),
    (batches.q4, "when_and_where = 'c'", "have made one update"),
    (batches.q4, "when_and_where = 'd'", "every 2 examples"),
    (
        batches.q5,
        MINIBATCHES.format("range(0, len(X) - 1, batch_size)", "batch_size", "learning_rate"),
        "ragged last batch",
    ),
    (batches.q5, MINIBATCHES.format("range(5)", "1", "learning_rate"), "after each example"),
    (batches.q5, MINIBATCHES.format("range(1)", "5", "learning_rate"), "all examples made one"),
    (batches.q5, MINIBATCHES.format("range(1)", "batch_size", "learning_rate"), "only the first"),
    (batches.q5, MINIBATCHES.format("(0, 0, 0)", "batch_size", "learning_rate"), "every update"),
    (batches.q5, MINIBATCHES.format("range(5)", "batch_size", "learning_rate"), "overlap"),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate / batch_size"),
        "batch size once more",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * len(X[rows]) / batch_size"),
        "its own example",
    ),
    (batches.q5, MINIBATCHES.format(STEP, "batch_size", "1.0"), "rate is missing"),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * batch_size"),
        "multiplied by the batch size",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "        net.SGD", "    net.SGD"
        ),
        "only the last batch",
    ),
    (
        batches.q3,
        BATCH.format("- learning_rate * sum(collected[W]) / 5").replace(
            "W.value = W.value -", "W.value -="
        ),
        "changed in place",
    ),
    (
        batches.q3,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    for W in net.parameters:\n"
        "        net.Forward(x=X, y=Y); net.Backward(loss)\n"
        "        W.value = W.value - learning_rate * W.grad",
        "collect all gradients first",
    ),
    (
        batches.q3,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "the short way",
    ),
    (
        batches.q5,
        MINIBATCHES.format(
            "range(0, (len(X) // batch_size + 1) * batch_size, batch_size)",
            "batch_size",
            "learning_rate",
        ),
        "but not for 4 examples",
    ),
    (
        batches.q5,
        MINIBATCHES.format("range(0, len(X), 2)", "2", "learning_rate"),
        "3 as batch_size",
    ),
    (batches.q1, "average = collected.sum(axis=0) / 9", "twice"),
    (batches.q1, "average = abs(collected).mean(axis=0)", "sign was lost"),
    (batches.q1, "average = collected[0]", "only the first"),
    (batches.q1, "average = collected[-1]", "only the last"),
    (batches.q1, "average = collected[:2].mean(axis=0)", "first two"),
    (batches.q1, "average = np.median(collected, axis=0)", "median"),
    (batches.q1, "average = -collected.mean(axis=0)", "the numbers are not"),
    (batches.q1, "average = collected.mean(axis=(0, 1))", "shape"),
    (batches.q1, "average = collected.max(axis=0)", "the numbers are not"),
    (batches.q1, "average = collected[0] + collected[1] + collected[2] / 3", "numbers are not"),
    (batches.q2, "updates_and_last_batch = (1438 / 32, 30)", "round up"),
    (batches.q2, "updates_and_last_batch = (45, 2)", "missing to a full batch"),
    (batches.q2, "updates_and_last_batch = (46, 30)", "make 45"),
    (batches.q2, "updates_and_last_batch = (32, 30)", "size of a batch"),
    (batches.q2, "updates_and_last_batch = (44, 0)", "left over"),
    (batches.q2, "updates_and_last_batch = (1, 1438)", "batch learning"),
    (batches.q2, "updates_and_last_batch = 45", "2 numbers are wanted"),
    (batches.q3, BATCH.format("- learning_rate * sum(collected[W]) / 5"), "not for 7 examples"),
    (batches.q3, BATCH.format("- learning_rate * sum(collected[W]) / 4"), "none of the usual"),
    (batches.q3, RIGHT.replace("range(len(X))", "range(5)"), "but not for 7 examples"),
    (batches.q3, RIGHT.replace("range(len(X))", "range(1, len(X))"), "none of the usual"),
    (batches.q3, RIGHT.replace("range(len(X))", "range(len(X) - 1)"), "missing in the sum"),
    (batches.q3, INSIDE.format("W.grad"), "updated inside the loop"),
    (batches.q3, INSIDE.format("W.grad / len(X)"), "updated inside the loop"),
    (batches.q3, INSIDE.format("sum(collected[W]) / len(X)"), "updated inside the loop"),
    (batches.q3, INSIDE.format("sum(collected[W]) / (i + 1)"), "updated inside the loop"),
    (batches.q3, INSIDE.format("np.mean(collected[W], axis=0)"), "updated inside the loop"),
    (batches.q3, INSIDE.format("sum(collected[W])"), "updated inside the loop"),
    (batches.q3, AVERAGED_EXAMPLES, "the examples were averaged"),
    (
        batches.q3,
        RIGHT.replace("collected[W].append(W.grad)", "collected[W] = [W.grad]"),
        "overwritten",
    ),
    (batches.q3, BATCH.format("- learning_rate * W.grad / len(X)"), "overwritten"),
    (batches.q3, BATCH.format("- learning_rate * np.mean(collected[W])"), "axis=0"),
    (batches.q3, BATCH.format("- learning_rate * np.abs(collected[W]).mean(axis=0)"), "signs"),
    (batches.q3, BATCH.format("- learning_rate * sum(collected[W]) / 2"), "divided by 2"),
    (batches.q3, RIGHT.replace("W.value = W.value - l", "W.value = -l"), "old weights are missing"),
    (batches.q3, RIGHT.replace("W.value = W.value - l", "W.value = l"), "and the sign"),
    (batches.q3, BATCH.format("+ learning_rate * sum(collected[W])"), "and the sum"),
    (batches.q3, BATCH.format("- 0.37 * sum(collected[W]) / len(X)"), "but not for 7 examples"),
    (batches.q3, BATCH.format("- 0.1 * sum(collected[W]) / len(X)"), "learning_rate is not used"),
    (
        batches.q3,
        RIGHT.replace(
            "for W in net.parameters:\n        W.value", "for W in [W]:\n        W.value"
        ),
        "only W3",
    ),
    (
        batches.q5,
        MINIBATCHES.format("range(batch_size, len(X), batch_size)", "batch_size", "learning_rate"),
        "first batch was left out",
    ),
    (
        batches.q5,
        MINIBATCHES.format("reversed(range(0, len(X), batch_size))", "batch_size", "learning_rate"),
        "reverse order",
    ),
    (
        batches.q5,
        MINIBATCHES.format("[*range(0, len(X), batch_size)] * 2", "batch_size", "learning_rate"),
        "two passes",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * len(X[rows])"),
        "added up",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate / len(X[rows])"),
        "rows of the batch",
    ),
    (batches.q5, MINIBATCHES.format(STEP, "batch_size", "learning_rate**2"), "applied twice"),
    (batches.q5, MINIBATCHES.format(STEP, "batch_size", "-learning_rate"), "must be 0 or more"),
    (batches.q5, MINIBATCHES.format(STEP, "batch_size", "0.2"), "learning_rate is not used"),
    (
        batches.q5,
        MINIBATCHES.format("range(0, 5, batch_size)", "batch_size", "learning_rate"),
        "but not for 7",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size + 1", "learning_rate"),
        "none of the usual slips",
    ),
    (
        batches.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "y=Y[rows]", "y=Y[: len(X[rows])]"
        ),
        "none of the usual slips",
    ),
]
OTHER_STYLES = [
    (batches.q1, "average = sum(collected) / 3"),
    (batches.q1, "average = np.einsum('bij->ij', collected) / len(collected)"),
    (batches.q1, "average = [[2, 1], [2, 2]]"),
    (batches.q1, "average = collected.mean(axis=0).astype(np.float32)"),
    (batches.q2, "updates_and_last_batch = [-(-1438 // 32), 1438 % 32]"),
    (batches.q3, RIGHT),
    (batches.q3, BATCH.format("- learning_rate * np.mean(collected[W], axis=0)")),
    (
        batches.q3,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    total = [0, 0, 0]\n"
        "    for x, y in zip(X, Y):\n"
        "        net.Forward(x=np.array([x]), y=np.array([y])); net.Backward(loss)\n"
        "        total = [t + W.grad / len(X) for t, W in zip(total, net.parameters)]\n"
        "    for t, W in zip(total, net.parameters):\n"
        "        W.value = W.value - learning_rate * t",
    ),
    (batches.q5, MINIBATCHES.format(STEP, "batch_size", "learning_rate")),
    (
        batches.q5,
        "def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):\n"
        "    first = 0\n"
        "    while first < len(X):\n"
        "        rows = list(range(first, min(first + batch_size, len(X))))\n"
        "        net.Forward(x=X[rows], y=Y[rows]); net.Backward(loss); net.SGD(learning_rate)\n"
        "        first += batch_size",
    ),
]
