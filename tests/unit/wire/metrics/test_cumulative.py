"""Growth of counters that are sent as totals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.metrics.cumulative import TTL_SECONDS, Cumulative, Point

S = 1_000_000_000
STARTED = 1000 * S


def grown(known: Cumulative[float], key: int, start: int, at: int, value: float) -> float | None:
    """What a point of one request counts, as decoders use the pass; None where it does not count."""
    begun = known.begin()
    last = begun.last(key)
    before, counts = begun.step(
        key, Point(start * S, at * S, value), decreased=last is not None and value < last.value
    )
    known.commit(begun.changes, at * S)
    if not counts:
        return None
    return value - before.value if before else value


def test_growth_since_the_last_point() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    assert (
        grown(known, 1, 500, 1010, 100) is None
    )  # of the time before this process there is nothing to compare
    assert grown(known, 1, 500, 1020, 130) == 30
    assert grown(known, 1, 500, 1030, 130) == 0
    assert grown(known, 2, 500, 1030, 7) is None


def test_a_series_that_began_while_we_ran_counts_in_full() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    assert grown(known, 1, 1005, 1010, 8) == 8
    assert grown(known, 2, 1000, 1010, 8) is None
    assert grown(known, 3, 0, 1010, 8) is None


@pytest.mark.parametrize("start", [0, 500])
def test_after_a_reset_the_value_is_what_grew(start: int) -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    grown(known, 1, start, 1010, 100)
    assert grown(known, 1, start, 1020, 4) == 4
    assert grown(known, 1, start, 1030, 10) == 6


def test_a_new_start_is_a_restart_even_where_the_value_is_larger() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    grown(known, 1, 500, 1010, 100)
    assert grown(known, 1, 1015, 1020, 150) == 150
    # OTLP: a start that is the point's own time says that the true start is not known.
    assert grown(known, 1, 1030, 1030, 170) is None
    assert grown(known, 1, 1030, 1040, 180) == 10


def test_points_that_are_not_newer_do_not_count() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    grown(known, 1, 500, 1010, 100)
    grown(known, 1, 500, 1020, 130)
    assert grown(known, 1, 500, 1020, 130) is None
    assert grown(known, 1, 500, 1015, 120) is None
    assert grown(known, 1, 500, 1030, 150) == 20


def test_a_request_that_is_not_stored_moves_nothing() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    grown(known, 1, 500, 1010, 100)
    lost = known.begin()
    lost.step(1, Point(500 * S, 1020 * S, 130.0))
    assert grown(known, 1, 500, 1020, 130) == 30


def test_points_of_one_request_follow_each_other() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    grown(known, 1, 500, 1010, 100)
    begun = known.begin()
    assert begun.step(1, Point(500 * S, 1020 * S, 110.0))[0] == Point(500 * S, 1010 * S, 100)
    assert begun.step(1, Point(500 * S, 1030 * S, 130.0))[0] == Point(500 * S, 1020 * S, 110.0)


def test_a_request_that_is_overtaken_does_not_go_back() -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    slow, quick = known.begin(), known.begin()
    slow.step(1, Point(500 * S, 1010 * S, 1.0))
    quick.step(1, Point(500 * S, 1020 * S, 2.0))
    known.commit(quick.changes, 1020 * S)
    known.commit(slow.changes, 1020 * S)
    assert known.last(1) == Point(500 * S, 1020 * S, 2.0)


def test_series_are_forgotten_after_an_hour_and_the_oldest_beyond_the_capacity() -> None:
    known: Cumulative[float] = Cumulative(STARTED, capacity=3)
    for key in range(5):
        grown(known, key, 500, 1010 + key, 1)
    assert [key for key in range(5) if known.last(key)] == [2, 3, 4]
    grown(known, 9, 500, 1013 + TTL_SECONDS, 1)
    assert [key for key in range(10) if known.last(key)] == [3, 4, 9]
    assert len(known) == 3


def test_a_series_that_goes_on_is_not_the_oldest() -> None:
    known: Cumulative[float] = Cumulative(STARTED, capacity=2)
    for key, at in ((1, 1010), (2, 1011), (1, 1012), (3, 1013)):
        grown(known, key, 500, at, 1)
    assert known.last(1) is not None
    assert known.last(2) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.lists(st.integers(0, 29), max_size=5))
def test_what_is_counted_is_the_whole_growth(steps: list[int], resets: list[int]) -> None:
    known: Cumulative[float] = Cumulative(STARTED)
    total, counted, wanted = 0, 0.0, 0
    grown(known, 1, 500, 1001, 0)
    for place, step in enumerate(steps):
        if place in resets and step < total:
            total = 0
        total += step
        wanted += step
        counted += grown(known, 1, 500, 1002 + place, total) or 0
    assert counted == wanted
