"""Wrong answers to the questions of lesson 08, and how each slip is named."""

from wrong_answers_07 import EPOCH

from course_nn.exercises import lesson_08

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
    (lesson_08.q1, "average = collected.sum(axis=0)", "the sum"),
    (lesson_08.q1, "average = collected.mean(axis=1)", "rows of W"),
    (lesson_08.q1, "average = collected.mean(axis=2)", "columns of W"),
    (lesson_08.q1, "average = collected.mean()", "one number"),
    (lesson_08.q1, "average = collected.sum(axis=0) / 2", "divided by 2"),
    (lesson_08.q1, "average = collected.sum(axis=0) / 4", "divided by 4"),
    (lesson_08.q1, "average = collected.mean(axis=0).T", "transposed"),
    (lesson_08.q2, "updates_and_last_batch = (44, 32)", "ragged"),
    (lesson_08.q2, "updates_and_last_batch = (44, 30)", "a further batch"),
    (lesson_08.q2, "updates_and_last_batch = (45, 32)", "smaller"),
    (lesson_08.q2, "updates_and_last_batch = (1438, 30)", "is SGD"),
    (lesson_08.q2, "updates_and_last_batch = (30, 45)", "first the number"),
    (lesson_08.q3, BATCH.format("- learning_rate * sum(collected[W])"), "not averaged"),
    (lesson_08.q3, BATCH.format("- learning_rate * collected[W][-1]"), "only the last"),
    (lesson_08.q3, BATCH.format("- learning_rate * collected[W][0]"), "only the first"),
    (lesson_08.q3, BATCH.format("- learning_rate * sum(collected[W]) / 25"), "once more"),
    (lesson_08.q3, BATCH.format("- learning_rate**2 * sum(collected[W]) / 5"), "applied twice"),
    (lesson_08.q3, BATCH.format("- sum(collected[W]) / 5"), "learning rate is missing"),
    (lesson_08.q3, BATCH.format("+ learning_rate * sum(collected[W]) / 5"), "up the slope"),
    (
        lesson_08.q3,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("sgd_epoch", "batch_update"),
        "inside the loop",
    ),
    (lesson_08.q4, "when_and_where = 'a'", "that is SGD"),
    (lesson_08.q4, "when_and_where = 'c'", "have made one update"),
    (lesson_08.q4, "when_and_where = 'd'", "every 2 examples"),
    (
        lesson_08.q5,
        MINIBATCHES.format("range(0, len(X) - 1, batch_size)", "batch_size", "learning_rate"),
        "ragged last batch",
    ),
    (lesson_08.q5, MINIBATCHES.format("range(5)", "1", "learning_rate"), "after each example"),
    (lesson_08.q5, MINIBATCHES.format("range(1)", "5", "learning_rate"), "all examples made one"),
    (lesson_08.q5, MINIBATCHES.format("range(1)", "batch_size", "learning_rate"), "only the first"),
    (lesson_08.q5, MINIBATCHES.format("(0, 0, 0)", "batch_size", "learning_rate"), "every update"),
    (lesson_08.q5, MINIBATCHES.format("range(5)", "batch_size", "learning_rate"), "overlap"),
    (
        lesson_08.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate / batch_size"),
        "once more",
    ),
    (
        lesson_08.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * len(X[rows]) / batch_size"),
        "its own example",
    ),
    (lesson_08.q5, MINIBATCHES.format(STEP, "batch_size", "1.0"), "rate is missing"),
    (
        lesson_08.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * batch_size"),
        "multiplied by the batch size",
    ),
    (
        lesson_08.q5,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "        net.SGD", "    net.SGD"
        ),
        "only the last batch",
    ),
    (
        lesson_08.q3,
        BATCH.format("- learning_rate * sum(collected[W]) / 5").replace(
            "W.value = W.value -", "W.value -="
        ),
        "changed in place",
    ),
    (
        lesson_08.q3,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    for W in net.parameters:\n"
        "        net.Forward(x=X, y=Y); net.Backward(loss)\n"
        "        W.value = W.value - learning_rate * W.grad",
        "collect all gradients first",
    ),
    (
        lesson_08.q3,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "the short way",
    ),
    (
        lesson_08.q5,
        MINIBATCHES.format(
            "range(0, (len(X) // batch_size + 1) * batch_size, batch_size)",
            "batch_size",
            "learning_rate",
        ),
        "but not for 4 examples",
    ),
    (
        lesson_08.q5,
        MINIBATCHES.format("range(0, len(X), 2)", "2", "learning_rate"),
        "batches of 3",
    ),
]
