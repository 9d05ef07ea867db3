"""``heeler agent dogstatsd-stats``, and parsing of the duration of ``dogstatsd-capture``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from heeler.agent.config import Config
from heeler.agent.reports.collector import local_time

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST_TAGS = 60


class NoStatsError(RuntimeError):
    """No statistics are available; the message tells how to enable them."""


def read_stats(config: Config) -> dict[str, Any]:
    """Statistics written by the component at its last flush. Raises NoStatsError."""
    try:
        found = json.loads((config.run_path / "dogstatsd_stats.json").read_text())
    except (OSError, ValueError) as error:
        raise NoStatsError(
            "no statistics: set dogstatsd_metrics_stats_enable: true in datadog.yaml and restart the agent; "
            "the first come after ten seconds"
        ) from error
    return dict(found)


def render_stats(found: Mapping[str, Any]) -> Iterator[str]:
    """Table of metrics by descending count."""
    yield f"{'Metric':<40} | {'Tags':<{_LONGEST_TAGS}} | {'Count':>10} | Last Seen"
    yield f"{'-' * 40}-|-{'-' * _LONGEST_TAGS}-|-{'-' * 10}-|-{'-' * 20}"
    for row in found["metrics"]:
        tags = row["tags"][:_LONGEST_TAGS]
        cells = f"{row['name']:<40} | {tags:<{_LONGEST_TAGS}} | {row['count']:>10,}"
        yield f"{cells} | {local_time(row['last_seen'])}"
    if found["others"]:
        yield f"{found['others']:,} more samples are of metrics beyond the first 20,000."


def seconds_of(text: str) -> float:
    """Parse ``90s``, ``1m30s``, ``2h`` as seconds. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration; write for example 30s or 5m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
