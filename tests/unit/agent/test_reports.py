"""What the agent's commands print, and that no secret is in it."""

from __future__ import annotations

import json
import os
import socket
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from heeler.agent.collector.check_configs import read_configurations
from heeler.agent.config import Config
from heeler.agent.hostname import Hostname
from heeler.agent.reports import configcheck, diagnose
from heeler.agent.reports.collector import collector_section, duration, local_time
from heeler.agent.reports.flare import scrub_text, write_flare
from heeler.agent.reports.status import gather, render_status
from heeler.agent.state import read_state, write_state
from heeler.cli.main import main
from tests.conftest import free_port

HOST = Hostname("box", "configuration")
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "redisdb.yaml").write_text(
        "instances:\n  - host: h\n    password: sesame\n    url: http://bob:sesame@h/\n"
    )
    (tmp_path / "datadog.yaml").write_text(f"api_key: {KEY}\n")
    return Config(
        tmp_path, {"api_key": KEY, "dd_url": f"http://127.0.0.1:{free_port()}"}, {"dd_url": "file"}, True
    )


STATS = {
    "CheckName": "mine",
    "CheckVersion": "1.0.0",
    "CheckConfigSource": "file:/x[0]",
    "CheckID": "mine:abc",
    "TotalRuns": 3,
    **dict.fromkeys(("MetricSamples", "Events", "ServiceChecks", "HistogramBuckets"), 1),
    **{f"Total{key}": 3 for key in ("MetricSamples", "Events", "ServiceChecks", "HistogramBuckets")},
    "AverageExecutionTime": 12,
    "LastExecutionDate": 1767323045.0,
    "LastSuccessDate": 0,
    "LastError": {"message": "no fridge", "traceback": "Traceback\n  line"},
    "LastWarnings": ["careful"],
    "Metadata": {"version.raw": "1.2"},
}


def test_a_checks_block_reads_as_the_field_knows_it() -> None:
    text = "\n".join(collector_section({"checks": [STATS]}))
    for line in (
        "    mine (1.0.0)\n    ------------",
        "      Instance ID: mine:abc [ERROR]",
        "      Metric Samples: Last Run: 1, Total: 3",
        "      Average Execution Time : 12ms",
        "      Last Execution Date : 2026-01-02 03:04:05 UTC (1767323045000)",
        "      Last Successful Execution Date : Never",
        "      Error: no fridge\n      Traceback\n        line",
        "      Warning: careful",
    ):
        assert line in text


def test_a_check_that_hangs_is_told() -> None:
    text = "\n".join(collector_section({"checks": [{**STATS, "LongRunning": True, "RunningFor": 61.2}]}))
    assert "[LONG RUNNING]" in text
    assert "has not returned for 61 s" in text


def test_durations_and_moments() -> None:
    assert (duration(999), duration(1234), local_time(0)) == ("999ms", "1.234s", "Never")


def test_status_quotes_the_cause_of_a_component_that_cannot_start(config: Config) -> None:
    failing = {
        "name": "trace",
        "state": "restarting",
        "cause": "TCP port 8126 is taken by java (pid 7)",
        "restarts": 4,
        "pid": None,
        "log": "/l/trace.log",
    }
    write_state(
        config.run_path, "supervisor", {"pid": os.getpid(), "started": time.time(), "components": [failing]}
    )
    write_state(config.run_path, "collector", {"state": "running", "pid": 1, "status": {"checks": [STATS]}})
    text = render_status(gather(config, HOST))
    assert "trace: restarting (pid -, started again 4 times)" in text
    assert "Cause: TCP port 8126 is taken by java (pid 7)" in text
    assert "Log: /l/trace.log" in text
    assert "mine:abc" in text


def test_status_without_an_agent_says_how_to_start_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["agent", "status", "-c", str(tmp_path)])
    assert done.exit_code == 1
    assert "start it with: heeler agent run" in done.output


def test_configcheck_shows_everything_but_secrets(config: Config) -> None:
    found = read_configurations(config)
    text = "\n".join(configcheck.render(found, "redisdb"))
    assert "=== redisdb check ===" in text
    assert "Config for instance ID: redisdb:" in text
    assert "sesame" not in text + json.dumps(configcheck.as_json(found))


def test_scrubbing_keeps_what_is_no_secret() -> None:
    tree = {"api_key": KEY, "host": "h", "tags": ["a:b"], "nested": {"password": "x", "port": 1}}
    assert configcheck.scrub(tree) == {
        "api_key": "********bcdef",
        "host": "h",
        "tags": ["a:b"],
        "nested": {"password": "********", "port": 1},
    }
    assert KEY not in scrub_text(f"sent with {KEY} and password=hunter2", KEY)
    assert "hunter2" not in scrub_text("password=hunter2", "")


def test_a_flare_has_everything_and_no_secret(config: Config, tmp_path: Path) -> None:
    config.log_dir.mkdir()
    (config.log_dir / "collector.log").write_text(f"key {KEY}\n")
    config.run_path.mkdir(parents=True, exist_ok=True)
    (config.run_path / "registry.json").write_text(f'{{"Registry": {{}}, "key": "{config.api_key}"}}')
    path = write_flare(config, HOST, tmp_path)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        whole = b"".join(archive.read(name) for name in names)
    wanted = ("status.log", "config-check.log", "diagnose.log", "etc/conf.d/redisdb.yaml", "etc/datadog.yaml")
    assert {f"box/{name}" for name in (*wanted, "logs/collector.log", "run/registry.json")} <= names
    assert b"sesame" not in whole
    assert KEY.encode() not in whole
    assert path.stat().st_mode & 0o077 == 0


def test_diagnose_names_address_and_taken_port(config: Config) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        values = {**config.values, "dogstatsd_port": port, "apm_config.enabled": False}
        found = diagnose.diagnose(Config(config.directory, values, config.sources))
    text = diagnose.render(found)
    assert "cannot be reached" in text
    assert f"port {port} is taken by" in text
    assert diagnose.as_json(found)["summary"]["Fail"] == 2


def test_state_files_survive_garbage(tmp_path: Path) -> None:
    write_state(tmp_path, "a", {"x": 1})
    assert read_state(tmp_path, "a") == {"x": 1}
    (tmp_path / "status" / "a.json").write_text("{broken")
    assert read_state(tmp_path, "a") is None
    assert read_state(tmp_path, "b") is None


def test_hostname_command(tmp_path: Path) -> None:
    (tmp_path / "datadog.yaml").write_text("hostname: web-7\n")
    done = CliRunner().invoke(main, ["agent", "hostname", "-c", str(tmp_path)], env={"DD_HOSTNAME": ""})
    assert done.output == "web-7\n"
