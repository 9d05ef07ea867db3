"""DogStatsD intake: packets to samples; a repeated line costs two splits, one lookup and one addition.

All of a line but its values repeats; what it resolves to (its slot in the sampler and its scale) is cached by
name and fields. The cache has two generations, so that unused entries are evicted gradually, never all at
once.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, deque
from typing import Any, TypeVar

from heeler.agent.aggregation.check_sampler import Context, make_context
from heeler.agent.aggregation.time_sampler import Slot, TimeSampler
from heeler.agent.config import Config
from heeler.agent.dogstatsd.naming import Naming
from heeler.agent.dogstatsd.origin import Origins
from heeler.agent.dogstatsd.stats import MetricStats
from heeler.wire.metrics.dogstatsd import Event, Header, Metric, ParseError, ServiceCheck, parse

log = logging.getLogger(__name__)
MAX_ITEMS = 10_000
MEMO_LIMIT = 250_000
_MEMO_SECONDS = 300.0
_MAX_SHARED = 20_000
T = TypeVar("T", str, bytes)

Route = Slot | tuple[Slot, float, "Slot | None"]
"""Where samples of a header go: a slot; where there is more to it, with the sample rate and the distribution
that copies it."""
Key = tuple[bytes, bytes]


class Intake:
    """Parses packets and aggregates their samples; single-threaded."""

    def __init__(self, config: Config, hostname: str, sampler: TimeSampler, counts: Counter[str]) -> None:
        self._hostname = hostname
        self._sampler = sampler
        self._counts = counts
        self._naming = Naming(config)
        self._tags = tuple(config.strings("dogstatsd_tags"))
        self._stamped = config.flag("dogstatsd_no_aggregation_pipeline")
        self._copy = config.flag("histogram_copy_to_distribution")
        self._copy_prefix = config.text("histogram_copy_to_distribution_prefix")
        self._origins = Origins(config)
        self._young: dict[str, dict[Key, Route]] = {}
        self._old: dict[str, dict[Key, Route]] = {}
        self._remembered = 0
        self._shared: dict[Any, Any] = {}
        self._rotated = time.monotonic()
        self._unknown_said = False
        self.stats = MetricStats() if config.flag("dogstatsd_metrics_stats_enable") else None
        self.events: deque[dict[str, Any]] = deque(maxlen=MAX_ITEMS)
        self.service_checks: deque[dict[str, Any]] = deque(maxlen=MAX_ITEMS)

    @property
    def blocked(self) -> Counter[str]:
        """Number of lines dropped by a filter list, by metric."""
        return self._naming.blocked

    @property
    def remembered(self) -> int:
        """Number of cached headers."""
        return sum(len(memo) for memos in (self._young, self._old) for memo in memos.values())

    def take(self, payload: bytes, sender: int = 0) -> None:
        """Process lines of one sender (its process id, 0 if unknown)."""
        sampler = self._sampler
        sampler.advance()
        bucket, begin = sampler.bucket, sampler.begin
        origin = self._origins.container_of(sender) if sender else ""
        lines = payload.split(b"\n")
        find = self._young.setdefault(origin, {}).get
        known = 0
        for line in lines:
            name, _, rest = line.partition(b":")
            value, _, fields = rest.partition(b"|")
            route = find((name, fields))
            if route is None:
                self._unknown(line, (name, fields), origin)
                find = self._young.setdefault(origin, {}).get  # the cache may have been replaced
                continue
            if isinstance(route, Slot):
                slot, rate, copy = route, 1.0, None
            else:
                slot, rate, copy = route
            kind = slot.kind
            if kind == "s":
                begin(slot).members.add(value)
                known += 1
                continue
            try:
                number = float(value)
            except ValueError:
                self._slow(line, origin)
                continue
            # Accepted by float() but not by the protocol: 1_000, spaces, NaN and infinities.
            if not value.isdigit() and (
                number - number != 0.0 or b"_" in value or value[:1].isspace() or value[-1:].isspace()
            ):
                self._slow(line, origin)
                continue
            if slot.bucket != bucket:
                slot = begin(slot)
            known += 1
            if kind == "c":
                slot.value += number / rate
            elif kind == "g":
                slot.value = number
            elif rate == 1.0:
                slot.values.append(number)
            else:
                sampler.add_to(slot, number, rate)
            if copy is not None:
                sampler.add_to(copy, number, rate)
        self._counts["MetricPackets"] += known
        if self.stats is not None:
            self.stats.take(lines)

    def tick(self) -> None:
        """Evict headers that were not used for five minutes; called periodically."""
        now = time.monotonic()
        if now - self._rotated > _MEMO_SECONDS:
            self._rotate(now)

    def _rotate(self, now: float) -> None:
        self._old, self._young = self._young, {}
        self._remembered = 0
        self._rotated = now
        self._origins.refresh()

    def _unknown(self, line: bytes, key: Key, origin: str) -> None:
        """Handle a line whose header is not in the newer cache generation."""
        old = self._old.get(origin)
        route = old.get(key) if old else None
        if route is not None:
            self._remember(origin, key, route)
            self._slow(line, origin)
        elif route := self._slow(line, origin):
            self._remember(origin, key, route)

    def _slow(self, line: bytes, origin: str) -> Route | None:
        """Parse a line completely; returns the cache entry."""
        text = line.rstrip(b"\r").decode(errors="replace")
        if not text:
            return None
        try:
            message = parse(text)
        except ParseError as error:
            kind = (
                "Event" if text.startswith("_e") else "ServiceCheck" if text.startswith("_sc") else "Metric"
            )
            self._counts[f"{kind}ParseErrors"] += 1
            log.debug("Not DogStatsD (%s): %.200s", error, text)
            return None
        if isinstance(message, Metric):
            return self._metric(message, origin)
        if isinstance(message, Event):
            self._event(message, origin)
        else:
            self._service_check(message, origin)
        return None

    def _metric(self, metric: Metric, origin: str) -> Route | None:
        header, sampler = metric.header, self._sampler
        self._counts["MetricPackets"] += 1
        if header.unknown:
            self._say_unknown(header)
        context = self._context(header, origin)
        if context is None:
            self._counts["MetricsBlocked"] += 1
            return None
        if header.timestamp and self._stamped:
            self._stamped_metric(metric, context)
            return None
        slot = sampler.slot(header.kind, context)
        if slot is None:
            return None
        if header.kind == "s":
            sampler.add_member_to(slot, metric.member.encode(errors="replace"))
            return slot
        copied = self._copy and header.kind in ("h", "ms")
        named = Context(self._copy_prefix + context.name, context.tags, context.host)
        copy = sampler.slot("d", named) if copied else None
        for value in metric.values:
            if not math.isfinite(value):
                self._counts["MetricsNotFinite"] += 1
                continue
            sampler.add_to(slot, value, header.rate)
            if copy is not None:
                sampler.add_to(copy, value, header.rate)
        return slot if header.rate == 1.0 and copy is None else (slot, header.rate, copy)

    def _stamped_metric(self, metric: Metric, context: Context) -> None:
        header = metric.header
        if header.kind not in ("g", "c"):
            self._counts["MetricsStampedDropped"] += 1
            return
        for value in metric.values:
            if math.isfinite(value):
                self._sampler.add_stamped(header.kind, context, value, header.timestamp)
            else:
                self._counts["MetricsNotFinite"] += 1

    def _say_unknown(self, header: Header) -> None:
        self._counts["MetricsWithUnknownFields"] += 1
        if not self._unknown_said:
            self._unknown_said = True
            log.warning(
                "%s was sent with %r, which is no field of DogStatsD: a tag must not contain a pipe. "
                "Further ones "
                "are counted as MetricsWithUnknownFields",
                header.name,
                header.unknown,
            )

    def _context(self, header: Header, origin: str) -> Context | None:
        named = self._naming.apply(header.name)
        if named is None:
            return None
        name, mapped = named
        found = self._origins.tags(header, origin)
        tags = self._naming.filter_tags(name, (*header.tags, *mapped, *self._tags, *found))
        return make_context(self._share(name), map(self._share, tags), self._host(header.host))

    def _share(self, text: T) -> T:
        """One object for equal names and tags: most of them are of many contexts."""
        found = self._shared.get(text)
        if found is None:
            if len(self._shared) >= _MAX_SHARED:
                self._shared.clear()
            self._shared[text] = found = text
        return found

    def _host(self, given: str | None) -> str:
        return self._hostname if given is None else given

    def _event(self, event: Event, origin: str) -> None:
        self._counts["EventPackets"] += 1
        optional = {"aggregation_key": event.aggregation_key, "source_type_name": event.source_type_name}
        tags = {*event.tags, *self._tags, *self._origins.container_tags(origin)}
        self.events.append(
            {
                "msg_title": event.title,
                "msg_text": event.text,
                "timestamp": event.timestamp or int(time.time()),
                "priority": event.priority,
                "host": self._host(event.host),
                "alert_type": event.alert_type,
                "tags": sorted(tags),
                **{key: value for key, value in optional.items() if value},
            }
        )

    def _service_check(self, check: ServiceCheck, origin: str) -> None:
        self._counts["ServiceCheckPackets"] += 1
        tags = {*check.tags, *self._tags, *self._origins.container_tags(origin)}
        self.service_checks.append(
            {
                "check": check.name,
                "host_name": self._host(check.host),
                "timestamp": check.timestamp or int(time.time()),
                "status": check.status,
                "message": check.message,
                "tags": sorted(tags),
            }
        )

    def _remember(self, origin: str, key: Key, route: Route) -> None:
        name, fields = key
        self._young.setdefault(origin, {})[self._share(name), fields] = route
        self._remembered += 1
        if self._remembered >= MEMO_LIMIT:
            self._rotate(time.monotonic())
