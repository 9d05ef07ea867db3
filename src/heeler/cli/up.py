"""``heeler up``: runs server and agent on one machine, in the foreground."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from heeler.cli.common import data_option, listen_option, read_settings
from heeler.cli.ports import holder_of
from heeler.cli.run_server import run_server
from heeler.settings import Settings

if TYPE_CHECKING:
    from heeler.store.database import Database


@click.command("up")
@data_option
@listen_option
@click.option("--agent/--no-agent", default=True, help="Whether to collect from this machine too.")
def command(data_dir: str | None, listen: str | None, agent: bool) -> None:
    """Run server and agent for one machine; Ctrl-C stops both."""
    settings = read_settings(data_dir, listen)
    if agent and not settings.hostname:
        settings = replace(settings, hostname=agent_hostname(settings))
    _refuse_busy_port(settings)
    run_server(settings, partial(_up, with_agent=agent), "warning")


def _refuse_busy_port(settings: Settings) -> None:
    holder = holder_of(settings.listen_port)
    if holder is not None:
        raise click.ClickException(
            f"Port {settings.listen_port} is in use by {holder}.\n"
            f"If that is Heeler, it is at {settings.url}. Otherwise end that process, or choose another "
            f"port: HEELER_LISTEN=127.0.0.1:{settings.listen_port + 10} make up"
        )


async def _up(settings: Settings, with_agent: bool) -> None:
    from heeler.cli.local_agent import keep_running, read_config, write_config
    from heeler.server.app import open_services
    from heeler.server.serve import listen, running, welcome

    listening = listen(settings)
    async with open_services(settings) as (services, credentials):
        if with_agent:
            key = await agent_key(services.database, str(read_config(settings).get("api_key") or ""))
            write_config(settings, key)
        async with running(services, listening) as stop:
            click.echo(welcome(settings, credentials) if credentials else welcome_back(settings))
            click.echo(_about_agent(settings) if with_agent else "  No agent runs here (--no-agent).\n")
            async with asyncio.TaskGroup() as tasks:
                agents = [tasks.create_task(keep_running(settings, click.echo))] if with_agent else []
                await stop.wait()
                click.echo("\n  Stopping …")
                for agent in agents:
                    agent.cancel()
    click.echo("  Stopped.")


def agent_hostname(settings: Settings) -> str:
    """Hostname in the agent's file or environment; empty if not set.

    Server and agent are then one host on the map.
    """
    from heeler.cli.local_agent import read_config

    return os.environ.get("DD_HOSTNAME") or str(read_config(settings).get("hostname") or "")


async def agent_key(database: Database, known: str) -> str:
    """The key in the agent's file if the server knows it, otherwise a new one."""
    import platform

    from heeler.accounts.store import create_key, key_by_secret

    async with database.session() as db:
        if known and await key_by_secret(db, "api", known) is not None:
            return known
        _, secret = await create_key(db, "api", f"Agent of {platform.node()}", None)
        return secret


def welcome_back(settings: Settings) -> str:
    """Text printed at every start but the first."""
    return (
        f"\n  Heeler is at {settings.url}\n\n"
        "  who can log in     heeler users list (forgotten password: heeler users password EMAIL)\n"
        "  keys               heeler keys list, heeler keys create NAME\n"
        "  pointing clients   heeler env\n"
    )


def _about_agent(settings: Settings) -> str:
    from heeler.cli.local_agent import agent_folder, agent_port, config_file, read_config

    config = read_config(settings)
    lines = [
        f"  The agent's configuration is {config_file(settings)};",
        "  checks go into conf.d and checks.d beside it.",
    ]
    for kind, protocol, name, setting in (
        ("statsd", "udp", "DogStatsD", "dogstatsd_port"),
        ("trace", "tcp", "traces", "apm_config.receiver_port"),
    ):
        port = agent_port(config, kind)
        holder = holder_of(port, protocol) if port else None
        if holder is not None:
            lines.append(
                f"  ! Port {port}/{protocol} for {name} is in use by {holder}.\n"
                f"    End that process, or set {setting} in {config_file(settings).name} and start again."
            )
    return "\n".join(
        [*lines, "", f"  Data is in {agent_folder(settings).parent}. Ctrl-C stops everything.", ""]
    )
