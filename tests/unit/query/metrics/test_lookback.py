"""How far before its window a selector reads."""

from __future__ import annotations

import pytest

from heeler.query.limits import MAX_FILL_LOOK_BACK, MAX_POINTS
from heeler.query.metrics.ast import Selector, selectors
from heeler.query.metrics.lookback import look_back_seconds
from heeler.query.metrics.modifiers import read_modifiers
from heeler.query.metrics.parser import parse_one


def seconds(modifiers: str, interval: int = 60, several: bool = False) -> int:
    (selector,) = selectors(parse_one(f"avg:m{{*}}{modifiers}"))
    assert isinstance(selector, Selector)
    return look_back_seconds(read_modifiers(selector.modifiers), interval, several)


def test_a_single_series_reads_its_window() -> None:
    assert seconds("") == 0
    assert seconds(".rollup(max, 60)") == 0


@pytest.mark.parametrize(("interval", "wanted"), [(10, 300), (60, 300), (300, 300), (600, 0)])
def test_series_are_aligned_over_gaps_of_five_minutes(interval: int, wanted: int) -> None:
    assert seconds("", interval, several=True) == wanted


@pytest.mark.parametrize("modifier", [".as_count()", ".as_rate()"])
def test_counts_are_not_aligned(modifier: str) -> None:
    assert seconds(modifier, several=True) == 0


@pytest.mark.parametrize(
    ("modifiers", "wanted"),
    [
        (".fill(last, 600)", 600),
        (".fill(linear, 120)", 120),
        (".fill(last)", 300),
        (".fill(null)", 0),
        (".fill(zero)", 0),
        (".fill(7)", 0),
        (".fill(zero, 120)", 120),
        (".fill(7, 120)", 120),
        (".fill(last, 30)", 0),
    ],
)
def test_a_fill_reads_as_far_back_as_it_reaches(modifiers: str, wanted: int) -> None:
    assert seconds(modifiers) == wanted


def test_it_is_bounded() -> None:
    assert seconds(".fill(last, 99999999)", 3600) == MAX_FILL_LOOK_BACK
    assert seconds(".fill(last, 99999999)", 1) == MAX_POINTS
    assert 0 < seconds(".fill(last, 0)") <= MAX_FILL_LOOK_BACK


def test_calendar_buckets_are_read_as_they_are() -> None:
    assert seconds(".rollup(sum, daily).fill(last, 600)", several=True) == 0
