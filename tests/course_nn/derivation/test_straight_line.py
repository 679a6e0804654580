"""The code that the graph writes: what goes into it, what is refused, and what it computes."""

import ast
import re

import numpy as np
import pytest
from engine_networks import (
    NASTY_NAMES,
    TOLERANCE,
    Case,
    assert_alike,
    random_case,
    without_compiler,
)
from hypothesis import given, settings
from oracles import SEEDS, refused

import course_nn as nn
from course_nn.derivation.numpy_code import NumpyCode
from course_nn.derivation.straight_line import StraightLine

ENGINES = ("numpy", "numba")
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 3))


@pytest.fixture
def in_plain_python(monkeypatch):
    without_compiler(monkeypatch)


# ---------------------------------------------------------------- operations of one's own


def operation(name, forward, backward, operands=None, **texts):
    """The class of an operation on nodes, and what it says for `derive`."""

    def forwards(self):
        self.value = forward(*(node.value for node in self.operands))

    def backwards(self):
        steps = backward(self.grad, *(node.value for node in self.operands))
        for node, step in zip(self.operands, steps, strict=True):
            node.add_grad(step)

    methods = {"forward": forwards, "backward": backwards}
    if operands is not None:  # a check of its own: here the width of the result
        methods["check_operands"] = lambda self: operands(*self.operands)
    return type(name, (nn.Operation,), methods | texts)


def case_with(own):
    """z = x W, h = own(z), q = h V, squared error."""
    w, v = np.random.default_rng(1).normal(size=(2, 3, 3))

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            h = own(nn.matmul(x, nn.Parameter("W", w), name="z"), name="h")
            q = nn.matmul(h, nn.Parameter("V", v), name="q")
            return nn.squared_error(q, y, name="loss")

    return Case(build, x=X, y=Y)


def assert_engines_agree(case, **options):
    for batch_size in (1, 3):
        chosen = {"batch_size": batch_size, "learning_rate": 0.001} | options
        by_nodes = case.train("graph", **chosen)
        for engine in ENGINES:
            assert_alike(case.train(engine, **chosen), by_nodes, TOLERANCE[engine])


OWN = {
    "square": operation(
        "square",
        lambda a: a**2,
        lambda g, a: [g * 2 * a],
        steps=("{g} * 2 * {a}",),
        definition="def square(a):\n    return a**2",
    ),
    "a comparison of a comparison": operation(
        "nested",
        lambda a: ((a > 0) > 0.5) * a,
        lambda g, a: [g * ((a > 0) > 0.5)],
        steps=("{g} * (({a} > 0) > 0.5)",),
        definition="def nested(a):\n    return ((a > 0) > 0.5) * a",
    ),
    "a sum over the rows, used in every row": operation(
        "scaled",
        lambda a: a / (a * a).sum(axis=0, keepdims=True),
        lambda g, a: [g / (a * a).sum(axis=0, keepdims=True)],
        steps=("{g} / ({a} * {a}).sum(axis=0, keepdims=True)",),
        definition="def scaled(a):\n    return a / (a * a).sum(axis=0, keepdims=True)",
    ),
    "elu": operation(
        "elu",
        lambda a: np.maximum(a, 0) + np.minimum(np.exp(a) - 1, 0),
        lambda g, a: [g * ((a > 0) + (a <= 0) * np.exp(a))],
        steps=("{g} * (({a} > 0) + ({a} <= 0) * np.exp({a}))",),
        definition="def elu(a):\n    return np.maximum(a, 0) + np.minimum(np.exp(a) - 1, 0)",
    ),
    "every function": operation(
        "many",
        lambda a: np.log(np.exp(a) + np.exp(-a)) + np.sqrt(np.abs(a) + 1),
        lambda g, a: [g * np.tanh(a)],
        steps=("{g} * np.tanh({a})",),
        definition=(
            "def half(a):\n    '''A docstring.'''\n    e = np.exp(a) + np.exp(-a)\n"
            "    return np.log(e)\n\n\n"
            "def many(a):\n    return half(a) + np.sqrt(np.abs(a) + 1)"
        ),
    ),
    "brackets": operation(
        "brackets",
        lambda a: -(-a * -2.0) - (a - (a / (a / (a * a)))),
        lambda g, a: [g / (2 / (a * a + 1)) - (g - -g)],
        steps=("{g} / (2 / ({a} * {a} + 1)) - ({g} - -{g})",),
        definition="def brackets(a):\n    return -(-a * -2.0) - (a - (a / (a / (a * a))))",
    ),
    "the operand itself": operation(
        "same",
        lambda a: a.copy(),
        lambda g, a: [g * 1],
        steps=("{g}",),
        definition="def same(a):\n    return a",
    ),
    "numbers": operation(
        "numbers",
        lambda a: a * 0.1 + 3 - 2**2,
        lambda g, a: [g * 0.1],
        steps=("{g} * 0.1",),
        definition="def numbers(a):\n    return a * 0.1 + 3 - 2**2",
    ),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
def test_an_operation_of_ones_own(own, in_plain_python):
    assert_engines_agree(case_with(own))


def tied(steps):
    """a Wᵀ, so that one matrix can lead there and back."""
    return operation(
        "tied",
        lambda a, W: a @ W.T,
        lambda g, a, W: [g @ W, g.T @ a],
        operands=lambda a, W: W.value.shape[0],
        written="{} @ {}.T",
        steps=steps,
    )


@pytest.mark.parametrize("step", ["{g}.T @ {a}", "({a}.T @ {g}).T", "({g}.T @ {a}).T.T"])
def test_a_product_with_a_transpose_of_ones_own(step, in_plain_python):
    w = np.random.default_rng(3).normal(size=(3, 2))

    def build():
        with nn.Graph(make_current=False):
            x, W = nn.Input("x", 3), nn.Parameter("W", w)
            h = nn.tanh(nn.matmul(x, W, name="z"), name="h")
            return nn.squared_error(tied(("{g} @ {b}", step))(h, W, name="back"), x, name="loss")

    assert_engines_agree(Case(build, x=X), momentum=0.5)


def test_a_product_of_two_weights(in_plain_python):
    """Also with one example at a time it has more than one row."""
    both = operation(
        "both",
        lambda a, U, W: a @ (U @ W),
        lambda g, a, U, W: [g @ (U @ W).T, (a.T @ g) @ W.T, U.T @ (a.T @ g)],
        operands=lambda a, U, W: W.width,
        definition="def both(a, U, W):\n    return a @ (U @ W)",
        steps=("{g} @ ({b} @ {c}).T", "({a}.T @ {g}) @ {c}.T", "{b}.T @ ({a}.T @ {g})"),
    )
    u, w, v = np.random.default_rng(3).normal(size=(3, 3, 3))

    def build():
        with nn.Graph(make_current=False):
            x, y, V = nn.Input("x", 3), nn.Input("y", 3), nn.Parameter("V", v)
            h = nn.tanh(nn.matmul(x, V))
            z = both(h, nn.Parameter("U", u), nn.Parameter("W", w), name="z")
            return nn.squared_error(z, y, name="loss")

    assert_engines_agree(Case(build, x=X, y=Y))


def plain(definition, step="{g}"):
    """The operand itself, computed as this definition says: it is only read."""
    return operation(
        "odd", lambda a: a * 1.0, lambda g, a: [g * 1.0], definition=definition, steps=(step,)
    )


TOUCH = "__import__('pathlib').Path('touched').touch()"
UNREADABLE = {
    "nothing": "",
    "another name": "def other(a):\n    return a",
    "an import": f"def odd(a):\n    return a + ({TOUCH} or 0)",
    "a statement": "def odd(a):\n    import os\n    return a",
    "a loop": "def odd(a):\n    for i in a:\n        a = a + 1\n    return a",
    "a lambda": "def odd(a):\n    return (lambda b: b)(a)",
    "an f-string": f"def odd(a):\n    return a + f'{{{TOUCH}}}'",
    "a text": "def odd(a):\n    return a + 'b'",
    "None": "def odd(a):\n    return None",
    "an attribute": "def odd(a):\n    return a.__class__",
    "an attribute of NumPy": "def odd(a):\n    return np.load(a)",
    "NumPy itself": "def odd(a):\n    return np",
    "an argument by name": "def odd(a):\n    return np.exp(a, out=a)",
    "a keyword": "def f(a):\n    return a\n\n\ndef odd(a):\n    return f(a, b=2)",
    "another number of operands": "def odd(a, b):\n    return a",
    "no return": "def odd(a):\n    b = a",
    "itself": "def odd(a):\n    return odd(a)",
    "half a line": "def odd(a) return a",
    "a chain": "def odd(a):\n    return (2 > a > 0) * 1.0",
    "an integer": "def odd(a):\n    return a.astype(int) * 1.0",
    "infinity": "def odd(a):\n    return np.maximum(a, -1e999)",
    "a division by 0": "def odd(a):\n    return a + 1 / 0",
    "a huge power": "def odd(a):\n    return a ** 1000000000",
    "a root": "def odd(a):\n    return a ** 0.5",
    "a sum of everything": "def odd(a):\n    return a / a.sum()",
    "another shape": "def odd(a):\n    return a.sum(axis=1, keepdims=True)",
    "a transpose": "def odd(a):\n    return (a.T * 2).T",
    "a product that does not fit": "def odd(a):\n    return a @ 2",
    "other rows": "def odd(a):\n    return a - a[np.arange(len(a)) * 0, a]",
    "unequal": "def odd(a):\n    return a * (a.max(axis=1)[:, None] != np.arange(a.shape[1]))",
    "the rows": "def odd(a):\n    return a * (a.max(axis=1)[:, None] == np.arange(a.shape[0]))",
}


def assert_refused(case, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loss, words = case.build(), (f"({kind})", "straight-line code", 'engine="graph"')
    for engine in ENGINES:
        with refused(ValueError, *words, unchanged=loss.graph):
            nn.train_sgd(loss, case.data, learning_rate=0.1, epochs=1, engine=engine)
        with refused(ValueError, *words):
            nn.derive(loss).code(engine)
    assert not list(tmp_path.iterdir()), "something was run"
    assert len(case.train("graph", epochs=1, learning_rate=0.001)[1].epochs) == 1


@pytest.mark.parametrize("definition", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_refused_and_not_run(definition, tmp_path, monkeypatch):
    assert_refused(case_with(plain(definition)), "odd", tmp_path, monkeypatch)


@pytest.mark.parametrize(
    "step",
    [
        f"{{g}} + ({TOUCH} or 0)",
        "{g} # {a}",
        "{g}.sum(axis=1, keepdims=True)",
        "{g} * (({a} > 0) + ({a} > 1))",  # NumPy: True + True is True
        "np.where({a} > 0, {g}, 0)",
        "1",
        "{g}[0]",
    ],
)
def test_a_step_that_cannot_be_read_is_refused_and_not_run(step, tmp_path, monkeypatch):
    own = plain("def odd(a):\n    return a", step)
    assert_refused(case_with(own), "odd", tmp_path, monkeypatch)


def test_two_functions_of_one_name_are_not_confused(tmp_path, monkeypatch):
    """Both belong to the line of z.grad, where only one of them could stand."""

    def using(name, helper):
        return operation(
            name,
            lambda a: a * 1.0,
            lambda g, a: [g * 1.0],
            steps=("helper({g})",),
            definition=f"def helper(a):\n    return {helper}\n\n\n"
            f"def {name}(a):\n    return helper(a)",
        )

    first, second = using("first", "a"), using("second", "a * 2 / 2")

    def build():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 3), nn.Input("y", 3)
            z = nn.matmul(x, nn.Parameter("W", np.eye(3)), name="z")
            return nn.squared_error(first(z) + second(z), y, name="loss")

    assert_refused(Case(build, x=X, y=Y), "first, second", tmp_path, monkeypatch)


# ---------------------------------------------------------------- the source


def every_code(loss):
    derivation = nn.derive(loss)
    for momentum in (False, True):
        for decay in (False, True):
            for engine, batch_size in (("numpy", 3), ("numba", 3), ("numba", 1)):
                options = {"momentum": momentum, "weight_decay": decay}
                yield derivation.code(engine, batch_size=batch_size, **options)


OWN_WORDS = {  # all that the code says besides the names of nodes
    *("np", "B", "prepare", "update", "weights", "gradients", "velocity", "rate", "momentum"),
    *("decay", "step", "pull", "zero", "half", "one", "two", "math", "njit", "OPTIONS", "updates"),
    *("losses", "first", "rows", "total", "i", "j", "k", "b", "v", "max", "min", "abs", "len"),
    *("range", "exp", "tanh", "row_times_matrix", "row_times_transpose", "column_times_row"),
}
ATTRIBUTES = {
    *("T", "add", "subtract", "multiply", "divide", "negative", "exp", "log", "tanh", "sqrt"),
    *("maximum", "minimum", "abs", "positive", "equal", "greater", "dot", "reduce", "take"),
    *("empty", "array", "arange", "shape", "reshape", "int64", "inf"),
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


@settings(max_examples=40)
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
    first = {"numpy": "np.dot(x, W1, out=z1)", "numba": "np.dot(x, W1, z1[:rows])"}[engine]
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


@pytest.mark.parametrize("name", NASTY_NAMES)
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
