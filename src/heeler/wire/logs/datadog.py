"""Logs as every client sends them: a JSON object, a list, lines of JSON, plain text; to one form.

Reserved keys become fields (``message``, ``status``, ``service``, ``ddsource``, ``hostname``, ``ddtags``,
``timestamp``), all others attributes. A message that is a JSON object is read into attributes as well. The
trace that a log belongs to is found in its attributes, or in its text as tracers write it there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from heeler.wire.json_codec import load
from heeler.wire.metrics.series import PayloadError
from heeler.wire.normalize import tag_set

MAX_MESSAGE_BYTES = 1_000_000
MAX_ENTRIES = 1000
TRUNCATED = "...TRUNCATED..."
_EARLIEST, _LATEST = 0, 4_102_444_800_000
_STATUSES = {
    "emergency": ("emerg", "emergency", "panic", "fatal emergency"),
    "alert": ("alert", "a"),
    "critical": ("crit", "critical", "fatal", "c", "f", "severe"),
    "error": ("err", "error", "e", "exception"),
    "warn": ("warn", "warning", "w"),
    "notice": ("notice", "n"),
    "info": ("info", "information", "informational", "i", ""),
    "debug": ("debug", "trace", "verbose", "d", "fine", "finer", "finest"),
    "ok": ("ok", "success", "o", "s"),
}
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words}
_BY_SEVERITY = ("emergency", "alert", "critical", "error", "warn", "notice", "info", "debug")

_MESSAGE_KEYS = ("message", "msg", "log")
_STATUS_KEYS = ("status", "severity", "level", "levelname", "syslog.severity")
_SERVICE_KEYS = ("service", "dd.service", "syslog.appname")
_HOST_KEYS = ("hostname", "host", "syslog.hostname")
_SOURCE_KEYS = ("ddsource", "source")
_TIME_KEYS = ("timestamp", "date", "@timestamp", "_timestamp", "published_date", "syslog.timestamp")
_TRACE_KEYS = ("dd.trace_id", "trace_id", "otel.trace_id", "contextMap.dd.trace_id")
_SPAN_KEYS = ("dd.span_id", "span_id", "otel.span_id", "contextMap.dd.span_id")
_INJECTED = re.compile(r"\bdd\.(trace_id|span_id)[=:]\s*\"?([0-9a-fA-F]{1,32})\b")
_LEVEL_IN_TEXT = re.compile(
    r"(?<![\w-])(EMERGENCY|ALERT|CRITICAL|FATAL|ERROR|WARN(?:ING)?|NOTICE|INFO|DEBUG|TRACE)(?![\w-])"
)


class LogEntry(msgspec.Struct):
    """One log. ``time`` is UNIX milliseconds; ids are 0 where it belongs to no trace."""

    message: str
    time: int
    status: str = "info"
    service: str = ""
    host: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    attributes: dict[str, Any] = {}
    trace_id: int = 0
    trace_high: int = 0
    span_id: int = 0


def decode(body: bytes, content_type: str, query: Mapping[str, str], now_ms: int) -> list[LogEntry]:
    """Every log of a request; ``query`` holds defaults (``ddsource``, ``ddtags``, ``hostname``, ``service``).

    ``{}``, by which agents try the way, is no log. Raises :class:`PayloadError` for JSON that is none.
    """
    documents = _documents(body, content_type)
    if len(documents) > 10 * MAX_ENTRIES:
        raise PayloadError(f"{len(documents)} logs in one request; send at most {MAX_ENTRIES}")
    return [entry_of(one, query, now_ms) for one in documents if one not in ({}, "")]


def _documents(body: bytes, content_type: str) -> list[Any]:
    stripped = body.strip()
    if not stripped:
        return []
    looks_json = stripped[:1] in (b"{", b"[")
    if "json" not in content_type and not looks_json:
        return stripped.decode("utf-8", "replace").splitlines()
    try:
        document = load(stripped)
    except PayloadError as error:
        return _lines(stripped, content_type, error)
    return document if isinstance(document, list) else [document]


def _lines(body: bytes, content_type: str, error: Exception) -> list[Any]:
    """One JSON object a line; where it is not that either, text of plain requests and an error of JSON."""
    lines = [line for line in body.splitlines() if line.strip()]
    found = []
    for line in lines:
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            if "json" in content_type:
                raise PayloadError(f"The body is neither JSON nor lines of JSON. {error}") from None
            return [one.decode("utf-8", "replace") for one in lines]
    return found


def entry_of(document: Any, query: Mapping[str, str], now_ms: int) -> LogEntry:
    """One log from a JSON value or a line of text."""
    fields = dict(document) if isinstance(document, dict) else {"message": _text(document)}
    message = _text(_take(fields, _MESSAGE_KEYS))
    source, host = _text(_take(fields, _SOURCE_KEYS)), _text(_take(fields, _HOST_KEYS))
    tags = _tags(fields.pop("ddtags", None)) + _tags(query.get("ddtags"))
    message, fields = _unfold(message, fields)
    service = _text(_take(fields, _SERVICE_KEYS))
    status = _first(fields, _STATUS_KEYS)
    trace_high, trace_id, span_id = trace_of(message, fields)
    return LogEntry(
        message=_cut(message),
        time=_time(_take(fields, _TIME_KEYS), now_ms),
        status=status_of(status, message),
        service=service or _find(fields, ("dd.service",)) or query.get("service", ""),
        host=host or query.get("hostname", ""),
        source=source or query.get("ddsource", ""),
        tags=tag_set(tags),
        attributes={key: value for key, value in fields.items() if key != "status"},
        trace_id=trace_id,
        trace_high=trace_high,
        span_id=span_id,
    )


def _unfold(message: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A message that is a JSON object gives its keys as attributes and, where it has one, its own message."""
    if not (message.startswith("{") and message.rstrip().endswith("}")):
        return message, fields
    try:
        inner = orjson.loads(message)
    except orjson.JSONDecodeError:
        return message, fields
    own = _text(_take(inner, _MESSAGE_KEYS))
    # What the application says of itself is more than what the shipper assumed.
    return own or message, {**fields, **inner}


def trace_of(message: str, fields: Mapping[str, Any]) -> tuple[int, int, int]:
    """Upper half, lower half of the trace id and the span id; zeros where there is none.

    Ids come as 32 hex digits, as 16 hex digits or as a decimal number, in attributes or, as tracers inject
    them, in the text: ``dd.trace_id=... dd.span_id=...``.
    """
    trace, span = _find(fields, _TRACE_KEYS), _find(fields, _SPAN_KEYS)
    if not trace:
        injected = dict(_INJECTED.findall(message))
        trace, span = injected.get("trace_id", ""), span or injected.get("span_id", "")
    high, low = _split(trace)
    return high, low, _split(span)[1] if low else 0


def _split(text: str) -> tuple[int, int]:
    text = text.strip().lower()
    try:
        whole = int(text) if text.isdigit() and len(text) <= 20 else int(text or "0", 16)
    except ValueError:
        return 0, 0
    return (whole >> 64) & 0xFFFFFFFFFFFFFFFF, whole & 0xFFFFFFFFFFFFFFFF


def status_of(status: Any, message: str = "") -> str:
    """A status word for what a client wrote: a word, a letter, a syslog number; else by the text's level."""
    if isinstance(status, int | float) and not isinstance(status, bool):
        return _BY_SEVERITY[int(status)] if 0 <= status <= 7 else "info"
    word = _text(status).strip().lower()
    if word.isdigit() and int(word) <= 7:
        return _BY_SEVERITY[int(word)]
    known = _STATUS_OF.get(word) if word else None
    if known and known != "info":
        return known
    in_text = _LEVEL_IN_TEXT.search(message[:500])
    return _STATUS_OF[in_text.group(1).lower()] if in_text else known or "info"


def _take(fields: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The first of ``keys`` that is there, removed."""
    for key in keys:
        if fields.get(key) not in (None, ""):
            return fields.pop(key)
    return None


def _first(fields: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((fields[key] for key in keys if fields.get(key) not in (None, "")), None)


def _find(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """The first of dotted ``keys``, written flat or nested."""
    for key in keys:
        value: Any = fields.get(key)
        if value is None and "." in key:
            value = fields
            for step in key.split("."):
                value = value.get(step) if isinstance(value, Mapping) else None
        if value not in (None, "", 0, "0"):
            return _text(value)
    return ""


def _tags(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(one) for one in value]
    return [one.strip() for one in _text(value).split(",") if one.strip()]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def _time(value: Any, now_ms: int) -> int:
    """UNIX milliseconds of a number (seconds, milliseconds or finer) or an ISO date; now for others."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            value = float(value) if value.replace(".", "", 1).isdigit() else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not _EARLIEST < value < 1e20:
        return now_ms
    while value > _LATEST:
        value /= 1000
    milliseconds: float = value * 1000 if value < _LATEST / 1000 else value
    return round(milliseconds)


def _cut(message: str) -> str:
    if len(message) * 4 <= MAX_MESSAGE_BYTES:
        return message
    raw = message.encode("utf-8", "replace")
    if len(raw) <= MAX_MESSAGE_BYTES:
        return message
    return raw[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore") + TRUNCATED
