"""What a run leaves behind: losses, epochs, snapshots, and how they are shown."""

import math
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiers import examples

import course_nn as nn
from course_nn import runs
from course_nn.history import Epoch, History
from course_nn.settings import Settings

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(30))

RNG = np.random.default_rng(0)
DATA = {"x": RNG.normal(size=(7, 3)), "y": np.array([0, 1, 1, 0, 1, 0, 0])}
HELD_OUT = {"x": RNG.normal(size=(4, 3)), "y": np.array([1, 0, 0, 1])}


def network(**options):
    return nn.two_hidden_layer_network(3, 4, 3, 2, seed=2, **options)


def run(model=None, **options):
    options = {"batch_size": 3, "learning_rate": 0.5, "epochs": 3} | options
    return nn.train_minibatch((model or network()).loss, DATA, **options)


@COURSE
@given(batch_size=st.integers(1, 8), epochs=st.integers(1, 3))
def test_the_loss_of_an_epoch_is_weighted_by_examples(batch_size, epochs):
    history = run(batch_size=batch_size, epochs=epochs)
    losses, examples = history.update_losses, history.update_examples
    assert losses.dtype == np.float64 and examples.dtype.kind == "i"
    per_epoch = -(-7 // batch_size)
    for i, epoch in enumerate(history.epochs):
        part = slice(i * per_epoch, (i + 1) * per_epoch)
        assert examples[part].sum() == 7
        weighted = (losses[part] * examples[part]).sum() / 7
        assert epoch.loss == pytest.approx(weighted, rel=1e-14)
        assert history.epoch_losses[i] == epoch.loss
    assert history.updates_in_open_epoch == 0


def test_with_weights_that_do_not_move_the_loss_of_an_epoch_is_that_of_the_data():
    model = network()
    history = run(model, learning_rate=0, epochs=2)
    whole = nn.evaluate(model.loss, DATA).loss
    np.testing.assert_allclose(history.epoch_losses, whole, rtol=1e-14)


def test_validation_figures_are_those_of_evaluate_after_each_epoch():
    model, found = network(), []
    history = run(
        model,
        validation=HELD_OUT,
        callback=lambda history: found.append(nn.evaluate(model.loss, HELD_OUT)),
    )
    assert history.validation_losses.tolist() == [e.loss for e in found]
    assert history.validation_accuracies.tolist() == [e.accuracy for e in found]


def test_validation_does_not_change_the_run():
    first, second = network(), network()
    plain, validated = run(first), run(second, validation=HELD_OUT)
    assert plain.update_losses.tolist() == validated.update_losses.tolist()
    assert np.array_equal(first.W1.value, second.W1.value)
    assert np.isnan(plain.validation_losses).all() and np.isnan(plain.validation_accuracies).all()
    assert plain.epochs[0].validation_loss is None and plain.epochs[0].validation_accuracy is None


def test_squared_error_has_a_validation_loss_without_an_accuracy():
    model = network(loss="squared_error")
    data = {"x": DATA["x"], "y": np.eye(2)[DATA["y"]]}
    history = nn.train_sgd(model.loss, data, learning_rate=0.1, epochs=1, validation=data)
    assert history.validation_losses[0] == nn.evaluate(model.loss, data).loss
    assert math.isnan(history.validation_accuracies[0])
    assert repr(history).endswith(f"; validation loss {history.validation_losses[0]:.4f}")
    assert cells_of(history)[1][-1] == ""


def test_seconds_are_measured():
    seconds = run().seconds
    assert seconds.shape == (3,) and (seconds >= 0).all() and (seconds < 60).all()


def test_settings_are_a_type_and_cannot_be_changed():
    settings = run(momentum=0.5).settings
    assert settings.batch_size == 3 and settings.momentum == 0.5
    assert settings.updates_in_an_epoch == 3
    assert settings._replace(batch_size=7).updates_in_an_epoch == 1
    with pytest.raises(AttributeError):
        settings.batch_size = 4


def test_learning_rates_are_those_used():
    history = run(learning_rate=lambda epoch: 1 / epoch)
    assert history.learning_rates.tolist() == [1.0, 0.5, 1 / 3]


# ---------------------------------------------------------------- snapshots


def test_snapshots_after_each_epoch():
    model = network()
    start, after = model.W1.value, []
    history = run(model, snapshots="epochs", callback=lambda history: after.append(model.W1.value))
    assert [list(snapshot) for snapshot in history.snapshots] == [["W1", "W2", "W3"]] * 4
    for snapshot, then in zip(history.snapshots, [start, *after], strict=True):
        assert snapshot["W1"] is then


def test_snapshots_after_each_update():
    model = network()
    start = model.W2.value
    history = run(model, snapshots="updates", momentum=0.5)
    assert len(history.snapshots) == 1 + len(history.update_losses) == 10
    assert history.snapshots[0]["W2"] is start
    assert history.snapshots[-1]["W2"] is model.W2.value


def test_a_snapshot_gives_the_loss_of_the_next_update():
    model = network()
    history = run(model, snapshots="updates", shuffle=False)
    for i, (weights, loss) in enumerate(
        zip(history.snapshots, history.update_losses, strict=False)
    ):
        rows = slice(3 * (i % 3), 3 * (i % 3) + 3)
        for name, value in weights.items():
            getattr(model, name).value = value
        batch = {name: array[rows] for name, array in DATA.items()}
        assert nn.evaluate(model.loss, batch).loss == loss


def test_snapshots_never_change_afterwards():
    model = network()
    history = run(model, snapshots="epochs")
    kept = [snapshot["W1"].copy() for snapshot in history.snapshots]
    run(model)
    model.W1.value = np.zeros((3, 4))
    for snapshot, then in zip(history.snapshots, kept, strict=True):
        assert np.array_equal(snapshot["W1"], then)
        with pytest.raises(ValueError, match="read-only"):
            snapshot["W1"][0, 0] = 1


def test_no_snapshots_unless_asked_for():
    assert run().snapshots == ()


# ---------------------------------------------------------------- the callback


def test_the_callback_sees_the_history_once_after_each_epoch():
    seen = []
    history = run(callback=lambda history: seen.append((history, len(history.epochs))))
    assert [count for _, count in seen] == [1, 2, 3]
    assert all(given is history for given, _ in seen)


def test_the_final_weights_are_those_of_the_epoch_that_has_just_ended():
    model, seen = network(), []

    def callback(history):
        seen.append(all(history.final_weights[p.name] is p.value for p in model.graph.parameters))

    half = run(model, callback=callback)
    run(model, epochs=5, resume=half, callback=callback)
    run(model, epochs=7, engine="numpy", callback=callback)
    assert seen == [True] * 12
    assert half.final_weights["W1"] is not model.W1.value, "that of the first run is as it was"


# ---------------------------------------------------------------- the best epoch


def with_validation(losses, accuracies=None, snapshots=()):
    """A made-up run of two updates an epoch; the weight is the number of updates."""
    settings = Settings((), 2, batch_size=1, shuffle=True, seed=0, momentum=0.0, weight_decay=0.0,
                        data=None)  # fmt: skip
    accuracies = accuracies or [None] * len(losses)
    epochs = [Epoch(2, 1.0, 0.1, 0.0, *each) for each in zip(losses, accuracies, strict=True)]
    updates = [(1.0, 1)] * (2 * len(losses))
    return History(settings, epochs=epochs, updates=updates, snapshots=snapshots)


def test_the_best_epoch():
    history = with_validation([3.0, 1.0, 2.0, 1.0], [0.5, 0.25, 0.75, 0.75])
    assert history.best()[:3] == (2, 1.0, None), "of equals the first"
    assert history.best("validation_accuracy")[:3] == (3, 0.75, None)
    assert with_validation([math.nan, math.inf, 4.0, 5.0]).best().epoch == 3


def test_the_best_epoch_has_its_weights():
    numbered = [{"W": np.array([[float(n)]])} for n in range(7)]
    for snapshots, best in ((numbered[::2], numbered[4]), (numbered, numbered[4]), ((), None)):
        assert with_validation([3.0, 1.0, 2.0], snapshots=snapshots).best().weights == best


@pytest.mark.parametrize("snapshots", ["epochs", "updates"])
def test_the_best_weights_are_put_back_into_the_network(snapshots):
    model = network()
    history = run(model, epochs=6, learning_rate=5.0, validation=HELD_OUT, snapshots=snapshots)
    best = history.best()
    assert best.epoch < 6 and nn.evaluate(model.loss, HELD_OUT).loss > best.value
    best.put_into(model.loss)
    assert nn.evaluate(model.loss, HELD_OUT).loss == best.value
    with pytest.raises(ValueError, match="read-only"):
        best.weights["W1"][0, 0] = 1
    with pytest.raises(ValueError, match="The weights are not those with which the run to resume"):
        run(model, epochs=7, learning_rate=5.0, snapshots=snapshots, resume=history)


def test_what_best_and_put_into_refuse():
    with pytest.raises(ValueError, match="No epoch of this run has a finite validation loss"):
        run().best()
    with pytest.raises(ValueError, match=r"finite validation accuracy.*with labels"):
        with_validation([1.0]).best("validation_accuracy")
    with pytest.raises(ValueError, match="No epoch"):
        with_validation([]).best()
    with pytest.raises(ValueError, match="one of 'validation_loss', 'validation_accuracy'; got 'l"):
        with_validation([1.0]).best("loss")
    model = network()
    history = run(model, validation=HELD_OUT)
    with pytest.raises(ValueError, match=r"kept no weights.*snapshots='epochs'"):
        history.best().put_into(model.loss)
    best = run(model, validation=HELD_OUT, snapshots="epochs").best()
    for other in (nn.two_hidden_layer_network(3, 5, 3, 2), network(bias=True)):
        before = [p.value for p in other.graph.parameters]
        with pytest.raises(
            ValueError, match=r"of another network: W1 \(3, 4\), .* This network has"
        ):
            best.put_into(other.loss)
        assert all(p.value is w for p, w in zip(other.graph.parameters, before, strict=True))
    with pytest.raises(TypeError, match=r"Use its \.loss"):
        best.put_into(model)


def test_early_stopping_as_it_is_documented(capsys):
    model = network()

    def patience(history):
        if len(history.epochs) - history.best().epoch >= 2:
            raise nn.StopTraining("no lower validation loss in 2 epochs")

    options = {"learning_rate": 2.0, "validation": HELD_OUT, "snapshots": "epochs"}
    history = run(model, epochs=100, callback=patience, **options)
    assert history.stopped and len(history.epochs) == history.best().epoch + 2 < 100
    said = " ".join(capsys.readouterr().out.split())
    assert ": no lower validation loss in 2 epochs. The weights" in said
    history.best().put_into(model.loss)


# ---------------------------------------------------------------- how it is shown


class Cells(HTMLParser):
    """The rows of a table; every element must be closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        assert self.open[-1] in ("td", "th")
        self.rows[-1][-1] += text


def cells_of(history):
    parser = Cells()
    parser.feed(history._repr_html_())
    parser.close()
    assert not parser.open
    assert len({len(row) for row in parser.rows}) == 1, "every row has the same number of cells"
    return parser.rows


def test_the_table_has_a_line_for_each_epoch():
    history = run(validation=HELD_OUT, learning_rate=0.25)
    rows = cells_of(history)
    assert rows[0] == [
        "epoch",
        "updates",
        "learning rate",
        "loss",
        "validation loss",
        "validation accuracy",
    ]
    e = history.epochs[1]
    assert rows[2] == [
        "2",
        "3",
        "0.25",
        f"{e.loss:.4f}",
        f"{e.validation_loss:.4f}",
        f"{100 * e.validation_accuracy:.2f} %",
    ]
    assert len(rows) == 4
    assert [len(row) for row in cells_of(run())] == [4] * 4


def test_a_long_run_is_shortened_to_its_first_and_last_six_epochs():
    rows = cells_of(run(epochs=40))
    shown = [row[0] for row in rows]
    assert shown == ["epoch", "1", "2", "3", "4", "5", "6", "…", "35", "36", "37", "38", "39", "40"]
    assert len(cells_of(run(epochs=12))) == 13


def test_nothing_shown_depends_on_the_clock(monkeypatch):
    plain = run(validation=HELD_OUT)
    clock = iter(range(0, 10**6, 4321))
    monkeypatch.setattr(runs.time, "perf_counter", lambda: next(clock))
    slow = run(validation=HELD_OUT, progress=False)
    assert slow.seconds.tolist() == [4321.0] * 3
    assert repr(slow) == repr(plain) and slow._repr_html_() == plain._repr_html_()
    assert "second" not in plain._repr_html_()


def test_the_repr_is_one_short_line():
    history = run(epochs=1, validation=HELD_OUT)
    e = history.epochs[0]
    assert repr(history) == (
        f"History: 1 epoch, 3 updates: loss {e.loss:.4f} in epoch 1, {e.loss:.4f} in the last; "
        f"validation loss {e.validation_loss:.4f}, accuracy {100 * e.validation_accuracy:.2f} %"
    )
    history = run(epochs=400, batch_size=1)
    first, *_, last = history.epochs
    assert repr(history) == (
        f"History: 400 epochs, 2,800 updates: loss {first.loss:.4f} in epoch 1, "
        f"{last.loss:.4f} in the last"
    )


def test_an_empty_history_can_be_shown():
    class stopped_at_once(nn.Operation):
        def forward(self):
            raise KeyboardInterrupt

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        loss = nn.squared_error(stopped_at_once(x), y, name="loss")
    data = {"x": np.ones((1, 2)), "y": np.ones((1, 2))}
    history = nn.train_sgd(loss, data, learning_rate=0.1, epochs=2)
    assert repr(history) == "History: 0 epochs, 0 updates (stopped)"
    assert len(cells_of(history)) == 1
    assert history.epoch_losses.shape == history.update_losses.shape == (0,)


# ---------------------------------------------------------------- from made-up epochs, word by word


def history_of(*epochs, stopped=False):
    updates = [(0.5, 2)] * sum(epoch.updates for epoch in epochs)
    return History({}, epochs=epochs, updates=updates, stopped=stopped)


def epoch(loss, validation_loss=None, validation_accuracy=None, updates=1):
    return Epoch(updates, loss, 0.1, 9.9, validation_loss, validation_accuracy)


def test_printed_without_validation():
    assert repr(history_of()) == "History: 0 epochs, 0 updates"
    assert repr(history_of(epoch(2.0))) == (
        "History: 1 epoch, 1 update: loss 2.0000 in epoch 1, 2.0000 in the last"
    )
    assert repr(history_of(epoch(2.0, updates=600), epoch(0.12345, updates=600))) == (
        "History: 2 epochs, 1,200 updates: loss 2.0000 in epoch 1, 0.1235 in the last"
    )


def test_printed_with_validation_and_when_stopped():
    history = history_of(epoch(2.0), epoch(1.0, 1.5))
    shown = "History: 2 epochs, 2 updates: loss 2.0000 in epoch 1, 1.0000 in the last"
    assert repr(history) == shown + "; validation loss 1.5000"
    history = history_of(epoch(2.0), epoch(1.0, 1.5), stopped=True)
    assert repr(history) == shown + "; validation loss 1.5000 (stopped)"
    history = history_of(epoch(2.0), epoch(1.0, 1.5, 0.8765), stopped=True)
    assert repr(history) == shown + "; validation loss 1.5000, accuracy 87.65 % (stopped)"


def table(*lines):
    """The HTML of a table: the first line is its head, cells are divided by |."""
    head, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
    html = "".join(f"<th>{cell}</th>" for cell in head)
    html = f"<tr>{html}</tr>"
    for row in rows:
        html += "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    return f"<table>{html}</table>"


def test_the_table_without_validation():
    assert history_of(epoch(2.0, updates=1200), epoch(0.5))._repr_html_() == table(
        "epoch | updates | learning rate | loss",
        "1     | 1,200   | 0.1           | 2.0000",
        "2     | 1       | 0.1           | 0.5000",
    )


def test_the_table_with_validation_of_some_epochs():
    history = history_of(epoch(2.0), epoch(1.0, 1.5), epoch(0.5, 1.25, 0.875))
    assert history._repr_html_() == table(
        "epoch | updates | learning rate | loss   | validation loss | validation accuracy",
        "1     | 1       | 0.1           | 2.0000 |                 |",
        "2     | 1       | 0.1           | 1.0000 | 1.5000          |",
        "3     | 1       | 0.1           | 0.5000 | 1.2500          | 87.50 %",
    )


@pytest.mark.parametrize(
    ("epochs", "shown"),
    [
        (12, [*range(1, 13)]),
        (13, [1, 2, 3, 4, 5, 6, "…", 8, 9, 10, 11, 12, 13]),
        (20, [1, 2, 3, 4, 5, 6, "…", 15, 16, 17, 18, 19, 20]),
    ],
)
def test_a_long_table_shows_the_first_and_the_last_six(epochs, shown):
    history = history_of(*(epoch(float(i)) for i in range(1, epochs + 1)))
    rows = [
        "… | … | … | …" if i == "…" else f"{i} | 1 | 0.1 | {i:.4f}"  # the loss of epoch i is i
        for i in shown
    ]
    assert history._repr_html_() == table("epoch | updates | learning rate | loss", *rows)


def test_the_columns_as_arrays():
    history = history_of(epoch(2.0), epoch(1.0, 1.5, 0.5))
    assert history.epoch_losses.tolist() == [2.0, 1.0]
    assert history.learning_rates.tolist() == [0.1, 0.1]
    assert history.seconds.tolist() == [9.9, 9.9]
    np.testing.assert_array_equal(history.validation_losses, [np.nan, 1.5])
    np.testing.assert_array_equal(history.validation_accuracies, [np.nan, 0.5])


COLUMNS = ["update_losses", "update_examples", "epoch_losses", "learning_rates", "seconds"]
COLUMNS += ["validation_losses", "validation_accuracies"]


@pytest.mark.parametrize("name", COLUMNS)
def test_what_is_written_into_a_column_is_not_lost_without_a_word(name):
    """Each time it is asked for, the column is another array."""
    history = run(validation=HELD_OUT)
    with pytest.raises(ValueError, match="read-only"):
        getattr(history, name)[0] = 5
    getattr(history, name).copy()[0] = 5
