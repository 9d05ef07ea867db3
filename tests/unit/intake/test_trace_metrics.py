"""Statistics of traces as metrics: percentiles that a query answers are within one percent."""

from __future__ import annotations

import math
import random

import pytest

from heeler.intake.trace_metrics import BucketSeconds, trace_metrics
from heeler.query.metrics.executor import run_query
from heeler.store.arrow_tables import series_table, sketches_table
from heeler.store.engine import Engine
from heeler.store.span_rows import StatsRow
from heeler.wire.metrics.batch import Window
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsGroup

START = 1_750_000_000 // 3600 * 3600


@pytest.mark.parametrize("seed", range(4))
async def test_percentiles_of_latencies_hold_a_percent(engine: Engine, seed: int) -> None:
    draw = random.Random(seed)
    spans = [(START + 10 * draw.randrange(30), draw.lognormvariate(-3, 1.2)) for _ in range(3000)]
    name = f"latency{seed}.request"
    rows = []
    for time in sorted({at for at, _ in spans}):
        bins: dict[int, float] = {}
        durations = [seconds for at, seconds in spans if at == time]
        for seconds in durations:
            key = duration_sketch.key_of(seconds * 1e9)
            bins[key] = bins.get(key, 0.0) + 1
        total = int(sum(durations) * 1e9)
        group = StatsGroup(service="shop", name=name, hits=len(durations), duration=total)
        ok = duration_sketch.in_seconds(bins)
        rows.append(StatsRow(time, "h", "prod", "", "python", group, ok, {}))
    memo = SeriesMemo()
    _, sketches = trace_metrics(rows, memo, Window(START + 300, START), BucketSeconds())
    engine.insert_sync("series", series_table(sketches.fresh.values(), START))
    engine.insert_sync("sketches", sketches_table(sketches, seed))
    ordered = sorted(seconds for _, seconds in spans)
    for which in ("p50", "p75", "p90", "p95", "p99"):
        query = f"{which}:trace.{name}{{*}}"
        frame = (await run_query(engine, query, START, START + 300, now=START + 300)).frames[0]
        exact = ordered[math.floor(float(which[1:]) / 100 * (len(ordered) - 1))]
        assert frame.totals == pytest.approx([exact], rel=0.01)


def test_calls_have_the_attributes_of_their_peer() -> None:
    group = StatsGroup(
        service="shop", name="postgres.query", hits=3, span_kind="client",
        peer_tags=["db.name:orders", "out.host:db-1"],
    )  # fmt: skip
    rows = [StatsRow(START, "h", "prod", "", "python", group, {}, {})]
    points, _ = trace_metrics(rows, SeriesMemo(), Window(START + 300, START), BucketSeconds())
    hits = next(one for one in points.fresh.values() if one.metric == "trace.postgres.query.hits")
    assert {"peer.db.name:orders", "peer.hostname:db-1", "service:shop"} <= set(hits.tags)
