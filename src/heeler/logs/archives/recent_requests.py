"""Requests of the latest minutes, by what identifies them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

#: Maximum requests that are remembered, the newest.
MAX_REQUESTS = 10_000


class RecentRequests:
    """How often each request of the latest ``seconds`` was added. ``clock``: monotonic seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._found: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def add(self, request: Hashable) -> None:
        self._forget()
        times = self._found.pop(request, (0.0, 0))[1]
        self._found[request] = self._clock(), times + 1
        if len(self._found) > MAX_REQUESTS:
            self._found.popitem(last=False)

    def __contains__(self, request: Hashable) -> bool:
        self._forget()
        return request in self._found

    def take(self, request: Hashable) -> bool:
        """Whether the request is here, which is one time less then."""
        self._forget()
        if request not in self._found:
            return False
        added, times = self._found[request]
        if times > 1:
            self._found[request] = added, times - 1
        else:
            del self._found[request]
        return True

    def _forget(self) -> None:
        oldest = self._clock() - self._seconds
        while self._found and next(iter(self._found.values()))[0] < oldest:
            self._found.popitem(last=False)
