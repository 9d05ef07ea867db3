"""Sends what waits in the outbox, with retries that back off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.outbound import OutboundError, call
from heeler.api.services import Services
from heeler.notify.mail import compose
from heeler.notify.model import OutboxMessage, Webhook, WebhookVariable
from heeler.notify.webhooks import DEFAULT_PAYLOAD, WebhookError, encoded, fill, fill_plain, parse_headers

log = logging.getLogger("heeler.notify")
MAX_ATTEMPTS = 8
_IDLE_SECONDS = 1.0


async def deliver_forever(services: Services) -> None:
    """Owns delivery for the server's lifetime."""
    while True:
        try:
            if not await deliver_due(services):
                await asyncio.sleep(_IDLE_SECONDS)
        except Exception:  # a database that is away for a moment must not end delivery
            log.exception("Delivery of the outbox failed; trying again in 5 s")
            await asyncio.sleep(5)


async def deliver_due(services: Services) -> int:
    """Sends every message that is due; returns how many were tried."""
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        due = (
            await db.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.state == "pending", OutboxMessage.next_attempt <= now)
                .order_by(OutboxMessage.id)
                .limit(20)
            )
        ).all()
        known = await _configured(db) if due else _Configured({}, {}, frozenset())
    lanes: dict[tuple[str, str], list[OutboxMessage]] = {}
    for message in due:
        # Mails share a server, so they share its fate; each webhook is a place of its own.
        lane = message.recipient if message.channel == "webhook" else ""
        lanes.setdefault((message.channel, lane), []).append(message)
    async with asyncio.TaskGroup() as tasks:
        for lane_messages in lanes.values():
            tasks.create_task(_try_in_order(services, lane_messages, known, now))
    return len(due)


@dataclass(frozen=True, slots=True)
class _Configured:
    """What messages are sent with: webhooks and custom variables by name, and the addresses of users."""

    webhooks: dict[str, Webhook]
    variables: dict[str, str]
    users: frozenset[str]


async def _configured(db: AsyncSession) -> _Configured:
    return _Configured(
        {hook.name: hook for hook in await db.scalars(select(Webhook))},
        {item.name: item.value for item in await db.scalars(select(WebhookVariable))},
        frozenset((await db.scalars(select(User.email).where(User.disabled.is_(False)))).all()),
    )


class RecipientRefused(ValueError):
    """The address may not be written to; trying again would not help."""


def check_recipient(address: str, domains: Sequence[str], users: Container[str]) -> None:
    """Raise :class:`RecipientRefused` unless ``address`` is a user's or of an allowed domain."""
    domain = address.rpartition("@")[2].lower()
    if domains and address.lower() not in users and domain not in domains:
        raise RecipientRefused(f"{domain} is not among the domains of HEELER_MAIL_DOMAINS")


async def _try_in_order(
    services: Services, messages: list[OutboxMessage], known: _Configured, now: datetime
) -> None:
    for message in messages:
        await _try(services, message, known, now)


async def _try(services: Services, message: OutboxMessage, known: _Configured, now: datetime) -> None:
    error = ""
    state, final = "sent", False
    try:
        if message.channel == "webhook":
            await _call(services, known, message)
        elif services.settings.smtp_url:
            check_recipient(message.recipient, services.settings.mail_domains, known.users)
            await send_mail(services.settings.smtp_url, services.settings.mail_from, message, now)
        else:
            state = "kept"
    except RecipientRefused as refusal:
        error, final = str(refusal), True
        log.warning("Mail to %s was not sent: %s", message.recipient, error)
    except (aiosmtplib.SMTPException, OSError, WebhookError, OutboundError, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"
        log.warning("%s to %s failed: %s", message.channel, message.recipient, error)
    except Exception as problem:  # one message that cannot be sent must not hold up the others for ever
        error = f"{type(problem).__name__}: {problem}"
        log.exception("%s to %s failed", message.channel, message.recipient)
    async with services.database.session() as db:
        kept = await db.get_one(OutboxMessage, message.id)
        kept.attempts += 1
        kept.error = error
        if not error:
            kept.state, kept.sent = state, now if state == "sent" else None
        elif final or kept.attempts >= MAX_ATTEMPTS:
            kept.state = "failed"
        else:
            kept.next_attempt = now + backoff(kept.attempts)


def backoff(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … at most an hour."""
    return timedelta(seconds=min(5 * 2 ** max(attempts - 1, 0), 3600))


async def send_mail(url: str, sender: str, message: OutboxMessage, now: datetime) -> None:
    parts = urlsplit(url)
    mail = compose(
        sender=sender,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        picture=message.picture,
        now=now,
    )
    tls = parts.scheme == "smtps"
    await aiosmtplib.send(
        mail,
        hostname=parts.hostname or "localhost",
        port=parts.port or (465 if tls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=tls,
        timeout=20,
    )


async def _call(services: Services, known: _Configured, message: OutboxMessage) -> None:
    webhook = known.webhooks.get(message.recipient)
    if webhook is None:
        raise WebhookError(f"No webhook is called {message.recipient!r}")
    variables = {**known.variables, **message.variables}
    body, content_type = encoded(fill(webhook.payload or DEFAULT_PAYLOAD, variables), webhook.encode_as)
    headers = {"Content-Type": content_type}
    for name, value in parse_headers(webhook.custom_headers).items():
        headers[name] = fill_plain(value, known.variables)
    answer = await call(
        "POST", webhook.url, headers=headers, body=body, private_targets=services.settings.private_targets
    )
    if not 200 <= answer.status < 300:
        raise WebhookError(f"{webhook.url} returned status {answer.status}")
