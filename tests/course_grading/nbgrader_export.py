"""Reading a table as nbgrader's `nbgrader export` writes it, as strictly as its columns allow.

Written from nbgrader's source (https://github.com/jupyter/nbgrader): `nbgrader/plugins/export.py`
writes the columns, `score` is `raw_score` less `late_submission_penalty` and never negative, and
times are `str(datetime)` in UTC; `nbgrader/apps/dbapp.py` reads names and e-mails by these titles.
"""

import csv
import io
from datetime import datetime

COLUMNS = [
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
]


def read_nbgrader_export(data: bytes) -> dict[tuple[str, str], dict[str, str]]:
    """The rows by assignment and student. Raises ValueError at whatever nbgrader never writes."""
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    if header != COLUMNS:
        raise ValueError(f"expected the columns {COLUMNS}, got {header}")
    found: dict[tuple[str, str], dict[str, str]] = {}
    for number, cells in enumerate(rows, start=2):
        if len(cells) != len(COLUMNS):
            raise ValueError(f"row {number} has {len(cells)} cells")
        row = dict(zip(COLUMNS, cells, strict=True))
        key = row["assignment"], row["student_id"]
        if not all(key) or key in found:
            raise ValueError(f"row {number}: no assignment or student, or a second time: {key}")
        for column in ("duedate", "timestamp"):
            if row[column] and datetime.fromisoformat(row[column]).tzinfo is not None:
                raise ValueError(f"row {number}: nbgrader's times have no zone: {row[column]}")
        raw, penalty, score, maximum = (float(row[column]) for column in COLUMNS[7:])
        if not 0 <= raw <= maximum or penalty < 0:
            raise ValueError(f"row {number}: {raw} of {maximum} points, {penalty} taken off")
        if abs(score - max(0.0, raw - penalty)) > 1e-9:
            raise ValueError(f"row {number}: {score} is not {raw} - {penalty}")
        found[key] = row
    return found
