"""SQLAlchemy models of users, roles, sessions and keys. Keys and session tokens are stored as SHA-256
hashes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=lambda: str(uuid.uuid4()))
    """Id in the v2 API; ``id`` is the primary key."""
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    service_account: Mapped[bool] = mapped_column(default=False)
    """Not a person: it cannot log in; its keys and tokens are for programs."""
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    """Empty for an invited user who has not set a password yet."""
    totp_secret: Mapped[str] = mapped_column(String(64), default="")
    """Base32 secret of the second factor; empty without one."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """30-second step of the last accepted code: a code works once."""
    recovery_codes: Mapped[list[Any]] = mapped_column(default=list)
    """SHA-256 of the unused recovery codes."""
    oidc_subject: Mapped[str | None] = mapped_column(String(400), unique=True, index=True)
    """Issuer and subject of the identity provider's account, joined by a space; None without one."""
    login_methods: Mapped[list[Any]] = mapped_column(default=list)
    """Allowed login methods (``password``, ``oidc``); empty for all."""
    disabled: Mapped[bool] = mapped_column(default=False)
    last_login: Mapped[datetime | None]
    created: Mapped[datetime]
    modified: Mapped[datetime]


class Role(Base):
    """A custom role. The managed roles (admin, standard, read-only) are fixed and have no row."""

    __tablename__ = "roles"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    permissions: Mapped[list[Any]] = mapped_column(default=list)
    """Names of permissions."""
    default_permissions_opt_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    """As it was asked for. No role has permissions that were not named, so it makes no difference."""
    created: Mapped[datetime]
    modified: Mapped[datetime]


class UserRole(Base):
    """Assignment of a role, managed or custom, to a user."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[str] = mapped_column(String(36), primary_key=True, index=True)


class Session(Base):
    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), default=lambda: str(uuid.uuid4()))
    """Public identifier, used to end the session: the token itself is a secret."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(60), default="")
    """The client's address at the login."""
    browser: Mapped[str] = mapped_column(String(300), default="")
    """The browser's ``User-Agent``."""
    method: Mapped[str] = mapped_column(String(20), default="password")
    """How the user logged in: ``password``, ``totp`` (password and second factor) or ``oidc``."""
    created: Mapped[datetime]
    expires: Mapped[datetime]


class Invitation(Base):
    """A single-use link to set a password, with an expiry.

    ``purpose``: ``invite`` for a user without a password, ``reset`` for a forgotten one.
    """

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid.uuid4()))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime]
    expires: Mapped[datetime]
    used: Mapped[datetime | None]


class Organization(Base):
    """The organization of this installation: one row, whose ``id`` is 1."""

    __tablename__ = "organizations"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), default=lambda: str(uuid.uuid4()))
    public_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(String(1000), default="")
    configs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Settings by name that differ from their defaults; see ``accounts/organization.py``."""
    allowed_networks: Mapped[list[Any]] = mapped_column(default=list)
    """Entries of the IP allowlist: objects with ``id``, ``cidr_block``, ``note`` and times."""
    created: Mapped[datetime]
    modified: Mapped[datetime]


class Key(Base):
    """A credential of programs.

    ``kind``: ``api`` for an API key, ``app`` for an application key, ``pat`` for a personal access token and
    ``sat`` for one of a service account; the last three act as their user.
    """

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(3))
    name: Mapped[str] = mapped_column(String(200), default="")
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    last4: Mapped[str] = mapped_column(String(4))
    public_portion: Mapped[str] = mapped_column(String(40), default="")
    """The displayed part of an access token; empty for keys."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Creator of an API key; for other types the user that the key or token acts as."""
    category: Mapped[str] = mapped_column(String(100), default="")
    remote_config_read: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Of an API key: whether agents with it may read the configuration of tracers."""
    created: Mapped[datetime]
    modified: Mapped[datetime]
    scopes: Mapped[list[Any] | None]
    """Permissions that the key is limited to; None for all of its user's."""
    expires: Mapped[datetime | None]
    last_used: Mapped[datetime | None]
    """Time of last use, with a resolution of an hour."""
    revoked: Mapped[datetime | None]
