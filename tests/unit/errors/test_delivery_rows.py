"""Errors of a delivery that is sent again after the server was killed are stored once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import Occurrence, occurrences_table, of_logs
from heeler.logs.ingest import Delivery, LogIngest
from heeler.store.engine import Engine
from heeler.wire.logs.datadog import LogEntry
from tests.unit.monitors.world import EPOCH, World, world


def _entries() -> list[LogEntry]:
    attributes = {"error": {"kind": "Broken", "message": "m", "stack": "at a"}}
    return [LogEntry("m", EPOCH * 10**9, "error", "crashing", "h", attributes=attributes, dated=True)]


def _rows(here: World, table: str, service: str) -> int:
    sql = f"SELECT count() FROM {table} WHERE service = {{service:String}}"
    return int(str(here.services.engine.rows_sync(sql, {"service": service})[0][0]))


def _errors() -> Sequence[Occurrence]:
    return of_logs(_entries())


async def test_errors_that_an_earlier_server_stored_are_not_stored_again(
    engine: Engine, tmp_path: Path
) -> None:
    async with world(engine, tmp_path) as here:
        engine.insert_sync("error_events", occurrences_table(list(_errors()), 77_001))
        deliveries = here.services.part(ErrorDeliveries)
        assert await deliveries.tables(_errors(), 77_001) == {}
        assert list(await deliveries.tables(_errors(), 77_002)) == ["error_events"]
        assert list(await deliveries.tables(_errors(), 77_001, repeatable=True)) == ["error_events"]
        assert await deliveries.tables([], 77_003) == {}


async def _take(ingest: LogIngest, entries: list[LogEntry]) -> int:
    async def run(read: Callable[[bytes], Delivery], /, *, inline: bool) -> Delivery:
        return read(b"")

    return await ingest.take_decoded(run, lambda _: (entries, 88_001))


async def test_errors_are_stored_where_only_the_logs_were(engine: Engine, tmp_path: Path) -> None:
    """A server that was killed between the two tables stored the logs of a delivery without its errors."""
    async with world(engine, tmp_path) as here:
        entries = _entries()
        first = LogIngest(here.services)
        await _take(first, entries)
        logs = _rows(here, "log_events", "crashing")
        engine.execute_sync(
            "ALTER TABLE error_events DELETE WHERE service = 'crashing' SETTINGS mutations_sync = 1"
        )
    (tmp_path / "again").mkdir()
    async with world(engine, tmp_path / "again") as here:
        after_restart = LogIngest(here.services)
        await _take(after_restart, entries)
        assert _rows(here, "log_events", "crashing") == logs
        assert _rows(here, "error_events", "crashing") == 1
