"""Splits a payload that the server rejects as too large (413) into two smaller ones."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

import msgspec
import zstandard

from heeler.agent.forwarder.transaction import Transaction, compress, decompress

_VARINT_BYTES = 10


def split_transaction(transaction: Transaction) -> tuple[Transaction, Transaction] | None:
    """Two transactions with the items of ``transaction`` in their order; None when it has a single item.

    Items are the elements of a JSON array, of ``series`` in a JSON object, or the messages of the largest
    repeated field of a protobuf payload; its other fields go into both halves.
    """
    encoding = transaction.headers.get("Content-Encoding", "identity")
    try:
        body = decompress(transaction.body, encoding)
        kind = transaction.headers.get("Content-Type", "")
        halves = _split_protobuf(body) if "protobuf" in kind else _split_json(body)
    except (ValueError, zlib.error, zstandard.ZstdError):
        return None
    if halves is None:
        return None
    first, second = (
        msgspec.structs.replace(transaction, body=compress(half, _kind(encoding))[0]) for half in halves
    )
    return first, second


def _kind(encoding: str) -> str:
    return {"zstd": "zstd", "deflate": "zlib"}.get(encoding, "none")


def _split_json(body: bytes) -> tuple[bytes, bytes] | None:
    document = json.loads(body)
    if isinstance(document, list):
        halves = _halves(document)
        return (json.dumps(halves[0]).encode(), json.dumps(halves[1]).encode()) if halves else None
    if isinstance(document, dict) and isinstance(document.get("series"), list):
        halves = _halves(document["series"])
        if halves:
            first, second = (json.dumps({**document, "series": half}).encode() for half in halves)
            return first, second
    return None


def _halves(items: list[object]) -> tuple[list[object], list[object]] | None:
    middle = len(items) // 2
    return (items[:middle], items[middle:]) if middle else None


def _split_protobuf(body: bytes) -> tuple[bytes, bytes] | None:
    fields = list(_fields(body))
    sizes: dict[int, int] = {}
    counts: dict[int, int] = {}
    for number, raw in fields:
        sizes[number] = sizes.get(number, 0) + len(raw)
        counts[number] = counts.get(number, 0) + 1
    repeated = [number for number, count in counts.items() if count > 1]
    if not repeated:
        return None
    chosen = max(repeated, key=lambda number: sizes[number])
    items = [raw for number, raw in fields if number == chosen]
    others = b"".join(raw for number, raw in fields if number != chosen)
    middle = len(items) // 2
    return b"".join(items[:middle]) + others, b"".join(items[middle:]) + others


def _fields(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and raw bytes (key included) of each top-level field. Raises ValueError if truncated."""
    at = 0
    while at < len(body):
        key, after = _varint(body, at)
        wire = key & 7
        if wire == 0:
            end = _varint(body, after)[1]
        elif wire == 1:
            end = after + 8
        elif wire == 2:
            length, start = _varint(body, after)
            end = start + length
        elif wire == 5:
            end = after + 4
        else:
            raise ValueError(f"wire type {wire}")
        if end > len(body):
            raise ValueError("a field is cut short")
        yield key >> 3, body[at:end]
        at = end


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for position in range(at, min(at + _VARINT_BYTES, len(body))):
        value |= (body[position] & 0x7F) << shift
        if body[position] < 0x80:
            return value, position + 1
        shift += 7
    raise ValueError("a number is cut short")
