"""Background tasks of the store: self-metrics, rollups, retention, warning of a full disk, kernel warmup."""

from __future__ import annotations

import asyncio
import socket

from heeler.api.services import Services
from heeler.query.metrics import warmup
from heeler.query.metrics.segment_builder import keep_files
from heeler.query.metrics.segment_store import segment_files_of
from heeler.store import disk, retention, self_metrics
from heeler.wire.logs import fast_path as logs_fast_path
from heeler.wire.metrics import fast_path
from heeler.wire.traces import fast_path as spans_fast_path


async def publish_own_metrics(services: Services) -> None:
    self_metrics.telemetry.gauge("heeler.store.pending_rows", lambda: services.writer.pending_rows)
    self_metrics.telemetry.gauge("heeler.store.disk_free_bytes", lambda: services.disk.status().free_bytes)
    host = services.settings.hostname or socket.gethostname()
    await self_metrics.publish(services.writer, host, now=services.now)


async def announce_full_disk(services: Services) -> None:
    await disk.announce(services.disk, services.engine, services.now)


async def roll_up(services: Services) -> None:
    await services.rollups.run(services.writer.committing)


async def keep_segment_files(services: Services) -> None:
    files = segment_files_of(services.engine)
    if files is not None:
        await keep_files(services.engine, files, services.disk.has_room)


async def keep_size(services: Services) -> None:
    await retention.keep_size(services.engine, services.settings.retention_bytes, services.now)


async def prepare_machine_code(_: Services) -> None:
    await asyncio.to_thread(fast_path.prepare)
    await asyncio.to_thread(logs_fast_path.prepare)
    await asyncio.to_thread(spans_fast_path.prepare)
    await asyncio.to_thread(warmup.warm_up)


background_tasks = [prepare_machine_code, keep_segment_files, publish_own_metrics, announce_full_disk]
