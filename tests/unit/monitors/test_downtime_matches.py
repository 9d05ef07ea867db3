"""Downtimes of a monitor, read from the configuration database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from heeler.api.services import Principal
from heeler.downtimes.model import Downtime
from heeler.downtimes.store import made_by
from heeler.monitors.downtime_matches import matches_of, silenced_by_downtimes
from heeler.monitors.model import Monitor
from heeler.store.engine import Engine
from tests.unit.notify.world import NOW, services_at

CALLER = Principal(1, "me@example.com", "admin", "Me")


def downtime(scope: list[str], **more: Any) -> Downtime:
    made = made_by(CALLER, NOW)
    made.scope, made.start, made.end = scope, NOW - 10, None
    for name, value in more.items():
        setattr(made, name, value)
    return made


async def test_each_downtime_matches_by_scope_tags_and_time(engine: Engine, tmp_path: Path) -> None:
    query = "avg(last_5m):avg:m{env:prod} by {host} > 1"
    monitor = Monitor(id=7, type="metric alert", query=query, options={}, name="m", tags=["team:a"])
    given = {
        "active": downtime(["env:prod"]),
        "later": downtime(["env:prod"], start=NOW + 60, end=NOW + 120.5),
        "over": downtime(["env:prod"], start=NOW - 20, end=NOW - 10),
        "canceled": downtime(["env:prod"], canceled=NOW - 5),
        "other scope": downtime(["env:dev"]),
        "other tags": downtime(["*"], monitor_tags=["team:b"]),
        "other monitor": downtime(["*"], monitor_id=8),
        "own": downtime(["*"], monitor_id=7, end=NOW + 0.5),
        "own later": downtime(["host:a"], monitor_id=7, start=NOW + 60),
    }
    async with services_at(engine, tmp_path) as services, services.database.session() as db:
        db.add_all(given.values())
        await db.flush()
        names = {made.id: name for name, made in given.items()}
        found = {names[one.downtime.id]: one for one in await matches_of(db, monitor, NOW)}
        assert {name: one.active for name, one in found.items()} == {
            "active": True,
            "later": False,
            "own": True,
        }
        assert all(one.groups == ["*"] for one in found.values())
        assert found["active"].first_version["end"] is None
        assert found["active"].end_iso is None
        assert found["later"].first_version["end"] == int(NOW + 120.5)
        assert found["later"].start_iso.endswith("+00:00")
        assert await silenced_by_downtimes(db, monitor, NOW) == {"*": int(NOW + 0.5)}
        assert await silenced_by_downtimes(db, monitor, NOW + 70) == {"host:a": None}
        monitor.query = "nonsense"
        assert await matches_of(db, monitor, NOW) == []


async def test_a_scope_is_silenced_until_the_last_of_its_downtimes_ends(
    engine: Engine, tmp_path: Path
) -> None:
    monitor = Monitor(
        id=7, type="metric alert", query="avg(last_5m):avg:m{*} > 1", options={}, name="m", tags=[]
    )
    async with services_at(engine, tmp_path) as services, services.database.session() as db:
        db.add_all([downtime(["a:b"], monitor_id=7, end=NOW + end) for end in (60, 3600, 30)])
        db.add_all([downtime(["c:d"], monitor_id=7, end=end) for end in (NOW + 60, None, NOW + 30)])
        await db.flush()
        assert await silenced_by_downtimes(db, monitor, NOW) == {"a:b": NOW + 3600, "c:d": None}
