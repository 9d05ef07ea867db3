"""Logs received over the network: TCP and UDP ports, plain lines or syslog.

A TCP connection is not read while the forwarder's queue is full, so that its sender is throttled; a datagram
that arrives while the queue is full is dropped and counted.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from datetime import datetime
from typing import Any

from heeler.agent.component import ComponentError
from heeler.agent.logs.lines import STARTS_WITH_TIME, Joiner, LineSplitter
from heeler.agent.logs.message import Message
from heeler.agent.logs.receiver import Receiver
from heeler.agent.logs.rules import apply_rules
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.syslog import SyslogFrames, parse_syslog
from heeler.agent.sockets import bind_all

log = logging.getLogger("heeler.agent.logs")
_READ_BYTES = 64 * 1024
_QUEUED_MESSAGES = 10_000
_MAX_CONNECTIONS = 1_000
_BACKLOG = 128
_RECEIVE_BUFFER = 2 * 2**20
_POLL_SECONDS = 0.2


class NetworkSource(Receiver):
    """One port. ``take`` is called by the component's thread; a separate thread reads the sockets."""

    def __init__(self, source: LogSource) -> None:
        super().__init__(source, _QUEUED_MESSAGES)
        self._selector = selectors.DefaultSelector()
        self._servers = self._bind(source.bind_host)
        self._connections: dict[socket.socket, _Connection] = {}
        self._thread = threading.Thread(target=self._run, name=f"{source.type}-{source.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(2.0)

    def _bind(self, host: str) -> list[socket.socket]:
        source = self.source
        kind = socket.SOCK_STREAM if source.type == "tcp" else socket.SOCK_DGRAM
        try:
            servers = bind_all(host, source.port, kind)
        except OSError as error:
            raise ComponentError(
                f"logs: {source.type} port {source.port} ({source.file}) cannot be listened on "
                f"({error.strerror}): stop what uses it, or choose another port"
            ) from error
        for server in servers:
            if kind == socket.SOCK_STREAM:
                server.listen(_BACKLOG)
            else:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            server.setblocking(False)
        return servers

    def _run(self) -> None:
        for server in self._servers:
            self._selector.register(server, selectors.EVENT_READ)
        try:
            while not self._stop.is_set():
                for key, _ in self._selector.select(_POLL_SECONDS):
                    if isinstance(key.fileobj, socket.socket):
                        self._ready(key.fileobj)
        finally:
            for connection in list(self._connections):
                self._end(connection)
            for server in self._servers:
                server.close()
            self._selector.close()

    def _ready(self, ready: socket.socket) -> None:
        try:
            if ready in self._connections:
                self._read(ready)
            elif self.source.type == "udp":
                data = ready.recv(_READ_BYTES)
                self.counts["bytes"] += len(data)
                for text in data.decode(self.source.encoding, "replace").splitlines():
                    self._receive(text, wait=False)
            else:
                self._accept(ready)
        except BlockingIOError:
            return
        except OSError as error:
            self.counts["read_errors"] += 1
            log.debug("%s: %s", self.source.title, error)
            if ready in self._connections:
                self._end(ready)

    def _accept(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        if len(self._connections) >= _MAX_CONNECTIONS:
            self.counts["connections_refused"] += 1
            log.warning("%s: more than %d connections; one is closed", self.source.title, _MAX_CONNECTIONS)
            connection.close()
            return
        connection.setblocking(False)
        self._connections[connection] = _Connection(self.source)
        self._selector.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        data = connection.recv(_READ_BYTES)
        if not data:
            self._end(connection)
            return
        self.counts["bytes"] += len(data)
        try:
            for text in self._connections[connection].feed(data):
                self._receive(text, wait=True)
        except ValueError as error:
            self.counts["read_errors"] += 1
            log.warning("%s: %s; the connection is closed", self.source.title, error)
            self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        for text in self._connections.pop(connection).finish():
            self._receive(text, wait=True)
        connection.close()

    def _receive(self, text: str, *, wait: bool) -> None:
        message = self._message(text)
        if message is not None:
            (self._put if wait else self._offer)(message)

    def _message(self, text: str) -> Message | None:
        fields: dict[str, Any] = {}
        if self.source.format == "syslog":
            parsed = parse_syslog(text, datetime.now().astimezone())
            text = parsed.text
            fields = {
                "status": parsed.status,
                "timestamp": parsed.timestamp,
                "hostname": parsed.hostname,
                "service": parsed.service,
                "tags": parsed.tags,
            }
        processed = apply_rules(text, self.source.rules) if text.strip() else None
        if processed is None:
            self.counts["excluded"] += 1
            return None
        self.counts["messages"] += 1
        return Message(processed, self.source, **fields)


class _Connection:
    """A TCP connection and its incomplete message."""

    def __init__(self, source: LogSource) -> None:
        self._encoding = source.encoding
        self._frames = SyslogFrames(source.max_bytes) if source.format == "syslog" else None
        self._splitter = LineSplitter(source.encoding, source.max_bytes)
        auto = STARTS_WITH_TIME if source.auto_multi_line and source.multi_line is None else None
        self._joiner = Joiner(source.multi_line or auto, auto=auto is not None)

    def feed(self, data: bytes) -> list[str]:
        if self._frames is not None:
            return [one.decode(self._encoding, "replace") for one in self._frames.feed(data)]
        lines = self._splitter.feed(data)
        return [text for line, size in lines for text, _ in self._joiner.feed(line, size)]

    def finish(self) -> list[str]:
        if self._frames is not None:
            return [one.decode(self._encoding, "replace") for one in self._frames.flush()]
        last = self._splitter.flush()
        joined = self._joiner.feed(*last) if last else []
        return [text for text, _ in [*joined, *self._joiner.flush()]]
