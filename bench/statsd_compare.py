"""DogStatsD of the agent beside Prometheus' statsd_exporter: the same lines over UDP, in one run.

    .venv/bin/python -m bench.statsd_compare [--exporter PATH] [--seconds 20] [contexts ...]

Both run as processes of their own on one core. The agent's figures include reading, aggregation, encoding,
compression and sending to a server that accepts everything; the exporter's include a scrape each ten seconds.
Lines a CPU-second are those that arrived, over the processor time of all processes of each. Build the
exporter with `go install github.com/prometheus/statsd_exporter@latest`; without it only ours runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RATE = 60_000
PACKET_BYTES = 1_400
_TICKS = os.sysconf("SC_CLK_TCK")
_KINDS = ("c", "c", "c", "c", "g", "ms")


def packets(contexts: int) -> list[tuple[bytes, int]]:
    """Packets as buffering clients send them, with the lines of each: every context in turn."""
    found: list[tuple[bytes, int]] = []
    some: list[str] = []
    size = 0
    for at in range(contexts):
        kind = _KINDS[at % len(_KINDS)]
        # A name has one type: the exporter refuses others.
        line = f"shop.{kind}.requests.{at % 500}:{at % 97}|{kind}|#env:prod,service:web,endpoint:e{at}"
        if size + len(line) + 1 > PACKET_BYTES:
            found.append(("\n".join(some).encode(), len(some)))
            some, size = [], 0
        some.append(line)
        size += len(line) + 1
    found.append(("\n".join(some).encode(), len(some)))
    return found


def send(port: int, sent: list[tuple[bytes, int]], seconds: float, rate: int) -> int:
    """Send at ``rate`` lines a second; how many lines went out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", port))
        began, lines, at = time.monotonic(), 0, 0
        while (passed := time.monotonic() - began) < seconds:
            while lines < passed * rate:
                body, count = sent[at % len(sent)]
                with suppress(ConnectionRefusedError):
                    out.send(body)
                lines += count
                at += 1
            time.sleep(0.001)
    return lines


@dataclass
class Server:
    """``pids``: all its processes now. ``lines``: how many arrived."""

    name: str
    port: int
    pids: Callable[[], list[int]]
    lines: Callable[[], int]

    def cpu(self) -> float:
        return sum(_cpu(pid) for pid in self.pids())

    def memory(self) -> int:
        """PSS in MiB of all its processes."""
        return sum(_pss(pid) for pid in self.pids()) // 1024


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sink() -> Iterator[str]:
    """The address of a server that accepts everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process on the last core, ended afterwards."""
    core = str((os.cpu_count() or 1) - 1)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(["taskset", "-c", core, *command], stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def agent() -> Iterator[Server]:
    with sink() as url, tempfile.TemporaryDirectory() as folder:
        port = free_port(socket.SOCK_DGRAM)
        (Path(folder) / "datadog.yaml").write_text(
            f"api_key: k\ndd_url: {url}\nhostname: bench\ndogstatsd_port: {port}\nlog_to_console: false\n"
            "apm_config: {enabled: false}\ncollector: {enabled: false}\nlogs_enabled: false\n"
            "process_config: {container_collection: {enabled: false}}\ndogstatsd_so_rcvbuf: 8388608\n"
        )
        status = Path(folder) / "run" / "status" / "dogstatsd.json"
        command = [sys.executable, "-m", "heeler", "agent", "--cfgpath", folder, "run"]
        with running(command) as process:
            _wait(lambda: json.loads(status.read_text())["state"] == "running")
            component = json.loads(status.read_text())["pid"]

            def lines() -> int:
                time.sleep(6)  # the status is written each five seconds
                packets = json.loads(status.read_text())["status"]["Packets"]
                return int(packets.get("MetricPackets", 0))

            yield Server("agent", port, lambda: [component, *_children(component)], lines)
            assert process.poll() is None


@contextmanager
def exporter(program: str) -> Iterator[Server]:
    port, web = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    command = [
        program, f"--statsd.listen-udp=127.0.0.1:{port}", "--statsd.listen-tcp=",
        f"--web.listen-address=127.0.0.1:{web}", "--statsd.read-buffer=8388608",
    ]  # fmt: skip

    def scrape() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{web}/metrics", timeout=60) as answer:
            return str(answer.read().decode())

    def lines() -> int:
        time.sleep(1)
        found = [line for line in scrape().splitlines() if line.startswith("statsd_exporter_lines_total ")]
        return int(float(found[0].split()[1]))

    with running(command) as process:
        _wait(lambda: scrape() != "")
        stop = threading.Event()

        def scrape_on() -> None:
            while not stop.wait(10):
                scrape()

        scraper = threading.Thread(target=scrape_on, daemon=True)
        scraper.start()
        try:
            yield Server("statsd_exporter", port, lambda: [process.pid], lines)
        finally:
            stop.set()
            scraper.join(60)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, KeyError):
            if condition():
                return
        time.sleep(0.1)
    raise SystemExit("a server did not start within a minute")


def measure(server: Server, contexts: int, seconds: float, rate: int) -> str:
    sent = packets(contexts)
    warm = send(server.port, sent, max(contexts / 20_000, 1.0), 20_000)
    deadline = time.monotonic() + 60
    while (before := server.lines()) < warm and time.monotonic() < deadline:
        pass  # what was sent to warm up is not part of the measurement
    cpu = server.cpu()
    out = send(server.port, sent, seconds, rate)
    arrived = server.lines() - before
    used = server.cpu() - cpu
    return (
        f"{server.name:>16} {contexts:>8,} contexts, {rate:>7,}/s: {arrived / used:>9,.0f} lines per "
        f"CPU-second, {100 * used / seconds:>4.0f} % of a core, lost {out - arrived:,} of {out:,}, "
        f"{server.memory()} MiB PSS"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exporter", default=shutil.which("statsd_exporter") or "")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("contexts", type=int, nargs="*", default=[1_000, 100_000])
    given = parser.parse_args()
    for contexts in given.contexts:
        with agent() as ours:
            print(measure(ours, contexts, given.seconds, given.rate), flush=True)
        if given.exporter:
            with exporter(given.exporter) as theirs:
                print(measure(theirs, contexts, given.seconds, given.rate), flush=True)


if __name__ == "__main__":
    main()
