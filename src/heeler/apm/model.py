"""What people say of services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class ServiceDefinition(Base):
    """The definition of a service as it was given: its owners, contacts and links, in the schema that it
    names."""

    __tablename__ = "service_definitions"

    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    document: Mapped[dict[str, Any]]
    modified: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(320), default="")
