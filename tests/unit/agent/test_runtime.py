"""The real ``datadog_checks.base`` on our runtime: in a process of its own, as in the agent.

The base package decides at its first import whether an agent is there, so each test starts a fresh
interpreter.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

CLI = [sys.executable, "-m", "heeler", "agent"]


def run_check(folder: Path, code: str, config: str = "instances: [{}]", *arguments: str) -> dict[str, Any]:
    (folder / "checks.d").mkdir(exist_ok=True)
    (folder / "conf.d").mkdir(exist_ok=True)
    (folder / "checks.d" / "mine.py").write_text(textwrap.dedent(code))
    (folder / "conf.d" / "mine.yaml").write_text(textwrap.dedent(config))
    (folder / "datadog.yaml").write_text("api_key: abc\nhostname: box\n")
    done = subprocess.run(
        [*CLI, "-c", str(folder), "check", "mine", "--json", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout)[0]
    return {**result, "stderr": done.stderr}


def metrics(result: dict[str, Any]) -> dict[str, tuple[str, float]]:
    return {m["metric"]: (m["type"], m["points"][0][1]) for m in result["aggregator"]["metrics"]}


def test_every_kind_of_submission(tmp_path: Path) -> None:
    result = run_check(
        tmp_path,
        """
        from datadog_checks.base import AgentCheck

        class Mine(AgentCheck):
            __NAMESPACE__ = "ns"

            def check(self, instance):
                self.gauge("g", 1, tags=["b:2", "a:1", "a:1"])
                self.gauge("g", 2, tags=["a:1", "b:2"])
                self.count("c", 2)
                self.count("c", 3)
                for value in (5, 7, 4):
                    self.monotonic_count("m", value)
                for value in range(1, 11):
                    self.histogram("h", value)
                self.increment("i")
                self.service_check("up", self.WARNING, message="so so")
                self.event({"msg_title": "t", "msg_text": "x", "tags": ["k:v"]})
                self.set_metadata("version", "1.2.3")
                self.write_persistent_cache("k", "kept")
                self.gauge("cached", len(self.read_persistent_cache("k")))
                self.warning("careful")
                self.log.info("no recursion")
        """,
        "init_config: {service: shop}\ninstances: [{}]",
    )
    found = metrics(result)
    assert found["ns.g"] == ("gauge", 2.0)
    assert found["ns.c"] == ("count", 5.0)
    assert found["ns.m"] == ("count", 2.0)
    assert found["ns.h.max"] == ("gauge", 10.0)
    assert found["ns.h.median"] == ("gauge", 5.0)
    assert found["ns.h.count"] == ("rate", 10.0)
    assert found["ns.h.95percentile"] == ("gauge", 10.0)
    assert found["ns.i"] == ("rate", 1.0)
    assert found["ns.cached"] == ("gauge", 4.0)
    gauge = next(m for m in result["aggregator"]["metrics"] if m["metric"] == "ns.g")
    assert gauge["tags"] == ["a:1", "b:2", "service:shop"]
    assert gauge["host"] == "box"
    assert result["aggregator"]["service_checks"][0]["status"] == 1
    assert result["aggregator"]["events"][0]["tags"] == ["k:v", "service:shop"]
    assert result["inventories"]["version.major"] == "1"
    assert result["runner"]["LastWarnings"][-1] == "careful"
    assert "RecursionError" not in result["stderr"]


def test_a_rate_needs_two_runs(tmp_path: Path) -> None:
    result = run_check(
        tmp_path,
        """
        from datadog_checks.base import AgentCheck

        class Mine(AgentCheck):
            n = 0

            def check(self, instance):
                self.n += 100
                self.rate("r", self.n)
        """,
        "instances: [{}]",
        "--check-times",
        "2",
        "--pause",
        "200",
    )
    kind, value = metrics(result)["r"]
    assert kind == "gauge"
    assert 300 < value <= 500


def test_a_check_of_agent_5_runs_unchanged(tmp_path: Path) -> None:
    result = run_check(
        tmp_path,
        """
        from checks import AgentCheck

        class Old(AgentCheck):
            def __init__(self, name, init_config, agentConfig, instances):
                AgentCheck.__init__(self, name, init_config, agentConfig, instances)
                self.key = agentConfig["api_key"]

            def check(self, instance):
                self.gauge("old", len(self.key))
        """,
    )
    assert metrics(result)["old"] == ("gauge", 3.0)


def test_what_a_failed_run_submitted_is_kept_and_its_error_told(tmp_path: Path) -> None:
    result = run_check(
        tmp_path,
        """
        from datadog_checks.base import AgentCheck

        class Mine(AgentCheck):
            def check(self, instance):
                self.gauge("before", 1)
                raise ValueError("the fridge is open")
        """,
    )
    assert metrics(result)["before"] == ("gauge", 1.0)
    assert result["runner"]["LastError"]["message"] == "the fridge is open"
    assert "mine.py" in result["runner"]["LastError"]["traceback"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import no_such_library\n", ["could not load mine", "no_such_library"]),
        ("x = 1\n", ["cannot find a subclass of AgentCheck"]),
    ],
)
def test_a_check_that_cannot_be_loaded_says_why(tmp_path: Path, code: str, words: list[str]) -> None:
    with pytest.raises(AssertionError) as caught:
        run_check(tmp_path, code)
    for word in words:
        assert word in str(caught.value)


def test_an_unknown_check_names_the_file_to_write(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CLI, "-c", str(tmp_path), "check", "nothing"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no valid check found" in done.stderr
    assert "conf.d/nothing.d/conf.yaml" in done.stderr
