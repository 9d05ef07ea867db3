"""Monitors of synthetic tests, over a real configuration database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.state_machine import ALERT, KEEP, OK, Reading
from heeler.monitors.model import Monitor
from heeler.monitors.queries.types import SyntheticsQuery
from heeler.server.database_migrations import upgrade
from heeler.store.database import Database
from heeler.synthetics.model import LIVE, PAUSED, SyntheticTest
from heeler.synthetics.monitor import apply, read_test

NOW = 1_700_000_000.0
ID = "abc-def-ghi"
CALLER = Principal(None, "a@example.com", "admin", "A")


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    database = Database(f"sqlite:///{tmp_path}/test.sqlite")
    await upgrade(database)
    yield cast("Services", SimpleNamespace(database=database, now=lambda: NOW))
    await database.close()


def synthetic(**fields: Any) -> SyntheticTest:
    moment = datetime.fromtimestamp(NOW, UTC)
    made: dict[str, Any] = {
        "public_id": ID, "name": "home", "type": "api", "subtype": "http", "status": LIVE, "config": {},
        "options": {}, "locations": [], "message": "m", "tags": ["team:a"], "created": moment,
        "modified": moment, "last_run": 0.0, "failing_since": 0.0,
    }  # fmt: skip
    return SyntheticTest(**made | fields)


async def reading(services: Services, **fields: Any) -> dict[str, Reading]:
    async with services.database.session() as db:
        db.add(synthetic(**fields))
    query = SyntheticsQuery(ID)
    return dict(await read_test(services, query, {}, NOW))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"last_run": NOW}, OK),
        ({"last_run": NOW, "failing_since": NOW}, ALERT),
        ({"last_run": NOW, "failing_since": NOW - 299, "options": {"min_failure_duration": 300}}, OK),
        ({"last_run": NOW, "failing_since": NOW - 300, "options": {"min_failure_duration": 300}}, ALERT),
        ({"last_run": NOW, "failing_since": NOW, "options": {"min_failure_duration": None}}, ALERT),
        ({"last_run": NOW, "failing_since": NOW, "status": PAUSED}, KEEP),
        ({"status": PAUSED}, KEEP),
    ],
)
async def test_a_test_that_fails_for_long_enough_alerts(
    services: Services, fields: dict[str, Any], status: str
) -> None:
    assert await reading(services, **fields) == {"*": Reading(None, status=status)}


async def test_a_test_that_has_not_run_has_no_data(services: Services) -> None:
    assert await reading(services) == {}


async def test_a_test_that_is_gone_is_said(services: Services) -> None:
    with pytest.raises(InvalidQuery, match=ID):
        await read_test(services, SyntheticsQuery(ID), {}, NOW)


async def applied(services: Services, **fields: Any) -> Monitor:
    async with services.database.session() as db:
        test = await db.get(SyntheticTest, ID)
        if test is None:
            test = synthetic()
            db.add(test)
        for name, value in fields.items():
            setattr(test, name, value)
        await apply(db, services, test, CALLER)
        monitor = await db.get(Monitor, test.monitor_id)
    assert monitor is not None
    return monitor


async def test_the_monitor_follows_its_test(services: Services) -> None:
    first = await applied(services, options={"monitor_priority": 2, "monitor_name": "up?"})
    assert (first.name, first.priority, first.message, first.tags) == ("up?", 2, "m", ["team:a"])
    assert (first.type, first.query, first.creator_email) == ("synthetics alert", "no_query", "a@example.com")
    assert first.options["synthetics_check_id"] == ID
    second = await applied(
        services, options={"monitor_options": {"renotify_interval": 10, "unknown": 1}}, message="n", tags=[]
    )
    assert second.id == first.id
    assert (second.name, second.priority, second.message, second.tags) == ("home", None, "n", [])
    assert second.options["renotify_interval"] == 10
    assert "unknown" not in second.options


async def test_what_was_muted_stays_muted(services: Services) -> None:
    first = await applied(services)
    async with services.database.session() as db:
        monitor = await db.get(Monitor, first.id)
        assert monitor is not None
        monitor.options = {**monitor.options, "silenced": {"*": None}}
    assert (await applied(services, message="other")).options["silenced"] == {"*": None}


async def test_a_monitor_that_was_deleted_is_made_again(services: Services) -> None:
    first = await applied(services)
    async with services.database.session() as db:
        await db.delete(await db.get(Monitor, first.id))
    again = await applied(services)
    assert again.message == "m"


@pytest.mark.parametrize("monitor_options", [None, [], "x", 3])
async def test_options_of_another_shape_are_none(services: Services, monitor_options: Any) -> None:
    assert (await applied(services, options={"monitor_options": monitor_options})).name == "home"


@pytest.mark.parametrize(
    "options",
    [
        {"monitor_options": {"renotify_interval": "soon"}},
        {"monitor_options": {"renotify_interval": -1}},
        {"monitor_priority": 9},
        {"monitor_name": "x" * 100_000},
    ],
)
async def test_what_a_monitor_cannot_have_is_refused(services: Services, options: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as caught:
        await applied(services, options=options)
    assert caught.value.status == 400
