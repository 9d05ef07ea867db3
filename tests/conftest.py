"""Fixtures shared by all tests: a real engine, a real server as a process, real clients."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from datadog_api_client import Configuration
from hypothesis import settings

from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from tests.clickhouse.running import CLUSTER, ClickHouse
from tests.processes import Child
from tests.s3_server import S3Server

# A busy machine is slow, not wrong.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

API_KEY = "0123456789abcdef0123456789abcdef"
APP_KEY = "0123456789abcdef0123456789abcdef01234567"
ADMIN_EMAIL = "admin@example.com"
ADMIN_PASSWORD = "correct horse battery staple"

#: Generous, for the same reason.
START_TIMEOUT_S = 180

#: What takes longest begins first, so that no worker is left alone with it at the end.
LONG = ("walkthrough/", "integration/test_kill.py", "browser/", "integration/")


def pytest_configure() -> None:
    """SIGTERM ends a test run as Ctrl-C does: fixtures are torn down, and with them servers and browsers."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        name = item.path.relative_to(here).as_posix()
        return next((place for place, start in enumerate(LONG) if name.startswith(start)), len(LONG))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The embedded engine with all tables; one a process, so tests use metric names of their own."""
    opened = Engine(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened)
    yield opened
    opened.close()


def pytest_sessionfinish() -> None:
    for one in _clickhouse:
        one.stop()


_clickhouse: list[ClickHouse] = []


def http_store(root: Path) -> str:
    """The address of a database for the server of ``root`` at this process's ClickHouse, started when it is
    first asked for (``HEELER_TEST_STORE=http``)."""
    clustered = os.environ.get("HEELER_TEST_STORE") == "cluster"
    if not _clickhouse:
        folder = Path(tempfile.mkdtemp(prefix="heeler-clickhouse-"))
        _clickhouse.append(ClickHouse(folder, free_port(), CLUSTER if clustered else ()))
        _clickhouse[0].start()
    suffix = "?cluster=test" if clustered else ""
    return _clickhouse[0].dsn("t" + hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]) + suffix


@dataclass
class RunningServer:
    """A ``heeler serve`` process on a free port, with known keys."""

    url: str
    data_dir: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    api_key: str = API_KEY
    app_key: str = APP_KEY
    email: str = ADMIN_EMAIL
    password: str = ADMIN_PASSWORD

    @property
    def store(self) -> str:
        """The address of its store; the embedded one can be opened only when the server has stopped."""
        return self.environment.get("HEELER_STORE") or f"chdb://{self.data_dir}/store"

    @property
    def log(self) -> str:
        return (self.data_dir.parent / "server.log").read_text()

    @property
    def headers(self) -> dict[str, str]:
        return {"DD-API-KEY": self.api_key, "DD-APPLICATION-KEY": self.app_key}

    def configuration(self, *unstable: str) -> Configuration:
        """What ``datadog_api_client.ApiClient`` needs; ``unstable`` names operations that it guards."""
        made = Configuration(host=self.url)
        made.api_key = {"apiKeyAuth": self.api_key, "appKeyAuth": self.app_key}
        for operation in unstable:
            made.unstable_operations[operation] = True
        return made

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(START_TIMEOUT_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_server(root: Path, port: int | None = None, **extra: str) -> RunningServer:
    """Start a server that keeps its data below ``root`` and wait until it answers."""
    port = port or free_port()
    environment = {
        **os.environ,
        "HEELER_DATA": str(root / "data"),
        "HEELER_LISTEN": f"127.0.0.1:{port}",
        "HEELER_API_KEY": API_KEY,
        "HEELER_APP_KEY": APP_KEY,
        "HEELER_ADMIN_EMAIL": ADMIN_EMAIL,
        "HEELER_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "HEELER_DISK_FLOOR": "1000000",
        **({"HEELER_STORE": http_store(root)} if os.environ.get("HEELER_TEST_STORE") else {}),
        **extra,
    }
    root.mkdir(parents=True, exist_ok=True)
    with (root / "server.log").open("ab") as log:
        process = Child(
            [sys.executable, "-m", "heeler", "serve"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    server = RunningServer(url, root / "data", environment, process)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}:\n{server.log}")
        try:
            request = urllib.request.Request(f"{url}/api/v1/validate", headers={"DD-API-KEY": API_KEY})
            with urllib.request.urlopen(request, timeout=2):
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"The server did not answer within {START_TIMEOUT_S} s:\n{server.log}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all tests of a process; tests use names of their own."""
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    code = running.stop()
    assert code == 0, f"the server ended with {code}:\n{running.log}"


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3-compatible server; tests use prefixes of their own."""
    server = S3Server(free_port())
    server.start()
    yield server
    server.stop()
