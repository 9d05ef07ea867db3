"""Killed while late points, rollups and segment files are written, a store answers with files as without."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningServer

KILLS, WRITES = 5, 40


@pytest.mark.timeout(600)  # six starts, each slow where the machine has other work
def test_kills_between_writes_rollups_and_files_change_no_answer(tmp_path: Path) -> None:
    allowed: dict[tuple[str, int], set[float]] = defaultdict(set)
    needed: dict[tuple[str, int], float] = {}
    read: list[int] = []
    for turn in range(KILLS + 1):
        with (tmp_path / f"{turn}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.segment_worker", str(tmp_path), str(turn)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert worker.stdout is not None
        writes = 0
        for line in worker.stdout:
            kind, *words = line.split(maxsplit=1)[:1] + line.split()[1:]
            if kind == "files":
                read.append(int(words[0]))
            elif kind == "stored":
                stored = {(host, at): value for host, at, value in json.loads(line.partition(" ")[2])}
                assert needed.keys() <= stored.keys(), "a point that was acknowledged is gone"
                assert all(value in allowed[place] for place, value in stored.items())
                if turn == KILLS:
                    break
            else:
                host, at, value = words[0], int(words[1]), float(words[2])
                if kind == "sent":
                    allowed[host, at].add(value)
                else:
                    allowed[host, at], needed[host, at] = {value}, value
                    writes += 1
                if writes >= WRITES + turn:  # at another moment each time
                    break
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(30) == -signal.SIGKILL, (tmp_path / f"{turn}.log").read_text()
        assert len(read) == turn + 1, (tmp_path / f"{turn}.log").read_text()
    assert read[0] == 0
    assert any(read[1:]), "no file of an earlier process was ever read"
    assert len(list((tmp_path / "segments").glob("*.segments"))) <= 8


def test_every_way_to_ask_is_served(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as client:
        found = [
            client.get(
                "/api/v1/query",
                params={"query": "avg:segments.none{*}", "from": 0, "to": 3600, "nocache": way},
            )
            for way in ("false", "true", "rows", "all")
        ]
    assert [response.status_code for response in found] == [200] * 4
    assert len({json.dumps(response.json()["series"]) for response in found}) == 1
