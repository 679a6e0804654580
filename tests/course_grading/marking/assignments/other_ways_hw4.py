"""Right answers to homework 4, written in other ways: question ("all" for every one), code."""

OTHER = [
    (
        "q1",  # a while loop, the update by hand, a list of losses
        """
def train_online_epoch(net, loss, X, Y, learning_rate):
    losses, b = [], 0
    while b < X.shape[0]:
        net.Forward(x=X[[b]], y=Y[[b]])
        losses += loss.value.tolist()
        net.Backward(loss)
        for W in net.parameters:
            W.value = W.value - learning_rate * W.grad
        b += 1
    return losses
""",
    ),
    (
        "q1",  # float32 data and losses
        """
def train_online_epoch(net, loss, X, Y, learning_rate):
    X = X.astype(np.float32)
    losses = np.zeros(len(X), dtype=np.float32)
    for b, (x, y) in enumerate(zip(X, Y)):
        net.Forward(x=x[None], y=np.array([y]))
        losses[b] = loss.value.item()
        net.Backward(loss)
        net.SGD(learning_rate)
    return losses
""",
    ),
    (
        "q1",  # the gradients by NumPy alone, written into the parameters
        """
def train_online_epoch(net, loss, X, Y, learning_rate):
    parameters = net.parameters
    W1, W2, W3 = (W.value for W in parameters)
    classes, losses = np.ndim(Y) == 1, []
    for b in range(len(X)):
        f = np.tanh if classes else (lambda z: 1 / (1 + np.exp(-z)))
        slope = (lambda h: 1 - h**2) if classes else (lambda h: h * (1 - h))
        x = X[b : b + 1]
        h1 = f(x @ W1)
        h2 = f(h1 @ W2)
        z3 = h2 @ W3
        if classes:
            p = np.exp(z3) / np.exp(z3).sum()
            losses.append(-np.log(p[0, Y[b]]))
            d3 = p.copy()
            d3[0, Y[b]] -= 1
        else:
            d3 = z3 - Y[b : b + 1]
            losses.append(0.5 * (d3**2).sum())
        d2 = d3 @ W3.T * slope(h2)
        d1 = d2 @ W2.T * slope(h1)
        W1 = W1 - learning_rate * x.T @ d1
        W2 = W2 - learning_rate * h1.T @ d2
        W3 = W3 - learning_rate * h2.T @ d3
    for parameter, W in zip(parameters, (W1, W2, W3)):
        parameter.value = W
    return np.array(losses)
""",
    ),
    (
        "q2",  # array_split at the right places
        """
def batches(order, batch_size):
    return np.array_split(order, range(batch_size, len(order), batch_size))
""",
    ),
    (
        "q2",  # a generator
        """
def batches(order, batch_size):
    order = list(order)
    while order:
        yield order[:batch_size]
        order = order[batch_size:]
""",
    ),
    (
        "q2",  # the data are put in order first, the gradient of each batch is summed by hand
        """
def train_minibatch_epoch(net, loss, X, Y, learning_rate, batch_size, order):
    X, Y, start = X[order], Y[order], 0
    while start < len(X):
        stop = min(start + batch_size, len(X))
        total = {W.name: np.zeros(W.value.shape) for W in net.parameters}
        for b in range(start, stop):
            net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
            net.Backward(loss)
            total = {W.name: total[W.name] + W.grad for W in net.parameters}
        for W in net.parameters:
            W.value = W.value - learning_rate / (stop - start) * total[W.name]
        start = stop
""",
    ),
    (
        "q3",  # every example alone, whatever piece_size
        """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    each = {W: [] for W in net.parameters}
    for b in range(len(X)):
        net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
        net.Backward(loss)
        for W in each:
            each[W].append(W.grad)
    for W in each:
        W.value = W.value - learning_rate * np.mean(each[W], axis=0)
""",
    ),
    (
        "q3",  # the last piece first, a weighted average, SGD with gradients set by hand
        """
def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    gradients, sizes = [], []
    for first in reversed(range(0, len(X), piece_size)):
        x, y = X[first : first + piece_size], Y[first : first + piece_size]
        net.Forward(x=x, y=y)
        net.Backward(loss)
        gradients.append([W.grad for W in net.parameters])
        sizes.append(len(x))
    for W, parts in zip(net.parameters, zip(*gradients)):
        W.grad = np.average(np.array(parts), axis=0, weights=sizes)
    net.SGD(learning_rate)
""",
    ),
    (
        "q4",  # everything is collected first; a list of float32
        """
def evaluate(net, loss, output, X, Y, batch_size):
    losses, answers = [], []
    for first in range(0, len(X), batch_size):
        net.Forward(x=X[first : first + batch_size], y=Y[first : first + batch_size])
        losses.append(loss.value)
        answers.extend(np.argmax(row) for row in output.value)
    return [np.float32(np.concatenate(losses).mean()), np.float32(np.mean(answers == Y))]
""",
    ),
    (
        "q5",  # without the functions from before
        """
def train(net, loss, X, Y, learning_rate, batch_size, epochs, rng):
    history = np.zeros(epochs)
    for epoch in range(epochs):
        order = rng.permutation(X.shape[0])
        x, y = X[order], Y[order]
        for first in range(0, len(x), batch_size):
            net.Forward(x=x[first : first + batch_size], y=y[first : first + batch_size])
            net.Backward(loss)
            net.SGD(learning_rate)
        for b in range(len(X)):
            net.Forward(x=X[b : b + 1], y=Y[b : b + 1])
            history[epoch] += loss.value[0] / len(X)
    return history.tolist()
""",
    ),
    (
        "q6",  # online, with a smaller step in each epoch
        """
def train_on_digits(model, X, Y, rng):
    for eta in (0.03, 0.02, 0.01):
        train(model.graph, model.loss, X, Y, eta, 1, 1, rng)
    return model
""",
    ),
    (
        "q6",  # by batch, with gradients of NumPy's and nothing of the homework
        """
def train_on_digits(model, X, Y, rng):
    net, classes = model.graph, np.eye(10)[Y]
    W1, W2, W3 = model.W1.value, model.W2.value, model.W3.value
    for _ in range(60):
        h1 = np.tanh(X @ W1)
        h2 = np.tanh(h1 @ W2)
        e = np.exp(h2 @ W3)
        d3 = (e / e.sum(axis=1, keepdims=True) - classes) / len(X)
        d2 = d3 @ W3.T * (1 - h2**2)
        d1 = d2 @ W2.T * (1 - h1**2)
        W1, W2, W3 = W1 - X.T @ d1, W2 - h1.T @ d2, W3 - h2.T @ d3
    for parameter, W in zip(net.parameters, (W1, W2, W3)):
        parameter.value = W
""",
    ),
    (
        "all",  # a class that does it all
        """
class Trainer:
    def __init__(self, net, loss, X, Y):
        self.net, self.loss, self.X, self.Y = net, loss, X, Y

    def forward(self, rows):
        self.net.Forward(x=self.X[rows], y=self.Y[rows])
        return self.loss.value

    def step(self, rows, eta):
        losses = self.forward(rows)
        self.net.Backward(self.loss)
        self.net.SGD(eta)
        return losses

    def epoch(self, order, size, eta):
        return np.concatenate([self.step(rows, eta) for rows in batches(order, size)])


def batches(order, batch_size):
    return tuple(np.split(order, np.arange(batch_size, len(order), batch_size)))


def train_online_epoch(net, loss, X, Y, learning_rate):
    return Trainer(net, loss, X, Y).epoch(np.arange(len(X)), 1, learning_rate)


def train_minibatch_epoch(net, loss, X, Y, learning_rate, batch_size, order):
    return Trainer(net, loss, X, Y).epoch(order, batch_size, learning_rate)


def batch_update_by_hand(net, loss, X, Y, learning_rate, piece_size):
    trainer = Trainer(net, loss, X, Y)
    start = [W.value for W in net.parameters]
    new = list(start)
    for rows in batches(np.arange(len(X)), piece_size):
        trainer.forward(rows)
        net.Backward(loss)
        new = [W - learning_rate * len(rows) / len(X) * P.grad for W, P in zip(new, net.parameters)]
    for P, W in zip(net.parameters, new):
        P.value = W


def evaluate(net, loss, output, X, Y, batch_size):
    trainer, losses, hits = Trainer(net, loss, X, Y), [], []
    for rows in batches(np.arange(len(X)), batch_size):
        losses.extend(trainer.forward(rows))
        hits.extend(output.value.argmax(axis=1) == Y[rows])
    return np.mean(losses), np.mean(hits)


def train(net, loss, X, Y, learning_rate, batch_size, epochs, rng):
    trainer, history = Trainer(net, loss, X, Y), []
    while len(history) < epochs:
        trainer.epoch(rng.permutation(len(X)), batch_size, learning_rate)
        history.append(trainer.forward(slice(None)).mean())
    return tuple(history)
""",
    ),
]
