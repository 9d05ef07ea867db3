"""``heeler serve``: runs the server."""

from __future__ import annotations

import click

from heeler.cli.common import data_option, listen_option, read_settings
from heeler.cli.run_server import run_server
from heeler.settings import Settings


@click.command("serve")
@data_option
@listen_option
def command(data_dir: str | None, listen: str | None) -> None:
    """Run the server in the foreground."""
    run_server(read_settings(data_dir, listen), _serve, "info")


async def _serve(settings: Settings) -> None:
    from heeler.server.serve import serve

    await serve(settings)
