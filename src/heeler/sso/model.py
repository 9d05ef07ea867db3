"""SQLAlchemy model of authn mappings: attributes of the identity provider to roles and teams."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class AuthnMapping(Base):
    """Grants a role or team membership to users with ``attribute_value`` in the claim ``attribute_key``."""

    __tablename__ = "authn_mappings"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    attribute_key: Mapped[str] = mapped_column(String(200))
    attribute_value: Mapped[str] = mapped_column(String(400))
    role_id: Mapped[str | None] = mapped_column(String(36))
    """A managed or custom role; None if the mapping is to a team."""
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    created: Mapped[datetime]
    modified: Mapped[datetime]
