"""Endpoints of metric usage: assets, active configurations, cardinalities and estimates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import not_found
from heeler.api.query_parameters import split_values
from heeler.api.services import Services
from heeler.metric_usage import cardinality_routes, quota_routes, unused_routes, usage_routes
from heeler.metric_usage.assets import KINDS, AssetIndex
from heeler.metric_usage.usage import usage
from heeler.metrics import catalog
from heeler.metrics.last_queried import LastQueried
from heeler.metrics.tag_rules import TagRules

HttpRequest = Request[Any, Any, Any]
_HOUR = 3600
_DAY = 24 * _HOUR
#: Default time aggregation by metric type.
_TIME = {"count": "sum", "rate": "sum"}


async def _kind(services: Services, name: str) -> str:
    """Type of the metric. Raises 404 if it was never sent."""
    found = await catalog.metric_type(services.engine, name)
    if found is None:
        raise not_found(f"Metric {name}")
    return found[0]


@get("/api/v2/metrics/{name:str}/assets", guards=[user_guard])
async def assets(request: HttpRequest, name: str) -> dict[str, Any]:
    """Dashboards, monitors, notebooks and SLOs whose queries name the metric."""
    services = services_of(request)
    await _kind(services, name)
    included = [one.as_json() for one in await services.part(AssetIndex).of_metric(name)]
    relationships = {
        kind: {"data": [{"id": one["id"], "type": kind} for one in included if one["type"] == kind]}
        for kind in KINDS
    }
    data = {"id": name, "type": "metrics", "relationships": relationships}
    return {"data": data, "included": included}


@get("/api/v2/metrics/{name:str}/active-configurations", guards=[user_guard])
async def active_configurations(
    request: HttpRequest,
    name: str,
    window: Annotated[int | None, Parameter(query="window[seconds]", ge=1, le=2_592_000)] = None,
) -> dict[str, Any]:
    """Tags and aggregations that dashboards, monitors, notebooks and SLOs use now, whatever the
    ``window[seconds]``; for ad hoc queries only the time is recorded, not the tags.
    """
    services = services_of(request)
    kind = await _kind(services, name)
    assets = await services.part(AssetIndex).of_metric(name)
    found = usage((item for one in assets for item in one.selectors[name]), _TIME.get(kind, "avg"))
    attributes = {
        "active_tags": list(found.tags),
        "active_aggregations": [{"time": time, "space": space} for time, space in found.aggregations],
    }
    return {"data": {"id": name, "type": "actively_queried_configurations", "attributes": attributes}}


def _now(services: Services) -> int:
    """End of the current second, so that points just received count."""
    return int(services.now()) + 1


@get("/api/v2/metrics/{name:str}/estimate", guards=[user_guard])
async def estimate(
    request: HttpRequest,
    name: str,
    groups: Annotated[str, Parameter(query="filter[groups]")] = "",
    exclude: Annotated[bool, Parameter(query="filter[exclude_tags_mode]")] = False,
    hours_ago: Annotated[int, Parameter(query="filter[hours_ago]", ge=0)] = 0,
    timespan: Annotated[int, Parameter(query="filter[timespan_h]", ge=1)] = 1,
    percentiles: Annotated[bool, Parameter(query="filter[pct]")] = False,
    aggregations: Annotated[int, Parameter(query="filter[num_aggregations]", ge=0, le=9)] = 0,
) -> dict[str, Any]:
    """Number of series that the metric would have with only (or without) the tags of ``filter[groups]``.

    Percentiles and aggregations (``filter[pct]``, ``filter[num_aggregations]``) are of every metric here and
    take no further series: the estimate is the same with and without.
    """
    services = services_of(request)
    kind = await _kind(services, name)
    end = _now(services) - hours_ago * _HOUR
    keys = {key.lower() for key in split_values(groups)}
    count = await catalog.combinations(services.engine, name, keys, exclude, end - timespan * _HOUR, end)
    attributes = {
        "estimate_type": "distribution" if kind == "distribution" else "count_or_gauge",
        "estimated_at": datetime.fromtimestamp(services.now(), UTC).isoformat(timespec="milliseconds"),
        "estimated_output_series": count,
    }
    return {"data": {"id": name, "type": "metric_cardinality_estimate", "attributes": attributes}}


@get("/api/v2/metrics/{name:str}/tag-cardinalities", guards=[user_guard])
async def tag_cardinalities(request: HttpRequest, name: str) -> dict[str, Any]:
    """Tag keys, and how many more values each had in the last day than in the one before."""
    services = services_of(request)
    await _kind(services, name)
    now = _now(services)
    today = await catalog.values_by_key(services.engine, name, now - _DAY, now)
    before = await catalog.values_by_key(services.engine, name, now - 2 * _DAY, now - _DAY)
    data = [
        {
            "id": key,
            "type": "tag_cardinality",
            "attributes": {"cardinality_delta": today.get(key, 0) - before.get(key, 0)},
        }
        for key in sorted({*today, *before})
    ]
    return {"data": data, "meta": {"metric_name": name}}


class MetricRow(msgspec.Struct):
    """A metric with its cost and usage. ``series`` are the stored ones of about the last hour, ``received``
    those that came in. ``rule``: ``configuration``, the name of a tag-indexing rule, or empty.
    """

    name: str
    type: str
    series: int
    received: int
    hosts: int
    last_queried: datetime | None
    assets: int
    rule: str


@get("/api/ui/metrics_summary", guards=[user_guard])
async def metrics_summary(request: HttpRequest, hours: int = 24) -> list[MetricRow]:
    """Every metric that reported within the last hours."""
    services = services_of(request)
    since = services.now() - max(1, min(hours, 24 * 365)) * _HOUR - catalog.SERIES_REWRITE_SECONDS
    recent = services.now() - _HOUR - catalog.SERIES_REWRITE_SECONDS
    rows = await catalog.metric_volumes(services.engine, since, recent)
    queried = await services.part(LastQueried).all()
    used = await services.part(AssetIndex).counts()
    rules = services.part(TagRules)
    received = rules.reducer.received if rules.reducer is not None else {}
    return [
        MetricRow(
            name, kind, series, max(series, received.get(name, 0)), hosts, queried.get(name),
            used.get(name, 0), _rule_name(rules, name),
        )
        for name, kind, series, hosts in rows
    ]  # fmt: skip


def _rule_name(rules: TagRules, metric: str) -> str:
    if metric in rules.rules.configured:
        return "configuration"
    applied = rules.rules.applied(metric)
    return applied.name if applied is not None else ""


handlers: list[ControllerRouterHandler] = [
    assets, active_configurations, estimate, tag_cardinalities, metrics_summary,
    *cardinality_routes.handlers,
    *unused_routes.handlers,
    *quota_routes.handlers,
    *usage_routes.handlers,
]  # fmt: skip
