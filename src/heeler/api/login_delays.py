"""Login throttling with increasing delays; held in memory, bounded in size; nobody is locked out."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delay by number of failures: none for the first ``free``, then ``first`` seconds, doubled with each
    further failure up to ``longest``.
    """

    free: int
    first: float
    longest: float

    def seconds(self, failures: int) -> float:
        if failures < self.free:
            return 0.0
        return float(min(self.first * 2 ** min(failures - self.free, 30), self.longest))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Key by which attempts are counted, such as a user together with an address."""

    key: str
    backoff: Backoff


@dataclass(slots=True)
class _Attempts:
    failures: int
    last: float


class AttemptLimiter:
    """Counts attempts by bucket. An attempt is counted as failed *before* it is evaluated, so that parallel
    attempts cannot exceed the limit; :meth:`succeeded` reverts it.

    At most ``max_buckets`` buckets are stored, each until ``forget_after`` seconds after its last attempt;
    the least recently used is evicted first, so that invented names cannot exhaust memory.
    """

    def __init__(
        self,
        max_buckets: int = 10_000,
        forget_after: float = 3600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_buckets = max_buckets
        self._forget_after = forget_after
        self._clock = clock
        self._attempts: OrderedDict[str, _Attempts] = OrderedDict()

    def reserve(self, buckets: Sequence[Bucket]) -> float:
        """Take a slot in every bucket and return 0, or take none and return the seconds to wait."""
        wait = max(self.wait_seconds(bucket) for bucket in buckets)
        if wait > 0:
            return wait
        for bucket in buckets:
            self._count(bucket.key)
        return 0.0

    def wait_seconds(self, bucket: Bucket) -> float:
        """Seconds until ``bucket`` allows its next attempt; 0 if it does now."""
        found = self._current(bucket.key)
        if found is None:
            return 0.0
        return max(found.last + bucket.backoff.seconds(found.failures) - self._clock(), 0.0)

    def succeeded(self, own: Bucket, shared: Iterable[Bucket] = ()) -> None:
        """Reset the failures of ``own``; in shared buckets, revert only this attempt."""
        self._attempts.pop(own.key, None)
        self.cancel(shared)

    def cancel(self, buckets: Iterable[Bucket]) -> None:
        """Revert one attempt in each of ``buckets``: it was not evaluated, or did not fail."""
        for bucket in buckets:
            found = self._current(bucket.key)
            if found is not None:
                found.failures = max(found.failures - 1, 0)

    def _current(self, key: str) -> _Attempts | None:
        found = self._attempts.get(key)
        if found is not None and found.last + self._forget_after <= self._clock():
            del self._attempts[key]
            return None
        return found

    def _count(self, key: str) -> None:
        found = self._current(key)
        if found is None:
            self._attempts[key] = _Attempts(1, self._clock())
        else:
            found.failures, found.last = found.failures + 1, self._clock()
            self._attempts.move_to_end(key)
        while len(self._attempts) > self._max_buckets:
            self._attempts.popitem(last=False)
