"""Endpoints that list metrics, and metadata."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed
from tests.unit.query.store import Series, insert

NAME = "routes.catalog.requests"


@pytest.fixture(autouse=True)
def reported(store: Engine) -> None:
    now = int(time.time())
    for host, tags in (("a", ["env:prod"]), ("b", ["env:dev", "shard:1"])):
        insert(store, NAME, [Series(tags, host=host)], seen=now)
    insert(store, f"{NAME}.later", [Series(["env:prod"], host="a")], seen=now)


@pytest.mark.parametrize("since", ["nan", "inf", "-inf", "-1", "1e30", str(2**32), "soon", ""])
async def test_times_that_are_none(admin: Caller, since: str) -> None:
    refused = await admin.refused("GET", "/api/v1/metrics", None, params={"from": since})
    assert "from" in refused and "since" not in refused  # noqa: PT018


async def test_active_metrics(admin: Caller) -> None:
    found = await admin.get("/api/v1/metrics", **{"from": 0})
    parsed("v1.MetricsApi", "list_active_metrics", found)
    assert NAME in found["metrics"]
    of_host = await admin.get("/api/v1/metrics", **{"from": 0, "host": "b"})
    assert (NAME in of_host["metrics"], f"{NAME}.later" in of_host["metrics"]) == (True, False)
    assert (await admin.get("/api/v1/metrics", **{"from": 2**32 - 1}))["metrics"] == []
    await admin.refused("GET", "/api/v1/metrics")


async def test_metadata_that_is_left_out_stays(admin: Caller, reader: Caller) -> None:
    path = f"/api/v1/metrics/{NAME}"
    most = {"type": "count", "description": "d", "short_name": "s", "unit": "byte", "per_unit": "second",
            "statsd_interval": 10}  # fmt: skip
    changed = await admin.put(path, most)
    parsed("v1.MetricsApi", "update_metric_metadata", changed)
    assert {name: changed[name] for name in most} == most
    assert await admin.put(path, {"description": "e"}) == {**changed, "description": "e"}
    assert (await admin.put(path, {"unit": None, "statsd_interval": None}))["unit"] == "byte"
    read = await admin.get(path)
    parsed("v1.MetricsApi", "get_metric_metadata", read)
    assert read == {**changed, "description": "e"}
    assert (await admin.put(path, {"unit": ""}))["unit"] is None
    await reader.refused("PUT", path, most, 403)
    await admin.refused("GET", "/api/v1/metrics/routes.catalog.none", None, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("type", "house"), ("unit", "house"), ("per_unit", "house"), ("statsd_interval", -1),
     ("statsd_interval", 2**31), ("statsd_interval", 2**70), ("statsd_interval", "soon"),
     ("description", "x" * 50_001), ("description", [1]), ("short_name", "x" * 201)],
)  # fmt: skip
async def test_metadata_that_is_none(admin: Caller, field: str, value: Any) -> None:
    text = await admin.refused("PUT", f"/api/v1/metrics/{NAME}", {field: value})
    assert any(word in text for word in (field, field.rpartition("_")[2], "type"))


async def test_pages_of_metrics_neither_repeat_nor_lose_one(admin: Caller) -> None:
    path, cursor, seen = "/api/v2/metrics", "", []
    while True:
        params = {"page[size]": 1, "filter[tags]": "env:prod", **({"page[cursor]": cursor} if cursor else {})}
        found = await admin.get(path, **params)
        parsed("v2.MetricsApi", "list_tag_configurations", found)
        seen += [one["id"] for one in found["data"]]
        cursor = found["meta"]["pagination"]["next_cursor"]
        if not cursor:
            break
    assert seen == sorted(set(seen))
    assert {NAME, f"{NAME}.later"} <= set(seen)
    for wrong in ({"page[size]": 0}, {"page[size]": 10_001}, {"window[seconds]": 0},
                  {"filter[metric_type]": "x"}, {"sort": "name"}, {"filter[queried]": "maybe"}):  # fmt: skip
        (name,) = wrong
        text = await admin.refused("GET", path, None, params=wrong)
        assert name in text or "size" in text or "window" in text or "queried" in text


async def test_tags_of_a_metric(admin: Caller) -> None:
    path = f"/api/v2/metrics/{NAME}/all-tags"
    found = await admin.get(path)
    parsed("v2.MetricsApi", "list_tags_by_metric_name", found)
    tags = found["data"]["attributes"]["tags"]
    assert {"env:prod", "env:dev", "shard:1"} <= set(tags)

    async def some(**params: Any) -> list[str]:
        attributes = (await admin.get(path, **params))["data"]["attributes"]
        assert attributes["tags"] == attributes["ingested_tags"]
        return list(attributes["tags"])

    assert "shard:1" not in await some(**{"filter[tags]": "env:prod"})
    assert await some(**{"filter[match]": "SHARD"}) == ["shard:1"]
    assert "env" in await some(**{"filter[include_tag_values]": "false"})
    assert len(await some(**{"page[limit]": 1})) == 1
    for wrong in ({"page[limit]": 0}, {"window[seconds]": 0}):
        await admin.refused("GET", path, None, params=wrong)
