"""One look at ``/proc``: what each process is and what it has used so far."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from heeler.agent.containers.cgroups import container_id

MAX_PROCESSES = 20_000
_MAX_COMMAND = 64 * 1024
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Look:
    """``started``, ``user_ticks``, ``system_ticks``: clock ticks; ``rss`` and ``vms``: bytes.

    ``read_bytes``, ``write_bytes`` and ``open_files`` are -1 where they may not be read.
    """

    pid: int
    ppid: int
    state: str
    kernel_name: str
    arguments: tuple[str, ...]
    uid: int
    started: int
    user_ticks: int
    system_ticks: int
    threads: int
    nice: int
    rss: int
    vms: int
    open_files: int
    read_bytes: int
    write_bytes: int
    container: str


def boot_time(procfs: Path) -> int:
    """UNIX seconds at which the machine started; 0 where it cannot be read."""
    with suppress(OSError, ValueError, IndexError):
        for line in (procfs / "stat").read_text().splitlines():
            if line.startswith("btime "):
                return int(line.split()[1])
    return 0


def memory_size(procfs: Path) -> int:
    """Bytes of memory; 0 where it cannot be read."""
    with suppress(OSError, ValueError, IndexError):
        return int((procfs / "meminfo").read_text().split("\n", 1)[0].split()[1]) * 1024
    return 0


def processes(procfs: Path) -> Iterator[Look]:
    """Processes with a command line, as ``ps`` lists them: threads of the kernel and zombies have none."""
    for count, entry in enumerate(name for name in os.listdir(procfs) if name.isdecimal()):  # noqa: PTH208
        if count >= MAX_PROCESSES:
            return
        # A process may end at any moment, and some of its files may not be ours to read.
        with suppress(OSError, ValueError, IndexError):
            if (found := _look(f"{procfs}/{entry}", int(entry))) is not None:
                yield found


def _look(folder: str, pid: int) -> Look | None:
    command = _read(f"{folder}/cmdline")
    if not command:
        return None
    text = _read(f"{folder}/stat").decode(errors="replace")
    name, _, rest = text[text.index("(") + 1 :].rpartition(")")
    fields = rest.split()
    reads, writes = _io(folder)
    return Look(
        pid=pid,
        ppid=int(fields[1]),
        state=_letter(fields[0]),
        kernel_name=name,
        arguments=_arguments(command),
        uid=os.stat(folder).st_uid,  # noqa: PTH116
        started=int(fields[19]),
        user_ticks=int(fields[11]),
        system_ticks=int(fields[12]),
        threads=int(fields[17]),
        nice=int(fields[16]),
        rss=int(fields[21]) * PAGE,
        vms=int(fields[20]),
        open_files=_open_files(folder),
        read_bytes=reads,
        write_bytes=writes,
        container=_container(folder),
    )


def _arguments(command: bytes) -> tuple[str, ...]:
    """The arguments; programs that write a title of their own there leave spaces in place of zero bytes."""
    parts = command.rstrip(b"\0").split(b"\0")
    return tuple(part.decode(errors="replace").strip() for part in parts)


def _letter(state: str) -> str:
    """Idle and traced processes count as sleeping and stopped, for which the protocol has letters."""
    return {"I": "S", "t": "T", "P": "U"}.get(state, state)


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(handle, _MAX_COMMAND)
    finally:
        os.close(handle)


def _open_files(folder: str) -> int:
    try:
        return len(os.listdir(f"{folder}/fd"))  # noqa: PTH208
    except OSError:
        return -1


def _io(folder: str) -> tuple[int, int]:
    try:
        text = _read(f"{folder}/io")
    except OSError:
        return -1, -1
    values = dict(line.split(b": ", 1) for line in text.splitlines() if b": " in line)
    return int(values.get(b"read_bytes", b"-1")), int(values.get(b"write_bytes", b"-1"))


def _container(folder: str) -> str:
    try:
        return container_id(_read(f"{folder}/cgroup").decode(errors="replace"))
    except OSError:
        return ""
