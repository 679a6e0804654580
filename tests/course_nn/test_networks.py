"""Whole networks against three oracles, and the initial weights."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_gradient
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import (
    ACTIVATIONS,
    LOSSES,
    SEEDS,
    SEVERAL,
    SMALL,
    assert_close_to_differences,
    assert_same,
    autograd_loss,
    autograd_losses,
    cases,
    central_differences,
    chain_rule,
    make_case,
    refused,
)
from tiers import examples

import course_nn as nn


def values_of(graph):
    return {p.name: p.value for p in graph.parameters}


# --- gradients of whole networks ------------------------------------------------------------------


@given(case=cases())
def test_gradients_equal_autograd(case):
    case.run()

    def J(parameters):
        return autograd_loss(parameters, case.x, case.y, case.activation, case.loss)

    parameters = values_of(case.graph)
    assert_same(case.model.loss.value.mean(), J(parameters))
    expected = autograd_gradient(J)(parameters)
    for p in case.graph.parameters:
        assert_same(p.grad, expected[p.name])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_equal_central_differences(activation, loss, bias):
    case = make_case(seed=3, activation=activation, loss=loss, bias=bias)
    case.run()
    gradients = {p: p.grad for p in case.graph.parameters}
    for p, gradient in gradients.items():
        start = p.value

        def J(value, p=p):
            p.value = value
            case.graph.Forward()
            return case.model.loss.value.mean()

        assert_close_to_differences(gradient, central_differences(J, start))
        p.value = start


@given(case=cases())
def test_gradients_equal_the_chain_rule_written_by_hand(case):
    case.run()
    m = case.model
    if "b1" in values_of(case.graph):
        for i in (1, 2, 3):  # the derivation on paper has no bias
            row = next(p for p in case.graph.parameters if p.name == f"b{i}")
            row.value = np.zeros_like(row.value)
        case.run()
    J, *gradients = chain_rule(
        case.x, case.y, m.W1.value, m.W2.value, m.W3.value, case.activation, case.loss
    )
    assert_same(m.loss.value.mean(), J)
    for W, gradient in zip((m.W1, m.W2, m.W3), gradients, strict=True):
        np.testing.assert_allclose(W.grad, gradient, rtol=1e-9, atol=1e-12)


class weighted(nn.Operation):
    """L_b times a weight of example b: an upstream gradient other than 1 for the loss below it."""

    def check_operands(self):
        return None

    def forward(self):
        loss, weight = self.operands
        self.value = loss.value * weight.value[:, 0]

    def backward(self):
        loss, weight = self.operands
        loss.add_grad(self.grad * weight.value[:, 0])


@given(B=SMALL, D=SMALL, H=SMALL, K=SEVERAL, seed=SEEDS, loss=st.sampled_from(LOSSES))
def test_gradients_of_a_weighted_loss_equal_autograd(B, D, H, K, seed, loss):
    rng = np.random.default_rng(seed)
    parameters = {"W1": rng.normal(size=(D, H)), "W2": rng.normal(size=(H, H))}
    parameters |= {"W3": rng.normal(size=(H, K)), "b3": rng.normal(size=(1, K))}
    x_values, weights = rng.normal(size=(B, D)), rng.normal(size=(B, 1))
    labels, targets = rng.integers(0, K, size=B), rng.normal(size=(B, K))
    with nn.Graph() as net:
        x = nn.Input("x", D)
        y = nn.Labels("y", K) if loss == "cross_entropy" else nn.Input("y", K)
        weight = nn.Input("weight", 1)
        W1, W2, W3, b3 = (nn.Parameter(name, value) for name, value in parameters.items())
        z3 = b3 + nn.tanh(nn.tanh(x @ W1) @ W2) @ W3
        plain = nn.cross_entropy(z3, y) if loss == "cross_entropy" else nn.squared_error(z3, y)
        L = weighted(plain, weight, name="L")
    y_values = labels if loss == "cross_entropy" else targets
    net.Forward(x=x_values, y=y_values, weight=weights)
    net.Backward(L)

    def J(parameters):
        return autograd_loss(parameters, x_values, y_values, "tanh", loss, weights[:, 0])

    expected = autograd_gradient(J)(parameters)
    for p in net.parameters:
        assert_same(p.grad, expected[p.name])


STEPS = ("matmul", "row", "add", "sigmoid", "tanh", "relu", "softmax")


@settings(max_examples=examples(60))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)), max_size=9
    ),
    n=SEVERAL,
    B=SMALL,
    seed=SEEDS,
    loss=st.sampled_from(LOSSES),
)
def test_any_graph_with_shared_nodes_and_parameters_equals_autograd(steps, n, B, seed, loss):
    """Each step takes any earlier nodes and any of three parameters, used again or not at all."""
    rng = np.random.default_rng(seed)
    parameters = {f"W{i}": rng.normal(size=(n, n)) for i in range(2)} | {
        "b": rng.normal(size=(1, n))
    }
    x_values = rng.normal(size=(B, n))
    y_values = rng.integers(0, n, size=B) if loss == "cross_entropy" else rng.normal(size=(B, n))
    functions = {
        "sigmoid": (nn.sigmoid, lambda a: 1 / (1 + anp.exp(-a))),
        "tanh": (nn.tanh, anp.tanh),
        "relu": (nn.relu, lambda a: anp.where(a > 0, a, 0.0)),
        "softmax": (nn.softmax, lambda a: anp.exp(a) / anp.sum(anp.exp(a), axis=1, keepdims=True)),
    }

    def last_node(nodes, parameters, functions_of):
        for kind, i, j in steps:
            a = nodes[i % len(nodes)]
            if kind == "matmul":
                node = a @ parameters[f"W{j % 2}"]
            elif kind == "row":
                node = a + parameters["b"] if j % 2 else parameters["b"] + a
            elif kind == "add":
                node = a + nodes[j % len(nodes)]
            else:
                node = functions_of(kind)(a)
            nodes.append(node)
        return nodes[-1]

    with nn.Graph() as net:
        x = nn.Input("x", n)
        y = nn.Labels("y", n) if loss == "cross_entropy" else nn.Input("y", n)
        by_name = {name: nn.Parameter(name, value) for name, value in parameters.items()}
        output = nn.tanh(last_node([x @ by_name["W0"]], by_name, lambda kind: functions[kind][0]))
        L = nn.cross_entropy(output, y) if loss == "cross_entropy" else nn.squared_error(output, y)

    def J(parameters):
        first = x_values @ parameters["W0"]
        output = anp.tanh(last_node([first], parameters, lambda kind: functions[kind][1]))
        return anp.mean(autograd_losses(output, y_values, loss))

    net.Forward(x=x_values, y=y_values)
    net.Backward(L)
    assert_same(L.value.mean(), J(parameters))
    expected = autograd_gradient(J)(parameters)
    for p in net.parameters:
        assert_same(p.grad, expected[p.name])


# --- the ready network ----------------------------------------------------------------------------


def test_the_nodes_of_the_network_have_the_names_and_shapes_of_the_course():
    model = nn.two_hidden_layer_network(64, 32, 16, 10)
    assert repr(model) == repr(model.graph)
    assert repr(model).splitlines() == [
        "Graph",
        "  input x  (B, 64)",
        "  labels y 0..9  (B,)",
        "  parameter W1  (64, 32)",
        "  parameter W2  (32, 16)",
        "  parameter W3  (16, 10)",
        "  z1 = x @ W1  (B, 32)",
        "  h1 = sigmoid(z1)  (B, 32)",
        "  z2 = h1 @ W2  (B, 16)",
        "  h2 = sigmoid(z2)  (B, 16)",
        "  z3 = h2 @ W3  (B, 10)",
        "  loss = cross_entropy(z3, y)  (B,)",
    ]
    assert model.graph.inputs == (model.x, model.y)
    assert model.graph.parameters == (model.W1, model.W2, model.W3)
    assert model.output.name == "z3" and model.loss.name == "loss"
    assert model.output is model.graph.nodes[-2] and model.loss is model.graph.nodes[-1]


def test_a_network_with_bias_and_squared_error():
    model = nn.two_hidden_layer_network(
        4, 3, 2, 1, activation="relu", loss="squared_error", bias=True
    )
    lines = repr(model).splitlines()
    assert lines[1:3] == ["  input x  (B, 4)", "  input y  (B, 1)"]
    assert lines[3:9] == [
        "  parameter W1  (4, 3)",
        "  parameter W2  (3, 2)",
        "  parameter W3  (2, 1)",
        "  parameter b1  (1, 3)",
        "  parameter b2  (1, 2)",
        "  parameter b3  (1, 1)",
    ]
    assert "  z1 = (x @ W1) + b1  (B, 3)" in lines
    assert "  h2 = relu(z2)  (B, 2)" in lines
    assert "  z3 = (h2 @ W3) + b3  (B, 1)" in lines
    assert lines[-1] == "  loss = squared_error(z3, y)  (B,)"
    assert not any(p.value.any() for p in model.graph.parameters if p.name.startswith("b"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_activation_is_the_one_that_was_asked_for(activation):
    case = make_case(activation=activation)
    case.run()
    z1, h1 = (case.graph.nodes[i] for i in (0, 1))
    f = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}.get(activation)
    assert_same(h1.value, np.maximum(z1.value, 0) if f is None else f(z1.value))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    def weights(**options):
        model = nn.two_hidden_layer_network(5, 4, 3, 2, **options)
        return [p.value for p in (model.W1, model.W2, model.W3)]

    for first, again, other in zip(weights(), weights(seed=0), weights(seed=1), strict=True):
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)
    rng = np.random.default_rng(7)
    drawn = [nn.initial_weights("he", *shape, rng) for shape in ((5, 4), (4, 3), (3, 2))]
    for value, expected in zip(weights(initialisation="he", seed=7), drawn, strict=True):
        assert np.array_equal(value, expected)
    glorot = weights(initialisation="glorot", seed=0)
    assert all(map(np.array_equal, weights(), glorot))  # the default
    with_bias = weights(bias=True)
    assert all(map(np.array_equal, weights(), with_bias))  # bias draws nothing


@pytest.mark.parametrize(
    ("name", "deviation", "bound"),
    [
        ("glorot", np.sqrt(2 / 500), np.sqrt(6 / 500)),  # uniform in ±l: deviation l / √3
        ("he", np.sqrt(2 / 300), np.inf),
        ("small_normal", 0.1, np.inf),
    ],
)
def test_initial_weights_are_spread_as_named(name, deviation, bound):
    w = nn.initial_weights(name, 300, 200, np.random.default_rng(0))
    assert w.shape == (300, 200)
    assert abs(w.mean()) < 4 * deviation / np.sqrt(w.size)
    assert w.std() == pytest.approx(deviation, rel=0.02)
    assert np.abs(w).max() <= bound
    if bound < np.inf:
        assert np.abs(w).max() > 0.999 * bound and w.min() < -0.999 * bound
    else:
        assert np.abs(w).max() > 3.5 * deviation  # a normal's tails


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"activation": "softplus"},
            "activation must be one of 'sigmoid', 'tanh', 'relu'; got 'softplus'.",
        ),
        ({"loss": "mse"}, "loss must be one of 'cross_entropy', 'squared_error'; got 'mse'."),
        (
            {"initialisation": "zeros"},
            "initialisation must be one of 'glorot', 'he', 'small_normal'; got 'zeros'.",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_those_that_do(options, words):
    with refused(ValueError, words):
        nn.two_hidden_layer_network(4, 3, 2, 2, **options)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("width", "kind", "words"),
    [(0, ValueError, "must be 1 or more; got 0"), (2.5, TypeError, "whole number; got 2.5")],
)
def test_a_width_that_is_none_is_refused_by_name(place, width, kind, words):
    widths = [4, 3, 2, 2]
    widths[place] = width
    with refused(kind, ("inputs", "hidden1", "hidden2", "outputs")[place], words):
        nn.two_hidden_layer_network(*widths)


def test_a_refused_network_leaves_no_graph_open():
    with refused(ValueError, "initialisation"):
        nn.two_hidden_layer_network(4, 3, 2, 2, initialisation="zeros")
    with nn.Graph() as net:
        nn.Input("x", 1)
    assert len(net.everything) == 1


@pytest.mark.parametrize("initialisation", ["glorot", "he", "small_normal"])
def test_sizes_of_few_bits_add_up_too(initialisation):
    """200 + 200 is 144 in eight bits."""
    few, many = (
        nn.initial_weights(initialisation, size, size, np.random.default_rng(0))
        for size in (np.uint8(200), 200)
    )
    assert np.array_equal(few, many)
