"""The intake as a bare ASGI application in front of the API: hot paths pay for no framework.

Other paths pass through. A delivery (POST with an API key alone) to a path that nothing serves is taken
with 202
and counted by path in `heeler.intake.unknown`: a real Agent would send it again for ever after a 404.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.intake import endpoints, logs, traces
from heeler.intake.endpoints import Endpoint, Intake
from heeler.intake.request import Head, Receive, Reply, Scope, Send, read_body
from heeler.store.commit import RowsRejected, StoreFailed
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.compression import TooLarge, inflate
from heeler.wire.metrics.series import PayloadError

log = logging.getLogger("heeler.intake")

ENDPOINTS: dict[str, Endpoint] = {**endpoints.ENDPOINTS, **traces.ENDPOINTS, **logs.ENDPOINTS}

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Body bytes that may be in work at a time, counted as if each were inflated to the limit of its compressed
#: size.
BUDGET_BYTES = 256 * 2**20


class IntakeApp:
    """Serves the intake paths and hands everything else to ``inner``."""

    def __init__(self, services: Services, inner: ASGIApp) -> None:
        self._services = services
        self._inner = inner
        self.intake = Intake(services)
        self._in_work = 0
        telemetry.gauge("heeler.intake.series_known", lambda: len(self.intake.memo))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._inner(scope, receive, send)
            return
        head = logs.key_from_path(Head.of(scope))
        endpoint = ENDPOINTS.get(head.path)
        if endpoint is not None:
            reply = await self._answer(endpoint, head, receive)
            await reply.send(send)
        elif head.intake_only:
            await self._inner(scope, receive, _Unknown(self, head, send))
        else:
            await self._inner(scope, receive, send)

    async def _answer(self, endpoint: Endpoint, head: Head, receive: Receive) -> Reply:
        """The endpoint's reply, or the refusal that its exception stands for."""
        try:
            await self._services.authenticator.api_key(head.api_key)
            return await self._handle(endpoint, head, receive)
        except ApiError as error:
            return refusal(error)
        except TooLarge as error:
            return refusal(ApiError(413, "Payload too large", str(error)))
        except PayloadError as error:
            return refusal(ApiError(400, str(error)))
        except StoreFull:
            return refusal(
                ApiError(429, "More rows wait than the store can take; send again.", headers=RETRY_SOON)
            )
        except DiskFull:
            return refusal(
                ApiError(507, "The server's disk is almost full; it takes no data until there is room.")
            )
        except RowsRejected as error:
            return refusal(ApiError(400, f"The store cannot hold what was sent: {error}"))
        except StoreFailed as error:
            return refusal(ApiError(503, f"The store failed: {error}. Send again.", headers=RETRY_SOON))
        except Exception as error:
            log.exception("POST %s failed", head.path)
            name = type(error).__name__
            return refusal(ApiError(500, f"Internal error ({name}); the server's log has the details."))

    async def _handle(self, endpoint: Endpoint, head: Head, receive: Receive) -> Reply:
        settings = self._services.settings
        body = await read_body(head, receive, settings.max_body_bytes)
        encoding = head.header(b"content-encoding")
        # A body inflates to less than ten times its size, but for bombs, which the limit stops.
        claim = min(len(body) * 10, settings.max_inflated_bytes)
        if self._in_work and self._in_work + claim > BUDGET_BYTES:
            raise StoreFull
        self._in_work += claim
        try:
            plain = inflate(body, encoding, settings.max_inflated_bytes)
            del body
            return await endpoint(self.intake, head, plain)
        finally:
            self._in_work -= claim

    async def take_unknown(self, head: Head) -> Reply:
        """Answers a delivery that nothing serves."""
        try:
            await self._services.authenticator.api_key(head.api_key)
        except ApiError as error:
            return refusal(error)
        telemetry.count("heeler.intake.unknown", tags=(f"path:{head.path or '/'}",))
        log.info("POST %s is not known; it was answered 202 and not kept", head.path)
        return Reply()


class _Unknown:
    """Turns the framework's "no such path" into the intake's answer."""

    def __init__(self, app: IntakeApp, head: Head, send: Send) -> None:
        self._app = app
        self._head = head
        self._send = send
        self._replaced = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] in (404, 405):
            self._replaced = True
            reply = await self._app.take_unknown(self._head)
            await reply.send(self._send)
        elif not self._replaced:
            await self._send(message)


RETRY_SOON = {"Retry-After": "2"}


def refusal(error: ApiError) -> Reply:
    telemetry.count("heeler.intake.refused", tags=(f"status:{error.status}",))
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    return Reply(error.status, orjson.dumps(error.body), headers=headers)
