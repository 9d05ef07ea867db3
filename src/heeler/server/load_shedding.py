"""Refusals before the web framework sees a request: what would be refused anyway costs next to nothing.

In a flood, finding the handler, the caller and the reason of a refusal takes the event loop more than all the
rest together, and everybody else waits for it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from hashlib import blake2b
from typing import Any

import orjson

from heeler.accounts.login_attempts import BROWSER_COOKIE, address_bucket, buckets_of, login_name
from heeler.accounts.passwords import refuse_when_full
from heeler.accounts.sessions import refuse_early
from heeler.api.auth import caller_of
from heeler.api.client_address import client_address
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.intake.app import ASGIApp
from heeler.intake.request import Receive, Reply, Scope, Send
from heeler.query.thread_pool import pool_of
from heeler.server.response_headers import HEADERS
from heeler.store.fair_slots import UNKNOWN, caller
from heeler.store.self_metrics import telemetry

LOGIN = "/api/ui/login"
_LOGIN_BYTES = 4096
#: Credentials whose callers are remembered.
_MAX_KNOWN = 4096
#: Headers that say who calls.
_CREDENTIALS = (b"dd-api-key", b"dd-application-key", b"authorization", b"cookie")
#: Paths whose requests wait for a turn among the queries of the API.
QUERIES = frozenset({"/api/v1/query", "/api/v2/query/timeseries", "/api/v2/query/scalar"})
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class LoadShedding:
    """Passes requests to ``inner`` unless they would be refused for want of room."""

    def __init__(self, services: Services, inner: ASGIApp) -> None:
        self._services, self._inner = services, inner
        self._queries = pool_of(services.engine)
        self._known: OrderedDict[bytes, str] = OrderedDict()
        """Callers by the digest of their credentials, as they were authenticated before."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http":
                caller.set(UNKNOWN)
                receive = await self._check(scope, receive)
        except ApiError as error:
            telemetry.count("heeler.server.shed", tags=(f"status:{error.status}",))
            headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
            reply = Reply(error.status, orjson.dumps(error.body), headers=[*_HEADERS, *headers])
            await reply.send(send)
        else:
            await self._inner(scope, receive, send)
            if scope.get("path") in QUERIES and (who := caller_of(scope)):
                self._remember(_credentials(scope), who)

    def _remember(self, credentials: bytes, who: str) -> None:
        self._known[credentials] = who
        self._known.move_to_end(credentials)
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)

    async def _check(self, scope: Scope, receive: Receive) -> Receive:
        """Raise the refusal of a request that has no chance; else what the application receives it from."""
        path = scope["path"]
        if path in QUERIES:
            who = self._known.get(_credentials(scope)) if self._queries.full else None
            if who is not None and self._queries.full_for(who):
                raise ApiError(503, self._queries.full_text, headers={"Retry-After": "2"})
        elif path == LOGIN and scope["method"] == "POST":
            return await self._check_login(dict(scope["headers"]), (scope.get("client") or ("",))[0], receive)
        return receive

    async def _check_login(self, headers: Mapping[bytes, bytes], peer: str, receive: Receive) -> Receive:
        """A known browser has a count and room of its own, which only its user's hash can tell."""
        if f"{BROWSER_COOKIE}=".encode() in headers.get(b"cookie", b""):
            return receive
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        address = client_address(peer, forwarded, self._services.settings.trusted_proxies)
        attempts = self._services.login_attempts
        refuse_early(attempts.wait_seconds(address_bucket(address)))
        refuse_when_full()
        body, receive = await _first_part(receive)
        email = _email_in(body)
        if email:
            own, shared = buckets_of(email, address, None)
            refuse_early(max(attempts.wait_seconds(bucket) for bucket in (own, *shared)))
        return receive


def _credentials(scope: Scope) -> bytes:
    """Digest of what says who calls: headers, or the query string of old scripts."""
    digest = blake2b(digest_size=16)
    given = [(name, value) for name, value in scope["headers"] if name in _CREDENTIALS]
    for name, value in given:
        digest.update(b"%s\0%s\0" % (name, value))
    if not any(name != b"dd-api-key" for name, _ in given):
        digest.update(scope.get("query_string", b""))
    return digest.digest()


async def _first_part(receive: Receive) -> tuple[bytes, Receive]:
    """The first part of a body, which is all of a small one, and what gives it and the rest once more."""
    parts = [await receive()]

    async def again() -> MutableMapping[str, Any]:
        return parts.pop() if parts else await receive()

    message = parts[0]
    whole = message["type"] == "http.request" and not message.get("more_body", False)
    return (message.get("body", b"") if whole else b""), again


def _email_in(body: bytes) -> str:
    """The user of a login; empty where the body is not as expected: the framework says what is wrong."""
    if not body or len(body) > _LOGIN_BYTES:
        return ""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    email = document.get("email") if isinstance(document, dict) else None
    return login_name(email) if isinstance(email, str) else ""
