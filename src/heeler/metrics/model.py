"""SQLAlchemy models of metric metadata, tag configurations and tag-indexing rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class MetricMetadata(Base):
    __tablename__ = "metric_metadata"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    type: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    short_name: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(60), default="")
    per_unit: Mapped[str] = mapped_column(String(60), default="")
    statsd_interval: Mapped[int | None]
    integration: Mapped[str] = mapped_column(String(200), default="")


class TagConfiguration(Base):
    """Tags of a metric that are stored (:mod:`heeler.metrics.tag_rules`)."""

    __tablename__ = "metric_tag_configurations"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    attributes: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    modified: Mapped[datetime]


class TagIndexingRule(Base):
    """Tags that are stored for all metrics whose names match."""

    __tablename__ = "tag_indexing_rules"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    rule_order: Mapped[int]
    attributes: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    modified: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(320))
    modified_by: Mapped[str] = mapped_column(String(320))


class TagIndexingExemption(Base):
    """A metric that is exempt from tag-indexing rules."""

    __tablename__ = "tag_indexing_exemptions"

    metric: Mapped[str] = mapped_column(String(200), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(320))


class QueriedMetric(Base):
    """Time of the last query of a metric by a user or key, and the number of queries since recording
    started.
    """

    __tablename__ = "queried_metrics"

    metric: Mapped[str] = mapped_column(String(200), primary_key=True)
    last_queried: Mapped[datetime] = mapped_column(index=True)
    queries: Mapped[int]
