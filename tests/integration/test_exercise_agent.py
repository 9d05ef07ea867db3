"""The exercise's agent, configured and asked as people do it differently."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.processes import Child

KEY = "0123456789abcdef0123456789abcdef"
LEGACY = """\
from random import randint
from checks import AgentCheck

class my_metric(AgentCheck):
    def __init__(self, name, init_config, agentConfig, instances=None):
        AgentCheck.__init__(self, name, init_config, agentConfig, instances)

    def check(self, instance):
        print("a word on standard output")
        self.log.info("and one in the log")
        self.gauge("my_metric", randint(0, 1000), tags=["TAG_KEY:TAG_VALUE"] + instance.get("tags", []))
"""


def agent(folder: Path, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DD_", "HEELER_"))}
    return subprocess.run(
        [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(folder), *words],
        env={**plain, **extra}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "datadog.yaml").write_text(
        f"api_key: {KEY}\ndd_url: http://127.0.0.1:{free_port()}\nhostname: vagrant\n"
    )
    put(tmp_path, "checks.d/my_metric.py", LEGACY)
    put(tmp_path, "conf.d/my_metric.yaml", "init_config:\n\ninstances: [{}]\n")
    return tmp_path


def put(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(exist_ok=True, parents=True)
    (folder / path).write_text(text)


def test_a_check_with_the_signature_of_old_agents(folder: Path) -> None:
    put(folder, "conf.d/my_metric.yaml", "instances:\n  - tags: [floor:1]\n")
    done = agent(folder, "check", "my_metric")
    assert done.returncode == 0, done.stderr
    assert re.search(r'"TAG_KEY:TAG_VALUE",\s*"floor:1"', done.stdout)
    assert "[OK]" in done.stdout


@pytest.mark.parametrize(
    ("path", "interval"), [("conf.d/my_metric.yaml", "45"), ("conf.d/my_metric.d/conf.yaml", "'45'")]
)
def test_both_places_of_the_configuration(folder: Path, path: str, interval: str) -> None:
    (folder / "conf.d" / "my_metric.yaml").unlink()
    put(folder, path, f"init_config:\n\ninstances:\n  - min_collection_interval: {interval}\n")
    done = agent(folder, "configcheck", "my_metric")
    assert f"file:{folder / path}[0]" in done.stdout
    assert "45" in done.stdout
    assert agent(folder, "check", "my_metric").returncode == 0


@pytest.mark.parametrize(
    ("written", "environment"),
    [
        ("tags: [env:prod, 'owner:me']", ""),
        ("tags:\n  - env:prod\n  - owner:me", ""),
        ("tags: 'env:prod, owner:me'", ""),
        ("tags: env:prod owner:me", ""),
        ("", "env:prod owner:me"),
        ("", "env:prod,owner:me"),
    ],
)
def test_tags_as_people_write_them(folder: Path, written: str, environment: str) -> None:
    file = folder / "datadog.yaml"
    file.write_text(f"{file.read_text()}{written}\n")
    done = agent(folder, "status", "--json", **({"DD_TAGS": environment} if environment else {}))
    assert json.loads(done.stdout)["host_tags"] == ["env:prod", "owner:me"]


def test_tabs_in_yaml_are_named_with_file_and_line(folder: Path) -> None:
    put(folder, "conf.d/my_metric.yaml", "init_config:\n\ninstances:\n\t- min_collection_interval: 45\n")
    done = agent(folder, "check", "my_metric")
    assert done.returncode != 0
    assert "my_metric.yaml" in done.stderr
    assert "line 4" in done.stderr


def test_a_check_saved_as_yaml_is_pointed_at(folder: Path) -> None:
    (folder / "checks.d" / "my_metric.py").rename(folder / "checks.d" / "my_metric.yaml")
    done = agent(folder, "check", "my_metric")
    assert done.returncode != 0
    assert "my_metric.yaml beside it is no Python file: rename it" in done.stderr


def test_words_that_need_no_running_agent(folder: Path) -> None:
    assert agent(folder, "hostname").stdout == "vagrant\n"
    assert agent(folder, "version").stdout.startswith("Heeler Agent ")
    done = agent(folder, "health")
    assert done.returncode == 1
    assert "start it with: heeler agent run" in done.stderr
    done = agent(folder, "flare", "--output", str(folder))
    assert done.returncode == 0, done.stderr
    assert list(folder.glob("*.zip"))


@pytest.fixture
def running(folder: Path) -> Iterator[Path]:
    file = folder / "datadog.yaml"
    file.write_text(
        f"{file.read_text()}dogstatsd_port: {free_port()}\napm_config:\n  receiver_port: {free_port()}\n"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DD_", "HEELER_"))}
    process = Child(
        [sys.executable, "-m", "heeler", "agent", "--cfgpath", str(folder), "run"],
        env=plain, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield folder
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def test_health_and_status_of_a_running_agent(running: Path) -> None:
    deadline = time.monotonic() + 60
    while (done := agent(running, "health")).returncode:
        assert time.monotonic() < deadline, done.stdout + done.stderr
        time.sleep(0.5)
    assert "Agent health: PASS" in done.stdout
    assert "collector" in done.stdout
    states = {
        part["name"]: part["state"]
        for part in json.loads(agent(running, "status", "--json").stdout)["supervised"]
    }
    assert states["trace"] == "running"
