from __future__ import annotations

import socket
from pathlib import Path

import pytest

from heeler.agent.config import Config, ConfigError, load_config
from heeler.agent.hostname import invalid_reason, resolve_hostname


def config(folder: Path, **environment: str) -> Config:
    return load_config(folder, env=environment)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("web-1", ""),
        ("web-1.example.com", ""),
        ("1", ""),
        ("", "it is empty"),
        ("localhost", "the name of every machine"),
        ("LOCALHOST.localdomain", "the name of every machine"),
        ("a" * 64, "may only have"),
        (".".join(["a" * 60] * 5), "more than 255"),
        ("web_1", "may only have"),
        ("-web", "may only have"),
        ("web-", "may only have"),
        ("web..com", "may only have"),
        ("web\n", "may only have"),
        ("wéb", "may only have"),
    ],
)
def test_which_names_are_hostnames(name: str, reason: str) -> None:
    assert reason in invalid_reason(name) if reason else invalid_reason(name) == ""


def test_the_first_usable_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "machine")
    file = tmp_path / "name"
    file.write_text(" from-file \nsecond line\n")
    assert resolve_hostname(config(tmp_path, DD_HOSTNAME=" named ")).name == "named"
    found = resolve_hostname(config(tmp_path, DD_HOSTNAME="web_1", DD_HOSTNAME_FILE=str(file)))
    assert (found.name, found.provider) == ("from-file", "hostnameFile")
    assert "may only have" in found.unused["configuration"]
    found = resolve_hostname(config(tmp_path, DD_HOSTNAME_FILE=str(tmp_path / "none")))
    assert (found.name, found.provider) == ("machine", "os")
    assert found.unused["hostnameFile"] == "it is empty"


def test_a_file_that_is_no_text_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "machine")
    (tmp_path / "name").write_bytes(b"\xff\xfe\x00")
    found = resolve_hostname(config(tmp_path, DD_HOSTNAME_FILE=str(tmp_path / "name")))
    assert found.name == "machine"


def test_no_usable_name_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    with pytest.raises(ConfigError, match="localhost is the name of every machine; set hostname"):
        resolve_hostname(config(tmp_path))
