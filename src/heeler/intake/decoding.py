"""Decoding of request bodies: small ones inline, others in a dedicated, bounded thread pool.

The event loop decompresses and decodes only bodies that take it a few milliseconds at most, whatever their
content.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from heeler.intake.request import Head
from heeler.metric_usage.key_usage import sender
from heeler.store.fair_slots import FairSlots
from heeler.wire.compression import TooLarge, inflate

T = TypeVar("T")

#: Bodies that decompress to more than this are decoded in the pool. The worst case of this size (two thousand
#: empty objects, each rejected with a message) takes twenty milliseconds, a typical one less than one.
INLINE_BYTES = 8 * 1024
#: Number of bodies decoded concurrently. Waiting ones are bounded by the bytes in progress.
THREADS = 2


class DecodePool:
    """Decoding threads, started at first use. :meth:`close` waits for their work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="decode")
        self._slots = FairSlots(THREADS, sys.maxsize)

    async def run(self, call: Callable[[], T]) -> T:
        """``call`` in a thread, with the context of the caller. Senders (API keys) take turns."""
        return await self._slots.run(self._pool, sender(), call)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass(slots=True)
class Delivery:
    """A request as received: head and encoded body. ``limit`` is that of the decompressed body."""

    head: Head
    body: bytes
    limit: int
    pool: DecodePool
    client: str = ""
    """The client's address."""
    default_encoding: str = ""
    """Encoding of a body whose head has none."""

    async def run(self, call: Callable[[], T]) -> T:
        """``call``, which works on what the body held, in a thread."""
        return await self.pool.run(call)

    async def decode(self, read: Callable[[bytes], T], *, inline: bool = True) -> T:
        """Apply ``read`` to the decompressed body: inline when it is small and ``inline``, else in a thread.

        Raises ``LimitExceeded``, ``PayloadError`` and whatever ``read`` raises.
        """
        encoding = self.head.header(b"content-encoding") or self.default_encoding
        if inline and len(self.body) <= INLINE_BYTES:
            try:
                plain = inflate(self.body, encoding, min(INLINE_BYTES, self.limit))
            except TooLarge:
                pass
            else:
                return read(plain)
        return await self.pool.run(lambda: read(inflate(self.body, encoding, self.limit)))
