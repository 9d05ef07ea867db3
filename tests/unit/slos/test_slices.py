"""Time slices: bad ones, corrected ones, groups."""

from __future__ import annotations

import numpy as np

from heeler.slos.slices import Slices, whole_slices


def slices(bad: dict[str, list[int]], count: int = 288, seconds: int = 300) -> Slices:
    rows = {name: np.isin(np.arange(count), places) for name, places in bad.items()}
    return Slices(0, seconds, count, rows, {})


def sli(found: Slices) -> float:
    return float(found.tally(found.overall()).sli or 0)


def test_worked_examples() -> None:
    half = slices({"*": [5]}, 144)
    assert sli(half) == 143 * 100 / 144
    assert sli(slices({"*": [5]}, 720, 60)) == 719 * 100 / 720
    six = slices({"*": [12, 13, 14, 15, 200, 201]})
    assert sli(six) == 282 * 100 / 288
    assert sli(six.corrected([(12 * 300, 24 * 300)])) == 286 * 100 / 288


def test_an_overall_slice_is_bad_where_any_group_is() -> None:
    found = slices({"prod": [10, 12], "dev": [11, 12]})
    assert [float(found.tally(row).sli or 0) for row in found.bad.values()] == [286 * 100 / 288] * 2
    assert sli(found) == 285 * 100 / 288


def test_a_correction_forgives_every_slice_that_it_touches() -> None:
    found = slices({"*": [1, 2, 3]}, 10).corrected([(599, 601)])
    assert np.flatnonzero(found.overall()).tolist() == [3]


def test_slices_are_whole_and_within_the_window() -> None:
    assert whole_slices(1, 1500, 300) == (300, 4)
    assert whole_slices(0, 299, 300) == (0, 0)
