"""Events through the clients that people have, unchanged, against a running server."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import datadog
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.events_api import EventsApi as EventsV1
from datadog_api_client.v1.model.event_alert_type import EventAlertType
from datadog_api_client.v1.model.event_create_request import EventCreateRequest
from datadog_api_client.v1.model.event_priority import EventPriority
from datadog_api_client.v2.api.events_api import EventsApi as EventsV2
from datadog_api_client.v2.model.events_list_request import EventsListRequest
from datadog_api_client.v2.model.events_query_filter import EventsQueryFilter
from datadog_api_client.v2.model.events_request_page import EventsRequestPage
from datadog_api_client.v2.model.events_sort import EventsSort

from tests.conftest import RunningServer

WARNING = EventAlertType.WARNING


@pytest.fixture
def legacy(server: RunningServer) -> None:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def call(server: RunningServer, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {**server.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(server.url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.usefixtures("legacy")
def test_datadogpy_creates_gets_and_queries() -> None:
    created = api.Event.create(
        title="Deployed museum",
        text="Version 12 of *museum*",
        tags=["version:12", "application:museum"],
        alert_type="success",
        host="gallery-1",
        source_type_name="jenkins",
        device_name="sda",
    )
    assert created["status"] == "ok"
    event = created["event"]
    assert event["title"] == "Deployed museum"
    assert event["id_str"] == str(event["id"])
    shown = api.Event.get(event["id"])["event"]
    assert shown["text"] == "Version 12 of *museum*"
    assert shown["alert_type"] == "success"
    assert shown["host"] == "gallery-1"
    assert shown["device_name"] == "sda"
    assert set(shown["tags"]) == {"version:12", "application:museum"}
    now = int(time.time())
    listed = api.Event.query(
        start=now - 60,
        end=now + 60,
        tags=["application:museum", "version:12"],
        sources="jenkins",
        priority="normal",
    )["events"]
    assert [one["id"] for one in listed] == [event["id"]]
    assert listed[0]["source"] == "jenkins"
    assert (
        api.Event.query(start=now - 60, end=now + 60, tags=["application:museum", "version:13"])["events"]
        == []
    )


def test_v1_of_the_generated_client(client: ApiClient) -> None:
    events = EventsV1(client)
    created = events.create_event(
        EventCreateRequest(title="Tour started", text="Room 4", priority=EventPriority.LOW, tags=["tour:4"])
    )
    shown = events.get_event(created.event.id)
    assert shown.event.title == "Tour started"
    now = int(time.time())
    listed = events.list_events(now - 60, now + 60, priority=EventPriority.LOW, tags="tour:4")
    assert [one.id for one in listed.events] == [created.event.id]
    with pytest.raises(ApiException) as missing:
        events.get_event(1)
    assert missing.value.status == 404


def test_v2_of_the_generated_client_creates_searches_and_pages(client: ApiClient) -> None:
    old = EventsV1(client)
    for number in range(5):
        old.create_event(
            EventCreateRequest(
                title=f"Visit {number}", text="scanned a code", tags=["paging:yes"], alert_type="warning"
            )
        )
    events = EventsV2(client)
    found = events.search_events(
        body=EventsListRequest(
            filter=EventsQueryFilter(query="paging:yes status:warning scanned", _from="now-5m", to="now"),
            page=EventsRequestPage(limit=2),
            sort=EventsSort.TIMESTAMP_ASCENDING,
        )
    )
    assert len(found.data) == 2
    assert found.meta.page.after
    attributes = found.data[0].attributes
    assert attributes.attributes.title.startswith("Visit")
    assert str(attributes.attributes.status) == "warning"
    assert attributes.message == "scanned a code"
    assert not found._unparsed
    every = list(
        events.list_events_with_pagination(
            filter_query="paging:yes",
            filter_from=(datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
            filter_to="now",
            page_limit=2,
        )
    )
    assert len({one.id for one in every}) == 5
    assert events.get_event(every[0].id).data.attributes.message == "scanned a code"


def test_v2_create_takes_changes_and_alerts_only(server: RunningServer) -> None:
    document: dict[str, Any] = {
        "data": {
            "type": "event",
            "attributes": {
                "category": "change",
                "title": "Flag turned on",
                "message": "new-tour is on",
                "tags": ["flag:new-tour"],
                "attributes": {"changed_resource": {"type": "feature_flag", "name": "new-tour"}},
            },
        }
    }
    status, answer = call(server, "/api/v2/events", document)
    assert status == 202
    uid = answer["data"]["attributes"]["attributes"]["evt"]["id"]
    status, shown = call(server, f"/api/v2/events/{uid}")
    assert status == 200
    assert shown["data"]["attributes"]["attributes"]["changed_resource"]["name"] == "new-tour"
    search = {"filter": {"query": "@changed_resource.name:new-* @evt.category:change"}}
    assert [one["id"] for one in call(server, "/api/v2/events/search", search)[1]["data"]] == [uid]
    document["data"]["attributes"]["category"] = "party"
    status, answer = call(server, "/api/v2/events", document)
    assert status == 400
    assert "$.data.attributes.category" in answer["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/v1/events", {"text": "no title"}, "'title'"),
        ("/api/v1/events", {"title": "x", "text": "", "date_happened": 1}, "too far in the past"),
        ("/api/v1/events", {"title": "x", "text": "", "alert_type": "loud"}, "user_update"),
        ("/api/v1/events", [1], "JSON object"),
        ("/api/v2/events/search", {"filter": {"query": "(a"}}, "at character 1"),
        ("/api/v2/events/search", {"filter": {"from": "yesterday"}}, "now-15m"),
        ("/api/v2/events/search", {"page": {"cursor": "é!"}}, "invalid cursor"),
        ("/api/v2/events/search", {"page": {"cursor": "zzz"}}, "invalid cursor"),
        ("/api/v2/events/search", {"page": {"limit": 5000}}, "1 to 1000"),
        ("/api/v2/events/nothing", None, "expected digits"),
    ],
)
def test_errors_say_what_to_do(server: RunningServer, path: str, body: Any, words: str) -> None:
    status, answer = call(server, path, body)
    assert status == 400
    assert words in str(answer["errors"][0])


def test_a_retried_event_is_kept_once(server: RunningServer) -> None:
    event = {"title": "Sent twice", "text": "", "tags": ["twice:1"], "date_happened": int(time.time())}
    ids = {call(server, "/api/v1/events", event)[1]["event"]["id"] for _ in range(2)}
    assert len(ids) == 1
    assert len(call(server, "/api/v2/events/search", {"filter": {"query": "twice:1"}})[1]["data"]) == 1


def test_formulas_over_events_count_in_buckets_and_in_total(server: RunningServer) -> None:
    now = int(time.time())
    for number in range(6):
        event = {"title": f"Step {number}", "text": "counted in formulas", "tags": [f"floor:{number % 2}"]}
        assert call(server, "/api/v1/events", event)[0] == 202
    query: dict[str, Any] = {
        "data_source": "events",
        "name": "a",
        "search": {"query": "formulas -floor:9"},
        "compute": {"aggregation": "count"},
        "indexes": ["*"],
        "group_by": [{"facet": "floor", "limit": 5, "sort": {"aggregation": "count", "order": "desc"}}],
    }
    attributes = {
        "from": (now - 600) * 1000,
        "to": (now + 60) * 1000,
        "queries": [query],
        "formulas": [{"formula": "a * 2"}],
    }
    body = {"data": {"type": "scalar_request", "attributes": attributes}}
    status, answer = call(server, "/api/v2/query/scalar", body)
    assert status == 200, answer
    columns = {column["type"]: column["values"] for column in answer["data"]["attributes"]["columns"]}
    assert sorted(value[0] for value in columns["group"]) == ["0", "1"]
    assert columns["number"] == [6.0, 6.0]
    body = {"data": {"type": "timeseries_request", "attributes": {**attributes, "interval": 60_000}}}
    status, answer = call(server, "/api/v2/query/timeseries", body)
    assert status == 200, answer
    found = answer["data"]["attributes"]
    assert sorted(series["group_tags"] for series in found["series"]) == [["floor:0"], ["floor:1"]]
    assert sum(value or 0 for value in found["values"][0]) == 6.0
    query["search"]["query"] = "(open"
    status, answer = call(
        server, "/api/v2/query/scalar", {"data": {**body["data"], "type": "scalar_request"}}
    )
    assert status == 400
    assert "never closed" in answer["errors"][0]
