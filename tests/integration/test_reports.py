"""Report schedules by the unmodified client, and the mail that they bring."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v2.api.report_schedules_api import ReportSchedulesApi
from datadog_api_client.v2.model.print_report_request import PrintReportRequest
from datadog_api_client.v2.model.report_schedule_create_request import ReportScheduleCreateRequest
from datadog_api_client.v2.model.report_schedule_patch_request import ReportSchedulePatchRequest
from datadog_api_client.v2.model.report_schedule_resource_type import ReportScheduleResourceType
from datadog_api_client.v2.model.report_schedule_toggle_request import ReportScheduleToggleRequest

from tests.conftest import RunningServer, start_server
from tests.integration.mail import Inbox, picture

GUARDED = ("create_report_schedule", "patch_report_schedule")
SCHEDULE = {
    "title": "Weekly numbers",
    "description": "For the meeting",
    "resource_type": "dashboard",
    "recipients": ["boss@example.com", "team@example.com"],
    "rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0",
    "timezone": "Europe/Dublin",
    "timeframe": "4h",
    "template_variables": [{"name": "host", "values": ["web-1"]}],
    "delivery_format": "pdf_and_png",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[RunningServer]:
    server = start_server(tmp_path_factory.mktemp("reports"), HEELER_SMTP=inbox[1])
    now = int(time.time())
    series = [
        {
            "metric": "test.report.cpu",
            "type": 3,
            "points": [{"timestamp": now - 60 * at, "value": 10.0 + at % 7} for at in range(60)],
            "resources": [{"type": "host", "name": host}],
        }
        for host in ("web-1", "web-2")
    ]
    sent = requests.post(
        f"{server.url}/api/v2/series", json={"series": series}, headers=server.headers, timeout=30
    )
    assert sent.status_code == 202
    yield server
    assert server.stop() == 0


@pytest.fixture
def client(running: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(running.configuration(*GUARDED)) as opened:
        yield opened


def widget(definition: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {"definition": definition, "layout": {"x": x, "y": y, "width": width, "height": height}}


def board(running: RunningServer) -> str:
    """A dashboard with a widget of each kind that pictures have, one that they do not, and one that fails."""
    cpu = "avg:test.report.cpu{$host} by {host}"
    inner = [
        widget({"type": "query_value", "title": "CPU", "requests": [{"q": cpu}]}, 0, 0, 3, 2),
        widget({"type": "toplist", "title": "Hosts", "requests": [{"q": cpu}]}, 3, 0, 9, 2),
    ]
    group = {"type": "group", "title": "Inside", "layout_type": "ordered", "widgets": inner}
    body = {
        "title": "Numbers",
        "layout_type": "ordered",
        "template_variables": [{"name": "host", "prefix": "host", "default": "*"}],
        "widgets": [
            widget({"type": "note", "content": "# Notes\nof **$host.value**"}, 0, 0, 3, 3),
            widget({"type": "timeseries", "title": "CPU", "requests": [{"q": cpu}]}, 3, 0, 9, 3),
            widget(group, 0, 3, 12, 3),
            widget({"type": "hostmap", "title": "Map", "requests": {"fill": {"q": cpu}}}, 0, 6, 6, 2),
            widget({"type": "query_value", "title": "Bad", "requests": [{"q": "nonsense("}]}, 6, 6, 6, 2),
        ],
    }
    made = requests.post(f"{running.url}/api/v1/dashboard", json=body, headers=running.headers, timeout=30)
    identity: str = made.json()["id"]
    return identity


def model(client: ApiClient, kind: type, attributes: dict[str, Any], name: str = "schedule") -> Any:
    text = json.dumps({"data": {"type": name, "attributes": attributes}})
    made = client.deserialize(text, (kind,), True)
    assert not made._unparsed
    return made


def parsed(answer: Any) -> Any:
    assert not answer._unparsed, answer
    return answer


def test_every_call_of_report_schedules(running: RunningServer, client: ApiClient) -> None:
    schedules, identity = ReportSchedulesApi(client), board(running)
    body = model(client, ReportScheduleCreateRequest, {**SCHEDULE, "resource_id": identity})
    made = parsed(schedules.create_report_schedule(body))
    assert made.data.attributes.status.value == "active"
    assert made.data.attributes.next_recurrence > time.time() * 1000
    shown = made.data.attributes.to_dict()
    assert {key: shown[key] for key in SCHEDULE} == SCHEDULE
    assert parsed(schedules.get_report_schedule(UUID(str(made.data.id)))).data.id == made.data.id
    of_board = parsed(
        schedules.get_report_schedules_for_resource(ReportScheduleResourceType.DASHBOARD, identity)
    )
    assert [one.id for one in of_board.data] == [made.data.id]
    for filters in ({"filter_title": "weekly"}, {"filter_recipients": "TEAM@example.com"}):
        listed = parsed(schedules.list_report_schedules(page_limit=10, page_offset=0, **filters))
        assert str(UUID(str(made.data.id))) in [str(one.id) for one in listed.data]
    assert parsed(schedules.list_report_schedules(filter_title="other")).data == []
    rest = {key: value for key, value in SCHEDULE.items() if key != "resource_type"}
    change = {**rest, "title": "Daily numbers", "rrule": "FREQ=DAILY;BYHOUR=7"}
    patched = parsed(
        schedules.patch_report_schedule(
            UUID(str(made.data.id)), model(client, ReportSchedulePatchRequest, change)
        )
    )
    assert (patched.data.attributes.title, patched.data.attributes.timezone) == (
        "Daily numbers",
        "Europe/Dublin",
    )
    for status, due in (("inactive", False), ("active", True)):
        toggle = model(client, ReportScheduleToggleRequest, {"status": status})
        after = parsed(schedules.toggle_report_schedule(UUID(str(made.data.id)), toggle)).data.attributes
        assert (after.status.value, after.next_recurrence is not None) == (status, due)
    parsed(schedules.delete_report_schedule(UUID(str(made.data.id))))
    with pytest.raises(NotFoundException):
        schedules.get_report_schedule(UUID(str(made.data.id)))
    with pytest.raises(NotFoundException):
        schedules.delete_report_schedule(uuid.uuid4())
    wrong = {**SCHEDULE, "resource_id": identity, "recipients": ["slack:T.C.x"]}
    with pytest.raises(ApiException, match="reports are sent by email"):
        schedules.create_report_schedule(model(client, ReportScheduleCreateRequest, wrong))
    gone = {**SCHEDULE, "resource_id": "abc-def-ghi"}
    with pytest.raises(NotFoundException, match="Dashboard with ID abc-def-ghi not found"):
        schedules.create_report_schedule(model(client, ReportScheduleCreateRequest, gone))


def test_a_report_brings_the_whole_dashboard(
    running: RunningServer, client: ApiClient, inbox: tuple[Inbox, str]
) -> None:
    schedules = ReportSchedulesApi(client)
    given = {**SCHEDULE, "title": "Sent at once", "resource_id": board(running)}
    made = schedules.create_report_schedule(model(client, ReportScheduleCreateRequest, given)).data
    sent = requests.post(f"{running.url}/api/ui/reports/{made.id}/send", headers=running.headers, timeout=120)
    assert (sent.status_code, sent.json()["recipients"]) == (200, SCHEDULE["recipients"])
    mail = inbox[0].wait("Report: Sent at once")
    png = picture(mail)
    assert int.from_bytes(png[16:20], "big") == 2560
    files = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert [part.get_filename() for part in files] == ["Sent at once.pdf"]
    assert files[0].get_content().startswith(b"%PDF-")
    page = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
    assert "For the meeting" in page
    assert "/dashboard/" in page


def test_a_report_that_is_due_is_sent_by_itself(
    running: RunningServer, client: ApiClient, inbox: tuple[Inbox, str]
) -> None:
    schedules = ReportSchedulesApi(client)
    # An occurrence a few seconds from now: the rule begins there and then comes once an hour.
    start = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 3))
    given = {
        **SCHEDULE,
        "title": "By itself",
        "resource_id": board(running),
        "rrule": f"DTSTART:{start}\nRRULE:FREQ=HOURLY;COUNT=1",
        "delivery_format": "png",
        "recipients": ["one@example.com"],
    }
    made = schedules.create_report_schedule(model(client, ReportScheduleCreateRequest, given)).data
    mail = inbox[0].wait("Report: By itself", 60)
    assert picture(mail)
    assert not [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert schedules.get_report_schedule(UUID(str(made.id))).data.attributes.next_recurrence is None


def test_a_dashboard_is_printed_as_pdf(running: RunningServer, client: ApiClient) -> None:
    given = {
        "resource_id": board(running),
        "resource_type": "dashboard",
        "timezone": "UTC",
        "timeframe": "1h",
        "template_variables": [],
    }
    answer = parsed(
        ReportSchedulesApi(client).print_report(model(client, PrintReportRequest, given, "report"))
    )
    pdf = requests.get(answer.data.attributes.download_url, timeout=30)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    wrong = {**given, "timeframe": "next year"}
    with pytest.raises(ApiException, match="Invalid 'timeframe'"):
        ReportSchedulesApi(client).print_report(model(client, PrintReportRequest, wrong, "report"))
