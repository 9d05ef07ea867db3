"""Storage of events: insert, lookup, search."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from heeler.api.services import Services
from heeler.events.search import EVENTS
from heeler.query.search.field_sql import Parameters
from heeler.query.search.planner import time_condition
from heeler.query.search.sql import search_condition
from heeler.store.arrow_tables import event_id, events_table
from heeler.store.engine import Engine
from heeler.wire.events.intake_payload import Event

_COLUMNS = (
    "id, toUnixTimestamp(time), title, text, host, source, "
    "alert_type, priority, aggregation_key, tags, attributes"
)
MAX_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its id. ``attributes`` holds fields beyond the columns (``device_name``, a change's
    kind).
    """

    id: int
    event: Event
    attributes: Mapping[str, Any] = field(default_factory=dict)


async def post_event(
    services: Services,
    event: Event,
    attributes: Mapping[str, Any] | None = None,
    *,
    origin: int | None = None,
    millisecond: int | None = None,
) -> StoredEvent:
    """Store ``event``; on return it is durable. For requests and background tasks.

    ``origin`` (a hash of the request) makes the id stable, so that the same event sent again is stored once;
    without it each call creates a new event. Ids of one second are in the order of ``millisecond``. Raises
    what the writer raises when the store is full or failed.
    """
    unique = services.rng.getrandbits(63) if origin is None else origin
    stored = StoredEvent(event_id(event, unique, millisecond=millisecond), event, dict(attributes or {}))
    await keep_event(services, stored)
    return stored


async def post_events(services: Services, events: Sequence[Event]) -> None:
    """Store ``events`` in one write; on return they are durable. Raises what the writer raises."""
    ids = [event_id(event, services.rng.getrandbits(63)) for event in events]
    await services.writer.write({"events": events_table(events, ids)})


async def keep_event(services: Services, stored: StoredEvent) -> None:
    """Write an event under its id, replacing an existing one."""
    rows = events_table([stored.event], [stored.id], [stored.attributes])
    await services.writer.write({"events": rows})


async def find_event(engine: Engine, event: int) -> StoredEvent | None:
    """The event with this id. Its time is part of the id, so that the primary key is used."""
    sql = (
        f"SELECT {_COLUMNS} FROM events FINAL "  # noqa: S608
        "WHERE time = toDateTime({time:UInt32}) AND id = {id:UInt64} LIMIT 1"
    )
    if not 0 <= event >> 31 < 2**32:
        return None
    rows = await engine.rows(sql, {"time": event >> 31, "id": event})
    return _event(rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class Page:
    """Events of one page and the cursor of the next one, if any."""

    events: tuple[StoredEvent, ...]
    after: str | None = None


async def search_events(
    engine: Engine,
    search: str,
    start: float,
    end: float,
    *,
    limit: int = 10,
    cursor: str | None = None,
    newest_first: bool = True,
) -> Page:
    """Events that match ``search`` in [``start``, ``end``) (UNIX seconds).

    Raises ``SearchError`` for an invalid search and ``ValueError`` for an invalid cursor.
    """
    to = Parameters()
    conditions = [time_condition(EVENTS, start, end, to), search_condition(search, EVENTS, to)]
    if cursor:
        conditions.append(f"id {'<' if newest_first else '>'} {to.add(read_cursor(cursor), 'UInt64')}")
    limit = max(1, min(limit, MAX_PAGE))
    direction = "DESC" if newest_first else "ASC"
    sql = (
        f"SELECT {_COLUMNS} FROM {EVENTS.name} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY time {direction}, id {direction} LIMIT {limit + 1}"
    )
    rows = await engine.rows(sql, to.values)
    found = tuple(_event(row) for row in rows[:limit])
    return Page(found, write_cursor(found[-1].id) if len(rows) > limit else None)


_CURSOR_BYTES = 8


def write_cursor(last: int) -> str:
    return base64.urlsafe_b64encode(last.to_bytes(_CURSOR_BYTES, "big")).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    try:
        last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        last = b""
    if len(last) != _CURSOR_BYTES:
        raise ValueError("input_validation_error(Field 'page' is invalid: invalid cursor)")
    return int.from_bytes(last, "big")


def _event(row: Sequence[Any]) -> StoredEvent:
    ident, time, title, text, host, source, alert_type, priority, key, tags, attributes = row
    event = Event(int(time), title, text, host, source, alert_type, priority, key, tuple(tags))
    return StoredEvent(int(ident), event, orjson.loads(attributes or "{}"))
