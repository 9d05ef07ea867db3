"""Monitors are not judged on data that has not arrived: after a time in which nothing could be taken, those
whose window overlaps it wait until senders had the time to send what they kept.

Such a time (a gap) is one in which no monitor was evaluated before this server started, or in which more
requests were refused than stored. Senders try again after pauses that double up to 64 s, so monitors wait as
long as the gap was, and at most :data:`PAUSE_SECONDS`; and longer, up to :data:`MAX_SECONDS`, while many of
the points that arrive are late, as those of a spool are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.api.services import Services
from heeler.monitors.model import Monitor
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import MonitorQuery
from heeler.store.arrivals import Counts
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.monitors")
PAUSE_SECONDS, RETRY_SECONDS = 64.0, 6.0
"""Longest pause of senders between two attempts, and the seconds that an attempt takes."""
MAX_SECONDS = 600.0
"""Seconds after a gap until monitors are judged, whatever still arrives late."""
LATE_SHARE = 0.1
"""Share of late points above which a spool is assumed to be arriving."""
STARTED_SECONDS, INTERVALS = 5.0, 1.5
"""A start so many seconds, beyond so many intervals, after the last evaluation was a gap."""
_OWN = frozenset(("synthetics alert",))
"""Types whose data this server measures by itself."""


@dataclass(slots=True)
class Holding:
    """The last gap and what arrives since. Times are UNIX seconds."""

    services: Services
    begin: float = 0.0
    end: float = 0.0
    """Of the last gap; none if equal. While it lasts, ``end`` is the time of the last look."""
    reach: float = 0.0
    """Data of before it may be missing: the gap's end, or the last look at which a spool was arriving, behind
    which newer data waits."""
    until: float = 0.0
    """When monitors are no longer held; it is moved while late points arrive."""
    held: int = 0
    """Monitors held in the last round."""
    _looked: float = 0.0
    _seen: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        telemetry.gauge("heeler.monitors.held", lambda: self.held)

    def look(self, now: float, last_evaluated: float, interval: float) -> None:
        """At the begin of a round. ``last_evaluated``: when any monitor of any server was, 0 for never."""
        counts = self.services.writer.arrivals.counts
        new, self._seen = counts.since(self._seen), counts
        first, self._looked, before = not self._looked, now, self._looked
        if first:
            if last_evaluated and now - last_evaluated > INTERVALS * interval + STARTED_SECONDS:
                self._gap(last_evaluated, now)
        elif new.refused > new.stored:
            self._gap(before, now)
        elif before < self.until and new.late > LATE_SHARE * new.points:
            # Until a round in which little was late, as far as a spool may delay.
            self.until = max(self.until, min(now + interval, self.end + MAX_SECONDS))
            self.reach = now
        if now < self.end:  # the clock was set back
            self.begin = self.end = self.reach = self.until = 0.0

    def _gap(self, begin: float, end: float) -> None:
        if not self.end or begin > self.until:
            self.begin = begin
            log.warning("Nothing was taken for %.0f s: monitors wait for what is late", end - begin)
        self.end = self.reach = end
        self.until = end + min(end - self.begin, PAUSE_SECONDS) + RETRY_SECONDS

    def holds(self, monitor: Monitor, query: MonitorQuery, now: float) -> bool:
        """Whether the monitor's data of ``now`` may still be on its way."""
        if now >= self.until or monitor.type in _OWN or isinstance(query, CompositeQuery):
            return False
        stop = now - float(monitor.options.get("evaluation_delay") or 0)
        seconds = getattr(query, "window", None)
        if seconds is None or getattr(query, "ahead", False) or getattr(query, "anomalies", None) is not None:
            return stop > self.begin
        return stop > self.begin and stop - seconds - getattr(query, "shift", 0) < self.reach

    def let_through(
        self, due: Sequence[tuple[Monitor, MonitorQuery]], now: float
    ) -> list[tuple[Monitor, Any]]:
        """Those of ``due`` that are not held."""
        through = [(monitor, query) for monitor, query in due if not self.holds(monitor, query, now)]
        self.held = len(due) - len(through)
        return through
