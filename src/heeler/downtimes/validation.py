"""Validation of request values shared by both API versions, with coercion of texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from heeler.api.errors import bad_request
from heeler.api.text_limits import bounded_tags

END_TYPES = ("canceled", "expired")
END_STATES = ("alert", "no data", "warn")
DEFAULT_END_TYPES = ["expired"]
DEFAULT_END_STATES = ["alert", "no data", "warn"]
MAX_MOMENT = 253_402_300_799
"""The end of the year 9999; later times cannot be represented as a date."""


def whole(name: str, value: Any) -> int:
    try:
        return int(float("" if isinstance(value, bool) else value))
    except (TypeError, ValueError, OverflowError):
        raise bad_request(f"{name} is {value!r}; write a whole number") from None


def moment(name: str, value: Any) -> float:
    """Validate a time in UNIX seconds."""
    seconds = whole(name, value)
    if not 0 <= seconds <= MAX_MOMENT:
        raise bad_request(f"{name} is {value!r}; write UNIX time in seconds")
    return float(seconds)


def refuse_past(end: float | None, now: float) -> None:
    """Raise a 400 for a downtime that has already ended; ``end`` is None if it has none."""
    if end is not None and end <= now:
        raise bad_request("Downtime cannot be scheduled in the past: its end is over")


def boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in ("true", "false"):
        return str(value).strip().lower() == "true"
    raise bad_request(f"{name} is {value!r}; write true or false")


def zone(value: Any) -> str:
    """Validate the name of a time zone."""
    name = value if isinstance(value, str) else repr(value)
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise bad_request(f"Invalid timezone '{name}': write a name such as Europe/Dublin or UTC") from None
    return name


def words(name: str, value: Any, allowed: Iterable[str]) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not all(item in tuple(allowed) for item in given):
        raise bad_request(f"{name} is {value!r}; write a list of {', '.join(allowed)}")
    return list(dict.fromkeys(given))


def tags(name: str, value: Any) -> list[str]:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise bad_request(f"{name} is {value!r}; write a list of tags")
    return [item.strip() for item in bounded_tags(name, given) if item.strip()] or ["*"]
