"""Endpoints of the outbox and of webhooks."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import not_found
from heeler.notify import webhook_routes
from heeler.notify.model import OutboxMessage


class OutboxItem(msgspec.Struct):
    """A message as the outbox page shows it; times are UNIX seconds."""

    id: int
    channel: str
    recipient: str
    subject: str
    text: str
    html: str
    has_picture: bool
    state: str
    attempts: int
    error: str
    created: float
    sent: float | None


class Outbox(msgspec.Struct):
    messages: list[OutboxItem]
    mail_server: bool


@get("/api/ui/outbox", guards=[admin_guard])
async def list_outbox(request: Request[Any, Any, Any], limit: int = 100) -> Outbox:
    """The latest messages, newest first, and whether a mail server is set."""
    services = services_of(request)
    async with services.database.session() as db:
        found = await db.scalars(
            select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(max(1, min(limit, 1000)))
        )
        return Outbox([_item(message) for message in found], bool(services.settings.smtp_url))


def _item(message: OutboxMessage) -> OutboxItem:
    return OutboxItem(
        id=message.id,
        channel=message.channel,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        has_picture=message.picture is not None,
        state=message.state,
        attempts=message.attempts,
        error=message.error,
        created=message.created.timestamp(),
        sent=message.sent.timestamp() if message.sent else None,
    )


@get("/api/ui/outbox/{message_id:int}/picture", guards=[admin_guard])
async def outbox_picture(request: Request[Any, Any, Any], message_id: int) -> Response[bytes]:
    async with services_of(request).database.session() as db:
        found = await db.get(OutboxMessage, message_id)
    if found is None or found.picture is None:
        raise not_found(f"The picture of message {message_id}")
    return Response(found.picture, media_type="image/png")


handlers: list[ControllerRouterHandler] = [list_outbox, outbox_picture, *webhook_routes.handlers]
