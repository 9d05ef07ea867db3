"""``system.load.*``: load averages over 1, 5 and 15 minutes."""

from __future__ import annotations

from typing import Any

import psutil
from datadog_checks.base import AgentCheck


class LoadCheck(AgentCheck):
    def check(self, _: dict[str, Any]) -> None:
        cores = psutil.cpu_count() or 1
        for minutes, load in zip((1, 5, 15), psutil.getloadavg(), strict=True):
            self.gauge(f"system.load.{minutes}", load)
            self.gauge(f"system.load.norm.{minutes}", load / cores)
