"""How much of the past is read for functions that look back."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.query.frame import Frame, Group
from heeler.query.metrics.evaluate import Evaluator, Request, requirements
from heeler.query.metrics.parser import parse_one
from heeler.query.metrics.window import MAX_BUCKETS, Buckets, Window

NOW = 1_700_000_000
WINDOW = Window(NOW - 3600, NOW, 20)


@pytest.mark.parametrize("rollup", [1, 5, 10, 60, 300])
def test_a_named_rollup_limits_the_history(rollup: int) -> None:
    node = parse_one(f"anomalies(avg:m{{*}}.rollup(avg, {rollup}), 'agile', 2)")
    (request,) = requirements(node, WINDOW)
    buckets = Buckets.of(request.window)
    assert len(buckets) <= MAX_BUCKETS + 1
    six_weeks = 6 * 7 * 86400
    # 3,600 one-second buckets are more than an answer may have, so the shortest that fits is used.
    assert request.window.interval == max(rollup, 5)
    assert request.window.lead == min(six_weeks, MAX_BUCKETS * max(rollup, 5) - 3600)


def test_less_history_than_wanted_is_said() -> None:
    def select(request: Request) -> Frame:
        times = Buckets.of(request.window).starts
        return Frame(times, (Group(),), np.full((1, len(times)), np.nan), request.window.interval)

    def notes(rollup: int) -> str:
        node = parse_one(f"moving_rollup(avg:m{{*}}.rollup(avg, {rollup}), 8640000, 'avg')")
        window = Window(NOW - 600, NOW, 20)
        found = Evaluator(select).evaluate(node, window)
        assert isinstance(found, Frame)
        return " ".join(found.notes)

    assert notes(3600) == ""
    assert "moving_rollup looks back over 23.1 days instead of 100" in notes(10)
