"""``/api/v2/monitor/policy``: tags that monitors require. Enforced when a monitor is created or changed;
existing monitors keep alerting."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.monitors.config_policies import check_tags, checked_policy
from heeler.monitors.model import ConfigPolicy, Monitor
from heeler.monitors.resources import attributes_of

_POLICIES = "/api/v2/monitor/policy"
_POLICY = _POLICIES + "/{policy_id:str}"
_TYPE = "monitor-config-policy"
MAX_POLICIES = 50

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


async def check_policies(db: AsyncSession, monitor: Monitor) -> None:
    """Raise a 400 if the tags of ``monitor`` violate a policy."""
    rows = await db.scalars(select(ConfigPolicy).order_by(ConfigPolicy.created, ConfigPolicy.id))
    check_tags([row.policy for row in rows], [str(tag) for tag in monitor.tags])


def described(item: ConfigPolicy) -> Body:
    return {"id": item.id, "type": _TYPE, "attributes": {"policy": item.policy, "policy_type": "tag"}}


async def _found(db: AsyncSession, policy_id: str, message: str) -> ConfigPolicy:
    try:
        found = await db.get(ConfigPolicy, str(uuid.UUID(policy_id)))
    except ValueError:
        raise bad_request("Invalid URL param: policy_id must be an uuid") from None
    if found is None:
        raise ApiError(404, message)
    return found


@post(_POLICIES, guards=[writer_guard], status_code=200)
async def create_policy(request: AnyRequest, data: Any) -> Body:
    services = services_of(request)
    policy = checked_policy(attributes_of(data, _TYPE))
    async with services.database.session() as db:
        if len((await db.scalars(select(ConfigPolicy.id))).all()) >= MAX_POLICIES:
            raise bad_request(f"At most {MAX_POLICIES} policies are allowed")
        item = ConfigPolicy(
            id=str(uuid.uuid4()), policy=policy, created=datetime.fromtimestamp(services.now(), UTC)
        )
        db.add(item)
        await db.flush()
        return {"data": described(item)}


@get(_POLICIES, guards=[user_guard])
async def list_policies(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        rows = await db.scalars(select(ConfigPolicy).order_by(ConfigPolicy.created, ConfigPolicy.id))
        return {"data": [described(item) for item in rows]}


@get(_POLICY, guards=[user_guard])
async def get_policy(request: AnyRequest, policy_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described(await _found(db, policy_id, "Monitor configuration policy not found"))}


@patch(_POLICY, guards=[writer_guard])
async def update_policy(request: AnyRequest, policy_id: str, data: Any) -> Body:
    attributes = attributes_of(data, _TYPE)
    async with services_of(request).database.session() as db:
        if str(data["data"].get("id") or policy_id).lower() != policy_id.lower():
            raise ApiError(422, "Policy id in request body does not match id in URL param")
        item = await _found(db, policy_id, "Monitor configuration policy not found")
        item.policy = checked_policy(attributes)
        return {"data": described(item)}


@delete(_POLICY, guards=[writer_guard])
async def delete_policy(request: AnyRequest, policy_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, policy_id, "Monitor config policy not found"))


handlers: list[ControllerRouterHandler] = [
    create_policy, list_policies, get_policy, update_policy, delete_policy,
]  # fmt: skip
