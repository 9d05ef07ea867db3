"""``/api/v2/integration/opsgenie``: services and the account, with API keys that are never returned."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import bad_request
from heeler.notify import destinations
from heeler.notify.channels.opsgenie import ACCOUNT_NAME
from heeler.notify.model import Destination
from heeler.notify.resources import attributes_of, found_destination, text_of

_SERVICES = "/api/v2/integration/opsgenie/services"
_SERVICE = _SERVICES + "/{service_id:str}"
_TYPE = "opsgenie-service"
_ACCOUNTS = "/api/v2/integration/opsgenie/accounts"
_ACCOUNT = _ACCOUNTS + "/{account_id:str}"
_ACCOUNT_TYPE = "opsgenie-account"

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


def described(item: Destination) -> Body:
    return {
        "id": item.id,
        "type": _TYPE,
        "attributes": {
            "name": item.name,
            "region": item.settings["region"],
            "custom_url": item.settings.get("custom_url"),
        },
    }


@post(_SERVICES, guards=[admin_guard], status_code=201)
async def create_service(request: AnyRequest, data: Body) -> Body:
    """Add a service that can be notified as ``@opsgenie-name``."""
    services, given = services_of(request), attributes_of(data, _TYPE)
    settings = {key: given[key] for key in ("region", "custom_url") if given.get(key) is not None}
    text_of(given, "region")
    async with services.database.session() as db:
        item = await destinations.create(
            db, "opsgenie", destinations.checked_name(given.get("name"), 100), settings=settings,
            secret=text_of(given, "opsgenie_api_key") or "", now=services.now(),
        )  # fmt: skip
        return {"data": described(item)}


@get(_SERVICES, guards=[admin_guard])
async def list_services(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": [described(item) for item in await destinations.destinations(db, "opsgenie")]}


@get(_SERVICE, guards=[admin_guard])
async def get_service(request: AnyRequest, service_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described(await found_destination(db, "opsgenie", service_id, "Opsgenie service"))}


@patch(_SERVICE, guards=[admin_guard])
async def update_service(request: AnyRequest, service_id: str, data: Body) -> Body:
    """Change the given fields. The key must be given again if the address changes."""
    services, given = services_of(request), attributes_of(data, _TYPE)
    async with services.database.session() as db:
        item = await found_destination(db, "opsgenie", service_id, "Opsgenie service")
        settings: Body = dict(item.settings)
        settings |= {key: given[key] for key in ("region", "custom_url") if key in given}
        await destinations.change(
            db, item, settings=settings, now=services.now(),
            name=destinations.checked_name(given["name"], 100) if given.get("name") is not None else None,
            secret=text_of(given, "opsgenie_api_key", required=False),
        )  # fmt: skip
        return {"data": described(item)}


@delete(_SERVICE, guards=[admin_guard])
async def delete_service(request: AnyRequest, service_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await found_destination(db, "opsgenie", service_id, "Opsgenie service"))


def described_account(item: Destination) -> Body:
    return {"id": item.id, "type": _ACCOUNT_TYPE, "attributes": {"region": item.settings["region"]}}


def _account_settings(given: Body) -> Body:
    """The region. A region with an address of its own is one of services. Raises a 400."""
    if text_of(given, "region") == "custom":
        raise bad_request("An account has the region us or eu; a service may have a custom_url")
    return {"region": given["region"]}


@post(_ACCOUNTS, guards=[admin_guard], status_code=201)
async def create_account(request: AnyRequest, data: Body) -> Body:
    """Add the account, which is notified as ``@opsgenie``. There is one."""
    services, given = services_of(request), attributes_of(data, _ACCOUNT_TYPE)
    async with services.database.session() as db:
        item = await destinations.create(
            db, _ACCOUNT_TYPE, ACCOUNT_NAME, settings=_account_settings(given),
            secret=text_of(given, "api_key") or "", now=services.now(),
        )  # fmt: skip
        return {"data": described_account(item)}


@get(_ACCOUNTS, guards=[admin_guard])
async def list_accounts(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        found = await destinations.destinations(db, _ACCOUNT_TYPE)
        return {"data": [described_account(item) for item in found]}


@patch(_ACCOUNT, guards=[admin_guard])
async def update_account(request: AnyRequest, account_id: str, data: Body) -> Body:
    """Change the given fields. The key must be given again if the region changes."""
    services, given = services_of(request), attributes_of(data, _ACCOUNT_TYPE)
    async with services.database.session() as db:
        item = await found_destination(db, _ACCOUNT_TYPE, account_id, "Opsgenie account")
        await destinations.change(
            db, item, settings=_account_settings(given) if "region" in given else None,
            secret=text_of(given, "api_key", required=False), now=services.now(),
        )  # fmt: skip
        return {"data": described_account(item)}


@delete(_ACCOUNT, guards=[admin_guard])
async def delete_account(request: AnyRequest, account_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await found_destination(db, _ACCOUNT_TYPE, account_id, "Opsgenie account"))


handlers: list[ControllerRouterHandler] = [
    create_service, list_services, get_service, update_service, delete_service,
    create_account, list_accounts, update_account, delete_account,
]  # fmt: skip
