"""Values of loosely typed payloads."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.coerce import mapping, number, numbers, sequence, text, texts, unsigned, whole
from heeler.wire.traces.spans import TraceFormatError

#: Whatever MessagePack or JSON can hold.
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("x", "x"), (None, ""), (b"x\xff", "x\ufffd"), (5, "5"), (1.5, "1.5"), (True, "true"), (False, "false")],
)
def test_texts(value: object, wanted: str) -> None:
    assert text(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(5, 5), (None, 0), (5.0, 5), ("12", 12), (b"12", 12), (True, 1), ("-3", -3), (2**70, 2**70)],
)
def test_whole_numbers(value: object, wanted: int) -> None:
    assert whole(value) == wanted


@pytest.mark.parametrize("value", ["x", "1.5", "", [], {}, math.nan, math.inf, "9" * 5000])
def test_what_is_no_whole_number(value: object) -> None:
    with pytest.raises(TraceFormatError) as raised:
        whole(value)
    assert len(str(raised.value)) < 100


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(-1, 2**64 - 1), (-(2**63), 2**63), (2**64 - 1, 2**64 - 1), (0, 0), ("7", 7), (2**64 + 1, 1)],
)
def test_ids_of_64_bits(value: object, wanted: int) -> None:
    assert unsigned(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("", 0.0), (1.5, 1.5), (2, 2.0), ("1e3", 1000.0), (None, 0.0), (True, 1.0), (b"2.5", 2.5)],
)
def test_numbers(value: object, wanted: float) -> None:
    assert number(value) == wanted


@pytest.mark.parametrize("value", ["x", [1], {"a": 1}, [], {}, 10**400])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(TraceFormatError):
        number(value)


def test_containers() -> None:
    assert mapping(None, "meta") == {}
    assert sequence(None, "spans") == []
    assert texts({b"a": 1, "b": None, 3: True}, "meta") == {"a": "1", "b": "", "3": "true"}
    assert numbers({"a": "2", "b": None}, "metrics") == {"a": 2.0, "b": 0.0}
    with pytest.raises(TraceFormatError, match="meta must be a map, not list"):
        mapping([], "meta")
    with pytest.raises(TraceFormatError, match="spans must be a list, not str"):
        sequence("ab", "spans")


@given(ANYTHING)
def test_a_value_is_taken_or_refused_with_a_sentence(value: Any) -> None:
    for read in (
        text,
        whole,
        unsigned,
        number,
        lambda one: mapping(one, "m"),
        lambda one: sequence(one, "s"),
    ):
        with contextlib.suppress(TraceFormatError):
            assert read(value) is not None


@given(st.integers())
def test_ids_fit_into_64_bits(value: int) -> None:
    assert 0 <= unsigned(value) < 2**64
    assert (unsigned(value) - value) % 2**64 == 0
