"""Points grouped in a cluster come to what they come to when they are read one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from heeler.query.metrics.point_reader import Reader
from heeler.query.metrics.query_profile import Trace
from heeler.query.metrics.series_index import read as read_catalog
from heeler.query.metrics.window import Buckets
from heeler.store.arrow_tables import PointRows
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from heeler.store.rollup import Rollups
from tests.clickhouse.running import CLUSTER, ClickHouse
from tests.conftest import free_port

HOUR = 1_900_000_800 // 3600 * 3600
SERIES, HOURS = 7, 12


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    clickhouse = ClickHouse(tmp_path_factory.mktemp("cluster"), free_port(), CLUSTER)
    clickhouse.start()
    opened = Engine(clickhouse.cluster_dsn(), workers=2, writers=1)
    migrate(opened)
    _fill(opened)
    yield opened
    opened.close()
    clickhouse.stop()


def _fill(store: Engine) -> None:
    """Twelve hours of seven series, a third of the points missing, some sent again with another value;
    rolled up but for the last two hours."""
    random = np.random.default_rng(3)
    count = HOURS * 240
    times = np.tile(HOUR + np.arange(count) * 15, SERIES)
    ids = np.repeat(np.arange(1, SERIES + 1, dtype=np.uint64), count)
    values = np.round(random.normal(40, 10, len(times)), 2)
    for share in (0.66, 0.05):
        some = random.random(len(times)) < share
        part = PointRows(
            ["grouped.a"], np.zeros(int(some.sum()), np.int32), ids[some], times[some], values[some],
            np.full(int(some.sum()), 100, np.uint16),
        )  # fmt: skip
        store.insert_sync("points", PointRows.combine([part]))
        values = values + 1
    columns = {
        "metric": ["grouped.a"] * SERIES,
        "series": pa.array(range(1, SERIES + 1), pa.uint64()),
        "type": ["gauge"] * SERIES,
        "interval": pa.array([15] * SERIES, pa.uint32()),
        "unit": [""] * SERIES,
        "source": [""] * SERIES,
        "host": [f"h{number}" for number in range(SERIES)],
        "tags": pa.array([["env:a"]] * SERIES, pa.list_(pa.string())),
        "last_seen": pa.array([HOUR] * SERIES, pa.uint32()),
    }
    store.insert_sync("series", pa.table(columns))

    async def roll_up() -> None:
        rollups, lock = Rollups(store, now=lambda: HOUR + HOURS * 3600 + 100.0, quiet=0), asyncio.Lock()
        hours = [HOUR + hour * 3600 for hour in range(HOURS - 2)]
        await rollups.announce(hours)
        for hour in hours:
            await rollups.roll(hour, lock)

    asyncio.run(roll_up())


@pytest.mark.parametrize("method", ["avg", "sum", "count", "min", "max", "last"])
@pytest.mark.parametrize(("interval", "chosen"), [(60, 7), (300, 7), (3600, 1), (7200, 3)])
def test_grouped_and_read_one_by_one_are_the_same(
    store: Engine, method: str, interval: int, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = read_catalog(store, ["grouped.a"])["grouped.a"]
    mask = np.arange(SERIES) < chosen
    start, end = HOUR + 17, HOUR + HOURS * 3600 - 3
    edges = np.arange(HOUR // interval * interval, HOUR + HOURS * 3600 + interval, interval, dtype=np.int64)
    tables = []
    for cluster in ("test", ""):
        monkeypatch.setattr(store, "cluster", cluster)
        trace = Trace()
        reader = Reader(store, "grouped.a", catalog, mask, trace, HOUR + (HOURS - 2) * 3600)
        tables.append(reader.read(start, end, Buckets(edges, interval), method))
        rows = sum(reading.rows for reading in trace.readings)
        if cluster:
            assert rows <= chosen * (len(edges) + 2), "a row a bucket, of which two may come in two parts"
    grouped, plain = tables
    np.testing.assert_array_equal(grouped.points, plain.points)
    np.testing.assert_allclose(grouped.values, plain.values, rtol=1e-12)
    assert np.isfinite(grouped.values).any()
