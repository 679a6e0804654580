"""What an operation does, written down while its own `forward` and `backward` run.

Instead of arrays, the operands hold `Recorded` values. NumPy hands over to them what it was asked
to do with them, and each step becomes an `Expression`. All that is printed, typeset or compiled is
made from these expressions: a derivative stands in `backward` and nowhere else.

A recording must never be a guess. What could make it one is refused: to look at a number (`if`,
`float`, `len`, a loop), to write into an array, whatever is not in `CAN`. A refusal holds even
if somebody catches it. Each operation is recorded twice, because random numbers and counters
differ, and the recording is compared with what the two methods do to real arrays.

Source: A. Griewank, A. Walther, Evaluating Derivatives, section 6.1 (tracing by overloading);
NumPy Enhancement Proposals 13 and 18.
"""

from __future__ import annotations

import copy
import linecache
import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from course_nn.graph import Graph, Input, Labels, Node, Parameter

MOST_FACTORS = 16  # of a power
LARGEST = 500  # parts of an expression; also a loop must end in a line that can be read
CAN = (
    f"+ - * /, ** with a whole exponent up to {MOST_FACTORS}, @ with .T, comparisons by > >= < <=, "
    "[:, None], .sum, .max and .mean with an axis, .copy(), .astype(float), np.exp, np.log, "
    "np.tanh, np.sqrt, np.abs, np.square, np.maximum, np.minimum, np.clip, np.where, and "
    "y[:, None] == np.arange(K) for labels"
)
ANOTHER = "does something else: is there a random number, a counter, the time, a global name?"
UFUNCS = {  # of NumPy, and what they are called here
    **{name: name for name in ("add", "subtract", "multiply", "divide", "negative")},
    **{name: name for name in ("exp", "log", "tanh", "sqrt", "maximum", "minimum")},
    **{name: name for name in ("greater", "greater_equal", "less", "less_equal")},
    "absolute": "abs",
}
COMPARISONS = ("greater", "greater_equal", "less", "less_equal")
KEEPS_WHOLE = ("add", "subtract", "multiply", "negative", "abs", "maximum", "minimum", "where")

Shape = tuple[Any, ...]  # of ints, and "B" for the rows


@dataclass(frozen=True, eq=False)
class Expression:
    """How a value is computed. Equal expressions of one recording are one object.

    Args:
        operation: "value" or "gradient" of a node, "constant"; "sum0", "sum1", "max1" along an
            axis, "matmul", "power", "transpose", "column" (B,) → (B, 1), "flat" (B, 1) → (B,),
            "astype" (to float), "onehot" of labels, "pick" of each row's entry at its label; or an
            operation element by element, by NumPy's name.
        arguments: expressions; of a leaf the node, of a constant the number, of "power" also the
            exponent.
        shape: ("B", K), ("B",), (m, n), or () of a constant.
        kind: "float", "whole" (numbers), "bool" or "labels".
        parts: of how many parts it consists, written out.
    """

    operation: str
    arguments: tuple[Any, ...]
    shape: Shape
    kind: str
    parts: int = 1

    @property
    def inner(self) -> list[Expression]:
        """The expressions that it is computed from."""
        return [each for each in self.arguments if isinstance(each, Expression)]


class Refused(ValueError):
    """Something that cannot be recorded, while `forward` or `backward` runs."""


class Rows:
    """The number of rows B in a shape: no number, because a recording holds for every B."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __repr__(self) -> str:
        return "B"

    def _refuse(self, *_: Any) -> NoReturn:
        self.recorder.refuse("the number of rows, which differs from batch to batch")

    __int__ = __index__ = __float__ = __bool__ = __hash__ = __eq__ = __ne__ = _refuse  # type: ignore[assignment]
    __lt__ = __gt__ = __le__ = __ge__ = __add__ = __sub__ = __mul__ = __truediv__ = _refuse
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __floordiv__ = __mod__ = __pow__ = _refuse


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array, and writes down what is done with it."""

    __slots__ = ("_expression", "_recorder")

    def __init__(self, recorder: Recorder, expression: Expression) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_expression", expression)

    def __repr__(self) -> str:
        return f"a recorded value of shape {self.shape}"

    # ------------------------------------------------------------------ what is written down

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Recorded:
        recorder, name = self._recorder, ufunc.__name__
        if method != "__call__":
            recorder.refuse(f"np.{name}.{method}")
        if "out" in options:
            recorder.refuse(
                "writing into an array (as h *= 2 or out= do); make a new one, h = h * 2"
            )
        if options:
            recorder.refuse(f"np.{name} with {', '.join(options)}=")
        return Recorded(recorder, recorder.ufunc(name, inputs))

    def __array_function__(self, function: Any, _: Any, args: Any, options: Any) -> Recorded:
        recorder, name = self._recorder, function.__name__
        match name, args:
            case (("sum" | "max" | "amax" | "mean" | "clip" | "copy"), (Recorded() as a, *rest)):
                return getattr(a, "max" if name == "amax" else name)(*rest, **options)
            case "transpose", (Recorded() as a,) if not options:
                return a.T
            case "dot", (a, b) if not options and all(len(each.shape) == 2 for each in (a, b)):
                return a @ b
            case "where", (_, _, _) if not options:
                return Recorded(recorder, recorder.element("where", recorder.read(args)))
        module = str(function.__module__).replace("numpy", "np", 1)
        recorder.refuse(f"{module}.{name}" + (" used in this way" if name in CAN else ""))

    def __getitem__(self, key: Any) -> Recorded:
        recorder, of = self._recorder, self._expression
        match key:
            case (slice(start=None, stop=None, step=None), None) if of.shape == ("B",):
                return Recorded(recorder, recorder.column(of))
            case (slice(start=None, stop=None, step=None), int(0)) if of.shape == ("B", 1):
                return Recorded(recorder, recorder.flat(of))
            case Recorded(_expression=mask) if mask.operation == "onehot":
                if mask.shape == of.shape:
                    labels = mask.arguments[0]
                    return Recorded(recorder, recorder.make("pick", (of, labels), ("B",), of.kind))
        recorder.refuse("an index or a mask; [:, None] can")

    @property
    def T(self) -> Recorded:
        return Recorded(self._recorder, self._recorder.transpose(self._expression))

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(self._recorder.rows if n == "B" else n for n in self._expression.shape)

    @property
    def ndim(self) -> int:
        return len(self._expression.shape)

    def copy(self, *_: Any) -> Recorded:
        return self

    __copy__ = __deepcopy__ = copy

    def astype(self, dtype: Any, **options: Any) -> Recorded:
        of, recorder = self._expression, self._recorder
        if options or not (isinstance(dtype, (type, str, np.dtype)) and np.dtype(dtype) == float):
            recorder.refuse(f".astype({getattr(dtype, '__name__', dtype)}); .astype(float) can")
        if of.kind == "labels":
            recorder.refuse("labels as numbers")
        done = of if of.kind == "float" else recorder.make("astype", (of,), of.shape, "float")
        return Recorded(recorder, done)

    def sum(self, axis: Any = None, keepdims: Any = False, **options: Any) -> Recorded:
        return self._reduced("sum", axis, keepdims, options)

    def max(self, axis: Any = None, keepdims: Any = False, **options: Any) -> Recorded:
        return self._reduced("max", axis, keepdims, options)

    def mean(self, axis: Any = None, keepdims: Any = False, **options: Any) -> Recorded:
        if axis not in (1, -1) or self._expression.kind == "bool":
            self._recorder.refuse("a mean over anything but the columns, axis=1, of numbers")
        return self._reduced("sum", axis, keepdims, options) / self._expression.shape[1]

    def clip(self, low: Any, high: Any) -> Recorded:
        return np.minimum(np.maximum(self, low), high)

    def _reduced(self, name: str, axis: Any, keepdims: Any, options: Any) -> Recorded:
        of, recorder = self._expression, self._recorder
        axis = {-1: 1, -2: 0}.get(axis, axis)
        if options or isinstance(axis, bool) or not isinstance(keepdims, bool):
            recorder.refuse(f".{name} with these arguments; axis= and keepdims= can")
        if len(of.shape) != 2 or of.shape[0] != "B" or of.kind == "labels":
            recorder.refuse(f".{name} of what is not rows of numbers, (B, K)")
        if (name, axis, keepdims) == ("sum", 0, True):
            shape: Shape = (1, of.shape[1])
        elif axis == 1:
            shape = ("B", 1) if keepdims else ("B",)
        else:
            recorder.refuse(
                f".{name}(axis={axis}, keepdims={keepdims}); "
                "axis=1, and .sum(axis=0, keepdims=True), can"
            )
        kind = "whole" if (name, of.kind) == ("sum", "bool") else of.kind
        return Recorded(recorder, recorder.make(f"{name}{axis}", (of,), shape, kind))

    # ------------------------------------------------------------------ what is refused

    def _refuse_number(self, *_: Any, **__: Any) -> NoReturn:
        self._recorder.refuse("looking at a number (as if, float, len or a loop do)")

    __bool__ = __float__ = __int__ = __index__ = __complex__ = __len__ = __iter__ = _refuse_number
    __round__ = __contains__ = __hash__ = item = tolist = _refuse_number  # type: ignore[assignment]

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self._recorder.refuse("making an array of the values, or an array indexed by them")

    def _refuse_writing(self, *_: Any) -> NoReturn:
        self._recorder.refuse("writing into an array")

    def __reduce_ex__(self, _: Any) -> NoReturn:
        self._recorder.refuse("storing the values")

    __setitem__ = __delitem__ = __setattr__ = _refuse_writing  # type: ignore[assignment]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # Python and NumPy ask for these to see what it is
            raise AttributeError(name)
        self._recorder.refuse(f".{name}")


class Recorder:
    """Makes the expressions of one graph, and remembers the first thing that was refused."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], Expression] = {}
        self.leaves: dict[tuple[str, Node], Recorded] = {}
        self.rows = Rows(self)
        self.refusal: tuple[str, str] | None = None  # the reason, and where
        self.code: Any = None  # of the method that is being run
        self.frame: Any = None  # of that run, as soon as it has made something

    def refuse(self, reason: str) -> NoReturn:
        """End the recording, also if the error should be caught."""
        frame: Any = sys._getframe(1)
        while frame and not _is_own_code(frame):
            frame = frame.f_back
        if self.refusal is None:
            self.refusal = reason, _where(frame, frame.f_lineno) if frame else ""
        raise Refused(reason)

    def make(self, operation: str, arguments: tuple[Any, ...], shape: Shape, kind: str) -> Any:
        """The expression, a new one only if there is none like it."""
        if operation in ("sum1", "max1") and shape == ("B",):  # a column, but for its brackets
            return self.flat(self.make(operation, arguments, ("B", 1), kind))
        if self.code and not self.frame:
            frame: Any = sys._getframe(1)
            while frame and frame.f_code is not self.code:
                frame = frame.f_back
            self.frame = frame
        key = (operation, *(repr(a) if operation == "constant" else a for a in arguments), shape)
        if key not in self.known:
            parts = 1 + sum(a.parts for a in arguments if isinstance(a, Expression))
            if parts > LARGEST:
                self.refuse(f"a line of more than {LARGEST} parts")
            self.known[key] = Expression(operation, arguments, shape, kind, parts)
        return self.known[key]

    def leaf(self, operation: str, node: Node) -> Recorded:
        """The value or the gradient of a node, which other lines compute."""
        if (operation, node) not in self.leaves:
            is_parameter = isinstance(node, Parameter)
            shape = node.value.shape if is_parameter else _shape_of(node, "B")
            kind = "labels" if isinstance(node, Labels) and operation == "value" else "float"
            made = Recorded(self, self.make(operation, (node,), shape, kind))
            self.leaves[operation, node] = made
        return self.leaves[operation, node]

    def read(self, inputs: Iterable[Any]) -> list[Expression]:
        """What NumPy was given: recorded values and numbers."""
        read = []
        for each in inputs:
            if isinstance(each, Recorded):
                read.append(each._expression)
            elif isinstance(each, (bool, np.bool_)):
                self.refuse("True or False as a number")
            elif isinstance(each, (int, np.integer)) and abs(int(each)) < 2**53:
                read.append(self.make("constant", (int(each),), (), "whole"))
            elif isinstance(each, (float, np.floating)) and math.isfinite(each):
                read.append(self.make("constant", (float(each),), (), "float"))
            elif isinstance(each, np.ndarray):
                self.refuse("an array that is not computed from the operands")
            else:
                self.refuse(f"{each!r:.40} beside an array")
        return read

    def ufunc(self, name: str, inputs: tuple[Any, ...]) -> Expression:
        """A function of NumPy, of recorded values and numbers."""
        if name == "equal":
            return self.onehot(*inputs)
        arguments = self.read(inputs)
        match name:
            case "matmul":
                return self.matmul(*arguments)
            case "positive":
                return arguments[0]
            case "square":
                return self.power(arguments[0], 2)
            case "power":
                base, exponent = arguments
                whole = exponent.operation == "constant" and exponent.arguments[0] == int(
                    exponent.arguments[0]
                )
                if not whole or not 0 < exponent.arguments[0] <= MOST_FACTORS:
                    self.refuse(f"a power with another exponent than 1, 2, … {MOST_FACTORS}")
                return self.power(base, int(exponent.arguments[0]))
            case _ if name in UFUNCS:
                return self.element(UFUNCS[name], arguments)
        self.refuse(f"np.{name}")

    def element(self, operation: str, arguments: list[Expression]) -> Expression:
        """An operation element by element."""
        kinds = [each.kind for each in arguments]
        if operation == "where":
            if kinds[0] != "bool":
                self.refuse("np.where with a condition that is no comparison")
            kinds = kinds[1:]
        if "labels" in kinds:
            self.refuse("labels as numbers; compare them: y[:, None] == np.arange(K)")
        if operation in COMPARISONS:
            kind = "bool"
        elif set(kinds) == {"bool"}:  # NumPy: True + True is True, and np.exp(True) a float16
            self.refuse(f"np.{operation} of comparisons alone; 1.0 * (a > 0) is a number")
        else:
            kind = "whole" if operation in KEEPS_WHOLE and "float" not in kinds else "float"
        if any(each.operation == "transpose" for each in arguments):
            self.refuse(".T outside of a product")
        shape: list[Any] = []
        for axis in range(-max(len(each.shape) for each in arguments), 0):
            lengths = {each.shape[axis] for each in arguments if len(each.shape) >= -axis} - {1}
            shape.append(lengths.pop() if lengths else 1)
            if lengths or (shape[-1] == "B" and len(shape) == 2):
                shapes = " and ".join(_words(each.shape) for each in arguments)
                self.refuse(f"np.{operation} of shapes {shapes}")
        return self.make(operation, tuple(arguments), tuple(shape), kind)

    def power(self, base: Expression, exponent: int) -> Expression:
        if base.kind in ("bool", "labels") or base.operation == "transpose":
            self.refuse("a power of what is no number")
        return self.make("power", (base, exponent), base.shape, base.kind)

    def matmul(self, a: Expression, b: Expression) -> Expression:
        shapes = a.shape, b.shape
        if any(len(shape) != 2 for shape in shapes) or a.shape[1] != b.shape[0]:
            self.refuse(f"a product of shapes {_words(a.shape)} and {_words(b.shape)}")
        if {a.kind, b.kind} != {"float"} or b.shape[1] == "B":
            self.refuse("a product of other things than rows of numbers and weights")
        return self.make("matmul", (a, b), (a.shape[0], b.shape[1]), "float")

    def transpose(self, of: Expression) -> Expression:
        if of.operation == "transpose":
            return of.arguments[0]
        if len(of.shape) != 2 or of.kind != "float":
            self.refuse(f".T of shape {_words(of.shape)}")
        return self.make("transpose", (of,), of.shape[::-1], of.kind)

    def column(self, of: Expression) -> Expression:
        if of.operation == "flat":
            return of.arguments[0]
        return self.make("column", (of,), ("B", 1), of.kind)

    def flat(self, of: Expression) -> Expression:
        if of.operation == "column":
            return of.arguments[0]
        return self.make("flat", (of,), ("B",), of.kind)

    def onehot(self, a: Any, b: Any) -> Expression:
        """y[:, None] == np.arange(K): True in the column of the label."""
        column, classes = (a, b) if isinstance(a, Recorded) else (b, a)
        of = column._expression
        if of.operation == "column" and of.kind == "labels" and isinstance(classes, np.ndarray):
            labels = of.arguments[0]
            K = labels.arguments[0].classes
            if classes.dtype.kind == "i" and np.array_equal(classes, np.arange(K)):
                return self.make("onehot", (labels,), ("B", K), "bool")
        self.refuse("== of other things than labels and all classes, y[:, None] == np.arange(K)")


# ------------------------------------------------------------------ recording a graph


@dataclass
class Recording:
    """What an operation computes, and what it adds to the gradients of its operands.

    Args:
        value: from the values of the operands.
        steps: (operand, what is added to its gradient), in the order of `backward`.
        local: what `forward` called the results on its way.
    """

    value: Expression
    steps: list[tuple[Any, Expression]]
    local: dict[Expression, str]

    def same(self, other: Recording) -> bool:
        return self.value is other.value and self.steps == other.steps


def record(graph: Graph, nodes: list[Any], recorder: Recorder) -> dict[Any, Recording]:
    """The recordings of these operations of the graph, which is left as it was.

    Raises ValueError for an operation that cannot be recorded; it says which line, and why.
    """
    found, real = {}, {node: node.value for node in graph.parameters}
    with _recorded_values(graph, recorder):
        for node in nodes:
            found[node] = _recorded(node, recorder)
            if is_own(node) and not found[node].same(_recorded(node, recorder)):
                raise _error(node, "forward or backward", f"a second run {ANOTHER}", "")
        for node in filter(is_own, nodes):
            for rows in (5, 1):
                _compare(node, found[node], rows, real)
    return found


def check_unchanged(graph: Graph, recordings: Mapping[Any, Recording], recorder: Recorder) -> None:
    """Whether operations that are not of the course still do what was recorded.

    Raises ValueError if not: something that they use, as a global name, has changed.
    """
    own = [node for node in recordings if is_own(node)]
    if own:
        with _recorded_values(graph, recorder):
            for node in own:
                if not recordings[node].same(_recorded(node, recorder)):
                    raise _error(node, "forward or backward", f"a later run {ANOTHER}", "")


@contextmanager
def _recorded_values(graph: Graph, recorder: Recorder) -> Iterator[None]:
    """In the block every node of the graph has recorded values; afterwards all is as it was."""
    generators = np.random.get_state(), random.getstate()
    # Twice: should ■ end one of them before all is put back, the other puts it back.
    with graph.left_as_it_was(), graph.left_as_it_was(), np.errstate(all="ignore"):
        for node in graph.everything:
            _keep_to_itself(node, graph)
            _put(node, recorder.leaf("value", node), recorder.leaf("gradient", node))
        try:
            yield
        finally:
            np.random.set_state(generators[0])
            random.setstate(generators[1])


def is_own(node: Any) -> bool:
    """Whether an operation is somebody's own, and not of the course, whose tests have seen it."""
    methods: list[Any] = [node.forward, node.backward]
    modules = [getattr(method, "__module__", None) or "" for method in methods]
    return not all(module.startswith("course_nn.") for module in modules)


def function_of(operation: type, recorder: Recorder, *operands: Recorded) -> Recording:
    """What `forward` of an operation of the course makes of these."""
    node = SimpleNamespace(operands=tuple(SimpleNamespace(value=each) for each in operands))
    forward: Any = operation.forward  # type: ignore[attr-defined]
    local = _run(partial(forward, node), forward, recorder)
    return Recording(node.value._expression, [], local)


def _keep_to_itself(node: Any, graph: Graph) -> None:
    """Give a node copies of what it holds for itself, so that running it changes nothing."""
    kept = {"operands", "label", "name", "width", "graph", "value", "_value", "grad"}
    own = {name: value for name, value in vars(node).items() if name not in kept}
    memo = {id(each): each for each in (graph, *graph.everything)}
    try:
        vars(node).update(copy.deepcopy(own, memo))
    except Exception:  # what cannot be copied is kept as it is
        return


def _put(node: Any, value: Any, grad: Any) -> None:
    """Value and gradient of a node, without its checks."""
    vars(node)["_value" if isinstance(node, (Input, Parameter)) else "value"] = value
    vars(node)["grad"] = grad


def _recorded(node: Any, recorder: Recorder) -> Recording:
    """One run of forward and backward on recorded values, at their place in the graph."""
    leaf = node.value, node.grad
    steps: list[tuple[Any, Expression]] = []
    allowed = {recorder.leaf("value", operand)._expression for operand in node.operands}

    def checked(method: str, made: Any, shape: Shape, what: str) -> Expression:
        reason = None
        if not isinstance(made, Recorded):
            reason = f"{what} is {type(made).__name__}, and not computed from the operands"
        elif made._expression.shape != shape:
            reason = f"{what} has shape {_words(made._expression.shape)}, not {_words(shape)}"
        elif made._expression.kind != "float":
            reason = f"{what} is no array of floats; 1.0 * (a > 0) is one"
        elif foreign := _leaves(made._expression) - allowed:
            leaf = foreign.pop()
            name = leaf.arguments[0].name
            reason = f"it takes the {leaf.operation} of {name}, which it is not given"
        if reason:
            raise _error(node, method, reason, "")
        return made._expression

    def add_grad(operand: Any, grad: Any) -> None:
        added.append((operand, grad))

    added: list[tuple[Any, Any]] = []
    for each in node.graph.everything:
        vars(each)["add_grad"] = partial(add_grad, each)
    before = [(each, each.value, each.grad) for each in node.graph.everything if each is not node]
    try:
        node.value = None  # as Forward leaves it
        local = _watched(node, "forward", recorder)
        value = checked("forward", node.value, _shape_of(node, "B"), "self.value")
        allowed.add(node.grad._expression)
        _watched(node, "backward", recorder)
        if any(each.value is not value or each.grad is not grad for each, value, grad in before):
            raise _error(node, "backward", "it changes other nodes itself; add_grad does it", "")
        for operand, grad in added:
            if operand not in node.operands:
                raise _error(node, "backward", f"it adds to {operand.name}, no operand of it", "")
            if isinstance(operand, Input):
                continue
            if type(operand).add_grad is not Node.add_grad:
                reason = f"{type(operand).__name__} has an add_grad of its own"
                raise _error(node, "backward", reason, "")
            shape = recorder.leaf("value", operand)._expression.shape
            steps.append((operand, checked("backward", grad, shape, "what it adds")))
        for operand in node.operands:
            if not isinstance(operand, Input) and operand not in [each for each, _ in steps]:
                reason = f"it adds nothing to the gradient of {operand.name}"
                raise _error(node, "backward", reason, "")
    finally:
        _put(node, *leaf)
    return Recording(value, steps, local)


def _watched(node: Any, method: str, recorder: Recorder) -> dict[Expression, str]:
    """Run a method of a node on recorded values; any error says where it came from."""
    try:
        local = _run(getattr(node, method), getattr(type(node), method), recorder)
    except Exception as error:
        frames, where = [], ""
        trace = error.__traceback__
        while trace:
            frames.append((trace.tb_frame, trace.tb_lineno))
            trace = trace.tb_next
        for frame, line in frames:  # the last one that is not ours or NumPy's
            where = _where(frame, line) if _is_own_code(frame) else where
        reason = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        if recorder.refusal:
            reason, where = recorder.refusal
        raise _error(node, method, reason, where) from None
    if recorder.refusal:  # and somebody has caught it
        raise _error(node, method, *recorder.refusal)
    return local


def _shape_of(node: Any, rows: Any) -> Shape:
    return (rows,) if node.width is None else (rows, node.width)


def _run(call: Callable[[], object], method: Any, recorder: Recorder) -> dict[Expression, str]:
    """Call a method; what it called its results."""
    recorder.code, recorder.frame = getattr(method, "__code__", None), None
    call()
    found: dict[Expression, str] = {}
    for name, value in recorder.frame.f_locals.items() if recorder.frame else ():
        if isinstance(value, Recorded):
            found.setdefault(value._expression, name)
    recorder.code = recorder.frame = None
    return found


def _leaves(expression: Expression) -> set[Expression]:
    found, waiting, seen = set(), [expression], set()
    while waiting:
        each = waiting.pop()
        if each.operation in ("value", "gradient"):
            found.add(each)
        new = [inner for inner in each.inner if inner not in seen]
        seen.update(new)
        waiting += new
    return found


# ------------------------------------------------------------------ comparing with numbers


def _compare(node: Any, recording: Recording, rows: int, real: dict[Any, Any]) -> None:
    """Whether forward and backward do to arrays what was recorded.

    Raises ValueError if not: then something in them is not seen by a recording.
    """
    rng = np.random.default_rng(rows)

    def numbers(*shape: int) -> np.ndarray:
        values = rng.normal(size=shape) * rng.choice([1e-3, 1.0, 30.0], size=(shape[0], *shape[1:]))
        values[-2:-1] = 0.0  # of five rows one; of a single row none
        return values

    arrays: dict[Any, np.ndarray] = {}
    for operand in node.operands:
        if isinstance(operand, Parameter):
            arrays[operand] = real[operand] + rng.normal(size=(1, operand.width))
        elif isinstance(operand, Labels):
            arrays[operand] = rng.integers(0, operand.classes, size=rows)
        else:
            arrays[operand] = numbers(
                *((rows,) if operand.width is None else (rows, operand.width))
            )
    g = numbers(*((rows,) if node.width is None else (rows, node.width)))
    leaf = [(each, each.value, each.grad) for each in (node, *arrays)]
    added: list[tuple[Any, Any]] = []
    for operand, array in arrays.items():
        _put(operand, array.copy(), None)
        vars(operand)["add_grad"] = lambda grad, operand=operand: added.append((operand, grad))
    _put(node, None, g.copy())
    try:
        node.forward()
        made = [node.value]
        node.backward()
        made += [grad for operand, grad in added if not isinstance(operand, Input)]
        to = [operand for operand, _ in added if not isinstance(operand, Input)]
    except Exception as error:
        reason = f"with numbers it fails: {type(error).__name__}: {error}"
        raise _error(node, "forward or backward", reason, "") from error
    finally:
        for each, value, grad in leaf:
            _put(each, value, grad)
    known: dict[Expression, Any] = {}
    expected = [recording.value, *(step for _, step in recording.steps)]
    same = to == [operand for operand, _ in recording.steps]
    for array, expression in zip(made, expected, strict=False):
        value = evaluated(expression, {**arrays, None: g}, known)
        same = same and np.shape(array) == value.shape
        same = same and np.allclose(array, value, rtol=1e-9, atol=1e-12, equal_nan=True)
    if not same:
        reason = "with numbers it does something else than what was recorded"
        raise _error(node, "forward or backward", reason, "")


def evaluated(expression: Expression, arrays: dict[Any, Any], known: dict[Expression, Any]) -> Any:
    """The array of an expression; `arrays` holds the values of nodes, and by None the gradient."""
    if expression in known:
        return known[expression]
    inner = [evaluated(each, arrays, known) for each in expression.inner]
    match expression.operation:
        case "value":
            value = arrays[expression.arguments[0]]
        case "gradient":
            value = arrays[None]
        case "constant":
            value = expression.arguments[0]
        case "sum0":
            value = inner[0].sum(axis=0, keepdims=True)
        case "sum1":
            value = inner[0].sum(axis=1, keepdims=True)
        case "max1":
            value = inner[0].max(axis=1, keepdims=True)
        case "transpose":
            value = inner[0].T
        case "column":
            value = inner[0][:, None]
        case "flat":
            value = inner[0][:, 0]
        case "astype":
            value = inner[0].astype(float)
        case "onehot":
            value = inner[0][:, None] == np.arange(expression.shape[1])
        case "pick":
            value = inner[0][np.arange(len(inner[0])), inner[1]]
        case "power":
            value = inner[0] ** expression.arguments[1]
        case name:
            value = getattr(np, name)(*inner)
    known[expression] = value
    return value


# ------------------------------------------------------------------ words


def _is_own_code(frame: Any) -> bool:
    """Whether a frame runs the code of an operation, and not ours or NumPy's."""
    module = str(frame.f_globals.get("__name__", ""))
    return not module.startswith(("numpy", "course_nn.derivation", "contextlib"))


def _where(frame: Any, line: int) -> str:
    """A line of code as an error shows it: the file's name without its folder, or the cell."""
    file = frame.f_code.co_filename
    text = linecache.getline(file, line).strip()
    place = f"line {line}" + (f" of {Path(file).name}" if Path(file).is_file() else " of its cell")
    return f"{place}, {text!r}" if text else place


def _words(shape: Shape) -> str:
    return str(shape).replace("'", "")


def _error(node: Any, method: str, reason: str, where: str) -> ValueError:
    kind = type(node).__name__
    return ValueError(
        f"{node}: {method} of {kind} cannot be recorded, so it can be neither printed nor run by "
        f"a fast engine. " + (f"In {where}: {reason}. " if where else f"{reason}. ")
        + f'What can be recorded: {CAN}. engine="graph" runs everything.'
    )  # fmt: skip
