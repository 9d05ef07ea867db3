"""Endpoints of logs: search, aggregate, and what the explorer page draws."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.logs.search import LOGS
from heeler.logs.store import LogPage, StoredLog, search_logs
from heeler.query.data_sources import register_source
from heeler.query.search.buckets import aggregate
from heeler.query.search.query_objects import executor_for
from heeler.query.search.request import next_link, object_of, read_page
from heeler.query.search.times import iso

HttpRequest = Request[Any, Any, Any]
Query = Annotated[str, Parameter(query="query")]
FACETS = ("service", "status", "source", "host")


@post("/api/v2/logs/events/search", guards=[user_guard], status_code=200)
async def search(request: HttpRequest) -> dict[str, Any]:
    body = await request.json() if await request.body() else {}
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with 'filter', 'page' and 'sort'.")
    return await _listed(request, body)


@get("/api/v2/logs/events", guards=[user_guard])
async def list_logs(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="filter[query]")] = "*",
    start: Annotated[str, Parameter(query="filter[from]")] = "now-15m",
    end: Annotated[str, Parameter(query="filter[to]")] = "now",
    sort: str = "-timestamp",
    limit: Annotated[int, Parameter(query="page[limit]")] = 10,
    cursor: Annotated[str | None, Parameter(query="page[cursor]")] = None,
) -> dict[str, Any]:
    asked = {"filter": {"query": wanted, "from": start, "to": end}, "sort": sort}
    return await _listed(request, {**asked, "page": {"limit": limit, "cursor": cursor}})


@post("/api/v2/logs/analytics/aggregate", guards=[user_guard], status_code=200)
async def aggregate_logs(request: HttpRequest) -> dict[str, Any]:
    began = time.monotonic()
    buckets = await _aggregate(request, await request.json())
    data = {"buckets": [{"by": by, "computes": computes} for by, computes in buckets]}
    return {"data": data, "meta": _meta(began)}


@post("/api/v1/logs-queries/list", guards=[user_guard], status_code=200)
async def list_v1(request: HttpRequest) -> dict[str, Any]:
    """The first generation's search; ``startAt`` is the ``nextLogId`` of an answer."""
    body = await request.json()
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with 'query' and 'time'.")
    page = await _page(request, _asked_v1(body))
    logs = [{"id": str(log.id), "content": _content(log)} for log in page.logs]
    return {"status": "done", "nextLogId": page.after, "logs": logs}


@get("/api/ui/logs", guards=[user_guard])
async def ui_logs(
    request: HttpRequest,
    wanted: Query = "*",
    start: str = "now-15m",
    end: str = "now",
    limit: int = 100,
    cursor: str | None = None,
    sort: str = "-timestamp",
) -> dict[str, Any]:
    """Lines of the explorer. The live tail asks from the last line's time on, with ``sort=timestamp``."""
    asked = {"filter": {"query": wanted, "from": start, "to": end}, "sort": sort}
    page = await _page(request, {**asked, "page": {"limit": limit, "cursor": cursor}})
    return {"logs": [_line(log) for log in page.logs], "after": page.after}


@get("/api/ui/logs/histogram", guards=[user_guard])
async def ui_histogram(
    request: HttpRequest, wanted: Query = "*", start: str = "now-15m", end: str = "now"
) -> dict[str, Any]:
    """Counts over time by status."""
    asked = {
        "filter": {"query": wanted, "from": start, "to": end},
        "compute": [{"aggregation": "count", "type": "timeseries"}],
        "group_by": [{"facet": "status", "limit": 10}],
    }
    buckets = await _aggregate(request, asked)
    return {
        "series": [{"status": by["status"], "points": computes.get("c0", [])} for by, computes in buckets]
    }


@get("/api/ui/logs/facets", guards=[user_guard])
async def ui_facets(
    request: HttpRequest, wanted: Query = "*", start: str = "now-15m", end: str = "now"
) -> dict[str, Any]:
    """The most frequent values of each facet, with counts."""
    where = {"query": wanted, "from": start, "to": end}
    facets = {}
    for facet in FACETS:
        buckets = await _aggregate(request, {"filter": where, "group_by": [{"facet": facet, "limit": 20}]})
        facets[facet] = [{"value": by[facet], "count": computes.get("c0", 0)} for by, computes in buckets]
    return {"facets": facets}


def _asked_v1(body: dict[str, Any]) -> dict[str, Any]:
    """The first generation's request as one of today."""
    try:
        window = object_of(body, "time")
    except ValueError as error:
        raise bad_request(str(error)) from error
    if body.get("sort") not in (None, "", "asc", "desc"):
        raise bad_request(f"'sort' is {str(body['sort'])[:50]!r}: expected asc or desc.")
    return {
        "filter": {"query": body.get("query") or "*", "from": window.get("from"), "to": window.get("to")},
        "page": {"limit": body.get("limit"), "cursor": body.get("startAt")},
        "sort": "timestamp" if body.get("sort") == "asc" else "-timestamp",
        "options": {"timezone": window.get("timezone"), "timeOffset": window.get("offset")},
    }


async def _page(request: HttpRequest, asked: dict[str, Any]) -> LogPage:
    services = services_of(request)
    try:
        return await search_logs(services.engine, read_page(asked, services.now()))
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _aggregate(request: HttpRequest, asked: Any) -> Any:
    services = services_of(request)
    if not isinstance(asked, dict):
        raise bad_request("The body must be a JSON object with 'compute' and 'filter'.")
    try:
        return await aggregate(services.engine, LOGS, asked, services.now())
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _listed(request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    page = await _page(request, asked)
    answer: dict[str, Any] = {"data": [_event(log) for log in page.logs], "meta": _meta(began)}
    if page.after:
        url = services_of(request).settings.url
        answer["meta"]["page"] = {"after": page.after}
        answer["links"] = {"next": next_link(f"{url}/api/v2/logs/events", asked, page.after)}
    return answer


def _event(log: StoredLog) -> dict[str, Any]:
    return {"id": str(log.id), "type": "log", "attributes": {**_content(log), "status": log.status}}


def _content(log: StoredLog) -> dict[str, Any]:
    tags = [*log.tags, *([f"source:{log.source}"] if log.source else [])]
    return {
        "timestamp": iso(log.time / 1000),
        "message": log.message,
        "host": log.host,
        "service": log.service,
        "tags": tags,
        "attributes": log.attributes,
    }


def _line(log: StoredLog) -> dict[str, Any]:
    return {
        **_content(log),
        "id": str(log.id),
        "time": log.time,
        "status": log.status,
        "source": log.source,
        "trace_id": log.full_trace_id,
        "span_id": str(log.span_id) if log.span_id else None,
    }


def _meta(began: float) -> dict[str, Any]:
    elapsed = round((time.monotonic() - began) * 1000)
    return {"elapsed": elapsed, "request_id": uuid.uuid4().hex, "status": "done"}


handlers: list[ControllerRouterHandler] = [
    search,
    list_logs,
    aggregate_logs,
    list_v1,
    ui_logs,
    ui_histogram,
    ui_facets,
]

register_source(("logs",), executor_for(LOGS))
