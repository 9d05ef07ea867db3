"""Runs the application on uvicorn until a signal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator

import uvicorn

from heeler.accounts.bootstrap import FirstCredentials
from heeler.intake.app import IntakeApp
from heeler.server.app import create_app, open_services
from heeler.settings import Settings


class _Server(uvicorn.Server):
    """Ends quietly on a signal: uvicorn's own handling raises it again before the store could close."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


async def serve(settings: Settings) -> None:
    async with open_services(settings) as (services, credentials):
        config = uvicorn.Config(
            IntakeApp(services, create_app(services)),  # type: ignore[arg-type]
            host=settings.listen_host,
            port=settings.listen_port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        if credentials is not None:
            print(welcome(settings, credentials), file=sys.stdout, flush=True)
        await _Server(config).serve()


def welcome(settings: Settings, credentials: FirstCredentials) -> str:
    """What the first start prints, once: the only time the secrets can be seen."""
    return (
        f"\n  Heeler is at {settings.url}\n\n"
        f"  log in as        {credentials.email}\n"
        f"  password         {credentials.password}\n"
        f"  API key          {credentials.api_key}\n"
        f"  application key  {credentials.app_key}\n\n"
        "  They are shown only now. More can be made with `heeler keys create` and `heeler users create`.\n"
    )
