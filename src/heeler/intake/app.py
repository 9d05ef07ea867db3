"""Intake as a bare ASGI application in front of the API, to avoid framework overhead on hot paths.

Other paths are passed through. A delivery (POST with only an API key) to a path that nothing serves is
refused and counted (see :mod:`heeler.intake.unsupported_telemetry`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.intake import (
    endpoints,
    logs,
    loki,
    otlp,
    processes,
    prometheus,
    tracer_configs,
    traces,
    unsupported_telemetry,
)
from heeler.intake.accounting import signals_of
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Receive, Reply, Scope, Send, read_body
from heeler.metric_usage.key_usage import KeyUsageCounter, set_sender
from heeler.store.database import DATABASE_BUSY, database_problem
from heeler.store.engine import EngineBusy, EngineTimeout, EngineUnavailable
from heeler.store.group_commit import RowsRejected, StoreFailed
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.body_limits import LimitExceeded
from heeler.wire.metrics.series import PayloadError

log = logging.getLogger("heeler.intake")

ENDPOINTS: dict[str, Endpoint] = {
    **endpoints.ENDPOINTS,
    **traces.ENDPOINTS,
    **logs.ENDPOINTS,
    **otlp.ENDPOINTS,
    **prometheus.ENDPOINTS,
    **loki.ENDPOINTS,
    **processes.ENDPOINTS,
    **unsupported_telemetry.ENDPOINTS,
    **tracer_configs.ENDPOINTS,
}

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Maximum bytes of bodies in progress, counted as if each body decompressed to ten times its size.
BUDGET_BYTES = 256 * 2**20
#: The same of the bodies sent with one API key: another's find room.
KEY_BYTES = BUDGET_BYTES * 3 // 4


class IntakeApp:
    """Serves the intake paths and passes everything else to ``inner``. Its owner calls :meth:`close`."""

    def __init__(self, services: Services, inner: ASGIApp) -> None:
        self._services = services
        self._inner = inner
        self.intake = Intake(services)
        services.part(otlp.OtlpHistories)  # records the server start, for counters that started later
        self._in_work = 0
        self._in_work_of: Counter[str] = Counter()
        telemetry.gauge("heeler.intake.series_known", lambda: len(self.intake.memo))
        telemetry.gauge("heeler.intake.bytes_in_work", lambda: self._in_work)

    def close(self) -> None:
        """Wait for the decoding threads."""
        self.intake.pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._inner(scope, receive, send)
            return
        head = logs.key_from_path(Head.of(scope))
        endpoint = ENDPOINTS.get(head.path)
        client = (scope.get("client") or ("",))[0]
        if endpoint is not None:
            reply = await self._answer(endpoint, head, client, receive)
            await reply.send(send)
        elif head.intake_only:
            await self._inner(scope, receive, _Unserved(self, head, client, send))
        else:
            await self._inner(scope, receive, send)

    async def _answer(self, endpoint: Endpoint, head: Head, client: str, receive: Receive) -> Reply:
        """Reply of the endpoint, or the error reply for its exception."""
        try:
            sender = await self._services.authenticator.api_key(head.api_key)
            return await self._handle(endpoint, head, client, receive, sender.key_id or "")
        except Exception as error:
            known = error_of(error)
            if known is None:
                log.exception("POST %s failed", head.path)
                name = type(error).__name__
                known = ApiError(500, f"Internal error ({name}); the server's log has the details.")
            return _refused(known, head)

    async def _handle(
        self, endpoint: Endpoint, head: Head, client: str, receive: Receive, key_id: str
    ) -> Reply:
        settings, usage = self._services.settings, self._services.part(KeyUsageCounter)
        usage.check(key_id, signals_of(head.path))
        set_sender(key_id)
        body = await read_body(head, receive, settings.max_body_bytes)
        claim = min(len(body) * 10, settings.max_inflated_bytes)
        own = self._in_work_of[key_id]
        if (self._in_work and self._in_work + claim > BUDGET_BYTES) or (own and own + claim > KEY_BYTES):
            raise StoreFull
        self._in_work += claim
        self._in_work_of[key_id] += claim
        try:
            reply = await endpoint(
                self.intake, Delivery(head, body, settings.max_inflated_bytes, self.intake.pool, client)
            )
            usage.note(key_id, "bytes", len(body))
            return reply
        finally:
            self._in_work -= claim
            self._in_work_of[key_id] -= claim
            if not self._in_work_of[key_id]:
                del self._in_work_of[key_id]

    async def refuse_unserved(self, head: Head, client: str) -> Reply:
        """Reply to a delivery to a path that nothing serves."""
        try:
            await self._services.authenticator.api_key(head.api_key)
        except ApiError as error:
            return refusal(error)
        return refusal(unsupported_telemetry.refuse(head, client, int(self._services.now())))


class _Unserved:
    """Replaces the framework's 404 by the intake's reply."""

    def __init__(self, app: IntakeApp, head: Head, client: str, send: Send) -> None:
        self._app = app
        self._head = head
        self._client = client
        self._send = send
        self._replaced = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] in (404, 405):
            self._replaced = True
            reply = await self._app.refuse_unserved(self._head, self._client)
            await reply.send(self._send)
        elif not self._replaced:
            await self._send(message)


RETRY_SOON = {"Retry-After": "2"}


def error_of(error: Exception) -> ApiError | None:
    """Convert an exception of the intake to an API error; None for a server fault."""
    match error:
        case ApiError():
            return error
        case LimitExceeded():
            return ApiError(413, "Payload too large", str(error))
        case PayloadError():
            return ApiError(400, str(error))
        case RowsRejected():
            return ApiError(400, f"The store cannot hold what was sent: {error}")
        case StoreFull():
            return ApiError(429, "More rows wait than the store can take; send again.", headers=RETRY_SOON)
        case DiskFull():
            return ApiError(507, "The server's disk is almost full; it takes no data until there is room.")
        case StoreFailed() if isinstance(error.__cause__, EngineTimeout):
            return ApiError(504, "The store took too long; send again.", headers=RETRY_SOON)
        case StoreFailed():
            return ApiError(503, f"The store failed: {error}. Send again.", headers=RETRY_SOON)
        case EngineTimeout():
            return ApiError(504, "The store took too long; send again.", headers=RETRY_SOON)
        case EngineBusy() | EngineUnavailable():
            return ApiError(503, f"{error}. Send again.", headers=RETRY_SOON)
        case PoolTimeout():
            return ApiError(*DATABASE_BUSY, headers=RETRY_SOON)
        case DatabaseError():
            problem = database_problem(str(error.orig))
            return None if problem is None else ApiError(*problem, headers=RETRY_SOON)
    return None


def _refused(error: ApiError, head: Head) -> Reply:
    """Error reply for ``error``, in the format of the request's protocol."""
    reply = refusal(error)
    if head.path in otlp.ENDPOINTS:
        reply.body, reply.content_type = otlp.refusal(error, head.header(b"content-type"))
    return reply


def refusal(error: ApiError) -> Reply:
    """Error reply for ``error``, counted by status."""
    telemetry.count("heeler.intake.refused", tags=(f"status:{error.status}",))
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    return Reply(error.status, orjson.dumps(error.body), headers=headers)
