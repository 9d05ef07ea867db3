"""An attack from all sides for five minutes, beside agents that send as ever: who is hurt, and how much?

    python -m bench.attack [--minutes 5] [--logins 200] [--queries 500] [--connections 200]

At once: people who guess passwords, heavy queries that compute over real points (each with a window of its
own, so that no cache answers), connections that send a byte now and then, and a bomb a second (bodies that
are small as sent and huge when inflated or decoded). Beside them, in a process of its own so that it measures
the server and not the attackers: steady intake of points and logs, sent again until acknowledged, and
somebody who opens pages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psutil
import zstandard

from bench.servers import API_KEY, APP_KEY, heeler

SERIES, POINTS, STEP = 400, 1440, 15
POINTS_A_BODY, LOGS_A_BODY, SENDERS, EVERY = 50, 10, 4, 0.5
_KEYS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"}
_PAGES = (
    "/", "/api/v1/dashboard", "/api/v1/monitor", "/api/ui/hosts",
    "/api/v1/query?from={0}&to={1}&query=avg:steady.points{{*}}",
)  # fmt: skip
LIMIT_P99_S, LIMIT_RSS = 1.0, 1.5 * 2**30


async def exchange(
    port: int,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    patience: float = 60,
) -> tuple[int, bytes]:
    """Status and body of a request over a connection of its own; 0 where it broke or took too long."""
    head = "".join(f"{name}: {value}\r\n" for name, value in (headers or _KEYS).items())
    line = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    text = f"{line}Content-Length: {len(body)}\r\n{head}\r\n"
    writer = None
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer)
            content = await (reader.readexactly(int(length[1])) if length else reader.read())
        return int(answer.split(b" ", 2)[1]), content
    except (OSError, EOFError, TimeoutError, IndexError, ValueError):
        return 0, b""
    finally:
        if writer is not None:
            writer.close()


# --- steady use


@dataclass
class Steady:
    """What the steady side saw: seconds of answers, and rows that were acknowledged."""

    intake: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    points: int = 0
    logs: int = 0
    unacknowledged: int = 0


async def _deliver(port: int, found: Steady, path: str, body: bytes, until: float) -> bool:
    """Send ``body`` until it is acknowledged, as Agents do; each attempt's time counts."""
    pause = 0.5
    while True:
        began = time.perf_counter()
        status, _ = await exchange(port, "POST", path, body)
        found.intake.append(time.perf_counter() - began)
        found.statuses[f"intake {status}"] += 1
        if 200 <= status < 300:
            return True
        if time.time() > until + 120:
            found.unacknowledged += 1
            return False
        await asyncio.sleep(pause)
        pause = min(2 * pause, 8)


async def _sender(port: int, found: Steady, number: int, until: float) -> None:
    turn = 0
    while time.time() < until:
        began = time.time()
        series = [
            {"metric": "steady.points", "type": 1,
             "tags": [f"sender:{number}", f"part:{part}", f"turn:{turn}"],
             "points": [{"timestamp": int(began), "value": 1}]}
            for part in range(POINTS_A_BODY)
        ]  # fmt: skip
        if await _deliver(port, found, "/api/v2/series", json.dumps({"series": series}).encode(), until):
            found.points += POINTS_A_BODY
        stamp = int(began * 1000)
        logs = [
            {"message": f"steady {number}-{turn}-{part}", "service": "steady", "timestamp": stamp,
             "row": f"{number}-{turn}-{part}"}
            for part in range(LOGS_A_BODY)
        ]  # fmt: skip
        if await _deliver(port, found, "/api/v2/logs", json.dumps(logs).encode(), until):
            found.logs += LOGS_A_BODY
        turn += 1
        await asyncio.sleep(max(EVERY - (time.time() - began), 0))


async def _second_person(port: int) -> dict[str, str]:
    """The keys of a user of their own, whose queries take turns with those of the attacker."""
    _, body = await exchange(port, "GET", "/api/v2/roles")
    role = next(one["id"] for one in json.loads(body)["data"] if "Standard" in one["attributes"]["name"])
    user = {"data": {
        "type": "users", "attributes": {"email": "reader@example.com", "service_account": True},
        "relationships": {"roles": {"data": [{"type": "roles", "id": role}]}},
    }}  # fmt: skip
    _, body = await exchange(port, "POST", "/api/v2/service_accounts", json.dumps(user).encode())
    account = json.loads(body)["data"]["id"]
    name = {"data": {"type": "application_keys", "attributes": {"name": "reader"}}}
    path = f"/api/v2/service_accounts/{account}/application_keys"
    _, body = await exchange(port, "POST", path, json.dumps(name).encode())
    return _KEYS | {"DD-APPLICATION-KEY": json.loads(body)["data"]["attributes"]["key"]}


async def _reader(port: int, found: Steady, until: float, keys: dict[str, str]) -> None:
    while time.time() < until:
        now = int(time.time())
        for path in _PAGES:
            began = time.perf_counter()
            status, _ = await exchange(port, "GET", path.format(now - 900, now), headers=keys)
            found.pages.append(time.perf_counter() - began)
            found.statuses[f"page {status}"] += 1
        await asyncio.sleep(2)


async def _steady(port: int, seconds: float) -> Steady:
    keys = await _second_person(port)
    found, until = Steady(), time.time() + seconds
    async with asyncio.TaskGroup() as tasks:
        for number in range(SENDERS):
            tasks.create_task(_sender(port, found, number, until))
        tasks.create_task(_reader(port, found, until, keys))
    return found


# --- the attack


Bomb = tuple[str, dict[str, str], bytes]
"""Path, headers and body."""


def bombs() -> list[Bomb]:
    """One of each kind: making them takes seconds."""
    objects = b"[" + b"{}," * 2_000_000 + b"{}]"
    packer = zlib.compressobj(1, wbits=31)
    zeros = packer.compress(bytes(128 * 2**20)) + packer.flush()
    base = {"DD-API-KEY": API_KEY, "Content-Type": "application/json"}
    zstd, gzip = {**base, "Content-Encoding": "zstd"}, {**base, "Content-Encoding": "gzip"}
    protobuf = {**base, "Content-Type": "application/x-protobuf"}
    msgpack = {**base, "Content-Type": "application/msgpack"}
    return [
        ("/api/v2/logs", zstd, zstandard.compress(objects)),
        ("/api/v2/series", gzip, zeros),
        ("/api/v2/series", protobuf, b"\x0a\x00" * 1_000_000),
        ("/api/v0.2/traces", protobuf, b"\x2a\x00" * 1_000_000),
        ("/api/v0.2/stats", msgpack, b"\xdd\x00\x10\x00\x00" + b"\x80" * 1_000_000),
        ("/api/v1/events", base, b'{"title":"t","text":"x","tags":[' + b"[]," * 900_000 + b"1]}"),
        ("/api/v1/series", base, b"[" * 500_000),
        ("/intake/", base, b'{"events":{"x":[' + b"{}," * 500_000 + b"{}]}}"),
    ]


_HEAVY = (
    "anomalies(avg:heavy.load{{*}} by {{host}}, 'agile', 2)",
    "ewma_20(sum:heavy.load{{*}} by {{host,core}})",
    "top(avg:heavy.load{{*}} by {{host,core}}, 50, 'mean', 'desc')",
    "forecast(avg:heavy.load{{*}}, 'linear', 1)",
    "outliers(avg:heavy.load{{*}} by {{host,core}}, 'DBSCAN', 2)",
    "robust_trend(avg:heavy.load{{*}} by {{core}})",
    "median_9(autosmooth(avg:heavy.load{{*}} by {{host,core}}))",
)


class Attack:
    """All attackers; ``answers`` counts what they were answered."""

    def __init__(self, port: int, seconds: float, seed: int, bombs: Sequence[Bomb]) -> None:
        self._port, self._until = port, time.time() + seconds
        self._rng = random.Random(seed)
        self._bombs = bombs
        self.answers: Counter[str] = Counter()

    async def run(self, logins: int, queries: int, connections: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            for count, kind in ((logins, self._login), (queries, self._query), (connections, self._slow)):
                for _ in range(count):
                    tasks.create_task(self._repeat(kind))
            tasks.create_task(self._bomber())

    async def _repeat(self, act: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(self._rng.uniform(0, 2))
        while time.time() < self._until:
            await act()
            await asyncio.sleep(self._rng.uniform(0.5, 1.5))

    async def _login(self) -> None:
        body = json.dumps({"email": "admin@example.com", "password": f"guess {self._rng.random()}"}).encode()
        headers = {"Content-Type": "application/json"}
        status, _ = await exchange(self._port, "POST", "/api/ui/login", body, headers)
        self.answers[f"login {status}"] += 1

    async def _query(self) -> None:
        now = int(time.time())
        start = now - self._rng.randrange(3600, POINTS * STEP)
        text = f"{self._rng.choice(_HEAVY).format()} * {self._rng.random():.9f}"
        path = f"/api/v1/query?from={start}&to={now}&query={quote(text)}"
        status, _ = await exchange(self._port, "GET", path)
        self.answers[f"query {status}"] += 1

    async def _slow(self) -> None:
        """A head that never ends, a byte each two seconds."""
        writer = None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(b"POST /api/v2/series HTTP/1.1\r\nHost: x\r\nX: ")
            while time.time() < self._until:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(2)
        except OSError:
            self.answers["slow closed"] += 1
        finally:
            if writer is not None:
                writer.close()

    async def _bomber(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            number = 0
            while time.time() < self._until:
                tasks.create_task(self._bomb(*self._bombs[number % len(self._bombs)]))
                number += 1
                await asyncio.sleep(1)

    async def _bomb(self, path: str, headers: dict[str, str], body: bytes) -> None:
        status, _ = await exchange(self._port, "POST", path, body, headers)
        self.answers[f"bomb {path} {status}"] += 1


# --- the parts together


async def fill(port: int) -> None:
    """Points for the queries to compute on: hours of many series."""
    now = int(time.time()) // STEP * STEP
    rng, turns = np.random.default_rng(1), asyncio.Semaphore(8)

    async def deliver(number: int) -> None:
        values = np.round(50 + rng.normal(0, 3, POINTS).cumsum() / 10, 2).tolist()
        points = [{"timestamp": now - STEP * place, "value": value} for place, value in enumerate(values)]
        one = {"metric": "heavy.load", "type": 3, "points": points, "tags": [f"core:{number % 8}"],
               "resources": [{"type": "host", "name": f"h{number // 8}"}]}  # fmt: skip
        body = json.dumps({"series": [one]}).encode()
        async with turns:
            status, answer = await exchange(port, "POST", "/api/v2/series", body)
        if status != 202:
            raise RuntimeError(f"points were answered {status}: {answer[:200]!r}")

    await asyncio.gather(*(deliver(number) for number in range(SERIES)))


async def stored(port: int, began: float) -> tuple[int, int, int]:
    """Points, logs and different logs in the store."""
    start, end = int(began) - 120, int(time.time()) + 60
    text = quote("sum:steady.points{*}.as_count().rollup(sum, 7200)")
    query = f"/api/v1/query?from={start}&to={end}&query={text}"
    _, answer = await exchange(port, "GET", query)
    points = sum(point[1] or 0 for series in json.loads(answer)["series"] for point in series["pointlist"])
    body = {
        "filter": {"query": "service:steady", "from": str(start * 1000), "to": str(end * 1000)},
        "compute": [{"aggregation": "count"}, {"aggregation": "cardinality", "metric": "@row"}],
    }
    _, answer = await exchange(port, "POST", "/api/v2/logs/analytics/aggregate", json.dumps(body).encode())
    computes = json.loads(answer)["data"]["buckets"][0]["computes"]
    return int(points), int(computes["c0"]), int(computes["c1"])


async def _watch(pid: int, highest: list[int]) -> None:
    process = psutil.Process(pid)
    while True:
        highest[0] = max(highest[0], process.memory_info().rss)
        await asyncio.sleep(0.5)


def _steady_process(port: int, seconds: float, out: Any) -> None:
    out.put(asyncio.run(_steady(port, seconds)))


def _at(times: Sequence[float], share: float) -> float:
    return float(np.quantile(times, share)) if times else float("nan")


async def run(port: int, pid: int, options: argparse.Namespace) -> bool:
    """Attack the server, print the table; whether every aim was met."""
    seconds = options.minutes * 60
    await fill(port)
    made = bombs()
    began, highest, out = time.time(), [0], multiprocessing.Queue()  # type: ignore[var-annotated]
    steady = multiprocessing.Process(target=_steady_process, args=(port, seconds, out))
    steady.start()
    attack = Attack(port, seconds, options.seed, made)
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(_watch(pid, highest))
        await attack.run(options.logins, options.queries, options.connections)
        found: Steady = await asyncio.to_thread(out.get)
        watch.cancel()
    steady.join()
    points, logs, different = await stored(port, began)
    return report(found, attack.answers, (points, logs, different), highest[0])


def report(found: Steady, answers: Counter[str], rows: tuple[int, int, int], rss: int) -> bool:
    """Print what came of it; whether every aim was met."""
    points, logs, different = rows
    lines = [("aim", "measured", "met")]
    p99 = _at(found.intake, 0.99)
    exact = (points, logs, different) == (found.points, found.logs, found.logs)
    aims = [
        (f"intake p99 below {LIMIT_P99_S:g} s", f"p50 {_at(found.intake, 0.5):.3f} s, p99 {p99:.3f} s, "
         f"longest {max(found.intake):.3f} s of {len(found.intake):,}", p99 < LIMIT_P99_S),
        ("acknowledged = stored", f"points {found.points:,} = {points:,}; logs {found.logs:,} = {logs:,}, "
         f"different {different:,}", exact),
        ("everybody acknowledged", f"{found.unacknowledged} bodies given up", not found.unacknowledged),
        ("memory below 1.5 GB", f"{rss / 2**20:,.0f} MB at most", rss < LIMIT_RSS),
        ("pages usable", f"p50 {_at(found.pages, 0.5):.3f} s, p95 {_at(found.pages, 0.95):.3f} s",
         _at(found.pages, 0.95) < 5),
    ]  # fmt: skip
    lines += [(aim, measured, "yes" if met else "NO") for aim, measured, met in aims]
    for row in lines:
        print(f"{row[0]:26} {row[2]:4} {row[1]}")
    for counter in (found.statuses, answers):
        for name, count in sorted(counter.items()):
            print(f"  {name}: {count:,}")
    return all(met for _, _, met in aims)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--logins", type=int, default=200)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["HEELER_ADMIN_EMAIL"] = "admin@example.com"
    os.environ["HEELER_ADMIN_PASSWORD"] = "correct horse battery"
    with tempfile.TemporaryDirectory() as folder, heeler(Path(folder)) as server:
        met = asyncio.run(run(server.port, server.pid, options))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
