from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

RULE = "/api/v2/monitor/notification_rule"
NOBODY = "00000000-0000-dead-beef-000000000000"
API = "v2.MonitorsApi"


def rule(identity: str = "", **attributes: Any) -> Any:
    given = {
        "name": "R 🚀",
        "filter": {"tags": ["team:ä"]},
        "recipients": ["webhook-a", "slack-b"],
        **attributes,
    }
    data = {"type": "monitor-notification-rule", "attributes": given}
    return {"data": {**data, "id": identity} if identity else data}


async def test_a_rule_is_replaced_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = await admin.post(RULE, rule())
    parsed(API, "create_monitor_notification_rule", made)
    identity = made["data"]["id"]
    path = f"{RULE}/{identity.upper()}"
    changed = await admin.patch(path, rule(identity.upper(), name="B"))
    parsed(API, "update_monitor_notification_rule", changed)
    assert changed["data"]["attributes"]["created"] == made["data"]["attributes"]["created"]
    read = await reader.get(path, include="x, created_by")
    parsed(API, "get_monitor_notification_rule", read)
    assert [one["attributes"]["email"] for one in read["included"]] == ["admin@example.com"]
    await admin.refused("PATCH", path, rule(NOBODY))
    for method in ("PATCH", "DELETE"):
        await reader.refused(method, path, rule() if method == "PATCH" else None, 403)
    await admin.delete(path, 204)
    for method in ("GET", "PATCH", "DELETE"):
        await admin.refused(method, path, rule() if method == "PATCH" else None, 404)


@pytest.mark.parametrize(
    "body",
    [{}, {"data": []}, {"data": {"attributes": "x"}}, rule(name=""), rule(name=5), rule(filter={}),
     rule(filter="x"),
     rule(filter={"tags": []}), rule(filter={"tags": [5]}), rule(recipients="x"), rule(recipients=[{}]),
     rule(recipients=None), rule(bundle_config={"a": 1}),
     rule(recipients=None, conditional_recipients={"conditions": "x"}),
     rule(recipients=None, conditional_recipients={"conditions": [{"scope": "a:b", "recipients": []}]}),
     rule(recipients=None, conditional_recipients={"conditions": [{"scope": [], "recipients": ["a"]}]})],
)  # fmt: skip
async def test_a_rule_that_cannot_be_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", RULE, body)
    assert (await admin.get(RULE))["data"] == []


async def test_lists_filter_sort_and_page(admin: Caller, reader: Caller) -> None:
    for name in ("b", "A"):
        await admin.post(RULE, rule(name=name, recipients=[f"webhook-{name}"]))

    async def names(**params: Any) -> list[str]:
        answer = await reader.get(RULE, **params)
        parsed(API, "get_monitor_notification_rules", answer)
        return [one["attributes"]["name"] for one in answer["data"]]

    assert await names() == ["b", "A"]
    assert await names(sort="name:desc") == ["b", "A"]
    assert await names(sort="-created") == ["A", "b"]
    assert await names(page=1, per_page=1) == ["A"]
    assert await names(per_page=0) == []
    assert await names(filters=json.dumps({"text": "a"})) == ["A"]
    assert await names(filters=json.dumps({"tags": ["team:ä"], "recipients": ["webhook-b"]})) == ["b"]
    for params in ({"page": "-1"}, {"per_page": "x"}, {"sort": "age"}, {"filters": "x"}, {"filters": "[]"}):
        await reader.refused("GET", RULE, params=params)
    for wrong in (
        {"tags": 5},
        {"tags": "team:a"},
        {"tags": [{}]},
        {"recipients": {"a": 1}},
        {"text": []},
        {"x": 1},
    ):
        await reader.refused("GET", RULE, params={"filters": json.dumps(wrong)})
