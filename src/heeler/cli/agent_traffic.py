"""Commands that inspect the agent's traffic: logs and DogStatsD."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from heeler.agent.config import ConfigError
from heeler.cli.agent_common import cfgpath, command, config_and_hostname, load


@command.command("stream-logs")
@click.option("--name", "title", default="", help="Only sources whose title contains this, such as app.log.")
@click.option("--source", default="", help="Only this ddsource.")
@click.option("--service", default="", help="Only this service.")
@click.option("--count", type=click.IntRange(0), default=0, help="End after this many messages; 0 for never.")
@cfgpath
@click.pass_context
def stream_logs(context: click.Context, title: str, source: str, service: str, count: int) -> None:
    """Print the log messages that the running agent sends, as JSON lines."""
    from heeler.agent.reports.logs import NotRunningError, stream

    try:
        for line in stream(load(context), title=title, source=source, service=service, count=count):
            click.echo(line)
    except NotRunningError as error:
        raise click.ClickException(str(error)) from error
    except (OSError, ValueError) as error:  # it was ended within a message
        raise click.ClickException(f"the logs component ended: {error}") from error


@command.command("analyze-logs")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@cfgpath
@click.pass_context
def analyze_logs(context: click.Context, file: str) -> None:
    """Print what the file sources of configuration FILE would send, without sending it."""
    from heeler.agent.reports.logs import analyze

    config, host = config_and_hostname(context)
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
@cfgpath
@click.pass_context
def dogstatsd_stats(context: click.Context, as_json: bool) -> None:
    """Show which metrics DogStatsD receives, how often, and when last."""
    from heeler.agent.reports import dogstatsd as report

    try:
        found = report.read_stats(load(context))
    except report.NoStatsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(report.render_stats(found)))


@command.command("dogstatsd-capture")
@click.option("-d", "--duration", default="1m", help="For how long, such as 30s or 5m.")
@click.option(
    "-p", "--path", type=click.Path(dir_okay=False), default="dogstatsd-capture.jsonl", help="File."
)
@cfgpath
@click.pass_context
def dogstatsd_capture(context: click.Context, duration: str, path: str) -> None:
    """Have the running agent write what DogStatsD receives to a file."""
    from heeler.agent.dogstatsd.capture import request_capture
    from heeler.agent.reports.dogstatsd import seconds_of

    config = load(context)
    try:
        request_capture(config.run_path, Path(path), seconds_of(duration))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the capture cannot be requested: {error}") from error
    click.echo(f"The agent writes what it receives for {duration} to {Path(path).absolute()}.")


@command.command("dogstatsd-replay")
@click.option("-f", "--file", required=True, type=click.Path(exists=True, dir_okay=False), help="A capture.")
@click.option("-l", "--loops", type=click.IntRange(1), default=1, help="How often.")
@cfgpath
@click.pass_context
def dogstatsd_replay(context: click.Context, file: str, loops: int) -> None:
    """Send a capture to this machine's DogStatsD again, in its own rhythm."""
    import time

    from heeler.agent.dogstatsd.capture import replay, sender_to

    config = load(context)
    try:
        send = sender_to("127.0.0.1", config.integer("dogstatsd_port"))
        click.echo(f"{replay(Path(file), send, time.sleep, loops)} lines were sent.")
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
