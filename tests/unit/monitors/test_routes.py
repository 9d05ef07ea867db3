from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

MONITOR = "/api/v1/monitor"
API = "v1.MonitorsApi"
LEAST = {"type": "metric alert", "query": "avg(last_5m):avg:a{*} by {host} > 1"}


async def monitor_of(admin: Caller, **more: Any) -> int:
    return int((await admin.post(MONITOR, {**LEAST, **more}))["id"])


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    roles = (await admin.get("/api/v2/roles"))["data"]
    most = {
        **LEAST, "name": "Ä 🚀", "message": "m @admin@example.com", "tags": ["team:a", "ä"], "priority": 3,
        "restricted_roles": [roles[0]["id"]], "draft_status": "draft",
        "options": {"thresholds": {"critical": 1.0, "warning": 0.5}, "notify_no_data": True,
                    "no_data_timeframe": 20},
    }  # fmt: skip
    made = await admin.post(MONITOR, most)
    parsed(API, "create_monitor", made)
    path = f"{MONITOR}/{made['id']}"
    kept = await admin.put(path, {})
    parsed(API, "update_monitor", kept)
    names = (
        "name",
        "message",
        "tags",
        "priority",
        "restricted_roles",
        "draft_status",
        "query",
        "type",
        "options",
    )
    assert {name: kept[name] for name in names} == {name: made[name] for name in names}
    cleared = await admin.put(path, {"priority": None, "tags": [], "restricted_roles": None, "message": ""})
    assert [cleared[name] for name in ("priority", "tags", "restricted_roles", "message")] == [
        None,
        [],
        None,
        "",
    ]
    await reader.refused("PUT", path, {}, 403)
    parsed(API, "get_monitor", await reader.get(path, group_states="all", with_downtimes="true"))
    await reader.refused("DELETE", path, status=403)
    parsed(API, "delete_monitor", await admin.delete(path))
    for method in ("GET", "PUT", "DELETE"):
        assert "not found" in await admin.refused(method, path, {} if method == "PUT" else None, 404)


@pytest.mark.parametrize(
    "change",
    [
        {"type": {}}, {"type": "gauge"}, {"query": {}}, {"query": "avg(last_5m):"}, {"query": ""},
        {"name": {}},
        {"name": ["a"]}, {"message": {"a": 1}}, {"message": True}, {"tags": "a"}, {"tags": [{}]},
        {"tags": [None]},
        {"priority": 6}, {"priority": True}, {"priority": []}, {"restricted_roles": "admin"},
        {"options": ["a"]},
        {"restricted_roles": [5]}, {"restricted_roles": {"a": 1}}, {"draft_status": "maybe"},
        {"draft_status": []},
        {"options": {"thresholds": {"critical": 2}}}, {"options": {"thresholds": [1]}}, {"assets": {}},
        {"assets": [{"name": 5, "url": {}}]}, {"options": {"renotify_interval": "x"}},
    ],
)  # fmt: skip
async def test_a_monitor_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", MONITOR, {**LEAST, **change})
    await admin.refused("POST", f"{MONITOR}/validate", {**LEAST, **change})
    assert await admin.get(MONITOR) == []


@pytest.mark.parametrize("body", [[], "x", None, b"", b"{", b"[1"])
async def test_a_body_that_is_no_object_is_refused(admin: Caller, body: Any) -> None:
    made = await monitor_of(admin)
    for method, path in (("POST", MONITOR), ("PUT", f"{MONITOR}/{made}"), ("POST", f"{MONITOR}/validate")):
        await admin.refused(method, path, body, headers={"content-type": "application/json"})


async def test_lists_filter_and_page(admin: Caller, reader: Caller) -> None:
    one = await monitor_of(admin, name="Api", tags=["env:prod"])
    two = await monitor_of(admin, name="Web")

    async def ids(**params: Any) -> list[int]:
        answer = await reader.get(MONITOR, **params)
        parsed(API, "list_monitors", answer)
        return [item["id"] for item in answer]

    assert await ids() == [one, two]
    assert await ids(name="API") == [one]
    assert await ids(monitor_tags="env:prod") == [one]
    assert await ids(page=1, page_size=1) == [two]
    assert await ids(page=9) == []
    assert await ids(id_offset=one) == [two]
    assert await ids(group_states="alert,no data") == [one, two]
    for params in (
        {"page": "-1"}, {"page_size": "x"}, {"id_offset": "-5"}, {"page": "9" * 30}, {"group_states": "sad"},
    ):  # fmt: skip
        await reader.refused("GET", MONITOR, params=params)


async def test_a_monitor_is_restricted_to_roles_that_exist(admin: Caller) -> None:
    nobody = {"restricted_roles": ["7d0f4a52-0000-4000-8000-00000000dead"]}
    assert "no role" in await admin.refused("POST", MONITOR, {**LEAST, **nobody})
    path = f"{MONITOR}/{await monitor_of(admin)}"
    assert "no role" in await admin.refused("PUT", path, nobody)
    assert (await admin.get(path))["restricted_roles"] is None


async def test_what_is_used_is_deleted_by_force(admin: Caller) -> None:
    one = await monitor_of(admin)
    both = {"type": "composite", "query": f"{one} && {await monitor_of(admin)}", "name": "both"}
    composite = (await admin.post(MONITOR, both))["id"]
    used = await admin(
        "GET", f"{MONITOR}/can_delete", status=409, params={"monitor_ids": f"{one}, {composite}"}
    )
    assert (used["data"]["ok"], list(used["errors"])) == ([composite], [str(one)])
    await admin.refused("DELETE", f"{MONITOR}/{one}", status=409)
    await admin.delete(f"{MONITOR}/{one}?force=true")
    await admin.refused("GET", f"{MONITOR}/can_delete", params={"monitor_ids": str(one)}, status=404)
    for wrong in ("", "x", "1,x", "-1", "1.5"):
        await admin.refused("GET", f"{MONITOR}/can_delete", params={"monitor_ids": wrong})


async def test_a_locked_monitor_is_muted_and_unmuted_by_those_who_may_change_it(
    admin: Caller, standard: Caller
) -> None:
    path = f"{MONITOR}/{await monitor_of(admin)}"
    await admin.put(path, {"options": {"locked": True}})
    await admin.post(f"{path}/mute", {})
    for change in ("mute", "unmute"):
        await standard.refused("POST", f"{path}/{change}", {}, 403)
    assert (await admin.post(f"{path}/unmute", {}))["options"]["silenced"] == {}


async def test_scopes_are_muted_and_unmuted(admin: Caller, reader: Caller) -> None:
    path = f"{MONITOR}/{await monitor_of(admin)}"
    await reader.refused("POST", f"{path}/mute", {}, 403)
    muted = await admin.post(f"{path}/mute", {"scope": ["host:a", "env:ä"], "end": 4_000_000_000})
    assert muted["options"]["silenced"] == {"host:a,env:ä": 4_000_000_000}
    await admin.post(f"{path}/mute")
    for body in ({"scope": {}}, {"scope": [5]}, {"scope": 5}, [1], "x"):
        await admin.refused("POST", f"{path}/mute", body)
        await admin.refused("POST", f"{path}/unmute", body)
    left = await admin.post(f"{path}/unmute", {})
    assert left["options"]["silenced"] == {"host:a,env:ä": 4_000_000_000}
    await admin.refused("POST", f"{path}/unmute", {"scope": "host:b"})
    assert (await admin.post(f"{path}/unmute", {"all_scopes": True}))["options"]["silenced"] == {}
    await admin.refused("POST", f"{MONITOR}/999/mute", {}, 404)
