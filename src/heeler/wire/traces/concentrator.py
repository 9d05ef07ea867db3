"""Concentrator: counts spans in buckets of ten seconds before sampling, for trace metrics.

Spans, and statistics that tracers computed themselves, are added to the same buckets, so that each bucket of
an agent is sent once and buckets can be summed regardless of who counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsBucket, StatsGroup, StatsOfTracer
from heeler.wire.traces.duration_sketch import Bins
from heeler.wire.traces.peer_tags import BASE_SERVICE, PEER_TAGS, counted_peer_tags
from heeler.wire.traces.spans import Chunk, Span, TracerPayload

BUCKET_NS = 10 * 10**9
_OPEN_BUCKETS = 2
_MOST_AHEAD = 60
"""Buckets that spans may be ahead of the newest open one, as clocks differ: ten minutes."""
MAX_GROUPS = 7000
OVERFLOW = "tracer_blocked_value"
"""Placeholder for the resources beyond ``MAX_GROUPS`` in a bucket."""

COUNTED_KINDS = frozenset({"server", "consumer", "client", "producer"})
_PEER_KINDS = frozenset({"client", "producer", "consumer"})
_GRPC_STATUS = ("rpc.grpc.status_code", "grpc.code", "rpc.grpc.status.code", "grpc.status.code")

_GROUPING = (
    *_GRPC_STATUS, "span.kind", "http.status_code", "http.response.status_code", "http.request.method",
    "http.method", "http.route", "_dd.svc_src",
)  # fmt: skip
"""Attributes of which :func:`_key_of_span` makes its key, beside those of peers."""
_MOST_KNOWN = 20_000


class _Source(NamedTuple):
    """Origin of statistics: one entry of the delivery."""

    hostname: str
    env: str
    version: str
    language: str
    container_id: str


class _Key(NamedTuple):
    service: str
    name: str
    resource: str
    type: str
    http_status: int
    synthetics: bool
    span_kind: str
    peer_tags: tuple[str, ...]
    is_trace_root: int
    grpc_status: str
    http_method: str
    http_endpoint: str
    service_source: str


@dataclass(slots=True)
class _Sums:
    hits: float = 0.0
    errors: float = 0.0
    duration: float = 0.0
    top_level: float = 0.0
    ok: Bins = field(default_factory=dict)
    failed: Bins = field(default_factory=dict)


_Groups = dict[tuple[_Source, _Key], _Sums]
_Known = dict[tuple[Any, ...], _Sums]
"""Sums by what their key is made of, which is found faster than the key."""


@dataclass(slots=True)
class _Bucket:
    groups: _Groups = field(default_factory=dict)
    known: dict[_Source, _Known] = field(default_factory=dict)
    known_count: int = 0


class Concentrator:
    """Owns the open buckets. Times are nanoseconds since 1970 and are passed in by the caller.

    Spans that ended before ``oldest`` are counted in the oldest bucket: by default the last but one of
    ``now``, and spans that end more than ten minutes after ``now`` in its bucket then. ``peer_tags`` are
    attributes to count apart beside :data:`~heeler.wire.traces.peer_tags.PEER_TAGS`.
    """

    def __init__(
        self,
        hostname: str,
        default_env: str,
        now: int,
        *,
        by_kind: bool = True,
        oldest: int | None = None,
        peer_tags: Iterable[str] = (),
    ) -> None:
        self._hostname = hostname
        self._default_env = default_env
        self._by_kind = by_kind
        self._oldest = _aligned(now) - (_OPEN_BUCKETS - 1) * BUCKET_NS if oldest is None else oldest
        self._newest = _aligned(now) if oldest is None else None
        self._peer_tags = tuple(sorted({*PEER_TAGS, *peer_tags}))
        self._grouping = frozenset((*_GROUPING, *self._peer_tags))
        self._buckets: dict[int, _Bucket] = {}
        self.counts: Counter[str] = Counter()

    def add(self, payload: TracerPayload, chunk: Chunk) -> None:
        """Count the spans of a chunk that are top-level, measured, or of a counted kind."""
        source = _Source(
            payload.hostname or self._hostname,
            payload.env or self._default_env,
            payload.app_version,
            payload.language,
            payload.container_id,
        )
        synthetics = chunk.origin.startswith("synthetics")
        known: dict[int, _Known] = {}
        for span in chunk.spans:
            top = span.is_top_level
            if not self._counts(span, top):
                continue
            start = self._open(span.end)
            sums_of = known.get(start)
            if sums_of is None:
                sums_of = known[start] = self._bucket(start).known.setdefault(source, {})
            sums = self._sums_of_span(sums_of, start, source, span, synthetics)
            _count(sums, span, top)
            self.counts["spans"] += 1

    def add_client(self, stats: StatsOfTracer) -> None:
        """Add statistics computed by a tracer. Raises :class:`~heeler.wire.traces.spans.TraceFormatError`."""
        source = _Source(
            stats.hostname or self._hostname,
            stats.env or self._default_env,
            stats.version,
            stats.language,
            stats.container_id,
        )
        for bucket in stats.buckets:
            groups = self._bucket(self._open(bucket.start)).groups
            for group in bucket.groups:
                sums = _sums(groups, source, _key_of_group(group, stats.service))
                sums.hits += group.hits
                sums.errors += group.errors
                sums.duration += group.duration
                sums.top_level += group.top_level_hits
                _merge(sums.ok, duration_sketch.decode(group.ok_summary))
                _merge(sums.failed, duration_sketch.decode(group.error_summary))
                self.counts["client_groups"] += 1

    def flush(self, now: int, *, everything: bool = False) -> list[StatsOfTracer]:
        """Remove and return the ended buckets; all of them when the agent stops."""
        newest_kept = _aligned(now) - (_OPEN_BUCKETS - 1) * BUCKET_NS
        over = sorted(start for start in self._buckets if everything or start < newest_kept)
        self._oldest = max(self._oldest, newest_kept)
        if self._newest is not None:
            self._newest = max(self._newest, _aligned(now))
        by_source: dict[_Source, list[StatsBucket]] = {}
        for start in over:
            for source, bucket in _bucket_by_source(start, self._buckets.pop(start).groups):
                by_source.setdefault(source, []).append(bucket)
        return [
            StatsOfTracer(
                buckets=buckets,
                hostname=source.hostname,
                env=source.env,
                version=source.version,
                language=source.language,
                container_id=source.container_id,
            )
            for source, buckets in by_source.items()
        ]

    def _open(self, time: int) -> int:
        """The start of the bucket in which a time is counted."""
        start = max(_aligned(time), self._oldest)
        if self._newest is not None and start > self._newest + _MOST_AHEAD * BUCKET_NS:
            return self._newest
        return start

    def _counts(self, span: Span, top: bool) -> bool:
        if "_dd.partial_version" in span.metrics:
            return False
        if top or span.is_measured:
            return True
        return self._by_kind and span.meta.get("span.kind", "").lower() in COUNTED_KINDS

    def _bucket(self, start: int) -> _Bucket:
        bucket = self._buckets.get(start)
        if bucket is None:
            bucket = self._buckets[start] = _Bucket()
        return bucket

    def _sums_of_span(
        self, known: _Known, start: int, source: _Source, span: Span, synthetics: bool
    ) -> _Sums:
        meta = span.meta
        names = [name for name in meta if name in self._grouping]
        given = (
            span.service, span.name, span.resource, span.type, span.parent_id == 0, synthetics,
            span.metrics.get("http.status_code"), *names, *[meta[name] for name in names],
        )  # fmt: skip
        sums = known.get(given)
        if sums is None:
            bucket = self._buckets[start]
            sums = _sums(bucket.groups, source, _key_of_span(span, synthetics, self._peer_tags))
            if bucket.known_count < _MOST_KNOWN:
                known[given] = sums
                bucket.known_count += 1
        return sums


def _count(sums: _Sums, span: Span, top: bool) -> None:
    weight, duration = _weight(span), span.duration
    sums.hits += weight
    sums.duration += weight * duration
    if top:
        sums.top_level += weight
    bins = sums.ok
    if span.error:
        sums.errors += weight
        bins = sums.failed
    key = duration_sketch.key_of(duration)
    bins[key] = bins.get(key, 0.0) + weight


def _aligned(time: int) -> int:
    return time - time % BUCKET_NS


def _weight(span: Span) -> float:
    rate = span.metrics.get("_sample_rate")
    return 1.0 / rate if rate is not None and 0.0 < rate < 1.0 else 1.0


def _sums(groups: _Groups, source: _Source, key: _Key) -> _Sums:
    place = (source, key)
    sums = groups.get(place)
    if sums is None:
        if len(groups) >= MAX_GROUPS:
            place = (source, key._replace(resource=OVERFLOW, peer_tags=(), http_endpoint=""))
        sums = groups.setdefault(place, _Sums())
    return sums


def _merge(into: Bins, more: Bins) -> None:
    for key, count in more.items():
        into[key] = into.get(key, 0.0) + count


def _key_of_span(span: Span, synthetics: bool, peer_tags: tuple[str, ...]) -> _Key:
    meta = span.meta
    kind = meta.get("span.kind", "").lower()
    status = meta.get("http.status_code") or meta.get("http.response.status_code") or ""
    return _Key(
        service=span.service,
        name=span.name,
        resource=span.resource,
        type=span.type,
        http_status=int(status) if status.isascii() and status.isdigit() else _metric_status(span),
        synthetics=synthetics,
        span_kind=kind,
        peer_tags=counted_peer_tags(meta, peer_tags if kind in _PEER_KINDS else (BASE_SERVICE,)),
        is_trace_root=1 if span.parent_id == 0 else 2,
        grpc_status=next((meta[key] for key in _GRPC_STATUS if key in meta), ""),
        http_method=meta.get("http.request.method") or meta.get("http.method", ""),
        http_endpoint=meta.get("http.route", ""),
        service_source=meta.get("_dd.svc_src", ""),
    )


def _metric_status(span: Span) -> int:
    status = span.metrics.get("http.status_code", 0.0)
    return int(status) if 100 <= status <= 599 else 0


def _key_of_group(group: StatsGroup, service: str) -> _Key:
    return _Key(
        service=group.service or service,
        name=group.name,
        resource=group.resource,
        type=group.type,
        http_status=group.http_status,
        synthetics=group.synthetics,
        span_kind=group.span_kind,
        peer_tags=tuple(group.peer_tags),
        is_trace_root=group.is_trace_root,
        grpc_status=group.grpc_status,
        http_method=group.http_method,
        http_endpoint=group.http_endpoint,
        service_source=group.service_source,
    )


def _bucket_by_source(start: int, groups: _Groups) -> list[tuple[_Source, StatsBucket]]:
    found: dict[_Source, list[StatsGroup]] = {}
    for (source, key), sums in groups.items():
        found.setdefault(source, []).append(_group(key, sums))
    return [(source, StatsBucket(start, BUCKET_NS, entries)) for source, entries in found.items()]


def _group(key: _Key, sums: _Sums) -> StatsGroup:
    return StatsGroup(
        **{**key._asdict(), "peer_tags": list(key.peer_tags)},
        hits=round(sums.hits),
        errors=round(sums.errors),
        duration=round(sums.duration),
        top_level_hits=round(sums.top_level),
        ok_summary=duration_sketch.encode(sums.ok),
        error_summary=duration_sketch.encode(sums.failed),
    )
