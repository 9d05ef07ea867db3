"""``heeler agent``: what ``datadog-agent`` does, by the same words."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heeler import __version__
from heeler.agent.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from heeler.agent.hostname import Hostname
    from heeler.agent.reports.check import CheckResult


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


# The real command takes -c before or after the subcommand.
_cfgpath = click.option(
    "-c",
    "--cfgpath",
    expose_value=False,
    callback=_remember,
    help="Folder of datadog.yaml, conf.d and checks.d.",
)


def _config(context: click.Context, **flags: Any) -> Config:
    try:
        return load_config(context.obj, flags=flags)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _config_and_hostname(context: click.Context) -> tuple[Config, Hostname]:
    from heeler.agent.hostname import resolve_hostname

    config = _config(context)
    try:
        return config, resolve_hostname(config)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@command.command("run")
@_cfgpath
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
@_cfgpath
@click.pass_context
def hostname(context: click.Context) -> None:
    """Print the name under which this machine reports."""
    click.echo(_config_and_hostname(context)[1].name)


@command.command("version")
def version() -> None:
    """Print the version of agent and Python."""
    click.echo(f"Heeler Agent {__version__} - Python {platform.python_version()}")


@command.command("health")
@_cfgpath
@click.pass_context
def health(context: click.Context) -> None:
    """Say whether every component runs; ends with 1 when one does not."""
    from heeler.agent.reports.status import gather

    facts = gather(*_config_and_hostname(context))
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
@_cfgpath
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
    config = _config(context, log_level=log_level, disable_file_logging=True)
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
@_cfgpath
@click.pass_context
def status(context: click.Context, as_json: bool, pretty_json: bool) -> None:
    """Show how the agent, its components and its checks are."""
    from heeler.agent.reports.status import gather, render_status

    config, host = _config_and_hostname(context)
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
@_cfgpath
@click.pass_context
def configcheck(context: click.Context, name: str, verbose: bool, as_json: bool, pretty_json: bool) -> None:
    """Show every check configuration as the agent understands it."""
    from heeler.agent.collector.check_configs import read_configurations
    from heeler.agent.reports import configcheck as report

    del verbose
    found = read_configurations(_config(context))
    if as_json or pretty_json:
        click.echo(json.dumps(report.as_json(found, name), indent=2 if pretty_json else None, default=str))
    else:
        click.echo("\n".join(report.render(found, name)))


@command.command("diagnose")
@click.argument("suite", default="")
@click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON.")
@_cfgpath
@click.pass_context
def diagnose(context: click.Context, suite: str, as_json: bool) -> None:
    """Look for what keeps the agent from working."""
    from heeler.agent.reports import diagnose as report

    suites = report.diagnose(_config(context))
    chosen = {name: found for name, found in suites.items() if not suite or name == suite}
    if not chosen:
        raise click.ClickException(f"no suite {suite!r}; there are: {', '.join(suites)}")
    click.echo(json.dumps(report.as_json(chosen), indent=2) if as_json else report.render(chosen), nl=as_json)
    if any(one.result == 1 for found in chosen.values() for one in found):
        sys.exit(1)


@command.command("flare")
@click.option("-o", "--output", type=click.Path(file_okay=False, exists=True), default=".", help="Folder.")
@_cfgpath
@click.pass_context
def flare(context: click.Context, output: str) -> None:
    """Pack logs, state and configuration, without secrets, into a ZIP to look at or hand on."""
    from heeler.agent.reports.flare import write_flare

    config, host = _config_and_hostname(context)
    click.echo(f"{write_flare(config, host, Path(output).absolute())} is ready; nothing was sent anywhere.")


@command.command("stream-logs")
@click.option("--name", "title", default="", help="Only sources whose title contains this, such as app.log.")
@click.option("--source", default="", help="Only this ddsource.")
@click.option("--service", default="", help="Only this service.")
@click.option("--count", type=click.IntRange(0), default=0, help="End after this many messages; 0 for never.")
@_cfgpath
@click.pass_context
def stream_logs(context: click.Context, title: str, source: str, service: str, count: int) -> None:
    """Print the log messages that the running agent sends, as JSON lines."""
    from heeler.agent.reports.logs import NotRunningError, stream

    try:
        for line in stream(_config(context), title=title, source=source, service=service, count=count):
            click.echo(line)
    except NotRunningError as error:
        raise click.ClickException(str(error)) from error


@command.command("analyze-logs")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@_cfgpath
@click.pass_context
def analyze_logs(context: click.Context, file: str) -> None:
    """Print what the file sources of configuration FILE would send, without sending it."""
    from heeler.agent.reports.logs import analyze

    config, host = _config_and_hostname(context)
    try:
        lines, problems = analyze(Path(file), config, host.name)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    for line in lines:
        click.echo(line)
    for problem in problems:
        click.echo(f"Error: {problem}", err=True)
    if problems:
        sys.exit(1)


@command.command("dogstatsd-stats")
@click.option("-j", "--json", "as_json", is_flag=True, help="Print JSON.")
@_cfgpath
@click.pass_context
def dogstatsd_stats(context: click.Context, as_json: bool) -> None:
    """Show which metrics DogStatsD receives, how often, and when last."""
    from heeler.agent.reports import dogstatsd as report

    try:
        found = report.read_stats(_config(context))
    except report.NoStatsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(report.render_stats(found)))


@command.command("dogstatsd-capture")
@click.option("-d", "--duration", default="1m", help="For how long, such as 30s or 5m.")
@click.option(
    "-p", "--path", type=click.Path(dir_okay=False), default="dogstatsd-capture.jsonl", help="File."
)
@_cfgpath
@click.pass_context
def dogstatsd_capture(context: click.Context, duration: str, path: str) -> None:
    """Have the running agent write what DogStatsD receives to a file."""
    from heeler.agent.dogstatsd.capture import request_capture
    from heeler.agent.reports.dogstatsd import seconds_of

    config = _config(context)
    try:
        request_capture(config.run_path, Path(path), seconds_of(duration))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the capture cannot be requested: {error}") from error
    click.echo(f"The agent writes what it receives for {duration} to {Path(path).absolute()}.")


@command.command("dogstatsd-replay")
@click.option("-f", "--file", required=True, type=click.Path(exists=True, dir_okay=False), help="A capture.")
@click.option("-l", "--loops", type=click.IntRange(1), default=1, help="How often.")
@_cfgpath
@click.pass_context
def dogstatsd_replay(context: click.Context, file: str, loops: int) -> None:
    """Send a capture to this machine's DogStatsD again, in its own rhythm."""
    import time

    from heeler.agent.dogstatsd.capture import replay, sender_to

    config = _config(context)
    try:
        send = sender_to("127.0.0.1", config.integer("dogstatsd_port"))
        click.echo(f"{replay(Path(file), send, time.sleep, loops)} lines were sent.")
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
