"""Issue filters of error tracking monitors: which errors are counted, by the state of their issues.

Errors of ignored issues are excluded. With ``new()``, errors count whose issues have not been reviewed yet
and were first seen, or regressed, within the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from heeler.api.services import Services
from heeler.errors import store
from heeler.errors.model import IssueState
from heeler.errors.search import ERRORS
from heeler.errors.states import current
from heeler.query.search.field_sql import Table

SOURCES = ("trace", "logs")
_ID = re.compile(r"[0-9a-f-]{1,36}")


async def counted_errors(services: Services, search: str, start: float, end: float, *, new: bool) -> Table:
    """Table of the errors that count in [``start``, ``end``), UNIX seconds. Raises ``SearchError``."""
    if new:
        return _within(await _new_issues(services, search, start, end), "IN")
    async with services.database.session() as db:
        ignored = await db.scalars(select(IssueState.issue).where(IssueState.state == "IGNORED"))
        return _within(list(ignored), "NOT IN")


async def _new_issues(services: Services, search: str, start: float, end: float) -> list[str]:
    """Issues of at most :data:`heeler.errors.store.MAX_ISSUES` with errors in the window."""
    seen = await store.windows(services.engine, search, start, end, SOURCES)
    known = list((await store.issues(services.engine, [one.issue for one in seen])).values())
    states = await current(services, known)
    found: list[str] = []
    for issue in known:
        state = states[issue.id]
        began = max(issue.first_seen, state.regressed_at or issue.first_seen).timestamp()
        if state.state == "OPEN" and start <= began < end:
            found.append(issue.id)
    return found


def _within(ids: Iterable[str], condition: str) -> Table:
    """Condition for errors of these issues, or of all others. Ids are generated here; invalid ones are
    skipped.
    """
    listed = ", ".join(f"'{one}'" for one in ids if _ID.fullmatch(one))
    if not listed:
        return ERRORS if condition == "NOT IN" else replace(ERRORS, searchable="0")
    return replace(ERRORS, searchable=f"issue {condition} ({listed})")
