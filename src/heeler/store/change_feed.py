"""Tells the other servers of one PostgreSQL which tables a transaction wrote to, so that what they remember
of them is looked up again.

The notice is sent by the database with the commit of the transaction (``NOTIFY``). While a server is not
connected it hears none: what it remembers is then at most :data:`heeler.store.database.Remembered.SECONDS`
old.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from heeler.store.database import Database, FlushedSession
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.database")

CHANNEL = "heeler_changes"
#: Seconds between looks whether the connection lives, and until it is tried again where it does not.
_LOOK_SECONDS, _AGAIN_SECONDS = 5.0, 2.0
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
#: Tables that are written all the time and that nobody remembers.
_NOT_TOLD = frozenset(
    (
        "outbox",
        "delivery_attempts",
        "monitor_states",
        "monitor_transitions",
        "monitor_state_changes",
        "audit_events",
        "synthetic_tests",
        "synthetic_results",
        "key_usage",
    )
)
#: Bytes of a notice; PostgreSQL takes 8,000.
_MOST_BYTES = 7000


class ChangeFeed:
    """The feed of one server. :meth:`run` is its task; with SQLite there is nobody to tell."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._server = uuid.uuid4().hex
        self.connected = False
        if database.engine.dialect.name == "postgresql":
            event.listen(FlushedSession, "before_commit", self._tell)

    def _tell(self, session: Session) -> None:
        if session.get_bind() is not self._database.engine.sync_engine:
            return
        session.flush()
        wrote = {str(table) for table in session.info.get("wrote", ())} - _NOT_TOLD
        if wrote:
            payload = f"{self._server} {' '.join(sorted(wrote))}"
            payload = payload if len(payload) <= _MOST_BYTES else f"{self._server} *"
            session.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})

    def _heard(self, _: Any, __: int, ___: str, payload: str) -> None:
        server, *tables = payload.split(" ")
        if server != self._server:
            telemetry.count("heeler.database.changes_heard")
            self._database.note_changes(tables)

    async def run(self) -> None:
        """Listen until canceled; after a pause in which changes may have been missed, all counts as
        changed."""
        if self._database.engine.dialect.name != "postgresql":
            await asyncio.Event().wait()
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning(
                    "Changes of other servers are not heard, and looked for every few seconds: %s", error
                )
            self.connected = False
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _listen(self) -> None:
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(
            url, timeout=10, server_settings={"application_name": "heeler-changes"}
        )
        try:
            await connection.add_listener(CHANNEL, self._heard)
            self._database.note_changes(["*"])
            self.connected = True
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                await connection.fetchval("SELECT 1", timeout=10)
        finally:
            connection.terminate()

    def close(self) -> None:
        if self._database.engine.dialect.name == "postgresql":
            event.remove(FlushedSession, "before_commit", self._tell)
