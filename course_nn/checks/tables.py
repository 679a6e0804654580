"""Tables of other libraries: rows and columns that have names have to be the same ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Names = tuple[str, ...]


def index_of(values: Any) -> Any:
    """What a table of pandas, or an input that holds one, calls its rows; None of what has none."""
    index = getattr(values, "index", None)  # of a list it is a method
    if dims := _dimensions(values):
        index = values.indexes.get(dims[0])
    return index if hasattr(index, "equals") else None


def _dimensions(values: Any) -> tuple[Any, ...]:
    """Of an array of xarray, what its axes are called. In pandas a column may be called `dims`."""
    dims = getattr(values, "dims", ())
    return dims if isinstance(dims, tuple) and hasattr(values, "indexes") else ()


def same_index(data: Mapping[str, Any]) -> None:
    """Rows are matched by position: what pandas calls them, its index, must not say otherwise."""
    named = {name: index_of(values) for name, values in data.items()}
    named = {name: index for name, index in named.items() if index is not None}
    for name, index in named.items():
        first, other = next(iter(named.items()))
        if len(index) == len(other) and not index.equals(other):
            raise ValueError(
                f"Row by row {first} and {name} are taken together, but they have not the same "
                f"index, so that their rows may be those of different examples. Bring them into "
                f"one order, as by {name} = {name}.loc[{first}.index]; if the order is right, give "
                ".to_numpy() of each."
            )


def same_columns(train: Any, *others: Any) -> None:
    """Columns too are matched by position: two tables, of pandas or polars, must name them alike
    and in one order."""
    known: Names | None = None
    for names in map(names_of_columns, (train, *others)):
        if known and names and len(names) == len(known) and _differ(known, names):
            raise ValueError(
                "Column by column these tables are taken together, but their columns have not the "
                "same names in the same order. Bring them into one, as by test = "
                "test[train.columns]; if the order is right, give .to_numpy() of each."
            )
        known = names if known is None or (names and _numbered(known)) else known


def names_of_columns(table: Any) -> Names | None:
    """Of a table of pandas, polars, pyarrow or xarray, or of a list of its rows; None of what has
    none. As text, so that they are the same when they come back from a file."""
    named = getattr(table, "columns", None)
    if isinstance(getattr(table, "column_names", None), list):  # pyarrow: columns hold the numbers
        named = table.column_names
    if len(dims := _dimensions(table)) == 2:
        named = table.indexes.get(dims[1])
    if isinstance(table, (list, tuple)) and len(table):
        return _names_in_rows(table)
    return tuple(map(str, named)) if hasattr(named, "__iter__") else None


def _names_in_rows(rows: Any) -> Names | None:
    """Of rows that were taken out of a table one by one: each is a Series, or a named tuple."""
    found = before = None
    for row in rows:
        named = getattr(row, "_fields", index_of(row))
        if named is None:
            return None
        if named is before:  # as of rows of one table: no need to look at each name
            continue
        before = named
        names = tuple(map(str, named))
        if found is not None and _differ(found, names):
            raise ValueError(
                "The rows of a list do not name their columns alike, or not in one order: "
                f"{_quoted(found)} and {_quoted(names)}."
            )
        found = found or names
    return found


def columns(name: str, before: Names | None, now: Names | None) -> Names | None:
    """The names of the columns of an input that count, if `before` they were the first.

    A table whose columns are only numbered, 0, 1, …, or an array says nothing of their names.
    Raises ValueError: other names, or another order. Each column would meet the weights of
    another one.
    """
    if before is None or now is None:
        return before if now is None else now
    if not _differ(before, now):
        return before if _numbered(now) else now
    if set(now) == set(before):
        place = [a == b for a, b in zip(now, before, strict=True)].index(False)
        raise ValueError(
            f"{name} had these columns before in another order: column {place} was "
            f"{before[place]!r} and is {now[place]!r} now, but it would meet the same weights. "
            "Bring them into one order, as by new = new[train.columns]; if the order is right, "
            "give .to_numpy()."
        )
    gone, new = ([n for n in one if n not in two] for one, two in ((before, now), (now, before)))
    raise ValueError(
        f"{name} had other columns before: {_quoted(gone)}, and in their place {_quoted(new)} now, "
        "which would meet the weights of these. Give the columns of before, as by "
        "new = new[train.columns]; if they are the same under other names, give .to_numpy(); for "
        "other data make a new network."
    )


def _differ(before: Names, now: Names) -> bool:
    """Whether both have names that say which column is which, and not the same ones."""
    unnamed = (_numbered(before) or _numbered(now)) and set(before) != set(now)
    return before != now and not unnamed


def _numbered(names: Names) -> bool:
    return names == tuple(map(str, range(len(names))))


def _quoted(names: Collection[str]) -> str:
    """The first few of them."""
    first = ", ".join(map(repr, [*names][:4]))
    return f"{first}, … ({len(names)} of them)" if len(names) > 4 else first or "none"
