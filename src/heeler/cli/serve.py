"""``heeler serve``."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

import click

from heeler.cli.common import data_option, listen_option, read_settings


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's, where it exists (not on Windows): it halves the cost of a small request."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


@click.command("serve")
@data_option
@listen_option
def command(data_dir: str | None, listen: str | None) -> None:
    """Run the server in the foreground."""
    from heeler.server import lean_imports

    lean_imports.hide()
    from heeler.cli.ports import holder_of
    from heeler.server.crash_handler import leave_stack
    from heeler.server.data_folder import DataFolderError
    from heeler.server.lock import DataInUse
    from heeler.server.serve import AddressInUse, serve
    from heeler.server.start_errors import start_problem

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = read_settings(data_dir, listen)
    leave_stack()
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings))
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
