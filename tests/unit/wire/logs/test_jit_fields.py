"""Compiled times and ids: the plain reader's, or left to it."""

from __future__ import annotations

import json
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.logs import jit_fields
from heeler.wire.logs.reserved import id_halves, time_ns

NOW = 1_790_000_000 * 10**9


def time_of(value: object) -> int | None:
    """Nanoseconds, None for what is no time; a test of an unsure value fails."""
    text = json.dumps(value).encode()
    found = int(jit_fields.time_of(np.frombuffer(text, np.uint8), 0, len(text)))
    assert found != jit_fields.UNSURE
    return None if found == jit_fields.NONE else found


def sure(value: object) -> bool:
    text = json.dumps(value).encode()
    return int(jit_fields.time_of(np.frombuffer(text, np.uint8), 0, len(text))) != jit_fields.UNSURE


@given(st.integers(0, 10**18 - 1))
def test_numbers(number: int) -> None:
    assert time_of(number) == time_ns(number, NOW)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2261, 12, 31)),
    st.sampled_from(["", "Z", "+00:00", "+0530", "-11:45"]),
    st.integers(0, 9),
    st.sampled_from("T "),
)
def test_iso_times(when: datetime, zone: str, digits: int, between: str) -> None:
    fraction = f".{when.microsecond:06d}789"[: digits + 1] if digits else ""
    text = f"{when:%Y-%m-%d}{between}{when:%H:%M:%S}{fraction}{zone}"
    if sure(text):
        assert time_of(text) == time_ns(text, NOW)
    else:
        assert digits  # only what the plain reader is not quicker with


@given(st.text("0123456789-:TZ.+ ", max_size=26))
def test_other_texts_are_left_to_the_plain_reader(text: str) -> None:
    if sure(text):
        assert time_of(text) == time_ns(text, NOW)


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)))
def test_days(day: date) -> None:
    wanted = (day - date(1970, 1, 1)).days
    assert jit_fields.days_since_1970(day.year, day.month, day.day) == wanted


@pytest.mark.parametrize("value", [True, None, {}, []])
def test_what_is_no_time(value: object) -> None:
    assert time_of(value) is None


def halves(value: object) -> tuple[int, int] | None:
    text, words = json.dumps(value).encode(), np.empty(2, np.uint64)
    good = jit_fields.halves(np.frombuffer(text, np.uint8), 0, len(text), words)
    return (int(words[0]), int(words[1])) if good else None


@given(st.integers(0, 2**128 - 1), st.sampled_from(["032x", "016x", "x", "d", "032X"]))
def test_ids(number: int, form: str) -> None:
    text = format(number, form)
    found = halves(text)
    if found is not None:
        assert found == id_halves(text)
    if form in ("032x", "032X"):
        assert found == (number >> 64, number & (2**64 - 1))


@given(st.text("0123456789abcdefABCDEFg-x ", max_size=40))
def test_any_text_is_the_same_id_or_left_to_the_plain_reader(text: str) -> None:
    found = halves(text)
    assert found is None or found == id_halves(text)


def test_zones_of_a_whole_day_are_none() -> None:
    for text, wanted in (
        ("Z", 0),
        ("+01:00", 3600),
        ("-0130", -5400),
        ("+24:00", 86400),
        ("+1:00", 86400),
        ("x", 86400),
    ):
        data = np.frombuffer(text.encode() + b" ", np.uint8)
        assert jit_fields.zone(data, 0, len(text)) == wanted
