"""Endpoints of keys, users, roles and sessions."""

from __future__ import annotations

from litestar import get
from litestar.types import ControllerRouterHandler

from heeler.accounts import key_routes, sessions, setup_routes, user_routes
from heeler.api.auth import api_key_guard


@get("/api/v1/validate", guards=[api_key_guard])
async def validate() -> dict[str, bool]:
    """Whether the API key is known here; every client asks at its start."""
    return {"valid": True}


handlers: list[ControllerRouterHandler] = [
    validate,
    *sessions.handlers,
    *setup_routes.handlers,
    *key_routes.handlers,
    *user_routes.handlers,
]
