"""The walkthrough's application under the real ``ddtrace-run``, the agent's components, a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v2.api.apm_trace_api import APMTraceApi

from tests.conftest import RunningServer, free_port
from tests.processes import Child, end

APP = Path(__file__).parent / "apps" / "flask_app.py"
SERVICE = "flask"


def fetch(server: RunningServer, path: str, body: object | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {**server.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def until(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)
    return found


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@dataclass
class Traced:
    """What is left when application and agent have ended: their logs and the component's last status."""

    server: RunningServer
    app_log: str
    status: dict[str, Any]
    started: float


@pytest.fixture(scope="module")
def traced(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Traced:
    folder = tmp_path_factory.mktemp("agent")
    started, agent_port, app_port = time.time(), free_port(), free_port()
    (folder / "datadog.yaml").write_text(
        f"api_key: {server.api_key}\ndd_url: {server.url}\nhostname: apm-host\nlogs_enabled: true\n"
        f"apm_config:\n  receiver_port: {agent_port}\n  receiver_socket: {folder}/apm.socket\n"
        "logs_config:\n  batch_wait: 0.5\n  file_scan_period: 0.5\n"
    )
    app_log = folder / "app.log"
    (folder / "conf.d" / "flask.d").mkdir(parents=True)
    (folder / "conf.d" / "flask.d" / "conf.yaml").write_text(
        f"logs:\n  - type: file\n    path: {app_log}\n    service: {SERVICE}\n    source: python\n"
        "    start_position: beginning\n"
    )
    components = [start_component(name, folder) for name in ("trace", "logs")]
    assert until(lambda: get(f"http://127.0.0.1:{agent_port}/info") == 200)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("DD_")},
        "DD_SERVICE": SERVICE,
        "DD_ENV": "prod",
        "DD_LOGS_INJECTION": "true",
        "DD_TRACE_DEBUG": "true",
        "DD_TRACE_AGENT_URL": f"http://127.0.0.1:{agent_port}",
        "PYTHONUNBUFFERED": "1",
    }
    runner = str(Path(sys.executable).parent / "ddtrace-run")
    with app_log.open("wb") as log:
        command = [runner, sys.executable, str(APP), str(app_port)]
        app = Child(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: get(f"http://127.0.0.1:{app_port}/") == 200)
        # Two first spans at once make the tracer start its writer twice, of which it warns itself.
        time.sleep(0.3)
        for path, times in (("/api/apm", 3), ("/api/trace", 2), ("/api/broken", 1)):
            for _ in range(times):
                get(f"http://127.0.0.1:{app_port}{path}")
        time.sleep(2.5)
    finally:
        end(app)
        for component in components:
            end(component)
    status = json.loads((folder / "run" / "status" / "trace.json").read_text())["status"]
    return Traced(server, app_log.read_text(), status, started)


def start_component(name: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "heeler.agent.component", name, "--cfgpath", str(folder)]
    return Child(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_the_tracer_has_nothing_to_complain_of(traced: Traced) -> None:
    complaints = [
        line
        for line in traced.app_log.splitlines()
        if re.search(r"(?:ERROR|WARNING).*(?:ddtrace|agent|exporter|telemetry)", line)
        and "development server" not in line
    ]
    assert complaints == []
    assert traced.status["refused"] == {}
    assert traced.status["requests"]["/v0.5/traces"] >= 1


def test_services_and_resources_are_counted_right(traced: Traced) -> None:
    answer = until(lambda: fetch(traced.server, "/api/ui/apm/services?env=prod")["services"])
    service = next(one for one in answer if one["service"] == SERVICE)
    page = fetch(traced.server, f"/api/ui/apm/services/{SERVICE}?env=prod&operation=flask.request")
    hits = {one["resource"]: (one["hits"], one["errors"]) for one in page["resources"]}
    assert hits["GET /api/apm"] == (3, 0)
    assert hits["GET /api/trace"] == (2, 0)
    assert hits["GET /api/broken"] == (1, 1)
    assert service["operation"] == "flask.request"
    assert service["envs"] == ["prod"]
    assert sum(page["timeline"]["hits"]) == service["hits"]
    assert 0 < service["p50"] <= service["p99"] < 5
    every = fetch(traced.server, "/api/v2/apm/services?filter[env]=*")["data"]["attributes"]["services"]
    assert SERVICE in every


def test_spans_are_found_and_a_trace_is_whole(traced: Traced) -> None:
    asked = {
        "filter": {
            "query": f"service:{SERVICE} operation_name:flask.request @http.route:\\/api\\/broken",
            "from": "now-5m",
        }
    }
    body = {"data": {"type": "search_request", "attributes": asked}}
    found = fetch(traced.server, "/api/v2/spans/events/search", body)["data"]
    attributes = found[0]["attributes"]
    assert attributes["status"] == "error"
    assert attributes["custom"]["http"]["status_code"] == "500"
    trace = fetch(traced.server, f"/api/ui/apm/traces/{attributes['trace_id']}")
    names = [span["name"] for span in trace["spans"]]
    assert names[0] == "flask.request"
    assert len(names) > 3
    assert "no such exhibit" in {span["meta"].get("error.message") for span in trace["spans"]}
    ids = {span["span_id"] for span in trace["spans"]}
    assert all(span["parent_id"] in ids for span in trace["spans"][1:])
    again = fetch(traced.server, f"/api/v2/trace/{trace['trace_id']}")
    assert len(again["data"]["attributes"]["spans"]) == len(names)
    assert sum(one["share"] for one in trace["services"]) == pytest.approx(1.0)


def test_the_client_reads_traces_whole_and_pruned(traced: Traced) -> None:
    configuration = traced.server.configuration("get_trace_by_id", "get_pruned_trace_by_id")
    rows = fetch(traced.server, f"/api/v2/spans/events?filter[query]=service:{SERVICE}&page[limit]=100")
    found = next(one for one in rows["data"] if "broken" in one["attributes"]["resource_name"])
    with ApiClient(configuration) as client:
        traces = APMTraceApi(client)
        whole = traces.get_trace_by_id(found["attributes"]["trace_id"]).data
        pruned = traces.get_pruned_trace_by_id(
            whole.attributes.spans[0].trace_id_full, tag_include=["^http", "^error"]
        ).data
    root = pruned.attributes.summarized_trace.root
    assert pruned.id == whole.attributes.spans[0].trace_id_full
    assert (root.name, root.error.value, root.span_kind) == ("flask.request", 1, "SERVER")
    assert len(root.children) >= 1
    assert root.meta["http.method"] == "GET"
    assert "language" not in root.meta


def test_spans_are_aggregated(traced: Traced) -> None:
    asked = {
        "compute": [{"aggregation": "count"}, {"aggregation": "pc99", "metric": "@duration"}],
        "filter": {"query": f"service:{SERVICE} operation_name:flask.request", "from": "now-5m"},
        "group_by": [{"facet": "resource_name"}],
    }
    body = {"data": {"type": "aggregate_request", "attributes": asked}}
    buckets = fetch(traced.server, "/api/v2/spans/analytics/aggregate", body)["data"]
    counts = {one["attributes"]["by"]["resource_name"]: one["attributes"]["compute"]["c0"] for one in buckets}
    assert counts["GET /api/apm"] == 3
    assert all(one["attributes"]["compute"]["c1"] > 0 for one in buckets)


def test_trace_metrics_answer_queries(traced: Traced) -> None:
    def ask(query: str) -> list[Any]:
        since, now = int(traced.started) - 60, int(time.time()) + 60
        text = urllib.request.quote(query)
        answer = fetch(traced.server, f"/api/v1/query?from={since}&to={now}&query={text}")
        return [point[1] for one in answer["series"] for point in one["pointlist"] if point[1] is not None]

    where = f"{{service:{SERVICE},env:prod,resource_name:get_/api/apm}}"
    assert sum(until(lambda: ask(f"sum:trace.flask.request.hits{where}.as_count()"))) == 3
    errors = ask(f"sum:trace.flask.request.errors{{service:{SERVICE},http.status_code:500}}.as_count()")
    assert sum(errors) == 1
    assert all(0 < value < 5 for value in ask(f"p95:trace.flask.request{where}"))


def test_logs_are_linked_to_their_trace(traced: Traced) -> None:
    search = {"filter": {"query": f'service:{SERVICE} "apm was asked for"', "from": "now-5m"}}
    logs = until(lambda: fetch(traced.server, "/api/v2/logs/events/search", search)["data"])
    assert len(logs) == 3
    page = fetch(traced.server, f"/api/ui/logs?query=service:{SERVICE}%20apm&start=now-5m")
    line = next(one for one in page["logs"] if "apm was asked for" in one["message"])
    assert line["status"] == "info"
    trace = fetch(traced.server, f"/api/ui/apm/traces/{line['trace_id']}")
    assert trace["spans"][0]["resource"] == "GET /api/apm"
    assert line["span_id"] in {span["span_id"] for span in trace["spans"]}
    beside = fetch(traced.server, f"/api/ui/logs?query=trace_id:{line['trace_id']}&start=now-5m")
    assert any("apm was asked for" in one["message"] for one in beside["logs"])


def test_formulas_may_count_spans_and_logs(traced: Traced) -> None:
    def scalar(source: str, search: str) -> float:
        query = {
            "data_source": source,
            "name": "a",
            "compute": {"aggregation": "count"},
            "search": {"query": search},
            "indexes": ["*"],
        }
        window = {"from": int(traced.started - 60) * 1000, "to": int(time.time() + 60) * 1000}
        attributes = {**window, "queries": [query], "formulas": [{"formula": "a"}]}
        body = {"data": {"type": "scalar_request", "attributes": attributes}}
        answer = fetch(traced.server, "/api/v2/query/scalar", body)
        return float(answer["data"]["attributes"]["columns"][-1]["values"][0])

    where = f"service:{SERVICE} operation_name:flask.request @http.route:\\/api\\/apm"
    assert scalar("spans", where) == 3
    assert scalar("logs", f'service:{SERVICE} "apm was asked for"') == 3
