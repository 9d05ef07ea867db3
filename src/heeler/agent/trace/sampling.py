"""Sampling of trace chunks, and the sampling rates returned to tracers.

The server stores every span, so every rate is 1: tracers send everything, and only chunks that a user's rule
or code rejected are dropped. Statistics include those as well.
"""

from __future__ import annotations

import hashlib
import json

from heeler.wire.traces.spans import NO_PRIORITY, Chunk

USER_KEEP = 2
_SINGLE_SPAN = 8
_MOST_SERVICES = 5000


def keep(chunk: Chunk) -> Chunk | None:
    """The part of the chunk to send: if a user's rule dropped it, only individually sampled spans."""
    if chunk.priority >= 0 or chunk.priority == NO_PRIORITY:
        return chunk
    single = [span for span in chunk.spans if span.metrics.get("_dd.span_sampling.mechanism") == _SINGLE_SPAN]
    if not single:
        return None
    return Chunk(single, USER_KEEP, chunk.origin, chunk.tags)


class Rates:
    """Response to trace requests: services seen, each with its rate."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {"service:,env:": 1.0}
        self._encode()

    def seen(self, service: str, env: str) -> None:
        key = f"service:{service},env:{env}"
        if key not in self._rates and len(self._rates) < _MOST_SERVICES:
            self._rates[key] = 1.0
            self._encode()

    def _encode(self) -> None:
        self._body = json.dumps({"rate_by_service": self._rates}, separators=(",", ":")).encode()
        self.version = hashlib.blake2b(self._body, digest_size=8).hexdigest()

    def answer(self, known_version: str) -> bytes:
        """The rates as JSON; ``{}`` for a tracer that has this version already."""
        return b"{}" if known_version == self.version else self._body
