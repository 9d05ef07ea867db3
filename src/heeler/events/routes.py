"""Endpoints of events."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import api_key_guard, services_of, user_guard, writer_guard
from heeler.api.errors import bad_request, not_found
from heeler.events import comments, v1, v2
from heeler.events.search import EVENTS
from heeler.events.store import MAX_PAGE, Page, StoredEvent, find_event, post_event, search_events
from heeler.events.v2_document import InvalidEvent
from heeler.query.data_sources import register_source
from heeler.query.search.query_objects import executor_for
from heeler.query.search.request import (
    DEFAULT_PAGE,
    newest_first,
    next_link,
    object_of,
    read_search,
    read_window,
    whole_number,
)
from heeler.store.arrow_tables import body_hash

HttpRequest = Request[Any, Any, Any]
_MOST_DIGITS = 20
"""Digits of the longest id."""
_MOST_PAGES = 100
"""Pages of 1,000 events that can be read one after the other by their number."""


@post("/api/v1/events", guards=[api_key_guard], status_code=202)
async def create_v1(request: HttpRequest) -> dict[str, Any]:
    """Post an event."""
    services = services_of(request)
    event, attributes = v1.read_event(await request.json(), services.now())
    stored = await post_event(services, event, attributes, origin=body_hash(await request.body()))
    return v1.created(stored, services.settings.url)


@get("/api/v1/events/{event_id:int}", guards=[user_guard])
async def get_v1(request: HttpRequest, event_id: int) -> dict[str, Any]:
    return {"event": v1.shown(await _existing(request, event_id))}


@get("/api/v1/events", guards=[user_guard])
async def list_v1(
    request: HttpRequest,
    start: int,
    end: int,
    priority: str | None = None,
    sources: str | None = None,
    tags: str | None = None,
    page: int = 0,
) -> dict[str, Any]:
    """At most 1,000 events, newest first; ``page`` counts from 0."""
    if start > end:
        raise bad_request(f"'start' is {start}, after 'end': {end}.")
    if not 0 <= page <= _MOST_PAGES:
        raise bad_request(f"'page' is {page}: expected 0 to {_MOST_PAGES}.")
    search = v1.list_search(priority, sources, tags)
    found = await _search(request, search, start, end + 1, limit=MAX_PAGE)
    for _ in range(page):
        if found.after is None:
            found = Page(())
            break
        found = await _search(request, search, start, end + 1, limit=MAX_PAGE, cursor=found.after)
    return {"events": [v1.listed(one) for one in found.events], "status": "ok"}


@post("/api/v2/events", guards=[writer_guard], status_code=202)
async def create_v2(request: HttpRequest) -> Response[dict[str, Any]]:
    """Post a change or an alert."""
    services = services_of(request)
    try:
        event, attributes = v2.read_event(await request.json(), services.now())
    except InvalidEvent as error:
        detail = f"JSON validation failed at {error}"
        problem = {"status": "400", "title": "Bad Request", "detail": detail}
        return Response({"errors": [problem]}, status_code=400)
    origin, millisecond = body_hash(await request.body()), attributes["evt"][v2.MILLISECOND]
    stored = await post_event(services, event, attributes, origin=origin, millisecond=millisecond)
    return Response(v2.created(stored, services.settings.url), status_code=202)


@get("/api/v2/events/{event_id:str}", guards=[user_guard])
async def get_v2(request: HttpRequest, event_id: str) -> dict[str, Any]:
    if not event_id.isascii() or not event_id.isdigit():
        raise bad_request(f"'{event_id[:50]}' is not the id of an event: expected digits.")
    if len(event_id) > _MOST_DIGITS:
        raise not_found(f"Event {event_id[:50]}")
    return {"data": v2.shown(await _existing(request, int(event_id)))}


@get("/api/v2/events", guards=[user_guard])
async def list_v2(
    request: HttpRequest,
    search: Annotated[str, Parameter(query="filter[query]")] = "",
    start: Annotated[str, Parameter(query="filter[from]")] = "now-15m",
    end: Annotated[str, Parameter(query="filter[to]")] = "now",
    sort: str = "-timestamp",
    limit: Annotated[int, Parameter(query="page[limit]")] = 10,
    cursor: Annotated[str | None, Parameter(query="page[cursor]")] = None,
) -> dict[str, Any]:
    asked = {"filter": {"query": search, "from": start, "to": end}, "sort": sort}
    asked["page"] = {"limit": limit, "cursor": cursor}
    return await _answer(request, asked)


@post("/api/v2/events/search", guards=[user_guard], status_code=200)
async def search_v2(request: HttpRequest) -> dict[str, Any]:
    body = await request.json() if await request.body() else {}
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with 'filter', 'page' and 'sort'.")
    return await _answer(request, body)


async def _answer(request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
    """Page of events for a v2 search document."""
    now = services_of(request).now()
    try:
        where, page = object_of(asked, "filter"), object_of(asked, "page")
        start, end = read_window(where, now, object_of(asked, "options"))
        limit = whole_number("page.limit", page.get("limit"), DEFAULT_PAGE, MAX_PAGE)
        search, newest = read_search(where), newest_first(asked.get("sort"))
    except ValueError as error:
        raise bad_request(str(error)) from error
    # Both ends are inclusive: an event of the current second is found by a search up to now.
    found = await _search(
        request,
        search,
        start,
        end + 1,
        limit=limit,
        cursor=str(page.get("cursor") or ""),
        newest_first=newest,
    )
    url = f"{services_of(request).settings.url}/api/v2/events"
    return v2.listed(found, next_link(url, asked, found.after) if found.after else None)


async def _search(request: HttpRequest, search: str, start: float, end: float, **options: Any) -> Page:
    try:
        return await search_events(services_of(request).engine, search, start, end, **options)
    except ValueError as error:
        raise bad_request(str(error)) from error


async def _existing(request: HttpRequest, event_id: int) -> StoredEvent:
    found = await find_event(services_of(request).engine, event_id)
    if found is None:
        raise not_found(f"Event {event_id}")
    return found


register_source(("events",), executor_for(EVENTS))

handlers: list[ControllerRouterHandler] = [
    create_v1,
    get_v1,
    list_v1,
    create_v2,
    list_v2,
    search_v2,
    get_v2,
    *comments.handlers,
]
