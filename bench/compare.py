"""Backfill and three questions by HTTP, the same day of samples in each server: milliseconds, wall and CPU.

``python -m bench.compare [--hosts N]``. Heeler is fed as Agents feed it (v2 protobuf), VictoriaMetrics and
Prometheus by remote write, each with 240 samples of a series at a time, in the order of time. Peers are asked
without their caches of results.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from bench import servers, table
from bench.load import Body, snappy
from bench.send import Result, cpu_seconds, send
from bench.servers import API_KEY, APP_KEY, Server
from bench.table import Row
from heeler.wire import protobuf as pb

DAY, HOUR, STEP = 86400, 3600, 15
BATCH = 100

RUNS = 10
Floats = npt.NDArray[np.float64]


class Question(NamedTuple):
    """``text`` is Datadog's language, ``promql`` the same in the peers', one value each ``step`` seconds."""

    name: str
    text: str
    promql: str
    seconds: int
    step: int


QUESTIONS = (
    Question(
        "1 h, avg by host, all series", "avg:bench.day{*} by {host}.rollup(avg, 20)",
        "avg by (host) (avg_over_time(bench_day[20s]))", HOUR, 20,
    ),
    Question(
        "24 h of 100 series, 1 min", "avg:bench.day{rack:1} by {host}.rollup(avg, 60)",
        'avg by (host) (avg_over_time(bench_day{rack="1"}[1m]))', DAY, 60,
    ),
    Question(
        "24 h, avg of all series, 5 min", "avg:bench.day{*}.rollup(avg, 300)",
        "avg(avg_over_time(bench_day[5m]))", DAY, 300,
    ),
)  # fmt: skip


def samples(field: int, times: npt.NDArray[np.int64], values: Floats) -> bytes:
    """Messages ``{value 1 double, timestamp 2 int64}`` in ``field``, the layout that both formats share."""
    stamps = np.array([list(pb.put_int(2, at)) for at in times.tolist()], np.uint8)
    rows = np.empty((len(times), 11 + stamps.shape[1]), np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2] = field << 3 | 2, 9 + stamps.shape[1], 9
    rows[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    rows[:, 11:] = stamps
    return rows.tobytes()


def datadog(host: int, times: npt.NDArray[np.int64], values: Floats) -> bytes:
    place = pb.put_bytes(1, b"host") + pb.put_bytes(2, f"host-{host:04}".encode())
    head = pb.put_bytes(1, place) + pb.put_bytes(2, b"bench.day")
    tags = pb.put_bytes(3, f"rack:{host // 100}".encode()) + pb.put_bytes(3, b"env:prod")
    tail = pb.put_int(5, 3) + pb.put_int(8, STEP)
    return pb.put_bytes(1, head + tags + samples(4, times, values) + tail)


def remote_write(host: int, times: npt.NDArray[np.int64], values: Floats) -> bytes:
    labels = {"__name__": "bench_day", "env": "prod", "host": f"host-{host:04}", "rack": str(host // 100)}
    pairs = (pb.put_bytes(1, key.encode()) + pb.put_bytes(2, text.encode()) for key, text in labels.items())
    head = b"".join(pb.put_bytes(1, pair) for pair in pairs)
    return pb.put_bytes(1, head + samples(2, times * 1000, values))


def work(
    encode: Callable[..., bytes], compress: Callable[[bytes], bytes], hosts: int, end: int
) -> Iterator[Body]:
    """Requests with an hour of 100 hosts each."""
    rng = np.random.default_rng(1)
    for hour in range(end - DAY, end, HOUR):
        times = np.arange(hour, hour + HOUR, STEP)
        for first in range(0, hosts, BATCH):
            group = range(first, min(first + BATCH, hosts))
            parts = [encode(host, times, rng.normal(40, 10, len(times)).round(2)) for host in group]
            yield Body(compress(b"".join(parts)), len(group) * len(times))


def fill(server: Server, hosts: int, end: int) -> Result:
    if server.name == "heeler":
        path, kind, encoding = "/api/v2/series", "application/x-protobuf", "zstd"
        bodies = work(datadog, lambda data: zstandard.compress(data, 1), hosts, end)
    else:
        path, kind, encoding = "/api/v1/write", "application/x-protobuf", "snappy"
        bodies = work(remote_write, snappy, hosts, end)
    headers = {"Content-Type": kind, "Content-Encoding": encoding, "DD-API-KEY": API_KEY}
    # One connection: Prometheus takes the samples of a series in their order only.
    return asyncio.run(
        send(server.port, path, headers, list(bodies), pid=server.pid, connections=1, settle=5)
    )


def request(server: Server, question: Question, end: int) -> urllib.request.Request:
    start = end - question.seconds
    if server.name == "heeler":
        query = urllib.parse.urlencode({"from": start, "to": end, "query": question.text})
        headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
        return urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v1/query?{query}", headers=headers)
    arguments = {"start": start, "end": end, "step": question.step, "query": question.promql, "nocache": 1}
    query = urllib.parse.urlencode(arguments)
    return urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v1/query_range?{query}")


def ask(server: Server, question: Question, end: int) -> tuple[float, float, int]:
    """Median milliseconds of a run, milliseconds of CPU a run, bytes of the answer."""
    spent, size, cpu = [], 0, cpu_seconds(server.pid)
    for _ in range(RUNS):
        began = time.perf_counter()
        with urllib.request.urlopen(request(server, question, end), timeout=60) as answer:
            size = len(answer.read())
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent), (cpu_seconds(server.pid) - cpu) * 1000 / RUNS, size


def run(hosts: int = 1000) -> None:
    end = int(time.time()) // HOUR * HOUR
    for start in (servers.heeler, servers.victoria_metrics, servers.prometheus):
        with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "data") as server:
            if server is not None:
                _measure(server, hosts, end)


def _measure(server: Server, hosts: int, end: int) -> None:
    filled = fill(server, hosts, end)
    bad = {code: count for code, count in filled.codes.items() if code >= 300}
    note = f"answers {bad}" if bad else ""
    table.put(Row("backfill of the questions", server.name, filled.samples, filled.per_core, note=note))
    for question in QUESTIONS:
        milliseconds, cpu, size = ask(server, question, end)
        table.put(Row(question.name, server.name, ms=milliseconds, cpu_ms=cpu, note=f"{size:,} bytes"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    run(parser.parse_args().hosts)


if __name__ == "__main__":
    main()
