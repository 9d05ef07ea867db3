"""Endpoints of spans, traces and services."""

from __future__ import annotations

import time
import uuid
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request, not_found
from heeler.api.query_parameters import split_values
from heeler.apm import (
    catalog_routes,
    definition_routes,
    ingestion_routes,
    service_routes,
    span_config_routes,
    span_routes,
    tracer_config_routes,
)
from heeler.apm import services as statistics
from heeler.apm.dependencies import dependency_stats
from heeler.apm.pruned_trace import Pruning, pruned_trace
from heeler.apm.scope import Scope
from heeler.apm.search import SPANS
from heeler.apm.serializers import span_event, trace_page, trace_v2
from heeler.apm.span_metrics import flush_forever
from heeler.apm.stats import resource_stats, trace_metrics
from heeler.apm.store import StoredSpan, find_trace, search_spans
from heeler.query.data_sources import register_source
from heeler.query.search.buckets import aggregate
from heeler.query.search.query_objects import executor_for
from heeler.query.search.request import WindowError, next_link, read_page

HttpRequest = Request[Any, Any, Any]


@post("/api/v2/spans/events/search", guards=[user_guard], status_code=200)
async def search(request: HttpRequest) -> Response[dict[str, Any]]:
    return await _listed(request, _attributes(await request.json()))


@get("/api/v2/spans/events", guards=[user_guard])
async def list_spans(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="filter[query]")] = "*",
    start: Annotated[str, Parameter(query="filter[from]")] = "now-15m",
    end: Annotated[str, Parameter(query="filter[to]")] = "now",
    sort: str = "-timestamp",
    limit: Annotated[int, Parameter(query="page[limit]")] = 10,
    cursor: Annotated[str | None, Parameter(query="page[cursor]")] = None,
) -> Response[dict[str, Any]]:
    asked = {"filter": {"query": wanted, "from": start, "to": end}, "sort": sort}
    return await _listed(request, {**asked, "page": {"limit": limit, "cursor": cursor}})


@post("/api/v2/spans/analytics/aggregate", guards=[user_guard], status_code=200)
async def aggregate_spans(request: HttpRequest) -> Response[dict[str, Any]]:
    services, began = services_of(request), time.monotonic()
    try:
        buckets = await aggregate(services.engine, SPANS, _attributes(await request.json()), services.now())
    except WindowError as error:
        return _unprocessable(error)
    except ValueError as error:
        raise bad_request(str(error)) from error
    data = [
        {"type": "bucket", "id": str(uuid.uuid4()), "attributes": {"by": by, "compute": computes}}
        for by, computes in buckets
    ]
    return Response({"data": data, "meta": _meta(began)})


@get("/api/v2/trace/{trace_id:str}", guards=[user_guard])
async def get_trace(
    request: HttpRequest, trace_id: str, include_fields: list[str] | None = None
) -> dict[str, Any]:
    """The trace; ``include_fields``: only these fields of its spans, repeated or separated by commas."""
    whole = trace_v2(trace_id, await _trace(request, trace_id))
    fields = set(split_values(*(include_fields or ())))
    if fields:
        attributes = whole["data"]["attributes"]
        attributes["spans"] = [
            {name: value for name, value in span.items() if name in fields} for span in attributes["spans"]
        ]
    return whole


@get("/api/v2/pruned_trace/{trace_id:str}", guards=[user_guard])
async def get_pruned_trace(
    request: HttpRequest,
    trace_id: str,
    expand_span_id: int = 0,
    only_service_entry_spans: bool = False,
    include_path: list[str] | None = None,
    tag_include: list[str] | None = None,
    tag_exclude: list[str] | None = None,
) -> dict[str, Any]:
    """The trace as a tree, without most of the spans of a large one."""
    asked = Pruning(
        expand=expand_span_id,
        entries_only=only_service_entry_spans,
        paths=tuple(include_path or ()),
        include=tuple(tag_include or ()),
        exclude=tuple(tag_exclude or ()),
    )
    spans = await _trace(request, trace_id)
    try:
        return {"data": pruned_trace(spans, asked)}
    except ValueError as error:
        raise bad_request(f"tag_include or tag_exclude is no regular expression: {error}") from None


@get("/api/v1/trace/{trace_id:str}", guards=[user_guard])
async def get_trace_v1(request: HttpRequest, trace_id: str) -> dict[str, Any]:
    return {"trace": trace_v2(trace_id, await _trace(request, trace_id))["data"]["attributes"]}


@get("/api/v2/apm/services", guards=[user_guard])
async def service_names(
    request: HttpRequest, env: Annotated[str, Parameter(query="filter[env]")] = ""
) -> dict[str, Any]:
    """Names of the services of the past hour; ``filter[env]`` is one environment, ``*`` every one."""
    services = services_of(request)
    now = services.now()
    found = await statistics.services(services.engine, Scope(now - 3600, now, "" if env == "*" else env))
    names = [one["service"] for one in found]
    metadata = [{"isTraced": True, "isUsm": False} for _ in names]
    attributes = {"services": names, "metadata": metadata}
    return {"data": {"id": env or "*", "type": "services_list", "attributes": attributes}}


@get("/api/ui/apm/traces/{trace_id:str}", guards=[user_guard])
async def ui_trace(request: HttpRequest, trace_id: str) -> dict[str, Any]:
    return trace_page(await _trace(request, trace_id))


async def _listed(request: HttpRequest, asked: dict[str, Any]) -> Response[dict[str, Any]]:
    services, began = services_of(request), time.monotonic()
    try:
        page = await search_spans(services.engine, read_page(asked, services.now()))
    except WindowError as error:
        return _unprocessable(error)
    except ValueError as error:
        raise bad_request(str(error)) from error
    answer: dict[str, Any] = {"data": [span_event(span) for span in page.spans], "meta": _meta(began)}
    if page.after:
        answer["meta"]["page"] = {"after": page.after}
        url = f"{services.settings.url}/api/v2/spans/events"
        answer["links"] = {"next": next_link(url, asked, page.after)}
    return Response(answer)


def _attributes(body: Any) -> dict[str, Any]:
    """``data.attributes`` of a request; defaults for an empty body. Raises 400 for an invalid body."""
    if body == {}:
        return {}
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(attributes, dict):
        raise bad_request("The body must be {'data': {'type': ..., 'attributes': {'filter': ...}}}.")
    return attributes


def _unprocessable(error: ValueError) -> Response[dict[str, Any]]:
    problem = {"title": "Generic Error", "detail": f"invalid_argument({error})"}
    return Response({"errors": [problem]}, status_code=422)


def _meta(began: float) -> dict[str, Any]:
    elapsed = round((time.monotonic() - began) * 1000)
    return {"elapsed": elapsed, "request_id": uuid.uuid4().hex, "status": "done"}


async def _trace(request: HttpRequest, trace_id: str) -> list[StoredSpan]:
    spans = await find_trace(services_of(request).engine, trace_id)
    if not spans:
        raise not_found(f"Trace {trace_id[:40]}")
    return spans


handlers: list[ControllerRouterHandler] = [
    search,
    list_spans,
    aggregate_spans,
    get_trace,
    get_pruned_trace,
    get_trace_v1,
    service_names,
    ui_trace,
    *service_routes.handlers,
    *definition_routes.handlers,
    *catalog_routes.handlers,
    *span_routes.handlers,
    *span_config_routes.handlers,
    *ingestion_routes.handlers,
    *tracer_config_routes.handlers,
]

background_tasks = [flush_forever]

register_source(("spans",), executor_for(SPANS))
register_source(("apm_resource_stats",), resource_stats)
register_source(("apm_metrics",), trace_metrics)
register_source(("apm_dependency_stats",), dependency_stats)
