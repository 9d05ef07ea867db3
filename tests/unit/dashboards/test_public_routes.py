"""Endpoints of shared dashboards for readers without an account."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from heeler.api.permissions import STANDARD
from heeler.api.services import Services
from tests.unit.api_app import App, Caller, caller_with

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


async def test_an_earlier_hour_than_the_last_is_not_shared(admin: Caller, nobody: Caller) -> None:
    path = f"/api/public/dashboards/{await token_of(admin)}/query"
    body = {"query": "avg:a{*}", "from": 1_600_000_000, "to": 1_600_003_600}
    batch = {"queries": [{"id": "1", "kind": "v1", "body": body}]}
    assert "time range" in await nobody.refused("POST", path, batch, 403)
    queries = [{"data_source": "metrics", "name": "q", "query": "avg:a{*}"}]
    times = {"from": 1_600_000_000_000, "to": 1_600_003_600_000}
    attributes = {"queries": queries, "formulas": [{"formula": "q"}], **times}
    batch["queries"][0] |= {
        "kind": "timeseries", "body": {"data": {"type": "timeseries_request", "attributes": attributes}},
    }  # fmt: skip
    assert "time range" in await nobody.refused("POST", path, batch, 403)


async def test_guesses_of_a_password_from_one_network_are_counted_together(
    admin: Caller, nobody: Caller, app: App, services: Services
) -> None:
    path = f"/api/public/dashboards/{await token_of(admin, password='long enough')}/unlock"
    trusting = replace(services.settings, trusted_proxies=(ip_network("127.0.0.0/8"),))
    services.settings = trusting
    statuses = []
    for number in range(8):
        headers = {"X-Forwarded-For": f"2001:db8:1:2::{number + 1:x}"}
        answer = await app.post(path, json={"password": "wrong"}, headers=headers)
        statuses.append(answer.status_code)
    assert statuses[:5] == [403] * 5
    assert 429 in statuses


def logs_widget(query: str) -> dict[str, Any]:
    asked = {
        "data_source": "logs",
        "name": "q",
        "search": {"query": query},
        "compute": {"aggregation": "count"},
        "indexes": ["*"],
        "group_by": [],
    }
    request = {"queries": [asked], "formulas": [{"formula": "q"}], "response_format": "scalar"}
    return {"definition": {"type": "query_value", "requests": [request]}}


async def shared_logs(author: Caller) -> tuple[str, str]:
    """A shared dashboard that counts logs: its id and token."""
    board = {"title": "d", "layout_type": "ordered", "widgets": [logs_widget("*")]}
    identity = (await author.post("/api/v1/dashboard", board))["id"]
    share = {"dashboard_id": identity, "dashboard_type": "custom_timeboard"}
    return identity, (await author.post("/api/v1/dashboard/public", share))["token"]


async def counted_outside(nobody: Caller, token: str, services: Services) -> dict[str, Any]:
    asked = logs_widget("*")["definition"]["requests"][0]["queries"]
    now = round(services.now() * 1000)
    attributes = {"queries": asked, "formulas": [{"formula": "q"}], "from": now - 60_000, "to": now}
    body = {"data": {"type": "scalar_request", "attributes": attributes}}
    batch = {"queries": [{"id": "1", "kind": "scalar", "body": body}]}
    answer = await nobody.app.post(f"/api/public/dashboards/{token}/query", json=batch)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def role_of(admin: Caller, *permissions: str) -> str:
    known = {one["attributes"]["name"]: one["id"] for one in (await admin.get("/api/v2/permissions"))["data"]}
    given = {"data": [{"type": "permissions", "id": known[one]} for one in permissions]}
    attributes = {"name": "-".join(permissions)}
    body = {"data": {"type": "roles", "attributes": attributes, "relationships": {"permissions": given}}}
    return str((await admin.post("/api/v2/roles", body))["data"]["id"])


SHARING = ("dashboards_read", "dashboards_write", "dashboards_public_share", "timeseries_query")


@pytest.mark.usefixtures("store")
async def test_what_its_author_may_not_read_is_not_shared(
    admin: Caller, nobody: Caller, app: App, services: Services
) -> None:
    author = await caller_with(services, app, "author@example.com", [await role_of(admin, *SHARING)])
    _, token = await shared_logs(author)
    assert (await counted_outside(nobody, token, services))["status"] == 403
    _, token = await shared_logs(admin)
    assert (await counted_outside(nobody, token, services))["status"] == 200


async def test_nobody_reads_more_through_what_others_share(
    admin: Caller, standard: Caller, app: App, services: Services
) -> None:
    identity, token = await shared_logs(admin)
    board = {"title": "d", "layout_type": "ordered", "widgets": [logs_widget("secret")]}
    limited = await caller_with(services, app, "limited@example.com", [await role_of(admin, *SHARING)])
    for method, path, body in (
        ("PUT", f"/api/v1/dashboard/{identity}", board),
        ("PUT", f"/api/v1/dashboard/public/{token}", {"selectable_template_vars": []}),
        ("POST", f"/api/ui/dashboards/{identity}/versions/1/restore", None),
    ):
        assert "with the rights of" in await limited.refused(method, path, body, 403)
    await standard.put(f"/api/v1/dashboard/{identity}", board)
    await admin.delete(f"/api/v1/dashboard/public/{token}")
    await limited.put(f"/api/v1/dashboard/{identity}", board)
    report = {"resource_id": identity, "resource_type": "dashboard", "title": "r", "rrule": "FREQ=DAILY",
              "recipients": ["a@example.com"], "timezone": "UTC", "template_variables": []}  # fmt: skip
    await admin.post("/api/v2/reporting/schedule", {"data": {"type": "schedule", "attributes": report}})
    assert "with the rights of" in await limited.refused("PUT", f"/api/v1/dashboard/{identity}", board, 403)
    own, token = await shared_logs(limited)
    await limited.put(f"/api/v1/dashboard/{own}", board)


async def test_a_key_shares_no_more_than_its_scopes(admin: Caller, app: App, services: Services) -> None:
    narrow = await caller_with(services, app, "standard@example.com", [STANDARD], list(SHARING))
    whole = await caller_with(services, app, "standard@example.com")
    identity, _ = await shared_logs(whole)
    share = {"dashboard_id": identity, "dashboard_type": "custom_timeboard"}
    assert "logs_read_data" in await narrow.refused("POST", "/api/v1/dashboard/public", share, 403)
    graph = {"graph_json": {"requests": [{"q": "avg:a{*}"}]}}
    assert "logs_read_data" in await narrow.refused("POST", "/api/v1/graph/embed", graph, 403)
    board = {"title": "d", "layout_type": "ordered", "widgets": [logs_widget("secret")]}
    assert "with the rights of" in await narrow.refused("PUT", f"/api/v1/dashboard/{identity}", board, 403)
