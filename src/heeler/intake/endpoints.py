"""What each intake address does with a body: decode it, have it written, say what was left out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from heeler.api.services import Services
from heeler.intake.request import Head, Reply
from heeler.store import rows
from heeler.store.self_metrics import telemetry
from heeler.wire import process
from heeler.wire.events import check_runs, host_intake
from heeler.wire.json_codec import load_object
from heeler.wire.metrics import distributions, fast_path, series_json
from heeler.wire.metrics.batch import PointBatch, Problems, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series_cache import SeriesMemo

T = TypeVar("T")

#: Bodies beyond this size are decoded in a thread, so that small ones need not wait for them.
INLINE_BYTES = 256 * 1024


@dataclass(slots=True)
class Intake:
    """What endpoints work with. ``memo`` is replaced by an empty one when it is full."""

    services: Services
    memo: SeriesMemo = field(default_factory=SeriesMemo)

    def window(self) -> Window:
        now = int(self.services.now())
        return Window(now, now - self.services.settings.retention_days * 86400)

    def known_series(self) -> SeriesMemo:
        if self.memo.full:
            self.memo = SeriesMemo(self.memo.capacity)
            telemetry.count("heeler.intake.series_memo_resets")
        return self.memo


Endpoint = Callable[[Intake, Head, bytes], Awaitable[Reply]]


async def series_v1(intake: Intake, _: Head, body: bytes) -> Reply:
    batch = await _decode(fast_path.decode_v1, intake, body)
    await _store_points(intake, batch)
    return _reply_v1(batch.problems)


async def series_v2(intake: Intake, head: Head, body: bytes) -> Reply:
    decode = fast_path.decode_series if _is_protobuf(head) else series_json.decode_v2
    batch = await _decode(decode, intake, body)
    await _store_points(intake, batch)
    _count_dropped(batch.problems)
    return Reply(body=orjson.dumps({"errors": batch.problems.report()}))


async def distribution_points(intake: Intake, _: Head, body: bytes) -> Reply:
    batch = await _decode(distributions.decode_points, intake, body)
    await _store_sketches(intake, batch, body)
    return _reply_v1(batch.problems)


async def sketches(intake: Intake, _: Head, body: bytes) -> Reply:
    batch = await _decode(distributions.decode_sketches, intake, body)
    await _store_sketches(intake, batch, body)
    return _reply_v1(batch.problems)


async def check_run(intake: Intake, _: Head, body: bytes) -> Reply:
    runs, problems = check_runs.decode(body, int(intake.services.now()))
    await intake.services.writer.write({"check_runs": rows.check_runs_table(runs)})
    telemetry.count("heeler.intake.check_runs", len(runs))
    return _reply_v1(problems)


async def agent_intake(intake: Intake, _: Head, body: bytes) -> Reply:
    now = intake.services.now()
    found = host_intake.read_intake(load_object(body), int(now))
    origin = rows.body_hash(body)
    ids = [rows.event_id(event, origin, index) for index, event in enumerate(found.events)]
    await intake.services.writer.write(
        {
            "events": rows.events_table(found.events, ids),
            "host_tags": rows.host_tags_table(found.host_tags, now),
            "host_metadata": rows.host_metadata_table(found.metadata, now),
        }
    )
    telemetry.count("heeler.intake.events", len(found.events))
    return _reply_v1(found.problems)


async def inventory(intake: Intake, _: Head, body: bytes) -> Reply:
    found = host_intake.read_inventory(load_object(body))
    table = rows.host_metadata_table(found.metadata, intake.services.now())
    await intake.services.writer.write({"host_metadata": table})
    return Reply()


async def process_agent(intake: Intake, head: Head, _: bytes) -> Reply:
    """Answered as process agents need it; what they say is not kept, which the counter shows."""
    telemetry.count("heeler.intake.not_kept", tags=(f"path:{head.path}",))
    answer = process.res_collector(int(intake.services.now()))
    return Reply(200, answer, b"application/x-protobuf")


def _is_protobuf(head: Head) -> bool:
    return "protobuf" in head.header(b"content-type")


async def _decode(decode: Callable[[bytes, SeriesMemo, Window], T], intake: Intake, body: bytes) -> T:
    memo, window = intake.known_series(), intake.window()
    if len(body) <= INLINE_BYTES:
        return decode(body, memo, window)
    return await asyncio.to_thread(decode, body, memo, window)


async def _store_points(intake: Intake, batch: PointBatch) -> None:
    now = int(intake.services.now())
    fresh = rows.series_table(batch.fresh.values(), now) if batch.fresh else None
    points = rows.PointRows.of(batch)
    await intake.services.writer.write(
        {"points": points} if fresh is None else {"series": fresh, "points": points}
    )
    if fresh is not None:
        batch.memo.mark_written(list(batch.fresh), now)
    telemetry.count("heeler.intake.points", points.num_rows)


async def _store_sketches(intake: Intake, batch: SketchBatch, body: bytes) -> None:
    now = int(intake.services.now())
    tables = {
        "series": rows.series_table(batch.fresh.values(), now),
        "sketches": rows.sketches_table(batch, rows.body_hash(body)),
    }
    await intake.services.writer.write(tables)
    batch.memo.mark_written(list(batch.fresh), now)
    telemetry.count("heeler.intake.sketches", len(batch.sketches))


def _reply_v1(problems: Problems) -> Reply:
    """``{"status": "ok"}``, and what was left out where something was."""
    _count_dropped(problems)
    errors = problems.report()
    return Reply(body=orjson.dumps({"status": "ok", "errors": errors})) if errors else Reply()


def _count_dropped(problems: Problems) -> None:
    for reason, count in problems.dropped.items():
        telemetry.count("heeler.intake.dropped", count, (f"reason:{reason}",))


#: Path (without a slash at its end) to endpoint.
ENDPOINTS: dict[str, Endpoint] = {
    "/api/v1/series": series_v1,
    "/api/v2/series": series_v2,
    "/api/v1/distribution_points": distribution_points,
    "/api/beta/sketches": sketches,
    "/api/v1/sketches": sketches,
    "/api/v1/check_run": check_run,
    "/intake": agent_intake,
    "/api/v1/metadata": inventory,
    **dict.fromkeys(
        (
            "/api/v1/collector",
            "/api/v1/container",
            "/api/v1/discovery",
            "/api/v1/connections",
            "/api/v1/orchestrator",
            "/api/v2/orch",
            "/api/v2/orchmanif",
        ),
        process_agent,
    ),
}
