"""Every endpoint of the permission table by every kind of caller, with real requests in one process.

An endpoint whose work needs the engine ends in a 500 here: what counts is whether the guards let the call
pass (anything but 401 and 403). Ids in paths are of nothing, so that ownership, which is checked beside the
table, does not come in.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from heeler.accounts.model import Role, User
from heeler.accounts.roles import role_id
from heeler.accounts.store import create_key, create_user
from heeler.api.auth import session_guard
from heeler.api.endpoint_permissions import Access, is_listed, permission_of
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD, USED, granted_to
from heeler.api.services import Services
from heeler.store.database import Database
from tests.conftest import API_KEY
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import ACCESS, endpoints

SOURCES = ("logs", "events", "spans")
#: How long a call may take before it counts as let pass.
_PATIENCE_S = 2.0
_VALUES = {"int": "987654321", "str": "00000000-0000-4000-8000-000000000000", "path": "a/b"}
#: A path parameter that is checked before the resource is looked for.
_NAMED = {"resource": "dashboard:zzz-zzz-zzz"}


@dataclass(frozen=True)
class Call:
    """One endpoint with a path that can be requested. ``guard`` None: only sessions."""

    method: str
    path: str
    template: str
    access: Access | None

    def allowed(self, granted: frozenset[str], scopes: frozenset[str] | None = None) -> bool:
        """What the table says of an application key whose owner has ``granted``."""
        if self.access is None:
            return False
        needed = permission_of(self.method, self.template, self.access)
        if needed is None:
            return scopes is None or is_listed(self.template)
        return needed in granted and (scopes is None or needed in scopes)


def _filled(path: str) -> str:
    def value(match: re.Match[str]) -> str:
        name, _, kind = match.group(1).partition(":")
        return _NAMED.get(name, _VALUES.get(kind or "str", _VALUES["str"]))

    return re.sub(r"\{([^}]*)\}", value, path)


def calls() -> Iterator[Call]:
    for method, path, guard in endpoints():
        if guard not in {*ACCESS, session_guard}:
            continue
        for source in SOURCES if "{source" in path else ("",):
            template = re.sub(r"\{source(:\w+)?\}", source, path)
            yield Call(method, _filled(template), template, ACCESS.get(guard))


CALLS = sorted(set(calls()), key=lambda call: (call.template, call.method))


@pytest.fixture(autouse=True)
def no_log() -> Iterator[None]:
    """Without an engine many calls fail, each with a stack in the log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


async def _passes(app: App, call: Call, headers: dict[str, str]) -> bool:
    """Whether the guards let the call pass; what goes on for seconds (a stream, a queue of the engine) is
    behind them."""
    body: dict[str, Any] = {} if call.method in ("GET", "HEAD") else {"json": {}}
    transport = httpx.ASGITransport(app.app, raise_app_exceptions=False)
    try:
        async with (
            asyncio.timeout(_PATIENCE_S),
            httpx.AsyncClient(transport=transport, base_url="http://localhost.local") as client,
        ):
            answer = await client.request(call.method, call.path, headers=headers, **body)
    except TimeoutError:
        return True
    return answer.status_code not in (401, 403)


async def differences(
    app: App, headers: dict[str, str], granted: frozenset[str], scopes: frozenset[str] | None = None,
    among: list[Call] = CALLS,
) -> list[str]:  # fmt: skip
    """The calls that were let pass or refused against the table."""
    found = []
    for call in among:
        expected = call.allowed(granted, scopes)
        if await _passes(app, call, headers) is not expected:
            found.append(f"{call.method} {call.template}: {'refused' if expected else 'let pass'}")
    return found


def headers_of(secret: str) -> dict[str, str]:
    return {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": secret}


async def caller(database: Database, email: str, roles: list[str], **options: Any) -> dict[str, str]:
    """A user with the roles, and the headers of a key of theirs."""
    async with database.session() as db:
        user = await create_user(db, email, "N", roles)
        _, secret = await create_key(db, "app", "k", user.id, **options)
    return headers_of(secret)


async def custom_role(database: Database, name: str, permissions: frozenset[str]) -> str:
    now = datetime.now(UTC)
    async with database.session() as db:
        role = Role(name=name, permissions=sorted(permissions), created=now, modified=now)
        db.add(role)
        await db.flush()
        return role.id


def test_the_table_is_asked_about_every_endpoint() -> None:
    assert len(CALLS) > 300


@pytest.mark.parametrize("role", [ADMIN, STANDARD, READ_ONLY])
async def test_managed_roles(app: App, services: Services, role: str) -> None:
    headers = await caller(services.database, "p@example.com", [role_id(role)])
    assert await differences(app, headers, granted_to(role)) == []


async def test_a_custom_role_without_managed_ones(app: App, services: Services) -> None:
    granted = frozenset({"dashboards_read", "dashboards_write", "monitors_downtime", "teams_read"})
    role = await custom_role(services.database, "Custom", granted)
    headers = await caller(services.database, "p@example.com", [role])
    assert await differences(app, headers, granted) == []


async def test_a_user_without_roles(app: App, services: Services) -> None:
    headers = await caller(services.database, "p@example.com", [])
    assert await differences(app, headers, frozenset()) == []


async def test_an_administrators_key_with_scopes(app: App, services: Services) -> None:
    scopes = frozenset({"monitors_read", "monitors_write", "api_keys_read"})
    headers = await caller(services.database, "p@example.com", [role_id(ADMIN)], scopes=sorted(scopes))
    assert await differences(app, headers, granted_to(ADMIN), scopes) == []


@pytest.mark.parametrize("who", ["revoked", "expired", "disabled", "unknown", "api key alone", "nobody"])
async def test_who_may_do_nothing(app: App, services: Services, who: str) -> None:
    database = services.database
    past = datetime.now(UTC) - timedelta(seconds=1)
    options = {"expires": past} if who == "expired" else {}
    headers = await caller(database, "p@example.com", [role_id(ADMIN)], **options)
    async with database.session() as db:
        user = await db.scalar(select(User).where(User.email == "p@example.com"))
        assert user is not None
        user.disabled = who == "disabled"
    if who == "revoked":
        keys = (await app.get("/api/v2/application_keys?page[size]=100", headers=KEYS)).json()["data"]
        mine = next(key["id"] for key in keys if key["relationships"]["owned_by"]["data"]["id"] == user.uuid)
        await app.delete(f"/api/v2/application_keys/{mine}", headers=KEYS)
    elif who == "unknown":
        headers = headers_of("0" * 40)
    elif who == "api key alone":
        headers = {"DD-API-KEY": API_KEY}
    elif who == "nobody":
        headers = {}
    passed = [f"{call.method} {call.template}" for call in CALLS if await _passes(app, call, headers)]
    assert passed == []


@pytest.mark.parametrize("seed", range(6))
async def test_random_roles(app: App, services: Services, seed: int) -> None:
    """Any role and any scopes allow exactly what the table says of both."""
    rng = random.Random(seed)
    names = [permission.name for permission in USED]
    granted = frozenset(rng.sample(names, rng.randrange(len(names))))
    scopes = None if seed % 2 else frozenset(rng.sample(names, rng.randrange(1, len(names))))
    role = await custom_role(services.database, f"Random {seed}", granted)
    options = {} if scopes is None else {"scopes": sorted(scopes)}
    headers = await caller(services.database, "p@example.com", [role], **options)
    assert await differences(app, headers, granted, scopes, rng.sample(CALLS, 80)) == []
