"""A full disk, a read-only folder, a file in its place, damaged files: what a real server says."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heeler.store import wal_segments
from heeler.store.log_rows import logs_table
from heeler.store.wal_segments import Record, SegmentWriter
from heeler.wire.logs.datadog import LogEntry
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, RunningServer, start_server


def call(
    server: RunningServer, method: str, path: str, body: Any = None, cookie: str = ""
) -> tuple[int, Any, str]:
    """Status, document and the cookies that were set."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Origin", server.url)
    for name, value in ({"Cookie": cookie} if cookie else server.headers).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            cookies = "; ".join(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or ())
            return answer.status, json.loads(answer.read() or b"null"), cookies
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, json.loads(text) if text.startswith("{") else text, ""


def points(value: float) -> dict[str, Any]:
    return {
        "series": [
            {
                "metric": "storage.points",
                "type": 3,
                "points": [{"timestamp": int(time.time()), "value": value}],
            }
        ]
    }


def stop(server: RunningServer) -> None:
    if server.process.poll() is None:
        server.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(60)
    if server.process.poll() is None:
        server.kill()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mount.returncode:
        pytest.skip(f"a small file system cannot be mounted: {mount.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """A file that takes the last byte."""
    path = folder / "others"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**16))
    with path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x")
    return path


def test_at_zero_bytes_people_log_in_look_delete_and_recover(small_disk: Path) -> None:
    server = start_server(small_disk / "server", HEELER_DISK_FLOOR="20000000")
    try:
        board = {"title": "To delete", "layout_type": "ordered", "widgets": []}
        status, made, _ = call(server, "POST", "/api/v1/dashboard", board)
        assert status == 200
        assert call(server, "POST", "/api/v2/series", points(1))[0] == 202
        reserve = small_disk / "server" / "data" / "reserve"
        deadline = time.monotonic() + 60
        while not reserve.exists() or reserve.stat().st_size < 2**20:
            assert time.monotonic() < deadline, "the server keeps no reserve"
            time.sleep(0.2)
        others = _fill(small_disk)
        deadline = time.monotonic() + 60
        while call(server, "POST", "/api/v2/series", points(2))[0] != 507:
            assert time.monotonic() < deadline, "the server did not notice that the disk is full"
            time.sleep(0.5)
        status, answer, _ = call(server, "POST", "/api/v1/events", {"title": "t", "text": "x"})
        assert (status, "full" in str(answer)) == (507, True)
        status, answer, _ = call(
            server, "POST", "/api/ui/login", {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
        )
        assert status < 300, answer
        assert call(server, "GET", "/api/v1/dashboard")[0] == 200
        now = int(time.time())
        query = f"/api/v1/query?from={now - 900}&to={now}&query=avg:storage.points{{*}}"
        assert call(server, "GET", query)[0] == 200
        others.unlink()
        deadline = time.monotonic() + 60
        while call(server, "POST", "/api/v2/series", points(3))[0] != 202:
            assert time.monotonic() < deadline, "data does not flow again"
            time.sleep(0.5)
        assert call(server, "DELETE", f"/api/v1/dashboard/{made['id']}")[0] == 200
    finally:
        stop(server)


def _refused_start(root: Path, **extra: str) -> str:
    with pytest.raises(RuntimeError) as raised:
        stop(start_server(root, **extra))
    return str(raised.value)


def test_a_configuration_database_that_is_damaged_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "heeler.sqlite").write_bytes(b"this was a database once" * 1000)
    said = _refused_start(tmp_path)
    assert "heeler.sqlite" in said
    assert "damaged" in said
    assert "Traceback" not in said


def test_a_data_folder_that_is_a_file_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    said = _refused_start(tmp_path)
    assert str(tmp_path / "data") in said
    assert "Traceback" not in said


def test_a_read_only_data_folder_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    folder = tmp_path / "data"
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mount.returncode:
        pytest.skip(f"a read-only file system cannot be mounted: {mount.stderr.strip()}")
    try:
        said = _refused_start(tmp_path)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    assert str(folder) in said
    assert "read-only" in said.lower()
    assert "Traceback" not in said


@pytest.mark.skipif(bool(os.environ.get("HEELER_TEST_STORE")), reason="of the embedded engine")
def test_damaged_files_of_the_engine_are_named_with_what_to_do(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    try:
        for number in range(3):
            assert call(server, "POST", "/api/v2/series", points(number))[0] == 202
    finally:
        stop(server)
    parts = [
        path for path in (tmp_path / "data").rglob("*.bin") if path.stat().st_size and "store" in path.parts
    ]
    assert parts
    for path in parts[:40]:
        path.chmod(0o600)
        path.write_bytes(b"\xff" * path.stat().st_size)
    said = _refused_start(tmp_path)
    assert f"The telemetry store in {tmp_path / 'data'} cannot be opened" in said
    assert "heeler backup restore" in said
    assert "Traceback" not in said
    (tmp_path / "data" / "store").rename(tmp_path / "damaged")  # as the message says
    server = start_server(tmp_path)
    try:
        assert call(server, "GET", "/api/v1/dashboard")[0] == 200
        assert call(server, "POST", "/api/v2/series", points(9))[0] == 202
    finally:
        stop(server)


def test_a_damaged_segment_of_the_write_ahead_log_is_named_and_set_aside(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    now = int(time.time() * 1000)
    lines = [{"message": "m", "service": "damaged", "timestamp": now + number} for number in range(3)]
    try:
        assert call(server, "POST", "/api/v2/logs", lines)[0] == 202
        body = {"filter": {"query": "service:damaged"}, "compute": [{"aggregation": "count"}]}
        assert call(server, "POST", "/api/v2/logs/analytics/aggregate", body)[0] == 200
    finally:
        stop(server)
    path = wal_segments.path_of(tmp_path / "data" / "wal" / "logs", 1)
    segment = SegmentWriter(path)
    for number in range(2):
        entry = LogEntry("from the log", now * 10**6, "info", "damaged", "h")
        segment.add(Record({"log_events": logs_table([entry], 0, number)}, []))
    segment.close()
    content = bytearray(path.read_bytes())
    content[-20] ^= 0xFF
    path.write_bytes(content)
    (path.parent / "0000000000000000.stored").write_bytes(b"no notes")
    server = start_server(tmp_path)
    try:
        status, answer, _ = call(server, "POST", "/api/v2/logs/analytics/aggregate", body)
        assert status == 200
        assert answer["data"]["buckets"][0]["computes"]["c0"] == 4
        assert call(server, "POST", "/api/v2/logs", lines)[0] == 202
    finally:
        stop(server)
    assert f"of {path} are damaged, and rows in them are lost; see" in server.log
    assert "requests in them are stored twice if sent again" in server.log
    assert (path.parent / "rejected" / path.name).read_bytes() == content
    assert "Traceback" not in server.log
