"""Container ids and their use of the machine, from ``/proc`` and the cgroup file systems (versions 1 and
2).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ID = re.compile(r"([0-9a-f]{64})|([0-9a-f]{32}-\d{10})|([0-9a-f]{8}(?:-[0-9a-f]{4}){4}$)")
_RUNTIMES = (
    ("docker", "docker"),
    ("cri-containerd", "containerd"),
    ("containerd", "containerd"),
    ("crio", "cri-o"),
    ("libpod", "podman"),
    ("lxc", "lxc"),
    ("kubepods", "containerd"),
)
_UNLIMITED = 2**60
_TICK_NS = 10**9 // os.sysconf("SC_CLK_TCK")
_MAX_FOLDERS = 50_000


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
    """What a container has used so far; 0 where the kernel does not say.

    ``cpu_limit``: percent of one core.
    """

    cpu_ns: int = 0
    user_ns: int = 0
    system_ns: int = 0
    memory_bytes: int = 0
    rss_bytes: int = 0
    cache_bytes: int = 0
    memory_limit: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    pids: int = 0
    pids_limit: int = 0
    cpu_limit: float = 0.0


@dataclass(frozen=True)
class Cgroup:
    """A container's cgroup: ``path`` below ``root``, which of version 1 has a folder for each controller."""

    root: Path
    path: str
    version: int = 2

    @property
    def runtime(self) -> str:
        """What made the container, as far as its path tells; empty where it does not."""
        return next((name for part, name in _RUNTIMES if part in self.path), "")

    @property
    def started(self) -> int:
        """UNIX seconds at which the cgroup was made; 0 where it is gone."""
        try:
            return int(self.folder.stat().st_ctime)
        except OSError:
            return 0

    @property
    def folder(self) -> Path:
        """That of the memory controller, which of version 2 is that of all."""
        return self._folder("memory")

    def usage(self, procfs: Path = Path("/proc")) -> Usage:
        return (self._usage_2 if self.version == 2 else self._usage_1)(*self._network(procfs))

    def pids(self) -> list[int]:
        """Processes of the container itself."""
        try:
            text = (self.folder / "cgroup.procs").read_text()
        except OSError:
            return []
        return [int(line) for line in text.split() if line.isdecimal()]

    def _folder(self, controller: str) -> Path:
        return self.root / self.path if self.version == 2 else self.root / controller / self.path

    def _usage_2(self, received: int, sent: int) -> Usage:
        folder = self._folder("")
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
            received_bytes=received,
            sent_bytes=sent,
            pids=_number(folder / "pids.current"),
            pids_limit=_number(folder / "pids.max"),
            cpu_limit=_share(*[*_words(folder / "cpu.max"), "", ""][:2]),
        )

    def _usage_1(self, received: int, sent: int) -> Usage:
        cpu, memory = self._folder("cpuacct"), self._folder("memory")
        stat, used = _flat(memory / "memory.stat"), _flat(cpu / "cpuacct.stat")
        limit = _number(memory / "memory.limit_in_bytes")
        reads, writes = _blkio(self._folder("blkio") / "blkio.throttle.io_service_bytes")
        quota = self._folder("cpu")
        return Usage(
            cpu_ns=_number(cpu / "cpuacct.usage"),
            user_ns=used.get("user", 0) * _TICK_NS,
            system_ns=used.get("system", 0) * _TICK_NS,
            memory_bytes=_number(memory / "memory.usage_in_bytes"),
            rss_bytes=stat.get("total_rss", stat.get("rss", 0)),
            cache_bytes=stat.get("total_cache", stat.get("cache", 0)),
            memory_limit=limit if limit < _UNLIMITED else 0,
            read_bytes=reads,
            write_bytes=writes,
            received_bytes=received,
            sent_bytes=sent,
            pids=_number(self._folder("pids") / "pids.current"),
            pids_limit=_number(self._folder("pids") / "pids.max"),
            cpu_limit=_share(_text(quota / "cpu.cfs_quota_us"), _text(quota / "cpu.cfs_period_us")),
        )

    def _network(self, procfs: Path) -> tuple[int, int]:
        """Bytes received and sent over the interfaces of the container's own network; 0 where it has the
        host's, or that cannot be told."""
        for pid in self.pids()[:1]:
            try:
                if (procfs / str(pid) / "ns/net").readlink() == (procfs / "1/ns/net").readlink():
                    return 0, 0
                return _interfaces((procfs / str(pid) / "net/dev").read_text())
            except (OSError, ValueError):
                return 0, 0
        return 0, 0


def is_available(root: Path = Path("/sys/fs/cgroup")) -> bool:
    return root.is_dir()


def find_cgroups(root: Path = Path("/sys/fs/cgroup"), most: int = 2000) -> dict[str, Cgroup]:
    """Cgroups of containers by their id; of nested ones the outermost. At most ``most``."""
    version = 2 if (root / "cgroup.controllers").exists() or not (root / "memory").is_dir() else 1
    top = root if version == 2 else root / "memory"
    found: dict[str, Cgroup] = {}
    for folder in _folders(str(top)):
        name = folder.rpartition("/")[2]
        if _ID.search(name) and (identity := container_id(name)):
            path = os.path.relpath(folder, top)
            known = found.get(identity)
            if known is None or len(path) < len(known.path):
                found[identity] = Cgroup(root, path, version)
                if len(found) >= most:
                    break
    return found


def _folders(top: str) -> Iterator[str]:
    waiting, count = [top], 0
    while waiting and count < _MAX_FOLDERS:
        try:
            with os.scandir(waiting.pop()) as entries:
                inner = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        count += len(inner)
        yield from inner
        waiting += inner


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _words(file: Path) -> list[str]:
    return _text(file).split()


def _number(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isdigit() else 0


def _share(quota: str, period: str) -> float:
    """Percent of one core that ``quota`` of ``period`` microseconds is; 0 where there is no limit."""
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return 0.0
    return 100.0 * int(quota) / int(period)


def _flat(file: Path) -> dict[str, int]:
    pairs = (line.split() for line in _text(file).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def _io(file: Path) -> tuple[int, int]:
    """Bytes read and written over all devices."""
    reads = writes = 0
    for field in _words(file):
        name, _, value = field.partition("=")
        if value.isdigit():
            reads += int(value) if name == "rbytes" else 0
            writes += int(value) if name == "wbytes" else 0
    return reads, writes


def _blkio(file: Path) -> tuple[int, int]:
    """As :func:`_io`, of version 1: lines of ``device Read|Write bytes``."""
    totals = {"Read": 0, "Write": 0}
    for line in _text(file).splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] in totals and parts[2].isdigit():
            totals[parts[1]] += int(parts[2])
    return totals["Read"], totals["Write"]


def _interfaces(text: str) -> tuple[int, int]:
    """Bytes received and sent in ``/proc/PID/net/dev``, the loopback interface excepted."""
    received = sent = 0
    for line in text.splitlines()[2:]:
        name, _, rest = line.partition(":")
        fields = rest.split()
        if name.strip() != "lo" and len(fields) >= 9:
            received += int(fields[0])
            sent += int(fields[8])
    return received, sent
