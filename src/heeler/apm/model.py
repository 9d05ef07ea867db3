"""SQLAlchemy models of service metadata: definitions, catalog entities, retention filters, span-based
metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class ServiceDefinition(Base):
    """A service definition as submitted: owners, contacts and links, in its schema version."""

    __tablename__ = "service_definitions"

    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    document: Mapped[dict[str, Any]]
    modified: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(320), default="")


class SpanRetentionFilter(Base):
    """A retention filter of spans; ``document`` holds its attributes, ``position`` its execution order."""

    __tablename__ = "span_retention_filters"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(320), default="")
    modified: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(320), default="")


class SpanMetric(Base):
    """A span-based metric; ``document`` holds its attributes."""

    __tablename__ = "span_metrics"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    document: Mapped[dict[str, Any]]


class TracerConfiguration(Base):
    """What the tracers of a service in an environment (``*``: any) are configured to, remotely."""

    __tablename__ = "tracer_configurations"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    service: Mapped[str] = mapped_column(String(100))
    env: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]]
    modified: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(320), default="")


class CatalogEntity(Base):
    """An entity of the software catalog (schema v3) as submitted; ``raw`` is the text if it was YAML."""

    __tablename__ = "catalog_entities"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100), index=True)
    namespace: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255), index=True)
    document: Mapped[dict[str, Any]]
    raw: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
    modified: Mapped[datetime]
    modified_by: Mapped[str] = mapped_column(String(320), default="")


class CatalogKind(Base):
    """A user-defined kind of catalog entities."""

    __tablename__ = "catalog_kinds"

    kind: Mapped[str] = mapped_column(String(100), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(String(2000), default="")
    created: Mapped[datetime]
    modified: Mapped[datetime]
