"""Work that servers of one PostgreSQL share: each piece is done by the one that holds its lease.

A lease is a row that runs out unless it is renewed. Each server takes as many as come to it when all are
shared evenly among those that live, gives back what is above that, and takes over what a dead one left once
it has run out. A taken lease has a greater token than before: a transaction that writes what was decided
under it asks :meth:`Leases.fence` for the names that are still held with the same token. With SQLite there
is one server, which holds everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
import uuid
from asyncio import FIRST_COMPLETED
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heeler.store.database import Database
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.leases")

#: Seconds that a lease lasts, between two renewals, and that a holder gives it up before it runs out, so
#: that a slow answer of the database is no reason to believe in it for too long.
LEASE_SECONDS, RENEW_SECONDS, EARLY_SECONDS = 15.0, 3.0, 2.0
#: Seconds between looks whether a lease has run out, and that work has to end in when the server does.
LOOK_SECONDS, END_SECONDS = 1.0, 5.0

#: Monitors are evaluated in so many pieces, by their ids.
MONITOR_PIECES = 8
MONITORS = tuple(f"monitors/{piece}" for piece in range(MONITOR_PIECES))
#: All work that is shared, monitors first.
NAMES = (
    *MONITORS, "outbox", "reports", "downtimes", "synthetics", "rollups", "retention", "pruning", "quotas",
    "rehydration",
)  # fmt: skip

_PRESENT = "server/"
_TAKE = text(
    """
    INSERT INTO leases (name, holder, token, expires)
    VALUES (:name, :holder, 1, clock_timestamp() + make_interval(secs => :seconds))
    ON CONFLICT (name) DO UPDATE SET
        holder = excluded.holder, expires = excluded.expires,
        token = leases.token + CASE
            WHEN leases.holder = excluded.holder AND leases.expires >= clock_timestamp() THEN 0 ELSE 1 END
    WHERE leases.holder = excluded.holder OR leases.expires < clock_timestamp()
    RETURNING token
    """
)
_ALIVE = text("SELECT count(*) FROM leases WHERE name LIKE 'server/%' AND expires >= clock_timestamp()")
_TAKEN = text("SELECT name FROM leases WHERE expires >= clock_timestamp() AND holder <> :holder")
_GIVE_BACK = text(
    "UPDATE leases SET expires = clock_timestamp() - interval '1 second' "
    "WHERE name = ANY(:names) AND holder = :holder"
)
_FORGET = text(
    "DELETE FROM leases WHERE name LIKE 'server/%' AND expires < clock_timestamp() - interval '1 hour'"
)
_HELD = text("SELECT name, token FROM leases WHERE name = ANY(:names) AND holder = :holder FOR SHARE")


class Leases:
    """The leases of one server. :meth:`run` is its task."""

    def __init__(
        self, database: Database, names: Sequence[str] = NAMES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._names, self._clock = database, tuple(names), clock
        self.server = str(uuid.uuid4())
        self.shared = database.engine.dialect.name == "postgresql"
        """Whether there may be other servers."""
        self._held: dict[str, tuple[int, float]] = {}
        """Token, and until when it may be relied on."""
        self._changed = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._given_up: set[str] = set()
        """Leases that are given back once nothing is done under them any more."""
        self.servers = 1
        """How many live, this one among them."""

    def token(self, name: str) -> int | None:
        """The token of a lease that is held; None of one that is not."""
        if not self.shared:
            return 0
        found = self._held.get(name)
        if found is None or name in self._given_up or self._clock() >= found[1]:
            return None
        return found[0]

    def holds(self, name: str) -> bool:
        return self.token(name) is not None

    @property
    def held(self) -> list[str]:
        return [name for name in self._names if self.holds(name)]

    async def fence(self, db: AsyncSession, tokens: Mapping[str, int]) -> frozenset[str]:
        """Those of ``tokens`` (lease to the token under which something was decided) that are held still;
        nobody else takes them before the transaction ends."""
        if not self.shared:
            return frozenset(tokens)
        rows = await db.execute(_HELD, {"names": list(tokens), "holder": self.server})
        return frozenset(name for name, token in rows if tokens[name] == token)

    @contextlib.contextmanager
    def working(self, names: Iterable[str]) -> Iterator[None]:
        """Within it, work is done under ``names``: a lease that others are to have is given back
        afterwards."""
        mine = list(names)
        self._busy.update(mine)
        try:
            yield
        finally:
            self._busy.subtract(mine)
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed.clear()

    async def run(self) -> None:
        """Take, renew and share until canceled; then give everything back."""
        if not self.shared:
            await asyncio.Event().wait()
        renewing: asyncio.Future[None] | None = None
        try:
            while True:
                renewing = asyncio.ensure_future(self.renew())
                try:
                    async with asyncio.timeout(LEASE_SECONDS - EARLY_SECONDS):
                        await asyncio.shield(renewing)
                except (SQLAlchemyError, OSError, TimeoutError) as error:
                    renewing.cancel()
                    telemetry.count("heeler.leases.failed")
                    log.warning("Leases could not be renewed: %s", error)
                await asyncio.sleep(RENEW_SECONDS)
        finally:
            if renewing is not None:  # what it takes meanwhile is to be given back as well
                await asyncio.wait((renewing,), timeout=END_SECONDS)
            await self.give_back()

    async def renew(self) -> None:
        """One round: say that this server lives, renew what it holds, take and give back towards its
        share."""
        async with self._connection() as connection:
            await self._take(connection, _PRESENT + self.server)
            await connection.execute(_FORGET)
            self.servers = max(int((await connection.execute(_ALIVE)).scalar_one()), 1)
            share = math.ceil(len(self._names) / self.servers)
            self._given_up |= set(self.held[share:])
            await self._give_back(connection)
            for name in [name for name in self._names if name in self._held]:
                await self._take(connection, name)
            rows = await connection.execute(_TAKEN, {"holder": self.server})
            taken = {name for (name,) in rows}
            free = [name for name in self._names if name not in taken and name not in self._held]
            for name in free[: max(share - len(self.held), 0)]:
                await self._take(connection, name)
        self._tell()

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    async def _take(self, connection: AsyncConnection, name: str) -> None:
        until = self._clock() + LEASE_SECONDS - EARLY_SECONDS
        token = (
            await connection.execute(_TAKE, {"name": name, "holder": self.server, "seconds": LEASE_SECONDS})
        ).scalar_one_or_none()
        if token is None:
            self._held.pop(name, None)
            self._given_up.discard(name)
            return
        if name not in self._held and not name.startswith(_PRESENT):
            log.info("This server does %s from now on", name)
        self._held[name] = int(token), until

    async def _give_back(self, connection: AsyncConnection) -> None:
        """Let others have what is given up and not worked under."""
        names = [name for name in self._given_up if not self._busy[name]]
        if names:
            await connection.execute(_GIVE_BACK, {"names": names, "holder": self.server})
        for name in names:
            self._given_up.discard(name)
            self._held.pop(name, None)

    async def give_back(self) -> None:
        """Let others take what this server holds, as soon as its work has ended. What fails runs out by
        itself."""
        self._given_up |= self._held.keys()
        self._tell()
        try:
            async with asyncio.timeout(END_SECONDS):
                while any(self._busy[name] for name in self._given_up):
                    await self._changed.wait()
        except TimeoutError:
            log.warning("Work goes on for longer than %g s: its leases run out by themselves", END_SECONDS)
        try:
            async with asyncio.timeout(END_SECONDS), self._connection() as connection:
                await self._give_back(connection)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("Leases were not given back and run out by themselves: %s", error)

    async def while_held(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` whenever, and only while, ``name`` is held, until canceled."""
        if not self.shared:
            return await work()
        while True:
            while not self.holds(name):
                await self._changed.wait()
            with self.working((name,)):
                task = asyncio.ensure_future(work())
                try:
                    while self.holds(name) and not task.done():
                        told = asyncio.ensure_future(self._changed.wait())
                        await asyncio.wait((task, told), timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
                        told.cancel()
                    if task.done():
                        return await task
                    log.info("This server does %s no more", name)
                finally:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
