"""What ``heeler doctor`` says of the agent's components."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heeler.cli.doctor import check_agent
from heeler.cli.local_agent import agent_folder
from heeler.settings import Settings


def levels(tmp_path: Path, state: str, cause: str) -> list[str]:
    settings = Settings(data_dir=tmp_path)
    told = agent_folder(settings) / "run" / "status" / "supervisor.json"
    told.parent.mkdir(parents=True)
    told.write_text(json.dumps({"components": [{"name": "trace", "state": state, "cause": cause}]}))
    return [finding.level for finding in check_agent(settings)]


@pytest.mark.parametrize("state", ["restarting", "starting", "stopped"])
def test_a_failed_component_is_an_error_until_it_runs(tmp_path: Path, state: str) -> None:
    assert levels(tmp_path, state, "port 8126 is taken") == ["error"]


@pytest.mark.parametrize(
    ("state", "cause"), [("starting", ""), ("stopped", ""), ("disabled", "apm_config.enabled is false")]
)
def test_a_component_that_did_not_fail_is_well(tmp_path: Path, state: str, cause: str) -> None:
    assert levels(tmp_path, state, cause) == ["ok"]
