"""``meta`` and ``links`` of lists in pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.teams.paging import page_links, page_meta, pagination


def query(size: object = "", number: object = "") -> dict[str, str]:
    return {"page[size]": str(size), "page[number]": str(number)}


def test_by_number() -> None:
    assert page_meta(25, query(10, 1), 5) == {
        "type": "number_size", "number": 1, "size": 10, "total": 25,
        "first_number": 0, "last_number": 2, "prev_number": 0, "next_number": 2,
    }  # fmt: skip
    first, last = page_meta(25, query(10, 0), 5), page_meta(25, query(10, 2), 5)
    assert (first["prev_number"], first["next_number"]) == (None, 1)
    assert (last["prev_number"], last["next_number"]) == (1, None)


def test_by_offset() -> None:
    found = pagination(25, query(10, 1))["pagination"]
    assert (found["limit"], found["offset"], found["total"]) == (10, 10, 25)
    assert (found["first_offset"], found["prev_offset"], found["next_offset"], found["last_offset"]) == (
        0,
        0,
        20,
        20,
    )


def test_links() -> None:
    found = page_links("/api/v2/team", 25, query(10, 1), 5)
    assert found == {
        "self": "/api/v2/team?page[number]=1&page[size]=10",
        "first": "/api/v2/team?page[number]=0&page[size]=10",
        "last": "/api/v2/team?page[number]=2&page[size]=10",
        "next": "/api/v2/team?page[number]=2&page[size]=10",
        "prev": "/api/v2/team?page[number]=0&page[size]=10",
    }


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "²", "9" * 40])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ApiError):
        page_meta(7, query(text), 5)


def test_sizes_have_bounds() -> None:
    assert [page_meta(7, query(size), 5)["size"] for size in ("", "0", "5000")] == [5, 1, 1000]


def test_nothing_is_one_empty_page() -> None:
    found = page_meta(0, query(), 5)
    assert (found["last_number"], found["next_number"], found["prev_number"]) == (0, None, None)


@given(st.integers(0, 300), st.integers(1, 50))
def test_following_next_reaches_the_last_page(total: int, size: int) -> None:
    number, seen = 0, 1
    while True:
        found = page_meta(total, query(size, number), 10)
        if found["next_number"] is None:
            break
        number, seen = found["next_number"], seen + 1
    assert number == found["last_number"]
    assert seen == max(1, -(-total // size))
    assert page_links("/x", total, query(size, number), 10)["next"] is None
