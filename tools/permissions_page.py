"""The page of permissions: what each allows, which managed roles have it, what each endpoint needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from litestar.handlers import HTTPRouteHandler

from heeler.api.auth import admin_guard, api_key_guard, session_guard, user_guard, writer_guard
from heeler.api.endpoint_permissions import Access, permission_of
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD, UNUSED, USED
from heeler.intake.app import ENDPOINTS
from heeler.server.routes import route_handlers

_ACCESS = {user_guard: Access.READ, writer_guard: Access.WRITE, admin_guard: Access.ADMIN}
_ROLES = {
    READ_ONLY: "Admin, Standard, Read Only",
    STANDARD: "Admin, Standard",
    ADMIN: "Admin",
}

_TOP = """\
# Permissions

A role grants permissions; a user may do what any of their roles grants. The managed roles (Admin, Standard,
Read Only) are fixed; custom roles are created by hand, through `/api/v2/roles`, or as clones. An application
key or access token with scopes may do only what both its user's roles and its scopes allow. This page is
written by `make reference` from `src/heeler/api/permissions.py` and
`src/heeler/api/endpoint_permissions.py`, which the server itself reads.
"""

_ENDPOINTS = """\
## What each endpoint needs

*Any login* is a session, an application key or an access token of anyone who is not disabled. *Session* is
the web app alone. *API key* is intake. Beside the permission, some things belong to somebody: a key to its
owner, a read-only dashboard to its author, a team to its members.
"""


def permissions_page() -> str:
    """Both tables."""
    parts = [_TOP, "| permission | what it allows | managed roles |", "|---|---|---|"]
    parts += [f"| `{item.name}` | {item.description} | {_ROLES[item.least]} |" for item in USED]
    unused = ", ".join(f"`{item.name}`" for item in UNUSED)
    parts += ["", f"Listed for roles of other installations, guarding nothing here: {unused}.", ""]
    parts += [_ENDPOINTS, "| endpoint | needs |", "|---|---|"]
    parts += [f"| {method} `{path}` | {needs} |" for path, method, needs in sorted(set(_served()))]
    return "\n".join([*parts, ""])


def _served() -> Iterator[tuple[str, str, str]]:
    for handler in route_handlers:
        if isinstance(handler, HTTPRouteHandler):
            for path in handler.paths:
                for method in handler.http_methods:
                    yield re.sub(r":\w+}", "}", path), str(method), _needs(handler, str(method), path)
    for path in ENDPOINTS:
        yield path, "POST", "API key"


def _needs(handler: HTTPRouteHandler, method: str, path: str) -> str:
    guards = handler.guards or ()
    for guard in guards:
        if guard in _ACCESS:
            permission = permission_of(method, path, _ACCESS[guard])
            return f"`{permission}`" if permission else "any login"
    if session_guard in guards:
        return "session"
    return "API key" if api_key_guard in guards else "nothing"
