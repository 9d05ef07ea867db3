"""SQLAlchemy model of audit events: changes with their author, and logins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class AuditEvent(Base):
    """A request that changed something, or a login. Rows are immutable, and deleted only by age."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(320), index=True)
    """Email of the author; for a failed login, the email that was entered."""
    name: Mapped[str] = mapped_column(String(60))
    """Type of the object, such as ``Dashboard`` or ``Authentication``."""
    action: Mapped[str] = mapped_column(String(20))
    """``created``, ``modified``, ``deleted``, ``login`` or ``login failed``."""
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """All details in the public format: author, address, request, old and new values."""
