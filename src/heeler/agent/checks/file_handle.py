"""``system.fs.file_handles.*``: open files of the whole system, from ``/proc/sys/fs/file-nr``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datadog_checks.base import AgentCheck


class FileHandleCheck(AgentCheck):
    def check(self, _: dict[str, Any]) -> None:
        allocated, unused, maximum = map(float, Path("/proc/sys/fs/file-nr").read_text().split())
        used = allocated - unused
        self.gauge("system.fs.file_handles.allocated", allocated)
        self.gauge("system.fs.file_handles.allocated_unused", unused)
        self.gauge("system.fs.file_handles.used", used)
        self.gauge("system.fs.file_handles.max", maximum)
        self.gauge("system.fs.file_handles.in_use", used / maximum if maximum else 0.0)
