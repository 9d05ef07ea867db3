"""Configuration: precedence, types of environment variables, host tags, secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.config import Config, ConfigError, default_directory, load_config
from heeler.agent.hostname import invalid_reason, resolve_hostname


def write(folder: Path, text: str) -> Path:
    (folder / "datadog.yaml").write_text(text)
    return folder


def test_defaults_without_a_file(tmp_path: Path) -> None:
    config = load_config(tmp_path, env={})
    assert config.url == "http://localhost:8124"
    assert config.integer("dogstatsd_port") == 8125
    assert not config.file_found


def test_environment_wins_over_file_and_flags_over_both(tmp_path: Path) -> None:
    write(tmp_path, "api_key: fromfile\ndd_url: http://file:1/\nlog_level: debug\n")
    env = {"DD_API_KEY": "fromenv", "DD_DD_URL": "http://env:2"}
    config = load_config(tmp_path, env=env, flags={"dd_url": "http://flag:3", "log_level": None})
    assert (config.api_key, config.url, config.text("log_level")) == ("fromenv", "http://flag:3", "debug")
    assert config.sources["dd_url"] == "flag"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("env:dev team:x", ["env:dev", "team:x"]),
        ('["env:dev", "a b"]', ["a b", "env:dev"]),
    ],
)
def test_dd_tags_is_split_at_white_space_or_json(tmp_path: Path, text: str, tags: list[str]) -> None:
    assert load_config(tmp_path, env={"DD_TAGS": text}).host_tags == tags


def test_host_tags_join_tags_extra_tags_and_env(tmp_path: Path) -> None:
    write(tmp_path, "tags: [role:db, role:db]\nextra_tags:\n  - rack:7\nenv: prod\n")
    assert load_config(tmp_path, env={}).host_tags == ["env:prod", "rack:7", "role:db"]


def test_nested_keys_from_file_and_environment(tmp_path: Path) -> None:
    write(tmp_path, "apm_config:\n  receiver_port: 9000\n  unheard_of: 3\nlogs_config: {batch_wait: 1}\n")
    config = load_config(
        tmp_path, env={"DD_LOGS_CONFIG_BATCH_WAIT": "2.5", "DD_APM_IGNORE_RESOURCES": "a b,c"}
    )
    assert config.integer("apm_config.receiver_port") == 9000
    assert config.number("logs_config.batch_wait") == 2.5
    assert config.get("apm_config.ignore_resources") == ["a b", "c"]
    assert config.get("apm_config")["unheard_of"] == 3
    assert config.as_tree()["logs_config"]["batch_wait"] == 2.5


def test_a_value_of_a_wrong_type_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"DD_DOGSTATSD_PORT.*'eight'.*8125"):
        load_config(tmp_path, env={"DD_DOGSTATSD_PORT": "eight"})


def test_broken_yaml_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"datadog\.yaml is not valid YAML"):
        load_config(write(tmp_path, "a: [1"), env={})


def test_default_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heeler.agent.config.SYSTEM_DIR", tmp_path / "etc")
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HEELER_DATA": str(tmp_path / "data")}
    assert default_directory(env) == tmp_path / "config" / "heeler-agent"
    (tmp_path / "etc").mkdir()
    write(tmp_path / "etc", "")
    assert default_directory(env) == tmp_path / "etc"
    (tmp_path / "data" / "agent").mkdir(parents=True)
    write(tmp_path / "data" / "agent", "")
    assert default_directory(env) == tmp_path / "data" / "agent"
    assert default_directory({**env, "HEELER_AGENT_CONFIG": "/x"}) == Path("/x")


def backend(folder: Path, answer: str) -> Path:
    program = folder / "backend"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{answer}'\n")
    program.chmod(0o700)
    return program


def test_secrets_come_from_the_backend(tmp_path: Path) -> None:
    program = backend(tmp_path, '{"key":{"value":"sesame","error":null}}')
    write(tmp_path, f"api_key: ENC[key]\nsecret_backend_command: {program}\n")
    assert load_config(tmp_path, env={}).api_key == "sesame"


def test_a_secret_that_fails_names_its_handle(tmp_path: Path) -> None:
    program = backend(tmp_path, '{"key":{"error":"vault is sealed"}}')
    write(tmp_path, f"api_key: ENC[key]\nsecret_backend_command: {program}\n")
    with pytest.raises(ConfigError, match=r"ENC\[key\]: vault is sealed"):
        load_config(tmp_path, env={})


def test_a_backend_that_others_may_run_is_refused(tmp_path: Path) -> None:
    program = backend(tmp_path, "{}")
    program.chmod(0o755)
    write(tmp_path, f"api_key: ENC[key]\nsecret_backend_command: {program}\n")
    with pytest.raises(ConfigError, match="chmod 700"):
        load_config(tmp_path, env={})


@pytest.mark.parametrize("name", ["", "localhost", "a b", "-x", "x" * 256, "a..b"])
def test_hostnames_that_cannot_be(name: str) -> None:
    assert invalid_reason(name)


def test_configured_hostname_wins_and_a_bad_one_falls_through(tmp_path: Path) -> None:
    chosen = resolve_hostname(Config(tmp_path, {"hostname": "web-1.example.com"}))
    assert (chosen.name, chosen.provider) == ("web-1.example.com", "configuration")
    (tmp_path / "name").write_text("from-file\nmore\n")
    fallen = resolve_hostname(
        Config(tmp_path, {"hostname": "localhost", "hostname_file": str(tmp_path / "name")})
    )
    assert (fallen.name, fallen.provider) == ("from-file", "hostnameFile")
    assert "every machine" in fallen.unused["configuration"]
