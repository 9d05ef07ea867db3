"""SQLAlchemy model of restriction policies: who may view and edit a dashboard, monitor, SLO or notebook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class RestrictionPolicy(Base):
    """Policy of one resource; a resource without one is open to everyone with permission."""

    __tablename__ = "restriction_policies"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    """``dashboard``, ``monitor``, ``slo``, ``notebook`` or ``powerpack``."""
    resource_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    bindings: Mapped[list[Any]] = mapped_column(default=list)
    """Objects with ``relation`` (``viewer`` or ``editor``) and ``principals`` such as ``team:UUID``."""
    modified: Mapped[datetime]
