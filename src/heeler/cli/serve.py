"""``heeler serve``."""

from __future__ import annotations

import asyncio
import logging

import click

from heeler.settings import Settings, SettingsError


@click.command("serve")
@click.option("--data", "data_dir", help="Folder for everything that is kept (HEELER_DATA).")
@click.option("--listen", help="host:port to listen on (HEELER_LISTEN, 127.0.0.1:8124).")
def command(data_dir: str | None, listen: str | None) -> None:
    """Run the server in the foreground."""
    from heeler.server.serve import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = Settings.from_env(data_dir=data_dir, listen=listen)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    asyncio.run(serve(settings))
