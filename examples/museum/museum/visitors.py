"""Visitors who walk from room to room, scan codes, listen, and are counted.

A visit is a random walk through the doors; the time before an exhibit is log-normal around what the exhibit
deserves. ``pace`` makes museum time pass faster than ours: dwell times are reported in museum seconds.
"""

from __future__ import annotations

import math
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from datadog.dogstatsd import DogStatsd

from museum.exhibits import DOORS, Exhibit, in_room

_SPREAD = 0.6  # sigma of the log-normal dwell time
_LOST_CODE = 0.01  # a code of an exhibit that has gone to another museum


@dataclass(frozen=True, slots=True)
class Look:
    """One visitor before one exhibit, for ``seconds`` of museum time."""

    exhibit: Exhibit
    seconds: float
    listens: bool


@dataclass(frozen=True, slots=True)
class Move:
    """One visitor through one door."""

    origin: str
    target: str


def walk(rng: random.Random, rooms: int = 8) -> Iterator[Look | Move]:
    """The steps of one visit: at most ``rooms`` rooms, then back to the foyer."""
    room = "foyer"
    for _ in range(rng.randint(3, rooms)):
        target = rng.choice(DOORS[room])
        yield Move(room, target)
        room = target
        for exhibit in in_room(room):
            if rng.random() < 0.7:
                seconds = exhibit.minutes * 60 * rng.lognormvariate(-(_SPREAD**2) / 2, _SPREAD)
                yield Look(exhibit, seconds, rng.random() < 0.5)
    if room != "foyer":
        yield Move(room, "foyer")


class Visitors:
    """Sends visitors through the museum at ``url`` and counts them with ``statsd``."""

    def __init__(self, url: str, statsd: DogStatsd, pace: float, rng: random.Random) -> None:
        self._url = url
        self._statsd = statsd
        self._pace = pace
        self._rng = rng
        self._inside = 0
        self._door = threading.Lock()

    def run(self, until: float, most: int = 24) -> None:
        """Let visitors in until ``until`` (monotonic seconds); at most ``most`` are inside at once."""
        with ThreadPoolExecutor(most) as pool:
            while time.monotonic() < until:
                if self._inside < most * self._busy(time.time()):
                    self._count(+1)
                    pool.submit(self._visit, random.Random(self._rng.random()), until)
                self._statsd.gauge("museum.visitors", self._inside)
                time.sleep(self._rng.expovariate(1.0))

    def _count(self, change: int) -> None:
        with self._door:
            self._inside += change

    @staticmethod
    def _busy(now: float) -> float:
        """How full the museum is, 0.3 to 1: a wave of an hour, so that charts have a shape."""
        return 0.65 + 0.35 * math.sin(now / 3600 * 2 * math.pi)

    def _visit(self, rng: random.Random, until: float) -> None:
        try:
            for step in walk(rng):
                if time.monotonic() > until:
                    return
                if isinstance(step, Move):
                    self._statsd.increment("museum.moves", tags=[f"from:{step.origin}", f"to:{step.target}"])
                else:
                    self._look(step, rng)
        finally:
            self._count(-1)

    def _look(self, look: Look, rng: random.Random) -> None:
        tags = [f"exhibit:{look.exhibit.id}", f"room:{look.exhibit.room}"]
        name = "gone-on-loan" if rng.random() < _LOST_CODE else look.exhibit.id
        found = self._get(f"/exhibits/{name}", tags)
        if found and look.listens:
            self._get(f"/audio/{look.exhibit.id}.wav", tags)
        time.sleep(look.seconds / self._pace)
        self._statsd.increment("museum.visits", tags=tags)
        self._statsd.distribution("museum.dwell_time", look.seconds, tags=tags)

    def _get(self, path: str, tags: list[str]) -> bool:
        kind = path.split("/")[1]
        try:
            with urllib.request.urlopen(self._url + path, timeout=10) as answer:
                answer.read()
        except (urllib.error.URLError, OSError) as error:
            status = getattr(error, "code", "unreachable")
            self._statsd.increment("museum.broken_links", tags=[*tags, f"kind:{kind}", f"status:{status}"])
            return False
        self._statsd.increment("museum.scans", tags=[*tags, f"kind:{kind}"])
        return True
