"""A store whose points come late and are rolled up and put into segment files meanwhile, until it is killed.

``python -m tests.integration.segment_worker FOLDER SEED`` first answers what the store of an earlier process
has, with segment files and without: the lines ``files ROWS`` and ``stored [[host, time, value], ...]``. Then
it writes and says what: ``sent HOST TIME VALUE`` before, ``acknowledged HOST TIME VALUE`` after.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from heeler.query.metrics import segment_builder
from heeler.query.metrics.executor import Answer, Caching, run_query
from heeler.query.metrics.segment_builder import keep_files
from heeler.query.metrics.segment_store import SegmentFiles
from heeler.store import rollup
from heeler.store.arrow_tables import PointRows, series_table
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo

METRIC, HOSTS, HOURS = "segments.kill", "abc", 8
START = 1_700_000_000 // 86400 * 86400
NOW = START + HOURS * 3600 + 600.0
QUERIES = (
    f"sum:{METRIC}{{*}} by {{host}}.rollup(sum, 60)",
    f"avg:{METRIC}{{*}}.rollup(avg, 300)",
    f"max:{METRIC}{{host:a}}.rollup(max, 600)",
    f"sum:{METRIC}{{*}} by {{host}}.rollup(count, 3600)",
)
WAYS: tuple[Caching, ...] = ("nothing", "files", "rows")


def tables(memo: SeriesMemo, host: str, at: int, value: float) -> dict[str, Any]:
    builder = PointBuilder(memo, Window(int(NOW), 0))
    info = describe(METRIC, host, (), kind="gauge", interval=60, source="")
    builder.add(info, [(at, value)])
    batch = builder.build()
    return {"series": series_table(batch.fresh.values(), int(NOW)), "points": PointRows.of(batch)}


async def answers(engine: Engine, text: str) -> list[Answer]:
    return [await run_query(engine, text, START, START + HOURS * 3600, now=NOW, cached=way) for way in WAYS]


async def verify(engine: Engine) -> None:
    """Say what is stored, if all ways to answer agree."""
    read = 0
    for text in QUERIES:
        alone, *others = await answers(engine, text)
        for way, other in zip(WAYS[1:], others, strict=True):
            one, two = alone.frames[0], other.frames[0]
            assert one.groups == two.groups, (text, way)
            np.testing.assert_allclose(one.values, two.values, rtol=1e-9, err_msg=f"{text} {way}")
            read += sum(reading.files for reading in other.trace.readings)
    frame = (await answers(engine, QUERIES[0]))[0].frames[0]
    stored = [
        [group.tags[0].partition(":")[2], int(frame.times[column]), float(frame.values[row, column])]
        for row, group in enumerate(frame.groups)
        for column in np.flatnonzero(~np.isnan(frame.values[row]))
    ]
    print("files", read, flush=True)
    print("stored", json.dumps(stored), flush=True)


async def write(writer: Writer, rng: np.random.Generator) -> None:
    """Late points, one after the other, of hours that are rolled up and have files meanwhile: mostly of two,
    so that others have a file when this ends.
    """
    often, memo = rng.integers(0, HOURS, 2), SeriesMemo()
    while True:
        hour = int(rng.choice(often)) if rng.random() < 0.9 else int(rng.integers(0, HOURS))
        host, at = str(rng.choice(list(HOSTS))), START + hour * 3600 + int(rng.integers(0, 60)) * 60
        value = float(rng.integers(0, 1000))
        print("sent", host, at, value, flush=True)
        await writer.write(tables(memo, host, at, value))
        print("acknowledged", host, at, value, flush=True)
        await asyncio.sleep(float(rng.choice([0.0, 0.02, 0.2])))


async def main(folder: Path, seed: int) -> None:
    segment_builder.LOOK_SECONDS, segment_builder.AGAIN_SECONDS, rollup._LOOK_SECONDS = 0.01, 0.0, 0.01
    async with Engine(f"chdb://{folder / 'store'}") as engine:
        files = SegmentFiles(engine, folder / "segments", most_bytes=2**30, now=lambda: NOW)
        migrate(engine)
        rollups = Rollups(engine, now=lambda: NOW, quiet=0)
        rollups.load()
        await engine.run(files.load)
        await verify(engine)
        writer = Writer(
            engine,
            delay=0.001,
            before={"points": rollups.before_points},
            after={"points": rollups.after_points},
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.run())
            tasks.create_task(rollups.run(writer.committing))
            tasks.create_task(keep_files(engine, files, lambda: True))
            tasks.create_task(write(writer, np.random.default_rng(seed)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
