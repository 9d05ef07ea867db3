"""The component from its settings to what a server is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heeler.agent.component import ComponentContext, ComponentError, Disabled
from heeler.agent.config import Config
from heeler.agent.hostname import resolve_hostname
from heeler.agent.processes import main
from heeler.agent.processes.component import Processes
from heeler.wire.processes import decode, message_framing
from heeler.wire.processes.model import HostSnapshot, Process
from tests.unit.agent.intake import Answer, Intake, intake, until

DONE = Answer(200, message_framing.res_collector(1), {"Content-Type": "application/x-protobuf"})


@pytest.fixture
def server() -> Iterator[Intake]:
    with intake(lambda _: DONE) as found:
        yield found


def config_of(tmp_path: Path, url: str, **given: Any) -> Config:
    values = {
        "api_key": "0" * 32, "dd_url": url, "hostname": "proc-host", "run_path": str(tmp_path / "run"),
        "docker_socket": str(tmp_path / "none.sock"), "container_cgroup_root": str(tmp_path / "none"),
        "process_config.process_collection.enabled": True,
    }  # fmt: skip
    return Config(tmp_path, values | {f"process_config.{name}": value for name, value in given.items()})


def context_of(config: Config) -> ComponentContext:
    return ComponentContext("processes", config, resolve_hostname(config))


def test_processes_of_this_machine_arrive_as_a_process_agent_sends_them(
    tmp_path: Path, server: Intake
) -> None:
    context = context_of(config_of(tmp_path, server.url, **{"intervals.process": 2.0, "max_per_message": 20}))
    thread = threading.Thread(target=main, args=(context,))
    thread.start()
    try:
        until(lambda: len(server.accepted) >= 2, 30)
    finally:
        context.request_stop()
        thread.join(10)
        context.close()
    request = server.accepted[0]
    assert request.path == "/api/v1/collector"
    assert request.headers["Content-Type"] == "application/x-protobuf"
    assert request.headers["X-Dd-Hostname"] == "proc-host"
    found = message_framing.read_frame(request.body, 1 << 24)
    assert str(found.time) == request.headers["X-DD-Agent-Timestamp"]
    snapshot = decode.collector_proc(found.message)
    assert snapshot.host == "proc-host"
    assert snapshot.cores >= 1
    assert 0 < len(snapshot.processes) <= 20


def test_without_containers_and_processes_there_is_nothing_to_do(tmp_path: Path, server: Intake) -> None:
    nothing = {"process_collection.enabled": False}
    with pytest.raises(Disabled, match="no containers"):
        main(context_of(config_of(tmp_path, server.url, **nothing)))
    with pytest.raises(Disabled, match="is disabled"):
        main(context_of(config_of(tmp_path, server.url, enabled="disabled")))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"blacklist_patterns": ["(x"]}, "blacklist_patterns"),
        ({"custom_sensitive_words": ["a b"]}, "custom_sensitive_words"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        Processes(config_of(tmp_path, "http://localhost:1", **wrong), "a")


def test_settings_of_older_files_and_of_command_lines(tmp_path: Path) -> None:
    given = {"process_collection.enabled": False, "enabled": "true", "strip_proc_arguments": True}
    collector = Processes(config_of(tmp_path, "http://localhost:1", **given), "a")
    assert collector.with_processes
    collector.collect(10.0)
    found = collector.collect(20.0)
    assert found.processes
    assert all(" -" not in one.command for one in found.processes)
    assert collector.status()["Collections"] == 2


def test_containers_alone_have_messages_of_their_own(tmp_path: Path, server: Intake) -> None:
    context = context_of(config_of(tmp_path, server.url, **{"process_collection.enabled": False}))
    collector = Processes(context.config, "a")
    forwarder = context.forwarder
    collector.send(HostSnapshot("a", 1, 1), forwarder, 5)
    snapshot = HostSnapshot("a", 1, 1, [Process(pid=1)])
    collector.send(snapshot, forwarder, 5)
    until(lambda: len(server.accepted) == 1)
    context.close()
    assert server.accepted[0].path == "/api/v1/container"
    assert message_framing.read_frame(server.accepted[0].body, 1 << 20).type == message_framing.CONTAINERS
