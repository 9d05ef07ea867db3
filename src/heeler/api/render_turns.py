"""Turns of callers at the one process that renders pictures."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from heeler.render.png import RenderBusy
from heeler.store.fair_slots import FairSlots, NoSlot, caller

#: Pictures that wait, and how long, in seconds.
MAX_WAITING, MAX_WAIT_SECONDS = 50, 30.0


class RenderTurns:
    """One picture at a time, callers in turn; ``turn`` of a :class:`~heeler.render.png.Renderer`."""

    def __init__(self, waiting: int = MAX_WAITING, patience: float = MAX_WAIT_SECONDS) -> None:
        self._slots, self._waiting, self._patience = FairSlots(1, waiting), waiting, patience

    @contextlib.asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Wait for the turn of the caller. Raises :class:`RenderBusy`."""
        owner = caller.get()
        try:
            async with asyncio.timeout(self._patience):
                await self._slots.acquire(owner)
        except NoSlot:
            raise RenderBusy(
                f"{self._waiting} pictures wait to be drawn: try again in some seconds"
            ) from None
        except TimeoutError:
            message = f"Other pictures took all of {self._patience:g} seconds: try again in some seconds"
            raise RenderBusy(message) from None
        try:
            yield
        finally:
            self._slots.release(owner)
