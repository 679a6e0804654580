"""The public site, built in the instructors' tree: of the students' tree alone, by its own code.

This file is the instructors'. What stands in no file of the release cannot come into the site.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from course_site.problems import SiteFailed


def build_from_release(root: Path, out: Path, pyodide: Path | None = None) -> None:
    """Write the students' tree into a temporary folder, and let it build its site into `out`.

    Raises:
        SiteFailed: the release is refused, or its site cannot be built; the reason is printed.
    """
    from course_grading.publishing import release

    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "course"
        try:
            release.write(tree, root)
        except release.ReleaseFailed as problem:
            raise SiteFailed(str(problem)) from None
        command = [sys.executable, str(tree / "tools" / "build_site.py"), "--out", str(out)]
        command += ["--pyodide", str(pyodide)] if pyodide else []
        environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
        if run.returncode != 0:
            raise SiteFailed(run.stderr.strip() or "The site was not built.")
