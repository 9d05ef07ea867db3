"""The ``logs:`` lists of conf.d."""

from __future__ import annotations

from pathlib import Path

import pytest

from heeler.agent.config import Config, ConfigError
from heeler.agent.logs.sources import load_sources


def configured(tmp_path: Path, text: str, **settings: object) -> Config:
    folder = tmp_path / "conf.d" / "flask.d"
    folder.mkdir(parents=True)
    (folder / "conf.yaml").write_text(text)
    return Config(tmp_path, settings)


def test_a_wrong_entry_is_named_and_collects_nothing(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "logs:\n"
        "  - {type: file, path: /var/log/a.log, service: web, source: python, tags: 'a:b,c:d'}\n"
        "  - {type: windows_event}\n"
        "  - {type: file, path: /x, log_processing_rules: [{type: multi_line, name: n, pattern: '('}]}\n"
        "  - {type: tcp}\n"
        "  - {type: file, path: /x, encoding: nonsense}\n",
    )
    sources, problems = load_sources(config)
    assert [(one.path, one.service, one.tags) for one in sources] == [
        ("/var/log/a.log", "web", ("a:b", "c:d"))
    ]
    for problem, said in zip(
        problems, ["windows_event", "no regular expression", "port", "nonsense"], strict=True
    ):
        assert said in problem
        assert "this source is not collected" in problem


def test_a_wrong_global_rule_stops_all_sources(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "logs: [{type: file, path: /a}]",
        **{"logs_config.processing_rules": [{"type": "exclude_at_match", "name": "n", "pattern": "["}]},
    )
    with pytest.raises(ConfigError, match="processing_rules"):
        load_sources(config)


def test_ports_journals_and_containers(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "logs:\n  - {type: udp, port: 10514, format: syslog}\n  - {type: journald, include_units: "
        "[a.service]}\n"
        "  - {type: docker}\n",
        **{"logs_config.container_collect_all": True},
    )
    sources, problems = load_sources(config)
    assert problems == []
    assert [one.title for one in sources[:3]] == [
        "udp: port 10514",
        "journald",
        "docker: /var/lib/docker/containers/*/*-json.log",
    ]
    assert sources[1].units == ("a.service",)
    assert sources[-1].path == "/var/log/pods/*/*/*.log"
