"""Database operations on users and keys, shared by the endpoints and the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.keys import Kind, digest, make_key, new_secret
from heeler.accounts.model import Key, Session, User, UserRole
from heeler.accounts.roles import NAMES, known_roles, role_id
from heeler.api.errors import ApiError, bad_request
from heeler.api.permissions import ADMIN, BY_NAME

MAX_KEYS_PER_USER = 1000


async def active_keys(
    db: AsyncSession, kinds: Sequence[Kind] = (), owner: int | None = None
) -> Sequence[Key]:
    """Keys that are neither revoked nor expired, oldest first."""
    query = select(Key).where(*is_active()).order_by(Key.created, Key.id)
    if kinds:
        query = query.where(Key.kind.in_(kinds))
    if owner is not None:
        query = query.where(Key.user_id == owner)
    return (await db.scalars(query)).all()


def is_active() -> tuple[ColumnElement[bool], ...]:
    """SQL conditions for a usable key."""
    return Key.revoked.is_(None), or_(Key.expires.is_(None), Key.expires > datetime.now(UTC))


async def create_key(
    db: AsyncSession,
    kind: Kind,
    name: str,
    user_id: int | None,
    scopes: Sequence[str] | None = None,
    expires: datetime | None = None,
) -> tuple[Key, str]:
    """Create a key; returns it with its secret, which cannot be retrieved later. Raises a 400."""
    name = checked_key_name(name)
    secret = new_secret(kind)
    key = make_key(kind, name, secret, user_id, datetime.now(UTC))
    key.scopes, key.expires = list(scopes) if scopes is not None else None, expires
    if len(await active_keys(db, [kind], user_id)) >= MAX_KEYS_PER_USER and user_id is not None:
        raise bad_request(
            f"At most {MAX_KEYS_PER_USER} keys of a kind are allowed per user. Revoke some first."
        )
    db.add(key)
    await db.flush()
    return key, secret


def checked_key_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise bad_request("A key needs a name.")
    if len(name) > 200:
        raise bad_request("Invalid name. Expected at most 200 characters.")
    return name.strip()


def checked_scopes(scopes: object) -> list[str] | None:
    """Permission names, deduplicated; None for an unlimited key. Raises a 400."""
    if scopes is None:
        return None
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise bad_request("Invalid scopes. Expected a list of permission names.")
    unknown = [scope for scope in scopes if scope not in BY_NAME]
    if unknown:
        raise bad_request(
            f"Invalid scopes: {', '.join(unknown[:5])}. GET /api/v2/permissions lists the names."
        )
    return list(dict.fromkeys(scopes))


async def key_by_secret(db: AsyncSession, kind: Kind, secret: str) -> Key | None:
    found: Key | None = await db.scalar(
        select(Key).where(Key.kind == kind, Key.hash == digest(secret), *is_active())
    )
    return found


async def user_by_email(db: AsyncSession, email: str) -> User | None:
    found: User | None = await db.scalar(select(User).where(User.email == email.strip().lower()))
    return found


async def user_by_uuid(db: AsyncSession, uuid: str) -> User:
    found: User | None = await db.scalar(select(User).where(User.uuid == uuid.lower()))
    if found is None:
        raise ApiError(404, f"{uuid} not found")
    return found


#: Only the subset needed to deliver mail: quoted local parts are not supported for logins.
_ADDRESS = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]{1,255}")


def checked_email(email: str) -> str:
    """The address as it is stored. Raises a 400 for what is none."""
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email) or len(email) > 320:
        raise bad_request(f"Invalid email: {email[:400]!r}. Expected name@example.com")
    return email


async def create_user(
    db: AsyncSession,
    email: str,
    name: str = "",
    role_ids: Sequence[str] = (),
    password_hash: str = "",
    *,
    service_account: bool = False,
) -> User:
    """Create a user; without a password they are pending until one is set. Raises 400 or 409."""
    email = checked_email(email)
    if await user_by_email(db, email):
        raise ApiError(409, f"A user with the email {email} already exists")
    now = datetime.now(UTC)
    user = User(
        email=email,
        name=name[:200],
        password_hash=password_hash,
        service_account=service_account,
        created=now,
        modified=now,
    )
    db.add(user)
    await db.flush()
    await set_roles(db, user, role_ids)
    return user


async def set_password(db: AsyncSession, user: User, password_hash: str) -> None:
    """Set the password and end the user's sessions."""
    user.password_hash, user.modified = password_hash, datetime.now(UTC)
    await end_sessions(db, user)


async def end_sessions(db: AsyncSession, user: User) -> None:
    await db.execute(delete(Session).where(Session.user_id == user.id))


async def disable_user(db: AsyncSession, user: User) -> None:
    """Disable a user: no login, sessions end, keys and tokens are invalid.

    Raises a 400 for the last administrator, without whom nobody could restore access.
    """
    await _another_admin(db, user)
    user.disabled, user.modified = True, datetime.now(UTC)
    await end_sessions(db, user)


async def set_roles(db: AsyncSession, user: User, role_ids: Sequence[str]) -> None:
    """Replace the user's roles. Raises a 400 for an unknown role or when no administrator would remain."""
    roles = await known_roles(db)
    for identity in role_ids:
        if identity not in roles:
            raise bad_request(f"No role has the id {identity}. GET /api/v2/roles lists them.")
    if role_id(ADMIN) not in role_ids:
        await _another_admin(db, user)
    await db.execute(delete(UserRole).where(UserRole.user_id == user.id))
    db.add_all(UserRole(user_id=user.id, role_id=identity) for identity in dict.fromkeys(role_ids))
    user.modified = datetime.now(UTC)
    await db.flush()


async def administrators(db: AsyncSession) -> Sequence[User]:
    """All users with the Admin role who are not disabled, oldest first."""
    return (
        await db.scalars(
            select(User)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role_id == role_id(ADMIN), User.disabled.is_(False))
            .order_by(User.id)
        )
    ).all()


async def _another_admin(db: AsyncSession, user: User) -> None:
    if {admin.id for admin in await administrators(db)} == {user.id}:
        raise bad_request(f"{user.email} is the only administrator.")


def managed_role_ids(role: str) -> list[str]:
    """Map names of managed roles to ids. Raises a 400 for another name."""
    if role not in NAMES:
        raise bad_request(f"Unknown role {role!r}. Supported: {', '.join(NAMES)}")
    return [role_id(role)]
