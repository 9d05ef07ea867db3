"""SQLAlchemy models of log processing: pipelines, indexes, log-based metrics, archives, historical views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class LogPipeline(Base):
    """A pipeline. ``document`` is the submitted one. A preset has only its id, position and state here."""

    __tablename__ = "log_pipelines"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    modified: Mapped[datetime]


class LogIndex(Base):
    """An index. ``deleted``: its name cannot be reused, as its logs may still be stored."""

    __tablename__ = "log_indexes"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    deleted: Mapped[bool] = mapped_column(default=False)


class LogMetric(Base):
    """A log-based metric; ``document`` holds its attributes."""

    __tablename__ = "log_metrics"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    document: Mapped[dict[str, Any]]


class LogArchive(Base):
    """An archive. ``document`` holds its attributes, ``readers`` ids of roles; ``state`` is ``UNKNOWN``,
    ``WORKING`` or ``FAILING``, then with ``error``; ``written`` is the time of the last file.
    """

    __tablename__ = "log_archives"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    readers: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(20), default="UNKNOWN")
    error: Mapped[str] = mapped_column(String(1000), default="")
    written: Mapped[datetime | None]


class HistoricalView(Base):
    """Logs that are read back from an archive. ``document`` is what was asked for
    (:class:`heeler.logs.rehydration.rules.Asked`), ``progress`` what was done so far.

    ``state`` is ``pending``, ``running``, ``active`` (complete), ``canceled``, ``failed``, then with
    ``error``, or ``deleting``. ``checkpoint`` is the last file that was read as a whole. ``expires`` is when
    the logs are deleted, once nothing is read any more.
    """

    __tablename__ = "historical_views"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    archive: Mapped[str] = mapped_column(String(40))
    document: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), default="pending")
    error: Mapped[str] = mapped_column(String(1000), default="")
    checkpoint: Mapped[str] = mapped_column(String(1000), default="")
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    owner: Mapped[str] = mapped_column(String(320), default="")
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    expires: Mapped[datetime | None]
