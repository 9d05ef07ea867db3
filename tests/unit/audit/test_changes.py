"""What a request changes in the configuration database, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update

from heeler.accounts.model import User
from heeler.api.services import Services
from heeler.audit.changes import HIDDEN, MAX_CHANGES, MAX_VALUE, Change, collect
from heeler.teams.model import Team

MOMENT = datetime(2026, 11, 30, tzinfo=UTC)


def team(name: str = "Shop", **more: Any) -> Team:
    return Team(**{"handle": name.lower(), "name": name, "created": MOMENT, "modified": MOMENT, **more})


async def _made(services: Services, *teams: Team) -> list[Change]:
    found = collect()
    async with services.database.session() as db:
        db.add_all(teams)
    return found


async def test_a_row_that_is_created_changed_and_deleted(services: Services) -> None:
    (created,) = await _made(services, team(description="d"))
    assert (created.table, created.name, created.action) == ("teams", "Shop", "created")
    assert created.values["description"] == (None, "d")
    assert created.values["created"] == (None, MOMENT.isoformat())
    found = collect()
    async with services.database.session() as db:
        one = await db.get_one(Team, created.key)
        one.description, one.name = "new", "Shop"
    (modified,) = found
    assert (modified.action, modified.key, modified.values) == (
        "modified",
        created.key,
        {"description": ("d", "new")},
    )
    found = collect()
    async with services.database.session() as db:
        await db.delete(await db.get_one(Team, created.key))
    (deleted,) = found
    assert deleted.action == "deleted"
    assert deleted.values["description"] == ("new", None)
    assert deleted.values["name"] == ("Shop", None)


async def test_what_stays_as_it_is_is_no_change(services: Services) -> None:
    (created,) = await _made(services, team(description="d"))
    found = collect()
    async with services.database.session() as db:
        one = await db.get_one(Team, created.key)
        one.description = "d"
    assert found == []


async def test_secrets_are_recorded_as_changed_and_hidden(services: Services) -> None:
    found = collect()
    async with services.database.session() as db:
        user = User(
            email="ann@example.com",
            uuid="u-1",
            name="Ann",
            password_hash="secret-hash",
            created=MOMENT,
            modified=MOMENT,
        )
        db.add(user)
    assert "secret-hash" not in str(found)
    values = next(change.values for change in found if change.table == "users")
    assert values["password_hash"] == (None, HIDDEN)
    assert values["email"] == (None, "ann@example.com")


async def test_statements_on_many_rows_are_recorded_by_their_table(services: Services) -> None:
    await _made(services, team("A"), team("B"))
    found = collect()
    async with services.database.session() as db:
        await db.execute(update(Team).values(description="x"))
        await db.execute(delete(Team))
    assert [(change.table, change.action, change.values) for change in found] == [
        ("teams", "modified", {}),
        ("teams", "deleted", {}),
    ]


async def test_values_and_changes_are_bounded(services: Services) -> None:
    (created,) = await _made(services, team(description="x" * 5000, settings={"a": "y" * 5000}))
    text = created.values["description"][1]
    assert text.startswith("x" * MAX_VALUE + "…")
    assert "5,000 characters" in text
    assert len(str(created.values["settings"][1])) < MAX_VALUE + 100
    many = await _made(services, *(team(f"T{place}") for place in range(MAX_CHANGES + 10)))
    assert len(many) == MAX_CHANGES


async def test_rows_that_every_login_writes_are_left_out(services: Services) -> None:
    from heeler.notify.model import OutboxMessage

    found = collect()
    async with services.database.session() as db:
        await db.execute(delete(OutboxMessage))
    assert found == []
