"""Protobuf messages, written: bytes of the format's own documentation, and read again."""

from __future__ import annotations

import math
import struct

import pytest
from google.protobuf.internal import wire_format
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire import protobuf
from heeler.wire.protobuf_writer import blob, double, integer, packed, text, varint, zigzag


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (150, "9601"), (300, "ac02"), (2**32, "8080808010"),
     (-1, "ffffffffffffffffff01"), (-2, "feffffffffffffffff01"), (2**64 - 1, "ffffffffffffffffff01")],
)  # fmt: skip
def test_varints(value: int, wanted: str) -> None:
    assert varint(value).hex() == wanted


def test_messages_of_the_documentation() -> None:
    assert integer(1, 150).hex() == "089601"
    assert text(2, "testing").hex() == "120774657374696e67"
    assert blob(3, integer(1, 150)).hex() == "1a03089601"
    assert packed(6, [3, 270, 86942]).hex() == "3206038e029ea705"


def test_defaults_are_not_written() -> None:
    assert integer(1, 0) == double(1, 0.0) == text(1, "") == packed(1, []) == b""
    assert blob(1, b"").hex() == "0a00"
    assert packed(1, [0, 0]).hex() == "0a020000"


def test_doubles() -> None:
    assert double(1, 1.5) == b"\x09" + struct.pack("<d", 1.5)
    assert math.isnan(struct.unpack("<d", double(1, math.nan)[1:])[0])
    assert double(1, -math.inf) == b"\x09" + struct.pack("<d", -math.inf)


def test_large_field_numbers() -> None:
    assert integer(16, 1).hex() == "800101"
    assert list(protobuf.fields(integer(2**29 - 1, 1))) == [(2**29 - 1, 0, 1)]


def test_halves_of_surrogates_are_replaced() -> None:
    assert text(1, "a\ud800b") == b"\x0a\x03a?b"


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_numbers(value: int) -> None:
    assert zigzag(value) == wire_format.ZigZagEncode(value)
    assert protobuf.varint(varint(value), 0) == (value % 2**64, len(varint(value)))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("i"), st.integers(1, 2**20), st.integers(1, 2**64 - 1)),
            st.tuples(st.just("b"), st.integers(1, 2**20), st.binary(max_size=300)),
        )
    )
)
def test_fields_that_are_written_are_read(items: list[tuple[str, int, int | bytes]]) -> None:
    body = b"".join(
        integer(number, value) if isinstance(value, int) else blob(number, value)
        for _, number, value in items
    )
    wanted = [(number, 0 if kind == "i" else 2, value) for kind, number, value in items]
    assert list(protobuf.fields(body)) == wanted
