"""Endpoints of restriction policies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.accounts.organization import organization_of
from heeler.accounts.roles import known_roles
from heeler.api.auth import principal_of, require, services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal
from heeler.restrictions import enforcement, log_query_routes
from heeler.restrictions.model import RestrictionPolicy
from heeler.restrictions.policies import identities_of
from heeler.restrictions.rules import KINDS, checked_bindings, parsed_resource, rights
from heeler.store.database import Base
from heeler.teams.model import Team

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_POLICY = "/api/v2/restriction_policy/{resource:str}"
_READ = {
    "dashboard": "dashboards_read",
    "monitor": "monitors_read",
    "notebook": "notebooks_read",
    "powerpack": "dashboards_read",
    "slo": "slos_read",
}


def described(kind: str, identity: str, bindings: list[Any]) -> Body:
    return {
        "data": {
            "id": f"{kind}:{identity}",
            "type": "restriction_policy",
            "attributes": {"bindings": bindings},
        }
    }


async def _resource(db: AsyncSession, text: str) -> tuple[str, str]:
    """Type and id of an existing resource. Raises 400 or 404."""
    kind, identity = parsed_resource(text)
    table = Base.metadata.tables[KINDS[kind]]
    if table.c.id.type.python_type is int and not (identity.isascii() and identity.isdigit()):
        raise bad_request(f"Invalid resource: the id of a {kind} is a whole number")
    value = int(identity) if table.c.id.type.python_type is int else identity
    if await db.scalar(select(table.c.id).where(table.c.id == value)) is None:
        raise ApiError(404, f"Resource {kind}:{identity} not found")
    return kind, str(value)


async def _check_principals(db: AsyncSession, bindings: list[Any]) -> None:
    """Raise a 400 for an unknown principal."""
    named = {principal for binding in bindings for principal in binding["principals"]}
    organization = await organization_of(db)
    ids = {
        "org": {organization.public_id, organization.uuid},
        "role": set(await known_roles(db)),
        "team": set(await db.scalars(select(Team.id))),
        "user": set(await db.scalars(select(User.uuid))),
    }
    for principal in sorted(named):
        kind, _, identity = principal.partition(":")
        if identity not in ids[kind]:
            raise bad_request(f"Invalid principal: no {kind} has the id {identity}")


async def _own(db: AsyncSession, principal: Principal) -> set[str]:
    organization = await organization_of(db)
    return await identities_of(db, principal, (organization.public_id, organization.uuid))


async def _check_may_change(db: AsyncSession, request: AnyRequest, kind: str, bindings: list[Any]) -> None:
    """Raise a 403 unless the caller may edit the resource, or manages all access."""
    principal = principal_of(request)
    if principal.may("user_access_manage"):
        return
    require(principal, _READ[kind].replace("_read", "_write"))
    if not rights(bindings, await _own(db, principal))[1]:
        raise ApiError(403, "Forbidden", "Only editors may change this restriction policy.")


@get(_POLICY, guards=[user_guard])
async def get_policy(request: AnyRequest, resource: str) -> Body:
    """The policy of ``dashboard:ID``, ``monitor:ID``, ``slo:ID``, ``notebook:ID``; without bindings there are
    no restrictions.
    """
    enforcement.apply(None)
    async with services_of(request).database.session() as db:
        kind, identity = await _resource(db, resource)
        require(principal_of(request), _READ[kind])
        policy = await db.get(RestrictionPolicy, (kind, identity))
        return described(kind, identity, policy.bindings if policy else [])


@post(_POLICY, status_code=200, guards=[user_guard])
async def update_policy(request: AnyRequest, resource: str, data: Body) -> Body:
    """Replace the policy of a resource. Requires edit access to it, or ``user_access_manage``.

    With ``allow_self_lockout=true`` it may exclude the caller from editing.
    """
    enforcement.apply(None)
    given = data.get("data")
    attributes = given.get("attributes") if isinstance(given, dict) else None
    if not isinstance(attributes, dict) or not isinstance(given, dict):
        raise bad_request("Invalid body. Expected an object `data` with `attributes.bindings`.")
    if given.get("id", resource) != resource:
        raise bad_request(f"Invalid id: {given.get('id')!r}. Expected {resource}, as in the path")
    bindings = checked_bindings(attributes.get("bindings"))
    lockout = request.query_params.get("allow_self_lockout", "").lower() == "true"
    async with services_of(request).database.session() as db:
        kind, identity = await _resource(db, resource)
        policy = await db.get(RestrictionPolicy, (kind, identity))
        await _check_may_change(db, request, kind, policy.bindings if policy else [])
        await _check_principals(db, bindings)
        if not lockout and not rights(bindings, await _own(db, principal_of(request)))[1]:
            raise bad_request(
                "This policy would not let you edit the resource yourself. Add yourself, or send "
                "allow_self_lockout=true."
            )
        await _store(db, policy, kind, identity, bindings)
        return described(kind, identity, bindings)


async def _store(
    db: AsyncSession, policy: RestrictionPolicy | None, kind: str, identity: str, bindings: list[Any]
) -> None:
    now = datetime.now(UTC)
    if policy is None:
        db.add(RestrictionPolicy(kind=kind, resource_id=identity, bindings=bindings, modified=now))
    else:
        policy.bindings, policy.modified = bindings, now


@delete(_POLICY, guards=[user_guard])
async def delete_policy(request: AnyRequest, resource: str) -> None:
    """Delete the policy: the resource is then open to everyone with permission."""
    enforcement.apply(None)
    async with services_of(request).database.session() as db:
        kind, identity = await _resource(db, resource)
        policy = await db.get(RestrictionPolicy, (kind, identity))
        await _check_may_change(db, request, kind, policy.bindings if policy else [])
        if policy is not None:
            await db.delete(policy)


handlers: list[ControllerRouterHandler] = [
    get_policy,
    update_policy,
    delete_policy,
    *log_query_routes.handlers,
]
