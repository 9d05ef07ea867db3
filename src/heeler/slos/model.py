"""SQLAlchemy models of SLOs, their corrections and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Slo(Base):
    """An SLO. ``definition`` has the fields of its type as submitted: ``query`` or ``sli_specification`` of
    metric SLOs, ``monitor_ids`` and ``groups`` of monitor SLOs, ``sli_specification`` of time-slice SLOs.
    """

    __tablename__ = "slos"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    type: Mapped[str] = mapped_column(String(12))
    """``metric``, ``monitor`` or ``time_slice``."""
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    definition: Mapped[dict[str, Any]] = mapped_column(default=dict)
    thresholds: Mapped[list[Any]] = mapped_column(default=list)
    """``{timeframe, target, warning?}``, the shortest timeframe first."""
    timeframe: Mapped[str] = mapped_column(String(10))
    """The primary one of ``thresholds``."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
    creator_id: Mapped[int | None]
    creator_email: Mapped[str] = mapped_column(String(320), default="")
    creator_name: Mapped[str] = mapped_column(String(200), default="")


class SloCorrection(Base):
    """Time excluded from an SLO, or from all that match ``slo_query``."""

    __tablename__ = "slo_corrections"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    slo_id: Mapped[str | None] = mapped_column(ForeignKey("slos.id", ondelete="CASCADE"), index=True)
    slo_query: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(30))
    description: Mapped[str] = mapped_column(Text, default="")
    start: Mapped[float]
    end: Mapped[float | None]
    duration: Mapped[int | None]
    """Seconds of each occurrence, where ``rrule`` is given."""
    rrule: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    """For display only: recurrence is expanded in UTC."""
    created: Mapped[datetime]
    modified: Mapped[datetime | None]
    creator_email: Mapped[str] = mapped_column(String(320), default="")
    creator_name: Mapped[str] = mapped_column(String(200), default="")
    modifier_email: Mapped[str] = mapped_column(String(320), default="")
    modifier_name: Mapped[str] = mapped_column(String(200), default="")


class SloReport(Base):
    """A requested report, with its rows once computed."""

    __tablename__ = "slo_reports"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    status: Mapped[str] = mapped_column(String(24), default="in_progress")
    request: Mapped[dict[str, Any]] = mapped_column(default=dict)
    csv: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
