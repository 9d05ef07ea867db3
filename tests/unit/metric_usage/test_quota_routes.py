"""Endpoints of quotas."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_PATH = "/api/ui/usage/quotas"
LEAST = {"signal": "logs", "daily_limit": 5}
pytestmark = pytest.mark.usefixtures("store")


async def test_a_quota_is_made_once_changed_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(_PATH, LEAST, 201)
    assert (made["scope"], made["warning_percent"], made["used"]) == ("all", 80, 0)
    await admin.refused("POST", _PATH, LEAST, 409)
    other = await admin.post(_PATH, {**LEAST, "scope": "service", "scope_value": " web "}, 201)
    assert other["scope_value"] == "web"
    path = f"{_PATH}/{made['id']}"
    await admin.refused("PUT", path, {**LEAST, "scope": "service", "scope_value": "web"}, 409)
    assert (await admin.put(path, {**LEAST, "daily_limit": 0}))["daily_limit"] == 0
    assert [one["id"] for one in await admin.get(_PATH)] == [made["id"], other["id"]]
    await reader.refused("DELETE", path, None, 403)
    await admin.delete(path, 204)
    for method, body in (("DELETE", None), ("PUT", LEAST)):
        await admin.refused(method, path, body, 404)
    await admin.refused("DELETE", f"{_PATH}/{'x' * 500}", None, 404)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("signal", {"signal": "houses"}),
        ("daily_limit", {"daily_limit": -1}),
        ("daily_limit", {"daily_limit": 2**70}),
        ("daily_limit", {"daily_limit": 1.5}),
        ("warning_percent", {"warning_percent": 0}),
        ("warning_percent", {"warning_percent": 101}),
        ("scope", {"scope": "house"}),
        ("scope_value", {"scope": "service"}),
        ("scope_value", {"scope_value": "web"}),
        ("scope_value", {"scope": "tag", "scope_value": "env:"}),
        ("key_id", {"scope": "key"}),
        ("key_id", {"key_id": "none"}),
        ("scope", {"scope": "metric", "scope_value": "a"}),
        ("scope", {"signal": "bytes", "scope": "metric", "scope_value": "a"}),
    ],
)
async def test_quotas_that_could_not_apply(admin: Caller, field: str, body: dict[str, Any]) -> None:
    text = await admin.refused("POST", _PATH, {**LEAST, **body})
    assert field in text or "Bytes" in text
    for wrong in (b"", b"[]", {}):
        await admin.refused("POST", _PATH, wrong)
    assert await admin.get(_PATH) == []
