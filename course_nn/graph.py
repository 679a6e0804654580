"""The computational graph and the professor's three functions on it.

* `Forward()` goes through the computational nodes in the order in which they were made.
* `Backward(loss)` resets the gradients, sets `loss.grad = 1.` and goes through the nodes in
  reverse; at its end sums over the examples become averages.
* `SGD(learning_rate)` subtracts learning rate times gradient from each parameter.

Rows are examples. Inputs and computational nodes always have the batch axis B, parameters never:
the kind of node says so, not its shape. Which operations there are is not known here.

Source: the EDF framework of TTIC 31230 (D. McAllester); lesson 07 builds a small one by hand.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.checks import FLOAT64

Array = np.ndarray
Data = Mapping[str, Any]  # an array for each input, by its name


class Node(checks.NoArray):
    """What a graph holds: `name`, `value` and `grad`.

    A parameter has its value at once, an input from `set` on, a computational node from `Forward`
    on; `Backward` gives gradients to all but the inputs. Before, they are None.

    `width` is the number of columns K of a value (B, K), and None where every example has one
    number, as in a loss: (B,).
    """

    name, width, graph = map(checks.fixed, ("name", "width", "graph"))
    operands: tuple[Node, ...] = ()  # what it is computed from; an operation sets it first
    value: Any = None
    grad: Array | None = None
    _list = "nodes"  # of the graph

    def __init__(self, name: str | None, width: int | None) -> None:
        graph = _here.open
        checks.joins(graph, self if self.operands else name, self.operands)
        if name is not None or not self.operands:  # only an operation may do without a name
            name = checks.node_name(name, [node.name for node in graph.everything])
        if name is None and len(name := str(self)) > checks.LONGEST_NAME:
            name = f"node {len(graph.nodes) + 1}"  # or the names of its users grow and grow
        self._name, self._width, self._graph = name, width, graph
        vars(graph)[self._list] += (self,)
        graph._forward_done = graph._backward_done = False  # here is no value yet
        graph._is_new = True

    @property
    def shape(self) -> str:
        """The shape in words, with B for the number of examples: '(B, 32)', '(B,)'."""
        return "(B,)" if self.width is None else f"(B, {self.width})"

    def __str__(self) -> str:
        return f"node {self.name}"

    def __repr__(self) -> str:
        return f"{self}  {self.shape}"

    def add_grad(self, grad: Array) -> None:
        """Add `grad` (float64, shape of `value`) to what other uses of this node have contributed.

        Adding, not overwriting, is the chain rule for a node that is used more than once. Nothing
        is added in place, so an array that somebody has collected never changes later. What was
        added is read-only from then on; of a view a copy is taken.
        Raises ValueError: another shape, another dtype, or no array.
        """
        if type(grad) is not Array or grad.dtype is not FLOAT64 or grad.shape != self.value.shape:
            checks.step_back(self, grad)
        if grad.base is not None:  # a view, which would change with the array behind it
            grad = grad.copy()
        if self.grad is not None:
            grad = self.grad + grad
        grad.setflags(False)  # read-only: a step that went on to compute in it would change it
        self.grad = grad


class Input(Node):
    """Data that enters the graph: B rows of `width` numbers."""

    _value: Array | None = None
    _columns: checks.Names | None = None  # what tables called them; see `remember`
    _index: tuple[Array, Any] | None = None  # what a table called these rows
    _list = "inputs"

    def __init__(self, name: str, width: int) -> None:
        super().__init__(name, checks.whole_number(f"The width of {name}", width))

    def __str__(self) -> str:
        return f"input {self.name}"

    @property
    def value(self) -> Array | None:  # type: ignore[override]
        """The values last set, (B, width), read-only; None before."""
        return self._value

    @value.setter
    def value(self, values: Any) -> None:
        checked = self.checked(values)
        with self.graph.lock:
            checks.trained_here(self.graph.trainer)
            self.graph.put({self: checked})
            self.remember(values)

    def set(self, values: Any) -> None:
        """Use a copy of these values, shape (B, width), from the next Forward on.

        Raises ValueError or TypeError: another shape, no rows, not numbers, NaN or infinity; a
        table with other columns than one before.
        """
        self.value = values

    def checked(self, values: Any) -> Array:
        """A read-only copy of `values`, or the error that says what is wrong with them."""
        array = checks.inputs(self.name, self.width, values)
        checks.columns(self.name, self._columns, checks.names_of_columns(values))
        return array

    def remember(self, values: Any) -> None:
        """How a table, whose rows are the value now, calls its columns, as later ones must, too,
        because the weights of each are learned; and how it calls these rows.
        """
        self._columns = checks.columns(self.name, self._columns, checks.names_of_columns(values))
        index = checks.index_of(values)
        self._index = None if index is None else (self._value, index)
        if index is not None:
            self.graph.has_index = True

    @property
    def index(self) -> Any:
        """What a table called the rows that are the value now; None where it did not."""
        known = self._index is not None and self._index[0] is self._value
        return self._index[1] if known else None  # type: ignore[index]

    def add_grad(self, grad: Array) -> None:
        """Nothing: data are not learned, so an input keeps no gradient."""


class Labels(Input):
    """The right answers as integers 0 .. classes − 1, one for each example: (B,), never cast."""

    classes = checks.fixed("classes")

    def __init__(self, name: str, classes: int) -> None:
        self._classes = checks.whole_number(f"The number of classes of {name}", classes)
        Node.__init__(self, name, None)  # not Input's, because labels have no width

    def __str__(self) -> str:
        return f"labels {self.name} 0..{self.classes - 1}"

    def checked(self, values: Any) -> Array:
        """A read-only copy of the labels, or the error that says what is wrong with them."""
        return checks.labels(self.name, self.classes, values)


class Parameter(Node):
    """Numbers that are learned, such as W1 with shape (D, H1): float64, copied, no batch axis.

    `value` is read-only, because an array that is changed in place would also change what was
    collected from it. Assign a new one: `W1.value = W1.value - 0.1 * W1.grad`.

    Raises ValueError or TypeError: not two axes (a bias is a row, (1, K)), NaN, infinity.
    """

    _list = "parameters"

    def __init__(self, name: str, value: Any) -> None:
        checks.node_name(name, [])
        self._value = checks.weights(name, value)
        super().__init__(name, self._value.shape[1])

    def __str__(self) -> str:
        return f"parameter {self.name}"

    @property
    def shape(self) -> str:
        """The shape in words, such as '(64, 32)'."""
        return str(self._value.shape)

    @property
    def value(self) -> Array:  # type: ignore[override]
        """The weights, read-only."""
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        with self.graph.lock:
            self.graph.replace_parameters({self: checks.weights(self.name, value)})

    def per_example_grad(self) -> Array:
        """The literal procedure: ∂L_b/∂W for each example alone, (B, rows, columns).

        Takes the examples one at a time through Forward and Backward, with the loss of the last
        Backward. The mean over the first axis is `grad`. Everything is left as it was.
        Raises RuntimeError before Forward and Backward; ValueError if the loss of an example is
        another one without the others, as in an operation that looks at the whole batch.
        """
        graph, collected = self.graph, []
        with graph.left_as_it_was():
            checks.ready_for_each_example(self)
            loss, batch = graph.last_loss, {x: x.value for x in graph.inputs}
            together = loss.value
            for b in range(len(together)):
                graph.put(batch, slice(b, b + 1))
                graph.Forward()
                checks.same_alone(loss, b, together, loss.value[0])
                graph.Backward(loss)
                collected.append(self.grad)
        return np.stack(collected)


class Graph:
    """The nodes of a network, in the order in which they were made in its `with` block.

    `inputs` (Input, Labels), `parameters` and `nodes` (the computational nodes) are three tuples.
    A graph becomes the current one, on which the functions `Forward`, `Backward` and `SGD` work,
    when its block closes without an error, unless `make_current=False`. `last_loss` is the loss of
    the last complete Backward.

    Threads take turns: what is computed or changed in a graph, one of them does at a time, in
    `with graph.lock`. While a run trains it, other threads can `evaluate` between two updates, and
    whatever else leaves the graph as it was; what would change it is refused. Two threads that go
    Forward by hand need a copy each: `copy.deepcopy(model)`.

    Raises RuntimeError when it is entered twice or inside another graph's block.
    """

    _is_new = True  # are there nodes that no Forward has run yet?

    def __init__(self, *, make_current: bool = True) -> None:
        self.inputs: tuple[Input, ...] = ()
        self.parameters: tuple[Parameter, ...] = ()
        self.nodes: tuple[Any, ...] = ()
        self._make_current = make_current
        self._entered = self._forward_done = self._backward_done = False
        self._values: list[Array] = []  # of the nodes, as Forward has left them
        self.last_loss: Any = None
        self.has_index = False  # has a table named the rows of an input that was set by hand?
        self.lock = threading.RLock()
        self.waiting: set[int] = set()  # threads, by number, that a run of training lets in
        self.trainer: int | None = None  # the thread whose run of training this is
        graphs[id(self)] = self

    def __enter__(self) -> Graph:
        checks.may_be_built(self._entered, _here.open)
        _here.open, self._entered = self, True
        return self

    def __exit__(self, error: Any, *_: Any) -> None:
        global _current
        _here.open = None
        if error is None and self._make_current:
            _here.current = _current = self

    @property
    def everything(self) -> list[Any]:
        """Inputs, parameters and computational nodes."""
        return [*self.inputs, *self.parameters, *self.nodes]

    @property
    def up_to_date(self) -> bool:
        """Whether the nodes hold what Forward makes of the present inputs and parameters."""
        values = [node.value for node in self.nodes]
        return self._forward_done and all(map(is_, values, self._values))

    @property
    def description(self) -> list[str]:
        """A line for each node: how it is written, and its shape."""
        return [repr(node) for node in self.everything]

    def __repr__(self) -> str:
        return "\n  ".join(["Graph", *self.description])

    def Forward(self, /, *unnamed: Any, **inputs: Any) -> None:
        """Compute the value of every node, in the order in which they were made.

        `Forward(x=X, y=labels)` sets inputs first; nothing is set if one of them is refused.

        Raises:
            ValueError, TypeError: an input that does not exist or does not fit; a `forward` of
                one's own that makes anything but a float64 array (B, width).
            RuntimeError: an input that was never set.
        """
        checks.all_named(unnamed)
        checked = self.checked_inputs(inputs) if inputs else {}
        with self.lock, np.errstate(all="ignore"):  # an overflow shows in the values
            checks.trained_here(self.trainer)
            rows = checks.same_rows({x.name: checked.get(x, x._value) for x in self.inputs}, self)
            if self.has_index:
                tables = dict(zip(checked, inputs.values(), strict=True))
                checks.same_index({x.name: tables.get(x, x) for x in self.inputs})
            self.put(checked)
            if inputs:
                for x, values in zip(checked, inputs.values(), strict=True):
                    x.remember(values)
            self._backward_done, self._values = False, []
            given = (
                [node.value for node in (*self.inputs, *self.parameters)] if self._is_new else []
            )
            for node in self.nodes:
                node.value = None  # its memory is free for the new value
                try:
                    node.forward()
                except Exception as error:
                    checks.step_failed(node, "forward", error)
                    raise
                width = node.width
                shape = (rows,) if width is None else (rows, width)
                made = node.value
                if type(made) is not Array or made.dtype is not FLOAT64 or made.shape != shape:
                    checks.made_by_forward(node, shape)
                if made.base is not None:  # a view, which would change with the array behind it
                    node.value = made = made.copy()
                made.setflags(False)  # read-only: Backward needs it as it is
                self._values.append(made)
            if self._is_new:  # once: at each update it would cost time
                checks.values_as_made(self, given)
                self._is_new = False
            self._forward_done = True

    def Backward(self, loss: Node) -> None:
        """The gradients of J = (1/B) Σ_b L_b, where L_b is the loss of example b.

        `node.grad` of a computational node becomes ∂L_b/∂node, row b for example b; `W.grad`
        becomes ∂J/∂W, the average over the examples. Twice gives the same as once, because the
        gradients are reset. They may be changed by hand before SGD, which takes them as they are.

        Raises:
            TypeError, ValueError: not a node; of another graph; not a loss, (B,); a `backward` of
                one's own that passes on anything but float64 arrays, (B, width), by `add_grad`.
            RuntimeError: no Forward since inputs or parameters changed.
        """
        with self.lock, np.errstate(all="ignore"):
            checks.ready_for_backward(self, loss)
            is_first = self.last_loss is not loss
            self.last_loss, self._backward_done = None, False
            for node in self.everything:
                node.grad = None  # reset: nothing has arrived yet
            B = len(loss.value)
            loss.grad = np.ones(B)  # loss.grad = 1., for each example
            loss.grad.setflags(False)
            arrived: list[tuple[Node, Array]] = []  # what each step back began with
            for node in reversed(self.nodes):
                if node.grad is None:
                    continue  # the loss does not depend on it
                if is_first:
                    checks.step_back(node, node.grad)  # was it assigned, without add_grad?
                    arrived.append((node, node.grad))
                try:
                    node.backward()
                except Exception as error:
                    checks.step_failed(node, "backward", error)
                    raise
            if is_first:
                checks.steps_only_add(self, arrived)
            for node in [*self.nodes, *self.parameters]:
                if node.grad is None:
                    node.grad = np.zeros_like(node.value)
            for parameter in self.parameters:  # the batch rule: sums become averages, only here
                parameter.grad = parameter.grad / B
            self.last_loss, self._backward_done = loss, True

    def SGD(self, learning_rate: float) -> None:
        """W ← W − η ∂J/∂W for every parameter, all or none.

        Raises:
            TypeError, ValueError: the learning rate is not a number ≥ 0; a gradient that was
                assigned by hand has another shape than its parameter.
            RuntimeError: no Backward since the last Forward or update.
            FloatingPointError: a weight would become NaN or infinite.
        """
        learning_rate = checks.number("The learning rate", learning_rate)
        with self.lock, np.errstate(all="ignore"):
            checks.ready_for_update(self)
            new = {p: p._value - learning_rate * p.grad for p in self.parameters}
            self.replace_parameters(new)

    def put_gradients(self, gradients: Mapping[Parameter, Array]) -> None:
        """Averages over a batch that were computed elsewhere, for the next SGD. The values and
        gradients of the other nodes are then of another batch.

        Raises ValueError: not one for each parameter; not float64, or another shape than it has.
        """
        checks.gradients_for_all(self, gradients)
        self._forward_done, self._backward_done = False, True
        for p in self.parameters:
            p.grad = gradients[p]

    def replace_parameters(self, new: Mapping[Parameter, Array]) -> None:
        """Give parameters new values, all or none. The arrays are kept (but for views, which are
        copied), and made read-only.

        Raises:
            ValueError: of another graph; not float64, or another shape than the parameter's.
            FloatingPointError: NaN or infinity, as after an update with too large a step.
            RuntimeError: another thread trains this graph.
        """
        checks.trained_here(self.trainer)
        for p, value in new.items():
            checks.new_weights(self, p, value)
        self._forward_done = self._backward_done = False
        for p, value in new.items():
            if value.base is not None:  # a view, which would change with the array behind it
                value = value.copy()
            value.setflags(False)  # type: ignore[call-arg]  # by place: it takes half the time
            p._value = value

    def checked_inputs(
        self, data: Mapping[str, Any], whole: str | None = None
    ) -> dict[Input, Array]:
        """The data by input node, checked and copied.

        Args:
            data: an array for each input, by its name.
            whole: what these data are called, if every input must be there.

        Raises ValueError or TypeError: not a dict; an input that does not exist, or is missing;
        wrong shape or type; unequal rows.
        """
        by_name = {node.name: node for node in self.inputs}
        data = checks.names_of_inputs(data, by_name, whole, self)
        checked = {name: by_name[name].checked(values) for name, values in data.items()}
        checks.same_rows(checked)
        return {by_name[name]: array for name, array in checked.items()}

    def put(self, checked: Mapping[Input, Array], rows: Any = slice(None)) -> None:
        """Put arrays from `checked_inputs`, or some rows of them, into the inputs as they are."""
        self._forward_done = False
        for node, array in checked.items():
            node._value = batch = array[rows]
            batch.setflags(False)  # read-only: rows in another order are an array of their own

    @contextmanager
    def left_as_it_was(self) -> Iterator[None]:
        """Whatever happens in the block, values and gradients are afterwards as they were. What an
        operation of one's own changes in place is `own_state.left_as_it_was`.

        Other threads wait, and a run of training in another thread waits between two updates.
        """
        with self.turn():
            kept = [(thing, dict(vars(thing))) for thing in (self, *self.everything)]
            try:
                self.trainer = None  # in the block everything is allowed
                yield
            finally:
                for thing, state in kept:
                    thing.__dict__ = state  # in one step, so that ■ cannot come in between

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else computes in the graph; a run of training makes way between two updates."""
        me = threading.get_ident()
        try:
            self.waiting.add(me)
            with self.lock:
                self.waiting.discard(me)
                yield
        finally:
            self.waiting.discard(me)

    def make_way(self) -> None:
        """Between two updates of a run: whoever waits comes first."""
        threading.Condition(self.lock).wait(timeout=0.001)


class _Here(threading.local):
    """Of this thread, so that two threads can build two graphs at once."""

    open: Graph | None = None  # whose `with` block is being run
    current: Graph | None = None  # whose block closed last without an error


_here = _Here()
_current: Graph | None = None  # the last of any thread, for one that has built none
graphs: weakref.WeakValueDictionary[int, Graph] = weakref.WeakValueDictionary()  # all, see `copies`


def current_graph() -> Graph:
    """The graph whose `with` block closed last without an error, in this thread if there is one.

    Raises RuntimeError if there is none.
    """
    current = _here.current or _current
    checks.there_is_a_graph(_here.open, current)
    return current


def Forward(*unnamed: Any, **inputs: Any) -> None:
    """`Graph.Forward` on the current graph."""
    current_graph().Forward(*unnamed, **inputs)


def Backward(loss: Node) -> None:
    """`Graph.Backward` on the current graph."""
    current_graph().Backward(loss)


def SGD(learning_rate: float) -> None:
    """`Graph.SGD` on the current graph."""
    current_graph().SGD(learning_rate)
