"""Human-readable text of a downtime's recurrence. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from heeler.downtimes.model import Downtime

_UNITS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}


def repeats(downtime: Downtime, zone: str) -> str:
    """Text such as ``every week on Mon, Tue, 19:00 to 09:00, 5 times``; empty without recurrence."""
    if not downtime.recurrences:
        return ""
    given = downtime.recurrence
    if given is None or given.get("type") not in _UNITS:
        return "; ".join(
            f"{item['rrule']} from {item['start'].replace('T', ' ')} for {item['duration']}"
            for item in downtime.recurrences
        )
    unit, period = _UNITS[given["type"]], given.get("period") or 1
    words = f"every {unit}" if period == 1 else f"every {period} {unit}s"
    if given.get("week_days"):
        words += " on " + ", ".join(given["week_days"])
    if given.get("until_occurrences"):
        words += f", {given['until_occurrences']} times"
    if given.get("until_date"):
        until = datetime.fromtimestamp(given["until_date"], ZoneInfo(zone))
        words += f", until {until:%a} {until.day} {until:%b %Y, %H:%M}"
    return words
