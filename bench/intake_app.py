"""The server's application in this process, over a store in a folder, with a key: for tests and
measurements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.accounts.keys import make_key
from heeler.api.services import Services
from heeler.intake.app import IntakeApp
from heeler.server.app import create_app
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.deduplication import remember_tokens
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer

API_KEY = "0123456789abcdef0123456789abcdef"


@asynccontextmanager
async def opened(
    folder: Path, engine: Engine | None = None, delay: float = 0.02
) -> AsyncIterator[tuple[Any, dict[str, str]]]:
    """The application and the headers that a delivery needs. ``delay``: seconds that rows wait for others."""
    own = Engine(f"chdb://{folder / 'store'}") if engine is None else engine
    migrate(own)
    remember_tokens(own)
    settings = Settings.from_env({}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with database.session() as session:
        session.add(make_key("api", "test", API_KEY, None, datetime.now(UTC)))
    rollups = Rollups(own)
    writer = Writer(own, delay=delay, before={"points": rollups.before_points})
    services = Services(
        settings=settings, engine=own, writer=writer, database=database, disk=DiskGuard(folder, 0),
        rollups=rollups, authenticator=DatabaseAuthenticator(database, settings.url),
    )  # fmt: skip
    app = IntakeApp(services, create_app(services))  # type: ignore[arg-type]
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.run())
            try:
                yield app, {"dd-api-key": API_KEY}
            finally:
                writer.close()
    finally:
        app.close()
        services.renderer.close()
        await database.close()
        if engine is None:
            own.close()
