"""What is refused, and in which words: what was expected, what came, what to do.

A function takes a value and gives it back in the form in which the course works with it, or takes
a situation and returns nothing; what does not fit raises ValueError, TypeError, RuntimeError or,
for numbers that overflow, FloatingPointError. Nothing is changed here, so a refusal loses nothing.
What only one operation refuses stands beside it. `NoArray`, at the end, is what a node refuses to
be.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Mapping
from inspect import iscoroutine, isgenerator
from keyword import iskeyword
from operator import attrgetter
from threading import get_ident
from typing import Any, NoReturn

import numpy as np

FLOAT64 = np.dtype(np.float64)
Names = tuple[str, ...]
LONGEST_NAME = 100  # characters of an expression that names a node; a longer one is "node 17"


def in_normal_form(name: Any) -> Any:
    """A name as Python itself reads it in code: the µ of some keyboards is the Greek μ (NFKC)."""
    return unicodedata.normalize("NFKC", name) if isinstance(name, str) else name


def node_name(name: Any, taken: Collection[str]) -> str:
    """A name for a node: an identifier such as z1, so that it can stand in code and formulas."""
    name = in_normal_form(name)
    is_name = isinstance(name, str) and name.isidentifier() and not iskeyword(name)
    if not is_name or name == "__debug__":  # which no code may assign
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
    is_huge = isinstance(value, int) and value.bit_length() > 1000  # no float may hold it
    if is_huge or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be 0 or more, and finite; got {shown(value)}.")
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
        raise ValueError(f"{what} must be 1 or more; got {shown(value)}.")
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


def one_of(what: str, allowed: Collection[str], value: Any) -> None:
    """One of a few names, such as that of an activation."""
    if value not in list(allowed):
        raise ValueError(f"{what} must be one of {', '.join(map(repr, allowed))}; got {value!r}.")


def shown(value: Any) -> str:
    """A value as an error message shows it: short, and of an array only its shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, int) and value.bit_length() > 100:
        return f"a whole number of {value.bit_length()} bits"
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def short(value: float, decimals: int = 4) -> str:
    """A loss with four decimals, or with a power of ten where that would be a long number."""
    return f"{value:.{decimals}f}" if abs(value) < 1e6 else f"{value:.3e}"


def counted(number: int, noun: str) -> str:
    """Such as "1 epoch", "2,800 updates"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def finite(name: str, values: Any) -> np.ndarray:
    """A read-only float64 copy; what is not a finite number is refused with its place."""
    array = _array(name, values)
    if array.dtype.kind not in "buif":
        came = type(values).__name__ if array.dtype == object else f"an array of {array.dtype}"
        advice = _advice_for_numbers(values, array)
        raise TypeError(f"{name} needs an array of numbers; got {came}.{advice}")
    if array.dtype.kind in "iu" and array.size and max(-int(array.min()), int(array.max())) > 2**53:
        raise ValueError(
            f"{name} has whole numbers of more than 15 digits, such as {array.max()}, of which "
            "float64 would drop some. If these are not numbers but names, leave them out; if some "
            "digits less do, give .astype(float)."
        )
    with np.errstate(all="ignore"):
        array = array.astype(np.float64, copy=False)  # `_array` made a copy already
    if not np.isfinite(array).all():
        place = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        raise ValueError(f"{name} has {array[tuple(place)]} at {place}; it needs finite numbers.")
    array.flags.writeable = False
    return array


def _advice_for_numbers(values: Any, array: np.ndarray) -> str:
    """What to do with an array of something else, such as a table of pandas."""
    if array.dtype.kind not in "OSU" or not array.ndim:
        return ""
    found = _entry_without(array, (bool, int, float, np.number, np.bool_))
    if found is None:
        way = "to_numpy(float)" if hasattr(values, "to_numpy") else "astype(float)"
        return f" All of it are numbers: use .{way}."
    place, value = found
    if isinstance(value, (str, bytes)):
        return (
            f" At {place} is {shown(value)}: leave such a column out, or give each of its words a "
            "column of 0 and 1. Numbers that were read as text: np.array(…, dtype=float)."
        )
    return f" At {place} is {shown(value)}: fill such an entry, or leave its row out."


def weights(name: str, values: Any) -> np.ndarray:
    """The value of a parameter: two axes, at least one entry, finite; a read-only copy."""
    array = finite(name, values)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be an array with two axes, like W1 with (D, H1) or a bias row with "
            f"(1, K); got shape {array.shape}. Random weights: nn.initial_weights."
        )
    return array


def new_weights(graph: Any, parameter: Any, new: np.ndarray) -> None:
    """An update of a parameter of this graph: the shape it had, and finite."""
    name = parameter.name
    if parameter.graph is not graph:
        raise ValueError(
            f"{name} belongs to another graph (perhaps its cell was run again). Give new values to "
            "the parameters of this graph: graph.parameters."
        )
    same_kind("The new value of {}", name, parameter.value, new)
    # A sum is quicker, and not finite if an entry is not; or if it is too large itself.
    if not math.isfinite(np.add.reduce(new, axis=None)) and not np.isfinite(new).all():
        if parameter.grad is not None and (not_finite := int((~np.isfinite(parameter.grad)).sum())):
            raise FloatingPointError(
                f"The gradient of {name} is not finite (NaN or infinite) in {not_finite} of its "
                f"{parameter.grad.size} entries. No weight was changed."
            )
        raise FloatingPointError(
            f"The update would make {name} infinite or NaN. No weight was changed. "
            "A smaller learning rate helps."
        )


def same_kind(what: str, name: str, weights: np.ndarray, array: Any) -> None:
    """A new value or a gradient of a parameter: float64, of the shape of its weights."""
    if type(array) is not np.ndarray or array.dtype != FLOAT64 or array.shape != weights.shape:
        kind = type(array).__name__
        if isinstance(array, np.ndarray):
            plain = type(array) is np.ndarray
            kind = f"{'' if plain else kind + ' of '}{array.dtype} of shape {array.shape}"
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
        raise ValueError(f"{wanted}; got shape {array.shape}.{_advice_for_shape(array)}")
    _not_empty(name, array)
    if array.dtype.kind not in "iu":  # NumPy counts a span of time as an integer
        raise TypeError(f"{wanted}; got {array.dtype}. {_advice_for_labels(values, array)}")
    wrong = np.flatnonzero((array < 0) | (array >= classes))
    if wrong.size:
        raise ValueError(f"{wanted}; row {wrong[0]} is {array[wrong[0]]}.")
    array.flags.writeable = False
    return array


def rows(name: str, values: Any) -> np.ndarray:
    """An array with at least one axis, of whatever there is in its rows."""
    array = _array(name, values)
    if array.ndim == 0:
        raise ValueError(f"{name} needs an array with a row for each example; got {shown(values)}.")
    return array


def labels_to_divide_by(values: Any) -> np.ndarray:
    """Integer labels, shape (N,), whatever the classes: those that a split is made by."""
    array = _array("y", values)
    wanted = "split divides each class in the same proportions, so y must be integer labels, (N,)"
    if array.ndim != 1:
        raise ValueError(f"{wanted}; got shape {array.shape}.{_advice_for_shape(array)}")
    _not_empty("y", array)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{wanted}; got {array.dtype}. {_advice_for_labels(values, array)}")
    return array


def _advice_for_shape(array: np.ndarray) -> str:
    column = array.ndim == 2 and 1 in array.shape
    return " A single column becomes (B,) by np.ravel(labels), or labels.ravel()." * column


def _advice_for_labels(values: Any, array: np.ndarray) -> str:
    """What to do with labels (B,) that are no integers."""
    found = _entry_without(array, (bool, int, float, np.number, np.bool_))
    if found is not None and isinstance(found[1], (str, bytes)):
        return (
            "Words become integers by classes, labels = np.unique(words, return_inverse=True), "
            "and classes[labels] are the words again."
        )
    if found is not None:
        return f"Row {found[0][0]} is {shown(found[1])}, which is no class."
    numbers = array.astype(float)
    wrong = np.flatnonzero(numbers != np.floor(numbers))  # also NaN
    if wrong.size:
        return f"Row {wrong[0]} is {array[wrong[0]]}, which is no class."
    way = "to_numpy().astype(int)" if hasattr(values, "to_numpy") else "astype(int)"
    return f"Labels are not cast silently: if they are whole numbers, use labels.{way}."


def all_named(unnamed: Collection[Any]) -> None:
    """Forward takes its data by name."""
    if unnamed:
        raise TypeError("Forward takes data by the names of the inputs: Forward(x=X, y=labels).")


def names_of_inputs(
    data: Any, inputs: Collection[str], whole: str | None, graph: Any = None
) -> dict[str, Any]:
    """Data by the names of inputs; all of them, if the data are called something as a whole.

    Args:
        graph: whose inputs they are, if it may be that labels are missing because there are none.
    """
    whole_dict = f"{{{', '.join(f'{name!r}: …' for name in inputs)}}}"
    if not isinstance(data, Mapping):
        raise TypeError(
            f"{whole} must be a dict with an array for each input, {whole_dict}; "
            f"got a {type(data).__name__}."
        )
    by_name = dict(data)
    if any(name not in inputs for name in data):
        by_name = {in_normal_form(name): values for name, values in data.items()}
        unknown = [shown(name) for name in by_name if name not in inputs]
        if unknown:
            raise ValueError(
                f"There is no input {', '.join(unknown)}. The inputs are {', '.join(inputs)}."
            )
        if len(by_name) < len(data):
            written = ", ".join(map(ascii, data))
            raise ValueError(f"Data are given twice for one input: {written} are read alike.")
    missing = [name for name in inputs if whole and name not in by_name]
    if missing:
        raise ValueError(
            f"{whole} must be {whole_dict}; {', '.join(missing)} is missing."
            + _without_labels(missing, graph)
        )
    same_index(by_name)
    return by_name


def data_for_prediction(
    data: Any, inputs: Collection[str], needed: Collection[str]
) -> dict[str, Any]:
    """The data that a prediction needs, all of them; others of the inputs may be there too."""
    if isinstance(data, Mapping):
        others = {name for name in inputs if name not in needed}
        unused = [name for name in data if in_normal_form(name) in others]
        data = {name: values for name, values in data.items() if name not in unused}
    return names_of_inputs(data, needed, "The data for a prediction")


def same_rows(arrays: Mapping[str, np.ndarray | None], graph: Any = None) -> int:
    """The number of examples B: all inputs are set, and have the same number of rows.

    Args:
        graph: whose inputs they are, if it may be that labels are missing because there are none.
    """
    rows = {None if array is None else len(array) for array in arrays.values()}
    if None in rows:
        name = next(name for name, array in arrays.items() if array is None)
        raise RuntimeError(
            f"{name} was never set. Use {name}.set(...) before Forward."
            + _without_labels([name], graph)
        )
    if len(rows) > 1:
        listed = ", ".join(f"{name} has {len(array)}" for name, array in arrays.items())
        raise ValueError(
            f"All inputs need the same number of rows (examples): {listed}."
            + _without_labels([*arrays][1:], graph)
        )
    return rows.pop() if rows else 0


def index_of(values: Any) -> Any:
    """What a table of pandas, or an input that holds one, calls its rows; None of what has none."""
    index = getattr(values, "index", None)  # of a list it is a method
    return index if hasattr(index, "equals") else None


def same_index(data: Mapping[str, Any]) -> None:
    """Rows are matched by position: what pandas calls them, its index, must not say otherwise."""
    named = {name: index_of(values) for name, values in data.items()}
    named = {name: index for name, index in named.items() if index is not None}
    for name, index in named.items():
        first, other = next(iter(named.items()))
        if len(index) == len(other) and not index.equals(other):
            raise ValueError(
                f"Row by row {first} and {name} are taken together, but they have not the same "
                f"index, so that their rows may be those of different examples. Bring them into "
                f"one order, as by {name} = {name}.loc[{first}.index]; if the order is right, give "
                ".to_numpy() of each."
            )


def same_columns(train: Any, *others: Any) -> None:
    """Columns too are matched by position: two tables, of pandas or polars, must name them alike
    and in one order."""
    known: Names | None = None
    for names in map(names_of_columns, (train, *others)):
        if known and names and len(names) == len(known) and _differ(known, names):
            raise ValueError(
                "Column by column these tables are taken together, but their columns have not the "
                "same names in the same order. Bring them into one, as by test = "
                "test[train.columns]; if the order is right, give .to_numpy() of each."
            )
        known = names if known is None or (names and _numbered(known)) else known


def names_of_columns(table: Any) -> Names | None:
    """Of a table of pandas or polars; None of what has none. As text, so that they are the same
    when they come back from a file."""
    named = getattr(table, "columns", None)
    return tuple(map(str, named)) if hasattr(named, "__iter__") else None


def columns(name: str, before: Names | None, now: Names | None) -> Names | None:
    """The names of the columns of an input that count, if `before` they were the first.

    A table whose columns are only numbered, 0, 1, …, or an array says nothing of their names.
    Raises ValueError: other names, or another order. Each column would meet the weights of
    another one.
    """
    if before is None or now is None:
        return before if now is None else now
    if not _differ(before, now):
        return before if _numbered(now) else now
    if set(now) == set(before):
        place = [a == b for a, b in zip(now, before, strict=True)].index(False)
        raise ValueError(
            f"{name} had these columns before in another order: column {place} was "
            f"{before[place]!r} and is {now[place]!r} now, but it would meet the same weights. "
            "Bring them into one order, as by new = new[train.columns]; if the order is right, "
            "give .to_numpy()."
        )
    gone, new = ([n for n in one if n not in two] for one, two in ((before, now), (now, before)))
    raise ValueError(
        f"{name} had other columns before: {_quoted(gone)}, and in their place {_quoted(new)} now, "
        "which would meet the weights of these. Give the columns of before, as by "
        "new = new[train.columns]; if they are the same under other names, give .to_numpy(); for "
        "other data make a new network."
    )


def _differ(before: Names, now: Names) -> bool:
    """Whether both have names that say which column is which, and not the same ones."""
    unnamed = (_numbered(before) or _numbered(now)) and set(before) != set(now)
    return before != now and not unnamed


def _numbered(names: Names) -> bool:
    return names == tuple(map(str, range(len(names))))


def _quoted(names: Collection[str]) -> str:
    """The first few of them."""
    first = ", ".join(map(repr, [*names][:4]))
    return f"{first}, … ({len(names)} of them)" if len(names) > 4 else first or "none"


def _without_labels(missing: Collection[str], graph: Any) -> str:
    """Advice, where nothing but losses needs what is missing."""
    for node in graph.inputs if graph is not None else ():
        users = [user for user in graph.nodes if node in user.operands]
        if node.name in missing and users and all(user.width is None for user in users):
            return f" Without {node.name}, nn.predict gives the network's answers."
    return ""


def loss_node(loss: Any) -> None:
    """A node of shape (B,) that was computed, not put in."""
    if not hasattr(loss, "add_grad"):
        advice = " Use its .loss." if hasattr(loss, "loss") else ""
        raise TypeError(f"A loss node is needed here; got a {type(loss).__name__}.{advice}")
    if loss.width is not None or not loss.operands:
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
            "Use that graph: {0}.graph.Backward({0}).".format(name_to_type(loss, "loss"))
        )
    if not graph.up_to_date:
        raise RuntimeError(
            "Backward needs the values of the present inputs and weights: run Forward first "
            "(also after SGD, after setting an input or a parameter, and after assigning the value "
            "of a node, which Forward computes)."
        )


def ready_for_each_example(parameter: Any) -> None:
    """Forward and Backward were run since anything changed."""
    if not (parameter.graph.up_to_date and parameter.graph._backward_done):
        raise RuntimeError(f"{parameter.name}.per_example_grad needs Forward and Backward first.")


def same_alone(loss: Any, b: int, together: np.ndarray, alone: float) -> None:
    """The loss of example b does not depend on the other examples of its batch, but for rounding.

    What is not finite says nothing.
    """
    size = np.max(np.abs(together), where=np.isfinite(together), initial=0.0)
    if abs(float(alone) - float(together[b])) > 1e-6 * size:  # floats do not warn of inf − inf
        raise ValueError(
            f"{loss.name} of example {b} is {short(together[b])} in its batch, but {short(alone)} "
            "alone. So an operation mixes the examples, or makes something else each time, and "
            "there is no gradient for each example alone, of which the mean is the one of the "
            "batch."
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
            "This network is being trained by another thread. Meanwhile nn.evaluate and nn.predict "
            "can be used. For anything else make a copy and use that: copy.deepcopy(model)."
        )


def same_operations(before: float | None, now: float | None) -> None:
    """The loss of the first rows is what it was when the run to resume ended; None is not known."""
    if before is None or now is None or np.isclose(now, before, rtol=1e-6, atol=0, equal_nan=True):
        return
    raise ValueError(
        f"With the same data and weights the loss of the first rows is {short(now)}; when the run "
        f"to resume ended it was {short(before)}. So an operation of your own computes something "
        "else: it has another constant, or has kept something, such as a running mean or a "
        "generator of random numbers, which a checkpoint does not hold. Take network and history "
        "from one pickle or copy.deepcopy, or start a new run without resume."
    )


def step_back(node: Any, grad: Any) -> None:
    """What a backward step adds to the gradient of a node: float64, of the shape of its value."""
    if np.shape(grad) != node.value.shape:
        raise ValueError(
            f"{node.name}.grad must have the shape of {node.name}, {node.value.shape}; "
            f"a backward step added one of shape {np.shape(grad)}."
        )
    if came := _no_float64(grad):
        raise ValueError(
            f"{node.name}.grad must be an array of float64, like all gradients; a backward step "
            f"added {came}."
        )


def step_failed(node: Any, method: str, error: Exception) -> None:
    """`forward` or `backward` of a node raised an error: say why, if it is one of two known slips.

    Which one it is, is tried out: with the slip made harmless the step works.
    """
    if isinstance(error, ValueError):  # it writes into an array that is read-only?
        _writes_into(node, method, error)
    if isinstance(error, TypeError) and method == "backward":  # a.grad += …, where it is None?
        _adds_to_none(node, error)


def _writes_into(node: Any, method: str, error: ValueError) -> None:
    """Raises ValueError: the step works, and changes arrays, if these can be written into."""
    seen: list[tuple[str, np.ndarray, np.ndarray]] = []  # a name, as it was, and as it is
    with node.graph.left_as_it_was():
        for each in (*node.operands, node):
            for where in ("value", "grad"):
                array = getattr(each, where)
                if isinstance(array, np.ndarray):
                    own = array.copy()
                    seen.append((f"{each.name}.{where}", array, own))
                    vars(each)[f"_{where}" if f"_{where}" in vars(each) else where] = own
        for each in node.operands:  # with what it adds it may go on, in this trial

            def add_grad(grad: Any, to: str = each.name) -> None:
                if type(grad) is np.ndarray and grad.dtype == FLOAT64:
                    seen.append((f"what it has added to {to}.grad", grad.copy(), grad))

            vars(each)["add_grad"] = add_grad
        try:
            getattr(node, method)()
        except Exception:  # it has another reason, which stands in `error`
            return
    for name, before, now in seen:
        if not np.array_equal(before, now, equal_nan=True):
            raise ValueError(
                f"{node}: {method} writes into {name}, which others need as it is. "
                "Write into an array of your own, such as a copy: a.value.copy()."
            ) from error


def _adds_to_none(node: Any, error: TypeError) -> None:
    """Raises TypeError if nothing had arrived at an operand, and the step works with a 0 there."""
    empty = [operand for operand in node.operands if operand.grad is None]
    for operand in empty:
        operand.grad = np.zeros_like(operand.value, dtype=float)
    try:
        node.backward()
    except Exception:  # it has another reason, which stands in `error`
        return
    finally:
        for operand in empty:
            operand.grad = None
    raise TypeError(
        f"{node}: backward adds to the grad of an operand, which is None as long as nothing has "
        "arrived there. Write a.add_grad(...) for a.grad += ... and for a.grad = a.grad + ...: it "
        "knows that, and adds up."
    ) from error


def made_by_forward(node: Any, shape: tuple[int, ...]) -> None:
    """The value that an operation's forward has made: float64, of its shape."""
    if node.value is None:
        raise ValueError(
            f"{node}: forward must assign self.value, and assigned nothing. Does it return it?"
        )
    made = getattr(node.value, "shape", f"a {type(node.value).__name__}")
    if made != shape:
        raise ValueError(f"{node}: forward must make an array of shape {shape}; it made {made}.")
    if made := _no_float64(node.value):
        raise ValueError(f"{node}: forward must make an array of float64; it made {made}.")


def _no_float64(value: Any) -> str:
    """What came where an array of float64 is needed, and what makes one of it; '' if it is one.

    Two dtypes float64 can be different objects, as after pickle.
    """
    if type(value) is not np.ndarray:
        return f"a {type(value).__name__}. np.array(..., dtype=float) makes one"
    if value.dtype == FLOAT64:
        return ""
    came = f"one of {value.dtype}"
    if value.dtype.kind == "f" and value.dtype.itemsize < FLOAT64.itemsize:
        return f"{came}, which has fewer digits. Compute in float64 from the start"
    if value.dtype.kind == "c":
        return f"{came}. If all imaginary parts are 0, take .real"
    return f"{came}. .astype(float) makes one"


def _array(name: str, values: Any) -> np.ndarray:
    if type(values) is not np.ndarray:
        _from_elsewhere(name, values)
    try:
        return np.array(values)
    except ValueError:  # NumPy's own words do not say which node
        raise ValueError(f"{name} needs an array; its rows have different lengths.") from None


def is_masked(values: Any) -> bool:
    """Whether an entry is masked, in an array or in lists of arrays: NumPy drops the mask."""
    if isinstance(values, (list, tuple)):
        return any(map(is_masked, values))
    return isinstance(values, np.ma.MaskedArray) and bool(np.ma.is_masked(values))


def _from_elsewhere(name: str, values: Any) -> None:
    """Refuse what NumPy would make something else of than its numbers."""
    if isinstance(values, NoArray):
        raise TypeError(f"{name} needs an array; {array_of(values)}")
    if is_masked(values):
        raise ValueError(f"{name} has masked entries. Fill them or leave them out first.")
    if hasattr(values, "toarray"):  # a sparse matrix of SciPy
        raise TypeError(f"{name} needs an array; got a {type(values).__name__}. Use .toarray().")
    if getattr(values, "requires_grad", False):  # a tensor of PyTorch
        raise TypeError(
            f"{name} needs an array; got a {type(values).__name__} that keeps a gradient. "
            "Use .detach().numpy()."
        )


def _entry_without(array: np.ndarray, kinds: Any) -> tuple[Any, Any] | None:
    """The place and the value of the first entry that is of none of these types."""
    for place in np.ndindex(array.shape):
        if not isinstance(array[place], kinds):
            return [int(i) for i in place], array[place]
    return None


def _not_empty(name: str, array: np.ndarray) -> np.ndarray:
    if len(array) == 0:
        raise ValueError(f"{name} has no rows. A batch has at least one example.")
    return array


def fixed(name: str, shown_as: Any = None) -> Any:
    """An attribute that can be read, such as a list as a tuple. Who may change it sets `_name`."""
    read = attrgetter(f"_{name}")

    def refuse(thing: Any, _: Any) -> NoReturn:
        raise AttributeError(
            f".{name} of a {type(thing).__name__} can be read, but not be changed: other things "
            "depend on it. Make a new one instead.",
            name=name,
            obj=thing,
        )

    return property(read if shown_as is None else lambda thing: shown_as(read(thing)), refuse)


# --- a node is no array ---------------------------------------------------------------------------
#
# NumPy, given the node itself, would make an array with one object in it, of which the largest
# entry always stands at 0.


def name_to_type(node: Any, otherwise: str) -> str:
    """The name of a node, or `otherwise` where that is an expression such as relu(z1)."""
    return node.name if node.name.isidentifier() else otherwise


def array_of(node: Any) -> str:
    """Where the array of a node is, in words that can be typed."""
    if node.name.isidentifier():
        return f"{node.name} is a node of the graph. Its array is {node.name}.value."
    return (
        f"{node.name} is a node of the graph. Its array is its .value: keep the node in a "
        "variable, such as h = …, and write h.value."
    )


def _no_array(what: str) -> Any:
    def refuse(node: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{what} works with arrays, and {array_of(node)}")

    return refuse


def _no_arithmetic(symbol: str) -> Any:
    def refuse(node: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"{symbol} works with arrays, and {array_of(node)} Between nodes there are h @ W, "
            "a + b and the operations of course_nn, such as nn.relu; a further one is a class of "
            "your own, nn.Operation."
        )

    return refuse


class NoArray:
    """What Python and NumPy would do with an array is refused, and the message says `.value`.

    The two that a graph has, `h @ W` and `a + b`, stand in `operations`. A node is true, equal to
    itself alone, and can be a key: that is what lists and dicts of nodes need.
    """

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"An array is needed here, and {array_of(self)}")

    def __array_ufunc__(self, function: Any, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"NumPy's {function.__name__} works with arrays, and {array_of(self)}")

    __array_function__ = __array_ufunc__

    def __format__(self, form: str) -> str:
        if form:
            raise TypeError(f"The format {form!r} is for numbers, and {array_of(self)}")
        return str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (complex, float, int, list, np.generic, np.ndarray)):
            raise TypeError(f"A comparison such as == 0 works with arrays, and {array_of(self)}")
        return self is other

    __hash__ = object.__hash__

    def __iter__(self) -> NoReturn:
        raise TypeError(f"Going through the rows works with arrays, and {array_of(self)}")
        yield  # only when it is asked for a row: NumPy would have other words for it

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in OF_ARRAYS]

    def __bool__(self) -> bool:  # not by len
        return True


class _OfArrays:
    """In the place of an attribute that arrays have. What is assigned to a node comes before it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: Any, owner: type) -> Any:
        if node is None:
            return self
        error = f".{self.name} belongs to an array, and {array_of(node)}"
        raise AttributeError(error, name=self.name, obj=node)


# Not by `__getattr__`, with which Python looks up every attribute more slowly.
OF_ARRAYS = ("T", "argmax", "argmin", "astype", "dtype", "flatten", "item", "max", "mean", "min")
OF_ARRAYS += ("ndim", "ravel", "reshape", "round", "size", "sort", "std", "sum", "tolist", "var")
OF_ARRAYS += ("all", "any", "argsort", "clip", "copy", "cumsum", "dot", "prod", "squeeze", "take")
OF_ARRAYS += ("transpose", "view")
for _name in OF_ARRAYS:
    setattr(NoArray, _name, _OfArrays(_name))
for _method, _what in {
    **{"float": "float(…)", "int": "int(…)", "complex": "complex(…)", "len": "len(…)"},
    **{"round": "round(…)", "trunc": "trunc(…)", "abs": "abs(…)", "divmod": "divmod(…)"},
    "contains": "`in`",
    **{"getitem": "An index […]", "setitem": "An index […]", "index": "A place in a list"},
    **dict.fromkeys(("lt", "le", "gt", "ge"), "A comparison such as > 0"),
}.items():
    setattr(NoArray, f"__{_method}__", _no_array(_what))
for _method, _what in {
    **{"sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**"},
    **{"add": "+", "matmul": "@", "and": "&", "or": "|", "xor": "^"},
    **{"lshift": "<<", "rshift": ">>"},
}.items():
    setattr(NoArray, f"__{_method}__", _no_arithmetic(_what))
    setattr(NoArray, f"__r{_method}__", _no_arithmetic(_what))
for _method, _what in {"neg": "-", "pos": "+", "invert": "~"}.items():
    setattr(NoArray, f"__{_method}__", _no_arithmetic(_what))
