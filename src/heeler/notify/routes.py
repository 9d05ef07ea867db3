"""Endpoints of the outbox and of webhooks."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import admin_guard, services_of, user_guard, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.notify.model import OutboxMessage, Webhook
from heeler.notify.webhooks import WebhookError, resolve

HOOKS = "/api/v1/integration/webhooks/configuration/webhooks"


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


@get("/api/ui/outbox", guards=[user_guard])
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


@get("/api/ui/outbox/{message_id:int}/picture", guards=[user_guard])
async def outbox_picture(request: Request[Any, Any, Any], message_id: int) -> Response[bytes]:
    async with services_of(request).database.session() as db:
        found = await db.get(OutboxMessage, message_id)
    if found is None or found.picture is None:
        raise not_found(f"The picture of message {message_id}")
    return Response(found.picture, media_type="image/png")


def _shown(hook: Webhook) -> dict[str, Any]:
    return {
        "name": hook.name,
        "url": hook.url,
        "payload": hook.payload,
        "custom_headers": hook.custom_headers,
        "encode_as": hook.encode_as,
    }


@post(HOOKS, guards=[admin_guard], status_code=201)
async def create_webhook(request: Request[Any, Any, Any], data: dict[str, Any]) -> dict[str, Any]:
    if not data.get("name") or not data.get("url"):
        raise bad_request("A webhook needs a name and a url")
    hook = Webhook(name=str(data["name"]), url="", encode_as="json")
    await _apply(hook, data)
    async with services_of(request).database.session() as db:
        if await db.get(Webhook, hook.name) is not None:
            raise bad_request(f"A webhook called {hook.name!r} exists already")
        db.add(hook)
    return _shown(hook)


async def _apply(hook: Webhook, data: dict[str, Any]) -> None:
    hook.url = str(data.get("url", hook.url))
    hook.encode_as = str(data.get("encode_as") or hook.encode_as)
    if hook.encode_as not in ("json", "form"):
        raise bad_request(f"encode_as is {hook.encode_as!r}; write json or form")
    hook.payload = data.get("payload", hook.payload)
    hook.custom_headers = data.get("custom_headers", hook.custom_headers)
    if hook.custom_headers:
        try:
            valid = isinstance(json.loads(hook.custom_headers), dict)
        except ValueError:
            valid = False
        if not valid:
            raise bad_request("custom_headers must be a JSON object, as text")
    try:
        await resolve(hook.url)
    except WebhookError as error:
        raise bad_request(str(error)) from error


@get(HOOKS + "/{name:str}", guards=[user_guard])
async def get_webhook(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    async with services_of(request).database.session() as db:
        found = await db.get(Webhook, name)
    if found is None:
        raise not_found(f"Webhook {name}")
    return _shown(found)


@put(HOOKS + "/{name:str}", guards=[writer_guard])
async def update_webhook(request: Request[Any, Any, Any], name: str, data: dict[str, Any]) -> dict[str, Any]:
    async with services_of(request).database.session() as db:
        found = await db.get(Webhook, name)
        if found is None:
            raise not_found(f"Webhook {name}")
        await _apply(found, data)
        return _shown(found)


@delete(HOOKS + "/{name:str}", guards=[writer_guard], status_code=200)
async def delete_webhook(request: Request[Any, Any, Any], name: str) -> None:
    async with services_of(request).database.session() as db:
        found = await db.get(Webhook, name)
        if found is None:
            raise not_found(f"Webhook {name}")
        await db.delete(found)


handlers: list[ControllerRouterHandler] = [
    list_outbox,
    outbox_picture,
    create_webhook,
    get_webhook,
    update_webhook,
    delete_webhook,
]
