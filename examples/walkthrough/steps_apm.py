"""Step 8: the author's Flask application under ``ddtrace-run``; its traces and its logs."""

from __future__ import annotations

import random
import sys
import threading
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from datadog import api

from examples.walkthrough.machine import expect, free_port, plain_environment, seed_script, until, use_client
from examples.walkthrough.pages import past
from examples.walkthrough.stage import Stage, program

PATHS = {"/": "GET /", "/api/apm": "GET /api/apm", "/api/trace": "GET /api/trace"}
FORMAT = "%(asctime)s - %(name)s - %(levelname)s - "
IDS = "[dd.service=%(dd.service)s dd.trace_id=%(dd.trace_id)s dd.span_id=%(dd.span_id)s] - "


def configure(stage: Stage) -> None:
    """The agent follows the log file of the application."""
    log = stage.machine.root / "flask.log"
    stage.facts["flask log"] = str(log)
    stage.machine.put(
        "conf.d/flask.d/conf.yaml",
        f"logs:\n  - type: file\n    path: {log}\n    service: flask\n    source: python\n"
        "    start_position: beginning\n",
    )


def start(stage: Stage, script: Path, port: int, log: Path) -> str:
    """Run the application as the author did; answers its address."""
    script.write_text(script.read_text().replace("'5050'", f"'{port}'").replace("0.0.0.0", "127.0.0.1"))
    environment = plain_environment() | {
        "DD_SERVICE": "flask",
        "DD_ENV": "prod",
        "DD_LOGS_INJECTION": "true",
        "DD_TRACE_AGENT_URL": f"http://127.0.0.1:{stage.machine.trace_port}",
        "PYTHONUNBUFFERED": "1",
    }
    stage.run_program([program("ddtrace-run"), sys.executable, str(script)], log, environment)
    return f"http://127.0.0.1:{port}"


def with_ids(script: Path) -> Path:
    """The application with the trace's number in its log format: one line of it changed."""
    text = script.read_text()
    changed = script.with_name("flask_test_with_ids.py")
    changed.write_text(text.replace(FORMAT, FORMAT + IDS))
    expect(IDS in changed.read_text(), "the log format of flask_test.py is another")
    return changed


def visit(address: str, paths: Iterable[str] = PATHS) -> None:
    for path in paths:
        with urllib.request.urlopen(f"{address}{path}", timeout=30) as answer:
            expect(answer.status == 200, f"{path} answered {answer.status}")


def keep_visiting(stage: Stage, addresses: list[str]) -> None:
    """Requests to the applications until the end, of each path another number."""
    over = threading.Event()

    def ask() -> None:
        chosen = random.Random(7)
        while not over.wait(chosen.uniform(0.1, 0.6)):
            with suppress(OSError):  # an application that is late is asked again
                visit(chosen.choice(addresses), chosen.choices(list(PATHS), [5, 3, 2], k=4))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    stage.closing.callback(thread.join, 30)
    stage.closing.callback(over.set)


def traces(stage: Stage) -> str:
    """Services, resources, spans of a trace, its flame graph, its logs, and a dashboard over all."""
    script = seed_script("flask_test.py", stage.machine, stage.machine.root)
    changed = with_ids(script)
    addresses = [
        start(stage, script, free_port(), stage.machine.root / "flask-plain.log"),
        start(stage, changed, free_port(), Path(stage.facts["flask log"])),
    ]
    for address in addresses:
        until(lambda address=address: visit(address) or True, 120, f"the application at {address}")  # type: ignore[misc]
    keep_visiting(stage, addresses)
    service = "/api/ui/apm/services/flask"
    resources = until(lambda: all_resources(stage, service), 120, "all three resources of flask")
    number = until(lambda: a_trace(stage), 120, "a span of GET /api/apm")
    look_at_services(stage)
    spans = look_at_trace(stage, number)
    lines = look_at_logs(stage)
    make_dashboard(stage)
    stage.no_faults()
    return f"{sum(resources.values())} requests of {len(resources)} resources; {spans} spans; {lines}"


def all_resources(stage: Stage, path: str) -> dict[str, int] | None:
    answer = stage.machine.get(path, env="prod", operation="flask.request")
    hits = {one["resource"]: int(one["hits"]) for one in answer["resources"]}
    return hits if all(hits.get(name, 0) >= 2 for name in PATHS.values()) else None


def look_at_services(stage: Stage) -> None:
    stage.pages.open("/apm/services?env=prod", "flask")
    stage.pages.picture("8-services")
    stage.pages.open("/apm/services/flask?env=prod", *list(PATHS.values())[1:])
    stage.pages.see(stage.pages.tab.locator("canvas").first, "the service's graphs")
    stage.pages.picture("8-service")
    stage.pages.open("/apm/traces", "GET /api/apm")
    stage.pages.picture("8-traces")


def a_trace(stage: Stage) -> str | None:
    """The id of the first trace of ``GET /api/apm``."""
    search = {
        "query": 'service:flask resource_name:"GET /api/apm" operation_name:flask.request',
        "from": "now-15m",
    }
    body = {"data": {"type": "search_request", "attributes": {"filter": search, "sort": "timestamp"}}}
    found = stage.machine.post("/api/v2/spans/events/search", body)["data"]
    return str(found[0]["attributes"]["trace_id"]) if found else None


def look_at_trace(stage: Stage, number: str) -> int:
    spans = stage.machine.get(f"/api/ui/apm/traces/{number}")["spans"]
    expect(len(spans) > 3, f"the trace has {len(spans)} spans")
    stage.pages.open(f"/apm/trace/{number}", "flask.request")
    stage.pages.picture("8-trace")
    return len(spans)


def look_at_logs(stage: Stage) -> str:
    def linked() -> dict[str, Any] | None:
        logs = stage.machine.get("/api/ui/logs", query='service:flask "Starting span"', start="now-15m")[
            "logs"
        ]
        traces = (
            stage.machine.find(f"/api/ui/apm/traces/{line['trace_id']}") for line in logs if line["trace_id"]
        )
        return next((trace for trace in traces if trace), None)

    trace = until(linked, 120, "a log line with the number of a trace that is stored")
    resource = trace["spans"][0]["resource"]
    expect(resource in PATHS.values(), f"the line's trace is {resource}")
    stage.pages.open("/logs?query=service:flask%20%22Starting%20span%22", "Starting span")
    stage.pages.picture("8-logs")
    return "a line linked to its trace"


QUERIES = {
    "Requests": "sum:trace.flask.request.hits{service:flask} by {resource_name}.as_count()",
    "Latency, 95th percentile": "p95:trace.flask.request{service:flask} by {resource_name}",
    "CPU of the host": "avg:system.cpu.user{*} by {host}",
    "Memory of the host": "avg:system.mem.used{*} by {host}",
}


def make_dashboard(stage: Stage) -> None:
    """One dashboard over the application's and the host's metrics, as the author made."""
    use_client(stage.machine)
    made = api.Dashboard.create(
        title="APM", layout_type="ordered",
        widgets=[
            {"definition": {"type": "timeseries", "title": title, "requests": [{"q": query}]},
             "layout": {"x": 6 * (place % 2), "y": 3 * (place // 2), "width": 6, "height": 3}}
            for place, (title, query) in enumerate(QUERIES.items())
        ],
    )  # fmt: skip
    for title, query in QUERIES.items():
        until(lambda query=query: stage.machine.points(query), 120, f"{title}: {query}")  # type: ignore[misc]
    stage.facts["apm dashboard"] = str(made["id"])


def dashboard(stage: Stage) -> str:
    """Step 8, its second half: the dashboard, when there are minutes of data."""
    tab = stage.pages.open(f"/dashboard/{stage.facts['apm dashboard']}?{past(5)}", "Requests")
    for title in QUERIES:
        frame = tab.get_by_label(title, exact=True)
        stage.pages.see(frame.locator("canvas").first, f"the graph {title!r}")
    stage.pages.picture("8-dashboard")
    stage.no_faults()
    return f"{len(QUERIES)} graphs over traces and host"
