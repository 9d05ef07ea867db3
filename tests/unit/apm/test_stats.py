"""Statistics of traces and of dependencies as data sources of formulas."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from heeler.apm.dependencies import dependency_stats
from heeler.apm.serializers import resource_hash
from heeler.apm.stats import Counted, resource_stats, trace_metrics, value_of
from heeler.query.frame import Frame
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Window
from heeler.store.engine import Engine
from heeler.store.span_rows import SPANS as SPAN_SCHEMA
from heeler.wire.traces.duration_sketch import key_of

START = int(time.time()) // 600 * 600 - 1200
WINDOW = Window(START, START + 600, 60)
WHOLE = Window(START, START + 600, 600)
SHOP = {"env": "prod", "service": "counted-shop"}


@pytest.fixture(scope="module")
def stats(engine: Engine) -> Engine:
    fast, slow = key_of(0.1), key_of(1.0)
    rows = [
        # second, resource, hits, errors, seconds, bins that went well, bins that failed, top level
        (0, "GET /", 8, 0, 0.8, {fast: 8}, {}, 8),
        (30, "GET /", 2, 2, 2.0, {}, {slow: 2}, 2),
        (300, "POST /pay", 4, 0, 4.0, {slow: 4}, {}, 4),
        (300, "SELECT 1", 9, 0, 0.9, {fast: 9}, {}, 0),
    ]
    for at, resource, hits, errors, seconds, ok, failed, top in rows:
        name = "web.request" if top else "sql"
        bins = ", ".join(str(list(one)) for one in (ok, ok.values(), failed, failed.values()))
        engine.execute_sync(
            "INSERT INTO apm_stats (service, time, env, name, resource, host, version, span_kind, "
            "http_status, peer_tags, hits, errors, top_level, duration, ok_keys, ok_counts, error_keys, "
            "error_counts, origin, part, resolution) "
            f"VALUES ('counted-shop', {START + at}, 'prod', '{name}', "
            f"'{resource}', 'h1', '1.2', 'server', {500 if errors else 200}, ['peer.service:db'], "
            f"{hits}, {errors}, {top}, {int(seconds * 1e9)}, {bins}, {at}, {top}, 8)"
        )
    return engine


def numbers(frame: Frame) -> dict[str, list[float]]:
    return {
        group.scope: [float(one) for one in row[~np.isnan(row)]]
        for group, row in zip(frame.groups, frame.values, strict=True)
    }


async def total(engine: Engine, stat: str, **more: Any) -> float:
    frame = await resource_stats(engine, {**SHOP, "stat": stat, **more}, WHOLE)
    return float(frame.values[0, 0]) if len(frame.groups) else float("nan")


async def test_entries_are_counted_over_time(stats: Engine) -> None:
    frame = await resource_stats(stats, {**SHOP, "stat": "hits"}, WINDOW)
    assert numbers(frame) == {"*": [10, 4]}
    assert frame.times.tolist() == list(range(START, START + 600, 60))


async def test_totals(stats: Engine) -> None:
    assert await total(stats, "hits") == 14
    assert await total(stats, "errors") == 2
    assert await total(stats, "error_rate") == pytest.approx(100 * 2 / 14)
    assert await total(stats, "hits_per_second") == pytest.approx(14 / 600)
    assert await total(stats, "latency_avg") == pytest.approx(6.8 / 14)
    assert await total(stats, "total_time") == pytest.approx(6.8)
    assert await total(stats, "latency_p50") == pytest.approx(0.1, rel=0.02)
    assert await total(stats, "latency_max") == pytest.approx(1.0, rel=0.02)
    # Eight satisfied, four of a second tolerated, two failed.
    assert await total(stats, "apdex") == pytest.approx((8 + 4 / 2) / 14)


async def test_what_is_asked_for_and_by_what(stats: Engine) -> None:
    assert await total(stats, "hits", resource_name="GET /") == 10
    assert await total(stats, "hits", operation_name="sql") == 9
    assert await total(stats, "hits", primary_tag_name="version", primary_tag_value="1.2") == 14
    assert np.isnan(await total(stats, "hits", primary_tag_name="version", primary_tag_value="9"))
    frame = await resource_stats(stats, {**SHOP, "stat": "hits", "group_by": ["resource_name"]}, WHOLE)
    assert numbers(frame) == {"resource_name:GET /": [10], "resource_name:POST /pay": [4]}
    asked = {"stat": "errors", "query_filter": "service:counted-shop env:prod -@http.status_code:200"}
    assert numbers(await trace_metrics(stats, asked, WHOLE)) == {"*": [2]}
    asked = {"stat": "hits", "service": "counted-shop", "resource_hash": resource_hash("POST /pay")}
    assert numbers(await trace_metrics(stats, asked, WHOLE)) == {"*": [4]}
    asked = {"stat": "hits", "service": "counted-shop", "group_by": ["peer.service", "host"]}
    assert numbers(await trace_metrics(stats, asked, WHOLE)) == {"peer.service:db,host:h1": [14]}
    assert (await resource_stats(stats, {**SHOP, "stat": "latency_distribution"}, WINDOW)).notes


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"env": "prod", "stat": "hits"}, "'service' is missing"),
        ({**SHOP, "stat": "mood"}, "Unknown stat 'mood'; there are hits, errors"),
        ({**SHOP, "stat": "hits", "group_by": "host"}, "list of names"),
        ({**SHOP, "stat": "hits", "group_by": list("abcde")}, "at most 4"),
        ({**SHOP, "stat": "hits", "query_filter": "a ("}, "'query_filter': .*at character"),
    ],
)
async def test_what_cannot_be_asked(engine: Engine, item: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        await resource_stats(engine, item, WINDOW)


def test_nothing_has_no_latency() -> None:
    nothing = Counted(0, 0, 0, {}, {})
    assert value_of("hits", nothing, 60) == 0
    assert np.isnan(
        [value_of(one, nothing, 60) for one in ("latency_avg", "latency_p99", "error_rate", "apdex")]
    ).all()


VISIT = {"env": "prod", "service": "dep-web", "operation_name": "web.request", "resource_name": "GET /cart"}


@pytest.fixture(scope="module")
def traces(engine: Engine) -> Engine:
    rows = []
    for trace, with_db in ((101, True), (102, True), (103, False)):
        begin = (START + trace) * 10**9
        spans = [
            ("dep-edge", "edge.request", "GET", 0, 500, 0, 0),
            ("dep-web", "web.request", "GET /cart", 100, 300, 1, 0),
        ]
        if with_db:
            spans += [
                ("dep-db", "query", "SELECT", 150, 50, 2, 0),
                ("dep-db", "query", "SELECT", 250, 100, 2, trace % 2),
            ]
        for place, (service, name, resource, offset, length, parent, error) in enumerate(spans):
            rows.append(
                (
                    service,
                    begin + offset * 10**6,
                    length * 10**6,
                    trace,
                    0,
                    place + 1,
                    parent,
                    name,
                    resource,
                    error,
                    1,
                    "prod",
                )
            )
    names = ("service", "start", "duration", "trace_id", "trace_high", "span_id", "parent_id", "name",
             "resource", "error", "top_level", "env")  # fmt: skip
    columns = zip(names, zip(*rows, strict=True), strict=True)
    arrays = {name: pa.array(list(values), SPAN_SCHEMA.field(name).type) for name, values in columns}
    engine.insert_sync("apm_spans", pa.table(arrays))
    return engine


@pytest.mark.parametrize(
    ("stat", "number"),
    [
        ("avg_duration", 0.075),
        ("avg_root_duration", 0.5),
        ("avg_spans_per_trace", 2),
        ("error_rate", 25),
        ("pct_exec_time", 100 * 300 / 900),
        ("pct_of_traces", 100 * 2 / 3),
        ("total_traces_count", 2),
    ],
)
async def test_dependencies(traces: Engine, stat: str, number: float) -> None:
    found = numbers(await dependency_stats(traces, {**VISIT, "stat": stat}, WHOLE))
    assert found == {"service:dep-db,operation_name:query,resource_name:SELECT": [pytest.approx(number)]}


async def test_those_who_depend(traces: Engine) -> None:
    asked = {**VISIT, "stat": "total_traces_count", "is_upstream": True}
    found = numbers(await dependency_stats(traces, asked, WINDOW))
    assert found == {"service:dep-edge,operation_name:edge.request,resource_name:GET": [3]}
    with pytest.raises(QueryError, match="'resource_name' is missing"):
        await dependency_stats(traces, {**asked, "resource_name": ""}, WINDOW)
    with pytest.raises(QueryError, match="Unknown stat"):
        await dependency_stats(traces, {**asked, "stat": "x"}, WINDOW)


async def test_rows_of_before_bins_were_finer_are_read(engine: Engine) -> None:
    key = key_of(0.25) // 8
    engine.execute_sync(
        "INSERT INTO apm_stats (service, time, env, name, resource, hits, top_level, ok_keys, ok_counts) "
        f"VALUES ('old-shop', {START}, 'prod', 'web.request', 'GET /', 3, 3, [{key}], [3])"
    )
    item = {"env": "prod", "service": "old-shop", "stat": "latency_p99"}
    frame = await resource_stats(engine, item, WHOLE)
    assert frame.values[0, 0] == pytest.approx(0.25, rel=0.008)
