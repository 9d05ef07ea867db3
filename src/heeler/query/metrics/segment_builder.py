"""Makes the segment files of hours that are rolled up, in the background, from what the engine has."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence

from heeler.query.metrics.packed_rows import build
from heeler.query.metrics.prefetch import rows_by_metric
from heeler.query.metrics.segment_file import Encoder
from heeler.query.metrics.segment_io import NewFile
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.store.engine import Engine, EngineBusy, EngineError
from heeler.store.self_metrics import telemetry
from heeler.store.write_tracker import HOUR

log = logging.getLogger("heeler.segments")

#: Points and metrics read by one statement; metrics with more points in an hour are left to the engine.
ROWS_AT_ONCE, METRICS_AT_ONCE, MOST_ROWS = 250_000, 1_000, 4_000_000
#: Seconds between looks for hours to do, and between two files of one hour that is written to repeatedly.
LOOK_SECONDS, AGAIN_SECONDS = 10.0, 600.0

_COUNTS = """
SELECT metric, count() FROM points
WHERE time >= toDateTime({hour:UInt32}) AND time < toDateTime({end:UInt32})
GROUP BY metric ORDER BY metric
"""
_ROWS = """
SELECT metric, series, time, raw, scale FROM points{final}
PREWHERE metric IN {{metrics:Array(String)}}
  AND time >= toDateTime({{hour:UInt32}}) AND time < toDateTime({{end:UInt32}})
"""
_SETTINGS = {"max_threads": 1}


async def build_file(engine: Engine, files: SegmentFiles, hour: int) -> bool:
    """Make the file of ``hour``, in threads of the engine, some metrics at a time. False if points were
    written meanwhile or there is no room. Raises ``EngineError``, ``OSError``.
    """
    new = await engine.run(files.begin, hour)
    try:
        encoder = Encoder(hour, new.mark)
        window = {"hour": hour, "end": hour + HOUR}
        counts = [(str(name), int(rows)) for name, rows in await engine.rows(_COUNTS, window)]
        for metrics in _batches(counts):
            await engine.run(_add, engine, new, encoder, metrics)
        for metric, rows in counts:
            if rows > MOST_ROWS:
                encoder.leave_out(metric)
        return await engine.run(_finish, files, new, encoder)
    finally:  # canceled too, and where the engine has no thread left
        await asyncio.shield(asyncio.to_thread(new.discard))


def _batches(counts: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Metrics to read by one statement each."""
    batch: list[str] = []
    held = 0
    for metric, rows in counts:
        if rows > MOST_ROWS:
            continue
        if batch and (held + rows > ROWS_AT_ONCE or len(batch) >= METRICS_AT_ONCE):
            yield batch
            batch, held = [], 0
        batch.append(metric)
        held += rows
    if batch:
        yield batch


def _add(engine: Engine, new: NewFile, encoder: Encoder, metrics: Sequence[str]) -> None:
    """Append the blocks of ``metrics``."""
    blocks: list[bytes] = []
    for final in ("", " FINAL"):
        parameters = {"metrics": list(metrics), "hour": new.hour, "end": new.hour + HOUR}
        found = rows_by_metric(engine.fetch_sync(_ROWS.format(final=final), parameters, _SETTINGS))
        segments = {
            name: build([rows], None, new.hour, new.hour + HOUR, HOUR, 1) for name, rows in found.items()
        }
        if all(segments.values()):
            blocks = [encoder.add(name, made[0]) for name, made in segments.items() if made]
            break
    else:
        raise EngineError("Points came twice from a reading that gives each once")
    for block in blocks:
        new.append(block)


def _finish(files: SegmentFiles, new: NewFile, encoder: Encoder) -> bool:
    tail, header = encoder.finish()
    new.append(tail)
    new.complete(header)
    return files.publish(new)


async def keep_files(
    engine: Engine,
    files: SegmentFiles,
    has_room: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Find the files of earlier processes, then make what is missing and delete what is over, until
    canceled. On a full disk, or one that fails, no files are made: the engine answers.
    """
    await _load(engine, files)
    made: dict[int, float] = {}
    while True:
        now = clock()
        made = {hour: at for hour, at in made.items() if now - at < AGAIN_SECONDS}
        try:
            await engine.run(files.prune)
            wanted = await engine.run(files.wanted) if has_room() else []
        except EngineBusy:  # questions come first
            wanted = []
        hours = [hour for hour in wanted if hour not in made]
        for hour in hours[:1]:
            made[hour] = now
            await _build_or_skip(engine, files, hour)
        # Half of the time at most: other work of the store comes first.
        await asyncio.sleep(max(clock() - now, 0.1) if len(hours) > 1 else LOOK_SECONDS)


async def _load(engine: Engine, files: SegmentFiles) -> None:
    """Find the files of earlier processes, as soon as their folder and the store can be read."""
    failed = False
    while True:
        try:
            return await engine.run(files.load)
        except (EngineError, OSError) as error:
            if not failed:
                log.warning("Segment files are not used until they can be looked at: %s", error)
                telemetry.count("heeler.segment_files.failed")
            failed = True
        await asyncio.sleep(LOOK_SECONDS)


async def _build_or_skip(engine: Engine, files: SegmentFiles, hour: int) -> None:
    began = time.monotonic()
    try:
        if await build_file(engine, files, hour):
            telemetry.count("heeler.segment_files.made")
            telemetry.count("heeler.segment_files.seconds", time.monotonic() - began)
    except (EngineError, OSError, ValueError) as error:
        log.warning("No segment file of the hour at %d was made: %s", hour, error)
        telemetry.count("heeler.segment_files.failed")
