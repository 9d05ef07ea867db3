"""Collects processes and containers on their rhythm and sends them as a process agent does."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heeler import __version__
from heeler.agent.component import ComponentContext, ComponentError, Disabled
from heeler.agent.config import Config
from heeler.agent.forwarder.forwarder import PROTOBUF, Forwarder
from heeler.agent.processes.live import LiveProcesses
from heeler.agent.processes.live_containers import LiveContainers, Places
from heeler.agent.processes.procfs import memory_size
from heeler.agent.processes.scrubber import Scrubber
from heeler.wire.processes import encode, images, message_framing
from heeler.wire.processes.model import HostSnapshot

_SHORTEST, _LONGEST = 2.0, 600.0
_IMAGE_SECONDS = 600.0


@dataclass(slots=True)
class _Last:
    """What ``status`` shows."""

    processes: int = 0
    containers: int = 0
    milliseconds: float = 0.0
    collections: int = 0
    errors: dict[str, int] = field(default_factory=dict)


class Processes:
    """One collection at a time, all in one thread."""

    def __init__(self, config: Config, hostname: str) -> None:
        self._config = config
        self._host = hostname
        self._procfs = Path(config.text("procfs_path"))
        self._cores = os.cpu_count() or 1
        self.with_processes = collects_processes(config)
        self._live = LiveProcesses(self._procfs, _scrubber(config), _patterns(config))
        self.containers = LiveContainers(
            Places(
                _cgroups(config),
                self._procfs,
                Path(config.text("docker_socket")),
                Path("/var/log/containers"),
            )
        )
        self.with_containers = config.flag("process_config.container_collection.enabled")
        self._most = config.integer("process_config.max_per_message")
        self._group = 0
        self.last = _Last()

    def collect(self, clock: float) -> HostSnapshot:
        """What runs at ``clock`` (monotonic seconds); empty at the first call."""
        began = time.thread_time()
        snapshot = HostSnapshot(self._host, self._cores, memory_size(self._procfs))
        if self.with_containers:
            snapshot.containers = self.containers.collect(clock)
        if self.with_processes:
            snapshot.processes = self._live.collect(clock, self.containers.tags)
        last = self.last
        last.processes, last.containers = len(snapshot.processes), len(snapshot.containers)
        last.milliseconds = (time.thread_time() - began) * 1000
        last.collections += 1
        return snapshot

    def send(self, snapshot: HostSnapshot, forwarder: Forwarder, now: int) -> None:
        """Queue a snapshot that was taken at ``now`` (UNIX seconds)."""
        self._group += 1
        kind, path = message_framing.PROCESSES, "/api/v1/collector"
        parts = encode.collector_procs(snapshot, self._group, chunk=self._most)
        if not self.with_processes:
            kind, path = message_framing.CONTAINERS, "/api/v1/container"
            parts = encode.collector_containers(snapshot, self._group, chunk=self._most)
        if not snapshot.processes and not snapshot.containers:
            return
        headers = {
            "X-Dd-Hostname": self._host,
            "X-Dd-Processagentversion": __version__,
            "X-Dd-ContainerCount": str(len(snapshot.containers)),
            "X-DD-Agent-Timestamp": str(now),
        }
        for part in parts:
            body = message_framing.write_frame(kind, part, now)
            forwarder.submit(path, body, PROTOBUF, headers, compression="none")

    def send_images(self, forwarder: Forwarder) -> None:
        """Queue what images the container runtime has."""
        found = self.containers.images()
        if found:
            body = images.encode(self._host, "agent", found)
            forwarder.submit("/api/v2/contimage", body, PROTOBUF, {"X-Dd-Hostname": self._host})

    def status(self) -> dict[str, Any]:
        last = self.last
        shown: dict[str, Any] = {}
        if self.with_processes:
            shown["Processes"] = last.processes
        if self.with_containers:
            shown["Containers"] = last.containers
            if self.containers.problem:
                shown["Container runtime"] = self.containers.problem
        shown["Collections"] = last.collections
        shown["Last collection"] = f"{last.milliseconds:.1f} ms of processor time"
        return shown | ({"Errors": dict(last.errors)} if last.errors else {})


def main(context: ComponentContext) -> None:
    """Collect and send until stopped."""
    config = context.config
    collector = Processes(config, context.hostname.name)
    if str(config.get("process_config.enabled")).lower() == "disabled":
        raise Disabled("process_config.enabled is disabled")
    if not collector.with_processes and not collector.containers.are_there():
        raise Disabled(
            "there are no containers on this machine, and process_config.process_collection.enabled is false"
        )
    forwarder = context.forwarder_to(config.text("process_config.process_dd_url"))
    context.provide_status(collector.status)
    collector.collect(time.monotonic())
    context.ready()
    interval = _interval(config)
    due, images_due = time.monotonic() + interval, 0.0
    while not context.stop.wait(max(due - time.monotonic(), 0.0)):
        try:
            collector.send(collector.collect(time.monotonic()), forwarder, int(time.time()))
            if collector.with_containers and time.monotonic() >= images_due:
                images_due = time.monotonic() + _IMAGE_SECONDS
                collector.send_images(forwarder)
        except OSError as error:
            reason = f"{type(error).__name__}: {error}"
            if reason not in collector.last.errors:
                context.log.warning("A collection failed: %s", reason)
            collector.last.errors[reason] = collector.last.errors.get(reason, 0) + 1
        # On a fixed rhythm; what a suspended machine missed is not made up for.
        due = max(due + interval, time.monotonic())


def collects_processes(config: Config) -> bool:
    """``process_config.process_collection.enabled``, or ``process_config.enabled: "true"`` of older files."""
    old = str(config.get("process_config.enabled")).lower()
    return config.flag("process_config.process_collection.enabled") or old == "true"


def _interval(config: Config) -> float:
    together = collects_processes(config)
    key = "process_config.intervals.process" if together else "process_config.intervals.container"
    wanted = config.number(key)
    return min(max(wanted, _SHORTEST), _LONGEST)


def _scrubber(config: Config) -> Scrubber:
    try:
        return Scrubber(
            config.strings("process_config.custom_sensitive_words"),
            enabled=config.flag("process_config.scrub_args"),
            strip=config.flag("process_config.strip_proc_arguments"),
        )
    except ValueError as error:
        raise ComponentError(str(error)) from None


def _patterns(config: Config) -> list[re.Pattern[str]]:
    found = []
    for text in config.strings("process_config.blacklist_patterns"):
        try:
            found.append(re.compile(text))
        except re.error as error:
            raise ComponentError(
                f"process_config.blacklist_patterns has {text[:80]!r}, no regular expression: {error}"
            ) from None
    return found


def _cgroups(config: Config) -> Path:
    given = config.text("container_cgroup_root")
    return Path(given) if given else Path("/sys/fs/cgroup")
