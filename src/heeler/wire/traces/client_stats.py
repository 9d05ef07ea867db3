"""Trace statistics, ``/v0.6/stats`` from tracers and ``/api/v0.2/stats`` from agents: MessagePack maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any

import msgspec

from heeler.wire.body_limits import MAX_ITEMS, MAX_TRACE_BYTES, check_bytes, check_count, check_msgpack
from heeler.wire.coerce import mapping, number, sequence, text, unsigned, whole
from heeler.wire.traces.spans import TraceFormatError


class StatsGroup(msgspec.Struct):
    """Statistics of one group in one bucket. ``duration``: sum of nanoseconds; summaries: DDSketch
    protobuf.
    """

    service: str = ""
    name: str = ""
    resource: str = ""
    type: str = ""
    http_status: int = 0
    hits: int = 0
    errors: int = 0
    duration: int = 0
    ok_summary: bytes = b""
    error_summary: bytes = b""
    synthetics: bool = False
    top_level_hits: int = 0
    span_kind: str = ""
    peer_tags: list[str] = []
    is_trace_root: int = 0
    """0 unknown, 1 yes, 2 no."""
    grpc_status: str = ""
    http_method: str = ""
    http_endpoint: str = ""
    service_source: str = ""


class StatsBucket(msgspec.Struct):
    """A bucket. ``start`` and ``length`` in nanoseconds."""

    start: int
    length: int
    groups: list[StatsGroup]


class StatsOfTracer(msgspec.Struct):
    """Statistics of one tracer, or of one agent for its tracers."""

    buckets: list[StatsBucket] = []
    hostname: str = ""
    env: str = ""
    version: str = ""
    language: str = ""
    tracer_version: str = ""
    runtime_id: str = ""
    sequence: int = 0
    service: str = ""
    container_id: str = ""
    tags: list[str] = []


class StatsOfAgent(msgspec.Struct):
    hostname: str = ""
    env: str = ""
    agent_version: str = ""
    stats: list[StatsOfTracer] = []
    client_computed: bool = False


def decode_tracer(body: bytes) -> StatsOfTracer:
    """Decode ``/v0.6/stats``. Raises :class:`TraceFormatError`."""
    tracer = _load(body)
    _check_counts([tracer])
    return _tracer(tracer)


def decode_agent(body: bytes) -> StatsOfAgent:
    """Decode ``/api/v0.2/stats``. Raises :class:`TraceFormatError`."""
    fields = mapping(_load(body), "The payload")
    tracers = sequence(fields.get("Stats"), "Stats")
    _check_counts(tracers)
    return StatsOfAgent(
        hostname=text(fields.get("AgentHostname")),
        env=text(fields.get("AgentEnv")),
        agent_version=text(fields.get("AgentVersion")),
        stats=[_tracer(one) for one in tracers],
        client_computed=bool(fields.get("ClientComputed")),
    )


def encode_agent(stats: StatsOfAgent) -> bytes:
    """Encode the body of ``/api/v0.2/stats``."""
    return msgspec.msgpack.encode(
        {
            "AgentHostname": stats.hostname,
            "AgentEnv": stats.env,
            "Stats": [_put_tracer(one) for one in stats.stats],
            "AgentVersion": stats.agent_version,
            "ClientComputed": stats.client_computed,
            "SplitPayload": False,
        }
    )


def _load(body: bytes) -> Any:
    check_bytes(body, MAX_TRACE_BYTES)
    check_msgpack(body)
    try:
        return msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TraceFormatError(f"The body is not MessagePack: {error}") from None


def _check_counts(tracers: Sequence[Any]) -> None:
    """Raise ``LimitExceeded`` for more than :data:`MAX_ITEMS` tracers, buckets or groups, of all together."""
    level = tracers
    for what in ("tracers", "buckets of statistics", "groups of statistics"):
        check_count(len(level), MAX_ITEMS, what)
        inner = (one.get("Stats") for one in level if isinstance(one, dict))
        level = list(
            islice(chain.from_iterable(one for one in inner if isinstance(one, list)), MAX_ITEMS + 1)
        )


def _tracer(raw: Any) -> StatsOfTracer:
    fields = mapping(raw, "Stats of a tracer")
    return StatsOfTracer(
        buckets=[_bucket(one) for one in sequence(fields.get("Stats"), "Stats")],
        hostname=text(fields.get("Hostname")),
        env=text(fields.get("Env")),
        version=text(fields.get("Version")),
        language=text(fields.get("Lang")),
        tracer_version=text(fields.get("TracerVersion")),
        runtime_id=text(fields.get("RuntimeID")),
        sequence=unsigned(fields.get("Sequence")),
        service=text(fields.get("Service")),
        container_id=text(fields.get("ContainerID")),
        tags=[text(one) for one in sequence(fields.get("Tags"), "Tags")],
    )


def _bucket(raw: Any) -> StatsBucket:
    fields = mapping(raw, "A bucket")
    groups = sequence(fields.get("Stats"), "Stats")
    if unsigned(fields.get("Start")) // 10**9 >= 2**32:
        raise TraceFormatError(f"A bucket starts at {fields['Start']!r:.40}, which is no time in nanoseconds")
    return StatsBucket(
        unsigned(fields.get("Start")),
        unsigned(fields.get("Duration")),
        [_group(one) for one in groups],
    )


def _group(raw: Any) -> StatsGroup:
    fields = mapping(raw, "A group")
    get = fields.get
    return StatsGroup(
        service=text(get("Service")),
        name=text(get("Name")),
        resource=text(get("Resource")),
        type=text(get("Type")),
        http_status=whole(get("HTTPStatusCode")),
        hits=_count(get("Hits")),
        errors=_count(get("Errors")),
        duration=_count(get("Duration")),
        ok_summary=_bytes(get("OkSummary")),
        error_summary=_bytes(get("ErrorSummary")),
        synthetics=bool(get("Synthetics")),
        top_level_hits=_count(get("TopLevelHits")),
        span_kind=text(get("SpanKind")),
        peer_tags=[text(one) for one in sequence(get("PeerTags"), "PeerTags")],
        is_trace_root=whole(get("IsTraceRoot")),
        grpc_status=text(get("GRPCStatusCode")),
        http_method=text(get("HTTPMethod")),
        http_endpoint=text(get("HTTPEndpoint")),
        service_source=text(get("srv_src")),
    )


def _count(raw: Any) -> int:
    value = number(raw)
    if not math.isfinite(value):
        raise TraceFormatError(f"{value} is not a count")
    return min(max(round(value), 0), 2**63 - 1)


def _bytes(raw: Any) -> bytes:
    return raw if isinstance(raw, bytes) else b""


def _put_tracer(stats: StatsOfTracer) -> dict[str, Any]:
    return {
        "Hostname": stats.hostname,
        "Env": stats.env,
        "Version": stats.version,
        "Lang": stats.language,
        "TracerVersion": stats.tracer_version,
        "RuntimeID": stats.runtime_id,
        "Sequence": stats.sequence,
        "AgentAggregation": "counts",
        "Service": stats.service,
        "ContainerID": stats.container_id,
        "Tags": stats.tags,
        "Stats": [
            {
                "Start": bucket.start,
                "Duration": bucket.length,
                "AgentTimeShift": 0,
                "Stats": [_put_group(group) for group in bucket.groups],
            }
            for bucket in stats.buckets
        ],
    }


def _put_group(group: StatsGroup) -> dict[str, Any]:
    return {
        "Service": group.service,
        "Name": group.name,
        "Resource": group.resource,
        "HTTPStatusCode": group.http_status,
        "Type": group.type,
        "DBType": "",
        "Hits": group.hits,
        "Errors": group.errors,
        "Duration": group.duration,
        "OkSummary": group.ok_summary,
        "ErrorSummary": group.error_summary,
        "Synthetics": group.synthetics,
        "TopLevelHits": group.top_level_hits,
        "SpanKind": group.span_kind,
        "PeerTags": group.peer_tags,
        "IsTraceRoot": group.is_trace_root,
        "GRPCStatusCode": group.grpc_status,
        "HTTPMethod": group.http_method,
        "HTTPEndpoint": group.http_endpoint,
        "srv_src": group.service_source,
    }
