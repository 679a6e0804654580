"""The graph written out: text, equations, NumPy and Numba code."""
