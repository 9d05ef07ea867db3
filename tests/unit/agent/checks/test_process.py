"""The process check, beside processes that other users of the machine shape."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks import process
from heeler.agent.checks.process import ProcessCheck
from tests.unit.agent.checks.recording import Recording

NUMBER = "system.processes.number"


def recording(**options: Any) -> Recording:
    return Recording(ProcessCheck, {"name": "it", **options})


@pytest.fixture
def oddly_named() -> Iterator[int]:
    """A process whose own name is neither UTF-8 nor without parentheses and spaces."""
    code = (
        "import sys, time; open('/proc/self/comm', 'wb').write(b'\\xff) R 1 (');"
        "print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        yield running.pid
        running.kill()


def test_a_process_with_an_odd_name_is_measured_like_others(oddly_named: int) -> None:
    found = recording(pid=oddly_named).run()
    assert found.value(NUMBER) == 1
    assert found.value("system.processes.mem.rss") > 2**16
    assert found.value("system.processes.mem.page_faults.minor_faults") > 0
    assert found.value("system.processes.threads") == 1
    assert recording(search_string=["All"]).run().value(NUMBER) >= 2


@pytest.mark.parametrize(
    "options",
    [
        {}, {"pid": "abc"}, {"pid": -1}, {"pid": 0}, {"pid": 2**31}, {"pid": 2**70}, {"pid": [1]},
        {"pid": float("nan")}, {"pid": float("inf")}, {"name": "", "pid": 1}, {"search_string": []},
        {"pid": 1, "thresholds": [1, 2]}, {"pid": 1, "thresholds": "x"},
        *({"pid": 1, "thresholds": {"critical": one}} for one in (5, [1], [1, 2, 3], ["a", "b"], [None, 1])),
    ],
)  # fmt: skip
def test_options_that_cannot_be_meant_are_refused_at_the_start(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        recording(**options)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"\xff", b"-5", b"0", b"9" * 30, b"4194305", b"1 2", b"9" * 10_000_000]
)
def test_a_pid_file_without_a_running_process_counts_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pid"
    file.write_bytes(content)
    found = recording(pid_file=str(file)).run()
    assert found.value(NUMBER) == 0
    assert found.statuses == [("process.up", 2, ("process:it",))]


def test_a_pid_file_is_read_anew_and_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    check = recording(pid_file=str(file))
    assert check.run().value(NUMBER) == 0
    file.write_text(f" {os.getpid()}\n")
    assert check.run().value(NUMBER) == 1
    file.unlink()
    os.mkfifo(file)
    assert check.run().value(NUMBER) == 0


def test_an_id_that_another_process_has_got_is_not_measured_as_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = psutil.Process(os.getpid()), psutil.Process(os.getpid())
    old._ident = (old.pid, 1.0)
    old._create_time = 1.0
    check = recording(pid=os.getpid())
    check.check._known = {old.pid: old}
    monkeypatch.setattr(process.psutil, "Process", lambda _: new)
    found = check.run()
    assert check.check._known[new.pid] is new
    assert found.value("system.processes.run_time.max") < 10**8


def test_the_same_process_keeps_its_object_by_which_cpu_is_measured() -> None:
    check = recording(pid=os.getpid())
    check.run()
    before = check.check._known[os.getpid()]
    check.run()
    assert check.check._known[os.getpid()] is before


def test_a_process_that_ends_while_it_is_looked_at_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(pid: int) -> psutil.Process:
        raise psutil.NoSuchProcess(pid)

    check = recording(pid=os.getpid())
    monkeypatch.setattr(process.psutil, "Process", gone)
    assert check.run().value(NUMBER) == 0


@pytest.mark.parametrize(
    ("thresholds", "status"),
    [
        ({}, 0), ({"critical": [1, 1]}, 0), ({"critical": [2, 9]}, 2), ({"warning": [2, 9]}, 1),
        ({"warning": [2, 9], "critical": [3, 9]}, 2), ({"critical": [0, 0]}, 2), ({"critical": None}, 0),
    ],
)  # fmt: skip
def test_thresholds_judge_the_number(thresholds: dict[str, Any], status: int) -> None:
    found = recording(pid=os.getpid(), thresholds=thresholds).run()
    assert found.statuses == [("process.up", status, ("process:it",))]


def test_tags_of_the_instance_stay_as_they_are() -> None:
    found = recording(pid=os.getpid(), tags=["sub_process_name:x", "it"]).run()
    assert found.statuses[0][2] == ("sub_process_name:x", "it", "process:it")
    assert found.tags(NUMBER) == {("sub_process_name:x", "it", "process_name:it", "it")}


@pytest.mark.parametrize("no", [False, "no", "false", 0])
def test_whatever_means_no_turns_the_exact_match_off(no: Any) -> None:
    script = Path(__file__).name
    code = "import time; print('ready', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, script], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        found = recording(search_string=script, exact_match=no).run()
        running.kill()
    assert found.value(NUMBER) >= 1
    assert recording(search_string=script, exact_match="yes").run().value(NUMBER) == 0
