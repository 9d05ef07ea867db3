"""SQLAlchemy models of notifications: the outbox (written in the transaction that decides to notify),
delivery attempts, destinations and webhooks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class OutboxMessage(Base):
    """One message to one recipient.

    ``state``: ``pending``, ``sent``, ``failed``, ``kept`` if no mail server is configured, or ``digest`` if
    it is part of the message ``digest_id``.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    """``email``, ``webhook`` or the kind of a destination (``slack``, ``pagerduty`` ...)."""
    recipient: Mapped[str] = mapped_column(String(400))
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    attachment: Mapped[bytes | None] = mapped_column(LargeBinary)
    attachment_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """A webhook's variables by name, without the dollar sign."""
    secret: Mapped[bool] = mapped_column(default=False)
    """Its text grants access (an invitation): it is hidden, and deleted once sent."""
    state: Mapped[str] = mapped_column(String(10), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
    next_attempt: Mapped[datetime]
    sent: Mapped[datetime | None]
    monitor_id: Mapped[int | None]
    """Monitor of the notification; none for downtimes, snapshots and others."""
    group_key: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Ordering key: messages of one group of one monitor to one recipient are delivered in order."""
    severity: Mapped[int] = mapped_column(default=0, server_default="0")
    """Severity: 4 Alert, 3 No Data, 2 Warn, 1 OK, 0 anything else."""
    content: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """:class:`heeler.notify.message.Content`, from which channels build their messages."""
    reference: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Receiver's identifier of the accepted message (Slack: ``channel ts``), for replies in its thread."""
    digest_id: Mapped[int | None]

    __table_args__ = (
        Index("ix_outbox_channel_recipient_state", "channel", "recipient", "state"),
        Index("ix_outbox_monitor_id", "monitor_id"),
        Index("ix_outbox_created", "created"),
    )


class DeliveryAttempt(Base):
    """An attempt to deliver a message: its time, the receiver's response, the time of the next attempt."""

    __tablename__ = "delivery_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    time: Mapped[datetime]
    ok: Mapped[bool]
    answer: Mapped[str] = mapped_column(Text, default="")
    next_attempt: Mapped[datetime | None]


class Destination(Base):
    """A destination of a channel: a Slack channel, a PagerDuty service, an ntfy topic ...

    A Slack account is one too (``slack-account``): its channels have its name as ``account``.
    """

    __tablename__ = "destinations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    kind: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(255), default="", server_default="")
    name: Mapped[str] = mapped_column(String(255))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Non-secret settings: address, display options."""
    secret: Mapped[str] = mapped_column(Text, default="")
    """A key, token or secret URL; never returned."""
    created: Mapped[datetime]
    modified: Mapped[datetime]

    __table_args__ = (UniqueConstraint("kind", "account", "name"),)


class Webhook(Base):
    """A URL to POST to, notified as ``@webhook-NAME``."""

    __tablename__ = "webhooks"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(Text)
    custom_headers: Mapped[str | None] = mapped_column(Text)
    encode_as: Mapped[str] = mapped_column(String(10), default="json")


class WebhookVariable(Base):
    """A custom variable of webhooks, written ``$NAME`` in payloads, headers and URLs."""

    __tablename__ = "webhook_variables"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[str] = mapped_column(Text, default="")
    is_secret: Mapped[bool] = mapped_column(default=False)
