"""Forward, Backward and SGD in their order; and what an operation of one's own has done wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import iscoroutine, isgenerator
from threading import get_ident
from typing import Any

import numpy as np

from course_nn.checks.arrays import FLOAT64, same_kind
from course_nn.checks.building import loss_node
from course_nn.checks.words import name_to_type, short, shown


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
        name = parameter.name
        raise RuntimeError(
            f"{name}.per_example_grad needs Forward and Backward first, and once more after a "
            "weight or an input was changed: to update, compute the steps of all parameters first, "
            "then assign."
        )


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


def gradients_for_all(graph: Any, gradients: Mapping[Any, Any]) -> None:
    """One for each parameter of the graph, and for nothing else."""
    if {*gradients} != {*graph.parameters}:
        names = ", ".join(p.name for p in graph.parameters)
        got = ", ".join(shown(getattr(p, "name", p)) for p in gradients) or "none"
        raise ValueError(f"Gradients are needed for {names} of this graph; got {got}.")
    for p, gradient in gradients.items():
        same_kind("The gradient of {}", p.name, p.value, gradient)


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


def values_as_made(graph: Any, given: list[Any]) -> None:
    """Forward has left the inputs and parameters that were given, and what each node has made."""
    nodes = (*graph.inputs, *graph.parameters, *graph.nodes)
    for node, before in zip(nodes, (*given, *graph._values), strict=True):
        if node.value is not before:
            raise ValueError(
                f"A forward step has assigned {node.name}.value, with which others have computed. "
                "It assigns self.value, and nothing else."
            )


def steps_only_add(graph: Any, arrived: Iterable[tuple[Any, np.ndarray]]) -> None:
    """The steps back have left the values, and of each node the gradient that had arrived."""
    for node, grad in arrived:
        if node.grad is not grad:
            raise ValueError(
                f"{node}: {node.name}.grad has changed after the step back from here began. A "
                "backward adds to the gradients of its operands, by a.add_grad(...), and leaves "
                "self.grad as it is."
            )
    if not graph.up_to_date:
        raise ValueError(
            "A backward step has assigned a value. It adds to the gradients of its operands, by "
            "a.add_grad(...), and nothing else."
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
