"""Endpoints that share dashboards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_PUBLIC = "/api/v1/dashboard/public"


@pytest.fixture
async def dashboard(admin: Caller) -> str:
    body = {"title": "d", "layout_type": "ordered", "widgets": []}
    identity: str = (await admin.post("/api/v1/dashboard", body))["id"]
    return identity


async def shared(admin: Caller, dashboard: str, **more: Any) -> Any:
    body = {"dashboard_id": dashboard, "dashboard_type": "custom_timeboard", **more}
    return await admin.post(_PUBLIC, body)


async def test_what_is_left_out_of_a_change_stays(admin: Caller, dashboard: str) -> None:
    most = {
        "title": "t", "global_time": {"live_span": "4h"}, "global_time_selectable_enabled": True,
        "selectable_template_vars": [{"name": "env", "prefix": "env", "visible_tags": ["prod"]}],
        "viewing_preferences": {"theme": "dark", "high_density": True}, "share_type": "open",
        "expiration": "2035-01-01T00:00:00Z", "status": "active",
    }  # fmt: skip
    made = await shared(admin, dashboard, **most)
    parsed("v1.DashboardsApi", "create_public_dashboard", made)
    path = f"{_PUBLIC}/{made['token']}"
    changed = await admin.put(path, {"global_time": {"live_span": "1d"}})
    parsed("v1.DashboardsApi", "update_public_dashboard", changed)
    assert {name: changed[name] for name in most} == {**most, "global_time": {"live_span": "1d"}}
    assert await admin.put(path, {}) == changed


async def test_null_is_the_default_and_can_be_read_by_clients(admin: Caller, dashboard: str) -> None:
    names = ("global_time", "viewing_preferences", "share_type", "status", "selectable_template_vars",
             "share_list", "invitees", "expiration")  # fmt: skip
    made = await shared(admin, dashboard, **dict.fromkeys(names))
    parsed("v1.DashboardsApi", "create_public_dashboard", made)
    listed = await admin.get(f"/api/v2/dashboard/{dashboard}/shared")
    (one,) = listed["data"]
    assert (one["attributes"]["status"], one["attributes"]["share_type"]) == ("active", "open")


async def test_what_is_empty_is_the_default_too(admin: Caller, dashboard: str) -> None:
    names = ("global_time", "viewing_preferences", "selectable_template_vars", "share_list", "invitees")
    for empty in ("", [], False):
        made = await shared(admin, dashboard, **dict.fromkeys(names, empty))
        assert (made["global_time"], made["viewing_preferences"]) == ({"live_span": "1h"}, {})
        parsed("v1.DashboardsApi", "create_public_dashboard", made)
    listed = await admin.get(f"/api/v2/dashboard/{dashboard}/shared")
    assert {one["attributes"]["viewing_preferences"]["theme"] for one in listed["data"]} == {"system"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("selectable_template_vars", [5]), ("selectable_template_vars", [{"name": 5}]),
     ("selectable_template_vars", [{"name": "a", "visible_tags": "x"}]), ("selectable_template_vars", "x"),
     ("title", 5), ("global_time_selectable_enabled", "x"), ("viewing_preferences", {"theme": "pink"}),
     ("viewing_preferences", ["dark"]), ("viewing_preferences", {"high_density": "x"}), ("share_list", "x"),
     ("share_list", [5]), ("invitees", [{"email": 5}]), ("invitees", ["a@b.c"]), ("status", "x"),
     ("share_type", "embed"), ("expiration", "soon"), ("expiration", "2035-01-01T00:00:00"),
     ("global_time", {"live_span": []}), ("global_time", "1h")],
)  # fmt: skip
async def test_a_setting_that_could_not_be_shown_is_refused(
    admin: Caller, dashboard: str, field: str, value: Any
) -> None:
    body = {"dashboard_id": dashboard, "dashboard_type": "custom_timeboard", field: value}
    assert field in await admin.refused("POST", _PUBLIC, body)
    token = (await shared(admin, dashboard))["token"]
    assert field in await admin.refused("PUT", f"{_PUBLIC}/{token}", {field: value})
    assert (await admin.get(f"/api/v2/dashboard/{dashboard}/shared"))["data"][0]["id"] == token


async def test_unknown_ids_and_second_deletions(admin: Caller, reader: Caller, dashboard: str) -> None:
    token = (await shared(admin, dashboard))["token"]
    await reader.refused("DELETE", f"{_PUBLIC}/{token}", None, 403)
    await admin.delete(f"{_PUBLIC}/{token}")
    for path in (f"{_PUBLIC}/{token}", f"{_PUBLIC}/{'x' * 500}", f"/api/public/dashboards/{token}",
                 f"{_PUBLIC}/{token}/invitation", "/api/v2/dashboard/none/shared"):  # fmt: skip
        await admin.refused("GET", path, None, 404)
    await admin.refused("DELETE", f"{_PUBLIC}/{token}", None, 404)
    body = {"dashboard_id": "none", "dashboard_type": "custom_timeboard"}
    await admin.refused("POST", _PUBLIC, body, 404)


async def test_pages_of_invitations(admin: Caller, dashboard: str) -> None:
    path = f"{_PUBLIC}/{(await shared(admin, dashboard))['token']}/invitation"
    emails = [f"p{at}@example.com" for at in range(3)]
    made = await admin.post(path, {"data": [{"attributes": {"email": one}} for one in emails]}, 201)
    parsed("v1.DashboardsApi", "send_public_dashboard_invitation", made)
    page = await admin.get(path, page_size=2, page_number=1)
    parsed("v1.DashboardsApi", "get_public_dashboard_invitations", page)
    assert [one["attributes"]["email"] for one in page["data"]] == emails[2:]
    assert page["meta"]["page"]["total_count"] == 3
    assert (await admin.get(path, page_number=2**31 - 1))["data"] == []
    for params in ({"page_size": -1}, {"page_size": 1001}, {"page_number": "²"}):
        (name,) = params
        assert name in await admin.refused("GET", path, None, params=params)
    for body in ({}, {"data": []}, {"data": {"attributes": 5}}, {"data": {"attributes": {"email": "x"}}}):
        await admin.refused("POST", path, body)
