"""Leases over a real PostgreSQL: nothing is ever held twice, and nothing is written by who lost it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from heeler.server.database_migrations import upgrade
from heeler.store import leases as module
from heeler.store.database import Database
from heeler.store.leases import LEASE_SECONDS, Leases
from tests.postgres import running_postgres

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as url:
        yield url


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Database]:
    opened = Database(postgres)
    await upgrade(opened)
    async with opened.engine.begin() as connection:
        await connection.execute(text("DELETE FROM leases"))
    yield opened
    await opened.close()


async def _pass(database: Database, seconds: float) -> None:
    """Let all leases run on by ``seconds`` of the database's clock."""
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE leases SET expires = expires - make_interval(secs => :seconds)"),
            {"seconds": seconds},
        )


async def test_work_is_shared_evenly_and_taken_over_from_the_dead(database: Database) -> None:
    one, other = Leases(database, NAMES), Leases(database, NAMES)
    await one.renew()
    assert one.held == list(NAMES)
    await other.renew()  # sees that there are two, and that all is taken
    assert other.held == []
    await one.renew()  # gives back what is above its share
    await other.renew()
    assert (one.held, other.held) == (["a", "b"], ["c", "d"])
    await _pass(database, LEASE_SECONDS + 1)  # nobody renewed: `one` was killed
    await other.renew()
    assert other.held == list(NAMES)
    await one.renew()
    assert one.held == [], "it learns of it, and does not take back what is renewed"


async def test_a_server_that_dies_again_and_again_counts_once(database: Database) -> None:
    other = Leases(database, NAMES, place="there")
    for _ in range(3):
        again = Leases(database, NAMES, place="here")  # the one before was killed
        for leases in (again, other):
            await leases.renew()
        assert other.servers == 2
        await _pass(database, LEASE_SECONDS / 3)
    for leases in (again, other):
        await leases.renew()
    await _pass(database, LEASE_SECONDS / 2)  # what the killed ones held has run out
    for leases in (again, other, again, other):
        await leases.renew()
    assert sorted(again.held + other.held) == list(NAMES)
    assert len(again.held) == len(other.held)


async def test_a_clean_end_gives_back_at_once(database: Database) -> None:
    one, other = Leases(database, NAMES), Leases(database, NAMES)
    task = asyncio.ensure_future(one.run())
    while not one.held:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await other.renew()
    assert other.held == list(NAMES)


async def test_who_cannot_renew_stops_before_others_may_begin(database: Database) -> None:
    now = 100.0
    one = Leases(database, NAMES, clock=lambda: now)
    await one.renew()
    now += LEASE_SECONDS - module.EARLY_SECONDS - 0.1
    assert one.holds("a")
    now += 0.2
    assert not one.holds("a")
    assert one.token("a") is None


async def test_what_was_decided_under_an_earlier_lease_is_not_written(database: Database) -> None:
    one, other = Leases(database, NAMES), Leases(database, NAMES)
    await one.renew()
    tokens = {"a": one.token("a") or 0, "b": one.token("b") or 0}
    async with database.session() as db:
        assert await one.fence(db, tokens) == {"a", "b"}
    await _pass(database, LEASE_SECONDS + 1)
    async with database.session() as db:
        # Nobody has taken them yet, and nobody does before the transaction ends.
        assert await one.fence(db, tokens) == {"a", "b"}
        taking = asyncio.ensure_future(other.renew())
        await asyncio.sleep(0.3)
        assert not taking.done()
    await taking
    assert (other.token("a") or 0) > tokens["a"]
    async with database.session() as db:
        assert await one.fence(db, tokens) == frozenset()


async def test_work_runs_only_while_its_lease_is_held(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.1)
    running: set[str] = set()
    both = False

    async def work(server: str) -> None:
        nonlocal both
        running.add(server)
        both = both or len(running) > 1
        try:
            await asyncio.Event().wait()
        finally:
            running.discard(server)

    servers = {name: Leases(database, ("only",)) for name in ("one", "other")}
    renewing = {name: asyncio.ensure_future(leases.run()) for name, leases in servers.items()}
    working = [
        asyncio.ensure_future(leases.while_held("only", lambda name=name: work(name)))  # type: ignore[misc]
        for name, leases in servers.items()
    ]
    while not running:
        await asyncio.sleep(0.01)
    (first,) = running
    renewing[first].cancel()
    async with asyncio.timeout(20):
        while running == {first} or not running:
            await asyncio.sleep(0.01)
    assert not both, "two servers did the same work at once"
    for task in (*renewing.values(), *working):
        task.cancel()
    await asyncio.gather(*renewing.values(), *working, return_exceptions=True)


async def test_a_single_server_with_sqlite_holds_everything(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/config.sqlite")
    leases = Leases(database, NAMES)
    assert leases.held == list(NAMES)
    async with database.session() as db:
        assert await leases.fence(db, {"a": 0}) == {"a"}
    await database.close()
