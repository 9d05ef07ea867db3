"""Endpoints of the usage of metrics."""

from __future__ import annotations

import time

import pytest

from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed
from tests.unit.query.store import Series, insert

NAME = "routes.usage.requests"
NOW = int(time.time())


@pytest.fixture(autouse=True)
def series(store: Engine) -> None:
    given = [Series(["env:prod", f"user:{at}"], points=[(NOW - 60, 1.0)], host="a") for at in range(3)]
    insert(store, NAME, given, seen=NOW)


async def test_assets_and_configurations_of_a_metric(admin: Caller) -> None:
    request = {"q": f"max:{NAME}{{env:prod}} by {{user}}"}
    widget = {"definition": {"type": "timeseries", "requests": [request]}}
    board = {"title": "uses it", "layout_type": "ordered", "widgets": [widget]}
    identity = (await admin.post("/api/v1/dashboard", board))["id"]
    assets = await admin.get(f"/api/v2/metrics/{NAME}/assets")
    parsed("v2.MetricsApi", "list_metric_assets", assets)
    assert assets["data"]["relationships"]["dashboards"]["data"] == [{"id": identity, "type": "dashboards"}]
    active = await admin.get(f"/api/v2/metrics/{NAME}/active-configurations")
    parsed("v2.MetricsApi", "list_active_metric_configurations", active)
    attributes = active["data"]["attributes"]
    assert set(attributes["active_tags"]) == {"env", "user"}
    assert {"time": "avg", "space": "max"} in attributes["active_aggregations"]


async def test_estimates_count_what_the_tags_would_leave(admin: Caller) -> None:
    path = f"/api/v2/metrics/{NAME}/estimate"
    all_tags = await admin.get(path, **{"filter[groups]": "env,user"})
    parsed("v2.MetricsApi", "estimate_metrics_output_series", all_tags)
    some = await admin.get(path, **{"filter[groups]": "env"})
    without = await admin.get(path, **{"filter[groups]": "user", "filter[exclude_tags_mode]": "true"})
    counts = [one["data"]["attributes"]["estimated_output_series"] for one in (all_tags, some, without)]
    assert counts == [3, 1, 1]


@pytest.mark.parametrize("endpoint", ["assets", "active-configurations", "estimate"])
async def test_a_metric_that_was_never_sent(admin: Caller, nobody: Caller, endpoint: str) -> None:
    await admin.refused("GET", f"/api/v2/metrics/routes.usage.none/{endpoint}", None, 404)
    await nobody.refused("GET", f"/api/v2/metrics/{NAME}/{endpoint}", None, 403)


async def test_windows_that_are_none(admin: Caller) -> None:
    for endpoint in ("active-configurations",):
        for seconds in (0, -1, "x", 2_592_001):
            path = f"/api/v2/metrics/{NAME}/{endpoint}"
            await admin.refused("GET", path, None, params={"window[seconds]": seconds})


async def test_the_summary_has_every_metric_once(admin: Caller) -> None:
    rows = await admin.get("/api/ui/metrics_summary", hours=1)
    (row,) = [one for one in rows if one["name"] == NAME]
    assert (row["series"], row["hosts"], row["rule"]) == (3, 1, "")
    assert await admin.get("/api/ui/metrics_summary", hours=-5) is not None
