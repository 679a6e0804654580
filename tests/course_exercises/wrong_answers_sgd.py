"""Wrong answers to the questions of lesson 08, and how each slip is named."""

from course_exercises import sgd

EPOCH = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    for b in {}:
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        {}
    {}
"""
ORDERED = """
def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):
    for b, c in {}:
        net.Forward(x=X[b : b + 1], y=Y[c : c + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
MIXED_UP = """
def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):
    {}
    for b in {}:
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
BY_HAND = """
def sgd_epoch(net, loss, X, Y, learning_rate):
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        {}
"""
ALL_W = "for W in net.parameters: W.value = "
STEP = "net.SGD(learning_rate)"
RIGHT = EPOCH.format("range(len(X))", STEP, "")
LINES = """my_lines = '''
z.grad = z − t
W.grad = r.T @ z.grad / B
r.grad = z.grad @ W.T
s.grad = r.grad ⊙ (1 − r²)
a.grad = s.grad ⊙ s ⊙ (1 − s)
V.grad = x.T @ a.grad / B
'''"""
WRONG = [
    (sgd.q3, LINES.replace("z − t", "t − z"), "0 of 6 lines hold"),
    (sgd.q3, LINES.replace("z.grad @ W.T", "z.grad @ W"), "r.grad"),
    (sgd.q3, LINES.replace("a.grad / B", "a.grad"), "only for one example"),
    (sgd.q3, LINES.replace("(1 − r²)", "r ⊙ (1 − r)"), "s.grad"),
    (sgd.q3, LINES.replace("(1 − r²)", "(1 − s²)"), "s.grad"),
    (sgd.q3, LINES.replace(" ⊙ s ⊙ (1 − s)", ""), "a.grad"),
    (sgd.q3, LINES.replace("s ⊙ (1 − s)", "(1 − s²)"), "a.grad"),
    (sgd.q3, LINES.replace("s ⊙ (1 − s)", "a ⊙ (1 − a)"), "a.grad"),
    (sgd.q3, LINES.replace("x.T @ a.grad", "a.grad.T @ x"), "V.grad"),
    (sgd.q3, LINES.replace("(1 − r²)", "tanh′(s)"), "only names a derivative"),
    (sgd.q3, LINES.replace("s ⊙ (1 − s)", "sigmoid'(a)"), "only names a derivative"),
    (sgd.q3, "my_lines = 3", "a text is needed"),
    (sgd.earlier_q1, "updates = 200", "one epoch"),
    (sgd.earlier_q1, "updates = 20", "one update per epoch"),
    (sgd.earlier_q1, "updates = 220", "multiply"),
    (
        sgd.earlier_q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (sgd.earlier_q2, EPOCH.format("range(5)", "pass", "net.SGD(learning_rate)"), "inside the loop"),
    (sgd.earlier_q2, EPOCH.format("range(1)", "net.SGD(learning_rate)", ""), "only the first"),
    (sgd.earlier_q2, EPOCH.format("reversed(range(5))", "net.SGD(learning_rate)", ""), "reverse"),
    (sgd.earlier_q2, EPOCH.format("[*range(5)] * 2", "net.SGD(learning_rate)", ""), "two passes"),
    (sgd.earlier_q2, EPOCH.format("range(5)", "net.SGD(0.2)", ""), "learning_rate is not used"),
    (sgd.earlier_q2, EPOCH.format("range(5)", "pass", ""), "no update"),
    (sgd.earlier_q2, EPOCH.format("range(5)", "net.SGD(0.01)", ""), "learning_rate is not used"),
    (sgd.earlier_q2, EPOCH.format("range(5)", "net.SGD(1.0)", ""), "learning rate is missing"),
    (sgd.earlier_q3, "best_advice = 'a'", "overshoots even more"),
    (sgd.earlier_q3, "best_advice = 'c'", "overshooting"),
    (sgd.q1, "which_weights = 'a'", "meet the same weights"),
    (sgd.q1, "which_weights = 'b'", "what has the second example done"),
    (sgd.q1, "which_weights = 'd'", "nothing is averaged"),
    (sgd.q2, ORDERED.format("zip(range(5), range(5))"), "order was not used"),
    (sgd.q2, ORDERED.format("zip(order, range(5))"), "only x"),
    (sgd.q2, ORDERED.format("zip(range(5), order)"), "only y"),
    (sgd.q2, ORDERED.format("zip(np.argsort(order), np.argsort(order))"), "read as the place"),
    (sgd.q2, ORDERED.format("zip(order[::-1], order[::-1])"), "turned round"),
    (
        sgd.q2,
        "def sgd_epoch_in_order(net, loss, X, Y, learning_rate, order):\n"
        "    net.Forward(x=X[order], y=Y[order]); net.Backward(loss); net.SGD(learning_rate)",
        "one update at the end",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("net.", "nn."),
        "Write net.",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "X *= 0"),
        "changed in place",
    ),
    (sgd.earlier_q1, "updates = 200 / 20", "not 200 / 20"),
    (sgd.earlier_q1, "updates = 19 * 200", "first epoch"),
    (sgd.earlier_q1, "updates = 20 * 199", "first example"),
    (sgd.earlier_q1, "updates = 20 / 200", "that is not it"),
    (sgd.earlier_q1, "updates = [200, 20]", "one number is wanted"),
    (sgd.earlier_q1, "updates = 4001", "that is not it"),
    (sgd.earlier_q1, "updates = 3 * 4000", "not counted for each"),
    (sgd.earlier_q1, "updates = 400", "a zero is missing"),
    (sgd.earlier_q1, "updates = 40_000", "a zero too many"),
    (sgd.earlier_q1, "updates = 2 * 4000", "an example makes one"),
    (sgd.earlier_q1, "updates = 21 * 200", "not 21"),
    (sgd.earlier_q1, "updates = 20 * 200 * 4", "that is not it"),
    (sgd.earlier_q2, EPOCH.format("range(5)", STEP, ""), "but not for 7 examples"),
    (sgd.earlier_q2, EPOCH.format("range(1, len(X))", STEP, ""), "rows are counted from 0"),
    (sgd.earlier_q2, RIGHT.replace("[b : b + 1]", "[:1]"), "every update took the first"),
    (sgd.earlier_q2, RIGHT.replace("[b : b + 1]", "[b : b + 2]"), "two examples"),
    (sgd.earlier_q2, RIGHT.replace("Y[b : b + 1]", "Y[:1]"), "first answer"),
    (
        sgd.earlier_q2,
        RIGHT.replace("Y[b : b + 1]", "Y[::-1][b : b + 1]"),
        "rows of Y: [4], [3], [2]",
    ),
    (sgd.earlier_q2, EPOCH.format("range(len(X))", f"{STEP}; {STEP}", ""), "run Forward, then"),
    (sgd.earlier_q2, EPOCH.format("range(len(X))", STEP.replace("rate)", "rate**2)"), ""), "twice"),
    (
        sgd.earlier_q2,
        EPOCH.format("range(len(X))", "net.SGD(learning_rate / len(X))", ""),
        "was divided",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(len(X))", "net.SGD(learning_rate * len(X))", ""),
        "multiplied",
    ),
    (sgd.earlier_q2, EPOCH.format("range(len(X))", "net.SGD(0.37)", ""), "but not for 7 examples"),
    # At five examples these are "the last was left out"; at seven they are told apart.
    (sgd.earlier_q2, EPOCH.format("range(4)", STEP, ""), "counts four examples, as in the lesson"),
    (sgd.earlier_q2, EPOCH.format("range(len(X) - 1)", STEP, ""), "the last example was left out"),
    (
        sgd.earlier_q2,
        EPOCH.format("range(X.shape[1])", STEP, ""),
        "as many examples as X has columns",
    ),
    # No slip that anybody foresaw, so it is told where it begins.
    (
        sgd.earlier_q2,
        EPOCH.format("[*range(len(X)), 0]", STEP, ""),
        "[3], [4], [0]. Wanted are [0], [1]",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("[*range(len(X))] * 20", STEP, ""),
        "[3], …. Wanted are [0], [1]",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(0, len(X), 2)", STEP, ""),
        "rows of X: [0], [2], [4]. Wanted",
    ),
    (sgd.earlier_q2, EPOCH.format("range(3)", STEP, ""), "as many examples as X has columns"),
    (
        sgd.earlier_q2,
        EPOCH.format("np.random.default_rng(0).permutation(len(X))", STEP, ""),
        "rows of X: [2], [4], [3], [0], [1]. Wanted",
    ),
    (
        sgd.earlier_q2,
        RIGHT.replace("[b : b + 1]", ""),
        "rows of X: [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]",
    ),
    (
        sgd.earlier_q2,
        RIGHT.replace("X[b : b + 1]", "(X / 2)[b : b + 1]"),
        "numbers that are no rows",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(len(X))", f"b % 2 or {STEP}", ""),
        "after call 2 of Forward",
    ),
    (
        sgd.earlier_q2,
        EPOCH.format("range(len(X))", f"{STEP}; learning_rate *= 0.9", ""),
        "look at the update",
    ),
    (sgd.earlier_q2, EPOCH.format("range(len(X) + 1)", STEP, ""), "Forward got no rows"),
    (sgd.earlier_q2, BY_HAND.format(ALL_W + "W.value + learning_rate * W.grad"), "up the slope"),
    (
        sgd.earlier_q2,
        BY_HAND.format("W = net.parameters[0]; W.value = W.value - learning_rate * W.grad"),
        "only W1",
    ),
    (
        sgd.earlier_q2,
        BY_HAND.format("W = net.parameters[2]; W.value = W.value - learning_rate * W.grad"),
        "only W3",
    ),
    (sgd.earlier_q2, BY_HAND.format(ALL_W + "- learning_rate * W.grad"), "look at the update"),
    (
        sgd.earlier_q2,
        BY_HAND.format("W = net.parameters[1]; W.value = W.value - learning_rate * W.grad"),
        "none of the usual slips",
    ),
    (
        sgd.earlier_q2,
        BY_HAND.format(ALL_W + "W.value - (1 + (W.name == 'W3')) * learning_rate * W.grad"),
        "look at the update",
    ),
    (sgd.earlier_q2, BY_HAND.format(STEP).replace("x=X[b : b + 1]", "x=X[b]"), "your code stopped"),
    (sgd.earlier_q2, RIGHT.replace("        net.Backward(loss)\n", ""), "your code stopped"),
    (sgd.earlier_q2, "sgd_epoch = 'net.SGD'", "a function is needed"),
    (sgd.q2, ORDERED.format("zip(sorted(order), sorted(order))"), "order was not used"),
    (sgd.q2, ORDERED.format("[(order[b], order[b]) for b in order]"), "applied twice"),
    (sgd.q2, ORDERED.format("zip(order[1:], order[1:])"), "first example of the order"),
    (sgd.q2, ORDERED.format("zip(order[:-1], order[:-1])"), "last example of the order"),
    (sgd.q2, ORDERED.format("zip(order[:1], order[:1])"), "return"),
    (sgd.q2, ORDERED.format("[(order[-1], order[-1])]"), "belongs inside the loop"),
    (
        sgd.q2,
        ORDERED.format("zip(order, order)")
        .replace("learning_rate)", "0.1)", 2)
        .replace("loss, X, Y, 0.1)", "loss, X, Y, learning_rate)"),
        "learning_rate is not used",
    ),
    (
        sgd.q2,
        ORDERED.format("zip(order, order)").replace("SGD(learning_rate)", "SGD(1.0)"),
        "rate is missing",
    ),
    (sgd.q2, ORDERED.format("zip(order[:5], order[:5])"), "but not for 7 examples"),
    (sgd.q2, ORDERED.format("[(b % 2, b % 2) for b in order]"), "rows of X: [1], [0], [0], [1]"),
    (sgd.q2, ORDERED.format("zip(order, [0] * len(order))"), "the answer of the example 0"),
    (sgd.q2, ORDERED.format("zip(order * 2, order * 2)"), "two passes"),
    (sgd.q2, ORDERED.format("zip([3, 0, 4, 1, 2], [3, 0, 4, 1, 2])"), "but not for 7 examples"),
    (sgd.q2, ORDERED.format("[(b + 1, b + 1) for b in order]"), "Forward got no rows"),
    (
        sgd.q2,
        ORDERED.format("zip(order, order)")
        .replace("[c : c + 1]", "[b : b + 1]")
        .replace("[b : b + 1]", "[order[: order.index(b) + 1]]"),
        "all examples up to this one",
    ),
    (
        sgd.q2,
        ORDERED.format("zip(order, order)").replace("rate)\n", "rate / 5)\n", 2),
        "divided by",
    ),
    # What is done to the list of the order itself: the right weights for it come of no order asked.
    (
        sgd.q2,
        MIXED_UP.format("np.random.default_rng(0).shuffle(order)", "order"),
        "changed in place",
    ),
    (sgd.q2, MIXED_UP.format("order.sort()", "order"), "changed in place"),
    (sgd.q2, MIXED_UP.format("pass", "[order.pop(0) for _ in range(len(X))]"), "changed in place"),
    (
        sgd.q2,
        MIXED_UP.format("order = sorted(order, key=lambda b: b % 2)", "order"),
        "rows of X: [0], [4], [2]",
    ),
]
OTHER_STYLES = [
    (sgd.q3, LINES.replace("V.grad = x.T @ a.grad", "∂J/∂V = xᵀ a.grad")),
    (
        sgd.q3,
        "my_lines = 'δz = z - t\\nW.grad = rᵀ δz / B\\n"
        "V.grad = x.T @ (δz @ W.T * (1 - r**2) * s * (1 - s)) / B'",
    ),
    (sgd.earlier_q1, "updates = 4000.0"),
    (sgd.earlier_q1, "updates = np.int64(4000)"),
    (sgd.earlier_q2, RIGHT),
    (sgd.earlier_q2, BY_HAND.format(ALL_W + "W.value - learning_rate * W.grad")),
    (sgd.earlier_q2, RIGHT.replace("[b : b + 1]", "[[b]]")),
    (
        sgd.earlier_q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    nn.train_sgd(loss, {'x': X, 'y': Y}, learning_rate=learning_rate, epochs=1,\n"
        "                 shuffle=False)",
    ),
    (
        sgd.earlier_q2,
        "def sgd_epoch(net, loss, X, Y, learning_rate):\n"
        "    for x, y in zip(X, Y):\n"
        "        net.Forward(x=x[None], y=np.array([y]))\n"
        "        net.Backward(loss); net.SGD(learning_rate)",
    ),
    (sgd.q2, ORDERED.format("zip(order, order)")),
    (sgd.q2, ORDERED.format("[(int(b), int(b)) for b in order]")),
    (sgd.q2, MIXED_UP.format("X, Y = X[order], Y[order]", "range(len(X))")),
    (sgd.q2, MIXED_UP.format("order = order.copy()", "[order.pop(0) for _ in range(len(X))]")),
]
