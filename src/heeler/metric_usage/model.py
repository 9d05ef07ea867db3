"""SQLAlchemy models of usage by API key and of quotas."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class KeyUsage(Base):
    """What was taken in with an API key in an hour. Rows of deleted keys stay."""

    __tablename__ = "key_usage"

    hour: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Start of the hour, UNIX seconds."""
    key_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    signal: Mapped[str] = mapped_column(String(20), primary_key=True)
    """``bytes``, ``points``, ``logs``, ``spans``, or ``refused`` for refused requests. ``of_quota`` and
    ``quota_refused``: what a quota of a service, team or tag counted and refused; ``key_id`` is its id."""
    amount: Mapped[int] = mapped_column(BigInteger)


class UsageQuota(Base):
    """The most of a signal that is taken in on a day (UTC), or the most series, of a scope."""

    __tablename__ = "usage_quotas"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    key_id: Mapped[str | None] = mapped_column(ForeignKey("keys.id", ondelete="CASCADE"))
    """The API key of a quota with that scope."""
    scope: Mapped[str] = mapped_column(String(20), default="all", server_default="all")
    """``all``, ``key``, ``service``, ``team``, ``tag`` or ``metric``."""
    scope_value: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The service, team, tag, or pattern of metric names."""
    signal: Mapped[str] = mapped_column(String(20))
    daily_limit: Mapped[int] = mapped_column(BigInteger)
    """Of a day; of ``series``, the number of those sent within the last day."""
    warning_percent: Mapped[int] = mapped_column(default=80)
    told_day: Mapped[int] = mapped_column(default=0)
    """Day (since 1970) of the last notification, and its level: 1 for the warning, 2 for the limit."""
    told_level: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime]
    modified: Mapped[datetime]
    modifier_email: Mapped[str] = mapped_column(String(320), default="")


class MonitorView(Base):
    """When a person last opened the page of a monitor."""

    __tablename__ = "monitor_views"

    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True)
    last: Mapped[datetime]
