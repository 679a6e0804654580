"""What is refused, and in which words: what was expected, what came, what to do.

A function takes a value and gives it back in the form in which the course works with it, or takes
a situation and returns nothing; what does not fit raises ValueError, TypeError, RuntimeError or,
for numbers that overflow, FloatingPointError. `numpy_meets_node`, `wrong_step_back` and
`wrong_forward` make an error for their caller to raise. Nothing is changed here, so a refusal loses
nothing. What only one operation refuses stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from inspect import iscoroutine, isgenerator
from keyword import iskeyword
from threading import get_ident
from typing import Any

import numpy as np

FLOAT64 = np.dtype(np.float64)


def node_name(name: Any, taken: Collection[str]) -> str:
    """A name for a node: an identifier such as z1, so that it can stand in code and formulas."""
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise ValueError(
            f"A node's name is made of letters, digits and _, like 'z1'; got {shown(name)}."
        )
    if name in taken:
        raise ValueError(f"The name {name} is used twice in this graph. Choose another one.")
    return name


def may_be_built(entered: bool, other: Any) -> None:
    """A graph is built once, and not inside another one's block."""
    if entered:
        raise RuntimeError(
            "This graph was built already; a graph is built in one `with` block. "
            "For another network write `with nn.Graph() as net:`."
        )
    if other is not None:
        raise RuntimeError("The `with` block of another graph is still open. Close it first.")


def there_is_a_graph(open_graph: Any, current: Any) -> None:
    """The functions Forward, Backward and SGD need a graph that is complete."""
    if open_graph is not None:
        raise RuntimeError("The `with nn.Graph()` block is still open: end its indentation first.")
    if current is None:
        raise RuntimeError("There is no graph yet. Build one: `with nn.Graph() as net:`.")


def joins(graph: Any, node: Any, operands: Collection[Any]) -> None:
    """A node is made inside a graph's block, from nodes of that graph."""
    if graph is None:
        raise RuntimeError(
            f"{node} is outside a graph. Make it inside the indented block of "
            "`with nn.Graph() as net:`."
        )
    for operand in operands:
        if operand.graph is not graph:
            raise ValueError(
                f"{node}: {operand.name} belongs to another graph. Make all nodes of a network in "
                "the same `with nn.Graph()` block."
            )


def number(what: str, value: Any) -> float:
    """A finite number ≥ 0, such as a learning rate."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{what} must be a number; got {shown(value)}.")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be 0 or more, and finite; got {value}.")
    return float(value)


def entry(what: str, shape: tuple[int, ...], place: Any) -> tuple[int, int]:
    """A row and a column of a matrix of this shape, such as (0, 1)."""
    two = isinstance(place, (tuple, list)) and len(place) == 2
    if not two or not all(isinstance(i, (int, np.integer)) for i in place):
        raise TypeError(f"An entry is a row and a column, such as (0, 1); got {shown(place)}.")
    row, column = (int(i) for i in place)
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(f"{what} is {shape}; it has no entry {[row, column]}.")
    return row, column


def whole_number(what: str, value: Any) -> int:
    """An integer ≥ 1, such as a width or a batch size."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{what} must be a whole number; got {shown(value)}.")
    if value < 1:
        raise ValueError(f"{what} must be 1 or more; got {value}.")
    return int(value)


def seed(value: Any) -> int:
    """The seed of a generator: a whole number ≥ 0, so that a run can be repeated."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise ValueError(f"A seed is a whole number, 0 or more; got {shown(value)}.")
    return int(value)


def yes_or_no(what: str, value: Any) -> bool:
    """True or False, and not a text that only looks like it."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{what} must be True or False; got {shown(value)}.")
    return bool(value)


def shown(value: Any) -> str:
    """A value as an error message shows it: short, and of an array only its shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


def short(value: float) -> str:
    """A loss with four decimals, or with a power of ten where that would be a long number."""
    return f"{value:.4f}" if abs(value) < 1e6 else f"{value:.3e}"


def counted(number: int, noun: str) -> str:
    """Such as "1 epoch", "2,800 updates"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def finite(name: str, values: Any) -> np.ndarray:
    """A read-only float64 copy; what is not a finite number is refused with its place."""
    array = _array(name, values)
    if array.dtype.kind not in "buif":
        came = type(values).__name__ if array.dtype == object else f"an array of {array.dtype}"
        raise TypeError(f"{name} needs an array of numbers; got {came}.")
    with np.errstate(all="ignore"):
        array = array.astype(np.float64, copy=False)  # `_array` made a copy already
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        raise ValueError(f"{name} has {array[tuple(place)]} at {place}; it needs finite numbers.")
    array.flags.writeable = False
    return array


def weights(name: str, values: Any) -> np.ndarray:
    """The value of a parameter: two axes, at least one entry, finite; a read-only copy."""
    array = finite(name, values)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be an array with two axes, like W1 with (D, H1) or a bias row with "
            f"(1, K); got shape {array.shape}. Random weights: nn.initial_weights."
        )
    return array


def new_weights(name: str, old: np.ndarray, new: np.ndarray) -> None:
    """An update of a parameter: the shape it had, and finite."""
    same_kind("The new value of {}", name, old, new)
    # A sum is quicker, and not finite if an entry is not; or if it is too large itself.
    if not math.isfinite(np.add.reduce(new, axis=None)) and not np.isfinite(new).all():
        raise FloatingPointError(
            f"The update would make {name} infinite or NaN. No weight was changed. "
            "A smaller learning rate helps."
        )


def same_kind(what: str, name: str, weights: np.ndarray, array: Any) -> None:
    """A new value or a gradient of a parameter: float64, of the shape of its weights."""
    if type(array) is not np.ndarray or array.dtype != FLOAT64 or array.shape != weights.shape:
        kind = type(array).__name__
        if isinstance(array, np.ndarray):
            kind = f"{array.dtype} of shape {array.shape}"
        what = what.format(name)  # only now: this is asked at each update
        raise ValueError(f"{what} must be a float64 array of shape {weights.shape}; got {kind}.")


def inputs(name: str, width: int, values: Any) -> np.ndarray:
    """Rows of examples, (B, width), finite; a read-only float64 copy."""
    array = finite(name, values)
    if array.shape == (width,):
        raise ValueError(
            f"{name} needs rows of examples, shape (B, {width}); got one example of shape "
            f"({width},). The example with index i is {name.upper()}[i : i + 1], "
            f"shape (1, {width})."
        )
    if array.ndim != 2 or array.shape[1] != width:
        advice = ""
        if width == 1 and array.ndim == 1:
            advice = f" Use {name}[:, None]."
        elif array.ndim == 2 and array.shape[0] == width:
            advice = f" Is it transposed? Then use {name}.T."
        raise ValueError(
            f"{name} needs shape (B, {width}), one row for each example; got {array.shape}.{advice}"
        )
    return _not_empty(name, array)


def labels(name: str, classes: int, values: Any) -> np.ndarray:
    """Integer labels 0 .. classes − 1, shape (B,); a read-only copy, never cast."""
    array = _array(name, values)
    wanted = f"{name} needs integer labels 0..{classes - 1}, shape (B,)"
    if array.ndim == 2 and array.shape[1] == classes:
        raise ValueError(f"{wanted}; got {array.shape}. If it is one-hot: y.argmax(axis=1).")
    if array.ndim != 1:
        raise ValueError(f"{wanted}; got shape {array.shape}.")
    _not_empty(name, array)
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(
            f"{wanted}; got {array.dtype}. Labels are not cast silently: if they are whole "
            "numbers, use labels.astype(int)."
        )
    wrong = np.flatnonzero((array < 0) | (array >= classes))
    if wrong.size:
        raise ValueError(f"{wanted}; row {wrong[0]} is {array[wrong[0]]}.")
    array.flags.writeable = False
    return array


def all_named(unnamed: Collection[Any]) -> None:
    """Forward takes its data by name."""
    if unnamed:
        raise TypeError("Forward takes data by the names of the inputs: Forward(x=X, y=labels).")


def names_of_inputs(data: Any, inputs: Collection[str], whole: str | None) -> None:
    """Data by the names of inputs; all of them, if the data are called something as a whole."""
    whole_dict = f"{{{', '.join(f'{name!r}: …' for name in inputs)}}}"
    if not isinstance(data, Mapping):
        raise TypeError(
            f"{whole} must be a dict with an array for each input, {whole_dict}; "
            f"got a {type(data).__name__}."
        )
    unknown = [shown(name) for name in data if name not in inputs]
    if unknown:
        raise ValueError(
            f"There is no input {', '.join(unknown)}. The inputs are {', '.join(inputs)}."
        )
    missing = [name for name in inputs if whole and name not in data]
    if missing:
        raise ValueError(f"{whole} must be {whole_dict}; {', '.join(missing)} is missing.")


def same_rows(arrays: Mapping[str, np.ndarray | None]) -> int:
    """The number of examples B: all inputs are set, and have the same number of rows."""
    rows = {None if array is None else len(array) for array in arrays.values()}
    if None in rows:
        name = next(name for name, array in arrays.items() if array is None)
        raise RuntimeError(f"{name} was never set. Use {name}.set(...) before Forward.")
    if len(rows) > 1:
        listed = ", ".join(f"{name} has {len(array)}" for name, array in arrays.items())
        raise ValueError(f"All inputs need the same number of rows (examples): {listed}.")
    return rows.pop() if rows else 0


def loss_node(loss: Any) -> None:
    """A node of shape (B,) that was computed, not put in."""
    if not hasattr(loss, "add_grad"):
        advice = " Use its .loss." if hasattr(loss, "loss") else ""
        raise TypeError(f"A loss node is needed here; got a {type(loss).__name__}.{advice}")
    if loss.width is not None or loss in loss.graph.inputs:
        raise ValueError(
            f"A loss has one number for each example, (B,), and is computed; {loss.name} is "
            f"{loss.shape}. Use squared_error or cross_entropy."
        )


def ready_for_backward(graph: Any, loss: Any) -> None:
    """`loss` is a loss of this graph, and Forward was run since anything changed."""
    loss_node(loss)
    if loss.graph is not graph:
        raise ValueError(
            f"{loss.name} belongs to another graph (perhaps its cell was run again). "
            f"Use that graph: {loss.name}.graph.Backward({loss.name})."
        )
    if not graph._forward_done:
        raise RuntimeError(
            "Backward needs the values of the present inputs and weights: run Forward first "
            "(also after SGD, and after setting an input or a parameter)."
        )


def ready_for_update(graph: Any) -> None:
    """Backward was run since the last Forward, and left a gradient for every parameter."""
    if not graph._backward_done:
        raise RuntimeError(
            "SGD needs the gradients of the last Forward at the present weights: run Forward, "
            "then Backward(loss), before each SGD."
        )
    for parameter in graph.parameters:
        same_kind("{}.grad", parameter.name, parameter.value, parameter.grad)


def callback_answer(answer: Any) -> None:
    """What a callback returns has no effect, so it is not something that is meant to have one."""
    if isinstance(answer, (bool, np.bool_)) and answer:
        raise TypeError(
            "The callback returned True, which does not end the run. To end it like the ■ button, "
            "write `raise nn.StopTraining` in the callback; otherwise return nothing."
        )
    if iscoroutine(answer) or isgenerator(answer):
        answer.close()  # Python need not warn of it as well
        kind = "a generator (it has a `yield`)" if isgenerator(answer) else "async"
        raise TypeError(f"The callback is {kind}, so none of it was run. Make it a plain function.")


def trained_here(trainer: int | None) -> None:
    """No other thread trains the graph; a thread is known by its number."""
    if trainer not in (None, get_ident()):
        raise RuntimeError(
            "This network is being trained by another thread. Meanwhile nn.evaluate can be used. "
            "For anything else make a copy and use that: copy.deepcopy(model)."
        )


def wrong_step_back(node: Any, grad: Any) -> ValueError:
    """The error of a backward step that added something of another shape than the node's value."""
    return ValueError(
        f"{node.name}.grad must have the shape of {node.name}, {node.value.shape}; "
        f"a backward step added one of shape {np.shape(grad)}."
    )


def numpy_meets_node(ufunc: np.ufunc, node: Any) -> TypeError:
    """The error of a NumPy function that was given a node."""
    return TypeError(
        f"NumPy's {ufunc.__name__} works with arrays, and {node.name} is a node of the graph. "
        f"Its array is {node.name}.value."
    )


def wrong_forward(node: Any, shape: tuple[int, ...]) -> ValueError:
    """The error of an operation whose forward made something else than its shape."""
    if node.value is None:
        return ValueError(
            f"{node}: forward must assign self.value, and assigned nothing. Does it return it?"
        )
    made = getattr(node.value, "shape", f"a {type(node.value).__name__}")
    return ValueError(f"{node}: forward must make an array of shape {shape}; it made {made}.")


def _array(name: str, values: Any) -> np.ndarray:
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked entries. Fill them or leave them out first.")
    try:
        return np.array(values)
    except ValueError:  # NumPy's own words do not say which node
        raise ValueError(f"{name} needs an array; its rows have different lengths.") from None


def _not_empty(name: str, array: np.ndarray) -> np.ndarray:
    if len(array) == 0:
        raise ValueError(f"{name} has no rows. A batch has at least one example.")
    return array
