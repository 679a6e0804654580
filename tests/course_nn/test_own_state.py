"""What an operation of one's own keeps is put back wherever a graph is left as it was."""

import copy
import pickle
import random
from collections import deque

import numpy as np
import pytest
from oracles import refused

import course_nn as nn
from course_nn.own_state import ways_back

rng = np.random.default_rng(0)
DATA = {"x": rng.normal(size=(9, 3)) + 5, "y": rng.integers(0, 3, 9)}


class keeps(nn.Operation):
    """Scales by a number that changes with each Forward, in the way of a subclass."""

    def forward(self):
        self.value = self.operands[0].value * self.next()

    def backward(self):
        self.operands[0].add_grad(self.grad * 1)


class running_mean(keeps):
    def __init__(self, *operands):
        self.mean = np.ones(1)
        super().__init__(*operands)

    def next(self):
        self.mean *= 0.9
        return self.mean[0]


class generator(keeps):
    def __init__(self, *operands):
        self.rng = np.random.default_rng(1)
        super().__init__(*operands)

    def next(self):
        return self.rng.random()


class old_generator(generator):
    def __init__(self, *operands):
        super().__init__(*operands)
        self.rng = np.random.RandomState(1)


class bit_generator(generator):
    def __init__(self, *operands):
        super().__init__(*operands)
        self.rng = np.random.PCG64(1)

    def next(self):
        return self.rng.random_raw() / 2**64


class generator_of_python(generator):
    def __init__(self, *operands):
        super().__init__(*operands)
        self.rng = random.Random(1)


class counts(keeps):
    def __init__(self, *operands):
        self.seen = {"calls": [], "last": deque([0], 3), "sizes": set(), "all": (np.zeros(2),)}
        super().__init__(*operands)

    def next(self):
        n = len(self.seen["calls"]) + len(self.seen["sizes"]) + sum(self.seen["last"])
        n += self.seen["all"][0].sum()
        self.seen["calls"].append(n)
        self.seen["last"].append(1)
        self.seen["sizes"].add(n)
        self.seen["all"][0][1] += 1
        return 1 + n


OPERATIONS = [
    *(running_mean, generator, old_generator, bit_generator, generator_of_python, counts),
]


def network(operation):
    with nn.Graph():
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        W1 = nn.Parameter("W1", np.eye(3) + 0.1)
        return nn.cross_entropy(operation(x @ W1), y, name="loss")


def trained(operation, **options):
    run = nn.train_minibatch(
        network(operation), DATA, batch_size=4, learning_rate=0.01, epochs=3, **options
    )
    return run.update_losses.tolist()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_validation_and_a_look_change_nothing_of_a_run(operation):
    loss = network(operation)
    looks = [nn.evaluate(loss, DATA).loss for _ in range(2)]
    assert looks[0] == looks[1]
    looks = [nn.predict(loss, DATA).values.tolist() for _ in range(2)]
    assert looks[0] == looks[1]
    with pytest.raises(ValueError, match="another value each time"):
        nn.check_gradients(loss, DATA)
    assert nn.predict(loss, DATA).values.tolist() == looks[0]

    alone = trained(operation)
    assert trained(operation, validation=DATA) == alone
    assert len(set(alone)) == 9  # they are not all the same


def test_what_is_there_is_changed_back_and_not_replaced():
    inner = [1]
    kept = {"a": np.zeros(2), "b": [inner, {2}], "c": np.random.default_rng(0)}
    kept["itself"] = kept
    before = dict(kept)
    draw = np.random.default_rng(0).random()
    back = ways_back([kept, inner])
    kept["a"][:] = 1
    kept["c"].random()
    inner.append(kept.pop("b"))
    kept["new"] = 0
    for put_back in back:
        put_back()
    assert kept.keys() == before.keys() and all(kept[key] is before[key] for key in kept)
    assert kept["a"].tolist() == [0, 0] and kept["b"] == [[1], {2}] and inner == [1]
    assert kept["c"].random() == draw


def test_what_cannot_change_and_what_belongs_to_others_is_left_alone():
    frozen = np.zeros(2)
    frozen.setflags(write=False)
    x = nn.two_hidden_layer_network(2, 2, 2, 2).x
    seed = np.random.SeedSequence(1)
    assert ways_back([frozen, x, 1, None, "text", object(), (x,), seed, random, np.random]) == []


# ---------------------------------------------------------------- carrying on with it


def carried_on(loss, history, **options):
    run = nn.train_minibatch(
        loss, DATA, batch_size=4, learning_rate=0.01, epochs=3, resume=history, **options
    )
    return run.update_losses.tolist()


def begun(operation, **options):
    loss = network(operation)
    return loss, nn.train_minibatch(
        loss, DATA, batch_size=4, learning_rate=0.01, epochs=2, **options
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_run_is_carried_on_with_what_was_kept_or_not_at_all(operation, tmp_path):
    loss, history = begun(operation)
    nn.save_checkpoint(tmp_path / "run.npz", loss, history)
    copied = copy.deepcopy((loss, history))
    pickled = pickle.loads(pickle.dumps((loss, history)))

    fresh = network(operation)
    loaded = nn.load_checkpoint(tmp_path / "run.npz", fresh)
    before = fresh.graph.parameters[0].value
    with refused(ValueError, "of your own computes something else", "copy.deepcopy"):
        carried_on(fresh, loaded)
    assert fresh.graph.parameters[0].value is before

    for pair in (copied, pickled, (loss, history)):
        assert carried_on(*pair) == trained(operation)


def test_a_run_saved_in_a_callback_knows_it_too(tmp_path):
    def keep(history):
        nn.save_checkpoint(tmp_path / f"{len(history.epochs)}.npz", loss, history)
        copies.append(copy.deepcopy((loss, history)))

    loss, copies = network(running_mean), []
    nn.train_minibatch(loss, DATA, batch_size=4, learning_rate=0.01, epochs=2, callback=keep)
    assert carried_on(*copies[0]) == carried_on(*copies[1]) == trained(running_mean)
    fresh = network(running_mean)
    with refused(ValueError, "of your own computes something else"):
        carried_on(fresh, nn.load_checkpoint(tmp_path / "1.npz", fresh))


class scaled(keeps):
    factor = 2.0

    def next(self):
        return self.factor


@pytest.mark.parametrize("engine", ["graph", "numpy"])
def test_another_constant_is_seen(engine, tmp_path):
    loss, history = begun(scaled, engine=engine)
    nn.save_checkpoint(tmp_path / "run.npz", loss, history)
    fresh = network(scaled)
    loaded = nn.load_checkpoint(tmp_path / "run.npz", fresh)
    operation = fresh.operands[0]
    operation.factor = 3.0
    with refused(ValueError, "it has another constant"):
        carried_on(fresh, loaded)
    operation.factor = 2.0
    assert carried_on(fresh, loaded) == pytest.approx(trained(scaled))


def test_of_operations_of_the_course_the_weights_are_all():
    model = nn.two_hidden_layer_network(3, 2, 2, 3)
    assert nn.train_batch(model.loss, DATA, learning_rate=0.1, epochs=1).first_rows is None


def test_what_cannot_be_run_says_nothing():
    class fails(keeps):
        def next(self):
            if fail:
                raise OSError
            return 1.0

    fail = []
    loss, history = begun(fails, callback=lambda _: fail.append(1) if len(_.epochs) == 2 else None)
    assert history.first_rows is None and len(history.epochs) == 2
    fail.clear()
    assert carried_on(loss, history) == trained(fails)


drawn = np.random.default_rng(1)


calls = []


class global_generator(keeps):
    def next(self):
        calls.append(1)
        return drawn.random()


def test_to_look_at_the_first_rows_changes_nothing_that_is_shared_either():
    global drawn
    runs = []
    for parts in ((3,), (1, 2, 3)):
        drawn, calls[:] = np.random.default_rng(1), []
        loss, run = network(global_generator), None
        for epochs in parts:
            run = nn.train_minibatch(
                loss, DATA, batch_size=4, learning_rate=0.01, epochs=epochs, resume=run
            )
        runs.append(run.update_losses.tolist())
        assert len(calls) == 9
    assert runs[0] == runs[1]
    drawn.random()
    with refused(ValueError, "a generator of random numbers"):
        nn.train_minibatch(loss, DATA, batch_size=4, learning_rate=0.01, epochs=4, resume=run)
