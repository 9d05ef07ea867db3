from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

NOW = int(time.time())


async def test_a_host_is_muted_once_and_unmuted_once(admin: Caller, reader: Caller) -> None:
    host = "/api/v1/host/web-ä.example.com"
    await reader.refused("POST", f"{host}/mute", {}, 403)
    muted = await admin.post(f"{host}/mute", {"end": NOW + 3600, "message": "Hi 🚀"})
    parsed("v1.HostsApi", "mute_host", muted)
    assert muted["end"] == NOW + 3600
    assert "override" in await admin.refused("POST", f"{host}/mute", {})
    again = await admin.post(f"{host}/mute?override=true", {"end": NOW + 7200})
    assert (again["downtime_id"], again["end"]) == (muted["downtime_id"], NOW + 7200)
    assert len(await admin.get("/api/v1/downtime")) == 1
    parsed("v1.HostsApi", "unmute_host", await admin.post(f"{host}/unmute"))
    assert "not muted" in await admin.refused("POST", f"{host}/unmute")


@pytest.mark.parametrize(
    "body",
    [{"end": "soon"}, {"end": True}, {"end": 5}, {"end": []}, {"message": {}}, {"override": "perhaps"}, [1]],
)
async def test_a_mute_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", "/api/v1/host/web/mute", body)
    assert await admin.get("/api/v1/downtime") == []


async def test_everything_is_muted_once(admin: Caller, reader: Caller) -> None:
    await reader.refused("POST", "/api/v1/monitor/mute_all", status=403)
    first = await admin.post("/api/v1/monitor/mute_all")
    assert (await admin.post("/api/v1/monitor/mute_all"))["id"] == first["id"]
    await admin.post("/api/v1/monitor/unmute_all", status=204)
    assert "not currently" in await admin.refused("POST", "/api/v1/monitor/unmute_all")
