from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

POLICY = "/api/v2/restriction_policy"
NOBODY = "00000000-0000-dead-beef-000000000000"
MONITOR = {"name": "m", "type": "metric alert", "query": "avg(last_5m):avg:a{*} > 1", "message": ""}


def policy(resource: str, *bindings: tuple[Any, Any]) -> Any:
    found = [{"relation": relation, "principals": principals} for relation, principals in bindings]
    return {"data": {"id": resource, "type": "restriction_policy", "attributes": {"bindings": found}}}


async def resource_of(admin: Caller) -> str:
    return f"monitor:{(await admin.post('/api/v1/monitor', MONITOR))['id']}"


async def principal(caller: Caller) -> str:
    return f"user:{(await caller.get('/api/v2/current_user'))['data']['id']}"


async def test_a_policy_is_replaced_and_deleted(admin: Caller, reader: Caller) -> None:
    resource = await resource_of(admin)
    path = f"{POLICY}/{resource}"
    assert (await reader.get(path))["data"]["attributes"]["bindings"] == []
    me = await principal(admin)
    body = policy(resource, ("editor", [me.upper().replace("USER", "user"), me]))
    changed = await admin.post(path, body)
    parsed("v2.RestrictionPoliciesApi", "update_restriction_policy", changed)
    assert changed["data"]["attributes"]["bindings"] == [{"relation": "editor", "principals": [me]}]
    parsed("v2.RestrictionPoliciesApi", "get_restriction_policy", await admin.get(path))
    assert (await admin.post(path, policy(resource)))["data"]["attributes"]["bindings"] == []
    for _ in range(2):
        await admin.delete(path, 204)
    await reader.refused("POST", path, body, 403)
    await reader.refused("DELETE", path, status=403)


async def test_an_id_with_zeros_is_the_same_monitor(admin: Caller, standard: Caller) -> None:
    resource = await resource_of(admin)
    other = resource.replace(":", ":00")
    body = policy(other, ("editor", [await principal(admin)]))
    assert (await admin.post(f"{POLICY}/{other}", body))["data"]["id"] == resource
    await standard.refused("PUT", f"/api/v1/monitor/{resource.partition(':')[2]}", {"name": "x"}, 403)


async def test_nobody_locks_themselves_out_by_accident(admin: Caller, reader: Caller) -> None:
    resource = await resource_of(admin)
    body = policy(resource, ("editor", [await principal(reader)]))
    assert "allow_self_lockout" in await admin.refused("POST", f"{POLICY}/{resource}", body)
    await admin.post(f"{POLICY}/{resource}?allow_self_lockout=true", body)
    await admin.delete(f"{POLICY}/{resource}", 204)


@pytest.mark.parametrize(
    ("resource", "status"),
    [("malformed", 400), (":1", 400), ("monitor:", 400), ("host:1", 400), ("monitor:x", 400),
     ("monitor:-1", 400),
     ("monitor:99", 404), ("monitor:" + "9" * 30, 400), ("slo:nothing", 404), ("dashboard:abc-def-ghi", 404)],
)  # fmt: skip
async def test_a_resource_that_is_not_there(admin: Caller, resource: str, status: int) -> None:
    for method, body in (("GET", None), ("POST", policy(resource)), ("DELETE", None)):
        await admin.refused(method, f"{POLICY}/{resource}", body, status)


@pytest.mark.parametrize(
    "bindings",
    [
        None, {}, "editor", ["editor"], [{"relation": ["editor"], "principals": ["org:x"]}],
        [{"relation": {}, "principals": ["org:x"]}], [{"relation": "owner", "principals": ["org:x"]}],
        [{"relation": "editor", "principals": []}], [{"relation": "editor", "principals": "org:x"}],
        [{"relation": "editor", "principals": [5]}], [{"relation": "editor", "principals": ["group:x"]}],
        [{"relation": "editor", "principals": [f"user:{NOBODY}"]}],
        [{"relation": "editor", "principals": [f"role:{NOBODY}"]}],
    ],
)  # fmt: skip
async def test_bindings_that_cannot_be_are_refused(admin: Caller, bindings: Any) -> None:
    resource = await resource_of(admin)
    body = {"data": {"id": resource, "type": "restriction_policy", "attributes": {"bindings": bindings}}}
    await admin.refused("POST", f"{POLICY}/{resource}", body)
    for wrong in ({}, {"data": []}, {"data": {"attributes": []}}, policy("monitor:77")):
        await admin.refused("POST", f"{POLICY}/{resource}", wrong)
