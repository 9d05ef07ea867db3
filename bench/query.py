"""Queries over a day of 1,000 hosts at 15 s, and a month of 100 hosts: milliseconds, JSON included.

``python -m bench.query [--hosts N]`` fills a store of its own in a temporary folder and prints a table: the
median of ten runs of each question, and the rows that were read.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench import table
from bench.table import Row
from heeler.metrics.responses import encode, v1_answer
from heeler.query.metrics.executor import run_query
from heeler.store.arrow_tables import whole_numbers
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from heeler.store.rollup import Rollups

NOW = 1_763_900_000 // 3600 * 3600
DAY = 86400

QUESTIONS = (
    ("1 h, avg by host, all series", "avg:bench.day{{*}} by {{host}}", 3600),
    ("24 h of 100 series, 1 min", "avg:bench.day{{rack:1}} by {{host}}.rollup(avg, 60)", DAY),
    ("24 h, avg of all series, 5 min", "avg:bench.day{{*}}.rollup(avg, 300)", DAY),
    ("24 h, avg of all series by host", "avg:bench.day{{*}} by {{host}}", DAY),
    ("24 h, top 10 of all series", "top(avg:bench.day{{*}} by {{host}}, 10, 'max', 'desc')", DAY),
    ("30 d of 100 series by host", "avg:bench.month{{*}} by {{host}}", 30 * DAY),
)


def _series(metric: str, hosts: int) -> pa.Table:
    return pa.table(
        {
            "metric": [metric] * hosts,
            "series": pa.array(np.arange(1, hosts + 1, dtype=np.uint64)),
            "type": ["gauge"] * hosts,
            "interval": pa.array([15] * hosts, pa.uint32()),
            "unit": [""] * hosts,
            "source": [""] * hosts,
            "host": [f"host-{number:05}" for number in range(hosts)],
            "tags": pa.array([[f"rack:{number // 100}", "env:prod"] for number in range(hosts)]),
            "last_seen": pa.array([NOW] * hosts, pa.uint32()),
        }
    )


def _points(metric: str, hosts: int, start: int, count: int, step: int, rng: np.random.Generator) -> pa.Table:
    times = start + np.arange(count, dtype=np.uint32) * step
    values = rng.normal(40, 10, hosts * count).round(2)
    raw, scale = whole_numbers(values, np.full(len(values), 100, np.uint16))
    return pa.table(
        {
            "metric": pa.array([metric] * (hosts * count)),
            "series": pa.array(np.repeat(np.arange(1, hosts + 1, dtype=np.uint64), count)),
            "time": pa.array(np.tile(times, hosts).astype(np.uint32)),
            "raw": pa.array(raw),
            "scale": pa.array(scale),
        }
    )


async def fill(engine: Engine, hosts: int) -> None:
    """A day of ``hosts`` hosts at 15 s, a month of 100 hosts at 60 s, and their rollups."""
    rng = np.random.default_rng(1)
    await engine.insert("series", _series("bench.day", hosts))
    await engine.insert("series", _series("bench.month", 100))
    for hour in range(24):
        rows = _points("bench.day", hosts, NOW - DAY + hour * 3600, 240, 15, rng)
        await engine.insert("points", rows)
    for day in range(30):
        await engine.insert("points", _points("bench.month", 100, NOW - (30 - day) * DAY, 1440, 60, rng))
    rollups = Rollups(engine, now=lambda: float(NOW))
    for hour in range(NOW - 30 * DAY, NOW, 3600):
        await rollups.announce([hour])
        await rollups.roll(hour, asyncio.Lock())


async def measure(engine: Engine, runs: int = 10) -> list[tuple[str, float, int, int]]:
    """Name, median milliseconds, rows read and bytes of JSON of each question."""
    found = []
    for name, text, seconds in QUESTIONS:
        spent, rows, size = [], 0, 0
        for _ in range(runs):
            began = time.perf_counter()
            answer = await run_query(engine, text.format(), NOW - seconds, NOW, now=NOW)
            size = len(encode(v1_answer(answer)))
            spent.append((time.perf_counter() - began) * 1000)
            rows = sum(reading.rows for reading in answer.trace.readings)
        found.append((name, statistics.median(spent), rows, size))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=1000)
    run(parser.parse_args().hosts)


def run(hosts: int = 1000) -> None:
    """Fill a store, ask every question and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(f"chdb://{Path(folder) / 'store'}")
        try:
            migrate(engine)
            asyncio.run(_run(engine, hosts))
        finally:
            engine.close()


async def _run(engine: Engine, hosts: int) -> None:
    began = time.perf_counter()
    await fill(engine, hosts)
    table.put(Row("fill of the engine, without HTTP", "engine", ms=(time.perf_counter() - began) * 1000))
    for name, milliseconds, rows, size in await measure(engine):
        table.put(Row(name, "engine", ms=milliseconds, note=f"{rows:,} rows read, {size:,} bytes"))


if __name__ == "__main__":
    main()
