"""Endpoints of the log configuration: pipelines, indexes and metrics."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.documents import changed_compute
from heeler.api.errors import ApiError, bad_request
from heeler.logs.config import LogConfig, whole_document
from heeler.logs.indexes import check_name, compile_index
from heeler.logs.ingest import Quotas
from heeler.logs.log_metrics import compile_metric
from heeler.logs.model import HistoricalView, LogIndex, LogMetric, LogPipeline
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.pipeline import compile_pipeline
from heeler.logs.pipelines.presets import PRESETS
from heeler.restrictions.log_queries import refuse_counting
from heeler.wire.normalize import metric_name

HttpRequest = Request[Any, Any, Any]
Object = dict[str, Any]
MAX_PIPELINES, MAX_INDEXES, MAX_METRICS = 500, 100, 1000
_PIPELINE_FIELDS = ("name", "is_enabled", "filter", "processors", "description", "tags")
_INDEX_FIELDS = (
    "filter", "exclusion_filters", "daily_limit", "daily_limit_reset",
    "daily_limit_warning_threshold_percentage", "num_retention_days", "num_flex_logs_retention_days", "tags",
)  # fmt: skip


@post("/api/v1/logs/config/pipelines", guards=[writer_guard], status_code=200)
async def create_pipeline(request: HttpRequest) -> Object:
    document = _pipeline(request, await _body(request))
    async with services_of(request).database.session() as db:
        stored = list(await db.scalars(select(LogPipeline)))
        if len(stored) >= MAX_PIPELINES:
            raise bad_request(f"There are {len(stored)} pipelines: at most {MAX_PIPELINES}.")
        # After custom pipelines, before presets.
        place = max((one.position for one in stored if one.id not in PRESETS), default=0) + 1
        made = LogPipeline(
            id=secrets.token_urlsafe(16), position=place, document=document, modified=datetime.now(UTC)
        )
        db.add(made)
        return whole_document(made)


@get("/api/v1/logs/config/pipelines", guards=[user_guard])
async def list_pipelines(request: HttpRequest) -> list[Object]:
    async with services_of(request).database.session() as db:
        return [whole_document(one) for one in await _pipelines(db)]


@get("/api/v1/logs/config/pipelines/{pipeline_id:str}", guards=[user_guard])
async def get_pipeline(request: HttpRequest, pipeline_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return whole_document(await _found(db, pipeline_id))


@put("/api/v1/logs/config/pipelines/{pipeline_id:str}", guards=[writer_guard])
async def update_pipeline(request: HttpRequest, pipeline_id: str) -> Object:
    """Replace a pipeline. Of a preset only ``is_enabled`` can change."""
    body = await _body(request)
    async with services_of(request).database.session() as db:
        stored = await _found(db, pipeline_id)
        if pipeline_id in PRESETS:
            _check_preset(pipeline_id, body)
            stored.document = {"is_enabled": body.get("is_enabled", False)}
        else:
            stored.document = _pipeline(request, body)
        stored.modified = datetime.now(UTC)
        return whole_document(stored)


@delete("/api/v1/logs/config/pipelines/{pipeline_id:str}", guards=[writer_guard], status_code=200)
async def delete_pipeline(request: HttpRequest, pipeline_id: str) -> None:
    async with services_of(request).database.session() as db:
        stored = await _found(db, pipeline_id)
        if pipeline_id in PRESETS:
            raise bad_request("This pipeline is read-only: it can be disabled, not deleted.")
        await db.delete(stored)


@get("/api/v1/logs/config/pipeline-order", guards=[user_guard])
async def get_pipeline_order(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        return {"pipeline_ids": [one.id for one in await _pipelines(db)]}


@put("/api/v1/logs/config/pipeline-order", guards=[writer_guard])
async def update_pipeline_order(request: HttpRequest) -> Object:
    names = _names(await _body(request), "pipeline_ids")
    async with services_of(request).database.session() as db:
        stored = {one.id: one for one in await _pipelines(db)}
        _check_order(names, stored, "pipelines")
        for place, name in enumerate(names):
            stored[name].position = place
    return {"pipeline_ids": names}


def _pipeline(request: HttpRequest, body: Object) -> Object:
    """Validate the document to store. Raises ``ApiError`` 400 naming the invalid field."""
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise bad_request("Invalid pipeline: 'name' must be a text, not empty.")
    if not isinstance(body.get("is_enabled"), bool | None):
        raise bad_request("Invalid pipeline: 'is_enabled' must be true or false.")
    if not isinstance(body.get("description"), str | None) or not _are_texts(body.get("tags")):
        raise bad_request("Invalid pipeline: 'description' must be a text, and 'tags' a list of texts.")
    try:
        compile_pipeline(body, services_of(request).part(LogConfig).around)
    except DocumentError as error:
        raise bad_request(str(error)) from error
    document = {name: body[name] for name in _PIPELINE_FIELDS if body.get(name) is not None}
    return {"is_enabled": False, "filter": {"query": ""}, "processors": [], **document}


def _check_preset(pipeline_id: str, body: Object) -> None:
    preset = PRESETS[pipeline_id]
    if not isinstance(body.get("is_enabled", False), bool):
        raise bad_request("Invalid pipeline: 'is_enabled' must be true or false.")
    for name in ("name", "filter", "processors"):
        if name in body and body[name] != preset[name]:
            raise bad_request(f"This pipeline is read-only: clone it to change its {name}.")


def _are_texts(given: Any) -> bool:
    return given is None or (isinstance(given, list) and all(isinstance(one, str) for one in given))


async def _pipelines(db: AsyncSession) -> Sequence[LogPipeline]:
    return list(await db.scalars(select(LogPipeline).order_by(LogPipeline.position, LogPipeline.id)))


async def _found(db: AsyncSession, pipeline_id: str) -> LogPipeline:
    stored = await db.get(LogPipeline, pipeline_id)
    if stored is None:
        raise bad_request(f"Pipeline {pipeline_id[:50]} not found.")
    return stored


@post("/api/v1/logs/config/indexes", guards=[writer_guard], status_code=200)
async def create_index(request: HttpRequest) -> Object:
    body = await _body(request)
    document = _index(request, body.get("name"), body)
    async with services_of(request).database.session() as db:
        stored = list(await db.scalars(select(LogIndex)))
        if any(one.name == body["name"] for one in stored):
            raise ApiError(422, f"The name {body['name']} was used before: an index needs one of its own.")
        if await db.get(HistoricalView, body["name"]) is not None:
            raise ApiError(422, f"There is a historical view {body['name']}: an index needs another name.")
        if len(stored) >= MAX_INDEXES:
            raise ApiError(422, f"There are {len(stored)} indexes: at most {MAX_INDEXES}.")
        place = max((one.position for one in stored), default=0) + 1
        made = LogIndex(name=body["name"], position=place, document=document)
        db.add(made)
        return await _shown_index(request, made)


@get("/api/v1/logs/config/indexes", guards=[user_guard])
async def list_indexes(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        return {"indexes": [await _shown_index(request, one) for one in await _indexes(db)]}


@get("/api/v1/logs/config/indexes/{name:str}", guards=[user_guard])
async def get_index(request: HttpRequest, name: str) -> Object:
    async with services_of(request).database.session() as db:
        return await _shown_index(request, await _found_index(db, name))


@put("/api/v1/logs/config/indexes/{name:str}", guards=[writer_guard])
async def update_index(request: HttpRequest, name: str) -> Object:
    """Replace an index: limits and days that are absent are unchanged, exclusion filters are none."""
    body = await _body(request)
    async with services_of(request).database.session() as db:
        stored = await _found_index(db, name)
        kept = {
            key: value for key, value in stored.document.items() if key not in ("filter", "exclusion_filters")
        }
        given = {**kept, **body}
        if body.get("disable_daily_limit"):
            given = {key: value for key, value in given.items() if not key.startswith("daily_limit")}
        stored.document = _index(request, name, given)
        return await _shown_index(request, stored)


@delete("/api/v1/logs/config/indexes/{name:str}", guards=[writer_guard], status_code=200)
async def delete_index(request: HttpRequest, name: str) -> None:
    """Delete an index. Its logs stay until their retention ends; its name cannot be reused."""
    async with services_of(request).database.session() as db:
        (await _found_index(db, name)).deleted = True


@get("/api/v1/logs/config/index-order", guards=[user_guard])
async def get_index_order(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        return {"index_names": [one.name for one in await _indexes(db)]}


@put("/api/v1/logs/config/index-order", guards=[writer_guard])
async def update_index_order(request: HttpRequest) -> Object:
    names = _names(await _body(request), "index_names")
    async with services_of(request).database.session() as db:
        stored = {one.name: one for one in await _indexes(db)}
        _check_order(names, stored, "indexes")
        for place, name in enumerate(names):
            stored[name].position = place
    return {"index_names": names}


def _index(request: HttpRequest, name: Any, body: Object) -> Object:
    days, most = body.get("num_retention_days"), services_of(request).settings.log_retention_days
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= most):
        raise bad_request(
            f"Invalid index: 'num_retention_days' must be 1 to {most} days, which is the server's "
            "HEELER_LOG_RETENTION_DAYS."
        )
    if body.get("num_flex_logs_retention_days"):
        raise bad_request("Flex logs are not supported: leave out 'num_flex_logs_retention_days'.")
    if not _are_texts(body.get("tags")):
        raise bad_request("Invalid index: 'tags' must be a list of texts.")
    try:
        compile_index(check_name(name), body)
    except DocumentError as error:
        raise bad_request(str(error)) from error
    return {field: body[field] for field in _INDEX_FIELDS if body.get(field) is not None}


async def _shown_index(request: HttpRequest, stored: LogIndex) -> Object:
    services = services_of(request)
    limited = await services.part(Quotas).is_limited(compile_index(stored.name, stored.document))
    document = {"exclusion_filters": [], **stored.document}
    most = services.settings.log_retention_days
    document["num_retention_days"] = min(document.get("num_retention_days", most), most)
    return {"name": stored.name, **document, "is_rate_limited": limited}


async def _indexes(db: AsyncSession) -> Sequence[LogIndex]:
    found = select(LogIndex).where(~LogIndex.deleted).order_by(LogIndex.position, LogIndex.name)
    return list(await db.scalars(found))


async def _found_index(db: AsyncSession, name: str) -> LogIndex:
    stored = await db.get(LogIndex, name)
    if stored is None or stored.deleted:
        raise ApiError(404, f"Index {name[:100]} not found.")
    return stored


@post("/api/v2/logs/config/metrics", guards=[writer_guard], status_code=200)
async def create_metric(request: HttpRequest) -> Object:
    data = _data(await _body(request))
    name = data.get("id")
    if not isinstance(name, str) or not name or metric_name(name) != name or len(name) > 200:
        raise bad_request("Invalid id: expected the name of a metric: letters, digits, '_' and '.'.")
    document = _metric(name, _attributes(data))
    refuse_counting("a metric counts")
    async with services_of(request).database.session() as db:
        if await db.get(LogMetric, name) is not None:
            raise ApiError(409, f"Metric with name '{name}' already exists")
        if len(list(await db.scalars(select(LogMetric.id)))) >= MAX_METRICS:
            raise bad_request(f"There are {MAX_METRICS} metrics of logs already.")
        db.add(LogMetric(id=name, document=document))
    return {"data": _shown_metric(name, document)}


@get("/api/v2/logs/config/metrics", guards=[user_guard])
async def list_metrics(request: HttpRequest) -> Object:
    async with services_of(request).database.session() as db:
        found = await db.scalars(select(LogMetric).order_by(LogMetric.id))
        return {"data": [_shown_metric(one.id, one.document) for one in found]}


@get("/api/v2/logs/config/metrics/{metric_id:str}", guards=[user_guard])
async def get_metric(request: HttpRequest, metric_id: str) -> Object:
    async with services_of(request).database.session() as db:
        stored = await _found_metric(db, metric_id)
        return {"data": _shown_metric(stored.id, stored.document)}


@patch("/api/v2/logs/config/metrics/{metric_id:str}", guards=[writer_guard])
async def update_metric(request: HttpRequest, metric_id: str) -> Object:
    """Change filter, groups and percentiles; the measure cannot be changed."""
    refuse_counting("a metric counts")
    given = _attributes(_data(await _body(request)))
    async with services_of(request).database.session() as db:
        stored = await _found_metric(db, metric_id)
        changed: Object = dict(stored.document)
        changed.update((key, given[key]) for key in ("filter", "group_by") if key in given)
        if given.get("compute") is not None:
            changed["compute"] = changed_compute(stored.document["compute"], given["compute"])
        stored.document = _metric(metric_id, changed)
        return {"data": _shown_metric(metric_id, stored.document)}


@delete("/api/v2/logs/config/metrics/{metric_id:str}", guards=[writer_guard])
async def delete_metric(request: HttpRequest, metric_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found_metric(db, metric_id))


async def _found_metric(db: AsyncSession, name: str) -> LogMetric:
    stored = await db.get(LogMetric, name)
    if stored is None:
        raise ApiError(404, f"not_found(Metric with name '{name[:200]}' not found)")
    return stored


def _metric(name: str, attributes: Object) -> Object:
    try:
        compile_metric(name, attributes)
    except DocumentError as error:
        raise bad_request(str(error)) from error
    compute = {key: value for key, value in attributes["compute"].items() if value is not None}
    if compute["aggregation_type"] == "distribution":
        compute.setdefault("include_percentiles", False)
    elif compute.pop("path", "") != "" or compute.get("include_percentiles"):
        raise bad_request("Invalid compute: a count takes neither path nor include_percentiles.")
    groups = [
        {"path": one["path"], "tag_name": one.get("tag_name") or one["path"].removeprefix("@")}
        for one in attributes.get("group_by") or []
    ]
    return {"compute": compute, "filter": attributes.get("filter") or {"query": "*"}, "group_by": groups}


def _shown_metric(name: str, document: Object) -> Object:
    return {"id": name, "type": "logs_metrics", "attributes": document}


def _data(body: Object) -> Object:
    data = body.get("data")
    if not isinstance(data, dict) or data.get("type") != "logs_metrics":
        raise bad_request("The body must have 'data' of the type logs_metrics.")
    return data


def _attributes(data: Object) -> Object:
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        raise bad_request("'data.attributes' must be an object.")
    return attributes


async def _body(request: HttpRequest) -> Object:
    body = await request.json()
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


def _names(body: Object, field: str) -> list[str]:
    names = body.get(field)
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise bad_request(f"'{field}' must be a list of texts.")
    return names


def _check_order(names: Sequence[str], stored: Mapping[str, Any], what: str) -> None:
    if len(names) != len(stored) or set(names) != set(stored):
        raise ApiError(422, f"The order must name each of the {len(stored)} {what} once.")


handlers: list[ControllerRouterHandler] = [
    create_pipeline, list_pipelines, get_pipeline, update_pipeline, delete_pipeline, get_pipeline_order,
    update_pipeline_order, create_index, list_indexes, get_index, update_index, delete_index, get_index_order,
    update_index_order, create_metric, list_metrics, get_metric, update_metric, delete_metric,
]  # fmt: skip
