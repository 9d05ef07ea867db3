"""Endpoints of the outbox: every notification with its recipient, delivery attempts and responses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import bad_request, not_found
from heeler.api.services import Services
from heeler.notify.model import DeliveryAttempt, OutboxMessage
from heeler.notify.senders import Configured, configured

STATES = ("pending", "sent", "failed", "kept", "digest")


class Attempt(msgspec.Struct):
    """A delivery attempt. ``time`` and ``next_attempt`` in UNIX seconds."""

    time: float
    ok: bool
    answer: str
    next_attempt: float | None


class OutboxItem(msgspec.Struct):
    """A message for the pages; times are UNIX seconds.

    ``recipient`` is its display name. ``group`` and ``transition`` are those of a monitor's notification.
    """

    id: int
    channel: str
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str
    created: float
    sent: float | None
    next_attempt: float | None
    monitor_id: int | None
    group: str
    transition: str
    digest_id: int | None
    has_picture: bool = False
    text: str = ""
    html: str = ""
    history: list[Attempt] = []


class Outbox(msgspec.Struct):
    messages: list[OutboxItem]
    mail_server: bool


def item_of(message: OutboxMessage, known: Configured) -> OutboxItem:
    """The message without text and attempts."""
    return OutboxItem(
        id=message.id,
        channel=message.channel,
        recipient=known.label(message.channel, message.recipient),
        subject=message.subject,
        state=message.state,
        attempts=message.attempts,
        error=message.error,
        created=message.created.timestamp(),
        sent=message.sent.timestamp() if message.sent else None,
        next_attempt=message.next_attempt.timestamp() if message.state == "pending" else None,
        monitor_id=message.monitor_id,
        group=str(message.content.get("group", "")),
        transition=str(message.content.get("transition", "")),
        digest_id=message.digest_id,
        has_picture=message.picture is not None,
    )


async def with_attempts(db: AsyncSession, items: list[OutboxItem]) -> list[OutboxItem]:
    """Add the delivery attempts to ``items``."""
    by_id = {item.id: item for item in items}
    rows = await db.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.message_id.in_(by_id))
        .order_by(DeliveryAttempt.id)
        .limit(20_000)
    )
    for row in rows:
        again = row.next_attempt.timestamp() if row.next_attempt else None
        item = by_id[row.message_id]
        item.history = [*item.history, Attempt(row.time.timestamp(), row.ok, row.answer, again)]
    return items


@get("/api/ui/outbox", guards=[admin_guard])
async def list_outbox(
    request: Request[Any, Any, Any], limit: int = 100, status: str = "", channel: str = "", search: str = ""
) -> Outbox:
    """The latest messages, newest first, and whether a mail server is set."""
    services = services_of(request)
    if status and status not in STATES:
        raise bad_request(f"Invalid status: {status[:50]!r}. Expected one of {', '.join(STATES)}")
    query = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(max(1, min(limit, 500)))
    if status:
        query = query.where(OutboxMessage.state == status)
    if channel:
        query = query.where(OutboxMessage.channel == channel)
    if search:
        query = query.where(OutboxMessage.subject.icontains(search[:200], autoescape=True))
    async with services.database.session() as db:
        known = await configured(db)
        messages = (await db.scalars(query)).all()
        items = await with_attempts(db, [item_of(message, known) for message in messages])
    return Outbox(items, bool(services.settings.smtp_url))


async def _message(services: Services, message_id: int) -> OutboxMessage:
    async with services.database.session() as db:
        found = await db.get(OutboxMessage, message_id)
    if found is None:
        raise not_found(f"Message {message_id}")
    return found


@get("/api/ui/outbox/{message_id:int}", guards=[admin_guard])
async def get_message(request: Request[Any, Any, Any], message_id: int) -> OutboxItem:
    """A message with its text and the attempts to deliver it."""
    services = services_of(request)
    message = await _message(services, message_id)
    async with services.database.session() as db:
        item = item_of(message, await configured(db))
        if message.secret:
            item.text = "Not shown: this mail has a link that lets its reader in."
        else:
            item.text, item.html = message.text, message.html
        return (await with_attempts(db, [item]))[0]


@get("/api/ui/outbox/{message_id:int}/picture", guards=[admin_guard])
async def outbox_picture(request: Request[Any, Any, Any], message_id: int) -> Response[bytes]:
    found = await _message(services_of(request), message_id)
    if found.picture is None:
        raise not_found(f"The picture of message {message_id}")
    return Response(found.picture, media_type="image/png")


@post("/api/ui/outbox/{message_id:int}/retry", guards=[admin_guard], status_code=200)
async def retry_message(request: Request[Any, Any, Any], message_id: int) -> OutboxItem:
    """Try a message that failed, or that no mail server was there for, again now."""
    services = services_of(request)
    async with services.database.session() as db:
        message = await db.get(OutboxMessage, message_id)
        if message is None:
            raise not_found(f"Message {message_id}")
        if message.state not in ("failed", "kept", "pending"):
            raise bad_request(f"The message is {message.state}: only what was not sent can be sent again")
        if message.secret and not message.text:
            raise bad_request("The link of this mail was deleted. Send a new invitation or password reset.")
        message.state, message.attempts = "pending", 0
        message.created = message.next_attempt = datetime.fromtimestamp(services.now(), UTC)
        return item_of(message, await configured(db))


handlers: list[ControllerRouterHandler] = [list_outbox, get_message, outbox_picture, retry_message]
