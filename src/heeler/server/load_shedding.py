"""Refusals before the web framework sees a request: what would be refused anyway costs next to nothing.

In a flood, finding the handler, the caller and the reason of a refusal takes the event loop more than all the
rest together, and everybody else waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from heeler.accounts.login_attempts import BROWSER_COOKIE, address_bucket
from heeler.accounts.passwords import refuse_when_full
from heeler.accounts.sessions import refuse_early
from heeler.api.client_address import client_address
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.intake.app import ASGIApp
from heeler.intake.request import Receive, Reply, Scope, Send
from heeler.query.thread_pool import pool_of
from heeler.server.response_headers import HEADERS
from heeler.store.self_metrics import telemetry

LOGIN = "/api/ui/login"
#: Paths whose requests wait for a turn among the queries of the API.
QUERIES = frozenset({"/api/v1/query", "/api/v2/query/timeseries", "/api/v2/query/scalar"})
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class LoadShedding:
    """Passes requests to ``inner`` unless they would be refused for want of room."""

    def __init__(self, services: Services, inner: ASGIApp) -> None:
        self._services, self._inner = services, inner
        self._queries = pool_of(services.engine)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http":
                self._check(scope)
        except ApiError as error:
            telemetry.count("heeler.server.shed", tags=(f"status:{error.status}",))
            headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
            reply = Reply(error.status, orjson.dumps(error.body), headers=[*_HEADERS, *headers])
            await reply.send(send)
        else:
            await self._inner(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raise the refusal of a request that has no chance."""
        path = scope["path"]
        if path in QUERIES:
            if self._queries.full:
                raise ApiError(503, self._queries.full_text, headers={"Retry-After": "2"})
        elif path == LOGIN and scope["method"] == "POST":
            self._check_login(dict(scope["headers"]), (scope.get("client") or ("",))[0])

    def _check_login(self, headers: Mapping[bytes, bytes], peer: str) -> None:
        """A known browser has a count and room of its own, which only its user's hash can tell."""
        if f"{BROWSER_COOKIE}=".encode() in headers.get(b"cookie", b""):
            return
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        address = client_address(peer, forwarded, self._services.settings.trusted_proxies)
        refuse_early(self._services.login_attempts.wait_seconds(address_bucket(address)))
        refuse_when_full()
