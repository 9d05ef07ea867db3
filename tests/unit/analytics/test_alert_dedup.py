"""One alert for one episode."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.analytics.alert_dedup import deduplicated


def alerts(scores: list[float], **more: float) -> dict[int, float]:
    """By place, what is left."""
    options = {"minor": 1.0, "rest": 3, "louder": 1.2} | more
    found = deduplicated(np.array(scores, float), **options)  # type: ignore[arg-type]
    return {int(place): float(found[place]) for place in np.flatnonzero(found)}


def test_after_an_alert_there_is_rest() -> None:
    assert alerts([0, 5, 5, 5, 5, 5, 0, 5]) == {1: 5, 5: 5}


def test_more_of_it_breaks_the_rest() -> None:
    assert alerts([5, 5.9, 6.1, 7]) == {0: 5, 2: 6.1}


def test_minor_scores_begin_no_rest() -> None:
    assert alerts([1, 1, 0.5, 5, 1, 1]) == {0: 1, 1: 1, 2: 0.5, 3: 5}


def test_what_lasts_restarts_the_rest() -> None:
    scores = [5.0] * 20
    assert alerts(scores, lasting=0.5) == {0: 5}
    assert len(alerts(scores)) == 5


def test_silence_and_nothing() -> None:
    assert alerts([0, 0, 0]) == {}
    assert alerts([]) == {}
    assert alerts([np.nan, 5, np.nan]) == {1: 5}


@given(st.lists(st.one_of(st.just(0.0), st.floats(0.1, 10)), max_size=40), st.integers(0, 10))
def test_what_is_left_is_of_the_scores_and_the_first_is_always_there(scores: list[float], rest: int) -> None:
    found = alerts(scores, rest=rest)
    assert all(scores[place] == score for place, score in found.items())
    first = next((place for place, score in enumerate(scores) if score > 0), None)
    assert first is None or first in found
    # Within a rest only what is louder than the last.
    places = sorted(found)
    for one, two in itertools.pairwise(places):
        assert (
            two - one > rest
            or found[one] <= 1.0
            or found[two] > found[one] * 1.2
            or any(found[three] <= 1.0 for three in places if one <= three < two)
        )


@pytest.mark.parametrize("rest", [0, 1, 100])
def test_the_length_is_kept(rest: int) -> None:
    assert len(deduplicated(np.zeros(7), 1.0, rest)) == 7
