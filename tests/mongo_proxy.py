"""A FerretDB as a MongoDB shows itself: what its ``serverStatus`` lacks is counted by a proxy in front of it.

Databases, users, documents and commands are FerretDB's. It tells nothing of network, operations, connections
and memory; the proxy measures these (bytes and commands that pass, the server's process) and adds them.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bson

_HEADER = struct.Struct("<iiii")
_OP_MSG = 2013
_KINDS = {"insert": "insert", "find": "query", "update": "update", "delete": "delete", "getmore": "getmore"}
_DOCUMENTS = {"insert": "inserted", "update": "updated", "delete": "deleted"}
MAX_CONNECTIONS = 200


class Traffic:
    """Counts of what passed, as ``serverStatus`` names them."""

    def __init__(self, resident: Callable[[], int]) -> None:
        self._resident = resident
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._counts[name] += number

    @contextmanager
    def waiting(self, command: dict[str, Any] | None) -> Iterator[None]:
        kind = "writers" if next(iter(command or {}), "").lower() in _DOCUMENTS else "readers"
        self.add(f"queue.{kind}")
        try:
            yield
        finally:
            self.add(f"queue.{kind}", -1)

    def exchanged(self, command: dict[str, Any], answer: dict[str, Any]) -> None:
        name = next(iter(command), "").lower()
        self.add(f"opcounters.{_KINDS.get(name, 'command')}")
        if not answer.get("ok"):
            self.add("asserts.user")
        if name in _DOCUMENTS:
            self.add(f"document.{_DOCUMENTS[name]}", int(answer.get("n", 0)))
        batch = answer.get("cursor", {})
        self.add("document.returned", len(batch.get("firstBatch", batch.get("nextBatch", []))))

    def status(self) -> dict[str, Any]:
        with self._lock:
            counts = self._counts.copy()

        def group(prefix: str, names: str) -> dict[str, Any]:
            return {name: bson.Int64(counts[f"{prefix}.{name}"]) for name in names.split()}

        current = counts["connections.current"]
        return {
            "network": group("network", "bytesIn bytesOut numRequests"),
            "opcounters": group("opcounters", "insert query update delete getmore command"),
            "asserts": group("asserts", "user"),
            "connections": {
                "current": current,
                "available": MAX_CONNECTIONS - current,
                "totalCreated": counts["connections.created"],
            },
            "globalLock": {"currentQueue": group("queue", "readers writers")},
            "mem": {"bits": 64, "resident": self._resident()},
            "metrics": {"document": group("document", "inserted updated deleted returned")},
        }


class MongoProxy:
    """Passes on between ``address`` (host:port) and the FerretDB at ``upstream``.

    ``resident`` answers the MiB of memory that it has.
    """

    def __init__(self, upstream: tuple[str, int], resident: Callable[[], int]) -> None:
        traffic = Traffic(resident)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                traffic.add("connections.created")
                traffic.add("connections.current")
                try:
                    with socket.create_connection(upstream, 10) as server:
                        server.settimeout(None)
                        while exchange(self.request, server, traffic):
                            pass
                except OSError:
                    pass
                finally:
                    traffic.add("connections.current", -1)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def exchange(client: socket.socket, server: socket.socket, traffic: Traffic) -> bool:
    """One request and its answer; False at the end of the connection."""
    request = _frame(client)
    if request is None:
        return False
    traffic.add("network.bytesIn", len(request))
    traffic.add("network.numRequests")
    command = _document(request)
    with traffic.waiting(command):
        server.sendall(request)
        answer = _frame(server)
    if answer is None:
        return False
    document = _document(answer)
    if command is not None and document is not None:
        traffic.exchanged(command, document)
        if next(iter(command), "").lower() == "serverstatus" and document.get("ok"):
            answer = _replaced(answer, _merged(document, traffic.status()))
    traffic.add("network.bytesOut", len(answer))
    client.sendall(answer)
    return True


def _frame(stream: socket.socket) -> bytes | None:
    head = _exactly(stream, _HEADER.size)
    body = _exactly(stream, _HEADER.unpack(head)[0] - _HEADER.size) if head else None
    return None if head is None or body is None else head + body


def _exactly(stream: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return data


def _document(frame: bytes) -> dict[str, Any] | None:
    """The command or answer of an OP_MSG; None of others, which only old handshakes are."""
    if _HEADER.unpack_from(frame)[3] != _OP_MSG:
        return None
    start = _HEADER.size + 5
    size = int.from_bytes(frame[start : start + 4], "little")
    return bson.decode(frame[start : start + size])


def _replaced(frame: bytes, document: dict[str, Any]) -> bytes:
    _, number, answers, code = _HEADER.unpack_from(frame)
    body = b"\0\0\0\0\0" + bson.encode(document)
    return _HEADER.pack(_HEADER.size + len(body), number, answers, code) + body


def _merged(document: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """``document`` with what ``added`` has beyond it."""
    both = {name: value for name, value in added.items() if isinstance(document.get(name), dict)}
    return {**added, **document, **{name: {**value, **document[name]} for name, value in both.items()}}
