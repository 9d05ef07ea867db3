"""Container IDs and resource usage, from ``/proc`` and the cgroup file systems (versions 1 and 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(r"([0-9a-f]{64})|([0-9a-f]{32}-\d{10})|([0-9a-f]{8}(?:-[0-9a-f]{4}){4}$)")


def container_id(cgroup: str) -> str:
    """The container id in the text of ``/proc/PID/cgroup`` or in a path; empty outside of containers."""
    for line in reversed(cgroup.splitlines()):
        found = _ID.findall(line)
        if found:
            return str(next(part for part in found[-1] if part))
    return ""


def container_of_process(pid: int, procfs: Path = Path("/proc")) -> str:
    """The id of the container that a process runs in; empty for a host process or one that has ended."""
    try:
        return container_id((procfs / str(pid) / "cgroup").read_text())
    except OSError:
        return ""


@dataclass(frozen=True)
class Usage:
    """Cumulative resource usage of a container; 0 if the kernel does not report it."""

    cpu_ns: int = 0
    user_ns: int = 0
    system_ns: int = 0
    memory_bytes: int = 0
    rss_bytes: int = 0
    cache_bytes: int = 0
    memory_limit: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    pids: int = 0
    pids_limit: int = 0


def usage(folder: Path) -> Usage:
    """Usage of the cgroup (version 2) at ``folder``."""
    cpu = _flat(folder / "cpu.stat")
    memory = _flat(folder / "memory.stat")
    reads, writes = _io(folder / "io.stat")
    return Usage(
        cpu_ns=cpu.get("usage_usec", 0) * 1000,
        user_ns=cpu.get("user_usec", 0) * 1000,
        system_ns=cpu.get("system_usec", 0) * 1000,
        memory_bytes=_number(folder / "memory.current"),
        rss_bytes=memory.get("anon", 0),
        cache_bytes=memory.get("file", 0),
        memory_limit=_number(folder / "memory.max"),
        read_bytes=reads,
        write_bytes=writes,
        pids=_number(folder / "pids.current"),
        pids_limit=_number(folder / "pids.max"),
    )


def find_cgroups(root: Path = Path("/sys/fs/cgroup"), most: int = 2000) -> dict[str, Path]:
    """Cgroup folders by container id, the outermost of nested ones. At most ``most``."""
    found: dict[str, Path] = {}
    for folder in root.rglob("*"):
        if len(found) >= most:
            break
        if _ID.search(folder.name) and folder.is_dir() and (identity := container_id(folder.name)):
            found.setdefault(identity, folder)
    return found


def _number(file: Path) -> int:
    try:
        text = file.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _flat(file: Path) -> dict[str, int]:
    try:
        pairs = (line.split() for line in file.read_text().splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    except OSError:
        return {}


def _io(file: Path) -> tuple[int, int]:
    """Bytes read and written over all devices."""
    reads = writes = 0
    try:
        text = file.read_text()
    except OSError:
        return 0, 0
    for field in text.split():
        name, _, value = field.partition("=")
        if value.isdigit():
            reads += int(value) if name == "rbytes" else 0
            writes += int(value) if name == "wbytes" else 0
    return reads, writes
