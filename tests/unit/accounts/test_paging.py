"""``page[size]`` and ``page[number]``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.accounts.paging import page_of
from heeler.api.errors import ApiError

ITEMS = list(range(25))


def page(size: str = "", number: str = "") -> list[int]:
    return list(page_of(ITEMS, {"page[size]": size, "page[number]": number}, 10))


def test_pages_count_from_zero() -> None:
    assert page() == ITEMS[:10]
    assert page(number="1") == ITEMS[10:20]
    assert page(number="2") == ITEMS[20:]
    assert page(number="3") == []
    assert page("7", "1") == ITEMS[7:14]
    assert list(page_of(ITEMS, {}, 3)) == [0, 1, 2]


def test_sizes_have_bounds() -> None:
    assert page("0") == [0]
    assert len(page_of(range(5000), {"page[size]": "9999"}, 10)) == 1000
    assert page("1000", "2147483647") == []


@pytest.mark.parametrize("text", ["-1", "x", "1.5", " 1", "²", "9" * 30])
def test_what_is_no_number_is_refused(text: str) -> None:
    for size, number in ((text, ""), ("", text)):
        with pytest.raises(ApiError) as raised:
            page(size, number)
        assert raised.value.status == 400


@given(st.integers(1, 40), st.integers(0, 60))
def test_all_pages_together_are_all_items(size: int, count: int) -> None:
    items = list(range(count))
    pages = [
        page_of(items, {"page[size]": str(size), "page[number]": str(at)}, 10)
        for at in range(count // size + 2)
    ]
    assert [item for one in pages for item in one] == items
