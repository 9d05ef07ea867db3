"""Capture and replay of DogStatsD traffic, with its timing, to and from a file.

A request (``heeler agent dogstatsd-capture``) is a file ``run/dogstatsd-capture.json`` with a path and the
end time. The capture is JSON lines: ``[seconds since the start, lines]``.
"""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)
REQUEST = "dogstatsd-capture.json"
MAX_BYTES = 1 * 2**30
_DATAGRAM = 1432
_LOOK_SECONDS = 0.5


class Capture:
    """Records received traffic while a capture request is active. Used by the component's thread."""

    def __init__(self, run_path: Path) -> None:
        self._request = run_path / REQUEST
        self._file: IO[str] | None = None
        self._began = 0.0
        self._until = 0.0
        self._written = 0
        self._look_at = 0.0

    def tick(self, now: float) -> None:
        """Start or end the capture as requested; ``now`` is epoch seconds."""
        if self._file is not None and (now >= self._until or self._written > MAX_BYTES):
            self._file.close()
            self._file = None
            self._request.unlink(missing_ok=True)
        if self._file is None and now >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            self._begin(now)

    def take(self, lines: bytes) -> None:
        if self._file is not None:
            entry = json.dumps([round(time.time() - self._began, 4), lines.decode(errors="replace")])
            self._written += self._file.write(f"{entry}\n")

    def _begin(self, now: float) -> None:
        try:
            request = json.loads(self._request.read_text())
            path, until = Path(str(request["path"])), float(request["until"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s is no request for a capture: %s", self._request, error)
            self._request.unlink(missing_ok=True)
            return
        if until <= now:
            self._request.unlink(missing_ok=True)
            return
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            log.error("The capture cannot be written to %s: %s", path, error.strerror)
            self._request.unlink(missing_ok=True)
            return
        self._began, self._until, self._written = now, until, 0


def request_capture(run_path: Path, path: Path, seconds: float) -> None:
    """Request a capture from the running component. Raises OSError."""
    temporary = run_path / f"{REQUEST}.tmp"
    temporary.write_text(json.dumps({"path": str(path.absolute()), "until": time.time() + seconds}))
    temporary.replace(run_path / REQUEST)


def replay(
    path: Path, send: Callable[[bytes], object], sleep: Callable[[float], object], loops: int = 1
) -> int:
    """Replay a capture with its original timing, ``loops`` times; returns the number of lines. Raises
    ValueError.
    """
    sent = 0
    for _ in range(loops):
        before = 0.0
        for moment, lines in _entries(path):
            if moment > before:
                sleep(moment - before)
                before = moment
            for datagram in _datagrams(lines):
                send(datagram)
                sent += datagram.count(b"\n")
    return sent


def sender_to(host: str, port: int) -> Callable[[bytes], object]:
    """Sends datagrams to a DogStatsD port."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect((host, port))
    return client.send


def _entries(path: Path) -> Iterator[tuple[float, bytes]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                moment, text = json.loads(line)
                yield float(moment), str(text).encode()
            except (ValueError, TypeError, RecursionError) as error:
                raise ValueError(f"{path} is no capture: line {number}: {error}") from error


def _datagrams(lines: bytes) -> Iterator[bytes]:
    waiting = b""
    for line in lines.splitlines(keepends=True):
        if waiting and len(waiting) + len(line) > _DATAGRAM:
            yield waiting
            waiting = b""
        waiting += line
    if waiting:
        yield waiting
