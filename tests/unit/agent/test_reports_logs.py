"""``stream-logs`` against a running component, ``analyze-logs`` on files."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from heeler.agent.component import ComponentContext, run_component
from heeler.agent.config import Config
from heeler.agent.logs import LogsComponent
from heeler.agent.reports.logs import NotRunningError, analyze, stream
from tests.unit.agent.intake import intake, until


def configured(tmp_path: Path, url: str = "") -> Config:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.yaml").write_text(
        f"logs:\n  - {{type: file, path: {tmp_path}/a.log, service: a, source: py}}\n"
        f"  - {{type: file, path: {tmp_path}/b.log, service: b, log_processing_rules: "
        "[{type: multi_line, name: m, pattern: '^S'}]}\n"
    )
    values = {"api_key": "k", "hostname": "box", "dd_url": url, "log_to_console": False}
    return Config(tmp_path, {**values, "logs_config.file_scan_period": 0.1, "logs_config.batch_wait": 0.1})


def test_messages_of_a_running_agent(tmp_path: Path) -> None:
    with intake() as server:
        config = configured(tmp_path, server.url)
        contexts: list[ComponentContext] = []

        def main(context: ComponentContext) -> None:
            contexts.append(context)
            LogsComponent(context).run()

        component = threading.Thread(target=run_component, args=("logs", config, main))
        component.start()
        until(lambda: (tmp_path / "run" / "logs-stream.sock").exists())
        found: list[str] = []
        client = threading.Thread(
            target=lambda: found.extend(stream(config, title="a.log", source="py", service="", count=2))
        )
        client.start()
        lines = 0
        while client.is_alive():
            for name in ("a", "b"):
                with (tmp_path / f"{name}.log").open("a") as file:
                    file.write(f"{name} {lines}\n")
            lines += 1
            client.join(0.1)
        contexts[0].request_stop()
        component.join()
        assert [json.loads(line)["message"].split()[0] for line in found] == ["a", "a"]


def test_without_an_agent_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="logs_enabled: true"):
        next(stream(Config(tmp_path, {}), title="", source="", service="", count=0))


def test_what_a_configuration_would_send(tmp_path: Path) -> None:
    config = configured(tmp_path)
    (tmp_path / "a.log").write_text("one\n")
    (tmp_path / "b.log").write_text("S 1\n more\nS 2\n")
    lines, problems = analyze(tmp_path / "conf.d" / "a.yaml", config, "box")
    assert [json.loads(line)["message"] for line in lines] == ["one", "S 1\n more", "S 2"]
    assert problems == []
    assert not (tmp_path / "run").exists()
