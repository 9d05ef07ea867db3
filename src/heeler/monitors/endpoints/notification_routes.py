"""Endpoints of a monitor's notifications: those that were sent, and the recipients of a draft message."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import not_found
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.rule_store import rules_of
from heeler.monitors.notifications.rules import added_handles
from heeler.notify.handles import Recipient, handles
from heeler.notify.model import OutboxMessage
from heeler.notify.outbox import directory
from heeler.notify.outbox_routes import OutboxItem, item_of, with_attempts
from heeler.notify.senders import configured

AnyRequest = Request[Any, Any, Any]


class Notifications(msgspec.Struct):
    """Newest first. ``mail_server``: whether a mail server is configured."""

    messages: list[OutboxItem]
    mail_server: bool


@get("/api/ui/monitors/{monitor_id:int}/notifications", guards=[user_guard])
async def list_notifications(request: AnyRequest, monitor_id: int, limit: int = 50) -> Notifications:
    """The notifications of a monitor: recipient, attempts, responses, time of the next attempt."""
    services = services_of(request)
    async with services.database.session() as db:
        if await db.get(Monitor, monitor_id) is None:
            raise not_found("Monitor")
        known = await configured(db)
        rows = await db.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.monitor_id == monitor_id)
            .order_by(OutboxMessage.id.desc())
            .limit(max(1, min(limit, 200)))
        )
        items = await with_attempts(db, [item_of(row, known) for row in rows])
    return Notifications(items, bool(services.settings.smtp_url))


class MessageDraft(msgspec.Struct):
    """A draft message. ``tags``: the monitor's, which notification rules match."""

    message: str = ""
    escalation_message: str = ""
    tags: list[str] = []


class MentionItem(msgspec.Struct):
    """``known``: whether the handle has a recipient; ``rule``: whether a notification rule adds it."""

    handle: str
    known: bool
    label: str
    kind: str
    rule: bool = False


class Mentions(msgspec.Struct):
    """``nobody``: whether notifications of the monitor would have no recipient."""

    recipients: list[MentionItem]
    nobody: bool


@post("/api/ui/monitors/recipients", guards=[user_guard], status_code=200)
async def check_recipients(request: AnyRequest, data: MessageDraft) -> Mentions:
    """Recipients of a message. Handles built from variables are omitted: they are known only when the message
    is sent.
    """
    services = services_of(request)
    async with services.database.session() as db:
        people = await directory(db)
        rules = await rules_of(db)
        known = await configured(db)
    flags = ("is_alert", "is_warning", "is_no_data", "is_recovery")
    added = added_handles(rules, data.tags, flags)
    text = f"{data.message}\n{data.escalation_message}"
    found = []
    for name in dict.fromkeys((*handles(text), *added)):
        recipients, unknown = people.recipients([name])
        label = ", ".join(_label(one, known.label(one.channel, one.address)) for one in recipients[:5])
        kind = recipients[0].channel if recipients else ""
        missing = kind == "webhook" and recipients[0].address not in known.webhooks
        found.append(MentionItem(name, not unknown and not missing, label, kind, name in added))
    built = "@{{" in text.replace(" ", "")
    return Mentions(found, not built and not any(item.known for item in found))


def _label(recipient: Recipient, label: str) -> str:
    return recipient.address if recipient.channel == "email" else label


handlers: list[ControllerRouterHandler] = [list_notifications, check_recipients]
