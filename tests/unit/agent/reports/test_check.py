"""`heeler agent check`: whatever a check submits is shown, and it is ended in every case."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from heeler.agent.collector.check_configs import CheckInstance
from heeler.agent.config import Config
from heeler.agent.reports.check import NoCheckError, find_instances, render_result, run_check
from heeler.agent.runtime import Bridge, install
from heeler.wire.metrics.encode_series import Series


def place(folder: Path, name: str, code: str) -> tuple[Config, CheckInstance, Bridge]:
    (folder / "checks.d").mkdir()
    header = "from datadog_checks.base import AgentCheck\n\n\nclass Own(AgentCheck):\n"
    (folder / "checks.d" / f"{name}.py").write_text(header + textwrap.indent(textwrap.dedent(code), "    "))
    config = Config(folder, {})
    bridge = Bridge(config, "box", clock=lambda: 1000.0)
    install(bridge)
    return config, CheckInstance(name, {}, {}, "file:x[0]"), bridge


NOTES = """
def check(self, _):
    self.note("run")

def cancel(self):
    self.note("end")

def note(self, what):
    with open(__file__ + ".notes", "a") as notes:
        notes.write(what + " ")
"""


def noted(entry: CheckInstance, config: Config) -> list[str]:
    return Path(f"{config.checksd}/{entry.name}.py.notes").read_text().split()


def test_each_turn_runs_and_the_check_is_ended_once(tmp_path: Path) -> None:
    config, entry, bridge = place(tmp_path, "own_turns", NOTES)
    pauses: list[float] = []
    run_check(entry, config, bridge, times=3, pause=0.5, sleep=pauses.append)
    assert pauses == [0.5, 0.5]
    assert noted(entry, config) == ["run", "run", "run", "end"]


def test_an_interrupted_check_is_ended_too(tmp_path: Path) -> None:
    config, entry, bridge = place(tmp_path, "own_interrupted", NOTES)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_check(entry, config, bridge, times=2, pause=1.0, sleep=interrupted)
    assert noted(entry, config) == ["run", "end"]


def test_bytes_that_are_no_text_and_numbers_that_are_long_are_shown(tmp_path: Path) -> None:
    config, entry, bridge = place(
        tmp_path, "own_bytes", "def check(self, _):\n    raise ValueError('at last')\n"
    )
    result = run_check(entry, config, bridge, times=1, pause=0.0)
    result.series = [Series("m", ((1, 1234567890123.0), (2, 1e20)), ("a:b", "c"), "box")]
    result.platform_events = [("dbm-samples", b"\xff{")]
    shown = "\n".join(render_result(result, as_table=True))
    rows = [line.split() for line in shown.splitlines() if line.startswith("m ")]
    assert rows == [
        ["m", "gauge", "1", "1234567890123", "a:b,", "c"],
        ["m", "gauge", "2", "1e+20", "a:b,", "c"],
    ]
    assert json.dumps("\N{REPLACEMENT CHARACTER}{") in shown
    assert "at last" in shown
    json.dumps(result.as_json())


def test_errors_in_files_of_the_name_are_told_where_nothing_is_configured(tmp_path: Path) -> None:
    (tmp_path / "conf.d" / "own.d").mkdir(parents=True)
    (tmp_path / "conf.d" / "own.d" / "conf.yaml").write_text("instances: [\n")
    (tmp_path / "conf.d" / "other.yaml").write_text("instances: {\n")
    with pytest.raises(NoCheckError) as raised:
        find_instances(Config(tmp_path, {"confd_path": str(tmp_path / "conf.d")}), "own")
    assert "own.d/conf.yaml: " in str(raised.value)
    assert "other.yaml" not in str(raised.value)


def test_an_instance_is_chosen_by_the_end_of_its_id(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "own.yaml").write_text("instances: [{name: a}, {name: b}]\n")
    config = Config(tmp_path, {"confd_path": str(tmp_path / "conf.d")})
    first, second = find_instances(config, "own")
    assert find_instances(config, "own", None, second.check_id) == [second]
    assert find_instances(config, "own", None, first.check_id.rpartition(":")[2]) == [first]
    with pytest.raises(NoCheckError):
        find_instances(config, "own", None, "none")
