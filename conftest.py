"""Load the plugins that run and guard the notebooks, and that know --all and --long."""

import sys
from pathlib import Path

# By file, not as a package: some installed libraries bring a top-level package called "tools".
sys.path.insert(0, str(Path(__file__).parent / "tools"))

pytest_plugins = ["notebook_guards.plugin", "tiers"]

# Students write into these; their outputs are not there, or not ours, to compare.
collect_ignore = ["my_notebooks"]
collect_ignore_glob = ["notebooks/homework/*"]
