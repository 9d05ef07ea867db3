from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

CHANNELS = "/api/v1/integration/slack/configuration/accounts/Main/channels"
API = "v1.SlackIntegrationApi"


@pytest.fixture(autouse=True)
async def account(admin: Caller) -> None:
    body = {"kind": "slack-account", "name": "Main", "secret": "xoxb-1-2-s3cret"}
    await admin.post("/api/ui/integrations", body, 201)


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, standard: Caller) -> None:
    made = await admin.post(CHANNELS, {"name": "ops-🚀", "display": {"tags": False, "snapshot": False}})
    parsed(API, "create_slack_integration_channel", made)
    assert (made["name"], made["display"]["tags"], made["display"]["message"]) == ("#ops-🚀", False, True)
    one = f"{CHANNELS}/%23ops-🚀"
    kept = await admin.patch(one, {"name": "#ops"})
    assert kept == {**made, "name": "#ops"}
    shown = await admin.patch(f"{CHANNELS}/ops", {"display": {"tags": True}})
    assert shown["display"] == {**made["display"], "tags": True}
    parsed(API, "get_slack_integration_channels", await admin.get(CHANNELS))
    parsed(API, "get_slack_integration_channel", await admin.get(f"{CHANNELS}/%23ops"))
    assert "s3cret" not in str(await admin.get(CHANNELS))
    for method in ("GET", "PATCH", "DELETE"):
        await standard.refused(method, f"{CHANNELS}/ops", {} if method == "PATCH" else None, 403)
    await admin.delete(f"{CHANNELS}/ops", 204)
    for method in ("GET", "PATCH", "DELETE"):
        await admin.refused(method, f"{CHANNELS}/ops", {} if method == "PATCH" else None, 404)
    await admin.refused("GET", CHANNELS.replace("Main", "other"), status=404)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "#"}, {"name": 5}, {"name": "x" * 100}, {"name": "a", "display": "all"},
     {"name": "a", "display": {"tags": "yes"}}, {"name": "a", "display": ["tags"]}],
)  # fmt: skip
async def test_a_channel_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", CHANNELS, body)
    assert await admin.get(CHANNELS) == []


async def test_names_are_unique(admin: Caller) -> None:
    await admin.post(CHANNELS, {"name": "#a"})
    other = await admin.post(CHANNELS, {"name": "b"})
    for method, path in (("POST", CHANNELS), ("PATCH", f"{CHANNELS}/b")):
        answer = await admin.app.request(method, path, json={"name": "A"}, headers=admin.headers)
        assert answer.status_code in (400, 409), answer.text
    assert await admin.get(f"{CHANNELS}/b") == other
