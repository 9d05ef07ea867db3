"""Endpoints of the integrations page: destinations, their forms, and test messages."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import admin_guard, services_of, user_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.notify import destinations
from heeler.notify.channels.base import DeliveryError, Message
from heeler.notify.channels.opsgenie import ACCOUNT_NAME
from heeler.notify.channels.registry import CHANNELS
from heeler.notify.model import Destination, OutboxMessage, Webhook, WebhookVariable
from heeler.notify.outbox import directory
from heeler.notify.senders import configured, send_to_destination, send_webhook, target_of
from heeler.notify.test_message import sample_content, sample_variables
from heeler.notify.webhook_routes import described, described_variable

AnyRequest = Request[Any, Any, Any]


class DestinationItem(msgspec.Struct):
    """A destination without its secret. ``state`` and ``time`` (UNIX seconds) are those of the last message
    to it, ``error`` the reason of a failure.
    """

    id: str
    kind: str
    account: str
    name: str
    handle: str
    settings: dict[str, Any]
    has_secret: bool
    state: str = ""
    time: float | None = None
    error: str = ""


class ChannelKind(msgspec.Struct):
    """``secret``: label of the secret; ``secret_required``: whether it is mandatory."""

    kind: str
    label: str
    secret: str
    secret_required: bool


class Integrations(msgspec.Struct):
    channels: list[ChannelKind]
    destinations: list[DestinationItem]
    webhooks: list[dict[str, Any]]
    variables: list[dict[str, Any]]
    mail_server: bool


@get("/api/ui/integrations", guards=[admin_guard])
async def list_integrations(request: AnyRequest) -> Integrations:
    """All places that notifications go to, with how the last message to each fared."""
    services = services_of(request)
    async with services.database.session() as db:
        found = await destinations.destinations(db)
        latest = await _latest(db)
        hooks = await db.scalars(select(Webhook).order_by(Webhook.name))
        variables = await db.scalars(select(WebhookVariable).order_by(WebhookVariable.name))
        return Integrations(
            [
                ChannelKind(one.kind, one.label, one.secret_label, one.secret_required)
                for one in CHANNELS.values()
            ],
            [_item(one, latest.get((one.kind, one.id))) for one in found],
            [{**described(hook), "handle": f"webhook-{hook.name}"} for hook in hooks],
            [described_variable(one) for one in variables],
            bool(services.settings.smtp_url),
        )


async def _latest(db: AsyncSession) -> dict[tuple[str, str], OutboxMessage]:
    """Last message of each recipient other than mail."""
    ids = (
        select(func.max(OutboxMessage.id))
        .where(OutboxMessage.channel != "email", OutboxMessage.attempts > 0)
        .group_by(OutboxMessage.channel, OutboxMessage.recipient)
    )
    rows = await db.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(ids)))
    return {(row.channel, row.recipient): row for row in rows}


def _item(item: Destination, last: OutboxMessage | None = None) -> DestinationItem:
    found = DestinationItem(
        item.id, item.kind, item.account, item.name,
        destinations.handle_of(item.kind, item.name, item.account), item.settings, bool(item.secret),
    )  # fmt: skip
    if last is not None:
        found.state, found.error = last.state, last.error
        found.time = (last.sent or last.created).timestamp()
    return found


class NewDestination(msgspec.Struct):
    kind: str
    name: str
    account: str = ""
    settings: dict[str, Any] = {}
    secret: str = ""


@post("/api/ui/integrations", guards=[admin_guard], status_code=201)
async def create_destination(request: AnyRequest, data: NewDestination) -> DestinationItem:
    services = services_of(request)
    if data.kind not in CHANNELS:
        raise bad_request(f"Invalid kind: {data.kind[:50]!r}. Expected one of {', '.join(CHANNELS)}")
    async with services.database.session() as db:
        name = destinations.checked_name(data.name, 80)
        if data.kind == "opsgenie-account":
            name = ACCOUNT_NAME
        if data.kind == "slack":
            name = f"#{name.lstrip('#')}"
            if await destinations.named(db, "slack-account", data.account) is None:
                raise bad_request("A Slack channel belongs to an account: add the account first")
        elif data.account:
            raise bad_request("Only channels of Slack have an account")
        return _item(
            await destinations.create(
                db, data.kind, name, account=data.account, settings=data.settings, secret=data.secret,
                now=services.now(),
            )
        )  # fmt: skip


class DestinationChange(msgspec.Struct):
    """Absent fields are unchanged; an empty secret removes it."""

    name: str | None = None
    settings: dict[str, Any] | None = None
    secret: str | None = None


async def _found(db: AsyncSession, key: uuid.UUID) -> Destination:
    found = await db.get(Destination, str(key))
    if found is None:
        raise not_found(f"Destination {key}")
    return found


@patch("/api/ui/integrations/{key:uuid}", guards=[admin_guard])
async def change_destination(request: AnyRequest, key: uuid.UUID, data: DestinationChange) -> DestinationItem:
    """Change a destination. The name of a Slack account cannot be changed, as its channels refer to it."""
    services = services_of(request)
    async with services.database.session() as db:
        item = await _found(db, key)
        name = None if data.name is None else destinations.checked_name(data.name, 80)
        if name is not None and item.kind == "slack":
            name = f"#{name.lstrip('#')}"
        if name not in (None, item.name) and item.kind == "slack-account":
            raise bad_request("A Slack account keeps its name: its channels and handles refer to it")
        await destinations.change(
            db, item, name=name, settings=data.settings, secret=data.secret, now=services.now()
        )
        return _item(item)


@delete("/api/ui/integrations/{key:uuid}", guards=[admin_guard])
async def delete_destination(request: AnyRequest, key: uuid.UUID) -> None:
    """Delete a destination; a Slack account with its channels."""
    async with services_of(request).database.session() as db:
        item = await _found(db, key)
        if item.kind == "slack-account":
            for channel in await destinations.destinations(db, "slack"):
                if channel.account == item.name:
                    await db.delete(channel)
        await db.delete(item)


class TestResult(msgspec.Struct):
    ok: bool
    answer: str


class TestState(msgspec.Struct):
    """``state``: Alert, Warn, No Data or OK, which closes the alert opened by the others."""

    state: str = "Alert"


@post("/api/ui/integrations/{key:uuid}/test", guards=[admin_guard], status_code=200)
async def test_destination(request: AnyRequest, key: uuid.UUID, data: TestState) -> TestResult:
    """Send a test message (a group with a value beyond its threshold) immediately; returns the receiver's
    response.
    """
    services = services_of(request)
    async with services.database.session() as db:
        item, known = await _found(db, key), await configured(db)
    if item.kind == "slack-account":
        raise bad_request("Test one of the account's channels")
    content = sample_content(data.state, services.settings.url, services.now())
    try:
        receipt = await send_to_destination(
            services, CHANNELS[item.kind], target_of(services, known, item), Message(content)
        )
    except DeliveryError as error:
        return TestResult(False, str(error))
    return TestResult(True, receipt.answer)


@post("/api/ui/integrations/webhooks/{name:str}/test", guards=[admin_guard], status_code=200)
async def test_webhook(request: AnyRequest, name: str, data: TestState) -> TestResult:
    """Call a webhook with the variables of a group and a value beyond its threshold."""
    services = services_of(request)
    async with services.database.session() as db:
        known = await configured(db)
    if name not in known.webhooks:
        raise ApiError(404, "Webhook does not exist")
    content = sample_content(data.state, services.settings.url, services.now())
    try:
        receipt = await send_webhook(services, known, name, sample_variables(content))
    except DeliveryError as error:
        return TestResult(False, str(error))
    return TestResult(True, receipt.answer)


class RecipientItem(msgspec.Struct):
    """``handle`` without its ``@``; ``kind``: user, team, webhook or the kind of a destination."""

    handle: str
    label: str
    kind: str


@get("/api/ui/recipients", guards=[user_guard])
async def list_recipients(request: AnyRequest, search: str = "", limit: int = 20) -> list[RecipientItem]:
    """Possible recipients of a message, for completion: those whose handle or label contains ``search``."""
    text = search.lower().lstrip("@")
    async with services_of(request).database.session() as db:
        found = await directory(db)
    items = [RecipientItem(item.handle, item.label, item.kind) for item in found.entries]
    chosen = [item for item in items if text in item.handle.lower() or text in item.label.lower()]
    chosen.sort(key=lambda item: (not item.handle.lower().startswith(text), item.handle.lower()))
    return chosen[: max(1, min(limit, 200))]


handlers: list[ControllerRouterHandler] = [
    list_integrations, create_destination, change_destination, delete_destination, test_destination,
    test_webhook, list_recipients,
]  # fmt: skip
