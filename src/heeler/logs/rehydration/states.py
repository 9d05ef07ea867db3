"""Changes of historical views in the configuration database, each made only while the view is in the state
that it was decided in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.logs.model import HistoricalView
from heeler.logs.rehydration.rules import Asked, Progress
from heeler.store.database import Database

PENDING, RUNNING, ACTIVE = "pending", "running", "active"
CANCELED, FAILED, DELETING = "canceled", "failed", "deleting"
#: States in which logs are read, or will be.
UNFINISHED = (PENDING, RUNNING)
#: States from which reading goes on if somebody asks for it.
RESUMABLE = (FAILED, CANCELED)
MAX_ERROR = 1000


async def next_view(database: Database) -> HistoricalView | None:
    """The view to read: one that a server began, else the one that waits longest."""
    async with database.session() as db:
        return await db.scalar(
            select(HistoricalView)
            .where(HistoricalView.state.in_(UNFINISHED))
            .order_by(HistoricalView.state.desc(), HistoricalView.created, HistoricalView.name)
            .limit(1)
        )


async def begin(database: Database, view: HistoricalView, now: datetime) -> bool:
    """Whether the view is running from now on: it may have been canceled."""
    values = {"state": RUNNING, "started": view.started or now, "error": ""}
    return await _change(database, view, UNFINISHED, values)


def progress_of(view: HistoricalView, *, shown: bool = False) -> Progress:
    """The progress up to the checkpoint, or the one that people see, which may be within a file."""
    return Progress.stored(view.progress.get("shown" if shown else "done") or {})


async def record(
    database: Database,
    view: HistoricalView,
    progress: tuple[Progress, Progress],
    checkpoint: str,
    error: str = "",
) -> bool:
    """Store the progress of a running view, up to ``checkpoint``, the last file that was read as a whole, and
    up to now. False where the view is not running any more.
    """
    values = {"progress": documents(*progress), "checkpoint": checkpoint, "error": error[:MAX_ERROR]}
    return await _change(database, view, (RUNNING,), values)


async def is_running(database: Database, view: HistoricalView) -> bool:
    async with database.session() as db:
        stored = await db.get(HistoricalView, view.name)
        return stored is not None and (stored.state, stored.created) == (RUNNING, view.created)


async def finish(
    database: Database, view: HistoricalView, state: str, shown: Progress, now: datetime, error: str = ""
) -> bool:
    """End a running view: its logs are kept for as long as was asked for. One that failed can be tried again
    from its checkpoint."""
    async with database.session() as db:
        stored = await db.get(HistoricalView, view.name)
        done = Progress() if stored is None else progress_of(stored)
    values = {
        "state": state,
        "progress": documents(done, shown),
        "error": error[:MAX_ERROR],
        "ended": now,
        "expires": expiry(view, now),
    }
    return await _change(database, view, (RUNNING,), values)


def is_readable(view: HistoricalView, now: datetime) -> bool:
    """Whether its logs are found: not once it is deleted or has expired."""
    return view.state != DELETING and (view.expires is None or view.expires > now)


def expiry(view: HistoricalView, ended: datetime) -> datetime:
    return ended + timedelta(days=Asked.stored(view.document).retention_days)


def documents(done: Progress, shown: Progress) -> dict[str, Any]:
    """The column ``progress``."""
    return {"done": done.document(), "shown": shown.document()}


async def _change(
    database: Database, view: HistoricalView, states: Sequence[str], values: dict[str, Any]
) -> bool:
    async with database.session() as db:
        return await change_in(db, view, states, values)


async def change_in(
    db: AsyncSession, view: HistoricalView, states: Sequence[str], values: dict[str, Any]
) -> bool:
    """Change a view that is in one of ``states``; whether it was."""
    changed = await db.execute(
        update(HistoricalView)
        .where(HistoricalView.name == view.name, HistoricalView.created == view.created)
        .where(HistoricalView.state.in_(states))
        .values(values)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


async def ended_views(database: Database, now: float) -> list[str]:
    """Names of the views whose logs are to be deleted: by a person, or as they have expired."""
    async with database.session() as db:
        found = select(HistoricalView.name).where(
            or_(
                HistoricalView.state == DELETING,
                HistoricalView.expires <= datetime.fromtimestamp(now, UTC),
            )
        )
        return list(await db.scalars(found))


async def remove(database: Database, name: str) -> None:
    async with database.session() as db:
        await db.execute(delete(HistoricalView).where(HistoricalView.name == name))


async def known_views(database: Database) -> set[str]:
    async with database.session() as db:
        return set(await db.scalars(select(HistoricalView.name)))
