"""SQLAlchemy models of dashboards, lists, versions, shares, embeds, powerpacks and annotations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Dashboard(Base):
    """A dashboard. ``body`` is the submitted document, with widget ids; columns are the server's own
    fields.
    """

    __tablename__ = "dashboards"

    number: Mapped[int] = mapped_column(primary_key=True)
    """Id of timeboards and screenboards."""
    id: Mapped[str] = mapped_column(String(11), unique=True)
    kind: Mapped[str] = mapped_column(String(11), default="dashboard")
    """``dashboard``, ``timeboard`` or ``screenboard``: the API that created it."""
    title: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    modified: Mapped[datetime]
    deleted: Mapped[datetime | None] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    legacy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The timeboard or screenboard as sent; removed once the current API has changed the dashboard."""


class DashboardVersion(Base):
    """A saved version of a dashboard; the latest ``MAX_VERSIONS`` of each are retained."""

    __tablename__ = "dashboard_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    dashboard: Mapped[int] = mapped_column(ForeignKey("dashboards.number", ondelete="CASCADE"), index=True)
    saved: Mapped[datetime]
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]


class SharedDashboard(Base):
    """A dashboard readable without an account, under an unguessable URL."""

    __tablename__ = "shared_dashboards"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    dashboard_id: Mapped[str] = mapped_column(String(40), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    accessed: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Empty if readers need no password."""
    body: Mapped[dict[str, Any]]
    """The settings as sent: readers, time range, variables."""


class SharedDashboardInvitation(Base):
    """Personal access key of a dashboard shared by invitation; only its hash is stored."""

    __tablename__ = "shared_dashboard_invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(ForeignKey("shared_dashboards.token", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime]
    expires: Mapped[datetime]


class GraphEmbed(Base):
    """A graph that other sites show in an iframe."""

    __tablename__ = "graph_embeds"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(index=True)
    """Sequence number, by creation."""
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    shared_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created: Mapped[datetime]
    revoked: Mapped[bool] = mapped_column(default=False)


class Powerpack(Base):
    """A reusable group of widgets that dashboards include by id."""

    __tablename__ = "powerpacks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_handle: Mapped[str] = mapped_column(String(320), default="")
    author_name: Mapped[str | None] = mapped_column(String(200))
    created: Mapped[datetime]
    modified: Mapped[datetime]


class Annotation(Base):
    """A user's note on the graphs of a page; times are milliseconds since the epoch."""

    __tablename__ = "annotations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    page_id: Mapped[str] = mapped_column(String(60), index=True)
    """``dashboard:<id>`` or ``notebook:<id>``."""
    kind: Mapped[str] = mapped_column(String(12))
    """``pointInTime`` or ``timeRegion``."""
    color: Mapped[str] = mapped_column(String(10))
    description: Mapped[str] = mapped_column(Text)
    start: Mapped[int] = mapped_column(BigInteger)
    end: Mapped[int | None] = mapped_column(BigInteger)
    widget_ids: Mapped[list[str]] = mapped_column(JSON)
    """Empty for every graph of the page."""
    author_uuid: Mapped[str] = mapped_column(String(36), default="")
    created: Mapped[datetime]
    modified: Mapped[datetime]


class DashboardStar(Base):
    """A favorite dashboard of a user; preset dashboards have ids without a table row."""

    __tablename__ = "dashboard_stars"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    dashboard_id: Mapped[str] = mapped_column(String(40), primary_key=True)


class DashboardView(Base):
    """Number of views of a dashboard by a user on a day."""

    __tablename__ = "dashboard_views"

    dashboard_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
    last: Mapped[datetime]


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
