"""``/api/v1/integration/slack``: the channels of a Slack account. Accounts are created on the integrations
page, as the public API cannot create them."""

from __future__ import annotations

from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import admin_guard, services_of
from heeler.api.errors import ApiError, bad_request
from heeler.notify import destinations
from heeler.notify.channels.base import InvalidDestination
from heeler.notify.channels.slack import DISPLAY, checked_display
from heeler.notify.model import Destination

_CHANNELS = "/api/v1/integration/slack/configuration/accounts/{account:str}/channels"
_CHANNEL = _CHANNELS + "/{channel:str}"

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


def described(item: Destination) -> Body:
    return {"name": item.name, "display": {**DISPLAY, **item.settings.get("display", {})}}


async def _check_account(db: AsyncSession, account: str) -> None:
    if await destinations.named(db, "slack-account", account) is None:
        raise ApiError(404, f"Slack account {account!r} not found")


async def _found(db: AsyncSession, account: str, channel: str) -> Destination:
    await _check_account(db, account)
    for name in (channel, f"#{channel.lstrip('#')}"):
        found = await destinations.named(db, "slack", name, account)
        if found is not None:
            return found
    raise ApiError(404, f"Slack channel {channel!r} not found")


def _name(data: Body) -> str:
    """Channel name with ``#``, as Slack's own clients write it."""
    name = destinations.checked_name(data.get("name"), 81)
    return name if name.startswith("#") else f"#{name}"


def _display(data: Body, stored: dict[str, bool] | None = None) -> dict[str, bool]:
    try:
        return checked_display(data.get("display"), stored)
    except InvalidDestination as error:
        raise bad_request(str(error)) from None


@post(_CHANNELS, guards=[admin_guard], status_code=200)
async def create_channel(request: AnyRequest, account: str, data: Body) -> Body:
    """Add a channel that can be notified as ``@slack-account-channel``."""
    services = services_of(request)
    async with services.database.session() as db:
        await _check_account(db, account)
        item = await destinations.create(
            db, "slack", _name(data), account=account, settings={"display": _display(data)},
            now=services.now(),
        )  # fmt: skip
        return described(item)


@get(_CHANNELS, guards=[admin_guard])
async def list_channels(request: AnyRequest, account: str) -> list[Body]:
    async with services_of(request).database.session() as db:
        await _check_account(db, account)
        found = await destinations.destinations(db, "slack")
        return [described(item) for item in found if item.account == account]


@get(_CHANNEL, guards=[admin_guard])
async def get_channel(request: AnyRequest, account: str, channel: str) -> Body:
    async with services_of(request).database.session() as db:
        return described(await _found(db, account, channel))


@patch(_CHANNEL, guards=[admin_guard])
async def update_channel(request: AnyRequest, account: str, channel: str, data: Body) -> Body:
    services = services_of(request)
    async with services.database.session() as db:
        item = await _found(db, account, channel)
        display = _display(data, item.settings.get("display"))
        name = _name(data) if data.get("name") is not None else None
        await destinations.change(db, item, name=name, settings={"display": display}, now=services.now())
        return described(item)


@delete(_CHANNEL, guards=[admin_guard])
async def delete_channel(request: AnyRequest, account: str, channel: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, account, channel))


handlers: list[ControllerRouterHandler] = [
    create_channel, list_channels, get_channel, update_channel, delete_channel,
]  # fmt: skip
