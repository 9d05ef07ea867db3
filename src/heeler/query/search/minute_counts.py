"""Counts of rows that the store has by minute, as an aggregating projection of a table.

The engine reads a projection where a statement names nothing else, and the rows themselves in parts that
lack it: results are equal either way. A window is its whole minutes, by the projection, and what is before
and after them, by the rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from heeler.query.search.ast import Everything, Node, Text, leaves
from heeler.query.search.field_sql import Column, Parameters, Source, Table
from heeler.query.search.parser import parse
from heeler.query.search.row_access import access_to, node_of

MINUTE = 60
#: The last minute that the engine has, UNIX seconds: in the year 2106.
LAST_MINUTE = (2**32 - 1) // MINUTE * MINUTE
#: Fewer whole minutes are counted by their rows: a second statement would cost more than it saves.
MIN_MINUTES = 10


def whole_minutes(start: float, end: float) -> tuple[int, int] | None:
    """The whole minutes of a window, UNIX seconds, the end exclusive; None for a short one.

    Times before 1970 and after 2106 are counted in the first and the last minute that the engine has, which
    are in no window.
    """
    first, last = max(int(-(-start // MINUTE)), 1) * MINUTE, min(int(end // MINUTE) * MINUTE, LAST_MINUTE)
    return (first, last) if last - first >= MIN_MINUTES * MINUTE else None


def is_counted(table: Table, search: str, facets: Sequence[Source]) -> bool:
    """Whether the projection has all columns that a count of the current caller depends on.

    Raises :class:`~heeler.query.search.parser.SearchError`.
    """
    if not table.counted or table.readable is not None:
        return False
    trees: list[Node] = [parse(search)]
    access = access_to(table.data)
    if access.is_limited:
        readable = node_of(access)
        if readable is None:
            return False
        trees.append(readable)
    fields = [one for tree in trees for one in leaves(tree) if not isinstance(one, Everything)]
    return all(
        not isinstance(one, Text)
        and is_counted_column(table.source(one.field.name, one.field.attribute), table)
        for one in fields
    ) and all(is_counted_column(one, table) for one in facets)


def within_minutes(table: Table, first: int, last: int, to: Parameters) -> str:
    """Condition of the rows from the minute ``first`` to before ``last``, in UNIX seconds."""
    start, end = (f"toDateTime({to.add(at, 'UInt32')}, 'UTC')" for at in (first, last))
    return f"{minute_of(table)} >= {start} AND {minute_of(table)} < {end}"


def minute_of(table: Table) -> str:
    """SQL of the start of a row's minute."""
    return f"toStartOfMinute({table.time_column})"


def is_counted_column(source: Source, table: Table) -> bool:
    """Whether a field is one of the columns, which are strings."""
    return isinstance(source, Column) and source.expression in table.counted
