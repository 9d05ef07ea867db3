"""OTLP over HTTP: ``/v1/traces``, ``/v1/metrics``, ``/v1/logs``, in protobuf and JSON, with the API key in a
header.

Errors are a ``google.rpc.Status`` in the request's encoding. Exporters retry only after 429, 502, 503 and
504.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.apm.span_config import SpanConfig
from heeler.apm.span_tail import SpanTail
from heeler.intake.accounting import taken
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Endpoint, Intake, count_dropped, point_tables
from heeler.intake.request import Reply
from heeler.intake.traces import SpanRows, span_rows, store_spans, store_stats
from heeler.logs.ingest import LogIngest
from heeler.metric_usage.intake_limits import RowLimits
from heeler.store import arrow_tables
from heeler.wire import otlp
from heeler.wire.logs import otlp as otlp_logs
from heeler.wire.metrics import otlp as otlp_metrics
from heeler.wire.traces import otlp as otlp_traces
from heeler.wire.traces.client_stats import StatsOfAgent
from heeler.wire.traces.otlp_processing import process

#: gRPC error codes, as used in a Status.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 429: 8, 503: 14, 504: 4, 507: 8}
_INTERNAL = 13


class OtlpHistories(otlp_metrics.Histories):
    """State of cumulative OTLP series, as ``services.part(OtlpHistories)``."""

    def __init__(self, services: Services) -> None:
        super().__init__(int(services.now() * 1e9))


def _encoding(delivery: Delivery) -> bool:
    """Whether the body is JSON. Raises a 415 if it is neither JSON nor protobuf."""
    given = delivery.head.header(b"content-type")
    json = otlp.is_json(given)
    if json is None:
        raise ApiError(415, f"The content type is {given[:100]!r}: expected {otlp.PROTOBUF} or {otlp.JSON}")
    return json


def _hostname(delivery: Delivery) -> str:
    """Host of the agent that forwarded the request; "" if it was sent by a program directly."""
    return delivery.head.header(b"dd-agent-hostname")[:255]


class _Traces(NamedTuple):
    """Decoded traces of a body: span rows, statistics, the body's hash."""

    found: otlp_traces.OtlpTraces
    spans: SpanRows
    stats: StatsOfAgent
    origin: int


async def traces(intake: Intake, delivery: Delivery, json: bool) -> tuple[int, str]:
    now_ns, hostname = int(intake.services.now() * 1e9), _hostname(delivery)
    rules = await intake.services.part(SpanConfig).current()
    watched = intake.services.part(SpanTail).watched

    def read(body: bytes) -> _Traces:
        found = otlp_traces.decode(body, json=json)
        spans, stats = process(found, hostname, "none", now_ns)
        return _Traces(found, span_rows(spans, rules, watched=watched), stats, arrow_tables.body_hash(body))

    found, spans, stats, origin = await delivery.decode(read)
    limits = await store_spans(intake, spans, b"otlp" + origin.to_bytes(8, "little"))
    if stats.stats:
        await store_stats(intake, stats, origin)
    return found.rejected + limits.refused, found.reason or limits.reason


async def metrics(intake: Intake, delivery: Delivery, json: bool) -> tuple[int, str]:
    memo, window, hostname = intake.known_series(), intake.window(), _hostname(delivery)
    histories = intake.services.part(OtlpHistories)

    def read(body: bytes) -> tuple[otlp_metrics.Decoded, dict[str, Any]]:
        found = otlp_metrics.decode(body, memo, window, histories, hostname, json=json)
        found.points.fresh.update(found.sketches.fresh)
        before = len(found.points.slots) + len(found.sketches.sketches)
        intake.limits.limit_points(found.points, whole=not found.sketches.sketches)
        intake.limits.limit_sketches(found.sketches, whole=not len(found.points.slots))
        found.rejected += before - len(found.points.slots) - len(found.sketches.sketches)
        for problems in (found.points.problems, found.sketches.problems):
            found.reason = found.reason or next(iter(problems.messages), "")
        tables = point_tables(found.points, window.now)
        tables["sketches"] = arrow_tables.sketches_table(found.sketches, arrow_tables.body_hash(body))
        return found, tables

    found, tables = await delivery.decode(read)
    await intake.services.writer.write(tables)
    histories.commit(found, int(intake.services.now() * 1e9))
    memo.mark_written(list(found.points.fresh), window.now)
    taken(intake.services, "points", tables["points"].num_rows)
    taken(intake.services, "sketches", tables["sketches"].num_rows)
    intake.limits.note_points(found.points)
    intake.limits.note_sketches(found.sketches)
    count_dropped(found.points.problems)
    count_dropped(found.sketches.problems)
    return found.rejected, found.reason


async def logs(intake: Intake, delivery: Delivery, json: bool) -> tuple[int, str]:
    now_ns, hostname = int(intake.services.now() * 1e9), _hostname(delivery)
    limits = RowLimits(intake.services, "logs")
    count = await intake.services.part(LogIngest).take_decoded(
        delivery,
        lambda body: (otlp_logs.decode(body, now_ns, hostname, json=json), arrow_tables.body_hash(body)),
        limits.limit,
    )
    limits.stored()
    taken(intake.services, "logs", count - limits.refused)
    return limits.refused, limits.reason


Signal = Callable[[Intake, Delivery, bool], Awaitable[tuple[int, str]]]


def _endpoint(signal: str, take: Signal) -> Endpoint:
    async def answer(intake: Intake, delivery: Delivery) -> Reply:
        json = _encoding(delivery)
        rejected, reason = await take(intake, delivery, json)
        body = otlp.reply(signal, rejected, reason, json=json)
        return Reply(200, body, (otlp.JSON if json else otlp.PROTOBUF).encode())

    answer.__name__, answer.__doc__ = signal, take.__doc__
    return answer


def refusal(error: ApiError, content_type: str) -> tuple[bytes, bytes]:
    """Body and content type of an error, in the encoding of the request."""
    json = bool(otlp.is_json(content_type))
    body = otlp.status(_CODES.get(error.status, _INTERNAL), " ".join(error.messages), json=json)
    return body, (otlp.JSON if json else otlp.PROTOBUF).encode()


_SIGNALS: dict[str, Signal] = {"traces": traces, "metrics": metrics, "logs": logs}
ENDPOINTS: dict[str, Endpoint] = {
    f"/v1/{signal}": _endpoint(signal, take) for signal, take in _SIGNALS.items()
}
