"""Compiled JSON scanner: what it accepts, orjson accepts with the same value."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.logs import jit_json

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)


def scan(text: bytes) -> tuple[int, int]:
    """Position after the value and its kind."""
    end, kind = jit_json.value_end(np.frombuffer(text + b" ", np.uint8), 0, len(text))
    return int(end), int(kind)


def unescaped(inside: str) -> str:
    data = np.frombuffer(inside.encode(), np.uint8)
    out = np.empty(len(data) + 4, np.uint8)
    return out[: jit_json.unescape(data, 0, len(data), out, 0)].tobytes().decode()


@given(VALUES, st.booleans())
def test_a_value_ends_where_it_ends(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    end, _ = scan(text + b",1]")
    assert end == len(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_strings_lose_their_escapes(text: str) -> None:
    assert unescaped(json.dumps(text)[1:-1]) == text
    assert unescaped(json.dumps(text, ensure_ascii=False)[1:-1]) == text


@pytest.mark.parametrize(
    "text",
    [
        b'"open',
        b'"\x01"',
        b'"\\x"',
        b'"\\u12"',
        b'"\\ud800"',
        b'"\\ud800\\u0041"',
        b'"\\udc00"',
        b"01",
        b"-",
        b"1.",
        b".5",
        b"1e",
        b"+1",
        b"-01",
        b"tru",
        b"nul",
        b"True",
        b"NaN",
        b"",
        b"]",
        b"[1",
        b'{"a":"',
    ],
)
def test_what_is_no_value_is_not_accepted(text: bytes) -> None:
    assert scan(text)[0] == -1 or not text


@given(st.text("0123456789.eE+-", min_size=1, max_size=14))
def test_numbers_are_those_of_json(text: str) -> None:
    end, kind = scan(text.encode())
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        assert end != len(text) or kind == jit_json.ENCODED  # that is for the plain decoder to refuse
        return
    assert end == len(text)
    if kind == jit_json.VERBATIM:  # stored as it stands: the encoder would write the same
        assert orjson.dumps(value).decode() == text


@given(st.integers(0, 0x10FFFF).filter(lambda code: not 0xD800 <= code <= 0xDFFF))
def test_utf8(code: int) -> None:
    out = np.empty(4, np.uint8)
    assert out[: jit_json.put_utf8(code, out, 0)].tobytes() == chr(code).encode()


def test_lists_end_at_their_bracket() -> None:
    for text in (b"[]", b"[[{}],{}]", b'["]"]', b'{"a":"}\\""}', b'[1,{"b":[2]}]'):
        assert scan(text + b",[")[0] == len(text)
