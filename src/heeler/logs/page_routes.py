"""Endpoints of the log explorer's page: lines, one line, and the lines around it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.logs.search import read_id
from heeler.logs.serializers import line
from heeler.logs.store import find_log, logs_around, search_logs
from heeler.query.search.request import read_page, whole_number

HttpRequest = Request[Any, Any, Any]
#: Lines before or after a line.
MAX_CONTEXT = 500
#: How far the lines around a line are looked for, in seconds.
CONTEXT_SECONDS = 86_400


@get("/api/ui/logs", guards=[user_guard])
async def ui_logs(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    start: str = "now-15m",
    end: str = "now",
    limit: int = 100,
    cursor: str | None = None,
    sort: str = "-timestamp",
) -> dict[str, Any]:
    """Lines of a search with nanoseconds, ``after`` is the cursor of the next page."""
    services = services_of(request)
    asked = {"filter": {"query": wanted, "from": start, "to": end}, "sort": sort}
    try:
        page = await search_logs(
            services.engine, read_page({**asked, "page": {"limit": limit, "cursor": cursor}}, services.now())
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"logs": [line(log) for log in page.logs], "after": page.after}


@get("/api/ui/logs/{log_id:str}", guards=[user_guard])
async def ui_log(request: HttpRequest, log_id: str) -> dict[str, Any]:
    found = await find_log(services_of(request).engine, *_place(log_id))
    if found is None:
        raise ApiError(404, f"No log has the id {log_id}.")
    return line(found)


@get("/api/ui/logs/{log_id:str}/context", guards=[user_guard])
async def ui_context(
    request: HttpRequest,
    log_id: str,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    before: int = 25,
    after: int = 25,
) -> dict[str, Any]:
    """The lines before and after one, of those that ``query`` finds."""
    try:
        lines = [
            0 if one == 0 else whole_number(name, one, 25, MAX_CONTEXT)
            for name, one in (("before", before), ("after", after))
        ]
        older, newer = await logs_around(
            services_of(request).engine,
            *_place(log_id),
            wanted,
            before=lines[0],
            after=lines[1],
            reach=CONTEXT_SECONDS,
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"before": [line(log) for log in older], "after": [line(log) for log in newer]}


def _place(log_id: str) -> tuple[int, int]:
    place = read_id(log_id)
    if place is None:
        raise bad_request(f"Invalid log id: {log_id[:50]}. Expected 32 hex digits.")
    return place


handlers: list[ControllerRouterHandler] = [ui_logs, ui_log, ui_context]
