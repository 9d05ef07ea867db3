"""The monitors and groups that a notification rule would match, for the page where rules are written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.muting import group_tags
from heeler.monitors.evaluation.state_store import load_states
from heeler.monitors.model import Monitor
from heeler.monitors.notifications.rules import Rule, checked_filter
from heeler.monitors.queries.parser import parse_monitor_query

SHOWN, CHUNK = 50, 500
"""Monitors that an answer names, and monitors whose states are read at once."""


class RuleDraft(msgspec.Struct):
    """``filter`` as in ``/api/v2/monitor/notification_rule``: ``{"tags": [...]}`` or ``{"scope": "..."}``;
    empty matches everything."""

    filter: dict[str, Any] = {}


class MatchedMonitor(msgspec.Struct):
    """``groups`` of the monitor's ``of`` groups have the tags; both are 1 of a simple alert."""

    id: int
    name: str
    status: str
    groups: int
    of: int


class RulePreview(msgspec.Struct):
    """How many monitors and groups the rule matches now; ``shown`` are the first of them by name."""

    monitors: int
    groups: int
    shown: list[MatchedMonitor]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a rule looks at of a monitor, beside its groups."""

    id: int
    name: str
    status: str
    type: str
    query: str
    options: Mapping[str, Any]
    tags: tuple[str, ...]


@post("/api/ui/monitors/rule_preview", guards=[user_guard], status_code=200)
async def preview_rule(request: Request[Any, Any, Any], data: RuleDraft) -> RulePreview:
    """What the filter of a notification rule matches: the tags of monitors and of their groups together."""
    rule = Rule("", "", checked_filter(data.filter or None))
    services = services_of(request)
    async with services.database.session() as db:
        rows = await db.execute(
            select(
                Monitor.id, Monitor.name, Monitor.overall_state, Monitor.type, Monitor.query, Monitor.options,
                Monitor.tags,
            ).order_by(Monitor.name, Monitor.id)
        )  # fmt: skip
        watched = [Watched(
                row.id, row.name, row.overall_state, row.type, row.query, row.options,
                tuple(str(tag) for tag in row.tags),
            )
            for row in rows
        ]  # fmt: skip
        found = RulePreview(0, 0, [])
        for first in range(0, len(watched), CHUNK):
            some = watched[first : first + CHUNK]
            states = await load_states(db, [item.id for item in some])
            names = {item.id: list(states.get(item.id) or ["*"]) for item in some}
            for match in await asyncio.to_thread(matched, rule, some, names):
                found.monitors += 1
                found.groups += match.groups
                if len(found.shown) < SHOWN:
                    found.shown.append(match)
    return found


def matched(
    rule: Rule, watched: Sequence[Watched], groups: Mapping[int, Sequence[str]]
) -> list[MatchedMonitor]:
    """The monitors with a group whose tags, with the monitor's, the rule matches. ``groups``: by monitor."""
    found = []
    for item in watched:
        try:
            query = parse_monitor_query(item.type, item.query, item.options)
        except InvalidQuery:
            query = None
        names = groups[item.id]
        count = sum(rule.matches((*item.tags, *group_tags(query, name))) for name in names)
        if count:
            name = item.name.replace("**", "")
            found.append(MatchedMonitor(item.id, name, item.status, count, len(names)))
    return found


handlers: list[ControllerRouterHandler] = [preview_rule]
