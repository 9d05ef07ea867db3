"""Which rows of logs, spans and events the current caller may read.

The access is in a context variable, which the guard of a request sets. Every statement over a restricted
table contains :func:`row_condition` (:func:`heeler.query.search.planner.time_condition` adds it). Without an
access, as in background tasks, all rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from heeler.query.metrics.errors import QueryError
from heeler.query.search.ast import Node, Or
from heeler.query.search.field_sql import Parameters, Table
from heeler.query.search.parser import parse
from heeler.query.search.sql import condition


@dataclass(frozen=True, slots=True)
class RowAccess:
    """Readable rows of one kind of data.

    ``searches``: rows that match any of them; None for all rows. ``permission``: the missing permission if
    the kind of data may not be read at all. ``of_author``: the rights are not the reader's, but of whoever
    shares what is read.
    """

    searches: tuple[str, ...] | None = None
    permission: str = ""
    of_author: bool = False

    @property
    def is_limited(self) -> bool:
        return self.searches is not None or bool(self.permission)


Access = Mapping[str, RowAccess]
"""Access by kind of data (``logs``, ``spans``, ``events``); kinds that are absent are readable as a whole."""
EVERYTHING = RowAccess()
_current: ContextVar[Access] = ContextVar("heeler_row_access", default={})  # noqa: B039 - never changed


class NotReadable(QueryError):
    """The caller lacks the permission to read a kind of data."""

    status = 403


def apply(access: Access) -> None:
    """Apply ``access`` from now on, in this task."""
    _current.set(access)


@contextmanager
def reading_with(access: Access) -> Iterator[None]:
    """Apply ``access`` within the block."""
    token = _current.set(access)
    try:
        yield
    finally:
        _current.reset(token)


def current_access() -> Access:
    """The access of the current caller."""
    return _current.get()


def access_to(data: str) -> RowAccess:
    """The access of the current caller to a kind of data."""
    return _current.get().get(data, EVERYTHING)


def current_key() -> tuple[tuple[str, RowAccess], ...]:
    """The whole current access as a hashable value, for keys of caches."""
    return tuple(sorted((data, access) for data, access in _current.get().items() if access.is_limited))


def check_readable(data: str) -> None:
    """Raise :class:`NotReadable` if no rows of a kind of data may be read for lack of a permission."""
    access = access_to(data)
    permission = access.permission
    if permission and access.of_author:
        raise NotReadable(
            f"Whoever shares this does not have permission to read {data}, or has no account any more. It "
            f"requires {permission}."
        )
    if permission:
        raise NotReadable(
            f"You do not have permission to read {data}. It requires {permission}, which your roles or the "
            "scopes of your key do not include."
        )


def node_of(access: RowAccess) -> Node | None:
    """The readable rows as one search; None if there are no readable rows. Only if ``searches`` is set."""
    searches = access.searches or ()
    if access.permission or not searches:
        return None
    trees = [parse(text) for text in searches]
    return trees[0] if len(trees) == 1 else Or(tuple(trees))


def row_condition(data: str, table: Table, to: Parameters) -> str:
    """SQL condition of the readable rows of ``table``; empty if all are readable."""
    access = access_to(data)
    if not access.is_limited:
        return ""
    node = node_of(access)
    return "0" if node is None else f"({condition(node, table, to)})"
