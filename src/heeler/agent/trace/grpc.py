"""Minimal gRPC server for unary calls over plaintext HTTP/2, as needed for OTLP/gRPC.

h2 implements HTTP/2; this module adds sockets, limits and gRPC's message framing: one byte for the
compression flag, four bytes for the length, then the message. The status is sent in trailers
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from heeler.wire.compression import TooLarge, inflate
from heeler.wire.metrics.series import PayloadError

log = logging.getLogger(__name__)

OK, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 0, 3, 8, 12, 13, 14
_READ_BYTES = 256 * 1024
_WINDOW = 2**20
_MAX_STREAMS = 100
IDLE_SECONDS = 600.0
_PREFIX = 5
MAX_REPLY = 16_000
"""A reply is one frame: OTLP replies are a few sentences at most."""


class GrpcError(Exception):
    """A call that failed; ``code`` is gRPC's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


Handler = Callable[[str, bytes, dict[str, str]], Awaitable[bytes]]
"""Called with path, message and metadata of a call; returns the reply's message, of at most ``MAX_REPLY``.
Raises :class:`GrpcError`."""


@dataclass
class _Call:
    path: str
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)
    too_large: bool = False


class GrpcServer:
    """Invokes ``handle`` for each call. ``limit`` is the maximum size of a message in bytes, compressed and
    not.
    """

    def __init__(self, handle: Handler, limit: int, *, connections: int = 200) -> None:
        self.handle = handle
        self.limit = limit
        self._most = connections
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, host: str | None, port: int) -> int:
        """Listen; returns the port (useful if ``port`` is 0). Raises OSError."""
        self._server = await asyncio.start_server(self._connected, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening, end the connections and wait for them."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._tasks.add(task)
        try:
            if len(self._tasks) <= self._most:
                await _Connection(self, reader, writer).run()
        except (OSError, TimeoutError, h2.exceptions.ProtocolError, asyncio.CancelledError) as error:
            log.debug("A gRPC connection ended: %s", error)
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


class _Connection:
    """One connection; calls are answered in the order of their completion."""

    def __init__(
        self, server: GrpcServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._calls: dict[int, _Call] = {}
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._http = h2.connection.H2Connection(config)

    async def run(self) -> None:
        self._http.initiate_connection()
        self._http.update_settings(
            {
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: _MAX_STREAMS,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
            }
        )
        self._http.increment_flow_control_window(_WINDOW)
        await self._flush()
        while data := await asyncio.wait_for(self._reader.read(_READ_BYTES), IDLE_SECONDS):
            for event in self._http.receive_data(data):
                await self._event(event)
            await self._flush()

    async def _flush(self) -> None:
        data = self._http.data_to_send()
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def _event(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived():
                headers = {str(name): str(value) for name, value in event.headers}
                self._calls[event.stream_id] = _Call(headers.get(":path", ""), headers)
            case h2.events.DataReceived():
                self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self._take(event.stream_id, event.data)
            case h2.events.StreamEnded():
                call = self._calls.pop(event.stream_id, None)
                if call is not None:
                    await self._answer(event.stream_id, call)
            case h2.events.StreamReset():
                self._calls.pop(event.stream_id, None)

    def _take(self, stream: int, data: bytes) -> None:
        call = self._calls.get(stream)
        if call is None or call.too_large:
            return
        call.body += data
        if len(call.body) > self._server.limit + _PREFIX:
            call.too_large = True
            call.body.clear()

    async def _answer(self, stream: int, call: _Call) -> None:
        try:
            reply = await self._server.handle(call.path, self._message(call), call.headers)
            if len(reply) > MAX_REPLY:
                raise ValueError(f"A reply of {len(reply)} bytes does not fit a frame")
        except GrpcError as error:
            self._fail(stream, error.code, str(error))
        except Exception:
            log.exception("%s failed", call.path)
            self._fail(stream, INTERNAL, "Internal error; the trace component's log has the details")
        else:
            self._succeed(stream, reply)

    def _message(self, call: _Call) -> bytes:
        limit = self._server.limit
        if call.too_large:
            raise GrpcError(RESOURCE_EXHAUSTED, f"The message is larger than {limit} bytes")
        if not call.headers.get("content-type", "").startswith("application/grpc"):
            raise GrpcError(UNIMPLEMENTED, "The content type must be application/grpc")
        body = bytes(call.body)
        if len(body) < _PREFIX or int.from_bytes(body[1:_PREFIX]) != len(body) - _PREFIX:
            raise GrpcError(INVALID_ARGUMENT, "The body must be one message with its length")
        encoding = call.headers.get("grpc-encoding", "identity") if body[0] else "identity"
        try:
            return inflate(body[_PREFIX:], encoding, limit)
        except TooLarge as error:
            raise GrpcError(RESOURCE_EXHAUSTED, str(error)) from None
        except PayloadError as error:
            raise GrpcError(INVALID_ARGUMENT, str(error)) from None

    def _succeed(self, stream: int, reply: bytes) -> None:
        with suppress(h2.exceptions.StreamClosedError):
            self._http.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
            self._http.send_data(stream, b"\0" + len(reply).to_bytes(4) + reply)
            self._http.send_headers(stream, [("grpc-status", "0")], end_stream=True)

    def _fail(self, stream: int, code: int, message: str) -> None:
        with suppress(h2.exceptions.StreamClosedError):
            self._http.send_headers(
                stream,
                [
                    (":status", "200"),
                    ("content-type", "application/grpc"),
                    ("grpc-status", str(code)),
                    ("grpc-message", quote(message, safe=" ,:;()'")),
                ],
                end_stream=True,
            )
