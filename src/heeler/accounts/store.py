"""What can be done to users and keys; the endpoints and the command line share it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.keys import Kind, digest, make_key, new_secret
from heeler.accounts.model import Key, Session, User
from heeler.api.errors import ApiError, bad_request

ROLES = ("admin", "standard", "read-only")


async def live_keys(db: AsyncSession, kind: Kind | None = None, owner: int | None = None) -> Sequence[Key]:
    """Keys that are not revoked, oldest first."""
    query = select(Key).where(Key.revoked.is_(None)).order_by(Key.created, Key.id)
    if kind is not None:
        query = query.where(Key.kind == kind)
    if owner is not None:
        query = query.where(Key.user_id == owner)
    return (await db.scalars(query)).all()


async def create_key(db: AsyncSession, kind: Kind, name: str, user_id: int | None) -> tuple[Key, str]:
    """A new key and its secret, which can be seen only now."""
    if not name.strip():
        raise bad_request("A key needs a name.")
    secret = new_secret(kind)
    key = make_key(kind, name.strip()[:200], secret, user_id, datetime.now(UTC))
    db.add(key)
    await db.flush()
    return key, secret


async def key_by_secret(db: AsyncSession, kind: Kind, secret: str) -> Key | None:
    found: Key | None = await db.scalar(
        select(Key).where(Key.kind == kind, Key.hash == digest(secret), Key.revoked.is_(None))
    )
    return found


async def user_by_email(db: AsyncSession, email: str) -> User | None:
    found: User | None = await db.scalar(select(User).where(User.email == email.strip().lower()))
    return found


async def user_by_uuid(db: AsyncSession, uuid: str) -> User:
    """Raises a 404 in the public API's words."""
    found: User | None = await db.scalar(select(User).where(User.uuid == uuid.lower()))
    if found is None:
        raise ApiError(404, f"{uuid} not found")
    return found


#: No more than mail needs to find its way: quoted local parts are not for logins.
_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


async def create_user(
    db: AsyncSession, email: str, name: str = "", role: str = "standard", password_hash: str = ""
) -> User:
    """A new user; without a password they are pending until one is set. Raises 400 or 409."""
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email) or len(email) > 320:
        raise bad_request(f"{email!r} is not an email address.")
    if role not in ROLES:
        raise bad_request(f"{role!r} is not a role: {', '.join(ROLES)}.")
    if await user_by_email(db, email):
        raise ApiError(409, f"A user with the email {email} already exists")
    now = datetime.now(UTC)
    user = User(
        email=email, name=name[:200], role=role, password_hash=password_hash, created=now, modified=now
    )
    db.add(user)
    await db.flush()
    return user


async def set_password(db: AsyncSession, user: User, password_hash: str) -> None:
    """Set the password and end the user's sessions."""
    user.password_hash, user.modified = password_hash, datetime.now(UTC)
    await db.execute(delete(Session).where(Session.user_id == user.id))


async def disable_user(db: AsyncSession, user: User) -> None:
    """The user cannot log in, their sessions end, their application keys stop working.

    Raises a 400 for the last administrator, without whom nobody could let anyone in again.
    """
    await _another_admin(db, user)
    user.disabled, user.modified = True, datetime.now(UTC)
    await db.execute(delete(Session).where(Session.user_id == user.id))


async def set_role(db: AsyncSession, user: User, role: str) -> None:
    if role not in ROLES:
        raise bad_request(f"{role!r} is not a role: {', '.join(ROLES)}.")
    if role != "admin":
        await _another_admin(db, user)
    user.role, user.modified = role, datetime.now(UTC)


async def _another_admin(db: AsyncSession, user: User) -> None:
    others = select(User.id).where(User.role == "admin", User.disabled.is_(False), User.id != user.id)
    if user.role == "admin" and not user.disabled and await db.scalar(others.limit(1)) is None:
        raise bad_request(f"{user.email} is the only administrator.")
