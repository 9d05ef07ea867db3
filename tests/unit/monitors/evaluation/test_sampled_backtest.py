"""Sampled backtests agree with evaluations that happened, for kinds that have no shortcut."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.sampled_backtest import MOST_MOMENTS, check_sampled, moments, sampled_backtest
from heeler.monitors.queries.parser import parse_monitor_query
from heeler.monitors.validation import checked_options
from heeler.store.engine import Engine
from tests.unit.monitors.world import EPOCH, World, world


@pytest.fixture
async def here(engine: Engine, tmp_path: Path) -> AsyncIterator[World]:
    async with world(engine, tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("change(avg(last_5m),last_30m):avg:sbt.change{*} by {host} > 50", "Triggered"),
        ("avg(last_1h):anomalies(avg:sbt.change{*}, 'basic', 2) >= 0.1", "Triggered"),
        ("sum(current_1h):sum:sbt.change{*}.as_count() > 3000", "Triggered"),
    ],
)
async def test_other_kinds_are_read_as_of_each_moment(here: World, query: str, expected: str) -> None:
    values = {minute: (10.0 if minute < 150 else 110.0) + minute % 3 for minute in range(180)}
    here.points("sbt.change", {"host:a": values})
    parsed = parse_monitor_query("query alert", query)
    options = checked_options({}, parsed)
    found = await sampled_backtest(here.services, parsed, options, EPOCH + 60 * 60, EPOCH + 180 * 60)
    assert expected in [move.kind for move in found.moves]
    first = next(move for move in found.moves if move.kind == expected)
    assert EPOCH + 150 * 60 < first.time <= EPOCH + 180 * 60
    assert found.seconds["Alert"] > 0
    assert found.groups == 1


@pytest.mark.parametrize(
    ("length", "count"), [(3600, 10), (86_400, 288), (7 * 86_400, 288), (60, 288), (7, 12)]
)
def test_moments_are_spread_evenly_up_to_the_end(length: int, count: int) -> None:
    found = moments(EPOCH - length, EPOCH, count)
    assert found[-1] == EPOCH // 60 * 60
    assert 1 <= len(found) <= count <= MOST_MOMENTS
    assert len({after - before for before, after in itertools.pairwise(found)}) <= 1


def test_what_is_not_stored_has_no_backtest() -> None:
    query = parse_monitor_query("service check", '"x".over("*").by("host").last(2).count_by_status()')
    with pytest.raises(InvalidQuery, match="only their latest state"):
        check_sampled(query)
