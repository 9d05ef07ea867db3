"""``system.uptime``: seconds since the machine started."""

from __future__ import annotations

import time
from typing import Any

import psutil
from datadog_checks.base import AgentCheck


class UptimeCheck(AgentCheck):
    def check(self, _: dict[str, Any]) -> None:
        self.gauge("system.uptime", int(time.time() - psutil.boot_time()))
