"""A living product in two minutes: Heeler, the museum, its visitors, its dashboard and its monitors.

Starts everything in the foreground and stops it all on Ctrl-C. The data live in ``data/museum`` of the
checkout unless ``HEELER_DATA`` says otherwise.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import yaml
from datadog import api, initialize

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LISTEN = os.environ.get("HEELER_LISTEN", "127.0.0.1:8124")
URL = f"http://{LISTEN.replace('127.0.0.1', 'localhost')}"
MUSEUM_PORT = int(os.environ.get("MUSEUM_PORT", "5060"))


def main() -> None:
    data = Path(os.environ.get("HEELER_DATA", ROOT / "data" / "museum"))
    keys = demo_keys(data)
    clients = configure_agent(data / "agent", data)
    environment = {**os.environ, **keys, "HEELER_DATA": str(data), "HEELER_LISTEN": LISTEN}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        heeler = stack.enter_context(process([sys.executable, "-m", "heeler", "up"], environment))
        wait_for(f"{URL}/api/v1/validate", {"DD-API-KEY": keys["HEELER_API_KEY"]}, heeler)
        web = stack.enter_context(museum_app(data, clients))
        wait_for(f"http://127.0.0.1:{MUSEUM_PORT}/", {}, web)
        visitors = [sys.executable, "-m", "museum", "--url", f"http://127.0.0.1:{MUSEUM_PORT}"]
        stack.enter_context(process(visitors, {**os.environ, **clients, "PYTHONPATH": str(HERE)}))
        now = round(time.time() * 1000)
        address = f"{make_pages(keys)}?from_ts={now - 900_000}&to_ts={now}&live=true"
        print(f"\n  The museum is open. Watch it at {URL}{address}", flush=True)
        print(f"  Log in as {keys['HEELER_ADMIN_EMAIL']}", flush=True)
        print(f"  Password: {keys['HEELER_ADMIN_PASSWORD']}", flush=True)
        print(f"  Its own page is http://localhost:{MUSEUM_PORT}/. Ctrl-C closes everything.\n", flush=True)
        heeler.wait()


def demo_keys(data: Path) -> dict[str, str]:
    """Keys and login of this demo: made once, kept beside its data, readable by their owner only."""
    path = data / "demo.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {
        "HEELER_API_KEY": secrets.token_hex(16),
        "HEELER_APP_KEY": secrets.token_hex(20),
        "HEELER_ADMIN_EMAIL": "curator@example.com",
        "HEELER_ADMIN_PASSWORD": secrets.token_urlsafe(9),
    }
    data.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(made))
    return made


def configure_agent(folder: Path, data: Path) -> dict[str, str]:
    """The link checker and the log of the web application, as any agent is told of them.

    Answers the variables that point clients at the agent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "datadog.yaml"
    if not file.exists():
        settings = {
            "tags": ["env:demo", "site:museum"],
            "logs_enabled": True,
            "dogstatsd_port": free_port(8125, socket.SOCK_DGRAM),
            "apm_config": {"receiver_port": free_port(8126, socket.SOCK_STREAM)},
        }
        file.write_text(yaml.safe_dump(settings))
    kept = yaml.safe_load(file.read_text())
    traces = (kept.get("apm_config") or {}).get("receiver_port", 8126)
    pages = {"museum": "/", "museum-audio": "/audio/orrery.wav", "museum-exhibit": "/exhibits/drover"}
    checks = {
        "init_config": {},
        "instances": [
            {"name": name, "url": f"http://127.0.0.1:{MUSEUM_PORT}{path}", "tags": ["service:museum"]}
            for name, path in pages.items()
        ],
    }
    logs = {
        "logs": [{"type": "file", "path": str(data / "museum.log"), "service": "museum", "source": "python"}]
    }
    for name, content in (("http_check", checks), ("museum", logs)):
        target = folder / "conf.d" / f"{name}.d" / "conf.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(content))
    return {
        "DD_DOGSTATSD_PORT": str(kept.get("dogstatsd_port", 8125)),
        "DD_TRACE_AGENT_URL": f"http://localhost:{traces}",
    }


def free_port(usual: int, kind: socket.SocketKind) -> int:
    """The usual port, or another where a program, such as a Datadog Agent, has it."""
    for port in (usual, 0):
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    sys.exit("This machine has no free port.")


@contextlib.contextmanager
def process(
    command: list[str], environment: dict[str, str], **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is asked to stop, and waited for, on every way out."""
    child = subprocess.Popen(command, env=environment, **options)  # type: ignore[call-overload]
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()


@contextlib.contextmanager
def museum_app(data: Path, clients: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        **clients,
        "PYTHONPATH": str(HERE),
        "MUSEUM_PORT": str(MUSEUM_PORT),
        "DD_SERVICE": "museum",
        "DD_ENV": "demo",
        "DD_VERSION": "1.0",
        "DD_LOGS_INJECTION": "true",
    }
    command = [str(Path(sys.executable).parent / "ddtrace-run"), sys.executable, "-m", "museum.app"]
    with (
        (data / "museum.log").open("ab") as log,
        process(command, environment, stdout=log, stderr=subprocess.STDOUT) as child,
    ):
        yield child


def wait_for(url: str, headers: dict[str, str], child: subprocess.Popen[bytes], seconds: float = 600) -> None:
    """Wait until ``url`` answers; the first start compiles, which takes minutes on a small machine."""
    started = time.monotonic()
    told = started
    while time.monotonic() < started + seconds:
        if time.monotonic() > told + 15:
            told = time.monotonic()
            print(f"  Waiting for {url} ({told - started:.0f} s) ...", flush=True)
        if child.poll() is not None:
            sys.exit(f"{child.args!r} ended with {child.returncode}; its output is above.")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=2).close()
            return
        time.sleep(0.2)
    sys.exit(f"{url} did not answer within {seconds:.0f} s.")


def make_pages(keys: dict[str, str]) -> str:
    """Create the dashboard and the monitors with the ordinary client, once; returns the dashboard's path."""
    initialize(api_key=keys["HEELER_API_KEY"], app_key=keys["HEELER_APP_KEY"], api_host=URL)
    dashboard = json.loads((HERE / "dashboard.json").read_text())
    for existing in api.Dashboard.get_all()["dashboards"]:
        if existing["title"] == dashboard["title"]:
            return str(existing["url"])
    for monitor in json.loads((HERE / "monitors.json").read_text()):
        api.Monitor.create(**monitor)
    return str(api.Dashboard.create(**dashboard)["url"])


if __name__ == "__main__":
    main()
