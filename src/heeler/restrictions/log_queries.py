"""Restriction queries: the logs that the roles of a caller may read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from heeler.accounts.model import Role
from heeler.accounts.roles import known_roles
from heeler.api.errors import ApiError, bad_request
from heeler.query.search import row_access
from heeler.query.search.ast import Field, Text, leaves
from heeler.query.search.parser import SearchError, parse
from heeler.query.search.row_access import Access, RowAccess
from heeler.restrictions.model import RestrictionQuery, RestrictionQueryRole

MAX_QUERY = 5000
READ_PERMISSIONS: Mapping[str, str] = {
    "logs": "logs_read_data",
    "spans": "apm_read",
    "events": "events_read",
    "SLOs": "slos_read",
}
"""Permission to read each kind of data, whichever endpoint returns it."""
#: Tables from which the restriction of a caller is computed.
TABLES = ("restriction_queries", "restriction_query_roles", "roles", "user_roles")


def checked_query(value: object) -> str:
    """Validate a restriction query: reserved fields, tags and words of the message. Raises a 400.

    Attributes are excluded, as they are set by whoever sends or parses logs.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_QUERY:
        raise bad_request(f"Invalid restriction_query. Expected a search of 1 to {MAX_QUERY} characters.")
    text = value.strip()
    try:
        terms = list(leaves(parse(text)))
    except SearchError as error:
        raise bad_request(f"Invalid restriction_query: {error}") from error
    for term in terms:
        field = getattr(term, "field", None)
        if (isinstance(field, Field) and field.attribute) or (isinstance(term, Text) and term.everywhere):
            raise bad_request(
                "Invalid restriction_query: attributes cannot be used. Expected tags, words of the message, "
                "or reserved fields such as service, source, host and status."
            )
    return text


def refuse_counting(what: str) -> None:
    """Raise a 403 if the caller may read some logs only, as ``what`` would count all of them."""
    if row_access.access_to("logs").is_limited:
        raise ApiError(
            403, "Forbidden", f"A restriction query limits the logs that you may read, and {what} all logs."
        )


async def queries_by_role(db: AsyncSession) -> dict[str, str]:
    """The restriction query of each role that has one."""
    rows = await db.execute(
        select(RestrictionQueryRole.role_id, RestrictionQuery.query).join(
            RestrictionQuery, RestrictionQuery.id == RestrictionQueryRole.query_id
        )
    )
    return {str(role): str(query) for role, query in rows}


def searches_of(
    role_ids: Iterable[str], queries: Mapping[str, str], readers: Collection[str]
) -> tuple[str, ...] | None:
    """Searches whose union a caller with these roles may read; None for all logs.

    ``readers``: ids of the roles that grant ``logs_read_data``; others give access to no logs. A role without
    a query in ``queries`` gives access to all of them.
    """
    if not queries:
        return None
    granting = [identity for identity in role_ids if identity in readers]
    if any(identity not in queries for identity in granting):
        return None
    return tuple(sorted({queries[identity] for identity in granting}))


async def access_to_logs(db: AsyncSession, role_ids: Collection[str]) -> RowAccess:
    """:func:`searches_of` with the stored roles and queries."""
    queries = await queries_by_role(db)
    roles = await known_roles(db) if queries else {}
    readers = {identity for identity, role in roles.items() if "logs_read_data" in role.permissions}
    return RowAccess(searches_of(role_ids, queries, readers))


def access_of(may: Callable[[str], bool], logs: RowAccess) -> Access:
    """The rows of somebody who ``may`` (has a permission), and may read ``logs`` by restriction queries."""
    access = {
        data: RowAccess(permission=permission)
        for data, permission in READ_PERMISSIONS.items()
        if not may(permission)
    }
    access["logs"] = replace(logs, permission=access["logs"].permission) if "logs" in access else logs
    return access


@event.listens_for(Session, "before_flush")
def _forget_deleted_roles(session: Session, *_: object) -> None:
    """Detach the restriction query of a deleted role."""
    for row in list(session.deleted):
        if isinstance(row, Role):
            attached = session.get(RestrictionQueryRole, row.id)
            if attached is not None:
                session.delete(attached)
