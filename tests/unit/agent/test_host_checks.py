"""Host checks: their arithmetic, and that each gives this machine's own metrics."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.checks.cpu import _STATES, percentages
from heeler.agent.checks.disk_space import DiskSpace
from heeler.agent.checks.io import Device, read_devices, utilization
from heeler.agent.checks.network import read_counters

times = st.fixed_dictionaries(
    {state: st.floats(0, 1e6) for state in _STATES if not state.startswith("guest")}
)


@given(times, times)
def test_shares_of_the_processor_add_up(before: dict[str, float], spent: dict[str, float]) -> None:
    after = {state: before[state] + spent[state] for state in before}
    found = percentages(before, after)
    if found:
        whole = found["user"] + found["system"] + found["iowait"] + found["idle"] + found["stolen"]
        assert whole == pytest.approx(100.0, abs=0.1)
        assert found["interrupt"] <= found["system"] + 1e-6


def test_two_equal_readings_make_no_percentages() -> None:
    assert percentages({"user": 1.0}, {"user": 1.0}) == {}


def test_devices_of_diskstats() -> None:
    text = "   8  0 sda 100 5 2000 40 50 6 1000 80 0 90 120 0 0 0 0\n   7  0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
    assert read_devices(text) == {"sda": Device(100, 5, 2000, 40, 50, 6, 1000, 80, 90, 120)}


def test_utilization_between_two_readings() -> None:
    before = Device(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    after = Device(10, 0, 200, 40, 10, 0, 100, 60, 5000, 20_000)
    found = utilization(before, after, 10.0)
    assert found["rkb_s"] == 10.0
    assert found["avg_rq_sz"] == 15.0
    assert (found["await"], found["r_await"], found["w_await"]) == (5.0, 4.0, 6.0)
    assert found["util"] == 50.0
    assert found["avg_q_sz"] == 2.0
    assert utilization(after, after, 10.0)["await"] == 0.0


def test_paired_lines_of_proc(tmp_path: Path) -> None:
    file = tmp_path / "snmp"
    file.write_text("Tcp: InSegs CurrEstab\nTcp: 5 2\nUdp: NoPorts\nUdp: 7\n")
    assert read_counters(file) == {"Tcp": {"InSegs": 5, "CurrEstab": 2}, "Udp": {"NoPorts": 7}}
    assert read_counters(tmp_path / "missing") == {}


def test_a_full_disk_is_told_of_once_and_again_when_well() -> None:
    space = DiskSpace()
    told = [space.judge("/", share, 2048.0) for share in (0.5, 0.96, 0.97, 0.94, 0.96, 0.9, 0.9, 0.99)]
    kinds = [event and event["alert_type"] for event in told]
    assert kinds == [None, "warning", None, None, None, "success", None, "warning"]
    assert told[1] is not None
    assert "96% of / is used and 2 MiB are free" in told[1]["msg_text"]


WANTED = {
    "cpu": {"system.cpu.user", "system.cpu.idle", "system.cpu.num_cores", "system.cpu.context_switches"},
    "memory": {"system.mem.total", "system.mem.usable", "system.mem.pct_usable", "system.swap.total"},
    "disk": {"system.disk.total", "system.disk.in_use"},
    "network": {"system.net.bytes_rcvd", "system.net.tcp.in_segs", "system.net.tcp.current_established"},
    "load": {"system.load.1", "system.load.norm.15"},
    "uptime": {"system.uptime"},
    "file_handle": {"system.fs.file_handles.used", "system.fs.file_handles.in_use"},
    "io": {"system.io.block_in"},
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("name", WANTED)
def test_each_check_gives_its_metrics(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "heeler",
            "agent",
            "-c",
            str(tmp_path),
            "check",
            name,
            "--json",
            "-t",
            "2",
            "--pause",
            "50",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert result["runner"]["LastError"] is None
    found = {one["metric"] for one in result["aggregator"]["metrics"]}
    assert found >= WANTED[name]
