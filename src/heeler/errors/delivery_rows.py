"""Deduplicated rows of the errors in a delivery, also when it is sent again after the server was killed
between its inserts into two tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from heeler.errors.occurrences import Occurrence, occurrences_table
from heeler.errors.states import ExcludedIssues
from heeler.store.writer import REMEMBER_SECONDS

if TYPE_CHECKING:
    from heeler.api.services import Services

_STORED = "SELECT DISTINCT origin FROM error_events WHERE arrived >= {since:UInt32} AND origin != 0"


class ErrorDeliveries:
    """Error rows of deliveries; one per server, as ``services.part(ErrorDeliveries)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._before_start: frozenset[int] | None = None
        self._reading = asyncio.Lock()

    async def tables(
        self, found: Sequence[Occurrence], origin: int, *, repeatable: bool = False
    ) -> dict[str, pa.Table]:
        """Table of the errors in the delivery with the hash ``origin``, without those of excluded issues;
        none if there are none, or if they were stored before this server started.

        ``repeatable``: the same delivery may occur twice as distinct logs, and is not deduplicated.
        """
        wanted = await self._services.part(ExcludedIssues).without(found)
        if not wanted or (not repeatable and origin in await self._stored_before_start()):
            return {}
        return {"error_events": occurrences_table(wanted, origin)}

    async def _stored_before_start(self) -> frozenset[int]:
        async with self._reading:
            if self._before_start is None:
                since = max(int(self._services.now() - REMEMBER_SECONDS), 0)
                rows = await self._services.engine.rows(_STORED, {"since": since})
                self._before_start = frozenset(int(row[0]) for row in rows)
        return self._before_start
