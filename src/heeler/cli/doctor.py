"""``heeler doctor``: diagnoses problems on this machine and suggests remedies."""

from __future__ import annotations

import email.utils
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from heeler.cli.common import data_option, listen_option, read_settings
from heeler.cli.local_agent import agent_folder, agent_port, config_file, read_config
from heeler.cli.ports import holder_of
from heeler.settings import Settings

_MAX_SKEW_SECONDS = 10.0
_MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a check. ``level`` is ``ok``, ``warning`` or ``error``; ``advice`` is the remedy."""

    level: str
    text: str
    advice: str = ""


@click.command("doctor")
@data_option
@listen_option
def command(data_dir: str | None, listen: str | None) -> None:
    """Check server, keys, clock, ports and disk; ends with 1 when something is wrong."""
    settings = read_settings(data_dir, listen)
    findings = list(examine(settings, os.environ))
    for finding in findings:
        click.echo(f"{_MARKS[finding.level]} {finding.text}")
        if finding.advice:
            click.echo(f"    → {finding.advice}")
    sys.exit(1 if any(finding.level == "error" for finding in findings) else 0)


def examine(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """All findings, including the good ones."""
    yield from check_disk(settings)
    yield from check_server(settings)
    yield from check_ports(settings)
    yield from check_environment(settings, env)
    yield from check_agent(settings)


def check_disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        yield Finding(
            "error", f"{folder} cannot be written by this user", "Set HEELER_DATA to a folder of yours."
        )
    usage = shutil.disk_usage(folder)
    text = f"{_size(usage.free)} of {_size(usage.total)} are free at {settings.data_dir}"
    if usage.free < settings.disk_floor_bytes:
        advice = (
            f"Below {_size(settings.disk_floor_bytes)} (HEELER_DISK_FLOOR) nothing is written. "
            "Free some space, or keep less with HEELER_RETENTION_DAYS."
        )
        yield Finding("error", text, advice)
    elif usage.free < 3 * settings.disk_floor_bytes or usage.free < usage.total * 0.05:
        yield Finding("warning", text, "Free some space, or keep less with HEELER_RETENTION_DAYS or _BYTES.")
    else:
        yield Finding("ok", text)


def check_server(settings: Settings) -> Iterator[Finding]:
    """Check reachability, the agent's key, and the clock offset to the server."""
    import requests

    key = str(read_config(settings).get("api_key") or os.environ.get("DD_API_KEY") or "")
    try:
        sent = time.time()
        answer = requests.get(f"{settings.url}/api/v1/validate", headers={"DD-API-KEY": key}, timeout=5)
    except requests.RequestException as error:
        reason = type(error).__name__
        yield Finding(
            "error",
            f"No answer from {settings.url} ({reason})",
            "Start the server with `heeler up`, or correct HEELER_LISTEN or HEELER_PUBLIC_URL.",
        )
        return
    yield from _about_answer(settings, answer, key)
    theirs = (
        email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        if "Date" in answer.headers
        else sent
    )
    skew = theirs - (sent + time.time()) / 2
    if abs(skew) > _MAX_SKEW_SECONDS:
        yield Finding(
            "error",
            f"The server's clock is {skew:+.0f} s from this machine's",
            "Synchronise both, e.g. with chrony.",
        )
    else:
        yield Finding("ok", "The server's clock agrees with this machine's")


def _about_answer(settings: Settings, answer: object, key: str) -> Iterator[Finding]:
    status = getattr(answer, "status_code", 0)
    if status == 200:
        yield Finding("ok", f"{settings.url} answers and knows the API key that ends in {key[-4:]}")
    elif status == 403 and not key:
        yield Finding("ok", f"{settings.url} answers")
        yield Finding(
            "warning", "No API key is set here", "Make one: heeler keys create NAME, then set DD_API_KEY."
        )
    elif status == 403:
        advice = f"heeler keys list shows the ones it knows; the agent's is in {config_file(settings)}."
        yield Finding("error", f"{settings.url} does not know the API key that ends in {key[-4:]}", advice)
    else:
        yield Finding(
            "error", f"{settings.url} answers {status}", "Is another program listening there? See below."
        )


def check_ports(settings: Settings) -> Iterator[Finding]:
    config = read_config(settings)
    wanted = (
        (settings.listen_port, "tcp", "server", "HEELER_LISTEN"),
        (agent_port(config, "statsd"), "udp", "DogStatsD", f"dogstatsd_port in {config_file(settings)}"),
        (
            agent_port(config, "trace"),
            "tcp",
            "traces",
            f"apm_config.receiver_port in {config_file(settings)}",
        ),
    )
    for port, kind, name, setting in wanted:
        holder = holder_of(port, kind) if port else None
        if holder is None:
            yield Finding(
                "warning", f"Nobody listens on {port}/{kind} ({name})", "`heeler up` starts server and agent."
            )
        elif holder.pid is None or "heeler" in holder.command:
            yield Finding("ok", f"{port}/{kind} ({name}) is held by {holder}")
        else:
            yield Finding(
                "error", f"{port}/{kind} ({name}) is held by {holder}", f"End it, or change {setting}."
            )


def check_environment(settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Check environment variables that would point clients elsewhere."""
    site = env.get("DD_SITE")
    if site:
        yield Finding(
            "warning", f"DD_SITE is {site}: clients that read it send there, not here", "unset DD_SITE"
        )
    for name in ("DATADOG_HOST", "DD_URL", "DD_DD_URL"):
        value = env.get(name, "")
        if value and value.rstrip("/") not in (settings.url, settings.local_url):
            yield Finding(
                "warning",
                f"{name} is {value}; this server is {settings.url}",
                f"export {name}={settings.url}",
            )


def check_agent(settings: Settings) -> Iterator[Finding]:
    """Status of the agent's components, from its supervisor."""
    import json

    status = agent_folder(settings) / "run" / "status" / "supervisor.json"
    try:
        reported = json.loads(Path(status).read_text())
    except (OSError, ValueError):
        yield Finding("warning", "No agent has run from this data folder", "`heeler up` starts one.")
        return
    for component in reported.get("components", []):
        name, state, cause = component.get("name"), component.get("state"), component.get("cause")
        # A failed component keeps its cause, also while it restarts, until it runs.
        if state == "restarting" or (cause and state in ("starting", "stopped")):
            yield Finding(
                "error", f"The agent's {name} fails: {cause}", f"Its log is {component.get('log')}."
            )
        else:
            yield Finding("ok", f"The agent's {name} is {state}" + (f": {cause}" if cause else ""))


def _size(number: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"
