"""Logs that were stored before are carried over."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from heeler.store import migrate as migrations
from heeler.store.attributes import PROMOTED, attributes_of
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.wire.logs.datadog import LogEntry

#: As they were stored: JSON text with nested objects and dotted keys.
STORED: list[dict[str, Any]] = [
    {
        "a": {"b": {"c": {"d": {"e": {"f": 1.5}}}}},
        "text": "200",
        "number": 200,
        "yes": True,
        "nothing": None,
        "word": "true",
        "list": [1, {"x": "y"}],
        "empty object": {},
        "empty": "",
        "quote": '"hi\\"\n',
        "http": {"status_code": 500, "method": "GET"},
        "usr.id": "7",
        "über": "Größe/é",
        "big": 2**60 + 1,
    },
    {},
]
CARRIED = [{**{key: value for key, value in STORED[0].items() if key != "usr.id"}, "usr": {"id": "7"}}, {}]


def in_a_process(function: str, store: Path, now_ms: int) -> Any:
    """What ``function`` returns: a process has one embedded engine."""
    command = [sys.executable, "-m", __name__, function, str(store), str(now_ms)]
    done = subprocess.run(command, capture_output=True, cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return orjson.loads(done.stdout)


def test_ids_of_traces_in_the_map_stay_readable(tmp_path: Path) -> None:
    before, after = in_a_process("ids_in_the_map", tmp_path / "store", int(time.time() * 1000))
    assert before == after == {"dd": {"trace_id": "77", "span_id": "8"}, "a": 1}


def ids_in_the_map(path: str, now_ms: int) -> tuple[Any, Any]:
    """A log of the table without ``ids``, and one of the table with it, in one part."""
    engine = Engine(f"chdb://{path}", workers=1)
    try:
        files = migrations.migration_files()
        for name, text in files.items():
            if "0020" <= name < "0034":
                for statement in migrations.statements(text):
                    if "log_events" in statement and "FROM logs" not in statement:
                        engine.execute_sync(statement)
        entry = LogEntry(
            "m", now_ms * 10**6, trace_id=77, span_id=8,
            attributes={"dd": {"trace_id": "77", "span_id": "8"}, "a": 1},
        )  # fmt: skip
        rows = logs_table([entry], 0)
        in_map = [("dd.trace_id", '"77"'), ("dd.span_id", '"8"'), ("a", "1")]
        place = rows.schema.get_field_index("attributes")
        old = rows.set_column(place, "attributes", pa.array([in_map], rows.schema.field(place).type))
        engine.insert_sync("log_events", old.drop_columns(["ids"]))
        for _ in range(2):
            for statement in migrations.statements(files["0034_log_ids.sql"]):
                engine.execute_sync(statement)
        engine.insert_sync("log_events", logs_table([entry], 0))
        engine.execute_sync("OPTIMIZE TABLE log_events FINAL")
        found = engine.rows_sync("SELECT attributes, ids FROM log_events ORDER BY seq")
    finally:
        engine.close()
    assert [(len(row[0]), row[1]) for row in found] == [(3, ""), (1, "dd")]
    one, other = (attributes_of(row[0], {}, row[1], (0, 77), 8) for row in found)
    return one, other


def test_times_stay_when_they_are_compressed_anew(tmp_path: Path) -> None:
    now_ms = int(time.time() * 1000)
    times, codec = in_a_process("times_compressed_anew", tmp_path / "store", now_ms)
    assert times == [now_ms * 10**6 + at * 7 for at in range(5000)] * 2
    assert codec == "CODEC(Delta(8), ZSTD(1))"


def times_compressed_anew(path: str, now_ms: int) -> tuple[list[int], str]:
    """Times of a part of the table before its codec changed and one after, merged."""
    engine = Engine(f"chdb://{path}", workers=1)
    try:
        files = migrations.migration_files()
        rows = [
            logs_table([LogEntry("m", now_ms * 10**6 + at * 7) for at in range(5000)], 0, first)
            for first in (0, 10**6)
        ]
        for name, text in files.items():
            if name >= "0020":
                if name == "0036_log_time_codec.sql":
                    engine.insert_sync("log_events", rows[0])
                for statement in migrations.statements(text) * 2:
                    if "log_events" in statement and "FROM logs" not in statement:
                        engine.execute_sync(statement)
        engine.insert_sync("log_events", rows[1])
        engine.execute_sync("OPTIMIZE TABLE log_events FINAL")
        found = engine.rows_sync("SELECT toUnixTimestamp64Nano(time) FROM log_events ORDER BY seq")
        codec = engine.rows_sync(
            "SELECT compression_codec FROM system.columns WHERE table = 'log_events' AND name = 'time'"
        )
    finally:
        engine.close()
    return [int(row[0]) for row in found], str(codec[0][0])


def test_logs_of_the_table_before(tmp_path: Path) -> None:
    now_ms = int(time.time() * 1000)
    rows, found = in_a_process("carry_over", tmp_path / "store", now_ms)
    assert rows == [[now_ms, at, f"m{at}", ["a:b"], "main", 9] for at in range(2)]
    assert found == CARRIED


def carry_over(path: str, now_ms: int) -> tuple[list[Any], list[Any]]:
    engine = Engine(f"chdb://{path}", workers=1)
    try:
        files = migrations.migration_files()
        for name, text in files.items():
            if name < "0020":
                for statement in migrations.statements(text):
                    engine.execute_sync(statement)
        engine.insert_sync("logs", old_rows(now_ms))
        for _ in range(2):  # the first of the two files may be repeated
            for statement in migrations.statements(files["0020_log_events.sql"]):
                engine.execute_sync(statement)
        for statement in migrations.statements(files["0021_drop_old_logs.sql"]):
            engine.execute_sync(statement)
        columns = ", ".join(PROMOTED.values())
        rows = engine.rows_sync(
            f"SELECT toUnixTimestamp64Milli(time), seq, message, tags, index_name, trace_id, attributes, "
            f"{columns} FROM log_events ORDER BY seq"
        )
    finally:
        engine.close()
    promoted = (dict(zip(PROMOTED.values(), row[7:], strict=True)) for row in rows)
    return [row[:6] for row in rows], [
        attributes_of(row[6], one) for row, one in zip(rows, promoted, strict=True)
    ]


def old_rows(now_ms: int) -> pa.Table:
    size = len(STORED)
    return pa.table(
        {
            "time": pa.array([now_ms] * size, pa.timestamp("ms", "UTC")),
            "id": pa.array(range(size), pa.uint64()),
            "service": ["s"] * size,
            "host": ["h"] * size,
            "source": [""] * size,
            "status": ["info"] * size,
            "message": [f"m{at}" for at in range(size)],
            "tags": pa.array([["a:b"]] * size, pa.list_(pa.string())),
            "attributes": [orjson.dumps(one).decode() for one in STORED],
            "trace_id": pa.array([9] * size, pa.uint64()),
            "trace_high": pa.array([0] * size, pa.uint64()),
            "span_id": pa.array([0] * size, pa.uint64()),
        }
    )


if __name__ == "__main__":
    made = {
        "carry_over": carry_over,
        "ids_in_the_map": ids_in_the_map,
        "times_compressed_anew": times_compressed_anew,
    }[sys.argv[1]]
    sys.stdout.buffer.write(orjson.dumps(made(sys.argv[2], int(sys.argv[3]))))
