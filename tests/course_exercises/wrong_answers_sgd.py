"""Wrong answers to the questions of lesson 08, and how each slip is named."""

from course_exercises import sgd

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
    (sgd.q1, "updates = 200", "one epoch"),
    (sgd.q1, "updates = 20", "one update per epoch"),
    (sgd.q1, "updates = 220", "multiply"),
    (
        sgd.q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (sgd.q2, EPOCH.format("range(5)", "pass", "net.SGD(learning_rate)"), "inside the loop"),
    (sgd.q2, EPOCH.format("range(1)", "net.SGD(learning_rate)", ""), "only the first"),
    (sgd.q2, EPOCH.format("reversed(range(5))", "net.SGD(learning_rate)", ""), "reverse"),
    (sgd.q2, EPOCH.format("range(4)", "net.SGD(learning_rate)", ""), "left out"),
    (sgd.q2, EPOCH.format("[*range(5)] * 2", "net.SGD(learning_rate)", ""), "two passes"),
    (sgd.q2, EPOCH.format("range(5)", "net.SGD(0.2)", ""), "not used as it was given"),
    (sgd.q2, EPOCH.format("range(5)", "pass", ""), "no update"),
    (sgd.q2, EPOCH.format("range(5)", "net.SGD(0.01)", ""), "none of the usual slips"),
    (sgd.q2, EPOCH.format("range(5)", "net.SGD(1.0)", ""), "learning rate is missing"),
    (sgd.q3, "best_advice = 'a'", "overshoots even more"),
    (sgd.q3, "best_advice = 'c'", "overshooting"),
    (sgd.q4, "which_weights = 'a'", "meet the same weights"),
    (sgd.q4, "which_weights = 'b'", "example 2 has made"),
    (sgd.q4, "which_weights = 'd'", "nothing is averaged"),
    (sgd.q5, ORDERED.format("zip(range(5), range(5))"), "order was not used"),
    (sgd.q5, ORDERED.format("zip(order, range(5))"), "only x"),
    (sgd.q5, ORDERED.format("zip(range(5), order)"), "only y"),
    (sgd.q5, ORDERED.format("zip(order.argsort(), order.argsort())"), "read as the place"),
    (sgd.q5, ORDERED.format("zip(order[::-1], order[::-1])"), "turned round"),
    (
        sgd.q5,
        "def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):\n"
        "    net.Forward(x=X[order], y=Y[order]); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (
        sgd.q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("net.", "nn."),
        "Write net.Forward",
    ),
    (
        sgd.q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "X *= 0"),
        "changed in place",
    ),
    (sgd.q2, EPOCH.format("range(5)", "net.SGD(0.3)", ""), "none of the usual slips"),
]
