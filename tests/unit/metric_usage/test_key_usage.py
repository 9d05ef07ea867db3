"""Counters by API key, quotas, and the exchange of several servers through the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.accounts.keys import make_key
from heeler.api.errors import ApiError
from heeler.metric_usage.key_usage import DAY, HOUR, KeyUsageCounter, Quota, sums_by_key, sums_of_day
from heeler.metric_usage.model import UsageQuota
from heeler.metric_usage.quota_notices import described
from heeler.metric_usage.scopes import Scope
from heeler.store.database import Base, Database

START = 20_000 * DAY + 5 * HOUR


class Clock:
    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/config.db")
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield made
    await made.close()


def counter(database: Database, clock: Clock) -> KeyUsageCounter:
    return KeyUsageCounter(cast("Any", SimpleNamespace(now=clock, database=database)))


async def quota(database: Database, signal: str, limit: int, key: bool = False) -> str:
    """A quota of a new key, or of all; the key's id."""
    now = datetime.now(UTC)
    async with database.session() as db:
        made = make_key("api", "a", "0" * 32, None, now)
        if key:
            db.add(made)
            await db.flush()
        db.add(
            UsageQuota(
                key_id=made.id if key else None,
                scope="key" if key else "all",
                signal=signal,
                daily_limit=limit,
                created=now,
                modified=now,
            )
        )
    return made.id


async def test_servers_add_to_the_same_sums(database: Database) -> None:
    clock = Clock()
    one, other = counter(database, clock), counter(database, clock)
    await quota(database, "logs", 100)
    for _ in range(2):
        one.note("k", "logs", 3)
        other.note("k", "logs", 4)
        await one.exchange()
        await other.exchange()
    other.note("l", "logs", 1)
    await one.exchange()
    assert (one.used(("k", "logs")), one.used(("", "logs"))) == (14, 14)
    assert (other.used(("l", "logs")), other.used(("", "logs"))) == (1, 15)
    async with database.session() as db:
        assert await sums_of_day(db, START // DAY) == {("k", "logs"): 14, ("", "logs"): 14}


async def test_a_quota_holds_before_and_after_an_exchange_and_ends_with_the_day(database: Database) -> None:
    clock = Clock()
    counts = counter(database, clock)
    key = await quota(database, "points", 10, key=True)
    await counts.exchange()
    counts.note(key, "points", 9)
    counts.check(key, ("points",))
    counts.note(key, "points", 1)
    for _ in range(2):
        with pytest.raises(ApiError) as error:
            counts.check(key, ("bytes", "points"))
        assert (error.value.status, error.value.headers["Retry-After"]) == (429, "300")
        await counts.exchange()
    counts.check(key, ("bytes", "logs"))
    counts.check("another", ("points",))
    clock.now = (START // DAY + 1) * DAY - 7
    with pytest.raises(ApiError) as error:
        counts.check(key, ("points",))
    assert error.value.headers["Retry-After"] == "7"
    clock.now += 7
    counts.check(key, ("points",))
    await counts.exchange()
    counts.check(key, ("points",))
    async with database.session() as db:
        found = await sums_by_key(db, START // HOUR * HOUR, START // HOUR * HOUR + HOUR)
        assert found == {(key, "points"): 10, (key, "refused"): 2}


async def test_a_quota_of_all_keys(database: Database) -> None:
    counts = counter(database, Clock())
    await quota(database, "spans", 5)
    await counts.exchange()
    counts.note("a", "spans", 2)
    counts.note("b", "spans", 3)
    with pytest.raises(ApiError, match="organization"):
        counts.check("c", ("spans",))


async def test_what_could_not_be_stored_is_stored_later(database: Database) -> None:
    clock = Clock()
    counts = counter(database, clock)
    working = database.session
    counts.note("k", "bytes", 7)
    database.session = _fails  # type: ignore[method-assign,assignment]
    with pytest.raises(OSError, match="away"):
        await counts.exchange()
    database.session = working  # type: ignore[method-assign]
    counts.note("k", "bytes", 1)
    await counts.exchange()
    async with database.session() as db:
        assert (await sums_of_day(db, START // DAY))["k", "bytes"] == 8


def _fails() -> None:
    raise OSError("the database is away")


@pytest.mark.parametrize(("used", "level"), [(0, 0), (79, 0), (80, 1), (99, 1), (100, 2), (150, 2)])
def test_levels(used: int, level: int) -> None:
    assert Quota("i", ("k", "logs"), 100, 80).level(used) == level


def test_a_quota_of_nothing_is_used_up() -> None:
    assert Quota("i", ("k", "logs"), 0, 80).level(0) == 2


def test_notices_name_the_key_and_the_numbers() -> None:
    title, text = described(Quota("i", ("k", "logs"), 1000, 80, "logs", Scope("key", "k")), 900, 1, "web")
    assert title == "Quota of logs is used to 90 %"
    assert "'web'" in text
    assert "1,000 logs a day; 900" in text
    title, text = described(Quota("i", ("", "bytes"), 5, 80, "bytes"), 7, 2, None)
    assert title == "Quota of bytes is used up"
    assert "all API keys" in text


async def test_exchanges_are_made_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before a quota was made is not installed after what was read then."""
    made, at_once, most = counter(database, Clock()), 0, 0
    exchange = made._exchange

    async def counted() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        await exchange()
        at_once -= 1

    monkeypatch.setattr(made, "_exchange", counted)
    await asyncio.gather(*(made.exchange() for _ in range(5)))
    assert most == 1
