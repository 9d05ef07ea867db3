"""Errors of a delivery become rows, but for those of issues that are excluded."""

from __future__ import annotations

from pathlib import Path

from heeler.errors.delivery_rows import ErrorDeliveries
from heeler.errors.occurrences import of_logs
from heeler.store.engine import Engine
from heeler.wire.logs.datadog import LogEntry
from tests.unit.monitors.world import EPOCH, world


async def test_errors_become_rows_with_the_hash_of_their_delivery(engine: Engine, tmp_path: Path) -> None:
    attributes = {"error": {"kind": "Broken", "message": "m", "stack": "at a"}}
    entry = LogEntry("m", EPOCH * 10**9, "error", "crashing", "h", attributes=attributes, dated=True)
    async with world(engine, tmp_path) as here:
        deliveries = here.services.part(ErrorDeliveries)
        found = await deliveries.tables(of_logs([entry]), 77_002)
        assert found["error_events"].select(["type", "origin"]).to_pylist() == [
            {"type": "Broken", "origin": 77_002}
        ]
        assert await deliveries.tables([], 77_003) == {}
