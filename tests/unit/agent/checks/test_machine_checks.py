"""process, directory and systemd on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.agent.checks.run import run


def test_processes_are_measured(tmp_path: Path) -> None:
    found = run(tmp_path, "process", {"name": "me", "pid": os.getpid()}, "--check-rate")
    metrics = {name.removeprefix("system.processes.") for name in found.metrics}
    assert {
        "number",
        "cpu.pct",
        "mem.rss",
        "mem.vms",
        "threads",
        "open_file_descriptors",
        "run_time.avg",
    } <= metrics
    assert "mem.page_faults.minor_faults" in metrics
    assert found.metrics["system.processes.number"] == 1
    assert found.metrics["system.processes.mem.rss"] > 2**20
    assert found.checks["process.up"][0] == 0
    assert found.tags["process.up"] == ["process:me"]
    absent = run(
        tmp_path, "process", {"name": "no", "search_string": ["no-such-program"], "exact_match": True}
    )
    assert absent.checks["process.up"][0] == 2
    few = {"name": "x", "pid": os.getpid(), "thresholds": {"warning": [2, 9], "critical": [0, 9]}}
    assert run(tmp_path, "process", few).checks["process.up"][0] == 1


def test_directories_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.log").write_text("x" * 10)
    (folder / "b.txt").write_text("x" * 5)
    (folder / "inner" / "c.log").write_text("x" * 20)
    flat = run(tmp_path, "directory", {"directory": str(folder)})
    assert flat.metrics["system.disk.directory.files"] == 2
    assert flat.metrics["system.disk.directory.folders"] == 1
    options = {"directory": str(folder), "recursive": True, "pattern": "*.log", "name": "logs"}
    deep = run(tmp_path, "directory", options)
    assert deep.metrics["system.disk.directory.bytes"] == 30
    assert deep.tags["system.disk.directory.files"] == ["name:logs"]
    missing = run(tmp_path, "directory", {"directory": str(tmp_path / "no"), "ignore_missing": True})
    assert missing.checks["system.disk.directory.exists"][0] == 1


SYSTEMCTL = """#!/bin/sh
case "$1" in
list-units)
  echo "nginx.service loaded active running A web server"
  echo "old.service loaded failed failed Something old" ;;
is-system-running) echo degraded; exit 1 ;;
show)
  echo "ActiveState=active"; echo "LoadState=loaded"; echo "SubState=running"
  echo "ActiveEnterTimestampMonotonic=1000000"; echo "NRestarts=3"; echo "MemoryCurrent=[not set]"
  echo "TasksCurrent=18446744073709551615" ;;
esac
"""


def test_units_have_states(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    found = run(tmp_path, "systemd", {"unit_names": ["nginx.service"]}, path=str(program.parent))
    assert found.checks["systemd.system.state"] == (2, "degraded")
    assert found.checks["systemd.unit.state"][0] == 0
    assert found.metrics["systemd.units_total"] == 2
    assert found.metrics["systemd.unit.active"] == 1
    assert found.metrics["systemd.service.restart_count"] == 3
    assert found.metrics["systemd.unit.uptime"] > 0
    assert "systemd.service.memory_usage" not in found.metrics
    assert "systemd.service.task_count" not in found.metrics
