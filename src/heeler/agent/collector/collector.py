"""Collector: loads every configured check, schedules its runs and flushes its samples."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from heeler import __version__
from heeler.agent.collector.check_configs import Configurations, read_configurations
from heeler.agent.collector.loader import LoadError, SkipInstance, load_check
from heeler.agent.collector.runner import CheckRunner, memory_in_use
from heeler.agent.collector.scheduler import Scheduler
from heeler.agent.component import ComponentContext
from heeler.agent.config import Config
from heeler.agent.metadata import host_payload, inventory
from heeler.agent.runtime import Bridge, install
from heeler.agent.serializer import Serializer
from heeler.wire.metrics.encode_series import Series

_FIRST_FLUSH_SECONDS = 3.0
_MUCH_MEMORY = 256 * 2**20


class Collector:
    """Check instances of one configuration, loaded and ready to run."""

    def __init__(self, config: Config, bridge: Bridge) -> None:
        self.bridge = bridge
        self.configurations: Configurations = read_configurations(config)
        self.loading_errors: dict[str, str] = {}
        self.skipped: dict[str, str] = {}
        self.runners: list[CheckRunner] = []
        settings = config.as_tree()
        for entry in self.configurations.instances:
            try:
                loaded = load_check(entry, config.checksd, settings)
            except LoadError as error:
                self.loading_errors[f"{entry.name} ({entry.source})"] = str(error)
                bridge.log.error("could not load %s from %s:\n%s", entry.name, entry.source, error)
            except SkipInstance as error:
                self.skipped[f"{entry.name} ({entry.source})"] = str(error)
            else:
                self.runners.append(CheckRunner(entry, loaded.check, loaded.version, bridge, loaded.notes))
                for note in loaded.notes:
                    bridge.log.warning("%s", note)
        for path, reason in self.configurations.errors.items():
            bridge.log.error("%s cannot be used: %s", path, reason)

    def status(self) -> dict[str, Any]:
        return {
            "checks": [runner.stats() for runner in self.runners],
            "config_errors": self.configurations.errors,
            "config_notes": self.configurations.notes,
            "loading_errors": self.loading_errors,
            "skipped": self.skipped,
        }

    def check_metadata(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for runner in self.runners:
            entry = runner.entry
            found.setdefault(entry.name, []).append(
                {
                    "config.hash": entry.check_id,
                    "config.provider": "file",
                    "config.source": entry.source,
                    **runner.metadata,
                }
            )
        return found


class MemoryWatch:
    """Warns when the collector's memory has grown, and names the check during whose runs it grew most."""

    def __init__(self, runners: Sequence[CheckRunner], warn_above: int) -> None:
        self._runners = runners
        self._warn_above = warn_above
        self.warning = ""

    def look(self, memory: int, log: logging.Logger) -> None:
        """Record the process memory ``memory``, in bytes; logs again after growth by half."""
        if memory <= self._warn_above or not self._runners:
            return
        most = max(self._runners, key=lambda runner: runner.grown)
        self.warning = (
            f"the checks hold {memory / 2**20:,.0f} MiB; the process grew most during runs of {most.title} "
            f"({most.grown / 2**20:,.0f} MiB): it may keep what it should let go"
        )
        log.warning("%s", self.warning)
        self._warn_above = memory * 3 // 2


class Flusher:
    """Sends the metrics that checks submitted, and the agent's own metrics."""

    def __init__(self, bridge: Bridge, serializer: Serializer) -> None:
        self._bridge = bridge
        self._serializer = serializer
        self._started = False
        self.flushes = 0

    def flush(self) -> None:
        bridge, out = self._bridge, self._serializer
        series: list[Series] = [self._own("datadog.agent.running", "gauge")]
        if not self._started:
            series.append(self._own("datadog.agent.started", "count"))
            self._started = True
        sketches = []
        for inbox in bridge.inboxes():
            some, distributions = inbox.sampler.flush()
            series += some
            sketches += distributions
        out.send_series(series)
        out.send_sketches(sketches)
        out.send_service_checks([*bridge.take_service_checks(), self._up()])
        out.send_events(bridge.take_events())
        out.send_platform_events(bridge.take_platform_events())
        out.send_logs(_as_log(check_id, line, bridge.hostname) for check_id, line in bridge.take_logs())
        if bridge.external_tags:
            tags, bridge.external_tags = bridge.external_tags, {}
            out.send_intake({"external_host_tags": [[host, sources] for host, sources in tags.items()]})
        self.flushes += 1

    def _own(self, metric: str, kind: str) -> Series:
        point = (int(self._bridge.clock()), 1.0)
        return Series(metric, (point,), (f"version:{__version__}",), self._bridge.hostname, kind, 0, "System")

    def _up(self) -> dict[str, Any]:
        return {
            "check": "datadog.agent.up",
            "host_name": self._bridge.hostname,
            "timestamp": int(self._bridge.clock()),
            "status": 0,
            "message": "",
            "tags": [],
        }


def main(context: ComponentContext) -> None:
    """Run checks until stopped."""
    config = context.config
    serializer = Serializer(context.forwarder, context.hostname.name)
    bridge = Bridge(config, context.hostname.name)
    if config.flag("enable_metadata_collection"):
        # Before the checks are loaded: the server knows the host within the first second.
        serializer.send_intake(host_payload(config, context.hostname))
    install(bridge)
    collector = Collector(config, bridge)
    flusher = Flusher(bridge, serializer)
    scheduler = Scheduler(config.integer("check_runners"))
    watch = MemoryWatch(collector.runners, _MUCH_MEMORY)
    context.provide_status(
        lambda: {
            **collector.status(),
            "scheduler": scheduler.status(),
            "memory": {"bytes": memory_in_use(), "warning": watch.warning},
            "aggregator": {**serializer.status(), "Number Of Flushes": flusher.flushes},
        }
    )
    rhythm = threading.Thread(target=scheduler.run, args=(collector.runners,), name="scheduler", daemon=True)
    rhythm.start()
    context.ready()
    try:
        _serve(context, collector, flusher, serializer, watch)
    finally:
        scheduler.stop()
        for runner in collector.runners:
            runner.cancel()
        flusher.flush()


def _serve(
    context: ComponentContext,
    collector: Collector,
    flusher: Flusher,
    serializer: Serializer,
    watch: MemoryWatch,
) -> None:
    config = context.config
    flush_every = config.number("aggregator_flush_interval")
    describe_every = config.number("metadata_interval")
    now = time.monotonic()
    flush_at, describe_at = now + min(_FIRST_FLUSH_SECONDS, flush_every), now + _FIRST_FLUSH_SECONDS
    while not context.stop.wait(max(min(flush_at, describe_at) - time.monotonic(), 0.0)):
        now = time.monotonic()
        if now >= flush_at:
            flusher.flush()
            watch.look(memory_in_use(), context.log)
            flush_at = now + flush_every
        if now >= describe_at:
            describe_at = now + describe_every
            if config.flag("enable_metadata_collection"):
                serializer.send_intake(host_payload(config, context.hostname))
                for body in inventory(config, context.hostname, collector.check_metadata()):
                    serializer.send_metadata(body)


def _as_log(check_id: str, line: str, hostname: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        fields = {"message": line}
    source = check_id.split(":", 1)[0]
    return {"hostname": hostname, "ddsource": source, "service": source, **fields}
