"""Endpoints of usage metering: hourly volumes, in the public API's format and for the usage page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.metric_usage import telemetry
from heeler.metric_usage.grouped_usage import GroupedUsage, grouped

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]
Start = Annotated[str, Parameter(query="start_hr")]
End = Annotated[str, Parameter(query="end_hr")]


def _hour(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise bad_request(f"Invalid {name}: {text[:50]!r}. Expected an hour such as 2026-11-23T19") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def _hours(request: HttpRequest, signals: dict[str, str], start: str, end: str) -> Object:
    """Rows in the public format: one an hour, with ``signals`` (field to signal)."""
    services = services_of(request)
    first = _hour(start, "start_hr")
    now = datetime.fromtimestamp(services.now(), UTC)
    last = (
        _hour(end, "end_hr") if end else now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    )
    count = int((last - first) / timedelta(hours=1))
    if not 0 < count <= telemetry.MAX_HOURS:
        raise bad_request(f"Invalid hours. Expected 1 to {telemetry.MAX_HOURS} from start_hr to end_hr")
    begin, stop = int(first.timestamp()), int(last.timestamp())
    found = {
        field: await telemetry.by_hour(services.engine, signal, begin, stop)
        for field, signal in signals.items()
    }
    usage = []
    for place in range(count):
        moment = begin + place * telemetry.HOUR
        hour = datetime.fromtimestamp(moment, UTC).isoformat()
        usage.append({"hour": hour, **{field: values.get(moment, 0) for field, values in found.items()}})
    return {"usage": usage}


@get("/api/v1/usage/hosts", guards=[user_guard])
async def usage_hosts(request: HttpRequest, start: Start, end: End = "") -> Object:
    """Hosts whose agent reported, by hour."""
    return await _hours(request, {"host_count": "hosts", "agent_host_count": "hosts"}, start, end)


@get("/api/v1/usage/timeseries", guards=[user_guard])
async def usage_timeseries(request: HttpRequest, start: Start, end: End = "") -> Object:
    """Series that had points, by hour."""
    return await _hours(request, {"num_custom_timeseries": "series"}, start, end)


@get("/api/v1/usage/logs", guards=[user_guard])
async def usage_logs(request: HttpRequest, start: Start, end: End = "") -> Object:
    """Logs stored by hour, and the bytes of their messages."""
    fields = {
        "indexed_events_count": "logs",
        "logs_live_indexed_count": "logs",
        "ingested_events_bytes": "log_bytes",
        "logs_live_ingested_bytes": "log_bytes",
    }
    return await _hours(request, fields, start, end)


@get("/api/v1/usage/indexed-spans", guards=[user_guard])
async def usage_spans(request: HttpRequest, start: Start, end: End = "") -> Object:
    """Spans stored by hour."""
    return await _hours(request, {"indexed_events_count": "spans"}, start, end)


@get("/api/v1/usage/{product:str}", guards=[user_guard])
async def usage_of_others(product: str) -> Object:
    """Refused: usage of other products is not metered."""
    raise ApiError(
        404,
        f"Heeler does not count the usage of {product[:60]!r}. "
        "Counted are hosts, timeseries, logs and indexed-spans.",
    )


class Hourly(msgspec.Struct):
    """Counts of a signal by hour: ``values`` parallel to ``hours`` of the response."""

    signal: str
    values: list[int]


class Usage(msgspec.Struct):
    """``hours`` are UNIX milliseconds."""

    hours: list[int]
    signals: list[Hourly]


@get("/api/ui/usage", guards=[user_guard])
async def usage(
    request: HttpRequest,
    start: Annotated[int, Parameter(query="from")],
    end: Annotated[int, Parameter(query="to")],
) -> Usage:
    """Stored volume by hour. Times are UNIX milliseconds."""
    first, last = _whole_hours(start, end)
    count = (last - first) // telemetry.HOUR
    engine = services_of(request).engine
    hours = [first + place * telemetry.HOUR for place in range(count)]
    signals = []
    for signal in telemetry.SIGNALS:
        found = await telemetry.by_hour(engine, signal, first, last)
        signals.append(Hourly(signal, [found.get(hour, 0) for hour in hours]))
    return Usage([hour * 1000 for hour in hours], signals)


def _whole_hours(start: int, end: int) -> tuple[int, int]:
    """UNIX seconds of the hours that contain ``start`` and end after ``end``, UNIX milliseconds."""
    first, last = start // 3_600_000 * telemetry.HOUR, -(-end // 3_600_000) * telemetry.HOUR
    if not 0 < (last - first) // telemetry.HOUR <= telemetry.MAX_HOURS:
        raise bad_request(f"Invalid time range. Expected 1 to {telemetry.MAX_HOURS} hours")
    return first, last


@get("/api/ui/usage/groups", guards=[user_guard])
async def usage_groups(
    request: HttpRequest,
    start: Annotated[int, Parameter(query="from")],
    end: Annotated[int, Parameter(query="to")],
    by: str = "service",
) -> GroupedUsage:
    """Stored volume of whole hours by ``by``: ``service``, ``team``, ``host``, ``metric``, ``key``, or any
    other tag key. Times are UNIX milliseconds.
    """
    first, last = _whole_hours(start, end)
    if not 0 < len(by) <= 200:
        raise bad_request("Invalid by. Expected 1 to 200 characters")
    return await grouped(services_of(request), by.lower(), first, last)


handlers: list[ControllerRouterHandler] = [
    usage_hosts, usage_timeseries, usage_logs, usage_spans, usage_of_others, usage,
    usage_groups,
]  # fmt: skip
