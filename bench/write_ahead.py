"""Compares the group commit with the write-ahead log: processor time, parts, and how long an answer takes.

    python -m bench.write_ahead [--seconds 20] [--rate 50] [--lines 40]

Requests of logs arrive at a steady rate, each a batch of lines. *Group commit*: rows of a tenth of a second
are one insert, and the answer leaves when that is on disk. *Log*: rows are on disk in a file when the answer
leaves,
and inserted within a second (:mod:`heeler.store.wal`). Decoding is the same and done before
the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pyarrow as pa

from heeler.store.deduplication import remember_tokens
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.store.migrate import migrate
from heeler.store.wal import WriteAheadLog
from heeler.store.writer import Writer
from heeler.wire.logs.datadog import decode

_WORDS = ("payment", "order", "timeout", "retry", "accepted", "user", "cache", "miss", "query", "slow")


@dataclass
class Delivery:
    """A request: its bytes as they would be appended, and its rows."""

    body: bytes
    rows: pa.Table


@dataclass
class Result:
    """What a run cost."""

    name: str
    lines: int
    cpu: float = 0.0
    parts: int = 0
    waits: list[float] = field(default_factory=list)

    def row(self) -> str:
        waits = sorted(self.waits)
        middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        per = self.cpu / self.lines * 100_000
        return f"{self.name:14} {per:8.2f} {middle * 1000:10.0f} {late * 1000:10.0f} {self.parts:8}"


def deliveries(count: int, lines: int) -> list[Delivery]:
    now = time.time_ns()
    made = []
    for number in range(count):
        items = [
            {
                "message": f"{_WORDS[line % 10]} {_WORDS[(line * 7 + number) % 10]} {number * lines + line}",
                "service": f"service-{number % 8}",
                "hostname": f"web-{number % 20}",
                "status": "error" if line % 20 == 0 else "info",
                "ddsource": "python",
                "ddtags": "env:prod,team:shop",
                "timestamp": (now // 10**6) + line,
                "usr": {"id": (number * lines + line) % 997},
            }
            for line in range(lines)
        ]
        body = orjson.dumps(items)
        made.append(Delivery(body, logs_table(decode(body, "application/json", {}, now), number)))
    return made


async def _send(
    result: Result, made: list[Delivery], rate: float, put: Callable[[Delivery], Awaitable[None]]
) -> None:
    began = time.monotonic()

    async def one(number: int, delivery: Delivery) -> None:
        await asyncio.sleep(max(began + number / rate - time.monotonic(), 0))
        start = time.monotonic()
        await put(delivery)
        result.waits.append(time.monotonic() - start)

    await asyncio.gather(*(one(number, delivery) for number, delivery in enumerate(made)))


async def run(name: str, made: list[Delivery], rate: float, *, logged: bool) -> Result:
    """One run over a store of its own."""
    result = Result(name, sum(one.rows.num_rows for one in made))
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(f"chdb://{folder}/store")
        try:
            migrate(engine)
            remember_tokens(engine)
            log = WriteAheadLog(Path(folder) / "wal", engine.insert, ("log_events",))
            writer = Writer(engine, logs=[log] if logged else [])
            await log.recover()
            before = _cpu()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(writer.run())
                if logged:
                    tasks.create_task(log.run())
                await _send(result, made, rate, lambda one: writer.write({"log_events": one.rows}))
                await writer.settle()
                writer.close()
                log.close()
            result.cpu = _cpu() - before
            sql = "SELECT count() FROM system.parts WHERE table = 'log_events' AND level = 0"
            result.parts = int(engine.rows_sync(sql)[0][0])
            stored = int(engine.rows_sync("SELECT count() FROM log_events")[0][0])
            assert stored == result.lines, f"{stored} of {result.lines} lines are stored"
        finally:
            engine.close()
    return result


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--rate", type=float, default=50.0, help="requests a second")
    arguments.add_argument("--lines", type=int, default=40, help="lines a request")
    arguments.add_argument("--turns", type=int, default=2)
    chosen = arguments.parse_args()
    made = deliveries(int(chosen.seconds * chosen.rate), chosen.lines)
    print(f"{'':14} {'CPU s/100k':>8} {'p50 ms':>10} {'p99 ms':>10} {'parts':>8}")
    for _ in range(chosen.turns):
        for name, logged in (("group commit", False), ("log", True)):
            print(asyncio.run(run(name, made, chosen.rate, logged=logged)).row(), flush=True)


if __name__ == "__main__":
    main()
