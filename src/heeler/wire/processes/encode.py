"""Plain values to the messages of a process agent. Field numbers are those of the public `agent.proto`."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import TypeVar

from heeler.wire import protobuf_writer as pb
from heeler.wire.processes.model import (
    CONTAINER_HEALTHS,
    CONTAINER_STATES,
    PROCESS_STATES,
    Container,
    HostSnapshot,
    Process,
)

#: Processes or containers of one message, as the Agent sends them.
CHUNK = 100
T = TypeVar("T")
_FLOAT = struct.Struct("<f")


def collector_procs(snapshot: HostSnapshot, group: int, *, chunk: int = CHUNK) -> Iterator[bytes]:
    """``CollectorProc`` messages of at most ``chunk`` processes; containers go with the first.

    ``group`` is the same in all of them.
    """
    chunks = list(_chunks(snapshot.processes, chunk)) or [[]]
    info = pb.blob(5, _system(snapshot))
    for place, some in enumerate(chunks):
        containers = snapshot.containers if place == 0 else []
        yield b"".join(
            (
                pb.text(2, snapshot.host),
                *(pb.blob(3, _process(one)) for one in some),
                info,
                pb.integer(6, group),
                pb.integer(7, len(chunks)),
                *(pb.blob(10, _container(one)) for one in containers),
            )
        )


def collector_containers(snapshot: HostSnapshot, group: int, *, chunk: int = CHUNK) -> Iterator[bytes]:
    """``CollectorContainer`` messages of at most ``chunk`` containers."""
    chunks = list(_chunks(snapshot.containers, chunk)) or [[]]
    for some in chunks:
        yield b"".join(
            (
                pb.text(1, snapshot.host),
                pb.blob(2, _system(snapshot)),
                *(pb.blob(3, _container(one)) for one in some),
                pb.integer(4, group),
                pb.integer(5, len(chunks)),
            )
        )


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _system(snapshot: HostSnapshot) -> bytes:
    one_core = pb.blob(3, pb.integer(7, 1))
    return one_core * snapshot.cores + pb.integer(5, snapshot.memory)


def _process(one: Process) -> bytes:
    arguments = one.command.split(" ") if one.command else []
    command = b"".join(
        (
            *(pb.blob(1, part.encode(errors="replace")) for part in arguments),
            pb.integer(6, one.ppid),
            pb.text(8, one.name if one.name and "/" not in one.name else ""),
        )
    )
    memory = pb.integer(1, one.rss) + pb.integer(2, one.vms)
    cpu = b"".join(
        (
            _float(2, one.cpu),
            _float(3, one.cpu_user),
            _float(4, one.cpu_system),
            pb.integer(5, one.threads),
            pb.integer(7, one.nice),
        )
    )
    return b"".join(
        (
            pb.integer(2, one.pid),
            pb.blob(4, command),
            pb.blob(5, pb.text(1, one.user)),
            pb.blob(7, memory),
            pb.blob(8, cpu),
            pb.integer(9, one.created),
            pb.integer(11, one.open_files),
            pb.integer(12, _place(PROCESS_STATES, one.state)),
            pb.blob(13, _float(3, one.read_rate) + _float(4, one.write_rate)),
            pb.text(14, one.container),
            *(pb.text(23, tag) for tag in one.tags),
        )
    )


def _container(one: Container) -> bytes:
    return b"".join(
        (
            pb.text(1, one.type),
            pb.text(2, one.id),
            pb.text(3, one.name),
            pb.text(4, one.image),
            _float(5, one.cpu_limit),
            pb.integer(6, one.memory_limit),
            pb.integer(8, _place(CONTAINER_STATES, one.state)),
            pb.integer(9, _place(CONTAINER_HEALTHS, one.health)),
            pb.integer(10, one.created),
            _float(11, one.read_rate),
            _float(12, one.write_rate),
            _float(16, one.received_rate),
            _float(17, one.sent_rate),
            _float(18, one.cpu_user),
            _float(19, one.cpu_system),
            _float(20, one.cpu),
            pb.integer(21, one.rss),
            pb.integer(22, one.cache),
            pb.integer(24, one.started),
            *(pb.text(26, tag) for tag in one.tags),
            pb.integer(28, one.threads),
            pb.integer(29, one.thread_limit),
            pb.integer(30, one.memory),
            pb.text(35, one.image_digest),
        )
    )


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else 0


def _float(number: int, value: float) -> bytes:
    return pb.varint(number << 3 | 5) + _FLOAT.pack(value) if value else b""
