"""``system.mem.*`` and ``system.swap.*`` in MiB; ``pct`` metrics are fractions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
from datadog_checks.base import AgentCheck

_MIB = 2**20
_MEMINFO = {
    "Buffers": "system.mem.buffered",
    "Shmem": "system.mem.shared",
    "Slab": "system.mem.slab",
    "SReclaimable": "system.mem.slab_reclaimable",
    "PageTables": "system.mem.page_tables",
    "CommitLimit": "system.mem.commit_limit",
    "Committed_AS": "system.mem.committed_as",
    "SwapCached": "system.swap.cached",
    "Cached": "system.mem.cached",
}
_PRESSURE = ("pgscan_direct", "pgsteal_direct", "pgscan_kswapd", "pgsteal_kswapd")


class MemoryCheck(AgentCheck):
    def check(self, instance: dict[str, Any]) -> None:
        memory = psutil.virtual_memory()
        self.gauge("system.mem.total", memory.total / _MIB)
        self.gauge("system.mem.free", memory.free / _MIB)
        self.gauge("system.mem.used", (memory.total - memory.free) / _MIB)
        self.gauge("system.mem.usable", memory.available / _MIB)
        self.gauge("system.mem.pct_usable", memory.available / memory.total)
        for name, kib in _table(Path("/proc/meminfo")).items():
            if name in _MEMINFO:
                self.gauge(_MEMINFO[name], kib / 1024)
        self._swap()
        if instance.get("collect_memory_pressure"):
            self._pressure()

    def _swap(self) -> None:
        swap = psutil.swap_memory()
        self.gauge("system.swap.total", swap.total / _MIB)
        self.gauge("system.swap.free", swap.free / _MIB)
        self.gauge("system.swap.used", swap.used / _MIB)
        self.gauge("system.swap.pct_free", swap.free / swap.total if swap.total else 0.0)
        self.rate("system.swap.swap_in", swap.sin / _MIB)
        self.rate("system.swap.swap_out", swap.sout / _MIB)

    def _pressure(self) -> None:
        counters = _table(Path("/proc/vmstat"))
        for name in _PRESSURE:
            if name in counters:
                self.monotonic_count(f"system.mem.{name}", counters[name])
        for name, value in counters.items():
            if name.startswith("allocstall_"):
                zone = name.removeprefix("allocstall_")
                self.monotonic_count("system.mem.allocstall", value, tags=[f"zone:{zone}"])


def _table(file: Path) -> dict[str, int]:
    """Name and first number of each line; empty if the file does not exist."""
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return {}
    rows = [parts for line in lines if len(parts := line.split()) > 1]
    return {parts[0].rstrip(":"): int(parts[1]) for parts in rows if parts[1].isdecimal()}
