"""What a monitor may be: coercion of what people send, defaults, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.query import (
    TYPES,
    CheckQuery,
    MetricQuery,
    MonitorQuery,
    SearchQuery,
    parse_monitor_query,
)  # fmt: skip
from heeler.monitors.state import Policy, Thresholds

DEFAULT_OPTIONS: Mapping[str, Any] = {
    "notify_no_data": False,
    "notify_audit": False,
    "new_host_delay": 300,
    "include_tags": True,
    "silenced": {},
}
_WHOLE = (
    "no_data_timeframe", "renotify_interval", "renotify_occurrences", "timeout_h", "evaluation_delay",
    "new_host_delay", "new_group_delay",
)  # fmt: skip
#: Published monitors carry more under ``thresholds`` (a comparison, for one), which says nothing.
_THRESHOLDS = ("critical", "warning", "ok", "unknown", "critical_recovery", "warning_recovery")
_BOOLEAN = ("notify_no_data", "notify_audit", "include_tags", "require_full_window", "locked")


def checked_query(kind: str, text: Any) -> MonitorQuery:
    if kind not in TYPES:
        raise bad_request(
            f"The value provided for parameter 'type' is invalid: '{kind}'; use {', '.join(TYPES)}"
        )
    try:
        return parse_monitor_query(kind, text if isinstance(text, str) else "")
    except InvalidQuery as error:
        raise bad_request(error.message) from None


def checked_options(given: Any, query: MonitorQuery) -> dict[str, Any]:
    """Options with defaults; numbers and booleans that came as text become what they mean."""
    if isinstance(given, str):  # scripts that call `json.dumps` once too often
        try:
            given = json.loads(given)
        except ValueError:
            raise bad_request(
                "The value provided for parameter 'options' is invalid: it is no JSON"
            ) from None
    if given is not None and not isinstance(given, dict):
        raise bad_request("The value provided for parameter 'options' is invalid: it must be an object")
    options = {**DEFAULT_OPTIONS, **(given or {})}
    for name in _WHOLE:
        if options.get(name) is not None:
            options[name] = int(_number(name, options[name]))
    for name in _BOOLEAN:
        if isinstance(options.get(name), str):
            options[name] = options[name].strip().lower() == "true"
    thresholds = options.get("thresholds") or {}
    if not isinstance(thresholds, dict):
        raise bad_request("The value provided for parameter 'thresholds' is invalid: it must be an object")
    numbers = {
        name: _number(name, thresholds[name])
        for name in _THRESHOLDS
        if thresholds.get(name) not in (None, "")
    }
    if isinstance(query, MetricQuery | SearchQuery):
        _check_thresholds(numbers, query)
    if numbers or "thresholds" in options:
        options["thresholds"] = numbers
    return options


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise bad_request(f"The value provided for parameter '{name}' is invalid: {value!r} is not a number")
    return number


def _check_thresholds(numbers: dict[str, float], query: MetricQuery | SearchQuery) -> None:
    critical = numbers.setdefault("critical", query.threshold)
    if critical != query.threshold:
        raise bad_request(
            f"Alert threshold ({critical}) does not match that used in the query ({query.threshold})."
        )
    upward = query.comparator in (">", ">=")
    if query.comparator in ("==", "!="):
        return
    warning = numbers.get("warning")
    if warning is not None and (warning >= critical if upward else warning <= critical):
        side = "less" if upward else "greater"
        raise bad_request(
            f"Warning threshold ({warning}) must be {side} than the alert threshold ({critical})."
        )
    for name, limit in (("critical_recovery", critical), ("warning_recovery", warning)):
        release = numbers.get(name)
        if release is not None and limit is not None and (release > limit if upward else release < limit):
            side = "less" if upward else "greater"
            raise bad_request(f"{name} ({release}) must be {side} than its threshold ({limit}).")


def thresholds_of(query: MonitorQuery, options: Mapping[str, Any]) -> Thresholds:
    numbers = options.get("thresholds") or {}
    comparator = query.comparator if isinstance(query, MetricQuery | SearchQuery) else ">="
    return Thresholds(
        comparator,
        numbers.get("critical", getattr(query, "threshold", None)),
        numbers.get("warning"),
        numbers.get("critical_recovery"),
        numbers.get("warning_recovery"),
    )


def policy_of(query: MonitorQuery, options: Mapping[str, Any]) -> Policy:
    window = getattr(query, "window", 0)
    default_minutes = 24 * 60 if isinstance(query, CheckQuery) else max(2 * window // 60, 2)
    return Policy(
        notify_no_data=bool(options.get("notify_no_data")),
        no_data_after=60 * (options.get("no_data_timeframe") or default_minutes),
        on_missing_data=str(options.get("on_missing_data") or "default"),
        resolve_after=3600 * (options.get("timeout_h") or 0),
        renotify_every=60 * (options.get("renotify_interval") or 0),
        renotify_times=options.get("renotify_occurrences") or 0,
        renotify_statuses=tuple(options.get("renotify_statuses") or ("alert", "no data")),
        new_group_delay=float(options.get("new_group_delay") or 0),
    )


def default_name(query: MonitorQuery) -> str:
    if isinstance(query, MetricQuery):
        how = {"avg": "on average", "max": "at least once", "min": "at all times", "sum": "in total"}
        metric = query.metrics[0] if query.metrics else query.expression
        return (
            f"**{metric}** was **{query.comparator} {query.threshold}** "
            f"{how.get(query.aggregator, 'at last')} during the **last {query.window // 60}m**."
        )
    return "Monitor"
