"""Null, absent and empty fields of updates, for each field of the real client's models: what may be null is
cleared by it, what may not is as absent or refused, and what is absent stays as it was."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import ADMIN
from tests.unit.api_app import Caller
from tests.unit.monitors.test_routes import LEAST, MONITOR

START, END = 4_000_000_000, 4_000_003_600
WHOLE: dict[str, Any] = {
    **LEAST,
    "name": "It",
    "message": "Look @a@example.com",
    "tags": ["team:a"],
    "priority": 2,
    "draft_status": "draft",
    "restricted_roles": [role_id(ADMIN)],
    "assets": [{"category": "runbook", "name": "Steps", "url": "https://wiki.example.org/a"}],
}
OPTIONS: dict[str, Any] = {
    "thresholds": {"critical": 5, "warning": 4, "critical_recovery": 3, "warning_recovery": 2},
    "evaluation_delay": 60,
    "new_host_delay": 100,
    "new_group_delay": 60,
    "renotify_interval": 30,
    "renotify_occurrences": 3,
    "renotify_statuses": ["alert"],
    "notify_no_data": True,
    "no_data_timeframe": 20,
    "timeout_h": 2,
    "escalation_message": "again",
    "include_tags": False,
    "require_full_window": True,
    "notify_by": ["host"],
    "notification_preset_name": "hide_query",
}
DOWNTIME_V1: dict[str, Any] = {
    "scope": ["env:a"],
    "start": START,
    "end": END,
    "timezone": "Europe/Berlin",
    "message": "Work",
    "monitor_tags": ["team:a"],
    "mute_first_recovery_notification": True,
    "notify_end_types": ["canceled"],
    "notify_end_states": ["warn"],
}
DOWNTIME_V2: dict[str, Any] = {
    "scope": "env:a",
    "monitor_identifier": {"monitor_tags": ["team:a"]},
    "display_timezone": "Europe/Berlin",
    "message": "Work",
    "mute_first_recovery_notification": True,
    "notify_end_types": ["canceled"],
    "notify_end_states": ["warn"],
    "schedule": {"start": "2096-10-02T07:06:40+00:00", "end": "2096-10-02T08:06:40+00:00"},
}
SLO: dict[str, Any] = {
    "name": "An SLO",
    "type": "metric",
    "description": "of the web",
    "tags": ["team:a"],
    "thresholds": [{"timeframe": "30d", "target": 99.0}],
    "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
}
CORRECTION: dict[str, Any] = {
    "category": "Deployment",
    "description": "of the web",
    "start": START,
    "end": END,
    "timezone": "UTC",
}


def fields(version: str, model: str) -> dict[str, bool]:
    """The fields of a model of the real client, and whether they may be null."""
    found = getattr(importlib.import_module(f"datadog_api_client.{version}.models"), model)
    types = vars(found)["openapi_types"]._fn(found)
    return {name: type(None) in kinds for name, kinds in types.items()}


def same(one: Any, other: Any, name: str) -> bool:
    """Whether two documents have the same field, not counting what the server writes itself."""
    return bool(one.get(name) == other.get(name))


class Resource:
    """A resource that was made of ``whole``, whose attributes are read and written."""

    def __init__(self, admin: Caller, method: str, path: str, whole: dict[str, Any], wrap: Any, at: Any):
        self.admin, self.method, self.path, self.whole = admin, method, path, whole
        self.wrap, self.at = wrap, at

    async def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self.at(await self.admin.get(self.path))
        return found

    async def write(self, given: dict[str, Any]) -> int:
        answer = await self.admin.app.request(
            self.method, self.path, headers=self.admin.headers, json=self.wrap(given)
        )
        assert answer.status_code in (200, 400, 422), answer.text
        if answer.status_code != 200:
            assert answer.json()["errors"]
        return answer.status_code


async def sweep(resource: Resource, nullable: dict[str, bool], needed: dict[str, Any]) -> None:
    """Each field of ``whole`` null, with ``needed`` beside it, then as it was before."""
    before = await resource.read()
    assert await resource.write(needed) == 200
    after = await resource.read()
    assert [name for name in resource.whole if not same(before, after, name)] == [], "left out"
    for name in resource.whole:
        status = await resource.write({**needed, name: None})
        after = await resource.read()
        if nullable[name]:
            assert status == 200, name
            assert after.get(name) in (None, [], "", {}, "UTC"), name
        else:
            assert same(before, after, name), name
        others = [one for one in resource.whole if one != name and not same(before, after, one)]
        assert others == [], name
        if nullable[name]:
            assert await resource.write({**needed, name: resource.whole[name]}) == 200
            before = await resource.read()


async def test_a_monitor(admin: Caller) -> None:
    made = await admin.post(MONITOR, {**WHOLE, "options": {"thresholds": {"critical": 1, "warning": 0.5}}})
    path = f"{MONITOR}/{made['id']}"
    kept = Resource(admin, "PUT", path, {**WHOLE, "options": {}}, lambda given: given, lambda found: found)
    await sweep(kept, fields("v1", "MonitorUpdateRequest"), {})
    assert (await kept.read())["options"]["thresholds"] == {"critical": 1.0, "warning": 0.5}


async def test_options_of_a_monitor(admin: Caller) -> None:
    """Options are sent as a whole: null is none, whatever the field."""
    query = "avg(last_5m):avg:a.b{*} by {host} > 5"
    made = await admin.post(MONITOR, {**LEAST, "query": query, "options": OPTIONS})
    plain = await admin.post(MONITOR, {**LEAST, "query": query})
    path, nullable = f"{MONITOR}/{made['id']}", fields("v1", "MonitorOptions")
    for name in OPTIONS:
        await admin.put(path, {"options": {**OPTIONS, name: None}})
        options = (await admin.get(path))["options"]
        expected = None if nullable[name] else plain["options"].get(name)
        assert options.get(name) == expected, name
        others = {key: value for key, value in OPTIONS.items() if key != name}
        assert {key: options[key] for key in others} == others, name
    for name in ("warning", "critical_recovery", "warning_recovery"):
        limits = {key: value for key, value in OPTIONS["thresholds"].items() if "recovery" not in key}
        await admin.put(path, {"options": {"thresholds": {**limits, name: None}}})
        assert name not in (await admin.get(path))["options"]["thresholds"]


@pytest.mark.parametrize("name", ["thresholds", "threshold_windows", "silenced", "scheduling_options"])
async def test_an_empty_list_is_an_empty_object(admin: Caller, name: str) -> None:
    """PHP has one empty array, and writes it as a list."""
    made = await admin.post(MONITOR, {**LEAST, "options": {name: []}})
    other = await admin.post(MONITOR, {**LEAST, "options": {name: {}}})
    assert made["options"] == other["options"]
    assert (await admin.put(f"{MONITOR}/{made['id']}", {"options": []}))["options"]["include_tags"] is True
    await admin.refused("POST", MONITOR, {**LEAST, "options": {name: [1]}})


async def test_downtimes(admin: Caller) -> None:
    made = await admin.post("/api/v1/downtime", DOWNTIME_V1)
    first = Resource(
        admin, "PUT", f"/api/v1/downtime/{made['id']}", DOWNTIME_V1, lambda given: given, lambda found: found
    )
    await sweep(first, fields("v1", "Downtime"), {})
    rule = {"type": "days", "period": 1}
    assert (await admin.put(first.path, {"recurrence": rule, "end": END}))["recurrence"]["type"] == "days"
    assert (await admin.put(first.path, {"message": "x"}))["recurrence"]["type"] == "days"
    assert (await admin.put(first.path, {"recurrence": None}))["recurrence"] is None

    def document(given: dict[str, Any]) -> Any:
        return {"data": {"type": "downtime", "id": identity, "attributes": given}}

    body = {"data": {"type": "downtime", "attributes": DOWNTIME_V2}}
    identity = (await admin.post("/api/v2/downtime", body))["data"]["id"]
    second = Resource(
        admin, "PATCH", f"/api/v2/downtime/{identity}", DOWNTIME_V2, document,
        lambda found: found["data"]["attributes"],
    )  # fmt: skip
    nullable = {**fields("v2", "DowntimeUpdateRequestAttributes"), "display_timezone": True, "message": True}
    await sweep(second, nullable, {})


async def test_slos_and_their_corrections(admin: Caller) -> None:
    made = (await admin.post("/api/v1/slo", SLO))["data"][0]
    needed = {name: SLO[name] for name in ("name", "query")}
    kept = Resource(
        admin, "PUT", f"/api/v1/slo/{made['id']}", {name: SLO[name] for name in SLO if name not in needed},
        lambda given: given, lambda found: found["data"],
    )  # fmt: skip
    await sweep(kept, fields("v1", "ServiceLevelObjective"), needed)

    def document(given: dict[str, Any]) -> Any:
        return {"data": {"type": "correction", "attributes": given}}

    body = document({**CORRECTION, "slo_id": made["id"]})
    identity = (await admin.post("/api/v1/slo/correction", body))["data"]["id"]
    corrected = Resource(
        admin, "PATCH", f"/api/v1/slo/correction/{identity}", CORRECTION, document,
        lambda found: found["data"]["attributes"],
    )  # fmt: skip
    nullable = {**fields("v1", "SLOCorrectionUpdateRequestAttributes"), "description": True}
    await sweep(corrected, nullable, {})
