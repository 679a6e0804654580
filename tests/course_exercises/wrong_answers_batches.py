"""Wrong answers to the questions of lesson 09, and how each slip is named."""

from wrong_answers_sgd import EPOCH

from course_exercises import batches

BATCH = """
def batch_update(net, loss, X, Y, learning_rate):
    collected = {{W: [] for W in net.parameters}}
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
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
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
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
CUT = """
def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):
    WHOLE = [range(i, i + batch_size) for i in range(0, len(X) - batch_size + 1, batch_size)]
    REST = range(len(WHOLE) * batch_size, len(X))
    for rows in {}:
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate)
"""
AVERAGED_BATCHES = """
def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):
    collected = []
    for first in range(0, len(X), batch_size):
        net.Forward(x=X[first : first + batch_size], y=Y[first : first + batch_size])
        net.Backward(loss)
        collected.append([W.grad for W in net.parameters])
    for W, *grads in zip(net.parameters, *collected):
        W.value = W.value - learning_rate * sum(grads) / len(grads)
"""
AVERAGED_WEIGHTS = """
def batch_update(net, loss, X, Y, learning_rate):
    collected = []
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        net.SGD(learning_rate)
        collected.append([W.value for W in net.parameters])
    for W, *values in zip(net.parameters, *collected):
        W.value = sum(values) / len(X)
"""
ONE_CALL = """
def batch_update(net, loss, X, Y, learning_rate):
    nn.train_{}(loss, {{"x": X, "y": Y}}, learning_rate=learning_rate{})
"""
RIGHT = BATCH.format("- learning_rate * sum(collected[W]) / len(X)")
STEP = "range(0, len(X), batch_size)"
TRACES = 'weights = {{"SGD": {}, "B = 2": {}, "batch": {}}}'
LINES = """my_lines = '''
p.grad = p − t
o.grad = 2 · p.grad ⊙ o
A.grad = x.T @ o.grad / B
c.grad = o.grad.sum(axis=0, keepdims=True) / B
'''"""
WRONG = [
    (batches.earlier_q1, "average = collected.sum(axis=0)", "the sum"),
    (batches.earlier_q1, "average = collected.mean(axis=0) + 1j", "an array of complex numbers"),
    (
        batches.earlier_q1,
        "average = np.ma.masked_less(collected.mean(axis=0), 2)",
        "with masked entries",
    ),
    (batches.earlier_q1, "average = collected.mean(axis=1)", "rows of W"),
    (batches.earlier_q1, "average = collected.mean(axis=2)", "columns of W"),
    (batches.earlier_q1, "average = collected.mean()", "one number"),
    (batches.earlier_q1, "average = collected.sum(axis=0) / 2", "divided by 2"),
    (batches.earlier_q1, "average = collected.sum(axis=0) / 4", "divided by 4"),
    (batches.earlier_q1, "average = collected.mean(axis=0).T", "transposed"),
    (batches.earlier_q2, "updates_and_last_batch = (44, 32)", "smaller last batch"),
    (batches.earlier_q2, "updates_and_last_batch = (44, 30)", "a further batch"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 32)", "smaller"),
    (batches.earlier_q2, "updates_and_last_batch = (1438, 30)", "is SGD"),
    (batches.earlier_q2, "updates_and_last_batch = (30, 45)", "first the number"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W])"), "not averaged"),
    (batches.q2, BATCH.format("- learning_rate * collected[W][-1]"), "only the last"),
    (batches.q2, BATCH.format("- learning_rate * collected[W][0]"), "only the first"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / 25"), "once more"),
    (batches.q2, BATCH.format("- learning_rate**2 * sum(collected[W]) / len(X)"), "applied twice"),
    (batches.q2, BATCH.format("- sum(collected[W]) / 5"), "learning rate is missing"),
    (batches.q2, BATCH.format("+ learning_rate * sum(collected[W]) / 5"), "up the slope"),
    (
        batches.q2,
        EPOCH.format("range(5)", "net.SGD(learning_rate)", "").replace("sgd_epoch", "batch_update"),
        "inside the loop",
    ),
    (batches.earlier_q4, "when_and_where = 'a'", "that is SGD"),
    (batches.earlier_q4, "when_and_where = 'c'", "have made one update"),
    (batches.earlier_q4, "when_and_where = 'd'", "every 2 examples"),
    (
        batches.q3,
        MINIBATCHES.format("range(0, len(X) - 1, batch_size)", "batch_size", "learning_rate"),
        "smaller last batch",
    ),
    (batches.q3, MINIBATCHES.format("range(11)", "1", "learning_rate"), "after each example"),
    (batches.q3, MINIBATCHES.format("range(1)", "11", "learning_rate"), "all examples made one"),
    (batches.q3, MINIBATCHES.format("range(1)", "batch_size", "learning_rate"), "only the first"),
    (batches.q3, MINIBATCHES.format("[0] * 4", "batch_size", "learning_rate"), "every update"),
    (batches.q3, MINIBATCHES.format("range(11)", "batch_size", "learning_rate"), "overlap"),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate / batch_size"),
        "batch size once more",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * len(X[rows]) / batch_size"),
        "its own example",
    ),
    (batches.q3, MINIBATCHES.format(STEP, "batch_size", "1.0"), "rate is missing"),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * batch_size"),
        "multiplied by the batch size",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "        net.SGD", "    net.SGD"
        ),
        "only the last batch",
    ),
    (
        batches.q2,
        BATCH.format("- learning_rate * sum(collected[W]) / 5").replace(
            "W.value = W.value -", "W.value -="
        ),
        "changed in place",
    ),
    (
        batches.q2,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    for W in net.parameters:\n"
        "        net.Forward(x=X, y=Y); net.Backward(loss)\n"
        "        W.value = W.value - learning_rate * W.grad",
        "collect all gradients first",
    ),
    (
        batches.q2,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    net.Forward(x=X, y=Y); net.Backward(loss); net.SGD(learning_rate)",
        "the short way",
    ),
    (
        batches.q3,
        MINIBATCHES.format(
            "range(0, (len(X) // batch_size + 1) * batch_size, batch_size)",
            "batch_size",
            "learning_rate",
        ),
        "Forward got no rows",
    ),
    (
        batches.q3,
        MINIBATCHES.format("range(0, len(X), 3)", "3", "learning_rate"),
        "2 as batch_size",
    ),
    (batches.earlier_q1, "average = collected.sum(axis=0) / 9", "twice"),
    (batches.earlier_q1, "average = abs(collected).mean(axis=0)", "sign was lost"),
    (batches.earlier_q1, "average = collected[0]", "only the first"),
    (batches.earlier_q1, "average = collected[-1]", "only the last"),
    (batches.earlier_q1, "average = collected[:2].mean(axis=0)", "first two"),
    (batches.earlier_q1, "average = np.median(collected, axis=0)", "median"),
    (batches.earlier_q1, "average = -collected.mean(axis=0)", "does not turn round"),
    (batches.earlier_q1, "average = collected.mean(axis=(0, 1))", "shape"),
    (batches.earlier_q1, "average = collected.max(axis=0)", "the numbers are not"),
    (
        batches.earlier_q1,
        "average = collected[0] + collected[1] + collected[2] / 3",
        "only the last one",
    ),
    (batches.earlier_q1, "average = collected.sum(axis=0) / collected.size", "all entries"),
    (batches.earlier_q1, "average = collected[-1] / 3", "overwrites"),
    (
        batches.earlier_q1,
        "average = ((collected[0] + collected[1]) / 2 + collected[2]) / 2",
        "of a mean",
    ),
    (batches.earlier_q1, "average = collected.sum(axis=1)", "sum over the rows"),
    (batches.earlier_q1, "average = collected.sum(axis=2)", "sum over the columns"),
    (batches.earlier_q1, "average = collected.mean(axis=0, keepdims=True)", "brackets too many"),
    (batches.earlier_q1, "average = [[2, 1], [6, 3]]", "0 was left out"),
    (batches.earlier_q2, "updates_and_last_batch = (1438 / 32, 30)", "round up"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 2)", "missing to a full batch"),
    (batches.earlier_q2, "updates_and_last_batch = (46, 30)", "make 45"),
    (batches.earlier_q2, "updates_and_last_batch = (32, 30)", "size of a batch"),
    (batches.earlier_q2, "updates_and_last_batch = (44, 0)", "left over"),
    (batches.earlier_q2, "updates_and_last_batch = (1, 1438)", "batch learning"),
    (batches.earlier_q2, "updates_and_last_batch = 45", "2 numbers are wanted"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / 5"), "not for 7 examples"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / 4"), "divided by 4"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / 3"), "number of parameters"),
    (batches.q2, RIGHT.replace("range(len(X))", "range(5)"), "but not for 7 examples"),
    (batches.q2, RIGHT.replace("range(len(X))", "range(1, len(X))"), "first example is missing"),
    (batches.q2, RIGHT.replace("range(len(X))", "range(len(X) - 1)"), "missing in the sum"),
    (batches.q2, RIGHT.replace("range(len(X))", "range(4)"), "four examples, as in section 1"),
    (
        batches.q2,
        RIGHT.replace("range(len(X))", "range(4)").replace("/ len(X)", "/ 4"),
        "four examples were taken",
    ),
    (batches.earlier_q2, "updates_and_last_batch = (1438 / 32, 0.9375)", "are whole numbers"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 0.9375)", "a share of a batch"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 0)", "what is left for the last"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 1408)", "before the last"),
    (batches.earlier_q2, "updates_and_last_batch = (45, 1440)", "45 whole batches"),
    (
        batches.q3,
        MINIBATCHES.format("range(len(X) // batch_size)", "batch_size", "learning_rate"),
        "counts whole batches",
    ),
    (
        batches.q3,
        MINIBATCHES.format("range(-(-len(X) // batch_size))", "batch_size", "learning_rate"),
        "the loop counts batches",
    ),
    (batches.q2, INSIDE.format("W.grad"), "updated inside the loop"),
    (batches.q2, INSIDE.format("W.grad / len(X)"), "updated inside the loop"),
    (batches.q2, INSIDE.format("sum(collected[W]) / len(X)"), "updated inside the loop"),
    (batches.q2, INSIDE.format("sum(collected[W]) / (b + 1)"), "updated inside the loop"),
    (batches.q2, INSIDE.format("np.mean(collected[W], axis=0)"), "updated inside the loop"),
    (batches.q2, INSIDE.format("sum(collected[W])"), "updated inside the loop"),
    (batches.q2, AVERAGED_EXAMPLES, "the examples were averaged"),
    (
        batches.q2,
        RIGHT.replace("collected[W].append(W.grad)", "collected[W] = [W.grad]"),
        "overwritten",
    ),
    (batches.q2, BATCH.format("- learning_rate * W.grad / len(X)"), "overwritten"),
    (batches.q2, BATCH.format("- learning_rate * np.mean(collected[W])"), "axis=0"),
    (batches.q2, BATCH.format("- learning_rate * np.abs(collected[W]).mean(axis=0)"), "signs"),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / 2"), "divided by 2"),
    (batches.q2, RIGHT.replace("W.value = W.value - l", "W.value = -l"), "old weights are missing"),
    (batches.q2, RIGHT.replace("W.value = W.value - l", "W.value = l"), "and the sign"),
    (batches.q2, BATCH.format("+ learning_rate * sum(collected[W])"), "and the sum"),
    (batches.q2, BATCH.format("- 0.37 * sum(collected[W]) / len(X)"), "but not for 7 examples"),
    (batches.q2, BATCH.format("- 0.1 * sum(collected[W]) / len(X)"), "learning_rate is not used"),
    (
        batches.q2,
        RIGHT.replace(
            "for W in net.parameters:\n        W.value", "for W in [W]:\n        W.value"
        ),
        "only W3",
    ),
    (
        batches.q3,
        MINIBATCHES.format("range(batch_size, len(X), batch_size)", "batch_size", "learning_rate"),
        "first batch was left out",
    ),
    (
        batches.q3,
        MINIBATCHES.format("reversed(range(0, len(X), batch_size))", "batch_size", "learning_rate"),
        "reverse order",
    ),
    (
        batches.q3,
        MINIBATCHES.format("[*range(0, len(X), batch_size)] * 2", "batch_size", "learning_rate"),
        "two passes",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate * len(X[rows])"),
        "added up",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate / len(X[rows])"),
        "rows of the batch",
    ),
    (batches.q3, MINIBATCHES.format(STEP, "batch_size", "learning_rate**2"), "applied twice"),
    (batches.q3, MINIBATCHES.format(STEP, "batch_size", "-learning_rate"), "must be 0 or more"),
    (batches.q3, MINIBATCHES.format(STEP, "batch_size", "0.2"), "learning_rate is not used"),
    (
        batches.q3,
        MINIBATCHES.format("range(0, 11, batch_size)", "batch_size", "learning_rate"),
        "but not for 7",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size + 1", "learning_rate"),
        "has batch_size already",
    ),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "y=Y[rows]", "y=Y[: len(X[rows])]"
        ),
        "rows of Y: [0, 1, 2], [0, 1, 2]",
    ),
    (
        batches.q2,
        RIGHT.replace("append(W.grad)\n", "append(W.grad)\n        net.SGD(learning_rate)\n"),
        "after call 1 of Forward the weights changed",
    ),
    (batches.q2, BATCH.format("- learning_rate * sum(collected[W]) / len(W.grad)"), "len(W.grad)"),
    (
        batches.q2,
        RIGHT.replace("W.value - learn", "(W.value - learn").replace(" / len(X)", ") / len(X)"),
        "themselves",
    ),
    (
        batches.q2,
        RIGHT[:-1].replace(
            "    for W in net.parameters:\n        W.v",
            "    for W in net.parameters[:2]:\n        W.v",
        ),
        "W3 was not updated",
    ),
    (
        batches.q2,
        BATCH.format("- learning_rate * np.median(collected[W], axis=0)"),
        "look at the update",
    ),
    (
        batches.q2,
        RIGHT.replace(
            "in net.parameters:\n        W.value", "in net.parameters[1:2]:\n        W.value"
        ),
        "look at the update of W1 and W3",
    ),
    (
        batches.q2,
        BATCH.format("- learning_rate * np.mean(collected[W], axis=1)"),
        "average over the examples, axis 0",
    ),
    (
        batches.q2,
        RIGHT.replace("collected = {W: [] for W", "one = []; collected = {W: one for W"),
        "in a list of its own",
    ),
    (batches.q2, AVERAGED_WEIGHTS, "the weights after each update were averaged"),
    (batches.q2, ONE_CALL.format("batch", ", epochs=2"), "two passes"),
    (
        batches.q2,
        ONE_CALL.format("minibatch", ", epochs=1, batch_size=2, shuffle=False"),
        "the first gradients already",
    ),
    (
        batches.q2,
        RIGHT.replace("x=X[b : b + 1]", "x=X[b : b + 1] / 2"),
        "no rows of X",
    ),
    # The batch has other rows; `CUT` goes through a list of rows.
    (batches.q3, CUT.format("[*WHOLE, *([i] for i in REST)]"), "taken one example at a time"),
    (batches.q3, CUT.format("[*WHOLE[:-1], [*WHOLE[-1], *REST]]"), "put to the last whole batch"),
    (batches.q3, CUT.format("[*WHOLE, [*REST, 0]]"), "filled up with the first examples"),
    (batches.q3, CUT.format("[*WHOLE, range(8, 11)]"), "had their turn before"),
    (batches.q3, CUT.format("[*WHOLE, REST, REST]"), "came twice"),
    (batches.q3, CUT.format("[[0, 1], [2, 3, 4], [5, 6, 7], [8, 9, 10]]"), "came first"),
    (batches.q3, CUT.format("np.array_split(range(len(X)), batch_size)"), "number of batches"),
    (
        batches.q3,
        CUT.format("[range(i, min(i + 2, 11)) for i in range(0, 11, 3)]"),
        "batch_size - 1",
    ),
    (
        batches.q3,
        CUT.format("[rows[-1:] for rows in [*WHOLE, REST]]"),
        "one example made the update",
    ),
    (
        batches.q3,
        CUT.format("[range(k, len(X), 4) for k in range(4)]"),
        "rows of X: [0, 4, 8], [1, 5, 9]",
    ),
    (
        batches.q3,
        CUT.format("np.array_split(np.random.default_rng(0).permutation(11), 4)"),
        "Wanted are [0, 1, 2]",
    ),
    (batches.q3, AVERAGED_BATCHES, "the gradients of all batches were averaged"),
    (
        batches.q3,
        MINIBATCHES.format(STEP, "batch_size", "learning_rate").replace(
            "slice(first, first +", "slice(first,"
        ),
        "Forward got no rows",
    ),
    # By hand: each story ends elsewhere.
    (batches.q1, TRACES.format([4, 8, 9], [4, -3], [3]), "SGD: every gradient was taken at the fi"),
    (batches.q1, TRACES.format([4, 6, -5], [4, 5], [3]), "B = 2: the second batch was taken at"),
    (batches.q1, TRACES.format([4, 6, -5], [4], [3]), "alone it is a batch of one"),
    (batches.q1, TRACES.format([4, 6, -5], [4, 0.5], [3]), "divide by 1, not by 2"),
    (batches.q1, TRACES.format([4, 6, -5], [8, -7], [3]), "added up; average them"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [9]), "batch: the gradients were added up"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [1]), "batch: the last gradient alone"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [4]), "batch: the first gradient alone"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [-5]), "where SGD ends"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [4.5]), "divided by 2; there are three"),
    (batches.q1, TRACES.format([4, 6, -5], [4.5, -3.5], [3]), "the examples were averaged"),
    (batches.q1, TRACES.format([-4, -10, -31], [4, -3], [3]), "the sign"),
    (batches.q1, TRACES.format([4, 6, 5], [4, -3], [3]), "the first 2 weights are right"),
    (batches.q1, TRACES.format([4, 6], [4, -3], [3]), "3 updates are made; write a weight for"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [3, 3, 3]), "one update is made"),
    (batches.q1, TRACES.format([0, 4, 6], [4, -3], [3]), "SGD: those are the weights before each"),
    (batches.q1, TRACES.format([4, 6, -5], [0, 4], [3]), "B = 2: those are the weights before"),
    (batches.q1, TRACES.format([0, 4, 6, -5], [4, -3], [3]), "SGD: the weight at the start"),
    (batches.q1, TRACES.format([4, 6, -5], [0, 4, -3], [3]), "B = 2: the weight at the start"),
    (batches.q1, TRACES.format([4, 6, -5], [4, -3], [0, 3]), "batch: the weight at the start"),
    (batches.q1, "weights = [4, 6, -5]", "a dictionary with"),
    # The closing network.
    (batches.q4, LINES.replace("2 · ", ""), "o.grad"),
    (batches.q4, LINES.replace("p − t", "2 · (p − t)"), "p.grad"),
    (batches.q4, LINES.replace(" / B", ""), "holds only for one example"),
    (batches.q4, LINES.replace("sum(axis=0, keepdims=True) / B", "sum()"), "c.grad"),
    (batches.q4, LINES.replace("sum(axis=0, keepdims=True) / B", "mean(axis=1)"), "c.grad"),
    (batches.q4, LINES.replace("sum(axis=0, keepdims=True)", "mean(axis=0)"), "c.grad"),
    (batches.q4, LINES.replace("p − t", "(p − t) / B").replace("grad / B", "grad"), "by another"),
    (batches.q4, LINES.replace("x.T @ o.grad", "o.grad.T @ x"), "A.grad"),
    (batches.q4, LINES.replace("A.grad =", "dA ="), "so your lines were read for one"),
]
OTHER_STYLES = [
    (batches.q1, TRACES.format([4.0, 6.0, -5.0], (4, -3), 3)),
    (batches.q4, LINES.replace("A.grad = x.T @ o.grad / B", "∂J/∂A = xᵀ o.grad / B")),
    (batches.q4, LINES.replace("sum(axis=0, keepdims=True) / B", "mean(axis=0)")),
    (batches.earlier_q1, "average = sum(collected) / 3"),
    (batches.earlier_q1, "average = np.einsum('bij->ij', collected) / len(collected)"),
    (batches.earlier_q1, "average = [[2, 1], [2, 2]]"),
    (batches.earlier_q1, "average = collected.mean(axis=0).astype(np.float32)"),
    (batches.earlier_q2, "updates_and_last_batch = [-(-1438 // 32), 1438 % 32]"),
    (batches.q2, RIGHT),
    (batches.q2, BATCH.format("- learning_rate * np.mean(collected[W], axis=0)")),
    (
        batches.q2,
        "def batch_update(net, loss, X, Y, learning_rate):\n"
        "    total = [0, 0, 0]\n"
        "    for x, y in zip(X, Y):\n"
        "        net.Forward(x=np.array([x]), y=np.array([y])); net.Backward(loss)\n"
        "        total = [t + W.grad / len(X) for t, W in zip(total, net.parameters)]\n"
        "    for t, W in zip(total, net.parameters):\n"
        "        W.value = W.value - learning_rate * t",
    ),
    (batches.q3, MINIBATCHES.format(STEP, "batch_size", "learning_rate")),
    (
        batches.q3,
        "def minibatch_epoch(net, loss, X, Y, learning_rate, batch_size):\n"
        "    first = 0\n"
        "    while first < len(X):\n"
        "        rows = list(range(first, min(first + batch_size, len(X))))\n"
        "        net.Forward(x=X[rows], y=Y[rows]); net.Backward(loss); net.SGD(learning_rate)\n"
        "        first += batch_size",
    ),
    (batches.q3, CUT.format("[*WHOLE, *([REST] if len(REST) else [])]")),
    (
        batches.q3,
        ONE_CALL.format("minibatch", ", epochs=1, batch_size=batch_size, shuffle=False").replace(
            "batch_update(net, loss, X, Y, learning_rate)",
            "minibatch_epoch(net, loss, X, Y, learning_rate, batch_size)",
        ),
    ),
]
