"""Endpoints of personal access tokens, and of service accounts with their application keys and tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import key_service, store
from heeler.accounts.key_service import TYPES, Body, Scope, attributes_of, parse_time
from heeler.accounts.keys import Kind
from heeler.accounts.model import User
from heeler.accounts.roles import role_ids_of
from heeler.accounts.user_routes import answer as user_answer
from heeler.accounts.user_routes import check_grant, data_of, role_ids_in
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import object_in, text_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal

AnyRequest = Request[Any, Any, Any]

_TOKENS = "/api/v2/personal_access_tokens"
_ACCOUNTS = "/api/v2/service_accounts"
_ACCOUNT_KEYS = _ACCOUNTS + "/{account:str}/application_keys"
_ACCOUNT_TOKENS = _ACCOUNTS + "/{account:str}/access_tokens"


async def _create(request: AnyRequest, kind: Kind, data: Body, account: str | None = None) -> Body:
    """Create a key or token for the caller or, with ``account``, for a service account."""
    principal, attributes = principal_of(request), attributes_of(data, TYPES[kind])
    scopes = store.checked_scopes(attributes.get("scopes"))
    if kind != "app" and scopes is None:
        raise bad_request("An access token needs scopes, a list of permission names.")
    key_service.check_grant(principal, scopes)
    expires = _expiry(attributes, required=kind == "pat") if kind != "app" else None
    async with services_of(request).database.session() as db:
        owner = principal.user_id
        if account is not None:
            owner = (await _service_account(db, account)).id
            await _check_roles_of(db, principal, owner)
        key, secret = await store.create_key(
            db, kind, text_in(attributes, "name", 200), owner, scopes, expires
        )
        return await key_service.answer(db, key, secret)


async def _check_roles_of(db: AsyncSession, principal: Principal, owner: int) -> None:
    """Raise a 403 if the account has roles that grant more than the caller has."""
    await check_grant(db, principal, (await role_ids_of(db, [owner])).get(owner, []))


def _expiry(attributes: Body, required: bool) -> datetime | None:
    given = attributes.get("expires_at")
    if given is None and not required:
        return None
    if given is None:
        raise bad_request("A personal access token needs expires_at.")
    expires = parse_time(given, "expires_at")
    if expires <= datetime.now(UTC):
        raise bad_request("Invalid expires_at. Expected a time in the future.")
    return expires


async def _service_account(db: AsyncSession, uuid: str) -> User:
    user = await store.user_by_uuid(db, uuid)
    if not user.service_account:
        raise ApiError(404, f"{uuid} not found")
    return user


async def _scope(db: AsyncSession, request: AnyRequest, kind: Kind, account: str | None) -> Scope:
    if account is not None:
        return Scope((kind,), (await _service_account(db, account)).id)
    everyone = principal_of(request).may("org_app_keys_read")
    return Scope((kind,), None if everyone else principal_of(request).user_id)


async def _list(request: AnyRequest, kind: Kind, account: str | None = None) -> Body:
    async with services_of(request).database.session() as db:
        scope = await _scope(db, request, kind, account)
        return await key_service.listed(db, scope, request.query_params)


async def _show(request: AnyRequest, kind: Kind, key_id: str, account: str | None = None) -> Body:
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, await _scope(db, request, kind, account))
        return await key_service.answer(db, key, include=request.query_params.get("include", ""))


async def _change(
    request: AnyRequest, kind: Kind, key_id: str, data: Body, account: str | None = None
) -> Body:
    principal, attributes = principal_of(request), attributes_of(data, TYPES[kind])
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, await _scope(db, request, kind, account))
        if account is None:
            key_service.check_access(principal, key, change=True)
        elif "scopes" in attributes and key.user_id is not None:
            await _check_roles_of(db, principal, key.user_id)
        if kind != "app" and attributes.get("scopes", []) is None:
            raise bad_request("An access token needs scopes, a list of permission names.")
        key_service.change(principal, key, attributes)
        return await key_service.answer(db, key)


async def _revoke(request: AnyRequest, kind: Kind, key_id: str, account: str | None = None) -> None:
    async with services_of(request).database.session() as db:
        key = await key_service.found(db, key_id, await _scope(db, request, kind, account))
        if account is None:
            key_service.check_access(principal_of(request), key, change=True)
        key.revoked = datetime.now(UTC)


@post(_TOKENS, guards=[writer_guard])
async def create_token(request: AnyRequest, data: Body) -> Body:
    """A token for ``Authorization: Bearer``: limited to ``scopes``, until ``expires_at``."""
    return await _create(request, "pat", data)


@get(_TOKENS, guards=[user_guard])
async def list_tokens(request: AnyRequest) -> Body:
    return await _list(request, "pat")


@get(_TOKENS + "/{token_id:str}", guards=[user_guard])
async def get_token(request: AnyRequest, token_id: str) -> Body:
    return await _show(request, "pat", token_id)


@patch(_TOKENS + "/{token_id:str}", guards=[writer_guard])
async def update_token(request: AnyRequest, token_id: str, data: Body) -> Body:
    return await _change(request, "pat", token_id, data)


@delete(_TOKENS + "/{token_id:str}", guards=[writer_guard])
async def revoke_token(request: AnyRequest, token_id: str) -> None:
    await _revoke(request, "pat", token_id)


@post(_ACCOUNTS, guards=[writer_guard])
async def create_service_account(request: AnyRequest, data: Body) -> Body:
    """A user for programs: it has roles, keys and tokens, and cannot log in."""
    given = data_of(data)
    attributes = object_in(given, "attributes")
    if attributes.get("service_account") is not True:
        raise bad_request("Invalid service_account. Expected true")
    title = text_in(attributes, "title", 200)
    wanted = role_ids_in(given) or []
    async with services_of(request).database.session() as db:
        await check_grant(db, principal_of(request), wanted)
        user = await store.create_user(
            db,
            text_in(attributes, "email", 320),
            text_in(attributes, "name", 200),
            wanted,
            service_account=True,
        )
        user.title = title
        return await user_answer(db, user)


@post(_ACCOUNT_KEYS, guards=[writer_guard])
async def create_account_key(request: AnyRequest, account: str, data: Body) -> Body:
    return await _create(request, "app", data, account)


@get(_ACCOUNT_KEYS, guards=[user_guard])
async def list_account_keys(request: AnyRequest, account: str) -> Body:
    return await _list(request, "app", account)


@get(_ACCOUNT_KEYS + "/{key_id:str}", guards=[user_guard])
async def get_account_key(request: AnyRequest, account: str, key_id: str) -> Body:
    return await _show(request, "app", key_id, account)


@patch(_ACCOUNT_KEYS + "/{key_id:str}", guards=[writer_guard])
async def update_account_key(request: AnyRequest, account: str, key_id: str, data: Body) -> Body:
    return await _change(request, "app", key_id, data, account)


@delete(_ACCOUNT_KEYS + "/{key_id:str}", guards=[writer_guard])
async def revoke_account_key(request: AnyRequest, account: str, key_id: str) -> None:
    await _revoke(request, "app", key_id, account)


@post(_ACCOUNT_TOKENS, guards=[writer_guard])
async def create_account_token(request: AnyRequest, account: str, data: Body) -> Body:
    return await _create(request, "sat", data, account)


@get(_ACCOUNT_TOKENS, guards=[user_guard])
async def list_account_tokens(request: AnyRequest, account: str) -> Body:
    return await _list(request, "sat", account)


@get(_ACCOUNT_TOKENS + "/{token_id:str}", guards=[user_guard])
async def get_account_token(request: AnyRequest, account: str, token_id: str) -> Body:
    return await _show(request, "sat", token_id, account)


@patch(_ACCOUNT_TOKENS + "/{token_id:str}", guards=[writer_guard])
async def update_account_token(request: AnyRequest, account: str, token_id: str, data: Body) -> Body:
    return await _change(request, "sat", token_id, data, account)


@delete(_ACCOUNT_TOKENS + "/{token_id:str}", guards=[writer_guard])
async def revoke_account_token(request: AnyRequest, account: str, token_id: str) -> None:
    await _revoke(request, "sat", token_id, account)


handlers: list[ControllerRouterHandler] = [
    create_token, list_tokens, get_token, update_token, revoke_token, create_service_account,
    create_account_key, list_account_keys, get_account_key, update_account_key, revoke_account_key,
    create_account_token, list_account_tokens, get_account_token, update_account_token, revoke_account_token,
]  # fmt: skip
