"""Compiled loops of the protobuf decoder: numbers, identity of a series, and its table."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.metrics import jit
from heeler.wire.metrics.encode_series import Series, encode_series
from heeler.wire.protobuf_writer import blob, double, integer, varint

SEED = np.array([3, 5, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)


def bytes_of(body: bytes) -> np.ndarray:
    return np.frombuffer(body, np.uint8)


@given(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=3))
def test_varints(value: int, rest: bytes) -> None:
    body = varint(value) + rest
    found, at = jit.varint(bytes_of(body), 0, len(body))
    assert (int(found), at) == (value, len(varint(value)))
    assert jit.varint(bytes_of(body), 0, len(varint(value)) - 1)[1] == -1


def test_a_varint_of_more_than_64_bits_is_none() -> None:
    assert jit.varint(bytes_of(b"\xff" * 11), 0, 11)[1] == -1


def cut(series: bytes) -> tuple[tuple[int, int], list[tuple[int, float]]] | None:
    """Identity and points of an encoded series; None where it is not understood."""
    hashes, bits, times = np.zeros((1, 2), np.uint64), np.zeros(50, np.uint64), np.zeros(50, np.int64)
    count = jit.series(bytes_of(series), 0, len(series), SEED, hashes, 0, bits, times, 0)
    if count < 0:
        return None
    values = [struct.unpack("<d", struct.pack("<Q", int(one)))[0] for one in bits[:count]]
    return (int(hashes[0, 0]), int(hashes[0, 1])), list(zip(times[:count].tolist(), values, strict=True))


POINTS = st.lists(st.tuples(st.integers(0, 2**32), st.floats(allow_nan=False)), min_size=1, max_size=5).map(
    tuple
)


@given(POINTS, POINTS)
def test_points_are_read_and_are_no_part_of_the_identity(
    one: tuple[tuple[int, float], ...], two: tuple[tuple[int, float], ...]
) -> None:
    first, second = (cut(encode_series(Series("m", points, ("a:b",), "h"))) for points in (one, two))
    assert first is not None
    assert second is not None
    assert first[0] == second[0]
    assert first[1] == list(one)


@pytest.mark.parametrize(
    "other",
    [
        Series("n", ()),
        Series("m", (), ("a",)),
        Series("m", (), (), "h"),
        Series("m", (), (), "", "count"),
        Series("m", (), (), "", "gauge", 10),
        Series("m", (), (), "", "gauge", 0, "", "byte"),
    ],
)
def test_all_else_is(other: Series) -> None:
    one, two = cut(encode_series(Series("m", ()))), cut(encode_series(other))
    assert one is not None
    assert two is not None
    assert one[0] != two[0]
    assert one[0][0] != one[0][1]


def test_points_between_other_fields() -> None:
    point = blob(4, double(1, 1.5) + integer(2, 7))
    found = cut(blob(3, b"metric") + point + blob(2, b"tag") + point)
    assert found is not None
    assert found[1] == [(7, 1.5), (7, 1.5)]


@pytest.mark.parametrize(
    "body",
    [
        blob(4, double(1, 1.0) + integer(3, 1)),
        blob(4, b"\x09\x00"),
        b"\x22\x05\x00",
        blob(3, b"x") + b"\x1a\x7f",
        b"\x07",
        b"\x00\x01",
        b"\x0b",
        b"\xff" * 12,
    ],
)
def test_what_is_unusual_is_not_understood(body: bytes) -> None:
    assert cut(body) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), unique=True, max_size=30))
def test_the_table_finds_what_was_put_in_and_nothing_else(pairs: list[tuple[int, int]]) -> None:
    keys, slots = np.zeros((64, 2), np.uint64), np.full(64, -1, np.int64)
    hashes = np.array(pairs, np.uint64).reshape(len(pairs), 2)
    assert jit.insert(keys, slots, hashes, np.arange(len(pairs))) == len(pairs)
    assert jit.insert(keys, slots, hashes, np.arange(len(pairs)) + 100) == 0
    for place, (one, two) in enumerate(pairs):
        assert jit.look_up(keys, slots, np.uint64(one), np.uint64(two)) == place + 100
    assert jit.look_up(keys, slots, np.uint64(1), np.uint64(99)) == -1
