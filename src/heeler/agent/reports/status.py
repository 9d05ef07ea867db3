"""``heeler agent status``: the state files of all processes as one text report."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from heeler import __version__
from heeler.agent.component import COMPONENTS
from heeler.agent.config import Config
from heeler.agent.hostname import Hostname
from heeler.agent.reports.collector import collector_section, heading, local_time
from heeler.agent.state import read_state
from heeler.agent.unused_settings import notices


def gather(config: Config, hostname: Hostname) -> dict[str, Any]:
    """All data that ``status`` shows, as one JSON-serializable mapping."""
    supervisor = read_state(config.run_path, "supervisor") or {}
    return {
        "version": __version__,
        "now": time.time(),
        "running": _alive(supervisor.get("pid")),
        "pid": supervisor.get("pid"),
        "started": supervisor.get("started", 0),
        "config_file": str(config.directory / "datadog.yaml"),
        "config_file_found": config.file_found,
        "confd": str(config.confd),
        "checksd": str(config.checksd),
        "logs": str(config.log_dir),
        "hostname": {"name": hostname.name, "provider": hostname.provider, "unused": hostname.unused},
        "host_tags": config.host_tags,
        "url": config.url,
        "url_source": config.url_source,
        "settings_without_effect": [notice.sentence for notice in notices(config)],
        "supervised": supervisor.get("components", []),
        "components": {
            one.name: state for one in COMPONENTS if (state := read_state(config.run_path, one.name))
        },
    }


def _alive(pid: Any) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def render_status(facts: Mapping[str, Any]) -> str:
    title = f"Heeler Agent (v{facts['version']})"
    lines = ["=" * len(title), title, "=" * len(title), ""]
    if facts["running"]:
        lines += [f"  Status date: {datetime.fromtimestamp(facts['now'], UTC):%Y-%m-%d %H:%M:%S UTC}"]
        lines += [f"  Agent start: {local_time(facts['started'])}", f"  Pid: {facts['pid']}"]
    else:
        lines += ["  The agent is not running; start it with: heeler agent run"]
    lines += [f"  Python Version: {platform.python_version()}", ""]
    lines += _paths(facts) + _settings(facts) + _components(facts) + _hostname(facts)
    for name, state in facts["components"].items():
        if name == "collector":
            lines += collector_section(state.get("status") or {})
        else:
            lines += _generic(name, state)
    return "\n".join(lines + _forwarders(facts)) + "\n"


def _paths(facts: Mapping[str, Any]) -> list[str]:
    found = "" if facts["config_file_found"] else " (not there; defaults are used)"
    return [
        *heading("Paths", "=", "  "),
        f"    Config File: {facts['config_file']}{found}",
        f"    conf.d: {facts['confd']}",
        f"    checks.d: {facts['checksd']}",
        f"    logs: {facts['logs']}",
        "",
    ]


def _settings(facts: Mapping[str, Any]) -> list[str]:
    found = facts["settings_without_effect"]
    if not found:
        return []
    return [*heading("Settings Without Effect", "=", "  "), *(f"    {sentence}" for sentence in found), ""]


def _components(facts: Mapping[str, Any]) -> list[str]:
    lines = heading("Components", "=", "  ")
    for child in facts["supervised"]:
        restarts = f", started again {child['restarts']} times" if child["restarts"] else ""
        lines.append(f"    {child['name']}: {child['state']} (pid {child['pid'] or '-'}{restarts})")
        if child["cause"]:
            lines += [f"      Cause: {child['cause']}", f"      Log: {child['log']}"]
    return [*lines, ""]


def _hostname(facts: Mapping[str, Any]) -> list[str]:
    host = facts["hostname"]
    return [
        *heading("Hostnames", "=", "  "),
        f"    hostname: {host['name']}",
        f"    hostname provider: {host['provider']}",
        *(f"    unused {provider}: {reason}" for provider, reason in host["unused"].items()),
        f"    host tags: {', '.join(facts['host_tags']) or '(none)'}",
        "",
    ]


def _generic(name: str, state: Mapping[str, Any]) -> list[str]:
    title = {"dogstatsd": "DogStatsD", "trace": "APM Agent", "logs": "Logs Agent"}.get(name, name)
    lines = ["=" * len(title), title, "=" * len(title)]
    lines.append(f"  Status: {state.get('state')}, pid {state.get('pid')}")
    if state.get("cause"):
        lines.append(f"  Cause: {state['cause']}")
    return [*lines, *_tree(state.get("status") or {}, "  "), ""]


def _tree(node: Mapping[str, Any], pad: str) -> list[str]:
    lines: list[str] = []
    for key, value in node.items():
        if isinstance(value, Mapping):
            lines += [f"{pad}{key}:", *_tree(value, pad + "  ")]
        elif isinstance(value, list):
            lines.append(f"{pad}{key}:")
            for item in value:
                lines += _tree(item, pad + "  ") if isinstance(item, Mapping) else [f"{pad}  - {item}"]
        else:
            lines.append(f"{pad}{key}: {value:,}" if isinstance(value, int) else f"{pad}{key}: {value}")
    return lines


def _forwarders(facts: Mapping[str, Any]) -> list[str]:
    lines = ["=" * 9, "Forwarder", "=" * 9, f"  Address: {facts['url']} (from {facts['url_source']})"]
    for name, state in facts["components"].items():
        for forwarder in state.get("forwarder", []):
            for queue in forwarder["destinations"]:
                lines.append(f"  {name} -> {queue['url']}, API key ending with {queue['api_key']}")
                lines += [f"    Problem: {queue['problem']}"] if queue["problem"] else []
                lines += [f"    Dropped ({reason}): {n:,}" for reason, n in queue.get("dropped", {}).items()]
                counts = ", ".join(f"{key}: {value:,}" for key, value in sorted(queue["counts"].items()))
                lines += [f"    {counts or 'nothing sent yet'}"]
                if queue["spooled"]:
                    lines += [f"    waiting on disk: {queue['spooled']:,} ({queue['spooled_bytes']:,} bytes)"]
    return lines
