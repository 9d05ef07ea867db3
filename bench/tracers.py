"""``python -m bench.tracers``: eight real tracers in one trace, through our agent to a server.

``ddtrace``, ``dd-trace`` (Node.js), ``dd-trace-go``, ``dd-java-agent`` and OpenTelemetry for the same
languages run a service each, which calls the next by HTTP with the tracer's own headers and logs its debug
messages. Checked: one trace of 128-bit ids, every span's parent and fields, every service's requests and
errors in statistics, no error in what the tracers logged. What needs a toolchain or package that is not there
is skipped, and counted. Packages come from npm, Maven and the Go proxy, into
``~/.cache/heeler-bench/tracers``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import servers
from bench.log_shippers import Skip, _run
from bench.servers import API_KEY, APP_KEY

PROGRAMS = Path(__file__).parent / "tracer_apps"
CACHE = Path.home() / ".cache" / "heeler-bench" / "tracers"
NODE = (
    "dd-trace@5",
    "@opentelemetry/api@1",
    "@opentelemetry/sdk-node@0.223",
    "@opentelemetry/instrumentation-http@0.223",
)
GO = {"go_datadog": "github.com/DataDog/dd-trace-go/contrib/net/http/v2@v2.12.0", "go_otel": ""}
FAILING, WAIT_SECONDS, START_SECONDS = 3, 90.0, 300.0
#: What a tracer logs of a failure of its own; and lines that show spans, whose texts say anything.
_COMPLAINT = re.compile(
    r"\b(ERROR|FATAL|SEVERE|CRITICAL)\b|Traceback|refused|\bWARN(?:ING)?\b.*\b(agent|export|trace)|"
    r"(?i:\b(failed|failure|error|unable|could not)\b.*\b(agent|export|send|sent|flush|report|remote))|"
    r"(?i:(agent|export|send|flush|report|remote)\w*\b.*\b(failed|failure|error)\b)",
)
_HARMLESS = re.compile(
    r"finishing span|Encoding payload|(Started|Finished|Starting) span|Enqueued for serialization|"
    r"LoggingSpanExporter|items to be exported|AttributesMap|Failed: 0\b|Could not decompose matcher",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ports:
    """Where tracers of both kinds send to, and where a service listens."""

    agent: int
    otlp: int
    own: int


@dataclass(frozen=True)
class Tracer:
    """``command`` prepares a service and returns what starts it, before its port and the next address."""

    service: str
    name: str
    command: Callable[[], list[str]]
    extra: dict[str, str] = field(default_factory=dict)
    """Variables of its own, to those of all tracers of its kind."""

    @property
    def is_datadog(self) -> bool:
        return self.service.startswith("dd-")


def _python(program: str, *before: str) -> Callable[[], list[str]]:
    return lambda: [*before, sys.executable, str(PROGRAMS / program)]


def _node(first: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        folder = CACHE / "node"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "node_modules" / "@opentelemetry" / "instrumentation-http").exists():
            _run("npm", "install", "--silent", "--no-audit", "--prefix", folder, *NODE)
        for program in ("service.js", "otel.js"):
            shutil.copy(PROGRAMS / program, folder)
        required = str(folder / first) if first.endswith(".js") else str(folder / "node_modules" / first)
        return ["node", "--require", required, str(folder / "service.js")]

    return command


def _go(program: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        folder = CACHE / "go"
        (folder / program).mkdir(parents=True, exist_ok=True)
        shutil.copy(PROGRAMS / program / "main.go", folder / program)
        if not (folder / "go.mod").exists():
            _run("go", "mod", "init", "chain", cwd=folder)
        if not (folder / "bin" / program).exists():
            _run("go", "mod", "tidy", cwd=folder)
        _run("go", "build", "-o", "bin/", f"./{program}", cwd=folder)
        return [str(folder / "bin" / program)]

    return command


def _java(agent: str) -> Callable[[], list[str]]:
    def command() -> list[str]:
        folder = CACHE / "java"
        (folder / "src" / "main" / "java").mkdir(parents=True, exist_ok=True)
        shutil.copy(PROGRAMS / "java" / "pom.xml", folder)
        shutil.copy(PROGRAMS / "java" / "Service.java", folder / "src" / "main" / "java")
        jars = folder / "target" / "dependency"
        if not jars.exists():
            _run("mvn", "-q", "-B", "package", "dependency:copy-dependencies", cwd=folder)
        found = next(jars.glob(f"{agent}-*.jar"))
        path = ":".join(str(one) for one in jars.glob("*.jar") if "agent" not in one.name)
        return [
            "java",
            "-Xmx256m",
            f"-javaagent:{found}",
            "-cp",
            f"{path}:{folder / 'target' / 'classes'}",
            "Service",
        ]

    return command


ONLY_DATADOG = {"DD_TRACE_PROPAGATION_STYLE_EXTRACT": "datadog"}
#: In the order of their calls. Some read only Datadog's headers; behind OpenTelemetry there are W3C's alone.
CHAIN = [
    Tracer("dd-python", "ddtrace", _python("datadog.py", str(Path(sys.executable).parent / "ddtrace-run"))),
    Tracer("dd-node", "dd-trace", _node("dd-trace/init"), ONLY_DATADOG),
    Tracer("otel-python", "OpenTelemetry for Python", _python("otel.py")),
    Tracer("otel-node", "OpenTelemetry for Node.js", _node("otel.js")),
    Tracer("dd-go", "dd-trace-go", _go("go_datadog")),
    Tracer("dd-java", "dd-java-agent", _java("dd-java-agent"), ONLY_DATADOG),
    Tracer("otel-go", "OpenTelemetry for Go", _go("go_otel")),
    Tracer("otel-java", "OpenTelemetry for Java", _java("opentelemetry-javaagent")),
]


def _environment(tracer: Tracer, ports: Ports) -> dict[str, str]:
    """Debug logs on, and sending by the tracer's defaults but for addresses and short waits."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DD_", "OTEL_"))}
    shared = {"PYTHONUNBUFFERED": "1", "NO_PROXY": "*"}
    if tracer.is_datadog:
        own = {
            "DD_SERVICE": tracer.service, "DD_ENV": "chain", "DD_VERSION": "1.0", "DD_TRACE_DEBUG": "true",
            "DD_TRACE_AGENT_URL": f"http://127.0.0.1:{ports.agent}",
        }  # fmt: skip
    else:
        own = {
            "OTEL_SERVICE_NAME": tracer.service,
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=chain,service.version=1.0",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{ports.otlp}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_LOG_LEVEL": "debug",
            "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_JAVAAGENT_DEBUG": "true",
            "OTEL_BSP_SCHEDULE_DELAY": "500",
        }  # fmt: skip
    return {**kept, **shared, **own, **tracer.extra}


@contextmanager
def _service(tracer: Tracer, command: list[str], ports: Ports, following: str, log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, str(ports.own), following], env=_environment(tracer, ports), stdout=out, stderr=out
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _wait(tracer: Tracer, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not servers._listens(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{tracer.name} did not start: {log.read_text()[-2000:]}")
        time.sleep(0.2)


@contextmanager
def _agent(root: Path, url: str) -> Iterator[tuple[int, int]]:
    """Our agent; its ports for Datadog's tracers and for OTLP."""
    folder, port, otlp = root / "agent", servers.free_port(), servers.free_port()
    folder.mkdir()
    (folder / "datadog.yaml").write_text(
        f"api_key: '{API_KEY}'\ndd_url: {url}\nhostname: chain-host\nuse_dogstatsd: false\n"
        f"apm_config: {{receiver_port: {port}, receiver_socket: {folder}/apm.socket,"
        " target_traces_per_second: 1000}\n"
        "otlp_config: {receiver: {protocols: {grpc: {endpoint: ''}, "
        f"http: {{endpoint: '127.0.0.1:{otlp}'}}}}}}}}\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}
    with (root / "agent.log").open("wb") as out:
        command = [sys.executable, "-m", "heeler.agent.component", "trace", "--cfgpath", str(folder)]
        process = subprocess.Popen(command, env=clean, stdout=out, stderr=out)
    try:
        while not (servers._listens(port) and servers._listens(otlp)):
            if process.poll() is not None:
                raise RuntimeError((root / "agent.log").read_text()[-2000:])
            time.sleep(0.3)
        yield port, otlp
    finally:
        process.terminate()
        process.wait(60)


def _fetch(url: str, path: str, body: object = None) -> Any:
    headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}{path}", data, headers), timeout=30) as answer:
        return json.load(answer)


def _get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _traces(url: str, service: str, path: str) -> list[dict[str, Any]]:
    """The traces whose first service answered a request of ``path``."""
    attributes = {
        "filter": {"query": f"service:{service} @_top_level:1", "from": "now-15m"},
        "page": {"limit": 500},
    }
    body = {"data": {"type": "search_request", "attributes": attributes}}
    found = _fetch(url, "/api/v2/spans/events/search", body)["data"]
    ids = {one["attributes"]["trace_id"] for one in found if f'/{path}"' in json.dumps(one)}
    return [_fetch(url, f"/api/ui/apm/traces/{one}") for one in sorted(ids)]


def problems_of(trace: dict[str, Any], services: list[str], failing: bool) -> list[str]:
    """What is wrong with a trace that went through ``services`` in this order; empty where nothing is."""
    spans, found = trace["spans"], []
    by_id = {span["span_id"]: span for span in spans}
    callers = {span["span_id"]: _caller(by_id, span, services) for span in spans}
    if not re.fullmatch(r"(?!0{16})[0-9a-f]{32}", trace["trace_id"]):
        found.append(f"the id {trace['trace_id']} has no 128 bits")
    for before, service in zip([None, *services], services, strict=False):
        own = [span for span in spans if span["service"] == service]
        entries = [one for one in own if callers[one["span_id"]] != service]
        if len(entries) != 1:
            found.append(f"{service} has {len(entries)} entry spans of {len(own)}")
            continue
        (entry,) = entries
        if callers[entry["span_id"]] != before:
            found.append(f"{service} was called by {callers[entry['span_id']]}, not {before}")
        if entry["type"] != "web" or not entry["name"] or not entry["resource"]:
            found.append(f"{service}: type {entry['type']}, {entry['name']}, {entry['resource']}")
        status = entry["meta"].get("http.status_code") or entry.get("metrics", {}).get("http.status_code")
        if int(status or 0) != (500 if failing else 200) or entry["error"] != failing:
            found.append(f"{service}: status {status}, error {entry['error']}")
        if entry["env"] != "chain":
            found.append(f"{service}: env {entry['env']}")
    roots = [span for span in spans if span["parent_id"] not in by_id]
    if len(roots) != 1:
        found.append(f"{len(roots)} spans without a parent")
    return found


def _caller(by_id: dict[str, Any], span: dict[str, Any], services: list[str]) -> str | None:
    """The service above a span; ``ddtrace`` names its calls of other services by their library."""
    above = by_id.get(span["parent_id"])
    while above and above["service"] not in services:
        above = by_id.get(above["parent_id"])
    return above and str(above["service"])


def _counts(url: str, service: str) -> tuple[int, int]:
    """Requests and errors of a service's entry operation, from statistics."""
    for one in _fetch(url, "/api/ui/apm/services?env=chain")["services"]:
        if one["service"] == service:
            page = _fetch(url, f"/api/ui/apm/services/{service}?env=chain&operation={one['operation']}")
            # Go's calls of others have the name of its requests, and their own as resource.
            rows = [row for row in page["resources"] if row["resource"] != one["operation"]]
            return sum(row["hits"] for row in rows), sum(row["errors"] for row in rows)
    return 0, 0


def _complaints(log: Path) -> list[str]:
    """Lines of a tracer's log that report a failure."""
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if _COMPLAINT.search(line) and not _HARMLESS.search(line)]


def _until(look: Callable[[], list[str]]) -> list[str]:
    """What ``look`` still complains of after waiting."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(1)
    return found


def _prepared() -> tuple[list[tuple[Tracer, list[str]]], int]:
    """Tracers that can be had, and how many can not."""
    ready, skipped = [], 0
    for tracer in CHAIN:
        try:
            ready.append((tracer, tracer.command()))
        except (Skip, RuntimeError, OSError, subprocess.SubprocessError, StopIteration) as reason:
            skipped += 1
            print(f"{tracer.name:26} skipped: {str(reason)[-300:]}", flush=True)
    return ready, skipped


def _run_chain(root: Path, url: str, ready: list[tuple[Tracer, list[str]]], requests: int) -> None:
    """Send requests through all services, and end them, so that what they counted is sent."""
    with _agent(root, url) as (agent, otlp), ExitStack() as stack:
        following, started = "", []
        for tracer, command in reversed(ready):
            ports, log = Ports(agent, otlp, servers.free_port()), root / f"{tracer.service}.log"
            stack.enter_context(_service(tracer, command, ports, following, log))
            started.append((tracer, ports.own, log))
            following = f"http://127.0.0.1:{ports.own}"
        for one in started:
            _wait(*one)
        for at in range(requests + FAILING):
            status = _get(f"{following}/{'work' if at < requests else 'broken'}")
            if status != (200 if at < requests else 500):
                raise RuntimeError(f"The chain answered {status}")
        time.sleep(3)  # what tracers hold back for batches


def _checked(url: str, ready: list[tuple[Tracer, list[str]]], requests: int, root: Path) -> int:
    """Print what was found, a line a tracer; the number of checks that failed."""
    services, failed = [tracer.service for tracer, _ in ready], 0
    expected = (requests + FAILING, FAILING)

    def of_traces(path: str, count: int) -> list[str]:
        traces = _traces(url, services[0], path)
        wrong = [] if len(traces) == count else [f"{len(traces)} traces"]
        return wrong + [text for one in traces for text in problems_of(one, services, path == "broken")]

    def of_counts(service: str) -> list[str]:
        counts = _counts(url, service)
        return [] if counts == expected else [f"{counts[0]} requests and {counts[1]} errors"]

    for path, count in (("work", requests), ("broken", FAILING)):
        found = _until(partial(of_traces, path, count))
        failed += bool(found)
        print(
            f"{count} traces of /{path} through {len(services)} services: {'; '.join(found[:9]) or 'whole'}"
        )
    for tracer, _ in ready:
        log = root / f"{tracer.service}.log"
        complaints = _complaints(log)
        found = _until(partial(of_counts, tracer.service))
        failed += bool(found or complaints)
        verdict = (
            f"{'; '.join(found)} of {expected}" if found else f"{expected[0]} requests, {FAILING} errors"
        )
        lines = len(log.read_text(errors="replace").splitlines())
        print(f"{tracer.name:26} {verdict}; {lines} lines logged, {len(complaints)} complaints", flush=True)
        for line in complaints[:5]:
            print(f"    {line[:300]}")
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.tracers", description=__doc__)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="a folder for the server's data and the logs of tracers")
    parser.add_argument("--wait", action="store_true", help="leave the server running until Enter is pressed")
    chosen = parser.parse_args()
    ready, skipped = _prepared()
    with tempfile.TemporaryDirectory() as folder:
        root = chosen.keep or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        with servers.heeler(root / "server") as server:
            url = f"http://127.0.0.1:{server.port}"
            _run_chain(root, url, ready, chosen.requests)
            failed = _checked(url, ready, chosen.requests, root)
            print(
                f"{len(CHAIN)} tracers, {failed} checks failed, {skipped} tracers skipped; {url}", flush=True
            )
            if chosen.wait:
                sys.stdin.readline()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
