"""SQLAlchemy model of saved views of the explorers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class SavedView(Base):
    """A saved view. ``state`` is the page's URL parameters: query, columns, visualization and so on.
    ``is_default``: the initial view of its owner's page; ``shared``: visible to everyone, else
    with ``team_id`` to the members of that team, else to its owner alone.
    """

    __tablename__ = "explorer_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[dict[str, Any]]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    owner_name: Mapped[str] = mapped_column(String(320), default="")
    shared: Mapped[bool] = mapped_column(default=False)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime]
    modified: Mapped[datetime]
