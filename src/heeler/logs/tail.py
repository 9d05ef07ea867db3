"""Live tail: publishes arriving logs or spans to subscribed clients, including those that no index stores."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from heeler.api.services import Services

Test = Callable[[Any], bool]
LineAt = Callable[[int], dict[str, Any]]
"""The line at a place of a delivery, as the page shows it."""
#: Maximum number of lines a second for one subscriber, and of subscribers.
MAX_RATE, MAX_WATCHERS = 50, 100
_TICK = 0.25


@dataclass(slots=True)
class Watcher:
    """A subscriber: a uniform sample of what matched since the last tick."""

    test: Test
    matched: int = 0
    seen: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    matched_lately: deque[int] = field(default_factory=lambda: deque(maxlen=round(1 / _TICK)))
    shown_lately: deque[int] = field(default_factory=lambda: deque(maxlen=round(1 / _TICK)))

    def offer(self, places: Sequence[int], line_at: LineAt, rng: random.Random) -> None:
        """Reservoir sampling of the lines at ``places`` of a delivery: each line of a tick is as likely to be
        shown as any other. Only lines that are taken are made.
        """
        room = round(MAX_RATE * _TICK)
        chosen: dict[int, int] = {}
        with self.lock:
            filled = len(self.lines)
            for place in places:
                self.seen += 1
                if filled < room:
                    slot = filled
                    filled += 1
                else:
                    slot = int(rng.random() * self.seen)
                if slot < room:
                    chosen[slot] = place
            for slot, place in sorted(chosen.items()):
                self.lines[slot : slot + 1] = [line_at(place)]

    def take(self) -> tuple[list[dict[str, Any]], dict[str, int]]:
        with self.lock:
            lines, seen = self.lines, self.seen
            self.lines, self.seen = [], 0
        self.matched_lately.append(seen)
        self.shown_lately.append(len(lines))
        lines.sort(key=lambda line: (line["time_ns"], line["id"]))
        return lines, {"matched": sum(self.matched_lately), "shown": sum(self.shown_lately)}


class TooManyWatchers(Exception):
    """The limit of concurrent subscribers is reached."""


class LiveTail:
    """Subscribers of the live tail, as ``services.part(LiveTail)``."""

    def __init__(self, services: Services) -> None:
        # That of the services asks the system for each number; which lines are shown is no secret.
        self._rng = random.Random(services.rng.getrandbits(64))  # noqa: S311
        self._watchers: list[Watcher] = []

    @property
    def watched(self) -> bool:
        return bool(self._watchers)

    def publish(self, entries: Sequence[Any], line_at: LineAt) -> None:
        """Offer ``entries`` to whoever looks for them. Safe to use from any thread."""
        for watcher in tuple(self._watchers):
            test = watcher.test
            places = [place for place, entry in enumerate(entries) if test(entry)]
            if places:
                watcher.offer(places, line_at, self._rng)

    def watch(self, test: Test) -> AsyncGenerator[bytes, None]:
        """Server-sent events: ``rows``, one JSON object a line, and ``rate`` once a second.

        Raises :class:`TooManyWatchers`.
        """
        if len(self._watchers) >= MAX_WATCHERS:
            raise TooManyWatchers
        return self._events(Watcher(test))

    async def _events(self, watcher: Watcher) -> AsyncGenerator[bytes, None]:
        self._watchers.append(watcher)
        try:
            yield b": live\n\n"
            ticks = 0
            while True:
                await asyncio.sleep(_TICK)
                lines, rate = watcher.take()
                if lines:
                    yield (
                        b"event: rows\n"
                        + b"".join(b"data: " + orjson.dumps(line) + b"\n" for line in lines)
                        + b"\n"
                    )
                ticks += 1
                if ticks % round(1 / _TICK) == 0:
                    yield b"event: rate\ndata: " + orjson.dumps(rate) + b"\n\n"
        finally:
            self._watchers.remove(watcher)
