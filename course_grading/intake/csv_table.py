"""A table in a CSV file, read strictly: a quote that is not closed swallows nobody.

Used for what other programs and people write: rosters, the tables of Canvas and Moodle, marks by
hand. Errors name the file and the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_FILE = 10_000_000  # bytes
BYTE_ORDER_MARK = "\ufeff"  # tells Excel that a CSV file is UTF-8


@dataclass(frozen=True)
class Row:
    """The cells of a row, as they stand there, and the line that it begins in."""

    line: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)

    def cell(self, column: int) -> str:
        """The cell without spaces around it; "" where the row is too short."""
        return self.cells[column].strip() if column < len(self.cells) else ""


@dataclass(frozen=True)
class CsvTable:
    """A header and the rows below it, blank ones too.

    Args:
        file: its name, for messages.
        delimiter: comma, semicolon or tab, whichever the header has.
        begins_with_mark: whether there is a byte order mark before it.
    """

    file: str
    header: Row
    rows: tuple[Row, ...]
    delimiter: str = ","
    begins_with_mark: bool = False

    def where(self, row: Row) -> str:
        """The beginning of a message about this row: "roster.csv, line 3"."""
        return f"{self.file}, line {row.line}"

    def spelled(self) -> list[str]:
        """The names of the columns, in small letters; "_", "-" and spaces are one space."""
        return [spelled(name) for name in self.header.cells]

    def with_rows(self, rows: Sequence[Sequence[str]]) -> str:
        """This table as text, with other rows below the same header."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.header.cells)
        writer.writerows(rows)
        return (BYTE_ORDER_MARK if self.begins_with_mark else "") + text.getvalue()


def spelled(name: str) -> str:
    """The name of a column as it is compared."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def read_table(path: str | Path, what: str = "table") -> CsvTable:
    """Read a CSV file: commas, semicolons or tabs; UTF-8, with a byte order mark or without.

    Args:
        what: the file is, for messages: "roster".

    Raises:
        ValueError: it is not there, not UTF-8, empty, or a quote in it is not closed.
    """
    path = Path(path)
    text = _text(path, what)
    mark = text.startswith(BYTE_ORDER_MARK)
    text = text.removeprefix(BYTE_ORDER_MARK)
    first = next((line for line in re.split(r"[\r\n]", text) if line.strip()), "")
    if not first:
        raise ValueError(f"{path.name} is empty.")
    delimiter = max(",;\t", key=lambda each: len(next(csv.reader([first], delimiter=each))))
    rows = _rows(text, delimiter, path.name)
    start = next(i for i, row in enumerate(rows) if not row.blank)
    return CsvTable(path.name, rows[start], tuple(rows[start + 1 :]), delimiter, mark)


def _rows(text: str, delimiter: str, file: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    while True:
        line = reader.line_num + 1
        try:
            rows.append(Row(line, tuple(next(reader))))
        except StopIteration:
            return rows
        except csv.Error as error:
            # What csv says is the same for both, and names no line.
            if "field larger" in str(error):
                raise ValueError(f"{file}, line {line}: {error}.") from None
            raise ValueError(
                f'{file}, line {line}: a quote (") that opens a field there is not closed, or '
                'something stands behind the closing one. Inside of quotes, write "" for ".'
            ) from None


def _text(path: Path, what: str) -> str:
    if not path.is_file():
        raise ValueError(f"The {what} {path} is not there, or is not a file.")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise ValueError(f"The {what} {path} cannot be opened: {error.strerror}.") from None
    if len(content) > MAX_FILE:
        raise ValueError(f"{path.name} is larger than 10 MB. Is it the {what}?")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path.name}, line {line}: not UTF-8. Save the file as “CSV UTF-8”."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{path.name}, line {line}: a NUL character. Is it a CSV file?")
    return text
