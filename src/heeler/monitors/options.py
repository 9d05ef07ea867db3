"""Options of monitors: validation and effect of each.

``docs/monitor-options.md`` documents them; a test keeps both in sync.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from heeler.api.errors import ApiError, bad_request
from heeler.api.text_limits import MAX_MESSAGE, bounded_text
from heeler.downtimes.schedule import InvalidSchedule, parsed
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.parser import CheckQuery, MonitorQuery, UnsupportedQuery
from heeler.monitors.queries.types import log_searches, reads_logs
from heeler.monitors.queries.windows import window_seconds
from heeler.restrictions.log_queries import checked_query

PRESETS = (
    "show_all", "hide_query", "hide_handles", "hide_all", "hide_query_and_handles", "show_only_snapshot",
    "hide_handles_and_footer",
)  # fmt: skip
ON_MISSING = ("default", "show_no_data", "show_and_notify_no_data", "resolve")
RENOTIFIED = ("alert", "no data", "warn")
LEFTOVERS = frozenset({
    "avalanche_window", "period", "queryConfig", "is_data_sparse", "silenced_timeout_ts", "ratio",
    "comparison", "bulk_updated", "created_by", "device_names",
})  # fmt: skip
"""Obsolete options in exports of old monitors; removed and not shown."""

Check = Callable[[str, Any, MonitorQuery], Any]


@dataclass(frozen=True, slots=True)
class Option:
    """An option. ``effect``: a sentence for the documentation; ``check``: returns the value to store, or
    raises a 400.
    """

    check: Check
    effect: str


def refuse(name: str, value: Any, advice: str) -> ApiError:
    return bad_request(f"The value provided for parameter '{name}' is invalid: {str(value)[:80]!r}; {advice}")


def _boolean(name: str, value: Any, _: MonitorQuery) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise refuse(name, value, "write true or false")
    return text in ("true", "1")


def _whole(low: int, high: int) -> Check:
    def check(name: str, value: Any, _: MonitorQuery) -> int:
        try:
            number = int(float(value))
        except (TypeError, ValueError, OverflowError):
            raise bad_request(
                f"The value provided for parameter '{name}' is invalid: {value!r} is not a number"
            ) from None
        if isinstance(value, bool) or not low <= number <= high:
            raise refuse(name, value, f"write a whole number from {low} to {high}")
        return number

    return check


def _one_of(*allowed: str) -> Check:
    def check(name: str, value: Any, _: MonitorQuery) -> str:
        if value not in allowed:
            raise refuse(name, value, f"use {', '.join(allowed)}")
        return str(value)

    return check


def _text(name: str, value: Any, _: MonitorQuery) -> str:
    return bounded_text(name, value, MAX_MESSAGE).strip()


def _statuses(name: str, value: Any, _: MonitorQuery) -> list[str]:
    if not isinstance(value, list) or not {str(item).lower() for item in value} <= {*RENOTIFIED}:
        raise refuse(name, value, f"write a list of {', '.join(RENOTIFIED)}")
    return list(value)


def _keys(name: str, value: Any, _: MonitorQuery) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refuse(name, value, "write a list of tags of the query's groups")
    return list(value)


def retention_seconds(given: Any) -> int:
    """Parse ``60m`` to ``72h`` as seconds. Raises a 400."""
    try:
        seconds = window_seconds(str(given))
    except InvalidQuery:
        seconds = 0
    if not 3600 <= seconds <= 72 * 3600:
        raise refuse("group_retention_duration", given, "write 60m to 72h")
    return seconds


def _retention(_: str, value: Any, __: MonitorQuery) -> str:
    retention_seconds(value)
    return str(value)


def _windows(name: str, value: Any, _: MonitorQuery) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(value) <= {"trigger_window", "recovery_window"}:
        raise refuse(name, value, "write {trigger_window, recovery_window}")
    for window in value.values():
        if window is not None:
            try:
                window_seconds(str(window))
            except InvalidQuery as error:
                raise refuse(name, value, str(error)) from None
    return dict(value)


def _silenced(name: str, value: Any, _: MonitorQuery) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(
        end is None or (isinstance(end, int | float) and not isinstance(end, bool)) for end in value.values()
    ):
        raise refuse(name, value, "write scopes with the UNIX time they end, or null")
    return dict(value)


def _variables(name: str, value: Any, _: MonitorQuery) -> list[Any]:
    if not isinstance(value, list) or len(value) > 50 or not all(isinstance(item, dict) for item in value):
        raise refuse(name, value, "write a list of at most 50 queries, each with a name")
    return list(value)


def _aggregation(name: str, value: Any, _: MonitorQuery) -> dict[str, Any]:
    known = {"group_by", "groupBy", "metric", "type"}
    if not isinstance(value, dict) or not set(value) <= known:
        raise refuse(name, value, "write {group_by, metric, type}")
    return dict(value)


_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _zone(name: str, value: Any) -> None:
    try:
        ZoneInfo(str(value))
    except (ValueError, OSError, KeyError):
        raise refuse(name, value, "write a time zone such as Europe/Dublin or UTC") from None


def _scheduling(name: str, value: Any, query: MonitorQuery) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(value) <= {"evaluation_window", "custom_schedule"}:
        raise refuse(name, value, "write {evaluation_window} or {custom_schedule}")
    given = {key: item for key, item in value.items() if item != []}
    if given.get("evaluation_window") is not None:
        _evaluation_window(given["evaluation_window"], query)
    if given.get("custom_schedule") is not None:
        _custom_schedule(given["custom_schedule"])
    return given


def _evaluation_window(given: Any, query: MonitorQuery) -> None:
    name = "evaluation_window"
    if not isinstance(given, dict) or not set(given) <= {
        "hour_starts", "day_starts", "month_starts", "timezone",
    }:  # fmt: skip
        raise refuse(name, given, "write {hour_starts} or {day_starts, month_starts}, and a timezone")
    if given.get("timezone") is not None:
        _zone("timezone", given["timezone"])
    if given.get("hour_starts") is not None:
        if given.get("day_starts") is not None or given.get("month_starts") is not None:
            raise refuse(name, given, "hour_starts goes alone")
        _whole(0, 59)("hour_starts", given["hour_starts"], query)
    if given.get("day_starts") is not None and not _CLOCK.fullmatch(str(given["day_starts"])):
        raise refuse("day_starts", given["day_starts"], "write a time such as 04:00")
    if given.get("month_starts") is not None:
        _whole(1, 1)("month_starts", given["month_starts"], query)
    if not getattr(query, "cumulative", "") and not isinstance(query, UnsupportedQuery):
        raise refuse(name, given, "it goes with the windows current_1h, _1d, _1w and _1mo")


def _custom_schedule(given: Any) -> None:
    name = "custom_schedule"
    recurrences = given.get("recurrences") if isinstance(given, dict) else None
    if not isinstance(recurrences, list) or len(recurrences) != 1 or not isinstance(recurrences[0], dict):
        raise refuse(name, given, "write {recurrences: [{rrule, start, timezone}]} with exactly one")
    (item,) = recurrences
    if not set(item) <= {"rrule", "start", "timezone"} or not isinstance(item.get("rrule"), str):
        raise refuse(name, item, "a recurrence is {rrule, start, timezone}")
    zone = item.get("timezone") or "UTC"
    _zone("timezone", zone)
    try:
        start = datetime.fromisoformat(item["start"]) if item.get("start") else datetime.now(UTC)
        parsed(item["rrule"], start.replace(tzinfo=None, microsecond=0), zone)
    except InvalidSchedule as error:
        raise refuse("rrule", item["rrule"], str(error)) from None
    except (TypeError, ValueError):
        raise refuse("start", item.get("start"), "write YYYY-MM-DDThh:mm:ss") from None
    if re.search(r"FREQ=(HOURLY|MINUTELY|SECONDLY)", item["rrule"].upper()):
        raise refuse("rrule", item["rrule"], "a custom schedule is daily or rarer")


def _only_synthetics(check: Check, default: int | None = None) -> Check:
    """``check`` for synthetic tests; of other monitors nothing but the default, which changes nothing."""

    def checked(name: str, value: Any, query: MonitorQuery) -> Any:
        if getattr(query, "kind", "") == "synthetics alert" or (default is not None and value == default):
            return check(name, value, query)
        raise refuse(name, value, "it is an option of synthetic tests alone")

    return checked


def _samples(name: str, value: Any, query: MonitorQuery) -> bool:
    wanted = _boolean(name, value, query)
    try:
        logs = name == "enable_logs_sample" and bool(log_searches(query))
    except ValueError as error:
        raise bad_request(f"The variables of the formula cannot be read: {error}") from None
    if wanted and not logs and not isinstance(query, UnsupportedQuery):
        raise refuse(name, value, "samples are those of the logs of log alerts")
    return wanted


def _simple(name: str, value: Any, query: MonitorQuery) -> bool:
    wanted = _boolean(name, value, query)
    if wanted and isinstance(query, CheckQuery):
        raise refuse(name, value, "it is an option of searches; use notify_by")
    return wanted


def _restriction(name: str, value: Any, query: MonitorQuery) -> str:
    if not reads_logs(query):
        raise refuse(name, value, "only monitors of logs have one")
    return checked_query(value)


def _any(_: str, value: Any, __: MonitorQuery) -> Any:
    return value


OPTIONS: Mapping[str, Option] = {
    "aggregation": Option(
        _aggregation,
        "Kept and shown: old log monitors say here what their query says.",
    ),
    "enable_logs_sample": Option(_samples, "Up to 10 of the logs that were found are in the notification."),
    "enable_samples": Option(_samples, "Kept of kinds whose data are not here; true is refused elsewhere."),
    "escalation_message": Option(_text, "Follows the message in renotifications; its handles are notified."),
    "evaluation_delay": Option(_whole(0, 86_400), "The window ends so many seconds ago."),
    "group_retention_duration": Option(
        _retention, "Groups without data are dropped after `60m` to `72h`; else after 24 h."
    ),
    "groupby_simple_monitor": Option(_simple, 'One notification for all groups, as `notify_by: ["*"]`.'),
    "include_tags": Option(_boolean, "The tags of the group are in the title."),
    "locked": Option(_boolean, "Only the creator and administrators may edit, mute or delete the monitor."),
    "new_group_delay": Option(
        _whole(0, 86_400),
        "A new group is evaluated when it is so many seconds old.",
    ),
    "new_host_delay": Option(
        _whole(0, 86_400),
        "Of monitors by host: a host that appears while the monitor runs is evaluated so many seconds later.",
    ),
    "no_data_timeframe": Option(_whole(0, 43_200), "Minutes until No Data, with `notify_no_data`."),
    "notification_preset_name": Option(_one_of(*PRESETS), "What notifications show beside the message."),
    "notify_audit": Option(
        _boolean, "Those the message mentions, and the creator, hear of edits, mutes and the deletion."
    ),
    "notify_by": Option(_keys, "One notification for the groups that share these tags; `*`: for all groups."),
    "notify_no_data": Option(_boolean, "No Data is notified; excludes `on_missing_data`."),
    "on_missing_data": Option(_one_of(*ON_MISSING), "What a group without data is."),
    "renotify_interval": Option(_whole(0, 43_200), "Notifies again after so many minutes in the same state."),
    "renotify_occurrences": Option(_whole(0, 1_000), "How many times it notifies again; 0: no limit."),
    "renotify_statuses": Option(_statuses, "The states in which it notifies again: alert, no data, warn."),
    "require_full_window": Option(_boolean, "Evaluated only where data span the window."),
    "restriction_query": Option(
        _restriction,
        "Of monitors of logs: logs that do not match this search are not seen. Set from the restriction "
        "queries of whoever saves the monitor, if they may read some logs only.",
    ),
    "scheduling_options": Option(
        _scheduling,
        "`custom_schedule`: evaluated at the times of an RRULE alone, each time that is not OK notifies; "
        "`evaluation_window`: when cumulative windows begin.",
    ),
    "silenced": Option(_silenced, "Muted scopes with the time they end."),
    "threshold_windows": Option(_windows, "Of anomalies: how long until alert, how long until recovery."),
    "thresholds": Option(_any, "Numbers that the value is compared with; see below."),
    "timeout_h": Option(_whole(0, 24), "Resolves a group that has had no data for so many hours."),
    "variables": Option(_variables, "The queries that a formula names."),
    "min_failure_duration": Option(
        _only_synthetics(_whole(0, 7_200), default=0),
        "Of synthetic tests: seconds for which a test fails before it alerts. Changed with the test.",
    ),
    "min_location_failed": Option(
        _only_synthetics(_whole(1, 1_000), default=1),
        "Of synthetic tests, which run at one location: 1 in effect. Changed with the test.",
    ),
    "device_ids": Option(
        _only_synthetics(_any), "Stored of synthetic tests; devices are those of browser tests."
    ),
    "synthetics_check_id": Option(
        _only_synthetics(_any), "The public id of the synthetic test whose state the monitor has."
    ),
}
"""What is not here is refused, unless it is one of :data:`LEFTOVERS`."""

#: Rejected thresholds, with the reason.
REFUSED_THRESHOLDS: Mapping[str, str] = {
    "critical_query": "thresholds that are queries are not evaluated here",
    "critical_recovery_query": "thresholds that are queries are not evaluated here",
}
THRESHOLDS = ("critical", "warning", "ok", "unknown", "critical_recovery", "warning_recovery")
OBJECTS = frozenset({"thresholds", "threshold_windows", "silenced", "scheduling_options", "aggregation"})
"""Options that are objects. An empty one may be an empty list: PHP writes its empty arrays so."""
NULLABLE = frozenset({
    "evaluation_delay", "new_group_delay", "new_host_delay", "no_data_timeframe", "renotify_interval",
    "renotify_occurrences", "renotify_statuses", "timeout_h", "min_failure_duration", "min_location_failed",
    "synthetics_check_id",
})  # fmt: skip


def checked_values(given: Mapping[str, Any], query: MonitorQuery) -> dict[str, Any]:
    """Validate every option. Raises a 400 for the first invalid or unknown one."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in LEFTOVERS:
            continue
        option = OPTIONS.get(name)
        if option is None:
            raise bad_request(f"There is no option '{name[:80]}' of monitors; there are {', '.join(OPTIONS)}")
        if name in OBJECTS and value == []:
            value = {}
        if value is None or value == "":
            if name in NULLABLE:
                found[name] = None
            continue
        found[name] = option.check(name, value, query)
    return found
