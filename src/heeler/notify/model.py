"""The outbox, written in the transaction that decided what to tell; and the webhooks people made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class OutboxMessage(Base):
    """One message to one recipient.

    ``state``: ``pending``, ``sent``, ``failed``, or ``kept`` where no mail server is set.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    """``email`` or ``webhook``."""
    recipient: Mapped[str] = mapped_column(String(400))
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """A webhook's variables by name, without the dollar sign."""
    state: Mapped[str] = mapped_column(String(10), default="pending", index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
    next_attempt: Mapped[datetime]
    sent: Mapped[datetime | None]


class Webhook(Base):
    """A place to POST to, notified as ``@webhook-NAME``."""

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
