"""A backup of a real server under load, by the command line, restored and started elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import API_KEY, APP_KEY, RunningServer, start_server
from tests.s3_server import S3Server


def heeler(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "heeler", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def send(server: RunningServer, number: int) -> None:
    """One event a request: what is acknowledged must be in a backup that begins afterwards."""
    body = json.dumps({"title": f"event {number}", "text": "x", "date_happened": int(time.time())}).encode()
    headers = {"DD-API-KEY": API_KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/v1/events", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 201, 202)


def titles(server: RunningServer) -> set[str]:
    now = int(time.time())
    request = urllib.request.Request(
        f"{server.url}/api/v1/events?start={now - 3600}&end={now + 60}",
        headers={"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return {event["title"] for event in json.loads(answer.read())["events"]}


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_what_was_acknowledged_before_a_backup_is_in_its_restore(
    tmp_path: Path, place: str, s3: S3Server
) -> None:
    """The server knows nothing of the bucket: the command brings its own access."""
    backups = str(tmp_path / "backups") if place == "folder" else "s3://heeler-backups/under/load"
    access = {} if place == "folder" else s3.environment
    sent, stop = [0], threading.Event()

    def load(server: RunningServer) -> None:
        while not stop.is_set():
            send(server, sent[0])
            sent[0] += 1

    live, new = start_server(tmp_path / "live"), tmp_path / "new" / "data"
    sender = threading.Thread(target=load, args=(live,))
    sender.start()
    try:
        while sent[0] < 20:
            time.sleep(0.05)
        acknowledged = sent[0]
        wanted = ("--name", "under-load", "--data", str(live.data_dir))
        out = heeler("backup", "create", backups, *wanted, **access)
        assert out.startswith("Backup under-load: ")
        assert "events" in heeler("store", "usage", "--data", str(live.data_dir))
    finally:
        stop.set()
        sender.join()
        live.stop()
    assert "under-load" in heeler("backup", "list", backups, **access)
    assert "is intact" in heeler("backup", "verify", backups, **access)
    assert heeler("backup", "prune", backups, "--keep", "1", **access) == "Nothing to delete\n"
    assert "Restored under-load" in heeler("backup", "restore", backups, "--data", str(new), **access)
    assert "matches its checksums" in heeler("store", "check", "--data", str(new))
    restored = start_server(tmp_path / "new")
    try:
        found = titles(restored)
    finally:
        restored.stop()
    assert found >= {f"event {number}" for number in range(acknowledged)}
