"""Evaluation windows of monitors: rolling (``last_5m``) and cumulative (``current_1d``). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from heeler.monitors.errors import InvalidQuery

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000}
_WINDOW = re.compile(r"(last|next)_(\d{1,6})(mo|m|h|d|w)")
CUMULATIVE = {"current_1h": 3600, "current_1d": 86400, "current_1w": 604800, "current_1mo": 31 * 86400}
"""Windows that restart each hour, day, week (on Monday) or month, with their maximum length in seconds."""


def window_seconds(text: str) -> int:
    """Parse ``last_5m`` (also ``next_1w``, or the bare ``5m`` of searches) as seconds; for cumulative windows
    their maximum length.
    """
    text = text.strip()
    if text in CUMULATIVE:
        return CUMULATIVE[text]
    found = _WINDOW.fullmatch(text if "_" in text else f"last_{text}")
    if found is None or not int(found[2]):
        raise InvalidQuery(f"invalid time window '{text}': write for example last_5m, last_1h or last_1d")
    return int(found[2]) * _UNITS[found[3]]


def cumulative_of(text: str) -> str:
    """Name of a cumulative window; empty for a rolling one."""
    return text.strip() if text.strip() in CUMULATIVE else ""


def window_start(window: int, cumulative: str, options: Mapping[str, Any], end: float) -> float:
    """Start of the window that ends at ``end``, UNIX seconds: the latest start at or before it, by
    ``scheduling_options.evaluation_window`` (default: midnight UTC, minute 0, Monday, the first).
    """
    if not cumulative:
        return end - window
    given = (options.get("scheduling_options") or {}).get("evaluation_window") or {}
    zone = ZoneInfo(str(given.get("timezone") or "UTC"))
    local = datetime.fromtimestamp(end, zone).replace(tzinfo=None)
    if cumulative == "current_1h":
        begun = local.replace(minute=int(given.get("hour_starts") or 0), second=0, microsecond=0)
        # Elapsed time, not wall-clock time: an hour repeated by a DST change counts as two.
        seconds = (local - begun).total_seconds()
        return end - (seconds if seconds >= 0 else seconds + 3600)
    hour, minute = (int(part) for part in str(given.get("day_starts") or "00:00").split(":"))
    begun = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if cumulative == "current_1w":
        begun -= timedelta(days=begun.weekday())
    if cumulative == "current_1mo":
        begun = begun.replace(day=int(given.get("month_starts") or 1))
    if begun > local:
        begun = _before(begun, cumulative)
    return begun.replace(tzinfo=zone).timestamp()


def _before(begun: datetime, cumulative: str) -> datetime:
    if cumulative == "current_1mo":
        return (begun.replace(day=1) - timedelta(days=1)).replace(day=begun.day)
    return begun - timedelta(days=7 if cumulative == "current_1w" else 1)
