"""Connection limits: timeouts of request head and body, and the number of open connections.

uvicorn closes connections that are idle between requests; a client that sends half a head, or a byte of its
body a minute, is closed here. At the limit, the connection that has been waiting longest for a request is
closed.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Protocol

from heeler.store.self_metrics import telemetry

HEAD_SECONDS = 20.0
"""Seconds from the first byte of a request, or from the connection, to the end of its head."""
STALL_SECONDS = 20.0
"""Seconds in which a body in transfer must make progress."""
BODY_SECONDS = 300.0
"""Maximum seconds for a whole body."""
IDLE_SECONDS = 75
"""Seconds that an idle connection stays open: Agents flush every 10 to 15."""
MAX_CONNECTIONS = 2000
"""Maximum number of open connections; fewer if the process may open fewer files."""
MAX_HEAD_BYTES = 64 * 1024
"""Maximum size of a request's head: its line and its headers."""
SPARE_FILES = 400
"""Files reserved for the store and the database."""


def most_connections() -> int:
    """:data:`MAX_CONNECTIONS`, or fewer if the limit of open files requires."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(min(MAX_CONNECTIONS, files - SPARE_FILES), 50)


class Connection(Protocol):
    """An open connection. ``due`` is the deadline at which it is closed, on the loop's clock; ``started`` is
    when its body started to arrive.
    """

    due: float

    def evict(self) -> None:
        """Close the connection to make room for others."""

    def expire(self) -> None:
        """Close the connection after a timeout."""


class Connections:
    """Open connections; idle ones in the order in which they became idle."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Connection] = set()
        self._waiting: dict[Connection, None] = {}
        telemetry.gauge("heeler.server.connections", lambda: len(self._open))

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, one: Connection) -> bool:
        """Admit ``one`` if there is room, evicting an idle connection if needed; returns whether admitted."""
        if len(self._open) >= self.most:
            oldest = next(iter(self._waiting), None)
            telemetry.count("heeler.server.connections_closed", tags=("reason:limit",))
            if oldest is None:
                return False
            self.leave(oldest)
            oldest.evict()
        self._open.add(one)
        self._waiting[one] = None
        return True

    def waits(self, one: Connection) -> None:
        """Mark ``one`` as idle."""
        if one in self._open:
            self._waiting.pop(one, None)
            self._waiting[one] = None

    def works(self, one: Connection) -> None:
        """Mark ``one`` as handling a request."""
        self._waiting.pop(one, None)

    def leave(self, one: Connection) -> None:
        self._open.discard(one)
        self._waiting.pop(one, None)

    def sweep(self, now: float) -> None:
        """Close connections past their deadline."""
        for one in [one for one in self._open if one.due <= now]:
            telemetry.count("heeler.server.connections_closed", tags=("reason:timeout",))
            one.expire()

    async def watch(self) -> None:
        """Run :meth:`sweep` each second, until canceled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1.0)
            self.sweep(loop.time())
