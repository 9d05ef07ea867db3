"""Endpoints that list metrics, their tags and metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, get, put
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.api.numbers import MAX_SECONDS
from heeler.api.query_parameters import split_values
from heeler.api.request_bodies import read_body
from heeler.api.text_limits import MAX_MESSAGE, bounded_text
from heeler.metrics import catalog
from heeler.metrics.last_queried import LastQueried
from heeler.metrics.model import MetricMetadata, TagConfiguration
from heeler.metrics.tag_routes import configuration_object
from heeler.metrics.unit_catalog import known_unit
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.units import UNITS, find

#: A reporting series is written again at least once an hour; see the intake's series cache.
_FRESH = 3600
_DAY = 86400


@get("/api/v1/metrics", guards=[user_guard])
async def active_metrics(
    request: Request[Any, Any, Any],
    since: Annotated[float, Parameter(query="from")],
    host: str = "",
    tag_filter: str = "",
) -> dict[str, Any]:
    """Names of metrics that reported since ``from``."""
    if not 0 <= since < MAX_SECONDS:
        raise bad_request(f"Invalid from: {since}. Expected UNIX seconds.")
    names = await catalog.metric_names(
        services_of(request).engine, max(since - _FRESH, 0), host=host, tag=tag_filter.lower()
    )
    return {"from": str(int(since)), "metrics": names}


@get("/api/v1/search", guards=[user_guard])
async def search(request: Request[Any, Any, Any], q: str = "") -> dict[str, Any]:
    """Metrics and hosts of the last day whose name contains the text; ``metrics:`` or ``hosts:`` limits."""
    services = services_of(request)
    kind, colon, text = q.partition(":")
    if not colon or kind not in ("metrics", "hosts"):
        kind, text = "", q
    since = services.now() - _DAY
    results: dict[str, list[str]] = {}
    if kind in ("", "metrics"):
        results["metrics"] = await catalog.metric_names(services.engine, since, text=text)
    if kind in ("", "hosts"):
        results["hosts"] = await catalog.host_names(services.engine, since, text)
    return {"results": results}


class MetadataBody(msgspec.Struct):
    """User-defined metadata of a metric; None leaves a field unchanged."""

    type: str | None = None
    description: str | None = None
    short_name: str | None = None
    unit: str | None = None
    per_unit: str | None = None
    statsd_interval: int | None = None


_METADATA = ("type", "description", "short_name", "unit", "per_unit", "statsd_interval", "integration")


@get("/api/v1/metrics/{name:str}", guards=[user_guard])
async def metadata(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    services = services_of(request)
    sent = await catalog.metric_type(services.engine, name)
    async with services.database.session() as session:
        row = await session.get(MetricMetadata, name)
    if sent is None and row is None:
        raise not_found(f"Metric {name}")
    return _metadata(name, row, sent)


def _metadata(
    name: str, row: MetricMetadata | None, sent: tuple[str, str, str, int] | None
) -> dict[str, Any]:
    metadata = {key: getattr(row, key) for key in _METADATA} if row else dict.fromkeys(_METADATA)
    kind, unit, source, interval = sent or ("", "", "", 0)
    first, _, per = (unit or known_unit(name)).partition("/")
    measured = {
        "type": kind,
        "unit": first,
        "per_unit": per,
        "integration": source,
        "statsd_interval": interval,
    }
    return {key: metadata[key] or measured.get(key) or None for key in _METADATA}


@put("/api/v1/metrics/{name:str}", guards=[writer_guard])
async def update_metadata(request: Request[Any, Any, Any], name: str) -> dict[str, Any]:
    services = services_of(request)
    try:
        body = await read_body(
            request, lambda given: msgspec.json.decode(given or b"{}", type=MetadataBody, strict=False)
        )
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise bad_request(f"Invalid metadata: {error}") from None
    _refuse_unknown(body)
    async with services.database.session() as session:
        row = await session.get(MetricMetadata, name)
        if row is None:
            row = MetricMetadata(name=name, **dict.fromkeys(_METADATA[:5], ""), integration="")
            session.add(row)
        for key in MetadataBody.__struct_fields__:
            value = getattr(body, key)
            if value is not None:
                setattr(row, key, value)
    return _metadata(name, row, await catalog.metric_type(services.engine, name))


def _refuse_unknown(body: MetadataBody) -> None:
    bounded_text("description", body.description or "", MAX_MESSAGE)
    bounded_text("short_name", body.short_name or "", 200)
    if body.statsd_interval is not None and not 0 <= body.statsd_interval < 2**31:
        raise bad_request(f"Invalid statsd_interval: {body.statsd_interval}. Expected seconds from 0")
    if body.type and body.type not in ("gauge", "count", "rate", "distribution"):
        raise bad_request(f"Unknown type {body.type!r}; there are gauge, count, rate and distribution")
    for unit in (body.unit, body.per_unit):
        if unit and find(unit) is None:
            known = ", ".join(sorted(UNITS)[:8])
            raise bad_request(f"Unknown unit {unit!r}; units are written like {known} ...")


#: Parameters of the public API that are not supported here.
_NOT_SUPPORTED = ("filter[related_assets]", "include", "sort")


@get("/api/v2/metrics", guards=[user_guard])
async def list_metrics(
    request: Request[Any, Any, Any],
    window: Annotated[int, Parameter(query="window[seconds]", ge=1, le=2_592_000)] = 3600,
    tags: Annotated[str, Parameter(query="filter[tags]")] = "",
    configured: Annotated[bool | None, Parameter(query="filter[configured]")] = None,
    configurable: Annotated[bool | None, Parameter(query="filter[is_configurable]")] = None,
    tags_configured: Annotated[str, Parameter(query="filter[tags_configured]")] = "",
    kind: Annotated[str, Parameter(query="filter[metric_type]")] = "",
    percentiles: Annotated[bool | None, Parameter(query="filter[include_percentiles]")] = None,
    queried: Annotated[bool | None, Parameter(query="filter[queried]")] = None,
    queried_window: Annotated[
        int, Parameter(query="filter[queried][window][seconds]", ge=1, le=15_552_000)
    ] = _DAY,
    size: Annotated[int | None, Parameter(query="page[size]", ge=1, le=10_000)] = None,
    cursor: Annotated[str, Parameter(query="page[cursor]")] = "",
) -> dict[str, Any]:
    """Metrics that reported within the window, with their tag configurations; paged with ``page[size]``.

    ``filter[tags_configured]`` are comma-separated tag keys, all of which a configuration must have;
    ``filter[queried]``: whether users or keys queried the metric within a window, a day by default.
    """
    services = services_of(request)
    for name in _NOT_SUPPORTED:
        if name in request.query_params:
            raise bad_request(f"{name} is not supported; GET /api/v2/metrics/NAME/assets lists assets")
    if kind not in ("", "distribution", "non_distribution"):
        raise bad_request(f"filter[metric_type] is {kind[:50]!r}: expected distribution or non_distribution")
    async with services.database.session() as session:
        rows = {row.name: row for row in await session.scalars(select(TagConfiguration))}
    looked_at = await services.part(LastQueried).since(queried_window) if queried is not None else set()
    keys = set(split_values(tags_configured))

    def chosen(name: str) -> bool:
        attributes = rows[name].attributes if name in rows else None
        return (
            configured in (None, attributes is not None)
            and configurable is not False
            and (queried is None or queried is (name in looked_at))
            and keys <= set((attributes or {}).get("tags") or ())
            and percentiles in (None, bool((attributes or {}).get("include_percentiles")))
        )

    since = services.now() - window - _FRESH
    found = await catalog.metric_names(services.engine, since, tag=tags.lower(), kind=kind)
    if configured and not tags and not kind:  # also those that have not reported yet
        found = sorted({*found, *rows})
    names = [name for name in found if chosen(name)]
    if size is None:
        return {"data": [_listed(name, rows) for name in names]}
    page = [name for name in names if name > cursor][: size + 1]
    following = page[size - 1] if len(page) > size else None
    pagination = {"type": "cursor_limit", "limit": size, "cursor": cursor or None, "next_cursor": following}
    return {"data": [_listed(name, rows) for name in page[:size]], "meta": {"pagination": pagination}}


def _listed(name: str, configurations: Mapping[str, TagConfiguration]) -> dict[str, Any]:
    if name in configurations:
        return configuration_object(configurations[name])
    return {"type": "metrics", "id": name}


@get("/api/v2/metrics/{name:str}/all-tags", guards=[user_guard])
async def all_tags(
    request: Request[Any, Any, Any],
    name: str,
    window: Annotated[int | None, Parameter(query="window[seconds]", ge=1, le=2_592_000)] = None,
    within: Annotated[str, Parameter(query="filter[tags]")] = "*",
    match: Annotated[str, Parameter(query="filter[match]")] = "",
    values: Annotated[bool, Parameter(query="filter[include_tag_values]")] = True,
    limit: Annotated[int | None, Parameter(query="page[limit]", ge=1)] = None,
) -> dict[str, Any]:
    """Tags of the metric, of any time without ``window[seconds]``; none of one that has no points.

    ``filter[tags]``: of series with all of these; ``filter[match]``: a part of the tags;
    ``filter[include_tag_values]``: false for their keys alone.
    """
    services = services_of(request)
    since = None if window is None else services.now() - window - _FRESH
    try:
        tags = await catalog.metric_tags(services.engine, name, within or "*", since) or []
    except QueryError as error:
        raise bad_request(f"Invalid filter[tags]: {error.described}") from None
    tags = [tag for tag in tags if match.lower() in tag]
    if not values:
        tags = list(dict.fromkeys(tag.partition(":")[0] for tag in tags))
    tags = tags[:limit]
    attributes = {"tags": tags, "ingested_tags": tags}
    return {"data": {"type": "metrics", "id": name, "attributes": attributes}}


@get("/api/ui/metrics/{name:str}/tags", guards=[user_guard])
async def tag_values(request: Request[Any, Any, Any], name: str) -> dict[str, list[str]]:
    """Tag keys of the metric with their values, for completion; bare tags have the key ``""``."""
    found: dict[str, list[str]] = {}
    for tag in await catalog.metric_tags(services_of(request).engine, name) or []:
        key, colon, value = tag.partition(":")
        found.setdefault(key if colon else "", []).append(value if colon else tag)
    return found


@get("/api/ui/tag_values", guards=[user_guard])
async def values_of_key(request: Request[Any, Any, Any], key: str) -> dict[str, list[str]]:
    """Values of a tag key over all metrics and hosts, for the variables of dashboards."""
    return {"values": await catalog.tag_values(services_of(request).engine, key)}


@get("/api/ui/units", guards=[user_guard])
async def unit_list() -> list[dict[str, Any]]:
    """Every unit that a metric can have."""
    return [unit.as_json() for unit in UNITS.values()]


handlers: list[ControllerRouterHandler] = [
    active_metrics,
    search,
    metadata,
    update_metadata,
    list_metrics,
    all_tags,
    tag_values,
    values_of_key,
    unit_list,
]
