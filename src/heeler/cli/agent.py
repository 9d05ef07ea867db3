"""``heeler agent``: what ``datadog-agent`` does, by the same words."""

from __future__ import annotations

import sys

import click

from heeler.agent.config import Config, ConfigError, load_config


@click.group("agent")
@click.option(
    "-c",
    "--cfgpath",
    help="Folder of datadog.yaml, conf.d and checks.d (HEELER_AGENT_CONFIG).",
)
@click.pass_context
def command(context: click.Context, cfgpath: str | None) -> None:
    """Collect on this machine: checks, DogStatsD, traces, logs."""
    context.obj = cfgpath


def _config(context: click.Context) -> Config:
    try:
        return load_config(context.obj)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@command.command("run")
@click.pass_context
def run(context: click.Context) -> None:
    """Run the agent in the foreground."""
    from heeler.agent.supervisor import Supervisor

    config = _config(context)
    try:
        supervisor = Supervisor(config)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    sys.exit(supervisor.run())


@command.command("hostname")
@click.pass_context
def hostname(context: click.Context) -> None:
    """Print the name under which this machine reports."""
    from heeler.agent.hostname import resolve_hostname

    try:
        click.echo(resolve_hostname(_config(context)).name)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
