"""Endpoints of the log explorer page: lines, one line, its context, live tail."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from heeler.api.auth import principal_of, services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Principal, Services
from heeler.logs.matcher import compile_search, within_readable
from heeler.logs.rehydration.tables import readable_table, searched_table
from heeler.logs.search import read_id
from heeler.logs.serializers import event_v2, line
from heeler.logs.store import find_log, first_logs, logs_around, search_logs
from heeler.logs.tail import LiveTail, TooManyWatchers
from heeler.query.search.parser import SearchError
from heeler.query.search.request import read_page, whole_number
from heeler.query.search.row_access import current_key

HttpRequest = Request[Any, Any, Any]
#: Number of lines before or after a line.
MAX_CONTEXT = 500
#: Maximum distance of context lines, in seconds.
CONTEXT_SECONDS = 86_400
#: Interval at which a live tail looks whether its reader's access has changed, in seconds.
CHECK_SECONDS = 5.0


@get("/api/ui/logs", guards=[user_guard])
async def ui_logs(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    start: str = "now-15m",
    end: str = "now",
    limit: int = 100,
    cursor: str | None = None,
    sort: str = "-timestamp",
    index: str = "",
) -> dict[str, Any]:
    """Lines of a search with nanoseconds, ``after`` is the cursor of the next page. ``index``: the name of a
    historical view, to read that.
    """
    services = services_of(request)
    where = {"query": wanted, "from": start, "to": end}
    body = {"filter": where, "sort": sort, "page": {"limit": limit, "cursor": cursor}}
    try:
        asked = read_page(body, services.now())
        page = await search_logs(services.engine, asked, await readable_table(services, index))
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"logs": [line(log) for log in page.logs], "after": page.after}


@get("/api/ui/logs/sorted", guards=[user_guard])
async def ui_sorted_logs(
    request: HttpRequest,
    by: str,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    start: str = "now-15m",
    end: str = "now",
    limit: int = 100,
    order: str = "desc",
    indexes: str = "",
) -> dict[str, Any]:
    """The first logs of a search in the order of the field ``by``, as lists of dashboards show them.

    ``indexes``: names separated by commas, or that of one historical view; all indexes without any.
    """
    if order not in ("asc", "desc"):
        raise bad_request(f"Invalid order: {order[:50]!r}. Expected asc or desc.")
    if not by:
        raise bad_request("Invalid by: ''. Expected a field, such as host or @duration.")
    services = services_of(request)
    names = [name for name in indexes.split(",") if name]
    where = {"query": wanted, "from": start, "to": end, "indexes": names}
    try:
        page = read_page({"filter": where, "page": {"limit": limit}}, services.now())
        table = await searched_table(services, page.indexes)
        found = await first_logs(services.engine, page, by, table, descending=order == "desc")
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"data": [event_v2(log) for log in found]}


@get("/api/ui/logs/{log_id:str}", guards=[user_guard])
async def ui_log(request: HttpRequest, log_id: str, index: str = "") -> dict[str, Any]:
    services, place = services_of(request), read_place(log_id)
    table = await readable_table(services, index)
    found = await find_log(services.engine, *place, table)
    if found is None:
        raise ApiError(404, f"No log has the id {log_id}.")
    return line(found)


@get("/api/ui/logs/{log_id:str}/context", guards=[user_guard])
async def ui_context(
    request: HttpRequest,
    log_id: str,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    before: int = 25,
    after: int = 25,
    index: str = "",
) -> dict[str, Any]:
    """The lines before and after one, of those that ``query`` finds. ``index``: as above."""
    services = services_of(request)
    table = await readable_table(services, index)
    try:
        lines = [
            0 if one == 0 else whole_number(name, one, 25, MAX_CONTEXT)
            for name, one in (("before", before), ("after", after))
        ]
        older, newer = await logs_around(
            services.engine,
            *read_place(log_id),
            wanted,
            before=lines[0],
            after=lines[1],
            reach=CONTEXT_SECONDS,
            table=table,
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"before": [line(log) for log in older], "after": [line(log) for log in newer]}


@get("/api/ui/logs/tail", guards=[user_guard], media_type="text/event-stream")
async def ui_tail(request: HttpRequest, wanted: Annotated[str, Parameter(query="query")] = "*") -> Stream:
    """New logs as server-sent events: ``rows``, one JSON object a line, and ``rate`` once a second."""
    if "*:" in wanted.replace("\\*:", ""):
        return _told("Full-text search ('*:') cannot be used in live tail.")
    try:
        test = within_readable(compile_search(wanted))
    except SearchError as error:
        return _told(str(error))
    services = services_of(request)
    try:
        events = services.part(LiveTail).watch(test)
        return _stream(while_unchanged(events, services, principal_of(request)))
    except TooManyWatchers:
        return _told("Too many live tails are open. Try again later.")


async def while_unchanged(
    events: AsyncGenerator[bytes, None], services: Services, caller: Principal
) -> AsyncIterator[bytes]:
    """``events`` until the rows that the caller may read change; browsers then connect anew."""
    access, checked = current_key(), services.now()
    async with aclosing(events):
        async for event in events:
            yield event
            if 0 <= services.now() - checked < CHECK_SECONDS:
                continue
            checked = services.now()
            await services.access.check(caller, None, {}, change=False)
            if current_key() != access:
                return


def _stream(events: AsyncIterator[bytes]) -> Stream:
    return Stream(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _told(problem: str) -> Stream:
    """Return the error as an event stream: browsers expose no other response of an event source."""

    async def events() -> AsyncIterator[bytes]:
        yield f"event: problem\ndata: {problem}\n\n".encode()

    return _stream(events())


def read_place(log_id: str) -> tuple[int, int]:
    """Parse the time and arrival order from the id of a log. Raises ``ApiError`` 400."""
    place = read_id(log_id)
    if place is None:
        raise bad_request(f"Invalid log id: {log_id[:50]}. Expected 32 hex digits.")
    return place


handlers: list[ControllerRouterHandler] = [ui_logs, ui_sorted_logs, ui_log, ui_context, ui_tail]
