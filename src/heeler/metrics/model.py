"""What people say of metrics: metadata and tag configurations."""

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
    """Which tags of a metric stay queryable in the public product; here all do."""

    __tablename__ = "metric_tag_configurations"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    attributes: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    modified: Mapped[datetime]
