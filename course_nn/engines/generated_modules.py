"""Generated source as modules, and where they and what Numba makes of them are kept."""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType

from course_nn import files

COMPILED: dict[str, ModuleType] = {}  # by source, in this process


def module_of(source: str, kind: str) -> ModuleType:
    """Run generated source.  It is made of our own words and of names that were checked."""
    name = f"<course_nn {kind} {hashlib.sha256(source.encode()).hexdigest()[:12]}>"
    module = ModuleType(name)
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # for tracebacks
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def cache_folder() -> Path:
    """Where generated modules and what Numba made of them are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return Path(home or Path("~/.cache").expanduser()) / "course_nn"


def module_in_cache(source: str) -> tuple[ModuleType, bool]:
    """The module of this source, from a file, so that Numba can keep what it compiles; and whether
    it has done so before.  Without a folder to write in, it is compiled each time.
    """
    folder = cache_folder()
    called = Path(__file__).with_name("numba_functions.py").read_text(encoding="utf-8")
    name = f"updates_{hashlib.sha256((source + called).encode()).hexdigest()[:16]}"
    file = folder / f"{name}.py"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written anew only if need be: Numba looks at the time at which a file was changed.
        if not file.is_file() or file.read_bytes() != source.encode():
            with files.written_whole(file) as part:
                part.write(source.encode())
        is_known = any(folder.glob(f"__pycache__/{name}.updates-*.nbi"))
        specification = importlib.util.spec_from_file_location(name, file)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module  # where Numba looks for what it has kept
        specification.loader.exec_module(module)
    except (OSError, RuntimeError):  # RuntimeError: Numba finds no folder to write in
        return module_of(source.replace("cache=True, ", ""), "numba"), False
    return module, is_known


def forget(module: ModuleType) -> None:
    """Remove what Numba has kept for a module."""
    for file in Path(str(module.__file__)).parent.glob(f"__pycache__/{module.__name__}.*"):
        file.unlink(missing_ok=True)
