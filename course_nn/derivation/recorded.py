"""Values that write down what is done with them: what a recording is made with.

An operand holds a `Recorded` value instead of an array. NumPy hands over to it what it was asked to
do, and each step becomes an `Expression`. A recording must never be a guess: to look at a number
(`if`, `float`, `len`, a loop), to write into an array, and whatever is not in `CAN` is refused. A
refusal holds even if somebody catches it.

Source: A. Griewank, A. Walther, Evaluating Derivatives, section 6.1 (tracing by overloading);
NumPy Enhancement Proposals 13 and 18.
"""

from __future__ import annotations

import linecache
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from course_nn.graph import Labels, Node, Parameter

MOST_FACTORS = 16  # of a power
PLAIN = (np.float64, np.int64, np.intp)  # types of numbers; the last is int32 in a browser
LARGEST_WHOLE = 2**53  # beyond it whole numbers and floats, which engines compute with, differ
MOST_ROWS = 2**31
LARGEST = 200  # parts of an expression: also a loop must end in a line that can be read
CAN = (
    f"+ - * /, ** with a whole exponent up to {MOST_FACTORS}, @ with .T, comparisons by > >= < <=, "
    "[:, None], .sum, .max and .mean with an axis, .copy(), .astype(float), np.exp, np.log, "
    "np.tanh, np.sqrt, np.abs, np.square, np.maximum, np.minimum, np.clip, np.where, "
    "np.concatenate with axis=1, columns as a[:, 2:5], np.repeat(a, K, axis=1) of one column, and "
    "y[:, None] == np.arange(K) for labels"
)
COMPARISONS = ("greater", "greater_equal", "less", "less_equal")
KEEP_WHOLE = ("add", "subtract", "multiply", "negative", "abs", "maximum", "minimum", "where")
BY_ELEMENT = (*COMPARISONS, *KEEP_WHOLE[:-1], "divide", "exp", "log", "tanh", "sqrt")

Shape = tuple[Any, ...]  # of ints, and "B" for the rows


@dataclass(frozen=True, eq=False)
class Expression:
    """How a value is computed. Equal expressions of one recording are one object.

    Args:
        operation: "value" or "gradient" of a node, "constant"; "sum0", "sum1", "max1" along an
            axis, "matmul", "power", "transpose", "column" (B,) → (B, 1), "flat" (B, 1) → (B,),
            "astype" (to float), "onehot" of labels, "pick" of each row's entry at its label, "join"
            (B, m), (B, n) → (B, m + n), "columns" of the kind [:, 2:5], "repeat" (B, 1) → (B, K);
            or an operation element by element, by NumPy's name.
        arguments: expressions; of a leaf the node, of a constant the number, of "power" also the
            exponent, of "columns" also where they begin and end.
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


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array, and writes down what is done with it."""

    __slots__ = ("_expression", "_recorder")
    _expression: Expression
    _recorder: Recorder

    def __init__(self, recorder: Recorder, expression: Expression) -> None:
        object.__setattr__(self, "_recorder", recorder)
        object.__setattr__(self, "_expression", expression)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance decides as for an array
        return np.ndarray

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
            case "concatenate", ([*parts],) if options == {"axis": 1}:
                return Recorded(recorder, recorder.join(recorder.read(parts)))
            case "repeat", (Recorded() as a, int() as K) if options == {"axis": 1}:
                return Recorded(recorder, recorder.repeat(a._expression, K))
        module = str(function.__module__).replace("numpy", "np", 1)
        recorder.refuse(f"{module}.{name}" + (" used in this way" if name in CAN else ""))

    def __getitem__(self, key: Any) -> Recorded:
        recorder, of = self._recorder, self._expression
        match key:
            case (slice(start=None, stop=None, step=None), None) if of.shape == ("B",):
                return Recorded(recorder, recorder.column(of))
            case (slice(start=None, stop=None, step=None), int(0) as zero) if (
                of.shape == ("B", 1) and zero is not False
            ):
                return Recorded(recorder, recorder.flat(of))
            case (slice(start=None, stop=None, step=None), slice(step=None) as part) if len(
                of.shape
            ) == 2 and {type(part.start), type(part.stop)} <= {int, type(None)}:
                return Recorded(recorder, recorder.columns(of, *part.indices(of.shape[1])[:2]))
            case Recorded(_expression=mask) if mask.operation == "onehot":
                if mask.shape == of.shape:
                    labels = mask.arguments[0]
                    return Recorded(recorder, recorder.make("pick", (of, labels), ("B",), of.kind))
        recorder.refuse("an index or a mask; [:, None] and [:, 2:5] can")

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
    __repr__ = __format__ = __sizeof__ = _refuse_number  # type: ignore[assignment]

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self._recorder.refuse("making an array of the values, or an array indexed by them")

    def _refuse_writing(self, *_: Any) -> NoReturn:
        self._recorder.refuse("writing into an array")

    def __reduce_ex__(self, _: Any) -> NoReturn:
        self._recorder.refuse("storing the values")

    __setitem__ = __delitem__ = __setattr__ = _refuse_writing  # type: ignore[assignment]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # Python and NumPy ask for these to see what it is
            if name in ("__array_interface__", "__array_struct__"):
                self.__array__()
            raise AttributeError(name)
        self._recorder.refuse(f".{name}")


class Recorder:
    """Makes the expressions of one graph, and remembers the first thing that was refused."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], Expression] = {}
        self.leaves: dict[tuple[str, Node], Recorded] = {}
        # The number of rows B in a shape: no number, because a recording holds for every B.
        self.rows = Recorded(self, Expression("rows", (), (), "rows"))
        self.refusal: tuple[str, str] | None = None  # the reason, and where
        self.code: Any = None  # of the method that is being run
        self.frame: Any = None  # of that run, as soon as it has made something

    def refuse(self, reason: str) -> NoReturn:
        """End the recording, also if the error should be caught."""
        frame: Any = sys._getframe(1)
        while frame and not is_own_code(frame):
            frame = frame.f_back
        if self.refusal is None:
            self.refusal = reason, where(frame, frame.f_lineno) if frame else ""
        raise Refused(reason)

    def make(self, operation: str, arguments: tuple[Any, ...], shape: Shape, kind: str) -> Any:
        """The expression, a new one only if there is none like it."""
        if self.rows._expression in arguments:
            self.refuse("the number of rows, which differs from batch to batch")
        if operation in ("sum1", "max1") and shape == ("B",):  # a column, but for its brackets
            return self.flat(self.make(operation, arguments, ("B", 1), kind))
        if self.code and not self.frame:
            frame: Any = sys._getframe(1)
            while frame and frame.f_code is not self.code:
                frame = frame.f_back
            self.frame = frame
        if set(np.geterr().values()) != {"ignore"}:  # as it was before the method ran
            self.refuse('NumPy\'s warnings, which a method may act on; only over="ignore" can')
        key = (operation, *(repr(a) if operation == "constant" else a for a in arguments), shape)
        if key not in self.known:
            parts = 1 + sum(a.parts for a in arguments if isinstance(a, Expression))
            if parts > LARGEST:
                self.refuse(f"a line of more than {LARGEST} parts")
            made = Expression(operation, arguments, shape, kind, parts)
            if kind == "whole" and largest(made) > LARGEST_WHOLE:
                self.refuse("whole numbers that may be too large; 1.0 * (a > 0) is a float")
            self.known[key] = made
        return self.known[key]

    def leaf(self, operation: str, node: Node) -> Recorded:
        """The value or the gradient of a node, which other lines compute."""
        if (operation, node) not in self.leaves:
            is_parameter = isinstance(node, Parameter)
            shape = node.value.shape if is_parameter else shape_of(node, "B")
            kind = "labels" if isinstance(node, Labels) and operation == "value" else "float"
            made = Recorded(self, self.make(operation, (node,), shape, kind))
            self.leaves[operation, node] = made
        return self.leaves[operation, node]

    def read(self, inputs: Iterable[Any]) -> list[Expression]:
        """What NumPy was given: recorded values and numbers."""
        read: list[Expression] = []
        for each in inputs:
            if isinstance(each, Recorded):
                read.append(each._expression)
            elif isinstance(each, (bool, np.bool_)):
                self.refuse("True or False as a number")
            elif isinstance(each, np.generic) and each.dtype not in PLAIN:
                self.refuse(f"a number of type {each.dtype}; float(…) is one with all digits")
            elif isinstance(each, (int, np.integer)) and abs(int(each)) < LARGEST_WHOLE:
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
                (n,) = exponent.arguments if exponent.operation == "constant" else (None,)
                if n not in range(1, MOST_FACTORS + 1):
                    self.refuse(f"a power with another exponent than 1, 2, … {MOST_FACTORS}")
                return self.power(base, int(n))
        name = {"absolute": "abs"}.get(name, name)
        if name not in BY_ELEMENT:
            self.refuse(f"np.{name}")
        return self.element(name, arguments)

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
            kind = "whole" if operation in KEEP_WHOLE and "float" not in kinds else "float"
        if any(each.operation == "transpose" for each in arguments):
            self.refuse(".T outside of a product")
        shape: list[Any] = []
        for axis in range(-max(len(each.shape) for each in arguments), 0):
            lengths = {each.shape[axis] for each in arguments if len(each.shape) >= -axis} - {1}
            shape.append(lengths.pop() if lengths else 1)
            if lengths or (shape[-1] == "B" and len(shape) == 2):
                shapes = " and ".join(words(each.shape) for each in arguments)
                self.refuse(f"np.{operation} of shapes {shapes}")
        return self.make(operation, tuple(arguments), tuple(shape), kind)

    def power(self, base: Expression, exponent: int) -> Expression:
        if base.kind in ("bool", "labels") or base.operation == "transpose":
            self.refuse("a power of what is no number")
        return self.make("power", (base, exponent), base.shape, base.kind)

    def matmul(self, a: Expression, b: Expression) -> Expression:
        shapes = a.shape, b.shape
        if any(len(shape) != 2 for shape in shapes) or a.shape[1] != b.shape[0]:
            self.refuse(f"a product of shapes {words(a.shape)} and {words(b.shape)}")
        if {a.kind, b.kind} != {"float"} or b.shape[1] == "B":
            self.refuse("a product of other things than rows of numbers and weights")
        return self.make("matmul", (a, b), (a.shape[0], b.shape[1]), "float")

    def transpose(self, of: Expression) -> Expression:
        if of.operation == "transpose":
            return of.arguments[0]
        if len(of.shape) != 2 or of.kind != "float":
            self.refuse(f".T of shape {words(of.shape)}")
        return self.make("transpose", (of,), of.shape[::-1], of.kind)

    def column(self, of: Expression) -> Expression:
        if of.operation == "flat":
            return of.arguments[0]
        return self.make("column", (of,), ("B", 1), of.kind)

    def flat(self, of: Expression) -> Expression:
        if of.operation == "column":
            return of.arguments[0]
        return self.make("flat", (of,), ("B",), of.kind)

    def join(self, parts: list[Expression]) -> Expression:
        """np.concatenate(parts, axis=1): columns side by side."""
        shapes = [part.shape for part in parts]
        if {part.kind for part in parts} != {"float"} or not all(map(is_rows, shapes)):
            self.refuse(f"np.concatenate of {' and '.join(map(words, shapes))}; rows of floats can")
        if len(parts) == 1:
            return parts[0]
        return self.make("join", tuple(parts), ("B", sum(n for _, n in shapes)), "float")

    def columns(self, of: Expression, start: int, stop: int) -> Expression:
        """a[:, start:stop]."""
        if not is_rows(of.shape) or of.kind != "float" or start >= stop:
            self.refuse(f"[:, {start}:{stop}] of shape {words(of.shape)}; of rows of floats it can")
        if (start, stop) == (0, of.shape[1]):
            return of
        return self.make("columns", (of, start, stop), ("B", stop - start), "float")

    def repeat(self, of: Expression, K: int) -> Expression:
        """np.repeat(a, K, axis=1) of one column: the same in each of K columns."""
        if of.shape != ("B", 1) or of.kind != "float" or isinstance(K, bool) or K < 1:
            self.refuse(f"np.repeat of shape {words(of.shape)}, {K} times; one column (B, 1) can")
        return of if K == 1 else self.make("repeat", (of,), ("B", K), "float")

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


def shape_of(node: Any, rows: Any) -> Shape:
    return (rows,) if node.width is None else (rows, node.width)


def is_rows(shape: Shape) -> bool:
    """(B, K), one row for each example."""
    return len(shape) == 2 and shape[0] == "B"


def largest(e: Expression) -> int:
    """How large a whole number, or a comparison, can become."""
    sizes = [largest(each) for each in e.inner] if e.kind == "whole" else []
    match e.operation:
        case "constant":
            return abs(e.arguments[0])
        case "add" | "subtract":
            return sum(sizes)
        case "multiply":
            return math.prod(sizes)
        case "power":
            return sizes[0] ** e.arguments[1]
        case "sum0" | "sum1":
            rows_or_columns = e.inner[0].shape[int(e.operation[-1])]
            return sizes[0] * (MOST_ROWS if rows_or_columns == "B" else rows_or_columns)
    return max(sizes, default=1)


def is_own_code(frame: Any) -> bool:
    """Whether a frame runs the code of an operation, and not ours or that of a library."""
    module = str(frame.f_globals.get("__name__", ""))
    libraries = {"numpy", *sys.stdlib_module_names}
    return not (
        module.startswith("course_nn.derivation")
        or module.partition(".")[0] in libraries
        or {"site-packages", "dist-packages"} & set(Path(frame.f_code.co_filename).parts)
    )


def where(frame: Any, line: int) -> str:
    """A line of code as an error shows it: the file's name without its folder, or the cell."""
    file = frame.f_code.co_filename
    source = linecache.getline(file, line).strip()
    place = f"line {line}" + (f" of {Path(file).name}" if Path(file).is_file() else " of its cell")
    return f"{place}, {source!r}" if source else place


def where_of(error: BaseException) -> str:
    """The last line of an operation's own code that an error came through."""
    found, trace = "", error.__traceback__
    while trace:
        if is_own_code(trace.tb_frame):
            found = where(trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next
    return found


def words(shape: Shape) -> str:
    return str(shape).replace("'", "")
