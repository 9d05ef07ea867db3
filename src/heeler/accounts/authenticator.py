"""Authenticator backed by the configuration database, with a small cache so that intake requests need no
query."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.keys import TOKEN_PREFIXES, digest
from heeler.accounts.model import Key, Session, User
from heeler.accounts.roles import known_roles, permissions_of, role_ids_of, strongest
from heeler.accounts.second_factor import needs_second_factor
from heeler.accounts.store import is_active
from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.store.database import Database, Remembered

_HOW = "See the keys it knows with `heeler keys list`, or make one with `heeler keys create`."
_USE_IS_NOTED_EVERY = timedelta(hours=1)
#: What the lookup of a principal reads.
_READ = ("keys", "users", "sessions", "roles", "user_roles", "organizations")


class DatabaseAuthenticator:
    """Implements ``heeler.api.services.Authenticator`` over the accounts tables."""

    def __init__(self, database: Database, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._url = url
        self._api_keys: Remembered[str, str] = Remembered(database, clock, tables=("keys", "users"))
        self._principals: Remembered[tuple[str, str], Principal] = Remembered(database, clock, tables=_READ)

    async def api_key(self, key: str | None) -> Principal:
        if not key:
            raise ApiError(403, "API key required")
        hashed = digest(key.strip())
        key_id = await self._api_keys.fetch(hashed, partial(self._by_api_key, key, hashed))
        return Principal(user_id=None, email="", role="intake", key_id=key_id)

    def seen_id(self, key: str) -> str | None:
        return self._api_keys.get(digest(key.strip()))

    async def _by_api_key(self, key: str, hashed: str) -> tuple[str, bool]:
        async with self._database.session() as session:
            found = await session.scalar(
                select(Key).where(Key.kind == "api", Key.hash == hashed, *is_active())
            )
            if found is None:
                raise self._unknown("API key", key)
            return found.id, await _note_use(session, found)  # that write affects no cached entry

    async def principal(
        self, api_key: str | None, app_key: str | None, session: str | None, token: str | None = None
    ) -> Principal:
        if token or (app_key and app_key.startswith(tuple(TOKEN_PREFIXES.values()))):
            return await self._known("token", (token or app_key or "").strip(), self._by_token)
        if session and not app_key:
            return await self._known("session", session, self._by_session)
        await self.api_key(api_key)
        if not app_key:
            raise ApiError(403, "Forbidden", "Application key required: send it as DD-APPLICATION-KEY.")
        return await self._known("app key", app_key.strip(), self._by_app_key)

    async def _known(
        self, kind: str, secret: str, look_up: Callable[[str], Awaitable[tuple[Principal, bool]]]
    ) -> Principal:
        return await self._principals.fetch((kind, digest(secret)), partial(look_up, secret))

    async def _by_app_key(self, app_key: str) -> tuple[Principal, bool]:
        """The principal of the key, and whether its use was recorded."""
        return await self._by_key(app_key, ["app"], "application key", 403)

    async def _by_token(self, token: str) -> tuple[Principal, bool]:
        return await self._by_key(token, list(TOKEN_PREFIXES), "access token", 401)

    async def _by_key(self, secret: str, kinds: list[str], what: str, status: int) -> tuple[Principal, bool]:
        async with self._database.session() as db:
            row = (
                await db.execute(
                    select(Key, User)
                    .join(User, Key.user_id == User.id)
                    .where(Key.kind.in_(kinds), Key.hash == digest(secret), *is_active())
                )
            ).first()
            if row is None or row[1].disabled:
                raise self._unknown(what, secret, status)
            wrote = await _note_use(db, row[0])
            return await principal_for(db, row[1], row[0]), wrote

    async def _by_session(self, token: str) -> tuple[Principal, bool]:
        async with self._database.session() as db:
            row = (
                await db.execute(
                    select(User, Session.method)
                    .join(Session, Session.user_id == User.id)
                    .where(Session.token_hash == digest(token), Session.expires > datetime.now(UTC))
                )
            ).first()
            if row is None or row[0].disabled:
                raise ApiError(401, "Your session has ended. Log in again.")
            missing = await needs_second_factor(db, row[0], row[1])
            principal = await principal_for(db, row[0])
            return replace(principal, needs_second_factor=missing), False

    def _unknown(self, what: str, key: str, status: int = 403) -> ApiError:
        return ApiError(
            status,
            "Forbidden",
            f"The server at {self._url} knows no {what} that ends in {key[-4:]!r}. {_HOW}",
        )


async def principal_for(db: AsyncSession, user: User, key: Key | None = None) -> Principal:
    """Return the principal for ``user``, authenticated by ``key`` or a session."""
    role_ids = (await role_ids_of(db, [user.id])).get(user.id, [])
    return Principal(
        user_id=user.id,
        email=user.email,
        role=strongest(role_ids),
        name=user.name,
        permissions=permissions_of(role_ids, await known_roles(db)),
        scopes=frozenset(key.scopes) if key is not None and key.scopes is not None else None,
        uuid=user.uuid,
        role_ids=tuple(role_ids),
        key_id=key.id if key is not None else None,
    )


async def _note_use(session: AsyncSession, key: Key) -> bool:
    """Record in the database that the key is in use; returns whether that was due."""
    now = datetime.now(UTC)
    if key.last_used is None or now - key.last_used > _USE_IS_NOTED_EVERY:
        await session.execute(update(Key).where(Key.id == key.id).values(last_used=now))
        return True
    return False
