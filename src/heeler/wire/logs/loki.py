"""Loki's push protocol: ``POST /loki/api/v1/push``, JSON or protobuf in a snappy block.

JSON: ``{"streams": [{"stream": {label: value}, "values": [["<nanoseconds>", "line", {metadata}?], ...]}]}``.
Protobuf: ``PushRequest{streams 1*{labels 1 string, entries 2*{timestamp 1 {seconds 1, nanos 2}, line 2,
structuredMetadata 3*{name 1, value 2}}}}``, whose labels are text such as ``{app="shop", level="info"}``.

Labels are tags, metadata are attributes. Service, status and host are found in the labels that shippers use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import MAX_LOGS, MAX_TAGS, check_count
from heeler.wire.json_codec import load_items
from heeler.wire.logs.datadog import LogEntry, entry_of
from heeler.wire.logs.reserved import LATEST_NS
from heeler.wire.metrics.series import PayloadError, short
from heeler.wire.normalize import tag_set

_SERVICE = ("service_name", "service", "app", "job")
_STATUS = ("level", "detected_level", "severity")
_HOST = ("host", "hostname", "node_name", "instance")
#: One label of a stream's text; quoted values have the escapes of Go strings.
_LABEL = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*(?:,|$)')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

Line = tuple[int, str, Mapping[str, Any]]
"""Nanoseconds (0 if absent), text, metadata."""


def decode_json(body: bytes, now_ns: int) -> list[LogEntry]:
    """Lines of a JSON body, in order. Raises ``PayloadError`` or ``LimitExceeded``."""
    found: list[LogEntry] = []
    for stream in load_items(body, "streams"):
        if not isinstance(stream, dict) or not isinstance(stream.get("values"), list):
            raise PayloadError(f"A stream needs the list values, not {short(stream)}")
        labels = stream.get("stream") or {}
        if not isinstance(labels, dict):
            raise PayloadError(f"A stream's labels are an object, not {short(labels)}")
        check_count(len(found) + len(stream["values"]), MAX_LOGS, "lines")
        found += _entries(
            {str(key): str(value) for key, value in labels.items()}, map(_line, stream["values"]), now_ns
        )
    return found


def _line(value: Any) -> Line:
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        raise PayloadError(
            f"A value is [nanoseconds, line] or [nanoseconds, line, metadata], not {short(value)}"
        )
    metadata = value[2] if len(value) == 3 and isinstance(value[2], dict) else {}
    if not isinstance(value[1], str):
        raise PayloadError(f"A line is text, not {short(value[1])}")
    try:
        return int(value[0]), value[1], metadata
    except (TypeError, ValueError, OverflowError):
        raise PayloadError(f"A time is in nanoseconds, not {short(value[0])}") from None


def decode_protobuf(body: bytes, now_ns: int) -> list[LogEntry]:
    """Like :func:`decode_json`, for a decompressed ``PushRequest``."""
    found: list[LogEntry] = []
    for number, _, value in pb.fields(body):
        if number != 1:
            continue
        labels, lines = "", list[Line]()
        for field, _, inner in pb.fields(pb.message(value)):
            if field == 1:
                labels = pb.text(inner)
            elif field == 2:
                check_count(len(found) + len(lines) + 1, MAX_LOGS, "lines")
                lines.append(_entry(pb.message(inner)))
        found += _entries(labels_of(labels), lines, now_ns)
    return found


def _entry(message: bytes) -> Line:
    time, line, metadata = 0, "", {}
    for number, _, value in pb.fields(message):
        if number == 1:
            parts = {key: pb.signed(one) for key, _, one in pb.fields(pb.message(value)) if key in (1, 2)}
            time = parts.get(1, 0) * 1_000_000_000 + parts.get(2, 0)
        elif number == 2:
            line = pb.text(value)
        elif number == 3:
            pair = {key: pb.text(one) for key, _, one in pb.fields(pb.message(value)) if key in (1, 2)}
            metadata[pair.get(1, "")] = pair.get(2, "")
    return time, line, metadata


def labels_of(text: str) -> dict[str, str]:
    """Parse ``{a="b", c="d"}``. Raises ``PayloadError`` with the position."""
    inner = text.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        raise PayloadError(f'Labels are written {{name="value"}}, not {short(text)}')
    inner, at, found = inner[1:-1].strip(), 0, {}
    while at < len(inner):
        label = _LABEL.match(inner, at)
        if label is None or label.end() == at:
            raise PayloadError(f"Labels cannot be read at {short(inner[at:])}")
        found[label[1]] = (
            label[3] if label[3] is not None else re.sub(r"\\(.)", _unescaped, label[2], flags=re.DOTALL)
        )
        at = label.end()
        check_count(len(found), MAX_TAGS, "labels of a stream")
    return found


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPES.get(escape[1], escape[1])


def _entries(labels: Mapping[str, str], lines: Iterable[Line], now_ns: int) -> list[LogEntry]:
    tags = tag_set([f"{key}:{value}" for key, value in labels.items()][:MAX_TAGS])

    def first(keys: tuple[str, ...]) -> str:
        return next((labels[key] for key in keys if labels.get(key)), "")

    defaults = {
        "service": first(_SERVICE),
        "hostname": first(_HOST),
        "ddsource": labels.get("source") or "loki",
    }
    status = first(_STATUS)
    found = []
    for time, line, metadata in lines:
        fields: dict[str, Any] = {"message": line, **metadata}
        if status:
            fields.setdefault("status", status)
        entry = entry_of(fields, defaults, now_ns)
        entry.tags = tags
        if 0 < time <= LATEST_NS:
            entry.time, entry.dated = time, True
        found.append(entry)
    return found
