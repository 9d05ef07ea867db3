from __future__ import annotations

from typing import Any

from tests.unit.api_app import Caller


async def test_steps_follow_what_was_made(
    admin: Caller, standard: Caller, nobody: Caller, store: Any
) -> None:
    before = {one["id"]: one["done"] for one in (await standard.get("/api/ui/sources"))["steps"]}
    assert (before["dashboard"], before["monitor"], before["people"]) == (False, False, True)
    board: dict[str, Any] = {"title": "D", "layout_type": "ordered", "widgets": []}
    await admin.post("/api/v1/dashboard", board)
    await admin.post("/api/v1/monitor", {"type": "metric alert", "query": "avg(last_5m):avg:a{*} > 1"})
    found = await admin.get("/api/ui/sources")
    after = {one["id"]: one["done"] for one in found["steps"]}
    assert (after["dashboard"], after["monitor"]) == (True, True)
    assert {one["state"] for one in found["integrations"]} <= {"sending", "failing", "quiet", "none"}
    assert all(
        one["dashboard"] in ("", f"/dashboard/{one['dashboard'][11:]}") for one in found["integrations"]
    )
    await nobody.refused("GET", "/api/ui/sources", status=401)
