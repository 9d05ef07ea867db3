"""Endpoints that tell how a metric is used: assets, active configurations, cardinalities and estimates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import not_found
from heeler.api.services import Services
from heeler.dashboards.ids import dashboard_url
from heeler.dashboards.model import Dashboard
from heeler.metric_usage.usage import of_dashboard, of_monitor, selections, usage
from heeler.metrics import catalog
from heeler.monitors.model import Monitor
from heeler.query.metrics.ast import Selector
from heeler.query.pool import pool_of

HttpRequest = Request[Any, Any, Any]
_HOUR = 3600
_DAY = 24 * _HOUR
#: What a time bucket of each type holds where a query does not say.
_TIME = {"count": "sum", "rate": "sum"}


async def _kind(services: Services, name: str) -> str:
    """The metric's type. Raises 404 where nothing was ever sent under the name."""
    found = await catalog.metric_type(services.engine, name)
    if found is None:
        raise not_found(f"Metric {name}")
    return found[0]


async def _users(services: Services, name: str) -> list[tuple[Dashboard | Monitor, list[Selector]]]:
    async with services.database.session() as session:
        dashboards = (await session.scalars(select(Dashboard).where(Dashboard.deleted.is_(None)))).all()
        monitors = (await session.scalars(select(Monitor))).all()
    return await pool_of(services.engine).run(_using, dashboards, monitors, name)


def _using(
    dashboards: Sequence[Dashboard], monitors: Sequence[Monitor], name: str
) -> list[tuple[Dashboard | Monitor, list[Selector]]]:
    """Those with queries of the metric: reads every query of all of them, for the threads of queries."""
    found: list[tuple[Dashboard | Monitor, list[Selector]]] = [
        *((one, selections(of_dashboard(one.body), name)) for one in dashboards),
        *((one, selections(of_monitor(one.type, one.query), name)) for one in monitors),
    ]
    return [(one, used) for one, used in found if used]


@get("/api/v2/metrics/{name:str}/assets", guards=[user_guard])
async def assets(request: HttpRequest, name: str) -> dict[str, Any]:
    """Dashboards and monitors whose queries name the metric."""
    services = services_of(request)
    await _kind(services, name)
    included = [_asset(one) for one, _ in await _users(services, name)]
    relationships = {
        kind: {"data": [{"id": one["id"], "type": kind} for one in included if one["type"] == kind]}
        for kind in ("dashboards", "monitors", "notebooks", "slos")
    }
    data = {"id": name, "type": "metrics", "relationships": relationships}
    return {"data": data, "included": included}


def _asset(one: Dashboard | Monitor) -> dict[str, Any]:
    if isinstance(one, Dashboard):
        url, tags = dashboard_url(one.id, one.title), one.body.get("tags") or []
        return {
            "id": one.id,
            "type": "dashboards",
            "attributes": {"title": one.title, "url": url, "tags": tags},
        }
    attributes = {"title": one.name, "url": f"/monitors/{one.id}", "tags": list(one.tags)}
    return {"id": str(one.id), "type": "monitors", "attributes": attributes}


@get("/api/v2/metrics/{name:str}/active-configurations", guards=[user_guard])
async def active_configurations(request: HttpRequest, name: str) -> dict[str, Any]:
    """Tags and aggregations that dashboards and monitors use; what people only looked at is not recorded."""
    services = services_of(request)
    kind = await _kind(services, name)
    found = usage((item for _, used in await _users(services, name) for item in used), _TIME.get(kind, "avg"))
    attributes = {
        "active_tags": list(found.tags),
        "active_aggregations": [{"time": time, "space": space} for time, space in found.aggregations],
    }
    return {"data": {"id": name, "type": "actively_queried_configurations", "attributes": attributes}}


def _now(services: Services) -> int:
    """The end of the second that it is: what has just come counts."""
    return int(services.now()) + 1


@get("/api/v2/metrics/{name:str}/estimate", guards=[user_guard])
async def estimate(
    request: HttpRequest,
    name: str,
    groups: Annotated[str, Parameter(query="filter[groups]")] = "",
    exclude: Annotated[bool, Parameter(query="filter[exclude_tags_mode]")] = False,
    hours_ago: Annotated[int, Parameter(query="filter[hours_ago]", ge=0)] = 0,
    timespan: Annotated[int, Parameter(query="filter[timespan_h]", ge=1)] = 1,
) -> dict[str, Any]:
    """How many series the metric would have with only (or without) the tags of ``filter[groups]``."""
    services = services_of(request)
    kind = await _kind(services, name)
    end = _now(services) - hours_ago * _HOUR
    keys = {key.strip().lower() for key in groups.split(",") if key.strip()}
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


handlers: list[ControllerRouterHandler] = [assets, active_configurations, estimate, tag_cardinalities]
