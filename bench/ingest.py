"""Ingest: samples a second of server CPU, and memory.

``live`` is what agents send at each flush: 100 series a host, one sample each. ``day`` is a backfill: 240
samples of each series in a request. Heeler answers when the rows are synced to disk; VictoriaMetrics keeps up
to five seconds in memory; carbon does not answer at all, and is measured until it rests.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from bench import load, servers, table
from bench.send import Result, send, stream
from bench.servers import API_KEY, Server
from bench.table import Row

METRICS = 100
Start = Callable[[Path], AbstractContextManager[Server | None]]


class Case(NamedTuple):
    """Load, and who takes it. The first flush is reported by itself: there every series is new."""

    name: str
    form: load.Format
    hosts: int
    flushes: int
    points: int
    connections: int
    servers: tuple[Start, ...]


_DATADOG = (servers.heeler, servers.victoria_metrics)
_REMOTE = (servers.victoria_metrics, servers.prometheus)
CASES = (
    Case("live v1 JSON", load.V1, 1000, 6, 1, 500, _DATADOG),
    Case("live v2 protobuf", load.V2, 1000, 12, 1, 500, (servers.heeler,)),
    Case("live remote write", load.REMOTE_WRITE, 1000, 6, 1, 20, _REMOTE),
    Case("live pickle", load.PICKLE, 100, 12, 1, 4, (servers.carbon,)),
    Case("day v1 JSON", load.V1, 50, 4, 240, 4, _DATADOG),
    Case("day v2 protobuf", load.V2, 50, 8, 240, 4, (servers.heeler,)),
    Case("day remote write", load.REMOTE_WRITE, 50, 4, 240, 1, _REMOTE),
)


def run(scale: float) -> None:
    """Measure every case at ``scale`` times its hosts; a row for each phase and server."""
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
        for start in case.servers:
            with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "server") as server:
                if server is not None:
                    _measure(case, server, work, hosts)


def _measure(case: Case, server: Server, work: list[load.Body], hosts: int) -> None:
    for phase, part in (("new", work[:hosts]), ("known", work[hosts:])):
        result = asyncio.run(_deliver(case, server, part))
        _put(f"{case.name}, {phase}", server, result)
        if any(code >= 500 for code in result.codes):
            print((server.data.parent / "log").read_text()[-3000:])


async def _deliver(case: Case, server: Server, work: list[load.Body]) -> Result:
    if case.form is load.PICKLE:
        return await stream(server.port, work, pid=server.pid, connections=case.connections)
    prefix = server.prefix if case.form is not load.REMOTE_WRITE else ""
    headers = {**case.form.headers, "DD-API-KEY": API_KEY}
    return await send(
        server.port, prefix + case.form.path, headers, work,
        pid=server.pid, connections=case.connections, settle=5,
    )  # fmt: skip


def _put(name: str, server: Server, result: Result) -> None:
    bad = {code: count for code, count in result.codes.items() if code >= 300}
    table.put(
        Row(
            name,
            server.name,
            samples=result.samples,
            per_core=result.per_core,
            rss_mb=result.rss,
            note=f"answers {bad}" if bad else "",
        )
    )
