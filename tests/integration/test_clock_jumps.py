"""A real server that starts again with a clock two days ahead, then two days behind (libfaketime): nothing is
stored twice, people stay logged in, monitors go on, and what happened is said."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, RunningServer, start_server
from tests.integration.test_broken_storage import call, stop

DAY = 86_400
_LIBRARY = str(next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), ""))


def _start(root: Path, days: int) -> RunningServer:
    return start_server(
        root,
        HEELER_MONITOR_INTERVAL="1",
        LD_PRELOAD=_LIBRARY,
        FAKETIME=f"{days:+d}d" if days else "+0",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )


def _logs(now: float) -> list[dict[str, Any]]:
    return [
        {"message": f"line {n}", "service": "clocks", "timestamp": int(now * 1000) + n,
         "status": "error", "error": {"kind": "Broken", "message": "m", "stack": "at a"}}
        for n in range(3)
    ]  # fmt: skip


def _count(server: RunningServer, query: str, now: float) -> int:
    body = {
        "filter": {
            "query": query,
            "from": str(int((now - 4 * DAY) * 1000)),
            "to": str(int((now + DAY) * 1000)),
        },
        "compute": [{"aggregation": "count"}],
    }
    status, answer, _ = call(server, "POST", "/api/v2/logs/analytics/aggregate", body)
    assert status == 200, answer
    return int(answer["data"]["buckets"][0]["computes"]["c0"])


def _evaluated(server: RunningServer, monitor: int, after: float) -> None:
    """The monitor is evaluated, by the clock of the server, after ``after``."""
    deadline = time.monotonic() + 180  # after a gap monitors wait for what is late
    while True:
        status, found, _ = call(server, "GET", f"/api/ui/monitors/{monitor}/explain")
        assert status == 200, found
        if after <= (found.get("evaluated") or 0) < after + 600:
            return
        assert time.monotonic() < deadline, f"not evaluated after {after}: {found}"
        time.sleep(0.5)


@pytest.mark.skipif(not _LIBRARY, reason="libfaketime (Debian package faketime) is not installed")
@pytest.mark.timeout(600)
def test_two_days_ahead_then_two_days_behind(tmp_path: Path) -> None:
    real = time.time()
    logs = _logs(real)
    server = _start(tmp_path, 0)
    try:
        assert call(server, "POST", "/api/v2/logs", logs)[0] == 202
        login = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
        status, _, cookie = call(server, "POST", "/api/ui/login", login)
        assert (status < 300, bool(cookie)) == (True, True)
        monitor = {"type": "metric alert", "query": "avg(last_5m):avg:clocks.load{*} > 5", "name": "Clocks"}
        status, made, _ = call(server, "POST", "/api/v1/monitor", monitor)
        assert status == 200
        downtime = {"scope": "env:x", "start": int(real), "end": int(real) + 7 * DAY}
        assert call(server, "POST", "/api/v1/downtime", downtime)[0] == 200
        _evaluated(server, made["id"], real - 5)
        assert _count(server, "service:clocks", real) == 3
    finally:
        stop(server)
    for days in (2, -2):
        server = _start(tmp_path, days)
        try:
            now = time.time() + days * DAY
            assert call(server, "POST", "/api/v2/logs", logs)[0] == 202
            assert _count(server, "service:clocks", real) == 3, f"stored twice with a clock of {days} days"
            assert call(server, "GET", "/api/v1/dashboard", cookie=cookie)[0] == 200, "logged out"
            assert call(server, "POST", "/api/ui/login", login)[0] < 300
            _evaluated(server, made["id"], now - 60)
            point = {"metric": "clocks.load", "type": 3, "points": [{"timestamp": int(now), "value": 1}]}
            status, answer, _ = call(server, "POST", "/api/v2/series", {"series": [point]})
            assert (status, answer) == (202, {"errors": []})
            point["points"] = [{"timestamp": int(now + DAY), "value": 1}]
            status, answer, _ = call(server, "POST", "/api/v2/series", {"series": [point]})
            assert status == 202
            assert "more than 10 minutes ahead" in str(answer), answer
            status, downtimes, _ = call(server, "GET", "/api/v1/downtime")
            assert status == 200
            assert [one["active"] for one in downtimes] == [days > 0]
            if days < 0:
                assert "clock was set back by 4.0 days" in server.log
                query = f"/api/v1/events?start={int(now - 600)}&end={int(now + 600)}"
                deadline = time.monotonic() + 30
                while "clock jumped" not in str(call(server, "GET", query)[1]):
                    assert time.monotonic() < deadline, "no event tells of the jump"
                    time.sleep(0.5)
            assert "Traceback" not in server.log, server.log
        finally:
            stop(server)
