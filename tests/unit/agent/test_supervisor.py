"""The supervisor's rules, over real processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from heeler.agent.component import Registered
from heeler.agent.config import Config
from heeler.agent.state import write_state
from heeler.agent.supervisor import Child, restart_pause

DIES = """
import json, os, sys
os.makedirs({folder!r}, exist_ok=True)
state = {{"pid": os.getpid(), "state": "failed", "cause": {cause!r}}}
open({folder!r} + "/trace.json", "w").write(json.dumps(state))
sys.exit({code})
"""


def child(tmp_path: Path, code: str) -> Child:
    config = Config(tmp_path, {"run_path": str(tmp_path / "run")})

    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)

    return Child(Registered("trace", ("apm_config.enabled",)), launch, config)


def settle(one: Child, now: float, state: str) -> None:
    deadline = time.monotonic() + 10
    while one.state != state and time.monotonic() < deadline:
        one.look(now)
        time.sleep(0.02)
    assert one.state == state, one.as_dict()


def test_pauses_double_up_to_a_minute() -> None:
    assert [restart_pause(failures) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_component_that_says_why_it_failed_is_quoted_and_started_again(tmp_path: Path) -> None:
    script = DIES.format(folder=str(tmp_path / "run" / "status"), cause="port 8126 is taken by java", code=1)
    one = child(tmp_path, script)
    one.start(0.0)
    settle(one, 0.0, "restarting")
    assert one.cause == "port 8126 is taken by java"
    one.look(0.5)
    assert one.restarts == 0
    one.look(1.1)
    assert one.restarts == 1
    settle(one, 1.1, "restarting")
    assert one.again_at == 1.1 + 2.0


def test_one_that_dies_without_a_word_is_quoted_from_standard_error(tmp_path: Path) -> None:
    one = child(tmp_path, "import no_such_module_at_all")
    one.start(0.0)
    settle(one, 0.0, "restarting")
    assert "exit code 1" in one.cause
    assert "no_such_module_at_all" in one.cause


def test_one_that_is_disabled_stays_ended(tmp_path: Path) -> None:
    script = DIES.format(folder=str(tmp_path / "run" / "status"), cause="no logs configured", code=77)
    one = child(tmp_path, script)
    one.start(0.0)
    settle(one, 0.0, "disabled")
    assert not one.look(1000.0)
    assert one.restarts == 0


def test_a_killed_component_names_the_signal(tmp_path: Path) -> None:
    one = child(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    one.start(0.0)
    settle(one, 0.0, "restarting")
    assert "SIGKILL" in one.cause


def test_requests_of_which_nothing_was_stored_are_reported(tmp_path: Path) -> None:
    one = child(tmp_path, "")
    assert one.as_dict()["not_stored"] == {}
    counts = {"profiles": 35, "telemetry": 2}
    write_state(tmp_path / "run", "trace", {"status": {"sent_and_not_stored": counts}})
    assert one.as_dict()["not_stored"] == counts
