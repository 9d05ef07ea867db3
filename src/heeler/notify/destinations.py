"""Database operations on destinations, and the @-handles that refer to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.errors import bad_request
from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.registry import CHANNELS
from heeler.notify.handles import Recipient, handle_part
from heeler.notify.model import Destination, Webhook

MAX_DESTINATIONS = 2000
MAX_SECRET = 4096


async def destinations(db: AsyncSession, *kinds: str) -> Sequence[Destination]:
    """All destinations, or those of some types, by type and name."""
    query = select(Destination).order_by(Destination.kind, Destination.account, Destination.name)
    return (await db.scalars(query.where(Destination.kind.in_(kinds)) if kinds else query)).all()


async def webhook_names(db: AsyncSession) -> Sequence[str]:
    return (await db.scalars(select(Webhook.name).order_by(Webhook.name))).all()


async def named(db: AsyncSession, kind: str, name: str, account: str = "") -> Destination | None:
    query = select(Destination).where(
        Destination.kind == kind, Destination.account == account, Destination.name == name
    )
    found: Destination | None = await db.scalar(query)
    return found


def handle_of(kind: str, name: str, account: str = "") -> str:
    """Handle of a destination without its ``@``; empty if it has none."""
    prefix = CHANNELS[kind].prefix
    if CHANNELS[kind].only_one:
        return prefix
    parts = [prefix, handle_part(account), handle_part(name)]
    return "-".join(part for part in parts if part) if prefix else ""


def places_of(found: Iterable[Destination], webhooks: Iterable[str]) -> dict[str, Recipient]:
    """Destinations by handle in lower case. A Slack channel of the only account has a short handle without
    the account.
    """
    items = list(found)
    accounts = {item.account for item in items if item.kind == "slack"}
    places = {f"webhook-{name}".lower(): Recipient("webhook", name) for name in webhooks}
    for item in items:
        here = Recipient(item.kind, item.id)
        if item.kind == "slack" and len(accounts) == 1:
            places.setdefault(handle_of("slack", item.name).lower(), here)
        if handle := handle_of(item.kind, item.name, item.account):
            places[handle.lower()] = here
    return places


def _changed(item: Destination, settings: dict[str, Any] | None, secret: str | None, now: float) -> None:
    """Validate and apply settings and secret; None leaves the stored ones. Raises a 400."""
    channel = CHANNELS[item.kind]
    secret = item.secret if secret is None else secret
    if len(secret) > MAX_SECRET or any(character.isspace() for character in secret):
        raise bad_request(
            f"Invalid {channel.secret_label}: expected up to {MAX_SECRET:,} characters, no spaces"
        )
    if channel.secret_required and not secret:
        raise bad_request(f"{channel.label} needs a secret: {channel.secret_label}")
    item.settings = _checked(item.kind, item.settings if settings is None else settings, secret)
    item.secret, item.modified = secret, datetime.fromtimestamp(now, UTC)


def _checked(kind: str, settings: dict[str, Any], secret: str) -> dict[str, Any]:
    """Settings as they are stored. Raises a 400."""
    try:
        return CHANNELS[kind].check(dict(settings), secret)
    except InvalidDestination as error:
        raise bad_request(str(error)) from None


async def _check_free(db: AsyncSession, item: Destination) -> None:
    """Raise a 400 if another destination has the name, or a name with the same handle."""
    for other in await destinations(db, item.kind):
        if other.id != item.id and (
            (other.account, other.name) == (item.account, item.name)
            or (
                handle_of(item.kind, other.name, other.account).lower()
                == handle_of(item.kind, item.name, item.account).lower()
                != ""
            )
        ):
            raise bad_request(f"{CHANNELS[item.kind].label} {other.name!r} exists already")


def checked_name(name: Any, limit: int = 255) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > limit or not name.isprintable():
        raise bad_request(f"Invalid name: {str(name)[:100]!r}. Expected 1 to {limit} characters")
    if not handle_part(name):
        raise bad_request(f"Invalid name: {name[:100]!r}. It needs a letter or digit")
    return name.strip()


async def create(
    db: AsyncSession,
    kind: str,
    name: str,
    *,
    now: float,
    account: str = "",
    settings: dict[str, Any] | None = None,
    secret: str = "",
) -> Destination:
    """Create a destination. Raises a 400 with the invalid field."""
    moment = datetime.fromtimestamp(now, UTC)
    item = Destination(
        kind=kind, name=name, account=account, settings={}, secret="", created=moment, modified=moment
    )
    if len(await destinations(db)) >= MAX_DESTINATIONS:
        raise bad_request(f"At most {MAX_DESTINATIONS:,} destinations are allowed")
    _changed(item, settings or {}, secret, now)
    await _check_free(db, item)
    db.add(item)
    await db.flush()
    return item


async def change(
    db: AsyncSession,
    item: Destination,
    *,
    now: float,
    name: str | None = None,
    settings: dict[str, Any] | None = None,
    secret: str | None = None,
) -> None:
    """Change the given fields. Raises a 400 and leaves the destination unchanged.

    A secret is never sent to another address than it was entered for: it must be entered again.
    """
    if settings is not None and secret is None and item.secret:
        # As it would be stored: an address that is left out is the provider's own.
        after = _checked(item.kind, settings, item.secret)
        if any(after.get(key) != item.settings.get(key) for key in _ADDRESSES):
            raise bad_request("Enter the secret again: its destination has another address now")
    if name is not None and name != item.name:
        other = Destination(id=item.id, kind=item.kind, account=item.account, name=name)
        await _check_free(db, other)
    _changed(item, settings, secret, now)
    if name is not None:
        item.name = name


_ADDRESSES = ("url", "api_url", "custom_url", "region")
