"""Rows of the errors in a delivery. They are one WAL record with the logs or spans they belong to, so that a
delivery that is sent again stores each once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from heeler.errors.occurrences import Occurrence, occurrences_table
from heeler.errors.states import ExcludedIssues

if TYPE_CHECKING:
    from heeler.api.services import Services


class ErrorDeliveries:
    """Error rows of deliveries; one per server, as ``services.part(ErrorDeliveries)``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def tables(self, found: Sequence[Occurrence], origin: int) -> dict[str, pa.Table]:
        """The table of the errors of the delivery with the hash ``origin``, without those of issues that are
        excluded; none where there are none."""
        wanted = await self._services.part(ExcludedIssues).without(found)
        if not wanted:
            return {}
        return {"error_events": occurrences_table(wanted, origin)}
