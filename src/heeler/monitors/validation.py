"""Validation of monitors: coercion of request values, defaults, and rejection of invalid ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from heeler.api.errors import bad_request
from heeler.api.request_bodies import nested_json
from heeler.api.text_limits import MAX_QUERY, bounded_text
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.custom_schedule import recurrence_of
from heeler.monitors.evaluation.state_machine import Policy, Thresholds
from heeler.monitors.options import (
    REFUSED_THRESHOLDS,
    THRESHOLDS,
    checked_values,
    refuse,
    retention_seconds,
)
from heeler.monitors.queries.composite import CompositeQuery
from heeler.monitors.queries.parser import (
    TYPES,
    CheckQuery,
    FormulaQuery,
    MetricQuery,
    MonitorQuery,
    ProcessQuery,
    SearchQuery,
    SloQuery,
    is_grouped,
    parse_monitor_query,
)
from heeler.query.metrics.ast import Node, selectors
from heeler.query.metrics.printer import print_scope

#: Multi-alert groups without data for this long, seconds, are dropped.
FORGET_AFTER = 86400
DEFAULT_OPTIONS: Mapping[str, Any] = {
    "notify_no_data": False,
    "notify_audit": False,
    "new_host_delay": 300,
    "include_tags": True,
    "silenced": {},
}
Compared = MetricQuery | SearchQuery | ProcessQuery | FormulaQuery | SloQuery
"""Queries that compare a number with a threshold."""


def checked_query(kind: str, text: Any, options: Any = None) -> MonitorQuery:
    """Validate and parse the query, of formulas with the variables in ``options``. Raises a 400 with the
    reason.
    """
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
    """Options with defaults; numbers and booleans sent as text are converted.

    Thresholds are stored only if they were sent. Raises a 400 for an invalid option.
    """
    if isinstance(given, str):  # scripts that call `json.dumps` twice
        try:
            given = nested_json(given)
        except ValueError:
            raise bad_request(
                "The value provided for parameter 'options' is invalid: it is no JSON"
            ) from None
    given = None if given == [] else given
    if given is not None and not isinstance(given, dict):
        raise bad_request("The value provided for parameter 'options' is invalid: it must be an object")
    options = {**_defaults(query, given or {}), **checked_values(given or {}, query)}
    if options.get("on_missing_data") and not options.get("notify_no_data"):
        options.pop("notify_no_data", None)
    if options.get("on_missing_data") and options.get("notify_no_data"):
        raise refuse(
            "on_missing_data", options["on_missing_data"], "notify_no_data excludes it; use one of them"
        )
    thresholds = options.pop("thresholds", None)
    thresholds = {} if thresholds is None else thresholds
    if not isinstance(thresholds, dict):
        raise bad_request("The value provided for parameter 'thresholds' is invalid: it must be an object")
    numbers = _thresholds(thresholds)
    if isinstance(query, Compared):
        _check_thresholds(numbers, query)
    if isinstance(query, CheckQuery) and query.percent and not numbers:
        raise refuse("thresholds", thresholds, "pct_by_status needs a critical or a warning threshold")
    return options | ({"thresholds": numbers} if numbers else {})


def _defaults(query: MonitorQuery, given: Mapping[str, Any]) -> dict[str, Any]:
    """Displayed values of options that were not sent."""
    defaults = dict(DEFAULT_OPTIONS)
    if given.get("on_missing_data"):
        del defaults["notify_no_data"]
    if isinstance(query, SearchQuery) and query.source == "logs":
        defaults["groupby_simple_monitor"] = False
    return defaults


def _thresholds(given: Mapping[str, Any]) -> dict[str, float]:
    for name, reason in REFUSED_THRESHOLDS.items():
        if given.get(name) not in (None, ""):
            raise refuse(name, given[name], reason)
    return {name: _number(name, given[name]) for name in THRESHOLDS if given.get(name) not in (None, "")}


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise bad_request(f"The value provided for parameter '{name}' is invalid: {value!r} is not a number")
    return number


def _check_thresholds(numbers: Mapping[str, float], query: Compared) -> None:
    critical = numbers.get("critical", query.threshold)
    if critical != query.threshold:
        raise bad_request(
            f"Alert threshold ({critical}) does not match that used in the query ({query.threshold})."
        )
    upward = query.comparator in (">", ">=")
    if query.comparator in ("==", "!="):
        if "warning" in numbers:
            raise refuse("warning", numbers["warning"], "with == and != there is no milder side to warn at")
        return
    warning = numbers.get("warning")
    if warning is not None and (warning >= critical if upward else warning <= critical):
        side = "less" if upward else "greater"
        raise bad_request(
            f"Warning threshold ({warning}) must be {side} than the alert threshold ({critical})."
        )
    if warning is None and "warning_recovery" in numbers:
        raise refuse("warning_recovery", numbers["warning_recovery"], "there is no warning threshold")
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


def numbers_of(query: MonitorQuery, options: Mapping[str, Any]) -> dict[str, float]:
    """The thresholds by name; the critical one also if only the query has it."""
    own = {"critical": query.threshold} if isinstance(query, Compared) else {}
    return {name: float(value) for name, value in {**own, **(options.get("thresholds") or {})}.items()}


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
        new_host_delay=_host_delay(query, options),
        every_evaluation=recurrence_of(options) is not None,
    )


def _host_delay(query: MonitorQuery, options: Mapping[str, Any]) -> float:
    if options.get("new_group_delay") is not None or "host" not in getattr(query, "by", ()):
        return 0.0
    return float(options.get("new_host_delay") or 0)


def retention_of(query: MonitorQuery, options: Mapping[str, Any]) -> float:
    """Seconds without data after which a group is dropped: two days for host monitors that notify No Data,
    one day for others, unless the monitor sets it.
    """
    kept = options.get("group_retention_duration")
    if kept not in (None, ""):
        return retention_seconds(kept)
    tells = policy_of(query, options).tells_no_data
    return 2 * FORGET_AFTER if tells and "host" in getattr(query, "by", ()) else FORGET_AFTER


_HOW = {
    "avg": "on average",
    "max": "at least once",
    "min": "at all times",
    "sum": "in total",
    "last": "at last",
}


def default_name(query: MonitorQuery) -> str:
    """Default name of a monitor, in Datadog's wording, with asterisks."""
    match query:
        case MetricQuery():
            metric = query.metrics[0] if query.metrics else query.expression
            scope = ",".join(scope_text(query.node)) or "*"
            return (
                f"**{metric}** over **{scope}** was **{query.comparator} {query.threshold}** "
                f"{_HOW.get(query.aggregator, 'at last')} during the **last {in_words(query.window)}**."
            )
        case CheckQuery():
            return f"**{query.check}** over **{','.join(query.over) or '*'}**"
        case SearchQuery():
            counted = query.aggregation if not query.measure else f"{query.aggregation} of {query.measure}"
            return (
                f"**{counted}** of {query.source} **{query.search or '*'}** was **{query.comparator} "
                f"{query.threshold}** during the **last {in_words(query.window)}**."
            )
        case ProcessQuery():
            where = f" over **{','.join(query.over)}**" if query.over else ""
            return (
                f"**Processes** matching **{query.search or '*'}**{where} were **{query.comparator} "
                f"{query.threshold}** during the **last {in_words(query.window)}**."
            )
        case FormulaQuery():
            return f"**{query.formula}** was **{query.comparator} {query.threshold}**"
        case CompositeQuery():
            return "Composite of " + ", ".join(str(one) for one in query.monitors)
        case SloQuery():
            kind = query.kind.replace("_", " ").capitalize()
            return f"**{kind}** was **{query.comparator} {query.threshold}** over **{query.timeframe}**"
    return query.kind.removesuffix(" alert").capitalize() + " monitor"


def scope_text(node: Node) -> list[str]:
    """Tags of the first scope of a query, as written."""
    for item in selectors(node):
        return [text for text in print_scope(item.scope).split(",") if text != "*"]
    return []


def in_words(seconds: int) -> str:
    """Format a duration in the largest whole unit: ``5m``, ``1h``, ``2d``."""
    for size, unit in ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
