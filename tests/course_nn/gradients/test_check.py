"""check_gradients finds what is wrong, by finite differences."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import LOSSES, SEEDS
from tiers import examples, thinned

import course_nn as nn
from course_nn.gradients.check import CheckedGradient, GradientCheck, Losses, slope_by_steps

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
DATA = {
    "cross_entropy": {"x": X, "y": np.array([0, 1, 1, 0, 1])},
    "squared_error": {"x": X, "y": RNG.normal(size=(5, 2))},
}


@pytest.mark.parametrize("activation", thinned(["sigmoid", "tanh", "relu"], 3))
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("bias", [False, True])
def test_networks_of_the_course_have_right_gradients(activation, loss, bias):
    model = nn.two_hidden_layer_network(
        3, 4, 3, 2, activation=activation, loss=loss, bias=bias, initialisation="he", seed=1
    )
    table = nn.check_gradients(model.loss, DATA[loss])
    assert table.ok is True and all(row.ok is True for row in table.rows), repr(table)
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
    assert nn.check_gradients(loss, {"x": [[1.0]], "y": [[2.0]]}).ok is True


def test_a_loss_of_another_size_is_judged_by_its_size():
    model = nn.two_hidden_layer_network(3, 4, 3, 2, loss="squared_error", seed=1)
    for size in (1e-3, 1e4):
        data = {"x": X, "y": size * DATA["squared_error"]["y"]}
        assert nn.check_gradients(model.loss, data).ok is True


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
        assert abs(row.backward) == pytest.approx(np.abs(p.grad).max(), rel=1e-9)


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
    assert table.ok is False
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
    assert table.ok is False and table.rows[0].worst_entry == (1, 0)


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


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize(
    ("f", "kind", "words"),
    [
        (lambda V: MASKED[1], ValueError, "what it returned is masked"),
        (lambda V: np.ma.array([V.sum()], mask=True), ValueError, "is masked"),
        (lambda V: [np.ma.array([V.sum()], mask=True)], ValueError, "is masked"),
        (lambda V: (MASKED * V)[1], ValueError, "is masked"),
        (lambda V: str(V.sum()), TypeError, "must return a number, such as a loss; got '"),
        (lambda V: np.float32(V.sum()), TypeError, "got one of float32, whose rounding"),
        (lambda V: V.astype(np.float16).sum(), TypeError, "Compute in float64"),
        (lambda V: np.datetime64("2020-01-01"), TypeError, "must return a number"),
    ],
)
def test_finite_differences_of_what_is_no_number(f, kind, words):
    with pytest.raises(kind, match=words):
        nn.finite_differences(f, np.ones(2))


def test_finite_differences_of_a_number_that_changes():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="of the same array"):
        nn.finite_differences(lambda V: (V * rng.normal()).sum(), np.ones(2))
    kept = []
    with pytest.raises(ValueError, match="a random number or a counter"):
        nn.finite_differences(lambda V: [kept.append(1), len(kept) * V.sum()][1], np.ones(2))
    slopes = nn.finite_differences(lambda V: [V.__imul__(2), V.sum()][1], np.ones(2))
    assert slopes == pytest.approx([2, 2])  # it writes into what it is given
    nothing = nn.finite_differences(lambda V: np.nan, np.ones(2))
    assert np.isnan(nothing).all()


def test_a_step_that_rounding_swallows():
    with pytest.raises(
        ValueError, match=r"W has 1e\+12 at \[1\]: beside it a step of 1e-05 is lost"
    ):
        nn.finite_differences(lambda V: (V**2).sum(), [1.0, 1e12])
    slopes = nn.finite_differences(lambda V: (V**2).sum(), [1.0, 1e12], eps=1e6)
    assert slopes[1] == pytest.approx(2e12)


def test_finite_differences_of_any_number():
    slopes = nn.finite_differences(lambda V: np.ma.array(V).sum(), np.ones(2))  # nothing is masked
    assert slopes == pytest.approx([1, 1])
    assert nn.finite_differences(lambda V: 7, np.ones(2)).tolist() == [0, 0]
    assert nn.finite_differences(lambda V: [[V[0] ** 2]], np.ones(2)) == pytest.approx([2, 0])


def test_finite_differences_need_one_number():
    with pytest.raises(ValueError, match=r"one number, such as a loss; got an array of shape \(2,"):
        nn.finite_differences(lambda V: V, np.zeros(2))


def test_what_finite_differences_refuse():
    W1 = nn.two_hidden_layer_network(2, 3, 2, 2).W1
    for f, W, eps, words in [
        (lambda W: None, np.zeros(2), 1e-5, "Is a `return` missing"),
        (lambda W: W1, np.zeros(2), 1e-5, r"must return numbers: W1 is a node .* W1\.value"),
        (lambda W: W[0] * np.complex128(1j), np.zeros(2), 1e-5, "real number; got a complex"),
        (lambda W: W[0] > 0, np.zeros(2), 1e-5, "a number, such as a loss; got np.True_"),
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


# ---------------------------------------------------------------- the third answer


def own_activation(of, factor=1.0):
    """An activation of the course whose backward is `factor` times too large."""

    class spoiled(of):
        def backward(self):
            came, self.grad = self.grad, factor * self.grad
            super().backward()
            self.grad = came

    return spoiled


def deep(rng, depth, activation, factor=1.0, *, loss="squared_error", size=1.0, scale=1.0):
    """A random network whose middle activation has a wrong factor, with data."""
    widths = [int(n) for n in rng.integers(2, 5, size=depth + 2)]
    B, D, K = int(rng.integers(1, 6)), widths[0], widths[-1]
    with nn.Graph(make_current=False):
        h = nn.Input("x", D)
        y = nn.Labels("y", K) if loss == "cross_entropy" else nn.Input("y", K)
        for i, shape in enumerate(pairwise(widths)):
            w = scale * rng.normal(size=shape) / np.sqrt(shape[0])
            h = nn.add(nn.matmul(h, nn.Parameter(f"W{i}", w)), bias_of(rng, i, shape[1]))
            if i < depth:
                h = own_activation(activation, factor if i == depth // 2 else 1.0)(h)
        J = nn.cross_entropy(h, y) if loss == "cross_entropy" else nn.squared_error(h, y)
    labels = rng.integers(0, K, size=B)
    targets = labels if loss == "cross_entropy" else size * rng.normal(size=(B, K))
    return J, {"x": rng.normal(size=(B, D)), "y": targets}


def bias_of(rng, i, width):
    return nn.Parameter(f"b{i}", 0.3 * rng.normal(size=(1, width)))


KINDS = [(nn.sigmoid, 2.0), (nn.tanh, 1.3), (nn.relu, 1.5)]
SIZES = [1e-6, 1e-3, 1.0, 1e3, 1e6]  # of targets


def check_of_right_gradients(seed):
    """The table for a random network, and whether the rounding of J hides its deep layers."""
    rng = np.random.default_rng(seed)
    (activation, scale), loss = KINDS[rng.integers(3)], LOSSES[rng.integers(2)]
    depth, size = int(rng.integers(1, 13)), SIZES[rng.integers(5)]
    table = nn.check_gradients(*deep(rng, depth, activation, loss=loss, size=size, scale=scale))
    return table, loss == "squared_error" and size > 1 and depth > 6


@pytest.mark.all
def test_right_gradients_are_never_wrong_and_nearly_always_told():
    every = untold = 0
    seeds = range(examples(12))
    for seed in seeds:
        table, hidden = check_of_right_gradients(seed)
        assert table.ok is True or (hidden and table.ok is None), (seed, table)
        assert all(row.wrong == 0 for row in table.rows)
        if not hidden:
            every += sum(np.prod(row.shape) for row in table.rows)
            untold += sum(row.at_corner + row.too_small + row.not_finite for row in table.rows)
    assert every > 40 * len(seeds) and untold <= every / 100


@pytest.mark.long
def test_right_gradients_of_many_networks_are_never_wrong():
    tables = [check_of_right_gradients(seed)[0] for seed in range(100, 400)]
    assert all(row.wrong == 0 for table in tables for row in table.rows)


@pytest.mark.parametrize("factor", thinned([2.0, -1.0, 1.001, 0.0, 3.0], 2))
@settings(max_examples=examples(5))
@given(
    seed=SEEDS,
    kind=st.sampled_from(KINDS),
    depth=st.integers(1, 12),
    loss=st.sampled_from(LOSSES),
    size=st.sampled_from(SIZES),
)
def test_wrong_gradients_are_never_right(factor, seed, kind, depth, loss, size):
    options = {"loss": loss, "size": size, "scale": kind[1]}
    J, data = deep(np.random.default_rng(seed), depth, kind[0], factor, **options)
    right, _ = deep(np.random.default_rng(seed), depth, kind[0], **options)
    found = nn.check_gradients(J, data)
    for each in (J, right):
        each.graph.Forward(**data)
        each.graph.Backward(each)
    matters = any(
        np.abs(p.grad - q.grad).max() > 5e-4 * np.abs(q.grad).max()
        for p, q in zip(J.graph.parameters, right.graph.parameters, strict=True)
    )  # not where the unit is dead, or the gradient is zero anyway
    assert found.ok is not True or not matters, found


def test_on_a_corner_a_gradient_is_neither_right_nor_wrong():
    """Biases of relu start at 0, so a row of zeros sits on its corner."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    for seed in range(3):
        model = nn.two_hidden_layer_network(2, 4, 4, 2, activation="relu", bias=True, seed=seed)
        table = nn.check_gradients(model.loss, {"x": X, "y": [0, 1, 1, 0]})
        assert table.ok is None
        rows = {row.parameter: row for row in table.rows}
        assert all(rows[name].ok is True for name in ("W1", "W2", "W3", "b3")), table
        assert rows["b1"].ok is None and rows["b1"].at_corner > 0 == rows["b1"].wrong
        number = rows["b1"].at_corner
        assert f"({number} of 4 at a corner, as of relu: neither right nor wrong" in repr(table)


def test_a_corner_does_not_hide_what_is_wrong_elsewhere():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    rng = np.random.default_rng(1)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Labels("y", 2)
        z = nn.add(
            nn.matmul(x, nn.Parameter("W", rng.normal(size=(2, 4)))),
            nn.Parameter("b", np.zeros((1, 4))),
        )
        h = own_activation(nn.relu, 1.01)(z)
        loss = nn.cross_entropy(nn.matmul(h, nn.Parameter("V", rng.normal(size=(4, 2)))), y)
    table = nn.check_gradients(loss, {"x": X, "y": [0, 1, 1, 0]})
    assert [row.ok for row in table.rows] == [False, None, True]
    assert table.ok is False


class absolute(nn.Operation):
    """|a|, as somebody writes it; at 0 its derivative is taken to be `at_zero`."""

    at_zero = 0.0

    def forward(self):
        self.value = np.abs(self.operands[0].value)

    def backward(self):
        (a,) = self.operands
        a.add_grad(self.grad * np.where(a.value == 0, self.at_zero, np.sign(a.value)))


class larger(nn.Operation):
    """max(a, b); where they are equal it passes nothing back."""

    def forward(self):
        a, b = self.operands
        self.value = np.maximum(a.value, b.value)

    def backward(self):
        a, b = self.operands
        a.add_grad(self.grad * (a.value > b.value))
        b.add_grad(self.grad * (b.value > a.value))


@pytest.mark.parametrize("at_zero", [0.0, 1.0, -1.0, 0.3])
def test_corners_of_operations_of_ones_own(at_zero):
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        node = absolute(nn.matmul(x, nn.Parameter("W", [[0.0]])))
        node.at_zero = at_zero
        loss = nn.squared_error(node, y)
    table = nn.check_gradients(loss, {"x": [[1.0]], "y": [[2.0]]})
    assert table.ok is None and table.rows[0].at_corner == 1
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        a, b = (nn.matmul(x, nn.Parameter(name, [[0.5]])) for name in ("A", "B"))
        loss = nn.squared_error(larger(a, b), y)
    table = nn.check_gradients(loss, {"x": [[1.0]], "y": [[2.0]]})
    assert [row.ok for row in table.rows] == [None, None]


@pytest.mark.parametrize("distance", [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.02, 0.1, 1.0])
@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_beside_a_corner_it_can_be_told(distance, factor):
    """At any distance: the steps are taken until they no longer cross the corner."""
    for sign in (1, -1):
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 2), nn.Input("y", 1)
            z = nn.matmul(x, nn.Parameter("W", [[sign * distance], [0.0]]))
            h = own_activation(nn.relu, factor)(z)
            loss = nn.squared_error(nn.add(h, nn.matmul(x, nn.Parameter("V", [[1.0], [1.0]]))), y)
        table = nn.check_gradients(loss, {"x": [[1.0, 0.0]], "y": [[7.0]]})
        assert table.rows[0].ok is (factor == 1.0 or sign == -1), table


@pytest.mark.parametrize(("depth", "size"), [(1, 1e6), (2, 1e6), (7, 1.0), (9, 1.0)])
@pytest.mark.long
def test_a_sigmoid_three_times_too_large_is_refused(depth, size):
    """With targets near a million, and where gradients are about 1e-9."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        table = nn.check_gradients(*deep(rng, depth, nn.sigmoid, 3.0, size=size, scale=0.7))
        assert table.ok is False and table.rows[0].ok is False, table


@pytest.mark.long
def test_larger_steps_tell_right_from_wrong_where_gradients_are_tiny():
    tiny = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        table = nn.check_gradients(*deep(rng, 9, nn.sigmoid, scale=0.5))
        tiny += sum(row.ok is True and 0 < abs(row.backward) < 2e-9 for row in table.rows)
        assert not any(row.wrong for row in table.rows)
    assert tiny > 0


def test_rounding_inside_the_network_is_not_called_wrong():
    """z is a difference of large numbers: J is known far less well than its own digits say."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        with nn.Graph(make_current=False):
            u, y = nn.Input("u", 1), nn.Input("y", 1)
            far, back = nn.Input("far", 1), nn.Input("back", 1)
            near = nn.matmul(u, nn.Parameter("V", rng.normal(size=(1, 1))))
            loss = nn.squared_error(nn.add(nn.add(far, near), back), y)
        big = 1e7 * rng.uniform(1, 2)
        data = {"far": [[big]], "back": [[-big]], "u": [[1e-5]], "y": [[1.0]]}
        assert nn.check_gradients(loss, data).ok is not False, seed


@pytest.mark.all
def test_a_slope_knows_how_far_a_corner_may_put_it_off():
    """The corner is at any place within the steps, or outside; J = max(w − corner, 0) + w."""
    step = 2.0**-8
    for distance in step * np.linspace(-1.2, 1.2, 241):
        with nn.Graph(make_current=False) as net:
            x, y = nn.Input("x", 2), nn.Input("y", 1)
            W = nn.Parameter("W", [[0.0], [1.0]])
            h = nn.relu(nn.matmul(x, W))
            loss = nn.squared_error(h, y)
        net.Forward(x=[[1.0, -distance]], y=[[-7.0]])
        net.Backward(loss)
        right, J = W.grad[0, 0], Losses(loss, W)
        slope = slope_by_steps(J, (0, 0), step)
        assert abs(slope.value - right) <= 1.001 * slope.off, (distance / step, slope)
        if 1e-9 < abs(distance) < step / 20:
            assert slope.at_corner
        elif abs(distance) > step:
            assert not slope.at_corner and slope.off < 1e-8


@pytest.mark.long
def test_small_numbers_can_be_read():
    rng = np.random.default_rng(2)
    row = nn.check_gradients(*deep(rng, 9, nn.sigmoid, 3.0, scale=0.5)).rows[0]
    assert 0 < abs(row.finite_differences) < 1e-6
    line = repr(nn.check_gradients(*deep(np.random.default_rng(2), 9, nn.sigmoid, 3.0, scale=0.5)))
    assert f"{row.backward:.3g}" in line.splitlines()[1]
    assert f"{row.finite_differences:.3g}" in line.splitlines()[1]


def test_a_difference_in_the_seventh_digit_is_shown(monkeypatch):
    monkeypatch.setattr(wrong_matmul, "spoil", staticmethod(lambda grad: grad * (1 + 3e-5)))
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        loss = nn.squared_error(wrong_matmul(x, nn.Parameter("W", [[1.001]])), y)
    table = nn.check_gradients(loss, {"x": [[1.0]], "y": [[1.0]]})
    assert table.ok is False
    assert "0.00100003  " in repr(table) and "0.001  " in repr(table)


def test_what_rounding_hides_is_too_small_to_tell():
    """∂J/∂W is about 1e-7 beside a loss of a million million."""
    for factor in (1.0, 3.0):
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 1), nn.Input("y", 1)
            z = own_activation(nn.sigmoid, factor)(nn.matmul(x, nn.Parameter("W", [[0.3]])))
            loss = nn.squared_error(nn.matmul(z, nn.Parameter("V", [[1e-13]])), y)
        table = nn.check_gradients(loss, {"x": [[1.0]], "y": [[1e6]]})
        assert [row.ok for row in table.rows] == [None, True]
        assert table.ok is None and table.rows[0].too_small == 1
        assert "cannot tell (1 of 1 too small to tell)" in repr(table)


def test_zero_on_both_sides_is_right():
    """A dead unit, an input that is always 0, a parameter that leads nowhere."""
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 2), nn.Input("y", 2)
        nn.matmul(x, nn.Parameter("aside", np.eye(2)))
        h = nn.relu(nn.matmul(x, nn.Parameter("W", [[1.0, -1.0], [1.0, 1.0]])))
        loss = nn.squared_error(h, y)
    table = nn.check_gradients(loss, {"x": [[1.0, 0.0]], "y": [[3.0, 3.0]]})
    assert table.ok is True and "(" not in repr(table).replace("(2, 2)", "")


def test_a_loss_that_is_not_finite_cannot_be_told():
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 1), nn.Input("y", 1)
        loss = nn.squared_error(nn.matmul(x, nn.Parameter("W", [[1e160]])), y)
    table = nn.check_gradients(loss, {"x": [[1.0]], "y": [[1.0]]})
    assert table.ok is None and table.rows[0].not_finite == 1
    assert "not finite" in repr(table)


def test_one_wrong_row_makes_the_whole_wrong_and_one_untold_makes_it_untold():
    def table(*answers):
        rows = [CheckedGradient("W", (1, 1), (0, 0), 1.0, 1.0, ok) for ok in answers]
        return GradientCheck(rows).ok

    assert table(True, None, False) is False
    assert table(True, None, True) is None
    assert table(True, True) is True


def test_a_step_that_is_lost_in_rounding_is_no_sign_of_a_zero():
    """A small step changes nothing beside 1e7, a larger one does: so 0 is wrong."""
    with nn.Graph(make_current=False):
        u, y = nn.Input("u", 1), nn.Input("y", 1)
        far, back = nn.Input("far", 1), nn.Input("back", 1)
        near = own_activation(nn.tanh, 0.0)(nn.matmul(u, nn.Parameter("V", [[0.3]])))
        loss = nn.squared_error(nn.add(nn.add(far, near), back), y)
    data = {"far": [[1.7e7]], "back": [[-1.7e7]], "u": [[1e-5]], "y": [[1.0]]}
    assert nn.check_gradients(loss, data).ok is False


class dropped(nn.Operation):
    """Each entry is left out at random: another mask in each Forward, or one for all."""

    rng, once = np.random.default_rng(0), False

    def forward(self):
        (a,) = self.operands
        if not (self.once and hasattr(self, "mask")):
            self.mask = (self.rng.random(a.value.shape) < 0.5) * 2.0
        self.value = a.value * self.mask

    def backward(self):
        self.operands[0].add_grad(self.grad * self.mask)


def test_a_forward_that_makes_something_else_each_time_has_no_slope(monkeypatch):
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False):
        z = nn.matmul(nn.Input("x", 4), nn.Parameter("W1", rng.normal(size=(4, 8))), name="z")
        loss = nn.squared_error(dropped(z, name="h"), nn.Input("y", 8), name="loss")
    data = {"x": rng.normal(size=(3, 4)), "y": np.zeros((3, 8))}
    with pytest.raises(ValueError, match=r"^h = dropped\(z\): forward makes another value each"):
        nn.check_gradients(loss, data)
    monkeypatch.setattr(dropped, "once", True)
    assert nn.check_gradients(loss, data).ok is True


class adds_up(nn.Operation):
    """Right in the first Backward; then the gradient of the one before is in it too."""

    kept = 0.0

    def forward(self):
        self.value = self.operands[0].value * 2

    def backward(self):
        self.kept = self.kept + 2 * self.grad
        self.operands[0].add_grad(self.kept * 1)


class only_once(adds_up):
    """Later nothing is passed on."""

    def backward(self):
        if isinstance(self.kept, float):
            self.kept = self.grad
            self.operands[0].add_grad(2 * self.grad)


@pytest.mark.parametrize("operation", [adds_up, only_once])
def test_a_backward_that_is_right_only_once_is_not_right(operation):
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False):
        z = nn.matmul(nn.Input("x", 4), nn.Parameter("W1", rng.normal(size=(4, 2))), name="z")
        loss = nn.squared_error(operation(z, name="h"), nn.Input("y", 2), name="loss")
    data = {"x": rng.normal(size=(3, 4)), "y": np.ones((3, 2))}
    with pytest.raises(ValueError, match=r"^z\.grad is another one each time.*backward of h keep"):
        nn.check_gradients(loss, data)


def test_who_asserts_a_check_asserts_that_it_is_ok():
    for ok in (True, False, None):
        check = nn.check_gradients.__globals__["GradientCheck"]([])
        check.ok = ok
        assert bool(check) is (ok is True)


@pytest.mark.parametrize("noise", [-1e-15, 0.0, 1e-15])
def test_of_entries_alike_but_for_rounding_the_first_is_shown(noise, monkeypatch):
    """With two classes the columns of the last gradient are alike but for the sign."""
    model = nn.two_hidden_layer_network(2, 4, 4, 2, activation="tanh", seed=0)
    graph = model.graph
    backward = type(graph).Backward

    def rounded_otherwise(self, loss):
        backward(self, loss)
        model.W3.grad = model.W3.grad + np.array([0.0, noise])

    monkeypatch.setattr(type(graph), "Backward", rounded_otherwise)
    row = nn.check_gradients(model.loss, nn.datasets.xor()).rows[2]
    assert row.worst_entry[1] == 0 and row.ok
