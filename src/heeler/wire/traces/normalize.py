"""Normalization of spans: lengths, allowed characters, plausible values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from heeler.wire.short_text_cache import short_text_cache
from heeler.wire.traces.spans import Chunk, Span

MAX_SERVICE_BYTES = 100
MAX_NAME_BYTES = 100
MAX_TYPE_BYTES = 100
MAX_RESOURCE_BYTES = 5000
MAX_TAG_CHARACTERS = 200
MAX_KEY_BYTES = 200
MAX_VALUE_BYTES = 25_000
#: Characters of a text up to which results are cached.
_LONGEST = 256
_short_keys: set[str] = set()
_MOST_SHORT_KEYS = 4096
_YEAR_2000_NS = 946_684_800 * 10**9
_LARGEST_INT64 = 2**63 - 1
_STATUSES = frozenset(map(str, range(100, 600)))
_NEVER_CUT = (".json", ".msgpack", ".protobuf")

_BAD_RUN = re.compile(r"(?:[^\w:./\-]|_)+")
_BEFORE_FIRST = re.compile(r"^[\W\d_]+?(?=[^\W\d_]|:|$)")


class BadChunk(ValueError):
    """An invalid chunk; ``reason`` is a counter tag."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def cut(text: str, most_bytes: int) -> str:
    """Truncate ``text`` to ``most_bytes`` of UTF-8, on a character boundary."""
    if len(text) * 4 <= most_bytes:
        return text
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most_bytes else raw[:most_bytes].decode("utf-8", "ignore")


@short_text_cache(8192, longest=_LONGEST)
def tag_value(text: str) -> str:
    """Lower case; runs of characters other than letters, digits and ``:./-`` become one ``_``, also at the
    start.
    """
    return _BAD_RUN.sub("_", text.lower())[:MAX_TAG_CHARACTERS].rstrip("_")


@short_text_cache(8192, longest=_LONGEST)
def tag(text: str) -> str:
    """Like :func:`tag_value`, from the first letter or ``:`` on."""
    return tag_value(_BEFORE_FIRST.sub("", text))


@short_text_cache(8192, longest=_LONGEST)
def service_name(text: str, language: str = "") -> str:
    fallback = f"unnamed-{language}-service" if language else "unnamed-service"
    return tag_value(cut(text, MAX_SERVICE_BYTES)) or fallback


@short_text_cache(8192, longest=_LONGEST)
def operation_name(text: str) -> str:
    """Normalize the span's name for use in metric names, ``trace.<name>.hits``."""
    clean = re.sub(r"[^A-Za-z0-9_.]", "_", re.sub(r"^[^A-Za-z]+", "", cut(text, MAX_NAME_BYTES)))
    clean = re.sub(r"_*\._*", ".", re.sub(r"__+", "_", clean)).rstrip("_")
    return clean or "unnamed_operation"


def normalize_chunk(chunk: Chunk, language: str, now_ns: int) -> None:
    """Normalize a chunk's spans. Raises :class:`BadChunk` if they are not of one trace."""
    trace_id = chunk.spans[0].trace_id
    for span in chunk.spans:
        if not span.trace_id or not span.span_id:
            raise BadChunk("id_zero")
        if span.trace_id != trace_id:
            raise BadChunk("foreign_span")
        _normalize(span, language, now_ns)


def _normalize(span: Span, language: str, now_ns: int) -> None:
    given = span.name
    span.service, span.name, span.type = _names(span.service, given, span.type, language)
    span.resource = cut(span.resource or given, MAX_RESOURCE_BYTES) or span.name
    if span.error:
        span.error = 1
    if span.parent_id == span.span_id == span.trace_id:
        span.parent_id = 0
    if span.duration < 0 or span.start + span.duration > _LARGEST_INT64:
        span.duration = 0
    if not _YEAR_2000_NS <= span.start <= _LARGEST_INT64:
        span.start = max(now_ns - span.duration, 0)
    _normalize_meta(span.meta)


@short_text_cache(8192, longest=_LONGEST)
def _names(service: str, name: str, kind: str, language: str) -> tuple[str, str, str]:
    """Service, operation and type: the same few for many spans."""
    return service_name(service, language), operation_name(name), cut(kind, MAX_TYPE_BYTES)


def _normalize_meta(meta: dict[str, str]) -> None:
    if "env" in meta:
        meta["env"] = tag_value(meta["env"])
    if "peer.service" in meta:
        meta["peer.service"] = _short_tag(meta["peer.service"])
    if "_dd.base_service" in meta:
        meta["_dd.base_service"] = _short_tag(meta["_dd.base_service"])
    status = meta.get("http.status_code")
    if status is not None and status not in _STATUSES and not _is_status(status):
        del meta["http.status_code"]


def _short_tag(text: str) -> str:
    return tag_value(cut(text, MAX_SERVICE_BYTES))


def _is_status(text: str) -> bool:
    """Whether ``text`` is an HTTP status, perhaps with zeros before it."""
    return text.isascii() and text.isdigit() and text.lstrip("0") in _STATUSES


def truncate(span: Span) -> None:
    """Truncate fields that exceed their limits, marked with ``...``."""
    meta = span.meta
    if _has_long_key(meta) or len("".join(meta.values())) > MAX_VALUE_BYTES // 4:
        span.meta = {_cut_key(key): _cut_value(key, value) for key, value in meta.items()}
    if _has_long_key(span.metrics):
        span.metrics = {_cut_key(key): value for key, value in span.metrics.items()}


def _has_long_key(values: Mapping[str, object]) -> bool:
    """Whether a key may be longer than allowed. Keys are the same few: those seen before are not measured."""
    keys = values.keys()
    if keys <= _short_keys:
        return False
    if max(map(len, keys)) > MAX_KEY_BYTES // 4:
        return True
    if len(_short_keys) + len(keys) <= _MOST_SHORT_KEYS:
        _short_keys.update(keys)
    return False


def _cut_key(key: str) -> str:
    short = cut(key, MAX_KEY_BYTES)
    return key if short == key else f"{short}..."


def _cut_value(key: str, value: str) -> str:
    if key.startswith("_dd.") and key.endswith(_NEVER_CUT):
        return value
    short = cut(value, MAX_VALUE_BYTES)
    return value if short == value else f"{short}..."


def mark_top_level(spans: list[Span]) -> None:
    """Mark the entry span of each service: no parent here, or a parent of another service."""
    services = {span.span_id: span.service for span in spans}
    for span in spans:
        if span.parent_id == 0 or services.get(span.parent_id) != span.service:
            span.metrics["_top_level"] = 1.0
