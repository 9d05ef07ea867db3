"""Windows are cut into whole buckets, and each selector of an SLO counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.window import MAX_POINTS
from heeler.slos.counts import _counting, pieces


@given(st.integers(0, 10**7), st.integers(0, 9 * 10**6))
def test_pieces_cover_the_interval_once(start: int, length: int) -> None:
    found = pieces([(start, start + length)])
    assert sum(b - a for a, b, _ in found) == length
    at = start
    for a, b, step in found:
        assert a == at
        assert a % step == 0
        assert b % step == 0
        assert (b - a) // step <= MAX_POINTS
        at = b


def test_a_month_is_few_queries() -> None:
    assert len(pieces([(1_700_000_000, 1_700_000_000 + 30 * 86400)])) < 8


def test_selectors_count() -> None:
    assert _counting("sum:a{*} - sum:b{x:y} by {host}.as_rate()").count(".as_count()") == 2
    assert _counting("sum:a{*}.as_count()") == "sum:a{*}.as_count()"
    assert "as_rate" not in _counting("sum:a{*}.as_rate()")
