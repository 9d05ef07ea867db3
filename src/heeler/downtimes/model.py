"""SQLAlchemy model of downtimes: one table for both API versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Downtime(Base):
    """A downtime. ``scope`` is a list of tags that must all match; or ``expression`` is a search.

    ``start`` and ``end`` are as submitted (with recurrence: of the first occurrence), UNIX seconds;
    ``recurrences`` is a list of ``{start, duration, rrule}`` in local time of ``timezone``; ``recurrence`` is
    its form in API v1.
    """

    __tablename__ = "downtimes"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    scope: Mapped[list[Any]] = mapped_column(default=list)
    expression: Mapped[str] = mapped_column(Text, default="")
    monitor_id: Mapped[int | None]
    monitor_tags: Mapped[list[Any]] = mapped_column(default=list)
    message: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    display_timezone: Mapped[str | None] = mapped_column(String(64))
    start: Mapped[float]
    end: Mapped[float | None]
    recurrences: Mapped[list[Any]] = mapped_column(default=list)
    recurrence: Mapped[dict[str, Any] | None]
    mute_first_recovery_notification: Mapped[bool] = mapped_column(default=False)
    notify_end_types: Mapped[list[Any]] = mapped_column(default=list)
    notify_end_states: Mapped[list[Any]] = mapped_column(default=list)
    canceled: Mapped[float | None] = mapped_column(index=True)
    begun: Mapped[float | None]
    """Start of the occurrence whose start was last notified; None once it has ended."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
    creator_id: Mapped[int | None]
    creator_email: Mapped[str] = mapped_column(String(320), default="")
    creator_name: Mapped[str] = mapped_column(String(200), default="")
    updater_id: Mapped[int | None]
