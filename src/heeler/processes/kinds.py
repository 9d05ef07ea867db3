"""What is searched: the tables of processes and containers, their fields and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A column that is a number; ``per_core`` ones are percent of one core."""

    column: str
    unit: str = ""
    per_core: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """``identity``: the columns that tell one from another. ``words``: the columns that words are sought in.

    ``fields``: what ``key:value`` compares, by key, as SQL of a text. ``state``: the columns of its newest
    state. ``group``: the names and columns that tell its lines in a graph apart.
    """

    table: str
    identity: tuple[str, ...]
    words: tuple[str, ...]
    fields: Mapping[str, str]
    state: tuple[str, ...]
    measures: Mapping[str, Measure]
    group: Mapping[str, str]
    recent: int
    """Seconds in which what runs reports at least once."""


PROCESSES = Kind(
    table="processes",
    identity=("host", "pid", "created"),
    words=("command", "name"),
    fields={
        "host": "host",
        "user": "user",
        "command": "name",
        "state": "state",
        "pid": "toString(pid)",
        "ppid": "toString(ppid)",
        "container_id": "container",
    },
    state=(
        "ppid", "name", "command", "user", "state", "container", "tags", "cpu", "cpu_user", "cpu_system",
        "cores", "rss", "vms", "host_memory", "threads", "nice", "open_files", "read_rate", "write_rate",
    ),
    measures={
        "cpu.total_pct": Measure("cpu", "percent", per_core=True),
        "cpu.user_pct": Measure("cpu_user", "percent", per_core=True),
        "cpu.system_pct": Measure("cpu_system", "percent", per_core=True),
        "mem.rss": Measure("rss", "byte"),
        "mem.vms": Measure("vms", "byte"),
        "io.read_bytes": Measure("read_rate", "byte"),
        "io.write_bytes": Measure("write_rate", "byte"),
        "open_file_descriptors": Measure("open_files", "file"),
        "threads": Measure("threads", "thread"),
    },
    group={"command": "name", "host": "host", "pid": "toString(pid)"},
    recent=120,
)  # fmt: skip

CONTAINERS = Kind(
    table="containers",
    identity=("host", "id"),
    words=("name", "image", "id"),
    fields={
        "host": "host",
        "container_name": "name",
        "container_id": "id",
        "image": "image",
        "image_name": "splitByChar(':', toString(image))[1]",
        "state": "state",
        "health": "health",
        "runtime": "type",
    },
    state=(
        "name", "type", "image", "image_digest", "state", "health", "created", "started", "tags", "cpu",
        "cpu_user", "cpu_system", "cpu_limit", "cores", "rss", "cache", "memory", "memory_limit",
        "host_memory", "read_rate", "write_rate", "received_rate", "sent_rate", "threads", "thread_limit",
    ),
    measures={
        "container.cpu.total_pct": Measure("cpu", "percent", per_core=True),
        "container.cpu.user_pct": Measure("cpu_user", "percent", per_core=True),
        "container.cpu.system_pct": Measure("cpu_system", "percent", per_core=True),
        "container.mem.rss": Measure("rss", "byte"),
        "container.mem.cache": Measure("cache", "byte"),
        "container.mem.usage": Measure("memory", "byte"),
        "container.io.rbps": Measure("read_rate", "byte"),
        "container.io.wbps": Measure("write_rate", "byte"),
        "container.net.rcvd_bps": Measure("received_rate", "byte"),
        "container.net.sent_bps": Measure("sent_rate", "byte"),
        "container.threads": Measure("threads", "thread"),
    },
    group={"container_name": "name", "host": "host", "container_id": "substring(id, 1, 12)"},
    recent=300,
)  # fmt: skip

#: What the names of measures begin with in widgets: `process.stat.cpu.total_pct`.
PREFIX = "process.stat."
#: The end of names that ask for percent of the whole machine.
NORMALIZED = ".norm"


def measure_of(kind: Kind, metric: str) -> tuple[Measure, bool]:
    """The measure that a widget names, and whether it asks for percent of the whole machine.

    Raises ``ValueError`` that lists what there is.
    """
    name = metric.strip().removeprefix(PREFIX).replace("container.memory.", "container.mem.")
    normalized = name.endswith(NORMALIZED)
    found = kind.measures.get(name.removesuffix(NORMALIZED))
    if found is None and kind is CONTAINERS:
        found = kind.measures.get(f"container.{name.removesuffix(NORMALIZED)}")
    if found is None:
        known = ", ".join(PREFIX + one for one in kind.measures)
        raise ValueError(f"Unknown metric {metric[:80]!r} of {kind.table}; there are {known}")
    return found, normalized
