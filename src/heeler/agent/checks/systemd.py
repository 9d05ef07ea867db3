"""``systemd.*``: states of units, read through ``systemctl``."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from typing import Any

from datadog_checks.base import AgentCheck, ConfigurationError

_SECONDS = 10.0
_ACTIVE_STATES = ("active", "activating", "inactive", "deactivating", "failed")
_PROPERTIES = (
    "Id,ActiveState,LoadState,SubState,ActiveEnterTimestampMonotonic,NRestarts,MemoryCurrent,CPUUsageNSec,"
    "TasksCurrent"
)
_SYSTEM = {
    "running": "OK",
    "initializing": "OK",
    "starting": "OK",
    "degraded": "CRITICAL",
    "maintenance": "CRITICAL",
}
_STATUSES = ("ok", "warning", "critical", "unknown")
_NOT_COUNTED = 2**64 - 1


class SystemdCheck(AgentCheck):
    """Options as in Datadog's integration: ``unit_names``, ``substate_status_mapping``."""

    __NAMESPACE__ = "systemd"

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        units = self.instance.get("unit_names") or []
        if not isinstance(units, list):
            raise ConfigurationError(f"unit_names is {units!r}; write a list, such as [ssh.service]")
        self._units = [str(unit) for unit in units]
        self._substates = self.instance.get("substate_status_mapping") or {}
        for unit, mapping in self._substates.items():
            for substate, status in mapping.items():
                if str(status).lower() not in _STATUSES:
                    raise ConfigurationError(
                        f"substate_status_mapping has {status!r} for {substate} of {unit}; write one of "
                        f"{', '.join(_STATUSES)}"
                    )
        self._tags = list(self.instance.get("tags") or [])

    def check(self, _: dict[str, Any]) -> None:
        try:
            listed = systemctl("list-units", "--all", "--no-legend", "--plain", "--no-pager")
            state = systemctl("is-system-running", any_code=True).strip()
        except (OSError, subprocess.SubprocessError) as error:
            self.service_check("can_connect", self.CRITICAL, tags=self._tags, message=str(error))
            raise
        self.service_check("can_connect", self.OK, tags=self._tags)
        level = getattr(self, _SYSTEM.get(state, "UNKNOWN"))
        self.service_check("system.state", level, tags=self._tags, message="" if level == 0 else state)
        # Descriptions may contain any character but a line feed.
        rows = [line.split(None, 4) for line in listed.split("\n") if len(line.split(None, 4)) >= 4]
        states = Counter(row[2] for row in rows)
        for name in _ACTIVE_STATES:
            self.gauge("units_by_state", states[name], tags=[*self._tags, f"state:{name}"])
        self.gauge("units_total", len(rows), tags=self._tags)
        self.gauge("units_loaded_count", sum(row[1] == "loaded" for row in rows), tags=self._tags)
        self.gauge("units_monitored_count", len(self._units), tags=self._tags)
        for unit in self._units:
            try:
                self._unit(unit)
            except (OSError, subprocess.SubprocessError) as error:
                # A name that systemd refuses does not hide the other units.
                self.warning("%s cannot be read: %s", unit, error)
                tags = [*self._tags, f"unit:{unit}"]
                self.service_check("unit.state", self.UNKNOWN, tags=tags, message=str(error))

    def _unit(self, unit: str) -> None:
        fields = properties(systemctl("show", f"--property={_PROPERTIES}", "--", unit))
        tags = [*self._tags, f"unit:{unit}"]
        active, substate = fields.get("ActiveState", ""), fields.get("SubState", "")
        self.gauge("unit.active", int(active == "active"), tags=tags)
        self.gauge("unit.loaded", int(fields.get("LoadState") == "loaded"), tags=tags)
        self.gauge("unit.monitored", 1, tags=tags)
        activated = int(fields.get("ActiveEnterTimestampMonotonic") or 0) / 1e6
        self.gauge(
            "unit.uptime", time.monotonic() - activated if active == "active" and activated else 0, tags=tags
        )
        for metric, key, kind in (
            ("service.restart_count", "NRestarts", self.gauge),
            ("service.memory_usage", "MemoryCurrent", self.gauge),
            ("service.task_count", "TasksCurrent", self.gauge),
            ("service.cpu_time_consumed", "CPUUsageNSec", self.monotonic_count),
        ):
            value = fields.get(key, "")
            if value.isdigit() and int(value) != _NOT_COUNTED:
                kind(metric, int(value), tags=tags)
        level = {"active": self.OK, "activating": self.UNKNOWN, "deactivating": self.UNKNOWN}.get(
            active, self.CRITICAL
        )
        self.service_check("unit.state", level, tags=tags, message="" if level == 0 else f"it is {active}")
        wanted = (self._substates.get(unit) or {}).get(substate)
        if wanted:
            status = getattr(self, str(wanted).upper())
            self.service_check("unit.substate", status, tags=tags, message=substate)


def systemctl(*arguments: str, any_code: bool = False) -> str:
    """Output of ``systemctl``. Raises OSError or SubprocessError if it cannot be run."""
    done = subprocess.run(
        ["systemctl", *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode and not any_code:
        raise subprocess.SubprocessError(f"systemctl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def properties(text: str) -> dict[str, str]:
    """``Name=value`` lines as a mapping."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
