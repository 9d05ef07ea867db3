"""A query is stopped where it passes its limits, while it runs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from heeler.query import limits
from heeler.query.budget import (
    Budget,
    QueryCancelled,
    QueryMemoryBusy,
    QueryTimeout,
    count_rows,
    each,
    hold,
    limited,
    total,
)
from heeler.query.frame import Frame, Group
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import run_query
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.parser import parse
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000 // 3600 * 3600


def _ticking(seconds: float) -> Budget:
    """A budget whose clock goes a second further each time that it is read."""
    ticks = itertools.count()
    return Budget(seconds, clock=lambda: float(next(ticks)))


def test_time_is_checked_in_loops() -> None:
    seen: list[int] = []
    with pytest.raises(QueryTimeout, match="stopped after 5 seconds") as stopped, limited(_ticking(5)):
        seen.extend(each(range(1000)))
    assert stopped.value.status == 504
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("anomalies", {"algorithm": "basic"}),
        ("trend_line", {}),
        ("robust_trend", {}),
        ("ewma", {"span": 3}),
        ("rollup", {"method": "avg", "seconds": 60}),
    ],
)
def test_functions_stop_between_groups_or_buckets(name: str, arguments: dict[str, object]) -> None:
    groups = tuple(Group((f"host:{number}",), f"host:{number}") for number in range(300))
    times = np.arange(400, dtype=np.int64) * 60 + NOW
    values = np.random.default_rng(1).normal(size=(300, 400))
    frame = Frame(times, groups, values, 60)
    with pytest.raises(QueryTimeout), limited(_ticking(20)):
        FUNCTIONS[name].apply(frame, **arguments)


def test_memory_and_rows_add_up() -> None:
    with limited(Budget(nbytes=10 * 2**20, rows=1000)):
        hold(9 * 2**20)
        count_rows(600)
        with pytest.raises(QueryError, match="more than 10 MiB of memory"):
            hold(2 * 2**20)
        with pytest.raises(QueryError, match="more than 1,000 rows"):
            count_rows(600)


def test_all_queries_together_hold_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TOTAL_BYTES", 100)
    with limited(Budget()):
        hold(60)
        with limited(Budget()), pytest.raises(QueryMemoryBusy, match="Other queries") as refused:
            hold(60)
        assert refused.value.status == 503
        hold(30)
    with limited(Budget()):
        hold(90)
    assert total.held == 0


def test_what_leaves_by_an_exception_is_cancelled() -> None:
    budget = Budget()
    with pytest.raises(KeyError), limited(budget):
        raise KeyError
    with pytest.raises(QueryCancelled):
        budget.check()


def test_queries_within_a_query_share_its_budget() -> None:
    with limited() as outer, limited() as inner:
        assert inner is outer


async def test_a_query_stops_at_its_limits(engine: Engine) -> None:
    points = [(NOW - 7200 + 10 * step, float(step)) for step in range(720)]
    insert(engine, "budget.rows", [Series([], points, host=name) for name in "abcd"])
    text = "sum:budget.rows{*} by {host}"
    with pytest.raises(QueryError, match="rows of the store"), limited(Budget(rows=100)):
        await run_query(engine, text, NOW - 7200, NOW, now=NOW, cached="nothing")
    with pytest.raises(QueryError, match="MiB of memory"), limited(Budget(nbytes=1000)):
        await run_query(engine, text, NOW - 7200, NOW, now=NOW, cached="nothing")
    with pytest.raises(QueryTimeout), limited(_ticking(3)):
        await run_query(engine, text, NOW - 7200, NOW, now=NOW, cached="nothing")
    answer = await run_query(engine, text, NOW - 7200, NOW, now=NOW, cached="nothing")
    assert len(answer.frames[0].groups) == 4


@pytest.mark.parametrize("limit", ["2000000000", "86400", "0"])
async def test_a_fill_looks_back_a_day_at_most(engine: Engine, limit: str) -> None:
    metric = f"budget.fill{limit}"
    insert(engine, metric, [Series([], [(NOW - 1800, 5.0), (NOW - 30, 7.0)], host="a")])
    text = f"avg:{metric}{{*}}.fill(last, {limit})"
    answer = await run_query(engine, text, NOW - 600, NOW, now=NOW)
    (frame,) = answer.frames
    assert frame.values[0, 0] == 5.0
    assert frame.values[0, -1] == 7.0
    assert answer.plan is not None
    (read,) = answer.plan.reads
    assert read.scan is not None
    assert read.scan.look_back <= 86_400
    assert read.scan.look_back // read.window.interval <= 1500


def test_so_many_tag_keys_are_refused() -> None:
    keys = ",".join(f"t{number}" for number in range(3000))
    with pytest.raises(QueryError, match="groups by 3000 tag keys; at most 50"):
        parse(f"avg:m{{*}} by {{{keys}}}")
