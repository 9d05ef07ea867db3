"""Endpoints of tag configurations: which tags of a metric are stored from now on.

Stored points keep their tags. Excluded tags are not stored and cannot be queried later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as remove
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.store import checked_email
from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request, not_found
from heeler.api.numbers import is_whole
from heeler.api.request_bodies import read_body
from heeler.api.services import Services
from heeler.api.text_limits import MAX_TAG, MAX_TAGS
from heeler.metrics import catalog
from heeler.metrics.model import TagConfiguration
from heeler.metrics.tag_rules import TagRules

_AGGREGATIONS = {
    "gauge": [{"time": "avg", "space": "avg"}],
    "count": [{"time": "sum", "space": "sum"}],
    "rate": [{"time": "sum", "space": "sum"}],
}


_MAX_WINDOW = 30 * 86400
_MAX_EMAILS = 100
_TIMES = ("avg", "count", "max", "min", "sum")
_SPACES = ("avg", "max", "min", "sum")


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
        body = await read_body(request, msgspec.json.Decoder(_Body).decode)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid tag configuration: {error}") from None
    if body.data.id != name or body.data.type != "manage_tags":
        raise bad_request(f'data.id must be "{name}" and data.type "manage_tags"')
    attributes = body.data.attributes
    if attributes.tags is not None:
        _check_tags(attributes.tags)
    for one in attributes.aggregations or ():
        if one.get("time") not in _TIMES or one.get("space") not in _SPACES or len(one) > 2:
            raise bad_request(
                f"Invalid aggregations. Expected objects with time, one of {', '.join(_TIMES)}, "
                f"and space, one of {', '.join(_SPACES)}"
            )
    given = msgspec.to_builtins(attributes)
    return {key: value for key, value in given.items() if value is not None}


def _check_tags(tags: list[str]) -> None:
    """Refuse what is no key of a tag."""
    if len(tags) > MAX_TAGS or not all(0 < len(one.strip()) <= MAX_TAG for one in tags):
        raise bad_request(f"Invalid tags. Expected at most {MAX_TAGS} keys of 1 to {MAX_TAG} characters")


def _check_kind(kind: str, attributes: dict[str, Any]) -> None:
    """Refuse options that metrics of this type do not have."""
    if kind == "distribution" and attributes.get("aggregations"):
        raise bad_request("Invalid aggregations: a distribution has include_percentiles in their place")
    if kind != "distribution" and attributes.get("include_percentiles"):
        raise bad_request(f"Invalid include_percentiles: of distributions only, not of a {kind}")


def configuration_object(row: TagConfiguration) -> dict[str, Any]:
    """Serialize a tag configuration in the public API's format."""
    attributes = {**row.attributes, "created_at": _iso(row.created), "modified_at": _iso(row.modified)}
    return {"type": "manage_tags", "id": row.name, "attributes": attributes}


def _answer(row: TagConfiguration) -> dict[str, Any]:
    return {"data": configuration_object(row)}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _now(services: Services) -> datetime:
    return datetime.fromtimestamp(services.now(), UTC)


def _defaults(kind: str) -> dict[str, Any]:
    if kind == "distribution":
        return {"metric_type": kind, "tags": [], "include_percentiles": False}
    return {"metric_type": kind, "tags": [], "aggregations": _AGGREGATIONS.get(kind, _AGGREGATIONS["gauge"])}


@post("/api/v2/metrics/{name:str}/tags", guards=[writer_guard], status_code=201)
async def create_configuration(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    services = services_of(request)
    attributes = await _read(request, name)
    kind = attributes.get("metric_type")
    if kind not in ("gauge", "count", "rate", "distribution"):
        raise bad_request("metric_type is gauge, count, rate or distribution")
    _check_kind(kind, attributes)
    attributes = _defaults(kind) | attributes
    async with services.database.session() as session:
        if await session.get(TagConfiguration, name):
            raise ApiError(409, f"{name} has a tag configuration already; change it with PATCH")
        moment = _now(services)
        row = TagConfiguration(name=name, attributes=attributes, created=moment, modified=moment)
        session.add(row)
    await services.part(TagRules).reload()
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
        _check_kind(row.attributes["metric_type"], attributes)
        row.attributes = {**row.attributes, **attributes}
        row.modified = _now(services)
    await services.part(TagRules).reload()
    return _answer(row)


@delete("/api/v2/metrics/{name:str}/tags", guards=[writer_guard], status_code=204)
async def delete_configuration(request: Request[Any, Any, Any], name: str) -> Response[None]:
    services = services_of(request)
    async with services.database.session() as session:
        row = await session.get(TagConfiguration, name)
        if row is None:
            raise not_found(name)
        await session.delete(row)
    await services.part(TagRules).reload()
    return Response(None, status_code=204)


class _BulkAttributes(msgspec.Struct):
    tags: list[str] = []
    emails: list[str] = []
    exclude_tags_mode: bool = False
    override_existing_configurations: bool = True


class _BulkData(msgspec.Struct):
    id: str
    type: str
    attributes: _BulkAttributes = msgspec.field(default_factory=_BulkAttributes)


class _BulkBody(msgspec.Struct):
    data: _BulkData


async def _read_bulk(request: Request[Any, Any, Any]) -> _BulkData:
    """Parse the body; its ``id`` is a prefix of metric names."""
    try:
        given = (await read_body(request, msgspec.json.Decoder(_BulkBody).decode)).data
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid bulk configuration: {error}") from None
    if given.type != "metric_bulk_configure_tags" or not given.id:
        raise bad_request('data.type must be "metric_bulk_configure_tags" and data.id a prefix of names')
    if len(given.attributes.emails) > _MAX_EMAILS:
        raise bad_request(f"Invalid emails: {len(given.attributes.emails):,}. Expected at most {_MAX_EMAILS}")
    given.attributes.emails = list(dict.fromkeys(checked_email(one) for one in given.attributes.emails))
    return given


def _tell(services: Services, session: AsyncSession, given: _BulkData, what: str, count: int) -> None:
    """Queue the mails that say that a bulk configuration was applied."""
    subject = f"{what} {count:,} metrics {given.id}*"
    detail = ""
    if given.attributes.tags:
        verb = "Excluded" if given.attributes.exclude_tags_mode else "Kept"
        detail = f" {verb} tags: {', '.join(given.attributes.tags)}."
    link = f"{services.settings.url}/metric/summary?filter={quote(given.id)}"
    services.send_mails(session, given.attributes.emails, subject, f"{subject}.{detail}", link)


def _bulk_answer(given: _BulkData) -> dict[str, Any]:
    attributes = {
        "emails": given.attributes.emails,
        "exclude_tags_mode": given.attributes.exclude_tags_mode,
        "status": "Accepted",
        "tags": given.attributes.tags,
    }
    return {"data": {"id": given.id, "type": given.type, "attributes": attributes}}


@post("/api/v2/metrics/config/bulk-tags", guards=[writer_guard], status_code=202)
async def create_configurations(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Configure every metric whose name starts with the prefix; one with a configuration also keeps its tags
    unless the request overrides. A mail that it is done goes to each of ``emails``.
    """
    services = services_of(request)
    given = await _read_bulk(request)
    _check_tags(given.attributes.tags)
    moment = _now(services)
    kinds = await catalog.metric_types(services.engine, given.id)
    async with services.database.session() as session:
        for name, kind in kinds.items():
            row = await session.get(TagConfiguration, name)
            if row is None:
                row = TagConfiguration(name=name, attributes=_defaults(kind), created=moment, modified=moment)
                session.add(row)
            before = [] if given.attributes.override_existing_configurations else row.attributes["tags"]
            tags = list(dict.fromkeys([*before, *given.attributes.tags]))
            mode = given.attributes.exclude_tags_mode
            row.attributes = {**row.attributes, "tags": tags, "exclude_tags_mode": mode}
            row.modified = moment
        _tell(services, session, given, "Tags were configured for", len(kinds))
    await services.part(TagRules).reload()
    return _bulk_answer(given)


@delete("/api/v2/metrics/config/bulk-tags", guards=[writer_guard], status_code=202)
async def delete_configurations(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Delete the configurations of every metric whose name starts with the prefix."""
    services, given = services_of(request), await _read_bulk(request)
    async with services.database.session() as session:
        gone = await session.scalars(
            remove(TagConfiguration)
            .where(TagConfiguration.name.startswith(given.id, autoescape=True))
            .returning(TagConfiguration.name)
        )
        _tell(services, session, given, "Configurations of tags were deleted for", len(gone.all()))
    await services.part(TagRules).reload()
    return _bulk_answer(given)


@get("/api/v2/metrics/{name:str}/volumes", guards=[user_guard])
async def volumes(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    """Number of series of the metric that were stored within the window (an hour), and that were received."""
    services = services_of(request)
    window = request.query_params.get("window[seconds]", "3600")
    if not is_whole(window) or not 0 < int(window) <= _MAX_WINDOW:
        raise bad_request(f"Invalid window[seconds]: {window[:50]!r}. Expected 1 to {_MAX_WINDOW}")
    if not await catalog.series_count(services.engine, name, 0):
        raise not_found(f"Metric {name}")
    since = services.now() - int(window) - catalog.SERIES_REWRITE_SECONDS
    count = await catalog.series_count(services.engine, name, since)
    reducer = services.part(TagRules).reducer
    received = reducer.received.get(name, 0) if reducer is not None else 0
    attributes = {"ingested_volume": max(received, count), "indexed_volume": count}
    return {"data": {"type": "metric_volumes", "id": name, "attributes": attributes}}


handlers: list[ControllerRouterHandler] = [
    create_configuration,
    configuration,
    update_configuration,
    delete_configuration,
    create_configurations,
    delete_configurations,
    volumes,
]
