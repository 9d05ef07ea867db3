"""Endpoints of the pages of services, resources and the service map."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.apm import deployments, service_hosts
from heeler.apm import services as statistics
from heeler.apm.resources import (
    ResourceQuery,
    exact_percentiles,
    example_traces,
    latency_distribution,
    spans_within,
)
from heeler.apm.scope import Scope
from heeler.query.search.times import request_time

HttpRequest = Request[Any, Any, Any]


def scope_of(
    request: HttpRequest,
    env: str = "",
    version: str = "",
    tag: str = "",
    start: str = "now-1h",
    end: str = "now",
) -> Scope:
    """The window and filters of a request. Raises 400 for a time that cannot be read and a tag without a
    value."""
    now = services_of(request).now()
    if tag and ":" not in tag:
        raise bad_request(f"The tag is {tag[:100]!r}: expected key:value, such as datacenter:eu1")
    try:
        first, last = request_time(start, now), request_time(end, now)
    except ValueError as error:
        raise bad_request(str(error)) from error
    if first >= last:
        raise bad_request("Invalid start, end: 'start' must be before 'end'.")
    return Scope(first, last, env, version, tag)


_SCOPED = {"within": Provide(scope_of, sync_to_thread=False)}


@get("/api/ui/apm/services", guards=[user_guard], dependencies=_SCOPED)
async def ui_services(request: HttpRequest, within: Scope) -> dict[str, Any]:
    """Services with hits, errors and latency; the environments to choose from."""
    engine = services_of(request).engine
    return {
        "services": await statistics.services(engine, within),
        "envs": await statistics.environments(engine, within.start, within.end),
    }


@get("/api/ui/apm/services/{service:str}", guards=[user_guard], dependencies=_SCOPED)
async def ui_service(
    request: HttpRequest, service: str, within: Scope, operation: str = "", resource: str = ""
) -> dict[str, Any]:
    """A service: its numbers, its resources, its history, the filters to choose from."""
    engine = services_of(request).engine
    all_services = await statistics.services(engine, within)
    return {
        "service": service,
        "summary": next((one for one in all_services if one["service"] == service), None),
        "resources": await statistics.resources(engine, service, within, operation=operation),
        "timeline": await statistics.timeline(
            engine, service, within, operation=operation, resource=resource
        ),
        "filters": await service_hosts.filters(engine, service, within),
    }


@get("/api/ui/apm/services/{service:str}/resource", guards=[user_guard], dependencies=_SCOPED)
async def ui_resource(
    request: HttpRequest, service: str, within: Scope, resource: str, operation: str = ""
) -> dict[str, Any]:
    """A resource of a service: its latencies, what its requests consist of, example traces."""
    engine = services_of(request).engine
    query = ResourceQuery(service, resource, operation, within)
    percentiles = await exact_percentiles(engine, query)
    return {
        "distribution": await latency_distribution(engine, query),
        "percentiles": percentiles,
        "spans": await spans_within(engine, query),
        "examples": await example_traces(engine, query, percentiles),
    }


@get("/api/ui/apm/services/{service:str}/dependencies", guards=[user_guard], dependencies=_SCOPED)
async def ui_dependencies(request: HttpRequest, service: str, within: Scope) -> dict[str, Any]:
    """What a service calls and who calls it, and what takes the time of its requests."""
    engine = services_of(request).engine
    edges = await statistics.edges(engine, within, service)
    inferred = await statistics.inferred(engine, within)
    calls = [{**edge, "kind": "service"} for edge in edges if edge["from"] == service]
    known = {edge["to"] for edge in calls}
    calls += [edge for edge in inferred if edge["from"] == service and edge["to"] not in known]
    return {
        "upstream": [{**edge, "kind": "service"} for edge in edges if edge["to"] == service],
        "downstream": calls,
        "time": await statistics.time_by_downstream(engine, service, within),
    }


@get("/api/ui/apm/services/{service:str}/deployments", guards=[user_guard], dependencies=_SCOPED)
async def ui_deployments(
    request: HttpRequest, service: str, within: Scope, before: str = "", after: str = ""
) -> dict[str, Any]:
    """The versions of a service, the newest first; with ``before`` and ``after`` two of them compared."""
    engine = services_of(request).engine
    found: dict[str, Any] = {"versions": await deployments.versions(engine, service, within)}
    if before and after:
        found["compare"] = await deployments.compare(engine, service, within, before, after)
    return found


@get("/api/ui/apm/services/{service:str}/hosts", guards=[user_guard], dependencies=_SCOPED)
async def ui_service_hosts(request: HttpRequest, service: str, within: Scope) -> dict[str, Any]:
    """The hosts that a service runs on."""
    return {"hosts": await service_hosts.hosts(services_of(request).engine, service, within)}


@get("/api/ui/apm/map", guards=[user_guard], dependencies=_SCOPED)
async def ui_map(request: HttpRequest, within: Scope) -> dict[str, Any]:
    """Services as nodes, calls between them as edges; databases, queues and hosts that send no traces."""
    engine = services_of(request).engine
    nodes = await statistics.services(engine, within)
    known = {node["service"] for node in nodes}
    # A service of calls alone stands for its database already.
    databases = {node["service"] for node in nodes if node["type"] in statistics.DATABASE_TYPES}
    inferred = await statistics.inferred(engine, within)
    return {
        "nodes": nodes,
        "edges": await statistics.edges(engine, within),
        "inferred": [edge for edge in inferred if edge["to"] not in known and edge["from"] not in databases],
    }


handlers: list[ControllerRouterHandler] = [
    ui_services,
    ui_service,
    ui_resource,
    ui_dependencies,
    ui_deployments,
    ui_service_hosts,
    ui_map,
]
