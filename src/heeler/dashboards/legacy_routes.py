"""Endpoints of timeboards (``/api/v1/dash``) and screenboards (``/api/v1/screen``), for older scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, delete, get, post, put
from litestar.types import ControllerRouterHandler

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.dashboards import legacy, store, versions
from heeler.dashboards.ids import slug
from heeler.dashboards.model import Dashboard
from heeler.dashboards.shared_rights import check_may_change

Object = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


def _author(dashboard: Dashboard) -> Object:
    return {
        "handle": dashboard.author_handle,
        "email": dashboard.author_handle,
        "name": dashboard.author_name,
    }


def _known(dashboard: Dashboard) -> Object:
    """Fields that the server adds to a board of either type."""
    return {
        "id": dashboard.number,
        "new_id": dashboard.id,
        "created": dashboard.created.isoformat(),
        "modified": dashboard.modified.isoformat(),
        "created_by": _author(dashboard),
        "read_only": bool(dashboard.body.get("is_read_only")),
    }


def timeboard(dashboard: Dashboard) -> Object:
    """Response of the timeboard endpoints."""
    board = dashboard.legacy or legacy.timeboard_of_dashboard(dashboard.body)
    address = f"/dash/{dashboard.number}"
    return {
        "dash": {
            "title": board.get("title"),
            "description": board.get("description"),
            "graphs": board.get("graphs") or [],
            "template_variables": board.get("template_variables") or None,
            **_known(dashboard),
        },
        "url": f"{address}/{slug(dashboard.title)}",
        "resource": f"/api/v1{address}",
    }


def screenboard(dashboard: Dashboard) -> Object:
    board = dashboard.legacy or legacy.screenboard_of_dashboard(dashboard.body)
    return {**board, **_known(dashboard)}


def _line(dashboard: Dashboard, path: str, board_id: int | str) -> Object:
    return {
        **_known(dashboard),
        "id": board_id,
        "title": dashboard.title,
        "description": dashboard.body.get("description"),
        "resource": f"/api/v1/{path}/{dashboard.number}",
    }


def _timeboard_parts(request: Request[Any, Any, Any], data: Object) -> tuple[Object, Object]:
    graphs = data.get("graphs")
    if isinstance(graphs, list) and len(graphs) == 1 and isinstance(graphs[0], list):
        graphs = data["graphs"] = graphs[0]  # `dog timeboard post` wraps what it is given
    if not isinstance(graphs, list) or not all(isinstance(graph, dict) for graph in graphs):
        raise bad_request("The parameter 'graphs' is required: a list of objects with title and definition")
    body = store.checked(services_of(request), legacy.dashboard_of_timeboard(data))
    return body, {name: data.get(name) for name in ("title", "description", "graphs", "template_variables")}


def _screenboard_parts(request: Request[Any, Any, Any], data: Object) -> tuple[Object, Object]:
    if not data.get("board_title"):
        raise bad_request("The parameter 'board_title' is required")
    widgets = data.get("widgets")
    if not isinstance(widgets, list) or not all(isinstance(widget, dict) for widget in widgets):
        raise bad_request("The parameter 'widgets' is required: a list of objects")
    body = store.checked(services_of(request), legacy.dashboard_of_screenboard(data))
    kept = {name: value for name, value in data.items() if name not in ("id", "new_id", "created_by")}
    return body, kept


async def _create(request: Request[Any, Any, Any], kind: str, body: Object, sent: Object) -> Dashboard:
    services, principal, now = services_of(request), principal_of(request), _now()
    async with services.database.session() as db:
        made = await store.create(db, services, principal, body, now, kind, sent)
        await versions.record(db, made, principal.email, now)
        return made


async def _update(
    request: Request[Any, Any, Any], board_id: str, body: Object, sent: Object, missing: ApiError
) -> Dashboard:
    async with services_of(request).database.session() as db:
        found = await store.find(db, board_id)
        if found is None:
            raise missing
        principal, now = principal_of(request), _now()
        store.may_change(found, principal)
        await check_may_change(db, principal, found.id)
        store.replace(found, body, now, sent)
        await versions.record(db, found, principal.email, now)
        return found


async def _get(request: Request[Any, Any, Any], board_id: str, missing: ApiError) -> Dashboard:
    async with services_of(request).database.session() as db:
        found = await store.find(db, board_id)
    if found is None:
        raise missing
    return found


async def _delete(request: Request[Any, Any, Any], board_id: str, missing: ApiError) -> Dashboard:
    async with services_of(request).database.session() as db:
        found = await store.find(db, board_id)
        if found is None:
            raise missing
        store.may_change(found, principal_of(request))
        found.deleted = _now()
        return found


def _no_timeboard(board_id: str) -> ApiError:
    return ApiError(404, f"No dashboard matches that dash_id: {board_id}")


def _no_screenboard(board_id: str) -> ApiError:
    return ApiError(404, f"Unable to find Screenboard for id {board_id}")


@post("/api/v1/dash", status_code=200, guards=[writer_guard])
async def create_timeboard(request: Request[Any, Any, Any], data: Object) -> Object:
    return timeboard(await _create(request, "timeboard", *_timeboard_parts(request, data)))


@get("/api/v1/dash", guards=[user_guard])
async def list_timeboards(request: Request[Any, Any, Any]) -> Object:
    async with services_of(request).database.session() as db:
        boards = await store.live(db, kind="timeboard")
    return {"dashes": [_line(board, "dash", str(board.number)) for board in boards]}


@get("/api/v1/dash/{board_id:str}", guards=[user_guard])
async def get_timeboard(request: Request[Any, Any, Any], board_id: str) -> Object:
    return timeboard(await _get(request, board_id, _no_timeboard(board_id)))


@put("/api/v1/dash/{board_id:str}", guards=[writer_guard])
async def update_timeboard(request: Request[Any, Any, Any], board_id: str, data: Object) -> Object:
    parts = _timeboard_parts(request, data)
    return timeboard(await _update(request, board_id, *parts, _no_timeboard(board_id)))


@delete("/api/v1/dash/{board_id:str}", guards=[writer_guard])
async def delete_timeboard(request: Request[Any, Any, Any], board_id: str) -> None:
    await _delete(request, board_id, _no_timeboard(board_id))


@post("/api/v1/screen", status_code=200, guards=[writer_guard])
async def create_screenboard(request: Request[Any, Any, Any], data: Object) -> Object:
    return screenboard(await _create(request, "screenboard", *_screenboard_parts(request, data)))


@get("/api/v1/screen", guards=[user_guard])
async def list_screenboards(request: Request[Any, Any, Any]) -> Object:
    async with services_of(request).database.session() as db:
        boards = await store.live(db, kind="screenboard")
    return {"screenboards": [_line(board, "screen", board.number) for board in boards]}


@get("/api/v1/screen/{board_id:str}", guards=[user_guard])
async def get_screenboard(request: Request[Any, Any, Any], board_id: str) -> Object:
    return screenboard(await _get(request, board_id, _no_screenboard(board_id)))


@put("/api/v1/screen/{board_id:str}", guards=[writer_guard])
async def update_screenboard(request: Request[Any, Any, Any], board_id: str, data: Object) -> Object:
    parts = _screenboard_parts(request, data)
    return screenboard(await _update(request, board_id, *parts, _no_screenboard(board_id)))


@delete("/api/v1/screen/{board_id:str}", status_code=200, guards=[writer_guard])
async def delete_screenboard(request: Request[Any, Any, Any], board_id: str) -> Response[Object]:
    return Response(screenboard(await _delete(request, board_id, _no_screenboard(board_id))))


handlers: list[ControllerRouterHandler] = [
    create_timeboard, list_timeboards, get_timeboard, update_timeboard, delete_timeboard,
    create_screenboard, list_screenboards, get_screenboard, update_screenboard, delete_screenboard,
]  # fmt: skip
