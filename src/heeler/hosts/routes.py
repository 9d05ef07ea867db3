"""Endpoints of hosts."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request, not_found
from heeler.api.numbers import MAX_OFFSET, MAX_SECONDS
from heeler.api.services import Services
from heeler.hosts import tag_routes
from heeler.hosts.inventory import load_host, load_hosts
from heeler.hosts.record import (
    ACTIVE_SECONDS,
    SHOWN_SOURCES,
    SORT_FIELDS,
    UP_SECONDS,
    Host,
    is_up,
    matches,
    sort_key,
)

Object = dict[str, Any]

_WINDOW_SECONDS = 3 * 3600
_MAX_COUNT = 1000
_DEFAULT_COUNT = 100


class Component(msgspec.Struct):
    """A process of the host's agent; ``cause`` is the reason for the last exit.

    ``not_stored`` counts requests of programs on the host, by kind (such as profiles), that are not stored.
    """

    name: str
    state: str
    cause: str = ""
    not_stored: dict[str, int] = {}


class HostSummary(msgspec.Struct):
    """A host of the host map. ``cpu``, ``iowait`` and ``memory`` are percent, ``load`` is by core; null
    without data within ten minutes. ``last_reported`` is UNIX seconds.
    """

    name: str
    aliases: list[str]
    apps: list[str]
    tags: list[str]
    tags_by_source: dict[str, list[str]]
    up: bool
    last_reported: float
    muted: bool
    cpu: float | None
    iowait: float | None
    load: float | None
    memory: float | None
    agent_version: str
    platform: str
    ip: str
    components: list[Component]


class HostSummaries(msgspec.Struct):
    hosts: list[HostSummary]


class HostDetails(msgspec.Struct):
    """A host for its page, with all metadata that it sent, by kind."""

    host: HostSummary
    meta: dict[str, Any]
    metadata: dict[str, Any]


def _number(query: Any, name: str, default: int, most: int = MAX_OFFSET) -> int:
    text = query.get(name) or ""
    try:
        number = int(float(text)) if text else default
    except (ValueError, OverflowError):
        number = -1
    if not 0 <= number <= most:
        raise bad_request(f"{name} is {text[:50]!r}; give a whole number from 0 to {most}")
    return number


def _since(query: Any, default: int) -> int:
    """``from``, UNIX seconds."""
    return _number(query, "from", default, MAX_SECONDS - 1)


def _flag(query: Any, name: str) -> bool:
    return str(query.get(name, "")).lower() in ("true", "1")


@get("/api/v1/hosts", guards=[user_guard])
async def list_hosts(request: Request[Any, Any, Any]) -> Object:
    """Hosts by filter, sorted, a page at a time."""
    services, query = services_of(request), request.query_params
    now = services.now()
    since = _since(query, int(now) - _WINDOW_SECONDS)
    by, direction = query.get("sort_field") or "host_name", (query.get("sort_dir") or "asc").lower()
    if by not in SORT_FIELDS or direction not in ("asc", "desc"):
        raise bad_request(f"Expected sort_field, one of {', '.join(SORT_FIELDS)}, and sort_dir, asc or desc")
    start, count = _number(query, "start", 0), min(_number(query, "count", _DEFAULT_COUNT), _MAX_COUNT)
    found = [
        host
        for host in await load_hosts(services.engine, since, now)
        if matches(host, query.get("filter") or "")
    ]
    found.sort(key=lambda host: sort_key(host, by, now), reverse=direction == "desc")
    mutes = await services.host_mutes(services)
    shown = [
        described(host, now, mutes, _flag(query, "include_hosts_metadata"))
        for host in found[start : start + count]
    ]
    return {
        "host_list": shown,
        "total_returned": len(shown),
        "total_matching": len(found),
        "exact_total_matching": True,
    }


def described(host: Host, now: float, mutes: dict[str, int | None], with_meta: bool) -> Object:
    """Serialize a host in the public API's format."""
    values = {name: host.values.get(name, 0.0) for name in ("cpu", "iowait", "load")}
    shown = {
        "id": host.id,
        "name": host.name,
        "host_name": host.name,
        "aliases": host.aliases or [host.name],
        "apps": host.apps,
        "sources": ["agent"] if host.metadata else ["api"],
        "tags_by_source": shown_sources(host),
        "up": is_up(host, now),
        "is_muted": host.name in mutes,
        "mute_timeout": mutes.get(host.name),
        "last_reported_time": int(host.last_reported),
        "metrics": values,
    }
    return {**shown, "meta": host.meta()} if with_meta else shown


def shown_sources(host: Host) -> dict[str, list[str]]:
    named = {SHOWN_SOURCES.get(source, source): sorted(tags) for source, tags in host.tags_by_source.items()}
    named["Datadog"] = sorted({f"host:{host.name}", *named.get("Datadog", [])})
    return named


@get("/api/v1/hosts/totals", guards=[user_guard])
async def totals(request: Request[Any, Any, Any]) -> Object:
    services = services_of(request)
    now = services.now()
    since = _since(request.query_params, int(now) - UP_SECONDS)
    hosts = await load_hosts(services.engine, since, now)
    active = sum(now - host.last_reported <= ACTIVE_SECONDS for host in hosts)
    return {"total_up": sum(is_up(host, now) for host in hosts), "total_active": active}


@get("/api/ui/hosts", guards=[user_guard])
async def host_map(request: Request[Any, Any, Any]) -> HostSummaries:
    """Hosts of the last three hours, for the host map and the list of hosts."""
    services = services_of(request)
    now = services.now()
    since = _since(request.query_params, int(now) - _WINDOW_SECONDS)
    mutes = await services.host_mutes(services)
    hosts = await load_hosts(services.engine, since, now)
    return HostSummaries([_summary(host, now, mutes) for host in hosts])


@get("/api/ui/hosts/{name:str}", guards=[user_guard])
async def host_page(request: Request[Any, Any, Any], name: str) -> HostDetails:
    services: Services = services_of(request)
    host = await load_host(services.engine, name, services.now())
    if host is None:
        raise not_found(f"Host {name}")
    mutes = await services.host_mutes(services)
    return HostDetails(_summary(host, services.now(), mutes), host.meta(), dict(host.metadata))


def _summary(host: Host, now: float, mutes: dict[str, int | None]) -> HostSummary:
    return HostSummary(
        name=host.name,
        aliases=host.aliases,
        apps=host.apps,
        tags=host.tags,
        tags_by_source=shown_sources(host),
        up=is_up(host, now),
        last_reported=host.last_reported,
        muted=host.name in mutes,
        cpu=host.values.get("cpu"),
        iowait=host.values.get("iowait"),
        load=host.values.get("load"),
        memory=host.values.get("memory"),
        agent_version=host.agent_version,
        platform=host.platform,
        ip=host.ip,
        components=[
            Component(
                str(item.get("name", "")),
                str(item.get("state", "")),
                str(item.get("cause") or ""),
                _counts(item.get("not_stored")),
            )
            for item in host.components
        ],
    )


def _counts(given: Any) -> dict[str, int]:
    if not isinstance(given, dict):
        return {}
    return {str(kind): count for kind, count in given.items() if isinstance(count, int)}


handlers: list[ControllerRouterHandler] = [list_hosts, totals, host_map, host_page, *tag_routes.handlers]
