from __future__ import annotations

import pytest

from heeler.api.errors import ApiError
from heeler.api.numbers import is_whole, whole_parameter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", True),
        ("9" * 18, True),
        ("9" * 19, False),
        ("²", False),
        ("٣", False),
        ("", False),
        ("-1", False),
    ],
)
def test_a_whole_number_is_ascii_digits_that_fit(text: str, expected: bool) -> None:
    assert is_whole(text) is expected


def test_a_parameter_has_a_default_and_a_limit() -> None:
    assert whole_parameter("size", None, 10) == whole_parameter("size", "", 10) == 10
    assert whole_parameter("size", "7", 10) == 7
    with pytest.raises(ApiError, match="Invalid size"):
        whole_parameter("size", "101", 10, 100)
