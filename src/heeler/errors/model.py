"""SQLAlchemy models of the triage of issues: state, assignee and activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class IssueState(Base):
    """The state of an issue that is no longer ``OPEN`` as at first, or that is assigned to someone.

    ``resolved_versions`` are the versions of its service in which it had been seen when it was resolved:
    seen in another one later, it is back.
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
    """A change of an issue, by a person or (``user`` is empty) by itself."""

    __tablename__ = "error_issue_activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    issue: Mapped[str] = mapped_column(String(36), index=True)
    time: Mapped[datetime]
    user: Mapped[str] = mapped_column(String(320), default="")
    change: Mapped[str] = mapped_column(String(300))
