"""Checks that raise anything, grow without end, or never return: each is shown, none stops the others."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.collector import scheduler as scheduler_module
from heeler.agent.collector.check_configs import CheckInstance
from heeler.agent.collector.collector import MemoryWatch
from heeler.agent.collector.runner import CheckRunner
from heeler.agent.collector.scheduler import Scheduler
from heeler.agent.config import Config
from heeler.agent.runtime.check_bridge import Bridge
from tests.unit.agent.intake import until


class Check:
    """Raises what it is given."""

    check_id = provider = ""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error

    def run(self) -> str:
        if self.error is not None:
            raise self.error
        return ""

    def get_warnings(self) -> list[str]:
        return []

    def cancel(self) -> None:
        if self.error is not None:
            raise self.error


def runner(tmp_path: Path, check: Any, name: str = "mine") -> CheckRunner:
    entry = CheckInstance(name, {}, {"min_collection_interval": 0.05}, "file:x[0]")
    return CheckRunner(entry, check, "1", Bridge(Config(tmp_path, {}), "box"))


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
def test_whatever_a_check_raises_is_its_own_error(tmp_path: Path, error: BaseException) -> None:
    one = runner(tmp_path, Check(error))
    one.run()
    one.cancel()
    shown = one.stats()
    assert shown["TotalErrors"] == shown["TotalRuns"] == 1
    assert shown["LastError"]["message"].startswith(type(error).__name__)
    assert "Traceback" in shown["LastError"]["traceback"]


def test_workers_outlive_checks_that_call_exit(tmp_path: Path) -> None:
    leaving = [runner(tmp_path, Check(SystemExit(1)), f"leaves{number}") for number in range(8)]
    good = runner(tmp_path, Check(), "good")
    scheduler = Scheduler(workers=2)
    thread = threading.Thread(target=scheduler.run, args=([*leaving, good],))
    thread.start()
    until(lambda: good.stats()["TotalRuns"] >= 4)
    scheduler.stop()
    thread.join()
    assert all(one.stats()["TotalRuns"] for one in leaving)


class Hanging:
    interval = 0.01
    title = "hanging:1"

    def __init__(self) -> None:
        self.release = threading.Event()

    def run(self) -> None:
        self.release.wait(30)


def test_checks_that_hold_all_threads_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "MAX_WORKERS", 3)
    hanging = [Hanging() for _ in range(6)]
    now = [0.0]
    scheduler = Scheduler(workers=1, clock=lambda: now[0])
    for one in hanging:
        scheduler._offer(one)
    now[0] = 60.0
    status = scheduler.status()
    assert status["hung"] == ["hanging:1 (60 s)"] * 6
    assert "all 3 threads are held" in str(status["problem"])
    for one in hanging:
        one.release.set()
    scheduler.stop()


def test_a_check_that_grows_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    small, large = runner(tmp_path, Check(), "small"), runner(tmp_path, Check(), "large")
    large.grown = 200 * 2**20
    watch = MemoryWatch([small, large], 256 * 2**20)
    log = logging.getLogger("test")
    watch.look(100 * 2**20, log)
    assert watch.warning == ""
    for _ in range(3):
        watch.look(300 * 2**20, log)
    assert "the process grew most during runs of large" in watch.warning
    assert len(caplog.records) == 1
