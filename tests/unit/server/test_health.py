"""Probes: alive, ready with reasons, and the counters as Prometheus reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from heeler.server import health
from heeler.server.health import Check, exposition, readiness
from heeler.store.database import Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.self_metrics import Telemetry


@pytest.fixture
async def services(engine: Engine, tmp_path: Path) -> Any:
    database = Database(f"sqlite:///{tmp_path}/test.sqlite")
    yield SimpleNamespace(
        engine=engine,
        database=database,
        disk=DiskGuard(tmp_path, 0),
        writer=SimpleNamespace(pending_rows=0),
    )
    await database.close()


async def test_a_server_whose_parts_answer_is_ready(services: Any) -> None:
    found = await readiness(services)
    assert found.ready
    assert {check.name: check.state for check in found.checks} == dict.fromkeys(health.CHECKS, "ok")


async def test_a_full_disk_is_reported_and_keeps_the_server_ready(services: Any, tmp_path: Path) -> None:
    services.disk = DiskGuard(tmp_path, 2**30, free=lambda _: 5)
    found = await readiness(services)
    disk = next(check for check in found.checks if check.name == "disk")
    assert found.ready
    assert disk.state == "degraded"
    assert "Disk almost full" in disk.reason


async def _hangs(_: Any) -> Check:
    await asyncio.sleep(60)
    return Check("engine", "ok")


async def _raises(_: Any) -> Check:
    raise RuntimeError("no such table\nand a long trace")


@pytest.mark.parametrize(
    ("check", "reason"), [(_hangs, "no answer within 0.05 s"), (_raises, "RuntimeError: no such table")]
)
async def test_a_part_that_fails_or_hangs_is_named_with_its_reason(
    services: Any, monkeypatch: pytest.MonkeyPatch, check: Callable[[Any], Awaitable[Check]], reason: str
) -> None:
    monkeypatch.setitem(health.CHECKS, "engine", check)
    found = await readiness(services, timeout_s=0.05 if check is _hangs else 10)
    assert not found.ready
    assert Check("engine", "failed", reason) in found.checks


def test_counters_are_totals_that_publication_does_not_reset() -> None:
    source = Telemetry()
    source.count("heeler.intake.points", 3, ("path:/api/v1/series",))
    source.take()
    source.count("heeler.intake.points", 4, ("path:/api/v1/series",))
    source.count("heeler.intake.points", 1, ('path:/"quoted"\n',))
    source.gauge("heeler.store.pending_rows", lambda: 7)
    families = {family.name: family for family in text_string_to_metric_families(exposition(source).decode())}
    points = {sample.labels["path"]: sample.value for sample in families["heeler_intake_points"].samples}
    assert points == {"/api/v1/series": 7, '/"quoted"\n': 1}
    assert families["heeler_store_pending_rows"].samples[0].value == 7
