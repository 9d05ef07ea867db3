"""Endpoints of the pages of logs: lines, one line, the lines around it, live tail, the test of pipelines."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.logs.config import LogConfig
from heeler.logs.matcher import compile_search
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.pipeline import Pipeline, compile_pipeline, process
from heeler.logs.search import read_id
from heeler.logs.serializers import line, line_of_entry
from heeler.logs.store import find_log, logs_around, search_logs
from heeler.logs.tail import LiveTail, TooManyWatchers
from heeler.query.search.parser import SearchError
from heeler.query.search.request import read_page, whole_number
from heeler.wire.logs.datadog import entry_of

HttpRequest = Request[Any, Any, Any]
#: Lines before or after a line.
MAX_CONTEXT = 500
#: How far the lines around a line are looked for, in seconds.
CONTEXT_SECONDS = 86_400
#: Lines of one test of pipelines, and characters of each.
MAX_SAMPLES, MAX_SAMPLE = 50, 100_000


@get("/api/ui/logs", guards=[user_guard])
async def ui_logs(
    request: HttpRequest,
    wanted: Annotated[str, Parameter(query="query")] = "*",
    start: str = "now-15m",
    end: str = "now",
    limit: int = 100,
    cursor: str | None = None,
    sort: str = "-timestamp",
) -> dict[str, Any]:
    """Lines of a search with nanoseconds, ``after`` is the cursor of the next page."""
    services = services_of(request)
    asked = {"filter": {"query": wanted, "from": start, "to": end}, "sort": sort}
    try:
        page = await search_logs(
            services.engine, read_page({**asked, "page": {"limit": limit, "cursor": cursor}}, services.now())
        )
    except ValueError as error:
        raise bad_request(str(error)) from error
    return {"logs": [line(log) for log in page.logs], "after": page.after}


@get("/api/ui/logs/{log_id:str}", guards=[user_guard])
async def ui_log(request: HttpRequest, log_id: str) -> dict[str, Any]:
    found = await find_log(services_of(request).engine, *_place(log_id))
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
) -> dict[str, Any]:
    """The lines before and after one, of those that ``query`` finds."""
    try:
        lines = [
            0 if one == 0 else whole_number(name, one, 25, MAX_CONTEXT)
            for name, one in (("before", before), ("after", after))
        ]
        older, newer = await logs_around(
            services_of(request).engine,
            *_place(log_id),
            wanted,
            before=lines[0],
            after=lines[1],
            reach=CONTEXT_SECONDS,
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
        test = compile_search(wanted)
    except SearchError as error:
        return _told(str(error))
    try:
        return _stream(services_of(request).part(LiveTail).watch(test))
    except TooManyWatchers:
        return _told("Too many live tails are open. Try again later.")


def _stream(events: AsyncIterator[bytes]) -> Stream:
    return Stream(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _told(problem: str) -> Stream:
    """A stream that says what is wrong: a browser shows no other answer of one."""

    async def events() -> AsyncIterator[bytes]:
        yield f"event: problem\ndata: {problem}\n\n".encode()

    return _stream(events())


@post("/api/ui/logs/pipelines/test", guards=[user_guard], status_code=200)
async def test_pipelines(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """What pipelines do to ``samples``, texts or JSON objects: those of the server, or ``pipeline`` alone."""
    samples = data.get("samples")
    if not isinstance(samples, list) or not 0 < len(samples) <= MAX_SAMPLES:
        raise bad_request(f"Invalid samples. Expected 1 to {MAX_SAMPLES} texts or objects.")
    services = services_of(request)
    config = services.part(LogConfig)
    try:
        pipelines = (
            [compile_pipeline(data["pipeline"], config.around)]
            if isinstance(data.get("pipeline"), dict)
            else (await config.current()).pipelines
        )
    except DocumentError as error:
        raise bad_request(str(error)) from error
    now_ns = int(services.now() * 1e9)
    return {"results": await asyncio.to_thread(_tested, samples, pipelines, now_ns)}


def _tested(samples: Sequence[Any], pipelines: Sequence[Pipeline], now_ns: int) -> list[dict[str, Any]]:
    results = []
    for sample in samples:
        entry = entry_of(sample if isinstance(sample, dict) else str(sample)[:MAX_SAMPLE], {}, now_ns)
        before = line_of_entry(copy.deepcopy(entry), 0)
        report = process(pipelines, entry, trace=True)
        steps = [
            {
                "pipeline": one.pipeline,
                "type": one.kind,
                "name": one.name,
                "applied": one.outcome is True,
                "problem": one.outcome if isinstance(one.outcome, str) else None,
            }
            for one in report.outcomes
        ]
        results.append({"before": before, "after": line_of_entry(entry, 0), "steps": steps})
    return results


def _place(log_id: str) -> tuple[int, int]:
    place = read_id(log_id)
    if place is None:
        raise bad_request(f"Invalid log id: {log_id[:50]}. Expected 32 hex digits.")
    return place


handlers: list[ControllerRouterHandler] = [ui_logs, ui_log, ui_context, ui_tail, test_pipelines]
