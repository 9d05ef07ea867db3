"""Texts with stars match what they say, and never go back over the text they are matched with.

The hostile cases have so many places to try that an expression that goes back would not end.
"""

from __future__ import annotations

import random
import re

import pytest

from heeler.analytics.drain_clustering import VARIABLE, values_at
from heeler.dashboards.shared_queries import allowed_queries
from heeler.metrics.tag_rules import _any as matches_any
from heeler.processes.conditions import _has as has_tag
from heeler.query.metrics.series_index import _matcher as tag_matcher
from heeler.query.search.ast import Pattern, Wild
from heeler.query.search.predicates import contains_words, same_text
from heeler.query.wildcards import matcher

LONG = "a" * 200
STARS = "*a" * 40 + "*b"
_WILD = Pattern((*(Wild(True), "a") * 40, Wild(True), "b"))


def test_matches_what_the_plain_expression_matches() -> None:
    rng = random.Random(3)
    found = 0
    for _ in range(20_000):
        pattern = "".join(rng.choice("ab*.") for _ in range(rng.randrange(8)))
        text = "".join(rng.choice("ab.\n") for _ in range(rng.randrange(8)))
        plain = ".*".join(re.escape(part) for part in pattern.split("*"))
        expected = re.fullmatch(plain, text, re.DOTALL) is not None
        assert (matcher(pattern).fullmatch(text) is not None) == expected, (pattern, text)
        found += expected
    assert found > 500


def test_many_stars_do_not_go_back() -> None:
    assert matcher(STARS).fullmatch(LONG) is None
    assert matcher(STARS).fullmatch(LONG + "b") is not None
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


def test_readers_of_a_shared_dashboard_cannot_make_a_comparison_go_back() -> None:
    board = {
        "template_variables": [{"name": "e", "prefix": "env", "default": "*"}],
        "widgets": [{"definition": {"requests": [{"q": "avg:m{$e}"}]}}],
    }
    allowed = allowed_queries(board, {"selectable_template_vars": [{"name": "e"}]})
    several = " OR ".join(["a"] * 60)
    assert allowed.text(f"avg:m{{({several})}}")
    assert not allowed.text(f"avg:m{{({several}!")
    assert not allowed.text("avg:m{\ud800}")
    assert allowed.text("avg:m{env:größe}")
