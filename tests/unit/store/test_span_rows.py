"""Spans become rows, and rows the spans that they were."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import msgspec
import orjson
import pytest

from heeler.apm.search import SPANS
from heeler.apm.span_fields import TOKENS
from heeler.apm.store import StoredSpan, find_trace
from heeler.query.search.field_sql import Parameters
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.migrate import migration_files, statements
from heeler.store.span_rows import PROMOTED, span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

START = int(time.time() - 3600) // 3600 * 3600 * 10**9


def delivery(*spans: Span, **payload: Any) -> AgentTraces:
    return AgentTraces("host", "prod", payloads=[TracerPayload([Chunk(list(spans), 1)], **payload)])


async def stored(engine: Engine, trace_id: int, **fields: Any) -> StoredSpan:
    span = Span(service="rows", name="op", trace_id=trace_id, span_id=1, start=START, **fields)
    for table, rows in span_tables(delivery(span)).items():
        await engine.insert(table, rows)
    (found,) = await find_trace(engine, f"{trace_id:x}")
    return found


async def test_tags_come_back_whether_they_have_a_column_or_not(engine: Engine) -> None:
    meta = {key: f"value of {key}" for key in PROMOTED}
    meta |= {
        "env": "test",
        "version": "1",
        "language": "go",
        "http.status_code": "404",
        "team": "a",
        "none": "",
    }
    found = await stored(engine, 11, meta=meta, metrics={"_top_level": 1.0, "rows": 2.5})
    assert found.meta == meta
    assert found.metrics == {"_dd.top_level": 1.0, "rows": 2.5}
    assert (found.env, found.version, found.http_status, found.top_level) == ("test", "1", 404, 1)


async def test_empty_and_odd_values_are_not_lost(engine: Engine) -> None:
    meta = {"http.method": "", "http.status_code": "teapot"}
    metrics = {"usr.id": 777.0, "peer.service": math.inf, "_dd.top_level": 0.5, "http.status_code": 1e9}
    found = await stored(engine, 12, meta=meta, metrics=metrics)
    assert found.meta == {**meta, "env": "prod", "usr.id": "777", "peer.service": "inf"}
    assert found.metrics == {"_dd.top_level": 0.5, "http.status_code": 1e9}


async def test_meta_struct_is_decoded(engine: Engine) -> None:
    structs = {"appsec": msgspec.msgpack.encode({"a": [1, "b"]}), "raw": b"\xc1"}
    found = await stored(engine, 13, meta_struct=structs)
    assert orjson.loads(found.meta_struct) == {"appsec": {"a": [1, "b"]}, "raw": {"base64": "wQ=="}}


async def test_a_running_span_is_in_its_trace_until_it_is_finished(engine: Engine) -> None:
    assert (await stored(engine, 14, duration=5, metrics={"_dd.partial_version": 3.0})).duration == 5
    where = "trace_id = 14"
    assert await engine.rows(f"SELECT count() FROM apm_spans WHERE {where}") == [(0,)]
    assert (await stored(engine, 14, duration=9)).duration == 9


def test_the_index_is_the_expression_of_the_searches() -> None:
    assert f"INDEX tokens {TOKENS}\n" in migration_files()["0024_apm_spans.sql"]


@pytest.mark.parametrize(
    ("search", "count"),
    [
        ("@needle:n77", 1),
        ("needle:n77", 1),
        ("@needle:n77 OR @needle:n78", 2),
        ("-@needle:n77", 19_999),
        ("@needle:absent", 0),
        ("@number:77", 1),
        ("@number:[70 TO 79]", 10),
        ("@usr.id:u77", 1),
        ("pod:p-1", 20_000),
        ("@missing:*", 0),
        ("@needle:n7*", 1111),
    ],
)
def test_searches_find_the_same_with_and_without_the_index(haystack: Engine, search: str, count: int) -> None:
    to = Parameters()
    where = search_condition(search, SPANS, to)
    sql = f"SELECT count() FROM apm_spans WHERE service = 'hay' AND ({where})"
    for skip in (0, 1):
        found = haystack.rows_sync(sql, to.values, {"use_skip_indexes": skip})
        assert found == [(count,)]


def test_the_index_skips_what_cannot_match(haystack: Engine) -> None:
    to = Parameters()
    where = search_condition("@needle:n77", SPANS, to)
    sql = f"EXPLAIN indexes = 1 SELECT count() FROM apm_spans WHERE service = 'hay' AND ({where})"
    text = "\n".join(str(row[0]) for row in haystack.rows_sync(sql, to.values))
    after = text[text.index("Name: tokens") :]
    granules = next(line for line in after.splitlines() if "Granules" in line)
    read, total = (int(one) for one in granules.split(":")[1].split("/"))
    assert total >= 9
    assert read <= 2


@pytest.fixture(scope="module")
def haystack(engine: Engine) -> Engine:
    spans = [
        Span(
            service="hay", name="op", trace_id=1000 + at, span_id=1, start=START + at,
            meta={"needle": f"n{at}", "usr.id": f"u{at}"}, metrics={"number": float(at)},
        )
        for at in range(20_000)
    ]  # fmt: skip
    payload = {"tags": {"_dd.tags.container": "pod:p-1"}}
    engine.insert_sync("apm_spans", span_tables(delivery(*spans, **payload))["apm_spans"])
    return engine


def test_what_was_stored_before_is_carried_over(engine: Engine) -> None:
    def renamed(name: str) -> list[str]:
        text = (
            migration_files()[name]
            .replace("apm_spans", "carried")
            .replace("running_spans", "carried_running")
        )
        return statements(re.sub(r"(EXISTS|FROM) spans\b", r"\1 old_spans", text))

    engine.execute_sync(renamed("0010_spans.sql")[0])
    engine.execute_sync(
        "INSERT INTO old_spans (service, start, duration, trace_id, span_id, env, http_status, top_level, "
        "meta, metrics) VALUES ('old', now64(9), 5, 21, 1, 'prod', 200, 1, map('http.method', 'GET', "
        "'http.status_code', '200', 'env', 'prod', 'team', 'a', 'component', ''), "
        "map('_top_level', 1, 'rows', 7)), ('old', now64(9), 5, 21, 2, 'prod', 0, 0, map('team', 'b'), "
        "map('_dd.partial_version', 1))"
    )
    for _ in range(2):  # the second time after a crash before it was recorded
        for statement in renamed("0024_apm_spans.sql"):
            engine.execute_sync(statement)
    (row,) = engine.rows_sync("SELECT http_method, meta, metrics FROM carried")
    assert row == ("GET", {"team": "a", "component": ""}, {"rows": 7.0})
    assert engine.rows_sync("SELECT span_id FROM carried_running") == [(2,)]
    engine.execute_sync("DROP TABLE old_spans")
