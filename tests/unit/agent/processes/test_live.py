"""Processes of this machine, as the kernel shows them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.processes.live import LiveProcesses
from heeler.agent.processes.procfs import boot_time, memory_size, processes
from heeler.agent.processes.scrubber import Scrubber

PROC = Path("/proc")
BUSY = "import time\nopen('{path}', 'w').write('x' * 300000)\nwhile True: sum(range(1000))"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    code = BUSY.format(path=tmp_path / "out")
    process = subprocess.Popen([sys.executable, "-c", code, "--password=hunter2", "live-test"])
    yield process
    process.kill()
    process.wait()


def test_a_busy_process_with_its_rates(busy: subprocess.Popen[bytes]) -> None:
    live = LiveProcesses(PROC, Scrubber())
    assert live.collect(time.monotonic()) == []
    for _ in range(40):  # until it has had the processor, on a machine with other work
        time.sleep(0.5)
        listed = live.collect(time.monotonic(), lambda container: [f"in:{container}"])
        found = {one.pid: one for one in listed}
        if found[busy.pid].cpu > 5:
            break
    one = found[busy.pid]
    assert one.ppid == os.getpid()
    assert one.name.startswith("python")
    assert one.command.endswith("--password=******** live-test")
    assert 5 < one.cpu < 250
    assert one.cpu == pytest.approx(one.cpu_user + one.cpu_system, abs=0.01)
    assert one.rss > 1 << 20
    assert one.vms > one.rss
    assert one.threads >= 1
    assert one.open_files >= 3
    assert abs(one.created / 1000 - time.time()) < 60
    again = {item.pid: item for item in live.collect(time.monotonic())}
    assert (again[busy.pid].created, again[os.getpid()].user) == (one.created, one.user)


def test_what_is_excluded_is_left_out(busy: subprocess.Popen[bytes]) -> None:
    live = LiveProcesses(PROC, Scrubber(), [re.compile("live-test$")])
    live.collect(time.monotonic())
    pids = {one.pid for one in live.collect(time.monotonic() + 1)}
    assert busy.pid not in pids
    assert os.getpid() in pids


def test_the_machine() -> None:
    assert 0 < boot_time(PROC) < time.time()
    assert memory_size(PROC) > 1 << 28
    assert boot_time(Path("/nowhere")) == memory_size(Path("/nowhere")) == 0


def test_threads_of_the_kernel_and_what_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    for pid, command in (("7", b""), ("8", b"sh\0-c\0a b\0"), ("9", b"broken\0")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_bytes(command)
        numbers = " ".join(str(number) for number in range(1, 51))
        (tmp_path / pid / "stat").write_text(f"{pid} (a ) b) t {numbers}" if pid != "9" else "9 (x")
        (tmp_path / pid / "cgroup").write_text(f"0::/docker/{'ab' * 32}")
    (tmp_path / "self").mkdir()
    (look,) = processes(tmp_path)
    assert (look.pid, look.kernel_name, look.state, look.arguments) == (8, "a ) b", "T", ("sh", "-c", "a b"))
    assert (look.ppid, look.user_ticks, look.system_ticks, look.started) == (1, 11, 12, 19)
    assert (look.container, look.open_files, look.read_bytes) == ("ab" * 32, -1, -1)
