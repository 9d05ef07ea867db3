"""Log message queued for the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from heeler.agent.logs.sources import LogSource


@dataclass(frozen=True, slots=True)
class Message:
    """A log message. ``origin`` identifies its source (a file's identity, a journal), ``offset`` is where to
    resume after it: both are empty if the source cannot be read again.
    """

    text: str
    source: LogSource
    tags: tuple[str, ...] = ()
    origin: str = ""
    path: str = ""
    offset: int = 0
    cursor: str = ""
    status: str = "info"
    timestamp: int = 0
    """Milliseconds since the epoch; 0 for the time of sending."""
    hostname: str = ""
    service: str = ""

    def as_document(self, hostname: str, now: float) -> dict[str, Any]:
        """The JSON object for ``/api/v2/logs``."""
        return {
            "message": self.text,
            "status": self.status,
            "timestamp": self.timestamp or round(now * 1000),
            "hostname": self.hostname or hostname,
            "service": self.source.service or self.service,
            "ddsource": self.source.source,
            "ddtags": ",".join((*self.source.tags, *self.tags)),
        }
