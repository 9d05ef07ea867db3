"""Endpoints of annotations: notes on the graphs of a dashboard or notebook, at a time or over a range.

``page_id`` is ``dashboard:<id>`` or ``notebook:<id>``; times are milliseconds since the epoch.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import is_whole
from heeler.dashboards.model import Annotation

Object = dict[str, Any]
_PATH = "/api/v2/annotation"
COLORS = ("blue", "gray", "green", "purple", "red", "yellow")
KINDS = ("pointInTime", "timeRegion")
MAX_PER_PAGE = 1000
MAX_DESCRIPTION = 4096
_MAX_WIDGETS = 1000
_LATEST = 2**53


class AnnotationData(msgspec.Struct):
    attributes: dict[str, Any]
    type: str = "annotation"
    id: str = ""


class AnnotationRequest(msgspec.Struct):
    data: AnnotationData

    def __post_init__(self) -> None:
        if self.data.type != "annotation":
            raise ValueError("data.type: expected 'annotation'")


def problems(attributes: Mapping[str, Any]) -> list[str]:
    """All validation errors of an annotation's attributes; empty if valid."""
    return list(_problems(attributes))


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    if given.get("color") not in COLORS:
        yield f"Invalid 'color': {given.get('color')!r}. Expected one of {', '.join(COLORS)}"
    if given.get("type") not in KINDS:
        yield f"Invalid 'type': {given.get('type')!r}. Expected one of {', '.join(KINDS)}"
    description = given.get("description")
    if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
        yield f"Invalid 'description'. Expected a string of at most {MAX_DESCRIPTION} characters"
    kind, _, identity = str(given.get("page_id") or "").partition(":")
    if kind not in ("dashboard", "notebook") or not 0 < len(identity) <= 40:
        yield f"Invalid 'page_id': {given.get('page_id')!r}. Expected 'dashboard:<id>' or 'notebook:<id>'"
    yield from _time_problems(given)
    widgets = given.get("widget_ids")
    if widgets is not None and (
        not isinstance(widgets, list)
        or len(widgets) > _MAX_WIDGETS
        or not all(isinstance(one, str) for one in widgets)
    ):
        yield f"Invalid 'widget_ids'. Expected a list of at most {_MAX_WIDGETS} strings"


def _time_problems(given: Mapping[str, Any]) -> Iterator[str]:
    start, end = given.get("start_time"), given.get("end_time")
    if not _milliseconds(start):
        yield f"Invalid 'start_time': {start!r}. Expected milliseconds since the epoch"
    if given.get("type") == "pointInTime" and end is not None:
        yield "Invalid 'end_time': an annotation of type pointInTime has none"
    elif given.get("type") == "timeRegion" and not _milliseconds(end):
        yield "Invalid 'end_time': an annotation of type timeRegion needs one, in milliseconds"
    elif end is not None and _milliseconds(start) and _milliseconds(end) and end <= start:
        yield "Invalid 'end_time'. Expected a time after 'start_time'"


def _milliseconds(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 <= given < _LATEST


def _attributes(one: Annotation) -> Object:
    return {
        "author_id": one.author_uuid,
        "color": one.color,
        "created_at": _epoch(one.created),
        "description": one.description,
        "end_time": one.end,
        "modified_at": _epoch(one.modified),
        "page_id": one.page_id,
        "start_time": one.start,
        "type": one.kind,
        "widget_ids": list(one.widget_ids),
    }


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _shown(one: Annotation) -> Object:
    return {"id": one.id, "type": "annotation", "attributes": _attributes(one)}


def _set(one: Annotation, given: Mapping[str, Any], now: datetime) -> None:
    one.page_id, one.kind, one.color = given["page_id"], given["type"], given["color"]
    one.description = given["description"]
    one.start, one.end = given["start_time"], given.get("end_time")
    one.widget_ids = list(given.get("widget_ids") or [])
    one.modified = now


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_annotation(request: Request[Any, Any, Any], data: AnnotationRequest) -> Object:
    given = data.data.attributes
    if found := problems(given):
        raise ApiError(400, *found)
    services, principal, now = services_of(request), principal_of(request), datetime.now(UTC)
    async with services.database.session() as db:
        count = select(func.count()).select_from(Annotation).where(Annotation.page_id == given["page_id"])
        if (await db.scalar(count) or 0) >= MAX_PER_PAGE:
            raise bad_request(f"{given['page_id']} has {MAX_PER_PAGE} annotations. Delete some first")
        made = Annotation(
            id=str(uuid.UUID(int=services.rng.getrandbits(128), version=4)),
            author_uuid=principal.uuid,
            created=now,
        )
        _set(made, given, now)
        db.add(made)
        await db.flush()
        return {"data": _shown(made)}


@put(_PATH + "/{annotation_id:str}", guards=[writer_guard])
async def update_annotation(
    request: Request[Any, Any, Any], annotation_id: str, data: AnnotationRequest
) -> Object:
    if found := problems(data.data.attributes):
        raise ApiError(400, *found)
    async with services_of(request).database.session() as db:
        one = await _found(db, annotation_id)
        _set(one, data.data.attributes, datetime.now(UTC))
        return {"data": _shown(one)}


@delete(_PATH + "/{annotation_id:str}", status_code=204, guards=[writer_guard])
async def delete_annotation(request: Request[Any, Any, Any], annotation_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, annotation_id))


async def _found(db: AsyncSession, annotation_id: str) -> Annotation:
    try:
        identity = str(uuid.UUID(annotation_id))
    except ValueError:
        raise bad_request(f"Invalid annotation id {annotation_id!r}. Expected a UUID") from None
    found = await db.get(Annotation, identity)
    if found is None:
        raise ApiError(404, f"Annotation {annotation_id} not found")
    return found


@get(_PATH, guards=[user_guard])
async def list_annotations(request: Request[Any, Any, Any]) -> Object:
    given = request.query_params
    page = given.get("page_id")
    if not page:
        raise bad_request("'page_id' is required")
    found = await _between(request, page)
    widget = given.get("widget_id")
    return {"data": [_shown(one) for one in found if not widget or widget in one.widget_ids]}


@get(_PATH + "/page/{page_id:str}", guards=[user_guard])
async def page_annotations(request: Request[Any, Any, Any], page_id: str) -> Object:
    """Annotations of a page: of the whole page, and of single widgets."""
    found = await _between(request, page_id)
    widgets: dict[str, list[str]] = {}
    for one in found:
        for widget in one.widget_ids:
            widgets.setdefault(widget, []).append(one.id)
    attributes = {
        "annotations": {one.id: {"id": one.id, **_attributes(one)} for one in found},
        "global_annotations": [one.id for one in found if not one.widget_ids],
        "widget_mapping": widgets,
    }
    return {"data": {"id": page_id, "type": "page_annotations", "attributes": attributes}}


async def _between(request: Request[Any, Any, Any], page_id: str) -> list[Annotation]:
    """Annotations of a page that overlap the window of the request, earliest first."""
    start, end = (_given_time(request.query_params, name) for name in ("start_time", "end_time"))
    if start > end:
        raise bad_request("Invalid 'end_time'. Expected a time that is not before 'start_time'")
    async with services_of(request).database.session() as db:
        query = (
            select(Annotation)
            .where(
                Annotation.page_id == page_id,
                Annotation.start <= end,
                or_(Annotation.start >= start, Annotation.end >= start),
            )
            .order_by(Annotation.start, Annotation.id)
            .limit(MAX_PER_PAGE)
        )
        return list((await db.scalars(query)).all())


def _given_time(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    if not is_whole(text) or int(text) >= _LATEST:
        raise bad_request(f"Invalid '{name}': {text[:50]!r}. Expected milliseconds since the epoch")
    return int(text)


handlers: list[ControllerRouterHandler] = [
    create_annotation, update_annotation, delete_annotation, list_annotations, page_annotations,
]  # fmt: skip
