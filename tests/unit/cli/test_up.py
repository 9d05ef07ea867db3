"""``heeler up``: what server and agent have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.cli.local_agent import config_file, write_config
from heeler.cli.up import agent_hostname
from heeler.settings import Settings


def test_server_and_agent_are_one_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DD_HOSTNAME", raising=False)
    settings = Settings.from_env({}, data_dir=tmp_path)
    assert agent_hostname(settings) == ""
    write_config(settings, "0" * 32)
    assert agent_hostname(settings) == ""
    file = config_file(settings)
    file.write_text(file.read_text() + "hostname: vagrant\n")
    assert agent_hostname(settings) == "vagrant"
    monkeypatch.setenv("DD_HOSTNAME", "other")
    assert agent_hostname(settings) == "other"
