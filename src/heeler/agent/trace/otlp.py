"""OTLP receiver of the agent, over HTTP and gRPC: traces, metrics and logs.

Spans go through the same pipeline as those of Datadog's tracers, so that both join the same traces and
statistics. Metrics and logs are validated and forwarded to the server unchanged: their types and history are
known there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from google.protobuf.message import Message

from heeler.agent.forwarder import Forwarder
from heeler.agent.trace import grpc
from heeler.agent.trace.http import Request, Response
from heeler.agent.trace.outbox import Outbox
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.wire import otlp
from heeler.wire.body_limits import LimitExceeded
from heeler.wire.compression import inflate
from heeler.wire.metrics.series import PayloadError
from heeler.wire.proto import otlp_pb2 as pb
from heeler.wire.traces.otlp import traces_of
from heeler.wire.traces.spans import U64, TracerPayload

HOSTNAME_HEADER = "DD-Agent-Hostname"
_KINDS: dict[str, type[Message]] = {
    "traces": pb.TracesRequest,
    "metrics": pb.MetricsRequest,
    "logs": pb.LogsRequest,
}
_SERVICES = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": "traces",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": "metrics",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": "logs",
}
_COUNTED = ("datadog-client-computed-stats",)
_INLINE_BYTES = 32 * 1024
_HASH = 1_111_111_111_111_111_111
_INVALID_ARGUMENT, _NOT_FOUND, _EXHAUSTED, _UNIMPLEMENTED = 3, 5, 8, 12


class OtlpReceiver:
    """Handles requests of both transports. ``enabled`` lists the signals; ``share`` of traces are sampled, 0
    to 1.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        outbox: Outbox,
        forwarder: Forwarder,
        hostname: str,
        now: Callable[[], int],
        *,
        enabled: frozenset[str] = frozenset(_KINDS),
        share: float = 1.0,
        limit: int = 64 * 2**20,
    ) -> None:
        self._pipeline = pipeline
        self._outbox = outbox
        self._forwarder = forwarder
        self._hostname = hostname
        self._now = now
        self._enabled = enabled
        self._share = share
        self._limit = limit
        self.counts: Counter[str] = Counter()

    async def http(self, request: Request) -> Response:
        """Response to an OTLP/HTTP request; errors are a ``google.rpc.Status`` in the request's encoding."""
        kind = request.headers.get("content-type", "")
        json = otlp.is_json(kind)
        signal = request.path.rstrip("/").rpartition("/")[2] if "/v1/" in request.path else ""
        if signal not in _KINDS:
            return self._failed(404, _NOT_FOUND, f"{request.path} is not an address of OTLP", bool(json))
        if request.method != "POST":
            return self._failed(405, _UNIMPLEMENTED, "The method must be POST", bool(json))
        if json is None:
            message = f"The content type is {kind!r}: expected {otlp.PROTOBUF} or {otlp.JSON}"
            return self._failed(415, _INVALID_ARGUMENT, message, False)
        if signal not in self._enabled:
            return self._failed(404, _UNIMPLEMENTED, f"otlp_config.{signal}.enabled is false", json)
        if request.too_large:
            return self._failed(413, _EXHAUSTED, f"The body is larger than {self._limit} bytes", json)
        try:
            body = inflate(request.body, request.headers.get("content-encoding", "identity"), self._limit)
            reply = await self._take(signal, body, json, request.headers)
        except LimitExceeded as error:
            return self._failed(413, _EXHAUSTED, str(error), json)
        except PayloadError as error:
            return self._failed(400, _INVALID_ARGUMENT, str(error), json)
        return Response(200, reply, otlp.JSON if json else otlp.PROTOBUF)

    async def grpc(self, path: str, message: bytes, headers: dict[str, str]) -> bytes:
        """Response to an OTLP/gRPC call. Raises :class:`~heeler.agent.trace.grpc.GrpcError`."""
        signal = _SERVICES.get(path, "")
        if signal not in self._enabled:
            raise grpc.GrpcError(grpc.UNIMPLEMENTED, f"{path[:200]} is not served here")
        try:
            return await self._take(signal, message, False, headers)
        except LimitExceeded as error:
            self.counts["refused_grpc"] += 1
            raise grpc.GrpcError(grpc.RESOURCE_EXHAUSTED, str(error)) from None
        except PayloadError as error:
            self.counts["refused_grpc"] += 1
            raise grpc.GrpcError(grpc.INVALID_ARGUMENT, str(error)) from None

    async def _take(self, signal: str, body: bytes, json: bool, headers: dict[str, str]) -> bytes:
        """Process a request and return the response. Raises ``PayloadError``."""
        kind = _KINDS[signal]
        if len(body) <= _INLINE_BYTES:
            request = otlp.decode(kind, body, json=json)
        else:
            request = await asyncio.to_thread(otlp.decode, kind, body, json=json)
        self.counts[f"{signal}_requests"] += 1
        if isinstance(request, pb.TracesRequest):
            return self._traces(request, json, headers)
        if body:
            self._pass_on(signal, body, json)
        return otlp.reply(signal, json=json)

    def _traces(self, request: pb.TracesRequest, json: bool, headers: dict[str, str]) -> bytes:
        found = traces_of(request)
        counted = any(headers.get(name, "").lower() in ("1", "t", "true", "yes") for name in _COUNTED)
        for payload, has_stats in zip(found.payloads, found.stats_computed, strict=True):
            self.counts["spans"] += sum(len(chunk.spans) for chunk in payload.chunks)
            self._sample(payload)
            claims = Claims(stats=has_stats or counted)
            self._outbox.put(self._pipeline.take(payload, claims, self._now()))
        self.counts["rejected_spans"] += found.rejected
        return otlp.reply("traces", found.rejected, found.reason, json=json)

    def _sample(self, payload: TracerPayload) -> None:
        """Mark the chunks dropped by ``otlp_config.traces.probabilistic_sampler``; they are still counted."""
        if self._share >= 1:
            return
        for chunk in payload.chunks:
            if (chunk.spans[0].trace_id * _HASH) & U64 >= self._share * 2**64 and chunk.priority == 1:
                chunk.priority = -1

    def _pass_on(self, signal: str, body: bytes, json: bool) -> None:
        self._forwarder.submit(
            f"/v1/{signal}",
            body,
            otlp.JSON if json else otlp.PROTOBUF,
            {HOSTNAME_HEADER: self._hostname},
        )

    def _failed(self, status: int, code: int, message: str, json: bool) -> Response:
        self.counts[f"refused_{status}"] += 1
        return Response(status, otlp.status(code, message, json=json), otlp.JSON if json else otlp.PROTOBUF)
