"""Resource budget of a query, checked while it runs: time, memory and rows.

Computing code calls :func:`check` once an iteration of any potentially long loop, :func:`hold` before it
allocates a table, and :func:`count_rows` for the rows that it read. Outside of a query they do nothing.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from heeler.query import limits
from heeler.query.metrics.errors import QueryError

T = TypeVar("T")


class QueryTimeout(QueryError):
    """The query exceeded its time limit."""

    status = 504


class QueryCancelled(QueryError):
    """The caller of the query is gone."""


class QueryMemoryBusy(QueryError):
    """The memory limit of all queries together is reached."""

    status = 503


#: Whether the context's query is one of the API, which has waited for its turn.
admitted: ContextVar[bool] = ContextVar("admitted", default=False)


class _Total:
    """Bytes held by all queries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.held = 0

    def add(self, nbytes: int) -> int:
        with self._lock:
            self.held += nbytes
            return self.held


total = _Total()


class Budget:
    """Limits of one query; shared by its threads, each of which only adds or reads numbers.

    ``clock`` returns monotonic seconds.
    """

    def __init__(
        self,
        seconds: float | None = None,
        nbytes: int | None = None,
        rows: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = limits.MAX_SECONDS if seconds is None else seconds
        self.most_bytes = limits.MAX_BYTES if nbytes is None else nbytes
        self.most_rows = limits.MAX_ROWS if rows is None else rows
        self.held = 0
        self.rows = 0
        self._clock = clock
        self._deadline = clock() + self.seconds
        self._cancelled = False

    @property
    def remaining(self) -> int:
        """Remaining whole seconds, at least 1, for the engine's own limit."""
        return max(1, math.ceil(self._deadline - self._clock()))

    def cancel(self) -> None:
        """Stop the query at its next check."""
        self._cancelled = True

    def check(self) -> None:
        """Raise :class:`QueryTimeout` or :class:`QueryCancelled` if the query should stop."""
        if self._cancelled:
            raise QueryCancelled("The query was canceled")
        if self._clock() > self._deadline:
            raise QueryTimeout(
                f"The query was stopped after {self.seconds:g} seconds: use a shorter time range, "
                "a narrower scope or a longer rollup"
            )

    def hold(self, nbytes: int) -> None:
        """Reserve ``nbytes`` for a table before it is allocated."""
        self.check()
        if self.held + nbytes > self.most_bytes:
            raise QueryError(
                f"The query needs more than {self.most_bytes / 2**20:,.0f} MiB of memory: use a shorter "
                "time range, a narrower scope or a longer rollup"
            )
        most = limits.MAX_API_BYTES if admitted.get() else limits.MAX_TOTAL_BYTES
        if total.add(nbytes) > most and total.held > self.held + nbytes:
            total.add(-nbytes)
            raise QueryMemoryBusy("Other queries hold the memory that there is: try again in some seconds")
        self.held += nbytes

    def release(self, nbytes: int | None = None) -> None:
        """Release ``nbytes``; at the end of the query all that are reserved."""
        nbytes = self.held if nbytes is None else nbytes
        total.add(-nbytes)
        self.held -= nbytes

    def count_rows(self, rows: int) -> None:
        """Count rows read from the store."""
        self.check()
        self.rows += rows
        if self.rows > self.most_rows:
            raise QueryError(
                f"The query reads more than {self.most_rows:,} rows of the store: use a shorter time range "
                "or a narrower scope"
            )


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextlib.contextmanager
def limited(budget: Budget | None = None) -> Iterator[Budget]:
    """Apply ``budget``, a new one by default, within the context; leaving by an exception cancels it.

    A nested context uses the outer budget, so that queries made of queries share it.
    """
    outer = _current.get()
    if outer is not None and budget is None:
        yield outer
        return
    mine = budget or Budget()
    token = _current.set(mine)
    try:
        yield mine
    except BaseException:
        mine.cancel()
        raise
    finally:
        _current.reset(token)
        mine.release()


def current() -> Budget | None:
    return _current.get()


def store_settings() -> dict[str, int]:
    """Engine settings that stop a statement at the query's time limit."""
    budget = _current.get()
    return {} if budget is None else {"max_execution_time": budget.remaining}


def check() -> None:
    budget = _current.get()
    if budget is not None:
        budget.check()


def each(items: Iterable[T]) -> Iterator[T]:
    """Iterate over ``items`` with a check before each, for loops over series, groups or buckets."""
    for item in items:
        check()
        yield item


def hold(nbytes: int) -> None:
    budget = _current.get()
    if budget is not None:
        budget.hold(nbytes)


@contextlib.contextmanager
def held(nbytes: int) -> Iterator[None]:
    """Reserve ``nbytes`` for tables that are dropped at the end of the context."""
    budget = _current.get()
    if budget is None:
        yield
        return
    budget.hold(nbytes)
    try:
        yield
    finally:
        budget.release(nbytes)


def count_rows(rows: int) -> None:
    budget = _current.get()
    if budget is not None:
        budget.count_rows(rows)
