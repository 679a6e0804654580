"""The questions of the further lesson on generated code.

Sharing memory, counting calls, writing with out=.
"""

import tracemalloc
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from course_exercises.question import (
    Kind,
    Question,
    Wrong,
    attempted,
    choice,
    find_slip,
    name_slip,
    same,
)

q1 = Question(
    "Exercise G.1",
    "harmless",
    choice(
        "c",
        "The line of z1.grad is the last that reads h1, and 1 − h1 is computed entry by entry.",
        {
            "a": "the logit of the right class is taken from t2 afterwards, and would be its "
            "exponential. The gradients would stay right, but not the loss.",
            "b": "W3_grad = h2.T @ z3_grad needs both at the same time, and z2.grad needs h2 too.",
            "d": "z2_grad holds h2_grad * h2 at that moment, and is read once more, in the next "
            "call.",
        },
    ),
    hints=[
        "For each of the four: who reads the old content after the new one has been written?",
        "Go through `update` from the line in which the memory is overwritten to the end. In one "
        "of the four cases, the old content is not read any more.",
    ],
    solution='harmless = "c"',
)


def _calls(answer: float) -> str:
    slips = {
        "the last batch, with 20 examples, is an update too.": 6 * 25,
        "there is no part of an update: the last batch is smaller, but it makes all the calls.": (
            25 * 200 / 30
        ),
        "that would be one example at a time; here 30 make one update together.": 200 * 25,
        "the calls do not grow with the batch: they work on all 30 examples at once.": 30 * 25,
        "that is one update; how many are there in an epoch?": 25,
        "that is the number of updates; each makes 25 calls.": 7,
        "updates are counted whole: 200 / 30 is 6.67, and the last batch makes all the calls.": (
            round(25 * 200 / 30)
        ),
        "200 / 30 needs 7 updates, not 8.": 8 * 25,
        "each update makes 25 calls, whatever the number of examples in it.": 7 * 30,
        "7 updates of 25 calls: multiply, do not add.": 7 + 25,
        "the last batch makes all its 25 calls too, not one for each example, and not one alone.": (
            6 * 25 + 20
        ),
        "the last batch makes all its 25 calls too, not one.": 6 * 25 + 1,
        "the calls of the last batch do not shrink with it: 7 updates of 25 calls.": (
            int(25 * 200 / 30)
        ),
        "there are 6 batches of 30 and one of 20, which is one update: 7.": 26 * 25,
        "20 is the size of the last batch; that update makes 25 calls, whatever its size.": 25 * 20,
        "200 / 25 has no meaning here: first the updates, 200 / 30, rounded up.": 8,
        "each call works on a whole batch: count updates, not examples in each.": 7 * 30 * 25,
    }
    name_slip(answer, 175, slips)
    return "200 / 30 gives 6 whole batches and a smaller one: 7 updates of 25 calls."


q2 = Question(
    "Exercise G.2",
    "calls_in_an_epoch",
    _calls,
    hints=[
        "How many updates are there in an epoch? The calls of an update do not depend on B.",
        "6 batches of 30 and one of 20.",
    ],
    solution="calls_in_an_epoch = 7 * 25",
)


class _Watched(np.ndarray):
    """An array that notes each operation whose result is a new array, also in what comes of it."""

    new: ClassVar[list[str]] = []
    written: ClassVar[list[str]] = []  # the operations that had an out=

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: Any, *inputs: Any, out: Any = (), **kwargs: Any
    ) -> Any:
        if out:
            _Watched.written.append(ufunc.__name__)
            kwargs["out"] = tuple(np.asarray(array) for array in out)
        else:
            _Watched.new.append(ufunc.__name__)
        plain = [np.asarray(array) for array in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        return out[0] if out else np.asarray(result).view(_Watched)


def _makes_a_new_array(answer: Callable[..., object]) -> bool:
    """Whether there is, at any time, memory for one more array than those that are given.

    The arrays are so large that whatever else Python keeps is small beside one of them.
    """
    arrays = [np.full((1000, 250), 0.5) for _ in range(4)]
    traced = tracemalloc.is_tracing()
    if not traced:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        answer(*arrays)
        _, most = tracemalloc.get_traced_memory()
    finally:
        if not traced:
            tracemalloc.stop()
    return most - before > arrays[0].nbytes / 2


def _holds_nan(result: Any, right: np.ndarray) -> bool:
    difference = find_slip(result, right, {})
    return difference is not None and difference.kind is Kind.NAN


def _reads_before_it_writes(answer: Callable[..., object], h: np.ndarray, g: np.ndarray) -> bool:
    """Whether the result is another one if the memory holds other numbers at first."""
    results = []
    for before in (0.25, 4.0):
        z_grad, t = np.full_like(h, before), np.full_like(h, before)
        result = answer(h.copy(), g.copy(), z_grad, t)
        results.append(z_grad if result is None or result is ... else result)
    try:
        return not np.array_equal(*results, equal_nan=True)
    except TypeError:
        return False  # no numbers; it is said elsewhere


def _tanh_back(answer: Callable[..., object]) -> str:
    if not callable(answer):
        raise Wrong("a function is needed.")
    rng = np.random.default_rng(12)
    h, g = np.tanh(rng.normal(size=(4, 3))), rng.normal(size=(4, 3))
    right = g * (1 - h**2)
    # As `np.empty` leaves them, z_grad and t hold anything at first.
    arrays = [h.copy(), g.copy(), np.full_like(h, np.nan), np.full_like(h, np.nan)]
    z_grad, t = arrays[2:]
    _Watched.new, _Watched.written = [], []
    result: Any = answer(*(array.view(_Watched) for array in arrays))
    for name, array, before in (("h", arrays[0], h), ("h_grad", arrays[1], g)):
        if not np.array_equal(array, before):
            raise Wrong(f"{name} was overwritten, and others may still read it. t is free.")
    is_returned = result is not None and result is not ...
    if not is_returned:
        if np.isnan([z_grad, t]).all():
            attempted(None)
        result = z_grad
    elif same(z_grad, right) and np.shares_memory(result, t):
        raise Wrong("the numbers in z_grad are right: return z_grad, not t.")
    slips = {
        "1 - h ** 2 is missing.": g,
        "h_grad is missing.": 1 - h**2,
        "the square is missing: 1 - h ** 2.": g * (1 - h),
        "the 1 is missing: 1 - h ** 2.": -g * h**2,
        "the sign: it is 1 - h ** 2, not h ** 2 - 1.": -right,
        "that is the derivative of the sigmoid; tanh has 1 - h ** 2.": g * h * (1 - h),
        "the sign: 1 minus h ** 2.": g * (1 + h**2),
        "that is h ** 2 alone; it is 1 - h ** 2.": g * h**2,
        "the bracket was squared; only h is, 1 - h ** 2.": g * (1 - h) ** 2,
        "h_grad was multiplied twice.": g * right,
        "h_grad was squared; it is h that is squared.": g * (1 - g**2),
        "h_grad was squared; it is h that is squared. And h stands where h_grad belongs.": (
            h * (1 - g**2)
        ),
        "h stands where h_grad belongs.": h * (1 - h**2),
        "h_grad is added; it is multiplied.": g + (1 - h**2),
        "h was sent through tanh once more; h is tanh(z) already.": g * (1 - np.tanh(h) ** 2),
        "that is h ** 3; it is 1 - h ** 2.": g * (1 - h**3),
        "2 to the power h was taken; it is h to the power 2.": g * (1 - 2**h),
        "brackets: h minus the product; it is 1 minus h ** 2 that is multiplied.": h - g * h**2,
    }
    if _holds_nan(result, right) and _reads_before_it_writes(answer, h, g):
        raise Wrong(
            "what comes out depends on what z_grad and t held before. They hold anything at first: "
            "write into them before you read them, and in all their rows."
        )
    name_slip(result, right, slips)
    if _Watched.new:
        made = ", ".join(dict.fromkeys(_Watched.new))
        raise Wrong(
            f"the numbers are right, but new arrays were made, by {made}: write each operation as "
            "a call with out=, into t or z_grad."
        )
    if not same(z_grad, right):
        raise Wrong("the numbers are right, but they are not in z_grad: out=z_grad.")
    if not _Watched.written:
        raise Wrong(
            "the numbers are right, but Python computed them one by one. Write calls for the whole "
            "array, with out=, such as np.multiply(h, h, out=t)."
        )
    if is_returned and not (isinstance(result, np.ndarray) and np.shares_memory(result, z_grad)):
        raise Wrong("the numbers are right, but a copy of z_grad came back: return z_grad itself.")
    if _makes_a_new_array(answer):
        raise Wrong(
            "the numbers are right, but a new array was made on the way, as np.zeros_like, "
            "np.empty or .copy() do. z_grad and t are there already."
        )
    if not is_returned:
        raise Wrong("the numbers in z_grad are right: return z_grad, too.")
    return "No new array was made, and h and h_grad keep their numbers."


q3 = Question(
    "Exercise G.3",
    "tanh_back",
    _tanh_back,
    hints=[
        "One operation after the other: first h times h. Where may the result go?",
        "np.multiply(h, h, out=t), then 1 - t into t, and at last the product into z_grad.",
    ],
    solution="""
def tanh_back(h, h_grad, z_grad, t):
    np.multiply(h, h, out=t)
    np.subtract(1, t, out=t)
    return np.multiply(h_grad, t, out=z_grad)
""",
)


def _wrong_gradients(answer: list[str]) -> str:
    answer = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(answer, (list, tuple, set)):
        raise Wrong('give a list of names, as in ["W1", "W2", "W3"].')
    names = {
        str(name).strip().upper().removesuffix("_GRAD").removesuffix(".GRAD") for name in answer
    }
    if other := names - {"W1", "W2", "W3"}:
        raise Wrong(f"{', '.join(sorted(other))}: only W1, W2 and W3 have their gradients here.")
    if "W3" in names:
        raise Wrong("W3_grad = h2.T @ z3_grad comes before h2 is overwritten, so W3 is right.")
    if not names:
        raise Wrong("z2.grad = h2.grad * h2 * (1 - h2) reads h2 after it was overwritten.")
    if names == {"W1"}:
        raise Wrong("W2 too: its gradient is h1.T @ z2_grad, and z2_grad is wrong.")
    if names == {"W2"}:
        raise Wrong("W1 too: what is wrong in z2_grad goes on to h1_grad and z1_grad.")
    return (
        "h2 is overwritten after W3_grad was computed; z2_grad is wrong, and everything after it."
    )


q4 = Question(
    "Exercise G.4",
    "wrong_gradients",
    _wrong_gradients,
    hints=[
        "In which line is h2 overwritten, and which lines read it after that?",
        "W3_grad comes before that line. z2_grad after it, and W2_grad is computed from z2_grad.",
    ],
    solution='wrong_gradients = ["W1", "W2"]',
)
