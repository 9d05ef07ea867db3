"""First-start bootstrap: creates an administrator and one key of each kind, from settings or at random."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from heeler.accounts.keys import make_key, new_secret
from heeler.accounts.model import User, UserRole
from heeler.accounts.organization import organization_of
from heeler.accounts.passwords import hash_in_pool
from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN
from heeler.settings import Settings
from heeler.store.database import Database


@dataclass(frozen=True, slots=True)
class FirstCredentials:
    """The first administrator and the generated secrets; printed once.

    A secret is empty if it was set by a setting: its owner knows it, and it must not appear in logs.
    """

    email: str
    password: str = ""
    api_key: str = ""
    app_key: str = ""


async def bootstrap(database: Database, settings: Settings) -> FirstCredentials | None:
    """Create the first credentials; None if there are users already."""
    now = datetime.now(UTC)
    async with database.session() as session:
        await organization_of(session)
        if await session.scalar(select(func.count()).select_from(User)):
            return None
        made = FirstCredentials(
            email=settings.admin_email or "admin@localhost",
            password="" if settings.admin_password else secrets.token_urlsafe(12),
            api_key="" if settings.api_key else new_secret("api"),
            app_key="" if settings.app_key else new_secret("app"),
        )
        user = User(
            email=made.email.lower(),
            name="Administrator",
            password_hash=await hash_in_pool(settings.admin_password or made.password),
            created=now,
            modified=now,
        )
        session.add(user)
        await session.flush()
        session.add(UserRole(user_id=user.id, role_id=role_id(ADMIN)))
        session.add(make_key("api", "First key", settings.api_key or made.api_key, user.id, now))
        session.add(make_key("app", "First key", settings.app_key or made.app_key, user.id, now))
    return made
