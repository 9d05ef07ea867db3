"""Batches messages into payloads: JSON lists of at most 1,000 logs and 5 MB."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable

import orjson

from heeler.agent.forwarder import Forwarder
from heeler.agent.logs.message import Message

MOST_LOGS = 1000
MOST_BYTES = 5_000_000
_SEPARATOR_BYTES = 2
_HEADERS = {"DD-PROTOCOL": "agent-json", "DD-EVP-ORIGIN": "agent"}


class Batcher:
    """Collects logs for one payload. ``add`` and ``take_delivered`` are called by one thread."""

    def __init__(self, forwarder: Forwarder, hostname: str, compression: str | None = None) -> None:
        self._forwarder = forwarder
        self._hostname = hostname
        self._compression = compression
        self._waiting: list[bytes] = []
        self._last: dict[str, Message] = {}
        self._bytes = 0
        self._open: Counter[str] = Counter()
        self._delivered: deque[dict[str, Message]] = deque()
        self.total = 0
        """Number of messages passed to the forwarder."""

    def add(self, message: Message) -> None:
        encoded = orjson.dumps(message.as_document(self._hostname, time.time()))
        size = len(encoded) + _SEPARATOR_BYTES
        if self._waiting and (len(self._waiting) >= MOST_LOGS or self._bytes + size > MOST_BYTES):
            self.flush()
        self._waiting.append(encoded)
        self._bytes += size
        if message.origin:
            if message.origin not in self._last:
                self._open[message.origin] += 1
            self._last[message.origin] = message

    def flush(self) -> None:
        """Pass pending messages to the forwarder."""
        if not self._waiting:
            return
        body, last = b"[" + b",".join(self._waiting) + b"]", self._last
        self.total += len(self._waiting)
        self._waiting, self._last, self._bytes = [], {}, 0
        self._forwarder.submit(
            "/api/v2/logs",
            body,
            headers=_HEADERS,
            compression=self._compression,
            settled=lambda: self._delivered.append(last),
        )

    def take_delivered(self) -> Iterable[Message]:
        """The last message of each origin in each payload that was acknowledged or is on disk."""
        while self._delivered:
            for origin, message in self._delivered.popleft().items():
                self._open[origin] -= 1
                if not self._open[origin]:
                    del self._open[origin]
                yield message

    def is_settled(self, origin: str) -> bool:
        """Whether nothing of this origin is pending or in flight."""
        return origin not in self._open
