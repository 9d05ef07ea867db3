"""SQLAlchemy models of teams, their members, links, hierarchy, connections and notification rules."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class Team(Base):
    """A group of users that owns things; named by its ``handle`` in tags (``team:handle``)."""

    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    handle: Mapped[str] = mapped_column(String(195), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    avatar: Mapped[str | None] = mapped_column(String(400))
    banner: Mapped[int | None]
    visible_modules: Mapped[list[Any]] = mapped_column(default=list)
    hidden_modules: Mapped[list[Any]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Permission settings by action: ``edit`` and ``manage_membership``."""
    created: Mapped[datetime]
    modified: Mapped[datetime]


class TeamMember(Base):
    """Membership of a user in a team; ``role`` is ``admin`` for its administrators, else empty."""

    __tablename__ = "team_members"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(10), default="")
    provisioned_by: Mapped[str] = mapped_column(String(40), default="")
    """``oidc`` for memberships set by the identity provider, empty for those set by users."""


class TeamLink(Base):
    """A link on the page of a team."""

    __tablename__ = "team_links"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(256))
    url: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)


class TeamHierarchyLink(Base):
    """Membership of a team in another team. A team has at most one parent; there are no cycles."""

    __tablename__ = "team_hierarchy_links"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    parent_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    sub_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), unique=True)
    provisioned_by: Mapped[str] = mapped_column(String(320), default="")
    """Email of the link's creator."""
    created: Mapped[datetime]


class TeamConnection(Base):
    """Id of a team in another system, such as GitHub."""

    __tablename__ = "team_connections"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    connected_id: Mapped[str] = mapped_column(String(400))
    source: Mapped[str] = mapped_column(String(100), default="")
    managed_by: Mapped[str] = mapped_column(String(100), default="")
    created: Mapped[datetime]


class TeamNotificationRule(Base):
    """Channels for notifications of a team (``@team-handle``)."""

    __tablename__ = "team_notification_rules"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Channels by name: ``email``, ``slack``, ``pagerduty``, ``ms_teams``."""
    created: Mapped[datetime]
