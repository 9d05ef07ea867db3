"""Dedicated reader process of the DogStatsD sockets, so that bursts do not overflow the socket buffers.

The component starts this file by its path, with sockets that are already bound, and reads frames from its
standard output: a header ``FRAME`` and a payload. A payload of packets contains packets of one sender and
transport, joined by newlines. When standard input ends, the process drains the sockets and exits.

It imports only small modules of the standard library: it has to be small and fast to start.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator

FRAME = struct.Struct("<BIi")
"""Kind, payload length, process id of the sender (0 if unknown)."""
PACKETS = 1
COUNTS = 2
_LENGTH = struct.Struct("<I")
_CREDENTIALS = struct.Struct("3i")
_AT_ONCE = 512
_JOINED_BYTES = 64 * 1024
_WRITE_BYTES = 256 * 1024
_STREAM_READS = 16
_DRAIN_SECONDS = 2.0
_RETRY_SECONDS = 10.0
_MAX_CONNECTIONS = 4096
_PASSED_CREDENTIALS = getattr(socket, "SCM_CREDENTIALS", 2)


class Reader:
    """Reads ``sockets`` (transport by socket) into frames on descriptor ``out``."""

    def __init__(self, options: dict[str, object], sockets: dict[socket.socket, str], out: int) -> None:
        self._size = int(str(options["size"]))
        self._limit = int(str(options["limit"]))
        self._line_end = frozenset(str(name) for name in options["line_end"])  # type: ignore[attr-defined]
        self._origin = bool(options["origin"])
        self._out = out
        self._poll = select.poll()
        self._sockets = {one.fileno(): (one, kind) for one, kind in sockets.items()}
        self._streams: dict[int, _Stream] = {}
        self._pending: deque[bytes] = deque()
        self._pending_bytes = 0
        self._written = 0
        self._waits_to_write = False
        self._counts: Counter[str] = Counter()
        self._joined: list[bytes] = []
        self._joined_bytes = 0
        self._sender = 0
        self._behind = False
        self._exhausted: dict[int, float] = {}
        self._forward = _Forward(str(options["forward"])) if options["forward"] else None
        for descriptor in self._sockets:
            self._poll.register(descriptor, select.POLLIN)
        os.set_blocking(out, False)

    def run(self, control: int) -> None:
        """Read until ``control`` is closed, then drain all sockets."""
        self._poll.register(control, select.POLLIN | select.POLLHUP)
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll(1000)]
            for descriptor in ready:
                if descriptor in self._sockets:
                    self._read(*self._sockets[descriptor])
                elif descriptor in self._streams:
                    self._read_stream(descriptor)
            self._end_frame()
            if not self._behind:
                self._send_counts()
            self._write()
            self._pause_streams()
            self._accept_again()
            if control in ready and not os.read(control, 1024):
                break
        self._finish()

    def _finish(self) -> None:
        """Drain the sockets; a client that never stops sending is cut off after a while."""
        end = time.monotonic() + _DRAIN_SECONDS
        more = True
        while more and (left := end - time.monotonic()) > 0:
            if self._pending_bytes > self._limit:
                select.select([], [self._out], [], left)
            else:
                found = [self._read(*one) for one in self._sockets.values() if one[1] != "stream"]
                found += [self._read_stream(descriptor) for descriptor in list(self._streams)]
                more = any(found)
            self._end_frame()
            self._write()
        self._send_counts()
        os.set_blocking(self._out, True)
        while self._pending:
            self._write()

    def _read(self, server: socket.socket, kind: str) -> bool:
        """Read a limited number of packets or connections; returns whether there may be more."""
        for _ in range(_AT_ONCE):
            try:
                if kind == "stream":
                    self._accept(server)
                    continue
                if self._origin and kind == "uds":
                    packet, ancillary, _, _ = server.recvmsg(
                        self._size + 1, socket.CMSG_SPACE(_CREDENTIALS.size)
                    )
                    sender = _pid(ancillary)
                else:
                    packet, sender = server.recv(self._size + 1), 0
            except BlockingIOError:
                return False
            except OSError:
                if kind == "stream":
                    self._refuse(server)
                    return False
                self._counts["UdpPacketReadingErrors" if kind == "udp" else "UdsPacketReadingErrors"] += 1
                return False
            self._take(packet, kind, sender)
        return True

    def _take(self, packet: bytes, kind: str, sender: int) -> None:
        prefix = "Udp" if kind == "udp" else "Uds"
        self._counts[f"{prefix}Packets"] += 1
        self._counts[f"{prefix}Bytes"] += len(packet)
        if self._forward is not None:
            sent = self._forward.send(packet)
            self._counts["PacketsForwarded" if sent else "PacketsNotForwarded"] += 1
        if len(packet) > self._size:
            self._counts["PacketsTruncated"] += 1
            packet = packet[: packet.rfind(b"\n", 0, self._size) + 1]
        elif ("udp" if kind == "udp" else "uds") in self._line_end and not packet.endswith(b"\n"):
            self._counts["UnterminatedMetricErrors"] += 1
            packet = packet[: packet.rfind(b"\n") + 1]
        if not packet:
            return
        # What was read of a connection is kept: no more of it is read.
        if self._pending_bytes > self._limit and kind != "stream":
            self._counts["PacketsDropped"] += 1
            return
        if sender != self._sender or self._joined_bytes > _JOINED_BYTES:
            self._end_frame()
            self._sender = sender
        self._joined.append(packet if packet.endswith(b"\n") else packet + b"\n")
        self._joined_bytes += len(packet)

    def _end_frame(self) -> None:
        if self._joined:
            payload = b"".join(self._joined)
            self._frame(PACKETS, payload, self._sender)
            self._joined, self._joined_bytes = [], 0

    def _send_counts(self) -> None:
        if self._counts:
            self._frame(COUNTS, json.dumps(self._counts).encode(), 0)
            self._counts = Counter()

    def _frame(self, kind: int, payload: bytes, sender: int) -> None:
        self._pending.append(FRAME.pack(kind, len(payload), sender) + payload)
        self._pending_bytes += FRAME.size + len(payload)

    def _write(self) -> None:
        """Write as much as the pipe accepts now; the rest is written in the next round."""
        while self._pending:
            head = self._pending[0]
            try:
                written = os.write(self._out, memoryview(head)[self._written : self._written + _WRITE_BYTES])
            except BlockingIOError:
                self._wake_when_writable(wanted=True)
                return
            self._written += written
            self._pending_bytes -= written
            if self._written == len(head):
                self._pending.popleft()
                self._written = 0
        self._wake_when_writable(wanted=False)

    def _wake_when_writable(self, *, wanted: bool) -> None:
        if wanted and not self._waits_to_write:
            self._poll.register(self._out, select.POLLOUT)
        elif self._waits_to_write and not wanted:
            self._poll.unregister(self._out)
        self._waits_to_write = wanted

    def _accept(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        if len(self._streams) >= _MAX_CONNECTIONS:
            self._counts["UdsConnectionsRefused"] += 1
            connection.close()
            return
        connection.setblocking(False)
        sender = _peer(connection) if self._origin else 0
        self._streams[connection.fileno()] = _Stream(connection, sender)
        if not self._behind:
            self._poll.register(connection.fileno(), select.POLLIN)
        self._counts["UdsConnections"] += 1

    def _refuse(self, server: socket.socket) -> None:
        """Leave connections in the backlog for a second: no descriptors are left, or it was ended."""
        self._counts["UdsConnectionErrors"] += 1
        self._exhausted[server.fileno()] = time.monotonic() + 1
        self._poll.unregister(server.fileno())

    def _accept_again(self) -> None:
        for descriptor in [one for one, at in self._exhausted.items() if time.monotonic() >= at]:
            del self._exhausted[descriptor]
            self._poll.register(descriptor, select.POLLIN)

    def _pause_streams(self) -> None:
        """Wait for data of connections only while the component keeps up."""
        behind = self._pending_bytes > self._limit
        if behind != self._behind:
            self._behind = behind
            for descriptor in self._streams:
                if behind:
                    self._poll.unregister(descriptor)
                else:
                    self._poll.register(descriptor, select.POLLIN)

    def _read_stream(self, descriptor: int) -> bool:
        """Read a limited amount from a connection; returns whether there may be more."""
        stream = self._streams[descriptor]
        try:
            for _ in range(_STREAM_READS):
                if self._pending_bytes > self._limit:
                    break
                data = stream.connection.recv(_JOINED_BYTES)
                if not data:
                    if stream.data:
                        self._counts["UdsPacketReadingErrors"] += 1
                    self._end_stream(descriptor)
                    return False
                stream.data += data
                for packet in stream.packets(self._size):
                    self._take(packet, "stream", stream.sender)
        except BlockingIOError:
            return False
        except (OSError, ValueError):
            self._counts["UdsPacketReadingErrors"] += 1
            self._end_stream(descriptor)
            return False
        return True

    def _end_stream(self, descriptor: int) -> None:
        if not self._behind:
            self._poll.unregister(descriptor)
        self._streams.pop(descriptor).connection.close()


class _Stream:
    """A connection and its incomplete packet."""

    def __init__(self, connection: socket.socket, sender: int) -> None:
        self.connection = connection
        self.sender = sender
        self.data = b""

    def packets(self, size: int) -> Iterator[bytes]:
        """Packets with a 4-byte little-endian length prefix. Raises ValueError at one that is too long."""
        at = 0
        while len(self.data) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self.data, at)
            if length > size:
                raise ValueError(length)
            if len(self.data) - at - _LENGTH.size < length:
                break
            at += _LENGTH.size
            yield self.data[at : at + length]
            at += length
        self.data = self.data[at:]


def _pid(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _PASSED_CREDENTIALS and len(data) >= _CREDENTIALS.size:
            pid: int = _CREDENTIALS.unpack_from(data)[0]
            return pid
    return 0


def _peer(connection: socket.socket) -> int:
    try:
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except (OSError, AttributeError):
        return 0
    pid: int = _CREDENTIALS.unpack(data)[0]
    return pid


class _Forward:
    """Socket to ``host port``; packets that it cannot take at once are dropped.

    A host that cannot be resolved is tried again in a thread.
    """

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(" ")
        self._port = int(port)
        self._socket: socket.socket | None = None
        try:
            self._connect()
        except (OSError, ValueError, OverflowError) as error:
            print(f"Packets are not forwarded to {address}: {error}", file=sys.stderr, flush=True)
            threading.Thread(target=self._try_again, daemon=True).start()

    def send(self, packet: bytes) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.send(packet)
        except OSError:
            return False
        return True

    def _connect(self) -> None:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        family, kind, _, _, target = found[0]
        forward = socket.socket(family, kind)
        try:
            forward.setblocking(False)
            forward.connect(target)
        except BaseException:
            forward.close()
            raise
        self._socket = forward

    def _try_again(self) -> None:
        while self._socket is None:
            time.sleep(_RETRY_SECONDS)
            try:
                self._connect()
            except (OSError, ValueError, OverflowError):
                continue


def main() -> None:
    options = json.loads(sys.argv[1])
    sockets = {socket.socket(fileno=int(number)): str(kind) for number, kind in options["sockets"]}
    for one in sockets:
        one.setblocking(False)
    try:
        Reader(options, sockets, sys.stdout.fileno()).run(sys.stdin.fileno())
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)


if __name__ == "__main__":
    main()
