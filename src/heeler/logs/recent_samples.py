"""Recent unprocessed logs of each source and service, as samples for the pipeline test."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heeler.logs.matcher import Test
from heeler.wire.logs.datadog import LogEntry

if TYPE_CHECKING:
    from heeler.api.services import Services

#: Maximum number of pairs of source and service, and logs of each.
MAX_KINDS, MAX_LOGS = 200, 20
#: Longer messages are not sampled.
MAX_MESSAGE = 16_384
#: Once a pair is full, one log a second replaces the oldest.
SECONDS = 1.0
#: Interval at which a delivery is decoded to entries only for sampling.
DUE_SECONDS = 5.0


class RecentLogs:
    """Recent logs of one server, as ``services.part(RecentLogs)``. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._now, self._lock = services.now, threading.Lock()
        self._kinds: OrderedDict[tuple[str, str], deque[LogEntry]] = OrderedDict()
        self._added: dict[tuple[str, str], float] = {}
        self._due = 0.0

    def is_due(self) -> bool:
        """Whether a delivery should be decoded to entries for sampling, even if nothing else requires it."""
        now = self._now()
        if 0 <= now - self._due < DUE_SECONDS:
            return False
        self._due = now
        return True

    def add(self, entries: Sequence[LogEntry]) -> None:
        """Sample the logs of a delivery before they are processed; some are copied."""
        if not entries:
            return
        # The first, the last and one between: a delivery is mostly of one service.
        some = {id(entries[at]): entries[at] for at in (0, len(entries) // 2, -1)}
        with self._lock:
            for entry in some.values():
                self._add(entry, self._now())

    def _add(self, entry: LogEntry, now: float) -> None:
        kind = entry.source, entry.service
        logs = self._kinds.get(kind)
        if logs is None:
            logs = self._kinds[kind] = deque(maxlen=MAX_LOGS)
            while len(self._kinds) > MAX_KINDS:
                oldest, _ = self._kinds.popitem(last=False)
                self._added.pop(oldest, None)
        elif len(logs) == MAX_LOGS and 0 <= now - self._added.get(kind, 0) < SECONDS:
            return
        if len(entry.message) <= MAX_MESSAGE:
            logs.append(copy.deepcopy(entry))
            self._added[kind] = now
            self._kinds.move_to_end(kind)

    def find(self, test: Test, limit: int) -> list[LogEntry]:
        """Most recent samples that match a search."""
        with self._lock:
            known = [entry for logs in self._kinds.values() for entry in logs]
        found = [entry for entry in known if test(entry)]
        return sorted(found, key=lambda entry: -entry.time)[:limit]


def sample_of(entry: LogEntry) -> dict[str, Any]:
    """Convert a log to an item of a delivery that decodes to the same log."""
    sample = {
        **copy.deepcopy(entry.attributes),
        "message": entry.message,
        "ddsource": entry.source,
        "service": entry.service,
        "hostname": entry.host,
        "ddtags": ",".join(entry.tags),
        "status": entry.status,
        "timestamp": entry.time // 1_000_000,
    }
    return {name: value for name, value in sample.items() if value not in ("", None)}
