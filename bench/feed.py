"""The same samples for every server: Heeler as Agents feed it, the peers by remote write."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from bench.load import Body
from bench.send import Result, send
from bench.servers import API_KEY, Server
from heeler.wire import protobuf as pb

HOUR, DAY = 3600, 86400
Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Labels = dict[str, str]


class Fleet(NamedTuple):
    """A gauge of ``hosts`` hosts, a sample each ``step`` of ``seconds``; a request has ``batch`` hosts and
    ``span`` seconds."""

    metric: str
    hosts: int
    seconds: int
    step: int
    batch: int
    span: int


def fleets(scale: float) -> tuple[Fleet, ...]:
    """A day at 15 s of 1,000 hosts, a month at 60 s of 100, a day at 60 s of 10,000, a month of them at
    half an hour."""

    def of(hosts: int) -> int:
        return max(20, int(hosts * scale))

    return (
        Fleet("bench.day", of(1000), DAY, 15, 100, HOUR),
        Fleet("bench.month", of(100), 30 * DAY, 60, 100, DAY),
        Fleet("bench.wide", of(10_000), DAY, 60, 1000, HOUR),
        # All in one request: Prometheus takes nothing that is an hour older than the newest of another.
        Fleet("bench.vast", of(10_000), 30 * DAY, 1800, 10_000, 6 * HOUR),
    )


#: A distribution of 100 hosts for an hour: samples a flush, and the bounds that a histogram of it has.
LATENCY_HOSTS, LATENCY_SAMPLES = 100, 10
BOUNDS = np.geomspace(1, 1000, 30).round(2)


def samples(field: int, times: Times, values: Floats) -> bytes:
    """Messages ``{value 1 double, timestamp 2 int64}`` in ``field``, the layout that both formats share."""
    stamps = np.array([list(pb.put_int(2, at)) for at in times.tolist()], np.uint8)
    rows = np.empty((len(times), 11 + stamps.shape[1]), np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2] = field << 3 | 2, 9 + stamps.shape[1], 9
    rows[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    rows[:, 11:] = stamps
    return rows.tobytes()


def labels(host: int) -> Labels:
    return {"env": "prod", "host": f"host-{host:05}", "rack": str(host // 100)}


def datadog(metric: str, step: int, host: int, times: Times, values: Floats) -> bytes:
    tags = labels(host)
    place = pb.put_bytes(1, b"host") + pb.put_bytes(2, tags.pop("host").encode())
    head = pb.put_bytes(1, place) + pb.put_bytes(2, metric.encode())
    head += b"".join(pb.put_bytes(3, f"{key}:{text}".encode()) for key, text in tags.items())
    return pb.put_bytes(1, head + samples(4, times, values) + pb.put_int(5, 3) + pb.put_int(8, step))


def remote_write(metric: str, _: int, host: int, times: Times, values: Floats) -> bytes:
    return prometheus_series({"__name__": metric.replace(".", "_"), **labels(host)}, times, values)


def prometheus_series(names: Labels, times: Times, values: Floats) -> bytes:
    pairs = (pb.put_bytes(1, key.encode()) + pb.put_bytes(2, text.encode()) for key, text in names.items())
    head = b"".join(pb.put_bytes(1, pair) for pair in pairs)
    return pb.put_bytes(1, head + samples(2, times * 1000, values))


def snappy(data: bytes) -> bytes:
    """``data`` in Snappy's format as literals alone: what remote write asks for, without a library."""
    pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    literals = (b"\xf4" + (len(piece) - 1).to_bytes(2, "little") + piece for piece in pieces)
    return pb.put_int(0, len(data))[1:] + b"".join(literals)


def gauges(
    fleet: Fleet, encode: Callable[..., bytes], compress: Callable[[bytes], bytes], end: int
) -> Iterator[Body]:
    rng = np.random.default_rng(1)
    for begin in range(end - fleet.seconds, end, fleet.span):
        times = np.arange(begin, begin + fleet.span, fleet.step)
        for first in range(0, fleet.hosts, fleet.batch):
            group = range(first, min(first + fleet.batch, fleet.hosts))
            values = rng.normal(40, 10, (len(group), len(times))).round(2)
            parts = [
                encode(fleet.metric, fleet.step, host, times, row)
                for host, row in zip(group, values, strict=True)
            ]
            yield Body(compress(b"".join(parts)), len(group) * len(times))


def _latencies() -> Floats:
    """Milliseconds: [hosts, flushes, samples]."""
    rng = np.random.default_rng(2)
    shape = (LATENCY_HOSTS, HOUR // 15, LATENCY_SAMPLES)
    values: Floats = np.clip(rng.lognormal(3, 1, shape), 1, 999).round(2)
    return values


def distributions(end: int) -> Iterator[Body]:
    times = range(end - HOUR, end, 15)
    for host, rows in enumerate(_latencies().tolist()):
        points = [[at, row] for at, row in zip(times, rows, strict=True)]
        tags = labels(host)
        series = {"metric": "bench.latency", "host": tags["host"], "tags": ["env:prod"], "points": points}
        yield Body(zstandard.compress(json.dumps({"series": [series]}).encode(), 1), len(points))


def histograms(end: int) -> Iterator[Body]:
    """Cumulative counters by upper bound, as Prometheus' clients keep them."""
    times = np.arange(end - HOUR, end, 15)
    for host, rows in enumerate(_latencies()):
        parts = []
        for bound in [*BOUNDS.tolist(), np.inf]:
            counts = np.cumsum((rows <= bound).sum(axis=1)).astype(np.float64)
            names = {
                "__name__": "bench_latency_bucket",
                **labels(host),
                "le": f"{bound:g}".replace("inf", "+Inf"),
            }
            parts.append(prometheus_series(dict(sorted(names.items())), times, counts))
        yield Body(snappy(b"".join(parts)), len(times))


LATENCY = "bench.latency"


def metrics() -> list[str]:
    """The metrics of all fleets, and the distribution."""
    return [*(fleet.metric for fleet in fleets(1.0)), LATENCY]


def fill(server: Server, scale: float, end: int, only: str = "") -> list[Result]:
    """Send everything, or ``only`` one metric; a result for each fleet."""
    found = []
    own = server.name == "heeler"
    for fleet in fleets(scale):
        if only not in ("", fleet.metric):
            continue
        if own:
            bodies = gauges(fleet, datadog, lambda data: zstandard.compress(data, 1), end)
            found.append(_send(server, "/api/v2/series", "zstd", bodies))
        else:
            found.append(_send(server, "/api/v1/write", "snappy", gauges(fleet, remote_write, snappy, end)))
    if only not in ("", LATENCY):
        return found
    if own:
        found.append(
            _send(server, "/api/v1/distribution_points", "zstd", distributions(end), "application/json")
        )
    else:
        found.append(_send(server, "/api/v1/write", "snappy", histograms(end)))
    return found


def _send(
    server: Server, path: str, encoding: str, bodies: Iterator[Body], kind: str = "application/x-protobuf"
) -> Result:
    headers = {"Content-Type": kind, "Content-Encoding": encoding, "DD-API-KEY": API_KEY}
    # One connection: samples of a series come in their order.
    return asyncio.run(send(server.port, path, headers, bodies, pid=server.pid, connections=1, settle=2))
