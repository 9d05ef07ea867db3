"""Runs the application on uvicorn until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial

import uvicorn

from heeler.accounts.bootstrap import FirstCredentials
from heeler.api.services import Services
from heeler.intake.app import IntakeApp
from heeler.intake.connection_limits import IDLE_SECONDS, Connections, most_connections
from heeler.intake.http_protocol import DirectProtocol
from heeler.intake.series_batching import Direct
from heeler.server import tls
from heeler.server.app import create_app, open_services
from heeler.server.event_loop_watch import watched
from heeler.server.load_shedding import LoadShedding
from heeler.server.log_setup import RequestIds
from heeler.settings import Settings

log = logging.getLogger("heeler.server")

#: How long a thread that computes may keep the interpreter from others that wait for it, the event loop among
#: them. With the usual five milliseconds, some queries at once delay each step of every request by tens.
SWITCH_SECONDS = 0.0005


class AddressInUse(Exception):
    """The address to listen on is used by another process."""


class _Server(uvicorn.Server):
    """uvicorn server without its signal handling, which re-raises signals before the store could close."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings) -> None:
    """Open all services, serve until SIGINT or SIGTERM, close all services. Raises :class:`AddressInUse`."""
    listening = listen(settings)
    async with open_services(settings) as (services, credentials), running(services, listening) as stop:
        if credentials is not None:
            print(welcome(settings, credentials), file=sys.stdout, flush=True)
        await stop.wait()


def listen(settings: Settings) -> socket.socket:
    """The bound socket, created before anything is opened, so that a second server touches nothing."""
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.listen_host, settings.listen_port))
    except OSError as error:
        bound.close()
        raise AddressInUse(f"{settings.listen_host}:{settings.listen_port}: {error.strerror}") from error
    bound.set_inheritable(False)
    return bound


@contextlib.asynccontextmanager
async def running(services: Services, listening: socket.socket) -> AsyncIterator[asyncio.Event]:
    """The running application; the event is set by SIGINT, SIGTERM or SIGHUP.

    At shutdown, requests in progress get ten seconds to complete.
    """
    stop = asyncio.Event()
    connections = Connections(most_connections())
    app = IntakeApp(services, create_app(services))  # type: ignore[arg-type]
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        RequestIds(LoadShedding(services, app)),
        http=partial(DirectProtocol, direct=Direct(app.intake), open_connections=connections),  # type: ignore[arg-type]
        timeout_keep_alive=IDLE_SECONDS,
        # The client's address behind a proxy is resolved in heeler.api.client_address, by
        # HEELER_TRUSTED_PROXIES.
        proxy_headers=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    config.load()
    certificate, key = services.settings.tls_certificate, services.settings.tls_key
    if certificate is not None and key is not None:
        config.ssl = tls.context(certificate, key)
    server = _Server(config)
    with _on_signals(stop):
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listening]), name="http")
            serving.add_done_callback(lambda _: _stopped_serving(stop))
            reloading = None
            if config.ssl is not None and certificate is not None and key is not None:
                reloading = tasks.create_task(tls.reload_changed(config.ssl, certificate, key), name="tls")
            await server.answers.wait()
            watching = tasks.create_task(connections.watch(), name="connections")
            try:
                with watched():
                    yield stop
            finally:
                watching.cancel()
                server.should_exit = True
                await serving
                if reloading is not None:
                    reloading.cancel()
                app.close()


def _stopped_serving(stop: asyncio.Event) -> None:
    if not stop.is_set():
        log.error(
            "The HTTP server ended by itself: stopping, since a server that listens no more helps nobody"
        )
        stop.set()


@contextlib.contextmanager
def _on_signals(stop: asyncio.Event) -> Iterator[None]:
    def received(number: signal.Signals) -> None:
        log.info("%s received: stopping", number.name)
        stop.set()

    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it runs under `nohup`
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def welcome(settings: Settings, credentials: FirstCredentials) -> str:
    """Output of the first start: the only time that generated secrets are shown."""
    generated = {
        "password": credentials.password,
        "API key": credentials.api_key,
        "application key": credentials.app_key,
    }
    lines = ["", f"  Heeler is at {settings.url}", "", f"  log in as        {credentials.email}"]
    lines += [f"  {name:<16} {secret}" for name, secret in generated.items() if secret]
    if any(generated.values()):
        lines += [
            "",
            "  Secrets are shown only now. Create more with `heeler keys create` and `heeler users create`.",
        ]
    return "\n".join([*lines, ""])
