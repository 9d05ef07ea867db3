"""Who is calling: guards that endpoints name in their ``guards`` list.

Keys come in headers (current clients) or in the query (old scripts): ``DD-API-KEY`` or ``api_key``,
``DD-APPLICATION-KEY`` or ``application_key``/``app_key``; people come with the session cookie.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services

SESSION_COOKIE = "heeler_session"

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    services: Services = connection.app.state.services
    return services


def given_api_key(connection: Connection) -> str | None:
    return connection.headers.get("dd-api-key") or connection.query_params.get("api_key")


def given_app_key(connection: Connection) -> str | None:
    query = connection.query_params
    return (
        connection.headers.get("dd-application-key") or query.get("application_key") or query.get("app_key")
    )


async def api_key_guard(connection: Connection, _: BaseRouteHandler) -> None:
    """Intake: an API key is enough."""
    connection.scope["user"] = await services_of(connection).authenticator.api_key(given_api_key(connection))


async def user_guard(connection: Connection, _: BaseRouteHandler) -> None:
    """Reading: an API key and an application key, or a session."""
    connection.scope["user"] = await services_of(connection).authenticator.principal(
        given_api_key(connection), given_app_key(connection), connection.cookies.get(SESSION_COOKIE)
    )


async def writer_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Changing: as reading, by someone whose role allows it."""
    await user_guard(connection, handler)
    principal: Principal = connection.scope["user"]
    if not principal.can_write:
        raise ApiError(403, f"Your role ({principal.role}) may read, but not change this.")


async def admin_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    await user_guard(connection, handler)
    if connection.scope["user"].role != "admin":
        raise ApiError(403, "Only an administrator may do this.")
