"""Starts the HTTP interface of :mod:`tests.clickhouse.http_interface` as a process of its own."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Child, end

USER, PASSWORD = "heeler", "p@ss word"
_START_SECONDS = 60
#: Options of a server that is a cluster of itself.
CLUSTER = ("--cluster", "--config", str(Path(__file__).with_name("cluster.xml")))


@dataclass
class ClickHouse:
    """A server of one store on ``port``; killed and started again it has the same store."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = "heeler") -> str:
        """The address of a database, which Heeler makes at its first start."""
        return f"clickhouse://{USER}:p%40ss%20word@127.0.0.1:{self.port}/{database}"

    def cluster_dsn(self, cluster: str = "test") -> str:
        """The address of a cluster of `cluster.xml`, of one shard, which is this server (started with
        :data:`CLUSTER`), or with a second one that never answers."""
        return f"{self.dsn('of_' + cluster)}?cluster={cluster}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "tests.clickhouse.http_interface",
            "--path",
            str(self.folder / "store"),
        ]
        command += ["--port", str(self.port), "--user", USER, "--password", PASSWORD]
        with (self.folder / "clickhouse.log").open("ab") as log:
            self.process = Child([*command, *self.options], stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"No ClickHouse: {(self.folder / 'clickhouse.log').read_text()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().read() == b"Ok.\n"
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
