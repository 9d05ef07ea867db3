"""Route handlers of the package: keys, users, roles and sessions; key validation endpoints."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.accounts import (
    invitation_routes,
    key_routes,
    key_v1_routes,
    organization_routes,
    ownership,
    role_routes,
    sessions,
    setup_routes,
    token_routes,
    totp_routes,
    user_admin_routes,
    user_routes,
    user_v1_routes,
)
from heeler.accounts.keys import digest
from heeler.accounts.model import Key
from heeler.api.auth import api_key_guard, given_api_key, services_of, user_guard
from heeler.api.errors import ApiError


@get("/api/v1/validate", guards=[api_key_guard])
async def validate() -> dict[str, bool]:
    """Whether the API key is known; every client checks it at its start."""
    return {"valid": True}


@get("/api/v2/validate", guards=[api_key_guard])
async def validate_v2(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Details of this API key; every key may send and, with an application key, query."""
    hashed = digest((given_api_key(request) or "").strip())
    async with services_of(request).database.session() as session:
        key = await session.scalar(select(Key).where(Key.kind == "api", Key.hash == hashed))
    if key is None or key.revoked is not None:
        raise ApiError(403, "Forbidden", "This API key was revoked just now.")
    attributes = {"api_key_id": key.id, "api_key_scopes": [], "valid": True}
    return {"data": {"id": key.id, "type": "validate_v2", "attributes": attributes}}


@get("/api/v2/validate_keys", guards=[user_guard])
async def validate_keys() -> dict[str, str]:
    """Whether API key and application key are known here."""
    return {"status": "ok"}


handlers: list[ControllerRouterHandler] = [
    validate,
    validate_v2,
    validate_keys,
    *sessions.handlers,
    *setup_routes.handlers,
    *key_routes.handlers,
    *key_v1_routes.handlers,
    *token_routes.handlers,
    *invitation_routes.handlers,
    *totp_routes.handlers,
    *organization_routes.handlers,
    *user_routes.handlers,
    *user_admin_routes.handlers,
    *ownership.handlers,
    *user_v1_routes.handlers,
    *role_routes.handlers,
]
