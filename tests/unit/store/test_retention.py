from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.settings import Settings, SettingsError
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.retention import AGE, apply_ttl, days_kept, hours_kept, shrink


@pytest.fixture
def points(engine: Engine) -> Iterator[Engine]:
    shrink(engine, 1, "2020-01-01")  # days that other tests left behind
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        engine.execute_sync(
            "INSERT INTO points (metric, series, time, raw) "
            "SELECT 'old', number, toDateTime({day:String}), 0.5 FROM numbers(1000)",
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
    long = dict.fromkeys(AGE, 20000)
    assert apply_ttl(points, long) == list(AGE)
    assert apply_ttl(points, long) == []
    assert apply_ttl(points, {**long, "log_events": 20001}) == ["log_events"]


def test_spans_and_logs_have_days_of_their_own(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"HEELER_RETENTION_DAYS": "90", "HEELER_SPAN_RETENTION_DAYS": "7", "HEELER_LOG_RETENTION_DAYS": "3"},
        data_dir=tmp_path,
    )
    days = days_kept(settings)
    assert {*days, *hours_kept(settings)} == AGE.keys()
    assert not {*days} & {*hours_kept(settings)}
    names = ("points", "apm_stats", "apm_spans", "trace_index", "log_events")
    assert [days[name] for name in names] == [90, 90, 7, 7, 3]


def test_processes_have_hours(points: Engine, tmp_path: Path) -> None:
    settings = Settings.from_env({"HEELER_PROCESS_RETENTION_HOURS": "12"}, data_dir=tmp_path)
    assert hours_kept(settings) == {"processes": 12, "containers": 12}
    assert apply_ttl(points, {}, {"processes": 13}) == ["processes"]
    assert apply_ttl(points, {}, {"processes": 13}) == []
    assert apply_ttl(points, {}, {"processes": 36}) == ["processes"]


def test_no_days_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEELER_LOG_RETENTION_DAYS"):
        Settings.from_env({"HEELER_LOG_RETENTION_DAYS": "0"}, data_dir=tmp_path)


def test_logs_beyond_their_days_go(points: Engine) -> None:
    points.execute_sync(
        "INSERT INTO log_events (time, seq, service) SELECT toDateTime64({day:String}, 3), number, 'aged' "
        "FROM numbers(10)",
        {"day": "2021-05-05"},
    )
    apply_ttl(points, {"log_events": 30})
    points.execute_sync("OPTIMIZE TABLE log_events FINAL")
    assert points.rows_sync("SELECT count() FROM log_events WHERE service = 'aged'")[0][0] == 0
    apply_ttl(points, {"log_events": 20000})


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
