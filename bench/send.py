"""Sends bodies over many keep-alive connections and measures the server from outside."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import Body

#: CPU seconds in a second that count as rest, how long it has to last, and how long to wait for it.
_IDLE = 0.02
_SECONDS_OF_REST = 5
_LONGEST_SETTLE = 180.0
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory, and how much of it is not pages of files (which the system can take back)."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["RssAnon"].split()[0]) / 1024


def disk_bytes(path: Path) -> int:
    return sum(entry.stat().st_blocks * 512 for entry in path.rglob("*") if entry.is_file())


@dataclass
class Result:
    """What one run came to. ``codes`` counts answers."""

    samples: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    rss: float = 0.0
    codes: Counter[int] = field(default_factory=Counter)

    @property
    def per_core(self) -> float:
        return self.samples / self.cpu if self.cpu else float("nan")


async def send(
    port: int,
    path: str,
    headers: Mapping[str, str],
    work: Iterable[Body],
    *,
    pid: int,
    connections: int,
    settle: float,
) -> Result:
    """Deliver ``work``; CPU is read after ``settle`` more seconds, so that merging counts too."""
    result, todo = Result(), iter(work)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    cpu, wall = cpu_seconds(pid), time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(
                _connection(port, f"POST {path} HTTP/1.1\r\nHost: bench\r\n{head}", todo, result)
            )
    result.wall = time.perf_counter() - wall
    await asyncio.sleep(settle)
    result.cpu, result.rss = cpu_seconds(pid) - cpu, memory_mb(pid)[0]
    return result


async def stream(port: int, work: Iterable[Body], *, pid: int, connections: int) -> Result:
    """Write ``work`` to a server that does not answer, and wait until it has nothing left to do."""
    result, todo = Result(), iter(work)
    cpu, wall = cpu_seconds(pid), time.perf_counter()

    async def write() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in todo:
            writer.write(body.data)
            await writer.drain()
            result.samples += body.samples
        writer.close()
        await writer.wait_closed()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(write())
    at_rest = 0
    while at_rest < _SECONDS_OF_REST and time.perf_counter() - wall < _LONGEST_SETTLE:
        before = cpu_seconds(pid)
        await asyncio.sleep(1)
        at_rest = at_rest + 1 if cpu_seconds(pid) - before <= _IDLE else 0
        if at_rest == 0:
            result.wall = time.perf_counter() - wall
    result.cpu, result.rss = cpu_seconds(pid) - cpu, memory_mb(pid)[0]
    return result


async def _connection(port: int, head: str, todo: Iterator[Body], result: Result) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in todo:
        data = f"{head}Content-Length: {len(body.data)}\r\n\r\n".encode() + body.data
        code = await exchange(reader, writer, data)
        result.codes[code] += 1
        result.samples += body.samples if code < 300 else 0
    writer.close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    """Send a request and read its answer; the status."""
    writer.write(data)
    answer = await reader.readuntil(b"\r\n\r\n")
    for line in answer.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
    return int(answer.split(b" ", 2)[1])
