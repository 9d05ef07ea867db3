"""The store of logs, beside the schema that it replaced: ``python -m bench.logs``.

Both tables get the same generated logs in inserts of the same size, in one embedded engine. Costs are CPU
time of this process with all of the engine's threads. Ratios come first: seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow as pa

from heeler.logs.search import LOGS
from heeler.query.search.aggregate import totals
from heeler.query.search.attributes import Json
from heeler.query.search.field_sql import Column, Parameters, Table
from heeler.query.search.plan import Aggregation, GroupBy
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.store.migrate import migrate, migration_files, statements
from heeler.wire.logs.datadog import LogEntry, decode

GROUP = 10_000
SEARCHES = {
    "equality, frequent key (@usr.id)": "@usr.id:u777",
    "equality, other key (@order.id)": "@order.id:o777",
    "equality, absent": "@order.id:nothing",
    "range (@http.status_code)": "@http.status_code:>=500",
    "range, other key (@rows)": "@rows:>990",
    "substring (message:*way*)": "message:*way*",
    "word": "declined",
    "phrase": '"payment gateway"',
}
FACETS = ("status", "@http.status_code", "@usr.id", "@shop.name")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def body(count: int, at_ms: int, chance: random.Random) -> bytes:
    """A request of ``count`` logs of a shop, as an agent sends them."""
    made = []
    for place in range(count):
        code = chance.choice((200, 200, 200, 201, 404, 500, 503))
        message = f"payment gateway answered {code} in {chance.randrange(900)} ms"
        url = f"/items/{chance.randrange(5000)}"
        inner = {
            "message": message if place % 50 else "payment declined",
            "level": "error" if code >= 500 else "info",
            "http": {"status_code": code, "method": chance.choice(("GET", "POST")), "url": url},
            "usr": {"id": f"u{chance.randrange(20_000)}"},
            "order": {"id": f"o{chance.randrange(100_000)}"},
            "shop": {"name": f"shop-{chance.randrange(300)}"},
            "rows": chance.randrange(1000),
            "duration": chance.randrange(10**9),
            "dd": {"trace_id": str(chance.getrandbits(63)), "span_id": str(chance.getrandbits(63))},
        }  # fmt: skip
        made.append(
            {
                "message": orjson.dumps(inner).decode(),
                "status": "info",
                "timestamp": at_ms + place,
                "hostname": f"web-{place % 20}",
                "service": f"service-{place % 12}",
                "ddsource": "python",
                "ddtags": "env:prod,team:core,version:1.2",
            }
        )
    return orjson.dumps(made)


def before(entries: list[LogEntry], first: int) -> pa.Table:
    """The same rows as the earlier schema had them: attributes as JSON text."""
    return pa.table(
        {
            "time": pa.array([entry.time // 10**6 for entry in entries], pa.timestamp("ms", "UTC")),
            "id": pa.array(range(first, first + len(entries)), pa.uint64()),
            **{
                name: pa.array([getattr(entry, name) for entry in entries], pa.string())
                for name in ("service", "host", "source", "status", "message")
            },
            "tags": pa.array([list(entry.tags) for entry in entries], pa.list_(pa.string())),
            "attributes": [orjson.dumps(entry.attributes).decode() for entry in entries],
            **{
                name: pa.array([getattr(entry, name) for entry in entries], pa.uint64())
                for name in ("trace_id", "trace_high", "span_id")
            },
        }
    )


def _old_table() -> Table:
    """The search of the earlier schema."""
    columns = {name: Column(name) for name in ("host", "service", "source", "message", "status")}

    def attribute(path: str) -> Any:
        return columns.get(path) or Json("attributes", path, duration=path == "duration")

    return Table(
        name="logs FINAL",
        time="toUnixTimestamp64Milli(time) / 1000",
        reserved=columns,
        tag=LOGS.tag,
        attribute=attribute,
        message=("message",),
        everywhere=("message",),
        time_literal="fromUnixTimestamp64Milli(toInt64({0} * 1000))",
    )


def run(count: int) -> None:
    """Print bytes, CPU of inserts and of searches of both, and their ratio."""
    chance = random.Random(1)
    now = int(time.time()) - 3000
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(f"chdb://{folder}")
        migrate(engine)
        for statement in statements(migration_files()["0012_logs.sql"]):
            engine.execute_sync(statement)
        spent = {"logs": 0.0, "log_events": 0.0}
        rows_cost = 0.0
        for group in range(count // GROUP):
            raw = body(GROUP, (now + group * 10) * 1000, chance)
            began = _cpu()
            entries = decode(raw, "application/json", {}, now * 10**9)
            new = logs_table(entries, 1)
            rows_cost += _cpu() - began
            for name, rows in (("logs", before(entries, group * GROUP)), ("log_events", new)):
                began = _cpu()
                engine.insert_sync(name, rows)
                spent[name] += _cpu() - began
        print(f"decoding and rows: {rows_cost / count * 1e5:.2f} CPU s per 100,000")
        for name in spent:
            began = _cpu()
            engine.execute_sync(f"OPTIMIZE TABLE {name} FINAL")
            spent[name] += _cpu() - began
        _line("insert and merge, CPU s per 100,000", *(spent[name] / count * 1e5 for name in spent))
        _line("bytes a log", *(_bytes(engine, name) / count for name in spent))
        for label, search in SEARCHES.items():
            _line(f"{label}, CPU ms", *(_search(engine, table, search) for table in (_old_table(), LOGS)))
        for facet in FACETS:
            costs = (_count_by(engine, table, facet, now) for table in (_old_table(), LOGS))
            _line(f"count by {facet}, CPU ms", *costs)
        engine.close()


def _bytes(engine: Engine, name: str) -> float:
    sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = {name:String}"
    return float(engine.rows_sync(sql, {"name": name})[0][0])


def _search(engine: Engine, table: Table, search: str) -> float:
    to = Parameters()
    sql = f"SELECT count() FROM {table.name} WHERE {search_condition(search, table, to)}"
    return _least(lambda: engine.rows_sync(sql, to.values))


def _count_by(engine: Engine, table: Table, facet: str, now: int) -> float:
    asked = Aggregation("*", now - 86_400.0, now + 86_400.0, group_by=[GroupBy(facet)])
    return _least(lambda: asyncio.run(totals(engine, table, asked)))


def _least(work: Callable[[], object]) -> float:
    costs = []
    for _ in range(3):
        began = _cpu()
        work()
        costs.append(_cpu() - began)
    return min(costs) * 1000


def _line(label: str, old: float, new: float) -> None:
    print(f"{label:45} {old / new if new else 0:6.1f} x less  ({old:.2f} before, {new:.2f} now)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=300_000)
    run(parser.parse_args().logs)
