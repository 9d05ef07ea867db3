"""Intake endpoints: decode the body, have it written, report what was rejected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from heeler.api.services import Services
from heeler.intake.accounting import taken
from heeler.intake.decoding import DecodePool, Delivery
from heeler.intake.request import Reply
from heeler.metric_usage.intake_limits import IntakeLimits
from heeler.metric_usage.key_usage import sender
from heeler.metrics.tag_rules import TagRules
from heeler.store import arrow_tables
from heeler.store.self_metrics import telemetry
from heeler.wire.events import check_runs, intake_payload
from heeler.wire.metrics import distributions, fast_path, series_json
from heeler.wire.metrics.batch import PointBatch, Problems, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series_registry import SeriesMemo

T = TypeVar("T")


@dataclass(slots=True)
class Intake:
    """State of the endpoints. ``memo`` is replaced by an empty one when it is full, or when the tag rules
    or the scopes of quotas change.
    """

    services: Services
    memo: SeriesMemo = field(default_factory=SeriesMemo)
    pool: DecodePool = field(default_factory=DecodePool)
    limits: IntakeLimits = field(init=False)

    def __post_init__(self) -> None:
        self.limits = self.services.part(IntakeLimits)
        self.memo = SeriesMemo(self.memo.capacity, self.memo.reducer, self.limits)

    def window(self) -> Window:
        now = int(self.services.now())
        return Window(now, now - self.services.settings.retention_days * 86400)

    def known_series(self) -> SeriesMemo:
        reducer = self.services.part(TagRules).reducer
        self.limits.follow()
        if self.memo.full or self.memo.reducer is not reducer or self.memo.version != self.limits.version:
            self.memo = SeriesMemo(self.memo.capacity, reducer, self.limits)
            telemetry.count("heeler.intake.series_memo_resets")
        return self.memo


Endpoint = Callable[[Intake, Delivery], Awaitable[Reply]]
Decode = Callable[[bytes, SeriesMemo, Window], T]


async def series_v1(intake: Intake, delivery: Delivery) -> Reply:
    batch = await _take_points(fast_path.decode_v1, intake, delivery)
    return reply_v1(batch.problems)


async def series_v2(intake: Intake, delivery: Delivery) -> Reply:
    protobuf = "protobuf" in delivery.head.header(b"content-type")
    decode = fast_path.decode_series if protobuf else series_json.decode_v2
    batch = await _take_points(decode, intake, delivery)
    count_dropped(batch.problems)
    return Reply(body=orjson.dumps({"errors": batch.problems.report()}))


async def _take_points(decode: Decode[PointBatch], intake: Intake, delivery: Delivery) -> PointBatch:
    memo, window = intake.known_series(), intake.window()

    def read(body: bytes) -> tuple[PointBatch, Tables]:
        batch = decode(body, memo, window)
        intake.limits.limit_points(batch)
        return batch, point_tables(batch, window.now)

    batch, tables = await delivery.decode(read)
    await store_points(intake, batch, tables)
    return batch


Tables = dict[str, Any]


def point_tables(batch: PointBatch, now: int) -> Tables:
    """Points of a body, preceded by the series that the store lacks."""
    points = arrow_tables.PointRows.of(batch)
    series = batch.series()
    return {
        **({"series": arrow_tables.series_table(series, now, sender())} if series else {}),
        "points": points,
    }


async def store_points(intake: Intake, batch: PointBatch, tables: Tables) -> None:
    """Write the result of :func:`point_tables`."""
    await intake.services.writer.write(tables)
    batch.memo.mark_written(list(batch.fresh), int(intake.services.now()))
    taken(intake.services, "points", tables["points"].num_rows)
    intake.limits.note_points(batch)


async def distribution_points(intake: Intake, delivery: Delivery) -> Reply:
    return await _take_sketches(distributions.decode_points, intake, delivery)


async def sketches(intake: Intake, delivery: Delivery) -> Reply:
    return await _take_sketches(distributions.decode_sketches, intake, delivery)


async def _take_sketches(decode: Decode[SketchBatch], intake: Intake, delivery: Delivery) -> Reply:
    memo, window = intake.known_series(), intake.window()

    def read(body: bytes) -> tuple[SketchBatch, Tables]:
        batch = decode(body, memo, window)
        intake.limits.limit_sketches(batch)
        return batch, {
            "series": arrow_tables.series_table(batch.memo.stored(batch.fresh), window.now, sender()),
            "sketches": arrow_tables.sketches_table(batch, arrow_tables.body_hash(body)),
        }

    batch, tables = await delivery.decode(read)
    await intake.services.writer.write(tables)
    batch.memo.mark_written(list(batch.fresh), window.now)
    taken(intake.services, "sketches", len(batch.sketches))
    intake.limits.note_sketches(batch)
    return reply_v1(batch.problems)


async def check_run(intake: Intake, delivery: Delivery) -> Reply:
    now = int(intake.services.now())

    def read(body: bytes) -> tuple[Problems, Tables]:
        runs, problems = check_runs.decode(body, now)
        return problems, {"check_runs": arrow_tables.check_runs_table(runs)}

    problems, tables = await delivery.decode(read)
    await intake.services.writer.write(tables)
    telemetry.count("heeler.intake.check_runs", tables["check_runs"].num_rows)
    return reply_v1(problems)


async def agent_intake(intake: Intake, delivery: Delivery) -> Reply:
    now = intake.services.now()

    def read(body: bytes) -> tuple[Problems, Tables]:
        found, origin = intake_payload.decode_intake(body, int(now)), arrow_tables.body_hash(body)
        ids = [arrow_tables.event_id(event, origin, index) for index, event in enumerate(found.events)]
        return found.problems, {
            "events": arrow_tables.events_table(found.events, ids),
            "host_tags": arrow_tables.host_tags_table(found.host_tags, now),
            "host_metadata": arrow_tables.host_metadata_table(found.metadata, now),
        }

    problems, tables = await delivery.decode(read)
    await intake.services.writer.write(tables)
    telemetry.count("heeler.intake.events", tables["events"].num_rows)
    return reply_v1(problems)


async def inventory(intake: Intake, delivery: Delivery) -> Reply:
    now = intake.services.now()

    def read(body: bytes) -> Tables:
        found = intake_payload.decode_inventory(body)
        return {"host_metadata": arrow_tables.host_metadata_table(found.metadata, now)}

    await intake.services.writer.write(await delivery.decode(read))
    return Reply()


def reply_v1(problems: Problems) -> Reply:
    """``{"status": "ok"}``, with warnings for rejected items."""
    count_dropped(problems)
    errors = problems.report()
    return Reply(body=orjson.dumps({"status": "ok", "errors": errors})) if errors else Reply()


def count_dropped(problems: Problems) -> None:
    """Count the rejected items of a body, by reason."""
    for reason, count in problems.dropped.items():
        telemetry.count("heeler.intake.dropped", count, (f"reason:{reason}",))


#: Path (without trailing slash) to endpoint.
ENDPOINTS: dict[str, Endpoint] = {
    "/api/v1/series": series_v1,
    "/api/v2/series": series_v2,
    "/api/v1/distribution_points": distribution_points,
    "/api/beta/sketches": sketches,
    "/api/v1/sketches": sketches,
    "/api/v1/check_run": check_run,
    "/intake": agent_intake,
    "/api/v1/metadata": inventory,
}
