"""Endpoints of the audit trail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.api.auth import services_of, user_guard
from heeler.api.documents import object_in, text_in
from heeler.api.errors import bad_request
from heeler.api.numbers import is_whole
from heeler.api.services import Services
from heeler.api.text_limits import MAX_QUERY
from heeler.audit.model import AuditEvent
from heeler.audit.search import matcher

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_MAX_LIMIT = 1000
_BATCH = 1000
#: Maximum number of events scanned by one search; the response's cursor continues from there.
_MAX_SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class Search:
    """Parameters of a search: UTC times, page size, cursor, order."""

    query: str
    start: datetime
    end: datetime
    limit: int
    after: int | None
    ascending: bool


@get("/api/v2/audit/events", guards=[user_guard])
async def list_events(request: AnyRequest) -> Body:
    """Events in a time range that match ``filter[query]``, newest first unless ``sort`` is ``timestamp``."""
    given = request.query_params
    services = services_of(request)
    return await _answer(
        services,
        _search(
            services,
            given.get("filter[query]", ""),
            given.get("filter[from]"),
            given.get("filter[to]"),
            given.get("page[limit]"),
            given.get("page[cursor]"),
            given.get("sort"),
        ),
    )


@post("/api/v2/audit/events/search", status_code=200, guards=[user_guard])
async def search_events(request: AnyRequest, data: Body) -> Body:
    filters, page = object_in(data, "filter"), object_in(data, "page")
    services = services_of(request)
    search = _search(
        services,
        text_in(filters, "query", MAX_QUERY),
        filters.get("from"),
        filters.get("to"),
        page.get("limit"),
        page.get("cursor"),
        data.get("sort"),
    )
    return await _answer(services, search)


def _search(
    services: Services, query: str, start: object, end: object, limit: object, cursor: object, sort: object
) -> Search:
    now = datetime.fromtimestamp(services.now(), UTC)
    if sort not in (None, "", "timestamp", "-timestamp"):
        raise bad_request(f"Invalid sort: {sort!r}. Expected timestamp or -timestamp")
    size = _whole(limit, "limit", 10)
    if not 1 <= size <= _MAX_LIMIT:
        raise bad_request(f"Invalid limit: {size}. Expected 1 to {_MAX_LIMIT}")
    return Search(
        query=query,
        start=_time(start, now, now - timedelta(minutes=15)),
        end=_time(end, now, now),
        limit=size,
        after=_whole(cursor, "cursor", 0) or None,
        ascending=sort == "timestamp",
    )


def _whole(value: object, name: str, default: int) -> int:
    if value is None or value == "":
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and is_whole(value):
        return int(value)
    raise bad_request(f"Invalid {name}: {value!r}. Expected a whole number")


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _time(value: object, now: datetime, default: datetime) -> datetime:
    """Parse ISO 8601, UNIX milliseconds, ``now`` or ``now-15m``."""
    if value is None or value == "":
        return default
    text = str(value)
    try:
        if text == "now":
            return now
        if text.startswith("now-"):
            return now - timedelta(seconds=int(text[4:-1]) * _UNITS[text[-1]])
        if text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, KeyError, OverflowError, OSError):
        raise bad_request(f"Invalid time: {text[:50]!r}. Expected 2026-01-31T12:00:00Z or now-15m") from None
    return found


async def _answer(services: Services, search: Search) -> Body:
    matches = matcher(search.query)
    found, last, more = await _scan(services, search, matches)
    meta: Body = {"elapsed": 0, "request_id": "", "status": "done", "page": {}, "warnings": []}
    if more:
        meta["page"] = {"after": str(last)}
    return {"data": [_described(event) for event in found], "meta": meta}


async def _scan(
    services: Services, search: Search, matches: Callable[[Body], bool]
) -> tuple[list[AuditEvent], int | None, bool]:
    """Matching events of a page, the id to continue after, and whether there may be more."""
    found: list[AuditEvent] = []
    last, scanned = search.after, 0
    while scanned < _MAX_SCANNED:
        batch = await _batch(services, search, last)
        for position, event in enumerate(batch):
            last, scanned = event.id, scanned + 1
            if matches({**event.attributes, "message": message_of(event)}):
                found.append(event)
                if len(found) == search.limit:
                    return found, last, position + 1 < len(batch) or len(batch) == _BATCH
        if len(batch) < _BATCH:
            return found, last, False
        await asyncio.sleep(0)
    return found, last, True


async def _batch(services: Services, search: Search, last: int | None) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.time >= search.start, AuditEvent.time <= search.end)
    if last is not None:
        query = query.where(AuditEvent.id > last if search.ascending else AuditEvent.id < last)
    query = query.order_by(AuditEvent.id if search.ascending else AuditEvent.id.desc()).limit(_BATCH)
    async with services.database.session() as db:
        return list((await db.scalars(query)).all())


def message_of(event: AuditEvent) -> str:
    """Summary sentence such as ``ann@example.com deleted dashboard CPU of hosts``."""
    asset = event.attributes.get("asset") or {}
    what = " ".join(part for part in (noun_of(str(asset.get("type") or "")), asset.get("name")) if part)
    return f"{event.actor} {event.action} {what}".strip()


def noun_of(table: str) -> str:
    """What one row of a table is called: ``log pipeline`` of ``log_pipelines``."""
    words = re.sub(r"^slo(?=s?$| )", "SLO", table.replace("_", " "))
    if words.endswith("ies"):
        return f"{words[:-3]}y"
    if words.endswith("indexes"):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _described(event: AuditEvent) -> Body:
    return {
        "id": str(event.id),
        "type": "audit",
        "attributes": {
            "attributes": event.attributes,
            "message": message_of(event),
            "service": "heeler",
            "tags": [],
            "timestamp": event.time.isoformat(),
        },
    }


handlers: list[ControllerRouterHandler] = [list_events, search_events]
