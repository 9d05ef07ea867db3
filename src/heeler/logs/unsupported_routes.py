"""Endpoints of unsupported log configuration (archives, custom destinations): lists are
empty, changes are refused with the reason, single objects are 404."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, patch, post, put
from litestar.types import ControllerRouterHandler

from heeler.api.auth import user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request

Object = dict[str, Any]
_V2 = "/api/v2/logs/config"
_ARCHIVES = f"{_V2}/archives"
_DESTINATIONS = f"{_V2}/custom-destinations"
_REASONS = {
    "archive": "Archives are not supported: logs stay in the store for HEELER_LOG_RETENTION_DAYS, and "
    "'heeler backup' copies it.",
    "custom destination": "Custom destinations are not supported: forward logs with a shipper such as Vector "
    "or Fluent Bit before they are sent here.",
}


@get([_ARCHIVES, _DESTINATIONS], guards=[user_guard])
async def list_none() -> Object:
    return {"data": []}


@get(f"{_V2}/archive-order", guards=[user_guard])
async def archive_order() -> Object:
    return {"data": {"type": "archive_order", "attributes": {"archive_ids": []}}}


@post(_ARCHIVES, guards=[writer_guard], status_code=200)
async def create_archive() -> None:
    raise bad_request(_REASONS["archive"])


@put(f"{_V2}/archive-order", guards=[writer_guard])
async def update_archive_order() -> None:
    raise bad_request(_REASONS["archive"])


@post(_DESTINATIONS, guards=[writer_guard], status_code=200)
async def create_destination() -> None:
    raise bad_request(_REASONS["custom destination"])


@get(f"{_ARCHIVES}/{{archive_id:str}}", guards=[user_guard])
async def get_archive(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@put(f"{_ARCHIVES}/{{archive_id:str}}", guards=[writer_guard])
async def update_archive(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@delete(f"{_ARCHIVES}/{{archive_id:str}}", guards=[writer_guard])
async def delete_archive(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@get(f"{_ARCHIVES}/{{archive_id:str}}/readers", guards=[user_guard])
async def list_archive_readers(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@post(f"{_ARCHIVES}/{{archive_id:str}}/readers", guards=[writer_guard])
async def add_archive_reader(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@delete(f"{_ARCHIVES}/{{archive_id:str}}/readers", guards=[writer_guard])
async def remove_archive_reader(archive_id: str) -> None:
    raise _missing("archive", archive_id)


@get(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[user_guard])
async def get_destination(destination_id: str) -> None:
    raise _missing("custom destination", destination_id)


@patch(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[writer_guard])
async def update_destination(destination_id: str) -> None:
    raise _missing("custom destination", destination_id)


@delete(f"{_DESTINATIONS}/{{destination_id:str}}", guards=[writer_guard])
async def delete_destination(destination_id: str) -> None:
    raise _missing("custom destination", destination_id)


def _missing(what: str, ident: str) -> ApiError:
    return ApiError(404, f"No {what} has the id {ident[:60]}. {_REASONS[what]}")


handlers: list[ControllerRouterHandler] = [
    list_none, archive_order, create_archive, update_archive_order, create_destination, get_archive,
    update_archive, delete_archive, list_archive_readers, add_archive_reader, remove_archive_reader,
    get_destination, update_destination, delete_destination,
]  # fmt: skip
