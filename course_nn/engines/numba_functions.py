"""What the generated loops of the engine "numba" call: matrix products, and exp and tanh.

`math.exp` is a call for each number. The functions here are arithmetic alone, so that the compiler
can put them into a loop and take eight numbers at a time.

Products of one row are loops. Those of many rows are BLAS's `dgemm`, as in `np.dot`, but with its
two factors: so a product of gradients goes straight into the weights, without memory of its own.

Source: J.-M. Muller, Elementary Functions, chapter 11 (range reduction); J. Dongarra et al., A Set
of Level 3 Basic Linear Algebra Subprograms, ACM TOMS 16 (1990); needs Numba and SciPy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

Array = np.ndarray

# Sums may be taken in another order, but NaN and infinity stay what they are: they are looked for.
OPTIONS: dict[str, Any] = {
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
    "error_model": "numpy",
}
EXACT: dict[str, Any] = {"error_model": "numpy", "forceinline": True}

HIGHEST, LOWEST = 709.78, -708.39  # beyond them e^x is infinite, or 0 but for the last digits
LOG2_E = 1 / math.log(2)
LN2_HIGH = 0.693145751953125  # ln 2 in two parts; the first has few digits, so that k times it is
LN2_LOW = 1.42860682030941723212e-6  # exact
C = tuple(1 / math.factorial(n) for n in range(14))  # of the series of e^r


@intrinsic
def _as_float(context: Any, bits: Any) -> Any:
    """The float64 that has the bits of an int64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@njit(**EXACT)
def exp(x: float) -> float:
    """e^x, to 13 digits: e^x = 2^k e^r with a whole k and |r| ≤ ½ ln 2."""
    bounded = x if x < HIGHEST else HIGHEST  # also for NaN
    bounded = bounded if bounded > LOWEST else LOWEST
    k = np.floor(bounded * LOG2_E + 0.5)
    r = bounded - k * LN2_HIGH - k * LN2_LOW
    series = C[12] + r * C[13]
    series = C[10] + r * (C[11] + r * series)
    series = C[8] + r * (C[9] + r * series)
    series = C[6] + r * (C[7] + r * series)
    series = C[4] + r * (C[5] + r * series)
    series = C[2] + r * (C[3] + r * series)
    series = 1.0 + r * (1.0 + r * series)
    power = series * _as_float((np.int64(k) + 1022) << 52) * 2.0  # k may be 1024
    power = power if x <= HIGHEST else np.inf
    power = power if x >= LOWEST else 0.0
    return power if x == x else x


@njit(**EXACT)
def tanh(x: float) -> float:
    """tanh x = 1 − 2 / (e^2x + 1), to about 1e-16."""
    return 1.0 - 2.0 / (exp(2.0 * x) + 1.0)


@njit(**OPTIONS)
def row_times_matrix(a: Array, W: Array, out: Array) -> None:
    """out = a W for one row: (1, m) (m, n) → (1, n), eight rows of W at a time."""
    m, n = W.shape
    whole = m - m % 8
    for j in range(n):
        out[0, j] = 0.0
    for i in range(0, whole, 8):
        for j in range(n):
            out[0, j] += (
                a[0, i] * W[i, j]
                + a[0, i + 1] * W[i + 1, j]
                + a[0, i + 2] * W[i + 2, j]
                + a[0, i + 3] * W[i + 3, j]
                + a[0, i + 4] * W[i + 4, j]
                + a[0, i + 5] * W[i + 5, j]
                + a[0, i + 6] * W[i + 6, j]
                + a[0, i + 7] * W[i + 7, j]
            )
    for i in range(whole, m):
        for j in range(n):
            out[0, j] += a[0, i] * W[i, j]


@njit(**OPTIONS)
def row_times_transpose(g: Array, W: Array, out: Array) -> None:
    """out = g Wᵀ for one row: (1, n) (n, m) → (1, m), four sums at a time."""
    m, n = W.shape
    whole = m - m % 4
    for i in range(0, whole, 4):
        v0 = v1 = v2 = v3 = 0.0
        for j in range(n):
            v0 += g[0, j] * W[i, j]
            v1 += g[0, j] * W[i + 1, j]
            v2 += g[0, j] * W[i + 2, j]
            v3 += g[0, j] * W[i + 3, j]
        out[0, i], out[0, i + 1], out[0, i + 2], out[0, i + 3] = v0, v1, v2, v3
    for i in range(whole, m):
        v = 0.0
        for j in range(n):
            v += g[0, j] * W[i, j]
        out[0, i] = v


@njit(**OPTIONS)
def column_times_row(a: Array, g: Array, out: Array) -> None:
    """out = aᵀ g for one row each: (1, m) (1, n) → (m, n)."""
    m, n = out.shape
    for i in range(m):
        v = a[0, i]
        for j in range(n):
            out[i, j] = v * g[0, j]


# ------------------------------------------------------------------ products of many rows

_char, _size, _numbers = types.char, types.intp, types.CPointer(types.float64)
# BLAS's dgemm, as np.dot calls it in compiled code. It counts entries along columns, so it is asked
# for the transpose of the product: outᵀ = keep outᵀ + factor Bᵀ Aᵀ.
_gemm = types.ExternalFunction(
    "numba_xxgemm",
    types.intc(
        *(_char, _char, _char),  # the kind of number; is the first matrix, the second transposed?
        *(_size, _size, _size),  # rows and columns of the result, and what is added up over
        *(_numbers, _numbers, _size, _numbers, _size),  # factor; two matrices, each with its step
        *(_numbers, _numbers, _size),  # keep, and the result
    ),
)
DOUBLE, AS_IT_IS, TRANSPOSED = ord("d"), ord("n"), ord("t")


@intrinsic
def _address(context: Any, number: Any) -> Any:
    """Where a number lies in memory, as BLAS wants it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return _numbers(types.float64), generate


@njit(**OPTIONS)
def rows_times_matrix(a: Array, W: Array, out: Array) -> None:
    """out = a W: (B, m) (m, n) → (B, n)."""
    m, n = W.shape
    one, none = _address(1.0), _address(0.0)
    _gemm(
        *(DOUBLE, AS_IT_IS, AS_IT_IS, n, len(a), m),
        *(one, W.ctypes, n, a.ctypes, m, none, out.ctypes, n),
    )


@njit(**OPTIONS)
def rows_times_transpose(g: Array, W: Array, out: Array) -> None:
    """out = g Wᵀ: (B, n) (n, m) → (B, m)."""
    m, n = W.shape
    one, none = _address(1.0), _address(0.0)
    _gemm(
        *(DOUBLE, TRANSPOSED, AS_IT_IS, m, len(g), n),
        *(one, W.ctypes, n, g.ctypes, n, none, out.ctypes, m),
    )


@njit(**OPTIONS)
def columns_times_rows(a: Array, g: Array, factor: float, keep: float, out: Array) -> None:
    """out = keep out + factor aᵀ g: (m, B) (B, n) → (m, n). With keep = 0 out need hold nothing."""
    m, n = out.shape
    _gemm(
        *(DOUBLE, AS_IT_IS, TRANSPOSED, n, m, len(a)),
        *(_address(factor), g.ctypes, n, a.ctypes, m, _address(keep), out.ctypes, n),
    )
