"""``heeler agent``: the commands of ``datadog-agent``, under the same names."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heeler import __version__
from heeler.agent.config import Config, ConfigError
from heeler.cli import agent_service, agent_traffic
from heeler.cli.agent_common import cfgpath, command, config_and_hostname, load

if TYPE_CHECKING:
    from heeler.agent.reports.check import CheckResult


@command.command("run")
@cfgpath
@click.pass_context
def run(context: click.Context) -> None:
    """Run the agent in the foreground."""
    from heeler.agent.component import COMPONENTS
    from heeler.agent.fork_server import Spawner, run
    from heeler.agent.supervisor import Supervisor

    config = load(context)

    def supervise(spawner: Spawner | None) -> int:
        try:
            supervisor = Supervisor(config, spawner)
        except ConfigError as error:
            sys.exit(f"Error: {error}")
        return supervisor.run()

    if sys.platform != "linux":
        sys.exit(supervise(None))
    wanted = {one.name for one in COMPONENTS if one.is_wanted(config)}
    sys.exit(run(wanted.__contains__, supervise))


@command.command("hostname")
@cfgpath
@click.pass_context
def hostname(context: click.Context) -> None:
    """Print the name under which this machine reports."""
    click.echo(config_and_hostname(context)[1].name)


@command.command("version")
def version() -> None:
    """Print the version of agent and Python."""
    click.echo(f"Heeler Agent {__version__} - Python {platform.python_version()}")


@command.command("health")
@cfgpath
@click.pass_context
def health(context: click.Context) -> None:
    """Say whether every component runs; ends with 1 when one does not."""
    from heeler.agent.reports.status import gather

    facts = gather(*config_and_hostname(context))
    if not facts["running"]:
        raise click.ClickException("the agent is not running; start it with: heeler agent run")
    well: list[dict[str, Any]] = []
    unwell: list[dict[str, Any]] = []
    for part in facts["supervised"]:
        (well if part["state"] in ("running", "disabled") else unwell).append(part)
    click.echo(f"Agent health: {'FAIL' if unwell else 'PASS'}")
    click.echo(f"=== {len(well)} healthy components ===\n{', '.join(part['name'] for part in well)}")
    if unwell:
        click.echo(f"=== {len(unwell)} unhealthy components ===")
        for part in unwell:
            click.echo(f"{part['name']} is {part['state']}: {part['cause'] or 'no cause is known yet'}")
        sys.exit(1)


@command.command("check")
@click.argument("name")
@click.option("-C", "--check-config", type=click.Path(exists=True, dir_okay=False), help="Use this file.")
@click.option(
    "-r", "--check-rate", is_flag=True, help="Run twice, a second apart, so that rates have values."
)
@click.option("-t", "--check-times", type=click.IntRange(1), default=1, help="Number of runs.")
@click.option("--pause", type=int, default=0, help="Milliseconds between runs.")
@click.option("-d", "--delay", type=int, default=100, help="Accepted; results are read at once.")
@click.option("-l", "--log-level", default="error", help="Level of what the check logs.")
@click.option("--instance-id", help="Run only the instance whose ID ends so.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--table", "as_table", is_flag=True, help="Print metrics as a table.")
@cfgpath
@click.pass_context
def check(
    context: click.Context,
    name: str,
    check_config: str | None,
    check_rate: bool,
    check_times: int,
    pause: int,
    delay: int,
    log_level: str,
    instance_id: str | None,
    as_json: bool,
    as_table: bool,
) -> None:
    """Run check NAME here, once, and show what it submits."""
    del delay
    config = load(context, log_level=log_level, disable_file_logging=True)
    times, seconds = (2, 1.0) if check_rate else (check_times, pause / 1000)
    results, failures = _run_instances(config, name, check_config, instance_id, times, seconds)
    _print_results(results, as_json=as_json, as_table=as_table)
    for failure in failures:
        click.echo(f"Error: could not load {name}:\n{failure}", err=True)
    if not as_json and times == 1 and results:
        click.echo(
            "Check has run only once, if some metrics are missing you can try again with --check-rate "
            "to see any other metric if available."
        )
    sys.stdout.flush()
    if failures:
        sys.exit(1)


def _run_instances(
    config: Config, name: str, file: str | None, instance_id: str | None, times: int, seconds: float
) -> tuple[list[CheckResult], list[str]]:
    from heeler.agent.collector.check_configs import ConfigurationError
    from heeler.agent.collector.loader import LoadError, SkipInstance
    from heeler.agent.hostname import resolve_hostname
    from heeler.agent.log_setup import open_journal
    from heeler.agent.reports.check import NoCheckError, find_instances, run_check
    from heeler.agent.runtime import Bridge, install

    open_journal(config, "check")
    results: list[CheckResult] = []
    failures: list[str] = []
    try:
        bridge = Bridge(config, resolve_hostname(config).name)
        install(bridge)
        found = find_instances(config, name, Path(file) if file else None, instance_id)
    except (ConfigError, ConfigurationError, NoCheckError) as error:
        raise click.ClickException(str(error)) from error
    for entry in found:
        try:
            results.append(run_check(entry, config, bridge, times=times, pause=seconds))
        except (LoadError, SkipInstance) as error:
            failures.append(str(error))
    return results, failures


def _print_results(results: list[CheckResult], *, as_json: bool, as_table: bool) -> None:
    from heeler.agent.reports.check import render_result

    if as_json:
        click.echo(json.dumps([result.as_json() for result in results], indent=2))
        return
    for result in results:
        click.echo("\n".join(render_result(result, as_table=as_table)))


@command.command("status")
@click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-p", "--pretty-json", is_flag=True, help="Print indented JSON.")
@cfgpath
@click.pass_context
def status(context: click.Context, as_json: bool, pretty_json: bool) -> None:
    """Show how the agent, its components and its checks are."""
    from heeler.agent.reports.status import gather, render_status

    config, host = config_and_hostname(context)
    facts = gather(config, host)
    if as_json or pretty_json:
        click.echo(json.dumps(facts, indent=2 if pretty_json else None, default=str))
    else:
        click.echo(render_status(facts), nl=False)
    if not facts["running"]:
        sys.exit(1)


@command.command("configcheck")
@click.argument("name", default="")
@click.option("-v", "--verbose", is_flag=True, help="Accepted; everything is always shown.")
@click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-p", "--pretty-json", is_flag=True, help="Print indented JSON.")
@cfgpath
@click.pass_context
def configcheck(context: click.Context, name: str, verbose: bool, as_json: bool, pretty_json: bool) -> None:
    """Show every check configuration as the agent understands it."""
    from heeler.agent.collector.check_configs import read_configurations
    from heeler.agent.reports import configcheck as report

    del verbose
    found = read_configurations(load(context))
    if as_json or pretty_json:
        click.echo(json.dumps(report.as_json(found, name), indent=2 if pretty_json else None, default=str))
    else:
        click.echo("\n".join(report.render(found, name)))


@command.command("diagnose")
@click.argument("suite", default="")
@click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON.")
@cfgpath
@click.pass_context
def diagnose(context: click.Context, suite: str, as_json: bool) -> None:
    """Look for what keeps the agent from working."""
    from heeler.agent.reports import diagnose as report

    suites = report.diagnose(load(context))
    chosen = {name: found for name, found in suites.items() if not suite or name == suite}
    if not chosen:
        raise click.ClickException(f"no suite {suite!r}; there are: {', '.join(suites)}")
    click.echo(json.dumps(report.as_json(chosen), indent=2) if as_json else report.render(chosen), nl=as_json)
    if any(one.result == 1 for found in chosen.values() for one in found):
        sys.exit(1)


@command.command("flare")
@click.option("-o", "--output", type=click.Path(file_okay=False, exists=True), default=".", help="Folder.")
@cfgpath
@click.pass_context
def flare(context: click.Context, output: str) -> None:
    """Pack logs, state and configuration, without secrets, into a ZIP to look at or hand on."""
    from heeler.agent.reports.flare import write_flare

    config, host = config_and_hostname(context)
    click.echo(f"{write_flare(config, host, Path(output).absolute())} is ready; nothing was sent anywhere.")


__all__ = ["agent_service", "agent_traffic", "command"]
