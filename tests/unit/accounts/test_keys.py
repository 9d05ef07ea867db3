from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN, STANDARD
from heeler.api.services import Services
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import key_for

OWN = "/api/v2/current_user/application_keys"
TOKENS = "/api/v2/personal_access_tokens"


def key_body(kind: str, **attributes: object) -> dict[str, object]:
    return {"data": {"type": kind, "attributes": {"name": "k", **attributes}}}


async def test_scopes_are_kept_shown_and_changed(app: App) -> None:
    made = await app.post(OWN, headers=KEYS, json=key_body("application_keys", scopes=["dashboards_read"]))
    assert made.status_code == 201, made.text
    key = made.json()["data"]
    assert key["attributes"]["scopes"] == ["dashboards_read"]
    shown = (await app.get(f"{OWN}/{key['id']}", headers=KEYS)).json()["data"]["attributes"]
    assert shown["scopes"] == ["dashboards_read"]
    assert {"name", "created_at", "last4", "last_used_at", "scopes"} == set(shown)
    changed = await app.patch(
        f"{OWN}/{key['id']}", headers=KEYS, json=key_body("application_keys", scopes=["monitors_read"])
    )
    assert changed.json()["data"]["attributes"]["scopes"] == ["monitors_read"]
    wrong = await app.post(OWN, headers=KEYS, json=key_body("application_keys", scopes=["no_such_thing"]))
    assert wrong.status_code == 400
    assert "no_such_thing" in wrong.json()["errors"][0]


async def test_a_limited_key_makes_no_stronger_one(app: App, services: Services) -> None:
    headers = await key_for(
        services, "p@example.com", [role_id(ADMIN)], scopes=["user_app_keys", "monitors_read"]
    )
    for scopes in (None, ["monitors_write"], ["monitors_read", "monitors_write"]):
        made = await app.post(OWN, headers=headers, json=key_body("application_keys", scopes=scopes))
        assert made.status_code == 403, scopes
    assert (await app.post("/api/v1/application_key", headers=headers, json={"name": "x"})).status_code == 403
    same = await app.post(OWN, headers=headers, json=key_body("application_keys", scopes=["monitors_read"]))
    assert same.status_code == 201
    widened = await app.patch(
        f"{OWN}/{same.json()['data']['id']}", headers=headers, json=key_body("application_keys", scopes=None)
    )
    assert widened.status_code == 403


async def test_standard_people_revoke_only_api_keys_of_their_own(app: App, services: Services) -> None:
    headers = await key_for(services, "p@example.com", [role_id(STANDARD)])
    theirs = (await app.post("/api/v2/api_keys", headers=KEYS, json=key_body("api_keys"))).json()["data"]
    mine = (await app.post("/api/v2/api_keys", headers=headers, json=key_body("api_keys"))).json()["data"]
    rename = key_body("api_keys", name="other")
    assert (await app.delete(f"/api/v2/api_keys/{theirs['id']}", headers=headers)).status_code == 403
    patched = await app.patch(f"/api/v2/api_keys/{theirs['id']}", headers=headers, json=rename)
    assert patched.status_code == 403
    old = await app.delete(f"/api/v1/api_key/{theirs['attributes']['key']}", headers=headers)
    assert old.status_code == 403
    assert (await app.delete(f"/api/v2/api_keys/{mine['id']}", headers=headers)).status_code == 204
    assert (await app.delete(f"/api/v2/api_keys/{theirs['id']}", headers=KEYS)).status_code == 204


async def test_answers_have_every_field_of_the_format(app: App) -> None:
    made = await app.post("/api/v2/api_keys", headers=KEYS, json=key_body("api_keys", category="team"))
    shown = made.json()["data"]
    assert set(shown["attributes"]) == {
        "name", "created_at", "last4", "modified_at", "date_last_used", "category", "key",
        "remote_config_read_enabled",
    }  # fmt: skip
    assert shown["attributes"]["category"] == "team"
    assert set(shown["relationships"]) == {"created_by", "modified_by"}
    listed = await app.get(
        "/api/v2/api_keys?sort=-name&filter[category]=team&include=created_by", headers=KEYS
    )
    assert [item["id"] for item in listed.json()["data"]] == [shown["id"]]
    assert listed.json()["included"][0]["type"] == "users"


async def test_an_access_token_stands_alone_and_expires(app: App) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await app.post(
        TOKENS, headers=KEYS,
        json=key_body("personal_access_tokens", scopes=["dashboards_read"], expires_at=soon),
    )  # fmt: skip
    assert made.status_code == 201, made.text
    secret = made.json()["data"]["attributes"]["key"]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await app.get("/api/v1/dashboard", headers=bearer)).status_code == 200
    assert (await app.get("/api/v1/monitor", headers=bearer)).status_code == 403
    token = made.json()["data"]["id"]
    assert (await app.delete(f"{TOKENS}/{token}", headers=KEYS)).status_code == 204
    assert (await app.get("/api/v1/dashboard", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "attributes",
    [
        {"expires_at": "2020-01-01T00:00:00Z", "scopes": ["monitors_read"]},
        {"expires_at": "tomorrow", "scopes": ["monitors_read"]},
        {"scopes": ["monitors_read"]},
        {"expires_at": "2990-01-01T00:00:00Z"},
        {"expires_at": "2990-01-01T00:00:00Z", "scopes": "monitors_read"},
    ],
)
async def test_tokens_need_scopes_and_an_end(app: App, attributes: dict[str, object]) -> None:
    made = await app.post(TOKENS, headers=KEYS, json=key_body("personal_access_tokens", **attributes))
    assert made.status_code == 400


async def test_service_accounts_act_by_key_and_cannot_log_in(app: App) -> None:
    account = {
        "type": "users",
        "attributes": {"email": "ci@example.com", "name": "CI", "service_account": True},
        "relationships": {"roles": {"data": [{"id": role_id(STANDARD), "type": "roles"}]}},
    }
    made = await app.post("/api/v2/service_accounts", headers=KEYS, json={"data": account})
    assert made.status_code == 201, made.text
    uuid = made.json()["data"]["id"]
    keys = f"/api/v2/service_accounts/{uuid}/application_keys"
    key = (await app.post(keys, headers=KEYS, json=key_body("application_keys"))).json()["data"]
    acting = {**KEYS, "DD-APPLICATION-KEY": key["attributes"]["key"]}
    me = await app.get("/api/v2/current_user", headers=acting)
    assert me.json()["data"]["attributes"]["service_account"] is True
    tokens = f"/api/v2/service_accounts/{uuid}/access_tokens"
    token = await app.post(
        tokens, headers=KEYS, json=key_body("service_access_tokens", scopes=["dashboards_read"])
    )
    assert token.json()["data"]["relationships"]["owned_by"]["data"]["type"] == "service_account"
    assert len((await app.get(tokens, headers=KEYS)).json()["data"]) == 1
    password = await app.post(
        f"/api/ui/users/{uuid}/password", headers=KEYS, json={"password": "long enough"}
    )
    assert password.status_code == 400
    assert (await app.delete(f"{keys}/{key['id']}", headers=KEYS)).status_code == 204
    assert (await app.get("/api/v2/current_user", headers=acting)).status_code == 403


async def test_a_session_of_another_site_is_refused_also_for_reading(app: App) -> None:
    from tests.unit.accounts.conftest import log_in

    await log_in(app)
    assert (await app.get("/api/ui/me", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200
    for path in ("/api/ui/me", "/api/v1/graph/snapshot?start=1&end=2&metric_query=avg:a{*}"):
        answer = await app.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


async def test_passwords_are_no_matter_of_keys(app: App) -> None:
    answer = await app.post("/api/ui/password", headers=KEYS, json={"current": "x", "new": "long enough"})
    assert answer.status_code == 403
