"""A MongoDB for tests, the truest that this machine has."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pymongo
import pymongo.errors

from tests.mongo_proxy import MongoProxy
from tests.processes import Child, end

FERRETDB = Path(__file__).parents[1] / "tools" / "ferretdb.sh"
USER, PASSWORD = "datadog", "correct horse"
ROLES = [{"role": "read", "db": "admin"}, {"role": "clusterMonitor", "db": "admin"},
         {"role": "read", "db": "local"}]  # fmt: skip


class NoMongoDB(Exception):
    """None can be had here; the text says why."""


@dataclass(frozen=True)
class Mongo:
    """``kind`` names the program for people; without ``username`` it asks for none."""

    address: str
    kind: str
    username: str = ""
    password: str = ""

    @property
    def url(self) -> str:
        user = f"{self.username}:{self.password.replace(' ', '%20')}@" if self.username else ""
        return f"mongodb://{user}{self.address}/?authSource=admin"


def live_mongo(folder: Path, closing: ExitStack) -> Mongo:
    """``HEELER_TEST_MONGODB`` (host:port) where set, else a ``mongod`` on the PATH, else FerretDB.

    The last two run on files in ``folder`` with a user as the integration's instructions make one, until
    ``closing`` ends. Raises :class:`NoMongoDB`.
    """
    if address := os.environ.get("HEELER_TEST_MONGODB"):
        return Mongo(address, "the MongoDB of HEELER_TEST_MONGODB")
    folder.mkdir(parents=True, exist_ok=True)
    if program := shutil.which("mongod"):
        return _mongod(program, folder, closing)
    return _ferretdb(_built_ferretdb(), folder, closing)


def _mongod(program: str, folder: Path, closing: ExitStack) -> Mongo:
    port = _free_port()
    _start([program, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"], port, closing)
    with pymongo.MongoClient(f"mongodb://127.0.0.1:{port}") as client:
        client.admin.command({"createUser": USER, "pwd": PASSWORD, "roles": ROLES})
    return Mongo(f"127.0.0.1:{port}", "mongod", USER, PASSWORD)


def _built_ferretdb() -> str:
    wait = os.environ.get("HEELER_FERRETDB_WAIT", "60")
    found = subprocess.run([FERRETDB, "--wait", wait], capture_output=True, text=True, check=False)
    if found.returncode:
        raise NoMongoDB(f"no HEELER_TEST_MONGODB, no mongod, {found.stderr.strip()}")
    return found.stdout.strip()


def _ferretdb(program: str, folder: Path, closing: ExitStack) -> Mongo:
    """FerretDB knows users, but no roles: each may do everything."""
    port = _free_port()
    command = [
        program, "--handler=sqlite", f"--sqlite-url=file:{folder}/", f"--state-dir={folder}",
        f"--listen-addr=127.0.0.1:{port}", "--debug-addr=-", "--telemetry=disable", "--log-level=error",
        "--test-enable-new-auth", "--setup-username=root", f"--setup-password={PASSWORD}",
        "--setup-database=admin",
    ]  # fmt: skip
    process = psutil.Process(_start(command, port, closing).pid)
    proxy = MongoProxy(("127.0.0.1", port), lambda: process.memory_info().rss >> 20)
    closing.callback(proxy.close)
    root = Mongo(proxy.address, "", "root", PASSWORD)
    with pymongo.MongoClient[dict[str, object]](root.url) as client:
        client.admin.command({"createUser": USER, "pwd": PASSWORD, "roles": []})
    return Mongo(proxy.address, "FerretDB", USER, PASSWORD)


def _start(command: list[str], port: int, closing: ExitStack) -> subprocess.Popen[bytes]:
    process = Child(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    closing.callback(end, process)
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} does not listen on port {port}") from None
            time.sleep(0.1)
        else:
            return process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
