"""States of issues: resolved from the database and later errors, changed by users."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.errors import store
from heeler.errors.lifecycle import is_silent, regression
from heeler.errors.model import IssueActivity, IssueState
from heeler.errors.occurrences import Occurrence
from heeler.errors.store import Issue

if TYPE_CHECKING:
    from heeler.api.services import Services


class ExcludedIssues:
    """Issues whose new errors are not stored; one per server, as ``services.part(ExcludedIssues)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ids: set[str] | None = None
        self._reading = asyncio.Lock()

    async def without(self, found: Sequence[Occurrence]) -> list[Occurrence]:
        """Remove errors of excluded issues from ``found``."""
        if not found:
            return []
        excluded = await self._known()
        return [one for one in found if one.issue not in excluded]

    async def _known(self) -> set[str]:
        async with self._reading:
            if self._ids is None:
                async with self._services.database.session() as db:
                    ids = await db.scalars(select(IssueState.issue).where(IssueState.state == "EXCLUDED"))
                    self._ids = set(ids)
            return self._ids

    def note(self, issue: str, state: str) -> None:
        """Apply a committed change."""
        if self._ids is not None:
            (self._ids.add if state == "EXCLUDED" else self._ids.discard)(issue)


async def current(services: Services, found: Sequence[Issue]) -> dict[str, IssueState]:
    """Current state of each issue: a resolved one may have regressed, a silent one is resolved.

    Automatic changes are stored when first seen, with the time at which they happened.
    """
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        ids = [issue.id for issue in found]
        known = {
            one.issue: one for one in await db.scalars(select(IssueState).where(IssueState.issue.in_(ids)))
        }
        states = {}
        for issue in found:
            state = known.get(issue.id) or IssueState(issue=issue.id, state="OPEN", resolved_versions=[])
            await _advance(services, db, issue, state, now)
            states[issue.id] = state
        await db.flush()
        db.expunge_all()
    return states


async def _advance(
    services: Services, db: AsyncSession, issue: Issue, state: IssueState, now: datetime
) -> None:
    if state.state == "RESOLVED" and state.resolved_at and issue.last_seen > state.resolved_at:
        after = await store.seen_after(services.engine, issue.id, state.resolved_at)
        back = regression(state.resolved_versions, after)
        if back is not None:
            state.state, state.regressed_at, state.regressed_version = "OPEN", back.time, back.version
            in_version = f" in version {back.version}" if back.version else ""
            db.add(IssueActivity(issue=issue.id, time=back.time, change=f"Regressed{in_version}"))
    elif is_silent(state.state, issue.last_seen, now):
        db.add(state)
        state.state, state.resolved_at = "RESOLVED", now
        state.resolved_versions = await store.versions_of_service(services.engine, issue.service)
        db.add(IssueActivity(issue=issue.id, time=now, change="Resolved after 14 days of silence"))


async def change_state(services: Services, issue: Issue, wanted: str, user: str) -> None:
    """Set the state of an issue and record its author."""
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        state = await _of(db, issue.id)
        state.state = wanted
        if wanted == "RESOLVED":
            state.resolved_at = now
            state.resolved_versions = await store.versions_of_service(services.engine, issue.service)
        db.add(IssueActivity(issue=issue.id, time=now, user=user, change=f"State changed to {wanted}"))
    services.part(ExcludedIssues).note(issue.id, wanted)


async def assign(services: Services, issue: Issue, user_id: int | None, name: str, by: str) -> None:
    """Assign an issue to a user, or unassign it; an open one becomes acknowledged."""
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        state = await _of(db, issue.id)
        state.assignee_id = user_id
        if user_id is not None and state.state == "OPEN":
            state.state = "ACKNOWLEDGED"
        change = f"Assigned to {name}" if user_id is not None else "Assignee removed"
        db.add(IssueActivity(issue=issue.id, time=now, user=by, change=change))


async def activity(services: Services, issue: str) -> list[IssueActivity]:
    """History of an issue, the newest first."""
    async with services.database.session() as db:
        found = list(
            await db.scalars(
                select(IssueActivity)
                .where(IssueActivity.issue == issue)
                .order_by(IssueActivity.time.desc(), IssueActivity.id.desc())
                .limit(100)
            )
        )
        db.expunge_all()
    return found


async def _of(db: AsyncSession, issue: str) -> IssueState:
    found = await db.get(IssueState, issue)
    if found is None:
        found = IssueState(issue=issue, state="OPEN", resolved_versions=[])
        db.add(found)
    return found
