"""Endpoints of API keys and application keys (v1), which identify a key by its own secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import key_service, store
from heeler.accounts.key_service import Body
from heeler.accounts.keys import Kind, masked
from heeler.accounts.model import Key
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError

AnyRequest = Request[Any, Any, Any]

_LISTS = ["/api/v1/api_key", "/api/v1/application_key"]
_KEYS = ["/api/v1/api_key/{secret:str}", "/api/v1/application_key/{secret:str}"]


class NamedBody(msgspec.Struct):
    name: str = ""


async def described(db: AsyncSession, key: Key, secret: str | None = None) -> Body:
    """Serialize a key in the v1 format; secrets that cannot be shown again are masked."""
    owner = (await key_service.owners_of(db, [key])).get(key.user_id or 0)
    email = owner.email if owner else ""
    shown = secret or masked(key)
    if key.kind == "app":
        return {"application_key": {"name": key.name, "owner": email, "hash": shown}}
    created = key.created.strftime("%Y-%m-%d %H:%M:%S")
    return {"api_key": {"name": key.name, "created": created, "created_by": email, "key": shown}}


def _kind_of(request: AnyRequest) -> Kind:
    return "app" if "/application_key" in request.url.path else "api"


@post(_LISTS, status_code=200, guards=[writer_guard])
async def create_key(request: AnyRequest, data: NamedBody) -> Body:
    principal, kind = principal_of(request), _kind_of(request)
    if kind == "app":
        key_service.check_grant(principal, None)
    async with services_of(request).database.session() as db:
        key, secret = await store.create_key(db, kind, data.name, principal.user_id)
        return await described(db, key, secret)


@get(_LISTS, guards=[user_guard])
async def list_keys(request: AnyRequest) -> Body:
    kind, principal = _kind_of(request), principal_of(request)
    everyone = kind == "api" or principal.may("org_app_keys_read")
    name = "application_key" if kind == "app" else "api_key"
    async with services_of(request).database.session() as db:
        keys = await store.active_keys(db, [kind], None if everyone else principal.user_id)
        return {f"{name}s": [(await described(db, key))[name] for key in keys]}


async def _by_secret(request: AnyRequest, db: AsyncSession, secret: str, change: bool) -> Key:
    kind = _kind_of(request)
    key = await store.key_by_secret(db, kind, secret)
    if key is None:
        raise ApiError(404, f"{key_service.TITLES[kind]} not found")
    key_service.check_access(principal_of(request), key, change)
    return key


@get(_KEYS, guards=[user_guard])
async def get_key(request: AnyRequest, secret: str) -> Body:
    async with services_of(request).database.session() as db:
        return await described(db, await _by_secret(request, db, secret, change=False), secret)


@put(_KEYS, guards=[writer_guard])
async def rename_key(request: AnyRequest, secret: str, data: NamedBody) -> Body:
    async with services_of(request).database.session() as db:
        key = await _by_secret(request, db, secret, change=True)
        key_service.change(principal_of(request), key, {"name": data.name} if data.name.strip() else {})
        return await described(db, key, secret)


@delete(_KEYS, status_code=200, guards=[writer_guard])
async def revoke_key(request: AnyRequest, secret: str) -> Body:
    async with services_of(request).database.session() as db:
        key = await _by_secret(request, db, secret, change=True)
        key.revoked = datetime.now(UTC)
        return await described(db, key, secret)


handlers: list[ControllerRouterHandler] = [create_key, list_keys, get_key, rename_key, revoke_key]
