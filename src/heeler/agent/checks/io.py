"""``system.io.*``: requests and transfers of block devices from ``/proc/diskstats``, computed as iostat
does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadog_checks.base import AgentCheck

_SECTOR = 512


@dataclass(frozen=True)
class Device:
    """Counters of a block device since boot; times in milliseconds."""

    reads: int
    reads_merged: int
    sectors_read: int
    read_ms: int
    writes: int
    writes_merged: int
    sectors_written: int
    write_ms: int
    io_ms: int
    weighted_ms: int


class IOCheck(AgentCheck):
    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        exclude = self.instance.get("device_exclude_re") or self.init_config.get("device_blacklist_re")
        self._exclude = re.compile(exclude) if exclude else None
        self._before: tuple[float, dict[str, Device]] | None = None

    def check(self, _: dict[str, Any]) -> None:
        now, devices = time.monotonic(), read_devices(Path("/proc/diskstats").read_text())
        before, self._before = self._before, (now, devices)
        for name, device in devices.items():
            if self._exclude and self._exclude.search(name):
                continue
            tags = [f"device:{name}", f"device_name:{name}"]
            self.rate("system.io.r_s", device.reads, tags=tags)
            self.rate("system.io.w_s", device.writes, tags=tags)
            self.rate("system.io.rrqm_s", device.reads_merged, tags=tags)
            self.rate("system.io.wrqm_s", device.writes_merged, tags=tags)
            if before and name in before[1] and now > before[0]:
                for metric, value in utilization(before[1][name], device, now - before[0]).items():
                    self.gauge(f"system.io.{metric}", round(value, 2), tags=tags)
        self._pages()

    def _pages(self) -> None:
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("pgpgin", "pgpgout"):
                self.rate("system.io.block_in" if name == "pgpgin" else "system.io.block_out", int(value))


def read_devices(text: str) -> dict[str, Device]:
    """Devices with any I/O; loop and ram devices without I/O are omitted."""
    found = {}
    for line in text.splitlines():
        parts = line.split()
        numbers = [int(part) for part in parts[3:14]]
        if len(numbers) == 11 and any(numbers):
            found[parts[2]] = Device(*numbers[:8], *numbers[9:])
    return found


def utilization(before: Device, after: Device, seconds: float) -> dict[str, float]:
    """Derived values of iostat between two readings."""
    reads, writes = after.reads - before.reads, after.writes - before.writes
    sectors_in = after.sectors_read - before.sectors_read
    sectors_out = after.sectors_written - before.sectors_written
    read_ms, write_ms = after.read_ms - before.read_ms, after.write_ms - before.write_ms
    busy_ms = after.io_ms - before.io_ms
    requests = reads + writes
    return {
        "rkb_s": sectors_in * _SECTOR / 1024 / seconds,
        "wkb_s": sectors_out * _SECTOR / 1024 / seconds,
        "avg_rq_sz": (sectors_in + sectors_out) / requests if requests else 0.0,
        "await": (read_ms + write_ms) / requests if requests else 0.0,
        "r_await": read_ms / reads if reads else 0.0,
        "w_await": write_ms / writes if writes else 0.0,
        "avg_q_sz": (after.weighted_ms - before.weighted_ms) / 1000 / seconds,
        "svctm": busy_ms / requests if requests else 0.0,
        "util": min(busy_ms / (seconds * 10), 100.0),
    }
