"""Logs with usual keys: what each of their keys means is found once for all logs with the same keys.

A shape is usual if its keys are those of the envelope, each in one spelling, and others that no reserved
field is read from. Whether the values are usual too is for each log to tell; what is not is decoded as any
other log (:func:`heeler.wire.logs.datadog.entry_of`), to the same result.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from heeler.wire.logs import reserved
from heeler.wire.logs.reserved import status_of, time_ns, trace_of

#: Keys of a log, and characters of them, whose shape is remembered, and of tags that are split once.
MAX_KEYS, MAX_CHARACTERS, MAX_TAG_TEXT = 64, 2_000, 1_000
_SPELLINGS = {
    "source": ("ddsource", "source"),
    "tags": ("ddtags",),
    "message": reserved.MESSAGE_KEYS,
    "host": ("hostname", "host"),
    "service": ("service",),
    "status": ("status",),
    "date": ("timestamp", "date"),
}
_MESSAGE = list(_SPELLINGS).index("message")
_READ_FROM = frozenset(
    step
    for keys in (
        reserved.DATE_KEYS,
        reserved.HOST_KEYS,
        reserved.SERVICE_KEYS,
        reserved.STATUS_KEYS,
        reserved.TRACE_KEYS,
        reserved.SPAN_KEYS,
    )
    for path in keys
    for step in (path, path.partition(".")[0])
)


class Shape(NamedTuple):
    """Keys of the fields of a log, empty for none, and of its attributes."""

    source: str
    tags: str
    message: str
    host: str
    service: str
    status: str
    date: str
    attributes: tuple[str, ...]


class Fields(NamedTuple):
    """Fields of a log, as far as it has them; ``time`` is None for one without a date."""

    source: str
    tags: str
    message: str
    host: str
    service: str
    status: str
    time: int | None
    attributes: dict[str, Any]
    ids: tuple[int, int, int]


def shape_of(document: Mapping[str, Any]) -> Shape | None:
    """The shape of a log; None for an unusual one."""
    keys = tuple(document)
    if len(keys) > MAX_KEYS or sum(map(len, keys)) > MAX_CHARACTERS:
        return None
    return _known(keys)


@lru_cache(1000)
def _known(keys: tuple[str, ...]) -> Shape | None:
    left, found = list(keys), []
    for spellings in _SPELLINGS.values():
        used = [key for key in left if key in spellings]
        if len(used) > 1:
            return None
        found.append(used[0] if used else "")
        left = [key for key in left if key not in used]
    if not found[_MESSAGE] or any(key in _READ_FROM or "." in key for key in left):
        return None
    source, tags, message, host, service, status, date = found
    return Shape(source, tags, message, host, service, status, date, tuple(left))


def read(document: Mapping[str, Any], now_ns: int) -> Fields | None:
    """The fields of a log of a usual shape with usual values; None for any other."""
    shape = shape_of(document)
    if shape is None:
        return None
    texts = [document[key] if key else "" for key in shape[:6]]
    for place, text in enumerate(texts):
        if type(text) is not str or (not text and shape[place]):
            return None
    source, tags, message, host, service, status = texts
    if message[0] == "{" or len(tags) > MAX_TAG_TEXT:
        return None
    if shape.status:
        found = status_of(status)
        if found is None:
            return None
        status = found
    time = None
    if shape.date:
        time = time_ns(document[shape.date], now_ns)
        if time is None:
            return None
    attributes = {}
    for key in shape.attributes:
        value = attributes[key] = document[key]
        if type(value) is dict:
            return None
    ids = trace_of(message, {}) if "dd.trace_id" in message else (0, 0, 0)
    return Fields(source, tags, message, host, service, status, time, attributes, ids)
