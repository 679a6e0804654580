"""The engines "numpy" and "numba" do what "graph" does: numbers, stopping, divergence, history."""

import contextlib
import os
import subprocess
import sys
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from engine_networks import TOLERANCE, Case, assert_alike, random_case, without_compiler
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import SEEDS, assert_unchanged, refused, state
from tiers import examples, thinned

import course_nn as nn
from course_nn.datasets import digits
from course_nn.derivation import numba_code
from course_nn.engines import engine as engines
from course_nn.engines import fast_updates, generated_modules

COMPILING = "Compiling the updates of this network ..."
RNG = np.random.default_rng(1)
EXAMPLES = 40  # more than the updates that are made at first
DATA = {"x": RNG.normal(size=(EXAMPLES, 3)), "y": RNG.integers(0, 2, EXAMPLES)}


class SixteenAtFirst(fast_updates.FastUpdates):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.at_a_time = min(16, self.most)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A folder for what is compiled here: nobody's own cache is touched.

    And 16 updates at first, whatever the first guess is: the tests below count on it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_updates, "FastUpdates", SixteenAtFirst)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def compiler():
    pytest.importorskip("numba")
    pytest.importorskip("scipy")


@pytest.fixture(params=["numpy", "numba"])
def engine(request):
    if request.param == "numba":
        request.getfixturevalue("compiler")
    return request.param


# For "numba" code is compiled for seconds: half of its tests are left to --long.
numpy_first = pytest.mark.parametrize("engine", thinned(["numpy", "numba"], 2), indirect=True)


def course_case(**options):
    def build():
        return nn.two_hidden_layer_network(3, 4, 3, 2, seed=2, **options).loss

    return Case(build, **DATA)


def weights_of(loss):
    return [p.value for p in loss.graph.parameters]


def same_bits(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# ---------------------------------------------------------------- the same numbers


@pytest.mark.long
@pytest.mark.parametrize("batch_size", [1, 32, 1797])
def test_an_epoch_of_digits(engine, batch_size):
    data = digits()  # shades from 0 to 16: as such the run is chaotic
    case = Case(
        lambda: nn.two_hidden_layer_network(64, 32, 16, 10).loss, x=data["x"] / 16, y=data["y"]
    )
    options = {"batch_size": batch_size, "epochs": 1, "learning_rate": 0.1}
    assert_alike(case.train(engine, **options), case.train("graph", **options), TOLERANCE[engine])


OPTIONS = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([1, 2, 3, 5, 7, 99]),
        "momentum": st.sampled_from([0.0, 0.7]),
        "weight_decay": st.sampled_from([0.0, 0.05]),
        "shuffle": st.booleans(),
        "seed": st.integers(0, 3),
        "learning_rate": st.sampled_from([0.0, 0.1, lambda epoch: 0.2 / epoch]),
        "snapshots": st.sampled_from([None, "epochs", "updates"]),
    }
)


def outcome(case, engine, options):
    """(loss, history), also of a run that diverges, and how it ended."""
    try:
        return case.train(engine, **options), None
    except nn.TrainingDiverged as end:
        facts = end.epoch, end.update, end.learning_rate, end.last_loss is None
        return (None, end.history), facts


def assert_engine_is_the_graph(engine, seed, nasty, options):
    case = random_case(seed, nasty)
    expected, diverged = outcome(case, "graph", options)
    found, facts = outcome(case, engine, options)
    assert facts == diverged
    if not diverged:
        assert_alike(found, expected, TOLERANCE[engine])


@pytest.mark.all
@settings(max_examples=examples(150))
@given(seed=SEEDS, nasty=st.booleans(), options=OPTIONS)
def test_random_networks_by_engine_numpy(seed, nasty, options):
    assert_engine_is_the_graph("numpy", seed, nasty, options)


@settings(max_examples=examples(100))
@given(seed=SEEDS, nasty=st.booleans(), options=OPTIONS)
@pytest.mark.long
def test_random_networks_by_the_loops_of_engine_numba_in_plain_python(seed, nasty, options):
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an overflow: the compiled loops say nothing
        without_compiler(patch)
        assert_engine_is_the_graph("numba", seed, nasty, options)


@settings(max_examples=examples(60))
@given(seed=SEEDS, options=OPTIONS, block=st.sampled_from([2, 3, 4]))
@pytest.mark.all
def test_random_networks_by_loops_whose_rows_go_through_in_blocks(seed, options, block):
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        without_compiler(patch)
        patch.setattr(numba_code, "BLOCK", block)
        assert_engine_is_the_graph("numba", seed, False, options)


def source_of(batch_size, **options):
    model = nn.two_hidden_layer_network(3, 4, 3, 2, bias=True)
    return nn.derive(model.loss).code("numba", batch_size=batch_size, **options)


def test_a_large_batch_goes_through_in_blocks_and_a_small_one_straight_into_the_weights():
    few, many = source_of(numba_code.BLOCK), source_of(numba_code.BLOCK + 1)
    assert "for start in range" not in few and "-rate / rows, 1.0, W1)" in few
    assert "b1[i, j] -= rate * b1_grad[i, j] / rows" in few and "gradients[k]" not in few
    assert "for start in range(first, first + rows, 256):" in many
    assert "1.0, so_far, W1_grad)" in many and "gradients[k] / rows" in many
    assert "np.empty((min(B, 256), 4)),  # z1" in many and "np.empty((B, 4)),  # z1" in few
    assert "W1[i, j] -= v * z1_grad[0, j]" in source_of(1)
    assert "W1_grad)" in source_of(1, momentum=True)  # the velocity needs the gradient itself


@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_what_mixes_the_rows_of_a_batch_does_not_go_through_in_blocks(batch_size, monkeypatch):
    """Less the mean over the batch: each row needs all of it first."""

    class centred(nn.Operation):
        def forward(self):
            (a,) = self.operands
            self.value = a.value - a.value.sum(axis=0, keepdims=True) * 0.25

        def backward(self):
            (a,) = self.operands
            a.add_grad(self.grad - self.grad.sum(axis=0, keepdims=True) * 0.25)

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Labels("y", 2)
            z = nn.matmul(nn.tanh(centred(x @ nn.Parameter("W", W))), nn.Parameter("V", V))
            return nn.cross_entropy(z, y)

    W, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
    without_compiler(monkeypatch)
    monkeypatch.setattr(numba_code, "BLOCK", 2)
    case = Case(build, **DATA)
    assert "for start" not in nn.derive(build()).code("numba", batch_size=batch_size)
    options = {"batch_size": batch_size, "learning_rate": 0.1}
    assert_alike(case.train("numba", **options), case.train("graph", **options), 1e-9)


@pytest.mark.parametrize("batch_size", [1, 32, 300])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "weight_decay": 0.01}], ids=str)
@pytest.mark.long
def test_digits_compiled_as_by_the_nodes(compiler, batch_size, options):
    """Whole epochs with a smaller last batch, of whole blocks and a part of one."""
    data = digits()
    data = {"x": data["x"][:700] / 16, "y": data["y"][:700]}
    case = Case(lambda: nn.two_hidden_layer_network(64, 32, 16, 10, bias=True).loss, **data)
    options = {"batch_size": batch_size, "learning_rate": 0.05, **options}
    assert_alike(case.train("numba", **options), case.train("graph", **options), 1e-9)


def everything_case(labels, K=3):
    """Every operation, a + a, shared nodes and weights, two weights with one gradient."""
    rng = np.random.default_rng(4)
    w = rng.normal(size=(4, 3, 3)) / 2
    v = rng.normal(size=(3, K))

    def build():
        with nn.Graph(make_current=False):
            x, u = nn.Input("x", 3), nn.Input("u", 3)
            y = nn.Labels("y", K) if labels else nn.Input("y", K)
            W1, W2, W3, unused = (nn.Parameter(f"W{i}", w[i]) for i in range(4))
            b = nn.Parameter("b", [[0.1, 0.2, 0.3]])
            nn.matmul(u, unused, name="aside")
            h = nn.tanh(x @ W1 + x @ W2, name="h")
            s = nn.softmax(b + h @ W3, name="s")
            r = nn.relu(s + h @ W3, name="r")
            t = nn.sigmoid(nn.add(r, h + h, name="t") + b)
            z = nn.matmul(t, nn.Parameter("V", v), name="z")
            return nn.cross_entropy(z, y) if labels else nn.squared_error(y, z, name="loss")

    targets = rng.integers(0, K, 7) if labels else rng.normal(size=(7, K))
    return Case(build, x=rng.normal(size=(7, 3)), u=rng.normal(size=(7, 3)), y=targets)


@pytest.mark.parametrize(
    "labels, K, options",
    [
        (True, 3, {"batch_size": 3, "momentum": 0.9, "weight_decay": 0.01}),
        (False, 1, {"batch_size": 1, "weight_decay": 0.01, "shuffle": False}),
    ],
)
@pytest.mark.long
def test_every_operation_compiled(compiler, labels, K, options):
    case = everything_case(labels, K)
    options |= {"epochs": 4, "learning_rate": lambda epoch: 0.3 / epoch}
    assert_alike(case.train("numba", **options), case.train("graph", **options), TOLERANCE["numba"])


@pytest.mark.all
@pytest.mark.parametrize(
    "x", thinned([0.0, -0.0, 1e-300, 0.3, -20.5, 700.1, 709.7, -708.0, 1e9, -1e9], 5)
)
def test_exp_and_tanh_of_the_loops(compiler, x):
    from course_nn.engines.numba_functions import exp, tanh

    with np.errstate(all="ignore"):
        np.testing.assert_allclose([exp(x), exp(-x)], np.exp([x, -x]), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(tanh(x), np.tanh(x), atol=1e-15)


def test_exp_and_tanh_of_what_is_not_finite(compiler):
    from course_nn.engines.numba_functions import exp, tanh

    assert (exp(np.inf), exp(-np.inf), tanh(np.inf), tanh(-np.inf)) == (np.inf, 0.0, 1.0, -1.0)
    assert np.isnan(exp(np.nan)) and np.isnan(tanh(np.nan))


@pytest.mark.all
@pytest.mark.parametrize("m", thinned([1, 3, 4, 7, 8, 9, 17], 3))
@pytest.mark.parametrize("n", [1, 4, 5])
def test_products_of_one_row(compiler, m, n):
    from course_nn.engines.numba_functions import (
        column_times_row,
        row_times_matrix,
        row_times_transpose,
    )

    rng = np.random.default_rng(m)
    a, W, g, out = (rng.normal(size=shape) for shape in ((1, m), (m, n), (1, n), (1, n)))
    row_times_matrix(a, W, out)
    np.testing.assert_allclose(out, a @ W, atol=1e-13)
    row_times_transpose(g, W, out := np.ones((1, m)))
    np.testing.assert_allclose(out, g @ W.T, atol=1e-13)
    column_times_row(a, g, out := np.ones((m, n)))
    np.testing.assert_allclose(out, a.T @ g, atol=1e-13)


@pytest.mark.all
@pytest.mark.parametrize("B", [1, 2, 9])
@pytest.mark.parametrize("m", [1, 5])
@pytest.mark.parametrize("n", [1, 4])
def test_products_of_many_rows(compiler, B, m, n):
    from course_nn.engines.numba_functions import (
        columns_times_rows,
        rows_times_matrix,
        rows_times_transpose,
    )

    rng = np.random.default_rng(m)
    a, W, g = (rng.normal(size=shape) for shape in ((B, m), (m, n), (B, n)))
    rows_times_matrix(a, W, out := np.full((B, n), np.nan))  # nothing of what was there is read
    np.testing.assert_allclose(out, a @ W, atol=1e-13)
    rows_times_transpose(g, W, out := np.full((B, m), np.nan))
    np.testing.assert_allclose(out, g @ W.T, atol=1e-13)
    columns_times_rows(a, g, 1.0, 0.0, out := np.full((m, n), np.nan))
    np.testing.assert_allclose(out, a.T @ g, atol=1e-13)
    columns_times_rows(a, g, -0.5, 1.0, out)
    np.testing.assert_allclose(out, 0.5 * a.T @ g, atol=1e-13)
    a[0, 0] = np.nan
    columns_times_rows(a, g, -0.5, 1.0, out)
    assert np.isnan(out[0]).all() and np.isfinite(out[1:]).all()


# ---------------------------------------------------------------- a wrong line is noticed


BUGS = {
    "numpy: 1 + h, not 1 - h": ("numpy", "np.subtract(one, h1, ", "np.add(one, h1, "),
    "numpy: a weight that is not transposed": ("numpy", "z2_grad, W2.T", "z2_grad, W2"),
    "numpy: the sum, not the mean": ("numpy", "rate / B", "rate"),
    "numpy: the wrong sign": ("numpy", "np.subtract(weights", "np.add(weights"),
    "numpy: memory shared too early": ("numpy", "z2_grad = h2_grad", "z2_grad = h2_grad = h2"),
    "numba: no (1 - h)": ("numba", " * (1.0 - flat_h1[k])", ""),
    "numba: the wrong label": ("numba", "== j", "== j - 1"),
    "numba: rows of the last whole batch": ("numba", "/ rows", "/ B"),
    "numba: no learning rate": ("numba", "-rate / rows", "-1.0 / rows"),
    "numba: the last product alone": ("numba", "-rate / rows, 1.0, W1", "-rate / rows, 0.0, W1"),
    "numba: the loss of the first row": ("numba", "total +=", "total ="),
}


@pytest.mark.parametrize("engine, line, instead", BUGS.values(), ids=BUGS)
def test_a_bug_planted_in_the_code_is_noticed(engine, line, instead, monkeypatch):
    rng = np.random.default_rng(0)
    data = {"x": 9 * rng.normal(size=(7, 3)), "y": rng.integers(0, 3, 7)}
    case = Case(lambda: nn.two_hidden_layer_network(3, 3, 3, 3, seed=2).loss, **data)
    if engine == "numba":
        without_compiler(monkeypatch)
    options = {"batch_size": 4, "learning_rate": 0.5}
    expected = case.train("graph", **options)
    assert_alike(case.train(engine, **options), expected, TOLERANCE[engine])
    plain, planted = generated_modules.module_of, []

    def with_bug(source, kind):
        assert line in source, "the code has changed: plant the bug in its new line"
        planted.append(source.replace(line, instead))
        return plain(planted[-1], kind)

    monkeypatch.setattr(generated_modules, "module_of", with_bug)
    monkeypatch.setattr(generated_modules, "COMPILED", {})
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_alike(case.train(engine, **options), expected, TOLERANCE[engine])
    assert planted


# ---------------------------------------------------------------- history


@pytest.mark.long
def test_history_validation_and_callback(engine):
    case = course_case()
    held_out = {"x": DATA["x"][:5] * 2, "y": DATA["y"][:5]}
    seen = {}
    for name in ("graph", engine):
        calls = seen[name] = []
        options = {"epochs": 3, "batch_size": 7, "validation": held_out, "snapshots": "epochs"}
        run = case.train(
            name,
            callback=lambda history, calls=calls: calls.append(
                (len(history.epochs), len(history.updates), dict(history.velocity))
            ),
            momentum=0.5,
            **options,
        )
        seen[name] = calls, run
    assert_alike(seen[engine][1], seen["graph"][1], TOLERANCE[engine])
    assert [call[:2] for call in seen[engine][0]] == [(1, 6), (2, 12), (3, 18)]
    for mine, theirs in zip(seen[engine][0], seen["graph"][0], strict=True):
        for name, v in theirs[2].items():
            np.testing.assert_allclose(mine[2][name], v, atol=TOLERANCE[engine])
    history = seen[engine][1][1]
    assert all(not w.flags.writeable for kept in history.snapshots for w in kept.values())
    assert len({id(kept["W1"]) for kept in history.snapshots}) == 4, "each its own array"


@numpy_first
def test_weights_that_a_callback_puts_in_are_used(engine):
    def callback(history):
        loss.graph.parameters[1].value = np.ones((4, 3))

    ends = {}
    for name in ("graph", engine):
        loss = course_case().build()
        options = {"batch_size": 16, "learning_rate": 0.1, "epochs": 3, "momentum": 0.5}
        history = nn.train_minibatch(loss, DATA, callback=callback, engine=name, **options)
        ends[name] = loss, history
    assert_alike(ends[engine], ends["graph"], TOLERANCE[engine])


@pytest.mark.long
@pytest.mark.parametrize("snapshots", [None, "updates"])
def test_a_network_without_parameters(engine, snapshots, monkeypatch):
    """Nothing is learned; with the trainer's own guess of how many updates to make at first."""
    monkeypatch.setattr(fast_updates, "FastUpdates", SixteenAtFirst.__base__)

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 2), nn.Input("y", 2)
            return nn.squared_error(nn.tanh(x), y, name="loss")

    case = Case(build, x=DATA["x"][:, :2], y=DATA["x"][:, 1:])
    for momentum in (0.0, 0.5):
        options = {"momentum": momentum, "weight_decay": momentum, "snapshots": snapshots}
        expected = case.train("graph", **options)
        assert_alike(case.train(engine, **options), expected, TOLERANCE[engine])


@pytest.mark.all
def test_values_and_gradients_of_the_nodes_are_not_those_of_the_run(engine):
    """So that nobody takes them for it: Forward comes first."""
    loss, _ = course_case().train(engine, momentum=0.5)
    with pytest.raises(RuntimeError, match="Forward"):
        loss.graph.Backward(loss)
    loss.graph.Forward(**DATA)
    loss.graph.Backward(loss)
    loss.graph.SGD(0.1)


@pytest.mark.long
def test_the_progress_bar_counts_every_update(engine, capfd):
    pytest.importorskip("tqdm")
    course_case().train(engine, batch_size=1, momentum=0.5, epochs=3, progress=True)
    assert "120/120" in capfd.readouterr().out


@numpy_first
def test_trainers_pass_the_engine_on(engine):
    case = course_case()
    for train in (nn.train_sgd, nn.train_batch):
        ends = []
        for name in (engine, "graph"):
            loss = case.build()
            options = {"learning_rate": 0.1, "epochs": 2, "momentum": 0.5, "engine": name}
            ends.append((loss, train(loss, DATA, **options)))
        assert_alike(*ends, TOLERANCE[engine])


# ---------------------------------------------------------------- resume and checkpoints


@pytest.mark.parametrize("first, second", [("graph", None), (None, "graph"), (None, None)])
@pytest.mark.parametrize("split", [1, 2])
def test_a_run_that_is_loaded_carries_on(engine, first, second, split, tmp_path):
    """None is the engine; on one engine alone bit for bit."""
    first, second = first or engine, second or engine
    case = course_case()
    options = {"batch_size": 7, "momentum": 0.9, "snapshots": "epochs"}
    whole_loss, whole = case.train(engine, epochs=4, **options)
    loss, part = case.train(first, epochs=split, **options)
    nn.save_checkpoint(tmp_path / "run.npz", loss, part)
    fresh = nn.two_hidden_layer_network(3, 4, 3, 2, seed=77).loss
    loaded = nn.load_checkpoint(tmp_path / "run.npz", fresh)
    options |= {"learning_rate": 0.1, "epochs": 4, "resume": loaded, "engine": second}
    resumed = nn.train_minibatch(fresh, DATA, **options)
    assert_alike((fresh, resumed), (whole_loss, whole), TOLERANCE[engine])
    if first == second:
        assert resumed.updates == whole.updates
        assert same_bits(weights_of(fresh), weights_of(whole_loss))


# ---------------------------------------------------------------- stopping


def assert_whole(case, loss, history, engine, options):
    """Weights and history belong together, and the run can be carried on, bit for bit."""
    whole_loss, whole = case.train(engine, **options | {"snapshots": "updates"})
    done = len(history.updates)
    assert history.updates == whole.updates[:done]
    assert same_bits(weights_of(loss), whole.snapshots[done].values())
    assert same_bits(history.final_weights.values(), weights_of(loss))
    if options["momentum"] and done:
        _, until_then = case.train(engine, **options)
        assert history.velocity.keys() == until_then.velocity.keys()
    resumed = nn.train_minibatch(loss, case.data, resume=history, engine=engine, **options)
    assert not resumed.stopped and resumed.updates == whole.updates
    assert same_bits(weights_of(loss), weights_of(whole_loss))
    assert same_bits(resumed.velocity.values(), whole.velocity.values())


STOPS = {"batch_size": 1, "epochs": 2, "momentum": 0.9, "learning_rate": 0.1}


@numpy_first
@pytest.mark.parametrize("call", range(3))  # 16 updates, the other 24, the second epoch
@pytest.mark.parametrize("when", ["before", "after"])
def test_stopping_in_a_run_of_the_engine(engine, when, call, monkeypatch):
    """Before it, and when it has moved the engine's own weights: then none of it counts."""
    case, calls = course_case(), []
    name = {"numpy": "NumpyEngine", "numba": "NumbaEngine"}[engine]
    plain = getattr(engines, name).run

    def run(self, first, updates, rate):
        calls.append(updates)
        if len(calls) == call + 1 and when == "before":
            raise KeyboardInterrupt
        losses = plain(self, first, updates, rate)
        if len(calls) == call + 1:
            raise KeyboardInterrupt
        return losses

    monkeypatch.setattr(getattr(engines, name), "run", run)
    loss, history = case.train(engine, **STOPS)
    monkeypatch.undo()
    assert history.stopped and len(calls) == call + 1
    assert_whole(case, loss, history, engine, STOPS)


@pytest.mark.parametrize("update", [0, 1, 15, 16, 17, 39, 40, 41, 79])
def test_stopping_between_two_updates_of_the_generated_code(update, monkeypatch):
    case, made = course_case(), []
    plain = engines.NumpyEngine._update

    def with_button(self, rows):
        code = plain(self, rows)

        def pressed(*arguments):
            code(*arguments)
            made.append(1)
            if len(made) == update + 1:
                raise KeyboardInterrupt

        return pressed

    monkeypatch.setattr(engines.NumpyEngine, "_update", with_button)
    loss, history = case.train("numpy", **STOPS)
    monkeypatch.undo()
    assert history.stopped and len(history.updates) <= update
    assert_whole(case, loss, history, "numpy", STOPS)


@numpy_first
def test_stopping_in_the_callback(engine):
    def callback(history):
        if len(history.epochs) == 1:
            raise KeyboardInterrupt

    case = course_case()
    loss, history = case.train(engine, callback=callback, **STOPS)
    assert history.stopped and len(history.updates) == 40
    assert_whole(case, loss, history, engine, STOPS)


@numpy_first
@pytest.mark.parametrize("what", ["replace_parameters", "copies"])
def test_stopping_while_updates_are_handed_over(engine, what, monkeypatch):
    case = course_case()
    place = nn.Graph if what == "replace_parameters" else engines.Long
    for call in range(1, 4):  # 16 updates, the other 24, and the second epoch
        calls, plain = [], getattr(place, what)

        def pressed(self, *arguments, plain=plain, calls=calls, call=call):
            calls.append(1)
            if len(calls) == call:
                plain(self, *arguments)
                raise KeyboardInterrupt
            return plain(self, *arguments)

        monkeypatch.setattr(place, what, pressed)
        loss, history = case.train(engine, **STOPS)
        monkeypatch.undo()
        assert history.stopped
        assert_whole(case, loss, history, engine, STOPS)


COURSE = Path(nn.__file__).parent
DERIVATION = str(COURSE / "derivation")


@contextlib.contextmanager
def pressed_before_line(step, but=DERIVATION, times=sys.maxsize):
    """Press ■ before the given line that runs in the course's modules or in generated code.

    but: a folder that does not count. times: of one line only so many runs count.
    """
    ours, seen, runs = (str(COURSE), "<course_nn"), 0, Counter()

    def trace(frame, event, _):
        nonlocal seen
        file = frame.f_code.co_filename
        if not file.startswith(ours) or file.startswith(but):
            return None
        if event == "line":
            runs[file, frame.f_lineno] += 1
            seen += runs[file, frame.f_lineno] <= times
            if seen == step:
                seen += 1
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@pytest.mark.long
def test_stopping_while_it_compiles(compiler, monkeypatch, capsys):
    def pressed(self, source):
        raise KeyboardInterrupt

    monkeypatch.setattr(engines.NumbaEngine, "_compiled", pressed)
    monkeypatch.setattr(generated_modules, "COMPILED", {})
    case = course_case()
    loss, history = case.train("numba", **STOPS)
    monkeypatch.undo()
    assert history.stopped and history.updates == ()
    assert "Stopped after 0 updates, 0 whole epochs." in capsys.readouterr().out
    assert_whole(case, loss, history, "numba", STOPS)


@pytest.mark.parametrize("snapshots", [None, "updates"])
@pytest.mark.long
def test_stopping_before_any_line_leaves_whole_weights(snapshots):
    """Of all lines from the first check to the last update, those of the generated code too. For
    the lines that write the code see the next test: they end before the first update.
    """

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 1), nn.Input("y", 1)
            return nn.squared_error(nn.matmul(x, nn.Parameter("W", [[0.5]])), y, name="loss")

    case = Case(build, x=DATA["x"][:5, :1], y=DATA["x"][:5, 1:2])
    options = {"batch_size": 2, "epochs": 2, "momentum": 0.9, "learning_rate": 0.1}
    kept = {"snapshots": snapshots}
    _, whole = case.train("numpy", snapshots="updates", **options)
    stops, step = set(), 0
    while True:
        step += 1
        loss, history = case.build(), None
        with contextlib.suppress(KeyboardInterrupt), pressed_before_line(step):
            history = nn.train_minibatch(loss, case.data, engine="numpy", **options, **kept)
        if history is None:  # before or after the part that catches the button
            assert any(same_bits(weights_of(loss), kept.values()) for kept in whole.snapshots)
            continue
        done = len(history.updates)
        assert history.updates == whole.updates[:done]
        assert same_bits(weights_of(loss), whole.snapshots[done].values())
        stops.add(done)
        entries = done + 1 if snapshots else 0
        assert len(history.snapshots) == entries
        if not history.stopped:
            break
    assert stops >= {0, 3, 6} and step > 500


@pytest.mark.long
def test_stopping_before_any_line_of_a_recording_leaves_the_graph_as_it_was():
    class square(nn.Operation):
        def forward(self):
            self.kept = self.operands[0].value
            self.value = self.kept**2

        def backward(self):
            self.operands[0].add_grad(self.grad * 2 * self.kept)

    with nn.Graph(make_current=False) as graph:
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        z = square(nn.matmul(x, nn.Parameter("W", [[0.5]]), name="z"))
        loss = nn.squared_error(z, y, name="loss")
    graph.Forward(x=[[1.0], [2.0]], y=[[0.0], [1.0]])
    graph.Backward(loss)
    before, step, ended = state(graph), 0, False
    while not ended:
        step += 1
        with contextlib.suppress(KeyboardInterrupt), pressed_before_line(step, "none", times=2):
            nn.derive(loss)
            ended = True
        assert_unchanged(graph, before)
    assert step > 500


# ---------------------------------------------------------------- divergence


def linear_case(w, target=0.0, rows=3, bend=None):
    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 1), nn.Input("y", 1)
            z = nn.matmul(x, nn.Parameter("W1", [[w]]), name="z")
            z = z if bend is None else nn.matmul(bend(z), nn.Parameter("W2", [[w]]), name="z2")
            return nn.squared_error(z, y, name="loss")

    return Case(build, x=np.ones((rows, 1)), y=np.full((rows, 1), target))


DIVERGING = {
    "the loss, within some updates": (linear_case(1.0), {"learning_rate": 1e40}),
    "the loss, after many": (linear_case(1.0, rows=60), {"learning_rate": 2e3}),
    "the loss, in a later epoch": (linear_case(1.0, rows=2), {"learning_rate": 1e6}),
    "the first loss": (linear_case(1e200), {"learning_rate": 0.1}),
    "a weight, and not the loss": (linear_case(1e20), {"learning_rate": 1e300}),
    "a weight, in the last update": (linear_case(1e20, rows=1), {"learning_rate": 1e300}),
    "the last update of an epoch": (linear_case(1.0, rows=5), {"learning_rate": 1e40}),
    "relu": (linear_case(1.0, target=1e150, bend=nn.relu), {"learning_rate": 1e30}),
    "tanh": (linear_case(2.0, target=1e160, bend=nn.tanh), {"learning_rate": 1e155}),
}


@pytest.mark.parametrize("at_first", [True, pytest.param(False, marks=pytest.mark.long)])
@pytest.mark.parametrize("momentum", [0.5, pytest.param(0.0, marks=pytest.mark.long)])
@pytest.mark.parametrize("case, options", DIVERGING.values(), ids=DIVERGING)
@numpy_first
def test_divergence_is_that_of_the_graph(
    engine, case, options, momentum, at_first, monkeypatch, capfd
):
    """Within the updates that are made at a time, or as the first of them."""
    if at_first:
        monkeypatch.setattr(fast_updates, "SECONDS_AT_A_TIME", 0)  # then one at a time after 16
    options |= {"batch_size": 1, "epochs": 40, "momentum": momentum, "snapshots": "epochs"}
    ends = {}
    for name in ("graph", engine):
        loss = case.build()
        with pytest.raises(nn.TrainingDiverged) as caught:
            nn.train_minibatch(loss, case.data, engine=name, **options)
        ends[name] = caught.value, loss
    (mine, loss), (expected, other_loss) = ends[engine], ends["graph"]
    assert (mine.epoch, mine.update) == (expected.epoch, expected.update)
    assert mine.learning_rate == expected.learning_rate
    assert (mine.last_loss is None) == (expected.last_loss is None)
    if mine.last_loss is not None:
        assert mine.last_loss == pytest.approx(expected.last_loss, rel=1e-9)
        for name, w in expected.last_weights.items():
            np.testing.assert_allclose(mine.last_weights[name], w, rtol=1e-9)
    assert str(mine) == str(expected)
    for a, b in zip(weights_of(loss), weights_of(other_loss), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    history, other = mine.history, expected.history
    np.testing.assert_allclose(history.update_losses, other.update_losses, rtol=1e-9)
    assert len(history.epochs) == len(other.epochs) == len(history.snapshots) - 1
    assert history.velocity.keys() == other.velocity.keys()
    for name, v in history.velocity.items():
        np.testing.assert_allclose(v, other.velocity[name], rtol=1e-9)
    assert same_bits(history.final_weights.values(), weights_of(loss))
    out, err = capfd.readouterr()
    assert err == "" and (not out or out.startswith(COMPILING))


@numpy_first
def test_the_first_update_of_some_diverges(engine, monkeypatch):
    """The last finite loss is then that of the updates before."""
    monkeypatch.setattr(fast_updates, "SECONDS_AT_A_TIME", 0)
    case = linear_case(1.0, rows=60)
    ends = {}
    for name in ("graph", engine):
        with pytest.raises(nn.TrainingDiverged) as caught:
            case.train(name, learning_rate=1e9, batch_size=1, epochs=1)
        ends[name] = caught.value
    assert ends[engine].update == ends["graph"].update > 17  # 16 at first, then one at a time
    assert str(ends[engine]) == str(ends["graph"])


def test_when_only_the_code_overflows_the_nodes_go_on(monkeypatch):
    """Such updates are left to them, and then the engine is asked again."""
    case, plain, calls = course_case(), engines.NumpyEngine.run, []
    monkeypatch.setattr(fast_updates, "SECONDS_AT_A_TIME", 0)  # one at a time, after the first 16

    def run(self, first, updates, rate):
        calls.append(updates)
        losses = plain(self, first, updates, rate)
        return losses * np.nan if len(calls) in (2, 5) else losses

    monkeypatch.setattr(engines.NumpyEngine, "run", run)
    found = case.train("numpy", **STOPS)
    assert len(calls) > 6
    assert_alike(found, case.train("graph", **STOPS), TOLERANCE["numpy"])


# ---------------------------------------------------------------- memory


def test_an_update_of_engine_numpy_allocates_nothing():
    B = 4000
    model = nn.two_hidden_layer_network(20, 50, 30, 10)
    engine = engines.NumpyEngine(model.loss, B, 0.9, 0.01)
    rng = np.random.default_rng(0)
    data = {model.x: rng.normal(size=(B, 20)), model.y: rng.integers(0, 10, B)}
    engine.load({p: p.value for p in model.graph.parameters}, {})
    engine.begin(data, None)
    engine.run(0, 1, 0.1)
    update, losses = engine._update(B), np.empty((B, 1))
    assert engine._update(B) is update and list(engine.prepared) == [B]
    tracemalloc.start()
    try:
        for _ in range(3):
            update(*engine.data, losses, 0.1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # True as 1.0 passes through a buffer of NumPy's, of one size for any B
    assert peak < B * 10 * 8 / 2, f"{peak} bytes: the logits have {B * 10 * 8}"


# ---------------------------------------------------------------- what is compiled is kept


def small_loss(name="loss"):
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 1)
        return nn.squared_error(nn.matmul(x, nn.Parameter("W", [[1.0], [2.0]])), y, name=name)


SMALL = {"x": np.ones((5, 2)), "y": np.ones((5, 1))}
LOSSES = [2.0, 1.28, 0.8192]


@pytest.fixture
def folder(tmp_path, monkeypatch, compiler):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(generated_modules, "COMPILED", {})
    return tmp_path / "cache"


def train_small(capsys):
    """Train as in a fresh process, and give back what was printed."""
    generated_modules.COMPILED.clear()
    options = {"batch_size": 2, "learning_rate": 0.1, "epochs": 1, "progress": False}
    history = nn.train_minibatch(small_loss(), SMALL, engine="numba", **options)
    np.testing.assert_allclose(history.update_losses, LOSSES, rtol=1e-12)
    return capsys.readouterr().out


def test_the_second_time_nothing_is_compiled(folder, capsys):
    first, again = train_small(capsys), train_small(capsys)
    assert first.startswith(COMPILING) and first.endswith(" s. They are kept for next time.\n")
    assert again == ""
    assert {path.parent for path in folder.rglob("*.py")} == {folder / "course_nn"}
    assert not [path for path in folder.rglob("*") if "tmp" in path.name]


@pytest.mark.all
def test_it_is_compiled_for_one_kind_of_arguments(folder, capsys):
    train_small(capsys)
    (path,) = folder.rglob("*.py")
    module = sys.modules[path.stem]
    assert Path(module.__file__) == path
    assert len(module.updates.signatures) == 1


@pytest.mark.all
@pytest.mark.parametrize(
    "what, how",
    [
        ("*.nbc", "half"),
        *[
            pytest.param(what, how, marks=pytest.mark.all)
            for what, how in [
                ("*.py", "other"),
                ("*.nbi", "half"),
                ("*.nbi", "gone"),
                ("*.nbc", "other"),
            ]
        ],
    ],
)
def test_a_damaged_file_is_made_again(folder, what, how, capsys):
    train_small(capsys)
    for path in folder.rglob(what):
        content = path.read_bytes()
        damaged = {"half": content[: len(content) // 2], "other": b"\xff\x00" * 99}
        path.unlink()
        if how != "gone":
            path.write_bytes(damaged[how])
    train_small(capsys)
    assert train_small(capsys) == ""


@pytest.mark.long
@pytest.mark.parametrize("place", ["cache", "cache/course_nn"])
def test_without_a_folder_to_write_in_it_works_too(folder, place, capsys):
    file = folder.parent / place
    file.parent.mkdir(exist_ok=True)
    file.write_text("a file stands where the folder would be")
    for _ in range(2):
        out = train_small(capsys)
        assert out.startswith(COMPILING) and out.endswith(" s.\n")


@pytest.mark.all
def test_where_numba_finds_no_folder_it_works_too(folder, capsys, monkeypatch):
    from numba.core import caching

    train_small(capsys)
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    out = train_small(capsys)
    assert out.startswith(COMPILING) and out.endswith(" s.\n")


PROGRAM = """
import numpy as np
import course_nn as nn
with nn.Graph():
    x, y = nn.Input("x", 2), nn.Input("y", 1)
    z = nn.matmul(x, nn.Parameter("W", [[1.0], [2.0]]))
    loss = nn.squared_error(z, y, name="loss")
data = {"x": np.ones((5, 2)), "y": np.ones((5, 1))}
options = {"batch_size": 2, "learning_rate": 0.1, "epochs": 1, "progress": False}
history = nn.train_minibatch(loss, data, engine="numba", **options)
assert np.allclose(history.update_losses, [2.0, 1.28, 0.8192], rtol=1e-12)
"""


@pytest.mark.long
def test_two_processes_at_once_and_a_third_one(folder, capsys):
    """The third one finds what the others have kept, and so does this one."""
    root = str(Path(nn.__file__).parent.parent)
    command = [sys.executable, "-c", PROGRAM]
    options = {"env": os.environ | {"PYTHONPATH": root}, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **options) for _ in range(2)]
    said = [process.communicate(timeout=100)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert any(text.startswith(COMPILING) for text in said)
    third = subprocess.run(command, timeout=100, check=True, **options)
    assert third.stdout == ""
    assert train_small(capsys) == ""


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("name", ["cuda", "Numpy", "", None, 3, ["numpy"]])
def test_there_are_three_engines(name):
    loss = small_loss()
    with refused(ValueError, "'graph', 'numpy', 'numba'", repr(name), unchanged=loss.graph):
        nn.train_sgd(loss, SMALL, learning_rate=0.1, epochs=1, engine=name)


@pytest.mark.parametrize("missing", [["numba"], ["scipy"], ["numba", "scipy"]])
def test_without_numba_it_says_what_to_install(missing, monkeypatch):
    plain = engines.importlib.util.find_spec

    def find_spec(name):
        return None if name in missing else plain("json" if name in ("numba", "scipy") else name)

    monkeypatch.setattr(engines.importlib.util, "find_spec", find_spec)
    loss = small_loss()
    words = [" and ".join(missing), f"pip install {' '.join(missing)}", 'engine="numpy"']
    with refused(ImportError, *words, unchanged=loss.graph):
        nn.train_sgd(loss, SMALL, learning_rate=0.1, epochs=1, engine="numba")


def test_in_a_browser_it_says_that_there_is_no_compiler(monkeypatch):
    """Also before it says what to install: nothing can be installed there."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda name: None)
    loss = small_loss()
    words = ["compiler", "none in a browser", 'engine="numpy"']
    with refused(ImportError, *words, unchanged=loss.graph):
        nn.train_sgd(loss, SMALL, learning_rate=0.1, epochs=1, engine="numba")
