"""Two numbers beside each other, with the digits that show the difference."""

from __future__ import annotations

import math

MOST = 17  # digits that a float64 has


def side_by_side(a: float, b: float, digits: int = 6) -> tuple[str, str]:
    """Both with this number of digits, or with as many as it takes until they differ by more than
    their last one. Equal numbers, and such as are not finite, are shown with `digits`.
    """
    if a != b and math.isfinite(a) and math.isfinite(b):
        largest = max(abs(a), abs(b))
        needed = 2 - math.floor(math.log10(abs(a - b) / largest)) if largest else digits
        digits = min(max(digits, needed), MOST)
    return f"{a:.{digits}g}", f"{b:.{digits}g}"
