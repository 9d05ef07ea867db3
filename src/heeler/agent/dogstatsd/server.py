"""DogStatsD server: packets to samples to payloads."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.aggregation.time_sampler import TimeSampler
from heeler.agent.component import ComponentContext
from heeler.agent.dogstatsd.capture import Capture
from heeler.agent.dogstatsd.intake import Intake
from heeler.agent.dogstatsd.listeners import Listeners
from heeler.agent.serializer import Serializer

log = logging.getLogger(__name__)
_FLUSH_SECONDS = 10.0
_PATIENCE = 0.2


class Server:
    """Reads, aggregates and sends, all in the component's thread."""

    def __init__(self, context: ComponentContext) -> None:
        config = context.config
        self._context = context
        self._counts: Counter[str] = Counter()
        self._sampler = TimeSampler(
            HistogramSettings.of(config),
            time.time,
            expiry=config.number("dogstatsd_expiry_seconds"),
            context_limit=config.integer("dogstatsd_context_limiter_limit"),
            begun=int(time.time()),
        )
        self._intake = Intake(config, context.hostname.name, self._sampler, self._counts)
        self._serializer = Serializer(context.forwarder, context.hostname.name)
        self._listeners = Listeners(config, self._counts)
        self._capture = Capture(config.run_path)

    def run(self) -> None:
        """Listen until stopped, then flush."""
        self._listeners.open()
        self._context.provide_status(self.status)
        self._context.ready()
        listening = ", ".join(self._listeners.addresses) or "nothing"
        self._context.log.info("DogStatsD listens on %s", listening)
        try:
            self._serve()
        finally:
            for sender, lines in self._listeners.close():
                self._intake.take(lines, sender)
            self._flush(final=True)

    def status(self) -> dict[str, Any]:
        counts = dict(sorted(self._counts.items()))
        return {
            "Listening": self._listeners.addresses,
            "Packets": {**counts, "UdpPacketsDroppedByKernel": self._listeners.kernel_drops()},
            "Blocked Metrics": dict(self._intake.blocked.most_common(20)),
            "Contexts": self._sampler.contexts,
            "Samples Over Context Limit": self._sampler.dropped,
            "Aggregator": self._serializer.status(),
        }

    def _serve(self) -> None:
        flush_every = min(_FLUSH_SECONDS, self._context.config.number("aggregator_flush_interval"))
        flush_at = time.monotonic() + flush_every
        while not self._context.stop.is_set():
            for sender, lines in self._listeners.receive(_PATIENCE):
                self._intake.take(lines, sender)
                self._capture.take(lines)
            now = time.monotonic()
            self._capture.tick(time.time())
            if now >= flush_at:
                self._flush()
                flush_at = now + flush_every

    def _flush(self, *, final: bool = False) -> None:
        result = self._sampler.flush(final=final)
        self._serializer.send_series_payloads(result.payloads, result.series)
        self._serializer.send_series(result.direct)
        self._serializer.send_sketches(result.sketches)
        self._serializer.send_service_checks(list(self._intake.service_checks))
        self._serializer.send_events(list(self._intake.events))
        self._intake.service_checks.clear()
        self._intake.events.clear()
        self._intake.tick()
        if self._intake.stats is not None:
            try:
                self._intake.stats.save(self._context.config.run_path / "dogstatsd_stats.json")
            except OSError as error:
                log.error("The statistics of DogStatsD cannot be written: %s", error)


def main(context: ComponentContext) -> None:
    """Run until stopped."""
    Server(context).run()
