"""``python -m bench.log_shippers``: real loggers and shippers against a server and our agent.

Each logs twenty lines, every fifth an error, in a trace. Checked of each: every line once, in order, with its
status, service, host and trace id. What needs a toolchain that is missing is skipped, and counted. Packages
come from npm, Maven, the Go proxy and Debian, into ``~/.cache/heeler-bench/shippers``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import servers
from bench.servers import API_KEY, APP_KEY

PROGRAMS = Path(__file__).parent / "shippers"
CACHE = Path.home() / ".cache" / "heeler-bench" / "shippers"
LINES = 20
TRACE = "0" * 16 + f"{81985529216486895:016x}"
AGENT_HOST = "ship-agent"
WAIT_SECONDS = 90.0


class Skip(Exception):
    """A toolchain is missing."""


@dataclass(frozen=True)
class Place:
    """Where lines go: a file that the agent follows, its TCP port of syslog, the server's address."""

    file: Path
    syslog_port: int
    url: str
    work: Path


@dataclass(frozen=True)
class Shipper:
    """``run`` logs the lines and returns the id of their trace (empty: none)."""

    name: str
    service: str
    source: str
    run: Callable[[Place], str]
    host: str = AGENT_HOST


def _run(*command: str | Path, cwd: Path | None = None, **extra: str) -> str:
    words = [str(one) for one in command]
    if shutil.which(words[0]) is None:
        raise Skip(f"{words[0]} is not installed")
    environment = {**os.environ, **extra}
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout[-800:]}{done.stderr[-800:]}")
    return done.stdout


def _plain(place: Place) -> str:
    """Lines of text that a program appends, followed by our agent."""
    with place.file.open("a") as file:
        for number in range(LINES):
            level = "error" if number % 5 == 4 else "info"
            fields = {"message": f"line {number}", "level": level, "dd.trace_id": "81985529216486895"}
            file.write(json.dumps(fields) + "\n")
            file.flush()
    return TRACE


def _ddtrace(place: Place) -> str:
    quiet = {"DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false", "DD_SERVICE": "ddtrace", "DD_ENV": "ci"}
    return _run(sys.executable, PROGRAMS / "traced.py", place.file, **quiet).split()[0]


def _otel(place: Place) -> str:
    return _run(sys.executable, PROGRAMS / "otel.py", place.url, API_KEY).split()[0]


def _node(program: str, package: str) -> Callable[[Place], str]:
    def run(place: Place) -> str:
        folder = CACHE / "node"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "node_modules" / program).exists():
            _run("npm", "install", "--silent", "--no-audit", "--prefix", folder, package)
        shutil.copy(PROGRAMS / f"{program}.js", folder)
        _run("node", folder / f"{program}.js", place.file)
        return TRACE

    return run


def _log4j(place: Place) -> str:
    folder = CACHE / "java"
    (folder / "src" / "main" / "java").mkdir(parents=True, exist_ok=True)
    shutil.copy(PROGRAMS / "pom.xml", folder)
    shutil.copy(PROGRAMS / "Lines.java", folder / "src" / "main" / "java")
    jars = folder / "target" / "dependency"
    if not jars.exists():
        _run("mvn", "-q", "-B", "package", "dependency:copy-dependencies", cwd=folder)
    path = f"{jars}/*:{folder / 'target' / 'classes'}"
    settings = (f"-Dlog4j2.configurationFile={PROGRAMS / 'log4j2.xml'}", f"-Dlines.file={place.file}")
    _run("java", "-cp", path, *settings, "Lines")
    return TRACE


def _go(which: int) -> Callable[[Place], str]:
    def run(place: Place) -> str:
        folder = CACHE / "go"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROGRAMS / "main.go", folder)
        if not (folder / "go.mod").exists():
            _run("go", "mod", "init", "ship", cwd=folder)
            _run("go", "mod", "tidy", cwd=folder)
        _run("go", "build", "-o", "ship", ".", cwd=folder)
        # The program writes both files: zap's and slog's.
        files = [place.work / "unused.log", place.work / "unused.log"]
        files[which] = place.file
        _run(folder / "ship", *files)
        return TRACE

    return run


def _rsyslogd() -> tuple[str, str]:
    """The program and where its modules and libraries are (empty: installed)."""
    installed = shutil.which("rsyslogd")
    if installed:
        return installed, ""
    root = CACHE / "rsyslog"
    if not (root / "usr" / "sbin" / "rsyslogd").exists():
        root.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", "rsyslog", "libestr0", "libfastjson4", "liblognorm5", cwd=root)
        for package in root.glob("*.deb"):
            _run("dpkg", "-x", package, root)
    return str(root / "usr" / "sbin" / "rsyslogd"), str(root / "usr" / "lib" / "x86_64-linux-gnu")


def _rsyslog(place: Place) -> str:
    program, libraries = _rsyslogd()
    port, folder = servers.free_port(), place.work / "rsyslog"
    folder.mkdir()
    configuration = folder / "rsyslog.conf"
    configuration.write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imtcp")\n'
        f'input(type="imtcp" port="{port}" address="127.0.0.1")\n'
        f'action(type="omfwd" target="127.0.0.1" port="{place.syslog_port}" protocol="tcp" '
        'template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted")\n'
    )
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
    modules = ["-M", f"{libraries}/rsyslog"] if libraries else []
    command = [program, "-n", "-f", str(configuration), "-i", str(folder / "pid"), *modules]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                stream = socket.create_connection(("127.0.0.1", port), timeout=5)
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("rsyslogd did not start") from None
                time.sleep(0.2)
        with stream:
            for number in range(LINES):
                priority = 11 if number % 5 == 4 else 14
                now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
                text = f'{{"message": "line {number}", "dd.trace_id": "81985529216486895"}}'
                stream.sendall(
                    f"<{priority}>1 {now}.{number:06d}Z edge-7 rsyslog-app 1 - - {text}\n".encode()
                )
        time.sleep(3)  # rsyslogd forwards what it has taken
    finally:
        process.terminate()
        process.wait(20)
    return TRACE


SHIPPERS = [
    Shipper("our agent (JSON file)", "plain", "python", _plain),
    Shipper("Python logging with ddtrace", "ddtrace", "python", _ddtrace),
    Shipper("pino 9", "pino", "nodejs", _node("pino", "pino@9")),
    Shipper("winston 3", "winston", "nodejs", _node("winston", "winston@3")),
    Shipper("Log4j 2 JsonLayout", "log4j2", "java", _log4j),
    Shipper("Go zap", "go-zap", "go", _go(0)),
    Shipper("Go slog", "go-slog", "go", _go(1)),
    Shipper("rsyslog (Debian)", "rsyslog-app", "syslog", _rsyslog, "edge-7"),
    Shipper("OpenTelemetry SDK", "otel-sdk", "", _otel, "otel-host"),
]


def _agent_folder(root: Path, url: str, syslog_port: int) -> Path:
    folder = root / "agent"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "datadog.yaml").write_text(
        f"api_key: '{API_KEY}'\ndd_url: {url}\nlogs_config: {{logs_dd_url: '{url}'}}\nlogs_enabled: true\n"
        f"hostname: {AGENT_HOST}\nuse_dogstatsd: false\napm_config: {{enabled: false}}\n"
        "otlp_config: {receiver: {protocols: {}}}\n"
    )
    logs = [
        {"type": "file", "path": str(_file(root, one)), "service": one.service, "source": one.source,
         "start_position": "beginning"}
        for one in SHIPPERS
    ]  # fmt: skip
    logs.append({"type": "tcp", "port": syslog_port, "format": "syslog", "source": "syslog"})
    (folder / "conf.d" / "shippers.yaml").write_text(json.dumps({"logs": logs}))
    return folder


def _file(root: Path, shipper: Shipper) -> Path:
    return root / f"{shipper.service}.log"


def _stored(url: str, shipper: Shipper) -> list[dict[str, Any]]:
    body = {
        "filter": {"query": f"service:{shipper.service}", "from": "now-1h", "to": "now+1h"},
        "sort": "timestamp",
        "page": {"limit": 1000},
    }
    request = urllib.request.Request(
        f"{url}/api/v2/logs/events/search",
        data=json.dumps(body).encode(),
        headers={"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]
    return found


def _problems(url: str, shipper: Shipper, trace: str) -> list[str]:
    """What is wrong with what was stored of a shipper; empty where all is right."""
    logs = [one["attributes"] for one in _stored(url, shipper)]
    expected = [f"line {number}" for number in range(LINES)]
    shown = [log["message"] for log in logs]
    problems = []
    if sorted(shown) != sorted(expected):
        problems.append(f"{len(shown)} lines, {len(set(shown))} different: {shown[:3]}")
    elif shown != expected:
        problems.append(f"out of order: {shown}")
    statuses = ["error" if number % 5 == 4 else "info" for number in range(LINES)]
    if not problems and [log["status"] for log in logs] != statuses:
        problems.append(f"statuses {[log['status'] for log in logs][:6]}")
    if hosts := {log["host"] for log in logs} - {shipper.host}:
        problems.append(f"hosts {hosts}")
    if logs and trace:
        linked = len(_stored(url, Shipper("", f"{shipper.service} trace_id:{trace}", "", shipper.run)))
        if linked != len(logs):
            problems.append(f"{linked} lines linked to the trace {trace}")
    return problems


def main() -> None:
    failed = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with servers.heeler(root / "server") as server:
            url = f"http://127.0.0.1:{server.port}"
            syslog_port = servers.free_port()
            agent = _agent_folder(root, url, syslog_port)
            clean = {name: value for name, value in os.environ.items() if not name.startswith("DD_")}
            with (root / "agent.log").open("wb") as out:
                process = subprocess.Popen(
                    [sys.executable, "-m", "heeler", "agent", "-c", str(agent), "run"],
                    env=clean, stdout=out, stderr=out,
                )  # fmt: skip
            try:
                while not servers._listens(syslog_port):
                    if process.poll() is not None:
                        raise RuntimeError((root / "agent.log").read_text()[-2000:])
                    time.sleep(0.5)
                for shipper in SHIPPERS:
                    place = Place(_file(root, shipper), syslog_port, url, root)
                    verdict = _tried(shipper, place)
                    failed += verdict.startswith("FAILED")
                    skipped += verdict.startswith("skipped")
                    print(f"{shipper.name:32} {verdict}", flush=True)
            finally:
                process.terminate()
                process.wait(60)
    print(f"{len(SHIPPERS)} shippers, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def _tried(shipper: Shipper, place: Place) -> str:
    try:
        trace = shipper.run(place)
    except Skip as reason:
        return f"skipped: {reason}"
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return f"FAILED to run: {error}"
    deadline = time.monotonic() + WAIT_SECONDS
    while problems := _problems(place.url, shipper, trace):
        if time.monotonic() > deadline:
            return "FAILED: " + "; ".join(problems)
        time.sleep(1)
    return f"ok: {LINES} lines once, in order; status, service, host and trace id right"


if __name__ == "__main__":
    main()
