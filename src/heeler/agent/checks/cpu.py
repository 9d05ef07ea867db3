"""``system.cpu.*``: CPU time by mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
from datadog_checks.base import AgentCheck

_STATES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")


class CpuCheck(AgentCheck):
    """Percentages of the whole host from the second run on, and cumulative seconds."""

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        self._before: dict[str, float] | None = None

    def check(self, _: dict[str, Any]) -> None:
        cores = psutil.cpu_count() or 1
        self.gauge("system.cpu.num_cores", cores)
        switches = _context_switches()
        if switches is not None:
            self.monotonic_count("system.cpu.context_switches", switches)
        times = _times(psutil.cpu_times())
        self._report_totals(times)
        before, self._before = self._before, times
        if before is not None:
            for state, percent in percentages(before, times).items():
                self.gauge(f"system.cpu.{state}", percent)

    def _report_totals(self, times: dict[str, float]) -> None:
        if self.instance.get("report_total_percpu"):
            series = [(f"core:cpu{n}", _times(t)) for n, t in enumerate(psutil.cpu_times(percpu=True))]
        else:
            series = [("core:cpu-total", times)]
        for tag, values in series:
            for state, seconds in values.items():
                self.gauge(f"system.cpu.{state.replace('_', '')}.total", seconds, tags=[tag])


def percentages(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Share of the time between two readings, 0 to 100 for all cores together.

    Guest time is part of user time on Linux, so it is subtracted from the total.
    """
    spent = {state: max(after.get(state, 0.0) - before.get(state, 0.0), 0.0) for state in _STATES}
    whole = sum(spent.values()) - spent["guest"] - spent["guest_nice"]
    if whole <= 0:
        return {}
    share = {state: 100.0 * value / whole for state, value in spent.items()}
    return {
        "user": share["user"] + share["nice"],
        "system": share["system"] + share["irq"] + share["softirq"],
        "interrupt": share["irq"] + share["softirq"],
        "iowait": share["iowait"],
        "idle": share["idle"],
        "stolen": share["steal"],
        "guest": share["guest"] + share["guest_nice"],
    }


def _times(reading: Any) -> dict[str, float]:
    return {state: float(getattr(reading, state, 0.0)) for state in _STATES}


def _context_switches() -> int | None:
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("ctxt ")), None)
