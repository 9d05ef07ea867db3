"""Endpoints of events: what one generation of the API takes, the other one shows."""

from __future__ import annotations

import copy
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bench.client_models.calls import unparsed
from datadog_api_client import Configuration
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v2.model.alert_event_attributes import AlertEventAttributes

from heeler.store.engine import Engine
from tests.unit.api_app import Caller, parsed

pytestmark = pytest.mark.usefixtures("store")

ALERT: dict[str, Any] = {
    "category": "alert",
    "title": "Disk full",
    "message": "sda1",
    "host": "web-1",
    "aggregation_key": "disk",
    "integration_id": "custom-events",
    "tags": ["env:prod", "service:shop"],
    "attributes": {
        "status": "warn",
        "priority": "2",
        "custom": {"device": {"name": "sda1"}},
        "links": [{"category": "resource", "title": "host", "url": "https://example.com/web-1"}],
    },
}
CHANGE: dict[str, Any] = {
    "category": "change",
    "title": "Flag on",
    "attributes": {
        "author": {"name": "ada", "type": "automation"},
        "changed_resource": {"name": "new-tour", "type": "feature_flag"},
        "impacted_resources": [{"name": "shop", "type": "service"}],
        "change_metadata": {"ticket": {"id": 5}},
        "prev_value": {"on": False},
        "new_value": {"on": True},
    },
}


def body_of(attributes: Any) -> Any:
    return {"data": {"type": "event", "attributes": attributes}}


async def posted(admin: Caller, attributes: Any) -> str:
    answer = await admin.post("/api/v2/events", body_of(attributes), 202)
    parsed("v2.EventsApi", "create_event", answer)
    identity: str = answer["data"]["attributes"]["attributes"]["evt"]["uid"]
    return identity


async def test_an_alert_is_read_back_as_it_was_posted(admin: Caller) -> None:
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    uid = await posted(admin, {**ALERT, "timestamp": when.isoformat()})
    document = await admin.get(f"/api/v2/events/{uid}")
    parsed("v2.EventsApi", "get_event", document)
    shown = document["data"]["attributes"]
    assert (shown["message"], shown["tags"]) == ("sda1", ["env:prod", "service:shop"])
    assert datetime.fromisoformat(shown["timestamp"]) == when
    inner = shown["attributes"]
    for name, value in ALERT["attributes"].items():
        assert inner[name] == value, name
    assert (inner["title"], inner["aggregation_key"], inner["service"]) == ("Disk full", "disk", "shop")
    assert inner["timestamp"] == when.timestamp() * 1000
    evt = {"id": uid, "uid": uid, "name": "Disk full", "category": "alert", "integration_id": "custom-events"}
    assert inner["evt"] == evt

    found = await admin.post("/api/v2/events/search", {"filter": {"query": f"@evt.uid:{uid}"}})
    parsed("v2.EventsApi", "search_events", found)
    assert found["data"] == [document["data"]]
    listed = await admin.get("/api/v2/events", **{"filter[query]": f"@evt.id:{uid}"})
    assert listed["data"] == [document["data"]]

    old = await admin.get(f"/api/v1/events/{uid}")
    parsed("v1.EventsApi", "get_event", old)
    event = old["event"]
    assert (event["title"], event["text"], event["host"]) == ("Disk full", "sda1", "web-1")
    assert (event["alert_type"], event["priority"]) == ("warning", "normal")
    assert (event["date_happened"], event["tags"]) == (when.timestamp(), ["env:prod", "service:shop"])


async def test_an_event_is_found_from_its_own_time(admin: Caller) -> None:
    when = datetime.now(UTC).replace(microsecond=456_000) - timedelta(minutes=3)
    uid = await posted(admin, {**ALERT, "timestamp": when.isoformat()})
    shown = (await admin.get(f"/api/v2/events/{uid}"))["data"]["attributes"]
    later = (when + timedelta(seconds=5)).isoformat()
    for start in (shown["timestamp"], shown["attributes"]["timestamp"]):
        window = {"query": f"@evt.uid:{uid}", "from": start, "to": later}
        found = await admin.post("/api/v2/events/search", {"filter": window})
        assert [one["id"] for one in found["data"]] == [uid], start


async def test_a_change_is_read_back_as_it_was_posted(admin: Caller) -> None:
    uid = await posted(admin, CHANGE)
    document = await admin.get(f"/api/v2/events/{uid}")
    parsed("v2.EventsApi", "get_event", document)
    inner = document["data"]["attributes"]["attributes"]
    for name, value in CHANGE["attributes"].items():
        assert inner[name] == value, name
    assert "priority" not in inner
    parsed("v1.EventsApi", "get_event", await admin.get(f"/api/v1/events/{uid}"))


@pytest.mark.parametrize("status", ["ok", "warn", "error"])
async def test_the_least_alert_is_one_to_the_model_of_alerts(admin: Caller, status: str) -> None:
    """The client decides by the fields whether it is an alert: ``normal`` is no priority of one."""
    least = {"category": "alert", "title": "t", "attributes": {"status": status}}
    document = await admin.get(f"/api/v2/events/{await posted(admin, least)}")
    inner = document["data"]["attributes"]["attributes"]
    made = validate_and_convert_types(inner, (AlertEventAttributes,), ["a"], True, True, Configuration())
    assert not list(unparsed(made))
    assert (made.status.value, made.evt.category.value) == (status, "alert")


@pytest.mark.parametrize(
    "query",
    ["status:warn", "status:warning", "@priority:2", "@custom.device.name:sda1", "@links.category:resource",
     "@evt.category:alert", "@evt.integration_id:custom-events", "service:shop", "host:web-1",
     "@aggregation_key:disk"],
)  # fmt: skip
async def test_fields_of_an_alert_are_searched(admin: Caller, query: str) -> None:
    uid = await posted(admin, ALERT)
    found = await admin.get("/api/v2/events", **{"filter[query]": f"@evt.uid:{uid} {query}"})
    assert [one["id"] for one in found["data"]] == [uid]


def changed(base: dict[str, Any], path: str, value: Any) -> Any:
    made = copy.deepcopy(base)
    *parents, last = path.split(".")
    inner = made
    for name in parents:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


DEEP: Any = {}
for _ in range(12):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("base", "path", "value"),
    [
        (ALERT, "attributes.status", ...),
        (ALERT, "attributes.status", "loud"),
        (ALERT, "attributes.status", ["warn"]),
        (ALERT, "attributes.priority", "6"),
        (ALERT, "attributes.priority", 2),
        (ALERT, "attributes.custom", "x"),
        (ALERT, "attributes.custom", DEEP),
        (ALERT, "attributes.custom", {f"k{at}": 1 for at in range(101)}),
        (ALERT, "attributes.links", [{"category": "runbook"}]),
        (ALERT, "attributes.links", [{"category": "other", "url": "u"}]),
        (ALERT, "attributes.links", ALERT["attributes"]["links"] * 21),
        (ALERT, "attributes.evt", {"id": "1"}),
        (ALERT, "title", "t" * 501),
        (ALERT, "title", "  "),
        (ALERT, "message", 5),
        (ALERT, "message", "m" * 4001),
        (ALERT, "host", ["web-1"]),
        (ALERT, "host", "h" * 256),
        (ALERT, "tags", ["a:b", 5]),
        (ALERT, "tags", [f"t{at}:1" for at in range(101)]),
        (ALERT, "aggregation_key", "k" * 101),
        (ALERT, "integration_id", "other"),
        (ALERT, "timestamp", 1_790_000_000_000),
        (ALERT, "timestamp", "now-1h"),
        (ALERT, "timestamp", "2017-01-15T01:30:15.010000Z"),
        (ALERT, "alert_type", "error"),
        (CHANGE, "attributes.changed_resource", ...),
        (CHANGE, "attributes.changed_resource.type", "house"),
        (CHANGE, "attributes.changed_resource.name", " "),
        (CHANGE, "attributes.author", {"name": "ada"}),
        (CHANGE, "attributes.impacted_resources", [{"name": "a", "type": "host"}]),
        (CHANGE, "attributes.new_value", 5),
        (CHANGE, "attributes.status", "warn"),
    ],
)
async def test_what_the_format_has_not_is_refused_by_its_place(
    admin: Caller, base: dict[str, Any], path: str, value: Any
) -> None:
    body = body_of(changed(base, path, value))
    (problem,) = (await admin.post("/api/v2/events", body, 400))["errors"]
    assert (problem["status"], problem["title"]) == ("400", "Bad Request")
    named, last = problem["detail"], path.split(".")[-1]
    assert named.startswith("JSON validation failed at $.data.attributes")
    assert last in named or path in named


async def test_bodies_that_are_no_event(admin: Caller) -> None:
    for body in ([], None, {}, {"data": None}, {"data": {"type": "other", "attributes": ALERT}}):
        await admin.refused("POST", "/api/v2/events", body if body is not None else b"null")
    for path in ("/api/v1/events", "/api/v2/events", "/api/v1/comments"):
        await admin.refused("POST", path, b"")
        await admin.refused("POST", path, b"{")


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ["a"]), ("text", {"a": 1}), ("host", ["a"]), ("device_name", [5]), ("tags", {"a": 1}),
     ("related_event_id", "x"), ("related_event_id", -1), ("related_event_id", 2**63),
     ("source_type_name", {}), ("aggregation_key", []), ("date_happened", "soon"), ("priority", "high")],
)  # fmt: skip
async def test_wrong_types_of_v1_are_refused_by_name(admin: Caller, field: str, value: Any) -> None:
    body = {"title": "t", "text": "x", field: value}
    assert field in await admin.refused("POST", "/api/v1/events", body)


async def test_devices_may_be_a_list(admin: Caller) -> None:
    for devices, shown in ((["eth0", "eth1"], "eth0,eth1"), ([], "")):
        body = {"title": "t", "text": "x", "device_name": devices}
        made = await admin.post("/api/v1/events", body, 202)
        assert made["event"]["device_name"] == shown
        parsed("v1.EventsApi", "create_event", made)


async def test_an_empty_related_event_is_none(admin: Caller) -> None:
    made = await admin.post("/api/v1/events", {"title": "t", "text": "x", "related_event_id": ""}, 202)
    assert made["event"]["related_event_id"] is None


async def test_all_of_v1_is_read_back(admin: Caller) -> None:
    body = {
        "title": "t", "text": "x", "host": "h", "device_name": "sda", "source_type_name": "chef",
        "alert_type": "recommendation", "priority": "low", "tags": ["a:b"], "aggregation_key": "k",
        "date_happened": int(time.time()) - 5,
    }  # fmt: skip
    first = await admin.post("/api/v1/events", {"title": "first", "text": ""}, 202)
    body["related_event_id"] = first["event"]["id"]
    made = await admin.post("/api/v1/events", body, 202)
    parsed("v1.EventsApi", "create_event", made)
    read = await admin.get(f"/api/v1/events/{made['event']['id']}")
    parsed("v1.EventsApi", "get_event", read)
    for name, value in body.items():
        if name not in ("aggregation_key", "related_event_id"):
            assert made["event"][name] == value == read["event"][name], name
    assert made["event"]["related_event_id"] == body["related_event_id"]
    new = await admin.get(f"/api/v2/events/{made['event']['id']}")
    inner = new["data"]["attributes"]["attributes"]
    assert (inner["status"], inner["priority"], inner["device_name"]) == ("recommendation", "low", "sda")
    assert inner["related_event_id"] == body["related_event_id"]


async def test_the_list_of_v1_filters(admin: Caller) -> None:
    now = int(time.time())
    wanted = {"title": "t", "text": "", "source_type_name": "ruby", "tags": ["x:list", "y:1"]}
    await admin.post("/api/v1/events", {**wanted, "priority": "low"}, 202)
    alert = await posted(admin, {**ALERT, "tags": ["x:list"]})

    async def ids(**params: Any) -> list[str]:
        found = await admin.get("/api/v1/events", start=now - 60, end=now + 60, **params)
        parsed("v1.EventsApi", "list_events", found)
        return [one["id_str"] for one in found["events"]]

    assert len(await ids(tags="x:list")) == 2
    assert len(await ids(tags="x:list,y:1")) == 1
    assert await ids(tags="x:list", priority="normal") == [alert]
    assert len(await ids(tags="x:list", priority="low")) == 1
    assert len(await ids(tags="x:list", sources="ruby,,")) == 1
    assert len(await ids(tags="x:list", sources=",")) == 2
    assert await ids(tags="x:list", page=1) == []


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/api/v1/events?start=2&end=1", "start"),
        ("/api/v1/events?start=1&end=2&page=-1", "page"),
        ("/api/v1/events?start=1&end=2&page=9999999", "page"),
        ("/api/v1/events?start=1&end=2&priority=high", "priority"),
        ("/api/v1/events?end=2", "start"),
        ("/api/v2/events?page[limit]=0", "page.limit"),
        ("/api/v2/events?page[limit]=1001", "page.limit"),
        ("/api/v2/events?page[cursor]=aGVsbG8", "cursor"),
        ("/api/v2/events?sort=title", "sort"),
        ("/api/v2/events?filter[from]=now&filter[to]=now-1h", "from"),
        ("/api/v2/events/abc", "digits"),
        ("/api/v2/events/%C2%B2", "digits"),
    ],
)
async def test_parameters_that_cannot_be_read(admin: Caller, path: str, word: str) -> None:
    assert word in await admin.refused("GET", path)


@pytest.mark.parametrize("identity", ["0", "9" * 19, "9" * 20, "9" * 5000])
async def test_ids_of_no_event(admin: Caller, identity: str) -> None:
    await admin.refused("GET", f"/api/v2/events/{identity}", None, 404)
    await admin.refused("GET", f"/api/v1/events/{identity[:18]}", None, 404)


async def test_pages_neither_repeat_nor_lose_an_event(admin: Caller) -> None:
    when = datetime.now(UTC) - timedelta(minutes=1)
    made = {await posted(admin, {**ALERT, "title": str(at), "timestamp": when.isoformat(),
                                 "tags": ["x:pages"]}) for at in range(5)}  # fmt: skip
    for sort in ("timestamp", "-timestamp"):
        seen: list[str] = []
        cursor = None
        while True:
            page = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            found = await admin.post(
                "/api/v2/events/search", {"filter": {"query": "x:pages"}, "sort": sort, "page": page}
            )
            seen += [one["id"] for one in found["data"]]
            cursor = found.get("meta", {}).get("page", {}).get("after")
            if cursor is None:
                break
        assert len(seen) == 5
        assert set(seen) == made


async def test_who_may(admin: Caller, reader: Caller, nobody: Caller, store: Engine) -> None:
    await reader.refused("POST", "/api/v2/events", body_of(ALERT), 403)
    await reader.refused("POST", "/api/v1/comments", {"message": "m"}, 403)
    await nobody.refused("POST", "/api/v1/events", {"title": "t", "text": ""}, 403)
    await nobody.refused("GET", "/api/v2/events", None, 403)
    assert "data" in await reader.get("/api/v2/events")


async def test_a_comment_is_an_event_and_other_events_are_no_comments(admin: Caller) -> None:
    made = (await admin.post("/api/v1/comments", {"message": "looks good"}))["comment"]
    changed = await admin.put(f"/api/v1/comments/{made['id']}", {"message": "no"})
    assert changed["comment"]["id"] == made["id"]
    event = (await admin.get(f"/api/v1/events/{made['id']}"))["event"]
    assert (event["text"], event["alert_type"]) == ("no", "user_update")
    other = (await admin.post("/api/v1/events", {"title": "t", "text": ""}, 202))["event"]["id"]
    await admin.refused("PUT", f"/api/v1/comments/{other}", {"message": "m"}, 404)
    for body in ({"message": " "}, {"message": ["m"]}, {"message": "m", "handle": ["a"]},
                 {"message": "m", "related_event_id": "x"}):  # fmt: skip
        await admin.refused("POST", "/api/v1/comments", body)
