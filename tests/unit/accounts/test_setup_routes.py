from __future__ import annotations

from tests.conftest import API_KEY, APP_KEY
from tests.unit.api_app import Caller, admin, nobody, reader

__all__ = ["admin", "nobody", "reader"]


async def test_keys_are_shown_without_their_secrets(admin: Caller, reader: Caller, nobody: Caller) -> None:
    found = await reader.get("/api/ui/setup")
    assert [one["name"] for one in found["api_keys"]] == ["First key"]
    assert found["api_keys"][0]["masked"].endswith(API_KEY[-4:])
    assert API_KEY not in str(found)
    assert APP_KEY not in str(found)
    assert found["mail"] is False
    await admin.delete(f"/api/v2/api_keys/{found['api_keys'][0]['id']}", 204)
    await nobody.refused("GET", "/api/ui/setup", status=401)


async def test_a_healthy_server_warns_of_nothing(reader: Caller, nobody: Caller) -> None:
    assert await reader.get("/api/ui/status") == {"warnings": []}
    await nobody.refused("GET", "/api/ui/status", status=401)
