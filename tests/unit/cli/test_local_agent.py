from __future__ import annotations

import stat
from pathlib import Path

from heeler.cli.local_agent import agent_port, config_file, read_config, write_config
from heeler.settings import Settings

KEY = "0" * 32

#: Processes of the one machine are collected from the start.
PROCESSES = {"process_config": {"process_collection": {"enabled": True}}}


def settings(folder: Path, port: int = 8124) -> Settings:
    return Settings.from_env({"HEELER_DATA": str(folder), "HEELER_LISTEN": f"127.0.0.1:{port}"})


def test_the_first_start_makes_a_private_file(tmp_path: Path) -> None:
    here = settings(tmp_path)
    write_config(here, KEY)
    assert read_config(here) == {"api_key": KEY, "dd_url": "http://localhost:8124", **PROCESSES}
    assert stat.S_IMODE(config_file(here).stat().st_mode) == 0o600
    assert (tmp_path / "agent" / "checks.d").is_dir()


def test_what_the_user_wrote_stays(tmp_path: Path) -> None:
    here = settings(tmp_path)
    write_config(here, KEY)
    config_file(here).write_text(config_file(here).read_text() + "tags:\n  - env:dev  # mine\n")
    moved = settings(tmp_path, 9000)
    write_config(moved, "1" * 32)
    text = config_file(moved).read_text()
    assert "  - env:dev  # mine" in text
    assert read_config(moved) == {
        "api_key": "1" * 32,
        "dd_url": "http://localhost:9000",
        "tags": ["env:dev"],
        **PROCESSES,
    }


def test_a_broken_file_counts_as_empty_and_is_left_to_the_agent_to_report(tmp_path: Path) -> None:
    here = settings(tmp_path)
    write_config(here, KEY)
    config_file(here).write_text("tags: [")
    assert read_config(here) == {}


def test_ports_come_from_the_file() -> None:
    assert agent_port({}, "statsd") == 8125
    assert agent_port({"dogstatsd_port": 9}, "statsd") == 9
    assert agent_port({"apm_config": {"receiver_port": 10}}, "trace") == 10
    assert agent_port({"apm_config": None}, "trace") == 8126
