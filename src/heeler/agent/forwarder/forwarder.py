"""Forwarder: enqueues payloads for each destination."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from heeler import __version__
from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination
from heeler.agent.forwarder.destination_queue import DestinationQueue, Item
from heeler.agent.forwarder.transaction import Transaction, compress

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


class Forwarder:
    """Sends payloads to every destination. ``submit`` is thread-safe and never blocks.

    With ``ordered``, payloads arrive in the order of ``submit``, and none is dropped for lack of room: when
    memory and spool are full, ``accepts`` is false, and the caller must wait before it submits more.
    """

    def __init__(
        self,
        destinations: Sequence[Destination],
        config: Config,
        spool: Path,
        *,
        ordered: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.compression = config.text("serializer_compressor_kind")
        self._queues = [
            DestinationQueue(destination, config, spool, clock, ordered=ordered)
            for destination in destinations
        ]

    def start(self) -> None:
        for queue in self._queues:
            queue.start()

    @property
    def accepts(self) -> bool:
        """Whether every destination has room for another payload."""
        return all(queue.accepts for queue in self._queues)

    def submit(
        self,
        path: str,
        body: bytes,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        *,
        compression: str | None = None,
        settled: Callable[[], None] | None = None,
    ) -> None:
        """Queue ``body`` (uncompressed) for ``path``, such as ``/api/v2/series``.

        ``compression`` is zstd, zlib or none; default is the setting ``serializer_compressor_kind``.
        ``settled`` is called once, from a queue's thread, when every destination has responded or the payload
        is on disk: from then on it survives the end of this process.
        """
        packed, encoding = compress(body, compression or self.compression)
        sent = {
            "Content-Type": content_type,
            "DD-Agent-Version": __version__,
            "User-Agent": f"datadog-agent/{__version__} (heeler)",
            **(headers or {}),
        }
        if encoding != "identity":
            sent["Content-Encoding"] = encoding
        if content_type == PROTOBUF:
            sent.setdefault("DD-Agent-Payload", "5.0.0")
        transaction = Transaction(path, packed, sent, time.time())
        receipt = _Receipt(len(self._queues), settled) if settled else None
        for queue in self._queues:
            queue.put(Item(transaction, receipt.settle if receipt else None))

    def status(self) -> dict[str, Any]:
        return {"destinations": [queue.status() for queue in self._queues]}

    @property
    def pending(self) -> int:
        """Number of transactions in memory without a final response from a destination."""
        return sum(queue.pending for queue in self._queues)

    def drain(self, timeout: float) -> bool:
        """Wait until the memory queues are empty, at most ``timeout`` seconds; returns whether they are."""
        deadline = time.monotonic() + timeout
        while self.pending and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.pending

    def stop(self, timeout: float) -> None:
        """Send what can be sent within ``timeout`` seconds and spool the rest."""
        for queue in self._queues:
            queue.stop(timeout)


class _Receipt:
    """Invokes a callback when each of several queues has settled a payload."""

    def __init__(self, queues: int, callback: Callable[[], None]) -> None:
        self._open = queues
        self._callback = callback
        self._lock = threading.Lock()

    def settle(self) -> None:
        with self._lock:
            self._open -= 1
            done = self._open == 0
        if done:
            self._callback()
