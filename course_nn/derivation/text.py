"""An expression as a line of Python that NumPy could run."""

from __future__ import annotations

from collections.abc import Mapping

from course_nn.derivation.recorded import Expression

ATOM = 5  # binds most strongly
SYMBOLS = {  # and how strongly they bind
    **{"greater": (">", 0), "greater_equal": (">=", 0), "less": ("<", 0), "less_equal": ("<=", 0)},
    **{"add": ("+", 1), "subtract": ("-", 1)},
    **{"multiply": ("*", 2), "divide": ("/", 2), "matmul": ("@", 2)},
}
AXES = {"sum0": "sum(axis=0", "sum1": "sum(axis=1", "max1": "max(axis=1"}


def text(expression: Expression, names: Mapping[Expression, str], level: int = 0) -> str:
    """The expression, in brackets if it binds less strongly than `level`.

    Args:
        names: of the expressions that have one; what is computed from them is written out.
    """
    if expression in names:
        return names[expression]
    written, own = _written(expression, names)
    return f"({written})" if own < level else written


def _written(expression: Expression, names: Mapping[Expression, str]) -> tuple[str, int]:
    """The expression, and how strongly it binds."""

    def inner(i: int, level: int) -> str:
        return text(expression.arguments[i], names, level)

    match expression.operation:
        case "constant":
            number = expression.arguments[0]
            return repr(number), ATOM if number >= 0 else 3
        case name if name in SYMBOLS:
            symbol, own = SYMBOLS[name]
            return f"{inner(0, own or 1)} {symbol} {inner(1, own + 1)}", own  # 0 < a < 1 is another
        case "negative":
            return f"-{inner(0, 4)}", 3
        case "power":
            return f"{inner(0, ATOM)} ** {expression.arguments[1]}", 4
        case "onehot":
            return f"{inner(0, ATOM)}[:, None] == np.arange({expression.shape[1]})", 0
        case "pick":
            return f"{inner(0, ATOM)}[np.arange(len({inner(0, 0)})), {inner(1, 0)}]", ATOM
        case "transpose":
            return f"{inner(0, ATOM)}.T", ATOM
        case "column":
            return f"{inner(0, ATOM)}[:, None]", ATOM
        case "flat":
            of = expression.arguments[0]
            if of.operation in AXES and of not in names:
                return f"{text(of.arguments[0], names, ATOM)}.{AXES[of.operation]})", ATOM
            return f"{inner(0, ATOM)}[:, 0]", ATOM
        case "join":
            parts = ", ".join(text(each, names) for each in expression.inner)
            return f"np.concatenate([{parts}], axis=1)", ATOM
        case "columns":
            _, start, stop = expression.arguments
            return f"{inner(0, ATOM)}[:, {start}:{stop}]", ATOM
        case "repeat":
            return f"np.repeat({inner(0, 0)}, {expression.shape[1]}, axis=1)", ATOM
        case "astype":
            return f"{inner(0, ATOM)}.astype(float)", ATOM
        case name if name in AXES:
            return f"{inner(0, ATOM)}.{AXES[name]}, keepdims=True)", ATOM
    arguments = ", ".join(text(each, names) for each in expression.inner)
    return f"np.{expression.operation}({arguments})", ATOM
