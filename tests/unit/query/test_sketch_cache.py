"""Hours of sketches that are kept answer as those that are read, until they are written to."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.query.metrics import sketch_reader
from heeler.query.metrics.executor import run_query
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert, insert_sketches

START = 1_730_000_000 // 3600 * 3600
HOURS = 4


def hourly(value: float, host: str = "a", hours: range = range(HOURS), offset: int = 10) -> Series:
    samples = [(START + 3600 * hour + offset, [value, value]) for hour in hours]
    return Series([], host=host, type="distribution", samples=samples)


async def asked(
    engine: Engine, metric: str, start: int = 0, end: int = HOURS * 3600
) -> tuple[int, int, list[float]]:
    """Rows that were read, rows that were kept, and the sum of each hour."""
    answer = await run_query(
        engine,
        f"sum:{metric}{{*}}.rollup(3600)",
        START + start,
        START + end,
        now=START + 86400,
        cached="rows",
    )
    (reading,) = answer.trace.readings
    frame = answer.frames[0]
    values = np.nan_to_num(frame.values[0]).tolist() if len(frame.groups) else []
    return reading.rows, reading.cached, values


async def test_only_hours_that_were_written_to_are_read_again(engine: Engine) -> None:
    insert(engine, "sketched.hours", [hourly(1.0)])
    assert await asked(engine, "sketched.hours") == (4, 0, [2.0, 2.0, 2.0, 2.0])
    assert await asked(engine, "sketched.hours") == (0, 4, [2.0, 2.0, 2.0, 2.0])
    insert_sketches(engine, "sketched.hours", [hourly(5.0, hours=range(1, 2), offset=20)])
    assert await asked(engine, "sketched.hours") == (2, 3, [2.0, 12.0, 2.0, 2.0])
    assert await asked(engine, "sketched.hours") == (0, 5, [2.0, 12.0, 2.0, 2.0])


async def test_a_window_within_hours_holds_what_lies_in_it(engine: Engine) -> None:
    insert(engine, "sketched.parts", [hourly(1.0), hourly(3.0, "b", offset=1800)])
    assert (await asked(engine, "sketched.parts", 1800, 3600))[2] == [6.0]
    assert (await asked(engine, "sketched.parts", 0, 1800))[2] == [2.0]
    assert await asked(engine, "sketched.parts", 5, 3605) == (2, 2, [8.0, 0.0]), "the second hour is new"


async def test_a_statement_has_all_read_again(engine: Engine) -> None:
    insert(engine, "sketched.command", [hourly(1.0)])
    await asked(engine, "sketched.command")
    engine.execute_sync(
        "ALTER TABLE sketches DELETE WHERE metric = 'sketched.command' SETTINGS mutations_sync = 1"
    )
    assert (await asked(engine, "sketched.command"))[2] == []


async def test_no_more_is_kept_than_allowed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch_reader, "CACHE_BYTES", 5_000)
    insert(engine, "sketched.bounded", [hourly(1.0)])
    for _ in range(2):
        assert (await asked(engine, "sketched.bounded"))[2] == [2.0] * HOURS
    assert sketch_reader._of_engine[engine].size <= 5_000
    monkeypatch.setattr(sketch_reader, "CACHED_HOURS", 1)
    assert await asked(engine, "sketched.bounded") == (4, 0, [2.0] * HOURS)
