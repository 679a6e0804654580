"""More operations: each step back, what is refused, and that all else works with them too."""

import pickle
import warnings

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_gradient
from engine_networks import TOLERANCE, Case, assert_alike, without_compiler
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    SEEDS,
    SMALL,
    assert_gradients,
    assert_same,
    carried,
    central_differences,
    normal,
    refused,
    step_back,
)
from random_graphs import AUTOGRAD, FACTOR, random_plan
from tiers import examples, thinned

import course_nn as nn
from course_nn import more_operations as more
from course_nn.derivation.recording import is_own

RANDOM = range(40)
shapes_and_seeds = given(B=SMALL, m=SMALL, n=SMALL, seed=SEEDS)

# --- chain-rule steps -----------------------------------------------------------------------------


@shapes_and_seeds
def test_gradient_of_matmul_transposed(B, m, n, seed):
    a, W = normal(seed, (B, m), (n, m))
    arrays = [("rows", a), ("parameter", W)]
    assert_gradients(more.matmul_transposed, lambda a, W: a @ W.T, arrays, seed)


@shapes_and_seeds
def test_gradient_of_one_weight_there_and_back(B, m, n, seed):
    a, W = normal(seed, (B, m), (m, n))
    assert_there_and_back(a, W, seed)


def assert_there_and_back(x, w, seed):
    with nn.Graph() as net:
        W = nn.Parameter("W", w)
        h = nn.matmul(nn.Input("x", w.shape[0]), W, name="h")
        back = more.matmul_transposed(h, W, name="back")
    net.Forward(x=x)
    (upstream,) = normal(seed + 1, back.value.shape)
    step_back(back, upstream)
    h.backward()

    def weighted_sum(w):
        return anp.sum(upstream * (x @ w @ w.T))

    assert_same(W.grad, autograd_gradient(weighted_sum)(w))


ENTRYWISE = {"subtract": more.subtract, "multiply": more.multiply, "divide": more.divide}
COLUMNS = ["no column", "first", "second", "both"]


@pytest.mark.parametrize("column", thinned(COLUMNS, 4))
@pytest.mark.parametrize("name", ENTRYWISE)
@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_gradient_of_entries_of_two_nodes(name, column, B, n, seed):
    widths = {"no column": (n, n), "first": (1, n), "second": (n, 1), "both": (1, 1)}[column]
    a, b = normal(seed, *((B, width) for width in widths))
    b = np.where(np.abs(b) < 0.3, 0.7, b)  # no quotient so large that differences are rough
    assert_gradients(ENTRYWISE[name], AUTOGRAD[name], [("rows", a), ("rows", b)], seed)


@pytest.mark.parametrize("name", ENTRYWISE)
@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_gradient_of_a_node_with_itself(name, B, n, seed):
    (a,) = normal(seed, (B, n))
    a = np.where(np.abs(a) < 0.3, 0.7, a)
    own = ENTRYWISE[name]
    assert_gradients(lambda a: own(a, a), lambda a: AUTOGRAD[name](a, a), [("rows", a)], seed)


@given(B=SMALL, m=SMALL, n=SMALL, k=SMALL, seed=SEEDS)
def test_gradient_of_join(B, m, n, k, seed):
    arrays = [("rows", part) for part in normal(seed, (B, m), (B, n), (B, k))]
    assert_gradients(more.join, AUTOGRAD["join"], arrays, seed)
    assert_gradients(more.join, AUTOGRAD["join"], arrays[:2], seed)
    twice = lambda a, b: more.join(a, b, a)  # noqa: E731
    assert_gradients(twice, lambda a, b: anp.concatenate([a, b, a], axis=1), arrays[:2], seed)


@pytest.mark.parametrize("name", ["row_mean", "row_norm"])
@given(B=SMALL, n=SMALL, seed=SEEDS)
def test_gradient_of_one_number_for_a_row(name, B, n, seed):
    (a,) = normal(seed, (B, n))
    assert_gradients(getattr(more, name), AUTOGRAD[name], [("rows", a)], seed)


def test_a_row_of_zeros_has_a_length_but_no_gradient():
    with nn.Graph() as net:
        n = more.row_norm(carried(nn.Input("x", 2), name="a"), name="n")
    net.Forward(x=[[0.0, 0.0], [3.0, 4.0]])
    assert n.value.tolist() == [[0.0], [5.0]]
    n.grad = np.ones((2, 1))
    with np.errstate(all="ignore"):
        n.backward()
    first, second = n.operands[0].grad
    assert np.isnan(first).all() and second.tolist() == [0.6, 0.8]


@given(B=SMALL, seed=SEEDS)
def test_gradient_of_weighted(B, seed):
    L, c = normal(seed, (B,), (B, 1))
    assert_gradients(more.weighted, AUTOGRAD["weighted"], [("loss", L), ("rows", c)], seed)


@given(B=SMALL, seed=SEEDS, factor=st.sampled_from([0, 0.3, 1.0, 2]))
def test_gradient_of_add_losses(B, seed, factor):
    arrays = [("loss", part) for part in normal(seed, (B,), (B,))]

    def build(L, M):
        return more.add_losses(L, M, factor=factor)

    assert_gradients(build, lambda L, M: L + factor * M, arrays, seed)
    twice = lambda L: more.add_losses(L, L, factor=factor)  # noqa: E731
    assert_gradients(twice, lambda L: L + factor * L, arrays[:1], seed)


# --- the batch rule -------------------------------------------------------------------------------


def weighted_network():
    with nn.Graph(make_current=False):
        x, y, c = nn.Input("x", 2), nn.Labels("y", 3), nn.Input("c", 1)
        z = nn.matmul(x, nn.Parameter("W", [[1.0, 0.5, 0.0], [0.0, -1.0, 2.0]]), name="z")
        return more.weighted(nn.cross_entropy(z, y, name="L"), c, name="loss")


WEIGHTED = {"x": [[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]], "y": [0, 1, 2]}


def gradient_of_weighted(c, rows=(0, 1, 2)):
    loss = weighted_network()
    loss.graph.Forward(
        **{name: np.array(values)[list(rows)] for name, values in WEIGHTED.items()},
        c=np.array(c, dtype=float)[:, None],
    )
    loss.graph.Backward(loss)
    return loss.graph.parameters[0].grad, loss.graph.parameters[0].per_example_grad()


def test_weighted_examples_are_averaged_over_their_number_and_not_over_the_weights():
    plain, each = gradient_of_weighted([1, 1, 1])
    c = np.array([2.0, 0.5, 0.0])
    weighted, weighted_each = gradient_of_weighted(c)
    assert_same(weighted, np.einsum("b,bij->ij", c, each) / 3)
    assert_same(weighted_each, c[:, None, None] * each)
    assert_same(plain, each.mean(axis=0))
    twice, _ = gradient_of_weighted([1, 1, 1], rows=(0, 0, 1))  # c = 2: as if it were there twice
    assert_same(gradient_of_weighted([2, 1, 0])[0], twice)


def test_a_weighted_loss_is_evaluated_by_the_loss_behind_it():
    loss = weighted_network()
    data = WEIGHTED | {"c": np.array([[2.0], [1.0], [0.0]])}
    loss.graph.Forward(**data)
    right = (loss.graph.nodes[0].value.argmax(axis=1) == WEIGHTED["y"]).mean()
    found = nn.evaluate(loss, data)
    assert found.accuracy == right and 0 < right < 1
    assert found.loss == loss.value.mean()
    with refused(ValueError, "The output must be", "3 columns"):
        nn.evaluate(loss, data, output=loss)


# --- refused --------------------------------------------------------------------------------------


def nodes():
    """In an open block: one node of each kind, by name."""
    x, t = nn.Input("x", 3), nn.Input("t", 2)
    y = nn.Labels("y", 2)
    W, V = nn.Parameter("W", np.ones((3, 2))), nn.Parameter("V", np.ones((2, 3)))
    z = nn.matmul(x, W, name="z")
    j = more.join(x, z, name="j")
    a = more.matmul_transposed(z, W, name="a")
    h = nn.tanh(a, name="h")
    s = more.multiply(more.row_mean(z), h, name="s")
    loss = nn.squared_error(z, t, name="loss")
    return {name: node for name, node in locals().items()}


BUILD_ERRORS = {
    "columns and rows": (
        lambda n: more.matmul_transposed(n["x"], n["W"], name="a"),
        "a = x @ W.T: x has 3 columns, but W.T has 2 rows. W is (3, 2); it must be (?, 3).",
    ),
    "right factor computed": (
        lambda n: more.matmul_transposed(n["x"], n["z"]),
        "x @ z.T: the right factor must be an nn.Parameter; z is not.",
    ),
    "left factor a parameter": (
        lambda n: more.matmul_transposed(n["W"], n["V"]),
        "W @ V.T: W is a parameter",
    ),
    "another width": (
        lambda n: more.subtract(n["x"], n["z"], name="d"),
        "d = x - z: x is (B, 3) and z is (B, 2). They need the same number of columns, or one of "
        "them a single column, (B, 1).",
    ),
    "a parameter as a factor": (
        lambda n: more.multiply(n["z"], n["W"]),
        "z * W: W is a parameter",
    ),
    "a loss as a factor": (
        lambda n: more.multiply(n["loss"], n["z"]),
        "loss * z: loss is a loss; only a loss is computed from it.",
    ),
    "labels below": (lambda n: more.divide(n["z"], n["y"]), "z / y: y holds labels"),
    "labels joined": (lambda n: more.join(n["z"], n["y"]), "join(z, y): y holds labels"),
    "mean of a loss": (lambda n: more.row_mean(n["loss"]), "row_mean(loss): loss is a loss"),
    "length of a parameter": (lambda n: more.row_norm(n["W"]), "row_norm(W): W is a parameter"),
    "weight of what is no loss": (
        lambda n: more.weighted(n["z"], n["t"]),
        "t * z: z is no loss. A loss is computed and has one number for each example, (B,)",
    ),
    "labels as a loss": (lambda n: more.add_losses(n["loss"], n["y"]), "y is no loss"),
    "too many weights": (
        lambda n: more.weighted(n["loss"], n["t"], name="J"),
        "J = t * loss: t is (B, 2). The weights of the examples are one column, (B, 1).",
    ),
    "a negative factor": (
        lambda n: more.add_losses(n["loss"], n["loss"], factor=-1),
        "The factor of the second loss must be 0 or more, and finite; got -1.",
    ),
    "rows of a joined node": (
        lambda n: nn.matmul(n["j"], n["W"], name="a"),
        "a = j @ W: j has 5 columns, but W has 3 rows. j is (B, 5), so W must be (5, ?).",
    ),
    "rows of a product with a transpose": (
        lambda n: nn.matmul(n["h"], n["V"]),
        "h @ V: h has 3 columns, but V has 2 rows. a is (B, 3), so V must be (3, ?).",
    ),
    "rows of a scaled node": (
        lambda n: nn.matmul(n["s"], n["V"]),
        "s @ V: s has 3 columns, but V has 2 rows. a is (B, 3), so V must be (3, ?).",
    ),
}


@pytest.mark.parametrize("name", BUILD_ERRORS)
def test_what_does_not_fit_is_refused_when_the_graph_is_built(name):
    build, words = BUILD_ERRORS[name]
    with nn.Graph() as net:
        known = nodes()
        before = len(net.nodes)
        with refused(ValueError, words):
            build(known)
        assert len(net.nodes) == before


TYPE_ERRORS = {
    "one node to join": (lambda n: more.join(n["z"]), "two or more nodes side by side; got 1"),
    "a number as a node": (lambda n: more.multiply(n["z"], 2.0), "needs nodes", "got 2.0"),
    "three losses": (lambda n: more.add_losses(*3 * [n["loss"]]), "from 2 node(s); got 3"),
    "a text as factor": (
        lambda n: more.add_losses(n["loss"], n["loss"], factor="1"),
        "The factor of the second loss must be a number; got '1'.",
    ),
}


@pytest.mark.parametrize("name", TYPE_ERRORS)
def test_what_is_of_another_kind_is_refused(name):
    build, *words = TYPE_ERRORS[name]
    with nn.Graph() as net:
        known = nodes()
        before = net.nodes
        with refused(TypeError, *words):
            build(known)
        assert net.nodes == before


# --- with everything else -------------------------------------------------------------------------


def test_how_they_are_written():
    with nn.Graph():
        n = nodes()
        c = more.row_mean(n["x"], name="c")
        product = more.multiply(n["x"], c)
        assert str(more.matmul_transposed(product, n["V"], name="v")) == "v = (x * c) @ V.T"
        assert str(more.divide(n["z"], c, name="q")) == "q = z / c"
        assert str(more.subtract(n["z"], c)) == "z - c"
        assert str(more.join(n["x"], n["z"])) == "join(x, z)"
        assert str(more.weighted(n["loss"], c)) == "c * loss"
        total = more.add_losses(n["loss"], n["loss"], factor=0.3, name="J")
        assert repr(total) == "J = loss + 0.3 * loss  (B,)"


def test_they_are_operations_of_the_course():
    """So that they are recorded once, and their tests vouch for them."""
    for seed in RANDOM:
        assert not any(is_own(node) for node in random_plan(seed).build().graph.nodes)


def test_the_random_graphs_hold_everything():
    kinds = [random_plan(seed).kinds() for seed in RANDOM]
    assert set.union(*kinds) == set(AUTOGRAD)
    plans = [random_plan(seed) for seed in RANDOM]
    assert any(len(plan.users(p)) > 1 for plan in plans for p in plan.parameters)
    assert any(len(plan.users(node.name)) > 1 for plan in plans for node in plan.nodes)


@pytest.mark.parametrize("seed", thinned(RANDOM, 4))
def test_random_graphs_against_autograd_and_differences(seed):
    plan = random_plan(seed)
    loss, data, weights = plan.build(seed), plan.data(3, seed), plan.weights(seed)
    graph = loss.graph
    graph.Forward(**data)
    graph.Backward(loss)
    assert_same(loss.value.mean(), plan.autograd_loss(weights, data))
    expected = autograd_gradient(lambda w: plan.autograd_loss(w, data))(weights)
    for p in graph.parameters:
        np.testing.assert_allclose(p.grad, expected[p.name], rtol=1e-8, atol=1e-9)

        def moved(w, name=p.name):
            return float(plan.autograd_loss({**weights, name: w}, data))

        scale = max(1.0, float(np.abs(p.grad).max()))
        differences = central_differences(moved, weights[p.name])
        assert np.abs(p.grad - differences).max() < 1e-5 * scale
    assert nn.check_gradients(loss, data).ok


@pytest.mark.parametrize("seed", thinned(RANDOM, 4))
def test_the_code_of_random_graphs_computes_what_they_compute(seed):
    plan = random_plan(seed)
    loss, data, space = plan.build(seed), plan.data(3, seed), {}
    graph = loss.graph
    exec(nn.derive(loss).code(), space)
    graph.Forward(**data)
    graph.Backward(loss)
    J, gradients = space["gradients"](
        *(data[x.name] for x in graph.inputs), *(p.value for p in graph.parameters)
    )
    assert_same(J, loss.value.mean())
    for p, gradient in zip(graph.parameters, gradients, strict=True):
        assert_same(gradient, p.grad)


@pytest.mark.long
@settings(max_examples=examples(30))
@given(seed=SEEDS, batch_size=st.sampled_from([1, 2, 3]), momentum=st.sampled_from([0.0, 0.7]))
def test_random_graphs_by_the_engines(seed, batch_size, momentum):
    plan = random_plan(seed)
    case = Case(plan.build, **plan.data(7, seed))
    options = {"batch_size": batch_size, "momentum": momentum, "learning_rate": 1e-4, "epochs": 1}
    by_nodes = case.train("graph", **options)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a row of zeros: the compiled loops say nothing
        without_compiler(patch)
        for engine in TOLERANCE:
            assert_alike(case.train(engine, **options), by_nodes, 1e-9)


def one_of_each():
    """Every operation of the module in one graph, with a weight in two products."""
    rng = np.random.default_rng(0)
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Labels("y", 4)
        t, c = nn.Input("t", 5), nn.Input("c", 1)
        W, V, U = (
            nn.Parameter(name, rng.normal(size=shape))
            for name, shape in (("W", (3, 3)), ("V", (4, 6)), ("U", (3, 5)))
        )
        z = nn.matmul(x, W, name="z")
        h = more.matmul_transposed(nn.tanh(z, name="f"), W, name="h")
        d = more.subtract(h, more.row_mean(h, name="m"), name="d")
        n = more.row_norm(d, name="n")
        u = more.divide(d, n, name="u")
        a = more.matmul_transposed(more.join(more.multiply(u, h, name="p"), z, name="j"), V)
        L = nn.cross_entropy(a, y, name="L")
        M = nn.squared_error(nn.matmul(more.multiply(n, h, name="q"), U, name="o"), t, name="M")
        return more.add_losses(more.weighted(L, c, name="R"), M, factor=FACTOR, name="loss")


def data_for_each(B=5):
    rng = np.random.default_rng(1)
    sizes = {"x": 3, "t": 5, "c": 1}
    return {"y": rng.integers(0, 4, B)} | {k: rng.normal(size=(B, n)) for k, n in sizes.items()}


@pytest.mark.long
@pytest.mark.parametrize("batch_size", [1, 2])
def test_one_of_each_by_the_compiled_engine(batch_size, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    pytest.importorskip("scipy")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    case = Case(one_of_each, **data_for_each())
    options = {"batch_size": batch_size, "learning_rate": 0.01}
    by_nodes = case.train("graph", **options)
    assert_alike(case.train("numba", **options), by_nodes, TOLERANCE["numba"])


def test_a_graph_with_them_is_pickled():
    graph, data = one_of_each().graph, data_for_each()
    copy = pickle.loads(pickle.dumps(graph))
    for net in (graph, copy):
        net.Forward(**data)
        net.Backward(net.nodes[-1])
    assert copy.description == graph.description
    for p, q in zip(graph.parameters, copy.parameters, strict=True):
        assert np.array_equal(p.grad, q.grad)


def test_what_derive_prints():
    derivation = nn.derive(one_of_each())
    lines = [line.text for line in [*derivation.forward_lines, *derivation.backward_lines]]
    for line in (
        "h = f @ W.T",
        "d = h - m",
        "u = d / n",
        "j = join(p, z)",
        "R = c * L",
        "loss = R + 0.5 * M",
        "R.grad = loss.grad",
        "M.grad = 0.5 * loss.grad",
        "L.grad = R.grad * c[:, 0]",
        "p.grad = j.grad[:, 0:3]",
        "u.grad = p.grad * h",
        "n.grad = (q.grad * h).sum(axis=1, keepdims=True) "
        "+ (-(u.grad * u / n)).sum(axis=1, keepdims=True)",
        "d.grad = u.grad / n + n.grad * d / n",
        "m.grad = (-d.grad).sum(axis=1, keepdims=True)",
        "h.grad = q.grad * n + p.grad * u + d.grad + np.repeat(m.grad / 3, 3, axis=1)",
        "z.grad = j.grad[:, 3:6] + f.grad * (1 - f ** 2)",
        "f.grad = h.grad @ W",
        "W.grad = h.grad.T @ f + x.T @ z.grad",
    ):
        assert line in lines, line
    tex = repr(derivation.latex(derivation.parameters[0]))
    for part in (
        r"\delta_{M} &= 0.5 \\",
        r"\delta_{L} &= \delta_{R} \odot c",
        r"\delta_{p} &= {\delta_{j}}_{:, \, 0:3}",
        r"\frac{\delta_{m}}{3} \, \mathbf{1}^{\top}",
        r"\delta_{f} &= \delta_{h} \, W",
    ):
        assert part in tex, part


def test_figures_and_the_walk_show_them():
    loss = one_of_each()
    loss.graph.Forward(**data_for_each())
    loss.graph.Backward(loss)
    assert "row" not in nn.plots.graph(loss).sentence  # named nodes are called by their names
    steps = nn.walk_through(loss).steps
    shown = [line for step in steps for line, _ in step.lines]
    assert "u = d / n" in shown and "f.grad = h.grad @ W" in shown


SLIPS = {  # a step back with a slip, and words of its name
    "own factor": (more.multiply, lambda n, g, a, b: [g * a, g * b], "multiplied by itself"),
    "no factor": (more.multiply, lambda n, g, a, b: [g, g], "the other factor is missing"),
    "no sign": (more.subtract, lambda n, g, a, b: [g, g], "the sign of"),
    "sign below": (
        more.divide,
        lambda n, g, a, b: [g / b, g * n.value / b],
        "the sign of the derivative by n is wrong in u = d / n",
    ),
    "constant below": (
        more.divide,
        lambda n, g, a, b: [g / b, 0 * b],
        "n is taken as a constant in u = d / n",
    ),
    "mean as a constant": (more.row_mean, lambda n, g, a: [0 * a], "m is taken as a constant"),
    "mean not divided": (
        more.row_mean,
        lambda n, g, a: [g + 0 * a],
        "the mean m is not divided by its number of columns",
    ),
    "length as a constant": (more.row_norm, lambda n, g, a: [0 * a], "n is taken as a constant"),
    "not divided": (
        more.row_norm, lambda n, g, a: [g * a], "d is not divided by the length n"
    ),
    "transposed": (
        more.matmul_transposed,
        lambda n, g, a, W: [g @ W.T if W.shape == (3, 3) else g @ W, g.T @ a],
        "W is transposed on the way back: h = f Wᵀ needs h.grad W",
    ),
    "no weights": (more.weighted, lambda n, g, L, c: [g, None], "the weights c of the examples"),
    "no factor of a loss": (
        more.add_losses, lambda n, g, L, M: [g, g], "the factor of M is missing in loss"
    ),
    "its factor twice": (
        more.add_losses,
        lambda n, g, L, M: [g, FACTOR**2 * g],
        "the factor of M is taken twice in loss",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_compare_gradients_names_a_slip_in_them(name, monkeypatch):
    """The network makes the slip in its own backward; the graph as it is then names it."""
    kind, parts, words = SLIPS[name]
    right = after_backward()
    with monkeypatch.context() as patch:
        patch.setattr(kind, "backward", backward_of(parts))
        wrong = after_backward()
    found = [
        nn.compare_gradients(q.grad, p)
        for p, q in zip(right.parameters, wrong.parameters, strict=True)
    ]
    assert any(words in each for each in found), found
    assert [nn.compare_gradients(p.grad, p) for p in right.parameters] == ["equal"] * 3


def after_backward():
    graph = one_of_each().graph
    graph.Forward(**data_for_each())
    graph.Backward(graph.nodes[-1])
    return graph


def backward_of(parts):
    def backward(node):
        made = parts(node, node.grad, *(operand.value for operand in node.operands))
        for operand, part in zip(node.operands, made, strict=True):
            if part is not None:
                column = np.ndim(part) == 2 and operand.width == 1 < part.shape[1]
                operand.add_grad(part.sum(axis=1, keepdims=True) if column else part)

    return backward


def test_the_units_of_a_network_with_them_are_refused_and_not_drawn_wrongly():
    for between in (
        lambda h: more.matmul_transposed(h, nn.Parameter("V", np.ones((2, 2)))),
        lambda h: more.matmul_transposed(h, nn.Parameter("V", np.ones((4, 2)))),
        more.row_mean,
        lambda h: more.join(h, h),
        lambda h: more.multiply(h, h),
    ):
        with nn.Graph() as net:
            h = nn.matmul(nn.Input("x", 3), nn.Parameter("W", np.ones((3, 2))), name="h")
            u = between(h)
            nn.matmul(u, nn.Parameter("U", np.ones((u.width, 2))))
        with refused(ValueError, "one matrix product follows the other"):
            nn.plots.units(net)


def test_a_sum_of_losses_is_written_without_a_factor_that_is_1():
    with nn.Graph():
        z, y = nn.Input("x", 2) @ nn.Parameter("W", np.ones((2, 2))), nn.Input("y", 2)
        first = nn.squared_error(z, y, name="L")
        second = nn.squared_error(z, y, name="M")
        sums = [more.add_losses(first, second, factor=f, name=f"s{f}") for f in (1, 2)]
    assert [str(node).split("  ")[0] for node in sums] == ["s1 = L + M", "s2 = L + 2.0 * M"]


# --- the networks of the workbook's ladder that need them -----------------------------------------


def ladder():
    """In an open block: inputs and weights; the losses of networks 14 to 20, by number."""
    rng = np.random.default_rng(3)
    x, other, y, y2 = nn.Input("x", 3), nn.Input("other", 3), nn.Input("y", 4), nn.Labels("y2", 5)
    sizes = {"W": (3, 4), "V": (4, 4), "U": (7, 4), "K": (4, 5)}
    W, V, U, K = (nn.Parameter(name, rng.normal(size=size)) for name, size in sizes.items())

    def distance(z):
        return nn.squared_error(z, y)

    z = x @ W
    h = nn.tanh(z)
    L = nn.cross_entropy(h @ K, y2)
    return {
        14: distance(more.subtract(nn.tanh(x @ W), nn.tanh(other @ W))),
        15: distance(more.matmul_transposed(h, V)),
        16: distance(more.multiply(h, nn.sigmoid(x @ W))),
        17: more.add_losses(distance(h @ V), L, factor=0.25),
        18: distance(more.join(h, x) @ U),
        19: distance(more.subtract(h, more.row_mean(h))),
        20: distance(more.divide(z, more.row_norm(z))),
    }


@pytest.mark.parametrize("number", range(14, 21))
def test_a_network_of_the_ladder(number):
    rng = np.random.default_rng(number)
    data = {"x": rng.normal(size=(5, 3)), "other": rng.normal(size=(5, 3))}
    data |= {"y": rng.normal(size=(5, 4)), "y2": rng.integers(0, 5, 5)}
    with nn.Graph() as net:
        loss = ladder()[number]
    net.Forward(**data)
    net.Backward(loss)
    W = net.parameters[0]
    assert W.grad.any() and nn.check_gradients(loss, data).ok
    if number == 20:  # the length of z does not count, so a step along W changes nothing
        np.testing.assert_allclose((W.value * W.grad).sum(), 0, atol=1e-14)
