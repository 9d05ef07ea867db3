"""A synthetic fleet and what its agents send: bytes that every server under test gets alike.

Each host has the same metrics, with tags as a Kubernetes node has them, and values of five kinds:
percentages with
two decimals, page-multiple bytes, rates (a count divided by 15), constants, full-precision timers.
"""

from __future__ import annotations

import json
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import zstandard

from heeler.wire import protobuf as pb

INTERVAL = 15
KINDS = ("percent",) * 6 + ("bytes",) * 4 + ("rate",) * 4 + ("constant",) * 3 + ("count",) * 2 + ("timer",)


class Body(NamedTuple):
    """One request: its bytes as sent, and the number of samples in it."""

    data: bytes
    samples: int


Values = npt.NDArray[np.float64]


class Format(NamedTuple):
    """A wire format: path, headers, and what makes bytes of (host, times, values[metric, time])."""

    path: str
    headers: dict[str, str]
    encode: Callable[[int, list[int], Values], bytes]


def values(metrics: int, times: int, rng: np.random.Generator) -> Values:
    """Samples of one host: a row a metric."""
    out = np.empty((metrics, times))
    for row in range(metrics):
        kind = KINDS[row % len(KINDS)]
        if kind == "percent":
            out[row] = np.round(np.abs((rng.uniform(5, 80) + rng.normal(0, 1.5, times).cumsum()) % 100), 2)
        elif kind == "bytes":
            moves = rng.integers(-200, 210, times) * (rng.random(times) < 0.6)
            out[row] = np.abs(rng.integers(2**20, 2**23) + moves.cumsum()) * 4096.0
        elif kind == "rate":
            out[row] = rng.poisson(rng.uniform(1, 3000), times) / INTERVAL
        elif kind == "constant":
            out[row] = float(rng.integers(1, 2**34))
        elif kind == "count":
            out[row] = rng.poisson(rng.uniform(0.2, 50), times)
        else:
            out[row] = rng.lognormal(-3, 0.6, times)
    return out


def tags(host: int, metric: int) -> list[str]:
    base = [
        f"env:{('prod', 'prod', 'staging', 'dev')[host % 4]}",
        f"service:svc-{host % 40:02d}",
        f"availability-zone:eu-west-1{'abc'[host % 3]}",
        f"kube_cluster_name:k{host % 5}",
        f"instance-type:m6i.{('large', 'xlarge', '2xlarge')[host % 3]}",
        f"version:1.{host % 7}.{host % 11}",
    ]
    return [*base, f"device:/dev/nvme{metric % 4}n1"] if metric % 5 == 0 else base


def host_name(host: int) -> str:
    return f"ip-10-0-{host >> 8}-{host & 255}.eu-west-1.compute.internal"


def kind_of(metric: int) -> str:
    return KINDS[metric % len(KINDS)]


def name_of(metric: int) -> str:
    return f"bench.subsystem{metric % 14}.leaf{metric}"


def encode_v1(host: int, times: list[int], rows: Values) -> bytes:
    series = []
    for metric, row in enumerate(rows.tolist()):
        kind = kind_of(metric)
        item = {
            "metric": name_of(metric),
            "points": list(map(list, zip(times, row, strict=True))),
            "tags": tags(host, metric),
            "host": host_name(host),
            "type": kind if kind in ("rate", "count") else "gauge",
            "interval": INTERVAL,
            "source_type_name": "System",
        }
        series.append(item)
    return zlib.compress(json.dumps({"series": series}, separators=(",", ":")).encode(), 6)


def encode_v2(host: int, times: list[int], rows: Values) -> bytes:
    out = []
    place = pb.put_bytes(1, pb.put_bytes(1, b"host") + pb.put_bytes(2, host_name(host).encode()))
    stamps = [pb.put_int(2, time) for time in times]
    for metric, row in enumerate(rows.tolist()):
        kind = {"count": 1, "rate": 2}.get(kind_of(metric), 3)
        points = [
            pb.put_bytes(4, pb.put_double(1, value) + stamp) for value, stamp in zip(row, stamps, strict=True)
        ]
        message = [
            place,
            pb.put_bytes(2, name_of(metric).encode()),
            *(pb.put_bytes(3, tag.encode()) for tag in tags(host, metric)),
            *points,
            pb.put_int(5, kind),
            pb.put_bytes(7, b"System"),
            pb.put_int(8, INTERVAL),
        ]
        out.append(pb.put_bytes(1, b"".join(message)))
    return zstandard.compress(b"".join(out), 1)


def encode_remote_write(host: int, times: list[int], rows: Values) -> bytes:
    out = []
    stamps = [pb.put_int(2, time * 1000) for time in times]
    for metric, row in enumerate(rows.tolist()):
        labels = dict(tag.replace("-", "_").split(":", 1) for tag in tags(host, metric))
        labels |= {"__name__": name_of(metric).replace(".", "_"), "host": host_name(host)}
        pairs = [
            pb.put_bytes(1, key.encode()) + pb.put_bytes(2, labels[key].encode()) for key in sorted(labels)
        ]
        samples = [pb.put_double(1, value) + stamp for value, stamp in zip(row, stamps, strict=True)]
        series = [pb.put_bytes(1, pair) for pair in pairs] + [pb.put_bytes(2, one) for one in samples]
        out.append(pb.put_bytes(1, b"".join(series)))
    return snappy(b"".join(out))


def snappy(data: bytes) -> bytes:
    """``data`` in Snappy's format as literals alone: what remote write asks for, without a library."""
    pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    literals = (b"\xf4" + (len(piece) - 1).to_bytes(2, "little") + piece for piece in pieces)
    return pb.put_int(0, len(data))[1:] + b"".join(literals)


def encode_pickle(host: int, times: list[int], rows: Values) -> bytes:
    """A frame of carbon's pickle protocol; tags have no place in it, so that the host is part of the name."""
    place = host_name(host).replace(".", "_")
    samples = [
        (f"{place}.{name_of(metric)}", (time, value))
        for metric, row in enumerate(rows.tolist())
        for time, value in zip(times, row, strict=True)
    ]
    data = pickle.dumps(samples, protocol=2)
    return struct.pack("!L", len(data)) + data


V1 = Format("/api/v1/series", {"Content-Type": "application/json", "Content-Encoding": "deflate"}, encode_v1)
V2 = Format(
    "/api/v2/series", {"Content-Type": "application/x-protobuf", "Content-Encoding": "zstd"}, encode_v2
)
REMOTE_WRITE = Format(
    "/api/v1/write",
    {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"},
    encode_remote_write,
)
PICKLE = Format("", {}, encode_pickle)


def bodies(form: Format, *, hosts: int, metrics: int, flushes: int, points: int, end: int) -> Iterator[Body]:
    """All requests in the order of time: at each flush, each host sends ``points`` samples of each metric."""
    rng = np.random.default_rng(7)
    fleet = [values(metrics, flushes * points, rng) for _ in range(hosts)]
    start = (end // INTERVAL - flushes * points) * INTERVAL
    for flush in range(flushes):
        times = [start + (flush * points + i) * INTERVAL for i in range(points)]
        for host in range(hosts):
            part = fleet[host][:, flush * points : (flush + 1) * points]
            yield Body(form.encode(host, times, part), metrics * points)
