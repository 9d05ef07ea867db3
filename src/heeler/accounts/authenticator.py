"""Answers who calls, with a small cache so that intake does not ask the database for each request."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select

from heeler.accounts.keys import digest
from heeler.accounts.model import Key, Session, User
from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.store.database import Database

_CACHE_SECONDS = 5.0
_HOW = "See the keys it knows with `heeler keys list`, or make one with `heeler keys create`."


class DatabaseAuthenticator:
    """Implements ``heeler.api.services.Authenticator`` over the accounts tables."""

    def __init__(self, database: Database, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._url = url
        self._clock = clock
        self._api_keys: dict[str, float] = {}

    async def api_key(self, key: str | None) -> Principal:
        if not key:
            raise ApiError(403, "API key required")
        hashed = digest(key.strip())
        if self._api_keys.get(hashed, -1e9) < self._clock() - _CACHE_SECONDS:
            async with self._database.session() as session:
                found = await session.scalar(
                    select(Key).where(Key.kind == "api", Key.hash == hashed, Key.revoked.is_(None))
                )
            if found is None:
                raise ApiError(
                    403,
                    "Forbidden",
                    f"The server at {self._url} knows no API key that ends in {key[-4:]!r}. {_HOW}",
                )
            self._api_keys[hashed] = self._clock()
        return Principal(user_id=None, email="", role="intake")

    async def principal(self, api_key: str | None, app_key: str | None, session: str | None) -> Principal:
        if session and not app_key:
            return await self._by_session(session)
        await self.api_key(api_key)
        if not app_key:
            raise ApiError(403, "Forbidden", "Application key required: send it as DD-APPLICATION-KEY.")
        async with self._database.session() as db:
            user = await db.scalar(
                select(User)
                .join(Key, Key.user_id == User.id)
                .where(Key.kind == "app", Key.hash == digest(app_key.strip()), Key.revoked.is_(None))
            )
        if user is None or user.disabled:
            raise ApiError(
                403,
                "Forbidden",
                f"The server at {self._url} knows no application key that ends in {app_key[-4:]!r}. {_HOW}",
            )
        return Principal(user.id, user.email, user.role)

    async def _by_session(self, token: str) -> Principal:
        async with self._database.session() as db:
            user = await db.scalar(
                select(User)
                .join(Session, Session.user_id == User.id)
                .where(Session.token_hash == digest(token), Session.expires > datetime.now(UTC))
            )
        if user is None or user.disabled:
            raise ApiError(401, "Your session has ended. Log in again.")
        return Principal(user.id, user.email, user.role)
