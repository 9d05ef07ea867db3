from __future__ import annotations

import json
from typing import Any

import pytest

from heeler.api.permissions import BY_NAME
from heeler.api.services import Services
from heeler.notify.webhook_routes import VARIABLES, WEBHOOKS
from tests.unit.accounts.conftest import KEYS, App, log_in
from tests.unit.api_app import Caller, caller_with, parsed

HOOK = {
    "name": "pager",
    "url": "http://93.184.216.34/alert",
    "custom_headers": '{"Authorization": "Bearer s3cret"}',
}


async def make_user(app: App, email: str, role: str) -> None:
    answer = await app.post(
        "/api/v1/user", headers=KEYS, json={"handle": email, "name": "N", "access_role": role}
    )
    uuid = next(
        user["id"]
        for user in (await app.get("/api/v2/users?page[size]=100", headers=KEYS)).json()["data"]
        if user["attributes"]["email"] == email
    )
    assert answer.status_code == 200
    answer = await app.post(f"/api/ui/users/{uuid}/password", headers=KEYS, json={"password": "long enough"})
    assert answer.status_code == 204, answer.text


async def test_headers_are_read_as_they_were_sent_by_administrators(app: App) -> None:
    given = {**HOOK, "custom_headers": '{"Authorization":"s3cret"}', "payload": '{"a":"$ID"}'}
    made = await app.post(WEBHOOKS, headers=KEYS, json=given)
    assert made.status_code == 201, made.text
    shown = await app.get(f"{WEBHOOKS}/pager", headers=KEYS)
    assert made.json() == shown.json()
    assert shown.json().items() >= given.items(), "a plan of infrastructure as code finds no difference"
    unchanged = await app.put(f"{WEBHOOKS}/pager", headers=KEYS, json={"encode_as": "json"})
    assert unchanged.json() == shown.json()
    listed = (await app.get("/api/ui/integrations", headers=KEYS)).text
    assert "s3cret" not in listed
    hidden = await app.put(
        f"{WEBHOOKS}/pager", headers=KEYS, json={"custom_headers": '{"Authorization": "********"}'}
    )
    assert json.loads(hidden.json()["custom_headers"]) == {"Authorization": "s3cret"}
    moved = await app.put(f"{WEBHOOKS}/pager", headers=KEYS, json={"url": "http://1.1.1.1/"})
    assert moved.json()["custom_headers"] is None, "another host gets no secret of this one"
    back = await app.put(
        f"{WEBHOOKS}/pager", headers=KEYS, json={**HOOK, "custom_headers": '{"Authorization": "********"}'}
    )
    assert back.status_code == 400


async def test_headers_are_write_only_for_who_is_no_administrator(
    app: App, admin: Caller, services: Services
) -> None:
    permission = {"id": BY_NAME["manage_integrations"].id, "type": "permissions"}
    role = {
        "type": "roles",
        "attributes": {"name": "R"},
        "relationships": {"permissions": {"data": [permission]}},
    }
    role_of = (await admin.post("/api/v2/roles", {"data": role}))["data"]["id"]
    other = await caller_with(services, app, "other@example.com", [role_of])
    made = await other.post(WEBHOOKS, {**HOOK, "custom_headers": '{"Authorization":"s3cret"}'}, 201)
    for shown in (made, await other.get(f"{WEBHOOKS}/pager"), await other.put(f"{WEBHOOKS}/pager", {})):
        assert "custom_headers" not in shown
    assert (await admin.get(f"{WEBHOOKS}/pager"))["custom_headers"] == '{"Authorization":"s3cret"}'
    without = await other.put(f"{WEBHOOKS}/pager", {"custom_headers": None})
    assert without["custom_headers"] is None


async def test_a_webhook_is_deleted_once_and_its_name_is_free(admin: Caller) -> None:
    await admin.post(WEBHOOKS, {**HOOK, "name": "ops-🚀"}, 201)
    assert "exists" in await admin.refused("POST", WEBHOOKS, {**HOOK, "name": "ops-🚀"})
    await admin.post(WEBHOOKS, HOOK, 201)
    assert "exists" in await admin.refused("PUT", f"{WEBHOOKS}/pager", {"name": "ops-🚀"})
    renamed = await admin.put(f"{WEBHOOKS}/pager", {"name": "other"})
    parsed("v1.WebhooksIntegrationApi", "update_webhooks_integration", renamed)
    assert renamed.items() >= {**HOOK, "name": "other"}.items()
    await admin.delete(f"{WEBHOOKS}/other")
    for method in ("GET", "PUT", "DELETE"):
        text = await admin.refused(method, f"{WEBHOOKS}/other", {} if method == "PUT" else None, 404)
        assert "does not exist" in text


@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb", "a\x7fb"])
async def test_a_header_that_cannot_be_sent_is_refused(admin: Caller, value: str) -> None:
    headers = json.dumps({"A": value})
    assert "custom_headers" in await admin.refused("POST", WEBHOOKS, {**HOOK, "custom_headers": headers})


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "lower", "value": "v"}, {"name": "A"}, {"name": "A", "value": 5, "is_secret": False},
     {"name": "A", "value": "v", "is_secret": "no"}, {"name": "A", "value": "x" * 8193, "is_secret": False}],
)  # fmt: skip
async def test_a_variable_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", VARIABLES, body)
    await admin.refused("GET", f"{VARIABLES}/A", status=404)


@pytest.mark.parametrize("role", ["st", "ro"])
async def test_only_administrators_come_near_webhooks_and_mails(app: App, role: str) -> None:
    await app.post(WEBHOOKS, headers=KEYS, json=HOOK)
    await make_user(app, "other@example.com", role)
    await log_in(app, "other@example.com", "long enough")
    statuses = {
        (await app.get(f"{WEBHOOKS}/pager")).status_code,
        (await app.put(f"{WEBHOOKS}/pager", json={"url": "http://1.1.1.1/"})).status_code,
        (await app.delete(f"{WEBHOOKS}/pager")).status_code,
        (await app.post(WEBHOOKS, json={**HOOK, "name": "mine"})).status_code,
        (await app.get(f"{VARIABLES}/TOKEN")).status_code,
        (await app.get("/api/ui/outbox")).status_code,
        (await app.get("/api/ui/outbox/1/picture")).status_code,
    }
    assert statuses == {403}


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://127.0.0.1:99999/"},
        {"url": "http://[bad/"},
        {"url": "http://127.1/"},
        {"url": "http://2130706433/"},
        {"url": "http://100.100.100.200/"},
        {"url": "http://[64:ff9b::7f00:1]/"},
        {"url": 5},
        {"name": "with space"},
        {"name": None},
        {"encode_as": "xml"},
        {"payload": {"a": 1}},
        {"payload": "x" * 100_001},
        {"custom_headers": "[1]"},
    ],
)
async def test_what_cannot_work_is_a_400(app: App, change: dict[str, object]) -> None:
    answer = await app.post(WEBHOOKS, headers=KEYS, json={**HOOK, **change})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]


async def test_custom_variables_hide_their_secrets(app: App) -> None:
    made = await app.post(
        VARIABLES, headers=KEYS, json={"name": "TOKEN", "value": "s3cret", "is_secret": True}
    )
    assert (made.status_code, made.json()) == (201, {"name": "TOKEN", "is_secret": True})
    uncovered = await app.put(f"{VARIABLES}/TOKEN", headers=KEYS, json={"is_secret": False})
    assert uncovered.status_code == 400
    renamed = await app.put(
        f"{VARIABLES}/TOKEN", headers=KEYS, json={"name": "KEY", "value": "open", "is_secret": False}
    )
    assert renamed.json() == {"name": "KEY", "value": "open", "is_secret": False}
    assert (await app.delete(f"{VARIABLES}/KEY", headers=KEYS)).status_code == 200
    gone = await app.get(f"{VARIABLES}/KEY", headers=KEYS)
    assert (gone.status_code, gone.json()["errors"]) == (404, ["Custom variable does not exist"])
