"""Endpoints of logs of the public API: search and aggregate."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.logs import config_routes, page_routes, pipeline_routes, unsupported_routes
from heeler.logs.archives import routes as archives
from heeler.logs.archives.writing import write_archives
from heeler.logs.log_metrics import flush_forever
from heeler.logs.rehydration import routes as rehydration
from heeler.logs.rehydration.tables import searched_table
from heeler.logs.search import LOGS
from heeler.logs.serializers import event_v1, event_v2
from heeler.logs.store import LogPage, search_logs
from heeler.query.data_sources import register_source
from heeler.query.search.buckets import aggregate
from heeler.query.search.query_objects import executor_for
from heeler.query.search.request import (
    next_link,
    object_of,
    read_indexes,
    read_page,
    read_search,
    within_indexes,
)

HttpRequest = Request[Any, Any, Any]


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
    indexes: Annotated[str, Parameter(query="filter[indexes]")] = "",
    start: Annotated[str, Parameter(query="filter[from]")] = "now-15m",
    end: Annotated[str, Parameter(query="filter[to]")] = "now",
    sort: str = "-timestamp",
    limit: Annotated[int, Parameter(query="page[limit]")] = 10,
    cursor: Annotated[str | None, Parameter(query="page[cursor]")] = None,
    tier: Annotated[str | None, Parameter(query="filter[storage_tier]")] = None,
) -> dict[str, Any]:
    names = [name for name in indexes.split(",") if name]
    where = {"query": wanted, "indexes": names, "from": start, "to": end, "storage_tier": tier}
    body = {"filter": where, "sort": sort}
    return await _listed(request, {**body, "page": {"limit": limit, "cursor": cursor}})


@post("/api/v2/logs/analytics/aggregate", guards=[user_guard], status_code=200)
async def aggregate_logs(request: HttpRequest) -> dict[str, Any]:
    began = time.monotonic()
    buckets = await _aggregate(request, await request.json())
    # A compute without a number is omitted: clients do not accept null there.
    data = {"buckets": [{"by": by, "computes": _numbers(computes)} for by, computes in buckets]}
    return {"data": data, "meta": _meta(began)}


@post("/api/v1/logs-queries/list", guards=[user_guard], status_code=200)
async def list_v1(request: HttpRequest) -> dict[str, Any]:
    """The first generation's search; ``startAt`` is the ``nextLogId`` of an answer."""
    body = await request.json()
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with 'query' and 'time'.")
    page = await _page(request, _asked_v1(body))
    return {"status": "done", "nextLogId": page.after, "logs": [event_v1(log) for log in page.logs]}


def _numbers(computes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in computes.items() if value is not None}


def _asked_v1(body: dict[str, Any]) -> dict[str, Any]:
    """Convert a v1 request to a v2 request."""
    try:
        window = object_of(body, "time")
    except ValueError as error:
        raise bad_request(str(error)) from error
    if body.get("sort") not in (None, "", "asc", "desc"):
        raise bad_request(f"'sort' is {str(body['sort'])[:50]!r}: expected asc or desc.")
    return {
        "filter": {
            "query": body.get("query") or "*",
            "indexes": [body["index"]] if body.get("index") else [],
            "from": window.get("from"),
            "to": window.get("to"),
        },
        "page": {"limit": body.get("limit"), "cursor": body.get("startAt")},
        "sort": "timestamp" if body.get("sort") == "asc" else "-timestamp",
        "options": {"timezone": window.get("timezone"), "timeOffset": window.get("offset")},
    }


def _check_tier(body: dict[str, Any]) -> None:
    """Raise ``ApiError`` 400 for any storage tier but the default one."""
    where = body.get("filter")
    tier = where.get("storage_tier") if isinstance(where, dict) else None
    if tier not in (None, "", "indexes"):
        raise bad_request(f"Storage tier {str(tier)[:50]!r} is not supported. Expected indexes.")


async def _page(request: HttpRequest, body: dict[str, Any]) -> LogPage:
    services = services_of(request)
    _check_tier(body)
    try:
        asked = read_page(body, services.now())
        table = await searched_table(services, asked.indexes)
        return await search_logs(services.engine, asked, table)
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _aggregate(request: HttpRequest, body: Any) -> Any:
    services = services_of(request)
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with 'compute' and 'filter'.")
    _check_tier(body)
    try:
        if object_of(body, "page").get("cursor"):
            raise bad_request("Field 'page.cursor' is invalid: all buckets are in the first answer.")
        where = object_of(body, "filter")
        search = within_indexes(read_search(where), read_indexes(where))
        body = {**body, "filter": {**where, "query": search}}
        table = await searched_table(services, read_indexes(where))
        return await aggregate(services.engine, table, body, services.now())
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _listed(request: HttpRequest, body: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    page = await _page(request, body)
    answer: dict[str, Any] = {"data": [event_v2(log) for log in page.logs], "meta": _meta(began)}
    if page.after:
        url = services_of(request).settings.url
        answer["meta"]["page"] = {"after": page.after}
        answer["links"] = {"next": next_link(f"{url}/api/v2/logs/events", body, page.after)}
    return answer


def _meta(began: float) -> dict[str, Any]:
    elapsed = round((time.monotonic() - began) * 1000)
    return {"elapsed": elapsed, "request_id": uuid.uuid4().hex, "status": "done"}


handlers: list[ControllerRouterHandler] = [
    search,
    list_logs,
    aggregate_logs,
    list_v1,
    *config_routes.handlers,
    *page_routes.handlers,
    *pipeline_routes.handlers,
    *archives.handlers,
    *rehydration.handlers,
    *unsupported_routes.handlers,
]

background_tasks = [flush_forever, write_archives]

register_source(("logs",), executor_for(LOGS))
