"""What is shown outside is read with the rights of whoever shared it: nobody reads more through that than
they may themselves.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.dashboards.model import SharedDashboard
from heeler.query.search.row_access import current_access
from heeler.store.database import Base

#: Permissions to read what dashboards show.
_READING = ("timeseries_query", "logs_read_data", "apm_read", "events_read", "slos_read")


def check_may_share(principal: Principal) -> None:
    """Raise a 403 for a key whose scopes leave out some of what its user may read: what it shared would be
    read with all rights of the user.
    """
    missing = _left_out(principal)
    if missing:
        raise ApiError(
            403,
            "Forbidden",
            "What is shared is read with the rights of your user, of which the scopes of this key leave out "
            f"{', '.join(missing)}.",
        )


async def check_may_change(db: AsyncSession, principal: Principal, dashboard_id: str) -> None:
    """Raise a 403 for the content of a dashboard that somebody else shares or sends as a report, for callers
    who may not read everything: its queries are run with the rights of whoever shared it.
    """
    narrow = bool(_left_out(principal))
    limited = any(one.is_limited for one in current_access().values())
    if not narrow and not limited and all(principal.may(one) for one in _READING):
        return
    shares = select(SharedDashboard.author_id, SharedDashboard.author_handle)
    rows = [*await db.execute(shares.where(SharedDashboard.dashboard_id == dashboard_id))]
    reports = Base.metadata.tables.get("report_schedules")  # of a package that uses this one
    if reports is not None:
        query = select(reports.c.author_id, User.email).join(User, User.id == reports.c.author_id)
        rows += await db.execute(query.where(reports.c.resource_id == dashboard_id))
    names = [name for author, name in rows if narrow or author != principal.user_id]
    if names:
        raise ApiError(
            403,
            "Forbidden",
            f"{names[0]} shares this dashboard with others, and you may not read everything: what you put on "
            f"it would be shown with the rights of {names[0]}. Change a copy of it.",
        )


def _left_out(principal: Principal) -> list[str]:
    return [one for one in _READING if one in principal.permissions and not principal.may(one)]
