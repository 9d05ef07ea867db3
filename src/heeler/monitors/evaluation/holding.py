"""Monitors are not judged on data that has not arrived: after a time in which nothing could be taken, those
whose window overlaps it wait until senders had the time to send what they kept.

Such a time (a gap) is one in which no monitor was evaluated before this server started, or in which more
requests were refused than stored. Senders try again after pauses that double up to 64 s, so monitors wait as
long as the gap was, and at most :data:`PAUSE_SECONDS`; and longer, up to :data:`MAX_SECONDS`, while many of
the points that arrive are late, as those of a spool are. What is refused for longer than
:data:`LONGEST_SECONDS` is no longer waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.api.services import Services
from heeler.monitors.evaluation.custom_schedule import recurrence_of
from heeler.monitors.evaluation.event_query import absent
from heeler.monitors.evaluation.state_machine import ALERT, WARN
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MonitorQuery, SearchQuery
from heeler.store.arrivals import Counts
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.monitors")
PAUSE_SECONDS, RETRY_SECONDS = 64.0, 6.0
"""Longest pause of senders between two attempts, and the seconds that an attempt takes."""
MAX_SECONDS = 600.0
"""Seconds after a gap until monitors are judged, whatever still arrives late."""
LATE_SHARE = 0.1
"""Share of late points above which a spool is assumed to be arriving."""
LONGEST_SECONDS = 3600.0
"""Seconds of refusals after which monitors are judged on what there is: a disk that stays full, or one sender
that is always refused, leaves nobody without alerts for good."""
STARTED_SECONDS, INTERVALS = 5.0, 1.5
"""A start so many seconds, beyond so many intervals, after the last evaluation was a gap."""
_NEVER = frozenset(("synthetics alert", "composite"))
"""Types that are not held: this server measures their data by itself, or they follow others."""
_EVENTS = frozenset(("event alert", "event-v2 alert"))
"""Types of which some are not held."""
_CLOCK_SKEW = 60.0
_DAY = 86400


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
    since: float = 0.0
    """Since when this server is in the gap, or waits after it."""
    started: float = field(init=False)
    """Since when this server takes what is sent."""
    held: int = 0
    """Monitors held in the last round."""
    _looked: float = 0.0
    _seen: Counts = field(default_factory=Counts)
    _refusing: bool = False

    def __post_init__(self) -> None:
        self.started = self.services.now()
        telemetry.gauge("heeler.monitors.held", lambda: self.held)

    def look(self, now: float, last_evaluated: float, interval: float) -> None:
        """At the begin of a round. ``last_evaluated``: from :func:`last_evaluated`."""
        counts = self.services.writer.arrivals.counts
        new, self._seen = counts.since(self._seen), counts
        before, self._looked = self._looked, now
        self._refusing = False
        if now < before:  # the clock was set back
            self.begin = self.end = self.reach = self.until = 0.0
            return
        if not before:
            if not self._began_with_gap(now, last_evaluated, interval):
                return
        elif new.refused > new.stored:
            self._refusing = True
            self._gap(before, now)
            return
        elif before >= self.until:
            return
        if new.late > LATE_SHARE * new.points:
            # Until a round in which little was late, as far as a spool may delay.
            self.until = max(self.until, min(now + interval, self.end + MAX_SECONDS))
            self.reach = now

    def _began_with_gap(self, now: float, last: float, interval: float) -> bool:
        """Whether nothing was taken from ``last`` to the start; to now, if others evaluated since the start,
        of whom nothing else is known."""
        end = self.started if last < self.started <= now else now
        if not last or end - last <= INTERVALS * interval + STARTED_SECONDS:
            return False
        self._gap(last, end)
        self.reach = now
        return True

    def _gap(self, begin: float, end: float) -> None:
        if not self.end or begin > self.until:
            self.begin, self.since = begin, max(begin, self.started)
            log.warning("Nothing was taken for %.0f s: monitors wait for what is late", end - begin)
        self.end = self.reach = end
        self.until = end + min(end - self.begin, PAUSE_SECONDS) + RETRY_SECONDS

    def holds(self, monitor: Monitor, query: MonitorQuery, now: float) -> bool:
        """Whether the monitor's data of ``now`` may still be on its way."""
        if now >= self.until or (self._refusing and now - self.since > LONGEST_SECONDS):
            return False
        if monitor.type in _NEVER or _only_grows(monitor, query):
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


def last_evaluated(monitors: Iterable[Monitor], now: float) -> float:
    """When any of the monitors was, 0 for never: of those that wait, as others are evaluated in a gap too.

    Times in the future are from before the clock was set back.
    """
    waiting = events = 0.0
    for one in monitors:
        if one.type in _NEVER or one.evaluated > now + _CLOCK_SKEW:
            continue
        if one.type in _EVENTS:
            events = max(events, one.evaluated)
        else:
            waiting = max(waiting, one.evaluated)
    return waiting or events


def _only_grows(monitor: Monitor, query: MonitorQuery) -> bool:
    """Whether the monitor counts events and did not alert: what is late could only make it alert. It is not
    held, as events of this server say why nothing is taken. One that is seldom evaluated is."""
    return (
        isinstance(query, SearchQuery)
        and (query.source, query.aggregation) == ("events", "count")
        and query.comparator in (">", ">=")
        and query.window < _DAY
        and monitor.overall_state not in (ALERT, WARN)
        and recurrence_of(monitor.options) is None
        and absent(query, monitor.options).value is not None
    )
