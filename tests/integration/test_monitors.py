"""Monitors through the unmodified clients; their mails as a real SMTP server receives them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datadog
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.monitors_api import MonitorsApi

from tests.conftest import RunningServer, start_server
from tests.integration.mail import Inbox, picture, until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, inbox: tuple[Inbox, str]) -> Iterator[RunningServer]:
    server = start_server(
        tmp_path_factory.mktemp("monitors"), HEELER_SMTP=inbox[1], HEELER_MONITOR_INTERVAL="1"
    )
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    yield server
    assert server.stop() == 0


MESSAGE = """{{#is_alert}}my_metric is far too high on {{host.name}}: {{value}} > {{threshold}}{{/is_alert}}
{{#is_warning}}my_metric is high: {{value}} > {{warn_threshold}}{{/is_warning}}
{{#is_recovery}}my_metric is well again{{/is_recovery}}

@ops@example.com"""


def test_warning_alert_and_recovery_are_mailed_with_graphs(
    running: RunningServer, inbox: tuple[Inbox, str], tmp_path: Path
) -> None:
    box, _ = inbox
    made = api.Monitor.create(
        type="metric alert",
        query="max(last_1m):avg:test.monitor.level{*} by {host} > 800",
        name="Level is high",
        message=MESSAGE,
        tags=["team:a"],
        options={"thresholds": {"critical": "800", "warning": 500}, "notify_no_data": "true"},
    )
    assert made["overall_state"] == "No Data"
    assert made["options"]["thresholds"] == {"critical": 800.0, "warning": 500.0}
    assert made["multi"] is True

    for level, subject, words in (
        (600, "[Warn on {host:web-1}] Level is high", "my_metric is high: 600 > 500"),
        (950, "[Triggered on {host:web-1}] Level is high", "far too high on web-1: 950 > 800"),
    ):
        api.Metric.send(metric="test.monitor.level", points=[(time.time() - 2, level)], host="web-1")
        mail = box.wait(subject)
        assert mail["To"] == "ops@example.com"
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert words in text
        assert f"/monitors/{made['id']}" in text
        assert picture(mail).startswith(b"\x89PNG")
        (tmp_path / f"{level}.png").write_bytes(picture(mail))

    found = until(
        lambda: (m := api.Monitor.get(made["id"], group_states="all"))["overall_state"] == "Alert" and m
    )
    assert found["state"]["groups"]["host:web-1"]["status"] == "Alert"

    with ApiClient(running.configuration()) as client:
        typed = MonitorsApi(client).get_monitor(made["id"], group_states="all")
        assert str(typed.overall_state) == "Alert"
        assert not typed._unparsed

    api.Monitor.update(made["id"], query="max(last_1m):avg:test.monitor.level{*} by {host} > 2000",
                       options={"thresholds": {"critical": 2000}})  # fmt: skip
    api.Monitor.delete(made["id"])


def test_recovery_is_told(running: RunningServer, inbox: tuple[Inbox, str]) -> None:
    box, _ = inbox
    api.Monitor.create(
        type="query alert", query="max(last_1m):max:test.monitor.drop{*} < 5", name="Too low",
        message="@ops@example.com {{#is_recovery}}fine{{/is_recovery}}", options={},
    )  # fmt: skip
    api.Metric.send(metric="test.monitor.drop", points=[(time.time() - 2, 1)], host="a")
    box.wait("[Triggered] Too low")
    api.Metric.send(metric="test.monitor.drop", points=[(time.time() - 1, 50)], host="a")
    assert "fine" in box.wait("[Recovered] Too low").get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "options", "reason"),
    [
        ("query", {}, "invalid operator specified: "),
        ("avg(last_5m):avg:system.load.1{*} > 200", {"thresholds": {"critical": 90}},
         "Alert threshold (90.0) does not match that used in the query (200.0)."),
        ("avg(last_5x):avg:system.load.1{*} > 2", {}, "invalid time window 'last_5x'"),
        ("avg(last_5m):avg:system.load.1{* > 2", {}, "parameter 'query' is invalid"),
        ("avg(last_5m):avg:system.load.1{*} > 2", {"thresholds": {"warning": 3}}, "Warning threshold"),
    ],
)  # fmt: skip
def test_invalid_monitors_are_refused_with_a_reason(
    running: RunningServer, query: str, options: dict[str, Any], reason: str
) -> None:
    for call in (api.Monitor.create, api.Monitor.validate):
        with pytest.raises(datadog.api.exceptions.ApiError) as caught:
            call(type="metric alert", query=query, options=options)
        assert reason in caught.value.args[0]["errors"][0]


def test_mute_unmute_list_and_delete(running: RunningServer) -> None:
    made = api.Monitor.create(
        type="metric alert", query="avg(last_5m):avg:system.load.1{*} > 2", name="muted one"
    )
    assert api.Monitor.mute(made["id"], scope="host:foo")["options"]["silenced"] == {"host:foo": None}
    assert api.Monitor.unmute(made["id"], scope="host:foo")["options"]["silenced"] == {}
    assert made["id"] in [item["id"] for item in api.Monitor.get_all(name="muted one")]
    composite = api.Monitor.create(type="composite", query=f"{made['id']} && !{made['id']}", name="both")
    with pytest.raises(datadog.api.exceptions.ApiError, match="referenced"):
        api.Monitor.can_delete(monitor_ids=[made["id"]])
    assert api.Monitor.delete(composite["id"]) == {"deleted_monitor_id": composite["id"]}
    assert api.Monitor.can_delete(monitor_ids=[made["id"]])["data"] == {"ok": [made["id"]]}
    assert api.Monitor.delete(made["id"]) == {"deleted_monitor_id": made["id"]}
    with pytest.raises(datadog.api.exceptions.ApiError, match="Monitor not found"):
        api.Monitor.get(made["id"])
