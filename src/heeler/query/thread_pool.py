"""Thread pool of queries with an admission queue: many or heavy queries wait only for other queries,
and those of one caller mostly for each other.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from heeler.query import limits
from heeler.query.budget import admitted
from heeler.query.metrics.errors import QueryError
from heeler.store.engine import Engine
from heeler.store.fair_slots import INTERNAL, FairSlots, NoSlot, caller

T = TypeVar("T")
P = ParamSpec("P")


class QueryQueueFull(QueryError):
    """The limit of waiting queries is reached."""

    status = 503


class QueryPool:
    """Bounded thread pool with bounded queues of callers. Belongs to one event loop at a time."""

    def __init__(
        self,
        threads: int = limits.THREADS,
        background: int = limits.BACKGROUND_THREADS,
        running: int = limits.MAX_RUNNING,
        waiting: int = limits.MAX_WAITING,
        patience: float = limits.MAX_WAIT_SECONDS,
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="query")
        self._background = ThreadPoolExecutor(background, thread_name_prefix="query-background")
        self._slots, self._most_waiting, self._patience = FairSlots(running, waiting), waiting, patience
        self.busy = 0
        """Number of calls running in threads or queued."""

    @property
    def running(self) -> int:
        """Number of admitted callers."""
        return self._slots.running

    @property
    def waiting(self) -> int:
        return self._slots.waiting

    @property
    def full(self) -> bool:
        """Whether all places to wait are taken."""
        return self.waiting >= self._most_waiting

    def full_for(self, owner: str) -> bool:
        """Whether another query of this :data:`~heeler.store.fair_slots.caller` would be refused at once."""
        return self._slots.full_for(owner)

    @property
    def full_text(self) -> str:
        return f"{self._most_waiting} queries are waiting already: try again in some seconds"

    async def run(self, call: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
        """Run ``call(...)`` in a thread, within the caller's budget.

        Callers without an :meth:`admission`, which are the server's own, such as monitors, have separate
        threads: heavy queries of the API do not delay them.
        """
        context = copy_context()

        def work() -> T:
            try:
                return context.run(call, *args, **keywords)
            finally:
                self.busy -= 1

        self.busy += 1
        threads = self._threads if admitted.get() else self._background
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    @contextlib.asynccontextmanager
    async def admission(self) -> AsyncIterator[None]:
        """Acquire a slot among the queries of the API. Raises :class:`QueryQueueFull` if too many wait."""
        owner = caller.get()
        try:
            async with asyncio.timeout(self._patience):
                await self._slots.acquire(owner)
        except NoSlot:
            raise QueryQueueFull(self.full_text) from None
        except TimeoutError:
            raise QueryQueueFull(
                f"Other queries took all of {self._patience:g} seconds: try again in some seconds"
            ) from None
        token = admitted.set(True)
        try:
            yield
        finally:
            admitted.reset(token)
            self._slots.release(owner)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """:meth:`admission` for a caller who has none yet. The server's own work needs none."""
        if admitted.get() or caller.get() == INTERNAL:
            yield
        else:
            async with self.admission():
                yield

    def close(self) -> None:
        """Wait for running calls, which are bounded by their budgets."""
        for threads in (self._threads, self._background):
            threads.shutdown(wait=True, cancel_futures=True)


_of_engine: WeakKeyDictionary[Engine, QueryPool] = WeakKeyDictionary()


def pool_of(engine: Engine) -> QueryPool:
    """Query pool of ``engine``; closed before the engine."""
    found = _of_engine.get(engine)
    if found is None:
        found = _of_engine[engine] = QueryPool()
        engine.before_close(found.close)
    return found
