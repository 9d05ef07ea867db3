"""Parser of times in requests: ISO-8601, UNIX milliseconds, ``now`` and ``now-15m``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_SPANS = {
    "s": 1,
    "m": 60,
    "h": 3_600,
    "d": 86_400,
    "w": 604_800,
    "M": 30 * 86_400,
    "mo": 30 * 86_400,
    "y": 365 * 86_400,
}
_MATH = re.compile(r"now(?:\s*([+-])\s*(\d{1,9})\s*(mo|[smhdwMy]))?")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?")
#: Times that the store can represent, UNIX seconds; others are clamped.
_LAST = 2.0**32 - 1


def request_time(value: str | int | float, now: float, zone: tzinfo = UTC) -> float:
    """Parse ``value`` as UNIX seconds, in ``zone`` if it has none.

    Raises ``ValueError`` naming the expected format.
    """
    text = str(value).strip()
    math = _MATH.fullmatch(text)
    if math is not None:
        sign, count, unit = math.groups()
        return _kept(now + (int(f"{sign}{count}") * _SPANS[unit] if unit else 0))
    if re.fullmatch(r"-?\d{1,16}(\.\d+)?", text, re.ASCII):
        return _kept(float(text) / 1000)
    try:
        # An unencoded + in a URL is decoded as a space.
        moment = datetime.fromisoformat(re.sub(r"(T[\d:.]+) (\d\d:?\d\d)$", r"\1+\2", text))
        return _kept((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"'{text[:50]}' is not a time: expected ISO-8601, UNIX milliseconds, or 'now-15m'"
        ) from error


def _kept(seconds: float) -> float:
    return min(max(seconds, 0.0), _LAST)


def zone_of(name: str) -> tzinfo:
    """Parse ``Europe/Paris``, ``UTC``, ``UTC+2``, ``+05:30``. Raises ``ValueError``."""
    offset = _OFFSET.fullmatch(name)
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    try:
        if offset is None:
            return ZoneInfo(name)
        sign, hours, minutes = offset.groups()
        return timezone(timedelta(minutes=int(f"{sign}1") * (int(hours) * 60 + int(minutes or 0))))
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"'{name[:50]}' is not a time zone: expected one such as Europe/Paris, UTC or UTC+2"
        ) from error


def iso(seconds: float) -> str:
    """Format UNIX seconds for responses: ISO-8601 with milliseconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
