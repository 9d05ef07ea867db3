"""Messages of process agents to plain values. Field numbers are those of the public `agent.proto`."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeVar

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_TAGS, check_count
from heeler.wire.metrics.series import PayloadError
from heeler.wire.processes.model import (
    CONTAINER_HEALTHS,
    CONTAINER_STATES,
    MAX_COMMAND,
    MAX_PROCESSES,
    PROCESS_STATES,
    Container,
    HostSnapshot,
    Process,
    tag_value,
)

T = TypeVar("T")
_FLOAT = struct.Struct("<f")
_MAX_ARGUMENTS = 2000
_MAX_TAG = 400


def collector_proc(message: bytes) -> HostSnapshot:
    """``CollectorProc``: processes, and on some hosts containers."""
    return _snapshot(message, host=2, info=5, processes=3, containers=10)


def collector_container(message: bytes) -> HostSnapshot:
    """``CollectorContainer``: containers alone."""
    return _snapshot(message, host=1, info=2, processes=0, containers=3)


def _snapshot(message: bytes, *, host: int, info: int, processes: int, containers: int) -> HostSnapshot:
    found = HostSnapshot()
    for number, _, value in pb.fields(message):
        if number == host:
            found.host = pb.text(value)[:MAX_HOST]
        elif number == info:
            _system(pb.message(value), found)
        elif number == processes:
            _take(found.processes, _process(pb.message(value)))
        elif number == containers:
            _take(found.containers, _container(pb.message(value)))
    if not found.host:
        raise PayloadError("The message names no host")
    return found


def _take(items: list[T], item: T) -> None:
    if len(items) >= MAX_PROCESSES:
        raise PayloadError(f"The message has more than {MAX_PROCESSES} processes or containers")
    items.append(item)


def _system(data: bytes, found: HostSnapshot) -> None:
    """``SystemInfo``: one entry a processor, which says how many cores it stands for (0 is one)."""
    for number, _, value in pb.fields(data):
        if number == 3:
            cores = next((pb.signed(one) for key, _, one in pb.fields(pb.message(value)) if key == 7), 1)
            found.cores = min(found.cores + max(cores, 1), 65535)
        elif number == 5:
            found.memory = _size(value)


def _process(data: bytes) -> Process:
    one = Process()
    for number, _, value in pb.fields(data):
        match number:
            case 2:
                one.pid = _size(value)
            case 4:
                _command(pb.message(value), one)
            case 5:
                one.user = _user(pb.message(value))
            case 7:
                _memory(pb.message(value), one)
            case 8:
                _cpu(pb.message(value), one)
            case 9:
                one.created = _size(value)
            case 11:
                one.open_files = max(pb.signed(value), 0)
            case 12:
                one.state = _named(PROCESS_STATES, value)
            case 13:
                _io(pb.message(value), one)
            case 14:
                one.container = pb.text(value)[:MAX_FIELD]
            case 23:
                _tag(one.tags, value)
    return one


def _command(data: bytes, one: Process) -> None:
    arguments: list[str] = []
    executable = name = ""
    for number, _, value in pb.fields(data):
        if number == 1:
            arguments.append(pb.text(value))
        elif number == 6:
            one.ppid = max(pb.signed(value), 0)
        elif number == 8:
            executable = pb.text(value)
        elif number == 9:
            name = pb.text(value)
        if len(arguments) > _MAX_ARGUMENTS:
            break
    one.command = " ".join(arguments)[:MAX_COMMAND] or executable[:MAX_COMMAND] or name
    one.name = program_name(arguments, executable, name)


def program_name(arguments: Sequence[str], executable: str, name: str) -> str:
    """How a process is called: by its executable, else the first argument, else what the kernel calls it."""
    first = arguments[0].split(" ", 1)[0].rstrip(":") if arguments else ""
    path = executable or first or name
    return (path.rstrip("/").rsplit("/", 1)[-1] or name or path)[:MAX_FIELD]


def _user(data: bytes) -> str:
    name, uid = "", 0
    for number, _, value in pb.fields(data):
        if number == 1:
            name = pb.text(value)
        elif number == 2:
            uid = pb.signed(value)
    return (name or str(uid))[:MAX_FIELD]


def _memory(data: bytes, one: Process) -> None:
    for number, _, value in pb.fields(data):
        if number == 1:
            one.rss = _size(value)
        elif number == 2:
            one.vms = _size(value)


def _cpu(data: bytes, one: Process) -> None:
    for number, wire_type, value in pb.fields(data):
        match number:
            case 2:
                one.cpu = _float(wire_type, value)
            case 3:
                one.cpu_user = _float(wire_type, value)
            case 4:
                one.cpu_system = _float(wire_type, value)
            case 5:
                one.threads = max(pb.signed(value), 0)
            case 7:
                one.nice = min(max(pb.signed(value), -128), 127)


def _io(data: bytes, one: Process) -> None:
    for number, wire_type, value in pb.fields(data):
        if number == 3:
            one.read_rate = _float(wire_type, value)
        elif number == 4:
            one.write_rate = _float(wire_type, value)


_CONTAINER_FLOATS = {
    5: "cpu_limit",
    11: "read_rate",
    12: "write_rate",
    16: "received_rate",
    17: "sent_rate",
    18: "cpu_user",
    19: "cpu_system",
    20: "cpu",
}
_CONTAINER_SIZES = {
    6: "memory_limit",
    10: "created",
    21: "rss",
    22: "cache",
    24: "started",
    28: "threads",
    29: "thread_limit",
    30: "memory",
}
_CONTAINER_TEXTS = {1: "type", 2: "id", 3: "name", 4: "image", 35: "image_digest"}


def _container(data: bytes) -> Container:
    one = Container()
    for number, wire_type, value in pb.fields(data):
        if number in _CONTAINER_FLOATS:
            setattr(one, _CONTAINER_FLOATS[number], _float(wire_type, value))
        elif number in _CONTAINER_SIZES:
            setattr(one, _CONTAINER_SIZES[number], _size(value))
        elif number in _CONTAINER_TEXTS:
            setattr(one, _CONTAINER_TEXTS[number], pb.text(value)[:_MAX_TAG])
        elif number == 8:
            one.state = _named(CONTAINER_STATES, value)
        elif number == 9:
            one.health = _named(CONTAINER_HEALTHS, value)
        elif number == 26:
            _tag(one.tags, value)
    # The fields for name and image are deprecated: Agents of today send tags.
    one.name = one.name or tag_value(one.tags, "container_name")
    one.image = one.image or _tagged_image(one.tags)
    return one


def _tagged_image(tags: list[str]) -> str:
    name, version = tag_value(tags, "image_name"), tag_value(tags, "image_tag")
    return f"{name}:{version}" if name and version else name


def _tag(tags: list[str], value: pb.Value) -> None:
    tag = pb.text(value)[:_MAX_TAG]
    if tag:
        tags.append(tag)
        check_count(len(tags), MAX_TAGS, "tags of a process or container")


def _named(names: tuple[str, ...], value: pb.Value) -> str:
    place = pb.signed(value)
    return names[place] if 0 <= place < len(names) else names[0]


def _size(value: pb.Value) -> int:
    return min(max(pb.signed(value), 0), 2**62)


def _float(wire_type: int, value: pb.Value) -> float:
    if wire_type != 5 or not isinstance(value, int):
        raise PayloadError("A protobuf float field has something else in it")
    number: float = _FLOAT.unpack(value.to_bytes(4, "little"))[0]
    return number if 0 <= number < 1e15 else 0.0
