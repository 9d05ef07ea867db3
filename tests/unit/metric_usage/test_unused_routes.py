"""Endpoints of what nobody looks at."""

from __future__ import annotations

import pytest

from tests.unit.api_app import Caller

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("days", [0, 366, -1, "x"])
async def test_days_that_are_none(admin: Caller, days: object) -> None:
    assert "days" in await admin.refused("GET", "/api/ui/unused", None, params={"days": days})


async def test_dashboards_that_were_just_made_are_not_unused(admin: Caller, nobody: Caller) -> None:
    body = {"title": "fresh", "layout_type": "ordered", "widgets": []}
    identity = (await admin.post("/api/v1/dashboard", body))["id"]
    found = await admin.get("/api/ui/unused", days=1)
    assert identity not in {one["id"] for one in found["dashboards"]}
    await nobody.refused("GET", "/api/ui/unused", None, 401)


async def test_views_are_of_people_and_of_monitors_that_exist(admin: Caller, nobody: Caller) -> None:
    await nobody.refused("POST", "/api/ui/monitors/5/views", None, 401)
    for identity in (str(2**40), str(2**70), "abc", "-1"):
        await admin.refused("POST", f"/api/ui/monitors/{identity}/views", None, 404)
