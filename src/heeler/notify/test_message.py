"""Sample content of test messages: a group with a value beyond its threshold."""

from __future__ import annotations

from typing import Any

from heeler.api.errors import bad_request
from heeler.notify.message import Content

GROUP = "env:prod,host:web-1"
_KINDS = {"Alert": "alert", "Warn": "warning", "No Data": "nodata", "OK": "ok"}
_TRANSITIONS = {"Alert": "Triggered", "Warn": "Warn", "No Data": "No Data", "OK": "Recovered"}
_VALUES = {"Alert": "97.3 %", "Warn": "86.1 %", "No Data": "none", "OK": "41.7 %"}
_TEST_MONITOR = 2**31 - 1
"""Placeholder for the monitor in deduplication keys, so that a test's recovery closes what the test
opened."""


def sample_content(state: str, url: str, now: float) -> Content:
    """Sample content for ``state``: Alert, Warn, No Data or OK. Raises a 400 for any other."""
    if state not in _KINDS:
        raise bad_request(f"Invalid state: {state[:50]!r}. Expected one of {', '.join(_KINDS)}")
    word = _TRANSITIONS[state]
    return Content(
        title=f"[TEST] [P3] [{word} on {{{GROUP}}}] CPU usage is high",
        body="This is a test of this destination. Nothing is wrong.",
        kind=_KINDS[state],
        facts=(
            ("State", f"{'Alert' if state == 'OK' else 'OK'} → {state}"),
            ("Group", GROUP),
            ("Value", _VALUES[state]),
            ("Threshold", "alert > 90 %, warning > 80 %"),
        ),
        link=f"{url}/monitors",
        tags=tuple(GROUP.split(",")),
        monitor_id=_TEST_MONITOR,
        group=GROUP,
        priority=3,
        transition=word,
        time=now,
    )


def sample_variables(content: Content) -> dict[str, Any]:
    """Webhook variables of the test message."""
    when = int(content.time * 1000)
    types = {"alert": "error", "warning": "warning", "nodata": "error", "ok": "success"}
    return {
        "ID": when, "ALERT_ID": content.monitor_id, "ALERT_TITLE": content.title,
        "ALERT_STATUS": content.body, "ALERT_QUERY": "avg(last_5m):avg:system.cpu.user{*} by {host} > 90",
        "ALERT_SCOPE": content.group, "ALERT_METRIC": "system.cpu.user", "ALERT_PRIORITY": "P3",
        "ALERT_TRANSITION": content.transition, "ALERT_TYPE": types[content.kind],
        "ALERT_CYCLE_KEY": content.key, "AGGREG_KEY": content.key, "DATE": when, "DATE_POSIX": when // 1000,
        "LAST_UPDATED": when, "LAST_UPDATED_POSIX": when // 1000, "EVENT_TITLE": content.title,
        "EVENT_MSG": content.body, "EVENT_TYPE": "query_alert_monitor", "TEXT_ONLY_MSG": content.body,
        "HOSTNAME": "web-1", "LINK": content.link, "PRIORITY": "normal", "ORG_ID": 1, "ORG_NAME": "Heeler",
        "SNAPSHOT": "", "TAGS": content.group,
    }  # fmt: skip
