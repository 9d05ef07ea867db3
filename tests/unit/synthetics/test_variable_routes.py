"""Endpoints of global variables of synthetic tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_PATH = "/api/v1/synthetics/variables"
LEAST: dict[str, Any] = {"name": "TOKEN", "description": "", "tags": [], "value": {"value": "a"}}


async def test_a_secret_is_never_shown_and_kept_by_a_change_without_it(admin: Caller, reader: Caller) -> None:
    made = await admin.post(_PATH, {**LEAST, "value": {"value": "geheim", "secure": True}})
    parsed("v1.SyntheticsApi", "create_global_variable", made)
    path = f"{_PATH}/{made['id']}"
    changed = await admin.put(path, {**LEAST, "description": "d", "value": {"secure": True}})
    parsed("v1.SyntheticsApi", "edit_global_variable", changed)
    again = await admin.put(path, {**LEAST, "value": {"secure": True, "value": None}})
    for shown in (made, changed, again, await admin.get(path), await admin.get(_PATH)):
        assert "geheim" not in str(shown)
    await admin.refused("PUT", path, {**LEAST, "value": {"secure": False}})
    opened = await admin.put(path, {**LEAST, "value": {"value": "new", "secure": False}})
    assert opened["value"]["value"] == "new"
    await reader.refused("DELETE", path, None, 403)
    await admin.delete(path)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", LEAST)):
        await admin.refused(method, path, body, 404)


async def test_names_are_taken_once(admin: Caller) -> None:
    made = await admin.post(_PATH, LEAST)
    await admin.refused("POST", _PATH, LEAST, 409)
    other = await admin.post(_PATH, {**LEAST, "name": "OTHER"})
    await admin.refused("PUT", f"{_PATH}/{other['id']}", LEAST, 409)
    assert (await admin.put(f"{_PATH}/{made['id']}", LEAST))["name"] == "TOKEN"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "token"},
        {"name": "AB"},
        {"name": 5},
        {"value": None},
        {"value": "x"},
        {"value": {}},
        {"value": {"value": None}},
        {"value": {"value": "x" * 10_001}},
        {"value": {"value": ["x"]}},
        {"value": {"value": "x", "secure": "x"}},
        {"tags": "x"},
        {"description": 5},
    ],
)
async def test_variables_that_are_none(admin: Caller, change: dict[str, Any]) -> None:
    await admin.refused("POST", _PATH, {**LEAST, **change})
    for body in (b"", b"[]", {}):
        await admin.refused("POST", _PATH, body)
    assert (await admin.get(_PATH))["variables"] == []
