"""Endpoints of the span explorer page: rows, one row, live search."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import Parameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import bad_request, not_found
from heeler.apm.serializers import span_row, trace_row
from heeler.apm.span_tail import SpanTail, compile_tail
from heeler.apm.store import SpanPage, find_trace, search_spans
from heeler.logs.tail import TooManyWatchers
from heeler.query.search.parser import SearchError
from heeler.query.search.request import read_page

HttpRequest = Request[Any, Any, Any]
Query = Annotated[str, Parameter(query="query")]
KINDS = {"entry": ("top_level = 1",), "root": ("parent_id = 0",), "all": ()}
ORDERS = ("start", "-start", "duration", "-duration")


@get("/api/ui/apm/traces", guards=[user_guard])
async def ui_traces(
    request: HttpRequest,
    wanted: Query = "*",
    start: str = "now-1h",
    end: str = "now",
    spans: str = "entry",
    sort: str = "-start",
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """A page of the spans that a search finds, ordered over the whole window.

    ``spans`` chooses service entry spans (``entry``), ``root`` spans or ``all``. ``after`` is the next page's
    cursor; it belongs to the same search and order.
    """
    page = await _page(request, wanted, start, end, spans, sort, limit, cursor)
    return {"traces": [trace_row(span) for span in page.spans], "after": page.after}


@get("/api/ui/apm/spans", guards=[user_guard])
async def ui_spans(
    request: HttpRequest,
    wanted: Query = "*",
    start: str = "now-1h",
    end: str = "now",
    spans: str = "all",
    sort: str = "-start",
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Like ``/api/ui/apm/traces``, with all tags and numbers of each span."""
    page = await _page(request, wanted, start, end, spans, sort, limit, cursor)
    return {"spans": [span_row(span) for span in page.spans], "after": page.after}


@get("/api/ui/apm/spans/{key:str}", guards=[user_guard])
async def ui_span(request: HttpRequest, key: str) -> dict[str, Any]:
    """One span by its trace id and decimal span id, with a ``-`` between them."""
    trace_id, _, span_id = key.partition("-")
    for span in await find_trace(services_of(request).engine, trace_id):
        if str(span.span_id) == span_id:
            return span_row(span)
    raise not_found(f"Span {key[:100]}")


@get("/api/ui/apm/spans/tail", guards=[user_guard], media_type="text/event-stream")
async def ui_tail(request: HttpRequest, wanted: Query = "*", spans: str = "all") -> Stream:
    """Spans as they arrive, whether they are retained or not, as server-sent events: ``rows``, one JSON
    object a line, and ``rate`` once a second."""
    try:
        test = compile_tail(wanted, _kind(spans))
    except SearchError as error:
        return _problem(str(error))
    try:
        return _stream(services_of(request).part(SpanTail).watch(test))
    except TooManyWatchers:
        return _problem("Too many live searches are open. Try again later.")


def _stream(events: AsyncIterator[bytes]) -> Stream:
    return Stream(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _problem(text: str) -> Stream:
    """Return the error as an event stream: browsers expose no other response of an event source."""

    async def events() -> AsyncIterator[bytes]:
        yield f"event: problem\ndata: {text}\n\n".encode()

    return _stream(events())


def _kind(given: str) -> str:
    if given not in KINDS:
        raise bad_request(f"Invalid spans: {given[:50]!r}. Expected one of {', '.join(KINDS)}.")
    return given


async def _page(
    request: HttpRequest,
    wanted: str,
    start: str,
    end: str,
    spans: str,
    sort: str,
    limit: int,
    cursor: str | None,
) -> SpanPage:
    conditions = KINDS[_kind(spans)]
    if sort not in ORDERS:
        raise bad_request(f"Invalid sort: {sort[:50]!r}. Expected one of {', '.join(ORDERS)}.")
    services = services_of(request)
    given = {
        "filter": {"query": wanted, "from": start, "to": end},
        "page": {"limit": limit, "cursor": cursor},
        "sort": "-timestamp" if sort.startswith("-") else "timestamp",
    }
    try:
        return await search_spans(
            services.engine,
            read_page(given, services.now()),
            *conditions,
            by_duration=sort.endswith("duration"),
        )
    except ValueError as error:
        raise bad_request(str(error)) from error


handlers: list[ControllerRouterHandler] = [ui_traces, ui_spans, ui_tail, ui_span]
