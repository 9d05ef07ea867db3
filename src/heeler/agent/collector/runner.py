"""Runner of one check instance, with the statistics of its runs."""

from __future__ import annotations

import json
import logging
import resource
import time
import traceback
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from heeler.agent.collector.check_configs import CheckInstance
from heeler.agent.collector.loader import Check
from heeler.agent.runtime.check_bridge import Bridge

log = logging.getLogger(__name__)
_LOUD_RUNS = 5
_LOUD_EVERY = 500
_PAGE_BYTES = resource.getpagesize()


class CheckRunner:
    """Runs a check object and records the statistics that ``status`` shows."""

    def __init__(
        self, entry: CheckInstance, check: Check, version: str, bridge: Bridge, notes: Sequence[str] = ()
    ) -> None:
        """``notes`` are warnings added to every run, such as on where the check was loaded from."""
        self.entry = entry
        self.title = entry.check_id
        self.grown = 0
        """Growth of the process's memory during this check's runs, bytes."""
        self._notes = list(notes)
        self.interval = 0.0 if entry.instance.get("run_once") else entry.interval
        self._check = check
        self._version = version
        empty_host = bool(entry.instance.get("empty_default_hostname"))
        self._inbox = bridge.register(entry.check_id, entry.tags, empty_default_hostname=empty_host)
        self._clock = bridge.clock
        self._times: deque[float] = deque(maxlen=32)
        self._runs = self._errors = self._warnings = 0
        self._last: dict[str, int] = {}
        self._total: dict[str, int] = {}
        self._started_at = 0.0
        self._finished_at = 0.0
        self._succeeded_at = 0.0
        self._last_error: dict[str, str] | None = None
        self._last_warnings: list[str] = list(notes)

    def run(self) -> None:
        """Run the check once, then commit its samples."""
        before = self._submitted()
        self._started_at = self._clock()
        clock = time.perf_counter()
        memory = memory_in_use()
        report = self._run_check()
        self._inbox.sampler.commit()
        self.grown = max(self.grown + memory_in_use() - memory, 0)
        self._times.append((time.perf_counter() - clock) * 1000)
        self._finished_at = self._clock()
        self._started_at = 0.0
        self._total = self._submitted()
        self._last = {key: value - before[key] for key, value in self._total.items()}
        self._runs += 1
        self._warnings += len(self._last_warnings)
        self._judge(report)

    def _run_check(self) -> str:
        """The check's result: empty, or a JSON list of errors. Exceptions are converted to errors.

        The base package catches only ``Exception``: a check that calls ``sys.exit`` raises past it.
        """
        try:
            report = self._check.run()
            self._last_warnings = [*self._notes, *map(str, self._check.get_warnings())]
        except BaseException as error:  # noqa: BLE001 - shown as the check's own
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return json.dumps([{"message": message, "traceback": traceback.format_exc()}])
        return report

    def cancel(self) -> None:
        try:
            self._check.cancel()
        except BaseException:
            log.exception("%s could not be canceled", self.entry.check_id)

    @property
    def metadata(self) -> dict[str, str]:
        return dict(self._inbox.metadata)

    def stats(self) -> dict[str, Any]:
        """Runner statistics, with the names of ``agent check --json``."""
        last, total = self._last, self._total
        running_for = self._clock() - self._started_at if self._started_at else 0.0
        return {
            "CheckName": self.entry.name,
            "CheckVersion": self._version,
            "CheckConfigSource": self.entry.source,
            "CheckID": self.entry.check_id,
            "CheckLoader": "python",
            "Interval": self.interval,
            "TotalRuns": self._runs,
            "TotalErrors": self._errors,
            "TotalWarnings": self._warnings,
            **{key: last.get(key, 0) for key in _COUNTED},
            **{f"Total{key}": total.get(key, 0) for key in _COUNTED},
            "ExecutionTimes": [round(value) for value in self._times],
            "AverageExecutionTime": round(sum(self._times) / len(self._times)) if self._times else 0,
            "LastExecutionTime": round(self._times[-1]) if self._times else 0,
            "LastExecutionDate": self._finished_at,
            "LastSuccessDate": self._succeeded_at,
            "LastError": self._last_error,
            "LastWarnings": self._last_warnings,
            "LastDelay": 0,
            "UpdateTimestamp": self._finished_at,
            "RunningFor": round(running_for, 1),
            "LongRunning": running_for > max(self.interval, 1.0),
            "Cancelling": False,
            "MemoryGrown": self.grown,
            "Metadata": self.metadata,
        }

    def _submitted(self) -> dict[str, int]:
        inbox = self._inbox
        return {
            "MetricSamples": inbox.sampler.samples,
            "HistogramBuckets": inbox.sampler.bucket_samples,
            "Events": inbox.events,
            "ServiceChecks": inbox.service_checks,
            "EventPlatformEvents": inbox.platform_events,
        }

    def _judge(self, report: str) -> None:
        if not report:
            self._succeeded_at, self._last_error = self._finished_at, None
            loud = self._runs <= _LOUD_RUNS or self._runs % _LOUD_EVERY == 0
            level = logging.INFO if loud else logging.DEBUG
            log.log(level, "check:%s | run %d in %.0f ms", self.entry.name, self._runs, self._times[-1])
            return
        self._errors += 1
        error = json.loads(report)[0]
        repeated = self._last_error is not None and self._last_error["message"] == error["message"]
        self._last_error = error
        if not repeated:
            log.error("check:%s | %s\n%s", self.entry.name, error["message"], error["traceback"])


_COUNTED = ("MetricSamples", "Events", "ServiceChecks", "HistogramBuckets", "EventPlatformEvents")


def memory_in_use() -> int:
    """Resident memory of this process in bytes; 0 if unknown."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0
