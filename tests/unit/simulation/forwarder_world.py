"""A queue of the agent's forwarder with its spool, between programs that submit and a server that misbehaves.

Real are `DestinationQueue`, `HttpSender` with its judgement of responses, `Spool` and its files; simulated
are the clock, the network, the server, and faults of the disk. The agent is stopped or killed at random
moments. A payload is a list of numbers; the server takes a body that comes again once, as ours does.
"""

from __future__ import annotations

import errno
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import urllib3

from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination
from heeler.agent.forwarder.destination_queue import DestinationQueue, Item
from heeler.agent.forwarder.http import HttpSender
from heeler.agent.forwarder.transaction import Transaction

URL = "http://server:8124"
#: Numbers that the server refuses with 400.
POISON = 97
_JSON = {"Content-Type": "application/json"}
KINDS = (
    "ok", "ok", "ok", "away", "slow", "answer lost", "busy", "full disk", "failing", "wrong key", "elsewhere",
    "moved", "circle", "page", "killed",
)  # fmt: skip


class Killed(BaseException):
    """The agent's process ends here."""


@dataclass
class Weather:
    """What holds for a while: behavior of the server, chance of it, and chances of disk faults."""

    kind: str = "ok"
    chance: float = 1.0
    write: float = 0.0
    unlink: float = 0.0


@dataclass
class Server:
    """What the server has. ``taken``: each number at its first arrival, in order. Larger bodies than ``most``
    numbers are answered 413."""

    most: int
    taken: list[int] = field(default_factory=list)
    times: Counter[int] = field(default_factory=Counter)
    refused: set[int] = field(default_factory=set)
    _bodies: set[bytes] = field(default_factory=set)

    def take(self, body: bytes) -> int:
        numbers = json.loads(body)
        if len(numbers) > self.most:
            return 413
        if any(number % POISON == 0 for number in numbers):
            self.refused.update(numbers)
            return 400
        if body not in self._bodies:
            self._bodies.add(body)
            self.times.update(numbers)
            self.taken += [number for number in numbers if self.times[number] == 1]
        return 202


class World:
    """One agent over its lives."""

    def __init__(self, seed: int, folder: Path, *, ordered: bool) -> None:
        self.rng = random.Random(seed)
        self.now, self.ordered, self.folder = 0.0, ordered, folder
        self.server, self.weather = Server(self.rng.choice((4, 1000))), Weather()
        self.submitted: list[list[int]] = []
        self.settled: set[int] = set()
        """Payloads, by their place, that need this process no more."""
        self.lost: set[int] = set()
        """Numbers that were in the memory of a process that was killed."""
        self.dropped = 0
        spool = self.rng.choice((3_000, 10_000_000))
        self.config = Config(
            folder,
            {
                "api_key": "k" * 8,
                "dd_url": URL,
                "forwarder_retry_queue_payloads_max_size": self.rng.choice((200, 100_000)),
                "forwarder_storage_max_size_in_bytes": spool,
            },
        )
        self.queue = self._start()

    def _start(self) -> DestinationQueue:
        destination = Destination(URL, "k" * 8, "dd_url", "datadog.yaml")
        made = DestinationQueue(
            destination, self.config, self.folder / "spool", lambda: self.now, ordered=self.ordered
        )
        made._http = SimulatedSender(destination, self.config, self)
        made._wake = cast("Any", Waiter())
        return made

    # --- what happens

    def submit(self) -> None:
        """As the programs do: logs wait for room, metrics do not."""
        if self.ordered and not self.queue.accepts:
            return
        first = sum(map(len, self.submitted)) + 1
        numbers = list(range(first, first + self.rng.choice((1, 1, 5, 30))))
        self.submitted.append(numbers)
        self._put(len(self.submitted) - 1)

    def _put(self, place: int) -> None:
        body = json.dumps(self.submitted[place]).encode()
        settled = (lambda: self.settled.add(place)) if self.ordered else None
        self.queue.put(Item(Transaction("/api/v2/logs", body, dict(_JSON), self.now), settled))

    def restart(self, *, killed: bool) -> None:
        queue = self.queue
        if killed:
            self.lost.update(number for item in queue._fresh for number in _numbers(item.transaction))
        else:
            queue.stop(0.0)
            self.lost.update(number for item in queue._fresh for number in _numbers(item.transaction))
        self.dropped += sum(queue.status()["dropped"].values())
        self.queue = self._start()
        if self.ordered:  # the tailer reads again what was not settled
            for place in range(len(self.submitted)):
                if place not in self.settled:
                    self._put(place)

    def step(self) -> None:
        """Let the queue do one thing, or wait a bit."""
        before = self.now
        try:
            self.queue._step()
        except Killed:
            self.restart(killed=True)
        if self.now == before:
            self.now += self.rng.uniform(0.01, 2)

    def run(self, seconds: float, *, faults: bool) -> None:
        end, change, submit = self.now + seconds, self.now, self.now
        while self.now < end:
            if faults and self.now >= change:
                rng = self.rng
                self.weather = Weather(
                    rng.choice(KINDS), rng.choice((0.3, 1)), rng.choice((0, 0, 0.3)), rng.choice((0, 0, 0.3))
                )
                change = self.now + rng.uniform(5, 120)
            if faults and self.now >= submit:
                self.submit()
                submit = self.now + self.rng.uniform(0.1, 20)
            if faults and self.rng.random() < 0.003:
                self.restart(killed=self.rng.random() < 0.5)
            self.step()

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Faults of the disk at the files of the spool."""
        replace, unlink = Path.replace, Path.unlink

        def failing_replace(path: Path, target: Path) -> Path:
            if self.rng.random() < self.weather.write:
                raise OSError(errno.ENOSPC, "No space left on device")
            return replace(path, target)

        def failing_unlink(path: Path, missing_ok: bool = False) -> None:
            if path.suffix == ".payload" and self.rng.random() < self.weather.unlink:
                raise OSError(errno.EIO, "Input/output error")
            unlink(path, missing_ok)

        monkeypatch.setattr(Path, "replace", failing_replace)
        monkeypatch.setattr(Path, "unlink", failing_unlink)


def _numbers(transaction: Transaction) -> list[int]:
    return list(json.loads(transaction.body))


class Waiter:
    """The queue's condition: who waits returns, and the world goes on."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def wait(self, _: float) -> None:
        return None

    def notify(self) -> None:
        return None


class SimulatedSender(HttpSender):
    """The network and the server behind it."""

    def __init__(self, destination: Destination, config: Config, world: World) -> None:
        super().__init__(destination, config)
        self._world = world

    def _request(self, url: str, transaction: Transaction) -> tuple[int, Any, bytes]:
        world = self._world
        world.now += world.rng.uniform(0.001, 0.3)
        weather = world.weather
        kind = weather.kind if world.rng.random() < weather.chance else "ok"
        if url.startswith(f"{URL}/new"):
            kind = "ok"
        match kind:
            case "away":
                raise urllib3.exceptions.NewConnectionError(cast("Any", None), "refused")
            case "slow":
                world.now += 20
                if world.rng.random() < 0.5:
                    world.server.take(transaction.body)
                raise urllib3.exceptions.ReadTimeoutError(cast("Any", None), url, "timed out")
            case "answer lost":
                world.server.take(transaction.body)
                raise urllib3.exceptions.ProtocolError("reset")
            case "killed":
                if world.rng.random() < 0.5:
                    world.server.take(transaction.body)
                if not (world.ordered or transaction.body in self._spooled()):
                    world.lost.update(_numbers(transaction))
                raise Killed
            case "busy" | "full disk" | "failing" | "wrong key":
                status = {"busy": 429, "full disk": 507, "failing": 503, "wrong key": 403}[kind]
                return status, _JSON, b"{}"
            case "elsewhere":
                return 302, {"Location": "http://other:80/x"}, b""
            case "moved":
                return 307, {"Location": "/new/path"}, b""
            case "circle":
                return 302, {"Location": "/api/v2/logs"}, b""
            case "page":
                return 200, {"Content-Type": "text/html"}, b"<html>Log in</html>"
        return world.server.take(transaction.body), _JSON, b"{}"

    def _spooled(self) -> list[bytes]:
        return [one.body for one in self._world.queue._head]
