"""Slots for work that is limited in number, shared fairly: the flood of one caller waits for itself.

Each caller has a queue of its own, and the queues are served in turn. Where all places to wait are taken, a
caller with few of them displaces the newest of the caller with the most.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import ContextVar, copy_context
from typing import TypeVar

T = TypeVar("T")

#: The server's own work (monitors, rollups): never displaced, and may take every slot.
INTERNAL = ""
#: Requests whose caller is not known (yet).
UNKNOWN = "unknown"

caller: ContextVar[str] = ContextVar("heeler_caller", default=INTERNAL)
"""On whose behalf the current task works: ``user:ID``, ``key:ID``, :data:`UNKNOWN` or :data:`INTERNAL`."""


class NoSlot(Exception):
    """All places to wait are taken, or the caller's was given to somebody who had fewer."""


class FairSlots:
    """``slots`` at a time, ``waiting`` in the queues. Belongs to one event loop at a time.

    A caller other than :data:`INTERNAL` holds at most three quarters of the slots, rounded up: there
    is a slot for somebody else without waiting for the end of long work.
    """

    def __init__(self, slots: int, waiting: int) -> None:
        self._slots, self._most_waiting = slots, waiting
        self._share = slots - slots // 4
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}  # in the order of their turns
        self._held: Counter[str] = Counter()
        self.running = 0
        """Number of slots that are held."""
        self.waiting = 0
        """Number of futures in the queues."""
        self._returned: deque[str] = deque()

    def full_for(self, owner: str) -> bool:
        """Whether ``owner`` would be refused at once."""
        return self.waiting >= self._most_waiting and self._displaced_by(owner) is None

    async def acquire(self, owner: str) -> None:
        """Wait for a slot. Raises :class:`NoSlot`; a canceled wait leaves no trace."""
        while self._returned:
            self.release(self._returned.popleft())
        if self.running < self._slots and self._may_hold(owner) and owner not in self._queues:
            self._hold(owner)
            return
        if self.waiting >= self._most_waiting:
            largest = self._displaced_by(owner)
            if largest is None:
                raise NoSlot
            newest = self._queues[largest][-1]
            self._remove(largest, newest)
            if not newest.done():  # else its caller was canceled just now
                newest.set_exception(NoSlot())
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(turn)
        self.waiting += 1
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release(owner)  # the slot was given at the same moment
            else:
                self._remove(owner, turn)
            raise

    async def run(self, threads: Executor, owner: str, call: Callable[[], T]) -> T:
        """``call()`` in one of ``threads``, with the caller's context, holding a slot.

        Raises :class:`NoSlot` and what ``call`` raises. A canceled caller gives up its place in a queue; once
        ``call`` runs, the slot is held until it is over.
        """
        await self.acquire(owner)
        loop = asyncio.get_running_loop()

        def done(_: object) -> None:  # in the thread, or in the loop where it never ran
            try:
                loop.call_soon_threadsafe(self.release, owner)
            except RuntimeError:  # the loop is closed
                self.release_later(owner)

        try:
            work = threads.submit(copy_context().run, call)
        except BaseException:
            self.release(owner)
            raise
        work.add_done_callback(done)
        try:
            return await asyncio.wrap_future(work)
        finally:
            # An error refers to this frame, which would refer to the error: what its frames hold, such as a
            # body that is too large, would stay until the garbage collector looks at all objects.
            del work

    def release(self, owner: str) -> None:
        """Give a slot back, and to whoever is next."""
        self.running -= 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        while self.running < self._slots and (following := self._next()) is not None:
            turn = self._queues[following].popleft()
            self.waiting -= 1
            rest = self._queues.pop(following)
            if rest:
                self._queues[following] = rest  # behind the others
            if not turn.done():
                self._hold(following)
                turn.set_result(None)

    def release_later(self, owner: str) -> None:
        """Give a slot back at the next :meth:`acquire`: from any thread, of a loop that is closed."""
        self._returned.append(owner)

    def _next(self) -> str | None:
        return next((owner for owner in self._queues if self._may_hold(owner)), None)

    def _may_hold(self, owner: str) -> bool:
        return owner == INTERNAL or self._held[owner] < self._share

    def _hold(self, owner: str) -> None:
        self.running += 1
        self._held[owner] += 1

    def _displaced_by(self, owner: str) -> str | None:
        """The caller with the most waiting, if ``owner`` has at least two fewer or is internal."""
        others = {one: len(queue) for one, queue in self._queues.items() if one not in (owner, INTERNAL)}
        if not others:
            return None
        largest = max(others, key=others.__getitem__)
        own = len(self._queues.get(owner, ()))
        return largest if owner == INTERNAL or others[largest] > own + 1 else None

    def _remove(self, owner: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(owner)
        if queue is None:
            return
        with contextlib.suppress(ValueError):
            queue.remove(turn)
            self.waiting -= 1
        if not queue:
            del self._queues[owner]
