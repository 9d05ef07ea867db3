"""SQLAlchemy models of the triage of issues: state, assignee and activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class IssueState(Base):
    """State of an issue that is not in its initial ``OPEN`` state, or that is assigned.

    ``resolved_versions`` are the versions of its service in which it had been seen when it was resolved: an
    error in another one later is a regression.
    """

    __tablename__ = "error_issue_states"

    issue: Mapped[str] = mapped_column(String(36), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default="OPEN")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    resolved_at: Mapped[datetime | None]
    resolved_versions: Mapped[list[Any]]
    regressed_at: Mapped[datetime | None]
    regressed_version: Mapped[str] = mapped_column(String(200), default="")


class IssueActivity(Base):
    """A change of an issue, by a user or (``user`` is empty) automatic."""

    __tablename__ = "error_issue_activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue: Mapped[str] = mapped_column(String(36), index=True)
    time: Mapped[datetime]
    user: Mapped[str] = mapped_column(String(320), default="")
    change: Mapped[str] = mapped_column(String(300))
