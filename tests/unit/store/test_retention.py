from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.retention import BY_AGE, apply_ttl, shrink


@pytest.fixture
def points(engine: Engine) -> Iterator[Engine]:
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        engine.execute_sync(
            "INSERT INTO points SELECT 'old', number, toDateTime({day:String}), 0.5 FROM numbers(1000)",
            {"day": day},
        )
    yield engine
    engine.execute_sync("ALTER TABLE points MODIFY TTL time + toIntervalDay(45000)")


def days(engine: Engine) -> list[str]:
    sql = "SELECT DISTINCT toString(toDate(time)) FROM points WHERE metric = 'old' ORDER BY 1"
    return [str(row[0]) for row in engine.rows_sync(sql)]


def test_the_oldest_days_go_first_and_today_stays(points: Engine) -> None:
    assert shrink(points, 2**50, "2020-01-03") == []
    assert shrink(points, 1, "2020-01-03") == ["2020-01-01", "2020-01-02"]
    assert days(points) == ["2020-01-03"]


def test_age_is_set_once(points: Engine) -> None:
    changed = apply_ttl(points, 40000)
    assert changed == list(BY_AGE)
    assert apply_ttl(points, 40000) == []
    assert apply_ttl(points, 40001) == list(BY_AGE)


def test_a_full_disk_shuts_and_opens_with_some_room_to_spare() -> None:
    free, now = 1000, 0.0
    guard = DiskGuard(Path("/"), 900, free=lambda _: free, clock=lambda: now)
    assert guard.has_room()
    free = 899
    assert guard.has_room(), "looked at most once a second"
    now = 2.0
    assert not guard.has_room()
    assert "HEELER_DISK_FLOOR" in guard.status().message
    free, now = 950, 4.0
    assert not guard.has_room()
    free, now = 1000, 6.0
    assert guard.has_room()
    assert guard.status().message == ""
