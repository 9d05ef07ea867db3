"""The DogStatsD server: packets to samples to payloads."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, deque
from typing import Any

from heeler.agent.aggregation.check_sampler import Context, make_context
from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.aggregation.time_sampler import TimeSampler
from heeler.agent.component import ComponentContext
from heeler.agent.config import Config
from heeler.agent.dogstatsd.listeners import Listeners, Packets
from heeler.agent.dogstatsd.naming import Naming
from heeler.agent.serializer import Serializer
from heeler.wire.metrics.dogstatsd import (
    Event,
    Header,
    Memo,
    Metric,
    ParseError,
    ServiceCheck,
    parse,
    split_datagram,
)

log = logging.getLogger(__name__)
_BATCH = 32
"""Packets parsed between two looks at the sockets: less than a small receive buffer holds."""
_MAX_ITEMS = 10_000
_FLUSH_SECONDS = 10.0
_PATIENCE = 0.2


class Intake:
    """Parses packets and aggregates what is in them; belongs to one thread."""

    def __init__(self, config: Config, hostname: str, sampler: TimeSampler, counts: Counter[str]) -> None:
        self._hostname = hostname
        self._sampler = sampler
        self._counts = counts
        self._naming = Naming(config)
        self._tags = tuple(config.strings("dogstatsd_tags"))
        self._stamped = config.flag("dogstatsd_no_aggregation_pipeline")
        self._copy = config.flag("histogram_copy_to_distribution")
        self._copy_prefix = config.text("histogram_copy_to_distribution_prefix")
        self._memo: Memo = {}
        self._contexts: dict[Header, Context | None] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=_MAX_ITEMS)
        self.service_checks: deque[dict[str, Any]] = deque(maxlen=_MAX_ITEMS)

    def take(self, packet: bytes) -> None:
        for line in split_datagram(packet):
            try:
                message = parse(line, self._memo)
            except ParseError as error:
                self._refuse(line, error)
                continue
            if isinstance(message, Metric):
                self._metric(message)
            elif isinstance(message, Event):
                self._event(message)
            else:
                self._service_check(message)

    def _refuse(self, line: str, error: ParseError) -> None:
        kind = "Event" if line.startswith("_e") else "ServiceCheck" if line.startswith("_sc") else "Metric"
        self._counts[f"{kind}ParseErrors"] += 1
        log.debug("Not DogStatsD (%s): %.200s", error, line)

    def _metric(self, metric: Metric) -> None:
        header = metric.header
        self._counts["MetricPackets"] += 1
        context = self._context(header)
        if context is None:
            self._counts["MetricsBlocked"] += 1
        elif header.kind == "s":
            self._sampler.add_member(context, metric.member)
        else:
            for value in metric.values:
                self._sample(header, context, value)

    def _sample(self, header: Header, context: Context, value: float) -> None:
        if not math.isfinite(value):
            self._counts["MetricsNotFinite"] += 1
        elif header.timestamp and self._stamped:
            if header.kind in ("g", "c"):
                self._sampler.add_stamped(header.kind, context, value, header.timestamp)
            else:
                self._counts["MetricsStampedDropped"] += 1
        else:
            self._sampler.add(header.kind, context, value, header.rate)
            if self._copy and header.kind in ("h", "ms"):
                named = Context(self._copy_prefix + context.name, context.tags, context.host)
                self._sampler.add("d", named, value, header.rate)

    def _context(self, header: Header) -> Context | None:
        """The context of a header, found once for each header of the memo."""
        if header in self._contexts:
            return self._contexts[header]
        named = self._naming.apply(header.name)
        context = None
        if named is not None:
            name, tags = named
            context = make_context(name, (*header.tags, *tags, *self._tags), self._host(header.host))
        if not header.timestamp:
            if len(self._contexts) >= 2 * _MAX_ITEMS:
                self._contexts.clear()
            self._contexts[header] = context
        return context

    def _host(self, given: str | None) -> str:
        return self._hostname if given is None else given

    def _event(self, event: Event) -> None:
        self._counts["EventPackets"] += 1
        optional = {"aggregation_key": event.aggregation_key, "source_type_name": event.source_type_name}
        self.events.append(
            {
                "msg_title": event.title,
                "msg_text": event.text,
                "timestamp": event.timestamp or int(time.time()),
                "priority": event.priority,
                "host": self._host(event.host),
                "alert_type": event.alert_type,
                "tags": sorted({*event.tags, *self._tags}),
                **{key: value for key, value in optional.items() if value},
            }
        )

    def _service_check(self, check: ServiceCheck) -> None:
        self._counts["ServiceCheckPackets"] += 1
        self.service_checks.append(
            {
                "check": check.name,
                "host_name": self._host(check.host),
                "timestamp": check.timestamp or int(time.time()),
                "status": check.status,
                "message": check.message,
                "tags": sorted({*check.tags, *self._tags}),
            }
        )


def main(context: ComponentContext) -> None:
    """Listen until asked to stop, then send what is left."""
    config = context.config
    counts: Counter[str] = Counter()
    packets: Packets = deque()
    sampler = TimeSampler(
        HistogramSettings.of(config),
        time.time,
        expiry=config.number("dogstatsd_expiry_seconds"),
        context_limit=config.integer("dogstatsd_context_limiter_limit"),
    )
    intake = Intake(config, context.hostname.name, sampler, counts)
    serializer = Serializer(context.forwarder, context.hostname.name)
    listeners = Listeners(config, packets, counts)
    listeners.open()
    context.provide_status(
        lambda: {
            "Listening": listeners.addresses,
            "Packets": dict(sorted(counts.items())),
            "Contexts": sampler.contexts,
            "Queued Packets": len(packets),
            "Aggregator": serializer.status(),
        }
    )
    context.ready()
    context.log.info("DogStatsD listens on %s", ", ".join(listeners.addresses) or "nothing")
    try:
        _serve(context, listeners, packets, intake, sampler, serializer)
    finally:
        listeners.close()
        while packets:
            intake.take(packets.popleft())
        _flush(intake, sampler, serializer, final=True)


def _serve(
    context: ComponentContext,
    listeners: Listeners,
    packets: Packets,
    intake: Intake,
    sampler: TimeSampler,
    serializer: Serializer,
) -> None:
    flush_every = min(_FLUSH_SECONDS, context.config.number("aggregator_flush_interval"))
    flush_at = time.monotonic() + flush_every
    while not context.stop.is_set():
        listeners.receive(0.0 if packets else _PATIENCE)
        for _ in range(min(len(packets), _BATCH)):
            intake.take(packets.popleft())
        if time.monotonic() >= flush_at:
            _flush(intake, sampler, serializer)
            flush_at = time.monotonic() + flush_every


def _flush(intake: Intake, sampler: TimeSampler, serializer: Serializer, *, final: bool = False) -> None:
    series, sketches = sampler.flush(final=final)
    serializer.send_series(series)
    serializer.send_sketches(sketches)
    serializer.send_service_checks(list(intake.service_checks))
    serializer.send_events(list(intake.events))
    intake.service_checks.clear()
    intake.events.clear()
