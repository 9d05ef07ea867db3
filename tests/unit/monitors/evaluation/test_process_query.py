"""What live process monitors read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from heeler.monitors.evaluation.process_query import process_frame, read_processes
from heeler.monitors.evaluation.state_machine import Reading
from heeler.monitors.queries.parser import ProcessQuery, parse_monitor_query
from heeler.store.engine import Engine
from heeler.store.process_rows import snapshot_tables
from heeler.wire.processes.model import HostSnapshot, Process

NOW = 1_910_000_000
A, B = "process-monitor-a", "process-monitor-b"


@pytest.fixture(scope="module", autouse=True)
def stored(engine: Engine) -> Iterator[None]:
    """Two workers on each host; those of the second ended four minutes ago."""
    engine.execute_sync("ALTER TABLE processes REMOVE TTL")  # of a time that is not now
    for host, last in ((A, NOW), (B, NOW - 240)):
        for time in range(NOW - 600, last, 60):
            found = [Process(pid=n, created=n, name="worker", command=f"worker {n}") for n in (1, 2)]
            engine.insert_sync(
                "processes", snapshot_tables(HostSnapshot(host, 1, 1, found), time)["processes"]
            )
    yield
    engine.execute_sync("TRUNCATE TABLE processes")
    engine.execute_sync("ALTER TABLE processes MODIFY TTL time + toIntervalHour(36)")


def query(text: str) -> ProcessQuery:
    found = parse_monitor_query("process alert", text)
    assert isinstance(found, ProcessQuery)
    return found


@pytest.mark.parametrize(
    ("text", "options", "readings"),
    [
        ('processes("worker").last("5m") < 1', {}, {"*": 4.0}),
        ('processes("worker").last("2m") < 1', {}, {"*": 2.0}),
        ('processes("worker").by("host").last("2m") < 1', {}, {f"host:{A}": 2.0}),
        ('processes("worker").by("host").last("2m") < 1', {"evaluation_delay": 240},
         {f"host:{A}": 2.0, f"host:{B}": 2.0}),
        (f'processes("worker").over("host:{B}").last("2m") < 1', {}, {"*": 0.0}),
        (f'processes("worker").over("host:{B}").last("2m") < 1', {"notify_no_data": True}, {"*": None}),
        ('processes("nobody").last("2m") < 1', {}, {"*": 0.0}),
        ('processes("\\"worker 2\\"").last("2m") < 1', {}, {"*": 1.0}),
        ('processes("worker").by("host,command").last("1m") > 1', {}, {f"host:{A},command:worker": 2.0}),
    ],
)  # fmt: skip
async def test_processes_alive_within_the_window(
    engine: Engine, text: str, options: dict[str, Any], readings: dict[str, float | None]
) -> None:
    services: Any = SimpleNamespace(engine=engine)
    found = await read_processes(services, query(text), options, NOW)
    assert found == {name: Reading(value) for name, value in readings.items()}


async def test_the_graph_counts_over_time(engine: Engine) -> None:
    services: Any = SimpleNamespace(engine=engine)
    frame = await process_frame(services, query('processes("worker").last("5m") < 1'), NOW - 600, NOW)
    seen = [value for value in frame.values[0].tolist() if not math.isnan(value)]
    assert (seen[0], seen[-1]) == (4.0, 2.0)
