"""The first start makes an administrator and one key of each kind, from settings or at random."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from argon2 import PasswordHasher
from sqlalchemy import func, select

from heeler.accounts.keys import digest, new_api_key, new_app_key
from heeler.accounts.model import Key, User
from heeler.settings import Settings
from heeler.store.database import Database


@dataclass(frozen=True, slots=True)
class FirstCredentials:
    """What the first start made; printed once."""

    email: str
    password: str
    api_key: str
    app_key: str


async def bootstrap(database: Database, settings: Settings) -> FirstCredentials | None:
    """Make the first credentials; None when there are users already."""
    now = datetime.now(UTC)
    async with database.session() as session:
        if await session.scalar(select(func.count()).select_from(User)):
            return None
        made = FirstCredentials(
            email=settings.admin_email or "admin@localhost",
            password=settings.admin_password or secrets.token_urlsafe(12),
            api_key=settings.api_key or new_api_key(),
            app_key=settings.app_key or new_app_key(),
        )
        user = User(
            email=made.email,
            name="Administrator",
            role="admin",
            password_hash=PasswordHasher().hash(made.password),
            created=now,
            modified=now,
        )
        session.add(user)
        await session.flush()
        for kind, secret in (("api", made.api_key), ("app", made.app_key)):
            session.add(
                Key(
                    id=str(uuid.uuid4()),
                    kind=kind,
                    name="First key",
                    hash=digest(secret),
                    last4=secret[-4:],
                    user_id=user.id if kind == "app" else None,
                    created=now,
                    revoked=None,
                )
            )
    return made
