"""Base of sources that are read by a separate thread: a bounded queue to the component's thread."""

from __future__ import annotations

import queue
import threading
from collections import Counter

from heeler.agent.logs.message import Message
from heeler.agent.logs.sources import LogSource

_POLL_SECONDS = 0.2


class Receiver:
    """``take`` is called by the component's thread, ``_put`` and ``_offer`` by the source's own."""

    def __init__(self, source: LogSource, queued: int) -> None:
        self.source = source
        self.counts: Counter[str] = Counter()
        self.problem = ""
        self._messages: queue.Queue[Message] = queue.Queue(queued)
        self._stop = threading.Event()

    def start(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def take(self) -> list[Message]:
        """Messages received since the last call, at most the capacity of the queue."""
        found: list[Message] = []
        while len(found) < self._messages.maxsize:
            try:
                found.append(self._messages.get_nowait())
            except queue.Empty:
                break
        return found

    def _put(self, message: Message) -> None:
        """Enqueue, blocking the sender while the queue is full; dropped and counted when stopping."""
        while True:
            try:
                self._messages.put(message, timeout=_POLL_SECONDS)
            except queue.Full:
                if self._stop.is_set():
                    self.counts["dropped"] += 1
                    return
            else:
                return

    def _offer(self, message: Message) -> None:
        """Enqueue, or drop and count the message if the queue is full."""
        try:
            self._messages.put_nowait(message)
        except queue.Full:
            self.counts["dropped"] += 1
