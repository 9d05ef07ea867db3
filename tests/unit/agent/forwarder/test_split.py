"""A payload that is too large, as two."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.forwarder.split import split_transaction
from heeler.agent.forwarder.transaction import Transaction, compress, decompress
from heeler.wire.protobuf import fields
from heeler.wire.protobuf_writer import blob, double, integer

KINDS = ["zstd", "zlib", "none"]


def transaction(body: bytes, kind: str = "none", content_type: str = "application/json") -> Transaction:
    packed, encoding = compress(body, kind)
    headers = {"Content-Type": content_type} | (
        {"Content-Encoding": encoding} if encoding != "identity" else {}
    )
    return Transaction("/p", packed, headers, 5.0)


def halves(one: Transaction) -> list[bytes] | None:
    found = split_transaction(one)
    if found is None:
        return None
    for half in found:
        assert (half.path, half.headers, half.created) == (one.path, one.headers, one.created)
    return [decompress(half.body, half.headers.get("Content-Encoding", "identity")) for half in found]


@pytest.mark.parametrize("kind", KINDS)
@given(items=st.lists(st.integers(), min_size=2, max_size=20))
def test_items_of_both_halves_are_all_items_in_order(kind: str, items: list[int]) -> None:
    found = halves(transaction(json.dumps(items).encode(), kind))
    assert found is not None
    first, second = map(json.loads, found)
    assert first + second == items
    assert abs(len(first) - len(second)) <= 1


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), min_size=2, max_size=9))
def test_series_of_an_object_are_split_and_the_rest_is_kept(items: list[dict[str, str]]) -> None:
    found = halves(transaction(json.dumps({"series": items, "meta": 1}).encode()))
    assert found is not None
    first, second = map(json.loads, found)
    assert first["series"] + second["series"] == items
    assert first["meta"] == second["meta"] == 1


@pytest.mark.parametrize(
    "document", [[], [1], {"series": [1]}, {"series": 5}, {"a": [1, 2]}, "text", 5, None]
)
def test_what_has_a_single_item_or_none_is_not_split(document: Any) -> None:
    assert halves(transaction(json.dumps(document).encode())) is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", gzip.compress(b"[1, 2]", mtime=0)])
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-protobuf", "application/msgpack"]
)
def test_what_cannot_be_read_is_not_split(body: bytes, content_type: str) -> None:
    assert halves(transaction(body, content_type=content_type)) is None


def test_a_body_that_is_not_in_its_encoding_is_not_split() -> None:
    for encoding in ("zstd", "deflate"):
        assert split_transaction(Transaction("/p", b"[1, 2]", {"Content-Encoding": encoding}, 0.0)) is None


@pytest.mark.parametrize("kind", KINDS)
@given(items=st.lists(st.binary(max_size=20), min_size=2, max_size=12))
def test_messages_of_a_protobuf_payload(kind: str, items: list[bytes]) -> None:
    body = integer(7, 300) + b"".join(blob(1, one) for one in items) + double(3, 1.5)
    found = halves(transaction(body, kind, "application/x-protobuf"))
    assert found is not None
    both = [list(fields(half)) for half in found]
    assert [value for half in both for number, _, value in half if number == 1] == items
    for half in both:
        assert [number for number, _, _ in half if number != 1] == [7, 3]
    assert all(any(number == 1 for number, _, _ in half) for half in both)


def test_the_largest_repeated_field_is_split() -> None:
    body = b"".join(
        [blob(6, b"tag"), blob(6, b"tag"), blob(5, b"x" * 50), blob(5, b"y" * 50), blob(5, b"z" * 50)]
    )
    found = halves(transaction(body, content_type="application/x-protobuf"))
    assert found is not None
    assert [[number for number, _, _ in fields(half)] for half in found] == [[5, 6, 6], [5, 5, 6, 6]]


@pytest.mark.parametrize(
    "body", [blob(1, b"x"), blob(1, b"x") + blob(2, b"y"), blob(1, b"x") * 2 + b"\x0a\x7f", b"\x0b\x0c" * 2]
)
def test_protobuf_that_is_not_split(body: bytes) -> None:
    assert halves(transaction(body, content_type="application/x-protobuf")) is None
