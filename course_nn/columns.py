"""What tables have called the columns of the inputs: the weights of each column are learned, so
data by which a network is trained on, or used, have to call them the same.

Source: lesson 11, where data are prepared.
"""

from __future__ import annotations

from course_nn import checks
from course_nn.graph import Data, Graph

Columns = tuple[tuple[str, checks.Names], ...]  # those of a table, by the name of the input


def columns_with(graph: Graph, learned: Columns = (), tables: Data | None = None) -> Columns:
    """The columns of each input: what is known of the graph, with those that a run has learned
    from, and with these tables (or arrays, which call them nothing).

    Raises ValueError: the columns of an input have other names, or stand in another order.
    """
    found = {x.name: x._columns for x in graph.inputs}
    more = [(checks.in_normal_form(name), table) for name, table in (tables or {}).items()]
    named = [(name, checks.names_of_columns(table)) for name, table in more]
    for name, names in (*learned, *named):
        found[name] = checks.columns(name, found[name], names)
    return tuple((name, names) for name, names in found.items() if names is not None)


def name_columns(graph: Graph, columns: Columns) -> None:
    """The weights, old or new ones, were learned from tables with these columns."""
    names = dict(columns)
    for x in graph.inputs:
        if x.name in names:
            x._columns = names[x.name]
