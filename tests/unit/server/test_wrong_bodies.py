"""Bodies and parameters that fuzzing found answered by a 500: each is its sender's error, and told so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.accounts.conftest import KEYS, App, app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]

_HUGE = 8297669773530929708400640
_NOBODY = "00000000-0000-0000-0000-000000000000"
_SLO = {"name": "n", "type": "metric", "query": {"numerator": "sum:a{*}", "denominator": "sum:b{*}"}}
_RECURRENCE = {"type": "weeks", "period": 1, "week_days": ["Mon"]}
_COMPUTE = {"aggregation_type": "count"}


def _downtime(**recurrence: Any) -> dict[str, Any]:
    return {"scope": "env:a", "recurrence": {**_RECURRENCE, **recurrence}}


def _metric(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "logs_metrics", "id": "a.b", "attributes": {"compute": _COMPUTE, **attributes}}}


def _pipeline(**processor: Any) -> dict[str, Any]:
    return {"name": "p", "filter": {"query": "*"}, "processors": [{"is_enabled": True, **processor}]}


BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/slo/bulk_delete", {"a": 1.5}),
    ("POST", "/api/v1/slo", {**_SLO, "thresholds": [{"timeframe": {}, "target": 99}]}),
    ("POST", "/api/v1/slo", {**_SLO, "type": [None], "thresholds": [{"timeframe": "7d", "target": 99}]}),
    (
        "POST",
        "/api/v1/slo",
        {**_SLO, "thresholds": [{"timeframe": "7d", "target": 99}], "target_threshold": "x"},
    ),
    ("POST", "/api/v1/dash", {"title": "t", "graphs": [{"definition": {"viz": [None], "requests": []}}]}),
    ("POST", "/api/v1/downtime", _downtime(type={})),
    ("POST", "/api/v1/downtime", _downtime(week_days=[{}])),
    ("POST", "/api/v1/graph/embed", {"graph_json": '{"requests": []}', "size": {}}),
    ("POST", "/api/v1/graph/embed", {"graph_json": '{"requests": []}', "timeframe": []}),
    ("POST", "/api/v1/user", {"handle": "a@example.com", "access_role": {}}),
    ("POST", "/api/v2/roles", {"data": {"attributes": {"name": "r"}, "relationships": {"permissions": "x"}}}),
    ("POST", "/api/v2/service_accounts", {"data": {"type": "users", "attributes": "x"}}),
    ("PATCH", "/api/v2/current_user", {"data": {"type": "users", "attributes": "x"}}),
    ("POST", "/api/v2/logs/config/metrics", _metric(filter="x")),
    ("POST", "/api/v2/logs/config/metrics", _metric(group_by=1.5)),
    ("POST", "/api/v1/logs/config/pipelines", _pipeline(type="category-processor", target="t", categories=1)),
    (
        "POST",
        "/api/v1/logs/config/pipelines",
        _pipeline(type="schema-processor", name="s", schema={}, mappers=1),
    ),
    ("POST", "/api/v1/logs/config/indexes", {"name": "i", "filter": {"query": "*"}, "exclusion_filters": 1}),
    ("POST", "/api/v1/dashboard/public", {"dashboard_id": "a", "global_time": "x"}),
    ("POST", "/api/v1/dashboard/public", {"dashboard_id": "a", "share_list": 1.5}),
    ("POST", f"/api/v1/dashboard/public/{_NOBODY}/invitation", {"data": {"attributes": "x"}}),
    ("POST", "/api/v2/error-tracking/issues/search", {"data": {"attributes": {"states": [[]]}}}),
]


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
async def test_a_body_of_wrong_kinds_is_refused(app: App, method: str, path: str, body: Any) -> None:
    answer = await app.request(method, path, json=body, headers=KEYS)
    assert answer.status_code in (400, 404, 422), answer.text
    assert answer.json()["errors"]


async def test_the_user_of_a_membership_is_an_object(app: App) -> None:
    team = {"data": {"type": "team", "attributes": {"name": "T", "handle": "t"}}}
    made = await app.post("/api/v2/team", json=team, headers=KEYS)
    body = {"data": {"type": "team_memberships", "attributes": {}, "relationships": {"user": "x"}}}
    path = f"/api/v2/team/{made.json()['data']['id']}/memberships"
    assert (await app.post(path, json=body, headers=KEYS)).status_code == 400


@pytest.mark.parametrize("end", ["x", {}, 1e300, _HUGE, "²", True])
async def test_a_mute_ends_at_a_time(app: App, end: Any) -> None:
    monitor = {"name": "m", "type": "metric alert", "query": "avg(last_5m):avg:a{*} > 1", "message": ""}
    made = await app.post("/api/v1/monitor", json=monitor, headers=KEYS)
    path = f"/api/v1/monitor/{made.json()['id']}/mute"
    assert (await app.post(path, json={"end": end}, headers=KEYS)).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/monitor/{_HUGE}",
        f"/api/v1/notebooks/{_HUGE}",
        f"/api/v1/downtime/{_HUGE}",
        f"/api/v1/monitor/can_delete?monitor_ids={_HUGE}",
        "/api/v1/monitor/can_delete?monitor_ids=²",
        "/api/v1/notebooks?start=²",
        "/api/v1/notebooks?count=" + "9" * 5000,
        f"/api/v1/notebooks?start={_HUGE}",
        "/api/v1/dashboard?start=²",
        "/api/v2/users?page[size]=²",
        "/api/v2/team?page[size]=²",
        "/api/v2/powerpacks?page[limit]=²",
        f"/api/v1/dashboard/public/{_NOBODY}/invitation?page_size=x",
        "/api/v1/dashboard/²",
    ],
)
async def test_a_number_out_of_range_is_no_fault_of_the_server(app: App, path: str) -> None:
    answer = await app.get(path, headers=KEYS)
    assert answer.status_code in (200, 400, 404), answer.text
