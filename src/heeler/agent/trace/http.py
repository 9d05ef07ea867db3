"""Minimal HTTP/1.1 server for tracers on this machine: keep-alive, chunked bodies, TCP and Unix sockets.

h11 implements HTTP/1.1; this module adds sockets, limits and timeouts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import h11

log = logging.getLogger(__name__)

_READ_BYTES = 256 * 1024
IDLE_SECONDS = 600.0
"""Idle connections are closed after this time."""
REQUEST_SECONDS = 60.0


@dataclass
class Request:
    """One request, completely read. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    too_large: bool = False
    """The body exceeded the limit; it was read to its end and discarded."""


@dataclass
class Response:
    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Invokes ``handle`` for each request. ``body_limit`` returns the maximum body size of a path in
    bytes.
    """

    def __init__(self, handle: Handler, body_limit: Callable[[str], int], *, connections: int = 2000) -> None:
        self._handle = handle
        self._body_limit = body_limit
        self._most = connections
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets: list[Path] = []
        self.refused = 0

    async def listen_tcp(self, host: str | None, port: int) -> int:
        """Listen; returns the port (useful if ``port`` is 0). Raises OSError."""
        server = await asyncio.start_server(self._connected, host, port)
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    async def listen_unix(self, path: Path) -> None:
        """Listen on a socket file that all users may write to. Raises OSError."""
        _make_way(path)
        server = await asyncio.start_unix_server(self._connected, path, start_serving=False)
        _let_all_write(path)
        await server.start_serving()
        self._servers.append(server)
        self._sockets.append(path)

    async def close(self) -> None:
        """Stop listening, end the connections and wait for them."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for path in self._sockets:
            path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._tasks.add(task)
        try:
            if len(self._tasks) > self._most:
                self.refused += 1
                return
            await _Connection(self, reader, writer).run()
        except (OSError, TimeoutError, asyncio.CancelledError) as error:
            log.debug("A tracer's connection ended: %s", error)
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def respond(self, request: Request) -> Response:
        return await self._handle(request)

    def limit(self, path: str) -> int:
        return self._body_limit(path)


def _make_way(path: Path) -> None:
    """Create the socket's folder, and remove a stale socket."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_socket():
        path.unlink()


def _let_all_write(path: Path) -> None:
    path.chmod(0o722)


class _Connection:
    def __init__(
        self, server: HttpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)

    async def run(self) -> None:
        while True:
            try:
                head = await asyncio.wait_for(self._next_event(), IDLE_SECONDS)
                if not isinstance(head, h11.Request):
                    return
                request = await asyncio.wait_for(self._read(head), REQUEST_SECONDS)
            except h11.RemoteProtocolError as error:
                await self._refuse(error.error_status_hint, str(error))
                return
            if request is None:
                return
            await self._send(await self._server.respond(request))
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event

    async def _read(self, head: h11.Request) -> Request | None:
        path, _, query = head.target.decode("latin-1").partition("?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        limit, size, parts = self._server.limit(path), 0, []
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                return None
            size += len(event.data)
            if size <= limit:
                parts.append(bytes(event.data))
        body = b"".join(parts) if size <= limit else b""
        return Request(head.method.decode(), unquote(path), query, headers, body, size > limit)

    async def _send(self, response: Response) -> None:
        headers = [
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.body))),
            *response.headers.items(),
        ]
        await self._write(
            h11.Response(status_code=response.status, headers=headers),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        )

    async def _refuse(self, status: int, why: str) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            refusal = Response(status, f"{why}\n".encode(), "text/plain", {"Connection": "close"})
            await self._send(refusal)

    async def _write(self, *events: h11.Event) -> None:
        for event in events:
            data = self._http.send(event)
            if data:
                self._writer.write(data)
        await self._writer.drain()
