"""Right answers to homework 4, written in other ways: question ("all" for every one), code."""

OTHER = [
    (
        "q1",  # tuples, arrays, whole numbers
        """
def my_traces():
    return {"SGD": (5, 0, 4), "B = 2": np.array([3 / 4, 13 / 4]), "batch": [5 / 2], "more": 1}


def my_logs():
    return {"C": np.array([1, -1, 14]), "A": (4, 2, 26), "B": [7, 5 / 2, 28]}
""",
    ),
    (
        "q2",  # another line that does the same, and with its indentation
        """
def my_effect():
    return np.array([-1, 6])


def my_line():
    return {"line": "            noted += list(loss.value)  # each of them", "number": 9}
""",
    ),
    (
        "q2",  # in a loop of its own
        """
def my_line():
    return dict(number=9.0, line="for each in loss.value: noted.append(each)")
""",
    ),
    (
        "q3",  # other numbers
        """
def counterexample():
    return {"w": np.array(1.0), "x": np.array([-1, -4]), "y": (-8, -9)}


def where_it_holds():
    return {"w": (0, 0), "x": np.array([[2, -4], [-6, -3]]), "y": np.array([1.0, -2.0])}
""",
    ),
    (
        "q4",  # the last piece first, a weighted average, SGD with gradients set by hand
        """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    gradients, sizes = [], []
    for rows in pieces[::-1]:
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        gradients.append([W.grad for W in net.parameters])
        sizes.append(len(rows))
    for W, parts in zip(net.parameters, zip(*gradients)):
        W.grad = np.average(np.array(parts), axis=0, weights=sizes)
    net.SGD(learning_rate)
""",
    ),
    (
        "q4",  # float32, the sum from the gradients of the examples, Forward once more than needed
        """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    X, N = X.astype(np.float32), sum(len(rows) for rows in pieces)
    losses, steps = [], [0.0, 0.0, 0.0]
    for rows in map(list, pieces):
        net.Forward(x=X[rows], y=Y[rows])
        losses += list(loss.value)
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        each = [W.per_example_grad().sum(axis=0) for W in net.parameters]
        steps = [old + more * learning_rate / N for old, more in zip(steps, each)]
    for W, step in zip(net.parameters, steps):
        W.value = (W.value - step).astype(np.float32)
    return losses
""",
    ),
    (
        "q4",  # the rows of a piece in another order
        """
def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    total, old = {}, {W.name: W.value for W in net.parameters}
    count = len(np.concatenate(pieces))
    for rows in [np.sort(piece) for piece in pieces]:
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        for W in net.parameters:
            total[W.name] = total.get(W.name, 0) + W.grad * rows.size / count
    for W in net.parameters:
        W.value = old[W.name] - total[W.name] * learning_rate
""",
    ),
    (
        "q5",  # one example after the other
        """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    left = list(order)
    while left:
        rows, left = left[:batch_size], left[batch_size:]
        total = [np.zeros(W.value.shape) for W in net.parameters]
        for b in rows:
            net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
            net.Backward(loss)
            total = [t + counts[b] * W.grad for t, W in zip(total, net.parameters)]
        for W, t in zip(net.parameters, total):
            W.value = W.value - learning_rate * t / sum(counts[b] for b in rows)
""",
    ),
    (
        "q5",  # each example as often as it counts, twice so that a half is a whole one
        """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    for rows in np.split(order, np.arange(batch_size, len(order), batch_size)):
        rows = np.repeat(rows, (2 * counts[rows]).astype(int))
        net.Forward(x=X[rows], y=Y[rows])
        net.Backward(loss)
        net.SGD(learning_rate)
""",
    ),
    (
        "q5",  # by NumPy alone
        """
def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    W1, W2, W3 = (W.value for W in net.parameters)
    classes = np.ndim(Y) == 1
    f = np.tanh if classes else (lambda z: 1 / (1 + np.exp(-z)))
    slope = (lambda h: 1 - h**2) if classes else (lambda h: h * (1 - h))
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        x, share = X[rows], (counts[rows] / counts[rows].sum())[:, None]
        h1 = f(x @ W1)
        h2 = f(h1 @ W2)
        z3 = h2 @ W3
        if classes:
            e = np.exp(z3)
            d3 = e / e.sum(axis=1, keepdims=True) - np.eye(z3.shape[1])[Y[rows]]
        else:
            d3 = z3 - Y[rows]
        d3 = share * d3
        d2 = d3 @ W3.T * slope(h2)
        d1 = d2 @ W2.T * slope(h1)
        W1 = W1 - learning_rate * x.T @ d1
        W2 = W2 - learning_rate * h1.T @ d2
        W3 = W3 - learning_rate * h2.T @ d3
    for parameter, W in zip(net.parameters, (W1, W2, W3)):
        parameter.value = W
""",
    ),
    (
        "q6",  # the pixels are made as large as they usually are, and W1 pays for it
        """
def train_on_digits(model, X, Y, X_validation, Y_validation, rng):
    net, size = model.graph, X.std()

    def share():
        net.Forward(x=X_validation / size, y=Y_validation)
        return (model.output.value.argmax(axis=1) == Y_validation).mean()

    start, found = [W.value for W in net.parameters], {}
    for rate in (0.05, 0.2):
        for W, value in zip(net.parameters, start):
            W.value = value
        for first in list(range(0, 900, 15)) * 5:
            rows = rng.permutation(900)[:15]
            net.Forward(x=X[rows] / size, y=Y[rows])
            net.Backward(model.loss)
            net.SGD(rate)
        found[share()] = [W.value for W in net.parameters]
    for W, value in zip(net.parameters, found[max(found)]):
        W.value = value
    model.W1.value = model.W1.value / size
    return max(found)
""",
    ),
    (
        "q6",  # with the trainer of question 5; a rate is left as soon as a larger one is better
        """
def train_on_digits(model, X, Y, X_validation, Y_validation, rng):
    net, start = model.graph, [W.value for W in model.graph.parameters]
    best, kept = 0.0, start
    for rate in (0.5, 5.0):
        for W, value in zip(net.parameters, start):
            W.value = value
        for _ in range(4):
            order = rng.permutation(len(X))
            train_weighted_epoch(net, model.loss, X, Y, np.ones(len(X)), rate, 25, order)
            net.Forward(x=X_validation, y=Y_validation)
            share = np.mean(np.argmax(model.output.value, axis=1) == Y_validation)
            if share > best:
                best, kept = share, [W.value for W in net.parameters]
    model.W1.value, model.W2.value, model.W3.value = kept
    return np.float32(best)
""",
    ),
    (
        "all",  # a class that does it all
        """
class Trainer:
    def __init__(self, net, loss, X, Y):
        self.net, self.loss, self.X, self.Y = net, loss, X, Y
        self.begin()

    def begin(self):
        self.total, self.weight = {W: 0.0 for W in self.net.parameters}, 0.0

    def collect(self, rows, counts=None):
        counts = np.ones(len(rows)) if counts is None else counts[rows]
        self.net.Forward(x=self.X[rows], y=self.Y[rows])
        self.net.Backward(self.loss)
        self.weight += counts.sum()
        for W in self.total:
            self.total[W] = self.total[W] + np.tensordot(counts, W.per_example_grad(), axes=1)

    def step(self, eta):
        for W, total in self.total.items():
            W.value = W.value - eta * total / self.weight
        self.begin()


def update_from_pieces(net, loss, X, Y, learning_rate, pieces):
    trainer = Trainer(net, loss, X, Y)
    for rows in pieces:
        trainer.collect(rows)
    trainer.step(learning_rate)


def train_weighted_epoch(net, loss, X, Y, counts, learning_rate, batch_size, order):
    trainer = Trainer(net, loss, X, Y)
    for first in range(0, len(order), batch_size):
        trainer.collect(order[first : first + batch_size], counts)
        trainer.step(learning_rate)
""",
    ),
]
