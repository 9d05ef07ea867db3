"""Monitors are not judged on data that has not arrived: after a time in which nothing could be taken, those
whose window overlaps it wait until senders had the time to send what they kept.

Such a time (a gap) is one in which no monitor was evaluated before this server started, or in which more
requests were refused than stored: of those of metrics, and of all others, as one table may fail alone.
Senders try again after pauses that double up to 64 s, so monitors wait as long as the gap was, and at most
:data:`PAUSE_SECONDS`; and longer, up to :data:`MAX_SECONDS`, while many of the points that arrive are late,
as those of a spool are. What is refused for longer than :data:`LONGEST_SECONDS` is no longer waited for.
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
from heeler.monitors.queries.parser import CheckQuery, MetricQuery, MonitorQuery, ProcessQuery, SearchQuery
from heeler.monitors.queries.slo_alerts import SloQuery
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
class Gap:
    """The last gap. Times are UNIX seconds."""

    begin: float = 0.0
    end: float = 0.0
    """None if equal. While it lasts, ``end`` is the time of the last look."""
    reach: float = 0.0
    """Data of before it may be missing: the gap's end, or the last look at which a spool was arriving, behind
    which newer data waits."""
    until: float = 0.0
    """When monitors are no longer held; it is moved while late points arrive."""
    since: float = 0.0
    """Since when this server is in the gap, or waits after it."""
    refusing: bool = False
    """Whether more was refused than stored before the last look."""

    def add(self, begin: float, end: float, since: float) -> bool:
        """Whether it is another than the last, which otherwise lasts until ``end``."""
        other = not self.end or begin > self.until
        if other:
            self.begin, self.since = begin, since
        self.end = self.reach = end
        self.until = end + min(end - self.begin, PAUSE_SECONDS) + RETRY_SECONDS
        return other

    def delay(self, now: float, interval: float) -> None:
        """Hold until a round in which little was late, as far as a spool may delay."""
        self.until = max(self.until, min(now + interval, self.end + MAX_SECONDS))
        self.reach = now

    def may_lack(self, start: float | None, stop: float, now: float) -> bool:
        """Whether data from ``start`` to ``stop`` may still be on its way; None: from any time on."""
        if now >= self.until or (self.refusing and now - self.since > LONGEST_SECONDS):
            return False
        return stop > self.begin and (start is None or start < self.reach)


@dataclass(slots=True)
class Holding:
    """The last gaps and what arrives since. Times are UNIX seconds."""

    services: Services
    metrics: Gap = field(default_factory=Gap)
    others: Gap = field(default_factory=Gap)
    started: float = field(init=False)
    """Since when this server takes what is sent."""
    held: int = 0
    """Monitors held in the last round."""
    released: float = 0.0
    """When monitors that were held before this round were due again."""
    _held: float = 0.0
    """The last round in which a monitor was."""
    _interval: float = 0.0
    _looked: float = 0.0
    _seen: tuple[Counts, Counts] = (Counts(), Counts())

    def __post_init__(self) -> None:
        self.started = self.services.now()
        telemetry.gauge("heeler.monitors.held", lambda: self.held)

    def look(self, now: float, last_evaluated: float, interval: float) -> None:
        """At the begin of a round. ``last_evaluated``: from :func:`last_evaluated`."""
        self._interval = interval
        arrivals = self.services.writer.arrivals
        (metrics, others), self._seen = self._seen, (arrivals.metrics, arrivals.others)
        metrics, others = arrivals.metrics.since(metrics), arrivals.others.since(others)
        before, self._looked = self._looked, now
        if now < before:  # the clock was set back
            self.metrics, self.others, self._held = Gap(), Gap(), 0.0
            return
        late = metrics.late > LATE_SHARE * metrics.points
        found = 0.0
        for gap, new in ((self.metrics, metrics), (self.others, others)):
            gap.refusing = bool(before) and new.refused > new.stored
            start = None if before else self._gap_at_start(now, last_evaluated, interval)
            if start is not None:
                found = start[1] - start[0]
                gap.add(*start, self.started)
                gap.reach = now
            elif gap.refusing and gap.add(before, now, before):
                found = now - before
            if late and not gap.refusing and (start is not None or before < gap.until):
                gap.delay(now, interval)
        if found:
            log.warning("Nothing was taken for %.0f s: monitors wait for what is late", found)

    def _gap_at_start(self, now: float, last: float, interval: float) -> tuple[float, float] | None:
        """The time from ``last`` to the start in which nothing was taken; to now, if others evaluated since
        the start, of whom nothing else is known."""
        end = self.started if last < self.started <= now else now
        return (last, end) if last and end - last > INTERVALS * interval + STARTED_SECONDS else None

    def holds(self, monitor: Monitor, query: MonitorQuery, now: float) -> bool:
        """Whether the monitor's data of ``now`` may still be on its way."""
        if now >= max(self.metrics.until, self.others.until):
            return False
        if monitor.type in _NEVER or _only_grows(monitor, query):
            return False
        stop, start = now - float(monitor.options.get("evaluation_delay") or 0), None
        # Of an SLO's alert, the longer window is how far it looks back; an error budget's is days.
        seconds = query.long or None if isinstance(query, SloQuery) else getattr(query, "window", None)
        whole = getattr(query, "ahead", False) or getattr(query, "anomalies", None) is not None
        if seconds is not None and not whole:
            start = stop - seconds - getattr(query, "shift", 0)
        return any(gap.may_lack(start, stop, now) for gap in self._gaps(query))

    def _gaps(self, query: MonitorQuery) -> tuple[Gap, ...]:
        """Those of what the query looks at."""
        if isinstance(query, MetricQuery):
            return (self.metrics,)
        if isinstance(query, CheckQuery | ProcessQuery | SearchQuery):
            return (self.others,)
        return self.metrics, self.others

    def let_through(
        self, due: Sequence[tuple[Monitor, MonitorQuery]], now: float
    ) -> list[tuple[Monitor, Any]]:
        """Those of ``due`` that are not held."""
        through = [(monitor, query) for monitor, query in due if not self.holds(monitor, query, now)]
        self.held = len(due) - len(through)
        self.released = self._held + self._interval if self._held else 0.0
        if self.held:
            self._held = now
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
