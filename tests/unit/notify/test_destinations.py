"""Destinations in the database: what is accepted, and where a secret may go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from heeler.api.errors import ApiError
from heeler.notify import destinations
from heeler.notify.model import Destination
from heeler.server.database_migrations import all_tables
from heeler.store.database import Database

NOW = 1_790_000_000.0
CUSTOM = {"region": "custom", "custom_url": "https://ops.example.com"}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/config.db")
    async with made.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    yield made
    await made.close()


async def create(database: Database, kind: str, name: str, **more: Any) -> Destination:
    async with database.session() as db:
        return await destinations.create(db, kind, name, now=NOW, **more)


async def change(database: Database, item: Destination, **more: Any) -> Destination:
    async with database.session() as db:
        found = await db.get_one(Destination, item.id)
        await destinations.change(db, found, now=NOW + 60, **more)
        return found


async def refused(work: Any) -> str:
    with pytest.raises(ApiError) as raised:
        await work
    assert raised.value.status == 400
    return str(raised.value)


async def test_a_destination_with_its_defaults(database: Database) -> None:
    item = await create(database, "opsgenie", "ops", secret="key1")
    assert (item.settings, item.secret) == ({"region": "us", "custom_url": None}, "key1")
    assert (await change(database, item, name="team")).name == "team"


@pytest.mark.parametrize(
    ("kind", "stored", "settings"),
    [
        ("opsgenie", CUSTOM, {}),
        ("opsgenie", CUSTOM, {"region": "us"}),
        ("opsgenie", CUSTOM, {"region": "custom", "custom_url": "https://elsewhere.example.com"}),
        ("opsgenie", {"region": "eu"}, {}),
        ("ntfy", {"url": "https://push.example.com", "topic": "a"}, {"topic": "b"}),
        ("pagerduty", {"api_url": "https://events.example.com"}, {}),
    ],
)
async def test_a_secret_goes_to_no_other_address_than_it_was_entered_for(
    database: Database, kind: str, stored: dict[str, Any], settings: dict[str, Any]
) -> None:
    item = await create(database, kind, "one", settings=stored, secret="key1")
    assert "Enter the secret again" in await refused(change(database, item, settings=settings))
    changed = await change(database, item, settings=settings, secret="key2")
    assert changed.secret == "key2"


async def test_settings_that_keep_the_address_keep_the_secret(database: Database) -> None:
    item = await create(
        database, "ntfy", "one", settings={"url": "https://push.example.com", "topic": "a"}, secret="token"
    )
    found = await change(database, item, settings={"url": "https://push.example.com/", "topic": "b"})
    assert (found.settings["topic"], found.secret) == ("b", "token")
    free = await create(database, "ntfy", "free", settings={"url": "https://push.example.com"})
    assert (await change(database, free, settings={})).settings["url"] == "https://ntfy.sh"


async def test_names_and_handles_are_free_or_refused(database: Database) -> None:
    item = await create(database, "opsgenie", "On Call", secret="k")
    await create(database, "pagerduty", "On Call", secret="k")
    assert "exists already" in await refused(create(database, "opsgenie", "On Call", secret="k"))
    assert "exists already" in await refused(create(database, "opsgenie", "on-call", secret="k"))
    other = await create(database, "opsgenie", "other", secret="k")
    assert "exists already" in await refused(change(database, other, name="On Call"))
    assert (await change(database, item, name="On Call")).name == "On Call"


@pytest.mark.parametrize("secret", ["", "with space", "x" * 5000, "new\nline"])
async def test_secrets_that_are_none(database: Database, secret: str) -> None:
    assert await refused(create(database, "opsgenie", "ops", secret=secret))


@pytest.mark.parametrize(
    "settings", [{"color": "red"}, {"region": "mars"}, {"region": "custom"}, {"custom_url": "file:///x"}]
)
async def test_settings_that_are_none(database: Database, settings: dict[str, Any]) -> None:
    assert await refused(create(database, "opsgenie", "ops", settings=settings, secret="k"))


def test_handles() -> None:
    assert (
        destinations.handle_of("opsgenie", "On Call") == destinations.handle_of("opsgenie", "On Call").strip()
    )
    assert destinations.handle_of("opsgenie", "ops").startswith("opsgenie-")
    assert destinations.handle_of("opsgenie-account", "Opsgenie") == "opsgenie"
    assert destinations.handle_of("slack", "alerts", "main").startswith("slack-main-")
    assert destinations.handle_of("slack-account", "main") == ""


def test_what_handles_mean() -> None:
    items = [
        Destination(id=1, kind="slack", account="main", name="alerts", settings={}, secret=""),
        Destination(id=2, kind="opsgenie", account="", name="Ops", settings={}, secret=""),
    ]
    found = destinations.places_of(items, ["Hook"])
    assert found["slack-main-alerts"] == found["slack-alerts"]
    assert (found["opsgenie-ops"].channel, found["webhook-hook"].channel) == ("opsgenie", "webhook")
    items.append(Destination(id=3, kind="slack", account="second", name="alerts", settings={}, secret=""))
    assert "slack-alerts" not in destinations.places_of(items, [])


@pytest.mark.parametrize("name", ["", "  ", 5, None, "x" * 300, "a\nb", "---"])
def test_names_that_are_none(name: object) -> None:
    with pytest.raises(ApiError):
        destinations.checked_name(name)
