"""``/api/v1/integration/pagerduty``: services and their integration keys, which are never returned."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import ApiError, bad_request
from heeler.notify import destinations
from heeler.notify.model import Destination

_SERVICES = "/api/v1/integration/pagerduty/configuration/services"
_SERVICE = _SERVICES + "/{name:str}"

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


async def _found(db: AsyncSession, name: str) -> Destination:
    found = await destinations.named(db, "pagerduty", name)
    if found is None:
        raise ApiError(404, "Service does not exist")
    return found


def _key(data: Body) -> str:
    key = data.get("service_key")
    if not isinstance(key, str) or not key:
        raise bad_request("Invalid service_key. Expected the integration key of the service")
    return key


@post(_SERVICES, guards=[admin_guard], status_code=201)
async def create_service(request: AnyRequest, data: Body) -> Body:
    """Add a service that can be notified as ``@pagerduty-service_name``."""
    services = services_of(request)
    name, key = destinations.checked_name(data.get("service_name")), _key(data)
    async with services.database.session() as db:
        item = await destinations.create(db, "pagerduty", name, secret=key, now=services.now())
        return {"service_name": item.name}


@get(_SERVICE, guards=[admin_guard])
async def get_service(request: AnyRequest, name: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"service_name": (await _found(db, name)).name}


@put(_SERVICE, guards=[admin_guard])
async def update_service(request: AnyRequest, name: str, data: Body) -> Body:
    """Replace the integration key."""
    services = services_of(request)
    async with services.database.session() as db:
        await destinations.change(db, await _found(db, name), secret=_key(data), now=services.now())
    return {}


@delete(_SERVICE, guards=[admin_guard])
async def delete_service(request: AnyRequest, name: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, name))


handlers: list[ControllerRouterHandler] = [create_service, get_service, update_service, delete_service]
