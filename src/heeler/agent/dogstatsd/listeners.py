"""Sockets that packets come in on: UDP, Unix datagram, Unix stream.

Datagram sockets are emptied by the thread that parses, between small batches: a reading thread of its own
would wait for the interpreter's lock after each packet and lose bursts. A stream has a thread of its own.
"""

from __future__ import annotations

import logging
import selectors
import socket
import struct
import threading
from collections import Counter, deque
from pathlib import Path

from heeler.agent.component import ComponentError
from heeler.agent.config import Config

log = logging.getLogger(__name__)
_LENGTH = struct.Struct("<I")
_RECEIVE_BUFFER = 4 * 2**20
_POLL_SECONDS = 0.5
_CONNECTIONS = 128
_PACKETS_PER_BUFFER = 32

Packets = deque[bytes]
_FORCE = getattr(socket, "SO_RCVBUFFORCE", 33)


class Listeners:
    """All sockets of the configuration, open and read."""

    def __init__(self, config: Config, packets: Packets, counts: Counter[str]) -> None:
        self._config = config
        self._limit = config.integer("dogstatsd_queue_size") * _PACKETS_PER_BUFFER
        self._selector = selectors.DefaultSelector()
        self._packets = packets
        self._counts = counts
        self._size = config.integer("dogstatsd_buffer_size")
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._paths: list[Path] = []
        self.addresses: list[str] = []

    def open(self) -> None:
        """Bind everything. Raises ComponentError naming the port or path and what to do."""
        port = self._config.integer("dogstatsd_port")
        if port:
            everywhere = self._config.flag("dogstatsd_non_local_traffic")
            host = "0.0.0.0" if everywhere else self._config.text("bind_host")  # noqa: S104 - asked for
            self._read(self._udp(host, port), "Udp")
        if self._config.text("dogstatsd_socket"):
            path = Path(self._config.text("dogstatsd_socket"))
            self._read(self._unix(path, socket.SOCK_DGRAM), "Uds")
        if self._config.text("dogstatsd_stream_socket"):
            path = Path(self._config.text("dogstatsd_stream_socket"))
            server = self._unix(path, socket.SOCK_STREAM)
            server.listen(_CONNECTIONS)
            self._spawn(self._accept, server)

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * _POLL_SECONDS)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                self._drain(key.fileobj, str(key.data))
                key.fileobj.close()
        self._selector.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _udp(self, host: str, port: int) -> socket.socket:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        server = socket.socket(family, socket.SOCK_DGRAM)
        wanted = self._config.integer("dogstatsd_so_rcvbuf") or _RECEIVE_BUFFER
        try:
            # Beyond net.core.rmem_max, where this process may.
            server.setsockopt(socket.SOL_SOCKET, _FORCE, wanted)
        except OSError:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
        try:
            server.bind(address)
        except OSError as error:
            server.close()
            raise ComponentError(
                f"UDP {host}:{port} cannot be listened on ({error.strerror}): stop what uses it "
                "(`heeler agent diagnose` names it) or set dogstatsd_port in datadog.yaml"
            ) from error
        self.addresses.append(f"udp://{host}:{port}")
        return server

    def _unix(self, path: Path, kind: int) -> socket.socket:
        server = socket.socket(socket.AF_UNIX, kind)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_socket():
                path.unlink()
            server.bind(str(path))
            path.chmod(0o722)
        except OSError as error:
            server.close()
            raise ComponentError(
                f"the socket {path} cannot be made ({error.strerror}): choose another path"
            ) from error
        self._paths.append(path)
        self.addresses.append(f"unix://{path}")
        return server

    def _read(self, server: socket.socket, kind: str) -> None:
        server.setblocking(False)
        self._selector.register(server, selectors.EVENT_READ, kind)

    def receive(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for datagrams and queue all that are there."""
        if not self._selector.get_map():
            self._stop.wait(timeout)
            return
        for key, _ in self._selector.select(timeout):
            if isinstance(key.fileobj, socket.socket):
                self._drain(key.fileobj, str(key.data))

    def _drain(self, server: socket.socket, kind: str) -> None:
        while len(self._packets) < self._limit:
            try:
                self._take(server.recv(self._size), kind)
            except BlockingIOError:
                return
            except OSError as error:
                self._counts[f"{kind}PacketReadingErrors"] += 1
                log.error("Reading from a socket failed: %s", error)
                return

    def _spawn(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="listener", daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _take(self, packet: bytes, kind: str) -> None:
        self._counts[f"{kind}Packets"] += 1
        self._counts[f"{kind}Bytes"] += len(packet)
        if len(self._packets) < self._limit:
            self._packets.append(packet)
        else:
            self._counts["PacketsDropped"] += 1

    def _accept(self, server: socket.socket) -> None:
        server.settimeout(_POLL_SECONDS)
        with server:
            while not self._stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                if threading.active_count() > _CONNECTIONS:
                    self._counts["UdsPacketReadingErrors"] += 1
                    connection.close()
                else:
                    threading.Thread(target=self._stream, args=(connection,), daemon=True).start()

    def _stream(self, connection: socket.socket) -> None:
        """Packets of a 4-byte little-endian length and that many bytes; one that is too long ends it."""
        with connection, connection.makefile("rb") as stream:
            while not self._stop.is_set():
                head = stream.read(4)
                if len(head) < 4:
                    return
                (length,) = _LENGTH.unpack(head)
                if length > self._size:
                    self._counts["UdsPacketReadingErrors"] += 1
                    return
                packet = stream.read(length)
                if len(packet) < length:
                    return
                self._take(packet, "Uds")
