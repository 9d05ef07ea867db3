"""Rows of the tables of processes, containers and container images, as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from heeler.wire.processes.images import Image
from heeler.wire.processes.model import Container, HostSnapshot, Process

_TAGS = pa.list_(pa.string())
_PROCESS = {
    "pid": pa.uint32(),
    "created": pa.uint64(),
    "ppid": pa.uint32(),
    "name": pa.string(),
    "command": pa.string(),
    "user": pa.string(),
    "state": pa.string(),
    "container": pa.string(),
    "tags": _TAGS,
    "cpu": pa.float32(),
    "cpu_user": pa.float32(),
    "cpu_system": pa.float32(),
    "rss": pa.uint64(),
    "vms": pa.uint64(),
    "threads": pa.uint32(),
    "nice": pa.int8(),
    "open_files": pa.uint32(),
    "read_rate": pa.float32(),
    "write_rate": pa.float32(),
}
_CONTAINER = {
    "id": pa.string(),
    "name": pa.string(),
    "type": pa.string(),
    "image": pa.string(),
    "image_digest": pa.string(),
    "state": pa.string(),
    "health": pa.string(),
    "created": pa.uint32(),
    "started": pa.uint32(),
    "tags": _TAGS,
    "cpu": pa.float32(),
    "cpu_user": pa.float32(),
    "cpu_system": pa.float32(),
    "cpu_limit": pa.float32(),
    "rss": pa.uint64(),
    "cache": pa.uint64(),
    "memory": pa.uint64(),
    "memory_limit": pa.uint64(),
    "read_rate": pa.float32(),
    "write_rate": pa.float32(),
    "received_rate": pa.float32(),
    "sent_rate": pa.float32(),
    "threads": pa.uint64(),
    "thread_limit": pa.uint64(),
}
_IMAGE = {
    "id": pa.string(),
    "name": pa.string(),
    "registry": pa.string(),
    "short_name": pa.string(),
    "repo_tags": _TAGS,
    "repo_digest": pa.string(),
    "tags": _TAGS,
    "size": pa.uint64(),
    "os_name": pa.string(),
    "os_version": pa.string(),
    "architecture": pa.string(),
    "source": pa.string(),
    "built": pa.uint32(),
}
_LARGEST = {pa.uint16(): 2**16 - 1, pa.uint32(): 2**32 - 1, pa.uint64(): 2**64 - 1}


def snapshot_tables(snapshot: HostSnapshot, time: int) -> dict[str, pa.Table]:
    """Rows of ``processes`` and ``containers`` seen at ``time`` (UNIX seconds)."""
    return {
        "processes": _of_host(snapshot, snapshot.processes, _PROCESS, time),
        "containers": _of_host(snapshot, snapshot.containers, _CONTAINER, time),
    }


def images_table(host: str, images: Sequence[Image], now: int) -> pa.Table:
    """Rows of ``container_images`` that ``host`` reports at ``now`` (UNIX seconds)."""
    columns = {name: _column(images, name, kind) for name, kind in _IMAGE.items()}
    columns["host"] = pa.array([host] * len(images), pa.string())
    columns["updated"] = pa.array([now] * len(images), pa.uint32())
    return pa.table(columns)


def _of_host(
    snapshot: HostSnapshot, items: Sequence[Process] | Sequence[Container], kinds: dict[str, Any], time: int
) -> pa.Table:
    count = len(items)
    return pa.table(
        {
            "time": pa.array([time] * count, pa.uint32()),
            "host": pa.array([snapshot.host] * count, pa.string()),
            "cores": pa.array([snapshot.cores] * count, pa.uint16()),
            "host_memory": pa.array([snapshot.memory] * count, pa.uint64()),
            **{name: _column(items, name, kind) for name, kind in kinds.items()},
        }
    )


def _column(items: Sequence[Any], name: str, kind: Any) -> pa.Array:
    largest = _LARGEST.get(kind)
    values = [getattr(one, name) for one in items]
    return pa.array(values if largest is None else [min(value, largest) for value in values], kind)
