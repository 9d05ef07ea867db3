"""Rows of many metrics are brought into memory at once, and are what queries would have read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from heeler.query.metrics import prefetch as module
from heeler.query.metrics.executor import run_query
from heeler.query.metrics.prefetch import prefetch
from heeler.query.metrics.read_ahead import using
from heeler.query.metrics.row_cache import row_cache_of
from heeler.query.metrics.table_selection import Place
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert

HOUR = 3600
#: A quarter past an hour, so that ten minutes before lie within the hour.
NOW = int(time.time()) // HOUR * HOUR - 5 * HOUR + 900


def points(offset: float, every: int = 60) -> list[tuple[int, float]]:
    return [(at, offset + place) for place, at in enumerate(range(NOW - 1200, NOW, every))]


async def values(engine: Engine, metric: str) -> list[list[float]]:
    found = await run_query(engine, f"avg:{metric}{{*}} by {{host}}", NOW - 600, NOW, now=NOW)
    return [np.round(row[np.isfinite(row)], 6).tolist() for row in found.frames[0].values]


async def cold(engine: Engine, metric: str) -> list[list[float]]:
    text = f"avg:{metric}{{*}} by {{host}}"
    found = await run_query(engine, text, NOW - 600, NOW, now=NOW, cached="nothing")
    return [np.round(row[np.isfinite(row)], 6).tolist() for row in found.frames[0].values]


async def test_queries_find_what_was_brought_and_what_came_later(engine: Engine) -> None:
    names = [f"pf.metric.{number}" for number in range(12)]
    for number, name in enumerate(names):
        insert(engine, name, [Series([], points(10.0 * number), f"h{host}") for host in range(3)])
    spans = dict.fromkeys(names, (NOW - 900, NOW + 1)) | {"pf.nothing": (NOW - 900, NOW + 1)}
    await prefetch(engine, spans, NOW)
    cache = row_cache_of(engine)
    hour = Place("points", "value", NOW // HOUR * HOUR)
    assert all(hour in cache.of(name).pieces for name in names)
    rows: list[int] = []
    for name in names:
        answer = await run_query(engine, f"avg:{name}{{*}} by {{host}}", NOW - 600, NOW, now=NOW)
        rows += [reading.rows for reading in answer.trace.readings]
    assert sum(rows) == 0, "nothing is read again"
    assert [await values(engine, name) for name in names] == [await cold(engine, name) for name in names]
    # What is written afterwards is handed over; another host as well.
    insert(engine, names[3], [Series([], [(NOW - 30, 999.0)], "h0"), Series([], [(NOW - 30, 5.0)], "h9")])
    await prefetch(engine, spans, NOW)
    assert await values(engine, names[3]) == await cold(engine, names[3])
    assert len(await values(engine, names[3])) == 4


async def test_points_that_came_twice_are_read_with_care(engine: Engine) -> None:
    insert(engine, "pf.twice", [Series([], points(1.0), "h")])
    insert(engine, "pf.twice", [Series([], points(50.0), "h")])
    await prefetch(engine, {"pf.twice": (NOW - 900, NOW)}, NOW)
    assert await values(engine, "pf.twice") == await cold(engine, "pf.twice")
    assert (await values(engine, "pf.twice"))[0][-1] > 50


async def test_what_is_large_or_long_is_left_to_its_queries(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(engine, "pf.large", [Series([], points(1.0), f"h{host}") for host in range(4)])
    insert(engine, "pf.long", [Series([], points(1.0), "h")])
    monkeypatch.setattr(module, "MOST_SERIES", 3)
    await prefetch(engine, {"pf.large": (NOW - 900, NOW), "pf.long": (NOW - 7 * HOUR, NOW)}, NOW)
    cache = row_cache_of(engine)
    assert not cache.of("pf.large").pieces
    assert not cache.of("pf.long").pieces


async def test_rows_in_use_are_left_to_who_uses_them(engine: Engine) -> None:
    insert(engine, "pf.used", [Series([], points(1.0), "h")])
    mine = row_cache_of(engine).of("pf.used")
    with mine.lock:
        await prefetch(engine, {"pf.used": (NOW - 900, NOW)}, NOW)
    assert not mine.pieces
    await prefetch(engine, {"pf.used": (NOW - 900, NOW)}, NOW)
    assert mine.pieces
    assert not mine.lock.locked()


@dataclass
class Asked:
    """The statements that a store was asked."""

    statements: list[str] = field(default_factory=list)


@pytest.fixture
def shared(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The engine as a store that others write to as well, and what it is asked."""
    asked, fetch = Asked(), engine.fetch_sync

    def fetched(sql: str, *given: Any) -> Any:
        asked.statements.append(sql)
        return fetch(sql, *given)

    monkeypatch.setattr(engine, "embedded", False)
    monkeypatch.setattr(engine, "fetch_sync", fetched)
    return asked


def asked_of_points(shared: Asked) -> int:
    return sum("FROM points" in sql for sql in shared.statements)


async def test_a_store_of_several_writers_is_asked_once_for_many(engine: Engine, shared: Asked) -> None:
    names = [f"pf.shared.{number}" for number in range(30)]
    for number, name in enumerate(names):
        insert(engine, name, [Series([], points(10.0 * number), f"h{host}") for host in range(3)])
    spans = dict.fromkeys([*names, "pf.never"], (NOW - 900, NOW + 1))
    spans[names[7]] = NOW - 3600, NOW + 1
    found = await prefetch(engine, spans, NOW)
    assert found is not None
    assert found.has(spans)
    assert asked_of_points(shared) == 2, "a statement for each length of a range"
    before = len(shared.statements)
    with using(found):
        ahead = {name: await values(engine, name) for name in names}
        nothing = await run_query(engine, "avg:pf.never{*}", NOW - 600, NOW, now=NOW)
    assert not [sql for sql in shared.statements[before:] if "FROM points" in sql or "FROM series" in sql]
    assert ahead == {name: await cold(engine, name) for name in names}
    assert not nothing.frames[0].groups


async def test_what_was_read_ahead_holds_for_those_it_was_read_for(engine: Engine, shared: Asked) -> None:
    insert(engine, "pf.held", [Series([], points(1.0), "h")])
    found = await prefetch(engine, {"pf.held": (NOW - 900, NOW + 1)}, NOW)
    insert(engine, "pf.held", [Series([], [(NOW - 30, 999.0)], "h")])
    with using(found):
        held = await values(engine, "pf.held")
    assert 999.0 not in held[0]
    assert 999.0 in (await values(engine, "pf.held"))[0], "others see what was written since"
    before = asked_of_points(shared)
    with using(found):
        earlier = await run_query(engine, "avg:pf.held{*}", NOW - 1200, NOW, now=NOW)
    assert asked_of_points(shared) == before + 1, "a range that was not read is asked for"
    assert float(np.nanmin(earlier.frames[0].values)) == 1.0


async def test_points_that_are_there_twice_or_too_many_are_not_read_ahead(
    engine: Engine, shared: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(engine, "pf.again", [Series([], points(1.0), "h")])
    insert(engine, "pf.again", [Series([], points(50.0), "h")])
    insert(engine, "pf.many", [Series([], points(1.0, 1), f"h{host}", interval=1) for host in range(4)])
    span = NOW - 900, NOW + 1
    found = await prefetch(engine, {"pf.again": span}, NOW)
    assert found is not None
    assert not found.has(["pf.again"])
    with using(found):
        assert await values(engine, "pf.again") == await cold(engine, "pf.again")
    monkeypatch.setattr(module, "MOST_ROWS_AHEAD", 3000)
    found = await prefetch(engine, {"pf.many": span}, NOW)
    assert found is not None
    assert not found.has(["pf.many"])
