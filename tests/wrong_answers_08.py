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
]
