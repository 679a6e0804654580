"""check_gradients finds what is wrong, by finite differences."""

import numpy as np
import pytest

import course_nn as nn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
DATA = {
    "cross_entropy": {"x": X, "y": np.array([0, 1, 1, 0, 1])},
    "squared_error": {"x": X, "y": RNG.normal(size=(5, 2))},
}


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("bias", [False, True])
def test_networks_of_the_course_have_right_gradients(activation, loss, bias):
    model = nn.two_hidden_layer_network(
        3, 4, 3, 2, activation=activation, loss=loss, bias=bias, initialisation="he", seed=1
    )
    table = nn.check_gradients(model.loss, DATA[loss])
    assert table.ok and all(row.ok for row in table.rows), repr(table)
    assert [row.parameter for row in table.rows] == [p.name for p in model.graph.parameters]
    model.graph.Forward(**DATA[loss])
    model.graph.Backward(model.loss)
    for row, p in zip(table.rows, model.graph.parameters, strict=True):
        assert row.shape == p.value.shape
        assert row.backward == p.grad[row.worst_entry]
        assert row.finite_differences == pytest.approx(row.backward, rel=1e-5, abs=1e-8)


def test_a_step_across_the_corner_of_a_relu_is_not_called_wrong():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        h = nn.relu(nn.matmul(x, nn.Parameter("W1", [[3e-6]])))  # 3e-6 from the corner
        loss = nn.squared_error(h, y, name="loss")
    assert nn.check_gradients(loss, {"x": [[1.0]], "y": [[2.0]]}).ok


def test_a_loss_of_another_size_is_judged_by_its_size():
    model = nn.two_hidden_layer_network(3, 4, 3, 2, loss="squared_error", seed=1)
    for size in (1e-3, 1e4):
        assert nn.check_gradients(model.loss, {"x": X, "y": size * DATA["squared_error"]["y"]}).ok


def test_the_table_is_aligned_and_names_its_columns():
    model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=1)
    lines = repr(nn.check_gradients(model.loss, DATA["cross_entropy"])).splitlines()
    assert len(lines) == 4
    places = [lines[0].index(name) for name in ("shape", "worst entry", "Backward", "ok")]
    for line, name in zip(lines[1:], ["W1", "W2", "W3"], strict=True):
        assert line.startswith(name) and line.endswith("yes")
        assert all(line[place - 1] == " " != line[place] for place in places)


def test_among_entries_that_agree_rounding_does_not_choose_the_one_shown():
    """The entry shown is then that of the largest gradient, on every processor."""
    model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=1)
    table = nn.check_gradients(model.loss, DATA["cross_entropy"])
    model.graph.Forward(**DATA["cross_entropy"])
    model.graph.Backward(model.loss)
    for row, p in zip(table.rows, model.graph.parameters, strict=True):
        assert abs(row.backward) == np.abs(p.grad).max()


def test_check_gradients_leaves_everything_as_it_was():
    model = nn.two_hidden_layer_network(3, 4, 3, 2, seed=1)
    model.graph.Forward(x=X[:2], y=[0, 1])
    model.graph.Backward(model.loss)
    before = [(thing, dict(vars(thing))) for thing in (model.graph, *model.graph.everything)]
    nn.check_gradients(model.loss, DATA["cross_entropy"])
    with pytest.raises(ValueError, match="y is missing"):
        nn.check_gradients(model.loss, {"x": X})
    for thing, state in before:
        assert vars(thing).keys() == state.keys()
        assert all(vars(thing)[name] is value for name, value in state.items())
    model.graph.SGD(0.1)  # the gradients of before still count


def test_only_a_loss_can_be_checked():
    model = nn.two_hidden_layer_network(3, 4, 3, 2)
    with pytest.raises(ValueError, match="z3 is"):
        nn.check_gradients(model.output, DATA["cross_entropy"])


class wrong_matmul(nn.matmul):
    """A matrix product whose backward step is spoiled for W by `spoil`."""

    spoil = staticmethod(lambda grad: grad)

    def backward(self):
        a, W = self.operands
        W.add_grad(self.spoil(a.value.T @ self.grad))
        if not isinstance(a, nn.Input):
            a.add_grad(self.grad @ W.value.T)


def one_wrong_entry(grad):
    wrong = grad.copy()
    wrong[2, 1] += 0.01
    return wrong


SPOILERS = {
    "factor": lambda grad: 1.001 * grad,
    "sign": lambda grad: -grad,
    "one entry": one_wrong_entry,
    "missing": np.zeros_like,
    "not a number": lambda grad: grad * np.nan,
    "infinite": lambda grad: grad * np.inf,
}


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("spoiler", SPOILERS)
def test_a_planted_error_is_found_in_its_parameter(layer, spoiler, monkeypatch):
    monkeypatch.setattr(wrong_matmul, "spoil", staticmethod(SPOILERS[spoiler]))
    rng = np.random.default_rng(3)
    with nn.Graph(make_current=False):
        h, y = nn.Input("x", 3), nn.Labels("y", 3)
        for i in (1, 2, 3):
            product = wrong_matmul if i == layer else nn.matmul
            z = product(h, nn.Parameter(f"W{i}", rng.normal(size=(3, 3))), name=f"z{i}")
            h = nn.tanh(z)
        loss = nn.cross_entropy(z, y, name="loss")
    table = nn.check_gradients(loss, {"x": X, "y": [0, 1, 2, 1, 0]})
    assert not table.ok
    assert [row.ok for row in table.rows] == [i != layer for i in (1, 2, 3)]
    lines = repr(table).splitlines()
    assert [line.endswith("NO") for line in lines] == [i == layer for i in range(4)]
    row = table.rows[layer - 1]
    assert f"{row.backward:.6f}" in lines[layer]
    assert f"{row.finite_differences:.6f}" in lines[layer]
    assert str(list(row.worst_entry)) in lines[layer]
    assert np.isfinite(row.finite_differences)
    assert row.backward != pytest.approx(row.finite_differences, rel=1e-6, abs=1e-8)
    if spoiler == "one entry":
        assert row.worst_entry == (2, 1)
        assert row.backward - row.finite_differences == pytest.approx(0.01 / 5, rel=1e-4)


def test_the_worst_entry_is_one_that_is_not_ok(monkeypatch):
    """A large gradient within its tolerance does not hide a small one that is twice too large."""

    def double_the_smallest(grad):
        wrong = grad.copy()
        wrong[1, 0] *= 2
        return wrong

    monkeypatch.setattr(wrong_matmul, "spoil", staticmethod(double_the_smallest))
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 1)
        z = wrong_matmul(x, nn.Parameter("W1", [[1.0], [1.0]]), name="z")
        loss = nn.squared_error(z, y, name="loss")
    table = nn.check_gradients(loss, {"x": [[1e5, 1e-2]], "y": [[0.0]]})
    assert not table.ok and table.rows[0].worst_entry == (1, 0)


def test_an_operation_that_forgets_an_operand_is_found():
    class forgetful_tanh(nn.tanh):
        def backward(self):
            pass

    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 2)
        h = forgetful_tanh(nn.matmul(x, nn.Parameter("W1", RNG.normal(size=(3, 3)))))
        loss = nn.cross_entropy(nn.matmul(h, nn.Parameter("W2", np.eye(3)[:, :2])), y, name="loss")
    table = nn.check_gradients(loss, DATA["cross_entropy"])
    assert [row.ok for row in table.rows] == [False, True]
    assert table.rows[0].backward == 0


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_finite_differences_of_any_function(shape):
    W = RNG.normal(size=shape)
    kept = W.copy()
    slopes = nn.finite_differences(lambda V: (V**3).sum(), W)
    assert slopes == pytest.approx(3 * W**2, abs=1e-8)
    assert np.array_equal(W, kept)
    wide = nn.finite_differences(lambda V: (V**3).sum(), W, eps=0.1)
    assert wide - slopes == pytest.approx(np.full(shape, 0.01), abs=1e-6)


def test_finite_differences_need_one_number():
    with pytest.raises(ValueError, match=r"one number, such as a loss; got an array of shape \(2,"):
        nn.finite_differences(lambda V: V, np.zeros(2))


def test_what_finite_differences_refuse():
    W1 = nn.two_hidden_layer_network(2, 3, 2, 2).W1
    for f, W, eps, words in [
        (lambda W: None, np.zeros(2), 1e-5, "Is a `return` missing"),
        (lambda W: W1, np.zeros(2), 1e-5, r"must return numbers: W1 is a node .* W1\.value"),
        (np.zeros(2), lambda W: 1.0, 1e-5, "first argument is a function"),
        (np.sum, W1, 1e-5, r"Give its value: W1\.value"),
        (np.sum, np.zeros(2), 0, "eps must be above 0"),
        (np.sum, np.zeros(2), np.nan, "eps must be 0 or more, and finite"),
        (np.sum, np.array([np.nan]), 1e-5, "NaN|nan"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words):
            nn.finite_differences(f, W, eps=eps)


def test_a_graph_without_parameters_has_nothing_to_check():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", width=2), nn.Input("y", width=2)
        loss = nn.squared_error(x, y)
    with pytest.raises(ValueError, match="nothing to check"):
        nn.check_gradients(loss, {"x": [[1, 2]], "y": [[1, 2]]})
