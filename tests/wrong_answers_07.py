"""Wrong answers to the questions of lesson 07, and how each slip is named."""

from course_nn.exercises import lesson_07

EPOCH = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    for i in {}:
        net.Forward(x=X[i : i + 1], y=Y[i : i + 1])
        net.Backward(loss)
        {}
    {}
"""
ORDERED = """
def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):
    for i, j in {}:
        net.Forward(x=X[i : i + 1], y=Y[j : j + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
WRONG = [
    (lesson_07.q1, "updates = 200", "one epoch"),
    (lesson_07.q1, "updates = 20", "one update per epoch"),
    (lesson_07.q1, "updates = 220", "multiply"),
    (
        lesson_07.q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (lesson_07.q2, EPOCH.format("range(5)", "pass", "net.SGD(learning_rate)"), "inside the loop"),
    (lesson_07.q2, EPOCH.format("range(1)", "net.SGD(learning_rate)", ""), "only the first"),
    (lesson_07.q2, EPOCH.format("reversed(range(5))", "net.SGD(learning_rate)", ""), "reverse"),
    (lesson_07.q2, EPOCH.format("range(4)", "net.SGD(learning_rate)", ""), "left out"),
    (lesson_07.q2, EPOCH.format("[*range(5)] * 2", "net.SGD(learning_rate)", ""), "two passes"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(0.2)", ""), "not used as it was given"),
    (lesson_07.q2, EPOCH.format("range(5)", "pass", ""), "no update"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(0.01)", ""), "none of the usual slips"),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(1.0)", ""), "learning rate is missing"),
    (lesson_07.q3, "best_advice = 'a'", "overshoots even more"),
    (lesson_07.q3, "best_advice = 'c'", "overshooting"),
    (lesson_07.q4, "which_weights = 'a'", "meet the same weights"),
    (lesson_07.q4, "which_weights = 'b'", "example 2 has made"),
    (lesson_07.q4, "which_weights = 'd'", "nothing is averaged"),
    (lesson_07.q5, ORDERED.format("zip(range(5), range(5))"), "order was not used"),
    (lesson_07.q5, ORDERED.format("zip(order, range(5))"), "only x"),
    (lesson_07.q5, ORDERED.format("zip(range(5), order)"), "only y"),
    (lesson_07.q5, ORDERED.format("zip(order.argsort(), order.argsort())"), "read as the place"),
    (lesson_07.q5, ORDERED.format("zip(order[::-1], order[::-1])"), "turned round"),
    (
        lesson_07.q5,
        "def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):\n"
        "    net.Forward(x=X[order], y=Y[order]); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (
        lesson_07.q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("net.", "nn."),
        "Write net.Forward",
    ),
    (
        lesson_07.q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "X *= 0"),
        "changed in place",
    ),
    (lesson_07.q2, EPOCH.format("range(5)", "net.SGD(0.3)", ""), "none of the usual slips"),
]
