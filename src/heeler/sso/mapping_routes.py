"""Endpoints of authn mappings: claims of the identity provider to roles and teams."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.paging import page_of
from heeler.accounts.roles import KnownRole, described_role, known_roles
from heeler.api.auth import admin_guard, services_of, user_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.sso.model import AuthnMapping
from heeler.teams.model import Team

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_MAPPINGS = "/api/v2/authn_mappings"
_MAPPING = _MAPPINGS + "/{mapping_id:str}"
_MAX_MAPPINGS = 5000
_NAMESPACE = uuid.UUID("5b7cf8b4-4c1b-4c8e-8d57-6b1d0e0c7f11")


def attribute_id(mapping: AuthnMapping) -> str:
    """Id of a pair of key and value."""
    return str(uuid.uuid5(_NAMESPACE, f"{mapping.attribute_key}\n{mapping.attribute_value}"))


def described(mapping: AuthnMapping) -> Body:
    relationships: Body = {
        "saml_assertion_attribute": {
            "data": {"id": attribute_id(mapping), "type": "saml_assertion_attributes"}
        }
    }
    if mapping.role_id:
        relationships["role"] = {"data": {"id": mapping.role_id, "type": "roles"}}
    if mapping.team_id:
        relationships["team"] = {"data": {"id": mapping.team_id, "type": "team"}}
    return {
        "id": mapping.id,
        "type": "authn_mappings",
        "attributes": {
            "attribute_key": mapping.attribute_key,
            "attribute_value": mapping.attribute_value,
            "saml_assertion_attribute_id": attribute_id(mapping),
            "created_at": mapping.created.isoformat(),
            "modified_at": mapping.modified.isoformat(),
        },
        "relationships": relationships,
    }


async def _included(db: AsyncSession, mappings: list[AuthnMapping]) -> list[Body]:
    """Roles and teams of the mappings, deduplicated."""
    roles = await known_roles(db)
    teams = {team.id: team for team in await db.scalars(select(Team))}
    found: dict[str, Body] = {}
    for mapping in mappings:
        if mapping.role_id in roles:
            found[mapping.role_id] = described_role(roles[mapping.role_id])
        if mapping.team_id in teams:
            team = teams[mapping.team_id]
            attributes = {"name": team.name, "handle": team.handle}
            found[team.id] = {"id": team.id, "type": "team", "attributes": attributes}
    return list(found.values())


async def _answer(db: AsyncSession, mapping: AuthnMapping) -> Body:
    return {"data": described(mapping), "included": await _included(db, [mapping])}


def _data_of(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise bad_request("Invalid body. Expected an object `data`.")
    return data


def _text(attributes: Body, name: str, most: int) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= most:
        raise bad_request(f"Invalid {name}. Expected 1 to {most} characters.")
    return value.strip()


def _related(data: Body, name: str) -> str | None:
    identity = object_in(object_in(object_in(data, "relationships"), name), "data").get("id")
    if identity is not None and not isinstance(identity, str):
        raise bad_request(f"Invalid relationships.{name}. Expected an object with id and type.")
    return identity.lower() if identity else None


async def _target(db: AsyncSession, data: Body) -> tuple[str | None, str | None]:
    """Role and team of a mapping, one of which is None. Raises a 400."""
    role, team = _related(data, "role"), _related(data, "team")
    if bool(role) == bool(team):
        raise bad_request("A mapping needs a role or a team under relationships, not both.")
    if role and role not in await known_roles(db):
        raise bad_request(f"No role has the id {role}. GET /api/v2/roles lists them.")
    if team and await db.get(Team, team) is None:
        raise bad_request(f"No team has the id {team}. GET /api/v2/team lists them.")
    return role, team


async def _check_new(db: AsyncSession, mapping: AuthnMapping) -> None:
    same = select(AuthnMapping.id).where(
        AuthnMapping.attribute_key == mapping.attribute_key,
        AuthnMapping.attribute_value == mapping.attribute_value,
        AuthnMapping.role_id == mapping.role_id,
        AuthnMapping.team_id == mapping.team_id,
        AuthnMapping.id != mapping.id,
    )
    if await db.scalar(same):
        raise ApiError(409, "A mapping with the same attribute and role or team already exists")


@post(_MAPPINGS, status_code=200, guards=[admin_guard])
async def create_mapping(request: AnyRequest, data: Body) -> Body:
    """Grant a role, or membership of a team, to users with the given claim."""
    given = _data_of(data)
    attributes = object_in(given, "attributes")
    key = _text(attributes, "attribute_key", 200)
    value = _text(attributes, "attribute_value", 400)
    now = datetime.now(UTC)
    async with services_of(request).database.session() as db:
        if len((await db.scalars(select(AuthnMapping.id))).all()) >= _MAX_MAPPINGS:
            raise bad_request(f"At most {_MAX_MAPPINGS:,} mappings are allowed.")
        role, team = await _target(db, given)
        mapping = AuthnMapping(
            id=str(uuid.uuid4()), attribute_key=key, attribute_value=value, role_id=role, team_id=team,
            created=now, modified=now,
        )  # fmt: skip
        await _check_new(db, mapping)
        db.add(mapping)
        await db.flush()
        return await _answer(db, mapping)


async def _found(db: AsyncSession, mapping_id: str) -> AuthnMapping:
    found = await db.get(AuthnMapping, mapping_id)
    if found is None:
        raise ApiError(404, f"{mapping_id} not found")
    return found


@get(_MAPPINGS, guards=[user_guard])
async def list_mappings(request: AnyRequest) -> Body:
    query = request.query_params
    kind, text = query.get("resource_type", ""), query.get("filter", "").lower()
    if kind not in ("", "role", "team"):
        raise bad_request(f"Invalid resource_type: {kind[:50]!r}. Expected role or team")
    async with services_of(request).database.session() as db:
        roles = await known_roles(db)
        every = (await db.scalars(select(AuthnMapping).order_by(AuthnMapping.created, AuthnMapping.id))).all()
        found = [
            mapping
            for mapping in every
            if (not kind or (mapping.role_id if kind == "role" else mapping.team_id))
            and text in f"{mapping.attribute_key}:{mapping.attribute_value}".lower()
        ]
        shown = list(page_of(_sorted(found, roles, query.get("sort", "")), query, 10))
        return {
            "data": [described(mapping) for mapping in shown],
            "included": await _included(db, shown),
            "meta": {"page": {"total_count": len(every), "total_filtered_count": len(found)}},
        }


def _sorted(found: list[AuthnMapping], roles: dict[str, KnownRole], sort: str) -> list[AuthnMapping]:
    keys = {
        "created_at": lambda item: item.created,
        "role_id": lambda item: item.role_id or "",
        "role.name": lambda item: roles[item.role_id].name if item.role_id in roles else "",
        "saml_assertion_attribute_id": attribute_id,
        "saml_assertion_attribute.attribute_key": lambda item: item.attribute_key,
        "saml_assertion_attribute.attribute_value": lambda item: item.attribute_value,
    }
    if not sort:
        return found
    key = keys.get(sort.removeprefix("-"))
    if key is None:
        raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(keys)}")
    return sorted(found, key=key, reverse=sort.startswith("-"))


@get(_MAPPING, guards=[user_guard])
async def get_mapping(request: AnyRequest, mapping_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return await _answer(db, await _found(db, mapping_id))


@patch(_MAPPING, guards=[admin_guard])
async def update_mapping(request: AnyRequest, mapping_id: str, data: Body) -> Body:
    given = _data_of(data)
    attributes = object_in(given, "attributes")
    async with services_of(request).database.session() as db:
        mapping = await _found(db, mapping_id)
        if str(given.get("id", mapping_id)).lower() != mapping_id:
            raise ApiError(422, "The id in the request body does not match the one in the URL")
        if attributes.get("attribute_key") is not None:
            mapping.attribute_key = _text(attributes, "attribute_key", 200)
        if attributes.get("attribute_value") is not None:
            mapping.attribute_value = _text(attributes, "attribute_value", 400)
        if object_in(given, "relationships"):
            mapping.role_id, mapping.team_id = await _target(db, given)
        await _check_new(db, mapping)
        mapping.modified = datetime.now(UTC)
        return await _answer(db, mapping)


@delete(_MAPPING, guards=[admin_guard])
async def delete_mapping(request: AnyRequest, mapping_id: str) -> None:
    """Delete a mapping: its users lose the role or team at their next login."""
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, mapping_id))


handlers: list[ControllerRouterHandler] = [
    create_mapping, list_mappings, get_mapping, update_mapping, delete_mapping,
]  # fmt: skip
