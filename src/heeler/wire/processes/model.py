"""Processes and containers of a host at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Letters of a process's state by the number on the wire, as `ps` shows them.
PROCESS_STATES = ("U", "D", "R", "S", "T", "W", "X", "Z")
CONTAINER_STATES = ("unknown", "created", "restarting", "running", "paused", "exited", "dead")
CONTAINER_HEALTHS = ("unknown", "starting", "healthy", "unhealthy")

MAX_PROCESSES = 20_000
"""Processes or containers of one body; agents send at most 100 at a time."""
MAX_COMMAND = 4096
"""Characters of a command line that are kept."""


@dataclass(slots=True)
class Process:
    """``created``: UNIX milliseconds. ``cpu``, ``cpu_user``, ``cpu_system``: percent of one core.

    ``rss``, ``vms``: bytes. ``read_rate``, ``write_rate``: bytes a second. ``command`` is the command line
    with its arguments, ``name`` the program's own. ``container``: the id of its container, or empty.
    """

    pid: int = 0
    ppid: int = 0
    created: int = 0
    name: str = ""
    command: str = ""
    user: str = ""
    state: str = "U"
    cpu: float = 0.0
    cpu_user: float = 0.0
    cpu_system: float = 0.0
    threads: int = 0
    nice: int = 0
    rss: int = 0
    vms: int = 0
    open_files: int = 0
    read_rate: float = 0.0
    write_rate: float = 0.0
    container: str = ""
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Container:
    """``created``, ``started``: UNIX seconds. ``cpu`` and such: percent of one core.

    Limits are 0 where there is none. Memory in bytes; ``read_rate`` and such in bytes a second. ``type``: the
    runtime.
    """

    id: str = ""
    name: str = ""
    type: str = ""
    image: str = ""
    image_digest: str = ""
    state: str = "unknown"
    health: str = "unknown"
    created: int = 0
    started: int = 0
    cpu: float = 0.0
    cpu_user: float = 0.0
    cpu_system: float = 0.0
    cpu_limit: float = 0.0
    rss: int = 0
    cache: int = 0
    memory: int = 0
    memory_limit: int = 0
    read_rate: float = 0.0
    write_rate: float = 0.0
    received_rate: float = 0.0
    sent_rate: float = 0.0
    threads: int = 0
    thread_limit: int = 0
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class HostSnapshot:
    """What one message says of a host; ``cores`` and ``memory`` (bytes) are 0 where it does not say."""

    host: str = ""
    cores: int = 0
    memory: int = 0
    processes: list[Process] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)


def tag_value(tags: list[str], key: str) -> str:
    """The value of the first tag with ``key``; empty without one."""
    start = f"{key}:"
    return next((tag[len(start) :] for tag in tags if tag.startswith(start)), "")
