"""Endpoints of metric queries: windows, bodies and permissions; results are tested in ``tests/query``."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed
from tests.unit.query.store import Series, insert

NAME = "routes.query.value"
NOW = int(time.time())


@pytest.fixture(autouse=True)
def points(store: Engine) -> None:
    insert(store, NAME, [Series(["env:prod"], points=[(NOW - 60, 5.0), (NOW - 30, 7.0)], host="a")])


def asked(kind: str, **more: Any) -> Any:
    query = {"data_source": "metrics", "name": "q", "query": f"avg:{NAME}{{*}}", "aggregator": "avg"}
    given = {"from": (NOW - 600) * 1000, "to": NOW * 1000, "queries": [query], "formulas": [{"formula": "q"}]}
    return {"data": {"type": f"{kind}_request", "attributes": {**given, **more}}}


@pytest.mark.parametrize(
    ("start", "end"),
    [("nan", "nan"), ("-inf", "inf"), ("1e300", "1e301"), (NOW, NOW - 600), ("x", NOW), ("", NOW)],
)
async def test_windows_that_are_none(admin: Caller, start: object, end: object) -> None:
    params = {"query": f"avg:{NAME}{{*}}", "from": start, "to": end}
    await admin.refused("GET", "/api/v1/query", None, params=params)


async def test_the_three_endpoints_answer_the_same_points(admin: Caller, reader: Caller) -> None:
    params = {"query": f"avg:{NAME}{{*}}", "from": NOW - 600, "to": NOW}
    v1 = await reader.get("/api/v1/query", **params)
    parsed("v1.MetricsApi", "query_metrics", v1)
    lines = await admin.post("/api/v2/query/timeseries", asked("timeseries"))
    parsed("v2.MetricsApi", "query_timeseries_data", lines)
    scalar = await admin.post("/api/v2/query/scalar", asked("scalar"))
    parsed("v2.MetricsApi", "query_scalar_data", scalar)
    points = [value for _, value in v1["series"][0]["pointlist"]]
    assert [one for one in lines["data"]["attributes"]["values"][0] if one is not None] == points
    assert scalar["data"]["attributes"]["columns"][0]["values"] == [pytest.approx(6.0)]


@pytest.mark.parametrize("kind", ["timeseries", "scalar"])
async def test_bodies_that_are_none(admin: Caller, nobody: Caller, kind: str) -> None:
    path = f"/api/v2/query/{kind}"
    for body in (
        b"",
        b"[]",
        {},
        {"data": {}},
        asked("other"),
        asked(kind, queries=5),
        asked(kind, queries=[]),
        asked(kind, queries=[5]),
        asked(kind, formulas=[{"formula": "z"}]),
        asked(kind, **{"from": "x"}),
        asked(kind, **{"from": NOW * 1000, "to": (NOW - 5) * 1000}),
        asked(kind, **{"from": 0, "to": 1000}),
    ):
        await admin.refused("POST", path, body)
    await nobody.refused("POST", path, asked(kind), 403)


async def test_a_text_is_checked_with_the_place_of_its_error(admin: Caller) -> None:
    path = "/api/ui/query/check"
    assert (await admin.get(path, query=f"avg:{NAME}{{*}}"))["problem"] is None
    problem = (await admin.get(path, query="avg:a{*} +"))["problem"]
    assert problem["message"]
    await admin.refused("GET", path)
    names = [one["name"] for one in await admin.get("/api/ui/functions")]
    assert names == sorted(set(names))
