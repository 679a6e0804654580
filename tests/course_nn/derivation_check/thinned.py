"""Long lists of cases: by default a few of each, with `--all` every one."""

from collections.abc import Sequence
from typing import Any

import pytest


def thinned(cases: Sequence[Any], every: int = 4) -> list[Any]:
    """The cases for parametrize, of which one in `every` runs by default."""
    tuples = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [
        case if i % every == 0 else pytest.param(*values, marks=pytest.mark.all)
        for i, (case, values) in enumerate(zip(cases, tuples, strict=True))
    ]
