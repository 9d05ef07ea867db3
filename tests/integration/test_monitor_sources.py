"""Monitors over logs, spans, events and service checks, end to end; and monitors that others published."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datadog
import httpx
import msgspec
import pytest
from datadog import api

from heeler.wire.processes import encode, message_framing
from heeler.wire.processes.model import HostSnapshot, Process
from heeler.wire.traces import agent_payload, tracer_payload
from heeler.wire.traces.spans import AgentTraces
from tests.conftest import RunningServer, start_server
from tests.integration.mail import until

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "monitors"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = start_server(tmp_path_factory.mktemp("sources"), HEELER_MONITOR_INTERVAL="1")
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    yield server
    assert server.stop() == 0


def groups_of(monitor: dict[str, Any]) -> dict[str, str]:
    found = api.Monitor.get(monitor["id"], group_states="all")["state"]["groups"]
    return {name: group["status"] for name, group in found.items()}


def becomes(monitor: dict[str, Any], wanted: dict[str, str], seconds: float = 30) -> None:
    def arrived() -> bool:
        found = groups_of(monitor)
        return {name: found.get(name) for name in wanted} == wanted

    until(arrived, seconds)


def becomes_for_a_while(
    monitor: dict[str, Any], wanted: dict[str, str], send: Callable[[float], None]
) -> None:
    """Call ``send`` with the time (UNIX seconds) of what is within the monitor's minute for 15 s more; again
    where the server was too busy to evaluate the monitor in these."""
    for attempt in range(8):
        send(time.time() - 45)
        try:
            becomes(monitor, wanted, 20)
        except AssertionError:
            if attempt == 7:
                raise
        else:
            return


def send_logs(server: RunningServer, *logs: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}/api/v2/logs", json=list(logs), headers=server.headers, timeout=30)
    assert answer.status_code == 202, answer.text


def test_logs_are_counted_by_facet_and_recover_when_they_end(running: RunningServer) -> None:
    monitor = api.Monitor.create(
        type="log alert",
        query='logs("service:till status:error").index("main").rollup("count").by("@shop").last("1m") > 2',
        name="Errors of tills",
        message="{{@shop.name}} fails @ops@example.com",
        options={"thresholds": {"critical": 2, "warning": 0}},
    )

    def send(at: float) -> None:
        error = {"service": "till", "status": "error", "message": "no paper", "timestamp": int(at * 1000)}
        north = [{**error, "shop": "north", "n": number} for number in range(3)]
        send_logs(running, *north, {**error, "shop": "south"}, {**error, "status": "info", "shop": "west"})

    becomes_for_a_while(monitor, {"@shop:north": "Alert", "@shop:south": "Warn"}, send)
    assert "@shop:west" not in groups_of(monitor)
    mail = next(
        item for item in outbox(running) if item["subject"].startswith("[Triggered on {@shop:north}]")
    )
    assert mail["has_picture"]
    until(lambda: groups_of(monitor) == {"@shop:north": "OK", "@shop:south": "OK"}, 40)


def outbox(server: RunningServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(
        f"{server.url}/api/ui/outbox", headers=server.headers, timeout=30
    ).json()["messages"]
    return found


def test_a_measure_of_logs(running: RunningServer) -> None:
    monitor = api.Monitor.create(
        type="log alert",
        query='logs("service:pump").rollup("avg", "@pressure").last("5m") > 10',
        name="Pressure",
        message="",
        options={},
    )
    time.sleep(1.5)
    assert groups_of(monitor).get("*", "No Data") == "No Data"
    for pressure in (8, 20):
        send_logs(running, {"service": "pump", "message": "tick", "pressure": pressure})
    becomes(monitor, {"*": "Alert"})


def test_spans(running: RunningServer) -> None:
    monitor = api.Monitor.create(
        type="trace-analytics alert",
        query='trace-analytics("service:kiosk").rollup("count").by("resource_name").last("5m") >= 2',
        name="Kiosk",
        message="",
        options={},
    )
    now = time.time_ns()
    trace = [
        {"service": "kiosk", "name": "web.request", "resource": "GET /", "type": "web", "trace_id": 77 + at,
         "span_id": 5 + at, "parent_id": 0, "start": now - 10**9, "duration": 10**6, "error": 0,
         "meta": {}, "metrics": {"_sampling_priority_v1": 1}}
        for at in range(2)
    ]  # fmt: skip
    send_spans(running, trace)
    becomes(monitor, {"resource_name:GET /": "Alert"})


def send_spans(server: RunningServer, spans: list[dict[str, Any]]) -> None:
    payload = tracer_payload.decode("v0.4", msgspec.msgpack.encode([[span] for span in spans]))
    body = agent_payload.encode(AgentTraces(hostname="k1", env="test", payloads=[payload]))
    answer = httpx.post(
        f"{server.url}/api/v0.2/traces",
        content=body,
        headers={**server.headers, "Content-Type": "application/x-protobuf"},
    )
    assert answer.status_code < 300, answer.text


def test_events(running: RunningServer) -> None:
    monitor = api.Monitor.create(
        type="event-v2 alert",
        query='events("status:error deploy failed").rollup("count").last("5m") > 0',
        name="Deploys",
        message="",
        options={},
    )
    becomes(monitor, {"*": "OK"})
    api.Event.create(title="deploy failed", text="of the shop", alert_type="error")
    becomes(monitor, {"*": "Alert"})


def test_service_checks_and_their_widget(running: RunningServer) -> None:
    monitor = api.Monitor.create(
        type="service check",
        query='"till.up".over("shop:north").by("host").last(3).count_by_status()',
        name="Till",
        message="",
        options={"thresholds": {"critical": 2, "warning": 1, "ok": 1}},
    )
    now = int(time.time())
    for at, status in ((now - 20, 0), (now - 10, 2)):
        api.ServiceCheck.check(
            check="till.up", host_name="t1", status=status, timestamp=at, tags=["shop:north"], message="m"
        )
    api.ServiceCheck.check(check="till.up", host_name="t2", status=2, timestamp=now, tags=["shop:south"])
    time.sleep(2)
    assert groups_of(monitor) != {"host:t1": "Alert"}
    api.ServiceCheck.check(check="till.up", host_name="t1", status=2, timestamp=now, tags=["shop:north"])
    becomes(monitor, {"host:t1": "Alert"})
    assert "host:t2" not in groups_of(monitor)

    def shown(**query: str) -> dict[str, int]:
        answer = httpx.get(
            f"{running.url}/api/ui/check_status",
            params={"check": "till.up", **query},
            headers=running.headers,
        )
        return {item["group"]: item["status"] for item in answer.json()["groups"]}

    assert shown() == {"host:t1": 2, "host:t2": 2}
    assert shown(tags="shop:south", group_by="shop") == {"shop:south": 2}
    api.ServiceCheck.check(check="till.up", host_name="t1", status=0, timestamp=now + 1, tags=["shop:north"])
    becomes(monitor, {"host:t1": "OK"})
    assert shown(group_by="host") == {"host:t1": 0, "host:t2": 2}


@pytest.mark.parametrize(
    ("kind", "query", "reason"),
    [
        ("log alert", 'formula("a + b").last("5m") > 1', "names a, which is not among options.variables"),
        ("log alert", 'logs("a").rollup("mode", "@x").last("5m") > 1', "unknown rollup 'mode'"),
        ("log alert", 'logs("a").rollup("avg").last("5m") > 1', "needs a measure"),
        ("log alert", 'logs("a:(").rollup("count").last("5m") > 1', "the search cannot be read"),
        ("log alert", 'logs("a").rollup("count") > 1', "a time window is missing"),
    ],
)
def test_searches_that_cannot_be_evaluated_are_refused(
    running: RunningServer, kind: str, query: str, reason: str
) -> None:
    with pytest.raises(datadog.api.exceptions.ApiError) as caught:
        api.Monitor.create(type=kind, query=query, options={})
    assert reason in caught.value.args[0]["errors"][0]


@pytest.mark.skipif(not CORPUS.exists(), reason="the collection of published monitors is not here")
def test_published_monitors_are_taken_and_evaluated(running: RunningServer) -> None:
    made, refused = {}, {}
    files = sorted(CORPUS.glob("*.json"))
    with httpx.Client(base_url=running.url, headers=running.headers, timeout=30) as client:
        for path in files:
            definition = json.loads(path.read_text())["definition"]
            for where in ("/api/v1/monitor/validate", "/api/v1/monitor"):
                answer = client.post(where, json=definition)
                if answer.status_code != 200:
                    refused[path.name] = answer.text
            made[path.name] = answer.json().get("id")
        assert not refused
        print(f"{len(made)} published monitors are taken")

        def evaluated() -> bool:
            histories = [client.get(f"/api/ui/monitors/{item}/history").json() for item in made.values()]
            return all(history["evaluated"] for history in histories)

        until(evaluated, 60)
        problems = {
            name: problem
            for name, item in made.items()
            if (problem := client.get(f"/api/ui/monitors/{item}/history").json()["problem"])
        }
        assert not problems


def test_a_live_process_that_ends_alerts(running: RunningServer) -> None:
    sample = Process(pid=7, created=1, name="till-daemon", command="till-daemon --serve")

    def send(at: float) -> None:
        for part in encode.collector_procs(HostSnapshot("till-1", 2, 1 << 30, [sample]), 1):
            body = message_framing.write_frame(message_framing.PROCESSES, part, int(at))
            answer = httpx.post(
                f"{running.url}/api/v1/collector", content=body, headers=running.headers, timeout=30
            )
            assert answer.status_code == 200, answer.text

    send(time.time() - 45)
    monitor = api.Monitor.create(
        type="process alert",
        query='processes("till-daemon").over("*").by("host").rollup("count").last("1m") < 1',
        name="A till has no daemon",
        message="{{host.name}} has no daemon @ops@example.com",
        options={"thresholds": {"critical": 1}},
    )
    assert monitor["type"] == "process alert", monitor
    becomes_for_a_while(monitor, {"host:till-1": "OK"}, send)
    becomes(monitor, {"host:till-1": "Alert"})
