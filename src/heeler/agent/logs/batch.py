"""Messages to deliveries: JSON lists of at most 1,000 logs and 5 MB."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from heeler.agent.forwarder import Forwarder
from heeler.agent.logs.tailer import Line

MOST_LOGS = 1000
MOST_BYTES = 5_000_000


class Batcher:
    """Gathers logs for one delivery; ``sent`` hears of the lines of each delivery that was handed over."""

    def __init__(self, forwarder: Forwarder, hostname: str, sent: Callable[[list[Line]], None]) -> None:
        self._forwarder = forwarder
        self._hostname = hostname
        self._sent = sent
        self._waiting: list[bytes] = []
        self._lines: list[Line] = []
        self._bytes = 0
        self.total = 0

    def add(self, line: Line) -> None:
        encoded = json.dumps(self._document(line)).encode()
        if self._waiting and (len(self._waiting) >= MOST_LOGS or self._bytes + len(encoded) > MOST_BYTES):
            self.flush()
        self._waiting.append(encoded)
        self._lines.append(line)
        self._bytes += len(encoded)

    def flush(self) -> None:
        if not self._waiting:
            return
        headers = {"DD-PROTOCOL": "agent-json", "DD-EVP-ORIGIN": "agent"}
        self._forwarder.submit("/api/v2/logs", b"[" + b",".join(self._waiting) + b"]", headers=headers)
        self.total += len(self._waiting)
        self._sent(self._lines)
        self._waiting, self._lines, self._bytes = [], [], 0

    def _document(self, line: Line) -> dict[str, object]:
        source = line.source
        tags = [*source.tags, f"filename:{line.path.name}", f"dirname:{line.path.parent}"]
        return {
            "message": line.message,
            "status": "info",
            "timestamp": round(time.time() * 1000),
            "hostname": self._hostname,
            "service": source.service,
            "ddsource": source.source,
            "ddtags": ",".join(tags),
        }
