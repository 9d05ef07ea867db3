from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

INTEGRATIONS = "/api/ui/integrations"
NOBODY = "00000000-0000-dead-beef-000000000000"
TEAMS = {"kind": "msteams", "name": "Ops", "secret": "https://a.example.com/s3cret"}


async def test_secrets_are_not_listed_and_absent_fields_stay(admin: Caller, standard: Caller) -> None:
    made = await admin.post(INTEGRATIONS, TEAMS, 201)
    path = f"{INTEGRATIONS}/{made['id'].upper()}"
    assert (made["has_secret"], made["handle"]) == (True, "teams-Ops")
    renamed = await admin.patch(path, {"name": "Öps"})
    assert renamed == {**made, "name": "Öps", "handle": renamed["handle"]}
    listed = await admin.get(INTEGRATIONS)
    assert [one["id"] for one in listed["destinations"]] == [made["id"]]
    assert "s3cret" not in str(listed)
    for method, body in (("PATCH", {}), ("DELETE", None)):
        await standard.refused(method, path, body, 403)
    await standard.refused("GET", INTEGRATIONS, status=403)
    await admin.delete(path, 204)
    await admin.refused("DELETE", path, status=404)
    await admin.refused("PATCH", path, {}, 404)
    await admin.refused("POST", f"{path}/test", {}, 404)


@pytest.mark.parametrize(
    "body",
    [
        {}, {**TEAMS, "kind": "fax"}, {**TEAMS, "name": ""}, {**TEAMS, "name": 5}, {**TEAMS, "secret": ""},
        {**TEAMS, "settings": []}, {**TEAMS, "settings": {"what": 1}}, {**TEAMS, "account": "x"},
        {"kind": "slack", "name": "a", "account": "nobody"},
    ],
)  # fmt: skip
async def test_a_destination_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", INTEGRATIONS, body)
    assert (await admin.get(INTEGRATIONS))["destinations"] == []


async def test_channels_go_with_their_account(admin: Caller) -> None:
    account = {"kind": "slack-account", "name": "Main", "secret": "xoxb-1-2-s3cret"}
    of = (await admin.post(INTEGRATIONS, account, 201))["id"]
    channel = await admin.post(INTEGRATIONS, {"kind": "slack", "name": "ops", "account": "Main"}, 201)
    assert channel["name"] == "#ops"
    await admin.refused("PATCH", f"{INTEGRATIONS}/{of}", {"name": "Other"})
    await admin.refused("POST", f"{INTEGRATIONS}/{of}/test", {})
    await admin.delete(f"{INTEGRATIONS}/{of}", 204)
    assert (await admin.get(INTEGRATIONS))["destinations"] == []


async def test_a_test_of_what_is_not_there(admin: Caller) -> None:
    await admin.refused("POST", f"{INTEGRATIONS}/webhooks/nobody/test", {}, 404)
    hook = {"name": "dead", "url": "http://1.1.1.1:9/", "custom_headers": '{"A": "b"}'}
    await admin.post("/api/v1/integration/webhooks/configuration/webhooks", hook, 201)
    await admin.refused("POST", f"{INTEGRATIONS}/webhooks/dead/test", {"state": "Bored"})
    shown = (await admin.get(INTEGRATIONS))["webhooks"][0]
    assert (shown["handle"], shown["custom_headers"]) == ("webhook-dead", '{"A": "********"}')


async def test_recipients_begin_with_what_begins_so(admin: Caller, reader: Caller, standard: Caller) -> None:
    found = [one["handle"] for one in await reader.get("/api/ui/recipients", search="@STANDARD")]
    assert found[0] == "standard@example.com"
    assert len(await reader.get("/api/ui/recipients", limit=1)) == 1
    assert len(await reader.get("/api/ui/recipients", limit=-5)) == 1
    assert await reader.get("/api/ui/recipients", search="nothing of this") == []
    await reader.refused("GET", "/api/ui/recipients", params={"limit": "x"})
