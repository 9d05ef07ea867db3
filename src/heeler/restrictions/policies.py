"""Resolves the restrictions of each caller; implements ``heeler.api.services.AccessPolicies``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.organization import OrganizationCache
from heeler.accounts.roles import known_roles, permissions_of, role_ids_of
from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.query.search import row_access
from heeler.query.search.row_access import Access, RowAccess
from heeler.restrictions import enforcement
from heeler.restrictions.enforcement import Restrictions
from heeler.restrictions.log_queries import TABLES, access_of, access_to_logs
from heeler.restrictions.model import RestrictionPolicy
from heeler.restrictions.rules import PATH_PARAMETERS, rights
from heeler.store.database import Base, Database, Remembered
from heeler.teams.model import TeamMember

#: What the restrictions of a caller are made of.
_READ = ("restriction_policies", "monitors", "team_members", "users", "roles", "user_roles", "organizations")


async def identities_of(db: AsyncSession, principal: Principal, organization: tuple[str, str]) -> set[str]:
    """All principals that match the caller: user, roles, teams, organization."""
    teams = await db.scalars(select(TeamMember.team_id).where(TeamMember.user_id == principal.user_id))
    return {
        f"user:{principal.uuid}",
        *(f"org:{identity}" for identity in organization if identity),
        *(f"role:{identity}" for identity in principal.role_ids),
        *(f"team:{identity}" for identity in teams),
    }


async def all_policies(db: AsyncSession) -> list[tuple[str, str, list[Any]]]:
    """Type, id and bindings of every policy, including ``restricted_roles`` of monitors."""
    stored = await db.scalars(select(RestrictionPolicy))
    found = [(policy.kind, policy.resource_id, policy.bindings) for policy in stored]
    monitors = Base.metadata.tables.get("monitors")
    if monitors is not None:
        rows = await db.execute(select(monitors.c.id, monitors.c.restricted_roles))
        for identity, roles in rows:
            if roles:
                editors = [f"role:{role}".lower() for role in roles]
                found.append(("monitor", str(identity), [{"relation": "editor", "principals": editors}]))
    return found


class DatabaseAccessPolicies:
    """Restriction policies and the IP allowlist, cached and reloaded after writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._organization = OrganizationCache(database)
        self._restrictions: Remembered[tuple[str, tuple[str, ...]], Restrictions] = Remembered(
            database, tables=_READ
        )
        self._logs: Remembered[tuple[str, ...], RowAccess] = Remembered(database, tables=TABLES)

    async def admit(self, principal: Principal, address: str) -> None:
        (await self._organization.state()).check_address(address)

    async def check(
        self, principal: Principal, permission: str | None, params: Mapping[str, Any], *, change: bool
    ) -> None:
        if permission == "dashboards_public_share" and change:
            state = await self._organization.state()
            if not state.config("private_widget_share"):
                raise ApiError(
                    403, "Forbidden", "This organization does not allow sharing with people outside."
                )
        found = await self._found(principal)
        enforcement.apply(found)
        row_access.apply(await self.access_to_rows(principal))
        for name, kind in PATH_PARAMETERS.items():
            if name in params:
                found.check(kind, str(params[name]), change=change)

    async def access_to_rows(self, principal: Principal) -> Access:
        """The logs, spans and events that the caller may read."""
        return access_of(principal.may, await self._access_to_logs(principal.role_ids))

    async def read_as(self, user_id: int | None) -> None:
        async with self._database.session() as db:
            ids = () if user_id is None else (await role_ids_of(db, [user_id])).get(user_id, ())
            granted = permissions_of(ids, await known_roles(db))
        row_access.apply(access_of(granted.__contains__, await self._access_to_logs(tuple(ids))))

    async def _access_to_logs(self, role_ids: tuple[str, ...]) -> RowAccess:
        return await self._logs.fetch(role_ids, partial(self._look_up_logs, role_ids))

    async def _look_up_logs(self, role_ids: tuple[str, ...]) -> tuple[RowAccess, int]:
        async with self._database.session() as db:
            return await access_to_logs(db, role_ids), 0

    async def _found(self, principal: Principal) -> Restrictions:
        key = principal.uuid, principal.role_ids
        return await self._restrictions.fetch(key, partial(self._look_up, principal))

    async def _look_up(self, principal: Principal) -> tuple[Restrictions, int]:
        state = await self._organization.state()
        enforcement.apply(None)
        async with self._database.session() as db:
            own = await identities_of(db, principal, (state.public_id, state.uuid))
            return restrictions_of(await all_policies(db), own), 0


def restrictions_of(policies: list[tuple[str, str, list[Any]]], identities: set[str]) -> Restrictions:
    """Restrictions that ``policies`` impose on a caller with ``identities``."""
    hidden: dict[str, set[str]] = {}
    locked: dict[str, set[str]] = {}
    for kind, identity, bindings in policies:
        may_view, may_edit = rights(bindings, identities)
        if not may_view:
            hidden.setdefault(kind, set()).add(identity)
        if not may_edit:
            locked.setdefault(kind, set()).add(identity)
    return Restrictions(
        {kind: frozenset(found) for kind, found in hidden.items()},
        {kind: frozenset(found) for kind, found in locked.items()},
    )
