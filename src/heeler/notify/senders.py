"""Sends one message by its channel: mail, webhook, or a destination."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.outbound_http import OutboundError, call
from heeler.api.services import Services
from heeler.notify.channels.base import (
    SECONDS,
    Channel,
    DeliveryError,
    Message,
    Receipt,
    Target,
    check_answer,
)
from heeler.notify.channels.registry import CHANNELS
from heeler.notify.mail import compose
from heeler.notify.message import content_of
from heeler.notify.model import Destination, OutboxMessage, Webhook, WebhookVariable
from heeler.notify.webhooks import DEFAULT_PAYLOAD, WebhookError, encoded, fill, fill_plain, parse_headers

NO_ANSWER = "No answer came"
"""Prefix of the record of an attempt that may have reached the receiver."""
MAIL_SECONDS = 20.0
"""Time limit of each step of handing a mail to the mail server."""
REPEATED = "This message may repeat one that you have: whether the first attempt arrived is not known."
NO_MAIL_SERVER = Receipt("No mail server is set (HEELER_SMTP): the message is kept here")


@dataclass(frozen=True, slots=True)
class Configured:
    """Delivery configuration: webhooks and custom variables by name, destinations by id, and the addresses of
    users.
    """

    webhooks: dict[str, Webhook] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    users: frozenset[str] = frozenset()
    destinations: dict[str, Destination] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    """Addresses of disabled users: nothing is sent to them any more."""

    def label(self, channel: str, recipient: str) -> str:
        """Display name of the recipient."""
        item = self.destinations.get(recipient)
        if channel not in CHANNELS:
            return recipient
        if item is None:
            return "a destination that was deleted"
        return f"{item.account} {item.name}".strip()


async def configured(db: AsyncSession) -> Configured:
    users = (await db.execute(select(User.email, User.disabled))).all()
    return Configured(
        {hook.name: hook for hook in await db.scalars(select(Webhook))},
        {item.name: item.value for item in await db.scalars(select(WebhookVariable))},
        frozenset(user.email.lower() for user in users if not user.disabled),
        {item.id: item for item in await db.scalars(select(Destination))},
        frozenset(user.email.lower() for user in users if user.disabled),
    )


async def deliver(
    services: Services,
    known: Configured,
    message: OutboxMessage,
    thread: str,
    now: datetime,
    *,
    repeated: bool = False,
) -> Receipt:
    """Send ``message``. Raises :class:`DeliveryError`, or connection errors.

    ``thread``: reference of the first message about the same group since its last recovery. ``repeated``: an
    earlier attempt may have reached the receiver; the message is marked accordingly.
    """
    if message.channel == "email":
        return await _mail(services, known, message, now, repeated)
    if message.channel == "webhook":
        marks = {"X-Heeler-Delivery": str(message.id)} | ({"X-Heeler-Repeated": "true"} if repeated else {})
        return await send_webhook(services, known, message.recipient, message.variables, marks)
    found, channel = known.destinations.get(message.recipient), CHANNELS.get(message.channel)
    if found is None or channel is None:
        raise DeliveryError("The destination was deleted", final=True)
    content = content_of(message.content, message.subject, message.text)
    if repeated:
        content = replace(content, body=f"{content.body}\n\n{REPEATED}".strip())
    return await send_to_destination(
        services, channel, target_of(services, known, found), Message(content, message.picture, thread)
    )


async def send_to_destination(
    services: Services, channel: Channel, target: Target, message: Message
) -> Receipt:
    """Send by ``channel``. Raises :class:`DeliveryError`, also if the SSRF guard refuses."""
    try:
        return await channel.send(target, message)
    except OutboundError as error:
        raise DeliveryError(str(error)) from error


def target_of(services: Services, known: Configured, item: Destination) -> Target:
    """The target of a destination; a Slack channel without its own webhook uses its account's token or
    webhook.
    """
    settings, secret = dict(item.settings), item.secret
    if item.kind == "slack":
        accounts = (one for one in known.destinations.values() if one.kind == "slack-account")
        account = next((one for one in accounts if one.name == item.account), None)
        if account is not None:
            settings = {**account.settings, **settings}
            secret = secret or account.secret
    return Target(item.name, item.account, settings, secret, services.settings.private_targets)


def check_recipient(address: str, domains: Sequence[str], users: Container[str]) -> None:
    """Raise :class:`DeliveryError` unless ``address`` is a user's or in an allowed domain."""
    domain = address.rpartition("@")[2].lower()
    if domains and address.lower() not in users and domain not in domains:
        raise DeliveryError(f"{domain} is not among the domains of HEELER_MAIL_DOMAINS", final=True)


async def _mail(
    services: Services, known: Configured, message: OutboxMessage, now: datetime, repeated: bool
) -> Receipt:
    settings = services.settings
    if not settings.smtp_url:
        return NO_MAIL_SERVER
    if message.recipient.lower() in known.disabled:
        raise DeliveryError("The user was disabled after this was written", final=True)
    check_recipient(message.recipient, settings.mail_domains, known.users)
    try:
        said = await send_mail(settings.smtp_url, settings.mail_from, message, now, repeated=repeated)
    except aiosmtplib.SMTPResponseException as error:
        # SMTP 5xx is permanent: the address does not exist, the message is refused.
        text = f"The mail server answered {error.code}: {error.message}"
        raise DeliveryError(text, final=500 <= error.code < 600 and error.code != 535) from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refused.code for refused in error.recipients]
        text = "; ".join(f"{refused.code}: {refused.message}" for refused in error.recipients)
        raise DeliveryError(
            f"The mail server refused the address: {text}", final=all(code >= 500 for code in codes)
        ) from error
    except (aiosmtplib.SMTPReadTimeoutError, aiosmtplib.SMTPServerDisconnected) as error:
        raise DeliveryError(f"{NO_ANSWER} from the mail server: {error}") from error
    except aiosmtplib.SMTPException as error:
        raise DeliveryError(f"The mail server could not be used: {error}") from error
    return Receipt(f"The mail server answered: {said}"[:300])


async def send_mail(
    url: str, sender: str, message: OutboxMessage, now: datetime, *, repeated: bool = False
) -> str:
    """Send the mail through the server at ``url``; returns its response. All attempts for a message have the
    same ``Message-ID``, by which mail clients detect repetitions.
    """
    parts = urlsplit(url)
    mail = compose(
        sender=sender,
        recipient=message.recipient,
        subject=message.subject,
        text=f"{message.text}\n\n{REPEATED}\n" if repeated else message.text,
        html=message.html.replace("</body>", f"<p>{REPEATED}</p></body>") if repeated else message.html,
        picture=message.picture,
        attachment=(message.attachment_name, message.attachment) if message.attachment else None,
        now=now,
        reference=f"{message.id}.{message.created:%Y%m%d%H%M%S}",
    )
    if repeated:
        mail["X-Heeler-Repeated"] = "true"
    tls = parts.scheme == "smtps"
    _, answer = await aiosmtplib.send(
        mail,
        hostname=parts.hostname or "localhost",
        port=parts.port or (465 if tls else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=tls,
        timeout=MAIL_SECONDS,
    )
    return answer


async def send_webhook(
    services: Services,
    known: Configured,
    name: str,
    given: Mapping[str, Any],
    marks: Mapping[str, str] | None = None,
) -> Receipt:
    """Call the webhook ``name`` with the variables ``given`` and the headers ``marks``. Raises
    :class:`DeliveryError`.
    """
    webhook = known.webhooks.get(name)
    if webhook is None:
        raise DeliveryError(f"No webhook is called {name!r}")
    variables = {**known.variables, **given}
    try:
        body, content_type = encoded(fill(webhook.payload or DEFAULT_PAYLOAD, variables), webhook.encode_as)
        headers = {"Content-Type": content_type, **(marks or {})}
        for name, value in parse_headers(webhook.custom_headers).items():
            headers[name] = fill_plain(value, known.variables)
        answer = await call(
            "POST", webhook.url, headers=headers, body=body,
            private_targets=services.settings.private_targets, seconds=SECONDS,
        )  # fmt: skip
    except (WebhookError, OutboundError) as error:
        raise DeliveryError(str(error)) from error
    return Receipt(check_answer(answer, "The webhook"))
