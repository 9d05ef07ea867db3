from __future__ import annotations

import ast
import json
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from heeler.cli.env import SNIPPETS, command

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HEELER_API_KEY", "HEELER_APP_KEY", "HEELER_URL", "HEELER_LISTEN", "HEELER_DATA"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "agent").mkdir()
    return tmp_path


def run(data: Path, *arguments: str, **env: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--data", str(data)], env=env)


def configured(data: Path, text: str) -> None:
    (data / "agent" / "datadog.yaml").write_text(text)


def test_a_shell_gets_what_points_clients_here(data: Path) -> None:
    configured(data, f'api_key: "{KEY}"\ndogstatsd_port: 9125\napm_config:\n  receiver_port: 9126\n')
    found = run(data, "--app-key", "app", "--listen", "127.0.0.1:9124")
    shown = subprocess.run(
        ["sh", "-c", f"{found.stdout}\nenv"], capture_output=True, text=True, check=True, env={"DD_SITE": "x"}
    )
    variables = dict(line.split("=", 1) for line in shown.stdout.splitlines())
    assert variables["DD_API_KEY"] == KEY
    assert variables["DD_APP_KEY"] == "app"
    assert variables["DATADOG_HOST"] == variables["DD_URL"] == "http://localhost:9124"
    assert variables["DD_DOGSTATSD_URL"].endswith(":9125")
    assert variables["DD_TRACE_AGENT_URL"].endswith(":9126")
    assert "DD_SITE" not in variables
    assert found.stderr == ""


@pytest.mark.parametrize("text", ["", "[", "api_key:\n", "- a\n", 'api_key: "ENC[key]"\n', "apm_config: 3\n"])
def test_without_a_key_a_placeholder_says_how_to_make_one(data: Path, text: str) -> None:
    configured(data, text)
    found = run(data)
    assert found.exit_code == 0
    assert "export DD_API_KEY=YOUR_API_KEY\n" in found.stdout
    assert "heeler keys create NAME" in found.stderr


@pytest.mark.parametrize("key", ["a;touch /tmp/x", "$(id)", "`id`", "a b", 'a"b', "a\nb", "é", "a'b", "${x}"])
@pytest.mark.parametrize("name", ["--api-key", "--app-key"])
def test_a_text_that_a_shell_would_run_is_no_key(data: Path, name: str, key: str) -> None:
    found = run(data, name, key)
    assert found.exit_code == 1
    assert found.stdout == ""
    assert "key" in found.stderr


def test_an_address_that_a_shell_would_run_is_refused(data: Path) -> None:
    found = run(data, HEELER_PUBLIC_URL="http://$(id).example", HEELER_URL="http://$(id).example")
    assert found.exit_code != 0
    assert "$(id)" not in found.stdout


@pytest.mark.parametrize("listen", ["127.0.0.1:9124", "[fd00::1]:9124", "0.0.0.0:80"])
def test_the_settings_of_an_agent_are_yaml_with_the_address(data: Path, listen: str) -> None:
    configured(data, 'api_key: "00112233445566778899001122334455"\n')
    found = run(data, "agent", "--listen", listen)
    tree = yaml.safe_load(found.stdout)
    assert tree["api_key"] == "00112233445566778899001122334455"
    place = tree["dd_url"].removeprefix("http://")
    assert tree["logs_config"] == {"logs_dd_url": place, "logs_no_ssl": True}
    assert tree["apm_config"]["apm_dd_url"] == tree["dd_url"]


@pytest.mark.parametrize("client", ["datadog", "datadog-api-client", "dogstatsd"])
def test_snippets_of_python_are_python(data: Path, client: str) -> None:
    configured(data, f"api_key: '{KEY}'\n")
    text = run(data, client, "--app-key", "app").stdout
    ast.parse(text)
    assert client == "dogstatsd" or KEY in text


def test_the_snippet_of_curl_sends_json(data: Path) -> None:
    words = shlex.split(run(data, "curl", "--api-key", KEY).stdout.replace("\\\n", ""))
    body = json.loads(words[words.index("-d") + 1].replace("$(date +%s)", "1"))
    assert body["series"][0]["points"] == [{"timestamp": 1, "value": 1}]
    assert f"DD-API-KEY: {KEY}" in words


def test_an_unknown_client_is_told_the_known_ones(data: Path) -> None:
    found = run(data, "ruby")
    assert found.exit_code == 2
    assert all(name in found.stderr for name in SNIPPETS)
