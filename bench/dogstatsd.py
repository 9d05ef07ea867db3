"""How many DogStatsD lines a CPU-second the agent takes, flushing included, and what a flush costs.

    .venv/bin/python -m bench.dogstatsd [contexts ...]

Parsing, aggregation, encoding and compression are measured by the process's CPU time; the sockets are not
part of it, since a process of its own reads them. Only ratios between runs on one machine say something.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from heeler.agent.aggregation.histogram import HistogramSettings
from heeler.agent.aggregation.time_sampler import TimeSampler
from heeler.agent.config import Config
from heeler.agent.dogstatsd.intake import Intake
from heeler.agent.forwarder.transaction import compress

LINES = 1_000_000
_FRAME_LINES = 500


def lines(contexts: int) -> Iterator[bytes]:
    """Frames of lines, two thirds counters, the others gauges and timers, each context in turn."""
    kinds = (b"c", b"c", b"c", b"c", b"g", b"ms")
    one = [
        b"shop.requests.%d:%d|%s|#env:prod,service:web,endpoint:e%d\n"
        % (at % 500, at % 97, kinds[at % len(kinds)], at)
        for at in range(contexts)
    ]
    at = 0
    while True:
        yield b"".join(one[(at + step) % contexts] for step in range(_FRAME_LINES))
        at += _FRAME_LINES


def measure(contexts: int) -> str:
    now = [1_700_000_000.0]
    sampler = TimeSampler(HistogramSettings(), lambda: now[0])
    intake = Intake(Config(Path("/nonexistent"), {}), "host", sampler, Counter())
    source = lines(contexts)
    taken = -1.0
    for number in range(0, LINES + contexts, _FRAME_LINES):
        frame = next(source)
        if number >= contexts and taken < 0:
            now[0] += 10
            sampler.flush()
            taken = 0.0
        begun = time.process_time()
        intake.take(frame)
        taken += time.process_time() - begun if taken >= 0 else 0
    now[0] += 10
    begun = time.process_time()
    size = sum(len(compress(payload, "zstd")[0]) for payload in sampler.flush().payloads)
    flushed = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return (
        f"{contexts:>8,} contexts: {LINES / (taken + flushed):>10,.0f} lines per CPU-second, flush "
        f"{flushed * 1000:,.0f} CPU-ms ({size:,} bytes), {memory} MiB at most"
    )


def main() -> None:
    for contexts in map(int, sys.argv[1:] or ("1000", "20000", "50000", "100000")):
        print(measure(contexts))


if __name__ == "__main__":
    main()
