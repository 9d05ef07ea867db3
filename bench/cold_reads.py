"""Queries not answered out of memory: processor time out of the store alone, and with segment files.

``python -m bench.cold_reads [--hosts N]`` fills a store in a temporary folder, makes the segment files of its
last two days, and asks each query by turns in three ways: of the engine alone; with segment files that were
opened anew for each query, as after a start; and with files that are open. Times are those of all threads of
this process, the embedded engine's included.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bench.query import DAY, NOW, fill
from heeler.query.metrics import warmup
from heeler.query.metrics.executor import Caching, run_query
from heeler.query.metrics.segment_builder import build_file
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.store.engine import Engine
from heeler.store.migrate import migrate

QUERIES = (
    ("1 h, 1 series", "avg:bench.day{host:host-00001}", 3600),
    ("1 h, 100 series by host", "avg:bench.day{rack:1} by {host}", 3600),
    ("1 h, all series by host", "avg:bench.day{*} by {host}", 3600),
    ("24 h, 1 series, 1 min", "avg:bench.day{host:host-00001}.rollup(avg, 60)", DAY),
    ("24 h, 100 series, 1 min", "avg:bench.day{rack:1} by {host}.rollup(avg, 60)", DAY),
    ("24 h, 1 series, 5 min", "avg:bench.day{host:host-00001}.rollup(avg, 300)", DAY),
    ("24 h, 100 series, 5 min", "avg:bench.day{rack:1} by {host}.rollup(avg, 300)", DAY),
    ("24 h, all series in one line, 5 min", "avg:bench.day{*}.rollup(avg, 300)", DAY),
    ("30 d, 1 series", "avg:bench.month{host:host-00001}", 30 * DAY),
)


async def measured(engine: Engine, text: str, seconds: int, cached: Caching) -> float:
    """Milliseconds of processor time of one answer."""
    began = time.process_time()
    await run_query(engine, text, NOW - seconds, NOW, now=NOW, cached=cached)
    return (time.process_time() - began) * 1000


async def build_all(engine: Engine, files: SegmentFiles) -> None:
    """Make all files, and print what that took."""
    files.load()
    began = time.process_time()
    hours = files.wanted()
    for hour in hours:
        await build_file(engine, files, hour)
    spent = time.process_time() - began
    print(f"{len(files.hours)} files of {files.size / 2**20:.1f} MiB, made in {spent:.2f} CPU s\n")


async def compare(engine: Engine, files: SegmentFiles, runs: int) -> None:
    print("| query | CPU ms engine alone | CPU ms files just opened | CPU ms files open | open : engine |")
    print("|---|---:|---:|---:|---:|")
    for name, text, seconds in QUERIES:
        alone, anew, again = [], [], []
        await measured(engine, text, seconds, "nothing")
        await measured(engine, text, seconds, "files")
        for _ in range(runs):
            alone.append(await measured(engine, text, seconds, "nothing"))
            files.close()
            anew.append(await measured(engine, text, seconds, "files"))
            again.append(await measured(engine, text, seconds, "files"))
        first, second, third = (statistics.median(times) for times in (alone, anew, again))
        print(f"| {name} | {first:.1f} | {second:.1f} | {third:.1f} | {third / first:.2f} |", flush=True)


async def main(hosts: int, runs: int) -> None:
    warmup.warm_up()
    with tempfile.TemporaryDirectory() as folder:
        async with Engine(f"chdb://{Path(folder) / 'store'}") as engine:
            migrate(engine)
            files = SegmentFiles(engine, Path(folder) / "segments", most_bytes=2**32, now=lambda: float(NOW))
            await fill(engine, hosts)
            await build_all(engine, files)
            await compare(engine, files, runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.cold_reads", description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.hosts, arguments.runs))
