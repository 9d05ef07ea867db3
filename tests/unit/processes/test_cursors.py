"""Cursors of lists are texts that anybody may send."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.processes.cursors import read_cursor, write_cursor

KINDS = (int, str)


@given(st.integers(0, 2**63 - 1), st.text())
def test_what_is_written_is_read(number: int, text: str) -> None:
    cursor = write_cursor([number, text])
    assert read_cursor(cursor, KINDS) == [number, text]
    assert cursor.replace("-", "").replace("_", "").isalnum()


def encoded(document: Any) -> str:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "=", "\ud800", "ü", "a" * 100_000,
        *(encoded(one) for one in (
            None, 5, "x", {}, [], [1], [1, "a", 2], ["a", 1], [True, "a"], [1.0, "a"], [None, "a"], [-1, "a"],
            [2**63, "a"], [1, ["a"]], [1, "\ud800"], [1, "a\udfff"], b"[" * 100_000, b"\xff", 
            b"[1e999,\"a\"]",
            b"[" + b"9" * 5000 + b", \"a\"]", b"[NaN, \"a\"]",
        )),
    ],
)  # fmt: skip
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError) as raised:
        read_cursor(cursor, KINDS)
    assert raised.value.status == 400


@given(st.text(max_size=40))
def test_no_text_fails_otherwise(text: str) -> None:
    status, found = 400, [0]
    try:
        found = read_cursor(text, (int,))
    except ApiError as error:
        status = error.status
    assert status == 400
    assert 0 <= found[0] < 2**63
