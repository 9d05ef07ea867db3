"""``system.disk.*`` and ``system.fs.inodes.*``: file system usage in KiB, and I/O time of devices."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import psutil
from datadog_checks.base import AgentCheck, ConfigurationError

from heeler.agent.checks.disk_space import DiskSpace

_ALWAYS_EXCLUDED_TYPES = [r"iso9660$", r"tracefs$"]
_ALWAYS_EXCLUDED_MOUNTS = [r"(/host)?/proc/sys/fs/binfmt_misc$"]
_NEVER_FREE = frozenset({"squashfs", "iso9660", "overlay"})
_OLD_NAMES = {
    "file_system_include": ("file_system_whitelist",),
    "file_system_exclude": ("file_system_blacklist",),
    "device_include": ("device_whitelist",),
    "device_exclude": ("device_blacklist",),
    "mount_point_include": ("mount_point_whitelist",),
    "mount_point_exclude": ("mount_point_blacklist",),
}


class DiskCheck(AgentCheck):
    """Options as in Datadog's integration: ``use_mount``, ``all_partitions``, ``*_include``, ``*_exclude``,
    ``tag_by_*``...
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._use_mount = bool(option("use_mount", False))
        self._all = bool(option("all_partitions", False))
        self._tag_by_type = bool(option("tag_by_filesystem", False))
        self._tag_by_label = bool(option("tag_by_label", True))
        self._min_bytes = float(option("min_disk_size", 0)) * 2**20
        self._tags = list(option("tags") or [])
        self._device_tags = [
            (re.compile(pattern), tags.split(","))
            for pattern, tags in (option("device_tag_re") or {}).items()
        ]
        self._filters = {
            kind: (self._pattern(f"{kind}_include", []), self._pattern(f"{kind}_exclude", extra))
            for kind, extra in (
                ("file_system", _ALWAYS_EXCLUDED_TYPES),
                ("device", []),
                ("mount_point", _ALWAYS_EXCLUDED_MOUNTS),
            )
        }
        self._labels: dict[str, str] = {}
        self._space = DiskSpace()

    def check(self, _: dict[str, Any]) -> None:
        self._labels = _labels() if self._tag_by_label else {}
        seen: set[str] = set()
        for part in self._partitions():
            name = part.mountpoint if self._use_mount else part.device
            if name in seen:
                continue
            seen.add(name)
            self._report(part, name)
        self._report_devices()

    def _partitions(self) -> Iterator[Any]:
        for part in psutil.disk_partitions(all=True):
            if not self._all and part.device in ("", "none"):
                continue
            facts = {"file_system": part.fstype, "device": part.device, "mount_point": part.mountpoint}
            if all(self._wanted(kind, value) for kind, value in facts.items()):
                yield part

    def _wanted(self, kind: str, value: str) -> bool:
        include, exclude = self._filters[kind]
        return not (exclude and exclude.match(value)) and (include is None or bool(include.match(value)))

    def _report(self, part: Any, name: str) -> None:
        try:
            space = os.statvfs(part.mountpoint)
        except OSError as error:
            self.log.debug("%s is left out: %s", part.mountpoint, error)
            return
        block = space.f_frsize / 1024
        total, free = space.f_blocks * block, space.f_bavail * block
        used = (space.f_blocks - space.f_bfree) * block
        if total <= 0 or total * 1024 < self._min_bytes:
            return
        tags = self._tags_of(part, name)
        usable = used + free
        share = used / usable if usable else 0.0
        self._gauges("system.disk", total, used, free, share, tags)
        self._tell(part, share, free, tags)
        if space.f_files:
            taken = space.f_files - space.f_ffree
            self._gauges("system.fs.inodes", space.f_files, taken, space.f_ffree, taken / space.f_files, tags)

    def _tell(self, part: Any, share: float, free_kib: float, tags: list[str]) -> None:
        """Submit an event when a writable disk becomes almost full, and when it has space again."""
        if part.fstype in _NEVER_FREE or "ro" in part.opts.split(","):
            return
        event = self._space.judge(part.mountpoint, share, free_kib)
        if event is not None:
            self.event(
                {
                    **event,
                    "timestamp": int(time.time()),
                    "source_type_name": "system",
                    "event_type": "disk_space",
                    "aggregation_key": f"disk:{part.mountpoint}",
                    "tags": tags,
                }
            )

    def _gauges(
        self, prefix: str, total: float, used: float, free: float, share: float, tags: list[str]
    ) -> None:
        self.gauge(f"{prefix}.total", total, tags=tags)
        self.gauge(f"{prefix}.used", used, tags=tags)
        self.gauge(f"{prefix}.free", free, tags=tags)
        self.gauge(f"{prefix}.utilized", share * 100, tags=tags)
        self.gauge(f"{prefix}.in_use", share, tags=tags)

    def _report_devices(self) -> None:
        for device, counters in (psutil.disk_io_counters(perdisk=True) or {}).items():
            if not self._wanted("device", device):
                continue
            tags = [f"device:{device}", f"device_name:{device}", *self._tags]
            for kind, milliseconds in (("read", counters.read_time), ("write", counters.write_time)):
                self.monotonic_count(f"system.disk.{kind}_time", milliseconds, tags=tags)
                self.rate(f"system.disk.{kind}_time_pct", milliseconds * 100 / 1000, tags=tags)

    def _tags_of(self, part: Any, name: str) -> list[str]:
        tags = [f"device:{name}", f"device_name:{PurePath(part.device).name or part.device}", *self._tags]
        if self._tag_by_type:
            tags += [part.fstype, f"filesystem:{part.fstype}"]
        label = self._labels.get(str(Path(part.device).resolve()))
        if label:
            tags += [f"label:{label}", f"device_label:{label}"]
        for pattern, more in self._device_tags:
            if pattern.match(name):
                tags += [tag.strip() for tag in more]
        return tags

    def _pattern(self, option: str, extra: list[str]) -> re.Pattern[str] | None:
        given: list[str] = []
        for name in (option, *_OLD_NAMES[option]):
            value = self.instance.get(name) or []
            given += [value] if isinstance(value, str) else value
        given += self.init_config.get(option.replace("_exclude", "_global_exclude"), []) if extra else []
        patterns = [*given, *extra]
        try:
            return re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE) if patterns else None
        except re.error as error:
            raise ConfigurationError(f"{option}: {error}") from error


def _labels() -> dict[str, str]:
    """Map of device to label, from udev."""
    folder = Path("/dev/disk/by-label")
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): link.name for link in folder.iterdir()}
