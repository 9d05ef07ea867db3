"""Texts that people give are bounded, and the error names the field."""

from __future__ import annotations

import pytest

from heeler.api.errors import ApiError
from heeler.api.text_limits import MAX_TAGS, bounded_tags, bounded_text


def test_a_text_within_the_limit_is_taken() -> None:
    assert bounded_text("name", "abc", 3) == "abc"
    assert bounded_tags("tags", ["a:b", 5]) == ["a:b", "5"]
    assert bounded_tags("tags", None) == []


@pytest.mark.parametrize("tags", ["a", ["x"] * (MAX_TAGS + 1), ["x" * 501], {"a": 1}])
def test_tags_that_are_no_list_or_too_many(tags: object) -> None:
    with pytest.raises(ApiError, match="'tags'"):
        bounded_tags("tags", tags)


def test_a_long_text_is_refused_with_its_length() -> None:
    with pytest.raises(ApiError, match="'message' is too long: 1,001 characters; at most 1,000"):
        bounded_text("message", "x" * 1001, 1000)
