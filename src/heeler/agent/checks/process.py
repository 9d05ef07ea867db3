"""``system.processes.*`` and ``process.up``: count and resource usage of matching processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from datadog_checks.base import AgentCheck, ConfigurationError, is_affirmative

_LEVELS = ("critical", "warning")
_MAX_PID = 2**31 - 1
#: A file of a process id is not longer; more is not read.
_MAX_PID_FILE = 64


class ProcessCheck(AgentCheck):
    """Options as in Datadog's integration: ``name``, ``search_string``, ``exact_match``, ``pid``,
    ``pid_file``, ``user``, ``thresholds``.
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._title = str(option("name") or "")
        strings = option("search_string") or []
        self._strings = [strings] if isinstance(strings, str) else [str(one) for one in strings]
        self._pid, self._pid_file = _pid_option(option("pid")), option("pid_file")
        if not self._title or not (self._strings or self._pid is not None or self._pid_file):
            raise ConfigurationError("process needs a name, and search_string, pid or pid_file")
        self._exact = is_affirmative(option("exact_match", True))
        self._user = option("user")
        self._thresholds = _bounds_option(option("thresholds") or {})
        own = [str(tag) for tag in option("tags") or []]
        self._tags = [*own, f"process_name:{self._title}", self._title]
        self._status_tags = [*own, f"process:{self._title}"]
        self._known: dict[int, psutil.Process] = {}

    def check(self, _: dict[str, Any]) -> None:
        found = {process.pid: process for process in self._matching()}
        # The same objects as before, as their CPU share is measured between two runs; they are equal unless
        # another process has got the id since.
        known = {process: process for process in self._known.values()}
        self._known = {pid: known.get(process, process) for pid, process in found.items()}
        self.gauge("system.processes.number", len(self._known), tags=self._tags)
        self._judge(len(self._known))
        totals: dict[str, float] = {}
        for process in self._known.values():
            with suppress(psutil.Error):
                for metric, value in _measure(process):
                    totals[metric] = totals.get(metric, 0.0) + value
        for metric, value in totals.items():
            kind = self.rate if "page_faults" in metric else self.gauge
            kind = self.monotonic_count if metric.endswith("bytes_count") else kind
            kind(f"system.processes.{metric}", value, tags=self._tags)
        self._run_times()

    def _matching(self) -> Iterator[psutil.Process]:
        if self._pid is not None or self._pid_file:
            pid = self._pid if self._pid is not None else _read_pid(Path(str(self._pid_file)))
            if pid is not None and pid > 0:
                with suppress(psutil.NoSuchProcess):
                    yield psutil.Process(pid)
            return
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if self._user and process.username() != self._user:
                    continue
                if self._fits(process):
                    yield process

    def _fits(self, process: psutil.Process) -> bool:
        if "All" in self._strings:
            return True
        if self._exact:
            return process.name() in self._strings
        line = " ".join(process.cmdline()) or process.name()
        return any(text in line for text in self._strings)

    def _run_times(self) -> None:
        times = []
        for process in self._known.values():
            with suppress(psutil.Error):
                times.append(time.time() - process.create_time())
        if times:
            self.gauge("system.processes.run_time.avg", sum(times) / len(times), tags=self._tags)
            self.gauge("system.processes.run_time.max", max(times), tags=self._tags)
            self.gauge("system.processes.run_time.min", min(times), tags=self._tags)

    def _judge(self, number: int) -> None:
        tags = self._status_tags
        for level in _LEVELS:
            bounds = self._thresholds.get(level)
            if bounds and not bounds[0] <= number <= bounds[1]:
                status = self.CRITICAL if level == "critical" else self.WARNING
                message = f"{number} processes, where {bounds[0]:g} to {bounds[1]:g} are wanted"
                self.service_check("process.up", status, tags=tags, message=message)
                return
        if number or self._thresholds:
            self.service_check("process.up", self.OK, tags=tags)
        else:
            self.service_check("process.up", self.CRITICAL, tags=tags, message="no such process runs")


def _measure(process: psutil.Process) -> list[tuple[str, float]]:
    """Metrics of one process; those that this user may not read are omitted."""
    with process.oneshot():
        memory = process.memory_info()
        cpu = process.cpu_percent()
        found: list[tuple[str, float]] = [
            ("cpu.pct", cpu),
            ("cpu.normalized_pct", cpu / (psutil.cpu_count() or 1)),
            ("mem.rss", memory.rss),
            ("mem.vms", memory.vms),
            ("mem.pct", process.memory_percent()),
            ("threads", process.num_threads()),
        ]
        found += _optional("open_file_descriptors", process.num_fds)
        with suppress(psutil.Error, AttributeError):
            found.append(("mem.real", memory.rss - memory.shared))
        with suppress(psutil.Error):
            switches = process.num_ctx_switches()
            found += [
                ("voluntary_ctx_switches", switches.voluntary),
                ("involuntary_ctx_switches", switches.involuntary),
            ]
        with suppress(psutil.Error):
            disk = process.io_counters()
            found += [
                ("ioread_count", disk.read_count),
                ("iowrite_count", disk.write_count),
                ("ioread_bytes", disk.read_bytes),
                ("iowrite_bytes", disk.write_bytes),
                ("ioread_bytes_count", disk.read_bytes),
                ("iowrite_bytes_count", disk.write_bytes),
            ]
    return [*found, *_page_faults(process.pid)]


def _optional(metric: str, read: Callable[[], float]) -> list[tuple[str, float]]:
    try:
        return [(metric, read())]
    except psutil.Error:
        return []


def _page_faults(pid: int) -> list[tuple[str, float]]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return []
    names = ("minor", "children_minor", "major", "children_major")
    return [
        (f"mem.page_faults.{name}_faults", float(value))
        for name, value in zip(names, fields[7:11], strict=True)
    ]


def _read_pid(file: Path) -> int | None:
    try:
        if not file.is_file():  # reading a pipe could wait for ever
            return None
        with file.open("rb") as opened:
            pid = int(opened.read(_MAX_PID_FILE))
    except (OSError, ValueError):
        return None
    return pid if pid <= _MAX_PID else None


def _pid_option(given: Any) -> int | None:
    if given is None:
        return None
    try:
        pid = int(given)
    except (TypeError, ValueError, OverflowError):
        pid = 0
    if not 0 < pid <= _MAX_PID:
        raise ConfigurationError(f"pid must be the number of a process, not {given!r}")
    return pid


def _bounds_option(given: Any) -> dict[str, tuple[float, float]]:
    """Least and most processes by level."""
    if not isinstance(given, dict):
        raise ConfigurationError("thresholds must name critical or warning with two numbers each")
    found: dict[str, tuple[float, float]] = {}
    for level in _LEVELS:
        bounds = given.get(level)
        if bounds is None:
            continue
        try:
            low, high = bounds
            found[level] = float(low), float(high)
        except (TypeError, ValueError):
            raise ConfigurationError(f"thresholds: {level} must be two numbers, as [1, 5]") from None
    return found
