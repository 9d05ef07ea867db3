from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD
from heeler.api.services import Services
from tests.unit.api_app import App, Caller, admin, caller_with, parsed, reader, standard

__all__ = ["admin", "reader", "standard"]

TOKENS, ACCOUNTS = "/api/v2/personal_access_tokens", "/api/v2/service_accounts"
NOBODY = "00000000-0000-dead-beef-000000000000"
TYPES = {
    "application_keys": "application_keys",
    "access_tokens": "service_access_tokens",
    "personal_access_tokens": "personal_access_tokens",
}


def token(kind: str = "personal_access_tokens", identity: str = "", **attributes: Any) -> Any:
    data = {"type": TYPES[kind], "attributes": attributes}
    return {"data": {**data, "id": identity} if identity else data}


def account(email: Any = "bot@example.com", roles: list[str] | None = None, **more: Any) -> Any:
    attributes = {"email": email, "service_account": True, **more}
    body: dict[str, Any] = {"data": {"type": "users", "attributes": attributes}}
    if roles is not None:
        body["data"]["relationships"] = {"roles": {"data": [{"id": one, "type": "roles"} for one in roles]}}
    return body


LEAST = {"name": "n", "scopes": ["monitors_read"], "expires_at": "2199-01-01T00:00:00+02:00"}


async def test_a_token_is_changed_and_revoked_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(TOKENS, token(**LEAST), 201)
    created = parsed("v2.KeyManagementApi", "create_personal_access_token", made)
    assert created.data.attributes.expires_at.isoformat() == "2198-12-31T22:00:00+00:00"
    identity, path = made["data"]["id"], f"{TOKENS}/{made['data']['id'].upper()}"
    kept = await admin.patch(path, token(identity=identity))
    parsed("v2.KeyManagementApi", "update_personal_access_token", kept)
    changed = await admin.patch(path, token(identity=identity, scopes=["slos_read"]))
    assert changed["data"]["attributes"].items() >= {"name": "n", "scopes": ["slos_read"]}.items()
    parsed("v2.KeyManagementApi", "list_personal_access_tokens", await admin.get(TOKENS))
    assert (await reader.get(TOKENS))["data"] == []
    await reader.refused("DELETE", path, status=404)
    await admin.delete(path, 204)
    for method in ("GET", "DELETE"):
        await admin.refused(method, path, status=404)


@pytest.mark.parametrize(
    ("attributes", "part"),
    [
        ({"name": None}, "name"), ({"name": 5}, "name"), ({"scopes": None}, "scopes"), ({"scopes": ["x"]},
        "scopes"),
        ({"expires_at": None}, "expires_at"), ({"expires_at": 20300101}, "expires_at"),
        ({"expires_at": ["2199-01-01"]}, "expires_at"), ({"expires_at": "2001-01-01"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"), ({"expires_at": "tomorrow"},
        "expires_at"),
    ],
)  # fmt: skip
async def test_a_token_that_cannot_be_is_refused_by_name(admin: Caller, attributes: Any, part: str) -> None:
    assert part in await admin.refused("POST", TOKENS, token(**{**LEAST, **attributes}))
    assert (await admin.get(TOKENS))["data"] == []


@pytest.mark.parametrize("attributes", [{"scopes": None}, {"scopes": "x"}, {"name": 5}, {"name": ""}])
async def test_a_change_that_cannot_be_is_refused(admin: Caller, attributes: Any) -> None:
    made = (await admin.post(TOKENS, token(**LEAST), 201))["data"]["id"]
    await admin.refused("PATCH", f"{TOKENS}/{made}", token(identity=made, **attributes))


@pytest.mark.parametrize("kind", ["application_keys", "access_tokens"])
async def test_keys_of_an_account_belong_to_it(admin: Caller, standard: Caller, app: App, kind: str) -> None:
    made = await admin.post(ACCOUNTS, account(name="Böt", title="T", roles=[role_id(READ_ONLY)]), 201)
    parsed("v2.ServiceAccountsApi", "create_service_account", made)
    other = (await admin.post(ACCOUNTS, account("other@example.com"), 201))["data"]["id"]
    of, operation = (
        made["data"]["id"],
        f"service_account_{kind[:-1].replace('application_key', 'application_key')}",
    )
    path = f"{ACCOUNTS}/{of.upper()}/{kind}"
    key = await admin.post(path, token(kind, name="n", scopes=["monitors_read"]), 201)
    parsed("v2.ServiceAccountsApi", f"create_{operation}", key)
    one = f"{path}/{key['data']['id']}"
    kept = await admin.patch(one, token(kind, key["data"]["id"]))
    assert kept["data"]["attributes"].items() >= {"name": "n", "scopes": ["monitors_read"]}.items()
    parsed("v2.ServiceAccountsApi", f"update_{operation}", kept)
    parsed("v2.ServiceAccountsApi", f"get_{operation}", await admin.get(one))
    parsed("v2.ServiceAccountsApi", f"list_{operation}s", await admin.get(path))
    for method, body in (("GET", None), ("PATCH", token(kind, name="x")), ("DELETE", None)):
        await admin.refused(method, f"{ACCOUNTS}/{other}/{kind}/{key['data']['id']}", body, 404)
        await admin.refused(method, f"{ACCOUNTS}/{NOBODY}/{kind}/{key['data']['id']}", body, 404)
        await standard.refused(method, one, body, 403)
    person = (await standard.get("/api/v2/current_user"))["data"]["id"]
    await admin.refused("POST", f"{ACCOUNTS}/{person}/{kind}", token(kind, name="n", scopes=[]), 404)
    await admin.delete(one, 204)
    await admin.refused("DELETE", one, status=404)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "data"), (account(service_account=False), "service_account"),
        (account(service_account="true"), "service"),
        (account(["bot@example.com"]), "email"), (account(""), "email"), (account(name=5), "name"),
        (account(title={}), "title"), (account(roles=[NOBODY]), NOBODY),
    ],
)  # fmt: skip
async def test_an_account_that_cannot_be_is_refused_by_name(admin: Caller, body: Any, part: str) -> None:
    assert part in await admin.refused("POST", ACCOUNTS, body)


async def test_an_account_grants_no_more_than_its_maker_has(
    app: App, admin: Caller, services: Services
) -> None:
    names = ["service_account_write", "monitors_read"]
    permissions = [
        one["id"]
        for one in (await admin.get("/api/v2/permissions"))["data"]
        if one["attributes"]["name"] in names
    ]
    body = {"type": "roles", "attributes": {"name": "R"}, "relationships": {
        "permissions": {"data": [{"id": one, "type": "permissions"} for one in permissions]}}}  # fmt: skip
    role = (await admin.post("/api/v2/roles", {"data": body}))["data"]["id"]
    maker = await caller_with(services, app, "maker@example.com", [role])
    await maker.refused("POST", ACCOUNTS, account(roles=[role_id(ADMIN)]), 403)
    await maker.refused("POST", ACCOUNTS, account(roles=[role_id(STANDARD).upper()]), 403)
    strong = (await admin.post(ACCOUNTS, account("strong@example.com", roles=[role_id(ADMIN)]), 201))["data"][
        "id"
    ]
    path = f"{ACCOUNTS}/{strong}/application_keys"
    await maker.refused("POST", path, token("application_keys", name="n"), 403)
    theirs = (await admin.post(path, token("application_keys", name="n", scopes=[]), 201))["data"]["id"]
    await maker.refused("PATCH", f"{path}/{theirs}", token("application_keys", theirs, scopes=None), 403)
    own = (await maker.post(ACCOUNTS, account(roles=[role]), 201))["data"]["id"]
    await maker.post(f"{ACCOUNTS}/{own}/application_keys", token("application_keys", name="n"), 201)
