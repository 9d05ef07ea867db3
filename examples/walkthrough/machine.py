"""One machine for the walkthrough: a fresh ``heeler up`` on free ports, in a folder of its own."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import datadog
from tests.processes import end

T = TypeVar("T")

API_KEY = "0123456789abcdef0123456789abcdef"
APP_KEY = "0123456789abcdef0123456789abcdef01234567"
EMAIL = "me@example.com"
PASSWORD = "correct horse battery staple"
SEED = Path(__file__).parent / "seed"


class StepFailed(AssertionError):
    """A step's result is not what the exercise promises; the message says what was seen instead."""


class NotThere(StepFailed):
    """The server answered 404."""


def until(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first true answer of ``look``; ``StepFailed`` after ``seconds``, naming ``what`` was awaited."""
    deadline = time.monotonic() + seconds
    problem = ""
    while True:
        try:
            if found := look():
                return found
        except OSError as error:
            problem = f" ({error})"
        if time.monotonic() > deadline:
            raise StepFailed(f"{what}: not within {seconds:.0f} s{problem}")
        time.sleep(0.3)


def expect(condition: object, otherwise: str) -> None:
    if not condition:
        raise StepFailed(otherwise)


def free_port() -> int:
    """A port below those that outgoing connections are given, so that none takes it before it is used."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Machine:
    """``heeler up`` below ``root``, its agent's folder, and the API that it answers."""

    def __init__(self, root: Path, name: str = "vagrant", **extra: str) -> None:
        self.root = root
        self.name = name
        self.port, self.trace_port, self.statsd_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.agent = root / "data" / "agent"
        self.log = root / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **plain_environment(),
            "HEELER_DATA": str(root / "data"),
            "HEELER_LISTEN": f"127.0.0.1:{self.port}",
            "HEELER_API_KEY": API_KEY,
            "HEELER_APP_KEY": APP_KEY,
            "HEELER_ADMIN_EMAIL": EMAIL,
            "HEELER_ADMIN_PASSWORD": PASSWORD,
            "HEELER_DISK_FLOOR": "1000000",
            "HEELER_PUBLIC_URL": self.url,
            **extra,
        }
        self.configure()

    def configure(self, extra: str = "") -> None:
        """Write ``datadog.yaml``: ports, then what a step adds; it counts from a restart on."""
        self.agent.mkdir(parents=True, exist_ok=True)
        (self.agent / "datadog.yaml").write_text(
            f"api_key: {API_KEY}\ndd_url: {self.url}\nhostname: {self.name}\n"
            f"dogstatsd_port: {self.statsd_port}\nlogs_enabled: true\nmetadata_interval: 20\n"
            f"apm_config:\n  receiver_port: {self.trace_port}\n"
            f"logs_config:\n  batch_wait: 1\n  file_scan_period: 1\n{extra}"
        )
        self.put("conf.d/disk.d/conf.yaml", "instances:\n  - file_system_exclude: [tmpfs$, devtmpfs$]\n")

    def put(self, path: str, text: str) -> Path:
        """A file below the agent's folder, such as ``conf.d/my_metric.yaml``."""
        target = self.agent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "heeler", "up"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(self._answers, 150, f"heeler up answers at {self.url}")

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise StepFailed(f"heeler up ended:\n{self.log.read_text()[-2000:]}")
        return bool(self.get("/api/v1/validate")["valid"])

    def stop(self) -> None:
        """End ``heeler up``, which ends its agent."""
        if self.process is None or self.process.poll() is not None:
            return
        end(self.process, 40)

    def restart(self) -> None:
        self.stop()
        self.start()

    def heeler(self, *words: str, seconds: float = 150, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run ``heeler ...`` as a person does beside ``heeler up``."""
        return subprocess.run(
            [sys.executable, "-m", "heeler", *words],
            env={**self.environment, **extra}, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip

    def agent_command(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return self.heeler("agent", "--cfgpath", str(self.agent), *words, **extra)

    def get(self, path: str, **parameters: object) -> Any:
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        return self._exchange(urllib.request.Request(f"{self.url}{path}{query}"))

    def find(self, path: str) -> Any:
        """What is at ``path``; None where there is nothing, or nothing yet."""
        try:
            return self.get(path)
        except NotThere:
            return None

    def post(self, path: str, body: object) -> Any:
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        return self._exchange(request)

    def _exchange(self, request: urllib.request.Request) -> Any:
        request.add_header("DD-API-KEY", API_KEY)
        request.add_header("DD-APPLICATION-KEY", APP_KEY)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")[:500]
            failed = NotThere if error.code == 404 else StepFailed
            raise failed(f"{request.full_url} answered {error.code}: {text}") from error

    def picture(self, address: str) -> bytes | None:
        """The picture at ``address``; None while it is not made yet."""
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                body: bytes = answer.read()
                return body if answer.status == 200 and body else None
        except urllib.error.HTTPError:
            return None

    def points(self, query: str, seconds: int = 3600) -> list[tuple[float, float]]:
        """Times (seconds) and values that the public query API answers for the past ``seconds``."""
        now = int(time.time())
        answer = self.get("/api/v1/query", **{"from": now - seconds, "to": now + 1, "query": query})
        return sorted(
            (at / 1000, value)
            for series in answer["series"]
            for at, value in series["pointlist"]
            if value is not None
        )


def plain_environment() -> dict[str, str]:
    """This process's environment without what would point clients elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DD_", "HEELER_", "DATADOG_")) or name == "HEELER_TEST_MONGODB"
    }


def seed_script(name: str, machine: Machine, folder: Path) -> Path:
    """A script of the exercise as typed by its author; only the starred keys are filled in."""
    text = (SEED / name).read_text()
    for field, key in (("api_key", API_KEY), ("app_key", APP_KEY)):
        text = text.replace(f"'{field}': '***************'", f"'{field}': '{key}'")
    script = folder / name
    script.write_text(text)
    return script


def use_client(machine: Machine) -> None:
    """Point the ``datadog`` package at ``machine``, with errors raised."""
    datadog.initialize(api_key=API_KEY, app_key=APP_KEY, api_host=machine.url, mute=False)


def run_python(script: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script)],
        env={**plain_environment(), **extra}, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
