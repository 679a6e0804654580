"""A node is no array: whatever takes it for one is told about `.value`, and nothing is computed."""

import copy
import math
import pickle

import numpy as np
import pytest

import course_nn as nn

MODEL = nn.two_hidden_layer_network(2, 3, 3, 2)
H = MODEL.output
with nn.Graph(make_current=False):
    UNNAMED = nn.relu(nn.matmul(nn.Input("x", 2), nn.Parameter("W", np.eye(2))))
A = np.ones((3, 2))

MISTAKES = {
    "a ufunc": np.exp,
    "argmax": np.argmax,
    "argmax of rows": lambda h: np.argmax(h, axis=1),
    "mean": np.mean,
    "shape": np.shape,
    "where": lambda h: np.where(h, 1, 0),
    "allclose": lambda h: np.allclose(A, h),
    "array_equal": lambda h: np.array_equal(h, A),
    "stack": lambda h: np.stack([h, h]),
    "norm": np.linalg.norm,
    "linalg": np.linalg.inv,
    "array": np.array,
    "asarray": np.asarray,
    "array of a list": lambda h: np.array([h, h]),
    "assert_allclose": lambda h: np.testing.assert_allclose(h, A),
    "array times": lambda h: A * h,
    "array matmul": lambda h: A @ h,
    "list matmul": lambda h: [1.0] @ h,
    "array >": lambda h: h < A,
    "a place of an array": lambda h: A[h],
    "*": lambda h: h * 2,
    "r*": lambda h: 2 * h,
    "-": lambda h: h - 1,
    "r-": lambda h: 1 - h,
    "/": lambda h: 1 / h,
    "**": lambda h: h**2,
    "r+": lambda h: 1 + h,
    "%": lambda h: h % 2,
    "negative": lambda h: -h,
    ">": lambda h: h > 0,
    "<=": lambda h: h >= 0,
    "&": lambda h: h & True,
    "~": lambda h: ~h,
    "<<": lambda h: h << 1,
    "r>>": lambda h: 1 >> h,
    "== 0": lambda h: h == 0,
    "!= 0": lambda h: h != 0,
    "r==": lambda h: 0.5 == h,  # noqa: SIM300
    "== a number of NumPy": lambda h: h == np.float64(1),
    "== an array": lambda h: h == A,
    "== a list": lambda h: h == [1.0, 0.0],
    "concatenate": np.concatenate,
    "vstack": np.vstack,
    "abs": abs,
    "float": float,
    "int": int,
    "round": lambda h: round(h, 2),
    "len": len,
    "iteration": list,
    "unpacking": lambda h: [*h],
    "sum": sum,
    "max": max,
    "in": lambda h: 1.0 in h,
    "index": lambda h: h[0],
    "math": math.exp,
    "range": range,
    "format": lambda h: f"{h:.4f}",
    "another format": lambda h: format(h, ".4f"),
    "data": lambda h: MODEL.x.set(h),
    "weights": lambda h: setattr(MODEL.W1, "value", h),
    "show": lambda h: nn.show("h", h),
    "apart": lambda h: nn.apart(h, 0),
    "a function of ours": lambda h: nn.datasets.standardise(h),
    "a confusion matrix": lambda h: nn.plots.confusion_matrix([0, 1], h),
    "a loss to differentiate": lambda h: nn.finite_differences(lambda W: h, np.ones((1, 1))),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_node_is_no_array(what):
    with pytest.raises(TypeError, match=r"z3 is a node of the graph\. Its array is z3\.value\."):
        MISTAKES[what](H)


@pytest.mark.parametrize("what", MISTAKES)
def test_advice_for_a_node_without_a_name_can_be_typed(what):
    with pytest.raises(TypeError) as caught:
        MISTAKES[what](UNNAMED)
    message = str(caught.value)
    assert "relu(x @ W) is a node of the graph. Its array is its .value: keep the node in a" in (
        message
    )
    assert "relu(x @ W).value" not in message


@pytest.mark.parametrize(
    "name",
    ["T", "mean", "argmax", "sum", "reshape", "dtype", "size", "copy", "transpose", "dot", "any"],
)
def test_what_belongs_to_an_array_is_looked_for_in_vain(name):
    assert not hasattr(H, name)
    with pytest.raises(AttributeError, match=rf"\.{name} belongs to an array, and z3 is a node"):
        getattr(H, name)
    with pytest.raises(AttributeError, match=rf"has no attribute '{name}x'"):
        getattr(H, f"{name}x")
    assert name not in dir(H) and "value" in dir(H)


def test_a_node_equals_itself_alone_and_can_be_a_key():
    assert H == H and H != UNNAMED and H in [UNNAMED, H] and UNNAMED not in [H]
    assert H != "z3" and H != None and H not in ("z3", None)  # noqa: E711
    assert {H: 1, UNNAMED: 2}[H] == 1 and hash(H) == object.__hash__(H)
    assert [H, 1] == [H, 1] and (H,) != (UNNAMED,)


def test_an_operation_may_keep_something_under_a_name_of_arrays():
    class centred(nn.Operation):
        def forward(self):
            (a,) = self.operands
            self.mean = a.value.mean(axis=1, keepdims=True)
            self.value = a.value - self.mean

        def backward(self):
            pass

    with nn.Graph(make_current=False) as graph:
        node = centred(nn.Input("x", 2))
    graph.Forward(x=[[1.0, 3.0]])
    assert node.mean.tolist() == [[2.0]] and node.value.tolist() == [[-1.0, 1.0]]


def test_arithmetic_says_what_a_graph_can_compute():
    with pytest.raises(TypeError, match=r"Between nodes there are h @ W, a \+ b and the operat"):
        H * H


def test_lists_and_dicts_of_nodes_work():
    nodes = [MODEL.W1, H]
    assert H in nodes and MODEL.loss not in nodes and nodes.index(H) == 1
    assert {H: 1}[H] == 1 and H == H and H != MODEL.W1
    assert bool(H) and f"{H}" == "z3 = h2 @ W3" and str(H) == format(H)
    held = np.empty(2, dtype=object)
    held[0] = H
    assert held[0] is H
    assert pickle.loads(pickle.dumps(MODEL)).output.name == "z3"
    assert copy.deepcopy(MODEL).output.name == copy.copy(H).name == "z3"


def test_other_advice_for_a_loss_without_a_name_can_be_typed():
    def losses():
        with nn.Graph(make_current=False):
            x, y = nn.Input("x", 2), nn.Input("y", 2)
            return nn.squared_error(x @ nn.Parameter("W", np.eye(2)), y)

    loss, other = losses(), losses()
    with pytest.raises(ValueError, match=r"Use that graph: loss\.graph\.Backward\(loss\)\.$"):
        other.graph.Backward(loss)
    with pytest.raises(RuntimeError, match=r"Backward\(loss\): run both first"):
        nn.walk_through(loss)


@pytest.mark.parametrize("draw", ["plot", "imshow", "hist", "scatter", "bar"])
def test_matplotlib_meets_a_node(draw):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    arguments = {"scatter": (H, H), "bar": ([1, 2], H)}.get(draw, (H,))
    with pytest.raises(TypeError, match=r"z3\.value"):
        getattr(figure.add_subplot(), draw)(*arguments)


def test_pandas_meets_a_node():
    pandas = pytest.importorskip("pandas")
    for make in (pandas.Series, pandas.DataFrame, pandas.Index, pandas.isna):
        with pytest.raises(TypeError, match=r"z3\.value"):
            make(H)
