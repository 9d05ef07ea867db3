"""What a monitor may be: coercion of what people send, defaults, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from heeler.api.errors import ApiError, bad_request
from heeler.api.text_limits import MAX_MESSAGE, MAX_QUERY, bounded_text
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.query import (
    TYPES,
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    MonitorQuery,
    SearchQuery,
    is_grouped,
    parse_monitor_query,
    window_seconds,
)  # fmt: skip
from heeler.monitors.state import Policy, Thresholds

#: Groups of multi alerts without data for this long, seconds, are dropped.
FORGET_AFTER = 86400
DEFAULT_OPTIONS: Mapping[str, Any] = {
    "notify_no_data": False,
    "notify_audit": False,
    "new_host_delay": 300,
    "include_tags": True,
    "silenced": {},
}
Compared = MetricQuery | SearchQuery | FormulaQuery
"""Queries that compare a number with a threshold."""
_WHOLE = (
    "no_data_timeframe", "renotify_interval", "renotify_occurrences", "timeout_h", "evaluation_delay",
    "new_host_delay", "new_group_delay",
)  # fmt: skip
#: Published monitors carry more under ``thresholds`` (a comparison, for one), which says nothing.
_MISSING = ("default", "show_no_data", "show_and_notify_no_data", "resolve")
_RENOTIFIED = ("alert", "no data", "warn")
_THRESHOLDS = ("critical", "warning", "ok", "unknown", "critical_recovery", "warning_recovery")
_BOOLEAN = ("notify_no_data", "notify_audit", "include_tags", "require_full_window", "locked")


def checked_query(kind: str, text: Any, options: Any = None) -> MonitorQuery:
    """The query, of formulas with the variables in ``options``. Raises a 400 with the reason."""
    if kind not in TYPES:
        raise bad_request(
            f"The value provided for parameter 'type' is invalid: '{kind}'; use {', '.join(TYPES)}"
        )
    if isinstance(text, str):
        bounded_text("query", text, MAX_QUERY)
    try:
        given = options if isinstance(options, Mapping) else None
        return parse_monitor_query(kind, text if isinstance(text, str) else "", given)
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
    if isinstance(query, Compared):
        _check_thresholds(numbers, query)
    _check_choices(options)
    if options.get("escalation_message") is not None:
        escalation = bounded_text("escalation_message", options["escalation_message"], MAX_MESSAGE)
        options["escalation_message"] = escalation.strip()
    if numbers or "thresholds" in options:
        options["thresholds"] = numbers
    return options


def _check_choices(options: Mapping[str, Any]) -> None:
    """Options of which only some values mean something. Raises a 400 that names them."""
    missing = options.get("on_missing_data")
    if missing not in (None, "", *_MISSING):
        raise _refusal("on_missing_data", missing, f"use {', '.join(_MISSING)}")
    statuses = options.get("renotify_statuses")
    if statuses and not (isinstance(statuses, list) and {str(x).lower() for x in statuses} <= {*_RENOTIFIED}):
        raise _refusal("renotify_statuses", statuses, f"write a list of {', '.join(_RENOTIFIED)}")
    names = options.get("notify_by")
    if names is not None and not (isinstance(names, list) and all(isinstance(x, str) for x in names)):
        raise _refusal("notify_by", names, "write a list of tags of the query's groups")
    if (kept := options.get("group_retention_duration")) not in (None, ""):
        retention_seconds(kept)


def _refusal(name: str, value: Any, advice: str) -> ApiError:
    return bad_request(f"The value provided for parameter '{name}' is invalid: {value!r}; {advice}")


def retention_seconds(given: Any) -> int:
    """``60m`` to ``72h`` in seconds. Raises a 400."""
    try:
        seconds = window_seconds(str(given))
    except InvalidQuery:
        seconds = 0
    if not 3600 <= seconds <= 72 * 3600:
        raise _refusal("group_retention_duration", given, "write 60m to 72h")
    return seconds


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise bad_request(f"The value provided for parameter '{name}' is invalid: {value!r} is not a number")
    return number


def _check_thresholds(numbers: dict[str, float], query: Compared) -> None:
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
    comparator = query.comparator if isinstance(query, Compared) else ">="
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
        renotify_statuses=tuple(
            str(status).lower() for status in options.get("renotify_statuses") or ("alert", "no data")
        ),
        new_group_delay=float(options.get("new_group_delay") or 0) if is_grouped(query) else 0.0,
    )


def retention_of(query: MonitorQuery, options: Mapping[str, Any]) -> float:
    """After how long without data a group is dropped, seconds; that of searches can be chosen."""
    kept = options.get("group_retention_duration")
    chosen = kept not in (None, "") and isinstance(query, SearchQuery | FormulaQuery)
    return retention_seconds(kept) if chosen else FORGET_AFTER


def default_name(query: MonitorQuery) -> str:
    if isinstance(query, MetricQuery):
        how = {"avg": "on average", "max": "at least once", "min": "at all times", "sum": "in total"}
        metric = query.metrics[0] if query.metrics else query.expression
        return (
            f"**{metric}** was **{query.comparator} {query.threshold}** "
            f"{how.get(query.aggregator, 'at last')} during the **last {query.window // 60}m**."
        )
    return "Monitor"
