"""``python -m bench.log_soak [--minutes 2] [--rate 10000] [--kills 2]``: logs at an even pace through
pipelines, with ``kill -9`` of the server in between and somebody who watches live tail.

Half of the lines are those of a web server's access log, half JSON of an application, each with a pipeline of
its own. A row every ten seconds: lines acknowledged, the server's CPU for 100,000 of them, resident memory,
the slowest answer, and of live tail the lines a second that matched and were shown, and how old a line was
when it came (median and the oldest; lines that waited for a killed server are not counted). Senders send what
was not acknowledged again, as shippers do. In the end each line of each delivery is counted in the store:
nothing acknowledged may be missing, nothing may be there twice.
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
ACCESS, APP = "soak-access", "soak-app"
RULE = (
    "access %{ip:network.client.ip} - %{notSpace:http.ident} "
    '\\[%{date("dd/MMM/yyyy:HH:mm:ss Z"):date_access}\\] '
    '"%{word:http.method} %{notSpace:http.url} HTTP/%{number:http.version}" %{integer:http.status_code} '
    '%{integer:network.bytes_written} "%{notSpace:http.referer}" "%{regex("[^\\"]*"):http.useragent}"'
)
PIPELINES = (
    {
        "name": "Soak: access log",
        "is_enabled": True,
        "filter": {"query": f"service:{ACCESS}"},
        "processors": [
            {"type": "grok-parser", "is_enabled": True, "source": "message", "grok": {"match_rules": RULE}},
            {"type": "url-parser", "is_enabled": True, "sources": ["http.url"]},
            {"type": "user-agent-parser", "is_enabled": True, "sources": ["http.useragent"]},
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
    },
    {
        "name": "Soak: application",
        "is_enabled": True,
        "filter": {"query": f"service:{APP}"},
        "processors": [
            {"type": "status-remapper", "is_enabled": True, "sources": ["severity"]},
            {"type": "message-remapper", "is_enabled": True, "sources": ["event"]},
            {"type": "trace-id-remapper", "is_enabled": True, "sources": ["trace"]},
            {
                "type": "attribute-remapper",
                "is_enabled": True,
                "sources": ["customer"],
                "target": "usr.id",
            },
            {
                "type": "arithmetic-processor",
                "is_enabled": True,
                "expression": "took_ms * 1000000",
                "target": "duration",
            },
        ],
    },
)
#: A search each, which only lines that went through their pipeline match.
PROCESSED = (
    f"service:{ACCESS} @http.url_details.path:*cart @http.useragent_details.browser.family:*",
    f"service:{APP} @usr.id:u* @duration:>=0 -message:*took_ms*",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "curl/8.5.0",
)


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
    ready_since: float = 0.0
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
    now = time.time()
    at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now))
    shared = {"hostname": f"h{batch % 50}", "timestamp": int(now * 1000), "batch": f"b{batch}"}
    return json.dumps(
        [
            {"message": _access(rng, at), "service": ACCESS, "ddsource": ACCESS, **shared, "n": place}
            if place % 2
            else {"message": _event(rng), "service": APP, "ddsource": APP, **shared, "n": place}
            for place in range(BATCH)
        ]
    ).encode()


def _access(rng: random.Random, at: str) -> str:
    return (
        f'10.0.{rng.randrange(256)}.7 - - [{at}] "GET /shop/cart?item={rng.randrange(10**5)} HTTP/1.1" '
        f'{rng.choice((200, 200, 200, 404, 503))} {rng.randrange(10**5)} "https://shop.test/" '
        f'"{rng.choice(AGENTS)}"'
    )


def _event(rng: random.Random) -> str:
    code = rng.choice((200, 200, 200, 404, 503))
    return json.dumps(
        {
            "event": f"order {rng.randrange(10**6)} answered {code}",
            "severity": "err" if code > 500 else "info",
            "customer": f"u{rng.randrange(10**4)}",
            "took_ms": rng.randrange(900),
            "trace": str(rng.getrandbits(63)),
            "cart": {"items": rng.randrange(9), "currency": "EUR"},
        }
    )


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


class Tail:
    """A reader of live tail, which connects again where the server is killed."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.ages: list[float] = []
        self.rates: list[dict[str, int]] = []
        self.seen: set[str] = set()
        self.double = 0

    def follow(self) -> None:
        while time.monotonic() < self._work.end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self._work.server.port, timeout=10)
                connection.request("GET", "/api/ui/logs/tail?query=service:soak-*", None, HEADERS)
                with connection.getresponse() as answer:
                    self._read(answer)
            time.sleep(0.1)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        event = ""
        while line := answer.readline():
            if line.startswith(b"event: "):
                event = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                found = json.loads(line[6:])
                if event == "rate":
                    self.rates.append(found)
                elif event == "rows":
                    self._row(found)

    def _row(self, row: dict[str, Any]) -> None:
        self.double += row["id"] in self.seen
        self.seen.add(row["id"])
        sent = int(row["time_ns"]) / 1e9
        if sent > self._work.ready_since:
            self.ages.append(time.time() - sent)

    def take(self) -> tuple[float, float, float, float]:
        """Lines a second that matched and were shown, median and greatest age, since the last call."""
        ages, rates = sorted(self.ages), self.rates
        self.ages, self.rates = [], []
        matched, shown = (
            sum(one[name] for one in rates) / max(len(rates), 1) for name in ("matched", "shown")
        )
        return matched, shown, ages[len(ages) // 2] if ages else 0.0, ages[-1] if ages else 0.0


def stored(server: Server, batches: int) -> dict[str, tuple[int, int]]:
    """Lines and different lines by delivery, some hundred deliveries at a time."""
    found: dict[str, tuple[int, int]] = {}
    for last in range(10):
        # By the last digit of the delivery, so that no answer has too many groups.
        where = {"query": f"service:soak-* @batch:*{last}", "from": "now-1d", "to": "now+1h"}
        computes = [{"aggregation": "count"}, {"aggregation": "cardinality", "metric": "@n"}]
        groups = [{"facet": "@batch", "limit": max(batches, 10)}]
        body = {"filter": where, "compute": computes, "group_by": groups}
        status, answer = server.ask("POST", "/api/v2/logs/analytics/aggregate", body)
        if status != 200:
            raise RuntimeError(f"{status}: {answer}")
        for bucket in answer["data"]["buckets"]:
            found[bucket["by"]["@batch"]] = int(bucket["computes"]["c0"]), int(bucket["computes"]["c1"])
    return found


def counted(server: Server, search: str) -> int:
    where = {"query": search, "from": "now-1d", "to": "now+1h"}
    status, answer = server.ask("POST", "/api/v2/logs/analytics/aggregate", {"filter": where})
    if status != 200:
        raise RuntimeError(f"{status}: {answer}")
    return int(answer["data"]["buckets"][0]["computes"]["c0"]) if answer["data"]["buckets"] else 0


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
    for pipeline in PIPELINES:
        status, answer = server.ask("POST", "/api/v1/logs/config/pipelines", pipeline)
        if status != 200:
            raise RuntimeError(f"The pipeline was refused: {status} {answer}")
    work = Work(server, rate, time.monotonic() + seconds)
    tail = Tail(work)
    threading.Thread(target=tail.follow, daemon=True).start()
    senders = [threading.Thread(target=send, args=(work,), daemon=True) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    killing = [work.began + seconds * (number + 1) / (kills + 1) for number in range(kills)]
    print(
        f"{'s':>5} {'lines':>10} {'lines/s':>8} {'CPU s':>6} {'RSS MB':>7} {'slowest s':>9} "
        f"{'sent again':>10} {'matched':>8} {'shown':>6} {'age s':>6} {'oldest':>6} {'load':>5}",
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
            work.ready_since = time.time()
            print(f"{time.monotonic() - work.began:5.0f} ready again", flush=True)
            cpu, before, row = _cpu(server), len(work.acknowledged) * BATCH, time.monotonic()
        if now - row >= 10:
            lines = len(work.acknowledged) * BATCH
            assert server.process is not None
            memory = memory_mb(server.process.pid)[0]
            pace = (lines - before) / (now - row)
            matched, shown, age, oldest = tail.take()
            spent = (_cpu(server) - cpu) / max(lines - before, 1) * 100_000
            print(
                f"{now - work.began:5.0f} {lines:10} {pace:8.0f} {spent:6.2f} {memory:7.0f} "
                f"{work.slowest:9.2f} {work.again:10} {matched:8.0f} {shown:6.0f} {age:6.2f} {oldest:6.2f} "
                f"{os.getloadavg()[0]:5.1f}",
                flush=True,
            )
            before, row, cpu, work.slowest = lines, now, _cpu(server), 0.0
    return verdict(server, work, tail)


def _cpu(server: Server) -> float:
    assert server.process is not None
    return cpu_seconds(server.process.pid)


def verdict(server: Server, work: Work, tail: Tail) -> int:
    found = stored(server, work.next_batch)
    missing = [number for number in work.acknowledged if f"b{number}" not in found]
    wrong = {name: counts for name, counts in found.items() if counts != (BATCH, BATCH)}
    extra = set(found) - {f"b{number}" for number in work.acknowledged}
    processed = sum(counted(server, search) for search in PROCESSED)
    lines = len(work.acknowledged) * BATCH
    print(
        f"{lines} lines acknowledged, {sum(one for one, _ in found.values())} stored, {processed} "
        f"through the pipelines; deliveries missing: {len(missing)}, not whole or double: {len(wrong)}, "
        f"never acknowledged: {len(extra)}; live tail showed {len(tail.seen)}, twice {tail.double}",
        flush=True,
    )
    return 1 if missing or wrong or processed != lines or tail.double else 0


if __name__ == "__main__":
    main()
