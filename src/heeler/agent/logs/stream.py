"""``heeler agent stream-logs``: streams the messages of the running component as JSON lines over a Unix
socket."""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path

import orjson

from heeler.agent.logs.message import Message

log = logging.getLogger("heeler.agent.logs")
_MAX_CLIENTS = 8
_POLL_SECONDS = 0.2


class MessageStream:
    """Sends each message to every client; one that does not read fast enough misses messages.

    A client whose buffer accepted only part of a message is disconnected: the rest would not be valid JSON.
    """

    def __init__(self, path: Path, hostname: str) -> None:
        self._path = path
        self._hostname = hostname
        self._clients: list[socket.socket] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._server: socket.socket | None = None
        self._thread = threading.Thread(target=self._accept, name="stream-logs", daemon=True)

    def start(self) -> None:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            server.bind(str(self._path))
            self._path.chmod(0o600)
            server.listen(_MAX_CLIENTS)
        except OSError as error:
            server.close()
            log.warning("stream-logs does not work: %s cannot be made: %s", self._path, error)
            return
        server.settimeout(_POLL_SECONDS)
        self._server = server
        self._thread.start()

    def publish(self, message: Message) -> None:
        if not self._clients:
            return
        document = {**message.as_document(self._hostname, time.time()), "source": message.source.title}
        line = orjson.dumps(document) + b"\n"
        with self._lock:
            for client in list(self._clients):
                try:
                    complete = client.send(line, socket.MSG_DONTWAIT) == len(line)
                except BlockingIOError:
                    continue
                except OSError:
                    complete = False
                if not complete:
                    self._clients.remove(client)
                    client.close()

    def close(self) -> None:
        self._stop.set()
        if self._server is not None:
            self._thread.join(1.0)
            self._server.close()
            self._path.unlink(missing_ok=True)
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()

    def _accept(self) -> None:
        while not self._stop.is_set() and self._server is not None:
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self._lock:
                if len(self._clients) < _MAX_CLIENTS:
                    self._clients.append(client)
                else:
                    client.close()
