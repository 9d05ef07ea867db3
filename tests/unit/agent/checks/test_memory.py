"""The memory check on tables of kernels with and without some lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heeler.agent.checks import memory
from heeler.agent.checks.memory import MemoryCheck


def checked(monkeypatch: pytest.MonkeyPatch, folder: Path, **files: str) -> dict[str, float]:
    for name in ("meminfo", "vmstat"):
        if name in files:
            (folder / name).write_text(files[name])
    real = memory._table
    monkeypatch.setattr(memory, "_table", lambda file: real(folder / file.name))
    check = MemoryCheck("memory", {}, [{"collect_memory_pressure": True}])
    found: dict[str, float] = {}

    def put(name: str, value: float, tags: Any = ()) -> None:
        found[" ".join([name, *tags])] = value

    check.gauge = check.rate = check.monotonic_count = put
    check.check(check.instance)
    return found


def test_values_are_mebibytes_and_fractions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    meminfo = "Cached:  2048 kB\nSwapCached: 0 kB\nHugePages_Total: 7\nSlab: 512 kB\n"
    found = checked(monkeypatch, tmp_path, meminfo=meminfo, vmstat="pgscan_direct 4\nallocstall_dma 5\n")
    assert found["system.mem.cached"] == 2
    assert found["system.mem.slab"] == 0.5
    assert found["system.swap.cached"] == 0
    assert found["system.mem.pgscan_direct"] == 4
    assert found["system.mem.allocstall zone:dma"] == 5
    assert 0 < found["system.mem.pct_usable"] <= 1
    assert found["system.mem.used"] + found["system.mem.free"] == pytest.approx(found["system.mem.total"])


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Cached:\n", "Cached: many kB\nSlab: 512 kB\n", "Slab: 512 kB\n\udcff 1"]
)
def test_lines_of_another_form_are_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "meminfo").write_bytes(text.encode(errors="surrogateescape"))
    found = checked(monkeypatch, tmp_path)
    assert ("system.mem.slab" in found) == ("Slab" in text)
    assert "system.mem.cached" not in found
    assert found["system.mem.total"] > 0
