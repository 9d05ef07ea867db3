from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.aggregation.histogram import HistogramSettings, summarize
from heeler.agent.config import ConfigError, load_config


def settings(**environment: str) -> HistogramSettings:
    return HistogramSettings.of(load_config(Path("/nonexistent"), env=environment))


ALL = HistogramSettings(("max", "min", "median", "avg", "sum", "count"), (1, 50, 95, 100))


def test_aggregates_of_weighted_samples() -> None:
    found = dict(summarize([(3.0, 1), (1.0, 2), (2.0, 1)], ALL))
    assert found == {
        "max": 3.0, "min": 1.0, "median": 1.0, "avg": 1.75, "sum": 7.0, "count": 4.0,
        "1percentile": 1.0, "50percentile": 1.0, "95percentile": 3.0, "100percentile": 3.0,
    }  # fmt: skip


def test_one_sample_is_every_aggregate() -> None:
    found = dict(summarize([(7.0, 1)], ALL))
    assert found.pop("count") == 1.0
    assert set(found.values()) == {7.0}


def test_settings_are_read() -> None:
    found = settings(DD_HISTOGRAM_AGGREGATES="max min", DD_HISTOGRAM_PERCENTILES="0.95 0.5")
    assert found == HistogramSettings(("max", "min"), (95, 50))
    found = settings(DD_HISTOGRAM_AGGREGATES="max max", DD_HISTOGRAM_PERCENTILES="0.95 0.951")
    assert found == HistogramSettings(("max",), (95,)), "a name that is given twice would be sent twice"


@pytest.mark.parametrize("text", ["0", "1.01", "-1", "x", "nan", "inf", "1e400", "95"])
def test_percentiles_that_are_none(text: str) -> None:
    with pytest.raises(ConfigError, match="histogram_percentiles has"):
        settings(DD_HISTOGRAM_PERCENTILES=text)


def test_an_unknown_aggregate() -> None:
    with pytest.raises(ConfigError, match="histogram_aggregates has 'mode'; known are avg, count"):
        settings(DD_HISTOGRAM_AGGREGATES="max mode")
