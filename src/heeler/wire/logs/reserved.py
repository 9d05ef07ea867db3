"""Reserved attributes of a log: date, status and trace ids, parsed from the formats that clients send.

Candidates and their order are those of Datadog's documentation ("Preprocessing for JSON logs").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from heeler.wire.json_codec import dump

DATE_KEYS = (
    "@timestamp",
    "timestamp",
    "_timestamp",
    "Timestamp",
    "eventTime",
    "date",
    "published_date",
    "syslog.timestamp",
)
HOST_KEYS = ("host", "hostname", "syslog.hostname")
SERVICE_KEYS = ("service", "syslog.appname", "dd.service")
STATUS_KEYS = ("status", "severity", "level", "syslog.severity")
MESSAGE_KEYS = ("message", "msg", "log")
TRACE_KEYS = ("dd.trace_id", "contextMap.dd.trace_id", "named_tags.dd.trace_id", "trace_id", "otel.trace_id")
SPAN_KEYS = ("dd.span_id", "contextMap.dd.span_id", "named_tags.dd.span_id", "span_id", "otel.span_id")

_ID_ROOTS = frozenset(path.partition(".")[0] for path in (*TRACE_KEYS, *SPAN_KEYS)) | {
    *TRACE_KEYS,
    *SPAN_KEYS,
}

SEVERITIES = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")
#: Error statuses of logs.
FAILED = frozenset({"error", "critical", "alert", "emergency"})
#: Prefixes of status words, in lower case, and their status; the first match wins.
_BEGINNINGS = (
    ("emerg", "emergency"),
    ("f", "emergency"),
    ("a", "alert"),
    ("c", "critical"),
    ("e", "error"),
    ("w", "warn"),
    ("n", "notice"),
    ("i", "info"),
    ("d", "debug"),
    ("t", "debug"),
    ("v", "debug"),
    ("o", "ok"),
    ("s", "ok"),
)
_INJECTED = re.compile(r"\bdd\.(trace_id|span_id)[=:]\s*\"?([0-9a-fA-F]{1,32})\b")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)[.,](\d{1,9})\d*(.*)", re.DOTALL)
_RFC3164 = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBER = re.compile(r"\d{9,20}(\.\d+)?")
_SECOND = 1_000_000_000
#: The latest time that can be stored: the year 2262, as nanoseconds are 64 bits.
LATEST_NS = 2**63 - 1
#: Numbers up to this many seconds (the year 2100) are seconds; larger ones milliseconds, and so on.
_LATEST_SECONDS = 4_102_444_800


#: Characters of a word whose status is remembered.
_MAX_KNOWN_WORD = 32


def status_of(value: Any) -> str | None:
    """Status for a client's word or syslog severity; None if ``value`` is neither.

    A number from 0 to 7 is a syslog severity; a word is matched by prefix; any other is ``info``.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int | float):
        return SEVERITIES[int(value)] if value in range(8) else "info"
    return _status_of_word(value) if len(value) <= _MAX_KNOWN_WORD else _status(value)


def _status(text: str) -> str | None:
    word = text.strip().lower()
    if not word:
        return None
    if word.isascii() and word.isdigit():
        return SEVERITIES[int(word)] if len(word) < 3 and int(word) < 8 else "info"
    return next((status for begin, status in _BEGINNINGS if word.startswith(begin)), "info")


_status_of_word = lru_cache(1000)(_status)


def time_ns(value: Any, now_ns: int) -> int | None:
    """Parse a date as UNIX nanoseconds; None if invalid.

    A number is seconds, milliseconds, microseconds or nanoseconds by its magnitude; text is ISO 8601 (UTC
    without a zone), RFC 3164 (``Mar  4 05:06:07``, of the year before ``now_ns``) or a number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _of_whole(value)
    if isinstance(value, float):
        return _of_float(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return _of_float(float(text)) if "." in text else _of_whole(int(text))
    return _of_iso(text) or _of_rfc3164(text, now_ns)


def _of_whole(number: int) -> int | None:
    if number <= 0:
        return None
    unit = _SECOND
    while unit > 1 and number > _LATEST_SECONDS * (_SECOND // unit):
        unit //= 1000
    nanoseconds = number * unit
    return nanoseconds if nanoseconds <= LATEST_NS else None


def _of_float(number: float) -> int | None:
    if not 0 < number < 1e19:
        return None
    unit = _SECOND
    while unit > 1 and number > _LATEST_SECONDS * (_SECOND // unit):
        unit //= 1000
    whole = int(number)
    nanoseconds = whole * unit + round((number - whole) * unit)
    return nanoseconds if nanoseconds <= LATEST_NS else None


def _of_iso(text: str) -> int | None:
    found = _ISO.fullmatch(text)
    fraction = found.group(2).ljust(9, "0") if found else "0"
    try:
        moment = datetime.fromisoformat(found.group(1) + found.group(3).strip() if found else text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    nanoseconds = (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds * 1000 + int(fraction)
    return nanoseconds if 0 < nanoseconds <= LATEST_NS else None


def _of_rfc3164(text: str, now_ns: int) -> int | None:
    found = _RFC3164.fullmatch(text)
    if found is None or found.group(1) not in _MONTHS:
        return None
    now = datetime.fromtimestamp(now_ns / _SECOND, UTC)
    month = _MONTHS.index(found.group(1)) + 1
    day, hour, minute, second = (int(found.group(group)) for group in (2, 3, 4, 5))
    # East of UTC a year begins up to 14 hours earlier.
    for year in (now.year + 1, now.year, now.year - 1):
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
        if moment <= now + timedelta(days=1):
            return int(moment.timestamp()) * _SECOND
    return None


def find(fields: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path through nested objects, or under the whole path as one key; else None."""
    value: Any = fields.get(path)
    if value is not None or "." not in path:
        return value
    value = fields
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def trace_of(message: str, fields: Mapping[str, Any]) -> tuple[int, int, int]:
    """Upper half and lower half of the trace id, and the span id; zeros for none.

    Ids are 32 hex digits, 16 hex digits or a decimal number, in attributes or, as tracers inject them, in the
    text: ``dd.trace_id=... dd.span_id=...``.
    """
    high, low = 0, 0
    span = 0
    if not _ID_ROOTS.isdisjoint(fields):
        high, low = _first_id(fields, TRACE_KEYS)
        span = _first_id(fields, SPAN_KEYS)[1]
    if not low and "dd.trace_id" in message:
        injected = dict(_INJECTED.findall(message))
        high, low = id_halves(injected.get("trace_id", ""))
        span = span or id_halves(injected.get("span_id", ""))[1]
    return high, low, span if low else 0


def _first_id(fields: Mapping[str, Any], paths: tuple[str, ...]) -> tuple[int, int]:
    for path in paths:
        value = find(fields, path)
        if isinstance(value, str | int) and not isinstance(value, bool):
            halves = id_halves(str(value))
            if halves != (0, 0):
                return halves
    return 0, 0


def id_halves(text: str) -> tuple[int, int]:
    """Upper and lower 64 bits of a trace or span id; zeros if invalid."""
    text = text.strip().lower()
    if not text or len(text) > 39 or not text.isascii() or not text.isalnum():
        return 0, 0
    try:
        # 32 digits are hex; up to 20 decimal digits fit 64 bits, up to 39 fit 128.
        whole = int(text) if text.isdigit() and len(text) != 32 else int(text, 16)
    except ValueError:
        return 0, 0
    if whole >= 2**128:
        return 0, 0
    return whole >> 64, whole & 0xFFFFFFFFFFFFFFFF


def text_of(value: Any) -> str:
    """A value as text: JSON for objects and lists, empty for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return dump(value) if isinstance(value, dict | list) else str(value)
