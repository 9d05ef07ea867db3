"""Endpoints of keys, users, roles and sessions."""

from __future__ import annotations

from litestar import get
from litestar.types import ControllerRouterHandler

from heeler.accounts import key_routes, sessions, setup_routes, user_routes
from heeler.api.auth import api_key_guard, user_guard


@get("/api/v1/validate", guards=[api_key_guard])
async def validate() -> dict[str, bool]:
    """Whether the API key is known here; every client asks at its start."""
    return {"valid": True}


@get("/api/v2/validate_keys", guards=[user_guard])
async def validate_keys() -> dict[str, str]:
    """Whether API key and application key are known here."""
    return {"status": "ok"}


handlers: list[ControllerRouterHandler] = [
    validate,
    validate_keys,
    *sessions.handlers,
    *setup_routes.handlers,
    *key_routes.handlers,
    *user_routes.handlers,
]
