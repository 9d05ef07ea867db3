"""What a server leaves behind when native code faults, and what stops it in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import RunningServer, free_port, start_server


def test_a_second_server_on_the_same_data_is_refused_in_one_sentence(server: RunningServer) -> None:
    second = {**server.environment, "HEELER_LISTEN": f"127.0.0.1:{free_port()}"}
    command = [sys.executable, "-m", "heeler", "serve"]
    ended = subprocess.run(command, env=second, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"is in use by a Heeler server (process {server.process.pid})" in ended.stderr
    assert "Traceback" not in ended.stderr
    use_store(server)


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/series", "/api/v1/monitor", "/api/v0.2/traces"])
@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"{", b"null"])
def test_a_body_that_is_no_json_is_the_senders_error(server: RunningServer, path: str, body: bytes) -> None:
    headers = {**server.headers, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status < 500


def use_store(server: RunningServer) -> None:
    """Have the engine open and work before the fault: it is the engine that takes the handlers."""
    request = urllib.request.Request(f"{server.url}/api/v1/metrics?from=1", headers=server.headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def test_a_native_fault_ends_the_process_and_leaves_its_stack(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    use_store(server)
    server.process.send_signal(signal.SIGSEGV)
    assert server.process.wait(60) == -signal.SIGSEGV
    assert "Fatal Python error" in server.log
    # The thread that got the signal is the current one only if it runs Python.
    assert "(most recent call first)" in server.log


def test_a_closed_terminal_stops_the_server_in_order_and_is_named_in_the_log(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    server.process.send_signal(signal.SIGHUP)
    assert server.process.wait(120) == 0
    assert "SIGHUP received: stopping" in server.log
