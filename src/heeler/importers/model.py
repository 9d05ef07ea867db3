"""SQLAlchemy models of imports: the id map, and the runs started from the web app."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class ImportedObject(Base):
    """An object here, mapped to the resource of another installation from which it was created."""

    __tablename__ = "imported_objects"

    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(300), primary_key=True)
    target_id: Mapped[str] = mapped_column(String(300), default="")
    """Empty while the object is being created."""
    digest: Mapped[str] = mapped_column(String(64), default="")
    """Digest of the last write; the object is written again when the resource's digest differs."""
    imported: Mapped[datetime]


class ImportRun(Base):
    """An import started from the web app."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(200))
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20))
    """``running``, ``done``, ``failed``, ``canceled``, or ``interrupted`` by a server stop."""
    error: Mapped[str] = mapped_column(String(2000), default="")
    started_by: Mapped[str] = mapped_column(String(320))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
