"""Versions of dashboards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heeler.api.errors import ApiError
from heeler.dashboards.model import Dashboard
from heeler.dashboards.versions import MAX_VERSIONS, listed, record, version
from heeler.server.database_migrations import all_tables
from heeler.store.database import Database

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/config.db")
    async with made.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    yield made
    await made.close()


def board(place: int) -> Dashboard:
    return Dashboard(id=f"aaa-bbb-cc{place}", title="v0", body={"v": 0}, created=NOW, modified=NOW)


async def _saved(database: Database, one: Dashboard, count: int, first: int = 1) -> None:
    for place in range(first, first + count):
        async with database.session() as db:
            found = await db.merge(one)
            found.title, found.body = f"v{place}", {"v": place}
            await record(db, found, f"user{place}", NOW + timedelta(seconds=place))


async def test_the_newest_first_as_it_was_saved(database: Database) -> None:
    async with database.session() as db:
        one, other = board(1), board(2)
        db.add_all([one, other])
    await _saved(database, one, 3)
    await _saved(database, other, 1, first=9)
    async with database.session() as db:
        found = await listed(db, one)
        assert [(item.title, item.body, item.author_handle) for item in found] == [
            ("v3", {"v": 3}, "user3"),
            ("v2", {"v": 2}, "user2"),
            ("v1", {"v": 1}, "user1"),
        ]
        assert found[0].saved == NOW + timedelta(seconds=3)
        assert (await version(db, one, found[1].id)).title == "v2"
        for missing in (found[0].id + 1000, 2**40, (await listed(db, other))[0].id):
            with pytest.raises(ApiError) as raised:
                await version(db, one, missing)
            assert raised.value.status == 404


async def test_the_oldest_are_deleted_of_this_dashboard_alone(database: Database) -> None:
    async with database.session() as db:
        one, other = board(1), board(2)
        db.add_all([one, other])
    await _saved(database, other, 1)
    await _saved(database, one, MAX_VERSIONS + 3)
    async with database.session() as db:
        found = await listed(db, one)
        assert [item.title for item in (found[0], found[-1])] == [f"v{MAX_VERSIONS + 3}", "v4"]
        assert len(found) == MAX_VERSIONS
        assert len(await listed(db, other)) == 1
