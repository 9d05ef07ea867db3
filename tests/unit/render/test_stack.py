"""What stands on what, what is drawn first, and which of too many are drawn at all."""

from __future__ import annotations

import numpy as np

from heeler.render.model import Series, Style
from heeler.render.stack import drawing_order, largest, stacked


def series(style: Style, *values: float, outlier: bool = False) -> Series:
    return Series("s", np.array(values), style, outlier=outlier)


def test_each_kind_stands_on_its_own_kind() -> None:
    given = [series("area", 1, 2), series("bars", 5, 5), series("area", 10, 10), series("line", 7, 7)]
    assert [list(place.top) for place in stacked(given)] == [[1, 2], [5, 5], [11, 12], [7, 7]]
    assert list(stacked(given)[2].base) == [1, 2]


def test_an_area_without_a_value_carries_what_stands_on_it() -> None:
    nothing = float("nan")
    low, high = stacked([series("area", 1, nothing, nothing), series("area", 2, 2, nothing)])
    assert np.array_equal(low.top, [1, 0, nothing], equal_nan=True)
    assert np.array_equal(high.top, [3, 2, nothing], equal_nan=True)


def test_bars_come_first_and_from_above() -> None:
    assert drawing_order([series("line", 1), series("bars", 1), series("area", 1), series("bars", 1)]) == [
        3,
        1,
        2,
        0,
    ]


def test_of_too_many_the_outliers_and_the_largest_stay_in_their_order() -> None:
    given = [series("line", 1), series("line", -9), series("line", 5), series("line", 0.5, outlier=True)]
    assert largest(given, 3) == tuple(given[1:])
    assert largest(given, 4) == tuple(given)
    assert largest([series("line", float("nan")), given[0]], 1) == (given[0],)
