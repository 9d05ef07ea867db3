"""The commands as a person types them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.conftest import RunningServer, free_port
from tests.processes import Child


def heeler(*words: str, environment: dict[str, str], expected: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "heeler", *words], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def is_valid(server: RunningServer, key: str) -> bool:
    answer = requests.get(f"{server.url}/api/v1/validate", headers={"DD-API-KEY": key}, timeout=60)
    return answer.status_code == 200


def test_keys_are_made_and_revoked_while_the_server_runs(server: RunningServer) -> None:
    key = heeler("keys", "create", "from the shell", environment=server.environment).strip()
    assert is_valid(server, key)
    listed = heeler("keys", "list", environment=server.environment)
    assert "from the shell" in listed
    assert key not in listed
    heeler("keys", "revoke", key, environment=server.environment)
    time.sleep(5.1)
    assert not is_valid(server, key)
    assert "No key match" in heeler("keys", "revoke", key, environment=server.environment, expected=1)


def test_users_log_in_with_passwords_from_the_shell(server: RunningServer) -> None:
    environment = server.environment
    made = heeler("users", "create", "grace@example.com", "--role", "read-only", environment=environment)
    password = made.rpartition("Password: ")[2].strip()
    url = f"{server.url}/api/ui/login"
    given = {"email": "grace@example.com", "password": password}
    assert requests.post(url, json=given, timeout=60).json()["can_write"] is False
    heeler("users", "password", "grace@example.com", "--password", "changed it", environment=environment)
    assert requests.post(url, json=given, timeout=60).status_code == 401
    heeler("users", "disable", "grace@example.com", environment=environment)
    assert "disabled" in heeler("users", "list", environment=environment)
    again = heeler("users", "create", "grace@example.com", environment=environment, expected=1)
    assert "already exists" in again


@pytest.mark.parametrize("client", ["shell", "datadog", "datadog-api-client", "ddtrace", "agent", "curl"])
def test_every_client_is_pointed_here(server: RunningServer, client: str) -> None:
    text = heeler("env", client, "--api-key", "k" * 32, environment=server.environment)
    port = server.url.rpartition(":")[2]
    assert client == "ddtrace" or f"localhost:{port}" in text


def test_the_shells_lines_and_the_snippets_work(server: RunningServer) -> None:
    environment = server.environment
    for client in ("datadog", "datadog-api-client"):
        compile(heeler("env", client, environment=environment), client, "exec")
    shell = heeler("env", environment=environment)
    done = subprocess.run(
        ["sh", "-c", f'eval "{shell}"; echo $DATADOG_HOST $DD_API_KEY'],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == [f"http://localhost:{server.url.rpartition(':')[2]}", server.api_key]
    curl = heeler("env", "curl", environment=environment)
    done = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, timeout=60)
    assert '"errors":[]' in done.stdout.replace(" ", "")


def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HEELER_DATA": str(tmp_path),
        "HEELER_LISTEN": f"127.0.0.1:{free_port()}",
        "HEELER_DISK_FLOOR": str(2**60),
        "DD_SITE": "datadoghq.eu",
    }
    told = heeler("doctor", environment=environment, expected=1)
    assert "No answer from" in told
    assert "HEELER_DISK_FLOOR" in told
    assert "unset DD_SITE" in told


def test_a_second_server_says_who_holds_the_port(server: RunningServer, tmp_path: Path) -> None:
    environment = {**server.environment, "HEELER_DATA": str(tmp_path)}
    for words in (("serve",), ("up",)):
        told = heeler(*words, environment=environment, expected=1)
        assert f"(pid {server.process.pid})" in told
        assert "HEELER_LISTEN" in told
    assert list(tmp_path.iterdir()) == []


def test_up_collects_from_this_machine_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEELER_")},
        "HEELER_DATA": str(tmp_path / "data"),
        "HEELER_LISTEN": f"127.0.0.1:{port}",
        "HEELER_DISK_FLOOR": "1000000",
        "DD_DOGSTATSD_PORT": str(free_port()),
        "DD_APM_RECEIVER_PORT": str(free_port()),
        "DD_HOSTNAME": "up-host",
    }
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        process = Child(
            [sys.executable, "-m", "heeler", "up"], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        keys = _printed_keys(log, process)
        _wait_for_host(url, keys, "up-host")
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
    assert "Traceback" not in log.read_text()
    left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
    assert left.stdout == ""


def _printed_keys(log: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while "application key" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    words = {
        line.strip().rpartition("  ")[0].strip(): line.split()[-1]
        for line in log.read_text().splitlines()
        if line
    }
    return {"DD-API-KEY": words["API key"], "DD-APPLICATION-KEY": words["application key"]}


def _wait_for_host(url: str, keys: dict[str, str], host: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        hosts = requests.get(f"{url}/api/v1/hosts", headers=keys, timeout=60).json()
        if host in [item["name"] for item in hosts.get("host_list", [])]:
            return
        time.sleep(0.5)
    raise AssertionError(f"{host} did not appear")
