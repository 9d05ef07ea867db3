from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

DOWNTIME = "/api/v2/downtime"
NOBODY = "00000000-0000-dead-beef-000000000000"
API = "v2.DowntimesApi"
LEAST = {"scope": "env:a", "monitor_identifier": {"monitor_tags": ["*"]}}


def at(seconds: int) -> str:
    return datetime.fromtimestamp(int(time.time()) + seconds, UTC).isoformat()


def downtime(**attributes: Any) -> Any:
    return {"data": {"type": "downtime", "attributes": attributes}}


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    most = {
        "scope": "env:(prod OR dev) AND -service:ä",
        "monitor_identifier": {"monitor_tags": ["team:a", "b:c"]},
        "message": "Hi 🚀", "display_timezone": "Europe/Berlin", "mute_first_recovery_notification": True,
        "notify_end_types": ["canceled"], "notify_end_states": ["alert"],
        "schedule": {"start": at(100), "end": at(5000)},
    }  # fmt: skip
    made = await admin.post(DOWNTIME, downtime(**most))
    parsed(API, "create_downtime", made)
    path = f"{DOWNTIME}/{made['data']['id'].upper()}"
    kept = await admin.patch(path, downtime())
    parsed(API, "update_downtime", kept)
    attributes = kept["data"]["attributes"]
    assert {**attributes, "modified": None} == {**made["data"]["attributes"], "modified": None}
    changed = (await admin.patch(path, downtime(message=None, schedule={"end": None})))["data"]["attributes"]
    assert (changed["message"], changed["schedule"]["end"]) == (None, None)
    assert changed["schedule"]["start"] == attributes["schedule"]["start"]
    await reader.refused("PATCH", path, downtime(), 403)
    parsed(API, "get_downtime", await reader.get(path, include="created_by,monitor"))
    await reader.refused("GET", path, params={"include": "owner"})
    await admin.delete(path, 204)
    await admin.delete(path, 204)
    assert (await admin.get(path))["data"]["attributes"]["status"] == "canceled"
    for method in ("GET", "PATCH", "DELETE"):
        body = downtime() if method == "PATCH" else None
        await admin.refused(method, f"{DOWNTIME}/{NOBODY}", body, 404)
        await admin.refused(method, f"{DOWNTIME}/nothing", body, 400)


@pytest.mark.parametrize(
    "change",
    [
        {"scope": None}, {"scope": ["env:a"]}, {"scope": "(env:a"}, {"scope": {}},
        {"monitor_identifier": None},
        {"monitor_identifier": "*"}, {"monitor_identifier": {}}, {"monitor_identifier": {"monitor_id": "x"}},
        {"monitor_identifier": {"monitor_id": True}}, 
        {"message": {}}, {"message": ["x"]}, {"display_timezone": "Mars"}, {"display_timezone": {}},
        {"mute_first_recovery_notification": "perhaps"}, {"notify_end_types": "x"},
        {"notify_end_states": [5]},
        {"schedule": "now"}, {"schedule": {"start": "2026-01-01T00:00:00"}}, {"schedule": {"end": at(-100)}},
        {"schedule": {"start": at(100), "end": at(50)}}, {"schedule": {"recurrences": []}},
        {"schedule": {"start": 5}}, {"schedule": {"start": "9999-12-31T23:59:59-14:00"}},
        {"schedule": {"start": "0001-01-01T00:00:00+14:00"}},
        {"schedule": {"recurrences": [{"rrule": "FREQ=DAILY"}]}}, {"schedule": {"recurrences": ["x"]}},
        {"schedule": {"recurrences": [{"rrule": {}, "duration": "1h"}]}},
        {"schedule": {"recurrences": [{"rrule": "FREQ=DAILY", "duration": 5}]}},
        {"schedule": {"timezone": "UTC"}}, {"schedule": {"what": 1}}, {"what": 1},
    ],
)  # fmt: skip
async def test_a_downtime_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", DOWNTIME, downtime(**{**LEAST, **change}))
    assert (await admin.get(DOWNTIME))["data"] == []


@pytest.mark.parametrize(
    "body", [{}, [], {"data": []}, {"data": {"type": "x", "attributes": LEAST}}, b"", b"{"]
)
async def test_a_body_of_another_shape_is_refused(admin: Caller, body: Any) -> None:
    await admin.refused("POST", DOWNTIME, body, headers={"content-type": "application/json"})


async def test_pages_and_filters(admin: Caller, reader: Caller) -> None:
    made = [(await admin.post(DOWNTIME, downtime(**LEAST)))["data"]["id"] for _ in range(3)]
    later = downtime(**LEAST, schedule={"start": at(5000)})
    future = (await admin.post(DOWNTIME, later))["data"]["id"]

    async def ids(**params: Any) -> list[str]:
        answer = await reader.get(DOWNTIME, **params)
        parsed(API, "list_downtimes", answer)
        return [one["id"] for one in answer["data"]]

    everything = await ids()
    assert set(everything) == {*made, future}
    assert await ids(**{"page[offset]": 1, "page[limit]": 2}) == everything[1:3]
    assert await ids(**{"page[offset]": 99}) == []
    assert future not in await ids(current_only="true")
    for params in ({"page[offset]": "-1"}, {"page[limit]": "x"}, {"page[limit]": "1.5"}, {"include": "x"}):
        await reader.refused("GET", DOWNTIME, params=params)
