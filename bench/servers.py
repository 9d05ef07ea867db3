"""The servers under test, each started on loopback with a directory of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Arrow loads pandas where it finds it, as in a developer's environment; an installation has none.
_WITHOUT_PANDAS = """
import sys

class NoPandas:
    def find_spec(self, name, *_):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NoPandas())
{first}
from heeler.cli.main import main
main()
"""
API_KEY = "0" * 32
APP_KEY = "0" * 40


@dataclass
class Server:
    """A running server: ``prefix`` stands before the paths of Datadog's API."""

    name: str
    port: int
    pid: int
    data: Path
    prefix: str = ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def heeler(root: Path, first: str = "") -> Iterator[Server]:
    """Heeler; ``first`` is Python that runs in its process before it starts."""
    port = free_port()
    environment = {
        **os.environ,
        "HEELER_DATA": str(root),
        "HEELER_LISTEN": f"127.0.0.1:{port}",
        "HEELER_API_KEY": API_KEY,
        "HEELER_APP_KEY": APP_KEY,
    }
    command = [sys.executable, "-c", _WITHOUT_PANDAS.replace("{first}", first), "serve"]
    check = f"http://127.0.0.1:{port}/api/v1/validate?api_key={API_KEY}"
    with _process(command, environment, root, lambda: _answers(check)) as pid:
        time.sleep(10)  # the fast decoder is loaded in the background
        yield Server("heeler", port, pid, root / "store")


@contextmanager
def victoria_metrics(root: Path) -> Iterator[Server | None]:
    """VictoriaMetrics (see :func:`peer`)."""
    binary = peer("victoria-metrics")
    if binary is None:
        yield None
        return
    port = free_port()
    command = [
        binary,
        f"-storageDataPath={root}/vm",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=10y",
    ]
    with _process(
        command, dict(os.environ), root, lambda: _answers(f"http://127.0.0.1:{port}/health")
    ) as pid:
        yield Server("victoria-metrics", port, pid, root / "vm", "/datadog")


@contextmanager
def prometheus(root: Path) -> Iterator[Server | None]:
    """Prometheus (see :func:`peer`), taking remote write."""
    binary = peer("prometheus")
    if binary is None:
        yield None
        return
    port = free_port()
    root.mkdir(parents=True)
    (root / "prometheus.yml").write_text("global: {}\n")
    command = [
        binary,
        f"--config.file={root}/prometheus.yml",
        f"--storage.tsdb.path={root}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
    ]
    with _process(
        command, dict(os.environ), root, lambda: _answers(f"http://127.0.0.1:{port}/-/ready")
    ) as pid:
        yield Server("prometheus", port, pid, root / "tsdb")


@contextmanager
def carbon(root: Path) -> Iterator[Server | None]:
    """graphite-carbon's cache, taking pickles: `CARBON_CACHE`, or on the path, as PyPI or Debian name it."""
    named = os.environ.get("CARBON_CACHE") or shutil.which("carbon-cache") or shutil.which("carbon-cache.py")
    if named is None:
        print("carbon is left out: it is not on the path, and CARBON_CACHE does not name it")
        yield None
        return
    port, line_port, query_port = free_port(), free_port(), free_port()
    (root / "conf").mkdir(parents=True)
    (root / "conf/storage-schemas.conf").write_text("[all]\npattern = .*\nretentions = 15s:1d\n")
    (root / "conf/carbon.conf").write_text(
        _CARBON.format(root=root, port=port, line_port=line_port, query_port=query_port)
    )
    command = [sys.executable, named] if named.endswith(".py") and not os.access(named, os.X_OK) else [named]
    command += [f"--config={root}/conf/carbon.conf", f"--pidfile={root}/pid", "--nodaemon", "start"]
    environment = {**os.environ, "GRAPHITE_ROOT": str(root)}
    with _process(command, environment, root, lambda: _listens(port)) as pid:
        yield Server("graphite-carbon", port, pid, root / "whisper")


#: Nothing held back: as many files made and written as it can.
_CARBON = """[cache]
STORAGE_DIR = {root}
LOCAL_DATA_DIR = {root}/whisper
CONF_DIR = {root}/conf
LOG_DIR = {root}/logs
PID_DIR = {root}
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {line_port}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {port}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = {query_port}
ENABLE_LOGROTATION = False
LOG_UPDATES = False
LOG_CREATES = False
"""


@contextmanager
def running(command: list[str], environment: dict[str, str], root: Path, health: str) -> Iterator[int]:
    """A process that runs until the end, once the address ``health`` answers; its id."""
    with _process(command, environment, root, lambda: _answers(health)) as pid:
        yield pid


@cache
def peer(name: str) -> str | None:
    """The program ``name``: named by ``VICTORIA_METRICS`` (say), on the path, or Debian's package.

    The package is unpacked into a temporary folder, not installed. None where there is none; that is said.
    """
    found = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name)
    if found is not None:
        return found
    try:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        subprocess.run(
            ["apt-get", "download", name], cwd=folder, check=True, capture_output=True, timeout=120
        )
        package = next(folder.glob("*.deb"))
        subprocess.run(["dpkg", "-x", package, folder], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        print(f"{name} is left out: it is not on the path, and Debian's package is not to be had ({error})")
        return None
    return str(folder / "usr/bin" / name)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], root: Path, is_up: Callable[[], bool]
) -> Iterator[int]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(1800):  # three minutes, for a busy machine
            if is_up():
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command[0]} did not start: {(root / 'log').read_text()[-2000:]}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)
