"""``python -m bench.soak [--minutes 10]``: live agents, traces, logs and people who ask, at an even pace.

A row a minute: what should stay flat (memory, threads, open files, parts of tables) and how long answers
took. It ends with an error when something grew that should not have.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import re
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from bench import load, servers
from bench.send import cpu_seconds, exchange, memory_mb
from bench.servers import API_KEY, APP_KEY, Server
from heeler.wire.traces import agent_payload
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

HOSTS, METRICS = 200, 100
TRACES, SPANS, LOGS = 20, 8, 50
_PART = re.compile(r"_\d+_\d+_\d+(_\d+)?$")


@dataclass
class Minute:
    """What happened since the last row: milliseconds of answers, and how many answers were errors."""

    deliveries: list[float] = field(default_factory=list)
    questions: list[float] = field(default_factory=list)
    errors: int = 0
    cpu: float = 0.0


class Fleet:
    """Makes requests of a kind, always for the present moment."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        self._values = [load.values(METRICS, 64, rng) for _ in range(HOSTS)]
        self._random = random.Random(3)
        self._turn = itertools.count()

    def points(self) -> Iterator[bytes]:
        """Deliveries of hosts in turn: the even ones v1 JSON, the odd ones v2 protobuf."""
        for turn in self._turn:
            host = turn % HOSTS
            form = (load.V1, load.V2)[host % 2]
            column = turn // HOSTS % 64
            body = form.encode(host, [int(time.time())], self._values[host][:, column : column + 1])
            yield request("POST", form.path, body, **form.headers)

    def traces(self) -> Iterator[bytes]:
        while True:
            chunks = [Chunk([self._span(n) for n in range(SPANS)]) for _ in range(TRACES)]
            traces = AgentTraces("soak", "prod", "7", [TracerPayload(chunks, env="prod")])
            body = agent_payload.encode(traces)
            yield request("POST", "/api/v0.2/traces", body, **{"Content-Type": "application/x-protobuf"})

    def _span(self, place: int) -> Span:
        pick = self._random
        return Span(
            service=f"svc-{pick.randrange(20)}",
            name="flask.request",
            resource=f"GET /items/{pick.randrange(50)}",
            type="web",
            trace_id=pick.getrandbits(63),
            span_id=pick.getrandbits(63),
            parent_id=place,
            start=time.time_ns(),
            duration=pick.randrange(10**5, 10**9),
            meta={"http.status_code": "200", "http.url": f"/items/{pick.randrange(10**4)}"},
            metrics={"_top_level": 1.0} if place == 0 else {},
        )

    def logs(self) -> Iterator[bytes]:
        while True:
            entries = [
                {
                    "message": f"request {self._random.getrandbits(40):x} took {self._random.random():.3f} s",
                    "service": f"svc-{self._random.randrange(20)}",
                    "hostname": load.host_name(self._random.randrange(HOSTS)),
                    "ddtags": "env:prod",
                }
                for _ in range(LOGS)
            ]
            body = orjson.dumps(entries)
            yield request("POST", "/api/v2/logs", body, **{"Content-Type": "application/json"})

    def questions(self) -> Iterator[bytes]:
        while True:
            metric = self._random.randrange(METRICS)
            text = f"avg:bench.subsystem{metric % 14}.leaf{metric}{{*}} by {{service}}"
            now = int(time.time())
            query = urllib.parse.urlencode({"from": now - 3600, "to": now, "query": text})
            yield request("GET", f"/api/v1/query?{query}", b"", **{"DD-APPLICATION-KEY": APP_KEY})


def request(method: str, path: str, body: bytes, **headers: str) -> bytes:
    head = {"Host": "bench", "DD-API-KEY": API_KEY, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


async def pace(
    port: int, requests: Iterator[bytes], every: float, note: Callable[[float, int], None], until: float
) -> None:
    """Send one request each ``every`` seconds over a connection of its own; late ones are not made up for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    while due < until:
        await asyncio.sleep(max(due - time.monotonic(), 0))
        data = next(requests)
        began = time.perf_counter()
        status = await exchange(reader, writer, data)
        note((time.perf_counter() - began) * 1000, status)
        due = max(due + every, time.monotonic() - every)
    writer.close()


async def run(server: Server, minutes: int) -> list[dict[str, float]]:
    """The rows: a dictionary of numbers for each minute."""
    fleet, minute = Fleet(), [Minute()]
    until = time.monotonic() + minutes * 60 + 1

    def delivered(milliseconds: float, status: int) -> None:
        minute[0].deliveries.append(milliseconds)
        minute[0].errors += status >= 300

    def answered(milliseconds: float, status: int) -> None:
        minute[0].questions.append(milliseconds)
        minute[0].errors += status >= 300

    rows: list[dict[str, float]] = []
    points = fleet.points()
    async with asyncio.TaskGroup() as tasks:
        # Each host flushes every ten seconds; ten connections share them.
        for _ in range(10):
            tasks.create_task(pace(server.port, points, 100 / HOSTS, delivered, until))
        tasks.create_task(pace(server.port, fleet.traces(), 0.5, delivered, until))
        tasks.create_task(pace(server.port, fleet.logs(), 0.5, delivered, until))
        for _ in range(2):
            tasks.create_task(pace(server.port, fleet.questions(), 1.0, answered, until))
        for number in range(1, minutes + 1):
            cpu = cpu_seconds(server.pid)
            await asyncio.sleep(60)
            done, minute[0] = minute[0], Minute()
            done.cpu = cpu_seconds(server.pid) - cpu
            rows.append(_look(server, number, done))
    return rows


HEADINGS = (
    "minute", "RSS MB", "anonymous MB", "threads", "files", "parts", "requests", "errors", "CPU %",
    "p50 ms", "p99 ms", "query p50 ms", "query p99 ms",
)  # fmt: skip


def _look(server: Server, number: int, minute: Minute) -> dict[str, float]:
    process = Path(f"/proc/{server.pid}")
    rss, anonymous = memory_mb(server.pid)
    values = (
        number, rss, anonymous,
        len(list((process / "task").iterdir())),
        len(list((process / "fd").iterdir())),
        sum(bool(_PART.search(name)) for _, names, _ in os.walk(server.data) for name in names),
        len(minute.deliveries) + len(minute.questions), minute.errors, minute.cpu / 60 * 100,
        *np.percentile(minute.deliveries or [np.nan], (50, 99)),
        *np.percentile(minute.questions or [np.nan], (50, 99)),
    )  # fmt: skip
    row = dict(zip(HEADINGS, map(float, values), strict=True))
    print("| " + " | ".join(f"{row[name]:.0f}".rjust(len(name)) for name in HEADINGS) + " |", flush=True)
    return row


def growth(rows: list[dict[str, float]]) -> list[str]:
    """What the last rows have much more of than those after the first third."""
    third = max(len(rows) // 3, 1)
    found = []
    for name, most in (("anonymous MB", 1.25), ("threads", 1.25), ("files", 1.5)):
        early, late = (max(row[name] for row in part) for part in (rows[third : 2 * third], rows[-third:]))
        if late > early * most:
            found.append(f"{name} grew from {early:.0f} to {late:.0f}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    minutes = parser.parse_args().minutes
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}", flush=True)
    with tempfile.TemporaryDirectory() as folder, servers.heeler(Path(folder) / "heeler") as server:
        rows = asyncio.run(run(server, minutes))
    grew = growth(rows) if minutes >= 6 else []
    if grew:
        raise SystemExit("Not flat: " + "; ".join(grew))


if __name__ == "__main__":
    main()
