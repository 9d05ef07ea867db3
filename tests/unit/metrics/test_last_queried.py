"""When each metric was last queried: collected in memory, written in parts, and kept where that fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.metrics.last_queried import LastQueried
from heeler.query.metrics.parser import parse_one
from heeler.server.database_migrations import all_tables
from heeler.store.database import Database


class Box:
    def __init__(self, database: Database) -> None:
        self.now, self.database = 1_790_000_000.0, database
        self.broken = False
        here = cast(
            "Any", SimpleNamespace(now=lambda: self.now, database=SimpleNamespace(session=self._session))
        )
        self.queried = LastQueried(here)

    def _session(self) -> Any:
        if self.broken:
            raise OSError("the database is away")
        return self.database.session()

    def ask(self, *queries: str) -> None:
        for query in queries:
            expressions = [SimpleNamespace(node=parse_one(query))]
            self.queried.note([cast("Any", SimpleNamespace(expressions=expressions))])


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/config.db")
    async with database.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    yield Box(database)
    await database.close()


async def test_the_last_time_of_each_metric(box: Box) -> None:
    box.ask("avg:a{*} / sum:b{*}", "avg:a{*}")
    box.now += 60
    box.ask("avg:a{*}")
    found = await box.queried.all()
    assert found == {
        "a": datetime.fromtimestamp(box.now, UTC),
        "b": datetime.fromtimestamp(box.now - 60, UTC),
    }
    assert await box.queried.since(30) == {"a"}
    assert await box.queried.since(60) == {"a", "b"}


async def test_more_names_than_a_statement_takes(box: Box) -> None:
    box.ask(*(f"avg:m{place}{{*}}" for place in range(2500)))
    assert len(await box.queried.all()) == 2500
    box.ask(*(f"avg:m{place}{{*}}" for place in range(2500)))
    assert len(await box.queried.all()) == 2500


async def test_names_that_are_longer_than_any_metrics(box: Box) -> None:
    for end in ("one", "two", "one"):
        box.ask(f"avg:{'x' * 250}{end}{{*}}", "avg:a{*}")
        assert set(await box.queried.all()) == {"x" * 200, "a"}


async def test_what_cannot_be_written_is_written_later(box: Box) -> None:
    box.ask("avg:a{*}")
    box.broken = True
    with pytest.raises(OSError, match="away"):
        await box.queried.write()
    box.now += 60
    box.ask("avg:b{*}")
    box.broken = False
    assert set(await box.queried.all()) == {"a", "b"}
