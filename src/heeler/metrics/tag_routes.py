"""Endpoints of tag configurations. Here every tag stays queryable: a configuration is kept and given back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.services import Services
from heeler.metrics import catalog
from heeler.metrics.model import TagConfiguration

_AGGREGATIONS = {
    "gauge": [{"time": "avg", "space": "avg"}],
    "count": [{"time": "sum", "space": "sum"}],
    "rate": [{"time": "sum", "space": "sum"}],
}


class _Attributes(msgspec.Struct):
    metric_type: str | None = None
    tags: list[str] | None = None
    include_percentiles: bool | None = None
    exclude_tags_mode: bool | None = None
    aggregations: list[dict[str, str]] | None = None


class _Data(msgspec.Struct):
    attributes: _Attributes
    id: str
    type: str


class _Body(msgspec.Struct):
    data: _Data


async def _read(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(await request.body(), type=_Body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid tag configuration: {error}") from None
    if body.data.id != name or body.data.type != "manage_tags":
        raise bad_request(f'data.id must be "{name}" and data.type "manage_tags"')
    given = msgspec.to_builtins(body.data.attributes)
    return {key: value for key, value in given.items() if value is not None}


def _answer(row: TagConfiguration) -> dict[str, Any]:
    attributes = {**row.attributes, "created_at": _iso(row.created), "modified_at": _iso(row.modified)}
    return {"data": {"type": "manage_tags", "id": row.name, "attributes": attributes}}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _now(services: Services) -> datetime:
    return datetime.fromtimestamp(services.now(), UTC)


@post("/api/v2/metrics/{name:str}/tags", guards=[writer_guard], status_code=201)
async def create_configuration(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    services = services_of(request)
    attributes = await _read(request, name)
    kind = attributes.get("metric_type")
    if kind not in ("gauge", "count", "rate", "distribution"):
        raise bad_request("metric_type is gauge, count, rate or distribution")
    attributes.setdefault("tags", [])
    if kind == "distribution":
        attributes.setdefault("include_percentiles", False)
    else:
        attributes.setdefault("aggregations", _AGGREGATIONS[kind])
    async with services.database.session() as session:
        if await session.get(TagConfiguration, name):
            raise ApiError(409, f"{name} has a tag configuration already; change it with PATCH")
        moment = _now(services)
        row = TagConfiguration(name=name, attributes=attributes, created=moment, modified=moment)
        session.add(row)
    return _answer(row)


@get("/api/v2/metrics/{name:str}/tags", guards=[user_guard])
async def configuration(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    async with services_of(request).database.session() as session:
        row = await session.get(TagConfiguration, name)
    if row is None:
        raise not_found(name)
    return _answer(row)


@patch("/api/v2/metrics/{name:str}/tags", guards=[writer_guard])
async def update_configuration(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    services = services_of(request)
    attributes = await _read(request, name)
    async with services.database.session() as session:
        row = await session.get(TagConfiguration, name)
        if row is None:
            raise not_found(name)
        attributes.pop("metric_type", None)
        row.attributes = {**row.attributes, **attributes}
        row.modified = _now(services)
    return _answer(row)


@delete("/api/v2/metrics/{name:str}/tags", guards=[writer_guard], status_code=204)
async def delete_configuration(request: Request[Any, Any, Any], name: str) -> Response[None]:
    async with services_of(request).database.session() as session:
        row = await session.get(TagConfiguration, name)
        if row is None:
            raise not_found(name)
        await session.delete(row)
    return Response(None, status_code=204)


@get("/api/v2/metrics/{name:str}/volumes", guards=[user_guard])
async def volumes(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    """How many series the metric has."""
    count = await catalog.series_count(services_of(request).engine, name)
    if not count:
        raise not_found(f"Metric {name}")
    attributes = {"ingested_volume": count, "indexed_volume": count}
    return {"data": {"type": "metric_volumes", "id": name, "attributes": attributes}}


handlers: list[ControllerRouterHandler] = [
    create_configuration,
    configuration,
    update_configuration,
    delete_configuration,
    volumes,
]
