"""DogStatsD sockets (UDP, Unix datagram, Unix stream) and the process that reads them."""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from heeler.agent import socket_store
from heeler.agent.component import ComponentError
from heeler.agent.config import Config
from heeler.agent.dogstatsd import reader
from heeler.agent.sockets import bind_all

log = logging.getLogger(__name__)
_RECEIVE_BUFFER = 4 * 2**20
_BACKLOG = 1024
_PACKETS_PER_BUFFER = 32
_PIPE_BYTES = 2**20
_STOP_SECONDS = 3.0
_MAX_QUEUED_BYTES = 256 * 2**20
_FORCE = getattr(socket, "SO_RCVBUFFORCE", 33)
_PASS_CREDENTIALS = getattr(socket, "SO_PASSCRED", 16)


class Listeners:
    """All configured sockets and their reader process. ``receive`` is called by one thread."""

    def __init__(self, config: Config, counts: Counter[str]) -> None:
        self._config = config
        self._counts = counts
        self._store = socket_store.current()
        self._sockets: list[tuple[socket.socket, str]] = []
        self._paths: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._data = bytearray()
        self._inodes: set[str] = set()
        """Inodes of the UDP sockets, as in ``/proc/net/udp``."""
        self.addresses: list[str] = []
        """Listening addresses, such as ``udp://127.0.0.1:8125``."""

    def open(self) -> None:
        """Bind all sockets and start reading. Raises ComponentError naming the port or path and what to
        do.
        """
        config = self._config
        port = config.integer("dogstatsd_port")
        if port:
            self._udp("" if config.flag("dogstatsd_non_local_traffic") else config.text("bind_host"), port)
        if config.text("dogstatsd_socket"):
            self._unix(Path(config.text("dogstatsd_socket")), socket.SOCK_DGRAM)
        if config.text("dogstatsd_stream_socket"):
            self._unix(Path(config.text("dogstatsd_stream_socket")), socket.SOCK_STREAM)
        self._store.settle()
        if self._sockets:
            self._start()

    def receive(self, timeout: float) -> Iterator[tuple[int, bytes]]:
        """Received lines, with their sender's process id (0 if unknown); waits at most ``timeout``."""
        process = self._process
        if process is None or process.stdout is None:
            select.select([], [], [], timeout)
            return
        if not select.select([process.stdout], [], [], timeout)[0]:
            return
        data = os.read(process.stdout.fileno(), _PIPE_BYTES)
        if not data:
            self._restart()
            return
        yield from self._frames(data)

    def close(self) -> Iterator[tuple[int, bytes]]:
        """Stop reading; yields the lines remaining in the sockets."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None and process.stdout is not None:
            process.stdin.close()
            while data := os.read(process.stdout.fileno(), _PIPE_BYTES):
                yield from self._frames(data)
            process.stdout.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for one, _ in self._sockets:
            one.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def kernel_drops(self) -> int:
        """Datagrams that the kernel dropped because a UDP receive buffer was full."""
        dropped = 0
        for table in ("/proc/net/udp", "/proc/net/udp6"):
            try:
                rows = Path(table).read_text().splitlines()[1:]
            except OSError:
                continue
            fields = (row.split() for row in rows)
            dropped += sum(int(row[12]) for row in fields if len(row) > 12 and row[9] in self._inodes)
        return dropped

    def _frames(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        buffer = self._data
        buffer += data
        at, head = 0, reader.FRAME
        while len(buffer) - at >= head.size:
            kind, length, sender = head.unpack_from(buffer, at)
            end = at + head.size + length
            if len(buffer) < end:
                break
            payload = bytes(memoryview(buffer)[at + head.size : end])
            at = end
            if kind == reader.PACKETS:
                yield sender, payload
            else:
                self._counts.update(json.loads(payload))
        del buffer[:at]

    def _start(self) -> None:
        config = self._config
        packets = config.integer("dogstatsd_queue_size") * _PACKETS_PER_BUFFER
        forward = config.text("statsd_forward_host"), config.integer("statsd_forward_port")
        options = {
            "sockets": [(one.fileno(), kind) for one, kind in self._sockets],
            "size": config.integer("dogstatsd_buffer_size"),
            "limit": min(packets * config.integer("dogstatsd_buffer_size"), _MAX_QUEUED_BYTES),
            "line_end": config.strings("dogstatsd_eol_required"),
            "origin": config.flag("dogstatsd_origin_detection"),
            "forward": f"{forward[0]} {forward[1]}" if all(forward) else "",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(reader.__file__), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[one.fileno() for one, _ in self._sockets],
            pipesize=_PIPE_BYTES,
        )

    def _restart(self) -> None:
        """Restart the reader after an unexpected exit; the sockets remain open."""
        if self._process is not None:
            code = self._process.wait()
            log.error("The reader of DogStatsD's sockets ended with %d; it is started again", code)
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
        self._counts["ReaderRestarts"] += 1
        self._data.clear()
        self._start()

    def _udp(self, host: str, port: int) -> None:
        name = f"udp:{host}:{port}"
        try:
            servers = self._store.take(name) or bind_all(host, port, socket.SOCK_DGRAM)
        except OSError as error:
            raise ComponentError(
                f"UDP {host or 'every address'}:{port} cannot be listened on ({error.strerror}): stop what "
                "uses it (`heeler agent diagnose` names it) or set dogstatsd_port in datadog.yaml"
            ) from error
        self._store.keep(name, servers)
        for server in servers:
            self._set_buffer(server)
            address = server.getsockname()
            shown = f"[{address[0]}]" if server.family == socket.AF_INET6 else address[0]
            self.addresses.append(f"udp://{shown}:{address[1]}")
            self._inodes.add(str(os.fstat(server.fileno()).st_ino))
            self._sockets.append((server, "udp"))

    def _set_buffer(self, server: socket.socket) -> None:
        wanted = self._config.integer("dogstatsd_so_rcvbuf") or _RECEIVE_BUFFER
        try:
            # Exceeds net.core.rmem_max, if this process is permitted to.
            server.setsockopt(socket.SOL_SOCKET, _FORCE, wanted)
        except OSError:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)

    def _unix(self, path: Path, kind: socket.SocketKind) -> None:
        name = f"unix:{path}"
        held = [one for one in self._store.take(name) if one.type == kind]
        server = held[0] if held else socket.socket(socket.AF_UNIX, kind)
        try:
            if not held:
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.is_socket():
                    path.unlink()
                server.bind(str(path))
                path.chmod(0o722)
                if kind == socket.SOCK_STREAM:
                    server.listen(_BACKLOG)
            if kind != socket.SOCK_STREAM:
                self._set_buffer(server)
            if self._config.flag("dogstatsd_origin_detection"):
                server.setsockopt(socket.SOL_SOCKET, _PASS_CREDENTIALS, 1)
        except OSError as error:
            server.close()
            raise ComponentError(
                f"the socket {path} cannot be made ({error.strerror}): choose another path"
            ) from error
        # Where the socket is held for the next process, its file stays as well.
        if not self._store.keep(name, [server]):
            self._paths.append(path)
        self.addresses.append(f"{'unixstream' if kind == socket.SOCK_STREAM else 'unix'}://{path}")
        self._sockets.append((server, "stream" if kind == socket.SOCK_STREAM else "uds"))
