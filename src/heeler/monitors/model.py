"""SQLAlchemy models of monitors, group states, history, notification rules, policies and templates."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Monitor(Base):
    __tablename__ = "monitors"

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[Any]] = mapped_column(default=list)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    priority: Mapped[int | None]
    restricted_roles: Mapped[list[Any] | None]
    draft_status: Mapped[str] = mapped_column(String(10), default="published", server_default="published")
    """``published``, or ``draft``: evaluated, with events, without notifications."""
    assets: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Runbook links: ``{category, name, url, resource_type, resource_key}``."""
    overall_state: Mapped[str] = mapped_column(String(10), default="No Data")
    state_modified: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why the last evaluation failed; empty after a success."""
    evaluated: Mapped[float] = mapped_column(default=0.0)
    created: Mapped[datetime]
    modified: Mapped[datetime]
    creator_id: Mapped[int | None]
    creator_email: Mapped[str] = mapped_column(String(320), default="")
    creator_name: Mapped[str] = mapped_column(String(200), default="")


class MonitorStates(Base):
    """States of all groups of a monitor, as written by :mod:`heeler.monitors.evaluation.state_store`."""

    __tablename__ = "monitor_states"

    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True)
    states: Mapped[bytes] = mapped_column(LargeBinary)


class MonitorStateChange(Base):
    """Every state change of a group, notified or not: the data of uptime."""

    __tablename__ = "monitor_state_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    group_name: Mapped[str] = mapped_column(String(1000))
    before: Mapped[str] = mapped_column(String(10))
    """Previous state; empty for a new group."""
    after: Mapped[str] = mapped_column(String(10))
    """New state; empty for a dropped group."""
    time: Mapped[float]

    __table_args__ = (Index("ix_monitor_state_changes_monitor_id_time", "monitor_id", "time"),)


class MonitorTransition(Base):
    """The history of a group's states."""

    __tablename__ = "monitor_transitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"), index=True)
    group_name: Mapped[str] = mapped_column(String(1000))
    kind: Mapped[str] = mapped_column(String(20))
    before: Mapped[str] = mapped_column(String(10))
    after: Mapped[str] = mapped_column(String(10))
    value: Mapped[float | None]
    muted: Mapped[bool] = mapped_column(default=False)
    time: Mapped[float]
    opinion: Mapped[str] = mapped_column(Text, default="")
    """Result of :mod:`heeler.monitors.evaluation.anomaly_history` at the trigger, a sentence."""


class NotificationRule(Base):
    """Additional recipients of notifications, see :mod:`heeler.monitors.notifications.rules`."""

    __tablename__ = "notification_rules"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    name: Mapped[str] = mapped_column(Text)
    filter: Mapped[dict[str, Any]] = mapped_column(default=dict)
    recipients: Mapped[list[Any] | None]
    conditional_recipients: Mapped[dict[str, Any] | None]
    created: Mapped[datetime]
    modified: Mapped[datetime]
    creator_uuid: Mapped[str] = mapped_column(String(36), default="")


class ConfigPolicy(Base):
    """Tags that monitors require, see :mod:`heeler.monitors.config_policies`."""

    __tablename__ = "config_policies"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime]


class MonitorTemplate(Base):
    """A version of a monitor template; the first one's id is the template's id."""

    __tablename__ = "monitor_templates"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    template_id: Mapped[str] = mapped_column(String(36), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    monitor_definition: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    template_variables: Mapped[list[Any]] = mapped_column(default=list)
    created: Mapped[datetime]
    """Creation time of the template."""
    modified: Mapped[datetime]
    """Creation time of the version."""
