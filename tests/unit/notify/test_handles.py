from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.notify.handles import (
    Person,
    Recipient,
    check_handles,
    handles,
    recipients,
    without_handles,
)

PEOPLE = [Person("ann@example.com", "Ann Smith"), Person("bo@example.com", "")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @ann@example.com.", ["ann@example.com"]),
        ("(@all), @webhook-my_hook!", ["all", "webhook-my_hook"]),
        ("mail ann@example.com is no handle", []),
        ("@a@b.co @a@b.co", ["a@b.co"]),
        ("", []),
    ],
)
def test_handles_are_found(text: str, found: list[str]) -> None:
    assert handles(text) == found


def test_people_are_found_by_address_name_and_first_part() -> None:
    found, unknown = recipients(["ann.smith", "bo", "who@else.org", "webhook-x", "nobody"], PEOPLE)
    assert found == [
        Recipient("email", "ann@example.com"),
        Recipient("email", "bo@example.com"),
        Recipient("email", "who@else.org"),
        Recipient("webhook", "x"),
    ]
    assert unknown == ["nobody"]


def test_all_is_everybody_once() -> None:
    found, _ = recipients(["all", "bo"], PEOPLE)
    assert [item.address for item in found] == ["ann@example.com", "bo@example.com"]


def test_lines_of_handles_are_not_shown() -> None:
    assert without_handles("Disk is full\n\n@ann@example.com @all") == "Disk is full"


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(name and "\n" not in name for name in handles(text))


def test_one_message_cannot_write_to_thousands() -> None:
    text = " ".join(f"@a{number}@example.com" for number in range(2000))
    with pytest.raises(ApiError, match="At most 50"):
        check_handles(text)
    found, unknown = recipients(handles(text), [])
    assert (len(found), len(unknown)) == (50, 1950)
