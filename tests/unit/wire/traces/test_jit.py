"""Compiled loops of the span decoder: fields of protobuf, UTF-8, keys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire import protobuf
from heeler.wire.metrics.series import PayloadError
from heeler.wire.protobuf_writer import blob, double, integer, varint
from heeler.wire.traces import jit


def bytes_of(body: bytes) -> np.ndarray:
    return np.frombuffer(body + b"\0", np.uint8)


def fields(body: bytes) -> list[tuple[int, bytes]] | None:
    """Key and bytes of the value of each field; None where it cannot be read."""
    data, at, found = bytes_of(body), 0, []
    while at < len(body):
        key, begin, at = jit.tag(data, at, len(body))
        if at < 0:
            return None
        found.append((int(key), body[begin:at]))
    return found


@given(st.integers(0, 2**64 - 1))
def test_varints(value: int) -> None:
    body = varint(value)
    found, at = jit.varint(bytes_of(body), 0, len(body))
    assert (int(found), at) == (value, len(body))
    assert jit.varint(bytes_of(body), 0, len(body) - 1)[1] == -1


@pytest.mark.parametrize("body", [b"\xff" * 10, b"\xff" * 9 + b"\x02", b"\x80" * 10 + b"\x01"])
def test_more_than_64_bits(body: bytes) -> None:
    assert jit.varint(bytes_of(body), 0, len(body))[1] == -1


def test_each_kind_of_field() -> None:
    body = (
        integer(1, 300) + double(2, 1.5) + blob(3, b"text") + blob(300, b"x" * 200) + b"\x25\x01\x02\x03\x04"
    )
    found = fields(body)
    assert found is not None
    assert [(key >> 3, key & 7) for key, _ in found] == [(1, 0), (2, 1), (3, 2), (300, 2), (4, 5)]
    assert [value for _, value in found][2:] == [b"text", b"x" * 200, b"\x01\x02\x03\x04"]


@given(st.binary(max_size=40))
def test_what_is_accepted_is_what_the_plain_reader_reads(body: bytes) -> None:
    found = fields(body)
    try:
        plain = list(protobuf.fields(body))
    except PayloadError:
        return
    if found is not None:
        assert [(key >> 3, key & 7) for key, _ in found] == [(number, kind) for number, kind, _ in plain]
        for (_, raw), (_, kind, value) in zip(found, plain, strict=True):
            assert kind != 2 or raw == value


@given(
    st.one_of(
        st.binary(max_size=8), st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
def test_utf8_is_what_python_decodes(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError:
        assert not jit.is_utf8(bytes_of(body), 0, len(body))
    else:
        assert jit.is_utf8(bytes_of(body), 0, len(body))


@given(st.lists(st.binary(max_size=6), max_size=20))
def test_keys_have_a_number_each_in_the_order_of_their_first_use(keys: list[bytes]) -> None:
    table, offsets, names = np.full(64, -1, np.int32), np.zeros(40, np.int32), np.zeros(200, np.uint8)
    count = np.zeros(7, np.int64)
    known: list[bytes] = []
    for key in keys:
        number = jit.key_of(bytes_of(key), 0, len(key), np.uint64(7), table, offsets, names, count)
        if key not in known:
            known.append(key)
        assert number == known.index(key)
    assert int(count[jit.KEYS]) == len(known)
    assert names[: int(count[jit.KEY_BYTES])].tobytes() == b"".join(known)


def test_no_room_for_another_key() -> None:
    table, offsets, names = np.full(8, -1, np.int32), np.zeros(3, np.int32), np.zeros(3, np.uint8)
    count = np.zeros(7, np.int64)

    def enter(key: bytes) -> int:
        return int(jit.key_of(bytes_of(key), 0, len(key), np.uint64(7), table, offsets, names, count))

    assert [enter(key) for key in (b"ab", b"cd", b"c", b"d", b"ab", b"c")] == [0, -1, 1, -1, 0, 1]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (blob(1, b"key") + blob(2, b"value"), (b"key", b"value")),
        (blob(2, b"value") + blob(1, b"key"), (b"key", b"value")),
        (blob(1, b"key"), (b"key", b"")),
        (blob(1, b"old") + blob(1, b"new"), (b"new", b"")),
        (b"", (b"", b"")),
        (integer(7, 5) + blob(1, b"k"), (b"k", b"")),
    ],
)
def test_entries_of_maps(body: bytes, wanted: tuple[bytes, bytes]) -> None:
    out = np.full(4, 99, np.int64)
    assert jit.entry(bytes_of(body), 0, len(body), 18, out)
    assert (body[out[0] : out[1]], body[out[2] : out[3]]) == wanted
