"""Endpoints of what nobody looks at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.errors import not_found
from heeler.metric_usage.unused import Unused, note_view, unused


@get("/api/ui/unused", guards=[user_guard])
async def list_unused(
    request: Request[Any, Any, Any],
    days: Annotated[int, Parameter(query="days", ge=1, le=365)] = 30,
) -> Unused:
    """Metrics, dashboards and monitors that nobody looked at for ``days``, with their cost."""
    return await unused(services_of(request), days)


@post("/api/ui/monitors/{monitor_id:int}/views", status_code=204, guards=[user_guard])
async def count_monitor_view(request: Request[Any, Any, Any], monitor_id: int) -> None:
    """Record that the caller opened the page of a monitor."""
    if principal_of(request).user_id is None:
        return
    services = services_of(request)
    async with services.database.session() as db:
        if not await note_view(db, monitor_id, datetime.fromtimestamp(services.now(), UTC)):
            raise not_found("Monitor")


handlers: list[ControllerRouterHandler] = [list_unused, count_monitor_view]
