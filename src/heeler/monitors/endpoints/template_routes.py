"""``/api/v2/monitor/template``: versioned monitor templates."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.monitors.model import MonitorTemplate
from heeler.monitors.monitor_templates import checked_template
from heeler.monitors.resources import attributes_of

_TEMPLATES = "/api/v2/monitor/template"
_TEMPLATE = _TEMPLATES + "/{template_id:str}"
_TYPE = "monitor-user-template"
MAX_TEMPLATES, MAX_VERSIONS = 500, 100

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]


def _attributes(item: MonitorTemplate) -> Body:
    shown: Body = {
        "title": item.title,
        "monitor_definition": item.monitor_definition,
        "tags": item.tags,
        "template_variables": item.template_variables,
        "version": item.version,
    }
    if item.description is not None:
        shown["description"] = item.description
    return shown


def described(item: MonitorTemplate, versions: list[MonitorTemplate] | None = None) -> Body:
    """Serialize the template in its version ``item``."""
    attributes = {
        **_attributes(item),
        "created": item.created.isoformat(),
        "modified": item.modified.isoformat(),
    }
    if versions is not None:
        attributes["versions"] = [
            {**_attributes(one), "id": one.id, "created": one.modified.isoformat()} for one in versions
        ]
    return {"id": item.template_id, "type": _TYPE, "attributes": attributes}


async def _versions(db: AsyncSession, template_id: str) -> list[MonitorTemplate]:
    """All versions, the newest first. Raises a 404 if there are none."""
    rows = await db.scalars(
        select(MonitorTemplate)
        .where(MonitorTemplate.template_id == template_id)
        .order_by(MonitorTemplate.version.desc())
    )
    found = list(rows)
    if not found:
        raise ApiError(404, "Monitor template not found")
    return found


@post(_TEMPLATES, guards=[writer_guard], status_code=200)
async def create_template(request: AnyRequest, data: Any) -> Body:
    services = services_of(request)
    checked = checked_template(attributes_of(data, _TYPE))
    now = datetime.fromtimestamp(services.now(), UTC)
    key = str(uuid.uuid4())
    async with services.database.session() as db:
        count = len((await db.scalars(select(MonitorTemplate.template_id).distinct())).all())
        if count >= MAX_TEMPLATES:
            raise bad_request(f"At most {MAX_TEMPLATES} templates are allowed")
        item = MonitorTemplate(id=key, template_id=key, version=0, created=now, modified=now, **checked)
        db.add(item)
        await db.flush()
        return {"data": described(item)}


@get(_TEMPLATES, guards=[user_guard])
async def list_templates(request: AnyRequest) -> Body:
    """The newest version of each template."""
    async with services_of(request).database.session() as db:
        rows = await db.scalars(
            select(MonitorTemplate).order_by(MonitorTemplate.created, MonitorTemplate.version)
        )
        newest = {row.template_id: row for row in rows}
        return {"data": [described(item) for item in newest.values()]}


@get(_TEMPLATE, guards=[user_guard])
async def get_template(request: AnyRequest, template_id: str) -> Body:
    whole = request.query_params.get("with_all_versions", "").lower() == "true"
    async with services_of(request).database.session() as db:
        versions = await _versions(db, template_id)
        return {"data": described(versions[0], versions if whole else None)}


@put(_TEMPLATE, guards=[writer_guard])
async def update_template(request: AnyRequest, template_id: str, data: Any) -> Body:
    """Add a version; the oldest beyond a hundred is dropped."""
    services = services_of(request)
    attributes = attributes_of(data, _TYPE)
    async with services.database.session() as db:
        versions = await _versions(db, template_id)
        if str(data["data"].get("id") or template_id).lower() != template_id:
            raise bad_request("Template id in request body does not match id in URL param")
        item = MonitorTemplate(
            id=str(uuid.uuid4()), template_id=template_id, version=versions[0].version + 1,
            created=versions[0].created, modified=datetime.fromtimestamp(services.now(), UTC),
            **checked_template(attributes),
        )  # fmt: skip
        db.add(item)
        for old in versions[MAX_VERSIONS - 1 :]:
            await db.delete(old)
        await db.flush()
        return {"data": described(item)}


@delete(_TEMPLATE, guards=[writer_guard])
async def delete_template(request: AnyRequest, template_id: str) -> None:
    async with services_of(request).database.session() as db:
        await _versions(db, template_id)
        await db.execute(delete_rows(MonitorTemplate).where(MonitorTemplate.template_id == template_id))


@post(_TEMPLATES + "/validate", guards=[user_guard], status_code=204)
async def validate_template(request: AnyRequest, data: Any) -> None:
    checked_template(attributes_of(data, _TYPE))


@post(_TEMPLATE + "/validate", guards=[user_guard], status_code=204)
async def validate_existing_template(request: AnyRequest, template_id: str, data: Any) -> None:
    async with services_of(request).database.session() as db:
        await _versions(db, template_id)
    checked_template(attributes_of(data, _TYPE))


handlers: list[ControllerRouterHandler] = [
    create_template, list_templates, validate_template, get_template, update_template, delete_template,
    validate_existing_template,
]  # fmt: skip
