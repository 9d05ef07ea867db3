"""A restricted resource is in no list and no search, cannot be read, and cannot be changed in any way."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.accounts.roles import role_id
from heeler.api.permissions import STANDARD
from heeler.api.services import Services
from tests.unit.accounts.conftest import KEYS, App
from tests.unit.accounts.test_roles import key_for

BOARD = {"title": "Secret board", "layout_type": "ordered", "widgets": []}
MONITOR = {"type": "metric alert", "name": "Secret monitor", "query": "avg(last_5m):avg:a.b{*} > 1",
           "message": "x", "options": {"thresholds": {"critical": 1}}}  # fmt: skip
NOTEBOOK = {
    "data": {
        "type": "notebooks",
        "attributes": {"name": "Secret notebook", "cells": [], "time": {"live_span": "1h"}},
    }
}
SLO = {
    "type": "metric",
    "name": "Secret SLO",
    "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
    "thresholds": [{"timeframe": "7d", "target": 99}],
}
KINDS: dict[str, tuple[str, Any, str]] = {
    "dashboard": ("/api/v1/dashboard", BOARD, "PUT"),
    "monitor": ("/api/v1/monitor", MONITOR, "PUT"),
    "notebook": ("/api/v1/notebooks", NOTEBOOK, "PUT"),
    "slo": ("/api/v1/slo", SLO, "PUT"),
}


async def made(app: App, kind: str) -> str:
    path, body, _ = KINDS[kind]
    answer = await app.post(path, headers=KEYS, json=body)
    assert answer.status_code in (200, 201), answer.text
    found = answer.json().get("data", answer.json())
    return str((found[0] if isinstance(found, list) else found)["id"])


async def restrict(app: App, kind: str, identity: str, **bindings: list[str]) -> int:
    resource = f"{kind}:{identity}"
    listed = [{"relation": relation, "principals": named} for relation, named in bindings.items()]
    body = {"data": {"type": "restriction_policy", "id": resource, "attributes": {"bindings": listed}}}
    answer = await app.post(f"/api/v2/restriction_policy/{resource}", headers=KEYS, json=body)
    return answer.status_code


async def my_id(app: App, headers: dict[str, str]) -> str:
    return str((await app.get("/api/v2/current_user", headers=headers)).json()["data"]["id"])


@pytest.mark.parametrize("kind", KINDS)
async def test_what_may_not_be_viewed_is_nowhere(app: App, services: Services, kind: str) -> None:
    path, _, _ = KINDS[kind]
    identity, admin = await made(app, kind), await my_id(app, KEYS)
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    assert "Secret" in (await app.get(path, headers=ann)).text
    assert await restrict(app, kind, identity, viewer=[f"user:{admin}"]) == 200
    assert "Secret" not in (await app.get(path, headers=ann)).text
    assert "Secret" in (await app.get(path, headers=KEYS)).text
    refused = await app.get(f"{path}/{identity}", headers=ann)
    assert refused.status_code == 403
    assert "restriction policy" in refused.text
    assert (await app.get(f"{path}/{identity}", headers=KEYS)).status_code == 200
    assert (await app.delete(f"{path}/{identity}", headers=ann)).status_code == 403
    policy = f"/api/v2/restriction_policy/{kind}:{identity}"
    assert (await app.delete(policy, headers=ann)).status_code == 403
    assert (await app.delete(policy, headers=KEYS)).status_code == 204
    assert (await app.get(f"{path}/{identity}", headers=ann)).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
async def test_what_may_not_be_edited_can_be_read(app: App, services: Services, kind: str) -> None:
    path, body, method = KINDS[kind]
    identity, admin = await made(app, kind), await my_id(app, KEYS)
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    assert await restrict(app, kind, identity, editor=[f"user:{admin}"]) == 200
    assert (await app.get(f"{path}/{identity}", headers=ann)).status_code == 200
    changed = await app.request(method, f"{path}/{identity}", headers=ann, json=body)
    assert changed.status_code == 403, changed.text
    assert (await app.delete(f"{path}/{identity}", headers=ann)).status_code == 403
    assert (await app.request(method, f"{path}/{identity}", headers=KEYS, json=body)).status_code == 200


async def test_deleting_many_at_once_is_no_way_around(app: App, services: Services) -> None:
    admin = await my_id(app, KEYS)
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    board, slo = await made(app, "dashboard"), await made(app, "slo")
    for kind, identity in (("dashboard", board), ("slo", slo)):
        await restrict(app, kind, identity, editor=[f"user:{admin}"])
    many = {"data": [{"id": board, "type": "dashboard"}]}
    assert (await app.request("DELETE", "/api/v1/dashboard", headers=ann, json=many)).status_code == 403
    await app.request("DELETE", "/api/v1/slo", headers=ann, json={"ids": [slo]})
    await app.post("/api/v1/slo/bulk_delete", headers=ann, json={slo: ["7d"]})
    assert (await app.get(f"/api/v1/dashboard/{board}", headers=KEYS)).status_code == 200
    assert (await app.get(f"/api/v1/slo/{slo}", headers=KEYS)).status_code == 200


async def test_roles_and_teams_are_principals(app: App, services: Services) -> None:
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    identity, admin, hers = await made(app, "dashboard"), await my_id(app, KEYS), await my_id(app, ann)
    team = {"data": {"type": "team", "attributes": {"name": "T", "handle": "t"}}}
    team_id = (await app.post("/api/v2/team", headers=KEYS, json=team)).json()["data"]["id"]
    await restrict(app, "dashboard", identity, viewer=[f"user:{admin}", f"team:{team_id}"])
    assert (await app.get(f"/api/v1/dashboard/{identity}", headers=ann)).status_code == 403
    user = {"user": {"data": {"id": hers, "type": "users"}}}
    member = {"data": {"type": "team_memberships", "attributes": {}, "relationships": user}}
    await app.post(f"/api/v2/team/{team_id}/memberships", headers=KEYS, json=member)
    assert (await app.get(f"/api/v1/dashboard/{identity}", headers=ann)).status_code == 200
    await restrict(app, "dashboard", identity, viewer=[f"user:{admin}", f"role:{role_id(STANDARD)}"])
    assert (await app.get(f"/api/v1/dashboard/{identity}", headers=ann)).status_code == 200


async def test_nobody_locks_themselves_out_by_accident(app: App, services: Services) -> None:
    await key_for(services, "ann@example.com", [role_id(STANDARD)])
    identity = await made(app, "dashboard")
    assert await restrict(app, "dashboard", identity, editor=[f"role:{role_id(STANDARD)}"]) == 400
    assert (
        await restrict(app, "dashboard", identity, editor=["user:00000000-0000-4000-8000-000000000000"])
        == 400
    )
    assert await restrict(app, "dashboard", "abc-def-ghi", editor=["org:x"]) == 404


async def test_restricted_roles_of_a_monitor_are_its_editors(app: App, services: Services) -> None:
    identity = await made(app, "monitor")
    ann = await key_for(services, "ann@example.com", [role_id(STANDARD)])
    limits = {"restricted_roles": [role_id("admin")]}
    assert (await app.put(f"/api/v1/monitor/{identity}", headers=KEYS, json=limits)).status_code == 200
    for method, path in (("PUT", ""), ("POST", "/mute")):
        answer = await app.request(
            method, f"/api/v1/monitor/{identity}{path}", headers=ann, json={"name": "x"}
        )
        assert answer.status_code == 403, answer.text
    assert (await app.put(f"/api/v1/monitor/{identity}", headers=KEYS, json={"name": "y"})).status_code == 200


async def test_a_policy_goes_with_its_resource(app: App) -> None:
    admin = await my_id(app, KEYS)
    first = await made(app, "monitor")
    await restrict(app, "monitor", first, viewer=[f"user:{admin}"])
    assert (await app.delete(f"/api/v1/monitor/{first}", headers=KEYS)).status_code == 200
    again = await made(app, "monitor")
    policy = await app.get(f"/api/v2/restriction_policy/monitor:{again}", headers=KEYS)
    assert policy.json()["data"]["attributes"]["bindings"] == []
