"""Endpoints of the integrations page and the first-run guide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select, table

from heeler.api.auth import services_of, user_guard
from heeler.api.services import Services
from heeler.dashboards.presets import PRESETS
from heeler.integrations.catalog import KNOWN_FAMILIES
from heeler.integrations.detection import Found, Signals, detect, read_signals

HttpRequest = Request[Any, Any, Any]


class Integration(msgspec.Struct):
    """An integration. ``state``: ``sending``, ``failing``, ``quiet`` (sent once) or ``none``. ``dashboard``
    is the path of its preset dashboard, empty if there is none.
    """

    id: str
    name: str
    category: str
    state: str
    last_seen: datetime | None
    detail: str
    dashboard: str


class Step(msgspec.Struct):
    """A step of the first-run guide."""

    id: str
    done: bool


class Integrations(msgspec.Struct):
    integrations: list[Integration]
    steps: list[Step]


@get("/api/ui/sources", guards=[user_guard])
async def list_integrations(request: HttpRequest) -> Integrations:
    """All sources with their state, derived from the last week of data, and the first-run steps."""
    services = services_of(request)
    now = services.now()
    signals = await read_signals(services.engine, now)
    found = detect(signals, now)
    return Integrations([_shown(one) for one in found], await _steps(services, signals))


def _shown(one: Found) -> Integration:
    source = one.source
    seen = datetime.fromtimestamp(one.last_seen, UTC) if one.last_seen else None
    preset = PRESETS.get(source.preset) if source.preset else None
    path = f"/dashboard/{source.preset}" if preset is not None else ""
    return Integration(source.id, source.name, source.category, one.state, seen, one.detail, path)


async def _steps(services: Services, signals: Signals) -> list[Step]:
    async with services.database.session() as db:
        counts = {
            name: await db.scalar(select(func.count()).select_from(table(name))) or 0
            for name in ("dashboards", "monitors", "users")
        }
    return [
        Step("host", "system" in signals.families),
        Step("metric", any(family not in KNOWN_FAMILIES for family in signals.families)),
        Step("logs", bool(signals.logs)),
        Step("traces", bool(signals.languages)),
        Step("dashboard", counts["dashboards"] > 0),
        Step("monitor", counts["monitors"] > 0),
        Step("people", counts["users"] > 1),
    ]


handlers: list[ControllerRouterHandler] = [list_integrations]
