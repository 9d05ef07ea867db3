"""What a plan decides: windows, history, shifts of other data sources, tables, cost."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.query.frame import Frame, Group
from heeler.query.limits import MAX_BUCKETS
from heeler.query.metrics.parser import parse, parse_one
from heeler.query.metrics.plan import Named, Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Buckets, Window
from tests.unit.query.planned import evaluated
from tests.work import lines_run

NOW = 1_700_000_000
WINDOW = Window(NOW - 3600, NOW, 20)


@pytest.mark.parametrize("rollup", [1, 5, 10, 60, 300])
def test_a_named_rollup_limits_the_history(rollup: int) -> None:
    node = parse_one(f"anomalies(avg:m{{*}}.rollup(avg, {rollup}), 'agile', 2)")
    (read,) = plan((node,), WINDOW).reads
    buckets = Buckets.of(read.window)
    assert len(buckets) <= MAX_BUCKETS + 1
    six_weeks = 6 * 7 * 86400
    # 3,600 one-second buckets are more than an answer may have, so the shortest that fits is used.
    assert read.window.interval == max(rollup, 5)
    assert read.window.lead == min(six_weeks, MAX_BUCKETS * max(rollup, 5) - 3600)


def test_less_history_than_wanted_is_said() -> None:
    def select(read: Read) -> Frame:
        times = Buckets.of(read.window).starts
        return Frame(times, (Group(),), np.full((1, len(times)), np.nan), read.window.interval)

    def notes(rollup: int) -> str:
        node = parse_one(f"moving_rollup(avg:m{{*}}.rollup(avg, {rollup}), 8640000, 'avg')")
        window = Window(NOW - 600, NOW, 20)
        return " ".join(evaluated(node, window, select).notes)

    assert notes(3600) == ""
    assert "moving_rollup looks back over 23.1 days instead of 100" in notes(10)


@pytest.mark.parametrize(
    "text", ["lines", "lines + load", "week_before(load)", "ewma_3(lines)", "abs(-lines) * 2"]
)
def test_names_are_read_over_the_window_itself(text: str) -> None:
    found = plan(parse(text), WINDOW, {"lines", "load"}).named
    assert all(item.shift == 0 for item in found if item.name == "lines")


def test_names_are_read_at_other_times_once() -> None:
    text = "lines / week_before(lines) + timeshift(lines, -604800) - hour_before(abs(lines))"
    found = plan(parse(text), WINDOW, {"lines"}).named
    assert found == (Named("lines"), Named("lines", -604_800), Named("lines", -3_600))


def test_equal_selectors_are_read_once() -> None:
    made = plan(parse("avg:m{*} + avg:m{*} * 2, diff(avg:m{*}), avg:m{*}.rollup(60)"), WINDOW)
    assert [(read.function, read.window.interval) for read in made.reads] == [
        ("", 20),
        ("diff", 20),
        ("", 60),
    ]


@pytest.mark.parametrize(
    ("text", "intervals"),
    [
        ("avg:a{*}.rollup(60) + avg:b{*}", [60, 60]),
        ("(avg:a{*} + avg:b{*}.rollup(60)).rollup(300)", [300, 300]),
        ("abs(avg:a{*}.rollup(60)) / avg:b{*}.rollup(300)", [60, 300]),
        ("abs(avg:a{*}).rollup(120) - avg:b{*}", [120, 120]),
        ("-(avg:a{*}.rollup(120)) - avg:b{*}", [120, 120]),
    ],
)
def test_operands_share_the_longest_rollup(text: str, intervals: list[int]) -> None:
    assert [read.window.interval for read in plan(parse(text), WINDOW).reads] == intervals


def test_a_tree_is_walked_once() -> None:
    def work(terms: int) -> int:
        nodes = parse(" + ".join(f"avg:m{number}{{*}}" for number in range(terms)))
        return lines_run(lambda: plan(nodes, WINDOW))

    assert work(100) < 2.5 * work(50)
