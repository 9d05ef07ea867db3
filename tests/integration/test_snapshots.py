"""Snapshots through the unmodified clients and the web app's endpoint; their mail as SMTP brings it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import datadog
import httpx
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.snapshots_api import SnapshotsApi
from datadog_api_client.v2.api.reporting_and_sharing_api import ReportingAndSharingApi
from datadog_api_client.v2.model.create_snapshot_data_attributes_request import (
    CreateSnapshotDataAttributesRequest,
)
from datadog_api_client.v2.model.create_snapshot_data_request import CreateSnapshotDataRequest
from datadog_api_client.v2.model.create_snapshot_request import CreateSnapshotRequest
from datadog_api_client.v2.model.create_snapshot_type import CreateSnapshotType

from tests.conftest import RunningServer, start_server
from tests.integration.mail import Inbox, picture

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[RunningServer]:
    server = start_server(tmp_path_factory.mktemp("snapshots"), HEELER_SMTP=inbox[1])
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    now = int(time.time())
    for host, base in (("web-1", 40.0), ("web-2", 55.0)):
        points = [(now - 3600 + 20 * at, base + (at % 9) + (60 if at == 150 else 0)) for at in range(180)]
        api.Metric.send(metric="test.snapshot.cpu", points=points, host=host)
    for place in range(6):
        points = [(now - 3600 + 20 * at, 20 + (at + place) % 5 + 50 * (place == 4)) for at in range(180)]
        api.Metric.send(metric="test.snapshot.load", points=points, host=f"web-{place}")
    api.Metadata.update(metric_name="test.snapshot.cpu", unit="percent")
    yield server
    assert server.stop() == 0


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG)
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def window() -> dict[str, int]:
    now = int(time.time())
    return {"start": now - 3600, "end": now}


def test_a_script_takes_a_snapshot_of_a_query(running: RunningServer) -> None:
    query = "avg:test.snapshot.cpu{*} by {host}"
    made = api.Graph.create(metric_query=query, title="CPU", **window())
    assert made["metric_query"] == query
    assert json.loads(made["graph_def"]) == {"requests": [{"q": query}]}
    assert made["snapshot_url"].startswith(f"{running.url.replace('127.0.0.1', 'localhost')}/snapshot/view/")
    assert api.Graph.status(made["snapshot_url"])["status_code"] == 200

    seen = httpx.get(made["snapshot_url"])
    assert seen.headers["content-type"] == "image/png"
    assert size_of(seen.content) == (1600, 640)


def test_a_script_takes_a_snapshot_of_a_graph_of_given_size(running: RunningServer) -> None:
    graph = {"viz": "timeseries", "requests": [{"q": "max:test.snapshot.cpu{*}", "type": "bars"}],
             "markers": [{"value": "y > 90", "type": "error dashed", "label": "full"}]}  # fmt: skip
    with ApiClient(running.configuration()) as client:
        made = SnapshotsApi(client).get_graph_snapshot(
            graph_def=json.dumps(graph), width=500, height=200, title="Bars", **window()
        )
    assert json.loads(made.graph_def) == graph
    assert size_of(httpx.get(made.snapshot_url).content) == (500, 200)


@pytest.mark.parametrize(
    "query",
    [
        "anomalies(avg:test.snapshot.cpu{host:web-1}, 'basic', 2)",
        "outliers(avg:test.snapshot.load{*} by {host}, 'DBSCAN', 3)",
        "forecast(avg:test.snapshot.cpu{host:web-1}, 'linear', 1)",
    ],
)
def test_a_script_takes_a_snapshot_of_an_algorithm(
    running: RunningServer, query: str, tmp_path: Path
) -> None:
    seen = httpx.get(api.Graph.create(metric_query=query, **window())["snapshot_url"])
    assert size_of(seen.content) == (1600, 640)
    (tmp_path / "graph.png").write_bytes(seen.content)


def test_the_second_api_draws_a_widget(running: RunningServer) -> None:
    configuration = running.configuration("create_snapshot")
    requests = [{"q": "avg:test.snapshot.cpu{*} by {host}", "display_type": "line"}]
    attributes = CreateSnapshotDataAttributesRequest(
        widget_definition={"type": "timeseries", "requests": requests},
        start=int(window()["start"]) * 1000,
        end=int(window()["end"]) * 1000,
        width=600,
        height=240,
    )
    body = CreateSnapshotRequest(
        data=CreateSnapshotDataRequest(attributes=attributes, type=CreateSnapshotType.CREATE_SNAPSHOT)
    )
    with ApiClient(configuration) as client:
        made = ReportingAndSharingApi(client).create_snapshot(body).data
    assert made.id in made.attributes.url
    assert size_of(httpx.get(made.attributes.url).content) == (600, 240)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "metric_query or graph_def"),
        ({"metric_query": "avg:a{"}, "position 6"),
        ({"graph_def": "{"}, "not JSON"),
        ({"graph_def": '{"viz": "hostmap", "requests": []}'}, "hostmap"),
        ({"metric_query": "avg:a{*}", "width": 10}, "width"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(
    running: RunningServer, given: dict[str, str], reason: str
) -> None:
    answer = httpx.get(
        f"{running.url}/api/v1/graph/snapshot", params={**given, **window()}, headers=running.headers
    )
    assert answer.status_code == 400
    assert reason in answer.json()["errors"][0]


def test_pictures_are_public_by_their_address_alone(running: RunningServer) -> None:
    for name in ("2026-01-01/" + "0" * 40, "2026-01-01/..", "x/y"):
        assert httpx.get(f"{running.url}/snapshot/view/heeler/{name}.png").status_code == 404
    answer = httpx.get(f"{running.url}/api/v1/graph/snapshot", params={"metric_query": "a{*}", **window()})
    assert answer.status_code in (401, 403)


def test_a_comment_mails_the_picture_to_those_it_mentions(
    running: RunningServer, inbox: tuple[Inbox, str], tmp_path: Path
) -> None:
    definition = {
        "type": "timeseries",
        "title": "CPU with its band",
        "requests": [{
            "queries": [
                {"name": "a", "data_source": "metrics", "query": "avg:test.snapshot.cpu{host:web-1}"}
            ],
            "formulas": [{"formula": "anomalies(a, 'basic', 2)", "alias": "cpu"}],
        }],
        "markers": [{"value": "y = 90", "display_type": "error dashed", "label": "too high"}],
    }  # fmt: skip
    body = {
        "title": "CPU with its band",
        "definition": definition,
        "link": "/dashboard/abc-def-ghi?live=false",
        "comment": "@sam@example.com @admin @nobody-here look: **what** is this?",
        "timezone": "Asia/Kolkata",
        **window(),
    }
    answer = httpx.post(f"{running.url}/api/ui/snapshots", json=body, headers=running.headers)
    assert answer.status_code == 201, answer.text
    assert sorted(answer.json()["recipients"]) == ["admin@example.com", "sam@example.com"]
    assert answer.json()["unknown"] == ["nobody-here"]

    mail = inbox[0].wait("CPU with its band")
    assert picture(mail) == httpx.get(answer.json()["snapshot_url"]).content
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "/dashboard/abc-def-ghi?live=false" in html
    assert "<b>what</b> is this?" in html
    assert 'src="cid:graph"' in html
    begin = datetime.fromtimestamp(float(str(body["start"])), ZoneInfo("Asia/Kolkata"))
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"{begin.day} {begin:%b %Y}, {begin:%H:%M} to " in text
    assert "IST (Asia/Kolkata)" in text
    assert f"{begin.astimezone(UTC):%H:%M} to" in text
    (tmp_path / "graph.png").write_bytes(picture(mail))
    (tmp_path / "mail.html").write_text(html.replace("cid:graph", "graph.png"))


def test_a_zone_that_is_not_known_is_refused(running: RunningServer) -> None:
    body = {"definition": {"requests": [{"q": "avg:x{*}"}]}, "timezone": "Mars/Base", **window()}
    answer = httpx.post(f"{running.url}/api/ui/snapshots", json=body, headers=running.headers)
    assert answer.status_code == 400
    assert "Mars/Base" in answer.json()["errors"][0]


def test_links_to_other_sites_are_refused(running: RunningServer) -> None:
    body = {"definition": {"type": "note"}, "link": "//elsewhere.example", **window()}
    answer = httpx.post(f"{running.url}/api/ui/snapshots", json=body, headers=running.headers)
    assert answer.status_code == 400
