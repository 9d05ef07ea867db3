"""Authentication guards for endpoints (``guards`` of a route handler).

API and application keys are read from headers (current clients) or from the query string (old scripts):
``DD-API-KEY`` or ``api_key``, ``DD-APPLICATION-KEY`` or ``application_key``/``app_key``; users authenticate
with the session cookie; scripts may send an access token as ``Authorization: Bearer``. The permission that
each endpoint requires is in :mod:`heeler.api.endpoint_permissions`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from heeler.api.client_address import client_address
from heeler.api.endpoint_permissions import Access, is_listed, permission_of
from heeler.api.errors import ApiError
from heeler.api.permissions import BY_NAME
from heeler.api.services import Principal, Services
from heeler.store.fair_slots import UNKNOWN, caller

SESSION_COOKIE = "heeler_session"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Parameters of paths that are the names of things, not ids.
_NAMES = frozenset({"host", "metric_id", "name", "service"})

#: Paths available to users who have not set up the required second factor.
_WITHOUT_SECOND_FACTOR = (
    "/api/ui/me",
    "/api/ui/totp",
    "/api/ui/password",
    "/api/ui/sessions",
    "/api/ui/status",
)

Connection = ASGIConnection[Any, Any, Any, Any]


def services_of(connection: Connection) -> Services:
    services: Services = connection.app.state.services
    return services


def principal_of(connection: Connection) -> Principal:
    """The authenticated caller; only behind one of the guards below."""
    principal: Principal = connection.scope["user"]
    return principal


def caller_of(scope: Mapping[str, Any]) -> str | None:
    """Whose slots (:mod:`heeler.store.fair_slots`) the work of an authenticated request takes."""
    principal = scope.get("user")
    if not isinstance(principal, Principal):
        return None
    return f"user:{principal.user_id}" if principal.user_id is not None else f"key:{principal.key_id}"


def address_of(connection: Connection) -> str:
    """The address of the client, resolved through trusted proxies."""
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
    """Guard of the intake: requires an API key."""
    connection.scope["user"] = await services_of(connection).authenticator.api_key(given_api_key(connection))


def given_token(connection: Connection) -> str | None:
    """The access token of an ``Authorization: Bearer`` header."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


async def user_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for reading: requires an API key and an application key, an access token, or a session."""
    await _authorize(connection, handler, Access.READ)


async def writer_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for changes: like reading, plus the write permission of the path."""
    await _authorize(connection, handler, Access.WRITE)


async def admin_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard for administration: like reading, plus the administration permission of the path."""
    await _authorize(connection, handler, Access.ADMIN)


async def session_guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard that requires a session of the web app: passwords, sessions and second factors are not accessible
    by keys.
    """
    await _identify(connection, handler)
    if principal_of(connection).key_id is not None:
        raise ApiError(403, "Forbidden", "This can only be done after logging in, not with a key.")


async def _authorize(connection: Connection, handler: BaseRouteHandler, access: Access) -> None:
    """Identify the caller and check the permission required by :mod:`heeler.api.endpoint_permissions`."""
    await _identify(connection, handler)
    principal, method = principal_of(connection), str(connection.scope.get("method", "GET"))
    path = str(connection.scope["path_template"])
    if "{source}" in path:  # the permission depends on the data that the explorer shows
        path = path.replace("{source}", str(connection.path_params["source"]))
    if principal.needs_second_factor and not path.startswith(_WITHOUT_SECOND_FACTOR):
        raise ApiError(
            403, "Forbidden", "Your organization requires a second factor. Set one up under your preferences."
        )
    permission = permission_of("GET" if method == "HEAD" else method, path, access)
    if permission is not None:
        require(principal, permission)
    elif principal.scopes is not None and not is_listed(path):
        raise ApiError(403, "Forbidden", "This key is limited to its scopes, and none covers this endpoint.")
    await services_of(connection).access.check(
        principal, permission, connection.path_params, change=access is not Access.READ
    )


def require(principal: Principal, permission: str) -> None:
    """Raise a 403 with the reason if the caller lacks ``permission``."""
    if principal.may(permission):
        return
    name = f"{permission} ({BY_NAME[permission].display_name})" if permission in BY_NAME else permission
    if permission in principal.permissions:
        reason = "which the scopes of this key do not include"
    else:
        reason = f"which your roles do not grant ({principal.role})"
    raise ApiError(403, "Forbidden", f"You do not have permission to do this. It requires {name}, {reason}.")


def lower_uuids(path_params: dict[str, Any]) -> None:
    """Write UUIDs of a path in lower case, as they are stored: in capitals they are the same (RFC 9562).

    Names stay as they are: a host may be called by the UUID of its machine, and its case counts.
    """
    for name, value in path_params.items():
        if name not in _NAMES and isinstance(value, str) and len(value) == 36 and _UUID.fullmatch(value):
            path_params[name] = value.lower()


async def _identify(connection: Connection, handler: BaseRouteHandler) -> None:
    lower_uuids(connection.path_params)
    api_key, app_key, token = given_api_key(connection), given_app_key(connection), given_token(connection)
    session = connection.cookies.get(SESSION_COOKIE)
    if session and not app_key and not token:
        await same_origin_guard(connection, handler)
    elif not api_key and not token and connection.url.path.startswith("/api/ui/"):
        raise ApiError(401, "Authentication required")
    services = services_of(connection)
    principal = await services.authenticator.principal(api_key, app_key, session, token)
    await services.access.admit(principal, address_of(connection))
    connection.scope["user"] = principal
    caller.set(caller_of(connection.scope) or UNKNOWN)


async def same_origin_guard(connection: Connection, _: BaseRouteHandler) -> None:
    """CSRF guard: requests with a session cookie must come from the server's own pages.

    Browsers send ``Sec-Fetch-Site``: a page of another site may neither change nor read (reading can have
    effects, such as a public snapshot). For browsers that do not: another site's page can send the cookie,
    but can neither hide its ``Origin`` nor send JSON without a preflight request.
    """
    if connection.headers.get("sec-fetch-site", "").lower() == "cross-site":
        raise ApiError(403, "This request came from a page of another site.")
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
