"""SQLAlchemy models of restriction policies (who may view and edit a dashboard, monitor, SLO or notebook) and
of restriction queries (which logs a role may read)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
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


class RestrictionQuery(Base):
    """A search to which roles are limited when they read logs."""

    __tablename__ = "restriction_queries"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    query: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime]
    modified: Mapped[datetime]
    modifier_email: Mapped[str] = mapped_column(String(320), default="")
    modifier_name: Mapped[str] = mapped_column(String(200), default="")


class RestrictionQueryRole(Base):
    """The restriction query of a role; a role has at most one."""

    __tablename__ = "restriction_query_roles"

    role_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """A managed or custom role."""
    query_id: Mapped[str] = mapped_column(
        ForeignKey("restriction_queries.id", ondelete="CASCADE"), index=True
    )
