"""``heeler agent check NAME``: loads the check's instances, runs them in this process, prints what they
submit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heeler.agent.collector.check_configs import CheckInstance, instances_of, parse_file, read_configurations
from heeler.agent.collector.loader import load_check
from heeler.agent.collector.runner import CheckRunner
from heeler.agent.config import Config
from heeler.agent.reports.collector import collector_section
from heeler.agent.runtime import Bridge
from heeler.wire.metrics.encode_series import Series
from heeler.wire.metrics.encode_sketches import SketchSeries


class NoCheckError(LookupError):
    """Nothing is configured under this name; the message lists errors in its files."""


@dataclass
class CheckResult:
    """Everything that one instance submitted over all runs."""

    stats: dict[str, Any]
    series: list[Series] = field(default_factory=list)
    sketches: list[SketchSeries] = field(default_factory=list)
    service_checks: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    platform_events: list[tuple[str, bytes]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "aggregator": {
                "metrics": [series.as_json() for series in self.series],
                "sketches": [sketch.as_json() for sketch in self.sketches],
                "service_checks": self.service_checks,
                "events": self.events,
            },
            "inventories": self.stats["Metadata"],
            "runner": {key: value for key, value in self.stats.items() if key != "Metadata"},
        }


def find_instances(
    config: Config, name: str, file: Path | None = None, instance_id: str | None = None
) -> list[CheckInstance]:
    """The instances of check ``name``, from ``file`` or from ``conf.d``. Raises NoCheckError."""
    if file is not None:
        found, reasons = instances_of(parse_file(file, name, config), name, file), {}
    else:
        configurations = read_configurations(config)
        found = [entry for entry in configurations.instances if entry.name == name]
        reasons = {
            path: reason
            for path, reason in {**configurations.errors, **configurations.notes}.items()
            if name in Path(path).name or Path(path).parent.name == f"{name}.d"
        }
    if instance_id:
        found = [entry for entry in found if entry.check_id.endswith(instance_id)]
    if not found:
        details = "".join(f"\n  {path}: {reason}" for path, reason in reasons.items())
        expected = f"{config.confd}/{name}.yaml or {config.confd}/{name}.d/conf.yaml"
        raise NoCheckError(f"no valid check found: {name} has no configuration in {expected}{details}")
    return found


def run_check(
    entry: CheckInstance,
    config: Config,
    bridge: Bridge,
    *,
    times: int,
    pause: float,
    sleep: Callable[[float], None] = time.sleep,
) -> CheckResult:
    """Run one instance ``times`` times, ``pause`` seconds apart. Raises LoadError or SkipInstance."""
    loaded = load_check(entry, config.checksd, config.as_tree())
    runner = CheckRunner(entry, loaded.check, loaded.version, bridge, loaded.notes)
    try:
        for turn in range(times):
            if turn:
                sleep(pause)
            runner.run()
    finally:
        runner.cancel()
    series, sketches = bridge.inbox(entry.check_id).sampler.flush()
    return CheckResult(
        runner.stats(),
        series,
        sketches,
        bridge.take_service_checks(),
        bridge.take_events(),
        bridge.take_platform_events(),
    )


def render_result(result: CheckResult, *, as_table: bool = False) -> Iterator[str]:
    """Text for one instance: a block of JSON for each data type, then the collector's section."""
    if result.series:
        yield "=== Series ==="
        if as_table:
            yield from _table(result.series)
        else:
            yield json.dumps([series.as_json() for series in result.series], indent=2)
    for title, items in (
        ("Sketches", [sketch.as_json() for sketch in result.sketches]),
        ("Service Checks", result.service_checks),
        ("Events", result.events),
        (
            "Event Platform",
            [{"track": t, "event": raw.decode("utf-8", "replace")} for t, raw in result.platform_events],
        ),
    ):
        if items:
            yield f"=== {title} ==="
            yield json.dumps(items, indent=2)
    yield "\n".join(collector_section({"checks": [result.stats]}))


def _table(series: list[Series]) -> Iterator[str]:
    rows = [("METRIC", "TYPE", "TIMESTAMP", "VALUE", "TAGS")]
    rows += [
        (one.metric, one.type, str(stamp), f"{value:.15g}", ", ".join(one.tags))
        for one in series
        for stamp, value in one.points
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
