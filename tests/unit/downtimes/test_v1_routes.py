from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

DOWNTIME = "/api/v1/downtime"
NOW = int(time.time())
API = "v1.DowntimesApi"


async def test_a_change_leaves_what_it_does_not_name(admin: Caller, reader: Caller) -> None:
    most = {
        "scope": ["env:prod", "service:ä"], "start": NOW + 100, "end": NOW + 3700, "message": "Hi 🚀",
        "timezone": "Europe/Berlin", "monitor_tags": ["team:a"], "mute_first_recovery_notification": True,
        "notify_end_types": ["canceled"], "notify_end_states": ["alert"],
        "recurrence": {"type": "weeks", "period": 1, "week_days": ["Mon"], "until_date": NOW + 10**7},
    }  # fmt: skip
    made = await admin.post(DOWNTIME, most)
    parsed(API, "create_downtime", made)
    assert {name: made[name] for name in most if name != "recurrence"}.items() <= most.items()
    path = f"{DOWNTIME}/{made['id']}"
    kept = await admin.put(path, {})
    parsed(API, "update_downtime", kept)
    names = [*most, "id", "uuid"]
    assert {name: kept[name] for name in names} == {name: made[name] for name in names}
    silent = await admin.put(path, {"message": None, "recurrence": None})
    assert (silent["message"], silent["recurrence"], silent["scope"]) == (None, None, most["scope"])
    await reader.refused("PUT", path, {}, 403)
    parsed(API, "get_downtime", await reader.get(path))
    await admin.delete(path, 204)
    await admin.delete(path, 204)
    assert (await admin.get(path))["canceled"]
    for method in ("GET", "PUT", "DELETE"):
        await admin.refused(method, f"{DOWNTIME}/999", {} if method == "PUT" else None, 404)


@pytest.mark.parametrize(
    "change",
    [
        {"scope": None}, {"scope": []}, {"scope": [5]}, {"scope": {"env": "a"}}, {"scope": "no tag"},
        {"end": True},
        {"end": "soon"}, {"end": 5}, {"start": NOW, "end": NOW - 10}, {"start": {}},
        {"timezone": "Mars/Base"},
        {"timezone": ["UTC"]}, {"message": {}}, {"message": ["a"]}, {"message": "x" * 50_001},
        {"monitor_id": "x"}, {"monitor_id": True}, {"monitor_tags": [5]},
        {"disabled": "x"},
        {"disabled": True}, {"notify_end_types": ["never"]}, {"notify_end_states": "alert!"},
        {"parent_id": 3},
        {"mute_first_recovery_notification": "perhaps"}, {"recurrence": "weekly"},
        {"recurrence": {"type": "weeks", "period": 1, "week_days": ["Mon"]}},
        {"recurrence": {"type": "hours"}},
        {"end": NOW + 3600, "recurrence": {"type": "weeks", "period": 0, "week_days": ["Mon"]}},
        {"end": NOW + 3600, "recurrence": {"type": "rrule", "rrule": "FREQ=NEVER"}},
    ],
)  # fmt: skip
async def test_a_downtime_that_cannot_be_is_refused(admin: Caller, change: Any) -> None:
    await admin.refused("POST", DOWNTIME, {"scope": ["env:a"], **change})
    assert await admin.get(DOWNTIME) == []


async def test_lists_and_cancels_by_scope(admin: Caller, reader: Caller) -> None:
    now = (await admin.post(DOWNTIME, {"scope": ["env:a", "b:c"]}))["id"]
    later = (await admin.post(DOWNTIME, {"scope": ["env:later"], "start": NOW + 9000}))["id"]
    listed = await reader.get(DOWNTIME, with_creator="true")
    parsed(API, "list_downtimes", listed)
    assert {one["id"] for one in listed} == {now, later}
    assert {one["creator"]["email"] for one in listed} == {"admin@example.com"}
    assert [one["id"] for one in await reader.get(DOWNTIME, current_only="true")] == [now]
    await reader.refused("POST", f"{DOWNTIME}/cancel/by_scope", {"scope": "env:a"}, 403)
    answer = await admin.post(f"{DOWNTIME}/cancel/by_scope", {"scope": "b:c,env:a"})
    parsed(API, "cancel_downtimes_by_scope", answer)
    assert answer == {"cancelled_ids": [now]}
    await admin.refused("POST", f"{DOWNTIME}/cancel/by_scope", {"scope": "env:a,b:c"}, 404)
    for body in ({}, {"scope": []}, {"scope": 5}):
        await admin.refused("POST", f"{DOWNTIME}/cancel/by_scope", body)


@pytest.mark.parametrize(
    ("recurrence", "text"),
    [
        ({"type": "hourly", "period": 1}, "Invalid recurrence type"),
        ({"type": "weeks", "period": 1, "week_days": ["mon"]}, "Invalid set of days in week_days"),
        ({"type": "days", "period": 1}, "needs an 'end'"),
    ],
)
async def test_what_is_wrong_with_a_recurrence(admin: Caller, recurrence: Any, text: str) -> None:
    assert text in await admin.refused("POST", DOWNTIME, {"scope": ["a:b"], "recurrence": recurrence})
