"""Endpoints of API keys and application keys (v2). Secrets are returned only when a key is created."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler

from heeler.accounts import key_service, store
from heeler.accounts.key_service import Body, Scope, attributes_of
from heeler.accounts.keys import Kind
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import text_in

AnyRequest = Request[Any, Any, Any]

_API = Scope(("api",))
_APP = Scope(("app",))


def _own(request: AnyRequest) -> Scope:
    return Scope(("app",), principal_of(request).user_id)


async def _create(request: AnyRequest, kind: Kind, data: Body) -> Body:
    principal, attributes = principal_of(request), attributes_of(data, key_service.TYPES[kind])
    scopes = store.checked_scopes(attributes.get("scopes")) if kind == "app" else None
    if kind == "app":
        key_service.check_grant(principal, scopes)
    async with services_of(request).database.session() as db:
        name = text_in(attributes, "name", 200)
        key, secret = await store.create_key(db, kind, name, principal.user_id, scopes)
        if kind == "api":
            known = ("category", "remote_config_read_enabled")
            key_service.change(principal, key, {one: attributes[one] for one in known if one in attributes})
        return await key_service.answer(db, key, secret)


async def _list(request: AnyRequest, scope: Scope) -> Body:
    async with services_of(request).database.session() as db:
        return await key_service.listed(db, scope, request.query_params)


async def _show(request: AnyRequest, key_id: str, scope: Scope) -> Body:
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, scope)
        key_service.check_access(principal_of(request), key, change=False)
        return await key_service.answer(db, key, include=request.query_params.get("include", ""))


async def _change(request: AnyRequest, key_id: str, data: Body, scope: Scope) -> Body:
    principal, attributes = principal_of(request), attributes_of(data, key_service.TYPES[scope.kinds[0]])
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, scope)
        key_service.check_access(principal, key, change=True)
        key_service.change(principal, key, attributes)
        return await key_service.answer(db, key)


async def _revoke(request: AnyRequest, key_id: str, scope: Scope) -> None:
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, scope)
        key_service.check_access(principal_of(request), key, change=True)
        key.revoked = datetime.now(UTC)


@post("/api/v2/api_keys", guards=[writer_guard])
async def create_api_key(request: AnyRequest, data: Body) -> Body:
    return await _create(request, "api", data)


@get("/api/v2/api_keys", guards=[user_guard])
async def list_api_keys(request: AnyRequest) -> Body:
    return await _list(request, _API)


@get("/api/v2/api_keys/{key_id:str}", guards=[user_guard])
async def get_api_key(request: AnyRequest, key_id: str) -> Body:
    return await _show(request, key_id, _API)


@patch("/api/v2/api_keys/{key_id:str}", guards=[writer_guard])
async def update_api_key(request: AnyRequest, key_id: str, data: Body) -> Body:
    """Rename an API key: one's own, or any with ``api_keys_delete``."""
    return await _change(request, key_id, data, _API)


@delete("/api/v2/api_keys/{key_id:str}", guards=[writer_guard])
async def revoke_api_key(request: AnyRequest, key_id: str) -> None:
    """Revoke an API key: one's own, or any with ``api_keys_delete``."""
    await _revoke(request, key_id, _API)


@get("/api/v2/application_keys", guards=[user_guard])
async def list_app_keys(request: AnyRequest) -> Body:
    """The application keys of all users with ``org_app_keys_read``, otherwise one's own."""
    everyone = principal_of(request).may("org_app_keys_read")
    return await _list(request, _APP if everyone else _own(request))


@get("/api/v2/application_keys/{key_id:str}", guards=[user_guard])
async def get_app_key(request: AnyRequest, key_id: str) -> Body:
    return await _show(request, key_id, _APP)


@patch("/api/v2/application_keys/{key_id:str}", guards=[writer_guard])
async def update_app_key(request: AnyRequest, key_id: str, data: Body) -> Body:
    return await _change(request, key_id, data, _APP)


@delete("/api/v2/application_keys/{key_id:str}", guards=[writer_guard])
async def revoke_app_key(request: AnyRequest, key_id: str) -> None:
    await _revoke(request, key_id, _APP)


@post("/api/v2/current_user/application_keys", guards=[writer_guard])
async def create_own_key(request: AnyRequest, data: Body) -> Body:
    """Create an application key, limited to ``scopes`` if given."""
    return await _create(request, "app", data)


@get("/api/v2/current_user/application_keys", guards=[user_guard])
async def list_own_keys(request: AnyRequest) -> Body:
    return await _list(request, _own(request))


@get("/api/v2/current_user/application_keys/{key_id:str}", guards=[user_guard])
async def get_own_key(request: AnyRequest, key_id: str) -> Body:
    return await _show(request, key_id, _own(request))


@patch("/api/v2/current_user/application_keys/{key_id:str}", guards=[writer_guard])
async def update_own_key(request: AnyRequest, key_id: str, data: Body) -> Body:
    return await _change(request, key_id, data, _own(request))


@delete("/api/v2/current_user/application_keys/{key_id:str}", guards=[writer_guard])
async def revoke_own_key(request: AnyRequest, key_id: str) -> None:
    await _revoke(request, key_id, _own(request))


handlers: list[ControllerRouterHandler] = [
    create_api_key, list_api_keys, get_api_key, update_api_key, revoke_api_key,
    list_app_keys, get_app_key, update_app_key, revoke_app_key,
    create_own_key, list_own_keys, get_own_key, update_own_key, revoke_own_key,
]  # fmt: skip
