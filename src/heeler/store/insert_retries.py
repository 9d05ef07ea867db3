"""Failed inserts of which some rows may be stored: retried with the same rows and tokens.

A request that was answered with the failure is identified by its digest. When it is sent again, it shares the
outcome of the next attempt, or is stored already; its rows are never written a second time under another
token.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from heeler.store.group_commit import Request, Stages, requests_of, rows_of

log = logging.getLogger("heeler.writer")

#: Delays between attempts, in seconds; the last one repeats.
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)

Run = Callable[[Stages], Awaitable[tuple[dict[Request, Exception], Stages]]]


def _new_future() -> asyncio.Future[None]:
    made = asyncio.get_running_loop().create_future()
    made.add_done_callback(retrieve)
    return made


@dataclass(eq=False, slots=True)
class _Failed:
    """A request that was answered with a failure."""

    request: Request
    outcome: asyncio.Future[None] = field(default_factory=_new_future)
    """Outcome of the next attempt, for callers that sent the request again meanwhile."""
    resent: bool = False


@dataclass(eq=False, slots=True)
class _Group:
    stages: Stages
    rows: int
    since: float
    due: float
    attempts: int = 0
    failed: dict[Request, _Failed] = field(default_factory=dict)


class Unresolved:
    """Failed inserts. Those older than ``seconds`` are given up, stored ones are forgotten after that
    time.
    """

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._groups: list[_Group] = []
        self._by_digest: dict[bytes, list[tuple[_Group, _Failed]]] = {}
        self._stored: Counter[bytes] = Counter()
        """Repeatable requests answered with a failure although their rows are stored."""
        self._stored_at: dict[bytes, float] = {}

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self._groups)

    @property
    def next_attempt(self) -> float | None:
        return min((group.due for group in self._groups), default=None)

    def add(self, left: Stages) -> None:
        """Retry ``left`` if one of its requests has a digest; others only have to be sent again."""
        failed = [request for request in requests_of(left) if request.digest is not None]
        if not failed:
            return
        group = _Group(left, rows_of(left), self._clock(), self._clock() + RETRY_SECONDS[0])
        for request in failed:
            group.failed[request] = _Failed(request)
            self._by_digest.setdefault(request.digest or b"", []).append((group, group.failed[request]))
        self._groups.append(group)

    def find(self, digest: bytes) -> asyncio.Future[None] | None:
        """Outcome of the next attempt for a request that was sent again, which becomes due at once; None if
        there is none.
        """
        for group, one in self._by_digest.get(digest, ()):
            if not (one.resent and one.request.repeatable):
                one.resent = True
                group.due = self._clock()
                return one.outcome
        return None

    def take_stored(self, digest: bytes) -> bool:
        """Whether this repeatable request was answered with a failure but is stored; true once for each
        occurrence.
        """
        forget(self._stored_at, self._clock() - self._seconds, self._stored)
        if not self._stored[digest]:
            return False
        self._stored[digest] -= 1
        return True

    async def retry(self, run: Run, stored: Callable[[bytes], None]) -> None:
        """Retry due inserts. ``stored`` is called with the digest of each request that is now stored and
        cannot mean other rows, before anyone can send it again: the next group may take minutes.
        """
        for group in [group for group in self._groups if group.due <= self._clock()]:
            errors, left = await run(group.stages)
            if self._clock() - group.since >= self._seconds and left:
                log.error("%d rows were not stored within %.0f s and are given up", group.rows, self._seconds)
                left = []
            for digest in self._settle(group, errors, left):
                stored(digest)

    def _settle(self, group: _Group, errors: Mapping[Request, Exception], left: Stages) -> list[bytes]:
        waiting = set(requests_of(left))
        stored = []
        for request, one in list(group.failed.items()):
            error = errors.get(request)
            if error is not None:
                one.outcome.set_exception(error)
                one.outcome, one.resent = _new_future(), False
            elif request not in waiting:
                one.outcome.set_result(None)
                stored += self._note_stored(one)
            if request not in waiting:
                self._remove(group, one)
        group.stages, group.rows = left, rows_of(left)
        group.attempts += 1
        group.due = self._clock() + RETRY_SECONDS[min(group.attempts, len(RETRY_SECONDS) - 1)]
        if not group.failed:
            self._groups.remove(group)
        return stored

    def _note_stored(self, one: _Failed) -> list[bytes]:
        digest = one.request.digest or b""
        if not one.request.repeatable:
            return [digest]
        if not one.resent:
            self._stored[digest] += 1
            self._stored_at[digest] = self._clock()
        return []

    def _remove(self, group: _Group, one: _Failed) -> None:
        del group.failed[one.request]
        digest = one.request.digest or b""
        self._by_digest[digest] = [pair for pair in self._by_digest[digest] if pair[1] is not one]
        if not self._by_digest[digest]:
            del self._by_digest[digest]


def retrieve(result: asyncio.Future[None]) -> None:
    """Mark an exception as retrieved, even when every client is gone."""
    if not result.cancelled():
        result.exception()


def forget(times: dict[bytes, float], oldest: float, also: Counter[bytes] | None = None) -> None:
    """Remove keys from before ``oldest`` from ``times``, which is in order of time, and from ``also``."""
    for key in list(times):
        if times[key] >= oldest:
            break
        del times[key]
        if also is not None:
            del also[key]
