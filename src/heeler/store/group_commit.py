"""One group commit: inserts by table, in stages, so that a failure affects only the requests it concerns.

An insert has a deduplication token and is retried with the same rows and the same token: a table with
`non_replicated_deduplication_window` set inserts it once, whatever part of it an earlier attempt stored.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from heeler.store.engine import EngineError

log = logging.getLogger("heeler.writer")

#: Engine error codes for rows that cannot be stored, so that none of them were: 6, 27, 38, 41, 72 cannot
#: parse; 33 cannot read all data; 53 type mismatch; 69 argument out of bound; 70 cannot convert; 117
#: incorrect data; 131 too large string; 349 null in a column without nulls.
_REJECTED = frozenset((6, 27, 33, 38, 41, 53, 69, 70, 72, 117, 131, 349))
#: Attempts of an insert within one commit.
ATTEMPTS = 2

InsertRows = Callable[[str, pa.Table, str], Awaitable[None]]
RunInThread = Callable[..., Awaitable[Any]]
BeforeInsert = Callable[[Sequence[Any]], Awaitable[None]]


class DiskFull(Exception):
    """Free disk space is below the minimum: nothing is written until there is room (507)."""


class StoreFailed(Exception):
    """The engine did not accept the rows; they may be sent again (503). The message is the engine's."""


class RowsRejected(Exception):
    """The engine cannot store these rows, also on a retry (400). The message is the engine's."""


@dataclass(eq=False, slots=True)
class Request:
    """Rows of one request; ``done`` is set when all are stored, or none will be."""

    tables: Mapping[str, Any]
    rows: int
    done: asyncio.Future[None]
    digest: bytes | None = None
    repeatable: bool = False
    """Whether the same digest may mean other rows (see :meth:`heeler.store.writer.Writer.write`)."""


@dataclass(eq=False, slots=True)
class Insert:
    """Rows of one table and one schema, of one or more requests."""

    table: str
    requests: list[Request]
    token: str = field(default_factory=lambda: secrets.token_hex(12))
    rows: pa.Table | None = None
    """Built at the first attempt, the same at all later ones."""
    stored: bool = False
    attempted: bool = False
    error: Exception | None = None

    def halves(self) -> list[Insert]:
        middle = len(self.requests) // 2
        return [Insert(self.table, self.requests[:middle]), Insert(self.table, self.requests[middle:])]


Stages = list[list[Insert]]


def plan(requests: Sequence[Request], first: Sequence[str]) -> Stages:
    """A stage for each table of ``first``, then one for all others.

    Parts of a table with different schemas become separate inserts.
    """
    inserts: dict[tuple[str, Any], list[Request]] = {}
    for request in requests:
        for table, part in request.tables.items():
            if part.num_rows:
                inserts.setdefault((table, getattr(part, "schema", None)), []).append(request)
    made = [Insert(table, members) for (table, _), members in inserts.items()]
    stages = [[insert for insert in made if insert.table == name] for name in first]
    stages.append([insert for insert in made if insert.table not in first])
    return [stage for stage in stages if stage]


class Committer:
    """Runs the stages of a group. ``before`` and ``after`` name what is called with a table's parts before
    they go in, and when they are."""

    def __init__(
        self,
        insert: InsertRows,
        run: RunInThread,
        before: Mapping[str, BeforeInsert],
        after: Mapping[str, BeforeInsert] | None = None,
    ) -> None:
        self._insert = insert
        self._run = run
        self._before = before
        self._after = after or {}

    async def run(self, stages: Stages) -> tuple[dict[Request, Exception], Stages]:
        """Insert all rows that are not stored yet.

        Returns the error of each failed request, and the remaining inserts of those that may be retried:
        failed inserts unchanged, and those held back because the request had failed in an earlier stage. No
        insert is in progress on return.
        """
        failed: dict[Request, Exception] = {}
        left: Stages = []
        for stage in stages:
            ready, held = _hold_back(stage, failed)
            outcomes = await asyncio.gather(*(self._settle(insert) for insert in ready))
            over = [insert for inserts in outcomes for insert in inserts if insert.error is not None]
            for insert in over:
                if insert.error is not None:
                    failed.update({one: insert.error for one in insert.requests if one not in failed})
            left.append([*held, *(one for one in over if not isinstance(one.error, RowsRejected))])
        return failed, [stage for stage in left if stage]

    async def _settle(self, insert: Insert) -> list[Insert]:
        """Attempt ``insert``; returns it, or smaller ones if some rows cannot be stored."""
        for _ in range(ATTEMPTS):
            await self._attempt(insert)
            if insert.error is None:
                return [insert]
            if isinstance(insert.error, RowsRejected):
                break
        if not isinstance(insert.error, RowsRejected) or len(insert.requests) == 1:
            return [insert]
        parts = [await self._settle(half) for half in insert.halves()]
        return [one for part in parts for one in part]

    async def _attempt(self, insert: Insert) -> None:
        insert.attempted, insert.error = True, None
        parts = [request.tables[insert.table] for request in insert.requests]
        try:
            if insert.table in self._before:
                await self._before[insert.table](parts)
            if insert.rows is None:
                insert.rows = await self._run(combined, parts)
            await self._insert(insert.table, insert.rows, insert.token)
            if insert.table in self._after:
                await self._after[insert.table](parts)
        except Exception as error:
            log.exception(
                "%d rows for %s were not stored", sum(part.num_rows for part in parts), insert.table
            )
            insert.error = error if isinstance(error, RowsRejected) else named_error(error)
        else:
            insert.stored = True


def _hold_back(
    stage: Sequence[Insert], failed: Mapping[Request, Exception]
) -> tuple[list[Insert], list[Insert]]:
    """Split ``stage`` into inserts without rows of failed requests, and inserts of those rows."""
    ready: list[Insert] = []
    held: list[Insert] = []
    for insert in stage:
        lost = [request for request in insert.requests if request in failed]
        if not lost or insert.attempted:  # an attempted insert may be stored in part: it stays unchanged
            (held if lost and len(lost) == len(insert.requests) else ready).append(insert)
            continue
        held.append(Insert(insert.table, lost))
        rest = [request for request in insert.requests if request not in failed]
        if rest:
            ready.append(Insert(insert.table, rest))
    return ready, held


def named_error(error: Exception) -> Exception:
    """Classify an error: the rows or the store are at fault."""
    at_fault = isinstance(error, EngineError) and error.code in _REJECTED
    named = RowsRejected(str(error)) if at_fault else StoreFailed(str(error) or type(error).__name__)
    named.__cause__ = error
    return named


def combined(parts: Sequence[Any]) -> pa.Table:
    """One table of ``parts``. Raises :class:`RowsRejected` if they cannot be combined."""
    try:
        if isinstance(parts[0], pa.Table):
            return pa.concat_tables(parts).combine_chunks()
        return type(parts[0]).combine(parts)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise RowsRejected(str(error)) from error


def requests_of(stages: Iterable[Iterable[Insert]]) -> list[Request]:
    """Requests with rows in ``stages``, deduplicated."""
    return list(dict.fromkeys(one for stage in stages for insert in stage for one in insert.requests))


def rows_of(stages: Iterable[Iterable[Insert]]) -> int:
    return sum(
        request.tables[insert.table].num_rows
        for stage in stages
        for insert in stage
        for request in insert.requests
    )
