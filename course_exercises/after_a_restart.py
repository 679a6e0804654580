"""What a reader is told when a cell needs one above it that has not been run.

After a restart of the kernel nothing is there, and `NameError: name 'Z3' is not defined` does not
say what to do.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any

__all__ = ["advice", "tell_after_a_restart"]


def advice(error: BaseException) -> str:
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
    if text := advice(error):
        error.add_note(text)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
