"""Times as requests write them: ISO-8601, UNIX milliseconds, ``now`` and ``now-15m``."""

from __future__ import annotations

import re
from datetime import UTC, datetime

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


def request_time(value: str | int | float, now: float) -> float:
    """UNIX seconds of ``value``. Raises ``ValueError`` that says what is expected."""
    text = str(value).strip()
    math = _MATH.fullmatch(text)
    if math is not None:
        sign, count, unit = math.groups()
        return now + (int(f"{sign}{count}") * _SPANS[unit] if unit else 0)
    if re.fullmatch(r"-?\d{1,16}(\.\d+)?", text):
        return float(text) / 1000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"'{text[:50]}' is not a time: expected ISO-8601, UNIX milliseconds, or 'now-15m'"
        ) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def iso(seconds: float) -> str:
    """UNIX seconds as answers write them: ISO-8601 with milliseconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
