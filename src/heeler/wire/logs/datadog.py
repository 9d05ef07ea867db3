"""Decoder of logs in all formats that clients send (JSON object, list, lines of JSON, plain text) to one
form.

The envelope's keys become fields (``message``, ``status``, ``service``, ``ddsource``, ``hostname``,
``ddtags``, ``timestamp``), all others attributes. A message that is a JSON object is merged into the
attributes, dotted keys are expanded to objects, and the reserved fields are set from the first candidate that
exists (:mod:`heeler.wire.logs.reserved`): values set by the application take precedence over those of the
shipper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_LOGS, MAX_TAGS, check_count, check_json
from heeler.wire.json_codec import load
from heeler.wire.logs import key_layouts, reserved
from heeler.wire.logs.reserved import find, status_of, text_of, time_ns, trace_of
from heeler.wire.metrics.series import PayloadError
from heeler.wire.normalize import tag_set

MAX_MESSAGE_BYTES = 1_000_000
TRUNCATED = "...TRUNCATED..."
#: Maximum nesting: deeper objects are values, as text: they are not searched, and recursion is bounded.
MAX_DEPTH = 20
_SOURCE_KEYS = ("ddsource", "source")
#: Keys of the envelope that shippers add around a line.
_ENVELOPE = ("hostname", "host", "service", "status", "timestamp", "date")


def _roots(paths: tuple[str, ...]) -> frozenset[str]:
    """First keys of the paths ``paths``: checking them at once is faster than each path."""
    return frozenset(path.partition(".")[0] for path in paths) | frozenset(paths)


_DATE_ROOTS, _STATUS_ROOTS = _roots(reserved.DATE_KEYS), _roots(reserved.STATUS_KEYS)
_ROOTS: dict[tuple[str, ...], frozenset[str]] = {
    keys: _roots(keys) for keys in (reserved.HOST_KEYS, reserved.SERVICE_KEYS)
}


class LogEntry(msgspec.Struct):
    """One log. ``time`` is UNIX nanoseconds; ids are 0 if it belongs to no trace. ``attributes`` are nested
    objects. ``dated``: the time is the client's own, not that of receipt.
    """

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
    dated: bool = False
    index: str = ""


def decode(body: bytes, content_type: str, query: Mapping[str, str], now_ns: int) -> list[LogEntry]:
    """All logs of a request in order; ``query`` has defaults (``ddsource``, ``ddtags``, ``hostname``,
    ``service``).

    ``{}``, with which agents probe the endpoint, is not a log. Raises :class:`PayloadError` for invalid JSON.
    """
    documents = documents_of(body, content_type)
    return [entry_of(one, query, now_ns) for one in documents if one not in ({}, "")]


def documents_of(body: bytes, content_type: str) -> list[Any]:
    """JSON values or lines of text of a body. Raises :class:`PayloadError`."""
    documents = _documents(body, content_type)
    check_count(len(documents), MAX_LOGS, "logs")
    return documents


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
    """One JSON object a line; else lines of text for a plain request, and an error for a JSON request."""
    check_json(body)
    lines = [line for line in body.splitlines() if line.strip()]
    check_count(len(lines), MAX_LOGS, "logs")
    found = []
    for line in lines:
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            if "json" in content_type:
                raise PayloadError(f"The body is neither JSON nor lines of JSON. {error}") from None
            return [one.decode("utf-8", "replace") for one in lines]
    return found


def entry_of(document: Any, query: Mapping[str, str], now_ns: int) -> LogEntry:
    """One log from a JSON value or a line of text."""
    usual = key_layouts.read(document, now_ns) if type(document) is dict else None
    if usual is not None:
        return _usual_entry(usual, query, now_ns)
    fields = dict(document) if isinstance(document, dict) else {"message": text_of(document)}
    source = text_of(_take(fields, _SOURCE_KEYS)) or query.get("ddsource", "")
    tags = split_tags(fields.pop("ddtags", None)) + split_tags(query.get("ddtags"))
    message = text_of(_take(fields, reserved.MESSAGE_KEYS))
    message, fields, inner = _unfold(message, fields)
    shipped = {
        key: fields.pop(key) for key in _ENVELOPE if key in fields and _is_reserved(key, fields[key], now_ns)
    }
    entry = LogEntry(
        message=_cut(message), time=now_ns, source=source[:MAX_FIELD], tags=tag_set(tags[:MAX_TAGS])
    )
    entry.attributes = expanded({**fields, **inner} if inner else fields)
    _fill(entry, shipped, query, now_ns)
    return entry


def _usual_entry(usual: key_layouts.Fields, query: Mapping[str, str], now_ns: int) -> LogEntry:
    high, low, span = usual.ids
    return LogEntry(
        _cut(usual.message),
        now_ns if usual.time is None else usual.time,
        usual.status or "info",
        (usual.service or query.get("service", ""))[:MAX_FIELD],
        (usual.host or query.get("hostname", ""))[:MAX_HOST],
        (usual.source or query.get("ddsource", ""))[:MAX_FIELD],
        _tags_of(usual.tags, query.get("ddtags")),
        usual.attributes,
        low,
        high,
        span,
        usual.time is not None,
    )


def _tags_of(text: str, of_query: str | None) -> tuple[str, ...]:
    if not text and not of_query:
        return ()
    return tag_set((split_tags(text) + split_tags(of_query))[:MAX_TAGS])


def _is_reserved(key: str, value: Any, now_ns: int) -> bool:
    """Whether the value of a reserved field has a valid type; otherwise it is an attribute."""
    if key in ("timestamp", "date"):
        return time_ns(value, now_ns) is not None
    if key == "status":
        return status_of(value) is not None
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _fill(entry: LogEntry, shipped: Mapping[str, Any], query: Mapping[str, str], now_ns: int) -> None:
    """Fill reserved fields from the line's own attributes, else its shipper's envelope, else defaults."""
    attributes = entry.attributes
    for fields in (attributes, shipped):
        if not entry.dated:
            entry.time, entry.dated = _date(fields, now_ns)
        entry.host = entry.host or _text(fields, reserved.HOST_KEYS)
        entry.service = entry.service or _text(fields, reserved.SERVICE_KEYS)
    entry.status = _status(attributes) or _status(shipped) or "info"
    entry.host = (entry.host or query.get("hostname", ""))[:MAX_HOST]
    entry.service = (entry.service or query.get("service", ""))[:MAX_FIELD]
    entry.trace_high, entry.trace_id, entry.span_id = trace_of(entry.message, attributes)


def _status(fields: Mapping[str, Any]) -> str | None:
    if _STATUS_ROOTS.isdisjoint(fields):
        return None
    statuses = (status_of(find(fields, key)) for key in reserved.STATUS_KEYS)
    return next((status for status in statuses if status), None)


def _date(fields: Mapping[str, Any], now_ns: int) -> tuple[int, bool]:
    if _DATE_ROOTS.isdisjoint(fields):
        return now_ns, False
    for key in reserved.DATE_KEYS:
        value = find(fields, key)
        found = None if value is None else time_ns(value, now_ns)
        if found is not None:
            return found, True
    return now_ns, False


def _unfold(message: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    """The message, the envelope's fields and, if the message is a JSON object, that object's."""
    if not (message.startswith("{") and message.rstrip().endswith("}")):
        return message, fields, None
    try:
        inner = orjson.loads(message)
    except orjson.JSONDecodeError:
        return message, fields, None
    own = text_of(_take(inner, reserved.MESSAGE_KEYS))
    return own or message, fields, inner


def expanded(fields: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Expand dotted keys to nested objects; a key whose place is taken by a plain value stays dotted.

    A value without dotted keys is returned unchanged.
    """
    if "." in "\0".join(fields):
        return _expanded(fields, depth)
    tree = fields
    for key, value in fields.items():
        if type(value) is dict and depth < MAX_DEPTH:
            inner = expanded(value, depth + 1)
            if inner is not value:
                tree = dict(fields) if tree is fields else tree
                tree[key] = inner
    return tree


def _expanded(fields: dict[str, Any], depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in fields.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            value = expanded(value, depth + 1)
        if "." in key:
            _put_path(tree, key, value)
        else:
            _put(tree, key, value)
    return tree


def _put_path(tree: dict[str, Any], path: str, value: Any) -> None:
    *groups, last = path.split(".")
    place = tree
    if not all((*groups, last)) or len(groups) > MAX_DEPTH:
        tree[path] = value
        return
    for group in groups:
        inner = place.setdefault(group, {})
        if not isinstance(inner, dict):
            tree[path] = value
            return
        place = inner
    _put(place, last, value)


def _put(place: dict[str, Any], key: str, value: Any) -> None:
    known = place.get(key)
    if isinstance(known, dict) and isinstance(value, dict):
        for inner, one in value.items():
            _put(known, inner, one)
    else:
        place[key] = value


def _take(fields: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Remove and return the first existing of ``keys``."""
    for key in keys:
        if fields.get(key) not in (None, ""):
            return fields.pop(key)
    return None


def _text(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    if _ROOTS[keys].isdisjoint(fields):
        return ""
    for key in keys:
        value = find(fields, key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return text_of(value)
    return ""


def split_tags(value: Any) -> list[str]:
    """Tags of a list, or of comma-separated text."""
    if isinstance(value, list):
        return [text_of(one) for one in value]
    return [one.strip() for one in text_of(value).split(",") if one.strip()]


def _cut(message: str) -> str:
    if len(message) * 4 <= MAX_MESSAGE_BYTES:
        return message
    raw = message.encode("utf-8", "replace")
    if len(raw) <= MAX_MESSAGE_BYTES:
        return message
    return raw[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore") + TRUNCATED
