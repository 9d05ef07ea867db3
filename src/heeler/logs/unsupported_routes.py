"""Endpoints of unsupported log configuration (custom destinations): lists are empty, changes are refused with
the reason, single objects are 404."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, patch, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request

Object = dict[str, Any]
_V2 = "/api/v2/logs/config"
_DESTINATIONS = f"{_V2}/custom-destinations"
_REASON = (
    "Custom destinations are not supported: forward logs with a shipper such as Vector or Fluent Bit before "
    "they are sent here."
)


@get(_DESTINATIONS, guards=[user_guard])
async def list_none() -> Object:
    return {"data": []}


@post(_DESTINATIONS, guards=[writer_guard], status_code=200)
async def create_destination() -> None:
    raise bad_request(_REASON)


@get(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[user_guard])
async def get_destination(destination_id: str) -> None:
    raise _missing(destination_id)


@patch(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[writer_guard])
async def update_destination(destination_id: str) -> None:
    raise _missing(destination_id)


@delete(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[writer_guard])
async def delete_destination(destination_id: str) -> None:
    raise _missing(destination_id)


def _missing(ident: str) -> ApiError:
    return ApiError(404, f"No custom destination has the id {ident[:60]}. {_REASON}")


handlers: list[ControllerRouterHandler] = [
    list_none, create_destination, get_destination, update_destination, delete_destination,
]  # fmt: skip
