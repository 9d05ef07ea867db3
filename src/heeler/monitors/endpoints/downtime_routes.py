"""Endpoints that list the downtimes of a monitor, both versions."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import not_found
from heeler.downtimes.schedule import current
from heeler.downtimes.store import pending
from heeler.downtimes.suppression import for_monitor, plan_of
from heeler.downtimes.v1 import shown
from heeler.downtimes.v2 import scope_text
from heeler.downtimes.v2_routes import page_of
from heeler.monitors.downtime_matches import matches_of
from heeler.monitors.model import Monitor

Object = dict[str, Any]
HttpRequest = Request[Any, Any, Any]


@get("/api/v1/monitor/{monitor_id:int}/downtimes", guards=[user_guard])
async def monitor_downtimes(request: HttpRequest, monitor_id: int) -> list[Object]:
    """The active downtimes that name a monitor by its id or its tags."""
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
        if monitor is None:
            raise not_found("Monitor")
        found = for_monitor(await pending(db, now), monitor.id, monitor.tags)
    return [shown(item, now) for item in found if current(plan_of(item), now) is not None]


@get("/api/v2/monitor/{monitor_id:int}/downtime_matches", guards=[user_guard])
async def downtime_matches(request: HttpRequest, monitor_id: int) -> Object:
    """The downtimes that mute groups of a monitor now or later, with the groups."""
    services = services_of(request)
    now = services.now()
    async with services.database.session() as db:
        monitor = await db.get(Monitor, monitor_id)
        if monitor is None:
            raise not_found(f"Monitor with id {monitor_id}")
        found = await matches_of(db, monitor, now)
    data = [
        {
            "type": "downtime_match",
            "id": match.downtime.uuid,
            "attributes": {
                "groups": match.groups,
                "scope": scope_text(match.downtime),
                "start": match.start_iso,
                "end": match.end_iso,
            },
        }
        for match in found
    ]
    return {"data": page_of(request, data), "meta": {"page": {"total_filtered_count": len(data)}}}


handlers: list[ControllerRouterHandler] = [monitor_downtimes, downtime_matches]
