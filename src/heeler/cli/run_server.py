"""Runs the server in this process, for ``heeler serve`` and ``heeler up``."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine

import click

from heeler.settings import Settings


def run_server(
    settings: Settings, main: Callable[[Settings], Coroutine[None, None, None]], log_level: str
) -> None:
    """Run ``main``, which starts the server, until it ends, and log from ``log_level`` unless a setting says
    otherwise. Raises ``ClickException`` with the remedy for an unusable certificate, data folder, database,
    store or address.

    ``main`` imports the server itself: imports that the server does not need are blocked before.
    """
    from heeler.server import garbage_collection, import_filter

    import_filter.hide()
    garbage_collection.collect_rarely()
    from heeler.cli.ports import holder_of
    from heeler.server import log_setup
    from heeler.server.crash_handler import leave_stack
    from heeler.server.data_directory import DataFolderError
    from heeler.server.lock import DataInUse
    from heeler.server.serve import AddressInUse
    from heeler.server.start_errors import start_problem

    log_setup.configure(settings.log_format, (settings.log_level or log_level).upper())
    leave_stack()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(main(settings))
    except ssl.SSLError as error:
        raise click.ClickException(
            f"HEELER_TLS_CERTIFICATE and HEELER_TLS_KEY cannot be used: {error}. "
            "Expected PEM files that belong together"
        ) from error
    except (DataInUse, DataFolderError) as error:
        raise click.ClickException(str(error)) from error
    except AddressInUse as error:
        holder = holder_of(settings.listen_port)
        by = f" by {holder}" if holder else ""
        raise click.ClickException(
            f"Cannot listen on {error}{by}. Choose another with HEELER_LISTEN."
        ) from error
    except Exception as error:
        problem = start_problem(error, settings)
        if problem is None:
            raise
        raise click.ClickException(problem) from error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's event loop, if available (not on Windows): it halves the cost of a small request."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
