"""Ingest: samples a second of server CPU, memory, and bytes on disk.

``live`` is what agents send at each flush: 100 series a host, one sample each. ``day`` is a backfill: 240
samples of
each series in a request. Heeler answers when the rows are synced to disk; VictoriaMetrics keeps up to
five seconds in memory.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import load, servers
from bench.send import Result, disk_bytes, send
from bench.servers import API_KEY, Server


class Case(NamedTuple):
    name: str
    form: load.Format
    hosts: int
    flushes: int
    points: int
    connections: int


CASES = (
    Case("live v1 JSON", load.V1, 1000, 6, 1, 500),
    Case("live v2 protobuf", load.V2, 1000, 12, 1, 500),
    Case("day v1 JSON", load.V1, 50, 4, 240, 4),
    Case("day v2 protobuf", load.V2, 50, 8, 240, 4),
)
METRICS = 100


def run(scale: float) -> None:
    print(
        f"{'case':24} {'server':18} {'samples':>9} {'wall/s':>9} {'per core/s':>10} {'RSS MB':>7} "
        f"{'B/sample':>8}  answers",
        flush=True,
    )
    for case in CASES:
        hosts = max(int(case.hosts * scale), 5)
        work = list(
            load.bodies(
                case.form,
                hosts=hosts,
                metrics=METRICS,
                flushes=case.flushes,
                points=case.points,
                end=int(time.time()),
            )
        )
        with tempfile.TemporaryDirectory() as folder:
            with servers.heeler(Path(folder) / "heeler") as server:
                _measure(case, server, work)
            if case.form is load.V1:
                with servers.victoria_metrics(Path(folder) / "peer") as peer:
                    if peer is not None:
                        _measure(case, peer, work)


def _measure(case: Case, server: Server, work: list[load.Body]) -> None:
    headers = {**case.form.headers, "DD-API-KEY": API_KEY}
    # What the server does only once a series is seen apart from what it does at every flush.
    hosts = len(work) // case.flushes
    for phase, part in (("new", work[:hosts]), ("known", work[hosts:])):
        result = asyncio.run(
            send(
                server.port, server.prefix + case.form.path, headers, part,
                pid=server.pid, connections=case.connections, settle=5,
            )
        )  # fmt: skip
        _print(f"{case.name}, {phase}", server, result)
        if any(code >= 500 for code in result.codes):
            print((server.data.parent / "log").read_text()[-3000:])


def _print(name: str, server: Server, result: Result) -> None:
    size = disk_bytes(server.data) / max(result.samples, 1)
    rate, core = result.samples / result.wall, result.per_core
    print(
        f"{name:24} {server.name:18} {result.samples:9} {rate:9.0f} {core:10.0f} {result.rss:7.0f} "
        f"{size:8.2f}  {dict(result.codes)}",
        flush=True,
    )
