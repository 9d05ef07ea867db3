"""``heeler agent run``: supervises the components, each in its own process.

A component that exits is restarted after 1, 2, 4 ... up to 60 seconds; one that ran for a minute starts over
at 1. The status of each is in ``run/status/supervisor.json`` and, as ``agent_components``, on the server's
page of this host, so that a component that cannot start never fails silently.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Protocol

from heeler import __version__
from heeler.agent.component import COMPONENTS, EXIT_DISABLED, Registered
from heeler.agent.config import Config, ConfigError, load_config
from heeler.agent.config_digests import file_digest, inputs_of_components
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.hostname import resolve_hostname
from heeler.agent.log_setup import open_journal
from heeler.agent.state import forget_state, read_state, write_state
from heeler.agent.unused_settings import notices

if TYPE_CHECKING:
    from heeler.agent.fork_server import Spawner

LONGEST_PAUSE = 60.0
PROVEN_AFTER = 60.0
"""Seconds of uptime after which a component's failures are reset."""
_TICK = 0.25
_STOP_SECONDS = 8.0
_REPORT_SECONDS = 60.0
_KEPT_LINES = 20


def restart_pause(failures: int) -> float:
    """Seconds to wait after ``failures`` consecutive early exits."""
    return min(2.0 ** max(failures - 1, 0), LONGEST_PAUSE)


class Process(Protocol):
    """What the supervisor uses of ``subprocess.Popen``, and what ``fork_server.ForkedProcess`` has of it."""

    pid: int
    stderr: IO[bytes] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Launch = Callable[[], Process]


class Child:
    """Process of one component, across restarts."""

    def __init__(self, registered: Registered, launch: Launch, config: Config) -> None:
        self.name = registered.name
        self.state = "starting"
        self.cause = ""
        self.restarts = 0
        self.failures = 0
        self.started = 0.0
        self.again_at = 0.0
        self._launch = launch
        self._config = config
        self._process: Process | None = None
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listener: threading.Thread | None = None
        self._renewing = False

    def start(self, now: float) -> None:
        forget_state(self._config.run_path, self.name)
        self._said.clear()
        self._process = self._launch()
        self.started = now
        self.state = "starting"
        if self._process.stderr is not None:
            self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
            self._listener.start()

    def look(self, now: float) -> bool:
        """Poll the process; restart it when its pause is over. Returns whether the state changed."""
        before = (self.state, self.cause)
        if self._process is None:
            if self.state == "restarting" and now >= self.again_at:
                self.restarts += 1
                self.start(now)
        elif (code := self._process.poll()) is None:
            self._alive(now)
        else:
            self._ended(code, now)
        return (self.state, self.cause) != before

    def renew(self, config: Config) -> None:
        """Stop the process, and restart it at once with the current configuration."""
        self._config = config
        self._renewing = True
        self.terminate()
        if self._process is None:
            self.state, self.again_at = "restarting", 0.0

    def terminate(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.state = "stopped"

    def as_dict(self) -> dict[str, Any]:
        reported = read_state(self._config.run_path, self.name) or {}
        return {
            "name": self.name,
            "state": self.state,
            "cause": self.cause,
            "not_stored": (reported.get("status") or {}).get("sent_and_not_stored") or {},
            "restarts": self.restarts,
            "pid": self._process.pid if self._process else None,
            "log": str(self._config.log_dir / f"{self.name}.log"),
        }

    def _alive(self, now: float) -> None:
        if now - self.started > PROVEN_AFTER:
            self.failures = 0
        reported = read_state(self._config.run_path, self.name)
        if reported and self._process and reported.get("pid") == self._process.pid:
            self.state = str(reported.get("state", self.state))
            if self.state == "running":
                self.cause = ""

    def _ended(self, code: int, now: float) -> None:
        reported = read_state(self._config.run_path, self.name) or {}
        self._process = None
        if self._listener is not None:
            self._listener.join(1.0)
        self.cause = str(reported.get("cause") or "") or self._last_words(code)
        if self._renewing:
            self._renewing, self.failures, self.cause = False, 0, ""
            self.start(now)
            return
        if code == EXIT_DISABLED:
            self.state = "disabled"
            return
        self.failures += 1
        self.state = "restarting"
        self.again_at = now + restart_pause(self.failures)

    def _last_words(self, code: int) -> str:
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"ended with {how}: {self._said[-1]}" if self._said else f"ended with {how}"

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            if text:
                self._said.append(text)
            with suppress(OSError):
                os.write(2, line)


class Supervisor:
    """Owns the components' processes."""

    def __init__(
        self, config: Config, spawner: Spawner | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._spawner = spawner
        self._clock = clock
        # A signal handler may interrupt the thread that holds an event's lock; a queue of these has none.
        self._signals: SimpleQueue[str] = SimpleQueue()
        self._started = time.time()
        self._uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, str(uuid.getnode())))
        self._log = open_journal(config, "supervisor")
        self._hostname = resolve_hostname(config)
        # A wrong address or a missing key is reported before anything is started.
        self._forwarder = Forwarder(destinations(config), config, config.run_path / "spool" / "supervisor")
        self._children = [
            self._child(registered) for registered in COMPONENTS if self._is_wanted(registered, config)
        ]
        self._reload = False
        self._inputs = inputs_of_components(config)
        self._reload_result = ""
        self._reloads = 0
        self._poll_at = 0.0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self.request_stop)
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGHUP, self.request_reload)
        self._log.info(
            "Heeler agent %s on %s sends to %s (%s); configuration: %s",
            __version__,
            self._hostname.name,
            self._config.url,
            self._config.url_source,
            self._config.directory,
        )
        for notice in notices(self._config):
            self._log.warning("%s", notice.sentence)
        self._forwarder.start()
        for child in self._children:
            child.start(self._clock())
        try:
            self._watch()
        finally:
            self._end()
        return 0

    def request_stop(self, *_: object) -> None:
        self._signals.put("stop")

    def request_reload(self, *_: object) -> None:
        self._signals.put("reload")

    def reload(self) -> str:
        """Read the configuration again and restart the affected components; returns a report.

        An invalid configuration changes nothing: the components keep running.
        """
        try:
            config = load_config(self._config.directory)
            inputs = inputs_of_components(config)
            Forwarder(destinations(config), config, config.run_path / "spool" / "supervisor")
        except ConfigError as error:
            self._log.error("The configuration is not reloaded: %s", error)
            return f"not reloaded: {error}"
        changed = {name for name, value in inputs.items() if value != self._inputs.get(name)}
        running = {child.name for child in self._children}
        wanted = {one.name: one for one in COMPONENTS if self._is_wanted(one, config)}
        self._config, self._inputs = config, inputs
        for child in [child for child in self._children if child.name not in wanted]:
            child.terminate()
            child.wait(time.monotonic() + _STOP_SECONDS)
            self._children.remove(child)
            if self._spawner is not None:
                self._spawner.drop(child.name)
        for child in self._children:
            if child.name in changed:
                child.renew(config)
        for name in wanted.keys() - running:
            self._children.append(child := self._child(wanted[name]))
            child.start(self._clock())
        for notice in notices(config):
            self._log.warning("%s", notice.sentence)
        touched = sorted((changed & running) | (running ^ wanted.keys()))
        done = f"reloaded; renewed: {', '.join(touched)}" if touched else "reloaded; nothing had changed"
        self._log.info("The configuration is %s", done)
        return done

    def _child(self, registered: Registered) -> Child:
        return Child(registered, partial(self._launch, registered), self._config)

    @staticmethod
    def _is_wanted(registered: Registered, config: Config) -> bool:
        return registered.is_wanted(config) and find_spec(registered.module) is not None

    def _reload_when_due(self, now: float) -> bool:
        """Reload on request, or when watched files changed; returns whether it was done."""
        if now >= self._poll_at and self._config.flag("autoconf_config_files_poll"):
            self._poll_at = now + self._config.number("autoconf_config_files_poll_interval")
            if file_digest(self._config) != self._inputs["files"]:
                self._reload = True
        if not self._reload:
            return False
        self._reload = False
        self._reload_result = self.reload()
        self._reloads += 1
        return True

    def _watch(self) -> None:
        report_at = 0.0
        while not self._stops_within(_TICK):
            now = self._clock()
            if self._reload_when_due(now):
                report_at = 0.0
            changed = [child for child in self._children if child.look(now)]
            for child in changed:
                self._tell(child)
            if changed or now >= report_at:
                self._publish()
                report_at = now + _REPORT_SECONDS

    def _stops_within(self, seconds: float) -> bool:
        """Wait for requests; whether one to stop is among them."""
        with suppress(Empty):
            while self._signals.get(timeout=seconds) != "stop":
                self._reload = True
                seconds = 0.0
            return True
        return False

    def _tell(self, child: Child) -> None:
        if child.state == "restarting":
            pause = child.again_at - self._clock()
            self._log.error("%s failed: %s; it starts again in %.0f s", child.name, child.cause, pause)
        else:
            self._log.info("%s is %s%s", child.name, child.state, f": {child.cause}" if child.cause else "")

    def _publish(self) -> None:
        components = [child.as_dict() for child in self._children]
        state = {
            "pid": os.getpid(),
            "started": self._started,
            "updated": time.time(),
            "version": __version__,
            "hostname": self._hostname.name,
            "components": components,
            "reload": self._reload_result,
            "reloads": self._reloads,
        }
        write_state(self._config.run_path, "supervisor", state)
        if not self._config.flag("enable_metadata_collection"):
            return
        payload = {
            "hostname": self._hostname.name,
            "timestamp": time.time_ns(),
            "uuid": self._uuid,
            "agent_components": {"agent_version": __version__, "components": components},
        }
        self._forwarder.submit("/api/v1/metadata", json.dumps(payload).encode())

    def _end(self) -> None:
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children:
            child.wait(deadline)
        self._publish()
        self._forwarder.stop(1.0)

    def _launch(self, registered: Registered) -> Process:
        directory = str(self._config.directory)
        if self._spawner is not None:
            return self._spawner.start(registered.name, directory)
        command = [sys.executable, "-m", "heeler.agent.component", registered.name, "--cfgpath", directory]
        return subprocess.Popen(
            command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
        )
