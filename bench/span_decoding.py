"""The compiled decoder of spans beside the plain one: ``python -m bench.span_decoding``.

The same bodies of ``/api/v0.2/traces`` in turns, from bytes to rows of ``apm_spans``; CPU seconds of this
process for
100,000 spans.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable

import pyarrow as pa

from bench.spans import spans
from heeler.store import span_columns
from heeler.store.span_rows import span_tables
from heeler.wire.traces import agent_payload, fast_path
from heeler.wire.traces.spans import AgentTraces, Chunk, TracerPayload

SPANS = 1000
_PER_CHUNK = 10


def body(count: int, at: int, chance: random.Random) -> bytes:
    """A delivery of ``count`` spans in chunks of ten; ``at`` is nanoseconds."""
    made = spans(count, at, chance)
    chunks = [Chunk(made[first : first + _PER_CHUNK], 1) for first in range(0, count, _PER_CHUNK)]
    payload = TracerPayload(chunks, language="python", tracer_version="4.0", runtime_id="r" * 32)
    return agent_payload.encode(AgentTraces("web-1", "prod", "7.60.0", [payload]))


def _plain(raw: bytes) -> pa.Table:
    return span_tables(agent_payload.decode(raw))["apm_spans"]


def _compiled(raw: bytes) -> pa.Table:
    found = span_columns.decode(raw)
    assert found is not None
    return found.tables["apm_spans"]


def _spent(read: Callable[[bytes], pa.Table], bodies: list[bytes]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    for raw in bodies:
        read(raw)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(count: int) -> None:
    """Print one line."""
    fast_path.prepare()
    now, chance = time.time_ns(), random.Random(1)
    bodies = [body(SPANS, now, chance) for _ in range(count // SPANS)]
    turns = [[_spent(read, bodies) for read in (_plain, _compiled)] for _ in range(3)]
    slow, fast = (min(turn[place] for turn in turns) / count * 100_000 for place in (0, 1))
    print(f"plain {slow:.2f}, compiled {fast:.2f} CPU s for 100,000 spans: {slow / fast:.1f} times less")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=5000)
    run(parser.parse_args().spans)
