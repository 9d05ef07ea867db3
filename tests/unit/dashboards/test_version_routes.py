"""Versions of dashboards: every save is one, whatever endpoint saved it."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller

_GRAPH = {"title": "g", "definition": {"viz": "timeseries", "requests": [{"q": "avg:a{*}"}]}}
_OLD = {
    "dash": {"title": "one", "description": "", "graphs": [_GRAPH]},
    "screen": {
        "board_title": "one",
        "widgets": [{"type": "note", "html": "x", "x": 0, "y": 0, "width": 1, "height": 1}],
    },
}


async def titles(admin: Caller, identity: str) -> list[str]:
    found = await admin.get(f"/api/ui/dashboards/{identity}/versions")
    return [one["title"] for one in found["versions"]]


@pytest.mark.parametrize("kind", ["dash", "screen"])
async def test_what_an_old_endpoint_saves_is_a_version(admin: Caller, kind: str) -> None:
    body = _OLD[kind]
    name = "title" if kind == "dash" else "board_title"
    made = await admin.post(f"/api/v1/{kind}", body)
    board = made.get("dash", made)
    await admin.put(f"/api/v1/{kind}/{board['id']}", {**body, name: "two"})
    identity = board["new_id"]
    assert await titles(admin, identity) == ["two", "one"]
    versions = f"/api/ui/dashboards/{identity}/versions"
    (_, first) = (await admin.get(versions))["versions"]
    restored = await admin.post(f"{versions}/{first['id']}/restore")
    assert restored["title"] == "one"
    assert await titles(admin, identity) == ["one", "two", "one"]
    shown = await admin.get(f"/api/v1/{kind}/{board['id']}")
    assert shown.get("dash", shown)[name] == "one"


async def test_versions_of_another_dashboard_are_none(admin: Caller, reader: Caller) -> None:
    body = {"title": "d", "layout_type": "ordered", "widgets": []}
    one, other = [(await admin.post("/api/v1/dashboard", body))["id"] for _ in range(2)]
    (version,) = (await admin.get(f"/api/ui/dashboards/{one}/versions"))["versions"]
    path = f"/api/ui/dashboards/{other}/versions/{version['id']}"
    await admin.refused("GET", path, None, 404)
    await admin.refused("POST", f"{path}/restore", None, 404)
    await admin.refused("GET", f"/api/ui/dashboards/{one}/versions/{2**62}", None, 404)
    await admin.refused("GET", "/api/ui/dashboards/none/versions", None, 404)
    await reader.refused("POST", f"/api/ui/dashboards/{one}/versions/{version['id']}/restore", None, 403)
