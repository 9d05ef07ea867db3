"""The data source ``slo`` over the real engine and real evaluations of monitors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Window
from heeler.query.search.row_access import NotReadable, RowAccess, reading_with
from heeler.restrictions import enforcement
from heeler.slos.model import Slo
from heeler.slos.series import measured, slo_series
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, every, world
from tests.unit.slos.test_status import correct, made

HOUR = 3600


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as opened:
        opened.set(180)
        yield opened


async def read(here: World, slo: Slo, minutes: int, interval: int, **given: Any) -> Frame:
    item = {"data_source": "slo", "slo_id": slo.id, "measure": "slo_status", **given}
    return await slo_series(here.services, item, Window(EPOCH, EPOCH + 60 * minutes, interval))


async def events(here: World, name: str) -> Slo:
    """10 events a minute in each of two environments; half of those of prod fail in the second hour."""
    minutes = range(120)
    good = {minute: 5.0 if minute >= 60 else 10.0 for minute in minutes}
    here.points(f"{name}.good", {"env:prod": good, "env:dev": every(minutes, 10.0)}, "count", 60)
    here.points(
        f"{name}.all", {"env:prod": every(minutes, 10.0), "env:dev": every(minutes, 10.0)}, "count", 60
    )
    query = {
        "numerator": f"sum:{name}.good{{*}} by {{env}}",
        "denominator": f"sum:{name}.all{{*}} by {{env}}",
    }
    return await made(here, type="metric", query=query, thresholds=[{"timeframe": "7d", "target": 90}])


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("slo_status", [100, 75]),
        ("good_events", [1200, 900]),
        ("bad_events", [0, 300]),
        ("burn_rate", [0, 2.5]),
        ("error_budget_remaining", [100, -25]),
        ("error_budget_burndown", [100, -25]),
    ],
)
async def test_measures_of_events(here: World, measure: str, expected: list[float]) -> None:
    slo = await events(here, f"sloseries.{measure}")
    frame = await read(here, slo, 120, HOUR, measure=measure)
    assert [group.scope for group in frame.groups] == ["*"]
    assert_allclose(frame.values, [expected])


async def test_groups_filters_and_the_whole_window(here: World) -> None:
    slo = await events(here, "sloseries.groups")
    frame = await read(here, slo, 120, HOUR, group_mode="components")
    found = {group.tags: list(row) for group, row in zip(frame.groups, frame.values, strict=True)}
    assert found == {("env:prod",): [100, 50], ("env:dev",): [100, 100]}
    whole = await read(here, slo, 120, 2 * HOUR)
    assert_allclose(whole.values, [[87.5]])
    narrow = await read(here, slo, 120, HOUR, additional_query_filters="env:prod")
    assert_allclose(narrow.values, [[100, 50]])


async def test_corrected_buckets_are_missing(here: World) -> None:
    slo = await events(here, "sloseries.corrected")
    await correct(here, slo, 90, 120)
    frame = await read(here, slo, 120, HOUR)
    assert_allclose(frame.values, [[100, np.nan]])
    whole = await read(here, slo, 120, 2 * HOUR)
    assert_allclose(whole.values, [[100 * (1800 - 150) / 1800]])


async def test_minutes_of_slices(here: World) -> None:
    here.points("sloseries.slices", {"": {m: 9.0 if m >= 75 else 1.0 for m in range(120)}}, "gauge", 60)
    query = {
        "formulas": [{"formula": "a"}],
        "queries": [{"data_source": "metrics", "name": "a", "query": "avg:sloseries.slices{*}"}],
    }
    slice_ = {"comparator": "<", "threshold": 5, "query_interval_seconds": 300, "query": query}
    slo = await made(here, type="time_slice", sli_specification={"time_slice": slice_})
    frame = await read(here, slo, 120, HOUR, measure="bad_minutes")
    assert_allclose(frame.values, [[0, 45]])
    assert frame.unit == "minute"


async def test_minutes_of_monitors(here: World) -> None:
    level = {m: 9.0 if 30 <= m < 40 else 1.0 for m in range(60)}
    here.points("sloseries.level", {"": level}, "gauge", 60)
    monitor = await here.monitor("query alert", "avg(last_1m):avg:sloseries.level{*} > 5")
    await here.walk(monitor, range(1, 60))
    slo = await made(here, type="monitor", monitor_ids=[monitor])
    here.set(60)
    frame = await read(here, slo, 60, HOUR, measure="bad_minutes")
    assert abs(float(frame.values[0, 0]) - 10) <= 1


async def test_an_unknown_slo_has_no_values_and_what_does_not_apply_is_refused(here: World) -> None:
    slo = await events(here, "sloseries.refused")
    elsewhere = await read(here, slo, 60, HOUR, slo_id="f" * 32)
    assert elsewhere.shape == (0, 1)
    assert "not found" in elsewhere.notes[0]
    for given, reason in (
        ({"measure": "speed"}, "'measure' is 'speed'"),
        ({"measure": "good_minutes"}, "counts events"),
        ({"group_mode": "all"}, "'group_mode'"),
    ):
        with pytest.raises(QueryError, match=reason):
            await read(here, slo, 60, HOUR, **given)


def test_without_counts_there_is_no_value() -> None:
    nothing = np.zeros((1, 2))
    for measure in ("slo_status", "burn_rate", "good_events", "error_budget_remaining"):
        assert np.isnan(measured(measure, nothing, nothing, 99.0)).all()


async def test_who_may_not_read_slos_reads_none_by_a_query(here: World) -> None:
    slo = await events(here, "sloseries.permission")
    with reading_with({"SLOs": RowAccess(permission="slos_read")}), pytest.raises(NotReadable) as error:
        await read(here, slo, 120, HOUR)
    assert "permission to read SLOs. It requires slos_read" in str(error.value)


async def test_a_hidden_slo_is_not_found(here: World) -> None:
    slo = await events(here, "sloseries.hidden")
    enforcement.apply(enforcement.Restrictions(hidden={"slo": frozenset({slo.id})}))
    try:
        frame = await read(here, slo, 120, HOUR)
    finally:
        enforcement.apply(None)
    assert frame.groups == ()
    assert frame.notes == (f"SLO {slo.id} not found.",)
