"""The component as a process: rotating logs, kill -9, and servers that are slow, refusing, redirecting
or full.

Every line has to arrive at least once and, but for repeats, in its order. ``HEELER_SIMULATION_ROUNDS`` makes
the simulation long (the rounds are those of a seed, so a failure can be had again).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.unit.agent.intake import Answer, Request, intake, until

ROUNDS = int(os.environ.get("HEELER_SIMULATION_ROUNDS", "5"))
SEED = int(os.environ.get("HEELER_SIMULATION_SEED", "1"))
MOODS = {
    "well": Answer(),
    "slow": Answer(),
    "busy": Answer(429),
    "broken": Answer(500),
    "full": Answer(507),
    "wrong key": Answer(403),
    "redirecting": Answer(301, b"", {"Location": "http://198.51.100.1/"}),
    "a portal": Answer(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
}


class Writer:
    """A program that writes numbered lines and rotates its file in one way."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind, self.number = path, kind, 0
        self._handle = path.open("a")

    def write(self, count: int) -> None:
        for _ in range(count):
            self._handle.write(f"{self.path.name} {self.number}\n")
            self.number += 1
        self._handle.flush()

    def rotate(self) -> None:
        if self.kind == "copytruncate":
            shutil.copy2(self.path, self._next())
            os.truncate(self.path, 0)
            return
        self.path.rename(self._next())
        if self.kind == "late":
            self.write(3)
        self._handle.close()
        self._handle = self.path.open("a")

    def _next(self) -> Path:
        for number in range(200, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.rename(self.path.with_name(f"{self.path.name}.{number + 1}"))
        return self.path.with_name(f"{self.path.name}.1")


class Agent:
    """The component ``logs``, started and killed."""

    def __init__(self, root: Path, url: str, settings: str = "") -> None:
        self.root = root
        (root / "conf.d").mkdir()
        (root / "conf.d" / "app.yaml").write_text(
            f"logs:\n  - {{type: file, path: '{root}/*.log', start_position: beginning}}\n"
        )
        (root / "datadog.yaml").write_text(
            f"api_key: k\ndd_url: {url}\nhostname: box\nlogs_enabled: true\nlog_to_console: false\n"
            "forwarder_backoff_base: 0.05\nforwarder_backoff_max: 0.2\nforwarder_timeout: 2\n"
            "forwarder_storage_max_size_in_bytes: 200000\n"
            "logs_config: {batch_wait: 0.1, file_scan_period: 0.2, close_timeout: 1}\n"
            f"{settings}"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Agent:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGKILL)

    def start(self) -> None:
        command = [sys.executable, "-m", "heeler.agent.component", "logs", "--cfgpath", str(self.root)]
        self._process = subprocess.Popen(command)

    def end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)

    def status(self) -> dict[str, object]:
        try:
            return dict(json.loads((self.root / "run" / "status" / "logs.json").read_text()))
        except (OSError, ValueError):
            return {}


def messages(requests: Iterable[Request]) -> list[str]:
    return [str(one["message"]) for request in requests for one in json.loads(request.body)]


class Moody:
    """Answers by mood, and remembers in which mood a request was taken."""

    mood = "well"

    def __init__(self) -> None:
        self.delivered: list[Request] = []

    def __call__(self, request: Request) -> Answer:
        mood = self.mood
        if mood == "slow":
            time.sleep(0.2)
        if mood in ("well", "slow"):
            self.delivered.append(request)
        return MOODS[mood]


def lost(expected: set[str], server: Moody) -> str:
    missing = sorted(expected - set(messages(server.delivered)))
    return f"{len(missing)} lines did not arrive, such as {missing[:5]}"


def first_seen(lines: list[str], name: str) -> list[int]:
    """The numbers of a file's lines in the order of their first arrival."""
    seen = dict.fromkeys(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))
    return list(seen)


@pytest.mark.timeout(60 + 30 * ROUNDS)
def test_every_line_arrives_in_order_whatever_ends_or_refuses(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    server = Moody()
    writers = [Writer(tmp_path / f"{kind}.log", kind) for kind in ("rename", "late", "copytruncate")]
    with intake(server) as received, Agent(tmp_path, received.url) as agent:
        until(lambda: (tmp_path / "run" / "registry.json").exists())
        for _ in range(ROUNDS):
            server.mood = chance.choice(list(MOODS))
            for _ in range(chance.randrange(2, 6)):
                for writer in writers:
                    writer.write(chance.randrange(400))
                time.sleep(chance.random() * 0.4)
                chance.choice(writers).rotate()
            agent.end(signal.SIGKILL if chance.random() < 0.8 else signal.SIGTERM)
            for writer in writers:
                writer.write(chance.randrange(50))
            agent.start()
        server.mood = "well"
        expected = {f"{one.path.name} {number}" for one in writers for number in range(one.number)}
        until(
            lambda: not expected - set(messages(server.delivered)),
            20 + 10 * ROUNDS,
            lambda: lost(expected, server),
        )
        agent.end(signal.SIGTERM)
        lines = messages(server.delivered)
        for writer in writers:
            assert first_seen(lines, writer.path.name) == list(range(writer.number)), writer.path.name


def test_an_outage_longer_than_the_spool_stops_reading_and_loses_nothing(tmp_path: Path) -> None:
    server = Moody()
    server.mood = "broken"
    writer = Writer(tmp_path / "big.log", "rename")
    writer.write(30_000)
    small = "forwarder_retry_queue_payloads_max_size: 20000\nserializer_compressor_kind: none\n"
    with intake(server) as received, Agent(tmp_path, received.url, small) as agent:
        until(lambda: "the spool is full" in json.dumps(agent.status()))
        agent.end(signal.SIGKILL)
        server.mood = "well"
        agent.start()
        until(lambda: len(set(messages(server.delivered))) == writer.number, 60)
        agent.end(signal.SIGTERM)
        assert first_seen(messages(server.delivered), "big.log") == list(range(writer.number))
