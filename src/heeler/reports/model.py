"""SQLAlchemy model of report schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class ReportSchedule(Base):
    """A recurring report: a dashboard that is rendered and mailed."""

    __tablename__ = "report_schedules"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    resource_id: Mapped[str] = mapped_column(String(60), index=True)
    resource_type: Mapped[str] = mapped_column(String(30))
    """``dashboard`` or ``integration_dashboard``."""
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    recipients: Mapped[list[str]] = mapped_column(JSON)
    rrule: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(60))
    timeframe: Mapped[str] = mapped_column(String(20))
    delivery_format: Mapped[str] = mapped_column(String(20))
    """``png``, ``pdf`` or ``pdf_and_png``."""
    template_variables: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    tab_id: Mapped[str | None] = mapped_column(String(60))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    active: Mapped[bool] = mapped_column(default=True)
    start: Mapped[datetime]
    """Start of the recurrence."""
    next_run: Mapped[datetime | None] = mapped_column(index=True)
    """None if paused, or if the rule has ended."""
    last_run: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    """Why the last delivery failed; empty after a success."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
