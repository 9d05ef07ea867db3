"""``/api/v2/integration/ms-teams``: webhooks of workflows. Handles of a tenant require an application
installed there, which Heeler is not: creating them is refused with that reason, lists of them are empty, and
any one of them, or a user bound to a tenant, is not found."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import ApiError, bad_request
from heeler.notify import destinations
from heeler.notify.model import Destination
from heeler.notify.resources import attributes_of, found_destination, text_of

_BASE = "/api/v2/integration/ms-teams/configuration"
_HANDLES = f"{_BASE}/workflows-webhook-handles"
_HANDLE = _HANDLES + "/{handle_id:str}"
_TENANT_HANDLES = f"{_BASE}/tenant-based-handles"
_TENANT_HANDLE = _TENANT_HANDLES + "/{handle_id:str}"
_TYPE = "workflows-webhook-handle"
_NO_TENANT = (
    "Heeler has no application in a Microsoft tenant. Create a workflow in the channel (Post to a channel "
    "when a webhook request is received) and add its URL as a workflows webhook handle"
)

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


def described(item: Destination) -> Body:
    return {"id": item.id, "type": _TYPE, "attributes": {"name": item.name}}


@post(_HANDLES, guards=[admin_guard], status_code=201)
async def create_handle(request: AnyRequest, data: Body) -> Body:
    """Add a workflow that can be notified as ``@teams-name``; its URL is a secret."""
    services, given = services_of(request), attributes_of(data, _TYPE)
    async with services.database.session() as db:
        item = await destinations.create(
            db, "msteams", destinations.checked_name(given.get("name")),
            secret=text_of(given, "url", limit=2048) or "", now=services.now(),
        )  # fmt: skip
        return {"data": described(item)}


@get(_HANDLES, guards=[admin_guard])
async def list_handles(request: AnyRequest) -> Body:
    """All handles, or those called ``name``."""
    name = request.query_params.get("name")
    async with services_of(request).database.session() as db:
        found = await destinations.destinations(db, "msteams")
        return {"data": [described(item) for item in found if not name or item.name == name]}


@get(_HANDLE, guards=[admin_guard])
async def get_handle(request: AnyRequest, handle_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described(await found_destination(db, "msteams", handle_id, "Handle"))}


@patch(_HANDLE, guards=[admin_guard])
async def update_handle(request: AnyRequest, handle_id: str, data: Body) -> Body:
    services, given = services_of(request), attributes_of(data, _TYPE)
    async with services.database.session() as db:
        item = await found_destination(db, "msteams", handle_id, "Handle")
        await destinations.change(
            db, item, secret=text_of(given, "url", required=False, limit=2048), now=services.now(),
            name=destinations.checked_name(given["name"]) if given.get("name") is not None else None,
        )  # fmt: skip
        return {"data": described(item)}


@delete(_HANDLE, guards=[admin_guard])
async def delete_handle(request: AnyRequest, handle_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await found_destination(db, "msteams", handle_id, "Handle"))


@post(_TENANT_HANDLES, guards=[admin_guard], status_code=201)
async def create_tenant_handle(data: Body) -> Body:
    raise bad_request(_NO_TENANT)


@get(_TENANT_HANDLES, guards=[admin_guard])
async def list_tenant_handles() -> Body:
    return {"data": []}


@get(_TENANT_HANDLE, guards=[admin_guard])
async def get_tenant_handle(handle_id: str) -> Body:
    raise ApiError(404, f"Handle {handle_id[:60]} not found. {_NO_TENANT}")


@patch(_TENANT_HANDLE, guards=[admin_guard])
async def update_tenant_handle(handle_id: str) -> Body:
    raise ApiError(404, f"Handle {handle_id[:60]} not found. {_NO_TENANT}")


@delete(_TENANT_HANDLE, guards=[admin_guard])
async def delete_tenant_handle(handle_id: str) -> None:
    raise ApiError(404, f"Handle {handle_id[:60]} not found. {_NO_TENANT}")


@delete(_BASE + "/user-binding/{tenant_id:str}", guards=[admin_guard])
async def delete_user_binding(tenant_id: str) -> None:
    raise ApiError(404, f"No user is bound to the tenant {tenant_id[:60]}. {_NO_TENANT}")


@get(_BASE + "/channel/{tenant:str}/{team:str}/{channel:str}", guards=[admin_guard])
async def get_channel(tenant: str, team: str, channel: str) -> Body:
    raise ApiError(404, f"Channel {channel} of {team} in {tenant} not found. {_NO_TENANT}")


handlers: list[ControllerRouterHandler] = [
    create_handle, list_handles, get_handle, update_handle, delete_handle,
    create_tenant_handle, list_tenant_handles, get_tenant_handle, update_tenant_handle, delete_tenant_handle,
    delete_user_binding, get_channel,
]  # fmt: skip
