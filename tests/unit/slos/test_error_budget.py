"""SLI, error budget, burn rate and state: worked examples, exact to the last digit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.slos.error_budget import (
    Tally,
    burn_rate,
    cut,
    max_burn_rate,
    percent,
    precision_of,
    raw_remaining,
    remaining,
    state_of,
    tally,
    target_display,
)


@pytest.mark.parametrize(
    ("good", "total", "target", "warning", "sli", "left", "state"),
    [
        (99_950, 100_000, 99.9, None, 99.95, 50, "ok"),
        (9_985, 10_000, 99.9, None, 99.85, -50, "breached"),
        (993, 1_000, 99, 99.5, 99.3, 30, "warning"),
        (990, 1_000, 99, None, 99.0, 0, "ok"),
        (0, 10, 95, None, 0, -1900, "breached"),
        (90 + 900, 100 + 900, 95, None, 99.0, 80, "ok"),
    ],
)
def test_worked_examples(
    good: float, total: float, target: float, warning: float | None, sli: float, left: float, state: str
) -> None:
    found, limit = tally(good, total), percent(target)
    assert found.sli == percent(sli)
    assert remaining(percent(sli), limit) == percent(left)
    assert state_of(found.sli, limit, None if warning is None else percent(warning)) == state


def test_nothing_to_count_is_no_data() -> None:
    assert tally(0, 0).sli is None
    assert state_of(None, percent(99), None) == "no_data"
    assert burn_rate(tally(0, 0), percent(99)) == 0


def test_raw_budget_in_events_and_in_seconds() -> None:
    assert raw_remaining(tally(99_950, 100_000), percent(99.9)) == 50
    assert raw_remaining(tally(9_985, 10_000), percent(99.9)) == -5
    week = Tally(Fraction(30 * 60), Fraction(7 * 86400))
    assert raw_remaining(week, percent(99.5)) == 1224
    assert cut(week.sli or Fraction(0), 2) == 99.70
    assert cut(remaining(week.sli or Fraction(0), percent(99.5)), 5) == 40.47619


def test_burn_rates_are_exact() -> None:
    assert burn_rate(tally(9_960, 10_000), percent(99.9)) == 4
    assert burn_rate(tally(997, 1_000), percent(99.9)) == 3
    assert [float(max_burn_rate(percent(one))) for one in (99.5, 95)] == [200, 20]
    assert burn_rate(Tally(Fraction(3), Fraction(60)), percent(99.5)) == 10


def test_values_are_cut_and_not_rounded() -> None:
    thirteen = Tally(Fraction(13), Fraction(90 * 1440))
    assert cut(thirteen.sli or Fraction(0), 3) == 99.989
    assert state_of(thirteen.sli, percent(99.99), None) == "breached"
    assert cut(remaining(thirteen.sli or Fraction(0), percent(99.99)), 5) == -0.30865
    assert cut(Fraction(715 * 100, 720), 3) == 99.305


@pytest.mark.parametrize(
    ("kind", "days", "target", "total", "digits"),
    [
        ("monitor", 7, 99.9, 10_080, 2), ("monitor", 30, 99.9, 43_200, 2), ("monitor", 90, 99.99, 129_600, 3),
        ("metric", 7, 99.9, 1e6, 2), ("metric", 7, 99.999, 1e9, 4), ("metric", 7, 99.9, 50, 1),
        ("metric", 7, 95, 5, 0),
    ],
)  # fmt: skip
def test_precision(kind: str, days: float, target: float, total: float, digits: int) -> None:
    assert precision_of(kind, days, target, Fraction(total)) == digits


def test_targets_are_shown_without_zeros_at_their_end() -> None:
    assert [target_display(one) for one in (95.0, 99.9, 99.999)] == ["95.", "99.9", "99.999"]


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 99_999))
def test_budget_state_and_burn_agree(bad: int, total: int, thousandths: int) -> None:
    bad = min(bad, total)
    found, target = Tally(Fraction(bad), Fraction(total)), Fraction(thousandths, 1000)
    assert found.sli is not None
    left = remaining(found.sli, target)
    assert (left < 0) == (state_of(found.sli, target, None) == "breached")
    assert left == 100 - 100 * burn_rate(found, target)
    assert (raw_remaining(found, target) < 0) == (left < 0)
