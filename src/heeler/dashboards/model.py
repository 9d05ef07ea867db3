"""Dashboards and lists of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Dashboard(Base):
    """``body`` is what the user sent, with widget ids; the columns are what the server knows beside it."""

    __tablename__ = "dashboards"

    number: Mapped[int] = mapped_column(primary_key=True)
    """The id of timeboards and screenboards."""
    id: Mapped[str] = mapped_column(String(11), unique=True)
    kind: Mapped[str] = mapped_column(String(11), default="dashboard")
    """``dashboard``, ``timeboard`` or ``screenboard``: the API that made it."""
    title: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    modified: Mapped[datetime]
    deleted: Mapped[datetime | None] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    legacy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The timeboard or screenboard as sent; gone once the current API has changed the dashboard."""


class DashboardList(Base):
    __tablename__ = "dashboard_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    modified: Mapped[datetime]


class DashboardListItem(Base):
    __tablename__ = "dashboard_list_items"

    list_id: Mapped[int] = mapped_column(
        ForeignKey("dashboard_lists.id", ondelete="CASCADE"), primary_key=True
    )
    dashboard_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    type: Mapped[str] = mapped_column(String(30))
