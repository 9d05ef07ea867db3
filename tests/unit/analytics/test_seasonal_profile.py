"""What each phase of a season usually is, and how much it varies."""

from __future__ import annotations

import numpy as np
import pytest

from heeler.analytics.seasonal_matrix import Folded
from heeler.analytics.seasonal_profile import (
    SEASONS_NEEDED,
    SEASONS_USED,
    error_spread,
    phase_spread,
    profiles,
)

RNG = np.random.default_rng(7)
SHAPE = 50 + 20 * np.sin(np.linspace(0, 2 * np.pi, 96, endpoint=False))


def folded(table: np.ndarray) -> Folded:
    rows, columns = np.indices(table.shape)
    return Folded(table, rows.ravel(), columns.ravel())


def season(count: int = 12, deviation: float = 2.0) -> np.ndarray:
    return SHAPE + RNG.normal(0, deviation, (count, 96))


def test_the_first_seasons_say_nothing() -> None:
    middle, spread = profiles(folded(season()))
    assert np.isnan(middle[:SEASONS_NEEDED]).all()
    assert np.isnan(spread[:SEASONS_NEEDED]).all()
    assert not np.isnan(middle[SEASONS_NEEDED:]).any()
    assert not np.isnan(spread[SEASONS_NEEDED:]).any()


def test_a_phase_is_what_it_was() -> None:
    middle, _ = profiles(folded(season()))
    assert np.abs(middle[-1] - SHAPE).max() < 5
    exact, _ = profiles(folded(np.tile(SHAPE, (8, 1))))
    np.testing.assert_allclose(exact[SEASONS_NEEDED:], np.tile(SHAPE, (5, 1)))


@pytest.mark.parametrize("deviation", [0.5, 2.0, 8.0])
def test_the_spread_is_about_the_deviation(deviation: float) -> None:
    _, spread = profiles(folded(season(20, deviation)))
    assert 0.7 * deviation < np.median(spread[8:]) < 1.6 * deviation


def test_only_seasons_before_count() -> None:
    table = season()
    middle, spread = profiles(folded(table))
    changed = table.copy()
    changed[8:] += 1000
    again = profiles(folded(changed))
    np.testing.assert_array_equal(again[0][:9], middle[:9])
    np.testing.assert_array_equal(again[1][:9], spread[:9])


def test_a_level_is_forgotten_after_the_seasons_that_are_used() -> None:
    table = season(30)
    table[:10] += 1000
    middle, _ = profiles(folded(table))
    assert np.abs(middle[10 + SEASONS_USED] - SHAPE).max() < 6


def test_one_strange_season_moves_the_middle_little() -> None:
    table = season()
    table[9] = 500
    middle, _ = profiles(folded(table))
    assert np.abs(middle[11] - SHAPE).max() < 6


def test_a_restless_part_of_the_day_has_a_wider_spread() -> None:
    table = season(20, 1.0)
    table[:, 40:56] += RNG.normal(0, 15, (20, 16))
    _, spread = profiles(folded(table))
    assert spread[10:, 44:52].mean() > 3 * spread[10:, :20].mean()


def test_missing_phases_are_interpolated() -> None:
    table = season()
    table[:, 10:14] = np.nan
    middle, spread = profiles(folded(table))
    assert not np.isnan(middle[SEASONS_NEEDED:]).any()
    assert not np.isnan(spread[SEASONS_NEEDED:]).any()
    assert np.abs(middle[-1, 10:14] - SHAPE[10:14]).max() < 6


def test_errors_about_zero() -> None:
    errors = RNG.normal(0, 3, (20, 96))
    spread = error_spread(folded(errors))
    assert np.isnan(spread[:SEASONS_NEEDED]).all()
    assert 2 < np.median(spread[8:]) < 5


def test_of_values_that_never_differ_the_spread_is_nothing() -> None:
    away = np.zeros((5, 24, SEASONS_USED))
    assert (phase_spread(away, np.full(SEASONS_USED + 1, 0.6)) == 0).all()
