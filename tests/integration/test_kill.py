"""Killed ten times under load, the server keeps every point and log that it answered 202 for, once."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from heeler.store.engine import Engine
from tests.conftest import API_KEY, free_port, start_server

WORKERS = 4


class Sender(threading.Thread):
    """Sends body after body until told to stop; each until it is answered 202, as a real client would."""

    def __init__(self, number: int, port: int, start: int, halt: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.begin, self.halt = number, port, start, halt
        self.acknowledged: set[int] = set()
        self.retries = 0

    def run(self) -> None:
        at = self.begin
        while not self.halt.is_set():
            points = [[at + i, float(at + i)] for i in range(20)]
            samples = [{"metric": f"kill.d{self.number}", "points": [[at, [1.0, 2.0]]]}]
            done = self._deliver("/api/v1/series", [{"metric": f"kill.m{self.number}", "points": points}])
            lines = [
                {"message": f"line {at + i}", "service": f"kill-{self.number}", "timestamp": (at + i) * 1000}
                for i in range(20)
            ]
            done = done and self._deliver("/api/v2/logs", lines)
            if done and self._deliver("/api/v1/distribution_points", samples):
                self.acknowledged.update(range(at, at + 20))
                at += 20

    def _deliver(self, path: str, items: Sequence[dict[str, object]]) -> bool:
        body = json.dumps(items if path.endswith("logs") else {"series": items})
        while not self.halt.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("POST", path, body, {"DD-API-KEY": API_KEY})
                if connection.getresponse().status == 202:
                    return True
            except (OSError, http.client.HTTPException):
                self.retries += 1
                time.sleep(0.05)
            finally:
                connection.close()
        return False


@pytest.mark.timeout(600)  # eleven starts, each slow where the machine has other work
def test_ten_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    port, halt = free_port(), threading.Event()
    base = int(time.time()) - 200_000
    senders = [Sender(number, port, base, halt) for number in range(WORKERS)]
    for sender in senders:
        sender.start()
    for turn in range(10):
        server = start_server(tmp_path, port)
        before = sum(len(sender.acknowledged) for sender in senders)
        deadline = time.monotonic() + 10
        while sum(len(s.acknowledged) for s in senders) < before + 100 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.03 * turn)  # at another moment of the commit each time
        server.kill()
    server = start_server(tmp_path, port)
    time.sleep(0.5)
    halt.set()
    for sender in senders:
        sender.join(20)
    assert server.stop() == 0, server.log
    assert all(sender.retries for sender in senders)
    check(server.store, senders)


def check(store: str, senders: list[Sender]) -> None:
    engine = Engine(store)
    try:
        for sender in senders:
            rows = engine.rows_sync(
                "SELECT toUInt32(time), value FROM points FINAL WHERE metric = {m:String}",
                {"m": f"kill.m{sender.number}"},
            )
            times = [int(row[0]) for row in rows]
            assert len(times) == len(set(times)), "a point is there twice"
            assert sender.acknowledged <= set(times), "a point that was answered 202 is gone"
            assert all(row[0] == row[1] for row in rows)
            lines = engine.rows_sync(
                "SELECT toUnixTimestamp(time), message FROM log_events WHERE service = {service:String}",
                {"service": f"kill-{sender.number}"},
            )
            times = [int(row[0]) for row in lines]
            assert len(times) == len(set(times)), "a log is there twice"
            assert sender.acknowledged <= set(times), "a log that was answered 202 is gone"
            assert all(row[1] == f"line {row[0]}" for row in lines)
            samples = engine.rows_sync(
                "SELECT sum(count), uniqExact(time) FROM sketches FINAL WHERE metric = {m:String}",
                {"m": f"kill.d{sender.number}"},
            )[0]
            assert samples[0] == 2 * samples[1]
            assert samples[1] >= len(sender.acknowledged) / 20
    finally:
        engine.close()
