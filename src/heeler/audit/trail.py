"""Writes audit events: after each request that changed something, and for each login."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar.enums import ScopeType
from litestar.types import Message, Scope
from sqlalchemy import delete

from heeler.api.auth import address_of
from heeler.api.services import Principal, Services
from heeler.audit.changes import Change, collect
from heeler.audit.model import AuditEvent
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.audit")

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHANGES = "heeler_audit"
_HOUR = 3600.0

NAMES = {
    "users": "Access Management",
    "roles": "Access Management",
    "user_roles": "Access Management",
    "keys": "API and Application Keys",
    "dashboards": "Dashboard",
    "dashboard_lists": "Dashboard",
    "monitors": "Monitor",
    "monitor_groups": "Monitor",
    "downtimes": "Downtime",
    "webhooks": "Integration",
    "webhook_variables": "Integration",
    "destinations": "Integration",
    "notification_rules": "Monitor",
    "config_policies": "Monitor",
    "monitor_templates": "Monitor",
    "teams": "Teams",
    "team_members": "Teams",
    "slos": "SLO",
    "notebooks": "Notebook",
    "host_tags": "Infrastructure",
    "metrics": "Metrics",
}
"""Display names of the objects in each table; other tables have their own name."""


def begin(scope: Scope) -> None:
    """Start collecting the changes of a request; called by the application's hook before the handler."""
    if scope["type"] == ScopeType.HTTP and scope["method"] not in _READS:
        scope["state"][_CHANGES] = collect()


async def finish(message: Message, scope: Scope) -> None:
    """Write the event of a successful request that changed something, before its response is sent."""
    if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
        return
    changes = scope["state"].pop(_CHANGES, None)
    principal = scope.get("user")
    if not changes or message["status"] >= 400 or not isinstance(principal, Principal):
        return
    services: Services = scope["app"].state.services
    request = {
        "method": scope["method"],
        "url_details": {"path": scope["path"]},
        "status_code": message["status"],
    }
    first = main_change(changes)
    await record(
        services,
        actor=principal.email,
        name=NAMES.get(first.table, first.table.replace("_", " ").capitalize()),
        action=first.action,
        address=_address(scope),
        details={"http": request, **_described(principal, changes)},
    )


def _address(scope: Scope) -> str:
    from litestar.connection import ASGIConnection

    return address_of(ASGIConnection(scope))


def main_change(changes: list[Change]) -> Change:
    """The change that a request was about: a row, rather than what a bulk statement cleared before it."""
    return next((change for change in changes if change.key), changes[0])


def _described(principal: Principal, changes: list[Change]) -> dict[str, Any]:
    first = main_change(changes)
    return {
        "usr": {"id": principal.uuid, "email": principal.email, "name": principal.name},
        "auth_method": "SESSION" if principal.key_id is None else "KEY",
        **({"auth_key_id": principal.key_id} if principal.key_id else {}),
        "asset": {"type": first.table, "id": first.key, "name": first.name},
        "changes": [
            {
                **{key: value for key, value in asdict(change).items() if key != "values"},
                "previous_value": {column: pair[0] for column, pair in change.values.items()},
                "new_value": {column: pair[1] for column, pair in change.values.items()},
            }
            for change in changes
        ],
    }


async def record(
    services: Services, *, actor: str, name: str, action: str, address: str, details: dict[str, Any]
) -> None:
    """Write one event. A failure is logged and counted: the change is committed, so the request succeeds."""
    now = datetime.fromtimestamp(services.now(), UTC)
    attributes = {
        "evt": {"name": name, "actor": {"type": "USER"}},
        "action": action,
        "network": {"client": {"ip": address}},
        **details,
    }
    try:
        async with services.database.session() as db:
            db.add(AuditEvent(time=now, actor=actor[:320], name=name, action=action, attributes=attributes))
    except Exception:
        telemetry.count("heeler.audit.lost")
        log.exception("An event of the audit trail could not be written: %s %s by %s", action, name, actor)


async def prune_forever(services: Services) -> None:
    """Delete expired events every hour."""
    while True:
        oldest = datetime.fromtimestamp(services.now(), UTC) - timedelta(days=services.settings.audit_days)
        async with services.database.session() as db:
            await db.execute(delete(AuditEvent).where(AuditEvent.time < oldest))
        await asyncio.sleep(_HOUR)
