from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

SLO = "/api/v1/slo"
API = "v1.ServiceLevelObjectivesApi"
LEAST = {
    "name": "S", "type": "metric", "query": {"numerator": "sum:good{*}", "denominator": "sum:all{*}"},
    "thresholds": [{"timeframe": "7d", "target": 99}],
}  # fmt: skip
NOTHING = "0" * 32


async def slo_of(admin: Caller, **more: Any) -> str:
    return str((await admin.post(SLO, {**LEAST, **more}))["data"][0]["id"])


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    most = {
        **LEAST, "name": "Ä 🚀", "description": "D", "tags": ["team:a", "env:b"], "timeframe": "30d",
        "thresholds": [{"timeframe": "30d", "target": 99.9, "warning": 99.95},
                       {"timeframe": "7d", "target": 99}],
        "target_threshold": 99.9, "warning_threshold": 99.95,
    }  # fmt: skip
    made = await admin.post(SLO, most)
    parsed(API, "create_slo", made)
    path = f"{SLO}/{made['data'][0]['id']}"
    kept = await admin.put(path, {**LEAST, "name": "B", "thresholds": most["thresholds"], "timeframe": "30d"})
    parsed(API, "update_slo", kept)
    same = (
        "description",
        "tags",
        "timeframe",
        "target_threshold",
        "warning_threshold",
        "thresholds",
        "query",
    )
    assert {one: kept["data"][0][one] for one in same} == {one: made["data"][0][one] for one in same}
    cleared = await admin.put(path, {**LEAST, "description": None, "tags": []})
    assert (cleared["data"][0]["description"], cleared["data"][0]["tags"]) == (None, [])
    await reader.refused("PUT", path, LEAST, 403)
    parsed(API, "get_slo", await reader.get(path, with_configured_alert_ids="true"))
    await reader.refused("DELETE", path, status=403)
    parsed(API, "delete_slo", await admin.delete(path))
    for method in ("GET", "PUT", "DELETE"):
        await admin.refused(method, path, LEAST if method == "PUT" else None, 404)


@pytest.mark.parametrize(
    "change",
    [
        {"name": None}, {"name": ""}, {"name": {}}, {"name": ["a"]}, {"type": "time"}, {"type": {}},
        {"tags": "a"},
        {"tags": [{}]}, {"tags": [None]}, {"description": {}}, {"thresholds": None}, {"thresholds": []},
        {"thresholds": [{"timeframe": "8d", "target": 99}]},
        {"thresholds": [{"timeframe": "7d", "target": 100}]},
        {"thresholds": [{"timeframe": "7d", "target": "99"}]},
        {"thresholds": [{"timeframe": "7d", "target": True}]},
        {"thresholds": [{"timeframe": "7d", "target": 99, "warning": 98}]}, {"timeframe": "30d"},
        {"timeframe": []},
        {"target_threshold": 98}, {"query": None}, {"query": {"numerator": "sum:a{*}"}}, {"query": []},
        {"query": {"numerator": "sum:a{", "denominator": "sum:b{*}"}}, {"type": "monitor"},
        {"type": "monitor", "monitor_ids": [True]}, {"type": "monitor", "monitor_ids": [99]},
        {"type": "monitor", "monitor_ids": ["1"]}, {"type": "monitor", "monitor_ids": {}},
        {"type": "time_slice"},
        {"type": "time_slice", "sli_specification": {"time_slice": {"comparator": []}}},
    ],
)  # fmt: skip
async def test_an_slo_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", SLO, {**LEAST, **change})
    assert (await admin.get(SLO))["data"] == []


@pytest.mark.parametrize("groups", [[{}], [True], "a:b", [["a:b"]]])
async def test_groups_are_texts(admin: Caller, groups: Any) -> None:
    monitor = {
        "name": "m",
        "type": "metric alert",
        "query": "avg(last_5m):avg:a{*} by {b} > 1",
        "message": "",
    }
    of = (await admin.post("/api/v1/monitor", monitor))["id"]
    body = {**LEAST, "type": "monitor", "monitor_ids": [of], "groups": groups}
    await admin.refused("POST", SLO, body)


async def test_lists_filter_and_page(admin: Caller, reader: Caller) -> None:
    one, two = await slo_of(admin, name="Api", tags=["env:prod"]), await slo_of(admin, name="Web")

    async def ids(**params: Any) -> list[str]:
        answer = await reader.get(SLO, **params)
        parsed(API, "list_slos", answer)
        return [slo["id"] for slo in answer["data"]]

    assert await ids() == [one, two]
    assert await ids(ids=f"{two}, {NOTHING}") == [two]
    assert await ids(query="api") == [one]
    assert await ids(tags_query="ENV:PROD") == [one]
    assert await ids(limit=1, offset=1) == [two]
    assert await ids(offset=9) == []
    assert await ids(limit=0) == []
    await reader.refused("GET", SLO, params={"ids": NOTHING}, status=404)
    for params in ({"limit": "-1"}, {"offset": "-1"}, {"limit": "x"}, {"offset": "9" * 30}):
        await reader.refused("GET", SLO, params=params)


async def test_some_or_all_times_are_deleted(admin: Caller, reader: Caller) -> None:
    both = [{"timeframe": "7d", "target": 99}, {"timeframe": "30d", "target": 99}]
    one, two = await slo_of(admin, thresholds=both), await slo_of(admin)
    await reader.refused("POST", f"{SLO}/bulk_delete", {one: ["7d"]}, 403)
    answer = await admin.post(f"{SLO}/bulk_delete", {one: ["7d"], two: ["7d"], NOTHING: ["all"]})
    parsed(API, "delete_slo_timeframe_in_bulk", answer)
    assert answer["data"] == {"deleted": [two], "updated": [one]}
    assert [item["id"] for item in answer["errors"]] == [NOTHING]
    left = (await admin.get(f"{SLO}/{one}"))["data"]
    assert (left["timeframe"], [item["timeframe"] for item in left["thresholds"]]) == ("30d", ["30d"])
    wrong = await admin.post(f"{SLO}/bulk_delete", {one: [{}]})
    assert wrong["errors"]
    for body in ([], {one: "7d"}, {one: None}):
        await admin.refused("POST", f"{SLO}/bulk_delete", body)
    await admin.refused("DELETE", SLO, {"ids": [one, NOTHING]}, 404)
    assert (await admin.delete(SLO, body={"ids": [one]}))["data"] == [one]
    for body in ({}, {"ids": []}, {"ids": "x"}, {"ids": [{}]}):
        answer = await admin.app.request("DELETE", SLO, json=body, headers=admin.headers)
        assert answer.status_code in (400, 404), answer.text


async def test_what_is_used_is_deleted_by_force(admin: Caller) -> None:
    of = await slo_of(admin)
    alert = {
        "name": "a",
        "type": "slo alert",
        "query": f'error_budget("{of}").over("7d") > 75',
        "message": "",
    }
    monitor = await admin.post("/api/v1/monitor", {**alert, "options": {"thresholds": {"critical": 75}}})
    used = await admin("GET", f"{SLO}/can_delete", status=409, params={"ids": of})
    assert (used["data"]["ok"], list(used["errors"])) == ([], [of])
    await admin("DELETE", f"{SLO}/{of}", status=409)
    assert (await admin.get(f"{SLO}/{of}?with_configured_alert_ids=true"))["data"][
        "configured_alert_ids"
    ] == [monitor["id"]]
    await admin.delete(f"{SLO}/{of}?force=true")
    await admin.refused("GET", f"{SLO}/can_delete", params={"ids": of}, status=404)
