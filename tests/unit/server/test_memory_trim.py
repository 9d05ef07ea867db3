from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from heeler.server import memory_trim


def resident_kb() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that keeps what is freed")
async def test_what_is_freed_leaves_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_trim, "EVERY_SECONDS", 0.01)
    blocks = [bytearray(1000) for _ in range(100_000)]
    kept = blocks[::1000]  # scattered, so that nothing is returned by itself
    full = resident_kb()
    del blocks
    async with asyncio.TaskGroup() as tasks:
        giving = tasks.create_task(memory_trim.give_back_memory(None))  # type: ignore[arg-type]
        for _ in range(200):
            await asyncio.sleep(0.05)
            if resident_kb() < full - 50_000:
                break
        giving.cancel()
    assert len(kept) == 100
    assert resident_kb() < full - 50_000


def test_arrow_takes_memory_from_the_system() -> None:
    before = pa.default_memory_pool()
    try:
        memory_trim.keep_little()
        assert pa.default_memory_pool().backend_name == "system"
    finally:
        pa.set_memory_pool(before)
