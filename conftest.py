"""Load the plugin that runs the notebooks and guards what nbval does not see."""

import sys
from pathlib import Path

# By file, not as a package: some installed libraries bring a top-level package called "tools".
sys.path.insert(0, str(Path(__file__).parent / "tools"))

pytest_plugins = ["notebook_guards.plugin"]

# Students write into these; they have no outputs to compare.
collect_ignore_glob = ["notebooks/homework/*"]
