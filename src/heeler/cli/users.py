"""``heeler users``: lists, creates and disables users, and sets passwords."""

from __future__ import annotations

import secrets
from typing import Any

import click

from heeler.cli.common import data_option, open_database, read_settings, run, table

_ROLES = ("admin", "standard", "read-only")


@click.group("users")
def command() -> None:
    """See, make and disable users, set passwords; also while the server runs."""


@command.command("list")
@data_option
def list_users(data_dir: str | None) -> None:
    """List users with their roles."""
    click.echo(table(run(_rows(data_dir))))


async def _rows(data_dir: str | None) -> list[tuple[str, ...]]:
    from sqlalchemy import select

    from heeler.accounts.model import User
    from heeler.accounts.roles import known_roles, role_ids_of

    rows: list[tuple[str, ...]] = [("EMAIL", "NAME", "ROLE", "STATUS", "LAST LOGIN")]
    async with open_database(read_settings(data_dir)) as db:
        roles, given = await known_roles(db), await role_ids_of(db)
        for user in await db.scalars(select(User).order_by(User.email)):
            status = "disabled" if user.disabled else "active" if user.password_hash else "no password yet"
            login = user.last_login.strftime("%Y-%m-%d %H:%M UTC") if user.last_login else "never"
            names = ", ".join(
                roles[identity].name for identity in given.get(user.id, []) if identity in roles
            )
            rows.append((user.email, user.name, names, status, login))
    return rows


@command.command("create")
@click.argument("email")
@click.option("--name", default="", help="The person's name.")
@click.option("--role", type=click.Choice(_ROLES), default="standard", show_default=True)
@click.option("--password", help="By default a random one is made and printed.")
@data_option
def create(email: str, name: str, role: str, password: str | None, data_dir: str | None) -> None:
    """Make a user and print the password when it was made here."""
    chosen = password or secrets.token_urlsafe(12)
    run(_create(email, name, role, chosen, data_dir))
    click.echo(f"Made {email} ({role})." + ("" if password else f" Password: {chosen}"))


async def _create(email: str, name: str, role: str, password: str, data_dir: str | None) -> None:
    from heeler.accounts import store
    from heeler.accounts.passwords import check_strength, hash_in_pool

    check_strength(password)
    hashed = await hash_in_pool(password)
    async with open_database(read_settings(data_dir)) as db:
        await store.create_user(db, email, name, store.managed_role_ids(role), hashed)


@command.command("password")
@click.argument("email")
@click.option("--password", help="By default a random one is made and printed.")
@data_option
def password_command(email: str, password: str | None, data_dir: str | None) -> None:
    """Set a user's password; their sessions end."""
    chosen = password or secrets.token_urlsafe(12)
    run(_password(email, chosen, data_dir))
    click.echo(f"{email} has a new password." + ("" if password else f" Password: {chosen}"))


async def _password(email: str, password: str, data_dir: str | None) -> None:
    from heeler.accounts import store
    from heeler.accounts.passwords import check_strength, hash_in_pool

    check_strength(password)
    hashed = await hash_in_pool(password)
    async with open_database(read_settings(data_dir)) as db:
        await store.set_password(db, await _user(db, email), hashed)


@command.command("disable")
@click.argument("email")
@data_option
def disable(email: str, data_dir: str | None) -> None:
    """Keep a user from logging in and their application keys from working."""
    run(_disable(email, data_dir))
    click.echo(f"{email} is disabled.")


async def _disable(email: str, data_dir: str | None) -> None:
    from heeler.accounts import store

    async with open_database(read_settings(data_dir)) as db:
        await store.disable_user(db, await _user(db, email))


async def _user(db: Any, email: str) -> Any:
    from heeler.accounts import store

    user = await store.user_by_email(db, email)
    if user is None:
        raise click.ClickException(
            f"nobody here has the email {email}; `heeler users list` shows who there is"
        )
    return user
