"""Endpoints of retention filters and span-based metrics: ``/api/v2/apm/config/...``."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from litestar import Request, Response, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import changed_compute
from heeler.api.errors import ApiError, bad_request
from heeler.apm import retention_filters, span_metrics
from heeler.apm.model import SpanMetric, SpanRetentionFilter
from heeler.apm.span_metrics import RuleError

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]
Given = TypeVar("Given")
Found = TypeVar("Found")
MAX_FILTERS, MAX_METRICS = 200, 1000
_FILTERS = "/api/v2/apm/config/retention-filters"
_METRICS = "/api/v2/apm/config/metrics"


@post(_FILTERS, guards=[writer_guard], status_code=200)
async def create_filter(request: HttpRequest) -> Object:
    """Append a retention filter."""
    document = _checked(retention_filters.checked, _data(await request.json(), "apm_retention_filter"))
    now, who = _now(request), principal_of(request).email
    async with services_of(request).database.session() as db:
        stored = await _filters(db)
        if len(stored) >= MAX_FILTERS:
            raise bad_request(f"There are {MAX_FILTERS} retention filters already.")
        made = SpanRetentionFilter(
            id=secrets.token_urlsafe(16),
            position=max((one.position for one in stored), default=0) + 1,
            document=document,
            created=now,
            created_by=who,
            modified=now,
            modified_by=who,
        )
        db.add(made)
        return {"data": _shown_filter(made, len(stored) + 1)}


@get(_FILTERS, guards=[user_guard])
async def list_filters(request: HttpRequest) -> Object:
    """All filters in execution order."""
    async with services_of(request).database.session() as db:
        return {"data": [_shown_filter(one, at) for at, one in enumerate(await _filters(db), 1)]}


@get(f"{_FILTERS}/{{filter_id:str}}", guards=[user_guard])
async def get_filter(request: HttpRequest, filter_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found, place = await _filter(db, filter_id)
        return {"data": _shown_filter(found, place)}


@put(f"{_FILTERS}/{{filter_id:str}}", guards=[writer_guard])
async def update_filter(request: HttpRequest, filter_id: str) -> Object:
    """Replace a filter; its position in the order is unchanged."""
    body = await request.json()
    async with services_of(request).database.session() as db:
        found, place = await _filter(db, filter_id)
        found.document = _checked(retention_filters.checked, _data(body, "apm_retention_filter"))
        found.modified, found.modified_by = _now(request), principal_of(request).email
        return {"data": _shown_filter(found, place)}


@delete(f"{_FILTERS}/{{filter_id:str}}", guards=[writer_guard], status_code=200)
async def delete_filter(request: HttpRequest, filter_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found, _ = await _filter(db, filter_id)
        await db.delete(found)
    return {}


@put("/api/v2/apm/config/retention-filters-execution-order", guards=[writer_guard])
async def reorder_filters(request: HttpRequest) -> Response[Object]:
    """Set the execution order; every filter must be named once."""
    body = await request.json()
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise bad_request("The body must be {'data': [{'id': ..., 'type': 'apm_retention_filter'}, ...]}.")
    wanted = [one.get("id") for one in data]
    async with services_of(request).database.session() as db:
        stored = {one.id: one for one in await _filters(db)}
        if sorted(map(str, wanted)) != sorted(stored):
            raise bad_request(f"Expected each of the {len(stored)} retention filters once.")
        for place, identity in enumerate(wanted):
            stored[str(identity)].position = place
    return Response({}, status_code=200)


async def _filters(db: AsyncSession) -> Sequence[SpanRetentionFilter]:
    order = (SpanRetentionFilter.position, SpanRetentionFilter.id)
    return list(await db.scalars(select(SpanRetentionFilter).order_by(*order)))


async def _filter(db: AsyncSession, identity: str) -> tuple[SpanRetentionFilter, int]:
    """A filter and its place in the execution order, from 1. Raises 404."""
    for place, one in enumerate(await _filters(db), 1):
        if one.id == identity:
            return one, place
    raise ApiError(404, f"retention filter with id: '{identity[:100]}' not found")


def _shown_filter(one: SpanRetentionFilter, place: int) -> Object:
    return {
        "id": one.id,
        "type": "apm_retention_filter",
        "attributes": {
            **one.document,
            "execution_order": place,
            "editable": True,
            "created_at": int(one.created.timestamp()),
            "created_by": one.created_by,
            "modified_at": int(one.modified.timestamp()),
            "modified_by": one.modified_by,
        },
    }


@post(_METRICS, guards=[writer_guard], status_code=200)
async def create_metric(request: HttpRequest) -> Object:
    body = await request.json()
    attributes = _data(body, "spans_metrics")
    name = _checked(span_metrics.check_name, body["data"].get("id"))
    document = _checked(span_metrics.checked, attributes)
    async with services_of(request).database.session() as db:
        if await db.get(SpanMetric, name) is not None:
            raise ApiError(409, f"Metric with name '{name}' already exists")
        if len(list(await db.scalars(select(SpanMetric.id)))) >= MAX_METRICS:
            raise bad_request(f"There are {MAX_METRICS} metrics of spans already.")
        db.add(SpanMetric(id=name, document=document))
    return {"data": _shown_metric(name, document)}


@get(_METRICS, guards=[user_guard])
async def list_metrics(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        found = await db.scalars(select(SpanMetric).order_by(SpanMetric.id))
        return {"data": [_shown_metric(one.id, one.document) for one in found]}


@get(f"{_METRICS}/{{metric_id:str}}", guards=[user_guard])
async def get_metric(request: HttpRequest, metric_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found = await _metric(db, metric_id)
        return {"data": _shown_metric(found.id, found.document)}


@patch(f"{_METRICS}/{{metric_id:str}}", guards=[writer_guard])
async def update_metric(request: HttpRequest, metric_id: str) -> Object:
    """Change filter, groups and percentiles; the measure cannot be changed."""
    given = _data(await request.json(), "spans_metrics")
    async with services_of(request).database.session() as db:
        found = await _metric(db, metric_id)
        changed: Object = dict(found.document)
        changed.update((key, given[key]) for key in ("filter", "group_by") if key in given)
        if given.get("compute") is not None:
            changed["compute"] = changed_compute(found.document["compute"], given["compute"])
        found.document = _checked(span_metrics.checked, changed)
        return {"data": _shown_metric(found.id, found.document)}


@delete(f"{_METRICS}/{{metric_id:str}}", guards=[writer_guard])
async def delete_metric(request: HttpRequest, metric_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _metric(db, metric_id))


async def _metric(db: AsyncSession, name: str) -> SpanMetric:
    found = await db.get(SpanMetric, name)
    if found is None:
        raise ApiError(404, f"not_found(Metric with name '{name[:200]}' not found)")
    return found


def _shown_metric(name: str, document: Object) -> Object:
    return {"id": name, "type": "spans_metrics", "attributes": document}


def _data(body: Any, kind: str) -> Object:
    """``data.attributes`` of a body whose ``data.type`` is ``kind``. Raises 400 for an invalid body."""
    data = body.get("data") if isinstance(body, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(attributes, dict):
        raise bad_request("The body must be {'data': {'type': ..., 'attributes': {...}}}.")
    if data.get("type") != kind:
        raise bad_request(f"Invalid data.type. Expected '{kind}'.")
    return attributes


def _checked(check: Callable[[Given], Found], given: Given) -> Found:
    try:
        return check(given)
    except RuleError as error:
        raise bad_request(*map(str, error.args)) from error


def _now(request: HttpRequest) -> datetime:
    return datetime.fromtimestamp(services_of(request).now(), UTC)


handlers: list[ControllerRouterHandler] = [
    create_filter,
    list_filters,
    get_filter,
    update_filter,
    delete_filter,
    reorder_filters,
    create_metric,
    list_metrics,
    get_metric,
    update_metric,
    delete_metric,
]
