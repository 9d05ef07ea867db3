"""A monitor as a resource of the Terraform provider, in HCL. Pure.

Attribute names are those of the provider's documentation (``datadog_monitor``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_THRESHOLDS = ("critical", "critical_recovery", "warning", "warning_recovery", "ok", "unknown")
_ASSET = ("category", "name", "url", "resource_key", "resource_type")
_ATTRIBUTES = (
    "enable_logs_sample", "enable_samples", "escalation_message", "evaluation_delay",
    "group_retention_duration", "groupby_simple_monitor", "include_tags", "new_group_delay",
    "new_host_delay", "no_data_timeframe", "notification_preset_name", "notify_audit", "notify_by",
    "notify_no_data", "on_missing_data", "renotify_interval", "renotify_occurrences", "renotify_statuses",
    "require_full_window", "timeout_h",
)  # fmt: skip


def resource_name(name: str, number: int) -> str:
    """Resource name: lower-case letters, digits and underscores."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]
    return words if words and not words[0].isdigit() else f"monitor_{words or number}".rstrip("_")


def literal(value: Any) -> str:
    """HCL literal. ``${`` and ``%{`` are doubled, as they would start a template."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e15 and float(f"{value:g}") == value else repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    text = str(value).replace("${", "$${").replace("%{", "%%{")
    return json.dumps(text, ensure_ascii=False)


def heredoc(text: str) -> str:
    """Heredoc for multi-line text; a single line is a string."""
    if "\n" not in text:
        return literal(text)
    mark = "EOT"
    while any(line.strip() == mark for line in text.splitlines()):
        mark += "_"
    escaped = text.replace("${", "$${").replace("%{", "%%{")
    return f"<<{mark}\n{escaped}\n{mark}"


def monitor_resource(monitor: Mapping[str, Any]) -> str:
    """Resource of a monitor in API format. Absent and null fields are left to the defaults."""
    options: Mapping[str, Any] = monitor.get("options") or {}
    name = str(monitor.get("name") or "")
    lines = [
        f'resource "datadog_monitor" "{resource_name(name, int(monitor.get("id") or 0))}" {{',
        f"  name = {literal(name)}",
        f"  type = {literal(monitor.get('type') or '')}",
        f"  query = {heredoc(str(monitor.get('query') or ''))}",
        f"  message = {heredoc(str(monitor.get('message') or ''))}",
    ]
    if monitor.get("tags"):
        lines.append(f"  tags = {literal(monitor['tags'])}")
    if monitor.get("priority"):
        lines.append(f"  priority = {literal(str(monitor['priority']))}")
    if monitor.get("draft_status") == "draft":
        lines.append('  draft_status = "draft"')
    if monitor.get("restricted_roles"):
        lines.append(f"  restricted_roles = {literal(monitor['restricted_roles'])}")
    given = {key: options[key] for key in _ATTRIBUTES if options.get(key) is not None}
    lines += [f"  {key} = {literal(value)}" for key, value in given.items()]
    lines += _block("monitor_thresholds", _strings(options.get("thresholds"), _THRESHOLDS))
    windows = _strings(options.get("threshold_windows"), ("trigger_window", "recovery_window"))
    lines += _block("monitor_threshold_windows", windows)
    lines += _scheduling(options.get("scheduling_options"))
    for asset in monitor.get("assets") or ():
        given = {
            key: asset[key]
            for key in ("category", "name", "url", "resource_key", "resource_type")
            if key in asset
        }
        lines += _block("assets", {key: literal(value) for key, value in given.items()})
    if options.get("variables"):
        lines.append("  # To be written as blocks of variables: " + json.dumps(options["variables"]))
    return "\n".join([*lines, "}"]) + "\n"


def _strings(given: Any, names: tuple[str, ...]) -> dict[str, str]:
    """Thresholds as the provider accepts them, text or numbers; absent ones are omitted."""
    found = given or {}
    return {name: literal(found[name]) for name in names if found.get(name) is not None}


def _block(name: str, fields: Mapping[str, str], indent: str = "  ") -> list[str]:
    if not fields:
        return []
    inner = [f"{indent}  {key} = {value}" for key, value in fields.items()]
    return [f"{indent}{name} {{", *inner, f"{indent}}}"]


def _scheduling(given: Any) -> list[str]:
    if not given:
        return []
    lines = ["  scheduling_options {"]
    window = given.get("evaluation_window")
    if window:
        lines += _block("evaluation_window", {key: literal(value) for key, value in window.items()}, "    ")
    schedule = given.get("custom_schedule")
    if schedule:
        lines.append("    custom_schedule {")
        for item in schedule.get("recurrences") or ():
            fields = {key: literal(value) for key, value in item.items() if value is not None}
            lines += _block("recurrence", fields, "      ")
        lines.append("    }")
    return [*lines, "  }"]
