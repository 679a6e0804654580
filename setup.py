"""All settings are in pyproject.toml; this only lets each build begin with an empty folder.

What an earlier build has left in `build/lib`, setuptools would put into the next wheel, too: of
files that have moved away since, say.
"""

import shutil
from pathlib import Path

from setuptools import setup

shutil.rmtree(Path(__file__).resolve().parent / "build" / "lib", ignore_errors=True)
setup()
