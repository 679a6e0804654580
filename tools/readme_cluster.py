"""Puts the table of what an update costs on a cluster into the README, from the results of
`python3 run.py bench cluster`.

    python tools/readme_cluster.py
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TABLE = re.compile(r"^\| batch \| workers \|.*(?:\n\|.*)+", flags=re.M)


def with_table(readme: str) -> str:
    """The text of the README with the table of the newest results. Raises ValueError."""
    sys.path.insert(0, str(ROOT))
    from benchmarks import cluster

    if len(TABLE.findall(readme)) != 1:
        raise ValueError("The README needs one table that begins with: | batch | workers |")
    return TABLE.sub(lambda _: cluster.for_readme(cluster.read()), readme)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
