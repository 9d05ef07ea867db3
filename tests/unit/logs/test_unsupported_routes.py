"""Endpoints of what is not supported say so, and how to do it."""

from __future__ import annotations

from tests.unit.api_app import Caller, parsed

_PATH = "/api/v2/logs/config/custom-destinations"


async def test_there_are_none_and_none_can_be_made(admin: Caller, reader: Caller) -> None:
    listed = await reader.get(_PATH)
    parsed("v2.LogsCustomDestinationsApi", "list_logs_custom_destinations", listed)
    assert listed == {"data": []}
    assert "Vector" in await admin.refused("POST", _PATH, {"data": {}})
    for method in ("GET", "PATCH", "DELETE"):
        assert "none" in await admin.refused(method, f"{_PATH}/none", None, 404)
    await reader.refused("POST", _PATH, {}, 403)
    await reader.refused("DELETE", f"{_PATH}/none", None, 403)
