"""The reader process of DogStatsD's sockets, driven round by round until it would sleep."""

from __future__ import annotations

import json
import os
import resource
import select
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.dogstatsd import reader as module
from heeler.agent.dogstatsd.reader import COUNTS, FRAME, PACKETS, Reader, _Stream

OPTIONS: dict[str, object] = {"size": 100, "limit": 10**6, "line_end": [], "origin": False, "forward": ""}


class Asleep(Exception):
    """The reader waits for something."""


class Rounds:
    """A poll that raises :class:`Asleep` in place of waiting."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._left = 5000
        self.register, self.unregister = inner.register, inner.unregister

    def poll(self, _: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = self._inner.poll(0)
        self._left -= 1
        assert self._left, f"the reader never sleeps: {found}"
        if not found:
            raise Asleep
        return found


class Bench:
    """A reader of one stream and one datagram socket, and the other end of its pipe."""

    def __init__(self, folder: Path, closing: ExitStack, **options: object) -> None:
        self.path = str(folder / "s.sock")
        self.server = closing.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        self.server.bind(self.path)
        self.server.listen(100)
        self.datagrams, self.sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for one in (self.datagrams, self.sender):
            closing.enter_context(one)
        self.server.setblocking(False)
        self.datagrams.setblocking(False)
        self.out, write = os.pipe()
        self.control, self.end = os.pipe()
        for descriptor in (self.out, write, self.control):
            closing.callback(os.close, descriptor)
        self.write = write
        self.reader = Reader({**OPTIONS, **options}, {self.server: "stream", self.datagrams: "uds"}, write)
        self.rounds = Rounds(self.reader._poll)
        self.reader._poll = self.rounds  # type: ignore[assignment]
        closing.callback(self._close_streams)
        self._closing = closing
        self._rest = b""

    def _close_streams(self) -> None:
        for stream in self.reader._streams.values():
            stream.connection.close()

    def client(self) -> socket.socket:
        client = self._closing.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        client.connect(self.path)
        client.setblocking(False)
        return client

    def until_asleep(self) -> None:
        with pytest.raises(Asleep):
            self.reader.run(self.control)

    def read(self) -> tuple[bytes, Counter[str]]:
        """Payloads of packets and sums of counts that are whole in the pipe now."""
        while select.select([self.out], [], [], 0)[0]:
            self._rest += os.read(self.out, 2**20)
        packets, counts, at = frames(self._rest)
        self._rest = self._rest[at:]
        return packets, counts

    def read_all(self) -> tuple[bytes, Counter[str]]:
        """What comes as long as the pipe is emptied."""
        packets, counts = b"", Counter[str]()
        while select.select([self.out], [], [], 0)[0]:
            more, seen = self.read()
            packets, counts = packets + more, counts + seen
            self.until_asleep()
        return packets, counts


def frames(data: bytes) -> tuple[bytes, Counter[str], int]:
    """Packets, counts and the size of the whole frames of ``data``."""
    packets, counts, at = b"", Counter[str](), 0
    while len(data) - at >= FRAME.size:
        kind, length, _ = FRAME.unpack_from(data, at)
        if len(data) - at - FRAME.size < length:
            break
        payload = data[at + FRAME.size : at + FRAME.size + length]
        at += FRAME.size + length
        if kind == PACKETS:
            packets += payload
        else:
            assert kind == COUNTS
            counts.update(json.loads(payload))
    return packets, counts, at


@contextmanager
def bench(folder: Path, **options: object) -> Iterator[Bench]:
    with ExitStack() as closing:
        yield Bench(folder, closing, **options)


def framed(packet: bytes) -> bytes:
    return struct.pack("<I", len(packet)) + packet


class Filler:
    """A client that sends one packet again and again, as often as its connection takes it."""

    def __init__(self, client: socket.socket, packet: bytes) -> None:
        self._client, self._whole = client, framed(packet)
        self._bytes = 0

    def fill(self) -> int:
        """The number of whole packets sent until now."""
        data = self._whole * 1000
        with suppress(BlockingIOError):
            while True:
                self._bytes += self._client.send(data[self._bytes % len(self._whole) :])
        return self._bytes // len(self._whole)


def test_the_reader_sleeps_while_the_component_is_behind(tmp_path: Path) -> None:
    """Connections have data that may not be read yet: it has to wait for the pipe alone."""
    with bench(tmp_path, limit=1000) as one:
        client, sent = Filler(one.client(), b"m:1|c" * 10), 0
        for _ in range(20):
            sent = client.fill()
            one.until_asleep()
        late = one.client()
        late.send(framed(b"late:1|c"))
        one.until_asleep()
        found, _ = one.read_all()
        assert b"late:1|c\n" in found, "connections are read again"
        assert found.count(b"m:1|c" * 10 + b"\n") == sent


def test_a_connection_that_ends_while_the_component_is_behind_is_read_to_its_end(tmp_path: Path) -> None:
    with bench(tmp_path, limit=0) as one:
        filler = Filler(one.client(), b"f:1|c" * 10)
        for _ in range(20):
            filler.fill()
            one.until_asleep()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as short:
            short.connect(one.path)
            short.send(framed(b"short:1|c"))
        one.until_asleep()
        found, _ = one.read_all()
        assert b"short:1|c\n" in found
        assert len(one.reader._streams) == 1, "the ended connection is closed"


def test_counts_do_not_pile_up_while_the_component_is_behind(tmp_path: Path) -> None:
    with bench(tmp_path, limit=1000) as one:
        while one.reader._pending_bytes <= 1000:
            one.sender.send(b"m:1|c" * 20)
            one.until_asleep()
        held = one.reader._pending_bytes
        for _ in range(500):
            one.sender.send(b"x:1|c")
            one.until_asleep()
        assert one.reader._pending_bytes <= held + 2000
        one.read_all()
        one.sender.send(b"y:1|c")
        one.until_asleep()
        packets, counts = one.read_all()
        assert packets == b"y:1|c\n"
        assert counts["PacketsDropped"] == 500


def test_a_connection_that_ends_within_a_packet_is_counted(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        for data in (b"\x05\x00", framed(b"m:1|c")[:-1], framed(b"whole:1|c")):
            client = one.client()
            client.send(data)
            client.close()
        one.until_asleep()
        packets, counts = one.read()
        assert packets == b"whole:1|c\n"
        assert counts["UdsPacketReadingErrors"] == 2
        assert counts["UdsConnections"] == 3
        assert not one.reader._streams


def test_packets_before_one_that_is_too_long_are_kept(tmp_path: Path) -> None:
    with bench(tmp_path) as one:
        client = one.client()
        client.send(framed(b"a:1|c") + framed(b"b:1|c") + struct.pack("<I", 2**32 - 1) + b"junk")
        one.until_asleep()
        packets, counts = one.read()
        assert packets == b"a:1|c\nb:1|c\n"
        assert counts["UdsPacketReadingErrors"] == 1
        assert client.recv(1) == b"", "the connection is closed"


def test_a_connection_that_never_pauses_does_not_keep_others_waiting(tmp_path: Path) -> None:
    """A client that has always more to say is left after a while for the next one and for the pipe."""

    class Endless:
        def recv(self, _: int) -> bytes:
            self.reads += 1
            assert self.reads < 10_000, "the reader does not leave it"
            return framed(b"e:1|c") * 100

        reads = 0

    with bench(tmp_path, limit=10**9) as one:
        client = one.client()
        client.send(framed(b"x:1|c"))
        one.until_asleep()
        (descriptor,) = one.reader._streams
        real, endless = one.reader._streams[descriptor].connection, Endless()
        one.reader._streams[descriptor].connection = endless  # type: ignore[assignment]
        assert one.reader._read_stream(descriptor), "there may be more"
        one.reader._streams[descriptor].connection = real


def test_a_socket_without_descriptors_left_waits(tmp_path: Path) -> None:
    """With no descriptor for a connection, the reader neither spins nor loses the connection."""
    with bench(tmp_path) as one:
        client = one.client()
        client.send(framed(b"m:1|c"))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        probe = os.dup(0)
        os.close(probe)
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
        try:
            one.until_asleep()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert one.read()[1] == {"UdsConnectionErrors": 1}
        one.reader._exhausted = dict.fromkeys(one.reader._exhausted, 0.0)
        one.reader._accept_again()
        one.until_asleep()
        assert one.read()[0] == b"m:1|c\n"


def test_the_end_drains_what_was_sent(tmp_path: Path) -> None:
    with bench(tmp_path, limit=100) as one:
        client = one.client()
        one.until_asleep()
        number = Filler(client, b"s:1|c").fill()
        for _ in range(5):
            one.sender.send(b"d:1|c")
        data = bytearray()

        def consume() -> None:
            while chunk := os.read(one.out, 2**16):
                data.extend(chunk)
                if b"stop" in chunk:
                    return

        consumer = threading.Thread(target=consume)
        consumer.start()
        os.close(one.end)
        one.reader.run(one.control)
        os.write(one.write, FRAME.pack(PACKETS, 4, 0) + b"stop")
        consumer.join()
        packets, _, end = frames(bytes(data))
        assert end == len(data)
        assert packets.count(b"d:1|c\n") == 5
        assert packets.count(b"s:1|c\n") == number


def test_a_client_that_never_stops_does_not_keep_the_reader_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            self.now += 0.1
            assert self.now < 1000, "the reader does not end"
            return self.now

    class Endless:
        def recv(self, _: int) -> bytes:
            return b"e:1|c"

    with bench(tmp_path) as one:
        monkeypatch.setattr(module, "time", Clock())
        one.reader._limit = 2**40
        one.reader._sockets = {0: (Endless(), "uds")}  # type: ignore[dict-item]
        consumer = threading.Thread(
            target=lambda: all(iter(lambda: b"stop" not in os.read(one.out, 2**20), False))
        )
        consumer.start()
        one.reader._finish()
        os.write(one.write, b"stop")
        consumer.join()


def test_a_forward_host_that_cannot_be_resolved_does_not_stop_the_reader() -> None:
    """It is said on standard error; packets are read, and counted as not forwarded."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        forward = "no-such-host.invalid 8125"
        options = {**OPTIONS, "forward": forward, "sockets": [(server.fileno(), "udp")]}
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(module.__file__), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[server.fileno()],
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"m:1|c", server.getsockname())
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    packets, counts, _ = frames(out)
    assert packets == b"m:1|c\n"
    assert counts["PacketsNotForwarded"] == 1
    assert f"not forwarded to {forward}" in errors.decode()


@given(st.lists(st.binary(max_size=20)), st.data())
def test_packets_are_the_same_however_the_connection_is_cut(
    packets: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(framed(one) for one in packets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    with socket.socket() as unused:
        stream, found = _Stream(unused, 0), []
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
            stream.data += whole[start:end]
            found += stream.packets(20)
    assert found == packets
    assert stream.data == b""
