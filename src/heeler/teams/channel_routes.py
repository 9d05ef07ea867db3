"""Endpoints of a team's notification rules, and of its connections to teams in other systems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.datastructures import MultiDict
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.paging import page_of
from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.query_parameters import split_values
from heeler.teams import store
from heeler.teams.model import Team, TeamConnection, TeamNotificationRule
from heeler.teams.paging import page_meta
from heeler.teams.rules import checked_id, checked_text

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_RULES = "/api/v2/team/{team_id:str}/notification-rules"
_CONNECTIONS = "/api/v2/team/connections"
_MAX_RULES = 20
_MAX_CONNECTIONS = 10_000

_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "email": ("enabled", "recipient_email"),
    "slack": ("channel", "workspace"),
    "pagerduty": ("service_name",),
    "ms_teams": ("connector_name",),
}
"""Channels of a notification rule with their fields."""
_ADDRESS = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]{1,255}")


def checked_channels(data: object) -> Body:
    """Validate the channels of a rule. Raises a 400 if there is none, or one that cannot be notified."""
    attributes = object_in(data, "attributes") if isinstance(data, dict) else {}
    given = {name: value for name, value in attributes.items() if value is not None}
    if not given:
        raise bad_request(f"Invalid attributes. Expected at least one of {', '.join(_CHANNELS)}")
    found: Body = {}
    for name, value in given.items():
        if name not in _CHANNELS:
            raise bad_request(f"Invalid channel: {name!r} is not supported. Expected {', '.join(_CHANNELS)}")
        if not isinstance(value, dict):
            raise bad_request(f"Invalid {name}. Expected an object.")
        found[name] = _checked_channel(name, value)
    return found


def _checked_channel(name: str, value: Body) -> Body:
    fields: Body = {}
    for key, item in value.items():
        if key not in _CHANNELS[name]:
            raise bad_request(f"Invalid {name}.{key}. Expected {', '.join(_CHANNELS[name])}")
        if key == "enabled":
            if not isinstance(item, bool):
                raise bad_request(f"Invalid {name}.enabled: {item!r}. Expected true or false")
            fields[key] = item
        else:
            fields[key] = checked_text(item, f"{name}.{key}", 320)
    address = fields.get("recipient_email")
    if address and not _ADDRESS.fullmatch(address):
        raise bad_request(f"Invalid email.recipient_email: {address!r}. Expected name@example.com")
    return fields


def _described(rule: TeamNotificationRule) -> Body:
    return {"id": rule.id, "type": "team_notification_rules", "attributes": rule.attributes}


async def _team(request: AnyRequest, db: AsyncSession, team_id: str) -> Team:
    team = await store.found_team(db, team_id)
    await store.check_may(db, principal_of(request), team, "edit")
    return team


async def _rule(db: AsyncSession, team: Team, rule_id: str) -> TeamNotificationRule:
    found = await db.get(TeamNotificationRule, checked_id(rule_id))
    if found is None or found.team_id != team.id:
        raise ApiError(404, f"Notification rule {rule_id} not found")
    return found


async def _rules(db: AsyncSession, team: Team) -> list[TeamNotificationRule]:
    found = await db.scalars(
        select(TeamNotificationRule)
        .where(TeamNotificationRule.team_id == team.id)
        .order_by(TeamNotificationRule.created, TeamNotificationRule.id)
    )
    return list(found.all())


@get(_RULES, guards=[user_guard])
async def list_rules(request: AnyRequest, team_id: str) -> Body:
    async with services_of(request).database.session() as db:
        found = await _rules(db, await store.found_team(db, team_id))
    page = {
        "type": "offset_limit",
        "total": len(found),
        "limit": _MAX_RULES,
        "offset": 0,
        "first_offset": 0,
        "last_offset": 0,
        "prev_offset": None,
        "next_offset": None,
    }
    return {"data": [_described(rule) for rule in found], "meta": {"page": page}}


@post(_RULES, status_code=201, guards=[user_guard])
async def create_rule(request: AnyRequest, team_id: str, data: Body) -> Body:
    """Define the channels of ``@team-handle``: without rules each member is mailed."""
    channels = checked_channels(data.get("data"))
    async with services_of(request).database.session() as db:
        team = await _team(request, db, team_id)
        if len(await _rules(db, team)) >= _MAX_RULES:
            raise bad_request(f"At most {_MAX_RULES} notification rules are allowed.")
        rule = TeamNotificationRule(team_id=team.id, attributes=channels, created=datetime.now(UTC))
        db.add(rule)
        await db.flush()
        return {"data": _described(rule)}


@get(_RULES + "/{rule_id:str}", guards=[user_guard])
async def get_rule(request: AnyRequest, team_id: str, rule_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": _described(await _rule(db, await store.found_team(db, team_id), rule_id))}


@put(_RULES + "/{rule_id:str}", guards=[user_guard])
async def update_rule(request: AnyRequest, team_id: str, rule_id: str, data: Body) -> Body:
    channels = checked_channels(data.get("data"))
    async with services_of(request).database.session() as db:
        rule = await _rule(db, await _team(request, db, team_id), rule_id)
        rule.attributes = channels
        return {"data": _described(rule)}


@delete(_RULES + "/{rule_id:str}", guards=[user_guard])
async def delete_rule(request: AnyRequest, team_id: str, rule_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _rule(db, await _team(request, db, team_id), rule_id))


def _connection(item: TeamConnection) -> Body:
    return {
        "id": item.id,
        "type": "team_connection",
        "attributes": {"source": item.source, "managed_by": item.managed_by},
        "relationships": {
            "team": {"data": {"id": item.team_id, "type": "team"}},
            "connected_team": {"data": {"id": item.connected_id, "type": "github_team"}},
        },
    }


def _related(item: Body, name: str) -> str:
    relationships = item.get("relationships")
    found = relationships.get(name) if isinstance(relationships, dict) else None
    data = found.get("data") if isinstance(found, dict) else None
    identity = data.get("id") if isinstance(data, dict) else None
    if not isinstance(identity, str) or not identity or len(identity) > 400:
        raise bad_request(f"Invalid relationships.{name}. Expected an object with id and type.")
    return identity


def _items(data: Body) -> list[Body]:
    items = data.get("data")
    if not isinstance(items, list) or not 1 <= len(items) <= 100:
        raise bad_request("Invalid data. Expected a list of 1 to 100 connections.")
    if not all(isinstance(item, dict) for item in items):
        raise bad_request("Invalid data. Expected a list of objects.")
    return items


@post(_CONNECTIONS, status_code=201, guards=[user_guard])
async def create_connections(request: AnyRequest, data: Body) -> Body:
    """Record ids of teams in other systems, such as GitHub; all or none of them."""
    items = _items(data)
    async with services_of(request).database.session() as db:
        if len((await db.scalars(select(TeamConnection.id))).all()) + len(items) > _MAX_CONNECTIONS:
            raise bad_request(f"At most {_MAX_CONNECTIONS:,} connections are allowed.")
        made = []
        for item in items:
            team = await _team(request, db, _related(item, "team"))
            attributes = object_in(item, "attributes")
            made.append(
                TeamConnection(
                    team_id=team.id,
                    connected_id=_related(item, "connected_team"),
                    source=checked_text(attributes.get("source"), "source", 100) or "github",
                    managed_by=checked_text(attributes.get("managed_by"), "managed_by", 100),
                    created=datetime.now(UTC),
                )
            )
            await _check_new(db, made[-1])
            db.add(made[-1])
        await db.flush()
        return {"data": [_connection(item) for item in made]}


async def _check_new(db: AsyncSession, item: TeamConnection) -> None:
    same = select(TeamConnection.id).where(
        TeamConnection.team_id == item.team_id,
        TeamConnection.connected_id == item.connected_id,
        TeamConnection.source == item.source,
    )
    if await db.scalar(same):
        raise ApiError(409, f"Team {item.team_id} is connected with {item.connected_id} already")


def _wanted(query: MultiDict[str], name: str, *, ids: bool = False) -> set[str]:
    """The values of a filter; ``ids``: UUIDs, which are the same in capitals."""
    return {one.lower() if ids else one for one in split_values(*query.getall(name, []))}


@get(_CONNECTIONS, guards=[user_guard])
async def list_connections(request: AnyRequest) -> Body:
    query = request.query_params
    filters = {
        "source": _wanted(query, "filter[sources]"),
        "team_id": _wanted(query, "filter[team_ids]", ids=True),
        "connected_id": _wanted(query, "filter[connected_team_ids]"),
        "id": _wanted(query, "filter[connection_ids]", ids=True),
    }
    async with services_of(request).database.session() as db:
        every = await db.scalars(select(TeamConnection).order_by(TeamConnection.created, TeamConnection.id))
        found = [
            item
            for item in every
            if all(not wanted or getattr(item, name) in wanted for name, wanted in filters.items())
        ]
    shown = page_of(found, query, 100)
    return {
        "data": [_connection(item) for item in shown],
        "meta": {"page": page_meta(len(found), query, 100)},
    }


@delete(_CONNECTIONS, guards=[user_guard])
async def delete_connections(request: AnyRequest, data: Body) -> None:
    async with services_of(request).database.session() as db:
        for item in _items(data):
            found = await db.get(TeamConnection, checked_id(str(item.get("id"))))
            if found is None:
                raise ApiError(404, f"Team connection {item.get('id')} not found")
            await _team(request, db, found.team_id)
            await db.delete(found)


handlers: list[ControllerRouterHandler] = [
    list_rules, create_rule, get_rule, update_rule, delete_rule, create_connections, list_connections,
    delete_connections,
]  # fmt: skip
