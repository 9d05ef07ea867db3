"""Clients write several values with commas, by repeating the parameter, or both."""

from __future__ import annotations

import pytest

from heeler.api.query_parameters import split_values


@pytest.mark.parametrize(
    ("texts", "expected"),
    [((), []), (("",), []), ((" a , b,,a",), ["a", "b", "a"]), (("a,b", "", "c"), ["a", "b", "c"])],
)
def test_values_in_their_order_without_empty_ones(texts: tuple[str, ...], expected: list[str]) -> None:
    assert split_values(*texts) == expected
