"""SQLAlchemy models of log processing: pipelines, indexes and log-based metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class LogPipeline(Base):
    """``document`` is what the API was given. One of our own has only its id, place and state here."""

    __tablename__ = "log_pipelines"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    modified: Mapped[datetime]


class LogIndex(Base):
    """``deleted``: its name cannot be used again, as its logs may still be there."""

    __tablename__ = "log_indexes"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    deleted: Mapped[bool] = mapped_column(default=False)


class LogMetric(Base):
    """A metric made of logs; ``document`` holds its attributes."""

    __tablename__ = "log_metrics"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    document: Mapped[dict[str, Any]]
