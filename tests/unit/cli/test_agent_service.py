"""Commands that administer the agent, with settings and folders as they may be."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from heeler.agent import service
from heeler.cli import agent_service
from heeler.cli.agent_common import command


def invoke(folder: Path, *arguments: str) -> Result:
    assert agent_service.reload_configuration.name in command.commands
    return CliRunner().invoke(command, [*arguments, "-c", str(folder)])


def configured(folder: Path, text: str) -> Path:
    (folder / "datadog.yaml").write_text(f"api_key: 0123456789abcdef0123456789abcdef\n{text}")
    return folder


@pytest.mark.parametrize(
    ("text", "key", "shown"),
    [
        ("tags: [2026-11-30, 5, 'a:b']\n", "tags", "2026-11-30"),
        ("", "logs_config.batch_wait", "(default)"),
        ("apm_config: {env: prod}\n", "apm_config.env", '"prod" (file)'),
    ],
)
def test_a_setting_is_shown_with_its_place(tmp_path: Path, text: str, key: str, shown: str) -> None:
    found = invoke(configured(tmp_path, text), "config", "get", key)
    assert found.exit_code == 0, found.output
    assert shown in found.output


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    configured(tmp_path, "proxy: {http: 'http://me:hunter2@proxy:1'}\n")
    for arguments in (("config", "list"), ("config", "get", "api_key"), ("config", "get", "proxy")):
        found = invoke(tmp_path, *arguments)
        assert found.exit_code == 0, found.output
        assert "0123456789abcdef0123456789a" not in found.output
        assert "hunter2" not in found.output
    assert isinstance(yaml.safe_load(invoke(tmp_path, "config", "list").output), dict)


@pytest.mark.parametrize("key", ["nonsense", "logs_config.batch_wai", "", "\x1b[2J", "a.b.c.d"])
def test_an_unknown_setting_is_an_error_of_one_line(tmp_path: Path, key: str) -> None:
    found = invoke(configured(tmp_path, ""), "config", "get", key)
    assert found.exit_code == 1
    assert found.output.startswith("Error: ")
    assert len(found.output.splitlines()) == 1


def test_a_value_is_written_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    configured(tmp_path, "# mine\n")
    found = invoke(tmp_path, "config", "set", "logs_config.batch_wait", "7")
    assert found.exit_code == 0, found.output
    assert "The agent does not run" in found.output
    text = (tmp_path / "datadog.yaml").read_text()
    assert "# mine" in text
    assert yaml.safe_load(text)["logs_config"]["batch_wait"] == 7
    for key, value in (
        ("logs_config.batch_wait", "["),
        ("nonsense", "1"),
        ("logs_config.batch_wait", "soon"),
    ):
        assert invoke(tmp_path, "config", "set", key, value).exit_code == 1
    assert (tmp_path / "datadog.yaml").read_text() == text


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    configured(tmp_path, "")
    (tmp_path / "datadog.yaml.tmp").mkdir()
    found = invoke(tmp_path, "config", "set", "logs_config.batch_wait", "7")
    assert found.exit_code == 1
    assert found.output.startswith("Error: ")
    assert "datadog.yaml.tmp" in found.output


def test_a_unit_that_cannot_be_written_is_named_and_printing_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, f"run_path: {tmp_path}/run\nlog_file: {tmp_path}/log/agent.log\n")
    monkeypatch.setattr(service, "UNIT_FILE", tmp_path / "missing" / "unit")
    printed = invoke(tmp_path, "install-service", "--print", "--user", "dog")
    assert printed.exit_code == 0, printed.output
    assert "User=dog" in printed.output
    assert f"-c {tmp_path} run" in printed.output
    assert not (tmp_path / "run").exists()
    failed = invoke(tmp_path, "install-service")
    assert failed.exit_code == 1
    assert "missing/unit" in failed.output
    assert "--print" in failed.output
