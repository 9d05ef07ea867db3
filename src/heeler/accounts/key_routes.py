"""API keys and application keys, in both generations of the API. Secrets are shown when they are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.keys import Kind, masked
from heeler.accounts.model import Key, User
from heeler.accounts.paging import page_of
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal

Body = dict[str, Any]

_TITLES: dict[Kind, str] = {"api": "API key", "app": "Application key"}
_TYPES: dict[Kind, str] = {"api": "api_keys", "app": "application_keys"}
_KEPT_PER_PAGE = 10


class KeyAttributes(msgspec.Struct):
    name: str = ""


class KeyData(msgspec.Struct):
    attributes: KeyAttributes
    type: str = ""
    id: str = ""


class KeyBody(msgspec.Struct):
    data: KeyData


class NamedBody(msgspec.Struct):
    name: str = ""


def described(key: Key, owner: User | None, secret: str | None = None) -> Body:
    """A key as the current API shows it; ``secret`` only in the answer that made it."""
    attributes: Body = {
        "created_at": key.created.isoformat(),
        "last4": key.last4,
        "name": key.name,
    }
    who = {"data": {"id": owner.uuid, "type": "users"}} if owner else None
    used = key.last_used.isoformat() if key.last_used else None
    if key.kind == "api":
        attributes |= {"modified_at": key.modified.isoformat(), "date_last_used": used, "category": ""}
        relationships: Body = {"created_by": who, "modified_by": who} if who else {}
    else:
        attributes |= {"scopes": None, "last_used_at": used}
        relationships = {"owned_by": who} if who else {}
    if secret is not None:
        attributes["key"] = secret
    kind: Kind = "app" if key.kind == "app" else "api"
    return {"id": key.id, "type": _TYPES[kind], "attributes": attributes, "relationships": relationships}


async def _owner(db: AsyncSession, key: Key) -> User | None:
    return await db.get(User, key.user_id) if key.user_id is not None else None


def _may_touch(principal: Principal, key: Key) -> bool:
    """Application keys act as their owner, so only the owner and administrators touch them."""
    return key.kind == "api" or principal.role == "admin" or key.user_id == principal.user_id


async def _found(db: AsyncSession, kind: Kind, key_id: str, principal: Principal, own: bool = False) -> Key:
    key: Key | None = await db.scalar(
        select(Key).where(Key.id == key_id, Key.kind == kind, Key.revoked.is_(None))
    )
    if key is None or (own and key.user_id != principal.user_id):
        raise ApiError(404, f"{_TITLES[kind]} not found")
    if not _may_touch(principal, key):
        raise ApiError(403, "This application key belongs to somebody else.")
    return key


async def _create(request: Request[Any, Any, Any], kind: Kind, name: str) -> Body:
    principal = principal_of(request)
    async with services_of(request).database.session() as db:
        key, secret = await store.create_key(db, kind, name, principal.user_id)
        return {"data": described(key, await _owner(db, key), secret)}


async def _list(request: Request[Any, Any, Any], kind: Kind, owner: int | None = None) -> Body:
    async with services_of(request).database.session() as db:
        keys = _matching(await store.live_keys(db, kind, owner), request.query_params.get("filter", ""))
        shown = page_of(keys, request.query_params, _KEPT_PER_PAGE)
        data = [described(key, await _owner(db, key)) for key in shown]
    limit = "max_allowed" if kind == "api" else "max_allowed_per_user"
    return {"data": data, "meta": {limit: 1000, "page": {"total_filtered_count": len(keys)}}}


def _matching(keys: Sequence[Key], text: str) -> list[Key]:
    return [key for key in keys if text.lower() in key.name.lower() or text == key.last4]


async def _rename(
    request: Request[Any, Any, Any], kind: Kind, key_id: str, body: KeyBody, own: bool = False
) -> Body:
    if not body.data.attributes.name.strip():
        raise bad_request("A key needs a name.")
    async with services_of(request).database.session() as db:
        key = await _found(db, kind, key_id, principal_of(request), own)
        key.name, key.modified = body.data.attributes.name.strip()[:200], datetime.now(UTC)
        return {"data": described(key, await _owner(db, key))}


async def _show(request: Request[Any, Any, Any], kind: Kind, key_id: str, own: bool = False) -> Body:
    async with services_of(request).database.session() as db:
        key = await _found(db, kind, key_id, principal_of(request), own)
        return {"data": described(key, await _owner(db, key))}


async def _revoke(request: Request[Any, Any, Any], kind: Kind, key_id: str, own: bool = False) -> None:
    async with services_of(request).database.session() as db:
        key = await _found(db, kind, key_id, principal_of(request), own)
        key.revoked = datetime.now(UTC)


@post("/api/v2/api_keys", guards=[writer_guard])
async def create_api_key(request: Request[Any, Any, Any], data: KeyBody) -> Body:
    return await _create(request, "api", data.data.attributes.name)


@get("/api/v2/api_keys", guards=[user_guard])
async def list_api_keys(request: Request[Any, Any, Any]) -> Body:
    return await _list(request, "api")


@get("/api/v2/api_keys/{key_id:str}", guards=[user_guard])
async def get_api_key(request: Request[Any, Any, Any], key_id: str) -> Body:
    return await _show(request, "api", key_id)


@patch("/api/v2/api_keys/{key_id:str}", guards=[writer_guard])
async def rename_api_key(request: Request[Any, Any, Any], key_id: str, data: KeyBody) -> Body:
    return await _rename(request, "api", key_id, data)


@delete("/api/v2/api_keys/{key_id:str}", guards=[writer_guard])
async def revoke_api_key(request: Request[Any, Any, Any], key_id: str) -> None:
    await _revoke(request, "api", key_id)


@get("/api/v2/application_keys", guards=[user_guard])
async def list_app_keys(request: Request[Any, Any, Any]) -> Body:
    principal = principal_of(request)
    return await _list(request, "app", None if principal.role == "admin" else principal.user_id)


@get("/api/v2/application_keys/{key_id:str}", guards=[user_guard])
async def get_app_key(request: Request[Any, Any, Any], key_id: str) -> Body:
    return await _show(request, "app", key_id)


@patch("/api/v2/application_keys/{key_id:str}", guards=[user_guard])
async def rename_app_key(request: Request[Any, Any, Any], key_id: str, data: KeyBody) -> Body:
    return await _rename(request, "app", key_id, data)


@delete("/api/v2/application_keys/{key_id:str}", guards=[user_guard])
async def revoke_app_key(request: Request[Any, Any, Any], key_id: str) -> None:
    await _revoke(request, "app", key_id)


@post("/api/v2/current_user/application_keys", guards=[user_guard])
async def create_own_key(request: Request[Any, Any, Any], data: KeyBody) -> Body:
    return await _create(request, "app", data.data.attributes.name)


@get("/api/v2/current_user/application_keys", guards=[user_guard])
async def list_own_keys(request: Request[Any, Any, Any]) -> Body:
    return await _list(request, "app", principal_of(request).user_id)


@get("/api/v2/current_user/application_keys/{key_id:str}", guards=[user_guard])
async def get_own_key(request: Request[Any, Any, Any], key_id: str) -> Body:
    return await _show(request, "app", key_id, own=True)


@patch("/api/v2/current_user/application_keys/{key_id:str}", guards=[user_guard])
async def rename_own_key(request: Request[Any, Any, Any], key_id: str, data: KeyBody) -> Body:
    return await _rename(request, "app", key_id, data, own=True)


@delete("/api/v2/current_user/application_keys/{key_id:str}", guards=[user_guard])
async def revoke_own_key(request: Request[Any, Any, Any], key_id: str) -> None:
    await _revoke(request, "app", key_id, own=True)


async def described_v1(db: AsyncSession, key: Key, secret: str | None = None) -> Body:
    """A key as the first API shows it; what cannot be shown again is masked."""
    owner = await _owner(db, key)
    email = owner.email if owner else ""
    shown = secret or masked(key)
    if key.kind == "app":
        return {"application_key": {"name": key.name, "owner": email, "hash": shown}}
    created = key.created.strftime("%Y-%m-%d %H:%M:%S")
    return {"api_key": {"name": key.name, "created": created, "created_by": email, "key": shown}}


def _kind_of(request: Request[Any, Any, Any]) -> Kind:
    return "app" if "/application_key" in request.url.path else "api"


@post(["/api/v1/api_key", "/api/v1/application_key"], status_code=200, guards=[writer_guard])
async def create_key_v1(request: Request[Any, Any, Any], data: NamedBody) -> Body:
    async with services_of(request).database.session() as db:
        key, secret = await store.create_key(db, _kind_of(request), data.name, principal_of(request).user_id)
        return await described_v1(db, key, secret)


@get(["/api/v1/api_key", "/api/v1/application_key"], guards=[user_guard])
async def list_keys_v1(request: Request[Any, Any, Any]) -> Body:
    kind, principal = _kind_of(request), principal_of(request)
    owner = principal.user_id if kind == "app" and principal.role != "admin" else None
    name = "application_key" if kind == "app" else "api_key"
    async with services_of(request).database.session() as db:
        keys = await store.live_keys(db, kind, owner)
        return {f"{name}s": [(await described_v1(db, key))[name] for key in keys]}


async def _by_secret(request: Request[Any, Any, Any], db: AsyncSession, secret: str) -> Key:
    kind = _kind_of(request)
    key = await store.key_by_secret(db, kind, secret)
    if key is None or not _may_touch(principal_of(request), key):
        raise ApiError(404, f"{_TITLES[kind]} not found")
    return key


@get(["/api/v1/api_key/{secret:str}", "/api/v1/application_key/{secret:str}"], guards=[user_guard])
async def get_key_v1(request: Request[Any, Any, Any], secret: str) -> Body:
    async with services_of(request).database.session() as db:
        return await described_v1(db, await _by_secret(request, db, secret), secret)


@put(["/api/v1/api_key/{secret:str}", "/api/v1/application_key/{secret:str}"], guards=[writer_guard])
async def rename_key_v1(request: Request[Any, Any, Any], secret: str, data: NamedBody) -> Body:
    async with services_of(request).database.session() as db:
        key = await _by_secret(request, db, secret)
        key.name, key.modified = data.name.strip()[:200] or key.name, datetime.now(UTC)
        return await described_v1(db, key, secret)


@delete(
    ["/api/v1/api_key/{secret:str}", "/api/v1/application_key/{secret:str}"],
    status_code=200,
    guards=[writer_guard],
)
async def revoke_key_v1(request: Request[Any, Any, Any], secret: str) -> Body:
    async with services_of(request).database.session() as db:
        key = await _by_secret(request, db, secret)
        key.revoked = datetime.now(UTC)
        return await described_v1(db, key, secret)


handlers: list[ControllerRouterHandler] = [
    create_api_key, list_api_keys, get_api_key, rename_api_key, revoke_api_key,
    list_app_keys, get_app_key, rename_app_key, revoke_app_key,
    create_own_key, list_own_keys, get_own_key, rename_own_key, revoke_own_key,
    create_key_v1, list_keys_v1, get_key_v1, rename_key_v1, revoke_key_v1,
]  # fmt: skip
