"""Normalization of spans: lengths, allowed characters, plausible values."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_YEAR_2000_NS = 946_684_800 * 10**9
_LARGEST_INT64 = 2**63 - 1
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
    span.service = service_name(span.service, language)
    span.resource = cut(span.resource or span.name, MAX_RESOURCE_BYTES)
    span.name = operation_name(span.name)
    span.resource = span.resource or span.name
    span.type = cut(span.type, MAX_TYPE_BYTES)
    if span.error:
        span.error = 1
    if span.parent_id == span.span_id == span.trace_id:
        span.parent_id = 0
    if span.duration < 0 or span.start + span.duration > _LARGEST_INT64:
        span.duration = 0
    if span.start < _YEAR_2000_NS:
        span.start = max(now_ns - span.duration, 0)
    _normalize_meta(span)


def _normalize_meta(span: Span) -> None:
    meta = span.meta
    if "env" in meta:
        meta["env"] = tag_value(meta["env"])
    for key in ("peer.service", "_dd.base_service"):
        if key in meta:
            meta[key] = tag_value(cut(meta[key], MAX_SERVICE_BYTES))
    status = meta.get("http.status_code")
    if status is not None and not (status.isascii() and status.isdigit() and 100 <= int(status) <= 599):
        del meta["http.status_code"]


def truncate(span: Span) -> None:
    """Truncate fields that exceed their limits, marked with ``...``."""
    meta = span.meta
    if _longest(meta.values()) > MAX_VALUE_BYTES // 4 or _longest(meta) > MAX_KEY_BYTES // 4:
        span.meta = {_cut_key(key): _cut_value(key, value) for key, value in meta.items()}
    if _longest(span.metrics) > MAX_KEY_BYTES // 4:
        span.metrics = {_cut_key(key): value for key, value in span.metrics.items()}


def _longest(texts: Iterable[str]) -> int:
    """Length of the longest of ``texts``."""
    return max(map(len, texts), default=0)


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
