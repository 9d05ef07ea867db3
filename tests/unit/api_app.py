"""The API in the process of the test: callers with permissions of their own, a store where one is needed, and
what the models of the real client make of an answer.

A ``conftest.py`` that imports ``app``, ``quick_hashes`` and ``services`` with ``admin``, ``standard``,
``reader``, ``nobody`` or ``store`` gives its tests these fixtures.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from functools import cache
from typing import Any, cast

import pytest
from bench.client_models.calls import Client, unparsed
from datadog_api_client import Configuration
from datadog_api_client.model_utils import validate_and_convert_types
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select

from heeler.accounts.model import User
from heeler.accounts.roles import role_id
from heeler.accounts.store import create_key, create_user
from heeler.api.permissions import READ_ONLY, STANDARD
from heeler.api.services import Services
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer
from tests.conftest import API_KEY
from tests.unit.accounts.conftest import KEYS, application, quick_hashes, services

__all__ = ["App", "app", "quick_hashes", "services"]

App = AsyncClient


class Caller:
    """Requests to the API with the keys of one principal."""

    def __init__(self, app: App, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        """The document of the answer (None if it has no body), which has ``status``.

        ``body``: sent as JSON; bytes as they are. ``more``: ``params``, ``headers``.
        """
        named: dict[str, Any] = {**more, "headers": {**self.headers, **more.get("headers", {})}}
        if isinstance(body, bytes):
            named["content"] = body
        elif body is not None:
            named["json"] = body
        answer = await self.app.request(method, path, **named)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return await self("GET", path, None, status, **({"params": params} if params else {}))

    async def post(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return await self("POST", path, body, status, **more)

    async def put(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return await self("PUT", path, body, status, **more)

    async def patch(self, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        return await self("PATCH", path, body, status, **more)

    async def delete(self, path: str, status: int = 200, body: Any = None, **more: Any) -> Any:
        return await self("DELETE", path, body, status, **more)

    async def refused(self, method: str, path: str, body: Any = None, status: int = 400, **more: Any) -> str:
        """The text of the errors of an answer that has ``status``, in one of the shapes of the API."""
        errors = (await self(method, path, body, status, **more))["errors"]
        assert errors, errors
        assert all((isinstance(one, str) and one) or one.get("detail") or one.get("title") for one in errors)
        return " ".join(one if isinstance(one, str) else str(one) for one in errors)


async def caller_with(
    services: Services,
    app: App,
    email: str,
    roles: Collection[str] = (),
    scopes: list[str] | None = None,
) -> Caller:
    """A caller with an application key of the user of ``email``, who is created with ``roles`` (names of
    managed roles or ids of others) unless there is one.
    """
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.email == email))
        if user is None:
            ids = [one if "-" in one and one != READ_ONLY else role_id(one) for one in roles]
            user = await create_user(db, email, email.partition("@")[0], ids)
        _, secret = await create_key(db, "app", "k", user.id, scopes=scopes)
    return Caller(app, {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": secret})


@pytest.fixture
async def app(services: Services) -> AsyncIterator[App]:
    """The application on the event loop of the test, where the writer of ``store`` runs too."""
    application().state.services = services
    async with AsyncClient(
        transport=ASGITransport(cast("Any", application())), base_url="http://localhost.local"
    ) as client:
        yield client


@pytest.fixture
def admin(app: App) -> Caller:
    return Caller(app, KEYS)


@pytest.fixture
async def standard(app: App, services: Services) -> Caller:
    return await caller_with(services, app, "standard@example.com", [STANDARD])


@pytest.fixture
async def reader(app: App, services: Services) -> Caller:
    return await caller_with(services, app, "reader@example.com", [READ_ONLY])


@pytest.fixture
def nobody(app: App) -> Caller:
    """Without any key."""
    return Caller(app, {})


@pytest.fixture
async def store(services: Services, engine: Engine) -> AsyncIterator[Engine]:
    """Gives ``services`` the embedded engine, which keeps what it holds for the whole test run."""
    writer = Writer(engine, delay=0.001)
    services.engine, services.writer, services.rollups = engine, writer, Rollups(engine)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        yield engine
        writer.close()


@cache
def _client() -> Client:
    return Client(Configuration(host="http://localhost"))


def parsed(api: str, operation: str, document: Any) -> Any:
    """``document`` as the real client's model of the answer of an operation (``v2.TeamsApi``, ``get_team``),
    which knows every part of it.
    """
    kinds = _client().endpoint(api, operation).settings["response_type"]
    made = validate_and_convert_types(document, kinds, ["answer"], True, True, Configuration())
    left = list(unparsed(made))
    assert not left, left
    return made
