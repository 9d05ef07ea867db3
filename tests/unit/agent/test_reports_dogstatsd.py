"""The commands about DogStatsD's traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.dogstatsd.stats import MetricStats
from heeler.agent.reports.dogstatsd import NoStatsError, read_stats, render_stats, seconds_of


def test_statistics_are_shown_or_how_to_get_them(tmp_path: Path) -> None:
    config = Config(tmp_path, {})
    with pytest.raises(NoStatsError, match="dogstatsd_metrics_stats_enable"):
        read_stats(config)
    stats = MetricStats()
    stats.take([b"shop.orders:1|c|#env:prod"] * 3)
    stats.save(config.run_path / "dogstatsd_stats.json")
    (row,) = [line for line in render_stats(read_stats(config)) if "shop.orders" in line]
    assert "env:prod" in row
    assert " 3 |" in row


def test_durations() -> None:
    assert [seconds_of(text) for text in ("30s", "1m30s", "2h", "500ms")] == [30, 90, 7200, 0.5]
    for wrong in ("", "5", "1x", "s1"):
        with pytest.raises(ValueError, match="no duration"):
            seconds_of(wrong)
