"""The index of assets by metric, over stored dashboards, monitors, notebooks and SLOs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heeler.dashboards.model import Dashboard
from heeler.metric_usage.assets import AssetIndex
from heeler.monitors.model import Monitor
from heeler.restrictions import enforcement
from heeler.slos.model import Slo
from heeler.store.engine import Engine
from tests.unit.monitors.world import World, world

NOW = datetime(2025, 6, 15, tzinfo=UTC)


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


def dashboard(name: str, body: dict[str, Any], deleted: datetime | None = None) -> Dashboard:
    return Dashboard(id=name, title=name, created=NOW, modified=NOW, body=body, deleted=deleted)


def widgets(query: str) -> dict[str, Any]:
    return {"widgets": [{"definition": {"type": "timeseries", "requests": [{"q": query}]}}]}


async def add(here: World, *rows: Any) -> None:
    async with here.services.database.session() as session:
        session.add_all(rows)


async def test_assets_are_found_by_each_of_their_metrics_and_forgotten_when_deleted(here: World) -> None:
    index = AssetIndex(here.services)
    assert await index.counts() == {}
    kept, gone = (
        dashboard("kept", widgets("avg:a{*} / avg:b{*}")),
        dashboard("gone", widgets("avg:a{*}"), NOW),
    )
    await add(here, kept, gone)
    query = "avg(last_5m):avg:a{*} > 1"
    await add(
        here, Monitor(type="metric alert", name="m", query=query, tags=["t:1"], created=NOW, modified=NOW)
    )
    assert await index.counts() == {"a": 2, "b": 1}
    assert {asset.kind for asset in await index.of_metric("a")} == {"dashboards", "monitors"}
    assert [asset.id for asset in await index.of_metric("b")] == ["kept"]
    assert await index.of_metric("A") == []
    async with here.services.database.session() as session:
        (found,) = [one for one in await index.all() if one.kind == "monitors"]
        await session.delete(await session.get(Monitor, int(found.id)))
    assert await index.counts() == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"widgets": None},
        {"widgets": 7},
        {"widgets": [None, [], "x", {"definition": None}]},
        {"tags": None, **widgets("avg:a{*")},
        {"tags": 7, **widgets("avg:a{*}")},
        widgets("(" * 5000),
        widgets("avg:a{*}" + "+avg:a{*}" * 3000),
    ],
)
async def test_an_odd_document_does_not_hide_the_others(here: World, body: dict[str, Any]) -> None:
    await add(here, dashboard("odd", body), dashboard("good", widgets("avg:good{*}")))
    definition: dict[str, Any] = {"query": "sum:x{*}", "sli_specification": [1]}
    slo = Slo(
        id="s", type="metric", name="s", timeframe="7d", created=NOW, modified=NOW, definition=definition
    )
    await add(here, slo)
    assert [asset.id for asset in await AssetIndex(here.services).of_metric("good")] == ["good"]


async def test_what_is_hidden_from_a_caller_is_left_out_for_them_alone(here: World) -> None:
    index = AssetIndex(here.services)
    await add(here, dashboard("open", widgets("avg:h{*}")), dashboard("secret", widgets("avg:h{*}")))
    enforcement.apply(enforcement.Restrictions(hidden={"dashboard": frozenset({"secret"})}))
    try:
        assert [one.id for one in await index.of_metric("h")] == ["open"]
        assert await index.counts() == {"h": 2}, "a metric that somebody else uses is used"
    finally:
        enforcement.apply(None)
    assert sorted(one.id for one in await index.of_metric("h")) == ["open", "secret"]
