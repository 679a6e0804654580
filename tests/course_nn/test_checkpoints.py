"""A run that is kept in a file: bit for bit, or refused with nothing changed."""

import io
import json
import os
import pickle
import random
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import examples

import course_nn as nn
from course_nn import checkpoints
from course_nn.updates import Updates

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(30))

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(7, 3)), "y": np.array([0, 1, 1, 0, 1, 0, 0])}
OPTIONS = {"batch_size": 3, "learning_rate": 0.5, "momentum": 0.9}


def network(seed=2, **options):
    return nn.two_hidden_layer_network(3, 4, 3, 2, seed=seed, **options)


def weights_of(model):
    return [p.value for p in model.graph.parameters]


def same_bits(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def everything_in(history):
    """All that a history holds, without the seconds."""
    snapshots = [{n: w.tolist() for n, w in weights.items()} for weights in history.snapshots]
    velocity = {name: value.tolist() for name, value in history.velocity.items()}
    epochs = [epoch._replace(seconds=0.0) for epoch in history.epochs]
    return history.settings, epochs, history.updates, velocity, snapshots, history.stopped


@pytest.fixture
def saved(tmp_path):
    """A path with a checkpoint, and the run that is in it."""
    model, path = network(), tmp_path / "run.npz"
    history = nn.train_minibatch(
        model.loss, DATA, epochs=2, validation=DATA, snapshots="epochs", **OPTIONS
    )
    nn.save_checkpoint(path, model.loss, history)
    return path, model, history


def assert_refused(path, words, model=None):
    """ValueError that names the file, and the network is exactly as it was."""
    model = model or network(seed=9)
    model.graph.Forward(**{name: values[:2] for name, values in DATA.items()})
    model.graph.Backward(model.loss)
    before = [(thing, dict(vars(thing))) for thing in (model.graph, *model.graph.everything)]
    with pytest.raises(ValueError, match=words) as caught:
        nn.load_checkpoint(path, model.loss)
    assert str(path) in str(caught.value)
    for thing, state in before:
        assert vars(thing).keys() == state.keys()
        assert all(vars(thing)[name] is value for name, value in state.items())


# ---------------------------------------------------------------- resume = uninterrupted


@COURSE
@given(
    split=st.integers(1, 3),
    batch_size=st.sampled_from([1, 3, 7]),
    momentum=st.sampled_from([0.0, 0.9]),
    decay=st.sampled_from([0.0, 0.01]),
    shuffle=st.booleans(),
    snapshots=st.sampled_from([None, "epochs", "updates"]),
)
def test_a_loaded_run_carries_on_bit_for_bit(
    tmp_path_factory, split, batch_size, momentum, decay, shuffle, snapshots
):
    path = tmp_path_factory.mktemp("run") / "run.npz"
    options = {
        "batch_size": batch_size,
        "momentum": momentum,
        "weight_decay": decay,
        "shuffle": shuffle,
        "seed": 2**40 + 3,
        "snapshots": snapshots,
        "validation": DATA,
        "learning_rate": 0.3,
    }
    whole_model, first_half = network(), network()
    whole = nn.train_minibatch(whole_model.loss, DATA, epochs=4, **options)
    half = nn.train_minibatch(first_half.loss, DATA, epochs=split, **options)
    nn.save_checkpoint(path, first_half.loss, half)
    second_half = network(seed=77)  # other weights, which the file replaces
    loaded = nn.load_checkpoint(path, second_half.loss)
    assert everything_in(loaded) == everything_in(half)
    assert loaded.seconds.tolist() == half.seconds.tolist()
    resumed = nn.train_minibatch(second_half.loss, DATA, epochs=4, resume=loaded, **options)
    assert everything_in(resumed) == everything_in(whole)
    assert same_bits(weights_of(second_half), weights_of(whole_model))


@COURSE
@given(update=st.integers(0, 11))
def test_a_run_stopped_inside_an_epoch_is_saved_and_carries_on(tmp_path_factory, update):
    path = tmp_path_factory.mktemp("run") / "run.npz"
    whole_model, model = network(), network()
    whole = nn.train_minibatch(whole_model.loss, DATA, epochs=4, **OPTIONS)

    with pytest.MonkeyPatch.context() as patch:
        plain = Updates.all_or_nothing

        def all_or_nothing(self, rate):
            if len(self.history.updates) == update:
                raise KeyboardInterrupt
            return plain(self, rate)

        patch.setattr(Updates, "all_or_nothing", all_or_nothing)
        stopped = nn.train_minibatch(model.loss, DATA, epochs=4, **OPTIONS)
    assert stopped.stopped and len(stopped.update_losses) == update
    nn.save_checkpoint(path, model.loss, stopped)
    fresh = network(seed=5)
    loaded = nn.load_checkpoint(path, fresh.loss)
    assert loaded.stopped
    resumed = nn.train_minibatch(fresh.loss, DATA, epochs=4, resume=loaded, **OPTIONS)
    assert everything_in(resumed) == everything_in(whole)
    assert same_bits(weights_of(fresh), weights_of(whole_model))


def test_a_fresh_process_carries_on_bit_for_bit(saved, tmp_path):
    path, *_ = saved
    whole_model = network()
    whole = nn.train_minibatch(whole_model.loss, DATA, epochs=5, **OPTIONS)
    program = """
import sys
import numpy as np
import course_nn as nn
rng = np.random.default_rng(0)
data = {"x": rng.normal(size=(7, 3)), "y": np.array([0, 1, 1, 0, 1, 0, 0])}
model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=123)
history = nn.load_checkpoint(sys.argv[1], model.loss)
options = {"batch_size": 3, "learning_rate": 0.5, "momentum": 0.9, "snapshots": "epochs"}
history = nn.train_minibatch(model.loss, data, epochs=5, resume=history, **options)
weights = [p.value.tobytes().hex() for p in model.graph.parameters]
print(repr((weights, history.update_losses.tolist())))
"""
    environment = os.environ | {"PYTHONPATH": str(Path(nn.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    weights = [w.tobytes().hex() for w in weights_of(whole_model)]
    assert done.stdout.strip() == repr((weights, whole.update_losses.tolist()))


def test_loading_puts_the_weights_into_the_network(saved):
    path, model, _ = saved
    other = network(seed=3)
    assert not same_bits(weights_of(other), weights_of(model))
    nn.load_checkpoint(path, other.loss)
    assert same_bits(weights_of(other), weights_of(model))
    assert nn.evaluate(other.loss, DATA) == nn.evaluate(model.loss, DATA)
    with pytest.raises(RuntimeError, match="run Forward"):
        other.graph.Backward(other.loss)  # the values in the graph were of other weights


@pytest.mark.parametrize("name", ["a run.npz", "größe λ 数.npz", "no_suffix", "run.v1.backup"])
@pytest.mark.parametrize("kind", [str, Path])
def test_any_file_name(tmp_path, name, kind):
    folder = tmp_path / "my übungen"
    folder.mkdir()
    path, model = kind(folder / name), network()
    history = nn.train_sgd(model.loss, DATA, learning_rate=0.1, epochs=1)
    nn.save_checkpoint(path, model.loss, history)
    assert os.listdir(folder) == [name]
    assert everything_in(nn.load_checkpoint(path, network().loss)) == everything_in(history)


# ---------------------------------------------------------------- a history and its network


def test_a_history_is_saved_with_the_weights_of_its_run_alone(tmp_path):
    model, path = network(), tmp_path / "run.npz"
    first = nn.train_minibatch(model.loss, DATA, epochs=1, **OPTIONS)
    second = nn.train_minibatch(model.loss, DATA, epochs=1, **OPTIONS)
    with pytest.raises(ValueError, match="The weights are not those with which the run to save e"):
        nn.save_checkpoint(path, model.loss, first)
    for other in (network(activation="tanh"), network(bias=True), network(loss="squared_error")):
        with pytest.raises(ValueError, match="The run to save was one of another network"):
            nn.save_checkpoint(path, other.loss, second)
    with pytest.raises(ValueError, match="The weights are not those"):
        nn.save_checkpoint(path, network().loss, second)
    assert not path.exists()
    nn.save_checkpoint(path, model.loss, second)
    model.W1.value = -model.W1.value
    content = path.read_bytes()
    with pytest.raises(ValueError, match="The weights are not those"):
        nn.save_checkpoint(path, model.loss, second)
    assert path.read_bytes() == content


@pytest.mark.all
@COURSE
@given(
    epoch=st.integers(1, 4),
    split=st.integers(0, 3),
    momentum=st.sampled_from([0.0, 0.9]),
    engine=st.sampled_from(["graph", "numpy"]),
    snapshots=st.sampled_from([None, "epochs", "updates"]),
)
def test_a_file_saved_in_a_callback_carries_on_bit_for_bit(
    tmp_path_factory, epoch, split, momentum, engine, snapshots
):
    """Also in the callback of a run that was itself carried on."""
    path = tmp_path_factory.mktemp("run") / "run.npz"
    options = OPTIONS | {"momentum": momentum, "engine": engine, "snapshots": snapshots}
    model, resume = network(), None
    if split:
        resume = nn.train_minibatch(model.loss, DATA, epochs=split, **options)

    def save(history):
        if len(history.epochs) == max(epoch, split + 1):
            nn.save_checkpoint(path, model.loss, history)

    whole = nn.train_minibatch(model.loss, DATA, epochs=5, resume=resume, callback=save, **options)
    other = network(seed=8)
    loaded = nn.load_checkpoint(path, other.loss)
    assert len(loaded.epochs) == max(epoch, split + 1) and not loaded.stopped
    resumed = nn.train_minibatch(other.loss, DATA, epochs=5, resume=loaded, **options)
    assert everything_in(resumed) == everything_in(whole)
    assert same_bits(weights_of(other), weights_of(model))


def test_what_was_loaded_is_read_only(saved):
    model = network()
    history = nn.load_checkpoint(saved[0], model.loss)
    kept = [history.final_weights, history.velocity, *history.snapshots]
    for array in [*(w for weights in kept for w in weights.values()), model.W1.value]:
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0


def test_a_file_knows_on_which_data_its_run_was(saved):
    model = network()
    history = nn.load_checkpoint(saved[0], model.loss)
    other = DATA | {"x": DATA["x"] + 1e-9}
    more = OPTIONS | {"epochs": 3, "resume": history, "snapshots": "epochs"}
    with pytest.raises(ValueError, match="The run to resume was one on other data"):
        nn.train_minibatch(model.loss, other, **more)
    nn.train_minibatch(model.loss, DATA, **more)


def test_the_second_format_did_not_know_the_data(saved, tmp_path):
    with np.load(saved[0]) as file:
        old = json.loads(str(file["about"]))["settings"]
    del old["data"], old["validation"]
    changes = {"format": "course_nn checkpoint 2", "settings": old}
    path, model = rewritten(saved[0], tmp_path / "old.npz", **changes), network()
    history = nn.load_checkpoint(path, model.loss)
    assert history.settings.data is None
    more = OPTIONS | {"snapshots": "epochs", "epochs": 3}
    longer = nn.train_minibatch(model.loss, DATA, resume=history, **more)
    whole = nn.train_minibatch(network().loss, DATA, **more)
    assert longer.update_losses.tolist() == whole.update_losses.tolist()
    assert longer.settings == whole.settings, "from now on it knows them"
    assert_refused(
        rewritten(path, tmp_path / "odd.npz", format="course_nn checkpoint 3"),
        "damaged: .*missing 1 required",
    )


# ---------------------------------------------------------------- files of before

OLD = Path(__file__).with_name("checkpoints_of_version_0_1_0")


@pytest.mark.parametrize(
    "name, options",
    [
        ("unshuffled", {"shuffle": False}),
        ("stopped_unshuffled", {"shuffle": False}),
        ("full_batch", {"batch_size": 7}),
    ],
)
def test_a_file_of_an_earlier_version_carries_on(name, options):
    """Runs of DATA and OPTIONS over two epochs, one stopped after five updates."""
    options = OPTIONS | options
    whole_model, model = network(), network(seed=9)
    whole = nn.train_minibatch(whole_model.loss, DATA, epochs=4, **options)
    old = nn.load_checkpoint(OLD / f"{name}.npz", model.loss)
    assert old.settings == whole.settings._replace(data=None, loss=None), "not known then"
    assert old.updates_in_open_epoch == (2 if name == "stopped_unshuffled" else 0)
    resumed = nn.train_minibatch(model.loss, DATA, epochs=4, resume=old, **options)
    np.testing.assert_allclose(resumed.update_losses, whole.update_losses, rtol=1e-12)
    for mine, theirs in zip(weights_of(model), weights_of(whole_model), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10)


def test_a_shuffled_run_of_an_earlier_version_can_be_used_but_not_carried_on(tmp_path):
    """Its file has the state of a generator. What is saved again is no more resumable."""
    model, path = network(seed=9), OLD / "shuffled.npz"
    for _ in range(2):
        history = nn.load_checkpoint(path, model.loss)
        assert len(history.epochs) == 2 and len(history.updates) == 6
        assert nn.evaluate(model.loss, DATA).loss == pytest.approx(
            history.epochs[-1].validation_loss, rel=1e-12
        )
        before = weights_of(model)
        with pytest.raises(ValueError, match="drew the order of the examples in another way"):
            nn.train_minibatch(model.loss, DATA, epochs=4, resume=history, **OPTIONS)
        assert all(now is then for now, then in zip(weights_of(model), before, strict=True))
        path = tmp_path / "again.npz"
        nn.save_checkpoint(path, model.loss, history)
    nn.train_minibatch(model.loss, DATA, epochs=1, **OPTIONS)


# ---------------------------------------------------------------- damaged files


def test_a_file_cut_short_anywhere_is_refused(saved, tmp_path):
    content, path = saved[0].read_bytes(), tmp_path / "cut.npz"
    for length in [*range(0, len(content), 47), *range(len(content) - 30, len(content))]:
        path.write_bytes(content[:length])
        assert_refused(path, "cannot be read as a checkpoint: it is cut short, damaged or not ours")


@pytest.mark.long
def test_a_single_changed_byte_is_refused_or_does_not_matter(saved, tmp_path):
    good, model, history = saved
    content, path, rng = good.read_bytes(), tmp_path / "flipped.npz", random.Random(1)
    first_entry, directory = content.index(b"parameter W1"), content.index(b"PK\x01\x02")
    places = {
        *range(directory, len(content), 3),  # where the archive says what is where
        *range(first_entry, first_entry + 220, 3),  # NumPy's own header
        *range(0, len(content), 61),
    }
    for place in sorted(places):
        byte = content[place] ^ 1 << rng.randrange(8)
        path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
        other = network(seed=9)
        before = weights_of(other)
        try:
            loaded = nn.load_checkpoint(path, other.loss)
        except ValueError as error:
            assert str(path) in str(error)
            assert all(w is b for w, b in zip(weights_of(other), before, strict=True))
        else:
            assert everything_in(loaded) == everything_in(history), place
            assert same_bits(weights_of(other), weights_of(model))


def test_bytes_that_numpy_would_not_read_are_looked_at(saved, tmp_path):
    """Called numbers of 4 bytes, W1 would be other numbers of the same shape."""
    content, path = saved[0].read_bytes(), tmp_path / "flipped.npz"
    place = content.index(b"'<f8'", content.index(b"parameter W1"))
    path.write_bytes(content[:place] + b"'<f4'" + content[place + 5 :])
    assert_refused(path, "cannot be read as a checkpoint: .*parameter W1.npy has changed")


def rewritten(source, target, **changes):
    """The checkpoint again, with these entries of "about", or arrays, replaced or left out."""
    with np.load(source) as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"]))
    for name, value in changes.items():
        place = about if name in about else arrays
        name = name.replace("__", " ")
        if value is None:
            place.pop(name)
        else:
            place[name] = value
    arrays["about"] = np.array(json.dumps(about))
    np.savez(target, **arrays)
    return target


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"format": "course_nn checkpoint 99"}, "is not a checkpoint of course_nn"),
        ({"format": None}, "is not a checkpoint of course_nn"),
        ({"epochs": [[1, 2]]}, "damaged"),
        ({"epochs": 3}, "damaged"),
        ({"resumable": None}, "damaged: 'resumable'"),
        ({"resumable": "no"}, "damaged: resumable must be True or False"),
        ({"settings": None}, "is not a checkpoint of course_nn"),
        ({"settings": {"network": network().graph.description}}, "damaged: .*missing 7 required"),
        ({"snapshots": 99}, "damaged: .*snapshot 3 W1"),
        ({"parameter__W2": None}, "damaged: parameter W2 is missing"),
        ({"velocity__W2": None}, "damaged: velocity W2 is missing"),
        ({"snapshot__0__W1": None}, "damaged: snapshot 0 W1 is missing"),
        ({"parameter__W2": np.ones((9, 9))}, "damaged: The new value of W2"),
        ({"parameter__W2": np.full((4, 3), np.nan)}, "damaged: W2 has nan"),
        ({"parameter__W2": np.array(["a", "b"])}, "damaged: W2 needs an array of numbers"),
        ({"update_losses": np.ones(2)}, "damaged"),
    ],
    ids=str,
)
def test_a_file_that_contradicts_itself_is_refused(saved, tmp_path, changes, words):
    assert_refused(rewritten(saved[0], tmp_path / "odd.npz", **changes), words)


# ---------------------------------------------------------------- files that are not ours


class Malicious:
    """Unpickled, it would make a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_files_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "other.npz"
    path.write_bytes(b"")
    assert_refused(path, "cannot be read as a checkpoint")
    path.write_text("the weights of my network\n" * 40)
    assert_refused(path, "cannot be read as a checkpoint")
    stream = io.BytesIO()
    np.save(stream, np.ones((3, 4)))
    path.write_bytes(stream.getvalue())
    assert_refused(path, "cannot be read as a checkpoint")
    np.savez(path, W1=np.ones((3, 4)))
    assert_refused(path, "is not a checkpoint of course_nn")
    for about in ("5", "[]", "null", "{", '"text"', '{"format": 1}'):
        np.savez(path, about=np.array(about))
        assert_refused(path, "is not a checkpoint of course_nn")
    digits = Path(nn.__file__).parent / "data" / "digits.npz"
    assert_refused(digits, "is not a checkpoint of course_nn")


def test_nothing_is_unpickled(tmp_path):
    trap, path = tmp_path / "unpickled", tmp_path / "run.npz"
    path.write_bytes(pickle.dumps(Malicious(trap)))
    assert_refused(path, "cannot be read as a checkpoint")
    np.savez(path, about=np.array([Malicious(trap)], dtype=object), allow_pickle=True)
    assert_refused(path, "cannot be read as a checkpoint")
    stream = io.BytesIO()
    np.save(stream, np.array([Malicious(trap)], dtype=object), allow_pickle=True)
    path.write_bytes(stream.getvalue())
    assert_refused(path, "cannot be read as a checkpoint")
    assert not trap.exists()
    with pytest.raises((ValueError, FileExistsError)):  # the trap itself works
        trap.mkdir()
        pickle.loads(pickle.dumps(Malicious(trap)))


@pytest.mark.parametrize(
    "other",
    [
        nn.two_hidden_layer_network(3, 5, 3, 2),
        nn.two_hidden_layer_network(3, 4, 3, 2, activation="tanh"),
        nn.two_hidden_layer_network(3, 4, 3, 2, loss="squared_error"),
        nn.two_hidden_layer_network(3, 4, 3, 2, bias=True),
    ],
    ids=["width", "activation", "loss", "bias"],
)
def test_a_checkpoint_of_another_network_is_refused(saved, other):
    before = weights_of(other)
    with pytest.raises(ValueError, match="is a checkpoint of another network") as caught:
        nn.load_checkpoint(saved[0], other.loss)
    words = str(caught.value)
    assert "h1 = sigmoid(z1)" in words.split("This network is:")[0]
    assert repr(other.loss) in words.split("This network is:")[1]
    assert all(now is then for now, then in zip(weights_of(other), before, strict=True))


def test_a_missing_file(tmp_path):
    model = network()
    with pytest.raises(FileNotFoundError, match=r"There is no checkpoint .*nowhere\.npz"):
        nn.load_checkpoint(tmp_path / "nowhere.npz", model.loss)


def test_a_folder_is_no_file(tmp_path, saved):
    path, model, history = saved
    with pytest.raises(OSError):
        nn.load_checkpoint(tmp_path, model.loss)
    with pytest.raises(OSError):
        nn.save_checkpoint(tmp_path, model.loss, history)
    with pytest.raises(OSError):
        nn.save_checkpoint(tmp_path / "nowhere" / "run.npz", model.loss, history)
    assert os.listdir(tmp_path) == [path.name]


def test_wrong_arguments(saved):
    path, model, history = saved
    content = path.read_bytes()
    with pytest.raises(TypeError, match="needs the History, not a dict"):
        nn.save_checkpoint(path, model.loss, {"loss": 1})
    with pytest.raises(TypeError, match=r"got a TwoHiddenLayerNetwork. Use its \.loss"):
        nn.save_checkpoint(path, model, history)
    with pytest.raises(ValueError, match="z3 is"):
        nn.load_checkpoint(path, model.output)
    assert path.read_bytes() == content


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["in the middle of the file", "at its end", "at the renaming"])
def test_a_failure_while_writing_leaves_the_old_file(saved, monkeypatch, place, error):
    path, model, history = saved
    content = path.read_bytes()
    more = OPTIONS | {"snapshots": "epochs"}
    history = nn.train_minibatch(model.loss, DATA, epochs=3, resume=history, **more)

    def fail(*_, **__):
        raise error

    def write_half(file, **arrays):
        file.write(content[: len(content) // 2])
        raise error

    if place == "in the middle of the file":
        monkeypatch.setattr(checkpoints.np, "savez", write_half)
    elif place == "at its end":
        monkeypatch.setattr(checkpoints.os, "fsync", fail)
    else:
        monkeypatch.setattr(checkpoints.os, "replace", fail)
    with pytest.raises(type(error)):
        nn.save_checkpoint(path, model.loss, history)
    monkeypatch.undo()
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == [path.name], "nothing half-written is left"
    nn.load_checkpoint(path, network().loss)


def test_saving_again_replaces_the_file(saved):
    path, model, history = saved
    more = OPTIONS | {"snapshots": "epochs"}
    longer = nn.train_minibatch(model.loss, DATA, epochs=4, resume=history, **more)
    nn.save_checkpoint(path, model.loss, longer)
    other = network(seed=4)
    assert len(nn.load_checkpoint(path, other.loss).epochs) == 4
    assert same_bits(weights_of(other), weights_of(model))
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_a_checkpoint_can_be_read_by_those_who_can_read_a_new_file(saved):
    ordinary = saved[0].parent / "ordinary"
    ordinary.write_text("")
    assert stat.S_IMODE(saved[0].stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_a_file_is_small(saved):
    assert saved[0].stat().st_size < 12_000
