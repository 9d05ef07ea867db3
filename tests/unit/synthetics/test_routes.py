"""Endpoints of synthetic tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_PATH = "/api/v1/synthetics/tests"
LEAST: dict[str, Any] = {
    "name": "n", "type": "api", "subtype": "http", "locations": ["aws:eu-central-1"], "message": "",
    "config": {"request": {"method": "GET", "url": "https://example.com"},
               "assertions": [{"type": "statusCode", "operator": "is", "target": 200}]},
    "options": {"tick_every": 60},
}  # fmt: skip


async def test_a_test_is_changed_by_parts_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(f"{_PATH}/api", {**LEAST, "tags": ["env:prod"]})
    parsed("v1.SyntheticsApi", "create_synthetics_api_test", made)
    path = f"{_PATH}/{made['public_id']}"
    operation = {"op": "replace", "path": "/name", "value": "m"}
    patched = await admin.patch(path, {"data": [operation]})
    parsed("v1.SyntheticsApi", "patch_test", patched)
    for name in ("config", "options", "tags", "locations", "status", "monitor_id"):
        assert patched[name] == made[name], name
    assert patched["name"] == "m"
    assert (await admin.get(path))["name"] == "m"
    for data in ("x", [5], [{"op": "jump"}], [{**operation, "path": "/none/deep"}], None):
        await admin.refused("PATCH", path, {"data": data})
    await admin.put(f"{path}/status", {"new_status": "paused"})
    assert (await admin.get(path))["status"] == "paused"
    assert (await admin.put(f"{_PATH}/api/{made['public_id']}", LEAST))["status"] == "paused"
    for wrong in ({}, {"new_status": "on"}, {"new_status": []}, b"[]"):
        await admin.refused("PUT", f"{path}/status", wrong)
    await reader.refused("POST", f"{_PATH}/delete", {"public_ids": [made["public_id"]]}, 403)
    deleted = await admin.post(f"{_PATH}/delete", {"public_ids": [made["public_id"]]})
    parsed("v1.SyntheticsApi", "delete_tests", deleted)
    await admin.refused("POST", f"{_PATH}/delete", {"public_ids": [made["public_id"]]}, 404)
    for method, body in (("GET", None), ("PUT", LEAST), ("PATCH", {"data": [operation]})):
        assert "not found" in await admin.refused(method, path, body, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", 5), ("type", "house"), ("subtype", "house"), ("config", []), ("config", {}),
     ("options", "x"), ("options", {"tick_every": 1}), ("options", {"tick_every": "x"}),
     ("locations", "x"), ("tags", "x"), ("status", "on"), ("message", 5),
     ("config", {"request": {"url": 5, "method": "GET"}, "assertions": []}),
     ("config", {"request": {"url": "https://a", "method": "GET"}, "assertions": [{"type": "house"}]})],
)  # fmt: skip
async def test_tests_that_could_not_run(admin: Caller, field: str, value: Any) -> None:
    await admin.refused("POST", f"{_PATH}/api", {**LEAST, field: value})
    assert (await admin.get(_PATH))["tests"] == []


async def test_pages_and_searches(admin: Caller) -> None:
    for name in ("Alpha", "beta", "gamma"):
        await admin.post(f"{_PATH}/api", {**LEAST, "name": name, "tags": [f"env:{name}"]})
    page = await admin.get(_PATH, page_size=2, page_number=1)
    parsed("v1.SyntheticsApi", "list_tests", page)
    assert len(page["tests"]) == 1
    assert (await admin.get(_PATH, page_number=2**31 - 1))["tests"] == []

    async def names(**params: Any) -> list[str]:
        found = await admin.get(f"{_PATH}/search", **params)
        return [one["name"] for one in found["tests"]]

    assert await names(text="ALPHA") == ["Alpha"]
    assert await names(text="tag:env:beta type:http") == ["beta"]
    assert await names(sort="-name", count=1) == ["gamma"]
    assert await names(start=9) == []
    for params in ({"page_size": -1}, {"page_size": "²"}, {"page_number": 2**31}):
        (name,) = params
        assert name in await admin.refused("GET", _PATH, None, params=params)
    for params in ({"count": -1}, {"start": "x"}, {"sort": "size"}):
        (name,) = params
        assert name in await admin.refused("GET", f"{_PATH}/search", None, params=params)
    for body in (b"", b"[]", {}, {"public_ids": []}, {"public_ids": "x"}):
        await admin.refused("POST", f"{_PATH}/delete", body)
