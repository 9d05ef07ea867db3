"""uvicorn's HTTP/1.1 protocol with a fast path for small metric payloads (see `series_batching.py`).

A request is recognized by its head. Anything but a plain POST in one of two formats, with a key that was
verified a moment ago, takes the regular path from the start; so does any body that :class:`Direct` declines.
"""

from __future__ import annotations

import asyncio
import math
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from heeler.intake.connection_limits import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MAX_HEAD_BYTES,
    STALL_SECONDS,
    Connections,
)
from heeler.intake.request import REQUEST_ID, request_id
from heeler.intake.series_batching import Direct
from heeler.wire.metrics import fast_path

_FORMS = {
    b"/api/v1/series": (fast_path.JSON, b"json", b'{"status":"ok"}'),
    b"/api/v2/series": (fast_path.PROTOBUF, b"protobuf", b'{"errors":[]}'),
}
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%s\r\n%s"
_CLOSE = b"connection: close\r\n"
_REFUSED = (
    b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
)


class _Nobody:
    """Null object for the event on which a request's handler waits for its body."""

    def set(self) -> None:
        return None


class DirectDelivery:
    """One request on the fast path: the subset of `RequestResponseCycle` that the protocol uses."""

    __slots__ = (
        "_protocol", "_reply", "_scope", "_url", "body", "disconnected", "encoding", "form", "keep_alive",
        "key_id", "more_body", "request_id", "response_complete",
    )  # fmt: skip
    message_event = _Nobody()

    def __init__(
        self,
        protocol: DirectProtocol,
        form: fast_path.Form,
        encoding: str,
        key_id: str,
        reply: bytes,
        keep_alive: bool,
    ) -> None:
        self._protocol, self._reply = protocol, reply
        self._scope, self._url = protocol.scope, protocol.url
        self.form, self.encoding, self.key_id, self.keep_alive = form, encoding, key_id, keep_alive
        self.request_id = request_id(dict(protocol.headers).get(REQUEST_ID, b""))
        self.body = bytearray()
        self.more_body = True
        self.disconnected = self.response_complete = False

    @property
    def payload(self) -> bytes:
        return bytes(self.body)

    def accept(self) -> None:
        self.response_complete = True
        if not self.disconnected:
            self._protocol.send_accepted(self._reply, self.keep_alive, self.request_id)

    def hand_over(self) -> None:
        if self.disconnected:
            return
        path = {"path": self._url.decode("ascii"), "raw_path": self._url}
        self._protocol.start_over(self, {**self._scope, "method": "POST", "query_string": b"", **path})


class DirectProtocol(HttpToolsProtocol):
    """Protocol of one connection. ``direct`` and ``open_connections`` are shared by all.

    Timeouts are those of :mod:`heeler.intake.connection_limits`.
    """

    def __init__(self, *args: Any, direct: Direct, open_connections: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._direct = direct
        self._others = open_connections
        self._head_bytes = 0
        self._in_head = True
        self._body_until = math.inf
        self.due = math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._others.enter(self):
            self.due = self.loop.time() + HEAD_SECONDS
        else:
            self._refuse(503, "Too many connections are open; try again.")

    def connection_lost(self, exc: Exception | None) -> None:
        self.due = math.inf
        self._others.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"The head of a request may have {MAX_HEAD_BYTES} bytes.")
        elif not self._in_head and self.due < math.inf:
            self.due = min(self.loop.time() + STALL_SECONDS, self._body_until)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self.due = self.loop.time() + HEAD_SECONDS

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        now = self.loop.time()
        self.due, self._body_until = now + STALL_SECONDS, now + BODY_SECONDS
        delivery = self._delivery()
        if delivery is None:
            super().on_headers_complete()
        else:
            self.cycle = delivery  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        self.due = math.inf
        self._others.works(self)
        super().on_message_complete()
        cycle: object = self.cycle
        if isinstance(cycle, DirectDelivery):
            self._direct.take(cycle)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.due == math.inf and not self.pipeline:
            self._others.waits(self)

    def evict(self) -> None:
        self.transport.close()

    def expire(self) -> None:
        """Close a connection whose request did not arrive in time."""
        if self.flow.read_paused:  # reading was paused by this side
            self.due = self.loop.time() + STALL_SECONDS
        elif self._in_head and not self._head_bytes:
            self.evict()
        else:
            self._refuse(408, "The request did not arrive in time.")

    def _refuse(self, status: int, message: str) -> None:
        """Send an error and close, unless a response was started."""
        self.due = math.inf
        cycle = self.cycle
        if self._in_head or (cycle is not None and not getattr(cycle, "response_started", False)):
            body = orjson.dumps({"errors": [message]})
            phrase = HTTPStatus(status).phrase.encode()
            self.transport.write(_REFUSED % (status, phrase, len(body), body))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _delivery(self) -> DirectDelivery | None:
        """The current request as a delivery; None if it must take the regular path."""
        form, content, reply = _FORMS.get(self.url, (None, b"", b""))
        if form is None or self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return None
        if self.cycle is not None and not self.cycle.response_complete:
            return None
        head = dict(self.headers)
        length, key = head.get(b"content-length", b""), head.get(b"dd-api-key")
        if key is None or not length.isdigit() or int(length) > HIGH_WATER_LIMIT:
            return None
        if self.expect_100_continue or b"upgrade" in head:
            return None
        if content not in head.get(b"content-type", content):
            return None
        key_id = self._direct.sender(key.decode("latin-1"))
        if key_id is None:
            return None
        encoding = head.get(b"content-encoding", b"").decode("latin-1")
        return DirectDelivery(self, form, encoding, key_id, reply, self.parser.should_keep_alive())

    def send_accepted(self, reply: bytes, keep_alive: bool, request_id: bytes) -> None:
        headers = [*self.server_state.default_headers, (REQUEST_ID, request_id)]
        extra = b"".join([b"%s: %s\r\n" % pair for pair in headers])
        if not keep_alive:
            extra += _CLOSE
        self.transport.write(_ACCEPTED % (len(reply), extra, reply))
        if not keep_alive:
            self.transport.close()
        self.on_response_complete()

    def start_over(self, delivery: DirectDelivery, scope: Any) -> None:
        """Pass the request to the application, as if its body had just been received."""
        cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=delivery.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body, cycle.more_body = delivery.body, False
        cycle.message_event.set()
        current: object = self.cycle
        if current is delivery:  # and not a request pipelined behind it
            self.cycle = cycle
        self._start_asgi_task(cycle, self.app)
