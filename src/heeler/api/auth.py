"""Who is calling: guards that endpoints name in their ``guards`` list.

Keys come in headers (current clients) or in the query (old scripts): ``DD-API-KEY`` or ``api_key``,
``DD-APPLICATION-KEY`` or ``application_key``/``app_key``; people come with the session cookie.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from heeler.api.client_address import client_address
from heeler.api.errors import ApiError
from heeler.api.services import Principal, Services

SESSION_COOKIE = "heeler_session"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    services: Services = connection.app.state.services
    return services


def principal_of(connection: Connection) -> Principal:
    """Who calls; only behind one of the guards below."""
    principal: Principal = connection.scope["user"]
    return principal


def address_of(connection: Connection) -> str:
    """The address of the client, found through the proxies that are trusted."""
    peer = connection.client.host if connection.client else ""
    forwarded = ",".join(connection.headers.getall("x-forwarded-for", []))
    return client_address(peer, forwarded, services_of(connection).settings.trusted_proxies)


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


async def user_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Reading: an API key and an application key, or a session."""
    api_key, app_key = given_api_key(connection), given_app_key(connection)
    session = connection.cookies.get(SESSION_COOKIE)
    if session and not app_key:
        await same_origin_guard(connection, handler)
    elif not api_key and connection.url.path.startswith("/api/ui/"):
        raise ApiError(401, "Log in first.")
    connection.scope["user"] = await services_of(connection).authenticator.principal(
        api_key, app_key, session
    )


async def writer_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Changing: as reading, by someone whose role allows it."""
    await user_guard(connection, handler)
    principal = principal_of(connection)
    if not principal.can_write:
        raise ApiError(403, f"Your role ({principal.role}) may read, but not change this.")


async def admin_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    await user_guard(connection, handler)
    if principal_of(connection).role != "admin":
        raise ApiError(403, "Only an administrator may do this.")


async def same_origin_guard(connection: Connection, _: BaseRouteHandler) -> None:
    """A change by cookie comes from our own pages: another site's page can send the cookie, but neither hide
    its ``Origin`` nor send JSON without asking first."""
    if connection.scope.get("method", "GET") in _SAFE_METHODS:
        return
    origin = connection.headers.get("origin")
    if origin is not None and not _is_ours(connection, origin):
        raise ApiError(
            403,
            f"This request came from a page of {origin}. When the server is behind a proxy, set "
            "HEELER_PUBLIC_URL to the address that people use.",
        )
    if connection.headers.get("content-type", "").lower().startswith(_FORM_TYPES):
        raise ApiError(415, "Send the body as application/json.")


def _is_ours(connection: Connection, origin: str) -> bool:
    given = urlsplit(origin).netloc
    return bool(given) and given in (
        connection.headers.get("host", ""),
        urlsplit(services_of(connection).settings.public_url).netloc,
    )
