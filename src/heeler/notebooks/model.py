"""SQLAlchemy model of notebooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Notebook(Base):
    """A notebook. ``body`` is the submitted document, with an id for each cell."""

    __tablename__ = "notebooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(30), default="")
    """``postmortem``, ``runbook``, ``investigation``, ``documentation``, ``report`` or nothing."""
    is_template: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    modified: Mapped[datetime]
    body: Mapped[dict[str, Any]]
