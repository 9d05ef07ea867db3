"""Queries answered from the store alone: processor time of this version's statements beside those of before.

``python -m bench.cold_reads [--hosts N]`` fills a store in a temporary folder and asks each query by turns
in both ways, so that the ratio holds on a busy machine too. Times are those of all threads of this process,
the embedded engine's included.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.query import DAY, NOW, fill
from heeler.query.metrics import point_reader, warmup
from heeler.query.metrics.executor import run_query
from heeler.store import engine as engine_module
from heeler.store.engine import Engine
from heeler.store.migrate import migrate

QUERIES = (
    ("1 h, 1 series", "avg:bench.day{host:host-00001}", 3600),
    ("1 h, 100 series by host", "avg:bench.day{rack:1} by {host}", 3600),
    ("1 h, all series by host", "avg:bench.day{*} by {host}", 3600),
    ("24 h, 1 series, 1 min", "avg:bench.day{host:host-00001}.rollup(avg, 60)", DAY),
    ("24 h, 100 series, 1 min", "avg:bench.day{rack:1} by {host}.rollup(avg, 60)", DAY),
    ("30 d, 1 series", "avg:bench.month{host:host-00001}", 30 * DAY),
)
#: How statements were before: compressed transfers, and conditions that the engine moves to PREWHERE by
#: itself.
_ROWS_BEFORE = """
SELECT series, toUInt32(time) AS t, {columns} FROM {table}
WHERE metric = {{metric:String}}{named} AND {within}
"""
_ARROW_BEFORE = {"output_format_arrow_string_as_string": 1}


@contextmanager
def before() -> Iterator[None]:
    """Statements as they were."""
    rows, arrow = point_reader._ROWS, engine_module._ARROW
    point_reader._ROWS, engine_module._ARROW = _ROWS_BEFORE, _ARROW_BEFORE  # type: ignore[misc]
    try:
        yield
    finally:
        point_reader._ROWS, engine_module._ARROW = rows, arrow  # type: ignore[misc]


async def measured(engine: Engine, text: str, seconds: int) -> float:
    """Milliseconds of processor time of one answer out of the store."""
    began = time.process_time()
    await run_query(engine, text, NOW - seconds, NOW, now=NOW, cached="nothing")
    return (time.process_time() - began) * 1000


async def compare(engine: Engine, runs: int) -> None:
    print("| query | CPU ms before | CPU ms now | ratio |")
    print("|---|---:|---:|---:|")
    for name, text, seconds in QUERIES:
        old, new = [], []
        await measured(engine, text, seconds)
        for _ in range(runs):
            with before():
                old.append(await measured(engine, text, seconds))
            new.append(await measured(engine, text, seconds))
        first, second = statistics.median(old), statistics.median(new)
        print(f"| {name} | {first:.1f} | {second:.1f} | {second / first:.2f} |", flush=True)


async def main(hosts: int, runs: int) -> None:
    warmup.warm_up()
    with tempfile.TemporaryDirectory() as folder:
        async with Engine(f"chdb://{Path(folder) / 'store'}") as engine:
            migrate(engine)
            await fill(engine, hosts)
            await compare(engine, runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.cold_reads", description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.hosts, arguments.runs))
