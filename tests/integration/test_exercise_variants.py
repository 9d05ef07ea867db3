"""What people do differently in the walkthrough's exercise: the outcome is the one that they know."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datadog
import pytest
import requests
from datadog import api

from tests.conftest import RunningServer


@pytest.fixture(autouse=True)
def client(server: RunningServer) -> None:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def until(look: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)
    return found


def values(server: RunningServer, query: str) -> list[float]:
    now = int(time.time())
    answer = requests.get(
        f"{server.url}/api/v1/query",
        params={"from": str(now - 3600), "to": str(now + 60), "query": query},
        headers=server.headers,
        timeout=60,
    ).json()
    return [value for one in answer["series"] for _, value in one["pointlist"] if value is not None]


def run_check(folder: Path, name: str, code: str, config: str) -> subprocess.CompletedProcess[str]:
    for kind, file, text in (("checks.d", f"{name}.py", code), ("conf.d", f"{name}.yaml", config)):
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / file).write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(folder), "check", name, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


CHECKS = {
    "the oldest import": "from checks import AgentCheck",
    "the usual import": "from datadog_checks.checks import AgentCheck",
    "the newest import": "from datadog_checks.base import AgentCheck",
    "the documented choice of two": (
        "try:\n    from datadog_checks.base import AgentCheck\n"
        "except ImportError:\n    from checks import AgentCheck\n__version__ = '1.0.0'"
    ),
}
CONFIGS = {
    "an empty instance": "init_config:\n\ninstances: [{}]\n",
    "an empty init_config": "init_config: {}\ninstances:\n  - {}\n",
    "only the interval": "instances:\n  - min_collection_interval: 45\n",
    "the interval in init_config": "init_config:\n  min_collection_interval: 45\ninstances:\n  - {}\n",
}


@pytest.mark.parametrize(
    ("head", "config"),
    [
        *((head, CONFIGS["an empty instance"]) for head in CHECKS.values()),
        *((CHECKS["the usual import"], config) for config in list(CONFIGS.values())[1:]),
    ],
)
def test_checks_as_people_write_them(tmp_path: Path, head: str, config: str) -> None:
    code = (
        f"{head}\nimport random\n\nclass HelloCheck(AgentCheck):\n    def check(self, instance):\n"
        "        self.gauge('my_metric', random.randint(0, 1000), tags=['who:me'])\n"
    )
    done = run_check(tmp_path, "my_metric", code, config)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)[0]["aggregator"]["metrics"][0]
    assert found["metric"] == "my_metric"
    assert found["tags"] == ["who:me"]
    assert 0 <= found["points"][0][1] <= 1000


def test_a_check_that_does_not_parse_names_its_line(tmp_path: Path) -> None:
    done = run_check(
        tmp_path, "broken", "from checks import AgentCheck\nclass X(AgentCheck:\n", "instances: [{}]\n"
    )
    assert done.returncode != 0
    assert "broken.py" in done.stdout + done.stderr
    assert "line 2" in done.stdout + done.stderr


def test_legacy_timeboard_with_graphs() -> None:
    made = api.Timeboard.create(
        title="Old board",
        description="As the exercise was done for years",
        graphs=[
            {
                "definition": {
                    "events": [],
                    "requests": [
                        {"q": "avg:my_metric{host:vagrant}"},
                        {"q": "anomalies(avg:postgresql.percent_usage_connections{*}, 'basic', 2)"},
                    ],
                    "viz": "timeseries",
                },
                "title": "my_metric",
            },
            {
                "definition": {
                    "requests": [{"q": "avg:my_metric{*}.rollup(sum, 3600)"}],
                    "viz": "query_value",
                },
                "title": "of the hour",
            },
        ],
        template_variables=[{"name": "host1", "prefix": "host", "default": "host:my-host"}],
        read_only="True",
    )
    board = made["dash"]
    again = api.Timeboard.get(board["id"])["dash"]
    assert [graph["title"] for graph in again["graphs"]] == ["my_metric", "of the hour"]
    assert [graph["definition"]["viz"] for graph in again["graphs"]] == ["timeseries", "query_value"]
    assert str(board["id"]) in [str(dash["id"]) for dash in api.Timeboard.get_all()["dashes"]]


def test_keys_in_the_address_of_a_dashboard(server: RunningServer) -> None:
    """``requests.post`` with ``?api_key=&application_key=``, as old tutorials do."""
    answer = requests.post(
        f"{server.url}/api/v1/dashboard",
        params={"api_key": server.api_key, "application_key": server.app_key},
        json={
            "title": "By requests",
            "layout_type": "ordered",
            "widgets": [{"definition": {"type": "timeseries", "requests": [{"q": "my_metric{*}"}]}}],
        },
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"]


def test_key_in_the_address_of_points(server: RunningServer) -> None:
    body = {"series": [{"metric": "variants.by_address", "points": [[time.time(), 7]], "host": "vagrant"}]}
    answer = requests.post(f"{server.url}/api/v1/series?api_key={server.api_key}", json=body, timeout=60)
    assert answer.status_code == 202
    assert until(lambda: values(server, "avg:variants.by_address{host:vagrant}")) == [7.0]


@pytest.mark.parametrize(
    "query",
    [
        "variants.plain{*}",
        "avg:variants.plain{*}",
        "avg:variants.plain{host:vagrant}",
        "variants.plain{*} by {host}",
        "avg:variants.plain{ * }",
        "sum:variants.plain{*}.rollup(sum, 3600)",
        "variants.plain{*}.rollup(avg,60)",
        "abs(avg:variants.plain{*})",
    ],
)
def test_queries_as_people_write_them(server: RunningServer, query: str) -> None:
    if not values(server, "avg:variants.plain{*}"):
        api.Metric.send(metric="variants.plain", points=[(time.time() - 5, 42)], host="vagrant")
    assert until(lambda: values(server, query))[-1] == 42


def test_thresholds_as_strings() -> None:
    made = api.Monitor.create(
        type="metric alert",
        query="avg(last_5m):avg:my_metric{*} by {host} > 800",
        name="Strings",
        message="@me@example.com",
        options={
            "thresholds": {"critical": "800", "warning": "500"},
            "notify_no_data": "true",
            "no_data_timeframe": "10",
        },
    )
    assert made["options"]["thresholds"] == {"critical": 800.0, "warning": 500.0}
    assert made["options"]["notify_no_data"] is True
    assert made["options"]["no_data_timeframe"] == 10
    api.Monitor.delete(made["id"])


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("avg:my_metric{*} > 800", "parameter 'query' is invalid"),
        ("avg(last_5m):avg:my_metric{*}", "invalid operator"),
        ("avg(last_5m):avg:my_metric{* > 800", "parameter 'query' is invalid"),
        ("avg(last_5m):avg:my_metric{*} > high", "parameter 'query' is invalid"),
        ("avg(last_7x):avg:my_metric{*} > 800", "invalid time window 'last_7x'"),
    ],
)
def test_invalid_monitor_queries_are_refused_with_a_reason(
    server: RunningServer, query: str, reason: str
) -> None:
    answer = requests.post(
        f"{server.url}/api/v1/monitor",
        json={"type": "metric alert", "query": query, "name": "Wrong"},
        headers=server.headers,
        timeout=60,
    )
    assert answer.status_code == 400
    assert reason.lower() in answer.json()["errors"][0].lower()


def test_metric_sent_in_every_shape_of_points(server: RunningServer) -> None:
    now = time.time()
    api.Metric.send(metric="variants.shapes", points=1)
    api.Metric.send(metric="variants.shapes", points=(now, 1))
    api.Metric.send(metric="variants.shapes", points=[(now, 1), (now - 10, 1)], type="gauge")
    api.Metric.send([{"metric": "variants.shapes", "points": 1, "tags": ["a:b"]}])
    assert set(until(lambda: values(server, "avg:variants.shapes{*}"))) == {1.0}


def test_a_screenboard_still_can_be_made() -> None:
    made = api.Screenboard.create(
        board_title="Old screen",
        widgets=[
            {"type": "image", "height": 20, "width": 32, "y": 7, "x": 32, "url": "https://example.com/a.png"}
        ],
    )
    assert api.Screenboard.get(made["id"])["board_title"] == "Old screen"
