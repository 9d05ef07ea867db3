"""The store of spans, beside the schema that it replaced: ``python -m bench.spans``.

Both tables get the same generated spans in inserts of the same size, in one embedded engine. Costs are CPU
time of this process with all of the engine's threads. Ratios come first: seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from heeler.apm.search import SPANS
from heeler.query.search.attributes import Either, MapKey
from heeler.query.search.field_sql import Parameters, Table, Tag
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine
from heeler.store.migrate import migrate, migration_files, statements
from heeler.store.span_rows import PROMOTED, span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

GROUP = 10_000
SEARCHES = {
    "tag, equal (@order.id)": "@order.id:o777",
    "tag, absent": "@order.id:nothing",
    "promoted tag, equal (@usr.id)": "@usr.id:u777",
    "promoted tag (@http.method)": "@http.method:POST",
    "number (@rows)": "@rows:>990",
}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def spans(count: int, at: int, chance: random.Random) -> list[Span]:
    """``count`` spans of a shop's requests; ``at`` is nanoseconds."""
    made = []
    for place in range(count):
        kind = chance.randrange(3)
        meta = {
            "env": "prod",
            "version": f"1.{place % 4}",
            "language": "python",
            "component": ("flask", "psycopg", "http")[kind],
            "span.kind": ("server", "client", "client")[kind],
            "http.method": chance.choice(("GET", "POST")),
            "http.url": f"https://shop.example/items/{chance.randrange(50_000)}",
            "http.status_code": "200",
            "usr.id": f"u{chance.randrange(20_000)}",
            "order.id": f"o{chance.randrange(100_000)}",
            "runtime-id": f"{place % 20:032x}",
            "peer.service": ("", "orders-db", "payments")[kind],
            "http.client_ip": f"10.{chance.randrange(256)}.{chance.randrange(256)}.7",
            "db.statement": "SELECT a FROM b WHERE c = ?",
        }
        made.append(
            Span(
                service=f"service-{place % 12}",
                name=("flask.request", "postgres.query", "http.request")[kind],
                resource=f"GET /items/{place % 60}",
                type="web",
                trace_id=chance.getrandbits(63),
                span_id=chance.getrandbits(63),
                parent_id=chance.getrandbits(63),
                start=at + place * 10_000,
                duration=chance.randrange(10**9),
                error=int(chance.random() < 0.02),
                meta={key: value for key, value in meta.items() if value},
                metrics={"_dd.measured": 1.0, "process_id": 77.0, "rows": float(chance.randrange(1000))},
            )
        )
    return made


def before(table: pa.Table) -> pa.Table:
    """The same rows as the earlier schema had them: every tag in the map."""
    columns = table.drop_columns(["meta_struct", *PROMOTED.values(), "meta"])
    texts = {key: table[column].to_pylist() for key, column in PROMOTED.items()}
    rows = []
    for place, pairs in enumerate(table["meta"].to_pylist()):
        more = [(key, values[place]) for key, values in texts.items() if values[place]]
        known = [(key, table[key][place].as_py()) for key in ("env", "version", "language")]
        rows.append([*pairs, *more, *known, ("http.status_code", "200")])
    return columns.append_column("meta", pa.array(rows, pa.map_(pa.string(), pa.string())))


def _old_table() -> Table:
    """The search of the earlier schema."""

    def attribute(path: str) -> Any:
        return MapKey("meta", path, "metrics")

    return Table(
        name="spans FINAL",
        time=SPANS.time,
        reserved=SPANS.reserved,
        attribute=attribute,
        tag=lambda key: Either(MapKey("meta", key, "metrics"), Tag("tags", key)),
        message=SPANS.message,
        everywhere=SPANS.everywhere,
    )


def run(count: int) -> None:
    """Print bytes, CPU of inserts and of searches of both, and their ratio."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(f"chdb://{folder}")
        migrate(engine)
        for statement in statements(migration_files()["0010_spans.sql"])[:1]:
            engine.execute_sync(statement)
        now = (int(time.time()) - 3000) * 10**9
        spent = {"spans": 0.0, "apm_spans": 0.0}
        for group in range(count // GROUP):
            payload = TracerPayload([Chunk(spans(GROUP, now + group * 10**8, chance), 1)], language="python")
            new = span_tables(AgentTraces("web-1", "prod", payloads=[payload]))["apm_spans"]
            for name, rows in (("spans", before(new)), ("apm_spans", new)):
                began = _cpu()
                engine.insert_sync(name, rows)
                spent[name] += _cpu() - began
        for name in spent:
            began = _cpu()
            engine.execute_sync(f"OPTIMIZE TABLE {name} FINAL")
            spent[name] += _cpu() - began
        _line("insert and merge, CPU s per 100,000", *(spent[name] / count * 1e5 for name in spent))
        _line("bytes a span", *(_bytes(engine, name) / count for name in spent))
        for label, search in SEARCHES.items():
            _line(f"{label}, CPU ms", *(_search(engine, table, search) for table in (_old_table(), SPANS)))


def _bytes(engine: Engine, name: str) -> float:
    sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = {name:String}"
    return float(engine.rows_sync(sql, {"name": name})[0][0])


def _search(engine: Engine, table: Table, search: str) -> float:
    to = Parameters()
    sql = f"SELECT count() FROM {table.name} WHERE {search_condition(search, table, to)}"
    return min(_cost(lambda: engine.rows_sync(sql, to.values)) for _ in range(3)) * 1000


def _cost(work: Callable[[], object]) -> float:
    began = _cpu()
    work()
    return _cpu() - began


def _line(label: str, old: float, new: float) -> None:
    print(f"{label:42} {old / new:6.1f} times less   ({old:.1f} before, {new:.1f} now)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.spans", description=__doc__)
    parser.add_argument("--spans", type=int, default=200_000)
    run(parser.parse_args().spans)
