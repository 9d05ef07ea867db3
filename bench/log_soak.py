"""``python -m bench.log_soak [--minutes 2] [--rate 10000] [--kills 2]``: logs at an even pace through
pipelines, with ``kill -9`` of the server in between.

A row every ten seconds: lines acknowledged, the server's CPU for 100,000 of them, resident memory, the
slowest answer. Senders send what was not acknowledged again, as shippers do. In the end each delivery is
counted in the store: nothing acknowledged may be missing, nothing may be there twice.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.send import cpu_seconds, memory_mb
from bench.servers import API_KEY, APP_KEY, free_port

#: Lines of a delivery, and connections.
BATCH = 1000
SENDERS = 8
HEADERS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"}
RULE = (
    'access %{ip:network.client.ip} - "%{word:http.method} %{notSpace:http.url}" '
    "%{integer:http.status_code} %{integer:duration}"
)
PIPELINE = {
    "name": "Soak",
    "is_enabled": True,
    "filter": {"query": "service:soak"},
    "processors": [
        {"type": "grok-parser", "is_enabled": True, "source": "message", "grok": {"match_rules": RULE}},
        {"type": "url-parser", "is_enabled": True, "sources": ["http.url"]},
        {
            "type": "category-processor",
            "is_enabled": True,
            "target": "http.status_category",
            "categories": [
                {"filter": {"query": "@http.status_code:>=500"}, "name": "error"},
                {"filter": {"query": "*"}, "name": "info"},
            ],
        },
        {"type": "status-remapper", "is_enabled": True, "sources": ["http.status_category"]},
    ],
}


@dataclass
class Server:
    """A server that can be killed and started again on the same data and port."""

    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "HEELER_DATA": str(self.root / "data"),
            "HEELER_LISTEN": f"127.0.0.1:{self.port}",
            "HEELER_API_KEY": API_KEY,
            "HEELER_APP_KEY": APP_KEY,
        }
        with (self.root / "log").open("ab") as out:
            command = [sys.executable, "-m", "heeler", "serve"]
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"The server did not start: {(self.root / 'log').read_text()[-2000:]}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        connection = self.connect()
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, HEADERS)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else None
        finally:
            connection.close()


@dataclass
class Work:
    """What senders share."""

    server: Server
    rate: int
    end: float
    began: float = field(default_factory=time.monotonic)
    next_batch: int = 0
    acknowledged: list[int] = field(default_factory=list)
    again: int = 0
    slowest: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> int | None:
        """The next delivery when it is due; None at the end."""
        with self.lock:
            if time.monotonic() >= self.end:
                return None
            number = self.next_batch
            self.next_batch += 1
        due = self.began + number * BATCH / self.rate
        time.sleep(max(due - time.monotonic(), 0))
        return number


def body_of(batch: int) -> bytes:
    rng = random.Random(batch)
    now = int(time.time() * 1000)
    return json.dumps(
        [
            {
                "message": f'10.0.{rng.randrange(256)}.7 - "GET /cart?item={rng.randrange(1000)}" '
                f"{rng.choice((200, 200, 200, 404, 503))} {rng.randrange(10**6)}",
                "service": "soak", "ddsource": "soak", "hostname": f"h{batch % 50}", "timestamp": now,
                "batch": f"b{batch}", "n": place,
            }
            for place in range(BATCH)
        ]
    ).encode()  # fmt: skip


def send(work: Work) -> None:
    connection: http.client.HTTPConnection | None = None
    while (number := work.take()) is not None:
        body, first = body_of(number), True
        while True:
            started = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", work.server.port, timeout=60
                )
                connection.request("POST", "/api/v2/logs", body, HEADERS)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 202:
                    break
            except (OSError, http.client.HTTPException):
                connection = None
            with work.lock:
                work.again += first
            first = False
            time.sleep(0.2)
        with work.lock:
            work.acknowledged.append(number)
            if first:  # a wait for a killed server is no answer
                work.slowest = max(work.slowest, time.monotonic() - started)


def stored(server: Server, batches: int) -> dict[str, tuple[int, float]]:
    """Lines and the sum of their numbers by delivery, some thousand deliveries at a time."""
    found: dict[str, tuple[int, float]] = {}
    for first in range(10):
        # By the last digit of the delivery, so that no answer has too many groups.
        where = {"query": f"service:soak @batch:*{first}", "from": "now-1d", "to": "now+1h"}
        computes = [{"aggregation": "count"}, {"aggregation": "sum", "metric": "@n"}]
        groups = [{"facet": "@batch", "limit": max(batches, 10)}]
        body = {"filter": where, "compute": computes, "group_by": groups}
        status, answer = server.ask("POST", "/api/v2/logs/analytics/aggregate", body)
        if status != 200:
            raise RuntimeError(f"{status}: {answer}")
        for bucket in answer["data"]["buckets"]:
            found[bucket["by"]["@batch"]] = int(bucket["computes"]["c0"]), bucket["computes"]["c1"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.log_soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--rate", type=int, default=10_000, help="lines a second")
    parser.add_argument("--kills", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), free_port())
        server.start()
        try:
            sys.exit(soak(server, arguments.minutes * 60, arguments.rate, arguments.kills))
        finally:
            server.kill()


def soak(server: Server, seconds: float, rate: int, kills: int) -> int:
    status, _ = server.ask("POST", "/api/v1/logs/config/pipelines", PIPELINE)
    if status != 200:
        raise RuntimeError(f"The pipeline was refused: {status}")
    work = Work(server, rate, time.monotonic() + seconds)
    senders = [threading.Thread(target=send, args=(work,), daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    killing = [work.began + seconds * (number + 1) / (kills + 1) for number in range(kills)]
    print(
        f"{'s':>5} {'lines':>10} {'lines/s':>8} {'CPU s':>6} {'RSS MB':>7} {'slowest s':>9} "
        f"{'sent again':>10}",
        flush=True,
    )
    before, row, cpu = 0, work.began, _cpu(server)
    while any(sender.is_alive() for sender in senders):
        time.sleep(1)
        now = time.monotonic()
        if killing and now >= killing[0]:
            killing.pop(0)
            server.kill()
            print(f"{now - work.began:5.0f} kill -9", flush=True)
            server.start()
            cpu, before = _cpu(server), len(work.acknowledged) * BATCH
        if now - row >= 10:
            lines = len(work.acknowledged) * BATCH
            assert server.process is not None
            memory = memory_mb(server.process.pid)[0]
            pace = (lines - before) / (now - row)
            spent = (_cpu(server) - cpu) / max(lines - before, 1) * 100_000
            print(
                f"{now - work.began:5.0f} {lines:10} {pace:8.0f} {spent:6.2f} {memory:7.0f} "
                f"{work.slowest:9.2f} {work.again:10}",
                flush=True,
            )
            before, row, cpu, work.slowest = lines, now, _cpu(server), 0.0
    return verdict(server, work)


def _cpu(server: Server) -> float:
    assert server.process is not None
    return cpu_seconds(server.process.pid)


def verdict(server: Server, work: Work) -> int:
    found = stored(server, work.next_batch)
    whole = BATCH, BATCH * (BATCH - 1) / 2
    missing = [number for number in work.acknowledged if f"b{number}" not in found]
    wrong = {name: counts for name, counts in found.items() if counts != whole}
    extra = set(found) - {f"b{number}" for number in work.acknowledged}
    where = {"query": 'service:soak @http.url_details.path:"/cart"', "from": "now-1d", "to": "now+1h"}
    parsed = server.ask("POST", "/api/v2/logs/analytics/aggregate", {"filter": where})[1]
    processed = parsed["data"]["buckets"][0]["computes"]["c0"] if parsed["data"]["buckets"] else 0
    lines = len(work.acknowledged) * BATCH
    print(
        f"{lines} lines acknowledged, {sum(one for one, _ in found.values())} stored, {processed:.0f} "
        f"through the pipeline; deliveries missing: {len(missing)}, not whole or double: {len(wrong)}, "
        f"never acknowledged: {len(extra)}",
        flush=True,
    )
    return 1 if missing or wrong or processed != lines else 0


if __name__ == "__main__":
    main()
