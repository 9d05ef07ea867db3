"""Shared parts of the ``heeler agent`` commands: the group, the configuration folder, loading the
configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from heeler.agent.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from heeler.agent.hostname import Hostname


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


def _remember(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        context.obj = value


# ``datadog-agent`` accepts -c before or after the subcommand.
cfgpath = click.option(
    "-c",
    "--cfgpath",
    expose_value=False,
    callback=_remember,
    help="Folder of datadog.yaml, conf.d and checks.d.",
)


def load(context: click.Context, **flags: Any) -> Config:
    try:
        return load_config(context.obj, flags=flags)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def config_and_hostname(context: click.Context) -> tuple[Config, Hostname]:
    from heeler.agent.hostname import resolve_hostname

    config = load(context)
    try:
        return config, resolve_hostname(config)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
