"""The code that the graph writes: what goes into it, what is refused, and what it computes."""

import ast
import re

import numpy as np
import pytest
from engine_networks import (
    MORE_NASTY_NAMES,
    NASTY_NAMES,
    TOLERANCE,
    Case,
    assert_alike,
    random_case,
    without_compiler,
)
from hypothesis import given, settings
from oracles import SEEDS, refused
from own_operations import operation
from tiers import examples

import course_nn as nn
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.derivation.straight_line import StraightLine

ENGINES = ("numpy", "numba")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))


@pytest.fixture
def in_plain_python(monkeypatch):
    without_compiler(monkeypatch)


def assert_engines_agree(case, **options):
    for batch_size in (1, 3):
        chosen = {"batch_size": batch_size, "learning_rate": 0.001} | options
        by_nodes = case.train("graph", **chosen)
        for engine in ENGINES:
            assert_alike(case.train(engine, **chosen), by_nodes, TOLERANCE[engine])


# ---------------------------------------------------------------- what cannot be written


def assert_refused(build, *words):
    loss, words = build(), (*words, "straight-line code", 'engine="graph"')
    for engine in ENGINES:
        with refused(ValueError, *words, unchanged=loss.graph):
            nn.train_sgd(loss, {"x": X}, learning_rate=0.1, epochs=1, engine=engine)
        with refused(ValueError, *words):
            nn.derive(loss).code(engine)
    history = nn.train_sgd(loss, {"x": X}, learning_rate=0.001, epochs=1)
    assert len(history.epochs) == 1


def of_weights(forward, backward):
    """An operation on x and a square matrix W, whose gradient is all that matters."""

    def build():
        own = operation("odd", forward, backward, operands=lambda a, W: W.width)
        with nn.Graph(make_current=False):
            x, W = nn.Input("x", 3), nn.Parameter("W", np.eye(3))
            return nn.squared_error(own(x, W, name="z"), x, name="loss")

    return build


def test_a_gradient_that_is_a_transpose_is_refused():
    build = of_weights(lambda a, W: a @ W.T, lambda g, a, W: [g @ W, W.T])
    assert_refused(build, "W.grad = W.T (odd)", "its shape would be")


def test_a_gradient_that_is_one_number_is_refused():
    """The gradient of the loss is 1, a number, wherever it is used."""

    def build():
        total = operation(
            "total",
            lambda a: a.sum(axis=1),
            lambda g, a: [g[:, None] * 1],
            operands=lambda a: None,
        )
        with nn.Graph(make_current=False):
            x, W = nn.Input("x", 3), nn.Parameter("W", np.ones((3, 1)))
            return total(nn.matmul(x, W, name="z"), name="loss")

    assert_refused(build, "z.grad = loss.grad[:, None] * 1 (total)", "its shape would be (1, 1)")


# 0.0 and −0.0 are two numbers
def test_the_signs_of_zeros():
    own = operation("odd", lambda a: a / 0.0 + a / -0.0, lambda g, a: [g * 1.0])
    with nn.Graph(make_current=False):
        x, y = nn.Input("x", 3), nn.Input("y", 3)
        loss = nn.squared_error(own(nn.matmul(x, nn.Parameter("W", np.eye(3)))), y)
    constants = {
        repr(argument.arguments[0])
        for step in StraightLine(nn.derive(loss)).steps
        for argument in step.arguments
        if argument.operation == "constant"
    }
    assert constants >= {"0.0", "-0.0"}


# ---------------------------------------------------------------- the source


def every_code(loss):
    derivation = nn.derive(loss)
    for momentum in (False, True):
        for decay in (False, True):
            for engine, batch_size in (("numpy", 3), ("numba", 3), ("numba", 1), ("numba", 999)):
                options = {"momentum": momentum, "weight_decay": decay}
                yield derivation.code(engine, batch_size=batch_size, **options)


OWN_WORDS = {  # all that the code says besides the names of nodes
    *("np", "B", "prepare", "update", "weights", "gradients", "velocity", "rate", "momentum"),
    *("decay", "step", "pull", "zero", "half", "one", "two", "math", "njit", "OPTIONS", "updates"),
    *("losses", "first", "rows", "total", "i", "j", "k", "b", "v", "max", "min", "abs", "len"),
    *("range", "exp", "tanh", "row_times_matrix", "row_times_transpose", "column_times_row"),
    *("rows_times_matrix", "rows_times_transpose", "columns_times_rows"),
    *("block", "start", "so_far"),
}
ATTRIBUTES = {
    *("T", "add", "subtract", "multiply", "divide", "negative", "exp", "log", "tanh", "sqrt"),
    *("maximum", "minimum", "abs", "positive", "equal", "greater", "dot", "reduce", "take"),
    *("empty", "array", "arange", "shape", "reshape", "intp", "int64", "inf"),
}


def assert_sound(source, loss):
    """It has only our own words and the names of nodes, in short lines."""
    assert max(map(len, source.splitlines())) <= 100
    assert not re.search(r"[ \t]$", source, re.MULTILINE) and source.endswith("\n")
    tree = ast.parse(source)
    derivation = nn.derive(loss)
    nodes = {derivation.names[node] for node in derivation.used}
    nodes |= {f"{name}_grad" for name in nodes} | {f"all_{name}" for name in nodes}
    nodes |= {f"flat_{name}" for name in nodes}
    arguments = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    for each in ast.walk(tree):
        if isinstance(each, ast.Name):
            name = re.sub(r"^flat_(?=t\d+$)", "", each.id)
            numbered = re.fullmatch(r"(t|number|first|index|classes)\d+", name)
            known = name in OWN_WORDS or numbered or name.rstrip("_") in nodes or name in nodes
            assert known or re.sub(r"_+(?=_|$)", "", name) in nodes or name in arguments, name
        if isinstance(each, ast.Attribute):
            assert each.attr in ATTRIBUTES, each.attr
        if isinstance(each, ast.Constant):
            assert isinstance(each.value, (int, float, type(None))) or each.value == "clip"
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            module = getattr(each, "module", None) or each.names[0].name
            assert module in ("math", "numpy", "numba", "course_nn.engines.numba_functions")
    return tree


@pytest.mark.all
@settings(max_examples=examples(40))
@given(seed=SEEDS)
def test_the_source_is_short_lines_of_our_own_words_and_the_names_of_nodes(seed):
    loss = random_case(seed, nasty=seed % 2 == 1).build()
    for source in every_code(loss):
        assert_sound(source, loss)


def comments_of(source):
    """The lines of the derivation, put together again."""
    found = []
    for line in map(str.strip, source.splitlines()):
        if line.startswith("#     "):
            found[-1] += " " + line.removeprefix("#     ")
        elif line.startswith("# "):
            found.append(line.removeprefix("# "))
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_the_lines_of_the_derivation_stand_above_the_code(engine):
    model = nn.two_hidden_layer_network(4, 3, 2, 2, bias=True, activation="tanh")
    derivation = nn.derive(model.loss)
    lines = [f"{derivation.names[node]} = {text}" for node, text in derivation.forward]
    lines += [f"{derivation.names[node]}.grad = {text}" for node, text in derivation.backward]
    found = [line for line in comments_of(derivation.code(engine)) if line in lines]
    assert len(found) == len(set(found)) and sorted(found) == sorted(lines)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_lines_say_what_a_person_would_write(engine):
    model = nn.two_hidden_layer_network(4, 3, 2, 2)
    source = nn.derive(model.loss).code(engine)
    first = {"numpy": "np.dot(x, W1, out=z1)", "numba": "rows_times_matrix(x, W1, z1[:rows])"}[
        engine
    ]
    assert f"        # z1 = x @ W1\n        {first}\n        # h1 = sigmoid(z1)\n" in source


def many_users():
    """Long names, and a node with so many users that its gradient is a long sum."""

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("the_inputs_of_it", 3), nn.Input("the_targets_of_it", 3)
            W = nn.Parameter("the_first_weights", np.eye(3))
            h = nn.matmul(x, W, name="the_hidden_layer")
            total = h
            for i in range(9):
                bend = (nn.tanh, nn.sigmoid, nn.relu)[i % 3](h, name=f"the_bent_layer_{i}")
                total = nn.add(total, bend, name=f"the_sum_so_far_{i}")
            for i in range(9):
                total = nn.add(total, nn.Parameter(f"bias_{i}", [[0.0] * 3]), name=f"the_shift_{i}")
            return nn.squared_error(total, y, name="loss")

    return Case(build, the_inputs_of_it=X, the_targets_of_it=Y)


def test_long_sums_are_wrapped(in_plain_python):
    case = many_users()
    loss = case.build()
    for source in every_code(loss):
        assert_sound(source, loss)
    assert_engines_agree(case)


def test_branches_of_different_widths(in_plain_python):
    """Their steps stand side by side, and run through different numbers of columns."""
    a, b = np.random.default_rng(5).normal(size=(2, 3, 4))

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            wide = nn.matmul(x, nn.Parameter("A", a), name="wide")
            narrow = nn.matmul(x, nn.Parameter("B", b[:, :2]), name="narrow")
            bent = nn.softmax(nn.tanh(wide)), nn.softmax(nn.relu(narrow))
            back = [nn.Parameter("C", a.T), nn.Parameter("D", b[:2, :3])]
            z = nn.matmul(bent[0], back[0]) + nn.matmul(bent[1], back[1])
            return nn.squared_error(z, y, name="loss")

    assert_engines_agree(Case(build, x=X, y=Y))


def test_what_was_computed_before_is_not_computed_again():
    model = nn.two_hidden_layer_network(4, 3, 2, 2)
    line = StraightLine(nn.derive(model.loss))
    operations = [step.operation for step in line.steps]
    assert operations.count("exp") == 3  # two sigmoids, and the logits
    assert operations.count("max1") == operations.count("sum1") == operations.count("log") == 1
    assert operations.count("dot") == 3 + 5  # no gradient for the input


def test_the_printed_numpy_code_gives_the_numbers_of_the_engine():
    """By hand, as a reader would run it: without course_nn."""
    model = nn.two_hidden_layer_network(3, 4, 2, 3, seed=1)
    start = [p.value for p in model.graph.parameters]
    labels = np.array([0, 2, 1, 1, 0, 2, 2])
    space = {}
    source = nn.derive(model.loss).code("numpy", momentum=True, weight_decay=True)
    assert "course_nn" not in source
    exec(source, space)
    sizes = [w.size for w in start]
    ends = np.cumsum(sizes)
    weights, gradients, velocity = np.zeros((3, ends[-1]))
    parts = [
        [long[end - w.size : end].reshape(w.shape) for end, w in zip(ends, start, strict=True)]
        for long in (weights, gradients)
    ]
    for part, w in zip(parts[0], start, strict=True):
        part[:] = w
    update = space["prepare"](7, weights, gradients, *parts[0], *parts[1], velocity, 0.9, 0.01)
    losses = []
    for _ in range(5):
        loss = np.empty((7, 1))
        update(X, labels[:, None], loss, 0.3)
        losses.append(loss.mean())
    history = nn.train_batch(
        model.loss,
        {"x": X, "y": labels},
        learning_rate=0.3,
        epochs=5,
        momentum=0.9,
        weight_decay=0.01,
        engine="numpy",
    )
    np.testing.assert_allclose(history.update_losses, losses, rtol=1e-14)
    for part, p in zip(parts[0], model.graph.parameters, strict=True):
        assert np.array_equal(part, p.value)


def test_there_is_code_for_two_engines():
    model = nn.two_hidden_layer_network(2, 2, 2, 2)
    with refused(ValueError, "'numpy' and 'numba'", "'cuda'"):
        nn.derive(model.loss).code("cuda")


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("name", NASTY_NAMES + MORE_NASTY_NAMES)
@pytest.mark.long
def test_a_node_may_have_a_name_that_the_code_needs(name, in_plain_python):
    """As an input, a weight, a hidden node and the loss."""

    def build(place):
        names = ["features", "W", "h", "L"]
        names[place] = name
        with nn.Graph(make_current=False):
            x, y = nn.Input(names[0], 3), nn.Labels("target", 3)
            h = nn.relu(nn.matmul(x, nn.Parameter(names[1], np.eye(3))), name=names[2])
            return nn.cross_entropy(h, y, name=names[3])

    for place in range(4):
        data = {name if place == 0 else "features": X, "target": np.array([0, 2, 1, 1, 0, 2, 2])}
        case = Case(lambda place=place: build(place), **data)
        for source in every_code(case.build()):
            compile(source, "code", "exec")
        assert_engines_agree(case, epochs=1)


def test_a_name_that_python_reads_as_another_one(in_plain_python):
    """Python takes the micro sign for the Greek letter."""
    micro = "\N{MICRO SIGN}"

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            z = nn.matmul(x, nn.Parameter(micro, np.eye(3)), name=f"{micro}_x")
            return nn.squared_error(nn.tanh(z), y, name="loss")

    assert_engines_agree(Case(build, x=X, y=Y))


# ---------------------------------------------------------------- memory


def test_memory_is_shared_only_by_what_is_needed_no_more():
    model = nn.two_hidden_layer_network(4, 3, 2, 2)
    line = StraightLine(nn.derive(model.loss))
    code = NumpyCode(line, momentum=False, decay=False)
    source = code.source()
    assert "h1 = z1 = np.empty((B, 3))" in source
    relu = nn.two_hidden_layer_network(4, 3, 2, 2, activation="relu")  # its step back needs z1
    assert "h1 = z1" not in nn.derive(relu.loss).code("numpy")
