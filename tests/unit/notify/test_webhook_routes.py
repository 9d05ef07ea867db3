from __future__ import annotations

import json

import pytest

from heeler.notify.webhook_routes import VARIABLES, WEBHOOKS
from tests.unit.accounts.conftest import KEYS, App, log_in

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


async def test_secret_headers_are_write_only(app: App) -> None:
    made = await app.post(WEBHOOKS, headers=KEYS, json=HOOK)
    assert made.status_code == 201, made.text
    shown = await app.get(f"{WEBHOOKS}/pager", headers=KEYS)
    assert "s3cret" not in made.text + shown.text
    assert json.loads(shown.json()["custom_headers"]) == {"Authorization": "********"}
    unchanged = await app.put(f"{WEBHOOKS}/pager", headers=KEYS, json=shown.json())
    assert unchanged.status_code == 200
    moved = await app.put(f"{WEBHOOKS}/pager", headers=KEYS, json={"url": "http://1.1.1.1/"})
    assert moved.json()["custom_headers"] is None, "another host gets no secret of this one"
    back = await app.put(
        f"{WEBHOOKS}/pager", headers=KEYS, json={**HOOK, "custom_headers": '{"Authorization": "********"}'}
    )
    assert back.status_code == 400


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
