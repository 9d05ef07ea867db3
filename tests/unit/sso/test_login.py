"""Logging in through a real provider on loopback (``oidc-provider-mock``): who gets in, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from oidc_provider_mock import run_server_in_thread

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD
from heeler.api.services import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.unit.accounts.conftest import KEYS, App

ANN = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread() as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture
def sso(services: Services, provider: str) -> str:
    """The application uses the provider from now on."""
    services.settings = replace(
        services.settings,
        oidc_issuer=provider,
        oidc_client_id="heeler",
        oidc_client_secret="secret",
        public_url="http://localhost.local",
    )
    return provider


def account(provider: str, subject: str, **claims: Any) -> None:
    requests.put(f"{provider}/users/{subject}", json=claims, timeout=10).raise_for_status()


async def log_in(app: App, subject: str, action: str = "allow", following: str = "/") -> str:
    """Go through the provider as a browser does; where one ends up."""
    app.cookies.clear()
    started = await app.get("/api/ui/oidc/login", params={"next": following}, follow_redirects=False)
    assert started.status_code == 302
    answer = requests.post(
        started.headers["location"],
        data={"sub": subject, "action": action},
        timeout=10,
        allow_redirects=False,
    )
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert back.path == "/api/ui/oidc/callback"
    ended = await app.get(f"{back.path}?{back.query}", follow_redirects=False)
    assert ended.status_code == 302
    return str(ended.headers["location"])


def reason(location: str) -> str:
    return parse_qs(urlsplit(location).query).get("login_error", [""])[0]


async def me(app: App) -> dict[str, Any]:
    found: dict[str, Any] = (await app.get("/api/ui/me")).json()
    return found


async def mapping(app: App, value: str, key: str = "groups", **target: str) -> None:
    kind, identity = next(iter(target.items()))
    related = {kind: {"data": {"id": identity, "type": "roles" if kind == "role" else "team"}}}
    attributes = {"attribute_key": key, "attribute_value": value}
    body = {"data": {"type": "authn_mappings", "attributes": attributes, "relationships": related}}
    answer = await app.post("/api/v2/authn_mappings", headers=KEYS, json=body)
    assert answer.status_code == 200, answer.text


async def test_people_are_made_at_their_first_login(app: App, sso: str) -> None:
    account(sso, "ann", **ANN)
    assert await log_in(app, "ann", following="/logs?a=1") == "http://localhost.local/logs?a=1"
    shown = await me(app)
    assert (shown["email"], shown["name"], shown["role"]) == ("ann@example.com", "Ann", READ_ONLY)
    assert (await app.get("/api/ui/sessions")).json()[0]["method"] == "oidc"
    account(sso, "ann", **{**ANN, "email": "other@example.com"})
    await log_in(app, "ann")
    assert (await me(app))["email"] == "ann@example.com", "an account is known by its subject"


async def test_groups_give_roles_and_teams_at_each_login(app: App, sso: str) -> None:
    team = {"data": {"type": "team", "attributes": {"name": "Shop", "handle": "shop"}}}
    team_id = (await app.post("/api/v2/team", headers=KEYS, json=team)).json()["data"]["id"]
    await mapping(app, "sre", role=role_id(ADMIN))
    await mapping(app, "dev", role=role_id(STANDARD))
    await mapping(app, "shop", key="org.teams", team=team_id)
    account(sso, "bob", email="bob@example.com", groups=["sre", "other"], org={"teams": ["shop"]})
    await log_in(app, "bob")
    shown = await me(app)
    assert shown["role"] == ADMIN
    members = f"/api/v2/users/{shown['id']}/memberships"
    (member,) = (await app.get(members, headers=KEYS)).json()["data"]
    assert member["attributes"]["provisioned_by"] == "oidc"
    account(sso, "bob", email="bob@example.com", groups=["dev"])
    await log_in(app, "bob")
    assert (await me(app))["role"] == STANDARD
    assert (await app.get(members, headers=KEYS)).json()["data"] == []
    account(sso, "bob", email="bob@example.com")
    await log_in(app, "bob")
    assert (await me(app))["role"] == READ_ONLY


async def test_an_account_here_is_only_taken_over_with_a_verified_email(app: App, sso: str) -> None:
    account(sso, "eve", email=ADMIN_EMAIL)
    assert "verified" in reason(await log_in(app, "eve"))
    assert (await app.get("/api/ui/me")).status_code == 401
    account(sso, "eve", email=ADMIN_EMAIL, email_verified=True)
    await log_in(app, "eve")
    assert (await me(app))["role"] == ADMIN, "roles stay as they are without mappings"
    account(sso, "eve2", email=ADMIN_EMAIL, email_verified=True)
    assert "another account" in reason(await log_in(app, "eve2"))


async def test_the_last_administrator_stays_one(app: App, sso: str) -> None:
    await mapping(app, "dev", role=role_id(STANDARD))
    account(sso, "root", email=ADMIN_EMAIL, email_verified=True, groups=["dev"])
    await log_in(app, "root")
    assert (await me(app))["role"] == ADMIN


async def test_those_without_a_group_can_be_refused(app: App, services: Services, sso: str) -> None:
    services.settings = replace(services.settings, oidc_default_role="none")
    await mapping(app, "dev", role=role_id(STANDARD))
    account(sso, "carl", email="carl@example.com", groups=["x"])
    assert "groups" in reason(await log_in(app, "carl"))
    users = (await app.get("/api/v2/users", headers=KEYS)).json()["data"]
    assert "carl@example.com" not in {user["attributes"]["email"] for user in users}


async def test_disabled_people_stay_out(app: App, sso: str) -> None:
    account(sso, "dora", email="dora@example.com")
    await log_in(app, "dora")
    await app.delete(f"/api/v2/users/{(await me(app))['id']}", headers=KEYS)
    assert "disabled" in reason(await log_in(app, "dora"))


async def test_refusing_at_the_provider_goes_back_to_the_login(app: App, sso: str) -> None:
    assert "refused" in reason(await log_in(app, "ann", action="deny"))


async def test_an_answer_to_another_login_is_not_taken(app: App, sso: str) -> None:
    account(sso, "ann", **ANN)
    app.cookies.clear()
    answer = await app.get("/api/ui/oidc/callback?code=x&state=y", follow_redirects=False)
    assert "Start again" in reason(answer.headers["location"])
    started = await app.get("/api/ui/oidc/login", follow_redirects=False)
    assert started.status_code == 302
    answer = await app.get("/api/ui/oidc/callback?code=x&state=y", follow_redirects=False)
    assert "another login" in reason(answer.headers["location"])


async def test_a_wrong_code_says_so(app: App, sso: str) -> None:
    app.cookies.clear()
    started = await app.get("/api/ui/oidc/login", follow_redirects=False)
    state = parse_qs(urlsplit(started.headers["location"]).query)["state"][0]
    answer = await app.get(f"/api/ui/oidc/callback?code=wrong&state={state}", follow_redirects=False)
    assert "did not accept" in reason(answer.headers["location"])


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil"])
async def test_nobody_is_sent_elsewhere_after_the_login(app: App, sso: str, path: str) -> None:
    account(sso, "ann", **ANN)
    assert await log_in(app, "ann", following=path) == "http://localhost.local/"


async def test_a_provider_that_is_away_or_calls_itself_otherwise(
    app: App, services: Services, sso: str
) -> None:
    services.settings = replace(services.settings, oidc_issuer="http://127.0.0.1:9")
    answer = await app.get("/api/ui/oidc/login", follow_redirects=False)
    assert "does not answer" in reason(answer.headers["location"])


async def test_the_provider_can_be_required_but_for_administrators(app: App, sso: str) -> None:
    config = {"data": {"type": "org_configs", "attributes": {"value": True}}}
    answer = await app.patch("/api/v2/org_configs/sso_required", headers=KEYS, json=config)
    assert answer.status_code == 200
    assert not (await app.get("/api/ui/login/methods")).json()["password"]
    user = {"data": {"type": "users", "attributes": {"email": "ann@example.com"}}}
    identity = (await app.post("/api/v2/users", headers=KEYS, json=user)).json()["data"]["id"]
    password = {"password": "a long password"}
    await app.post(f"/api/ui/users/{identity}/password", headers=KEYS, json=password)
    refused = await app.post("/api/ui/login", json={"email": "ann@example.com", **password})
    assert refused.status_code == 403
    assert "identity provider" in refused.text
    admin = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
    assert (await app.post("/api/ui/login", json=admin)).status_code == 200


async def test_without_a_provider_there_is_no_such_login(app: App) -> None:
    assert (await app.get("/api/ui/oidc/login")).status_code == 404
    assert not (await app.get("/api/ui/login/methods")).json()["oidc"]
