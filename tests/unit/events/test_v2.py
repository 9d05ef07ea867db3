"""Events in the shapes of the current API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heeler.events.store import Page, StoredEvent
from heeler.events.v2 import InvalidEvent, created, listed, read_event, shown

NOW = 1_790_000_000.0


def read(**attributes: Any) -> Any:
    values = {"category": "alert", "title": "Disk full", "attributes": {"status": "warn"}, **attributes}
    return read_event({"data": {"type": "event", "attributes": values}}, NOW)


def test_an_event() -> None:
    event, extra = read(
        message="m",
        tags=["env:prod", "a"],
        host="web-1",
        aggregation_key="k",
        integration_id="custom-events",
        timestamp="2026-09-21T14:00:00Z",
        attributes={"status": "error", "custom": {"x": 1}},
    )
    assert (event.title, event.text, event.host, event.source) == ("Disk full", "m", "web-1", "custom-events")
    assert (event.alert_type, event.priority, event.aggregation_key) == ("error", "normal", "k")
    assert set(event.tags) == {"env:prod", "a"}
    assert event.time == 1_789_999_200
    assert extra == {"status": "error", "custom": {"x": 1}, "evt": {"category": "alert", "millisecond": 0}}


@pytest.mark.parametrize(
    ("status", "wanted"),
    [("ok", "success"), ("warn", "warning"), ("error", "error")],
)
def test_states(status: object, wanted: str) -> None:
    assert read(attributes={"status": status})[0].alert_type == wanted


def test_without_a_time_it_is_now_and_the_longest_texts_are_whole() -> None:
    event, _ = read(title="t" * 500, message="m" * 4000)
    assert (event.time, len(event.title), len(event.text)) == (int(NOW), 500, 4000)


@pytest.mark.parametrize(
    ("attributes", "place"),
    [
        ({"category": "other"}, "category"),
        ({"category": None}, "category"),
        ({"title": ""}, "title"),
        ({"title": 5}, "title"),
        ({"title": "t" * 501}, "title"),
        ({"attributes": {"status": "other"}}, "attributes.status"),
        ({"attributes": None}, "attributes"),
        ({"attributes": []}, "attributes"),
        ({"tags": "a:b"}, "tags"),
        ({"timestamp": "soon"}, "timestamp"),
        ({"timestamp": "2026-09-20T19:00:00Z"}, "timestamp"),
        ({"timestamp": "2027-01-01T00:00:00Z"}, "timestamp"),
    ],
)
def test_errors_name_the_place(attributes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidEvent, match=rf"^\$\.data\.attributes\.{place}"):
        read(**attributes)


@pytest.mark.parametrize("body", [None, [], {}, {"data": None}, {"data": {"attributes": "x"}}])
def test_bodies_that_are_none(body: Any) -> None:
    with pytest.raises(InvalidEvent, match="an object is required"):
        read_event(body, NOW)


def test_what_is_shown() -> None:
    event, extra = read(message="m", tags=["env:prod"], attributes={"status": "ok", "custom": {"x": 5}})
    stored = StoredEvent(2**60 + 1, event, extra)
    found = shown(stored)
    json.dumps(found)
    assert (found["id"], found["attributes"]["message"]) == (str(2**60 + 1), "m")
    inner = found["attributes"]["attributes"]
    identity = str(2**60 + 1)
    assert inner["evt"] == {"category": "alert", "id": identity, "uid": identity, "name": "Disk full"}
    assert (inner["custom"], inner["title"], inner["timestamp"]) == ({"x": 5}, "Disk full", int(NOW) * 1000)
    assert "hostname" not in inner
    assert created(stored, "https://heeler")["links"]["self"] == f"https://heeler/api/v2/events/{2**60 + 1}"


def test_milliseconds_are_read_back() -> None:
    event, extra = read(timestamp="2026-09-21T15:00:00.123456+01:00")
    assert event.time == 1_789_999_200
    attributes = shown(StoredEvent(1, event, extra))["attributes"]
    assert attributes["timestamp"] == "2026-09-21T14:00:00.123Z"
    assert attributes["attributes"]["timestamp"] == 1_789_999_200_123
    assert "millisecond" not in attributes["attributes"]["evt"]


def test_pages() -> None:
    one = StoredEvent(1, read()[0], {})
    assert listed(Page([one], ""), None) == {"data": [shown(one)]}
    found = listed(Page([one], "next"), "https://heeler/next")
    assert (found["meta"]["page"]["after"], found["links"]["next"]) == ("next", "https://heeler/next")


@pytest.mark.parametrize("category", ["alert", "change"])
@pytest.mark.parametrize("missing", [{}, {"attributes": None}])
def test_an_event_without_its_own_attributes_is_refused(category: str, missing: dict[str, Any]) -> None:
    attributes = {"category": category, "title": "t", **missing}
    with pytest.raises(InvalidEvent, match=r"^\$\.data\.attributes\.attributes: an object is required"):
        read_event({"data": {"type": "event", "attributes": attributes}}, 0.0)
