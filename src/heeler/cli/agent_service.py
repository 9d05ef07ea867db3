"""Commands that administer the agent: settings, reload, system service, integrations."""

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
    click.echo(f"{key}: {json.dumps(scrub(value, key), default=str)} ({config.sources.get(key, 'default')})")


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
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written ({error.strerror})") from error
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


@command.group("integration")
def integration() -> None:
    """Install integrations into an environment of the agent's own."""


@integration.command("install")
@click.argument("spec")
@click.option("--index-url", default="", help="Package index, where not the usual one.")
@cfgpath
@click.pass_context
def integration_install(context: click.Context, spec: str, index_url: str) -> None:
    """Install SPEC: a name such as nginx or nginx==8.1.0, a wheel, or a folder."""
    from heeler.agent import integrations

    try:
        found = integrations.install(load(context), spec, index=index_url)
    except integrations.IntegrationError as error:
        raise click.ClickException(str(error)) from error
    if found.problem:
        raise click.ClickException(
            f"{found.name} {found.version} is installed but cannot be imported: {found.problem}. Remove "
            f"it with: "
            f"heeler agent integration remove {found.name}"
        )
    click.echo(
        f"{found.name} {found.version} is installed; configure it in conf.d/{found.name}.d/conf.yaml, "
        "then: heeler agent reload"
    )


@integration.command("remove")
@click.argument("name")
@cfgpath
@click.pass_context
def integration_remove(context: click.Context, name: str) -> None:
    """Remove integration NAME."""
    from heeler.agent import integrations

    try:
        found = integrations.remove(load(context), name)
    except integrations.IntegrationError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{found.name} {found.version} is removed; `heeler agent reload` ends its checks.")


@integration.command("list")
@cfgpath
@click.pass_context
def integration_list(context: click.Context) -> None:
    """List the installed integrations, and those that cannot be imported with the reason."""
    from heeler.agent import integrations

    for one in integrations.installed(load(context), verify=True):
        click.echo(
            f"{one.name} {one.version}" + (f" (cannot be imported: {one.problem})" if one.problem else "")
        )


@integration.command("freeze")
@cfgpath
@click.pass_context
def integration_freeze(context: click.Context) -> None:
    """List the installed integrations as `integration install` takes them."""
    from heeler.agent import integrations

    for one in integrations.installed(load(context)):
        click.echo(f"{one.package}=={one.version}")


@integration.command("show")
@click.argument("name")
@cfgpath
@click.pass_context
def integration_show(context: click.Context, name: str) -> None:
    """Show version, place and state of integration NAME."""
    from heeler.agent import integrations

    config = load(context)
    try:
        found = integrations.find(config, name)
    except integrations.IntegrationError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"Package {found.package}\nInstalled version: {found.version}\n"
        f"Location: {integrations.site_folder(config)}\nState: {found.problem or 'it can be imported'}"
    )
