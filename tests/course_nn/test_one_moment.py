"""Whatever ends a run: its weights, velocity and history describe one moment, which can be carried
on from, and which nobody can take apart.
"""

import contextlib
import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiers import examples, thinned

import course_nn as nn
from course_nn.runs import Run

X = np.random.default_rng(0).normal(size=(7, 3))
Y = np.random.default_rng(1).normal(size=(7, 2))
DATA = {"x": X, "y": Y}
HELD_OUT = {"x": X[:3] * 2, "y": Y[:3]}


class Ends(Exception):
    """Raised by an operation, a callback or a learning rate."""


class may_end(nn.Operation):
    """Its operand; after so many calls `error` is raised instead."""

    calls_left, error = math.inf, None

    def call(self):
        may_end.calls_left -= 1
        if may_end.calls_left < 0:
            raise may_end.error

    def forward(self):
        self.call()
        self.value = self.operands[0].value * 1

    def backward(self):
        self.operands[0].add_grad(self.grad * 1)
        self.call()


def network(activation, engine="graph"):
    rng = np.random.default_rng(5)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 2)
        W1, W2 = (nn.Parameter(f"W{i}", rng.normal(size=n)) for i, n in ((1, (3, 4)), (2, (4, 2))))
        h1 = getattr(nn, activation)(nn.matmul(x, W1, name="z1"), name="h1")
        output = nn.matmul(h1, W2, name="z2")
        if engine == "graph":  # the others cannot write what counts its calls
            output = may_end(output, name="o")
        return nn.squared_error(output, y, name="loss")


def by_hand(loss, options):
    """After each number of updates: weights and velocity, from a loop without the trainer."""
    graph, B = loss.graph, options["batch_size"]
    rng_of = lambda epoch: np.random.default_rng([options["seed"], epoch])  # noqa: E731
    weights = {p.name: p.value for p in graph.parameters}
    velocity, moments = {}, [(weights, {})]
    with np.errstate(all="ignore"):
        for epoch in range(1, options["epochs"] + 1):
            order = np.arange(7)
            if options["shuffle"] and B < 7:
                order = rng_of(epoch).permutation(7)
            for start in range(0, 7, B):
                rows = order[start : start + B]
                graph.Forward(x=X[rows], y=Y[rows])
                graph.Backward(loss)
                for p in graph.parameters:
                    v = options["momentum"] * velocity.get(p.name, 0.0) + p.grad
                    velocity[p.name] = v + options["weight_decay"] * p.value
                weights = {
                    p.name: p.value - options["learning_rate"] * velocity[p.name]
                    for p in graph.parameters
                }
                if not all(np.isfinite(w).all() for w in weights.values()):
                    return moments
                graph.replace_parameters({p: weights[p.name].copy() for p in graph.parameters})
                moments.append((weights, dict(velocity) if options["momentum"] else {}))
    return moments


def train(loss, options, **more):
    """(history, how it ended)"""
    try:
        return nn.train_minibatch(loss, DATA, **options | more), None
    except nn.TrainingDiverged as error:
        return error.history, (error.epoch, error.update, error.last_loss, str(error))
    except Ends as error:
        return error.history, "ended"


def same(arrays, others):
    return arrays.keys() == others.keys() and all(
        np.array_equal(a, others[name]) for name, a in arrays.items()
    )


def facts(history):
    epochs = [epoch._replace(seconds=0.0) for epoch in history.epochs]
    return epochs, history.updates, [dict(each) for each in history.snapshots]


def assert_alike(history, other):
    (epochs, updates, snapshots), (their_epochs, their_updates, theirs) = map(
        facts, (history, other)
    )
    assert updates == their_updates and repr(epochs) == repr(their_epochs)  # nan is not nan
    assert len(snapshots) == len(theirs) and all(map(same, snapshots, theirs))
    assert same(history.velocity, other.velocity)
    assert same(history.final_weights, other.final_weights)


OPTIONS = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([1, 3, 4, 7]),
        "learning_rate": st.sampled_from([0.1, 3.0, 1e20, 1e60, 1e160, 1e300]),
        "momentum": st.sampled_from([0.0, 0.9]),
        "weight_decay": st.sampled_from([0.0, 0.1]),
        "shuffle": st.booleans(),
        "seed": st.integers(0, 3),
        "epochs": st.just(3),
        "snapshots": st.sampled_from([None, "epochs", "updates"]),
        "validation": st.sampled_from([None, HELD_OUT]),
        "engine": st.sampled_from(["graph", "graph", "numpy"]),
    }
)
FROM_THE_LIST = {
    "batch_size": 7, "learning_rate": 1e60, "momentum": 0.9, "weight_decay": 0.0, "shuffle": True,
    "seed": 0, "epochs": 3, "snapshots": "updates", "validation": None, "engine": "graph",
}  # fmt: skip
WAYS = st.sampled_from(["button", "error", "callback", "StopTraining", "rate"])


@contextlib.contextmanager
def ended_by(way, after, options):
    """What ends the run: in an operation after so many calls, or after so many epochs."""
    more = {}

    def callback(history):
        if len(history.epochs) == after % 4:
            raise nn.StopTraining if way == "StopTraining" else Ends

    def rate(epoch):
        if epoch == after % 4:
            raise Ends
        return options["learning_rate"]

    patch = pytest.MonkeyPatch()
    if way in ("button", "error"):
        may_end.calls_left, may_end.error = after, {"button": KeyboardInterrupt, "error": Ends}[way]
        if options["engine"] != "graph":
            plain = Run.after
            patch.setattr(
                Run, "after", lambda *run, **made: [may_end.call(None), plain(*run, **made)]
            )
    elif way == "rate":
        more = {"learning_rate": rate}
    else:
        more = {"callback": callback}
    try:
        yield more
    finally:
        may_end.calls_left = math.inf
        patch.undo()


@pytest.mark.all
@settings(max_examples=examples(60), deadline=None)
@given(st.sampled_from(["relu", "tanh"]), OPTIONS, WAYS, st.integers(0, 45))
@example("relu", FROM_THE_LIST, "error", 40)
@example("relu", FROM_THE_LIST | {"engine": "numpy"}, "callback", 0)
def test_what_a_run_leaves_is_one_moment_and_carries_on(activation, options, way, after):
    whole_loss, loss = (network(activation, options["engine"]) for _ in range(2))
    moments = by_hand(network(activation, options["engine"]), options)
    whole, end_of_whole = train(whole_loss, options)
    with ended_by(way, after, options) as more:
        history, _ = train(loss, options, **more)
    for each, left in ((loss, history), (whole_loss, whole)):
        here = {p.name: p.value for p in each.graph.parameters}
        weights, velocity = moments[len(left.updates)]
        if options["engine"] == "graph":
            assert same(here, weights) and same(left.velocity, velocity)
        assert same(here, left.final_weights)
    resumed, end = train(loss, options, resume=history)
    assert end == end_of_whole
    assert_alike(resumed, whole)


# ---------------------------------------------------------------- nobody can take it apart


def trained(**options):
    loss = network("tanh")
    options = {"batch_size": 3, "learning_rate": 0.1, "epochs": 2, "momentum": 0.9} | options
    return loss, nn.train_minibatch(loss, DATA, snapshots="epochs", **options)


ATTRIBUTES = ["epochs", "updates", "snapshots", "velocity", "final_weights", "settings", "stopped"]
CHANGES = {
    **{f"assigns {name}": lambda h, name=name: setattr(h, name, None) for name in ATTRIBUTES},
    "assigns resumable": lambda h: setattr(h, "resumable", True),
    "clears updates": lambda h: h.updates.clear(),
    "clears epochs": lambda h: h.epochs.clear(),
    "takes a snapshot out": lambda h: h.snapshots.__delitem__(0),
    "another velocity": lambda h: h.velocity.__setitem__("W1", np.zeros((3, 4))),
    "no velocity": lambda h: h.velocity.clear(),
    "velocity in place": lambda h: h.velocity["W1"].__imul__(0),
    "another snapshot": lambda h: h.snapshots[0].__setitem__("W1", np.zeros((3, 4))),
    "other final weights": lambda h: h.final_weights.__setitem__("W1", np.zeros((3, 4))),
    "another line": lambda h: setattr(h.epochs[0], "loss", 0.0),
}
COPIES = {
    "itself": lambda history: history,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda history: pickle.loads(pickle.dumps(history)),
}


@pytest.mark.parametrize("made", thinned(COPIES.values(), 4), ids=COPIES)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_history_is_not_changed(change, made):
    seen = []

    def callback(history):
        with pytest.raises((AttributeError, TypeError, ValueError)) as caught:
            change(made(history))
        seen.append(str(caught.value))

    _loss, history = trained(callback=callback)
    _other, expected = trained()
    assert len(seen) == 2
    if "None" not in seen[0] and seen[0].startswith("."):
        assert "of a History can be read, but not be changed" in seen[0]
    assert_alike(history, expected)


def test_the_weights_of_the_best_epoch_are_not_changed():
    _, history = trained(validation=HELD_OUT)
    for best in (history.best(), copy.deepcopy(history.best())):
        with pytest.raises(TypeError):
            best.weights["W1"] = np.zeros((3, 4))


# ---------------------------------------------------------------- validation data


def test_other_validation_data_are_refused():
    other = {"x": X[3:], "y": Y[3:]}
    loss, history = trained(validation=HELD_OUT)
    before = [p.value for p in loss.graph.parameters]
    options = {"batch_size": 3, "learning_rate": 0.1, "momentum": 0.9, "snapshots": "epochs"}
    with pytest.raises(ValueError, match="The run to resume was one with other validation data"):
        nn.train_minibatch(loss, DATA, epochs=3, validation=other, resume=history, **options)
    assert all(p.value is w for p, w in zip(loss.graph.parameters, before, strict=True))
    without = nn.train_minibatch(loss, DATA, epochs=3, resume=history, **options)
    with pytest.raises(ValueError, match="other validation data"):  # it has not been forgotten
        nn.train_minibatch(loss, DATA, epochs=4, validation=other, resume=without, **options)
    again = nn.train_minibatch(loss, DATA, epochs=4, validation=HELD_OUT, resume=without, **options)
    assert np.isfinite(again.validation_losses).tolist() == [True, True, False, True]


def test_validation_data_may_come_later():
    loss, history = trained()
    options = {"batch_size": 3, "learning_rate": 0.1, "momentum": 0.9, "snapshots": "epochs"}
    more = nn.train_minibatch(loss, DATA, epochs=3, validation=HELD_OUT, resume=history, **options)
    assert more.best().epoch == 3


def test_a_checkpoint_knows_the_validation_data(tmp_path):
    loss, history = trained(validation=HELD_OUT)
    nn.save_checkpoint(tmp_path / "run.npz", loss, history)
    other = network("tanh")
    loaded = nn.load_checkpoint(tmp_path / "run.npz", other)
    options = {"batch_size": 3, "learning_rate": 0.1, "momentum": 0.9, "snapshots": "epochs"}
    with pytest.raises(ValueError, match="other validation data"):
        nn.train_minibatch(other, DATA, epochs=3, validation=DATA, resume=loaded, **options)
    nn.train_minibatch(other, DATA, epochs=3, validation=HELD_OUT, resume=loaded, **options)


def test_a_checkpoint_from_before_validation_was_kept_loads(tmp_path, monkeypatch):
    """Format 3 without it: on which data the run was validated is not known."""
    loss, history = trained(validation=HELD_OUT)
    plain = type(history.settings)._asdict
    monkeypatch.setattr(
        type(history.settings),
        "_asdict",
        lambda settings: {k: v for k, v in plain(settings).items() if k != "validation"},
    )
    nn.save_checkpoint(tmp_path / "run.npz", loss, history)
    monkeypatch.undo()
    other = network("tanh")
    loaded = nn.load_checkpoint(tmp_path / "run.npz", other)
    assert loaded.settings.validation is None
    options = {"batch_size": 3, "learning_rate": 0.1, "momentum": 0.9, "snapshots": "epochs"}
    more = nn.train_minibatch(other, DATA, epochs=3, validation=DATA, resume=loaded, **options)
    assert len(more.epochs) == 3
