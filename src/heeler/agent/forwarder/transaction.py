"""One HTTP request to a destination, and the interpretation of its response."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from enum import Enum

import msgspec
import zstandard


class Transaction(msgspec.Struct, frozen=True):
    """A compressed body for ``path`` of any destination. The API key is added when it is sent."""

    path: str
    body: bytes
    headers: dict[str, str]
    created: float
    method: str = "POST"

    @property
    def size(self) -> int:
        return len(self.body)


class Verdict(Enum):
    SENT = "sent"
    DROPPED = "dropped"
    RETRY = "retry"
    SPLIT = "split"


_REFUSED = frozenset({400, 415, 422, 431})
"""The server rejected the payload permanently."""


def verdict(status: int) -> Verdict:
    """Interpretation of an HTTP status for a payload.

    2xx is a delivery. 400 and similar statuses reject this particular payload, which is dropped. 413 requires
    smaller ones. Everything else may be temporary: a wrong key (401, 403) or address (404, 3xx) gets
    corrected, a server that is busy or full (429, 5xx) recovers; the payload is retained within the bounds of
    the spool.
    """
    if 200 <= status < 300:
        return Verdict.SENT
    if status == 413:
        return Verdict.SPLIT
    return Verdict.DROPPED if status in _REFUSED else Verdict.RETRY


def is_intake_response(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body of a 2xx response can be an intake's: empty, a JSON object, ``OK``, or a binary
    message.

    A captive portal, a proxy's page or another program's start page also returns 200, with HTML.
    """
    kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
    text = body.strip()
    if not text:
        return True
    if kind in ("application/x-protobuf", "application/octet-stream", "application/msgpack"):
        return True
    if text.lower() == b"ok":
        return True
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def compress(body: bytes, kind: str) -> tuple[bytes, str]:
    """The body and its ``Content-Encoding`` for ``serializer_compressor_kind`` zstd, zlib (deflate) or
    none.
    """
    if kind == "zstd":
        return zstandard.ZstdCompressor(level=1).compress(body), "zstd"
    if kind in ("zlib", "deflate"):
        return zlib.compress(body), "deflate"
    return body, "identity"


def decompress(body: bytes, encoding: str) -> bytes:
    """Inverse of ``compress``, by ``Content-Encoding``."""
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


def backoff_seconds(errors: int, *, factor: float, base: float, longest: float, random: float) -> float:
    """Delay after ``errors`` consecutive failures; ``random`` in [0, 1) selects a point of the interval.

    The interval is base*2^errors/factor to base*2^errors, capped at ``longest`` (the Agent's rule), so that
    agents that lost the same server do not all return at once.
    """
    if errors <= 0:
        return 0.0
    highest = min(base * 2.0 ** min(errors, 30), longest)
    lowest = highest / factor
    return lowest + (highest - lowest) * random
