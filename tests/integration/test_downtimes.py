"""Downtimes through the unmodified clients; their mails as a real SMTP server receives them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import datadog
import pytest
import requests
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.downtimes_api import DowntimesApi
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v2.api.downtimes_api import DowntimesApi as DowntimesApiV2
from datadog_api_client.v2.model.downtime_create_request import DowntimeCreateRequest
from datadog_api_client.v2.model.downtime_create_request_attributes import DowntimeCreateRequestAttributes
from datadog_api_client.v2.model.downtime_create_request_data import DowntimeCreateRequestData
from datadog_api_client.v2.model.downtime_monitor_identifier_id import DowntimeMonitorIdentifierId
from datadog_api_client.v2.model.downtime_resource_type import DowntimeResourceType
from datadog_api_client.v2.model.downtime_schedule_recurrence_create_update_request import (
    DowntimeScheduleRecurrenceCreateUpdateRequest,
)
from datadog_api_client.v2.model.downtime_schedule_recurrences_create_request import (
    DowntimeScheduleRecurrencesCreateRequest,
)
from datadog_api_client.v2.model.downtime_update_request import DowntimeUpdateRequest
from datadog_api_client.v2.model.downtime_update_request_attributes import DowntimeUpdateRequestAttributes
from datadog_api_client.v2.model.downtime_update_request_data import DowntimeUpdateRequestData

from tests.conftest import RunningServer, start_server
from tests.integration.mail import Inbox, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[RunningServer]:
    server = start_server(
        tmp_path_factory.mktemp("downtimes"), HEELER_SMTP=inbox[1], HEELER_MONITOR_INTERVAL="1"
    )
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    yield server
    assert server.stop() == 0


def refusal(call: Any, *arguments: Any, **given: Any) -> str:
    with pytest.raises(datadog.api.exceptions.ApiError) as caught:
        call(*arguments, **given)
    reason: str = caught.value.args[0]["errors"][0]
    return reason


def test_create_read_change_and_cancel(running: RunningServer) -> None:
    start = int(time.time())
    made = api.Downtime.create(scope="env:dev,role:db", start=start, end=start + 3600, message="Upgrade")
    assert made["scope"] == ["env:dev", "role:db"]
    assert made["status"] == "active"
    assert made["active"] is True
    assert made["downtime_type"] == 2
    assert made["notify_end_states"] == ["alert", "no data", "warn"]
    assert made["recurrence"] is None
    assert api.Downtime.get(made["id"]) == made
    changed = api.Downtime.update(made["id"], message="Longer", end=start + 7200, start=None)
    assert (changed["message"], changed["end"], changed["start"]) == ("Longer", start + 7200, start)
    assert made["id"] in [item["id"] for item in api.Downtime.get_all(current_only=True)]
    assert api.Downtime.delete(made["id"]) is None
    kept = api.Downtime.get(made["id"])
    assert kept["disabled"] is True
    assert kept["active"] is False
    assert kept["status"] == "canceled"
    assert abs(kept["canceled"] - time.time()) < 60
    assert made["id"] not in [item["id"] for item in api.Downtime.get_all(current_only=True)]


def test_cancelled_by_scope(running: RunningServer) -> None:
    ids = [api.Downtime.create(scope="test:by-scope")["id"] for _ in range(2)]
    assert api.Downtime.cancel_downtime_by_scope(scope="test:by-scope") == {"cancelled_ids": ids}
    assert refusal(api.Downtime.cancel_downtime_by_scope, scope="test:by-scope") == "No downtimes found"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"scope": ""}, "Invalid scope parameter"),
        ({"scope": "justaword"}, "Invalid scope parameter"),
        ({"recurrence": {"type": "fortnights", "period": 1}}, "Invalid recurrence type"),
        ({"recurrence": {"type": "weeks", "period": 1, "week_days": ["mon"]}},
         "Invalid set of days in week_days. Be sure that the first letter is capitalized."),
        ({"timezone": "Europe/Atlantis"}, "Invalid timezone 'Europe/Atlantis'"),
        ({"recurrence": {"type": "rrule", "rrule": "FREQ=DAILY;DURATION=PT1H"}}, "DURATION is not allowed"),
        ({"end": 5}, "must end after it starts"),
    ],
)  # fmt: skip
def test_wrong_downtimes_are_refused_with_a_reason(
    running: RunningServer, given: dict[str, Any], reason: str
) -> None:
    start = int(time.time())
    whole = {"scope": "env:x", "start": start, "end": start + 60, **given}
    assert reason in refusal(api.Downtime.create, **whole)


def test_unknown_downtimes(running: RunningServer) -> None:
    assert refusal(api.Downtime.get, 0) == "Downtime not found"
    assert refusal(api.Downtime.update, 0, message="x") == "Downtime not found"
    assert refusal(api.Downtime.delete, 0) == "Downtime 0 not found"


def test_typed_client_of_the_first_version(running: RunningServer) -> None:
    monday = int(datetime(2027, 1, 4, 19, tzinfo=UTC).timestamp())
    made = api.Downtime.create(
        scope=["env:typed"], start=monday, end=monday + 14 * 3600, timezone="Europe/Dublin",
        recurrence={"type": "weeks", "period": 1, "week_days": ["Mon", "Tue"], "until_occurrences": 4},
    )  # fmt: skip
    with ApiClient(running.configuration()) as client:
        typed = DowntimesApi(client).get_downtime(made["id"])
        assert not typed._unparsed
        assert typed.recurrence.week_days == ["Mon", "Tue"]
        assert typed.active_child.start == monday
        assert DowntimesApi(client).list_downtimes(current_only=False)
        DowntimesApi(client).cancel_downtime(made["id"])


def test_those_mentioned_are_told_local_time_and_utc(
    running: RunningServer, inbox: tuple[Inbox, str], tmp_path: Path
) -> None:
    box, _ = inbox
    begin = int(datetime(2027, 7, 5, 18, tzinfo=UTC).timestamp())
    made = api.Downtime.create(
        scope="host:dublin-1", start=begin, end=begin + 14 * 3600, timezone="Europe/Dublin",
        message="Quiet at night @ops@example.com",
        recurrence={"type": "weeks", "period": 1, "week_days": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
    )  # fmt: skip
    mail = box.wait("[Downtime scheduled] host:dublin-1")
    assert mail["To"] == "ops@example.com"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Begins: Mon 5 Jul 2027, 19:00 IST (Europe/Dublin)" in text
    assert "Begins (UTC): Mon 5 Jul 2027, 18:00 UTC" in text
    assert "Ends: Tue 6 Jul 2027, 09:00 IST (Europe/Dublin)" in text
    assert "every week on Mon, Tue, Wed, Thu, Fri" in text
    (tmp_path / "scheduled.html").write_text(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    api.Downtime.update(made["id"], message="Later @ops@example.com")
    box.wait("[Downtime updated] host:dublin-1")
    api.Downtime.delete(made["id"])
    box.wait("[Downtime canceled] host:dublin-1")


def test_nobody_is_told_until_the_downtime_ends(running: RunningServer, inbox: tuple[Inbox, str]) -> None:
    box, _ = inbox
    quiet = api.Downtime.create(scope="host:quiet-1", end=int(time.time()) + 8, notify_end_types=["expired"])
    made = api.Monitor.create(
        type="metric alert", query="max(last_1m):max:test.downtime.level{*} by {host} > 5",
        name="Level in downtime", message="@ops@example.com too high", options={},
    )  # fmt: skip
    api.Metric.send(metric="test.downtime.level", points=[(time.time() - 1, 9)], host="quiet-1")
    api.Metric.send(metric="test.downtime.level", points=[(time.time() - 1, 9)], host="loud-1")
    box.wait("[Triggered on {host:loud-1}] Level in downtime")
    groups = until(
        lambda: (g := api.Monitor.get(made["id"], group_states="all")["state"]["groups"]).get(
            "host:quiet-1", {}
        ).get("status") == "Alert" and g
    )  # fmt: skip
    assert groups["host:quiet-1"]["status"] == "Alert"
    if time.time() < quiet["end"]:
        assert not [mail for mail in box.mails if "host:quiet-1}" in mail["Subject"]]
    box.wait("[Triggered on {host:quiet-1}] Level in downtime")
    assert time.time() >= quiet["end"]
    api.Monitor.delete(made["id"])


def test_second_version_with_the_typed_client(running: RunningServer) -> None:
    with ApiClient(running.configuration()) as client:
        typed = DowntimesApiV2(client)
        monitor = api.Monitor.create(
            type="metric alert", query="avg(last_5m):avg:test.v2{env:prod} by {service} > 1", name="v2"
        )
        body = DowntimeCreateRequest(
            data=DowntimeCreateRequestData(
                type=DowntimeResourceType.DOWNTIME,
                attributes=DowntimeCreateRequestAttributes(
                    scope="env:prod AND (service:a OR service:b)",
                    monitor_identifier=DowntimeMonitorIdentifierId(monitor_id=monitor["id"]),
                    schedule=DowntimeScheduleRecurrencesCreateRequest(
                        timezone="Europe/Dublin",
                        recurrences=[
                            DowntimeScheduleRecurrenceCreateUpdateRequest(
                                start="2027-01-02T00:00", duration="1d", rrule="FREQ=WEEKLY;BYDAY=SA,SU"
                            )
                        ],
                    ),
                ),
            )
        )
        made = typed.create_downtime(body)
        assert not made._unparsed
        assert made.data.relationships.monitor.data.id == str(monitor["id"])
        assert made.data.relationships.created_by.data.id == made.included[0].id
        assert str(made.data.attributes.status) == "scheduled"
        current = made.data.attributes.schedule.current_downtime
        assert current.start == datetime(2027, 1, 2, tzinfo=UTC)
        uuid = made.data.id
        got = typed.get_downtime(uuid, include="created_by,monitor")
        assert not got._unparsed
        assert got.data.attributes.scope == "env:prod AND (service:a OR service:b)"
        assert {str(item.type) for item in got.included} == {"users", "monitors"}
        changed = typed.update_downtime(
            uuid,
            DowntimeUpdateRequest(
                data=DowntimeUpdateRequestData(
                    id=uuid,
                    type=DowntimeResourceType.DOWNTIME,
                    attributes=DowntimeUpdateRequestAttributes(scope="env:prod", message="Later"),
                )
            ),
        )
        assert changed.data.attributes.message == "Later"
        assert changed.data.attributes.schedule.recurrences[0].duration == "1d"
        matches = typed.list_monitor_downtimes(monitor["id"])
        assert [(item.id, item.attributes.scope) for item in matches.data] == [(uuid, "env:prod")]
        assert api.Monitor.get(monitor["id"], with_downtimes=True)["matching_downtimes"][0]["scope"] == [
            "env:prod"
        ]
        assert uuid in [item.id for item in typed.list_downtimes_with_pagination()]
        typed.cancel_downtime(uuid)
        assert str(typed.get_downtime(uuid).data.attributes.status) == "canceled"
        api.Monitor.delete(monitor["id"])


def test_one_store_behind_both_versions(running: RunningServer) -> None:
    made = api.Downtime.create(scope="env:both,host:web-1")
    with ApiClient(running.configuration()) as client:
        seen = DowntimesApiV2(client).get_downtime(made["uuid"])
    assert seen.data.attributes.scope == "env:both AND host:web-1"
    assert str(seen.data.attributes.status) == "active"
    api.Downtime.delete(made["id"])


def raw(server: RunningServer, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    answer = requests.request(method, server.url + path, json=body, headers=server.headers, timeout=60)
    return answer.status_code, answer.json()


def test_second_version_refuses_with_a_reason(running: RunningServer) -> None:
    everywhere = {"scope": "env:x", "monitor_identifier": {"monitor_tags": ["*"]}}

    def refused(**changes: Any) -> Any:
        attributes = {**everywhere, **changes}
        status, body = raw(
            running, "POST", "/api/v2/downtime", {"data": {"type": "downtime", "attributes": attributes}}
        )
        assert status == 400
        return body["errors"][0]

    assert refused(scope="env:x AND word") == "All values must have a key"
    assert (
        refused(invalid_field=1) == "Additional properties are not allowed ('invalid_field' was unexpected)"
    )
    assert "DTSTART is not allowed" in refused(
        schedule={"recurrences": [{"duration": "1h", "rrule": "FREQ=DAILY;DTSTART=20260101"}]}
    )
    nil = "00000000-0000-1234-0000-000000000000"
    assert raw(running, "GET", f"/api/v2/downtime/{nil}") == (404, {"errors": ["Downtime not found"]})
    assert raw(running, "DELETE", f"/api/v2/downtime/{nil}") == (
        404,
        {"errors": [f"Downtime {nil} not found"]},
    )
    assert raw(running, "GET", "/api/v2/downtime/x") == (
        400,
        {"errors": ["Invalid URL param: downtime_id must be an uuid"]},
    )
    assert raw(running, "GET", "/api/v2/monitor/0/downtime_matches") == (
        404,
        {"errors": ["Monitor with id 0 not found"]},
    )


def test_hosts_and_everything_are_muted(running: RunningServer) -> None:
    end = int(time.time()) + 600
    api.Metric.send(metric="test.mute", points=[(time.time(), 1)], host="mute-1")
    muted = api.Host.mute("mute-1", end=str(end), message="Repairs")
    assert (muted["action"], muted["hostname"], muted["end"]) == ("Muted", "mute-1", end)
    assert api.Downtime.get(muted["downtime_id"])["scope"] == ["host:mute-1"]
    assert "host:mute-1 is already muted." in refusal(api.Host.mute, "mute-1")
    assert api.Host.mute("mute-1", end=end + 60, override=True)["end"] == end + 60
    host = until(
        lambda: next((h for h in api.Hosts.get_all(filter="mute-1")["host_list"] if h["is_muted"]), None)
    )
    assert host["mute_timeout"] == end + 60
    assert api.Host.unmute("mute-1")["action"] == "Unmuted"
    assert refusal(api.Host.unmute, "mute-1") == "host:mute-1 is not muted"
    everything = api.Monitor.mute_all()
    assert everything["scope"] == ["*"]
    assert everything["downtime_type"] == 0
    assert api.Monitor.unmute_all() is None
    assert refusal(api.Monitor.unmute_all) == "Monitoring is not currently globally muted"


def test_monitors_and_their_groups_are_searched(running: RunningServer) -> None:
    made = api.Monitor.create(
        type="metric alert", query="max(last_1m):max:test.search{*} by {host} > 5", name="Searched for",
        message="@ops@example.com", tags=["env:search"], options={},
    )  # fmt: skip
    muted = api.Downtime.create(scope="host:found-1", end=int(time.time()) + 600)
    for host in ("found-1", "found-2"):
        api.Metric.send(metric="test.search", points=[(time.time() - 1, 9)], host=host)
    found = until(lambda: (a := api.Monitor.search(query="env:search status:alert"))["monitors"] and a)
    assert [item["id"] for item in found["monitors"]] == [made["id"]]
    assert found["monitors"][0]["status"] == "Alert"
    assert found["monitors"][0]["metrics"] == ["test.search"]
    assert found["counts"]["type"] == [{"name": "metric", "count": 1}]
    assert found["metadata"] == {"total_count": 1, "page_count": 1, "page": 0, "per_page": 30}
    assert api.Monitor.search(query="env:search status:ok")["monitors"] == []
    groups = until(
        lambda: len((a := api.Monitor.search_groups(query="env:search"))["groups"]) == 2 and a["groups"]
    )
    quiet = {item["group"]: item["muted"] for item in groups}
    assert quiet == {"host:found-1": True, "host:found-2": False}
    assert groups[0]["muted_until_ts"] == muted["end"]
    assert groups[0]["downtimes"] == [muted["id"]]
    assert (
        refusal(api.Monitor.search, query="status:notastatus")
        == "Query parsing error: 'notastatus' is not a valid monitor status"
    )
    with ApiClient(running.configuration()) as client:
        typed = MonitorsApi(client).search_monitors(query="env:search")
        assert not typed._unparsed
        assert str(typed.monitors[0].status) == "Alert"
        assert not MonitorsApi(client).search_monitor_groups(query="env:search")._unparsed
    api.Downtime.delete(muted["id"])
    api.Monitor.delete(made["id"])
