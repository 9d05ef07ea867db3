"""SQLAlchemy models of synthetic tests: definitions, results, global variables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base

LIVE, PAUSED = "live", "paused"


class SyntheticTest(Base):
    """A test. ``config`` and ``options`` are stored as sent; ``monitor_id`` is its monitor."""

    __tablename__ = "synthetic_tests"

    public_id: Mapped[str] = mapped_column(String(11), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(20))
    subtype: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))
    """``live`` or ``paused``."""
    config: Mapped[dict[str, Any]]
    options: Mapped[dict[str, Any]]
    locations: Mapped[list[Any]]
    message: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[Any]]
    monitor_id: Mapped[int | None] = mapped_column(ForeignKey("monitors.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)
    """Counts edits; results name the version that they ran."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
    creator_email: Mapped[str] = mapped_column(String(320), default="")
    creator_name: Mapped[str | None] = mapped_column(String(200))
    next_run: Mapped[float] = mapped_column(default=0.0, index=True)
    """UNIX seconds."""
    last_run: Mapped[float] = mapped_column(default=0.0)
    """UNIX seconds; 0 before the first run."""
    failing_since: Mapped[float] = mapped_column(default=0.0)
    """UNIX seconds of the first of the failed runs that lead up to now; 0 while the test passes."""
    last_error: Mapped[str] = mapped_column(Text, default="")


class SyntheticResult(Base):
    """One run of a test. ``result`` has the format of the public API's ``SyntheticsAPITestResultData``."""

    __tablename__ = "synthetic_results"
    __table_args__ = (Index("ix_synthetic_results_test_time", "public_id", "check_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[str] = mapped_column(String(40), unique=True)
    public_id: Mapped[str] = mapped_column(ForeignKey("synthetic_tests.public_id", ondelete="CASCADE"))
    check_time: Mapped[float]
    """UNIX milliseconds at which the run started."""
    version: Mapped[int]
    passed: Mapped[bool]
    result: Mapped[dict[str, Any]]


class GlobalVariable(Base):
    """A variable available to all tests as ``{{ NAME }}``. A secure value is never returned."""

    __tablename__ = "synthetic_variables"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    value: Mapped[str] = mapped_column(Text)
    secure: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[Any]]
    body: Mapped[dict[str, Any]]
    """The other fields as they were sent: restricted roles, parse options, TOTP."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
