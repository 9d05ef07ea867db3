from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed
from tests.unit.monitors.test_routes import LEAST, MONITOR

POLICY = "/api/v2/monitor/policy"
NOBODY = "00000000-0000-dead-beef-000000000000"
LEAST_POLICY = {"tag_key": "team", "tag_key_required": True, "valid_tag_values": ["ä", "b"]}
API = "v2.MonitorsApi"


def policy(given: Any = LEAST_POLICY, identity: str = "", kind: str = "tag") -> Any:
    data = {"type": "monitor-config-policy", "attributes": {"policy": given, "policy_type": kind}}
    return {"data": {**data, "id": identity} if identity else data}


async def test_a_policy_binds_until_it_is_deleted(admin: Caller, standard: Caller) -> None:
    made = await admin.post(POLICY, policy())
    parsed(API, "create_monitor_config_policy", made)
    identity = made["data"]["id"]
    path = f"{POLICY}/{identity.upper()}"
    assert "team" in await admin.refused("POST", MONITOR, LEAST)
    await admin.refused("POST", MONITOR, {**LEAST, "tags": ["team:c"]})
    await admin.post(MONITOR, {**LEAST, "tags": ["team:ä"]})
    changed = await admin.patch(path, policy({**LEAST_POLICY, "tag_key_required": False}, identity.upper()))
    parsed(API, "update_monitor_config_policy", changed)
    await admin.post(MONITOR, LEAST)
    await admin.refused("PATCH", path, policy(identity=NOBODY), 422)
    parsed(API, "list_monitor_config_policies", await standard.get(POLICY))
    parsed(API, "get_monitor_config_policy", await standard.get(path))
    for method in ("PATCH", "DELETE"):
        await standard.refused(method, path, policy() if method == "PATCH" else None, 403)
    await admin.delete(path, 204)
    for method in ("GET", "PATCH", "DELETE"):
        body = policy() if method == "PATCH" else None
        assert "not found" in await admin.refused(method, path, body, 404)
        assert "uuid" in await admin.refused(method, f"{POLICY}/x", body)


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, {"data": {"type": "x"}}, policy(None), policy("team"), policy({}),
     policy(kind="color"),
     policy({**LEAST_POLICY, "tag_key": ""}), policy({**LEAST_POLICY, "tag_key": 5}),
     policy({**LEAST_POLICY, "tag_key_required": "yes"}), policy({**LEAST_POLICY, "valid_tag_values": "a"}),
     policy({**LEAST_POLICY, "valid_tag_values": [5]})],
)  # fmt: skip
async def test_a_policy_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", POLICY, body)
    assert (await admin.get(POLICY))["data"] == []
