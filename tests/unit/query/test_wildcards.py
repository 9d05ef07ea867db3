from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from heeler.query.wildcards import expression, linear_options, wildcard

PARTS = st.lists(st.text("ab.", max_size=3), min_size=1, max_size=6)


@given(PARTS, st.text("ab.\n", max_size=12))
def test_equals_the_plain_expression(parts: list[str], text: str) -> None:
    plain = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    mine = re.compile(expression([re.escape(part) for part in parts]), re.DOTALL)
    assert (mine.fullmatch(text) is None) == (plain.fullmatch(text) is None)
    assert (wildcard("*".join(parts)).fullmatch(text) is None) == (plain.fullmatch(text) is None)


@given(st.lists(st.sampled_from(["a", ".", "b."]), min_size=1, max_size=5), st.text("abc", max_size=12))
def test_single_characters_may_be_any(parts: list[str], text: str) -> None:
    plain = re.compile(".*".join(parts), re.DOTALL)
    assert (re.compile(expression(parts), re.DOTALL).fullmatch(text) is None) == (
        plain.fullmatch(text) is None
    )


def test_many_wildcards_do_not_multiply() -> None:
    """The plain expression takes longer than the age of the universe."""
    assert wildcard("a*" * 60 + "b").fullmatch("a" * 5000) is None
    assert wildcard("a*" * 60 + "b").fullmatch("a" * 5000 + "b") is not None


def test_options_bound_the_memory() -> None:
    assert linear_options(1 << 20).max_mem == 1 << 20
