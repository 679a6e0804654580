"""Data from pandas and others, words as labels, a column of labels: what to do is said."""

import copy
import pickle
from decimal import Decimal

import numpy as np
import pytest
from oracles import refused

import course_nn as nn


class Table:
    """As a DataFrame or a Series of pandas: what NumPy makes of it, and `to_numpy`."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype)

    def to_numpy(self, dtype=None):
        return np.array(self.array, dtype=dtype)


class Missing:
    def __repr__(self):
        return "<NA>"


def objects(rows):
    return np.array(rows, dtype=object)


def fresh():
    return nn.two_hidden_layer_network(2, 3, 3, 3)


X_CASES = [
    (Table(objects([[1, 2.0], [True, 4]])), "got Table. All of it are numbers: use .to_numpy(flo"),
    (objects([[1, 2.0], [3, 4]]), "got ndarray. All of it are numbers: use .astype(float)."),
    (Table(objects([[1, "red"]])), "At [0, 1] is 'red': leave such a column out"),
    (Table(objects([[1, 2], [Missing(), 2]])), "At [1, 0] is <NA>: fill such an entry, or leave"),
    ([["1", "2"]], "At [0, 0] is np.str_('1')", "np.array(…, dtype=float)"),
    (np.array([["2020-01-01", "2020-01-02"]], "M8[D]"), "got an array of datetime64[D]."),
    (objects([[Decimal(1), Decimal(2)]]), "At [0, 0] is Decimal('1')"),
    ((row for row in ([1, 2],)), "x needs an array of numbers; got generator."),
]


@pytest.mark.parametrize(("values", "words"), [(c[0], c[1:]) for c in X_CASES])
def test_inputs_that_are_no_numbers(values, words):
    with refused(TypeError, "x needs an array of numbers; got", *words):
        fresh().x.set(values)


Y_CASES = [
    (ValueError, [[0], [2]], "got shape (2, 1)", "np.ravel(labels), or labels.ravel()."),
    (ValueError, [[0, 2, 1, 1]], "got shape (1, 4)", "labels.ravel()."),
    (ValueError, Table(np.array([[0], [2]])), "got shape (2, 1)", "np.ravel(labels)"),
    (TypeError, ["cat", "dog"], "Words become integers", "np.unique(words, return_inverse=True)"),
    (TypeError, Table(objects(["cat", "dog"])), "Words become integers"),
    (TypeError, Table(objects([0, 1])), "use labels.to_numpy().astype(int)."),
    (TypeError, Table(np.array([0.0, 1.0])), "use labels.to_numpy().astype(int)."),
    (TypeError, Table(np.array([True, False])), "use labels.to_numpy().astype(int)."),
    (TypeError, [0.0, 1.0], "use labels.astype(int)."),
    (TypeError, [0.0, np.nan], "Row 1 is nan, which is no class."),
    (TypeError, [0.0, 1.5], "Row 1 is 1.5, which is no class."),
]


@pytest.mark.parametrize(("kind", "values", "words"), [(c[0], c[1], c[2:]) for c in Y_CASES])
def test_labels_that_are_no_integers(kind, values, words):
    with refused(kind, "y needs integer labels 0..2, shape (B,); got", *words):
        fresh().y.set(values)
    kind = ValueError  # of split, whatever is wrong
    with refused(kind, "y must be integer labels, (N,); got", *words):
        nn.datasets.split({"y": values}, seed=0)


def test_what_is_advised_is_accepted():
    model = fresh()
    model.x.set(Table(objects([[1, 2.0], [3, 4]])).to_numpy(float))
    model.y.set(np.ravel([[0], [2]]))
    model.y.set(np.ravel(Table(np.array([[0], [2]]))))
    classes, y = np.unique(["dog", "cat", "dog"], return_inverse=True)
    model.y.set(y)
    assert classes[model.y.value].tolist() == ["dog", "cat", "dog"]
    model.y.set(Table(objects([0, 1])).to_numpy().astype(int))


def test_tensors_and_sparse_arrays():
    class Tensor:
        requires_grad = True

        def detach(self):
            return self

    class Sparse:
        def toarray(self):
            return np.ones((1, 2))

    with refused(TypeError, "x needs an array", "a Tensor that keeps a gradient", ".detach()"):
        fresh().x.set(Tensor())
    with refused(TypeError, "x needs an array; got a Sparse. Use .toarray()."):
        fresh().x.set(Sparse())


def test_masked_data_are_refused_by_split_too():
    masked = np.ma.masked_less(np.arange(20.0), 2)
    with refused(ValueError, "x has masked entries"):
        nn.datasets.split({"x": masked, "y": np.arange(20) % 2}, seed=0)


@pytest.mark.parametrize("missing", [None, np.datetime64("2020-01-01")])
def test_a_label_that_is_no_number_is_shown(missing):
    labels = objects([1, missing])
    with refused(TypeError, f"got object. Row 1 is {missing!r}, which is no class."):
        fresh().y.set(labels)
    with refused(ValueError, f"got object. Row 1 is {missing!r}, which is no class."):
        nn.datasets.split({"x": np.ones((2, 1)), "y": labels}, seed=0)


def test_without_labels_there_is_predict():
    model, words = fresh(), "Without y, nn.predict gives the network's answers."
    with refused(RuntimeError, "y was never set. Use y.set(...) before Forward.", words):
        model.graph.Forward(x=np.ones((2, 2)))
    with refused(ValueError, "y is missing.", words):
        nn.evaluate(model.loss, {"x": np.ones((2, 2))})
    model.graph.Forward(x=np.ones((2, 2)), y=[0, 1])
    with refused(ValueError, "x has 1, y has 2.", words):
        model.graph.Forward(x=np.ones((1, 2)))
    for mistake in (
        lambda: fresh().graph.Forward(y=[0, 1]),
        lambda: nn.evaluate(model.loss, {"y": [0, 1]}),
    ):
        with pytest.raises((RuntimeError, ValueError)) as caught:
            mistake()
        assert "predict" not in str(caught.value)  # x cannot be done without


def test_targets_that_are_missing_are_labels_in_this():
    model = nn.two_hidden_layer_network(2, 3, 3, 2, loss="squared_error")
    with refused(ValueError, "Without y, nn.predict gives"):
        nn.evaluate(model.loss, {"x": np.ones((2, 2))})


# --- the real ones, where they are installed ------------------------------------------------------


def test_pandas():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": pandas.array([1, 2], "Int64"), "b": [1.0, 2.0]})
    model = fresh()
    with refused(TypeError, "got DataFrame. All of it are numbers: use .to_numpy(float)."):
        model.x.set(frame)
    model.x.set(frame.to_numpy(float))
    model.x.set(frame.astype(float))
    frame.loc[1, "a"] = pandas.NA
    with refused(TypeError, "At [1, 0] is <NA>"):
        model.x.set(frame)
    for kind in ("string", "category", "str"):
        with refused(TypeError, "Words become integers"):
            model.y.set(pandas.Series(["a", "b"], dtype=kind))
    with refused(TypeError, "use labels.to_numpy().astype(int)."):
        model.y.set(pandas.Series([True, False], dtype="boolean"))
    with refused(ValueError, "np.ravel(labels)"):
        model.y.set(pandas.DataFrame({"y": [0, 1]}))


def test_polars():
    polars = pytest.importorskip("polars")
    model = fresh()
    model.x.set(polars.DataFrame({"a": [1, 2], "b": [1.0, 2.0]}))
    with refused(ValueError, "x has nan at [1, 0]"):
        model.x.set(polars.DataFrame({"a": [1, None], "b": [1.0, 2.0]}))
    for values in (polars.Series(["a", "b"]), polars.Series(["a", "b"], dtype=polars.Categorical)):
        with refused(TypeError, "Words become integers"):
            model.y.set(values)


class Index(list):
    """As that of a DataFrame or a Series: what the rows are called."""

    def equals(self, other):
        return list(self) == list(other)


class Named(Table):
    def __init__(self, array, index):
        super().__init__(array)
        self.index = Index(index)


ROWS, CLASSES = np.arange(8.0).reshape(4, 2), np.array([0, 1, 2, 0])
INDEX = [7, 3, 5, 1]


def given(index):
    return {"x": Named(ROWS, INDEX), "y": Named(CLASSES, index)}


USES = {
    "Forward": lambda model, data: model.graph.Forward(**data),
    "evaluate": lambda model, data: nn.evaluate(model.loss, data),
    "train": lambda model, data: nn.train_batch(model.loss, data, learning_rate=0.1, epochs=1),
    "validation": lambda model, data: nn.train_batch(
        model.loss, {"x": ROWS, "y": CLASSES}, learning_rate=0.1, epochs=1, validation=data
    ),
    "check_gradients": lambda model, data: nn.check_gradients(model.loss, data),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_rows_whose_index_says_that_they_are_of_other_examples(use):
    with refused(ValueError, "Row by row x and y", "y = y.loc[x.index]", ".to_numpy() of each"):
        use(fresh(), given(sorted(INDEX)))
    use(fresh(), given(INDEX))
    use(fresh(), given(sorted(INDEX)) | {"x": ROWS})  # only one of them has an index
    use(fresh(), {"x": ROWS.tolist(), "y": CLASSES})  # .index of a list is a method


def test_a_split_looks_at_the_index_too():
    data = {"x": Named(np.arange(40.0).reshape(20, 2), range(20)), "y": np.arange(20) % 2}
    wrong = data | {"y": Named(data["y"], reversed(range(20)))}
    with refused(ValueError, "Row by row x and y", "index"):
        nn.datasets.split(wrong, seed=0)
    nn.datasets.split(data | {"y": Named(data["y"], range(20))}, seed=0)


def test_standardise_looks_at_the_names_of_columns():
    def table(columns):
        made = Table(ROWS)
        made.columns = Index(columns)
        return made

    with refused(ValueError, "Column by column", "test = test[train.columns]", ".to_numpy()"):
        nn.datasets.standardise(table("ab"), ROWS, table("ba"))
    nn.datasets.standardise(table("ab"), table("ab"))
    nn.datasets.standardise(ROWS, table("ba"))
    with refused(ValueError, "the same D"):
        nn.datasets.standardise(table("ab"), Table(np.ones((2, 3))))


IMAGES, MASKED = np.zeros((4, 64)), np.ma.masked_equal(CLASSES, 1)
FIGURES = {
    "confusion_matrix": nn.plots.confusion_matrix,
    "digits": lambda labels, predictions: nn.plots.digits(IMAGES, labels, predictions),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_figures_of_classes_look_at_index_and_mask_too(draw):
    with refused(ValueError, "Row by row labels and predictions", "index"):
        draw(Named(CLASSES, INDEX), Named(CLASSES, sorted(INDEX)))
    with refused(ValueError, "labels has masked entries"):
        draw(MASKED, CLASSES)
    with refused(ValueError, "predictions has masked entries"):
        draw(CLASSES, MASKED)
    draw(Named(CLASSES, INDEX), Named(CLASSES, INDEX))
    draw(Named(CLASSES, INDEX), CLASSES)


def test_show_does_not_print_what_is_masked():
    with refused(ValueError, "y has masked entries"):
        nn.show("y", MASKED)


def test_spans_of_time_are_no_labels():
    with refused(TypeError, "y needs integer labels 0..2", "got timedelta64[D]"):
        fresh().y.set(CLASSES.astype("m8[D]"))


def test_unequal_rows_with_an_index_are_told_as_unequal_rows():
    data = {"x": Named(ROWS, INDEX), "y": Named(CLASSES[:3], INDEX[:3])}
    with refused(ValueError, "need the same number of rows", "x has 4, y has 3"):
        nn.evaluate(fresh().loss, data)


def test_a_table_in_another_order_of_columns_is_not_taken_for_the_one_before():
    """Trained on one order and asked in another, each column would meet the weights of another."""

    def table(columns):
        made = Table(np.arange(6.0).reshape(3, 2) / 6)
        made.columns = columns
        return made

    model, y = fresh(), [0, 1, 2]
    nn.train_batch(model.loss, {"x": table(["age", "size"]), "y": y}, learning_rate=0.1, epochs=1)
    before = [W.value for W in model.graph.parameters]
    turned = table(["size", "age"])
    for use in (
        lambda: nn.predict(model.loss, {"x": turned}),
        lambda: nn.evaluate(model.loss, {"x": turned, "y": y}),
        lambda: nn.evaluate(copy.deepcopy(model).loss, {"x": turned, "y": y}),
        lambda: nn.evaluate(pickle.loads(pickle.dumps(model)).loss, {"x": turned, "y": y}),
        lambda: model.graph.Forward(x=turned, y=y),
        lambda: nn.train_sgd(
            model.loss, {"x": turned, "y": y}, learning_rate=0.1, epochs=1, seed=1
        ),
    ):
        with refused(ValueError, "column 0 was 'age' and is 'size' now", "new[train.columns]"):
            use()
    assert all(a is b.value for a, b in zip(before, model.graph.parameters, strict=True))
    nn.predict(model.loss, {"x": turned.to_numpy()})  # whoever is sure
    nn.predict(model.loss, {"x": table(["age", "size"])})


def test_standardise_knows_tables_whose_columns_are_a_list():
    def table(columns):
        made = Table(np.arange(6.0).reshape(3, 2))
        made.columns = columns
        return made

    with refused(ValueError, "Column by column", "test = test[train.columns]"):
        nn.datasets.standardise(table(["a", "b"]), table(["b", "a"]))


def test_rows_of_a_list_may_be_masked_too():
    rows = list(np.ma.array([[1.0, -999.0], [2.0, 3.0]], mask=[[0, 1], [0, 0]]))
    with refused(ValueError, "x has masked entries"):
        fresh().x.set(rows)


def test_a_prediction_is_no_array():
    """Compared with labels it would be unequal everywhere, and its largest entry at 0."""
    answer, labels = nn.predict(fresh().loss, {"x": np.eye(2)}), np.array([0, 1])
    for use in (
        lambda: answer == labels,
        lambda: labels == answer,
        lambda: answer != labels,
        lambda: np.mean(labels != answer),
        lambda: np.argmax(answer),
        lambda: np.asarray(answer),
    ):
        with refused(TypeError, ".classes"):
            use()
    assert answer == answer and answer in [answer] and {answer}


def test_a_figure_of_masked_or_complex_numbers_is_refused():
    hidden = np.ma.array([[1.0, 999.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])
    for losses, kind, words in (
        (hidden, ValueError, "masked"),
        (np.array([[1 + 5j, 2], [3, 4]]), TypeError, "must be numbers"),
    ):
        with refused(kind, words):
            nn.plots.spread_over_seeds({"a": ([1, 2], losses)}, against="epochs")
