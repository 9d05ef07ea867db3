"""One request to be made, and what its answer means."""

from __future__ import annotations

import zlib
from enum import Enum

import msgspec
import zstandard


class Transaction(msgspec.Struct, frozen=True):
    """A body, already compressed, for ``path`` of any destination. The API key is added when it is sent."""

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


def verdict(status: int) -> Verdict:
    """What an HTTP status means for a payload: 400, 403 and 413 will never be taken, other errors may
    pass.
    """
    if status < 400:
        return Verdict.SENT
    return Verdict.DROPPED if status in (400, 403, 413) else Verdict.RETRY


def compress(body: bytes, kind: str) -> tuple[bytes, str]:
    """The body and its ``Content-Encoding`` for ``serializer_compressor_kind`` zstd, zlib (deflate) or
    none.
    """
    if kind == "zstd":
        return zstandard.ZstdCompressor(level=1).compress(body), "zstd"
    if kind in ("zlib", "deflate"):
        return zlib.compress(body), "deflate"
    return body, "identity"


def backoff_seconds(errors: int, *, factor: float, base: float, longest: float, random: float) -> float:
    """Pause after ``errors`` failures in a row; ``random`` in [0, 1) picks a point of the allowed interval.

    The interval is base*2^errors/factor to base*2^errors, cut at ``longest`` (the Agent's rule), so that
    agents which lost the same server do not all return at once.
    """
    if errors <= 0:
        return 0.0
    highest = min(base * 2.0 ** min(errors, 30), longest)
    lowest = highest / factor
    return lowest + (highest - lowest) * random
