"""Serializers of monitors for the public API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.state_machine import GroupState
from heeler.monitors.model import Monitor
from heeler.monitors.queries.parser import is_grouped, parse_monitor_query


def shown(monitor: Monitor, *, creator: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": monitor.id,
        "org_id": 1,
        "type": monitor.type,
        "name": monitor.name,
        "message": monitor.message,
        "tags": monitor.tags,
        "query": monitor.query,
        "options": monitor.options,
        "multi": _multi(monitor),
        "created_at": int(monitor.created.timestamp() * 1000),
        "created": monitor.created.isoformat(),
        "modified": monitor.modified.isoformat(),
        "deleted": None,
        "restricted_roles": monitor.restricted_roles,
        "restriction_policy": None,
        "priority": monitor.priority,
        "draft_status": monitor.draft_status or "published",
        "assets": monitor.assets or [],
        "overall_state_modified": monitor.state_modified.isoformat() if monitor.state_modified else None,
        "overall_state": monitor.overall_state,
    }
    if creator:
        body["creator"] = {
            "id": monitor.creator_id or 0,
            "handle": monitor.creator_email,
            "name": monitor.creator_name or None,
            "email": monitor.creator_email,
        }
    return body


def _multi(monitor: Monitor) -> bool:
    try:
        return is_grouped(parse_monitor_query(monitor.type, monitor.query, monitor.options))
    except InvalidQuery:
        return False


def group_states(groups: Mapping[str, GroupState], wanted: frozenset[str]) -> dict[str, Any]:
    """``state`` of groups with a status in ``wanted`` (lower case); empty includes all."""
    return {
        "groups": {
            name: {
                "name": name,
                "status": state.status,
                "last_triggered_ts": int(state.last_triggered),
                "last_nodata_ts": int(state.last_nodata),
                "last_notified_ts": int(state.last_notified),
                "last_resolved_ts": int(state.last_resolved),
            }
            for name, state in sorted(groups.items())
            if not wanted or state.status.lower() in wanted
        }
    }
