"""Tables of pandas or polars: what they call their rows and columns is not forgotten."""

import copy
import json
import os
import pickle
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from oracles import refused

import course_nn as nn
from course_nn.columns import columns_with

ROWS, CLASSES = np.arange(6.0).reshape(3, 2) / 6, np.array([0, 1, 2])


class Table:
    """As a DataFrame: columns with names, and perhaps an index."""

    def __init__(self, columns, array=ROWS, index=None):
        self.array, self.columns = np.array(array), columns
        if index is not None:
            self.index = Index(index)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


class Index(list):
    def equals(self, other):
        return list(self) == list(other)


class Rows:
    """As a Series."""

    def __init__(self, array, index):
        self.array, self.index = np.array(array), Index(index)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


RIGHT, TURNED, OTHER = Table(["age", "size"]), Table(["size", "age"]), Table(["age", "height"])
ORDER = "x had these columns before in another order: column 0 was 'age' and is 'size' now"
NAMES = "x had other columns before: 'size', and in their place 'height' now"


def fresh():
    return nn.two_hidden_layer_network(2, 3, 3, 3)


def trained(table=RIGHT, model=None, **options):
    model = model or fresh()
    data = {"x": table, "y": CLASSES}
    history = nn.train_batch(model.loss, data, learning_rate=0.1, epochs=2, **options)
    return model, history


def refuses_both(model):
    for table, words in ((TURNED, ORDER), (OTHER, NAMES)):
        with refused(ValueError, words, unchanged=model.graph):
            nn.predict(model.loss, {"x": table})
        with refused(ValueError, words, unchanged=model.graph):
            nn.evaluate(model.loss, {"x": table, "y": CLASSES})
        with refused(ValueError, words, unchanged=model.graph):
            model.graph.Forward(x=table, y=CLASSES)
        with refused(ValueError, words, unchanged=model.graph):
            model.x.set(table)
        with refused(ValueError, words, unchanged=model.graph):
            trained(table, model)
    nn.predict(model.loss, {"x": RIGHT})
    nn.predict(model.loss, {"x": ROWS})  # whoever is sure
    nn.predict(model.loss, {"x": Table(range(2))})  # numbered, so it has no names


USES = {
    "trained": lambda model: trained(model=model),
    "set": lambda model: model.x.set(RIGHT),
    "value": lambda model: setattr(model.x, "value", RIGHT),
    "Forward": lambda model: model.graph.Forward(x=RIGHT, y=CLASSES),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_other_columns_are_refused_whatever_brought_the_first_ones(use):
    model = fresh()
    use(model)
    refuses_both(model)
    refuses_both(copy.deepcopy(model))
    refuses_both(pickle.loads(pickle.dumps(model)))


@pytest.mark.parametrize("first", [ROWS, Table(range(2)), Table(np.arange(2))])
def test_names_count_from_the_first_table_that_has_some(first):
    model, _ = trained(first)
    nn.predict(model.loss, {"x": TURNED})
    nn.predict(model.loss, {"x": RIGHT})  # nothing was learned from names yet
    trained(RIGHT, model)
    refuses_both(model)


def test_numbered_columns_have_an_order_too():
    model, _ = trained(Table(range(2)))
    with refused(ValueError, "column 0 was '0' and is '1' now"):
        nn.predict(model.loss, {"x": Table([1, 0])})


def test_of_many_columns_some_are_named():
    model = nn.two_hidden_layer_network(6, 3, 3, 3)
    model.x.set(Table(list("abcdef"), np.ones((3, 6))))
    words = "x had other columns before: 'a', 'b', 'c', 'd', … (5 of them), and in their place 'A'"
    with refused(ValueError, words):
        model.x.set(Table([*"ABCDE", "f"], np.ones((3, 6))))


REFUSED = {
    "Forward, rows": (lambda m: m.graph.Forward(x=OTHER, y=CLASSES[:2]), ValueError),
    "Forward, labels": (lambda m: m.graph.Forward(x=OTHER, y=[0.5, 1, 2]), TypeError),
    "train, labels": (
        lambda m: nn.train_batch(m.loss, {"x": OTHER, "y": [7, 7, 7]}, learning_rate=1, epochs=1),
        ValueError,
    ),
    "train, rate": (
        lambda m: nn.train_batch(m.loss, {"x": OTHER, "y": CLASSES}, learning_rate=-1, epochs=1),
        ValueError,
    ),
    "train, validation": (lambda m: trained(OTHER, m, validation={"x": OTHER}), ValueError),
    "set, numbers": (lambda m: m.x.set(Table(["a", "b"], ROWS * np.nan)), ValueError),
    "evaluate": (lambda m: nn.evaluate(m.loss, {"x": OTHER, "y": [7, 7, 7]}), ValueError),
}


@pytest.mark.parametrize(("use", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_leaves_no_columns_behind(use, kind):
    model = fresh()
    with pytest.raises(kind):
        use(model)
    trained(RIGHT, model)
    refuses_both(model)


def test_a_run_that_makes_no_update_leaves_no_columns_behind():
    def rate(epoch):
        raise KeyboardInterrupt

    model = fresh()
    nn.train_batch(model.loss, {"x": OTHER, "y": CLASSES}, learning_rate=rate, epochs=1)
    trained(RIGHT, model)
    refuses_both(model)


def test_a_callback_is_refused_other_columns_too():
    model, seen = fresh(), []

    def callback(history):
        with refused(ValueError, ORDER):
            nn.predict(model.loss, {"x": TURNED})
        seen.append(len(history.epochs))

    trained(RIGHT, model, callback=callback)
    assert seen == [1, 2]


def test_what_leaves_the_graph_as_it_was_leaves_no_columns_behind():
    model = fresh()
    nn.evaluate(model.loss, {"x": OTHER, "y": CLASSES})
    nn.predict(model.loss, {"x": OTHER})
    nn.check_gradients(model.loss, {"x": OTHER, "y": CLASSES})
    trained(RIGHT, model)
    refuses_both(model)


def test_validation_data_have_the_columns_of_the_data():
    model = fresh()
    for table, words in ((TURNED, ORDER), (OTHER, NAMES)):
        with refused(ValueError, f"The validation data: {words}", unchanged=model.graph):
            trained(model=model, validation={"x": table, "y": CLASSES})
    trained(model=model, validation={"x": RIGHT, "y": CLASSES})


# --- files, and the best weights ------------------------------------------------------------------


def test_a_checkpoint_knows_the_columns(tmp_path):
    model, history = trained(snapshots="epochs")
    path = tmp_path / "run.npz"
    nn.save_checkpoint(path, model.loss, history)
    loaded = fresh()
    again = nn.load_checkpoint(path, loaded.loss)
    assert again.settings == history.settings
    refuses_both(loaded)
    for weights_of in (history, again, pickle.loads(pickle.dumps(history))):
        for best in (weights_of_epoch(weights_of), copy.deepcopy(weights_of_epoch(weights_of))):
            other = fresh()
            best.put_into(other.loss)
            refuses_both(other)


def weights_of_epoch(history):
    """As `history.best()` makes it, of a run without validation data."""
    return pickle.loads(pickle.dumps(type(BEST)(1, 0.5, history.snapshots[1], BEST.settings)))


BEST = trained(snapshots="epochs", validation={"x": ROWS, "y": CLASSES})[1].best()


def test_the_best_weights_know_the_columns():
    assert BEST.settings.columns == (("x", ("age", "size")),)


@pytest.mark.all
def test_a_fresh_process_refuses_what_memory_refuses(tmp_path):
    model, history = trained()
    nn.save_checkpoint(tmp_path / "run.npz", model.loss, history)
    code = (
        "import test_columns_of_tables as t; import course_nn as nn; model = t.fresh(); "
        "nn.load_checkpoint('run.npz', model.loss); t.refuses_both(model); print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "refused\n", done.stderr


def test_other_weights_do_not_come_to_a_table_with_other_columns(tmp_path):
    model, history = trained()
    nn.save_checkpoint(tmp_path / "run.npz", model.loss, history)
    for table, words in ((TURNED, "was 'size' and is 'age' now"), (OTHER, "before: 'height'")):
        other = fresh()
        other.x.set(table)
        with refused(ValueError, words, unchanged=other.graph):
            nn.load_checkpoint(tmp_path / "run.npz", other.loss)
        with refused(ValueError, words, unchanged=other.graph):
            BEST.put_into(other.loss)


def test_the_best_weights_are_those_of_one_network():
    """As a checkpoint refuses it: the same shapes, and another activation or loss."""
    for options in ({"activation": "relu"}, {"loss": "squared_error"}):
        other = nn.two_hidden_layer_network(2, 3, 3, 3, **options)
        with refused(ValueError, "These weights are of another network", unchanged=other.graph):
            BEST.put_into(other.loss)


def test_a_run_goes_on_with_the_columns_it_had(tmp_path):
    model, history = trained()
    nn.save_checkpoint(tmp_path / "run.npz", model.loss, history)
    loaded = fresh()
    again = nn.load_checkpoint(tmp_path / "run.npz", loaded.loss)
    options = {"learning_rate": 0.1, "epochs": 3}
    with refused(ValueError, NAMES, unchanged=loaded.graph):
        nn.train_batch(loaded.loss, {"x": OTHER, "y": CLASSES}, resume=again, **options)
    # the weights by hand in a network that knows no names
    other = fresh()
    for W, w in zip(other.graph.parameters, model.graph.parameters, strict=True):
        W.value = w.value
    with refused(ValueError, NAMES, unchanged=other.graph):
        nn.train_batch(other.loss, {"x": OTHER, "y": CLASSES}, resume=again, **options)
    # arrays: whoever is sure; and the names are still known
    more = nn.train_batch(other.loss, {"x": ROWS, "y": CLASSES}, resume=again, **options)
    assert more.settings.columns == history.settings.columns
    refuses_both(other)


def test_older_checkpoints_have_no_columns_and_load(tmp_path):
    model, history = trained()
    path = tmp_path / "run.npz"
    nn.save_checkpoint(path, model.loss, history)
    with np.load(path) as file:
        arrays = dict(file)
    about = json.loads(str(arrays["about"]))
    del about["settings"]["columns"]
    np.savez(path, **arrays | {"about": np.array(json.dumps(about))})
    again = nn.load_checkpoint(path, (loaded := fresh()).loss)
    assert again.settings.columns == ()
    nn.train_batch(
        loaded.loss, {"x": TURNED.array, "y": CLASSES}, learning_rate=0.1, epochs=3, resume=again
    )
    about["settings"]["columns"] = [["input", ["a", "b"]]]
    np.savez(path, **arrays | {"about": np.array(json.dumps(about))})
    with refused(ValueError, "is damaged: there is no input input"):
        nn.load_checkpoint(path, fresh().loss)


# --- the index of rows ----------------------------------------------------------------------------

INDEX = [7, 3, 5]
X, Y, Y_OF_OTHERS = Table("ab", ROWS, INDEX), Rows(CLASSES, INDEX), Rows(CLASSES, sorted(INDEX))
BY_HAND = {
    "set": lambda m, x, y: (m.x.set(x), m.y.set(y), m.graph.Forward()),
    "set y first": lambda m, x, y: (m.y.set(y), m.x.set(x), m.graph.Forward()),
    "value": lambda m, x, y: (
        setattr(m.x, "value", x),
        setattr(m.y, "value", y),
        m.graph.Forward(),
    ),
    "one by Forward": lambda m, x, y: (m.x.set(x), m.graph.Forward(y=y)),
    "the other by Forward": lambda m, x, y: (m.y.set(y), m.graph.Forward(x=x)),
    "Forward": lambda m, x, y: m.graph.Forward(x=x, y=y),
}


@pytest.mark.parametrize("use", BY_HAND.values(), ids=BY_HAND)
def test_rows_of_other_examples_are_refused_when_they_are_set_one_by_one(use):
    with refused(ValueError, "Row by row x and y", "y = y.loc[x.index]", ".to_numpy() of each"):
        use(fresh(), X, Y_OF_OTHERS)
    use(fresh(), X, Y)
    use(fresh(), ROWS, Y_OF_OTHERS)
    use(fresh(), X, CLASSES)


def test_a_next_batch_may_have_another_index():
    model = fresh()
    for index in (INDEX, sorted(INDEX), INDEX):
        model.x.set(Table("ab", ROWS, index))
        model.y.set(Rows(CLASSES, index))
        model.graph.Forward()
    model.graph.Forward(x=Table("ab", ROWS, "abc"), y=CLASSES)
    model.graph.Forward(y=Rows(CLASSES, "abc"))
    with refused(ValueError, "Row by row x and y", unchanged=model.graph):
        model.graph.Forward(y=Y)


def test_what_was_set_by_hand_is_not_what_a_run_puts_there():
    model = fresh()
    model.x.set(X)
    nn.train_batch(model.loss, {"x": ROWS, "y": CLASSES}, learning_rate=0.1, epochs=1)
    model.y.set(Y_OF_OTHERS)
    model.graph.Forward()  # of x the run has left the rows that it was given
    model.x.set(X)
    nn.evaluate(model.loss, {"x": X, "y": Y})
    with refused(ValueError, "Row by row x and y"):
        model.graph.Forward()
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        with refused(ValueError, "Row by row x and y"):
            again.graph.Forward()
        again.y.set(Y)
        again.graph.Forward()


def test_the_real_ones():
    pandas = pytest.importorskip("pandas")
    model = fresh()
    model.x.set(pandas.DataFrame(ROWS, columns=["a", "b"], index=INDEX))
    model.y.set(pandas.Series(CLASSES, index=sorted(INDEX)))
    with refused(ValueError, "Row by row x and y"):
        model.graph.Forward()
    with refused(ValueError, "x had other columns before: 'b', and in their place 'c' now"):
        model.x.set(pandas.DataFrame(ROWS, columns=["a", "c"]))
    model.x.set(pandas.DataFrame(ROWS))
    with refused(ValueError, "x had these columns before in another order"):
        nn.predict(model.loss, {"x": pandas.DataFrame(ROWS, columns=["b", "a"])})


class Grid:
    """As a DataArray of xarray: dimensions, of which some have an index."""

    def __init__(self, array, **indexes):
        self.array, self.dims = np.array(array), ("n", "f")[: np.ndim(array)]
        self.indexes = {name: Index(index) for name, index in indexes.items()}

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)


class ArrowTable(Table):
    """As a table of pyarrow: `columns` are what stands in them."""

    def __init__(self, names, array=ROWS):
        super().__init__(list(np.array(array).T), array)
        self.column_names = names


def series(names, array=ROWS):
    return [Rows(row, names) for row in array]


def named_tuples(names, array=ROWS):
    return [*map(namedtuple("Pandas", names)._make, array)]


KINDS = {
    "xarray": lambda names: Grid(ROWS, f=names),
    "pyarrow": ArrowTable,
    "rows": series,
    "one row": lambda names: series(names, ROWS[:1]),
    "tuple of rows": lambda names: tuple(series(names)),
    "itertuples": named_tuples,
}


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_whatever_names_its_columns_is_a_table(made):
    model, _ = trained()
    nn.predict(model.loss, {"x": made(["age", "size"])})
    for names, words in ((["size", "age"], ORDER), (["age", "height"], NAMES)):
        with refused(ValueError, words, unchanged=model.graph):
            nn.predict(model.loss, {"x": made(names)})
    with refused(ValueError, "not the same names in the same order"):
        nn.datasets.standardise(RIGHT, made(["size", "age"]))


def test_other_rows_of_a_table_of_pyarrow_are_no_other_columns():
    model, _ = trained(ArrowTable(["age", "size"]))
    nn.predict(model.loss, {"x": ArrowTable(["age", "size"], ROWS[::-1] * 7)})
    nn.predict(model.loss, {"x": RIGHT})


def test_rows_that_name_their_columns_in_two_orders_are_refused():
    mixed = [*series(["age", "size"])[:2], *series(["size", "age"])[2:]]
    with refused(ValueError, "do not name their columns alike, or not in one order"):
        nn.predict(fresh().loss, {"x": mixed})
    nn.predict(fresh().loss, {"x": [*map(list, ROWS)]})
    nn.predict(fresh().loss, {"x": [*ROWS]})


def test_the_index_of_an_array_of_xarray_counts():
    x, y = Grid(ROWS, n=[0, 1, 2]), Grid(CLASSES, n=[2, 1, 0])
    with refused(ValueError, "Row by row x and y are taken together"):
        nn.evaluate(fresh().loss, {"x": x, "y": y})
    nn.evaluate(fresh().loss, {"x": x, "y": Grid(CLASSES, n=[0, 1, 2])})
    nn.evaluate(fresh().loss, {"x": x, "y": Grid(CLASSES)})


def test_columns_of_tables_are_apart_by_their_names():
    with refused(ValueError, "Row by row a and b"):
        nn.apart(Rows([1.0, 2.0], [0, 1]), Rows([1.0, 2.0], [1, 0]))
    with refused(ValueError, "Column by column"):
        nn.apart(RIGHT, TURNED)
    assert nn.apart(RIGHT, ROWS) == nn.apart(RIGHT, RIGHT) == "less than 1e-12"


def test_columns_may_be_called_as_attributes_are():
    """A column of pandas is an attribute of its table."""
    table = Table(["dims", "column_names"])
    table.dims = table.column_names = table.indexes = Rows(ROWS[:, 0], [0, 1, 2])
    model, _ = trained(table)
    assert dict(columns_with(model.graph))["x"] == ("dims", "column_names")
