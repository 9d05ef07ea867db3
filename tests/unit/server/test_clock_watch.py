"""Jumps of the clock are reported, both ways, also one since the last run; time that passes is none."""

from __future__ import annotations

from pathlib import Path

from heeler.server.clock_watch import ClockWatch

NOON = 1_780_000_000.0


class Clocks:
    def __init__(self) -> None:
        self.wall, self.passed = NOON, 5.0

    def pass_by(self, seconds: float, *, jump: float = 0) -> None:
        self.wall += seconds + jump
        self.passed += seconds


def watch(folder: Path, clocks: Clocks) -> ClockWatch:
    return ClockWatch(folder, lambda: clocks.wall, lambda: clocks.passed)


def test_jumps_while_the_server_runs(tmp_path: Path) -> None:
    clocks = Clocks()
    here = watch(tmp_path, clocks)
    said = []
    for seconds, jump in ((10, 0), (3600, 5), (10, 7200), (10, 0), (10, -2 * 86400), (10, -59), (10, 0)):
        clocks.pass_by(seconds, jump=jump)
        said.append(here.look())
    assert [one is not None for one in said] == [False, False, True, False, True, False, False]
    assert "set forward by 2.0 hours" in str(said[2])
    assert "set back by 2.0 days, from 2026-" in str(said[4])


def test_a_clock_that_was_set_back_between_two_runs(tmp_path: Path) -> None:
    clocks = Clocks()
    first = watch(tmp_path, clocks)
    assert first.since_last_run() is None
    assert first.look() is None
    clocks.pass_by(86400)
    assert watch(tmp_path, clocks).since_last_run() is None
    clocks.pass_by(0, jump=-3 * 86400)
    assert "set back by 2.0 days" in str(watch(tmp_path, clocks).since_last_run())
    (tmp_path / "clock").write_text("no number")
    assert watch(tmp_path, clocks).since_last_run() is None
