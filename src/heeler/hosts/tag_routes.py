"""Endpoints of user-defined host tags, which are added to the tags from agents."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.hosts.inventory import all_tags, is_known, tags_by_source
from heeler.hosts.record import SHOWN_SOURCES
from heeler.store.arrow_tables import host_tags_table
from heeler.wire import normalize
from heeler.wire.events.intake_payload import HostTags

Object = dict[str, Any]

_DEFAULT_SOURCE = "users"
_SOURCES = {
    "user": "users",
    "datadog": "system",
    **{shown.lower(): stored for stored, shown in SHOWN_SOURCES.items()},
}

# Adding reads the existing tags: concurrent additions must not lose one.
_changing = asyncio.Lock()


class TagsBody(msgspec.Struct):
    tags: list[str] | None = None
    source: str | None = None


def _source(request: Request[Any, Any, Any], body: TagsBody | None = None) -> str | None:
    given = request.query_params.get("source") or (body.source if body else None)
    return _SOURCES.get(given.lower(), given.lower()) if given else None


@get("/api/v1/tags/hosts", guards=[user_guard])
async def list_tags(request: Request[Any, Any, Any]) -> Object:
    """Every tag with the hosts that have it."""
    wanted = _source(request)
    hosts: dict[str, set[str]] = defaultdict(set)
    for host, source, tags in await all_tags(services_of(request).engine):
        if wanted in (None, source):
            for tag in tags:
                hosts[tag].add(host)
    return {"tags": {tag: sorted(hosts[tag]) for tag in sorted(hosts)}}


@get("/api/v1/tags/hosts/{host:str}", guards=[user_guard])
async def get_tags(request: Request[Any, Any, Any], host: str) -> Object:
    engine = services_of(request).engine
    if not await is_known(engine, host):
        raise ApiError(404, f"Host {host} not found")
    by_source = await tags_by_source(engine, host)
    wanted = _source(request)
    if request.query_params.get("by_source", "").lower() in ("true", "1"):
        return {"tags": {SHOWN_SOURCES.get(source, source): tags for source, tags in by_source.items()}}
    stored = {tag for source, tags in by_source.items() if wanted in (None, source) for tag in tags}
    return {"host": host, "tags": sorted(stored)}


@post("/api/v1/tags/hosts/{host:str}", guards=[writer_guard])
async def add_tags(request: Request[Any, Any, Any], host: str, data: TagsBody) -> Object:
    services, source = services_of(request), _source(request, data) or _DEFAULT_SOURCE
    async with _changing:
        present = (await tags_by_source(services.engine, host)).get(source, [])
        return await _write(services, host, source, [*present, *(data.tags or [])])


@put("/api/v1/tags/hosts/{host:str}", status_code=201, guards=[writer_guard])
async def replace_tags(request: Request[Any, Any, Any], host: str, data: TagsBody) -> Object:
    source = _source(request, data) or _DEFAULT_SOURCE
    async with _changing:
        return await _write(services_of(request), host, source, data.tags or [])


@delete("/api/v1/tags/hosts/{host:str}", guards=[writer_guard])
async def remove_tags(request: Request[Any, Any, Any], host: str) -> None:
    services = services_of(request)
    if not await is_known(services.engine, host):
        raise ApiError(404, f"Host {host} not found")
    async with _changing:
        await _write(services, host, _source(request) or _DEFAULT_SOURCE, [])


async def _write(services: Services, host: str, source: str, tags: list[str]) -> Object:
    stored = normalize.tag_set(tags)
    row = HostTags(host, source, stored)
    await services.writer.write({"host_tags": host_tags_table([row], services.now())})
    return {"host": host, "tags": list(stored)}


handlers: list[ControllerRouterHandler] = [list_tags, get_tags, add_tags, replace_tags, remove_tags]
