"""The compiled decoder of logs beside the plain one: ``python -m bench.log_decoding``.

The same bodies in turns, from bytes to rows of ``log_events``; CPU seconds of this process for 100,000 logs.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable

import orjson
import pyarrow as pa

from bench.logs import body
from heeler.store.attributes import PROMOTED
from heeler.store.log_rows import columns_table, logs_table
from heeler.wire.logs import fast_path
from heeler.wire.logs.datadog import decode

LOGS = 1000
_PATHS = tuple(PROMOTED)


def flat(count: int, at_ms: int, chance: random.Random) -> bytes:
    """The logs of :func:`bench.logs.body` as loggers send them that write JSON themselves."""
    made = []
    for item in orjson.loads(body(count, at_ms, chance)):
        inner = orjson.loads(item.pop("message"))
        made.append({**item, **inner})
    return orjson.dumps(made)


def text(count: int, at_ms: int, chance: random.Random) -> bytes:
    """Lines of text with the ids of a trace in them."""
    made = orjson.loads(body(count, at_ms, chance))
    for place, item in enumerate(made):
        ids = f"[dd.trace_id={chance.getrandbits(63)} dd.span_id={chance.getrandbits(63)}]"
        item["message"] = f"12:00:{place % 60:02d},123 WARNING {ids} shop.cart: item {place} is not in stock"
    return orjson.dumps(made)


def _plain(raw: bytes, now: int) -> pa.Table:
    return logs_table(decode(raw, "application/json", {}, now), 1, 1)


def _compiled(raw: bytes, now: int) -> pa.Table:
    found = fast_path.decode(raw, {}, now, _PATHS)
    assert found is not None
    return columns_table(found, 1, 1)


def _spent(read: Callable[[bytes, int], pa.Table], bodies: list[bytes], now: int) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    for raw in bodies:
        read(raw, now)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(logs: int) -> None:
    """Print a line for each kind of logs."""
    fast_path.prepare()
    now, chance = time.time_ns(), random.Random(1)
    print(f"{'':24} {'plain':>8} {'compiled':>9} {'ratio':>6}   CPU s for 100,000 logs")
    for name, make in (("JSON in the message", body), ("flat JSON", flat), ("text with trace ids", text)):
        bodies = [make(LOGS, now // 10**6, chance) for _ in range(logs // LOGS)]
        turns = [[_spent(read, bodies, now) for read in (_plain, _compiled)] for _ in range(3)]
        slow, fast = (min(turn[place] for turn in turns) / logs * 100_000 for place in (0, 1))
        print(f"{name:24} {slow:8.2f} {fast:9.2f} {slow / fast:6.1f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=5000)
    run(parser.parse_args().logs)
