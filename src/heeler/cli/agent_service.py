"""Commands that change the agent: settings, reload, the service, integrations."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from heeler.agent.config import ConfigError
from heeler.cli.agent_common import cfgpath, command, load


@command.command("reload")
@cfgpath
@click.pass_context
def reload_configuration(context: click.Context) -> None:
    """Have the running agent read its configuration again; components that it concerns are renewed."""
    from heeler.agent.reports.control import ControlError, reload_agent

    try:
        click.echo(reload_agent(load(context)))
    except ControlError as error:
        raise click.ClickException(str(error)) from error


@command.group("config")
def configuration() -> None:
    """Show and change settings of datadog.yaml."""


@configuration.command("list")
@cfgpath
@click.pass_context
def config_list(context: click.Context) -> None:
    """Print every setting in force, defaults included, without secrets."""
    import yaml

    from heeler.agent.reports.configcheck import scrub

    click.echo(yaml.safe_dump(scrub(load(context).as_tree())), nl=False)


@configuration.command("get")
@click.argument("key")
@cfgpath
@click.pass_context
def config_get(context: click.Context, key: str) -> None:
    """Print setting KEY, such as logs_config.batch_wait, and where it comes from."""
    from heeler.agent.defaults import DEFAULTS
    from heeler.agent.reports.configcheck import scrub
    from heeler.agent.unused_settings import nearest, reason_without_effect

    config = load(context)
    value = config.get(key)
    if value is None and key not in DEFAULTS:
        reason, near = reason_without_effect(key), nearest(key)
        why = f"is not used by Heeler: {reason}" if reason else "is no setting of the agent"
        raise click.ClickException(
            f"{key} {why}" + (f"; did you mean {near}?" if near and not reason else "")
        )
    click.echo(f"{key}: {json.dumps(scrub(value, key))} ({config.sources.get(key, 'default')})")


@configuration.command("set")
@click.argument("key")
@click.argument("value")
@cfgpath
@click.pass_context
def config_set(context: click.Context, key: str, value: str) -> None:
    """Write setting KEY with VALUE into datadog.yaml and have the running agent read it."""
    from heeler.agent.edit_config import set_setting
    from heeler.agent.reports.control import ControlError, reload_agent

    config = load(context)
    try:
        set_setting(config.directory, key, value)
        click.echo(f"{key} is set in {config.directory / 'datadog.yaml'}")
        click.echo(reload_agent(config))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    except ControlError:
        click.echo("The agent does not run; it reads this when it starts.")


@command.command("install-service")
@click.option("--user", default="root", show_default=True, help="Whose rights the agent has.")
@click.option("--print", "only_print", is_flag=True, help="Print the unit; change nothing.")
@cfgpath
@click.pass_context
def install_service(context: click.Context, user: str, only_print: bool) -> None:
    """Write a hardened systemd unit for the agent with the folder that -c names."""
    import shutil

    from heeler.agent.service import UNIT_FILE, unit

    config = load(context)
    program = shutil.which("heeler") or str(Path(sys.executable).parent / "heeler")
    text = unit(program, config.directory, user, (config.run_path, config.log_dir))
    if only_print:
        click.echo(text, nl=False)
        return
    try:
        for folder in (config.run_path, config.log_dir):
            folder.mkdir(parents=True, exist_ok=True)
        UNIT_FILE.write_text(text)
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} cannot be written ({error.strerror}); run this as root, or use --print"
        ) from error
    click.echo(
        f"{UNIT_FILE} is written. Start it now and at boot with:\n  systemctl daemon-reload\n"
        "  systemctl enable --now heeler-agent"
    )
