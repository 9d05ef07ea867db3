"""A plan after apply shows no difference, for resources beside monitors: each is created, read, applied again
and read, as the Terraform provider does it; what it reads equals what it sent, in value and type.

The provider cannot be run here; the bodies are what it writes for its documented attributes.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, admin, app, quick_hashes, services, store

__all__ = ["admin", "app", "quick_hashes", "services", "store"]

LOGS = "/api/v2/logs/config"


def typed(kind: str, attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": {"type": kind, "attributes": attributes, **more}}


def differences(sent: Any, read: Any, path: str = "") -> list[str]:
    """Where what was sent is not what is read, in value or type (4 and 4.0 are the same number in JSON); the
    answer may hold more."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return [one for key in sent for one in differences(sent[key], read.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [one for at, item in enumerate(sent) for one in differences(item, read[at], f"{path}[{at}]")]
    same = sent == read and isinstance(sent, bool) == isinstance(read, bool)
    return [] if same else [f"{path}: {sent!r} > {read!r}"]


async def applied(
    admin: Caller, create: str, update: str, path: str, body: Any, view: Any = lambda found: found,
    again: Any = None, status: int = 200,
) -> None:  # fmt: skip
    """Create with ``body`` at ``create``, read at ``path`` (``{}`` is the id), send it again with the method
    ``update``."""
    made = await admin.post(create, body, status)
    found = view(made) if isinstance(made, dict) else {}
    if isinstance(found, list):
        found = found[0]
    identity = found.get("id") or found.get("public_id") or found.get("name")
    where = path.format(identity)
    wanted = view(body)
    read = view(await admin.get(where))
    assert differences(wanted, read) == []
    body = again or body
    if "data" in body and isinstance(body["data"], dict) and "id" not in body["data"]:
        body = {"data": {**body["data"], "id": identity}}
    await admin(update, where, body)
    assert differences(wanted, view(await admin.get(where))) == [], "applied twice"


def of_data(found: Any) -> Any:
    return {**found["data"]["attributes"], **({"id": found["data"]["id"]} if "id" in found["data"] else {})}


PROCESSORS: list[dict[str, Any]] = [
    {
        "type": "grok-parser", "name": "parse", "is_enabled": True, "source": "message", "samples": ["a 1"],
        "grok": {"support_rules": "", "match_rules": "rule %{word:w} %{number:n}"},
    },
    {
        "type": "attribute-remapper", "name": "remap", "is_enabled": True, "sources": ["db.instance"],
        "source_type": "tag", "target": "db", "target_type": "attribute", "target_format": "string",
        "preserve_source": True, "override_on_conflict": False,
    },
    {
        "type": "category-processor", "name": "", "is_enabled": False, "target": "severity",
        "categories": [{"name": "high", "filter": {"query": "@n:>4"}}],
    },
    {"type": "date-remapper", "name": "d", "is_enabled": True, "sources": ["date"]},
    {"type": "status-remapper", "name": "s", "is_enabled": True, "sources": ["level"]},
    {
        "type": "arithmetic-processor", "name": "sum", "is_enabled": True, "expression": "a + 1",
        "target": "b", "is_replace_missing": True,
    },
    {
        "type": "pipeline", "name": "nested", "is_enabled": True, "filter": {"query": "source:a"},
        "processors": [
            {"type": "url-parser", "name": "", "is_enabled": True, "sources": ["http.url"],
             "target": "http.url_details", "normalize_ending_slashes": False},
        ],
    },
]  # fmt: skip


async def test_logs(admin: Caller, store: Any) -> None:
    pipeline = {
        "name": "P", "is_enabled": True, "filter": {"query": "source:(a OR b)"}, "tags": ["team:a"],
        "description": "What it does", "processors": PROCESSORS,
    }  # fmt: skip
    base = "/api/v1/logs/config/pipelines"
    await applied(admin, base, "PUT", base + "/{}", pipeline)
    index = {
        "name": "main-a", "filter": {"query": "*"}, "num_retention_days": 15, "daily_limit": 200_000,
        "exclusion_filters": [
            {"name": "Coredns", "is_enabled": True, "filter": {"query": "app:coredns", "sample_rate": 0.97}},
        ],
    }  # fmt: skip
    base = "/api/v1/logs/config/indexes"
    again = {key: value for key, value in index.items() if key != "name"}
    await applied(admin, base, "PUT", base + "/{}", index, again=again)
    attributes = {
        "compute": {"aggregation_type": "distribution", "path": "@duration", "include_percentiles": True},
        "filter": {"query": "service:web*"},
        "group_by": [{"path": "@status", "tag_name": "status"}, {"path": "@v", "tag_name": "version"}],
    }
    kept = {**attributes, "compute": {"include_percentiles": True}}
    await applied(
        admin, f"{LOGS}/metrics", "PATCH", f"{LOGS}/metrics/{{}}",
        typed("logs_metrics", attributes, id="web.durations"), of_data,
        again=typed("logs_metrics", kept, id="web.durations"),
    )  # fmt: skip


async def test_people(admin: Caller) -> None:
    permissions = (await admin.get("/api/v2/permissions"))["data"]
    some = [{"type": "permissions", "id": one["id"]} for one in permissions[:2]]
    role = typed("roles", {"name": "Some role"}, relationships={"permissions": {"data": some}})
    made = await admin.post("/api/v2/roles", role)
    identity = made["data"]["id"]
    read = (await admin.get(f"/api/v2/roles/{identity}"))["data"]
    kept = {one["id"] for one in read["relationships"]["permissions"]["data"]}
    assert {one["id"] for one in some} <= kept
    assert read["attributes"]["name"] == "Some role"
    user = typed(
        "users", {"email": "new@example.com", "name": "New User"},
        relationships={"roles": {"data": [{"type": "roles", "id": identity}]}},
    )  # fmt: skip
    number = (await admin.post("/api/v2/users", user, 201))["data"]["id"]
    read = (await admin.get(f"/api/v2/users/{number}"))["data"]
    assert (
        differences({"email": "new@example.com", "name": "New User", "disabled": False}, read["attributes"])
        == []
    )
    assert [one["id"] for one in read["relationships"]["roles"]["data"]] == [identity]
    team = typed("team", {"handle": "team-a", "name": "Team A", "description": "What it is"})
    await applied(admin, "/api/v2/team", "PATCH", "/api/v2/team/{}", team, of_data, status=201, again=team)


async def test_corrections(admin: Caller) -> None:
    slo = await admin.post("/api/v1/slo", {
        "name": "An SLO", "type": "metric", "thresholds": [{"timeframe": "30d", "target": 99.9}],
        "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
    })  # fmt: skip
    identity, base = slo["data"][0]["id"], "/api/v1/slo/correction"
    times = {"start": 4_000_000_000, "end": 4_000_003_600}
    rule = {"start": 4_000_000_000, "rrule": "FREQ=DAILY;INTERVAL=2", "duration": 3600}
    for more in (times, rule):
        attributes = {"category": "Scheduled Maintenance", "description": "x", "timezone": "UTC", **more}
        await applied(
            admin, base, "PATCH", base + "/{}", typed("correction", {**attributes, "slo_id": identity}),
            of_data, again=typed("correction", attributes),
        )  # fmt: skip


async def test_receivers(admin: Caller) -> None:
    hooks = "/api/v1/integration/webhooks/configuration/webhooks"
    sent = {
        "name": "hook", "url": "http://93.184.216.34/x", "encode_as": "json",
        "custom_headers": '{"custom":"header"}', "payload": '{\n"body": "$EVENT_MSG"\n}',
    }  # fmt: skip
    await applied(admin, hooks, "PUT", hooks + "/{}", sent, status=201)
    slack = "/api/v1/integration/slack/configuration/accounts/main/channels"
    channel = {"name": "#a", "display": {"message": True, "notified": False, "snapshot": False, "tags": True}}
    answer = await admin.app.post(slack, headers=admin.headers, json=channel)
    if answer.status_code == 200:  # else the account must exist first, which the provider cannot create
        assert differences(channel, await admin.get(f"{slack}/%23a")) == []
    services = "/api/v1/integration/pagerduty/configuration/services"
    await admin.post(services, {"service_name": "Ops", "service_key": "54321098765432109876"}, 201)
    assert (await admin.get(f"{services}/Ops"))["service_name"] == "Ops"


async def test_metrics(admin: Caller, store: Any) -> None:
    metadata = {
        "type": "gauge", "description": "Queue\nlength", "short_name": "queue", "unit": "byte",
        "per_unit": "second", "statsd_interval": 10,
    }  # fmt: skip
    for _ in range(2):
        await admin.put("/api/v1/metrics/prov.queue", metadata)
        assert differences(metadata, await admin.get("/api/v1/metrics/prov.queue")) == []
    least = {"type": "gauge", "description": "", "short_name": "", "unit": "", "per_unit": ""}
    await admin.put("/api/v1/metrics/prov.other", least)
    read = await admin.get("/api/v1/metrics/prov.other")
    assert {name: read[name] or "" for name in least} == least


@pytest.mark.parametrize("kind", ["api", "least"])
async def test_synthetics(admin: Caller, kind: str) -> None:
    least = {
        "type": "api", "subtype": "http", "name": "An API test", "message": "Notify @a@example.com",
        "tags": ["foo:bar", "env:test"], "status": "paused", "locations": ["aws:eu-central-1"],
        "config": {
            "request": {"method": "GET", "url": "https://www.example.org"},
            "assertions": [{"type": "statusCode", "operator": "is", "target": 200}],
        },
        "options": {"tick_every": 900},
    }  # fmt: skip
    sent = least if kind == "least" else {
        **least,
        "config": {
            "request": {
                "method": "POST", "url": "https://www.example.org", "body": "a: 1\n", "timeout": 30.0,
                "headers": {"Content-Type": "application/json"},
            },
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": 200},
                {"type": "responseTime", "operator": "lessThan", "target": 2000},
                {"type": "header", "property": "content-type", "operator": "contains", "target": "json"},
            ],
        },
        "options": {
            "tick_every": 900, "min_failure_duration": 0, "min_location_failed": 1, "monitor_priority": 5,
            "retry": {"count": 2, "interval": 300.0}, "monitor_options": {"renotify_interval": 120},
            "follow_redirects": True, "accept_self_signed": False, "allow_insecure": True,
        },
    }  # fmt: skip
    made = await admin.post("/api/v1/synthetics/tests/api", sent)
    for _ in range(2):
        read = await admin.get(f"/api/v1/synthetics/tests/api/{made['public_id']}")
        differ = [one for one in differences(sent, read) if not one.startswith(".locations")]
        assert differ == []
        await admin.put(f"/api/v1/synthetics/tests/api/{made['public_id']}", sent)
