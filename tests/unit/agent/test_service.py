"""The systemd unit, and the files of deploy/."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from heeler.agent.config import load_config
from heeler.agent.service import unit

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_the_unit_in_deploy_is_what_the_command_writes() -> None:
    folder = Path("/etc/datadog-agent")
    text = unit("/opt/heeler/bin/heeler", folder, "root", (folder / "run", folder / "logs"))
    assert (DEPLOY / "heeler-agent.service").read_text() == text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "heeler-agent.service"
    file.write_text(unit(sys.executable, tmp_path, "root", (tmp_path,)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "heeler-agent" in line]
    assert said == []


def test_every_variable_of_the_daemon_set_is_a_setting(tmp_path: Path) -> None:
    document = yaml.safe_load((DEPLOY / "daemonset.yaml").read_text())
    (container,) = document["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: str(entry.get("value", "x")) for entry in container["env"]}
    config = load_config(tmp_path, env=environment)
    assert len(config.values) == len(environment)
    volumes = {volume["name"] for volume in document["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert config.flag("dogstatsd_origin_detection")
