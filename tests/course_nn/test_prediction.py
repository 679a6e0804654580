"""What a trained network says without labels: the values of Forward, and the graph as it was."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import assert_unchanged, refused, state
from tiers import examples

import course_nn as nn
from course_nn import more_operations as more

COURSE = settings(derandomize=True, deadline=None, max_examples=examples(40))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 3))


@COURSE
@given(
    st.sampled_from(["sigmoid", "tanh", "relu"]),
    st.sampled_from(["squared_error", "cross_entropy"]),
    st.booleans(),
    st.integers(1, 6),
    st.integers(0, 1000),
)
def test_the_values_are_those_of_forward_for_one_row_as_for_many(act, loss, bias, B, seed):
    model = nn.two_hidden_layer_network(3, 5, 4, 3, activation=act, loss=loss, bias=bias, seed=seed)
    rng = np.random.default_rng(seed)
    x = rng.normal(scale=3, size=(B, 3))
    y = rng.integers(0, 3, size=B) if loss == "cross_entropy" else rng.normal(size=(B, 3))
    before = state(model.graph)
    found = nn.predict(model.loss, {"x": x})
    assert_unchanged(model.graph, before)  # nothing was set before, and nothing is now
    model.graph.Forward(x=x, y=y)
    model.graph.Backward(model.loss)
    assert np.array_equal(found.values, model.output.value)
    if loss == "squared_error":
        assert not hasattr(found, "classes") and not hasattr(found, "probabilities")
    else:
        p = found.probabilities
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
        L = -np.log(p[np.arange(B), y])  # the loss that Forward computed from the same logits
        np.testing.assert_allclose(L, model.loss.value, rtol=1e-9, atol=1e-12)
        assert np.array_equal(found.classes, p.argmax(axis=1))
        accuracy = nn.evaluate(model.loss, {"x": x, "y": y}).accuracy
        assert (found.classes == y).mean() == accuracy
    before = state(model.graph)
    for b in range(B):
        alone = nn.predict(model.loss, {"x": x[b : b + 1]})
        np.testing.assert_allclose(alone.values, found.values[b : b + 1], rtol=1e-12, atol=1e-12)
        if loss == "cross_entropy":
            np.testing.assert_allclose(
                alone.probabilities, found.probabilities[b : b + 1], rtol=1e-12, atol=1e-12
            )
    assert_unchanged(model.graph, before)
    model.graph.SGD(0.1)  # the last Backward still counts


def test_labels_may_be_there_and_are_not_looked_at():
    model = nn.two_hidden_layer_network(3, 4, 4, 2)
    alone = nn.predict(model.loss, {"x": X})
    for y in (np.zeros(7, dtype=int), [5], None, "no labels"):
        assert np.array_equal(nn.predict(model.loss, {"x": X, "y": y}).values, alone.values)


def test_what_does_not_fit_is_refused_in_the_words_of_the_course():
    model = nn.two_hidden_layer_network(3, 4, 4, 2)
    model.graph.Forward(x=X, y=np.zeros(7, dtype=int))
    before = state(model.graph)
    wanted = "The data for a prediction must be"
    for kind, data, words in (
        (ValueError, {"x": X[:, :2]}, "x needs shape (B, 3), one row for each example; got (7, 2)"),
        (ValueError, {"x": X[0]}, "Example b is X[b : b + 1]"),
        (ValueError, {"x": X[:0]}, "x has no rows"),
        (ValueError, {"x": X * np.nan}, "x has nan"),
        (ValueError, {}, f"{wanted} {{'x': …}}; x is missing."),
        (ValueError, {"y": [1]}, f"{wanted} {{'x': …}}; x is missing."),
        (ValueError, {"x": X, "z": 1}, "There is no input 'z'."),
        (TypeError, X, f"{wanted} a dict with an array for each input, {{'x': …}}; got a ndarray."),
    ):
        with refused(kind, words):
            nn.predict(model.loss, data)
        assert_unchanged(model.graph, before)
    with refused(TypeError, "A loss node is needed here", "Use its .loss."):
        nn.predict(model, {"x": X})
    with refused(ValueError, "A loss has one number"):
        nn.predict(model.output, {"x": X})
    with refused(TypeError, "output must be a node, such as z3; got 'z3'."):
        nn.predict(model.loss, {"x": X}, output="z3")
    for node in (model.x, model.loss, model.W1, nn.two_hidden_layer_network(3, 4, 4, 2).output):
        with refused(ValueError, "The output must be a computed node (B, K) of this graph"):
            nn.predict(model.loss, {"x": X}, output=node)


def test_a_value_that_is_not_finite_says_nothing():
    model = nn.two_hidden_layer_network(3, 4, 4, 2, activation="relu")
    model.graph.replace_parameters({p: 1e200 * p.value for p in model.graph.parameters})
    with refused(FloatingPointError, "z3 of row 0 is", "it says nothing"):
        nn.predict(model.loss, {"x": np.abs(X)})


def test_the_probabilities_of_large_logits_are_numbers():
    model = nn.two_hidden_layer_network(3, 4, 4, 2)
    model.W3.value = 1e4 * model.W3.value
    found = nn.predict(model.loss, {"x": X})
    assert np.abs(found.values).max() > 1000
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)


def test_another_node_may_be_read():
    model = nn.two_hidden_layer_network(3, 4, 5, 2)
    h1 = model.graph.nodes[1]
    model.graph.Forward(x=X, y=np.zeros(7, dtype=int))
    found = nn.predict(model.loss, {"x": X}, output=h1)
    assert np.array_equal(found.values, h1.value) and not hasattr(found, "classes")


class penalty(nn.Operation):
    """½ Σ W² for each example: looks at no data, and at no prediction."""

    def check_operands(self):
        return None

    def forward(self):
        h, W = self.operands
        self.value = np.full(len(h.value), 0.5 * (W.value**2).sum())

    def backward(self):
        h, W = self.operands
        W.add_grad(len(h.value) * W.value)


class hinge(nn.Operation):
    """Scores, not logits, against labels: Σ max(0, 1 + s_k − s_y)."""

    def check_operands(self):
        return None

    def forward(self):
        s, y = self.operands
        rows = np.arange(len(y.value))
        self.value = np.maximum(0, 1 + s.value - s.value[rows, y.value][:, None]).sum(axis=1)


def heads(second):
    """Two inputs, labels and targets; a loss of two parts."""
    with nn.Graph(make_current=False) as graph:
        x, u = nn.Input("x", 3), nn.Input("u", 2)
        y, t = nn.Labels("y", 2), nn.Input("t", 2)
        W = nn.Parameter("W", RNG.normal(size=(3, 2)))
        V = nn.Parameter("V", RNG.normal(size=(2, 2)))
        z = nn.add(nn.matmul(x, W), nn.matmul(u, V), name="z")
        q = nn.matmul(nn.tanh(z), V, name="q")
        first = nn.cross_entropy(z, y, name="first")
        other = penalty(q, V, name="size") if second == "penalty" else nn.squared_error(q, t)
        loss = more.add_losses(first, other, name="loss")
    return graph, loss, z, q


def test_a_loss_that_is_a_combination_and_several_inputs():
    graph, loss, z, _ = heads("penalty")
    U = RNG.normal(size=(7, 2))
    found = nn.predict(loss, {"x": X, "u": U})  # neither y nor t
    graph.Forward(x=X, u=U, y=np.zeros(7, dtype=int), t=np.zeros((7, 2)))
    assert np.array_equal(found.values, z.value)
    assert np.array_equal(found.classes, z.value.argmax(axis=1))
    with refused(ValueError, "must be {'x': …, 'u': …}; u is missing."):
        nn.predict(loss, {"x": X})
    with refused(ValueError, "x has 7, u has 6"):
        nn.predict(loss, {"x": X, "u": U[:6]})


def test_of_two_predictions_one_has_to_be_chosen():
    graph, loss, z, q = heads("squared_error")
    U = RNG.normal(size=(7, 2))
    with refused(ValueError, "loss compares z, q. Say which node to read: output=…"):
        nn.predict(loss, {"x": X, "u": U})
    assert nn.predict(loss, {"x": X, "u": U}, output=z).classes.shape == (7,)
    found = nn.predict(loss, {"x": X, "u": U}, output=q)
    graph.Forward(x=X, u=U, y=np.zeros(7, dtype=int), t=np.zeros((7, 2)))
    assert np.array_equal(found.values, q.value) and not hasattr(found, "classes")


def test_scores_that_are_no_logits_have_classes_and_no_probabilities():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 2)
        s = nn.matmul(x, nn.Parameter("W", RNG.normal(size=(3, 2))), name="s")
        loss = hinge(s, y, name="loss")
    found = nn.predict(loss, {"x": X})
    with pytest.raises(AttributeError, match=r"no probabilities: its \.values are not the logits"):
        found.probabilities  # noqa: B018
    assert np.array_equal(found.classes, found.values.argmax(axis=1))


class own_cross_entropy(nn.cross_entropy):
    """The same under another name."""


class sharper_cross_entropy(nn.cross_entropy):
    """That of 2 z: its probabilities are not softmax(z)."""

    def forward(self):
        z, y = self.operands
        e = np.exp(2 * z.value)
        self.value = -np.log(e / e.sum(axis=1, keepdims=True))[np.arange(len(e)), y.value]


class own_softmax(nn.softmax):
    """The same under another name."""


def test_a_loss_or_a_softmax_of_a_class_of_ones_own_has_probabilities_too():
    def predicted(loss_class, softmax_class=None):
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Labels("y", 3)
            z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
            z = softmax_class(z, name="p") if softmax_class else z
            loss = loss_class(z, y, name="loss")
        return nn.predict(loss, {"x": X}).probabilities

    right = predicted(nn.cross_entropy)
    assert np.array_equal(predicted(own_cross_entropy), right)
    assert np.allclose(predicted(hinge, nn.softmax), right)
    assert np.allclose(predicted(hinge, own_softmax), right)


def test_another_loss_under_the_name_of_cross_entropy_has_no_probabilities():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
        loss = sharper_cross_entropy(z, y, name="loss")
    found = nn.predict(loss, {"x": X})
    assert np.array_equal(found.classes, X.argmax(axis=1))
    assert not hasattr(found, "probabilities")


def test_of_an_autoencoder_the_copy_is_read():
    with nn.Graph(make_current=False):
        x = nn.Input("x", 3)
        out = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="out")
        loss = nn.squared_error(out, x, name="loss")
    assert np.array_equal(nn.predict(loss, {"x": X}).values, X)


def test_from_a_checkpoint(tmp_path):
    data = {"x": X, "y": np.arange(7) % 2}
    trained, fresh = (nn.two_hidden_layer_network(3, 4, 4, 2, seed=seed) for seed in (0, 1))
    history = nn.train_batch(trained.loss, data, learning_rate=0.5, epochs=20, progress=False)
    nn.save_checkpoint(tmp_path / "run.npz", trained.loss, history)
    before = nn.predict(trained.loss, {"x": X})
    nn.load_checkpoint(tmp_path / "run.npz", fresh.loss)
    assert np.array_equal(nn.predict(fresh.loss, {"x": X}).values, before.values)


def test_a_prediction_prints_its_first_rows_and_can_be_kept():
    model = nn.two_hidden_layer_network(3, 4, 4, 2)
    found = nn.predict(model.loss, {"x": X})
    p = found.probabilities[0, found.classes[0]]
    lines = repr(found).splitlines()
    assert lines[0] == f"row 0: class {found.classes[0]}, probability {p:.4f}"
    assert len(lines) == 6 and lines[-1] == "… and 2 more rows"
    assert len(repr(nn.predict(model.loss, {"x": X[:1]})).splitlines()) == 1
    values = nn.predict(
        nn.two_hidden_layer_network(3, 4, 4, 9, loss="squared_error").loss, {"x": 1e9 * X[:1]}
    )
    assert repr(values).startswith("row 0: ") and repr(values).endswith("…")
    assert repr(type(found)(np.array([[0.5, 1e300]]))) == "row 0: 0.5000  1.000e+300"
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(again.classes, found.classes) and repr(again) == repr(found)


def test_the_answer_is_an_array_of_its_own():
    model = nn.two_hidden_layer_network(3, 4, 4, 2)
    found = nn.predict(model.loss, {"x": X})
    found.values[:] = 0
    assert nn.predict(model.loss, {"x": X}).values.any()


# ---------------------------------------------------------------- which node is the answer


def two_classifiers(joined_first):
    """Two outputs against labels of their own, added up."""
    with nn.Graph(make_current=False):
        x, y, t = nn.Input("x", 3), nn.Labels("y", 3), nn.Labels("t", 3)
        z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
        q = nn.matmul(x, nn.Parameter("V", -np.eye(3)), name="q")
        first, second = nn.cross_entropy(z, y, name="first"), nn.cross_entropy(q, t, name="second")
        parts = (first, second) if joined_first else (second, first)
        return more.add_losses(*parts, name="loss"), z, q


def test_an_output_is_measured_by_the_labels_that_it_is_compared_with():
    rows = {"x": 9 * np.eye(3), "y": [0, 1, 2], "t": [1, 1, 1]}
    for joined_first in (True, False):
        loss, z, q = two_classifiers(joined_first)
        assert nn.evaluate(loss, rows).accuracy == 1.0  # z, which was made first
        assert nn.evaluate(loss, rows, output=z).accuracy == 1.0
        classes = nn.predict(loss, {"x": rows["x"]}, output=q).classes
        assert nn.evaluate(loss, rows, output=q).accuracy == (classes == 1).mean() < 1


def test_the_accuracy_is_of_the_part_that_has_labels():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 3)
        z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
        copy = nn.squared_error(nn.matmul(z, nn.Parameter("V", np.eye(3))), x, name="copy")
        loss = more.add_losses(copy, nn.cross_entropy(z, y, name="right"), name="loss")
    assert nn.evaluate(loss, {"x": 9 * np.eye(3), "y": [0, 1, 1]}).accuracy == 2 / 3


class gated(nn.Operation):
    """Uses a node that it has not got as an operand."""

    def __init__(self, *operands, gate, name=None):
        self.gate = gate
        super().__init__(*operands, name=name)

    def forward(self):
        self.value = self.operands[0].value * self.gate.value

    def backward(self):
        raise NotImplementedError


def test_values_of_other_data_are_not_used():
    """What is no operand is not run, so its value would be that of the last Forward."""
    with nn.Graph() as net:
        x, y, W1 = nn.Input("x", 2), nn.Input("y", 2), nn.Parameter("W1", np.eye(2))
        gate = nn.sigmoid(x, name="gate")
        losses = [
            nn.squared_error(gated(x @ W1, gate=each, name=n), y)
            for each, n in ((gate, "a"), (y, "b"))
        ]
    net.Forward(x=np.ones((3, 2)), y=np.ones((3, 2)))
    before = gate.value, y.value
    for loss in losses:
        with pytest.raises(TypeError) as error:
            nn.predict(loss, {"x": np.zeros((3, 2))})
        assert "as an operand" in " ".join(error.value.__notes__)
    assert gate.value is before[0] and y.value is before[1]


def test_numpy_may_be_told_to_raise_what_it_warns_of():
    model = nn.two_hidden_layer_network(2, 2, 2, 2)
    model.W3.value = 1e5 * np.eye(2)
    with np.errstate(all="raise"):
        assert nn.predict(model.loss, {"x": [[1.0, 2.0]]}).probabilities.max() == 1


def test_where_there_are_no_classes_nothing_is_compared_with_labels():
    """None == labels would be False for each of them: an accuracy of 0 % without a word."""
    found = nn.predict(nn.two_hidden_layer_network(3, 4, 4, 2, loss="squared_error").loss, {"x": X})
    for again in (found, copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        with pytest.raises(AttributeError, match=r"no classes: .* \.values\.argmax\(axis=1\)"):
            again.classes == np.zeros(7)  # noqa: B015
        assert np.array_equal(again.values, found.values)
        assert not hasattr(again, "logits")


@pytest.mark.parametrize("compare", [np.array_equal, np.array_equiv, np.isin, np.setdiff1d])
def test_numpy_compares_no_whole_prediction(compare):
    """`array_equal` says False of whatever cannot be made an array."""
    found = nn.predict(nn.two_hidden_layer_network(3, 4, 4, 2).loss, {"x": X})
    for pair in ((found.classes, found), (found, found.classes)):
        with pytest.raises(TypeError, match=r"A prediction has \.classes and \.values"):
            compare(*pair)
