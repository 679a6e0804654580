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
    (batches.q3, BATCH.format("- learning_rate**2 * sum(collected[W]) / 5"), "applied twice"),
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
        "once more",
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
        "batches of 3",
    ),
]
