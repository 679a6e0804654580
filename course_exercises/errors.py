"""What is said about an error that stopped a student's code.

Where the text of Python or NumPy says what happened, it stays, and what to do about it comes after;
where it speaks of what the course does not know, such as "gufunc core", other words stand in its
place. Neither has types for these, so the texts are read. Nothing but the words that a student
reads depends on it, and a test lets Python and NumPy raise each of them.
"""

import dis
import re
import sys
import traceback
from types import TracebackType
from typing import Any

__all__ = ["after_a_restart", "explain", "explain_text", "tell_after_a_restart"]

_READ_ONLY = re.compile(r"read-only")
_UNLIKE_SHAPES = re.compile(r"not aligned|operands could not be broadcast")
_MATMUL = re.compile(r"matmul: .*\(size (\d+) is different from (\d+)\)")
_PLACE = re.compile(r" \(line \d+ of the cell with [^()]*\)$")  # where a homework stopped
_SIZES = "Take the sizes from the arrays, as in len(x) or W.shape[0]: they are not always the same."
_WHOLE = (
    "an index is a whole number, or a slice such as 0:3. 4 / 2 is 2.0, and no index: write //, or "
    "int as the type of an array of indices."
)
_ONE_NUMBER = "A single number has no length, no entries and no rows."
_NONE = "a None: what a function without `return` gives, or a value that was not computed yet."
_NO_TEXT = "numbers are needed there, and text came, or something else. Leave out the quotes."
_PARTS = "the parts that are put together need the same shape, and theirs differ."

_BESIDES = [  # type of the error, its text, what to say besides
    ("TypeError|AttributeError", r"NoneType", f"There is {_NONE}"),
    ("IndexError", r"out of bounds|out of range", _SIZES),
    ("ValueError", r"cannot reshape", _SIZES),
    (
        "UnboundLocalError",
        "",
        "A name that a function assigns is its own everywhere in it, also before that line.",
    ),
    ("NameError", r"'np'", "Write import numpy as np at the top of the cell."),
    (
        "NameError",
        "",
        "A function knows its arguments and what it has assigned before; a name of another cell is "
        "there only after that cell has run. Is it spelled as there?",
    ),
    (
        "TypeError",
        r"missing \d+ required|positional arguments? but",
        "Compare what stands in its brackets with the brackets of its `def`.",
    ),
    (
        "ValueError",
        r"values to unpack",
        "To the left of = stand more names, or fewer, than values come from the right.",
    ),
    (
        "TypeError",
        r"'(builtin_function_or_method|method|function)'",
        "A function is called with round brackets behind its name, as in x.sum() and np.exp(z).",
    ),
    (
        "TypeError",
        r"'(int|float|numpy\.\w+)' object is not callable",
        "What has round brackets behind it is called. Is a * or an @ missing before them?",
    ),
    (
        "TypeError",
        r"list indices must be",
        "A list takes one whole number: rows[b][d]. An array, np.array(rows), takes rows[b, d].",
    ),
    (
        "TypeError|AttributeError",
        r"'list'|multiply sequence by",
        "Lists do not compute entry by entry. Make an array: np.array(…).",
    ),
    (
        "TypeError",
        r"'float' object cannot be interpreted|got '[\d.]+'",
        "A whole number is needed: 4 / 2 is 2.0; write 4 // 2. The second argument of np.max is an "
        "axis; np.maximum takes two arrays or numbers.",
    ),
    (
        "TypeError",
        r"'(int|float|numpy\.(float|int)\d+)' (object is not (iterable|subscriptable)|has no len)",
        _ONE_NUMBER,
    ),
    ("TypeError", r"for @: ", "@ takes two arrays."),
    (
        "AxisError",
        "",
        "Axes are counted from 0: a matrix has the axes 0 and 1, a row x[b] has axis 0 alone.",
    ),
    (
        "IndexError",
        r"too many indices",
        "A row x[b] has one axis; x[b : b + 1] is a matrix with one row, and has two.",
    ),
]
_INSTEAD = [  # what to say in place of the text
    ("TypeError", r"bitwise_xor|for \^", "^ is no power in Python; write **."),
    (
        "TypeError",
        r"can be converted to Python scalars",
        "float, int and the functions of math take one number; np.exp and np.tanh take whole "
        "arrays.",
    ),
    (
        "TypeError",
        r"converted to a scalar index",
        "one whole number is needed, as in range(len(x)), and an array came.",
    ),
    (
        "TypeError",
        r"unhashable",
        "an array or a list cannot be the key of a dictionary, and not stand in a set. Take a "
        "name, a number or the parameter itself.",
    ),
    ("TypeError", r"of type NoneType which has no", f"there is {_NONE}"),
    ("TypeError", r"not supported for the input types|has no callable", _NO_TEXT),
    ("UFuncTypeError", r"did not contain a loop", _NO_TEXT),
    (
        "UFuncTypeError",
        r"Cannot cast",
        "an array of whole numbers cannot take decimals, by -= or +=. Make it with dtype=float.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        "if, while, and, or, not, min and max want one True or False, and an array has one for "
        "each entry. For arrays there are np.where, np.minimum, np.maximum, .all() and .any().",
    ),
    (
        "ValueError",
        r"inhomogeneous",
        "the rows of an array need the same length, and these differ.",
    ),
    (
        "ValueError",
        r"setting an array element with a sequence",
        "one entry of an array takes one number, and an array came.",
    ),
    (
        "ValueError",
        r"does not have enough dimensions",
        "one factor of a product @ is a single number; @ takes arrays.",
    ),
    ("ValueError", r"all input arrays must have|all the input array", _PARTS),
    ("IndexError", r"only integers, slices|arrays used as indices must be", _WHOLE),
    ("IndexError", r"invalid index to scalar", f"{_ONE_NUMBER[0].lower()}{_ONE_NUMBER[1:]}"),
    (
        "IndexError",
        r"boolean index did not match",
        "a mask of True and False needs the shape of the array that it picks from, or its rows.",
    ),
    ("RecursionError", "", "the function calls itself without end."),
]


def explain(error: Exception) -> str:
    """What to say about an error that came from a student's code."""
    return explain_text(type(error).__name__, str(error), _operator(error))


def explain_text(error: str, text: str, operator: str = "") -> str:
    """The same for an error of which there is only the type's name and the text.

    Args:
        operator: at which the code stopped, such as "*"; empty if it was none, or is not known.
    """
    place = _PLACE.search(text)
    where = place[0] if place else ""
    text = text.removesuffix(where).strip()
    stopped = f"your code stopped with {error}{where}: "
    for kinds, words, instead in _INSTEAD:
        if error in kinds.split("|") and re.search(words, text):
            return stopped + instead
    for kinds, words, besides in _BESIDES:
        if error in kinds.split("|") and re.search(words, text):
            return f"{stopped}{text.rstrip('.')}. {besides}"
    misfit = _misfit(text, operator) if error in ("ValueError", "IndexError") else ""
    return f"your code stopped{where}{misfit}" if misfit else stopped + text


def _misfit(text: str, operator: str) -> str:
    """What is said if arrays do not fit, behind "your code stopped"; empty if it is not that."""
    if _READ_ONLY.search(text):
        return (
            ": an array of the graph was changed in place, by -= or by [...] =, which would "
            "also change copies of it. Assign a new one: W.value = W.value - ... for "
            "weights, net.Forward(x=...) for an input."
        )
    sizes = _MATMUL.search(text)
    if sizes:
        right, left = sizes.groups()
        return (
            " at a product @ in which the inner numbers differ: the left "
            f"factor has {_counted(left, 'column')}, the right one {_counted(right, 'row')}."
        )
    shapes = re.findall(r"\([\d,]*\)", text)
    if len(shapes) < 2:  # not NumPy's words, though they may look like them
        return ""
    if "indexing arrays" in text:
        return (
            f": the rows and the columns in [rows, columns] go in pairs, and there are "
            f"{' and '.join(shapes)} of them."
        )
    if "non-broadcastable output" in text:
        return (
            f": what comes out has the shape {shapes[1]}, and does not fit into {shapes[0]}, to "
            "which it was to be added or in which it was to be written."
        )
    if "could not broadcast input" in text:
        return f": an array of shape {shapes[0]} does not fit into a place of shape {shapes[1]}."
    if _UNLIKE_SHAPES.search(text):
        words = f" because two shapes do not fit: {' and '.join(shapes[:2])}."
        if operator:
            words += f" {operator} goes entry by entry."
        if operator.startswith("*") and not operator.startswith("**"):  # it may be taken for @
            words = f"{words[:-1]}; a matrix product is @."
        return words
    return ""


def _counted(number: str, noun: str) -> str:
    return f"{number} {noun}{'' if number == '1' else 's'}"


def _operator(error: BaseException) -> str:
    """The operator at which the code stopped, such as "*" or "-="; empty if it was none.

    NumPy's text has the shapes alone. The compiled code says at which step it stopped.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return ""
    for step in dis.get_instructions(last.tb_frame.f_code):
        if step.offset == last.tb_lasti:
            is_one = step.opname == "BINARY_OP" and step.argrepr != "[]"  # an index, from 3.14 on
            return step.argrepr if is_one else ""
    return ""


# In a notebook, after a restart of the kernel, nothing is there, and `NameError: name 'Z3' is not
# defined` does not say what to do.


def after_a_restart(error: BaseException) -> str:
    """What to do about this error; nothing if it is no missing name of a notebook's cell."""
    name = getattr(error, "name", None)
    if type(error) is not NameError or not name:
        return ""
    where = traceback.extract_tb(error.__traceback__)
    if where and "site-packages" in where[-1].filename:
        return ""
    return (
        f"If a cell above defines {name}, run that one first: after a restart of the kernel "
        "nothing is there.\nIn JupyterLab: menu Run, Run All Above Selected Cell."
    )


def tell_after_a_restart() -> None:
    """Let the notebook add that advice to such an error. Elsewhere nothing happens."""
    ipython = sys.modules.get("IPython")  # in a notebook it is there
    shell: Any = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((NameError,), _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """The traceback as ever, with the advice below the message."""
    if text := after_a_restart(error):
        error.add_note(text)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
