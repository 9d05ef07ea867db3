"""Objects owned by a user, and the transfer of their ownership to another user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.key_service import TITLES
from heeler.accounts.model import User
from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import bad_request
from heeler.store.database import Base

AnyRequest = Request[Any, Any, Any]

_MAX_LISTED = 5000


@dataclass(frozen=True, slots=True)
class Owned:
    """Table and columns of an owned type: owner, title, the owner's email and name."""

    table: str
    owner: str
    title: str
    key: str = "id"
    email: str = ""
    name: str = ""


OWNED: Mapping[str, Owned] = {
    "dashboard": Owned("dashboards", "author_id", "title", "id", "author_handle", "author_name"),
    "monitor": Owned("monitors", "creator_id", "name", "id", "creator_email", "creator_name"),
    "slo": Owned("slos", "creator_id", "name", "id", "creator_email", "creator_name"),
    "notebook": Owned("notebooks", "author_id", "name", "id", "author_handle", "author_name"),
    "powerpack": Owned("powerpacks", "author_id", "name", "id", "author_handle", "author_name"),
    "shared_dashboard": Owned(
        "shared_dashboards", "author_id", "dashboard_id", "dashboard_id", "author_handle", "author_name"
    ),
    "downtime": Owned("downtimes", "creator_id", "id", "id", "creator_email", "creator_name"),
    "report": Owned("report_schedules", "author_id", "title"),
    "view": Owned("explorer_views", "owner_id", "name", "id", "", "owner_name"),
}
"""Types with an owner. Tables of packages that are not loaded are omitted."""


class Belonging(msgspec.Struct):
    """One object of a user. ``kind``: a key of :data:`OWNED`, ``api_key``, ``app_key`` or ``token``."""

    kind: str
    id: str
    name: str


class HandOver(msgspec.Struct):
    """Request to transfer ownership. ``to``: the id (UUID) of the new owner."""

    to: str


class HandedOver(msgspec.Struct):
    """Number of objects transferred, and of keys revoked because they acted as the user."""

    moved: int
    revoked: int


def _tables() -> list[tuple[str, Owned, Table]]:
    known = Base.metadata.tables
    return [(kind, owned, known[owned.table]) for kind, owned in OWNED.items() if owned.table in known]


async def belongings_of(db: AsyncSession, user: User) -> list[Belonging]:
    found: list[Belonging] = []
    for kind, owned, table in _tables():
        statement = select(table.c[owned.key], table.c[owned.title]).where(table.c[owned.owner] == user.id)
        if kind == "downtime":
            statement = statement.where(table.c.canceled.is_(None))
        if "deleted" in table.c:
            statement = statement.where(table.c.deleted.is_(None))
        rows = await db.execute(statement.order_by(table.c[owned.title]).limit(_MAX_LISTED))
        found += [Belonging(kind, str(identity), str(title or "")) for identity, title in rows]
    for key in await store.active_keys(db, (), user.id):
        kind = {"api": "api_key", "app": "app_key"}.get(key.kind, "token")
        found.append(Belonging(kind, key.id, key.name or TITLES[key.kind]))
    return found


async def hand_over(db: AsyncSession, user: User, to: User) -> HandedOver:
    """Transfer the objects of ``user`` to ``to``. Keys and tokens act as their owner, so they are revoked
    instead.
    """
    moved = 0
    for _, owned, table in _tables():
        values: dict[str, Any] = {owned.owner: to.id}
        if owned.email:
            values[owned.email] = to.email
        if owned.name:
            values[owned.name] = to.name
        result = await db.execute(update(table).where(table.c[owned.owner] == user.id).values(values))
        moved += result.rowcount  # type: ignore[attr-defined]
    now, revoked = datetime.now(UTC), 0
    for key in await store.active_keys(db, (), user.id):
        if key.kind == "api":
            key.user_id, moved = to.id, moved + 1
        else:
            key.revoked, revoked = now, revoked + 1
    await db.flush()
    return HandedOver(moved, revoked)


@get("/api/ui/users/{uuid:str}/belongings", guards=[admin_guard])
async def list_belongings(request: AnyRequest, uuid: str) -> list[Belonging]:
    """Dashboards, monitors, notebooks, SLOs, saved views and keys of a user."""
    async with services_of(request).database.session() as db:
        return await belongings_of(db, await store.user_by_uuid(db, uuid))


@post("/api/ui/users/{uuid:str}/belongings", status_code=200, guards=[admin_guard])
async def hand_over_belongings(request: AnyRequest, uuid: str, data: HandOver) -> HandedOver:
    """Give all that a user owns to another; application keys and tokens of the user are revoked."""
    async with services_of(request).database.session() as db:
        user, to = await store.user_by_uuid(db, uuid), await store.user_by_uuid(db, data.to)
        if to.id == user.id or to.disabled:
            raise bad_request("Choose another user, one who is not disabled.")
        return await hand_over(db, user, to)


handlers: list[ControllerRouterHandler] = [list_belongings, hand_over_belongings]
