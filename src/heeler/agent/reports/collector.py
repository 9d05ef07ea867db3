"""Collector section of the status report: every check instance with its last run, in the Agent's layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any


def local_time(epoch: float) -> str:
    """``2026-01-02 03:04:05 UTC (1767323045000)``, or Never."""
    if not epoch:
        return "Never"
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S UTC} ({int(epoch * 1000)})"


def heading(title: str, sign: str = "=", indent: str = "") -> list[str]:
    return [f"{indent}{title}", indent + sign * len(title)]


def duration(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}s" if milliseconds >= 1000 else f"{milliseconds:.0f}ms"


def collector_section(status: Mapping[str, Any]) -> list[str]:
    """Lines for the collector's status mapping (``checks``, ``config_errors``, ``loading_errors`` ...)."""
    lines = ["=" * 9, "Collector", "=" * 9, ""]
    checks: list[Mapping[str, Any]] = list(status.get("checks") or [])
    if checks:
        lines += [*heading("Running Checks", "=", "  "), ""]
        for name in sorted({str(check["CheckName"]) for check in checks}):
            lines += _check(name, [check for check in checks if check["CheckName"] == name])
    scheduler = status.get("scheduler") or {}
    warnings = [scheduler.get("problem"), (status.get("memory") or {}).get("warning")]
    warnings += [f"this check does not return: {title}" for title in scheduler.get("hung") or ()]
    lines += [f"  Warning: {warning}" for warning in warnings if warning]
    lines += _problems("Config Errors", status.get("config_errors"))
    lines += _problems("Loading Errors", status.get("loading_errors"))
    lines += _problems("Left Out", {**(status.get("config_notes") or {}), **(status.get("skipped") or {})})
    return lines


def _check(name: str, instances: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    first = True
    for stats in instances:
        if first:
            yield from heading(f"{name} ({stats['CheckVersion']})", "-", "    ")
            first = False
        yield from _instance(stats)
        yield ""


def _instance(stats: Mapping[str, Any]) -> Iterator[str]:
    pad = "      "
    yield f"{pad}Instance ID: {stats['CheckID']} [{state_of(stats)}]"
    yield f"{pad}Configuration Source: {stats['CheckConfigSource']}"
    yield f"{pad}Total Runs: {stats['TotalRuns']:,}"
    for title, key in (
        ("Metric Samples", "MetricSamples"),
        ("Events", "Events"),
        ("Service Checks", "ServiceChecks"),
        ("Histogram Buckets", "HistogramBuckets"),
    ):
        if key != "HistogramBuckets" or stats[f"Total{key}"]:
            yield f"{pad}{title}: Last Run: {stats[key]:,}, Total: {stats[f'Total{key}']:,}"
    yield f"{pad}Average Execution Time : {duration(stats['AverageExecutionTime'])}"
    yield f"{pad}Last Execution Date : {local_time(stats['LastExecutionDate'])}"
    yield f"{pad}Last Successful Execution Date : {local_time(stats['LastSuccessDate'])}"
    if stats.get("LongRunning"):
        yield f"{pad}Long Running: its run has not returned for {stats['RunningFor']:.0f} s"
    metadata = stats.get("Metadata") or {}
    if metadata:
        yield f"{pad}metadata:"
        yield from (f"{pad}  {key}: {value}" for key, value in sorted(metadata.items()))
    if stats.get("LastError"):
        yield f"{pad}Error: {stats['LastError']['message']}"
        yield from (f"{pad}{line}" for line in str(stats["LastError"]["traceback"]).rstrip().splitlines())
    for warning in stats.get("LastWarnings") or []:
        yield f"{pad}Warning: {warning}"


def state_of(stats: Mapping[str, Any]) -> str:
    """OK, WARNING, ERROR or LONG RUNNING."""
    if stats.get("LongRunning"):
        return "LONG RUNNING"
    if stats.get("LastError"):
        return "ERROR"
    return "WARNING" if stats.get("LastWarnings") else "OK"


def _problems(title: str, problems: Mapping[str, str] | None) -> list[str]:
    if not problems:
        return []
    lines = [*heading(title, "=", "  "), ""]
    for where, reason in problems.items():
        lines += [
            f"    {where}",
            "    " + "-" * len(where),
            *(f"      {line}" for line in reason.splitlines()),
            "",
        ]
    return lines
