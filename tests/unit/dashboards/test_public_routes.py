"""Endpoints of shared dashboards for readers without an account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller

_QUERY = {"queries": [{"data_source": "metrics", "name": "q", "query": "avg:a{*}"}],
          "formulas": [{"formula": "q"}], "response_format": "timeseries"}  # fmt: skip
_WIDGET = {"definition": {"type": "timeseries", "title": "g", "requests": [_QUERY]}}


async def token_of(admin: Caller, **settings: Any) -> str:
    body = {"title": "d", "layout_type": "ordered", "widgets": [_WIDGET]}
    identity = (await admin.post("/api/v1/dashboard", body))["id"]
    share = {"dashboard_id": identity, "dashboard_type": "custom_timeboard", **settings}
    token: str = (await admin.post("/api/v1/dashboard/public", share))["token"]
    return token


async def test_readers_see_no_names_of_people(admin: Caller, nobody: Caller) -> None:
    token = await token_of(admin)
    shown = await nobody.get(f"/api/public/dashboards/{token}")
    assert shown["title"] == "d"
    assert "admin@example.com" not in str(shown)


@pytest.mark.parametrize("settings", [{"status": "paused"}, {"expiration": "2020-01-01T00:00:00Z"}])
async def test_what_is_paused_or_expired_is_gone(
    admin: Caller, nobody: Caller, settings: dict[str, Any]
) -> None:
    token = await token_of(admin, **settings)
    await nobody.refused("GET", f"/api/public/dashboards/{token}", None, 404)
    await nobody.refused("POST", f"/api/public/dashboards/{token}/query", {"queries": []}, 404)


async def test_a_password_is_asked_for_and_wrong_ones_are_refused(admin: Caller, nobody: Caller) -> None:
    path = f"/api/public/dashboards/{await token_of(admin, password='long enough')}"
    await nobody.refused("GET", path, None, 401)
    await nobody.refused("POST", f"{path}/unlock", {"password": "wrong"}, 403)
    for body in (b"", {}, {"password": 5}):
        await nobody.refused("POST", f"{path}/unlock", body)
    key = (await nobody.post(f"{path}/unlock", {"password": "long enough"}))["key"]
    assert (await nobody("GET", path, headers={"X-Share-Unlock": key}))["title"] == "d"
    await nobody.refused("GET", path, None, 401, headers={"X-Share-Unlock": key[:-1]})


async def test_other_queries_and_longer_times_are_not_shared(admin: Caller, nobody: Caller) -> None:
    path = f"/api/public/dashboards/{await token_of(admin)}/query"

    def asked(seconds: int, query: str = "avg:a{*}") -> dict[str, Any]:
        queries = [{"data_source": "metrics", "name": "q", "query": query}]
        attributes = {"queries": queries, "formulas": [{"formula": "q"}], "from": 0, "to": seconds * 1000}
        body = {"data": {"type": "timeseries_request", "attributes": attributes}}
        return {"queries": [{"id": "1", "kind": "timeseries", "body": body}]}

    assert "not one of" in await nobody.refused("POST", path, asked(60, "avg:secret{*}"), 403)
    assert "time range" in await nobody.refused("POST", path, asked(86_400), 403)
    for body in (b"", b"[]", {}, {"queries": 5}, {"queries": [{}]}):
        await nobody.refused("POST", path, body)
    await nobody.refused("GET", "/api/public/dashboards/none", None, 404)
