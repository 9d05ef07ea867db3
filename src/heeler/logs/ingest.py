"""What happens to logs between their arrival and the store.

A delivery is decoded, stored in the order in which it came, and shown to those who watch (live tail). One
that is sent again, because its answer was lost, is stored once: its hash stands in the rows, so that this
holds over a restart as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from heeler.errors.occurrences import occurrences_table, of_logs
from heeler.errors.states import ExcludedIssues
from heeler.store.log_rows import first_number, logs_table
from heeler.store.rows import body_hash
from heeler.wire.logs.datadog import LogEntry, decode

if TYPE_CHECKING:
    from heeler.api.services import Services

#: Rows of more logs are made in a thread.
INLINE_LOGS = 100
#: How long before a restart deliveries are remembered.
REMEMBER_SECONDS = 600


Decoded = tuple[list[LogEntry], int]
RunDecoder = Callable[[Callable[[bytes], Decoded]], Awaitable[Decoded]]


class LogIngest:
    """Takes deliveries of logs; one a server, as ``services.part(LogIngest)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._before_start: frozenset[int] | None = None
        self._reading = asyncio.Lock()

    async def take(
        self, run: RunDecoder, content_type: str, query: Mapping[str, str], raw_query: bytes
    ) -> int:
        """Store the logs of a body and return how many there are.

        ``run`` calls what it is given with the body, beside the event loop where the body is large. Raises
        ``PayloadError`` for one that cannot be read, ``LimitExceeded`` for one of too many logs, and what the
        writer raises.
        """
        now_ns = int(self._services.now() * 1e9)

        def read(body: bytes) -> Decoded:
            return decode(body, content_type, query, now_ns), body_hash(body) ^ body_hash(raw_query)

        return await self.store(*await run(read))

    async def store(self, entries: list[LogEntry], origin: int) -> int:
        """Store the logs of a request with the hash ``origin``, in their order; how many there are."""
        if not entries:
            return 0
        # Lines without a date of their own may well come twice; a dated body that comes again is a retry.
        dated = all(entry.dated for entry in entries)
        if not dated or origin not in await self._stored_before_start():
            await self._store(entries, origin, repeatable=not dated)
        return len(entries)

    async def _store(self, entries: list[LogEntry], origin: int, *, repeatable: bool) -> None:
        tag = 0 if repeatable else origin
        if len(entries) > INLINE_LOGS:
            table = await asyncio.to_thread(logs_table, entries, tag)
        else:
            table = logs_table(entries, tag)
        digest = b"logs" + origin.to_bytes(8, "little")
        tables = {"log_events": table}
        if errors := await self._services.part(ExcludedIssues).without(of_logs(entries)):
            tables["error_events"] = occurrences_table(errors)
        await self._services.writer.write(tables, digest, repeatable=repeatable)

    async def _stored_before_start(self) -> frozenset[int]:
        """Hashes of the deliveries that were stored shortly before the start: the writer knows later ones."""
        async with self._reading:
            if self._before_start is None:
                since = first_number(self._services.now() - REMEMBER_SECONDS)
                rows = await self._services.engine.rows(
                    "SELECT DISTINCT origin FROM log_events WHERE seq >= {since:UInt64} AND origin != 0",
                    {"since": since},
                )
                self._before_start = frozenset(int(row[0]) for row in rows)
        return self._before_start
