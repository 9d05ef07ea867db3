"""Aggregate requests over logs in the real engine."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from heeler.logs.search import LOGS
from heeler.query.search.buckets import aggregate
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import decode

#: Noon UTC of yesterday: logs are kept for a while only.
NOON = int(time.time()) // 86_400 * 86_400 - 43_200
LOGS_OF = [
    {
        "service": service,
        "message": "bucketed",
        "size": size,
        "tags": tags,
        "ddtags": f"suite:buckets,{tags}",
        "at": at,
    }
    for service, size, tags, at in [
        ("web", 1, "team:a", 0),
        ("web", 5, "team:a,team:b", 60),
        ("web", 30, "team:b", 61),
        ("db", 100, "team:b", 7_200),
        ("db", None, "", 7_260),
        ("", 7, "", 7_261),
    ]
]
SECONDS = {"aggregation": "count", "type": "timeseries", "interval": "1s"}


@pytest.fixture(scope="module")
def logs(engine: Engine) -> Engine:
    items = [{**one, "timestamp": (NOON + one["at"]) * 1000} for one in LOGS_OF]  # type: ignore[operator]
    table = logs_table(decode(orjson.dumps(items), "application/json", {}, NOON * 10**9), 5)
    engine.insert_sync("log_events", table)
    return engine


async def ask(engine: Engine, **asked: Any) -> list[tuple[dict[str, str], dict[str, Any]]]:
    where = {"query": "suite:buckets", "from": NOON * 1000, "to": (NOON + 10_800) * 1000}
    return list(await aggregate(engine, LOGS, {"filter": where, **asked}, NOON))


async def numbers(engine: Engine, *facets: dict[str, Any], **asked: Any) -> list[tuple[str, Any]]:
    found = await ask(engine, group_by=list(facets), **asked)
    return [("/".join(by.values()), computes["c0"]) for by, computes in found]


async def test_a_total(logs: Engine) -> None:
    assert await ask(logs) == [({}, {"c0": 6.0})]


async def test_every_aggregation(logs: Engine) -> None:
    names = ["sum", "min", "max", "avg", "median", "pc75", "pc90", "pc95", "pc98", "pc99", "cardinality"]
    names += ["earliest", "latest", "most_frequent"]
    found = await ask(logs, compute=[{"aggregation": name, "metric": "@size"} for name in names])
    values = dict(zip(names, found[0][1].values(), strict=True))
    assert [values[name] for name in ("sum", "min", "max", "avg", "median")] == [143, 1, 100, 28.6, 7]
    assert values["pc75"] == 30
    assert 85 < values["pc95"] < 100
    assert (values["cardinality"], values["earliest"], values["latest"]) == (5, 1, 7)
    assert values["most_frequent"] in (1, 5, 7, 30, 100)
    nothing = await ask(logs, compute=[{"aggregation": name, "metric": "@none"} for name in names])
    assert list(nothing[0][1].values()) == [0.0 if name == "cardinality" else None for name in names]


async def test_groups_are_those_with_the_most_of_the_first_measure(logs: Engine) -> None:
    compute = [{"aggregation": "sum", "metric": "@size"}, {"aggregation": "count"}]
    found = await ask(logs, compute=compute, group_by=[{"facet": "service", "limit": 1}])
    assert found == [({"service": "db"}, {"c0": 100.0, "c1": 2.0})]


async def test_groups_in_the_order_that_is_asked_for(logs: Engine) -> None:
    assert await numbers(logs, {"facet": "service"}) == [("web", 3), ("db", 2)]
    smallest = {"aggregation": "min", "metric": "@size", "order": "desc", "type": "measure"}
    assert await numbers(logs, {"facet": "service", "sort": smallest}) == [("db", 2), ("web", 3)]
    assert await numbers(logs, {"facet": "service", "sort": {"order": "asc"}}) == [("db", 2), ("web", 3)]
    descending = {"type": "alphabetical", "order": "desc"}
    assert await numbers(logs, {"facet": "service", "sort": descending, "limit": 1}) == [("web", 3)]


async def test_rows_without_the_facet_and_their_total(logs: Engine) -> None:
    assert await numbers(logs, {"facet": "service", "missing": "nobody"}) == [
        ("web", 3),
        ("db", 2),
        ("nobody", 1),
    ]
    found = await numbers(logs, {"facet": "service", "total": True})
    assert found[-1] == ("service_total", 6)
    found = await numbers(logs, {"facet": "service", "total": "all"}, {"facet": "team"})
    assert ("all/a", 2) in found
    assert ("all/b", 3) in found


async def test_a_log_is_in_the_group_of_each_of_its_values(logs: Engine) -> None:
    assert await numbers(logs, {"facet": "team"}) == [("b", 3), ("a", 2)]
    assert await numbers(logs, {"facet": "team", "limit": 1}, {"facet": "service", "limit": 1}) == [
        ("b/web", 2)
    ]


async def test_steps_of_a_number(logs: Engine) -> None:
    histogram = {"interval": 10, "min": 0, "max": 100}
    assert await numbers(logs, {"facet": "@size", "histogram": histogram}) == [("0", 3), ("30", 1)]


async def test_series_over_time(logs: Engine) -> None:
    compute = [{"aggregation": "count", "type": "timeseries", "interval": "1h"}]
    found = await ask(logs, compute=compute, group_by=[{"facet": "service"}])
    assert {by["service"]: [point["value"] for point in item["c0"]] for by, item in found} == {
        "web": [3],
        "db": [2],
    }
    days = [{"aggregation": "count", "type": "timeseries", "interval": "1d"}]
    where = {"query": "suite:buckets", "from": (NOON - 86_400) * 1000, "to": (NOON + 86_400) * 1000}
    found = await ask(logs, filter=where, compute=days, options={"timezone": "UTC-13:00"})
    # Twelve o'clock is one hour before midnight there, so that it is two days.
    assert [(point["time"][11:19], point["value"]) for point in found[0][1]["c0"]] == [
        ("13:00:00", 3),
        ("13:00:00", 3),
    ]
    found = await ask(logs, compute=[{"aggregation": "count", "type": "timeseries"}])
    assert sum(point["value"] for point in found[0][1]["c0"]) == 6


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"compute": [{"aggregation": "mode"}]},
            "Unknown aggregation 'mode': expected one of count, cardinality",
        ),
        ({"compute": [{"aggregation": "avg"}]}, "needs a metric"),
        ({"compute": [{"aggregation": "count"}] * 21}, "at most 20"),
        ({"group_by": [{"facet": f"f{n}"} for n in range(13)]}, "at most 12"),
        ({"compute": [SECONDS], "filter": {"from": "now-30d"}}, "buckets of 1 s"),
        ({"filter": {"query": "a ("}}, "at character"),
    ],
)
async def test_requests_that_cannot_be(logs: Engine, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await ask(logs, **asked)
