"""``heeler keys``: lists, creates and revokes keys."""

from __future__ import annotations

from typing import Literal

import click

from heeler.cli.common import data_option, open_database, read_settings, run, table

_KINDS: dict[str, Literal["api", "app"]] = {"api": "api", "application": "app", "app": "app"}
_KIND_NAMES = {"api": "api", "app": "application", "pat": "personal token", "sat": "service token"}


@click.group("keys")
def command() -> None:
    """See, make and revoke API keys and application keys; also while the server runs."""


@command.command("list")
@data_option
def list_keys(data_dir: str | None) -> None:
    """List keys that work, by their last four characters."""
    click.echo(table(run(_rows(data_dir))))


async def _rows(data_dir: str | None) -> list[tuple[str, ...]]:
    from heeler.accounts.model import User
    from heeler.accounts.store import active_keys

    rows: list[tuple[str, ...]] = [("ID", "KIND", "NAME", "ENDS IN", "OWNER", "LAST USED")]
    async with open_database(read_settings(data_dir)) as db:
        for key in await active_keys(db):
            owner = await db.get(User, key.user_id) if key.user_id is not None else None
            used = key.last_used.strftime("%Y-%m-%d %H:%M UTC") if key.last_used else "never"
            kind = _KIND_NAMES[key.kind]
            rows.append((key.id, kind, key.name, key.last4, owner.email if owner else "", used))
    return rows


@command.command("create")
@click.argument("name")
@click.option("--kind", type=click.Choice(list(_KINDS)), default="api", show_default=True)
@click.option("--user", "email", help="Whose application key it is (by default the first administrator's).")
@data_option
def create(name: str, kind: str, email: str | None, data_dir: str | None) -> None:
    """Make a key and print it; it cannot be seen again."""
    click.echo(run(_create(name, _KINDS[kind], email, data_dir)))


async def _create(name: str, kind: Literal["api", "app"], email: str | None, data_dir: str | None) -> str:
    from heeler.accounts import store

    async with open_database(read_settings(data_dir)) as db:
        if email:
            user = await store.user_by_email(db, email)
        else:
            user = next(iter(await store.administrators(db)), None)
        if user is None:
            whom = f"nobody here has the email {email}" if email else "there is no user yet"
            raise click.ClickException(f"{whom}; `heeler users list` shows who there is")
        _, secret = await store.create_key(db, kind, name, user.id)
        return secret


@command.command("revoke")
@click.argument("key")
@data_option
def revoke(key: str, data_dir: str | None) -> None:
    """Revoke a key, given its id, its last four characters or itself."""
    click.echo(run(_revoke(key, data_dir)))


async def _revoke(given: str, data_dir: str | None) -> str:
    from datetime import UTC, datetime

    from heeler.accounts.keys import digest
    from heeler.accounts.store import active_keys

    async with open_database(read_settings(data_dir)) as db:
        hashed = digest(given)
        found = [key for key in await active_keys(db) if given in (key.id, key.last4) or key.hash == hashed]
        if len(found) != 1:
            count = "No key" if not found else f"{len(found)} keys"
            raise click.ClickException(f"{count} match {given!r}; `heeler keys list` shows ids")
        found[0].revoked = datetime.now(UTC)
        return f"Revoked {found[0].name!r}. A running server forgets it within 5 seconds."
