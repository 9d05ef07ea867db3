"""Endpoints to search monitors and their groups, with counts by facet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.numbers import whole_parameter
from heeler.downtimes.store import effective
from heeler.downtimes.suppression import for_monitor
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.muting import Mutes, fixed_tags, group_tags
from heeler.monitors.evaluation.state_machine import GroupState
from heeler.monitors.evaluation.state_store import load_states
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import MonitorQuery, parse_monitor_query
from heeler.monitors.search import Found, InvalidSearch, counts, matches, ordered, parse_search
from heeler.notify.handles import handles

Object = dict[str, Any]
Ask = Request[Any, Any, Any]
_PER_PAGE = 30
_MAX_PER_PAGE = 1000


def _query(monitor: Monitor) -> MonitorQuery | None:
    try:
        return parse_monitor_query(monitor.type, monitor.query, monitor.options)
    except InvalidQuery:
        return None


def _found(monitor: Monitor, groups: Mapping[str, GroupState], mutes: Mutes) -> Found:
    """Search record of a whole monitor: muted if all of its groups are."""
    return Found(
        id=monitor.id,
        name=monitor.name,
        type=monitor.type,
        status=monitor.overall_state,
        tags=tuple(str(tag) for tag in monitor.tags),
        scopes=fixed_tags(mutes.query) or ("*",),
        metrics=getattr(mutes.query, "metrics", ()),
        notifications=tuple(handles(monitor.message)),
        creator=tuple(filter(None, (monitor.creator_email, monitor.creator_name))),
        priority=monitor.priority,
        muted=all(mutes.quiet(name) for name in groups) if groups else mutes.quiet("*"),
        extra={
            "monitor": monitor,
            "last_triggered_ts": max((int(one.last_triggered) for one in groups.values()), default=0) or None,
            "muted_until_ts": mutes.until("*"),
        },
    )


def _shown(item: Found) -> Object:
    monitor: Monitor = item.extra["monitor"]
    modified = monitor.state_modified
    return {
        "id": item.id,
        "name": item.name,
        "type": item.type,
        "classification": item.classification,
        "status": item.status,
        "query": monitor.query,
        "scopes": list(item.scopes),
        "metrics": list(item.metrics),
        "tags": list(item.tags),
        "creator": {
            "id": monitor.creator_id or 0,
            "handle": monitor.creator_email,
            "name": monitor.creator_name or None,
        },
        "notifications": [{"handle": f"@{name}", "name": name} for name in item.notifications],
        "last_triggered_ts": item.extra["last_triggered_ts"],
        "muted_until_ts": item.extra["muted_until_ts"] if item.muted else None,
        "org_id": 1,
        "priority": item.priority,
        "restricted_roles": monitor.restricted_roles,
        "overall_state_modified": int(modified.timestamp()) if modified else None,
    }


def _group(whole: Found, name: str, state: GroupState, mutes: Mutes) -> Found:
    tags = group_tags(mutes.query, name)
    return Found(
        id=whole.id,
        name=whole.name,
        type=whole.type,
        status=state.status,
        tags=whole.tags,
        scopes=tags or ("*",),
        metrics=whole.metrics,
        notifications=whole.notifications,
        creator=whole.creator,
        priority=whole.priority,
        muted=mutes.quiet(name),
        group=name,
        extra={"state": state, "tags": tags, "mutes": mutes},
    )


def _shown_group(item: Found) -> Object:
    state, mutes, tags = item.extra["state"], item.extra["mutes"], item.extra["tags"]
    until = mutes.until(item.group) if item.muted else None
    return {
        "monitor_id": item.id,
        "monitor_name": item.name,
        "group": item.group,
        "group_tags": [] if item.group == "*" else item.group.split(","),
        "status": item.status,
        "last_triggered_ts": int(state.last_triggered) or None,
        "last_nodata_ts": int(state.last_nodata),
        "muted": item.muted,
        "muted_until_ts": until,
        "muted_remaining": None if until is None else max(until - int(mutes.now), 0),
        "downtimes": [downtime.id for downtime in mutes.holding(item.group)],
        "all_tags": list(dict.fromkeys((*item.tags, *tags))),
        "env_tags": [tag for tag in (*item.tags, *tags) if tag.startswith("env:")],
        "team_tags": [tag for tag in (*item.tags, *tags) if tag.startswith("team:")],
        "priority": item.priority,
    }


async def _everything(db: AsyncSession, now: float) -> list[tuple[Found, list[Found]]]:
    """All monitors with their groups."""
    monitors = (await db.scalars(select(Monitor).order_by(Monitor.id))).all()
    states = await load_states(db, [monitor.id for monitor in monitors])
    downtimes = await effective(db, now)
    found = []
    for monitor in monitors:
        here = tuple(for_monitor(downtimes, monitor.id, [str(tag) for tag in monitor.tags]))
        mutes = Mutes(monitor.options, here, _query(monitor), monitor.evaluated, now)
        groups = states.get(monitor.id, {})
        whole = _found(monitor, groups, mutes)
        found.append((whole, [_group(whole, name, groups[name], mutes) for name in sorted(groups)]))
    return found


def _asked(request: Ask, candidates: list[Found]) -> tuple[list[Found], list[Found], Object]:
    """All matches of the query, those of the requested page, and the page's metadata."""
    given = request.query_params
    try:
        node = parse_search(given.get("query") or "")
        found = ordered([item for item in candidates if matches(node, item)], given.get("sort") or "")
    except InvalidSearch as error:
        raise bad_request(str(error)) from None
    page = whole_parameter("page", given.get("page"), 0)
    size = max(1, min(whole_parameter("per_page", given.get("per_page"), _PER_PAGE), _MAX_PER_PAGE))
    where = {
        "total_count": len(found),
        "page_count": -(-len(found) // size),
        "page": page,
        "per_page": size,
    }
    return found, found[page * size : (page + 1) * size], where


@get("/api/v1/monitor/search", guards=[user_guard])
async def search_monitors(request: Ask) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        everything = await _everything(db, services.now())
    found, page, where = _asked(request, [whole for whole, _ in everything])
    return {"counts": counts(found), "monitors": [_shown(item) for item in page], "metadata": where}


@get("/api/v1/monitor/groups/search", guards=[user_guard])
async def search_groups(request: Ask) -> Object:
    services = services_of(request)
    async with services.database.session() as db:
        everything = await _everything(db, services.now())
    found, page, where = _asked(request, [group for _, groups in everything for group in groups])
    return {"counts": counts(found), "groups": [_shown_group(item) for item in page], "metadata": where}


handlers: list[ControllerRouterHandler] = [search_monitors, search_groups]
