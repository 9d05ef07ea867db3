from __future__ import annotations

from typing import Any

import pytest

from heeler.api.services import Services
from tests.unit.api_app import Caller
from tests.unit.monitors.test_routes import monitor_of
from tests.unit.notify.test_outbox_routes import put


async def test_notifications_of_a_monitor_newest_first(
    admin: Caller, reader: Caller, services: Services
) -> None:
    of = await monitor_of(admin)
    first, second = await put(services, monitor_id=of), await put(services, monitor_id=of)
    await put(services, monitor_id=None)
    path = f"/api/ui/monitors/{of}/notifications"
    found = await reader.get(path)
    assert [one["id"] for one in found["messages"]] == [second, first]
    assert all(one["text"] == "" for one in found["messages"])
    assert len((await reader.get(path, limit=-5))["messages"]) == 1
    await reader.refused("GET", "/api/ui/monitors/999/notifications", status=404)
    await reader.refused("GET", path, params={"limit": "x"})


async def test_recipients_of_a_draft(admin: Caller, reader: Caller) -> None:
    path = "/api/ui/monitors/recipients"
    found = await reader.post(
        path, {"message": "@admin@example.com @webhook-none", "escalation_message": "@ghost"}
    )
    assert {one["handle"]: one["known"] for one in found["recipients"]} == {
        "admin@example.com": True, "webhook-none": False, "ghost": False,
    }  # fmt: skip
    assert found["nobody"] is False
    assert (await reader.post(path, {"message": "nobody"}))["nobody"] is True
    assert (await reader.post(path, {"message": "@{{host.name}}"}))["nobody"] is False


@pytest.mark.parametrize("body", [{"message": 5}, {"tags": "a"}, {"tags": [5]}, [], b"{"])
async def test_a_draft_that_is_none_is_refused(admin: Caller, body: Any) -> None:
    headers = {"content-type": "application/json"}
    await admin.refused("POST", "/api/ui/monitors/recipients", body, headers=headers)
