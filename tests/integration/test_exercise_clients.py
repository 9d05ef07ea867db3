"""The exercise's scripts in other people's words: older calls, the command line of the client, curl."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import datadog
import pytest
import requests
from datadog import api

from tests.conftest import RunningServer
from tests.integration.test_exercise_variants import until, values

QUERY = "avg(last_5m):avg:my_metric{*} > 800"


@pytest.fixture(autouse=True)
def client(server: RunningServer) -> None:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def test_options_of_a_monitor_as_json_text() -> None:
    options = {
        "thresholds": {"critical": 800, "warning": 500},
        "notify_no_data": True,
        "no_data_timeframe": 10,
    }
    made = api.Monitor.create(type="metric alert", query=QUERY, name="Text", options=json.dumps(options))
    assert made["options"]["thresholds"] == {"critical": 800.0, "warning": 500.0}
    assert made["options"]["no_data_timeframe"] == 10
    with pytest.raises(api.exceptions.ApiError, match="options"):
        api.Monitor.update(made["id"], options="{thresholds: 1")
    api.Monitor.delete(made["id"])


def test_a_monitor_with_every_option_of_the_old_tutorials() -> None:
    options = {
        "notify_audit": "false", "locked": False, "timeout_h": 0, "silenced": {}, "include_tags": True,
        "no_data_timeframe": "10", "require_full_window": False, "new_host_delay": 300,
        "notify_no_data": "True", "renotify_interval": "0", "escalation_message": None,
        "thresholds": {"critical": 800.0, "warning": "500"},
    }  # fmt: skip
    made = api.Monitor.create(
        type="query alert", query=QUERY, name="Old", tags=["env:prod", "team:a"], options=options
    )
    assert made["tags"] == ["env:prod", "team:a"]
    assert made["options"]["thresholds"]["warning"] == 500.0
    assert api.Monitor.mute(made["id"])["options"]["silenced"] == {"*": None}
    assert api.Monitor.unmute(made["id"])["options"]["silenced"] == {}
    api.Monitor.delete(made["id"])


def test_an_anomaly_monitor_on_the_databases_traffic() -> None:
    made = api.Monitor.create(
        type="query alert", name="Traffic is odd",
        query="avg(last_1h):anomalies(avg:mongodb.network.bytesinps{*}, 'basic', 2, direction='both', "
              "alert_window='last_15m', interval=20, count_default_zero='true') >= 1",
        options={"thresholds": {"critical": 1.0, "critical_recovery": 0.0},
                 "threshold_windows": {"trigger_window": "last_15m", "recovery_window": "last_15m"}},
    )  # fmt: skip
    assert made["options"]["threshold_windows"]["trigger_window"] == "last_15m"
    api.Monitor.delete(made["id"])


def test_a_picture_with_events_over_it(server: RunningServer) -> None:
    now = int(time.time())
    api.Metric.send(metric="clients.pictured", points=[(now - 60, 5), (now - 30, 7)])
    api.Event.create(title="Deploy", text="of the shop", tags=["deploy:yes"])
    made = api.Graph.create(
        metric_query="avg:clients.pictured{*}", start=now - 3600, end=now, event_query="tags:deploy:yes"
    )
    assert made["event_query"] == "tags:deploy:yes"
    assert api.Graph.status(made["snapshot_url"]) == {"status_code": 200}
    assert requests.get(made["snapshot_url"], timeout=60).content.startswith(b"\x89PNG")


def test_a_timeboard_from_its_making_to_its_end() -> None:
    graph = {
        "title": "my_metric over the hour",
        "definition": {
            "viz": "query_value", "autoscale": "true", "precision": "0", "events": [],
            "requests": [{"q": "my_metric{*}.rollup(sum, 3600)", "aggregator": "sum"}],
        },
    }  # fmt: skip
    made = api.Timeboard.create(
        title="Exercise", description="old", graphs=[graph], read_only=True,
        template_variables=[{"name": "host1", "prefix": "host", "default": "host:vagrant"}],
    )  # fmt: skip
    number = made["dash"]["id"]
    assert api.Timeboard.get(number)["dash"]["graphs"] == [graph]
    assert str(number) in [str(dash["id"]) for dash in api.Timeboard.get_all()["dashes"]]
    changed = api.Timeboard.update(number, title="Changed", description="new", graphs=[graph, graph])
    assert len(changed["dash"]["graphs"]) == 2
    assert api.Dashboard.get(made["dash"]["new_id"])["title"] == "Changed"
    api.Timeboard.delete(number)


@pytest.mark.parametrize("moment", [lambda now: str(int(now)), lambda now: str(now), lambda now: int(now)])
def test_curl_with_numbers_as_text(server: RunningServer, moment: Any) -> None:
    series = {
        "metric": "clients.by_curl", "points": [[moment(time.time()), "7"]], "type": "gauge", "host": "curl",
        "device": None, "interval": None, "tags": "env:test,who:me",
    }  # fmt: skip
    answer = requests.post(
        f"{server.url}/api/v1/series?api_key={server.api_key}&application_key={server.app_key}",
        data=json.dumps({"series": [series]}), timeout=60,
    )  # fmt: skip
    assert (answer.status_code, answer.json()) == (202, {"status": "ok"})
    assert set(until(lambda: values(server, "avg:clients.by_curl{env:test,who:me}"))) == {7.0}


def test_dates_instead_of_seconds_are_pointed_at(server: RunningServer) -> None:
    series = {"metric": "clients.dated", "points": [["2026-11-23T10:00:00Z", 7]], "type": "gauge"}
    answer = requests.post(
        f"{server.url}/api/v1/series?api_key={server.api_key}", json={"series": [series]}, timeout=60
    )
    assert answer.status_code == 202
    assert "clients.dated" in answer.json()["errors"][0]
    assert "2026-11-23T10:00:00Z" in answer.json()["errors"][0]


def test_a_dashboard_by_curl_without_a_content_type(server: RunningServer) -> None:
    widget = {"definition": {"type": "timeseries", "requests": [{"q": "avg:my_metric{*}"}]}}
    body = {"title": "By curl", "layout_type": "ordered", "description": None, "widgets": [widget]}
    answer = requests.post(
        f"{server.url}/api/v1/dashboard?api_key={server.api_key}&application_key={server.app_key}",
        data=json.dumps(body), headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    api.Dashboard.delete(answer.json()["id"])


def test_the_command_line_of_the_client(server: RunningServer, tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}

    def dog(*words: str) -> str:
        done = subprocess.run(
            [Path(sys.executable).parent / "dog", "--config", tmp_path / "rc", "--api-key", server.api_key,
             "--application-key", server.app_key, "--api_host", server.url, *words],
            env={**plain, "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    dog("metric", "post", "clients.dog", "5", "--host", "kennel", "--tags", "a:b")
    dog("service_check", "check", "clients.dog.ok", "kennel", "0")
    made = json.loads(dog("monitor", "post", "metric alert", QUERY, "--name", "By dog", "--options",
                          '{"thresholds": {"critical": 800}}'))  # fmt: skip
    assert "By dog" in dog("monitor", "show", str(made["id"]))
    dog("monitor", "delete", str(made["id"]))
    graph = {"title": "g", "definition": {"viz": "timeseries", "requests": [{"q": "avg:my_metric{*}"}]}}
    dog("timeboard", "post", "By dog", "a board", json.dumps(graph))
    downtime = json.loads(dog("downtime", "post", "env:dog", str(int(time.time()) + 60)))
    dog("downtime", "delete", str(downtime["id"]))
    assert until(lambda: values(server, "avg:clients.dog{host:kennel,a:b}")) == [5.0]
