"""Users, their sessions and keys. Keys and session tokens are stored as SHA-256 of random secrets."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from heeler.store.database import Base


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True, default=lambda: str(uuid.uuid4()))
    """The id of the current API; ``id`` is the one of tables."""
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(20), default="standard")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    """Empty for a user who was invited and has no password yet."""
    disabled: Mapped[bool] = mapped_column(default=False)
    last_login: Mapped[datetime | None]
    created: Mapped[datetime]
    modified: Mapped[datetime]


class Session(Base):
    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime]
    expires: Mapped[datetime]


class Key(Base):
    """An API key (``kind`` ``api``) or application key (``app``, which acts as its user)."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(3))
    name: Mapped[str] = mapped_column(String(200), default="")
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    last4: Mapped[str] = mapped_column(String(4))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created: Mapped[datetime]
    modified: Mapped[datetime]
    last_used: Mapped[datetime | None]
    """To the hour."""
    revoked: Mapped[datetime | None]
