"""Every endpoint by every role, by scoped, revoked and expired keys, by disabled people: as the table
says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import select, update

from heeler.accounts.authenticator import principal_for
from heeler.accounts.model import Key, User
from heeler.accounts.roles import MANAGED, KnownRole, permissions_of, role_id, strongest
from heeler.accounts.store import create_key, create_user, set_roles
from heeler.api.auth import admin_guard, require, session_guard, user_guard, writer_guard
from heeler.api.endpoint_permissions import Access, area_of, permission_of
from heeler.api.errors import ApiError
from heeler.api.permissions import ADMIN, ALL, BY_NAME, READ_ONLY, STANDARD, USED, granted_to
from heeler.api.services import Principal, Services
from heeler.server.routes import route_handlers
from tests.conftest import API_KEY
from tests.unit.accounts.conftest import KEYS, App

ACCESS = {user_guard: Access.READ, writer_guard: Access.WRITE, admin_guard: Access.ADMIN}
#: Reached without anybody's rights: intake and probes (an API key or nothing), logging in, and what is shared
#: by an address that cannot be guessed.
OPEN = {"/healthz", "/readyz", "/metrics", "/api/v1/validate", "/api/v2/validate", "/api/v1/events",
        "/api/ui/login", "/api/ui/logout", "/api/ui/login/forgot", "/api/ui/invitation",
        "/api/ui/invitation/accept",
        "/api/ui/login/methods", "/api/ui/oidc/login", "/api/ui/oidc/callback",
        "/snapshot/view/heeler/{day:str}/{key:str}", "/support/flare",
        "/support/flare/{case:str}", "/graph/embed", "/api/public/dashboards/{token:str}",
        "/api/public/dashboards/{token:str}/query", "/api/public/dashboards/{token:str}/unlock",
        "/report/view/{day:str}/{name:str}"}  # fmt: skip


def endpoints() -> Iterator[tuple[str, str, Any]]:
    """Method, path and guard of every endpoint of the API."""
    for handler in route_handlers:
        assert isinstance(handler, HTTPRouteHandler)
        for path in handler.paths:
            for method in handler.http_methods:
                guards = [guard for guard in handler.guards or () if guard in {*ACCESS, session_guard}]
                yield str(method), path, guards[0] if guards else None


PROTECTED = sorted({(m, p, ACCESS[g]) for m, p, g in endpoints() if g in ACCESS}, key=str)


def test_every_endpoint_has_a_guard() -> None:
    unguarded = {path for method, path, guard in endpoints() if guard is None} - OPEN
    assert unguarded == set(), "add a guard, or list it as open with the reason"


def test_every_endpoint_is_in_an_area_of_the_table() -> None:
    missing = {path for _, path, _ in PROTECTED if area_of(re.sub(r":\w+}", "}", path)) is None}
    assert missing == set(), "add its prefix to heeler.api.endpoint_permissions.AREAS"


def test_the_table_names_permissions_that_exist_and_are_listed_as_used() -> None:
    named = {permission_of(method, path, access) for method, path, access in PROTECTED} - {None}
    assert named <= {permission.name for permission in USED}


@pytest.mark.parametrize("role", [ADMIN, STANDARD, READ_ONLY])
def test_managed_roles_may_do_what_their_names_say(role: str) -> None:
    granted = granted_to(role)
    for method, path, access in PROTECTED:
        needed = permission_of(method, path, access)
        allowed = needed is None or needed in granted
        if role == ADMIN:
            assert allowed, path
        if role == READ_ONLY and access is not Access.READ:
            own = (
                path.startswith("/api/v1/application_key")
                or "/v2/application_keys" in path
                or "personal_access_tokens" in path
                or "current_user" in path
            )
            assert allowed is own, f"{method} {path}"


# What an engine or a writer would be needed for ends in a 500 here; what counts is whether the guard let it
# pass.
SAMPLE = [
    ("GET", "/api/v1/dashboard", "dashboards_read"),
    ("POST", "/api/v1/dashboard", "dashboards_write"),
    ("GET", "/api/v1/monitor", "monitors_read"),
    ("POST", "/api/v1/monitor", "monitors_write"),
    ("POST", "/api/v2/downtime", "monitors_downtime"),
    ("GET", "/api/v2/api_keys", "api_keys_read"),
    ("POST", "/api/v2/api_keys", "api_keys_write"),
    ("GET", "/api/v2/users", "user_access_read"),
    ("POST", "/api/v2/users", "user_access_invite"),
    ("POST", "/api/v2/roles", "user_access_manage"),
    ("POST", "/api/v2/service_accounts", "service_account_write"),
    ("GET", "/api/ui/outbox", "org_management"),
    ("GET", "/api/v1/integration/webhooks/configuration/webhooks/x", "manage_integrations"),
    ("GET", "/api/v2/current_user/application_keys", "user_app_keys"),
    ("GET", "/api/v2/current_user", None),
]


async def outcome(app: App, method: str, path: str, headers: dict[str, str]) -> bool:
    """Whether the guard let the call pass."""
    body = {"json": {}} if method == "POST" else {}
    answer = await app.request(method, path, headers=headers, **body)
    return answer.status_code not in (401, 403)


async def key_for(services: Services, email: str, roles: list[str], **options: Any) -> dict[str, str]:
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.email == email))
        if user is None:
            user = await create_user(db, email, "N", roles)
        _, secret = await create_key(db, "app", "k", user.id, **options)
    return {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": secret}


@pytest.mark.parametrize("role", [ADMIN, STANDARD, READ_ONLY, None])
async def test_the_guards_read_the_table(app: App, services: Services, role: str | None) -> None:
    headers = await key_for(services, "p@example.com", [role_id(role)] if role else [])
    granted = granted_to(role) if role else frozenset()
    for method, path, permission in SAMPLE:
        expected = permission is None or permission in granted
        assert await outcome(app, method, path, headers) is expected, f"{method} {path}"


async def test_a_scoped_key_may_do_nothing_beyond_its_scopes(app: App, services: Services) -> None:
    headers = await key_for(services, "p@example.com", [role_id(ADMIN)], scopes=["dashboards_read"])
    for method, path, permission in SAMPLE:
        expected = permission in (None, "dashboards_read")
        assert await outcome(app, method, path, headers) is expected, f"{method} {path}"


async def test_a_scope_grants_nothing_that_the_roles_do_not(app: App, services: Services) -> None:
    headers = await key_for(services, "p@example.com", [role_id(READ_ONLY)], scopes=["dashboards_write"])
    assert not await outcome(app, "POST", "/api/v1/dashboard", headers)


async def test_revoked_expired_and_disabled_keys_open_nothing(app: App, services: Services) -> None:
    revoked = await key_for(services, "p@example.com", [role_id(ADMIN)])
    async with services.database.session() as db:
        await db.execute(update(Key).where(Key.name == "k").values(revoked=datetime.now(UTC)))
    expired = await key_for(services, "p@example.com", [], expires=datetime.now(UTC) - timedelta(seconds=1))
    disabled = await key_for(services, "gone@example.com", [role_id(ADMIN)])
    async with services.database.session() as db:
        await db.execute(update(User).where(User.email == "gone@example.com").values(disabled=True))
    for headers in (revoked, expired, disabled, {"DD-API-KEY": API_KEY}, {}):
        for method, path, _ in SAMPLE:
            assert not await outcome(app, method, path, headers), f"{method} {path}"


@given(st.sets(st.sampled_from(sorted(BY_NAME))), st.none() | st.sets(st.sampled_from(sorted(BY_NAME))))
def test_any_role_and_any_scopes_allow_exactly_their_intersection(
    granted: set[str], scopes: set[str] | None
) -> None:
    caller = Principal(
        1, "a@b", "custom", "", frozenset(granted), None if scopes is None else frozenset(scopes)
    )
    for permission in ALL:
        allowed = permission.name in granted and (scopes is None or permission.name in scopes)
        if allowed:
            require(caller, permission.name)
        else:
            with pytest.raises(ApiError) as refused:
                require(caller, permission.name)
            assert permission.name in refused.value.messages[1]


@given(st.lists(st.sets(st.sampled_from(sorted(BY_NAME))), max_size=5))
def test_roles_add_up(granted: list[set[str]]) -> None:
    now = datetime.now(UTC)
    roles = {str(i): KnownRole(str(i), "n", frozenset(one), now, now, False) for i, one in enumerate(granted)}
    assert permissions_of([*roles, "unknown"], roles) == frozenset().union(*granted)


def test_the_strongest_managed_role_names_a_user() -> None:
    assert strongest([role_id(READ_ONLY), role_id(ADMIN)]) == ADMIN
    assert strongest(["custom-id"]) == "custom"
    assert strongest([]) == "none"


async def test_custom_roles_grant_what_they_list(app: App, services: Services) -> None:
    dashboards = BY_NAME["dashboards_write"].id
    granted = {"permissions": {"data": [{"id": dashboards, "type": "permissions"}]}}
    role = {"type": "roles", "attributes": {"name": "Painter"}, "relationships": granted}
    made = await app.post("/api/v2/roles", headers=KEYS, json={"data": role})
    assert made.status_code == 200, made.text
    painter = made.json()["data"]["id"]
    headers = await key_for(services, "p@example.com", [painter])
    assert await outcome(app, "POST", "/api/v1/dashboard", headers)
    assert not await outcome(app, "GET", "/api/v1/monitor", headers)
    monitors = {"data": {"id": BY_NAME["monitors_read"].id, "type": "permissions"}}
    await app.post(f"/api/v2/roles/{painter}/permissions", headers=KEYS, json=monitors)
    assert await outcome(app, "GET", "/api/v1/monitor", headers)
    await app.request("DELETE", f"/api/v2/roles/{painter}/permissions", headers=KEYS, json=monitors)
    assert not await outcome(app, "GET", "/api/v1/monitor", headers)
    assert (await app.delete(f"/api/v2/roles/{painter}", headers=KEYS)).status_code == 204
    assert not await outcome(app, "POST", "/api/v1/dashboard", headers)


async def test_managed_roles_stay_as_they_are_and_can_be_cloned(app: App) -> None:
    standard = role_id(STANDARD)
    body = {"data": {"id": standard, "type": "roles", "attributes": {"name": "Mine"}}}
    assert (await app.patch(f"/api/v2/roles/{standard}", headers=KEYS, json=body)).status_code == 403
    assert (await app.delete(f"/api/v2/roles/{standard}", headers=KEYS)).status_code == 403
    clone = {"data": {"type": "roles", "attributes": {"name": "Clone"}}}
    made = await app.post(f"/api/v2/roles/{standard}/clone", headers=KEYS, json=clone)
    listed = await app.get(f"/api/v2/roles/{made.json()['data']['id']}/permissions", headers=KEYS)
    assert {item["attributes"]["name"] for item in listed.json()["data"]} == MANAGED[standard].permissions
    again = await app.post(f"/api/v2/roles/{standard}/clone", headers=KEYS, json=clone)
    assert (again.status_code, again.json()["errors"]) == (409, ["A role with the same name already exists"])


async def test_the_last_administrator_keeps_the_role(app: App, services: Services) -> None:
    async with services.database.session() as db:
        admin = await db.scalar(select(User))
        assert admin is not None
        with pytest.raises(ApiError, match="only administrator"):
            await set_roles(db, admin, [role_id(READ_ONLY)])
    async with services.database.session() as db:
        assert (await principal_for(db, admin)).role == ADMIN
