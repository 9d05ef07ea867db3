"""Endpoints of notebooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.numbers import whole_parameter
from heeler.api.services import Services
from heeler.notebooks.model import Notebook
from heeler.notebooks.validation import problems, with_cell_ids

Object = dict[str, Any]
_PATH = "/api/v1/notebooks"
MAX_PAGE = 1000
_SORTS = {"modified": Notebook.modified, "created": Notebook.created, "name": Notebook.name}


class NotebookData(msgspec.Struct):
    attributes: dict[str, Any]
    type: str = "notebooks"


class NotebookRequest(msgspec.Struct):
    data: NotebookData

    def __post_init__(self) -> None:
        if self.data.type != "notebooks":
            raise ValueError("data.type: expected 'notebooks'")


def _shown(notebook: Notebook, *, cells: bool = True) -> Object:
    body = notebook.body
    metadata = {
        "is_template": False,
        "take_snapshots": False,
        "is_favorite": False,
        "type": None,
        **(body.get("metadata") or {}),
    }
    attributes: Object = {
        "name": notebook.name,
        "author": {
            "handle": notebook.author_handle,
            "email": notebook.author_handle,
            "name": notebook.author_name,
            "disabled": False,
            "verified": True,
        },
        "created": notebook.created.isoformat(),
        "modified": notebook.modified.isoformat(),
        "status": body.get("status") or "published",
        "time": body["time"],
        "template_variables": body.get("template_variables") or [],
        "tags": body.get("tags") or [],
        "metadata": metadata,
    }
    if cells:
        attributes["cells"] = body["cells"]
    return {"id": notebook.id, "type": "notebooks", "attributes": attributes}


def _checked(services: Services, attributes: Object) -> Object:
    if found := problems(attributes):
        raise ApiError(400, *found[:20])
    return {**attributes, "cells": with_cell_ids(attributes["cells"], services.rng)}


def _apply(notebook: Notebook, body: Object, now: datetime) -> None:
    metadata = body.get("metadata") or {}
    notebook.name, notebook.body, notebook.modified = body["name"], body, now
    notebook.kind = metadata.get("type") or ""
    notebook.is_template = bool(metadata.get("is_template"))


async def _found(db: AsyncSession, notebook_id: int) -> Notebook:
    found = await db.get(Notebook, notebook_id) if notebook_id < 2**31 else None
    if found is None:
        raise ApiError(404, "Notebook not found")
    return found


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_notebook(request: Request[Any, Any, Any], data: NotebookRequest) -> Object:
    services, principal, now = services_of(request), principal_of(request), datetime.now(UTC)
    body = _checked(services, data.data.attributes)
    async with services.database.session() as db:
        made = Notebook(
            author_id=principal.user_id,
            author_handle=principal.email,
            author_name=principal.name or None,
            created=now,
        )
        _apply(made, body, now)
        db.add(made)
        await db.flush()
        return {"data": _shown(made)}


@get(_PATH, guards=[user_guard])
async def list_notebooks(request: Request[Any, Any, Any]) -> Object:
    """Filtered by author, type, template and text; ``sort_field`` is modified, created or name."""
    given = request.query_params
    conditions = []
    if author := given.get("author_handle"):
        conditions.append(Notebook.author_handle == author)
    if author := given.get("exclude_author_handle"):
        conditions.append(Notebook.author_handle != author)
    if text := given.get("query"):
        conditions.append(func.lower(Notebook.name).contains(text.lower(), autoescape=True))
    if kind := given.get("type"):
        conditions.append(Notebook.kind == kind)
    if (template := given.get("is_template")) is not None:
        conditions.append(Notebook.is_template.is_(template.lower() == "true"))
    column = _SORTS.get(given.get("sort_field", "modified"))
    if column is None:
        raise bad_request(f"Invalid 'sort_field'. Expected one of {', '.join(_SORTS)}")
    start, count = (
        whole_parameter("start", given.get("start"), 0),
        min(MAX_PAGE, whole_parameter("count", given.get("count"), 100)),
    )
    direction = (given.get("sort_dir") or "desc").lower()
    if direction not in ("asc", "desc"):
        raise bad_request("Invalid 'sort_dir'. Expected asc or desc")
    order = column.asc() if direction == "asc" else column.desc()
    async with services_of(request).database.session() as db:
        total = await db.scalar(select(func.count()).select_from(Notebook)) or 0
        matching = await db.scalar(select(func.count()).select_from(Notebook).where(*conditions)) or 0
        query = select(Notebook).where(*conditions).order_by(order, Notebook.id).offset(start).limit(count)
        found = (await db.scalars(query)).all()
    cells = given.get("include_cells", "true").lower() != "false"
    page = {"total_count": total, "total_filtered_count": matching}
    return {"data": [_shown(one, cells=cells) for one in found], "meta": {"page": page}}


@get(f"{_PATH}/{{notebook_id:int}}", guards=[user_guard])
async def get_notebook(request: Request[Any, Any, Any], notebook_id: int) -> Object:
    async with services_of(request).database.session() as db:
        return {"data": _shown(await _found(db, notebook_id))}


@put(f"{_PATH}/{{notebook_id:int}}", guards=[writer_guard])
async def update_notebook(request: Request[Any, Any, Any], notebook_id: int, data: NotebookRequest) -> Object:
    """Replace a notebook. With ``If-Match: "<modified>"`` a concurrent change is refused (412)."""
    services = services_of(request)
    body = _checked(services, data.data.attributes)
    async with services.database.session() as db:
        found = await _found(db, notebook_id)
        wanted = request.headers.get("If-Match", "").strip().strip('"')
        if wanted and wanted != "*" and wanted != found.modified.isoformat():
            raise ApiError(
                412, f"This notebook was saved at {found.modified.isoformat()}, after you opened it."
            )
        _apply(found, body, datetime.now(UTC))
        return {"data": _shown(found)}


@delete(f"{_PATH}/{{notebook_id:int}}", status_code=204, guards=[writer_guard])
async def delete_notebook(request: Request[Any, Any, Any], notebook_id: int) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, notebook_id))


handlers: list[ControllerRouterHandler] = [
    create_notebook, list_notebooks, get_notebook, update_notebook, delete_notebook,
]  # fmt: skip
