"""Spans through the server, with and without its compiled decoder: ``python -m bench.span_intake``.

Deliveries of an agent by HTTP, to servers that are started anew; spans for each second of the server's
CPU, merging
included.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

from bench import servers
from bench.load import Body
from bench.send import disk_bytes, send
from bench.servers import API_KEY, Server
from bench.span_decoding import SPANS, body

_PLAIN = "from heeler.wire.traces import fast_path; fast_path.prepare = lambda: None"
_HEADERS = {"DD-API-KEY": API_KEY, "Content-Type": "application/x-protobuf"}


def measure(name: str, server: Server, work: list[bytes]) -> None:
    """Deliver and print one line."""
    sent = (Body(one, SPANS) for one in work)
    result = asyncio.run(
        send(server.port, "/api/v0.2/traces", _HEADERS, sent, pid=server.pid, connections=8, settle=10)
    )
    bad = {code: count for code, count in result.codes.items() if code >= 300}
    size = disk_bytes(server.data) / max(result.samples, 1)
    cost = 1e5 / result.per_core
    print(f"| {name} | {result.per_core:,.0f} | {cost:.2f} | {size:.0f} | {bad or ''} |", flush=True)


def run(spans: int) -> None:
    """Print a line for each decoder."""
    chance, now = random.Random(1), time.time_ns() - 1800 * 10**9
    work = [body(SPANS, now + number * 10**8, chance) for number in range(spans // SPANS)]
    print("| decoder | spans/CPU-s | CPU s/100,000 | bytes a span | refused |\n|---|---:|---:|---:|---|")
    for name, first, part in (("plain", _PLAIN, max(len(work) // 3, 1)), ("compiled", "", len(work))):
        with tempfile.TemporaryDirectory() as folder, servers.heeler(Path(folder), first) as server:
            measure(name, server, work[:part])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=100_000)
    run(parser.parse_args().spans)
