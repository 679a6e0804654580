"""Networks for the tests of the fast engines, and what two runs must have in common."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

import course_nn as nn
from course_nn.engines import comparison, generated_modules
from course_nn.engines import engine as engines

TOLERANCE = {"numpy": 1e-12, "numba": 1e-9}
EXAMPLES = 7
NASTY_NAMES = (  # that the generated code, or Python, uses for itself
    *("np", "B", "rate", "t1", "t2", "t3", "one", "half", "zero", "two", "update", "first", "j"),
    *("i", "k", "b", "v", "first3", "index3", "classes3", "number0", "number1", "loss_", "x_"),
    *("weights", "gradients", "velocity", "momentum", "decay", "step", "pull", "losses", "all_x"),
    *("rows", "total", "math", "njit", "len", "range", "min", "max", "abs", "float", "updates"),
    *(
        "prepare",
        "OPTIONS",
        "exp",
        "tanh",
        "int",
        "row_times_matrix",
        "sigmoid",
        "softmax",
        "x_grad",
        "W1_grad",
        "n1",
    ),
)

# Not among those above, from which the stored texts of random networks draw theirs.
MORE_NASTY_NAMES = ("rows_times_matrix", "columns_times_rows", "block", "start", "so_far")


class Case:
    """A network that can be built again and again, with data."""

    def __init__(self, build: Any, **data: Any) -> None:
        self.build, self.data = build, data

    def train(self, engine: str, **options: Any) -> tuple[Any, nn.History]:
        loss = self.build()
        options = {"batch_size": 3, "learning_rate": 0.1, "epochs": 2} | options
        return loss, nn.train_minibatch(loss, self.data, engine=engine, **options)


def random_case(seed: int, nasty: bool = False, scale: float = 0.6) -> Case:
    """Every operation, shared nodes and weights, unnamed nodes, some that lead nowhere."""
    rng = np.random.default_rng(seed)
    D, K = (int(n) for n in rng.integers(1, 5, size=2))
    with_labels = bool(rng.integers(2)) and K > 1  # one class is refused
    data = {
        "x": rng.normal(size=(EXAMPLES, D)),
        "u": rng.normal(size=(EXAMPLES, K)),
        "y": rng.integers(0, K, EXAMPLES) if with_labels else rng.normal(size=(EXAMPLES, K)),
    }
    if nasty:
        names = [str(name) for name in rng.permutation(NASTY_NAMES)]
        renamed = {name: names.pop() for name in data}
    else:
        names, renamed = [f"q{i}" for i in range(99, 0, -1)], {name: name for name in data}
    plan = int(rng.integers(2**32))

    def build() -> Any:
        rng, left = np.random.default_rng(plan), list(names)

        def name() -> str | None:
            return left.pop() if nasty or rng.integers(2) else None

        def weight(*shape: int) -> nn.Parameter:
            known = [p for p in net.parameters if p.value.shape == shape]
            if known and rng.integers(2):
                return known[int(rng.integers(len(known)))]
            return nn.Parameter(left.pop(), scale * rng.normal(size=shape))

        def pick(nodes: list[Any]) -> Any:  # rather a late one
            return nodes[max(int(i) for i in rng.integers(len(nodes), size=2))]

        with nn.Graph(make_current=False) as net:
            x, u = nn.Input(renamed["x"], D), nn.Input(renamed["u"], K)
            y = nn.Labels(renamed["y"], K) if with_labels else nn.Input(renamed["y"], K)
            nodes = [x, u] if rng.integers(2) else [x]
            for _ in range(int(rng.integers(1, 9))):
                a = pick(nodes)
                match int(rng.integers(8)):
                    case 0 | 1:
                        W = weight(a.width, int(rng.integers(1, 5)))
                        node = nn.matmul(a, W, name=name())
                    case 2:
                        b = pick([node for node in nodes if node.width == a.width])
                        node = nn.add(a, b, name=name())
                    case 3:
                        pair = [a, weight(1, a.width)]
                        node = nn.add(*(pair if rng.integers(2) else pair[::-1]), name=name())
                    case 4:
                        node = nn.softmax(a, name=name())
                    case other:
                        f = (nn.sigmoid, nn.tanh, nn.relu)[other - 5]
                        node = f(a, name=name())
                nodes.append(node)
            a = pick(nodes)
            z = nn.matmul(a, weight(a.width, K), name=name())
            if with_labels:
                return nn.cross_entropy(z, y, name=name())
            target: Any = y
            if rng.integers(4) == 0:  # a target that is learned too
                target = nn.matmul(y, weight(K, K), name=name())
            pair = [z, target]
            return nn.squared_error(*(pair if rng.integers(2) else pair[::-1]), name=name())

    return Case(build, **{renamed[name]: array for name, array in data.items()})


def assert_alike(first: Any, second: Any, tolerance: float) -> None:
    """The same losses, weights, velocity, epochs and snapshots; (loss, history) each."""
    (loss, history), (other_loss, other) = first, second

    def close(a: Any, b: Any) -> None:
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)

    assert [count for _, count in history.updates] == [count for _, count in other.updates]
    close(history.update_losses, other.update_losses)
    for p, q in zip(loss.graph.parameters, other_loss.graph.parameters, strict=True):
        close(p.value, q.value)
        assert history.final_weights[p.name] is p.value and not p.value.flags.writeable
    assert history.velocity.keys() == other.velocity.keys()
    for name, v in history.velocity.items():
        close(v, other.velocity[name])
    assert len(history.epochs) == len(other.epochs) and history.stopped == other.stopped
    for e, o in zip(history.epochs, other.epochs, strict=True):
        assert (e.updates, e.learning_rate) == (o.updates, o.learning_rate)
        assert e.validation_accuracy == o.validation_accuracy
        close(e.loss, o.loss)
        if o.validation_loss is not None:
            close(e.validation_loss, o.validation_loss)
    assert len(history.snapshots) == len(other.snapshots)
    for kept, others in zip(history.snapshots, other.snapshots, strict=True):
        assert kept.keys() == others.keys()
        for name in kept:
            close(kept[name], others[name])
    assert history.settings == other.settings


def without_compiler(patch: Any) -> None:
    """Run the source of the engine "numba" as plain Python: many networks in little time."""
    numba, functions = ModuleType("numba"), ModuleType("course_nn.engines.numba_functions")
    numba.njit = lambda **options: lambda function: function  # type: ignore[attr-defined]

    def of_one(product: Any) -> Any:
        def write(a: Any, *others: Any) -> None:
            assert len(a) == 1, "one example at a time"
            product(a, *others)

        return write

    def rows_times_matrix(a: Any, W: Any, out: Any) -> None:
        out[:] = a @ W

    def rows_times_transpose(g: Any, W: Any, out: Any) -> None:
        out[:] = g @ W.T

    def columns_times_rows(a: Any, g: Any, factor: float, keep: float, out: Any) -> None:
        out[:] = factor * (a.T @ g) + (keep * out if keep else 0.0)

    def column_times_row(a: Any, g: Any, out: Any) -> None:
        out[:] = a.T @ g

    vars(functions).update(
        exp=np.exp,
        tanh=np.tanh,
        OPTIONS={},
        row_times_matrix=of_one(rows_times_matrix),
        row_times_transpose=of_one(rows_times_transpose),
        column_times_row=of_one(column_times_row),
        rows_times_matrix=rows_times_matrix,
        rows_times_transpose=rows_times_transpose,
        columns_times_rows=columns_times_rows,
    )
    patch.setitem(sys.modules, "numba", numba)
    patch.setitem(sys.modules, "course_nn.engines.numba_functions", functions)
    patch.setattr(engines.importlib.util, "find_spec", lambda name: True)
    patch.setattr(generated_modules, "COMPILED", {})
    patch.setattr(comparison, "COMPARED", set())
    patch.setattr(
        generated_modules,
        "module_in_cache",
        lambda source: (generated_modules.module_of(source, "numba"), True),
    )
