"""``heeler agent stream-logs`` and ``analyze-logs``: messages being sent, and a dry run of log collection."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.logs.files import Files
from heeler.agent.logs.message import Message
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.rules import parse_rules
from heeler.agent.logs.sources import read_source_file

_ROUNDS = 3
"""Empty rounds after which a multi-line message is complete."""


class NotRunningError(RuntimeError):
    """The component ``logs`` is not listening; the message tells what to do."""


def stream(config: Config, *, title: str, source: str, service: str, count: int) -> Iterator[str]:
    """Matching JSON lines of the running component, ``count`` of them (0: until it ends)."""
    path = config.run_path / "logs-stream.sock"
    shown = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(path))
        except OSError as error:
            raise NotRunningError(
                f"{path}: {error.strerror}; no logs component runs. Set logs_enabled: true in datadog.yaml "
                "and start the agent with: heeler agent run"
            ) from error
        with client.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                message = json.loads(line)
                if title in message["source"] and _fits(message, source, service):
                    yield line.rstrip()
                    shown += 1
                    if count and shown >= count:
                        return


def analyze(file: Path, config: Config, hostname: str) -> tuple[list[str], list[str]]:
    """Messages that the file sources of ``file`` would send from the start of their files, and errors
    found.
    """
    common = parse_rules(config.get("logs_config.processing_rules") or [], "logs_config.processing_rules")
    sources, problems = read_source_file(file, config, common)
    files = Files(
        [one for one in sources if one.type in ("file", "docker", "containerd")],
        config,
        Registry(Path("/nonexistent/registry.json")),
        lambda: True,
        from_start=True,
    )
    files.scan(0.0)
    found = [
        json.dumps(message.as_document(hostname, time.time()))
        for number in range(_ROUNDS)
        for message in _rounds(files, float(number))
    ]
    problems += files.problems.values()
    problems += [f"{one.title} is not a file: it cannot be analyzed" for one in sources if one.port]
    files.close()
    return found, problems


def _rounds(files: Files, now: float) -> Iterator[Message]:
    yield from files.poll(now)
    while files.more:
        yield from files.poll(now)


def _fits(message: dict[str, str], source: str, service: str) -> bool:
    return source in ("", message["ddsource"]) and service in ("", message["service"])
