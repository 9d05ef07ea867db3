"""Endpoints of the explorer pages, shared by logs, spans and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Request, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.explorer import facet_counts, views
from heeler.explorer.patterns import patterns
from heeler.explorer.sources import EXPLORABLE, Explorable
from heeler.logs.rehydration.tables import readable_table
from heeler.query.search.buckets import aggregate
from heeler.query.search.field_sql import Parameters
from heeler.query.search.parser import SearchError
from heeler.query.search.request import object_of, read_search, read_window, whole_number
from heeler.query.search.sql import search_condition

HttpRequest = Request[Any, Any, Any]
Window = tuple[str, float, float]


@post("/api/ui/explorer/{source:str}/facets", guards=[user_guard], status_code=200)
async def facet_values(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Most frequent values of ``fields``, or of the source's default facets, with counts."""
    kind, (search, start, end) = await _asked(request, source, data)
    fields = data.get("fields") or list(kind.facets)
    if not isinstance(fields, list) or not all(isinstance(one, str) and one for one in fields):
        raise bad_request("Invalid fields. Expected a list of names.")
    try:
        limit = whole_number("limit", data.get("limit"), 10, facet_counts.MAX_VALUES)
        found = await facet_counts.facets(
            services_of(request).engine, kind, search, start, end, fields, limit
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    except ExceptionGroup as group:  # not `except*`: an exception raised in it would be a group, and a 500
        wrong, others = group.split(ValueError)
        if wrong is None or others is not None:
            raise
        raise bad_request(str(wrong.exceptions[0])) from group
    return {"facets": found}


@post("/api/ui/explorer/{source:str}/values", guards=[user_guard], status_code=200)
async def field_values(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Values of ``field`` that contain ``text``, with counts: for completion and the search of a facet."""
    kind, (search, start, end) = await _asked(request, source, data)
    field, text = _field(data), str(data.get("text") or "")
    try:
        limit = whole_number("limit", data.get("limit"), 20, facet_counts.MAX_VALUES)
        found = await facet_counts.values(
            services_of(request).engine, kind, search, start, end, field, text, limit
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"values": found}


@post("/api/ui/explorer/{source:str}/measure", guards=[user_guard], status_code=200)
async def measure(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """The range of a field's numbers with a histogram."""
    kind, (search, start, end) = await _asked(request, source, data)
    try:
        return await facet_counts.measure(services_of(request).engine, kind, search, start, end, _field(data))
    except ValueError as error:
        raise bad_request(str(error)) from error


@post("/api/ui/explorer/{source:str}/fields", guards=[user_guard], status_code=200)
async def field_names(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Names of fields that the newest rows have."""
    kind, (search, start, end) = await _asked(request, source, data)
    try:
        found = await facet_counts.fields(services_of(request).engine, kind, search, start, end)
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"fields": found, "facets": list(kind.facets)}


@post("/api/ui/explorer/{source:str}/aggregate", guards=[user_guard], status_code=200)
async def aggregates(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Buckets as of the public aggregate endpoints, also of events."""
    services = services_of(request)
    try:
        kind = await _source(request, source)
        buckets = await aggregate(services.engine, kind.table, data, services.now())
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"buckets": [{"by": by, "computes": computes} for by, computes in buckets]}


@post("/api/ui/explorer/{source:str}/patterns", guards=[user_guard], status_code=200)
async def find_patterns(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Clusters of similar texts."""
    kind, (search, start, end) = await _asked(request, source, data)
    try:
        return await patterns(services_of(request).engine, kind, search, start, end)
    except ValueError as error:
        raise bad_request(str(error)) from error


@post("/api/ui/explorer/{source:str}/check", guards=[user_guard], status_code=200)
async def check(request: HttpRequest, source: str, data: dict[str, Any]) -> dict[str, Any]:
    """Syntax error of ``query`` with its position (characters from 0); null if valid."""
    try:
        kind = await _source(request, source)
        search_condition(str(data.get("query") or ""), kind.table, Parameters())
    except SearchError as error:
        return {"problem": {"message": error.message, "position": error.position}}
    return {"problem": None}


async def _asked(request: HttpRequest, source: str, data: Mapping[str, Any]) -> tuple[Explorable, Window]:
    kind = await _source(request, source)
    try:
        where = object_of(data, "filter")
        start, end = read_window(where, services_of(request).now())
        return kind, (read_search(where), start, end)
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _source(request: HttpRequest, name: str) -> Explorable:
    """The source, or one historical view of logs where the query parameter ``index`` names one."""
    found = EXPLORABLE.get(name)
    if found is None:
        raise ApiError(404, f"Unknown source {name[:50]}. Supported: {', '.join(EXPLORABLE)}.")
    index = request.query_params.get("index", "")
    if not index or name != "logs":
        return found
    return replace(found, table=await readable_table(services_of(request), index))


def _field(data: Mapping[str, Any]) -> str:
    field = data.get("field")
    if not isinstance(field, str) or not field:
        raise bad_request("Invalid field. Expected the name of a facet, such as 'service' or '@http.method'.")
    return field


handlers: list[ControllerRouterHandler] = [
    facet_values,
    field_values,
    measure,
    field_names,
    aggregates,
    find_patterns,
    check,
    *views.handlers,
]
