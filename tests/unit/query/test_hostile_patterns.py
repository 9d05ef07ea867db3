"""Texts with stars match what they say, and never go back over the text they are matched with.

The hostile cases have so many places to try that an expression that goes back would not end.
"""

from __future__ import annotations

import pytest

from heeler.analytics.drain_clustering import VARIABLE, values_at
from heeler.metrics.tag_rules import _any as matches_any
from heeler.processes.conditions import _has as has_tag
from heeler.query.metrics.series_index import _matcher as tag_matcher
from heeler.query.search.ast import Pattern, Wild
from heeler.query.search.predicates import contains_words, same_text

LONG = "a" * 200
STARS = "*a" * 40 + "*b"
_WILD = Pattern((*(Wild(True), "a") * 40, Wild(True), "b"))


def test_many_stars_do_not_go_back() -> None:
    assert not tag_matcher(f"k:{STARS}")(f"k:{LONG}")
    assert tag_matcher(f"k:{STARS}")(f"k:{LONG}b")
    assert not matches_any((STARS,), LONG)
    assert not has_tag([LONG], STARS)


def test_searches_of_records_do_not_go_back() -> None:
    assert not same_text(_WILD)(LONG * 50)
    assert same_text(_WILD)(LONG + "b")
    assert not contains_words(_WILD)(LONG * 50)
    assert contains_words(_WILD)(f"x {LONG}b y")


@pytest.mark.parametrize("text", ["\ud800 disk", "disk \udfff", "disk"])
def test_words_are_found_beside_half_of_a_surrogate_pair(text: str) -> None:
    assert contains_words(Pattern(("d", Wild(False), "sk")))(text)


def test_values_of_a_log_pattern_are_found_without_going_back() -> None:
    tokens = [f"a{VARIABLE}"] * 60
    assert values_at(tokens, ["a1 " * 59 + "a1", "aaa " * 55 + "b"])[0] == {"1": 1}
    assert values_at(["user", VARIABLE, "left"], ["user\u00a0é\nleft now", "user \ud800 left"])[0] == {
        "é": 1,
        "?": 1,
    }
