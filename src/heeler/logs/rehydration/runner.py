"""Reads historical views, one at a time, and deletes those that were deleted or have expired.

One server of several does it: the one that holds the lease ``rehydration``.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from heeler.logs.rehydration import states, storage
from heeler.logs.rehydration.reading import read_view
from heeler.store.engine import EngineError
from heeler.store.self_metrics import telemetry

if TYPE_CHECKING:
    from heeler.api.services import Services

log = logging.getLogger("heeler.logs")

#: Seconds between looks for views to read or to delete, where nobody tells; and for logs without a view.
LOOK_SECONDS, ORPHAN_SECONDS = 5.0, 3600.0


class Rehydration:
    """The views of one server, as ``services.part(Rehydration)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._to_read, self._to_delete = asyncio.Event(), asyncio.Event()
        self._reading = ""

    def wake(self) -> None:
        """Look for views to read or to delete now."""
        self._to_read.set()
        self._to_delete.set()

    async def run(self) -> None:
        """Read and delete views until canceled."""
        telemetry.gauge("heeler.logs.rehydration.running", lambda: float(bool(self._reading)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_all())
            tasks.create_task(self._delete_all())

    async def _read_all(self) -> None:
        while True:
            try:
                view = await states.next_view(self._services.database)
                if view is not None:
                    self._reading = view.name
                    await read_view(self._services, view)
            except SQLAlchemyError as error:
                view = None
                log.warning("The state of historical views cannot be read or recorded: %s", error)
            finally:
                self._reading = ""
            if view is not None:
                self._to_delete.set()  # it may have been deleted meanwhile
            else:
                await _wait(self._to_read, LOOK_SECONDS)

    async def _delete_all(self) -> None:
        clock = asyncio.get_running_loop().time
        looked = -ORPHAN_SECONDS
        while True:
            try:
                for name in await states.ended_views(self._services.database, self._services.now()):
                    if name != self._reading:
                        await self._delete(name)
                if clock() - looked >= ORPHAN_SECONDS:
                    looked = clock()
                    await self._delete_orphans()
            except (SQLAlchemyError, EngineError) as error:
                log.warning("Historical views cannot be deleted now: %s", error)
            await _wait(self._to_delete, LOOK_SECONDS)

    async def _delete(self, name: str) -> None:
        """Logs first: the name is free once they are gone."""
        await storage.drop_view(self._services.engine, name)
        await states.remove(self._services.database, name)
        log.info("The historical view %s and its logs were deleted", name)

    async def _delete_orphans(self) -> None:
        """Delete logs of views that are not known: the configuration is that of a backup, or another
        server's last insert came after the deletion."""
        stored = await storage.stored_views(self._services.engine)
        for name in stored - await states.known_views(self._services.database):
            await storage.drop_view(self._services.engine, name)
            log.info("Logs of the historical view %s were deleted: it is not known", name)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()


async def rehydrate_forever(services: Services) -> None:
    """Read and delete historical views until canceled."""
    await services.part(Rehydration).run()
