from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, update

from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.accounts.model import Key, User
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.metrics.model import MetricMetadata
from tests.conftest import API_KEY, APP_KEY


@pytest.fixture
def lookups(services: Services) -> Iterator[list[str]]:
    """The statements that look up keys of users."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("SELECT") and "JOIN users" in statement:
            seen.append(statement)

    event.listen(services.database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(services.database.engine.sync_engine, "before_cursor_execute", note)


async def call(services: Services) -> None:
    await services.authenticator.principal(API_KEY, APP_KEY, None)


async def test_concurrent_requests_with_one_key_cause_one_lookup(
    services: Services, lookups: list[str]
) -> None:
    await asyncio.gather(*(call(services) for _ in range(50)))
    assert len(lookups) == 1


async def test_writes_to_other_tables_do_not_cause_lookups(services: Services, lookups: list[str]) -> None:
    await call(services)
    await call(services)  # the first recorded the use of the key
    before = len(lookups)
    async with services.database.session() as db:
        db.add(MetricMetadata(name="a.b", type="gauge"))
    await call(services)
    assert len(lookups) == before


async def test_a_key_that_is_revoked_or_whose_user_is_disabled_stops_at_once(services: Services) -> None:
    await call(services)
    async with services.database.session() as db:
        await db.execute(update(User).values(disabled=True))
    with pytest.raises(ApiError):
        await call(services)
    async with services.database.session() as db:
        await db.execute(update(User).values(disabled=False))
    await call(services)
    async with services.database.session() as db:
        await db.execute(update(Key).where(Key.kind == "app").values(hash="other"))
    with pytest.raises(ApiError):
        await call(services)


async def test_a_failed_lookup_lets_the_next_try(services: Services) -> None:
    authenticator = services.authenticator
    assert isinstance(authenticator, DatabaseAuthenticator)
    wrong = "0" * 40
    results = await asyncio.gather(
        *(authenticator.principal(API_KEY, wrong, None) for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(one, ApiError) for one in results)
    assert authenticator._principals._lookups == {}
