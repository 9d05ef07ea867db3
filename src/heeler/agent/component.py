"""Component interface of the agent, and the process that runs one component.

A component is a module or package ``heeler.agent.<name>`` with

    def main(context: ComponentContext) -> None

that runs until ``context.stop`` is set and then returns. The supervisor starts it in its own process,
``python -m heeler.agent.component <name> --cfgpath DIR``, and restarts it after an exit, with increasing
delay. In ``main``:

* read settings from ``context.config`` (``config.get("apm_config.receiver_port")``) and the hostname from
  ``context.hostname.name``;
* open resources that can fail (ports, sockets, files), then call ``context.ready()``. Until then the state is
  ``starting``. To refuse, raise ``ComponentError("one sentence: what, where, what to do")``: it becomes the
  cause shown by ``heeler agent status``, the component's log and the host's page. Any other exception has the
  same effect, with its traceback in the log. Raise ``Disabled("reason")`` to exit permanently without a
  restart;
* send with ``context.forwarder.submit(path, body, ...)``, which never blocks and spools payloads while the
  server is unreachable (``context.forwarder_to(url)`` creates a forwarder for another address, such as
  ``apm_config.apm_dd_url``);
* pass ``context.provide_status(callable)`` a function that returns a JSON-serializable mapping; it is written
  every five seconds to ``run/status/<name>.json``, which ``heeler agent status`` prints under the component's
  heading;
* with asyncio: ``asyncio.run(serve(context))`` and in it ``await context.stopped()``.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import itertools
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from queue import SimpleQueue
from types import FrameType
from typing import Any, Protocol

from heeler.agent.config import Config, ConfigError, load_config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.hostname import Hostname, resolve_hostname
from heeler.agent.log_setup import open_journal
from heeler.agent.state import write_state

STATUS_INTERVAL = 5.0
#: Reports between which freed memory is given back to the system.
_TRIM_EVERY = 12
EXIT_DISABLED = 77
"""Exit code of a component that should not be restarted."""
_FLUSH_SECONDS = 3.0


class ComponentError(RuntimeError):
    """The component cannot run; the message tells what happened, where, and what to do."""


class Disabled(RuntimeError):
    """The component is disabled by this configuration; the message gives the reason."""


@dataclass(frozen=True)
class Registered:
    """A component that the supervisor knows, and the settings each of which turns it on."""

    name: str
    settings: tuple[str, ...]

    @property
    def module(self) -> str:
        return f"heeler.agent.{self.name}"

    def is_wanted(self, config: Config) -> bool:
        return any(map(config.flag, self.settings))


COMPONENTS = (
    Registered("collector", ("collector.enabled",)),
    Registered("dogstatsd", ("use_dogstatsd",)),
    Registered("trace", ("apm_config.enabled",)),
    Registered("logs", ("logs_enabled",)),
    Registered(
        "processes",
        (
            "process_config.process_collection.enabled",
            "process_config.container_collection.enabled",
        ),
    ),
)


class _Main(Protocol):
    def __call__(self, context: ComponentContext) -> None: ...


class ComponentContext:
    """Context passed to a component: settings, hostname, forwarders, stop signal."""

    def __init__(self, name: str, config: Config, hostname: Hostname) -> None:
        self.name = name
        self.config = config
        self.hostname = hostname
        self.log = logging.getLogger(f"heeler.agent.{name}")
        self.stop = threading.Event()
        self._on_stop: list[Callable[[], object]] = []
        self._status: Callable[[], Mapping[str, Any]] = dict
        self._state = "starting"
        self._cause = ""
        self._started = time.time()
        self._forwarders: dict[tuple[str, bool], Forwarder] = {}
        self._lock = threading.Lock()

    @property
    def forwarder(self) -> Forwarder:
        """Forwarder to ``dd_url`` and ``additional_endpoints``."""
        return self.forwarder_to("")

    def forwarder_to(self, url: str, *, ordered: bool = False) -> Forwarder:
        """Forwarder to ``url`` (``dd_url`` if empty); one per address, order and process."""
        with self._lock:
            if (url, ordered) not in self._forwarders:
                spool = self.config.run_path / "spool" / self.name
                targets = destinations(self.config, url)
                self._forwarders[url, ordered] = Forwarder(targets, self.config, spool, ordered=ordered)
                self._forwarders[url, ordered].start()
            return self._forwarders[url, ordered]

    def provide_status(self, provider: Callable[[], Mapping[str, Any]]) -> None:
        self._status = provider

    def ready(self) -> None:
        self._state = "running"
        self.write_status()

    def failed(self, cause: str) -> None:
        self._state, self._cause = "failed", cause
        self.write_status()

    def on_stop(self, callback: Callable[[], object]) -> None:
        """Register ``callback`` to be called, from any thread, on stop."""
        self._on_stop.append(callback)

    async def stopped(self) -> None:
        """Block until stopped."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        self.on_stop(lambda: loop.call_soon_threadsafe(event.set))
        if not self.stop.is_set():
            await event.wait()

    def request_stop(self, *_: object) -> None:
        self.stop.set()
        for callback in self._on_stop:
            with suppress(RuntimeError):
                callback()

    def write_status(self) -> None:
        try:
            details = dict(self._status())
        except Exception:
            self.log.exception("The status of %s could not be made", self.name)
            details = {}
        state = {
            "component": self.name,
            "state": self._state,
            "cause": self._cause,
            "pid": os.getpid(),
            "started": self._started,
            "updated": time.time(),
            "forwarder": [forwarder.status() for forwarder in list(self._forwarders.values())],
            "status": details,
        }
        write_state(self.config.run_path, self.name, state)

    def close(self) -> None:
        for forwarder in self._forwarders.values():
            forwarder.stop(_FLUSH_SECONDS)
        if self._state == "running":
            self._state = "stopped"
        self.write_status()


def run_component(name: str, config: Config, main: _Main | None = None) -> int:
    """Run component ``name`` in this process until it is stopped; returns the exit code."""
    log = open_journal(config, name)
    try:
        context = ComponentContext(name, config, resolve_hostname(config))
    except ConfigError as error:
        log.error("%s", error)
        return 1
    _heed_signals(context)
    done = threading.Event()
    reporter = threading.Thread(target=_report, args=(context, done), name="status", daemon=True)
    reporter.start()
    try:
        (main or import_module(f"heeler.agent.{name}").main)(context)
    except Disabled as error:
        context.failed(str(error))
        log.info("%s", error)
        return EXIT_DISABLED
    except (ComponentError, ConfigError) as error:
        context.failed(str(error))
        log.error("%s", error)
        return 1
    except Exception as error:
        context.failed(f"{type(error).__name__}: {error}")
        log.exception("%s ended", name)
        return 1
    finally:
        done.set()
        reporter.join()
        context.close()
    return 0


def _report(context: ComponentContext, done: threading.Event) -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    for count in itertools.count(1):
        if done.wait(STATUS_INTERVAL):
            return
        context.write_status()
        if trim is not None and count % _TRIM_EVERY == 1:
            trim(0)


def _heed_signals(context: ComponentContext) -> None:
    """Stop ``context`` at SIGTERM or SIGINT.

    A handler interrupts the main thread anywhere, also where that holds the lock of ``context.stop``, which
    setting it takes: so the handler only tells a thread, through a queue that needs no lock of Python's.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    received: SimpleQueue[int] = SimpleQueue()

    def handle(number: int, _: FrameType | None) -> None:
        received.put(number)

    def stop() -> None:
        while True:
            received.get()
            context.request_stop()

    threading.Thread(target=stop, name="signals", daemon=True).start()
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def main() -> None:
    parser = argparse.ArgumentParser(prog="heeler.agent.component")
    parser.add_argument("name")
    parser.add_argument("--cfgpath", default=None)
    given = parser.parse_args()
    code = main_forked(given.name, given.cfgpath)
    # A check that never returns must not keep the process: its thread is left behind on purpose.
    sys.stderr.flush()
    os._exit(code)


def main_forked(name: str, directory: str | None) -> int:
    """Run component ``name`` as the work of this process, configured by ``directory``; the exit code."""
    try:
        config = load_config(directory)
    except ConfigError as error:
        sys.exit(str(error))
    code = run_component(name, config)
    logging.shutdown()
    return code


if __name__ == "__main__":
    # Import by the module's name: a module run as a script has other exception classes.
    from heeler.agent.component import main as run

    run()
