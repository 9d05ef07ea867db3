"""Preview of a downtime draft: the monitors, groups and hosts that it would mute."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request
from heeler.api.text_limits import MAX_QUERY, bounded_text
from heeler.downtimes.matching import InvalidScope, monitor_matches, parse_scope
from heeler.downtimes.model import Downtime
from heeler.downtimes.suppression import covers_tags
from heeler.hosts.inventory import load_hosts
from heeler.hosts.record import Host
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.muting import group_tags
from heeler.monitors.evaluation.state_store import load_states
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import parse_monitor_query

_DAY, _SHOWN = 86_400, 10


class DowntimeDraft(msgspec.Struct):
    """A downtime draft. ``scope``: tags that must all match, or one search such as ``env:prod AND
    service:a``; empty lists match everything.
    """

    scope: list[str] = []
    monitor_id: int | None = None
    monitor_tags: list[str] = []


class Affected(msgspec.Struct):
    """Number of affected monitors, groups, and hosts of the last day; ``names``: the first monitors.

    ``monitors_chosen``: those selected by id or tags, regardless of the scope.
    """

    monitors: int
    groups: int
    hosts: int
    monitors_chosen: int
    names: list[str]


def draft_of(data: DowntimeDraft) -> Downtime:
    """An unsaved downtime. Raises a 400 for an invalid scope."""
    bounded_text("scope", ",".join(data.scope), MAX_QUERY)
    bounded_text("monitor_tags", ",".join(data.monitor_tags), MAX_QUERY)
    scope = [item.strip() for item in data.scope if item.strip()] or ["*"]
    expression = ""
    if len(scope) == 1 and any(mark in scope[0] for mark in (" ", "(")):
        try:
            parse_scope(scope[0])
        except InvalidScope as error:
            raise bad_request(str(error)) from None
        expression = scope[0]
    return Downtime(
        scope=scope,
        expression=expression,
        monitor_id=data.monitor_id,
        monitor_tags=data.monitor_tags or ["*"],
    )


def covered(downtime: Downtime, monitor: Monitor, groups: Iterable[str]) -> list[str]:
    """Groups of a monitor that the downtime would mute."""
    try:
        query = parse_monitor_query(monitor.type, monitor.query, monitor.options)
    except InvalidQuery:
        query = None
    return [name for name in groups if covers_tags(downtime, group_tags(query, name))]


@post("/api/ui/monitors/downtime_preview", guards=[user_guard], status_code=200)
async def preview_downtime(request: Request[Any, Any, Any], data: DowntimeDraft) -> Affected:
    """Preview of what a downtime would mute now."""
    services = services_of(request)
    downtime = draft_of(data)
    async with services.database.session() as db:
        monitors: Sequence[Monitor] = (await db.scalars(select(Monitor).order_by(Monitor.id))).all()
        chosen = [
            item
            for item in monitors
            if monitor_matches(
                downtime.monitor_id, downtime.monitor_tags, item.id, [str(tag) for tag in item.tags]
            )
        ]
        states = await load_states(db, [item.id for item in chosen])
    now = services.now()
    hosts = await load_hosts(services.engine, now - _DAY, now)
    return await asyncio.to_thread(_affected, downtime, chosen, states, hosts)


def _affected(
    downtime: Downtime,
    chosen: Sequence[Monitor],
    states: Mapping[int, Mapping[str, Any]],
    hosts: Sequence[Host],
) -> Affected:
    """Hundreds of thousands of groups take seconds: not on the event loop."""
    found = Affected(0, 0, 0, len(chosen), [])
    for monitor in chosen:
        groups = covered(downtime, monitor, states.get(monitor.id) or ["*"])
        if groups:
            found.monitors += 1
            found.groups += len(groups)
            if len(found.names) < _SHOWN:
                found.names.append(monitor.name)
    found.hosts = sum(covers_tags(downtime, [f"host:{host.name}", *host.tags]) for host in hosts)
    return found


handlers: list[ControllerRouterHandler] = [preview_downtime]
