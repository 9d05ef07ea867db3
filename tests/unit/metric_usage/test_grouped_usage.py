"""Stored volume by group: any key is a key, whatever is in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.metric_usage.grouped_usage import _by_tag, grouped
from heeler.store.engine import Engine

START = 1_700_000_000 // 3600 * 3600


@pytest.fixture(scope="module")
def services(engine: Engine) -> Any:
    """Four points of two series, one of which the store has no tags of, and a distribution."""
    engine.execute_sync(
        "INSERT INTO points (metric, series, time, raw, scale) VALUES "
        f"('group.m', 11, {START}, 1, 0), ('group.m', 11, {START + 9}, 1, 0), "
        f"('group.m', 11, {START + 10}, 1, 0), "
        f"('group.m', 12, {START + 5}, 1, 0)"
    )
    engine.execute_sync(
        "INSERT INTO series (metric, series, host, tags, last_seen, key_id) VALUES "
        f"('group.m', 11, 'h', ['env:dev', 'x:a:b', 'x:c'], {START}, 'k')"
    )
    engine.execute_sync(
        f"INSERT INTO sketches (metric, series, time, count) VALUES ('group.d', 13, {START}, 1)"
    )
    return cast("Any", SimpleNamespace(engine=engine))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("metric", {"group.m": (4, 2), "group.d": (1, 1)}),
        ("host", {"h": (3, 1), "": (2, 2)}),
        ("x", {"a:b": (3, 1), "c": (3, 1), "": (2, 2)}),
        ("env", {"dev": (3, 1), "": (2, 2)}),
        ("key_id", {"k": (3, 1), "": (2, 2)}),
    ],
)
async def test_points_and_series(services: Any, by: str, expected: dict[str, tuple[int, int]]) -> None:
    found = await _by_tag(services, by, START, START + 3600)
    assert {name: (row.points, row.series) for name, row in found.items() if row.points} == expected


@pytest.mark.parametrize("by", ["'", "\\", "{prefix:String}", "%", "service", "a" * 200])
async def test_any_key_is_answered(services: Any, by: str) -> None:
    found = await grouped(services, by, START, START + 3600)
    assert sum(row.points or 0 for row in found.rows) == 5
    assert (await grouped(services, by, 5, -5)).rows == []
